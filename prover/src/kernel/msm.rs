//! Multi-scalar multiplication: Σ scalar·point, by buckets.

use std::ops::Range;
use std::sync::Mutex;

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, Zero};
use rayon::prelude::*;

use super::coordinate::{Base, Coordinate, Extension, Point};
use super::digits::Digits;
use super::path::Path;
use super::window::{Points, Room, window_sums};

/// Digits from which on a task is large enough: an inversion for each of its rounds then counts for little, and more would only
/// take more room.
const TASK: Range<usize> = 1 << 12..1 << 14;

/// Tasks that a multiplication is cut into where they are not too small for it, so that threads end together.
const TASKS: usize = 32;

/// A group that the kernels can sum in.
pub trait Group: SWCurveConfig {
    /// Its coordinates on a path.
    type Coordinate<T: Path>: Coordinate<Field = Self::BaseField>;
}

impl Group for ark_bn254::g1::Config {
    type Coordinate<T: Path> = Base<T::Base>;
}

impl Group for ark_bn254::g2::Config {
    type Coordinate<T: Path> = Extension<T::Base>;
}

/// Points of a group, for a path's kernels.
pub type PointsOf<T, G> = Points<<G as Group>::Coordinate<T>>;

/// Points as a path's kernels read them; before them so many that count for nothing.
pub fn pack<T: Path, G: Group>(points: Vec<Affine<G>>, skipped: usize) -> PointsOf<T, G> {
    let infinity = <G::Coordinate<T> as Coordinate>::Point::INFINITY;
    let mut all = vec![infinity; skipped + points.len()];
    all[skipped..]
        .par_iter_mut()
        .zip(&points)
        .with_min_len(1 << 10)
        .for_each(|(out, point)| {
            if let Some((x, y)) = point.xy() {
                *out = G::Coordinate::<T>::pack(&x, &y);
            }
        });
    Points::new(all)
}

/// Rooms that threads take and give back.
pub struct Rooms<C: Coordinate>(Mutex<Vec<Room<C>>>);

/// Rooms for a group's points.
pub type RoomsOf<T, G> = Rooms<<G as Group>::Coordinate<T>>;

impl<C: Coordinate> Default for Rooms<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Coordinate> Rooms<C> {
    /// Use a room.
    pub fn with<R>(&self, work: impl FnOnce(&mut Room<C>) -> R) -> R {
        let mut room = self
            .0
            .lock()
            .ok()
            .and_then(|mut rooms| rooms.pop())
            .unwrap_or_default();
        let out = work(&mut room);
        if let Ok(mut rooms) = self.0.lock() {
            rooms.push(room);
        }
        out
    }

    /// Products in the base field since this was last asked, for reports.
    pub fn take_products(&self) -> u64 {
        self.0.lock().map_or(0, |mut rooms| {
            rooms.iter_mut().map(Room::take_products).sum()
        })
    }

    /// Overwrite all rooms.
    pub fn wipe(&self) {
        if let Ok(mut rooms) = self.0.lock() {
            rooms.iter_mut().for_each(Room::wipe);
        }
    }
}

/// Windows that make one task.
pub fn tasks(digits: &Digits) -> Vec<Range<usize>> {
    let each = digits.count() / TASKS;
    digits.stretches(each.clamp(TASK.start, TASK.end))
}

/// The sums of a task's windows.
pub fn task<T: Path, G: Group>(
    base: &PointsOf<T, G>,
    digits: &Digits,
    windows: Range<usize>,
    rooms: &RoomsOf<T, G>,
) -> Vec<Projective<G>> {
    rooms.with(|room| window_sums::<G::Coordinate<T>, G>(base, digits, windows, room))
}

/// Σ 2^(bits·window)·sum.
pub fn combine<G: Group>(sums: &[Projective<G>], bits: u32) -> Projective<G> {
    let mut out = Projective::zero();
    for sum in sums.iter().rev() {
        for _ in 0..bits {
            out.double_in_place();
        }
        out += sum;
    }
    out
}

/// Σ scalar·point, by several threads.
pub fn sum<T: Path, G: Group>(
    base: &PointsOf<T, G>,
    digits: &Digits,
    rooms: &RoomsOf<T, G>,
) -> Projective<G> {
    let tasks = tasks(digits).into_par_iter().with_max_len(1);
    let sums: Vec<_> = tasks
        .flat_map_iter(|windows| task::<T, G>(base, digits, windows, rooms))
        .collect();
    combine(&sums, digits.bits())
}
