//! Every kernel path against arkworks.

#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use ark_bn254::{Fq, Fq2, Fr, g1, g2};
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField, UniformRand, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use zkrisk_prover::kernel::coordinate::{Coordinate, Extension};
use zkrisk_prover::kernel::digits::Digits;
use zkrisk_prover::kernel::lanes::{Lanes, MAX_WIDTH};
use zkrisk_prover::kernel::msm::{Group, RoomsOf, pack, sum};
use zkrisk_prover::kernel::multiples::Multiples;
use zkrisk_prover::kernel::ntt::Roots;
#[cfg(target_arch = "x86_64")]
use zkrisk_prover::kernel::path::Ifma;
use zkrisk_prover::kernel::path::{Job, Path, Portable};
use zkrisk_prover::prover::{Kernel, Options, Prover};
use zkrisk_prover::r1cs::R1cs;
use zkrisk_prover::toxic::Toxic;
use zkrisk_prover::watch::Watch;
use zkrisk_prover::witness::Witness;
use zkrisk_prover::zkey::ZKey;
use zkrisk_prover::{field, groth16, setup};

macro_rules! on_every_path {
    ($check:ident) => {
        $check::<Portable>();
        #[cfg(target_arch = "x86_64")]
        if Ifma::is_available() {
            $check::<Ifma>();
        }
    };
}

struct FieldJob<L: Lanes>(Vec<L::Field>, Vec<L::Field>);

impl<L: Lanes> Job for FieldJob<L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (xs, ys) = (self.0, self.1);
        for (x, y) in xs.chunks_exact(L::WIDTH).zip(ys.chunks_exact(L::WIDTH)) {
            let (a, b) = (L::from_fields(x), L::from_fields(y));
            let mut out = [[L::Field::zero(); MAX_WIDTH]; 8];
            a.add(b).to_fields(&mut out[0]);
            a.sub(b).to_fields(&mut out[1]);
            a.mul(b).to_fields(&mut out[2]);
            a.square().to_fields(&mut out[3]);
            a.sub_lazy(b).mul(b).to_fields(&mut out[4]);
            a.negate(0b1010_0101).to_fields(&mut out[5]);
            a.select(b, 0b0101_0101).to_fields(&mut out[6]);
            a.mul(b).add(a).sub(b).square().to_fields(&mut out[7]);
            for lane in 0..L::WIDTH {
                let (x, y) = (x[lane], y[lane]);
                let is_set = |mask: u8| mask >> lane & 1 == 1;
                let expected = [
                    x + y,
                    x - y,
                    x * y,
                    x * x,
                    (x - y) * y,
                    if is_set(0b1010_0101) { -x } else { x },
                    if is_set(0b0101_0101) { y } else { x },
                    (x * y + x - y).square(),
                ];
                for (number, expected) in expected.iter().enumerate() {
                    assert_eq!(out[number][lane], *expected, "operation {number}");
                }
                assert_eq!(a.zeros() >> lane & 1 == 1, x.is_zero());
                assert_eq!(a.sub(b).zeros() >> lane & 1 == 1, x == y);
                assert_eq!(a.sub_lazy(b).zeros() >> lane & 1 == 1, x == y);
            }
        }
    }
}

/// Random numbers: the same in every ordinary run, of its own seed in a campaign.
fn rng() -> StdRng {
    StdRng::seed_from_u64(std::env::var("KERNEL_SEED").map_or(1, |text| text.parse().unwrap()))
}

/// Random and edge inputs of each kernel: few in the ordinary run, a million in `python -m tests.campaigns.kernels`.
fn inputs() -> usize {
    std::env::var("KERNEL_INPUTS").map_or(50_000, |text| text.parse().unwrap())
}

fn field_inputs<F: PrimeField>(count: usize) -> (Vec<F>, Vec<F>) {
    let mut rng = rng();
    let half = -F::one() / F::from(2_u64);
    let edges = [
        F::zero(),
        F::one(),
        -F::one(),
        F::from(2_u64),
        -F::from(2_u64),
        F::from(u64::MAX),
        half,
        half + F::one(),
    ];
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for x in edges {
        for y in edges {
            xs.extend([x; 3]);
            ys.extend([y; 3]);
        }
    }
    while xs.len() < count.next_multiple_of(MAX_WIDTH) {
        let x = F::rand(&mut rng);
        xs.push(x);
        ys.push(match xs.len() % 7 {
            0 => x,
            1 => -x,
            2 => edges[xs.len() % edges.len()],
            _ => F::rand(&mut rng),
        });
    }
    (xs, ys)
}

fn fields<T: Path>() {
    let (x, y) = field_inputs(inputs());
    T::dispatch(FieldJob::<T::Scalar>(x, y));
    let (x, y) = field_inputs(inputs());
    T::dispatch(FieldJob::<T::Base>(x, y));
}

#[test]
fn test_p5_field_operations_equal_arkworks() {
    on_every_path!(fields);
}

struct ExtensionJob<C: Coordinate>(Vec<C::Field>, Vec<C::Field>);

impl<C: Coordinate> Job for ExtensionJob<C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = C::Lanes::WIDTH;
        for (x, y) in self.0.chunks_exact(width).zip(self.1.chunks_exact(width)) {
            let (a, b) = (C::from_fields(x), C::from_fields(y));
            let mut out = [[C::Field::ZERO; MAX_WIDTH]; 5];
            a.mul(b).to_fields(&mut out[0]);
            a.square().to_fields(&mut out[1]);
            a.sub_lazy(b).mul(a.negate(0xff)).to_fields(&mut out[2]);
            a.mul(b).sub_both(a, b).square().to_fields(&mut out[3]);
            a.add(b).sub(b.negate(0xff)).to_fields(&mut out[4]);
            for lane in 0..width {
                let (x, y) = (x[lane], y[lane]);
                let expected = [
                    x * y,
                    x * x,
                    (x - y) * -x,
                    (x * y - x - y).square(),
                    x + y + y,
                ];
                for (number, expected) in expected.iter().enumerate() {
                    assert_eq!(out[number][lane], *expected, "operation {number}");
                }
                assert_eq!(a.sub(b).zeros() >> lane & 1 == 1, x == y);
            }
        }
    }
}

fn extensions<T: Path>() {
    let (x, y) = field_inputs::<Fq>(2 * inputs());
    let pairs = |values: &[Fq]| {
        values
            .chunks_exact(2)
            .map(|pair| Fq2::new(pair[0], pair[1]))
            .collect()
    };
    T::dispatch(ExtensionJob::<Extension<T::Base>>(pairs(&x), pairs(&y)));
}

#[test]
fn test_p5_extension_operations_equal_arkworks() {
    on_every_path!(extensions);
}

fn transforms<T: Path>() {
    let mut rng = rng();
    let largest = inputs().ilog2();
    for log_size in [6, 7, 9, 12, largest] {
        let domain = Radix2EvaluationDomain::<Fr>::new(1 << log_size).unwrap();
        let values: Vec<Fr> = (0..1 << log_size).map(|_| Fr::rand(&mut rng)).collect();
        let width = T::Scalar::WIDTH;
        let mut vectors: Vec<T::Scalar> = values
            .chunks_exact(width)
            .map(T::Scalar::from_fields)
            .collect();
        Roots::<T>::new(log_size, true)
            .unwrap()
            .forward(&mut vectors);
        Roots::<T>::new(log_size, false)
            .unwrap()
            .backward(&mut vectors);
        let mut out = vec![Fr::zero(); values.len()];
        for (vector, out) in vectors.iter().zip(out.chunks_exact_mut(width)) {
            vector.to_fields(out);
        }
        let size = domain.size_as_field_element();
        assert!(out.iter().zip(&values).all(|(a, b)| *a == size * b));

        let mut vectors: Vec<T::Scalar> = values
            .chunks_exact(width)
            .map(T::Scalar::from_fields)
            .collect();
        Roots::<T>::new(log_size, false)
            .unwrap()
            .forward(&mut vectors);
        for (vector, out) in vectors.iter().zip(out.chunks_exact_mut(width)) {
            vector.to_fields(out);
        }
        let expected = domain.fft(&values);
        for (i, expected) in expected.iter().enumerate() {
            assert_eq!(out[i.reverse_bits() >> (usize::BITS - log_size)], *expected);
        }
    }
}

#[test]
fn test_p5_transforms_equal_arkworks() {
    on_every_path!(transforms);
}

fn check_sum<T: Path, G: Group<ScalarField = Fr>>(
    points: &[Affine<G>],
    scalars: &[Fr],
    all_bits: &[u32],
) {
    let expected = Projective::<G>::msm(points, scalars).unwrap();
    let numbers: Vec<BigInt<4>> = scalars.iter().map(|s| s.into_bigint()).collect();
    let base = pack::<T, G>(points.to_vec(), 0);
    let rooms = RoomsOf::<T, G>::default();
    for bits in all_bits {
        let sum = sum::<T, G>(&base, &Digits::of(&numbers, *bits), &rooms);
        assert_eq!(sum.into_affine(), expected.into_affine());
    }
}

/// Different points, none the point at infinity.
fn points_of<G: Group<ScalarField = Fr>>(count: usize) -> Vec<Affine<G>> {
    let mut rng = rng();
    let (mut point, step) = (
        Projective::<G>::generator() * Fr::rand(&mut rng),
        Projective::<G>::generator(),
    );
    let all: Vec<Projective<G>> = (0..count)
        .map(|_| {
            point += step;
            point
        })
        .collect();
    Projective::normalize_batch(&all)
}

fn scalars_of(count: usize) -> Vec<Fr> {
    let mut rng = rng();
    let half = -Fr::from(1_u64) / Fr::from(2_u64);
    let edges = [-Fr::from(1_u64), half, half + Fr::from(1_u64)];
    (0..count)
        .map(|i| match i % 6 {
            0 => Fr::zero(),
            1 => Fr::from(1_u64),
            2 => Fr::from(i as u64),
            3 => -Fr::from(i as u64),
            4 if i % 5 == 0 => edges[i / 6 % 3],
            _ => Fr::rand(&mut rng),
        })
        .collect()
}

fn sums_in<T: Path, G: Group<ScalarField = Fr>>(count: usize, bits: &[u32]) {
    let (mut points, scalars) = (points_of::<G>(count), scalars_of(count));
    check_sum::<T, G>(&points, &scalars, bits);
    let last = points[count - 1];
    for (i, point) in points[..count / 4].iter_mut().enumerate() {
        match i % 4 {
            0 => *point = Affine::zero(),
            1 => *point = last,
            2 => *point = -last,
            _ => (),
        }
    }
    check_sum::<T, G>(&points, &scalars, bits);
    // All in one bucket of each window.
    check_sum::<T, G>(&points, &vec![Fr::from(1_u64); count], bits);
    check_sum::<T, G>(&points, &vec![scalars[5]; count], bits);
    check_sum::<T, G>(&points, &vec![Fr::zero(); count], bits);
    // Equal and opposite points everywhere.
    check_sum::<T, G>(&vec![last; count], &scalars, bits);
    check_sum::<T, G>(&vec![Affine::zero(); count], &scalars, bits);
    let alternating: Vec<_> = (0..count)
        .map(|i| if i % 2 == 0 { last } else { -last })
        .collect();
    check_sum::<T, G>(&alternating, &vec![scalars[5]; count], bits);
    check_sum::<T, G>(&points[..1], &scalars[5..6], bits);
}

fn sums<T: Path>() {
    for count in [8, 50, 1000] {
        sums_in::<T, g1::Config>(count, &[4, 7, 11]);
    }
    sums_in::<T, g1::Config>(inputs() / 8, &[13]);
    for count in [8, 300] {
        sums_in::<T, g2::Config>(count, &[4, 7, 11]);
    }
    sums_in::<T, g2::Config>(inputs() / 8, &[13]);
}

#[test]
fn test_p5_sums_equal_arkworks() {
    on_every_path!(sums);
}

fn multiples_in<T: Path, G: Group<ScalarField = Fr>>(count: usize) {
    let generator = Projective::<G>::generator();
    let mut numbers = scalars_of(count);
    numbers.extend((0..253).map(|bit| Fr::from(2_u64).pow([bit])));
    numbers.extend((500..530_u64).flat_map(|number| [Fr::from(number), -Fr::from(number)]));
    let expected = BatchMulPreprocessing::new(generator, numbers.len()).batch_mul(&numbers);
    let multiples = Multiples::<T, G>::new(generator.into_affine());
    assert!(multiples.by(&numbers) == expected, "{}", T::NAME);
    assert!(multiples.by(&[]).is_empty());
    assert!(multiples.by(&[Fr::zero(); 9]) == [Affine::zero(); 9]);
}

fn multiples<T: Path>() {
    multiples_in::<T, g1::Config>(inputs());
    multiples_in::<T, g2::Config>(inputs());
}

#[test]
fn test_p5_multiples_equal_arkworks() {
    on_every_path!(multiples);
}

/// w_{i+1} = (w_i + c)·w_{i−1}, and w_i·(w_i − 1) = 0 for every third wire, which is 0 or 1.
fn chain(rows: usize) -> (Vec<u8>, Witness) {
    let mut numbers = common::Numbers(rows as u64);
    let (mut values, mut constraints) = (
        vec![Fr::from(1_u64), Fr::from(3_u64), -Fr::from(1_u64)],
        Vec::new(),
    );
    for _ in 0..rows {
        let last = values.len() as u32 - 1;
        if constraints.len() % 3 == 0 {
            values.push(Fr::from(numbers.next() % 2));
            let bit = vec![(last + 1, Fr::from(1_u64))];
            constraints.push((
                bit.clone(),
                vec![(0, -Fr::from(1_u64)), (last + 1, Fr::from(1_u64))],
                vec![],
            ));
        } else {
            let c = Fr::from(numbers.next());
            values.push((values[last as usize] + c) * values[last as usize - 1]);
            let left = vec![(0, c), (last, Fr::from(1_u64))];
            constraints.push((
                left,
                vec![(last - 1, Fr::from(1_u64))],
                vec![(last + 1, Fr::from(1_u64))],
            ));
        }
    }
    let bytes: Vec<u8> = values.iter().flat_map(field::to_le).collect();
    let file = common::r1cs_file(values.len(), 2, &constraints);
    let witness = Witness::parse(&bytes, values.len()).unwrap();
    R1cs::parse(&file).unwrap().check(&witness).unwrap();
    (file, witness)
}

/// Proofs with the same randomness are the same bytes on every path, and arkworks' own.
#[test]
fn test_p5_proofs_equal_arkworks() {
    let (r, s) = (Fr::from(3_u64), Fr::from(5_u64));
    for rows in [3, 40, 64, 500, 4_000] {
        let (system, witness) = chain(rows);
        let key = setup::setup_file(
            &system,
            &Toxic::from_seed_insecure(&common::seed()),
            &|_| (),
        )
        .unwrap();
        let expected =
            groth16::prove_insecure_with_randomness(&ZKey::parse(&key).unwrap(), &witness, &r, &s)
                .unwrap();
        for kernel in [Kernel::Best, Kernel::Scalar] {
            for threads in [1, 2] {
                let prover =
                    Prover::new(ZKey::parse(&key).unwrap(), Options { kernel, threads }).unwrap();
                let proof =
                    prover.prove_insecure_with_randomness(&witness, &r, &s, &Watch::default());
                assert_eq!(
                    proof.as_ref(),
                    Ok(&expected),
                    "{rows} rows, {}",
                    prover.kernel()
                );
            }
        }
    }
}
