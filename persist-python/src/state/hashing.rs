//! What it would cost to hash and compare the keys of a container, told before that is done.
//!
//! Python hashes a tuple by hashing all it holds, each time anew: a few labels make a tuple whose
//! hash takes for ever, and one nested deep enough overflows the stack. Numbers can be chosen so
//! that their hashes agree, and then each is compared with all others.

use std::collections::{HashMap, HashSet};

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PySet, PyTuple};

use super::ffi::{self, Builtin};

/// How many keys or elements of one container may have one hash.
const MAX_ALIKE: usize = 1_000;

/// How deep tuples and frozensets may be nested in a key.
const MAX_DEPTH: usize = 10_000;

/// How often, on average, an element of a container may be met again in a key.
const STEPS_PER_ELEMENT: u64 = 256;

/// Steps that every text may take.
const FREE_STEPS: u64 = 1_000_000;

/// What hashing has cost, and may cost, in one text.
pub(super) struct HashCost {
    steps_left: u64,
}

impl Default for HashCost {
    fn default() -> Self {
        Self { steps_left: FREE_STEPS }
    }
}

impl HashCost {
    /// Allows for the elements of a container that the text spells out.
    pub(super) const fn earn(&mut self, elements: usize) {
        let earned = (elements as u64).saturating_mul(STEPS_PER_ELEMENT);
        self.steps_left = self.steps_left.saturating_add(earned);
    }

    /// Why these keys should not be hashed or compared, if they should not.
    pub(super) fn refusal(&mut self, keys: &[Bound<'_, PyAny>]) -> Option<String> {
        let compound: Vec<_> = keys.iter().filter(|key| is_compound(key)).collect();
        let reason = compound.iter().find_map(|key| self.spend(key, Walk::Hash));
        reason.or_else(|| self.compare(&compound)).or_else(|| crowd(keys))
    }

    /// Pays for the comparison of those whose hashes agree: each holds what has to be looked at.
    fn compare(&mut self, keys: &[&Bound<'_, PyAny>]) -> Option<String> {
        let mut known = HashSet::with_capacity(keys.len());
        let twins = keys.iter().filter(|key| key.hash().is_ok_and(|hash| !known.insert(hash)));
        twins.into_iter().find_map(|key| self.spend(key, Walk::Compare))
    }

    fn spend(&mut self, key: &Bound<'_, PyAny>, walk: Walk) -> Option<String> {
        let mut open = vec![(key.clone(), 0)];
        while let Some((value, depth)) = open.pop() {
            let Some(left) = self.steps_left.checked_sub(1) else {
                return Some("its keys or elements hold too much to be hashed".to_owned());
            };
            self.steps_left = left;
            if depth > MAX_DEPTH {
                return Some(format!("a key or element is nested more than {MAX_DEPTH} deep"));
            }
            if let Ok(tuple) = value.cast_exact::<PyTuple>() {
                open.extend(tuple.iter().map(|inner| (inner, depth + 1)));
            } else if walk == Walk::Compare
                && let Ok(set) = value.cast_exact::<PyFrozenSet>()
            {
                open.extend(set.iter().map(|inner| (inner, depth + 1)));
            }
        }
        None
    }
}

/// What is to be done with a key. A frozenset keeps the hashes of what it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Hash,
    Compare,
}

/// Whether two of these, as their own classes have it by now, are equal.
pub(super) fn has_twins(py: Python<'_>, keys: &[Bound<'_, PyAny>]) -> PyResult<bool> {
    if !keys.iter().any(|key| ffi::builtin_of(key.as_ptr()) == Builtin::Other) {
        return Ok(false);
    }
    Ok(PySet::new(py, keys)?.len() < keys.len())
}

fn is_compound(key: &Bound<'_, PyAny>) -> bool {
    key.is_exact_instance_of::<PyTuple>() || key.is_exact_instance_of::<PyFrozenSet>()
}

fn crowd(keys: &[Bound<'_, PyAny>]) -> Option<String> {
    if keys.len() <= MAX_ALIKE {
        return None;
    }
    // Keyed by chance, unlike the faster maps: the text chooses what is counted.
    let mut counts: HashMap<isize, usize> = HashMap::with_capacity(keys.len());
    // What has no hash is refused where it is put in.
    for hash in keys.iter().filter_map(|key| key.hash().ok()) {
        let count = counts.entry(hash).or_default();
        *count += 1;
        if *count > MAX_ALIKE {
            return Some(format!("more than {MAX_ALIKE} keys or elements share a hash"));
        }
    }
    None
}

/// The first of each pair; what is no pair is refused where it is put in.
pub(super) fn keys_of<'py>(pairs: &Bound<'py, PyList>) -> Vec<Bound<'py, PyAny>> {
    let key = |pair: Bound<'py, PyAny>| pair.cast_exact::<PyList>().ok()?.get_item(0).ok();
    pairs.iter().filter_map(key).collect()
}
