//! How much a key says that holds frozensets: others show keys, with all that lies in them.
//!
//! A frozenset keeps its hash, so hashing a key again and again is soon done however much lies in
//! its frozensets; a few labels make one whose text never ends.

use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::hashing::{HashCost, TOO_MUCH};

/// Parts that a frozenset may have, with those of what lies in it, each time that it does.
const MOST: u64 = 1_000_000;

/// The parts of the frozensets of one text, and of the keys that are being looked at.
#[derive(Default)]
pub(super) struct Unfolded {
    /// By their addresses, each with what keeps that from being another's.
    known: FxHashMap<usize, (Py<PyAny>, u64)>,
    parts: u64,
}

impl Unfolded {
    /// Begins to look at the keys or elements of a container.
    pub(super) const fn begin(&mut self, keys: usize) {
        self.parts = keys as u64;
    }

    /// Counts what a key holds.
    pub(super) fn count(&mut self, frozen: &Bound<'_, PyAny>) {
        let known = self.known.get(&(frozen.as_ptr() as usize));
        let parts = known.map_or_else(|| frozen.len().unwrap_or(0) as u64, |(_, parts)| *parts);
        self.parts = self.parts.saturating_add(parts);
    }

    /// What lies in the frozensets of the keys, beside the keys.
    pub(super) const fn beside(&self, keys: usize) -> u64 {
        self.parts.saturating_sub(keys as u64)
    }

    /// Keeps what was counted as that of a frozenset of those elements; returns whether it is too much.
    pub(super) fn keep(&mut self, frozen: &Bound<'_, PyAny>, elements: usize) -> bool {
        if self.parts > elements as u64 {
            let kept = (frozen.clone().unbind(), self.parts);
            self.known.insert(frozen.as_ptr() as usize, kept);
        }
        self.beside(elements) > MOST
    }
}

impl HashCost {
    /// Why those keys, which may be hashed, should not be shown, if they should not.
    pub(super) fn refusal_to_show(&mut self, keys: usize) -> Option<String> {
        let left = self.steps_left.checked_sub(self.unfolded.beside(keys));
        self.steps_left = left.unwrap_or(self.steps_left);
        left.is_none().then(|| TOO_MUCH.to_owned())
    }

    /// Why a frozenset of those elements should be no key, if it should not.
    pub(super) fn refusal_to_keep(
        &mut self,
        made: &Bound<'_, PyAny>,
        elements: usize,
    ) -> Option<String> {
        self.unfolded.keep(made, elements).then(|| TOO_MUCH.to_owned())
    }
}
