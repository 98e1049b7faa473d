//! Which paths there are here, and how fast they multiply.

use std::marker::PhantomData;
use std::time::Instant;

use ark_bn254::Fq;

use super::lanes::Lanes;
#[cfg(target_arch = "x86_64")]
use super::path::Ifma;
use super::path::{Job, Path, Portable};

/// Names of the kernels that this processor can run, the fastest first.
pub fn kernels() -> Vec<&'static str> {
    let mut names = Vec::new();
    #[cfg(target_arch = "x86_64")]
    if Ifma::is_available() {
        names.push(Ifma::NAME);
    }
    names.push(Portable::NAME);
    names
}

/// Products of field elements that a thread makes in a second when it does nothing else.
pub fn product_rate(kernel: &str) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if kernel == Ifma::NAME && Ifma::is_available() {
        return rate::<Ifma>();
    }
    let _ = kernel;
    rate::<Portable>()
}

fn rate<T: Path>() -> f64 {
    let start = Instant::now();
    let products = T::dispatch(Products::<T::Base>(1 << 18, PhantomData));
    products as f64 / start.elapsed().as_secs_f64()
}

/// Products in independent chains.
struct Products<L>(usize, PhantomData<L>);

impl<L: Lanes<Field = Fq>> Job for Products<L> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let factor = L::splat(&Fq::from(3_u64));
        let mut chains = [factor; 6];
        for _ in 0..self.0 {
            for chain in &mut chains {
                *chain = chain.mul(factor);
            }
        }
        std::hint::black_box(&mut chains);
        self.0 * 6 * L::WIDTH
    }
}
