//! What a prover runs: a key in the layout of one path, and what a proof takes, on that path.

use std::ops::Range;
use std::time::Instant;

use ark_bn254::{Fr, G1Affine, G1Projective, G2Projective, g1, g2};
use ark_ec::CurveGroup;
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;
use zeroize::Zeroize;

use crate::Error;
use crate::kernel::digits::{Digits, best_bits};
use crate::kernel::matrix::Matrix;
use crate::kernel::msm::{PointsOf, RoomsOf, combine, pack, task, tasks};
#[cfg(target_arch = "x86_64")]
use crate::kernel::path::Ifma;
use crate::kernel::path::{Path, Portable};
use crate::kernel::quotient::Quotient;
use crate::proof::Proof;
use crate::prover::Kernel;
use crate::verifying_key::VerifyingKey;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::zkey::ZKey;

/// A part of a proof's work.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// Wall time.
    pub seconds: f64,
    /// Products of field elements that it takes.
    pub products: u64,
}

/// A loaded key, whatever its path.
pub(crate) trait Engine: Send + Sync {
    /// See [`crate::prover::Prover::profile`].
    fn profile(&self, witness: &Witness) -> Result<Vec<Phase>, Error>;
    /// A verified proof.
    fn prove(&self, witness: &Witness, r: &Fr, s: &Fr, watch: &Watch) -> Result<Proof, Error>;
    fn kernel(&self) -> &'static str;
    fn wires(&self) -> usize;
    fn domain_size(&self) -> usize;
    fn verifying_key(&self) -> &VerifyingKey;
}

/// Share of the work that transforms are, and sums; the rest is the check of the proof.
const TRANSFORMS: f64 = 0.15;
const SUMS: f64 = 0.8;

/// Convert a key to the layout of a path.
pub(crate) fn engine(key: ZKey, kernel: Kernel) -> Result<Box<dyn Engine>, Error> {
    if kernel == Kernel::Scalar {
        return Ok(Box::new(Loaded::<Portable>::new(key)?));
    }
    #[cfg(target_arch = "x86_64")]
    if Ifma::is_available() && key.domain_size >= 64 {
        return Ok(Box::new(Loaded::<Ifma>::new(key)?));
    }
    if kernel == Kernel::Ifma {
        return Err(Error::Input(
            "kernel 'ifma' needs a processor with AVX-512 IFMA, and a circuit of 33 rows or more"
                .into(),
        ));
    }
    Ok(Box::new(Loaded::<Portable>::new(key)?))
}

struct Loaded<T: Path> {
    wires: usize,
    domain_size: usize,
    verifying_key: VerifyingKey,
    beta_g1: G1Affine,
    delta_g1: G1Affine,
    matrix_a: Matrix,
    matrix_b: Matrix,
    quotient: Quotient<T>,
    a: PointsOf<T, g1::Config>,
    b_g1: PointsOf<T, g1::Config>,
    b_g2: PointsOf<T, g2::Config>,
    c: PointsOf<T, g1::Config>,
    h: PointsOf<T, g1::Config>,
    ic: PointsOf<T, g1::Config>,
    rooms_g1: RoomsOf<T, g1::Config>,
    rooms_g2: RoomsOf<T, g2::Config>,
}

/// Sections of a key in the order in which their windows are worked on: the longest first.
const SECTIONS: [Section; 6] = [
    Section::B2,
    Section::H,
    Section::A,
    Section::C,
    Section::B1,
    Section::Public,
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    A,
    B1,
    B2,
    C,
    H,
    /// IC: what the verifier makes of the public values.
    Public,
}

/// Sums of a section's windows, some of them.
enum Sums {
    G1(Vec<G1Projective>),
    G2(Vec<G2Projective>),
}

impl<T: Path> Loaded<T> {
    fn new(key: ZKey) -> Result<Self, Error> {
        let public = key.public();
        let refuse = || {
            Error::File(format!(
                "a domain of {} rows is not possible",
                key.domain_size
            ))
        };
        let quotient = Quotient::new(key.domain_size.trailing_zeros()).ok_or_else(refuse)?;
        let ZKey {
            wires,
            domain_size,
            verifying_key,
            beta_g1,
            delta_g1,
            coefficients,
            a,
            b_g1,
            b_g2,
            c,
            h,
        } = key;
        let of = |in_b: bool| {
            Matrix::new(
                domain_size,
                coefficients.iter().filter(|term| term.in_b == in_b),
            )
        };
        let (matrix_a, matrix_b) = (of(false), of(true));
        drop(coefficients);
        // Each section's points are dropped when they have been converted.
        Ok(Self {
            wires,
            domain_size,
            beta_g1,
            delta_g1,
            matrix_a,
            matrix_b,
            quotient,
            a: pack::<T, g1::Config>(a, 0),
            b_g1: pack::<T, g1::Config>(b_g1, 0),
            b_g2: pack::<T, g2::Config>(b_g2, 0),
            // One number a wire: the public ones have no point in C.
            c: pack::<T, g1::Config>(c, public + 1),
            h: pack::<T, g1::Config>(h, 0),
            ic: pack::<T, g1::Config>(verifying_key.ic().to_vec(), 0),
            verifying_key,
            rooms_g1: RoomsOf::<T, g1::Config>::default(),
            rooms_g2: RoomsOf::<T, g2::Config>::default(),
        })
    }

    fn sums(&self, section: Section, digits: &Digits, windows: Range<usize>) -> Sums {
        let base = match section {
            Section::B2 => {
                return Sums::G2(task::<T, g2::Config>(
                    &self.b_g2,
                    digits,
                    windows,
                    &self.rooms_g2,
                ));
            }
            Section::A => &self.a,
            Section::B1 => &self.b_g1,
            Section::C => &self.c,
            Section::H => &self.h,
            Section::Public => &self.ic,
        };
        Sums::G1(task::<T, g1::Config>(base, digits, windows, &self.rooms_g1))
    }
}

/// Digits of all wires, of the quotient and of the public wires, the constant 1 among them.
struct AllDigits {
    wires: Digits,
    quotient: Digits,
    public: Digits,
}

impl AllDigits {
    fn of(&self, section: Section) -> &Digits {
        match section {
            Section::H => &self.quotient,
            Section::Public => &self.public,
            _ => &self.wires,
        }
    }
}

/// What the sections of a key come to for a witness.
struct SectionSums(Vec<(Section, Sums)>);

impl SectionSums {
    fn in_g1(&self, digits: &AllDigits, wanted: Section) -> G1Projective {
        let mut windows = Vec::new();
        for (section, sums) in &self.0 {
            if let (true, Sums::G1(sums)) = (*section == wanted, sums) {
                windows.extend_from_slice(sums);
            }
        }
        combine::<g1::Config>(&windows, digits.of(wanted).bits())
    }

    fn in_g2(&self, digits: &AllDigits) -> G2Projective {
        let mut windows = Vec::new();
        for (_, sums) in &self.0 {
            if let Sums::G2(sums) = sums {
                windows.extend_from_slice(sums);
            }
        }
        combine::<g2::Config>(&windows, digits.of(Section::B2).bits())
    }
}

impl<T: Path> Loaded<T> {
    fn check_length(&self, values: &[Fr]) -> Result<(), Error> {
        if values.len() == self.wires {
            return Ok(());
        }
        Err(Error::Witness(format!(
            "the witness has {} wires, the key {}",
            values.len(),
            self.wires
        )))
    }

    fn digits(&self, values: &[Fr], watch: &Watch) -> Result<AllDigits, Error> {
        let public = self.verifying_key.public();
        let mut integers: Vec<BigInt<4>> = values
            .par_iter()
            .with_min_len(1 << 11)
            .map(|value| value.into_bigint())
            .collect();
        let of = |integers: &[BigInt<4>]| Digits::of(integers, best_bits(integers));
        let (wires, public) = (of(&integers), of(&integers[..=public]));
        integers.zeroize();
        let mut quotient = self.quotient.values(&self.matrix_a, &self.matrix_b, values);
        let digits = AllDigits {
            wires,
            public,
            quotient: of(&quotient),
        };
        quotient.zeroize();
        watch.step(TRANSFORMS)?;
        Ok(digits)
    }

    fn section_sums(
        &self,
        digits: &AllDigits,
        sections: &[Section],
        watch: &Watch,
    ) -> Result<SectionSums, Error> {
        let of_section = |section: &Section| {
            let section = *section;
            tasks(digits.of(section))
                .into_iter()
                .map(move |windows| (section, windows))
        };
        let tasks: Vec<(Section, Range<usize>)> = sections.iter().flat_map(of_section).collect();
        let share = SUMS / tasks.len() as f64;
        let sums = tasks
            .into_par_iter()
            .with_max_len(1)
            .map(|(section, windows)| {
                watch.step(share)?;
                Ok((section, self.sums(section, digits.of(section), windows)))
            });
        let sums = sums.collect::<Result<_, Error>>().map(SectionSums);
        self.rooms_g1.wipe();
        self.rooms_g2.wipe();
        sums
    }
}

impl<T: Path> Engine for Loaded<T> {
    fn profile(&self, witness: &Witness) -> Result<Vec<Phase>, Error> {
        let (values, watch) = (witness.values(), Watch::default());
        self.check_length(values)?;
        let mut phases = Vec::new();
        let mut start = Instant::now();
        let mut end = |name, products| {
            phases.push(Phase {
                name,
                seconds: start.elapsed().as_secs_f64(),
                products,
            });
            start = Instant::now();
        };
        let digits = self.digits(values, &watch)?;
        end(
            "digits, transforms",
            Quotient::<T>::products(&self.matrix_a, &self.matrix_b, self.domain_size.ilog2()),
        );
        let _ = (self.rooms_g1.take_products(), self.rooms_g2.take_products());
        for (name, section) in [
            ("A", Section::A),
            ("B in G1", Section::B1),
            ("B in G2", Section::B2),
            ("C", Section::C),
            ("H", Section::H),
            ("public values", Section::Public),
        ] {
            self.section_sums(&digits, &[section], &watch)?;
            end(
                name,
                self.rooms_g1.take_products() + self.rooms_g2.take_products(),
            );
        }
        Ok(phases)
    }

    fn kernel(&self) -> &'static str {
        T::NAME
    }

    fn wires(&self) -> usize {
        self.wires
    }

    fn domain_size(&self) -> usize {
        self.domain_size
    }

    fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }

    fn prove(&self, witness: &Witness, r: &Fr, s: &Fr, watch: &Watch) -> Result<Proof, Error> {
        let values = witness.values();
        self.check_length(values)?;
        let vk = &self.verifying_key;
        let digits = self.digits(values, watch)?;
        let sums = self.section_sums(&digits, &SECTIONS, watch)?;
        let of = |section| sums.in_g1(&digits, section);

        let a = of(Section::A) + vk.alpha() + self.delta_g1 * r;
        let b_g1 = of(Section::B1) + self.beta_g1 + self.delta_g1 * s;
        let b = sums.in_g2(&digits) + vk.beta() + *vk.delta() * s;
        let c = of(Section::C) + of(Section::H) + a * s + b_g1 * r - self.delta_g1 * (*r * s);
        let vk_x = of(Section::Public).into_affine();
        let proof = Proof::new(a.into_affine(), b.into_affine(), c.into_affine())
            .map_err(|_| Error::Constraint(None))?;
        vk.verify_with_point(&vk_x, &proof)
            .map_err(|_| Error::Constraint(None))?;
        Ok(proof)
    }
}
