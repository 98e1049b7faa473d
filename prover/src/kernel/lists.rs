//! Sums of many lists of points at once: rounds in which the entries of each list are added in pairs.

use ark_ec::short_weierstrass::SWCurveConfig;
use zeroize::Zeroize;

use super::coordinate::{Coordinate, Point};
use super::lanes::MAX_WIDTH;
use super::pairs::{Entries, NEGATIVE, add_pairs, couple};

/// Empty a vector that has, then, room for so many: what it held is overwritten before its memory is given back.
fn empty<V: Zeroize>(vector: &mut Vec<V>, needed: usize) {
    vector.clear();
    if vector.capacity() < needed {
        // All of its memory, not only what it holds now.
        vector.zeroize();
        vector.reserve_exact(needed);
    }
}

/// Lists of entries that are to be summed.
#[derive(Default)]
pub struct Lists {
    entries: Vec<u32>,
    starts: Vec<u32>,
    /// How many entries each has.
    pub counts: Vec<u32>,
    /// Lists that have pairs left.
    active: Vec<u32>,
}

impl Lists {
    /// So many lists of length 0, whose `counts` the caller then lengthens.
    pub fn clear(&mut self, lists: usize) {
        empty(&mut self.counts, lists);
        self.counts.resize(lists, 0);
    }

    /// Room for as many entries as were counted; each list's start at its end, from where [`Lists::put`] fills it.
    pub fn open(&mut self) {
        empty(&mut self.starts, self.counts.len());
        let mut end = 0;
        for count in &self.counts {
            end += count;
            self.starts.push(end);
        }
        empty(&mut self.entries, end as usize);
        self.entries.resize(end as usize, 0);
    }

    /// Put an entry into a list that was opened for it: the number of a point, with [`NEGATIVE`] where its negative is meant.
    #[inline]
    pub fn put(&mut self, list: usize, entry: u32) {
        let start = &mut self.starts[list];
        *start -= 1;
        self.entries[*start as usize] = entry;
    }

    /// Whether no list has an entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first entry of a list, if it has one; after all rounds there is no other.
    #[inline]
    pub fn first(&self, list: usize) -> Option<u32> {
        (self.counts[list] != 0).then(|| self.entries[self.starts[list] as usize])
    }

    /// Overwrite all.
    pub fn wipe(&mut self) {
        self.entries.zeroize();
        self.starts.zeroize();
        self.counts.zeroize();
        self.active.zeroize();
    }

    /// Pairs of the lists' entries, in whose place the lists name their sums, from number `next` on.
    ///
    /// First the first pair of every list, then the second: entries of a list are in the order of their points, so those of one rank lie
    /// close together, and what was close together stays so in the next round.
    fn take_pairs(&mut self, next: usize, pairs: &mut Vec<Entries>) {
        let Lists {
            entries,
            starts,
            counts,
            active,
        } = self;
        // With what fills the last vectors up.
        empty(pairs, entries.len() / 2 + 4 * MAX_WIDTH);
        empty(active, counts.len());
        active.extend((0..counts.len() as u32).filter(|list| counts[*list as usize] > 1));
        let (mut next, mut rank) = (next as u32, 0);
        while !active.is_empty() {
            active.retain(|list| {
                let (start, count) = (
                    starts[*list as usize] as usize,
                    counts[*list as usize] as usize,
                );
                pairs.push((entries[start + 2 * rank], entries[start + 2 * rank + 1]));
                entries[start + rank] = next;
                next += 1;
                count >= 2 * rank + 4
            });
            rank += 1;
        }
        for (start, count) in starts.iter().zip(counts) {
            if *count > 1 {
                let (start, half) = (*start as usize, (*count / 2) as usize);
                if *count % 2 == 1 {
                    entries[start + half] = entries[start + 2 * half];
                }
                *count = count.div_ceil(2);
            }
        }
    }

    /// Take entries out whose sum is the point at infinity.
    #[cold]
    #[inline(never)]
    fn drop_infinities<P: Point>(&mut self, sums: &[P]) {
        for (start, count) in self.starts.iter().zip(&mut self.counts) {
            let entries = &mut self.entries[*start as usize..(*start + *count) as usize];
            let mut kept = 0;
            for i in 0..entries.len() {
                if sums[(entries[i] & !NEGATIVE) as usize] != P::INFINITY {
                    entries[kept] = entries[i];
                    kept += 1;
                }
            }
            *count = kept as u32;
        }
    }
}

/// Sums so far, which entries of lists name.
pub struct Sums<C: Coordinate> {
    all: Vec<C::Point>,
    used: usize,
    pairs: Vec<Entries>,
}

impl<C: Coordinate> Default for Sums<C> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            used: 0,
            pairs: Vec::new(),
        }
    }
}

impl<C: Coordinate> Sums<C> {
    /// The sums, by number.
    pub fn points(&self) -> &[C::Point] {
        &self.all
    }

    /// How many there are: about so many additions were made.
    pub fn count(&self) -> usize {
        self.used
    }

    /// Overwrite all.
    pub fn wipe(&mut self) {
        self.all.iter_mut().for_each(Point::wipe);
        self.pairs.zeroize();
    }

    /// Add all entries of each list, which name points of `base` until then and sums afterwards: one, or none where the sum is the point at
    /// infinity. Sums of before are gone. `base` has the point at infinity at no number that an entry names.
    pub fn add_points<P: SWCurveConfig<BaseField = C::Field>>(
        &mut self,
        base: &[C::Point],
        lists: &mut Lists,
    ) {
        self.used = 0;
        let odd = lists.counts.iter().filter(|count| **count % 2 == 1).count();
        self.reserve(odd);
        for (start, count) in lists.starts.iter().zip(&lists.counts) {
            if count % 2 == 1 {
                let entry = &mut lists.entries[(start + count - 1) as usize];
                self.all[self.used] = base[(*entry & !NEGATIVE) as usize];
                *entry = self.used as u32 | *entry & NEGATIVE;
                self.used += 1;
            }
        }
        lists.take_pairs(self.used, &mut self.pairs);
        self.add_pairs::<P>(Some(base), lists);
        self.add::<P>(lists);
    }

    /// Add all entries of each list, which name sums.
    pub fn add<P: SWCurveConfig<BaseField = C::Field>>(&mut self, lists: &mut Lists) {
        loop {
            lists.take_pairs(self.used, &mut self.pairs);
            if self.pairs.is_empty() {
                return;
            }
            self.add_pairs::<P>(None, lists);
        }
    }

    /// Sums of pairs of points, which are `base`'s or sums so far, after the sums so far.
    fn add_pairs<P: SWCurveConfig<BaseField = C::Field>>(
        &mut self,
        base: Option<&[C::Point]>,
        lists: &mut Lists,
    ) {
        let Some(last) = self.pairs.last().copied() else {
            return;
        };
        self.pairs
            .resize(self.pairs.len().next_multiple_of(couple::<C>()), last);
        let end = self.used + self.pairs.len();
        self.reserve(end);
        let (done, free) = self.all.split_at_mut(self.used);
        let out = &mut free[..self.pairs.len()];
        let has_infinity = match base {
            Some(base) => add_pairs::<C, P>(base, &self.pairs, out),
            None => add_pairs::<C, P>(done, &self.pairs, out),
        };
        if has_infinity {
            lists.drop_infinities(&self.all);
        }
        self.used = end;
    }

    /// Make room, and overwrite what was left behind.
    fn reserve(&mut self, needed: usize) {
        if self.all.capacity() < needed {
            let mut longer = Vec::with_capacity(needed.max(2 * self.all.capacity()));
            longer.extend_from_slice(&self.all);
            self.all.iter_mut().for_each(Point::wipe);
            self.all = longer;
        }
        if self.all.len() < needed {
            self.all.resize(needed, C::Point::INFINITY);
        }
    }
}
