//! Which key follows which in the maps of a text: the same few come in the same order each time.

use persist_core::json::{MemberStart, Text};
use pyo3::prelude::*;
use pyo3::types::PyString;
use rustc_hash::FxHashMap;

/// How many keys are kept: more than the maps of one kind have.
const MAX_KEYS: usize = 256;

/// Longer keys are data, and hardly come again.
const MAX_KEY_BYTES: usize = 48;

/// Keys that say what an object is: each is looked at, wherever it stands.
const MARKERS: [&[u8]; 2] = [b"lc", b"__lc_escaped__"];

/// A key that was met.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyId(u16);

struct Known<'py> {
    start: MemberStart,
    key: Bound<'py, PyString>,
    /// What followed it the last time.
    next: Option<KeyId>,
}

/// The keys of one text.
#[derive(Default)]
pub(super) struct Succession<'py> {
    known: Vec<Known<'py>>,
    /// By the address of the key, which is kept.
    ids: FxHashMap<usize, KeyId>,
}

impl<'py> Succession<'py> {
    /// Notes that a key was read, and behind which one; returns it where it can be told again.
    pub(super) fn note(
        &mut self,
        before: Option<KeyId>,
        key: &Bound<'py, PyString>,
        text: Text<'_>,
    ) -> Option<KeyId> {
        let id = self.id_of(key, text);
        if let Some(before) = before {
            self.known[usize::from(before.0)].next = id;
        }
        id
    }

    fn id_of(&mut self, key: &Bound<'py, PyString>, text: Text<'_>) -> Option<KeyId> {
        let address = key.as_ptr() as usize;
        if let Some(id) = self.ids.get(&address) {
            return Some(*id);
        }
        let raw = text.raw();
        let is_data = text.is_escaped() || raw.len() > MAX_KEY_BYTES;
        if is_data || MARKERS.contains(&raw) || self.known.len() >= MAX_KEYS {
            return None;
        }
        let start = MemberStart::of(std::str::from_utf8(raw).ok()?);
        let id = KeyId(u16::try_from(self.known.len()).ok()?);
        self.known.push(Known { start, key: key.clone(), next: None });
        self.ids.insert(address, id);
        Some(id)
    }

    /// The key that followed this one the last time: how its member begins, and the key itself.
    #[inline]
    pub(super) fn after(&self, id: KeyId) -> Option<(KeyId, &MemberStart, &Bound<'py, PyString>)> {
        let next = self.known[usize::from(id.0)].next?;
        let known = &self.known[usize::from(next.0)];
        Some((next, &known.start, &known.key))
    }
}
