//! A setup made by one process, for development: whoever ran it could have kept the secrets.

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective, g1, g2};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{Field, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::Error;
use crate::kernel::multiples::Multiples;
#[cfg(target_arch = "x86_64")]
use crate::kernel::path::Ifma;
use crate::kernel::path::{Path, Portable};
use crate::r1cs::{Matrix, R1cs};
use crate::toxic::Toxic;
use crate::verifying_key::VerifyingKey;
use crate::zkey::{self, Coefficient, ZKey};

/// The columns of A, B and C at tau, one number a wire.
struct Columns {
    a: Zeroizing<Vec<Fr>>,
    b: Zeroizing<Vec<Fr>>,
    c: Zeroizing<Vec<Fr>>,
}

/// Make a key for a constraint system; `progress` hears the name of each phase as it starts.
///
/// gamma is the generator of G2, as snarkjs has it; delta is not.
pub fn setup(r1cs: &R1cs, toxic: &Toxic, progress: &dyn Fn(&str)) -> Result<ZKey, Error> {
    if !toxic.is_usable() {
        return Err(Error::Randomness);
    }
    progress("lagrange");
    let domain = domain_of(r1cs)?;
    let columns = columns(r1cs, &domain, &toxic.tau);
    let delta_inverse = Zeroizing::new(toxic.delta.inverse().ok_or(Error::Randomness)?);
    let combined = combined(&columns, toxic, r1cs.public, &delta_inverse);
    let quotient = quotient_basis(&domain, &toxic.tau, &delta_inverse)?;

    let basis = Basis {
        columns,
        combined,
        quotient,
        public: r1cs.public,
    };
    let points = points(&basis, progress);
    let verifying_key = VerifyingKey::new(
        times_g1(&toxic.alpha),
        times_g2(&toxic.beta),
        G2Affine::generator(),
        times_g2(&toxic.delta),
        points.ic,
    )?;
    Ok(ZKey {
        wires: r1cs.wires,
        domain_size: domain.size(),
        verifying_key,
        beta_g1: times_g1(&toxic.beta),
        delta_g1: times_g1(&toxic.delta),
        coefficients: coefficients(r1cs)?,
        a: points.a,
        b_g1: points.b_g1,
        b_g2: points.b_g2,
        c: points.c,
        h: points.h,
    })
}

/// Numbers whose multiples of the generators are the key.
struct Basis {
    columns: Columns,
    combined: Zeroizing<Vec<Fr>>,
    quotient: Zeroizing<Vec<Fr>>,
    public: usize,
}

/// The sections of a key.
struct Sections {
    a: Vec<G1Affine>,
    b_g1: Vec<G1Affine>,
    b_g2: Vec<G2Affine>,
    ic: Vec<G1Affine>,
    c: Vec<G1Affine>,
    h: Vec<G1Affine>,
}

fn points(basis: &Basis, progress: &dyn Fn(&str)) -> Sections {
    #[cfg(target_arch = "x86_64")]
    if Ifma::is_available() {
        return points_on::<Ifma>(basis, progress);
    }
    points_on::<Portable>(basis, progress)
}

fn points_on<T: Path>(basis: &Basis, progress: &dyn Fn(&str)) -> Sections {
    progress("tables");
    let g1 = Multiples::<T, g1::Config>::new(G1Affine::generator());
    let g2 = Multiples::<T, g2::Config>::new(G2Affine::generator());
    progress("points A");
    let a = g1.by(&basis.columns.a);
    progress("points B1");
    let b_g1 = g1.by(&basis.columns.b);
    progress("points B2");
    let b_g2 = g2.by(&basis.columns.b);
    progress("points C");
    let mut ic = g1.by(&basis.combined);
    let c = ic.split_off(basis.public + 1);
    progress("points H");
    let h = g1.by(&basis.quotient);
    Sections {
        a,
        b_g1,
        b_g2,
        ic,
        c,
        h,
    }
}

/// The file of a new key for the bytes of an `.r1cs` file.
pub fn setup_file(r1cs: &[u8], toxic: &Toxic, progress: &dyn Fn(&str)) -> Result<Vec<u8>, Error> {
    progress("read");
    let key = setup(&R1cs::parse(r1cs)?, toxic, progress)?;
    progress("write");
    let hash = Sha512::new()
        .chain_update(b"zkrisk.development.v1")
        .chain_update(r1cs)
        .finalize();
    Ok(key.assemble_development(&hash.into()))
}

/// The smallest domain with a row for every constraint and one for each public signal and the 1.
fn domain_of(r1cs: &R1cs) -> Result<Radix2EvaluationDomain<Fr>, Error> {
    let rows = r1cs.constraints() + r1cs.public + 1;
    let size = rows.max(2).next_power_of_two();
    if size > zkey::MAX_DOMAIN {
        return Err(Error::File(format!(
            "{rows} rows are too many for this curve"
        )));
    }
    Radix2EvaluationDomain::new(size)
        .ok_or_else(|| Error::File(format!("{rows} rows are too many for this curve")))
}

fn columns(r1cs: &R1cs, domain: &Radix2EvaluationDomain<Fr>, tau: &Fr) -> Columns {
    let lagrange = Zeroizing::new(domain.evaluate_all_lagrange_coefficients(*tau));
    let mut a = column(&r1cs.a, &lagrange, r1cs.wires);
    for wire in 0..=r1cs.public {
        a[wire] += lagrange[r1cs.constraints() + wire];
    }
    Columns {
        a,
        b: column(&r1cs.b, &lagrange, r1cs.wires),
        c: column(&r1cs.c, &lagrange, r1cs.wires),
    }
}

fn column(matrix: &Matrix, lagrange: &[Fr], wires: usize) -> Zeroizing<Vec<Fr>> {
    let mut out = Zeroizing::new(vec![Fr::zero(); wires]);
    for (row, at_tau) in matrix.rows().zip(lagrange) {
        for (wire, coefficient) in row {
            out[*wire as usize] += *coefficient * at_tau;
        }
    }
    out
}

/// beta·A + alpha·B + C: over gamma = 1 for public wires, over delta for the others.
fn combined(
    columns: &Columns,
    toxic: &Toxic,
    public: usize,
    delta_inverse: &Fr,
) -> Zeroizing<Vec<Fr>> {
    let mut out = Zeroizing::new(Vec::with_capacity(columns.a.len()));
    for (wire, ((a, b), c)) in columns
        .a
        .iter()
        .zip(&*columns.b)
        .zip(&*columns.c)
        .enumerate()
    {
        let sum = *toxic.beta * a + *toxic.alpha * b + c;
        out.push(if wire <= public {
            sum
        } else {
            sum * delta_inverse
        });
    }
    out
}

/// L_{2j+1}(tau)/delta over the doubled domain: the prover multiplies it with the values of A·B − C
/// on the odd coset.
fn quotient_basis(
    domain: &Radix2EvaluationDomain<Fr>,
    tau: &Fr,
    delta_inverse: &Fr,
) -> Result<Zeroizing<Vec<Fr>>, Error> {
    let doubled = Radix2EvaluationDomain::<Fr>::new(2 * domain.size())
        .ok_or_else(|| Error::File("the circuit is too large for this curve".into()))?;
    let lagrange = Zeroizing::new(doubled.evaluate_all_lagrange_coefficients(*tau));
    let odd = lagrange.iter().skip(1).step_by(2);
    let mut out = Zeroizing::new(Vec::with_capacity(domain.size()));
    out.extend(odd.map(|value| *value * delta_inverse));
    Ok(out)
}

fn coefficients(r1cs: &R1cs) -> Result<Vec<Coefficient>, Error> {
    let constraints = u32::try_from(r1cs.constraints())
        .map_err(|_| Error::File("too many constraints".into()))?;
    let public =
        u32::try_from(r1cs.public).map_err(|_| Error::File("too many public signals".into()))?;
    let mut out = Vec::new();
    for row in 0..constraints {
        for (in_b, matrix) in [(false, &r1cs.a), (true, &r1cs.b)] {
            let entry = |&(wire, value)| Coefficient {
                in_b,
                row,
                wire,
                value,
            };
            out.extend(matrix.row(row as usize).iter().map(entry));
        }
    }
    out.extend((0..=public).map(|wire| Coefficient {
        in_b: false,
        row: constraints + wire,
        wire,
        value: Fr::ONE,
    }));
    Ok(out)
}

fn times_g1(secret: &Fr) -> G1Affine {
    (G1Projective::generator() * secret).into_affine()
}

fn times_g2(secret: &Fr) -> G2Affine {
    (G2Projective::generator() * secret).into_affine()
}
