//! Fast arithmetic: multi-scalar multiplication and transforms, eight numbers at a time where the processor can.

pub mod coordinate;
pub mod digits;
#[cfg(target_arch = "x86_64")]
pub mod ifma;
pub mod lanes;
pub mod lists;
pub mod matrix;
pub mod msm;
pub mod multiples;
pub mod ntt;
pub mod pairs;
pub mod path;
pub mod quotient;
pub mod rate;
pub mod scalar;
pub mod window;
