//! How often Python would look for a free place while it fills a table, told without filling it.
//!
//! The hash of a number is the number itself, more or less, so a text can choose keys whose hashes
//! all differ and that still meet at the same places, one after another: each is then compared with
//! most of those before it. Whether they do depends on how large a table is, so every size that it
//! has while it grows is tried.

/// Bits of a hash that are left out for each further place.
const SHIFT: u32 = 5;

/// Tables that are filled without looking far, whatever the keys are.
const SMALL: usize = 1_000;

/// How many taken places may be met in a table, besides those for each key.
const FREE_STEPS: u64 = 500_000;

/// What Python keeps the keys in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Dict,
    Set,
}

impl Table {
    /// Whether keys with these hashes would be looked for all too long.
    pub(super) fn is_crowded(self, hashes: &[usize]) -> bool {
        self.sizes(hashes.len()).into_iter().any(|size| {
            let held = hashes.get(..self.room(size)).unwrap_or(hashes);
            self.is_long(held, size)
        })
    }

    /// The keys that a table of this size has room for.
    const fn room(self, size: usize) -> usize {
        match self {
            Self::Dict => size * 2 / 3,
            Self::Set => size * 3 / 5,
        }
    }

    /// Taken places that may be met for each key. Numbers that all end alike in binary, as floats
    /// and shifted numbers do, meet a fifth of so many.
    const fn steps_per_key(self) -> u64 {
        match self {
            Self::Dict => 256,
            Self::Set => 512,
        }
    }

    /// Places looked at from where a hash leads to, before one further away is.
    const fn reach(self) -> usize {
        match self {
            Self::Dict => 1,
            Self::Set => 10,
        }
    }

    /// The sizes that a table has until it holds so many keys. A set grows by more than it needs.
    fn sizes(self, keys: usize) -> Vec<usize> {
        let all = (3..usize::BITS - 3).map(|bits| 1_usize << bits);
        let too_small = all.clone().take_while(|size| self.room(*size) < keys).count();
        let last = too_small + if self == Self::Set { 2 } else { 1 };
        all.take(last).filter(|size| self.room(*size) > SMALL).collect()
    }

    /// Whether too many taken places are met where a table of this size is filled.
    fn is_long(self, hashes: &[usize], size: usize) -> bool {
        let mut left = FREE_STEPS + self.steps_per_key() * hashes.len() as u64;
        let mut places = Places { taken: vec![0; size / 64 + 1], mask: size - 1 };
        hashes.iter().any(|hash| {
            left = left.saturating_sub(places.take(*hash, self.reach(), left));
            left == 0
        })
    }
}

/// Which places of a table are taken, a bit for each.
struct Places {
    taken: Vec<u64>,
    mask: usize,
}

impl Places {
    /// Takes the place that a hash leads to, and tells how many were taken before it. Gives up
    /// after so many.
    fn take(&mut self, hash: usize, reach: usize, most: u64) -> u64 {
        let (mut at, mut rest, mut met) = (hash & self.mask, hash, 0);
        while met < most {
            let reach = if at + reach <= self.mask + 1 { reach } else { 1 };
            let behind = self.taken_from(at, reach);
            if behind < reach {
                self.taken[(at + behind) / 64] |= 1 << ((at + behind) % 64);
                return met + behind as u64;
            }
            met += behind as u64;
            rest >>= SHIFT;
            at = at.wrapping_mul(5).wrapping_add(rest).wrapping_add(1) & self.mask;
        }
        met
    }

    /// How many places are taken from one on without a gap, as far as it reaches.
    #[inline]
    fn taken_from(&self, at: usize, reach: usize) -> usize {
        let shift = at % 64;
        // There is one word more than places, so that there is always a next.
        let next = self.taken.get(at / 64 + 1).map_or(0, |word| *word);
        let bits = (self.taken[at / 64] >> shift) | ((next << 1) << (63 - shift));
        reach.min(bits.trailing_ones() as usize)
    }
}
