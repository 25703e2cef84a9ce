//! The first pass: finds what is shared, runs what may run Python code, keeps the results.

use std::sync::Arc;

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ffi;
use super::hashing::HashCost;
use super::memory::Memory;
use super::note::Note;
use super::plan::Plan;
use super::problem::{FORMLESS, Problem};
use super::sink::{Hashed, Identity, Meet, Scalars, Sink};
use super::{number, plain};

/// A thing that may be met again.
pub(super) struct Entry {
    pub(super) count: u32,
    /// The walk is inside it.
    is_open: bool,
    identity: Identity,
    /// Walks begun so far, for things that are made when all their elements are there.
    mentions: u32,
    /// The walk that builds it.
    pub(super) builder: u32,
    is_built: bool,
    is_attributes: bool,
    /// Nothing inside it may mention it.
    is_whole: bool,
    /// How many things were there to be mentioned when its last walk began.
    made_before: usize,
    pub(super) label: u32,
    /// Position among all entries, in the order in which they were met.
    index: usize,
}

/// A map that must be escaped.
struct Escape {
    index: usize,
    can_hold: bool,
    first_entry: usize,
}

/// What the encoder needs of the scan.
pub(super) struct Findings {
    pub(super) entries: FxHashMap<usize, Entry>,
    pub(super) notes: Vec<(usize, Arc<Note>)>,
    pub(super) next_note: usize,
    /// For each map that must be escaped, in the order met: whether an escape can hold it.
    pub(super) escapes: Vec<(usize, bool)>,
    pub(super) next_escape: usize,
    pub(super) checksum: u64,
    needs_two_passes: bool,
    /// Everything an address in here stands for, so that no address is used again.
    _held: Vec<Py<PyAny>>,
}

impl Findings {
    /// Those of a graph in which nothing is shared, noted or escaped.
    pub(super) fn none() -> Self {
        Scan::new().finish()
    }

    /// Keeps what hooks gave for a walk that begins anew: they run once, however many walks there are.
    pub(super) fn keep_taken(&self, py: Python<'_>, memory: &Memory) {
        for (address, note) in &self.notes {
            // What has a note is held as long as this is.
            memory.keep_taken(&ffi::own(py, *address as *mut pyo3::ffi::PyObject), note);
        }
    }

    /// Whether one pass would have been enough.
    pub(super) fn fit_a_draft(&self) -> bool {
        !self.needs_two_passes && self.notes.is_empty() && self.escapes.is_empty()
    }
}

/// The scanning sink.
#[derive(Default)]
pub(super) struct Scan {
    entries: FxHashMap<usize, Entry>,
    /// How often each entry was met, in the order of their first meeting.
    counts: Vec<u32>,
    /// How many of them can be mentioned: made before what they hold, or whole by now.
    made_before: usize,
    notes: Vec<(usize, Arc<Note>)>,
    /// Notes of things that may be entered again before they are left.
    asked: FxHashMap<usize, Arc<Note>>,
    escapes: Vec<(usize, bool, usize, usize)>,
    open_escapes: Vec<Escape>,
    held: Vec<Py<PyAny>>,
    checksum: u64,
    hash_cost: HashCost,
    needs_two_passes: bool,
    problems: Vec<Problem>,
    plans: FxHashSet<usize>,
    plan_list: Vec<Py<Plan>>,
    bindings: Vec<String>,
}

/// Mixes one more thing into the checksum of what was met.
#[inline]
pub(super) fn mix(checksum: u64, address: usize) -> u64 {
    (checksum.rotate_left(5) ^ address as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Mixes in a container and its length; empty ones do not count.
#[inline]
pub(super) fn mix_container(checksum: u64, value: *mut pyo3::ffi::PyObject, length: usize) -> u64 {
    if length == 0 { checksum } else { mix(mix(checksum, value as usize), length) }
}

impl Scan {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    pub(super) fn take_plans(&mut self) -> Vec<Py<Plan>> {
        std::mem::take(&mut self.plan_list)
    }

    pub(super) fn take_bindings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.bindings)
    }

    /// Whether nothing was met twice.
    pub(super) fn is_unshared(&self) -> bool {
        self.counts.iter().all(|count| *count == 1)
    }

    /// Ends the pass: nothing is met any more, so it is known what is shared.
    pub(super) fn finish(self) -> Findings {
        let mut shared_before = Vec::with_capacity(self.counts.len() + 1);
        let mut shared = 0_usize;
        shared_before.push(0);
        for count in &self.counts {
            shared += usize::from(*count > 1);
            shared_before.push(shared);
        }
        let escapes = self.escapes.iter().map(|(owner, can_hold, first, last)| {
            (*owner, *can_hold && shared_before[*first] == shared_before[*last])
        });
        Findings {
            needs_two_passes: self.needs_two_passes || shared > 0,
            escapes: escapes.collect(),
            entries: self.entries,
            notes: self.notes,
            next_note: 0,
            next_escape: 0,
            checksum: self.checksum,
            _held: self.held,
        }
    }

    fn insert(&mut self, value: &Bound<'_, PyAny>, identity: Identity, is_attributes: bool) {
        let entry = Entry {
            count: 1,
            is_open: !is_attributes,
            identity,
            mentions: 1,
            builder: 1,
            is_built: false,
            is_attributes,
            is_whole: false,
            made_before: self.made_before,
            label: 0,
            index: self.counts.len(),
        };
        self.made_before += usize::from(!identity.is_whole());
        self.counts.push(1);
        self.entries.insert(value.as_ptr() as usize, entry);
        self.held.push(value.clone().unbind());
    }
}

impl Sink for Scan {
    const SCANS: bool = true;

    #[inline]
    fn text(&mut self, _text: &[u8]) {}

    #[inline]
    fn byte(&mut self, _byte: u8) {}

    #[inline]
    fn string(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        // The encoder finds out for itself; only an escape must know beforehand.
        if self.open_escapes.is_empty() || ffi::utf8(value).is_some() {
            return Ok(true);
        }
        Python::attach(|py| {
            let text = ffi::wtf8_of(&ffi::own(py, value))?;
            Ok(!json::has_split_pair(text.extract()?))
        })
    }

    #[inline]
    fn int(&mut self, py: Python<'_>, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        // The encoder finds out for itself; only an escape must know beforehand.
        if self.open_escapes.is_empty() || ffi::small_int(value).is_some() {
            return Ok(true);
        }
        Ok(number::decimal_of(&ffi::own(py, value))?.is_some())
    }

    #[inline]
    fn float(&mut self, value: *mut pyo3::ffi::PyObject) -> bool {
        self.open_escapes.is_empty() || ffi::float_value(value).is_finite()
    }

    #[inline]
    fn write_plain(
        &mut self,
        value: &Bound<'_, PyAny>,
        (plan, _meet): (&Plan, Meet),
    ) -> PyResult<bool> {
        if !self.open_escapes.is_empty() {
            return Ok(false);
        }
        let before = self.checksum;
        let is_childless = plain::is_childless(self, value, plan)?;
        if !is_childless {
            self.checksum = before;
        }
        Ok(is_childless)
    }

    fn write_scalars(&mut self, _dict: &Bound<'_, PyDict>) -> PyResult<Scalars> {
        Ok(Scalars::Unknown)
    }

    fn keeps_apart(&mut self, _set: &Bound<'_, PyAny>) -> bool {
        true
    }

    fn hashing_refusal(&mut self, hashed: Hashed<'_>) -> Option<String> {
        match hashed {
            Hashed::Tuple(elements) => {
                self.hash_cost.earn(elements);
                None
            }
            Hashed::Keys(keys, table, frozen) => {
                self.hash_cost.earn(keys.len());
                let reason = self.hash_cost.refusal(&keys, table);
                reason.or_else(|| match frozen {
                    Some(frozen) => self.hash_cost.refusal_to_keep(&frozen, keys.len()),
                    None => self.hash_cost.refusal_to_show(keys.len()),
                })
            }
        }
    }

    #[inline]
    fn pass(&mut self, value: *mut pyo3::ffi::PyObject, length: usize) {
        self.checksum = mix_container(self.checksum, value, length);
    }

    #[inline]
    fn measure(&mut self, length: usize) {
        // As in `meet`: empty containers do not count.
        if length > 0 {
            self.checksum = mix(self.checksum, length);
        }
    }

    #[inline]
    fn key(&mut self, _value: *mut pyo3::ffi::PyObject) -> PyResult<()> {
        Ok(())
    }

    #[inline]
    fn skips_childless(&self) -> bool {
        self.open_escapes.is_empty()
    }

    fn bytes(&mut self, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Ok(())
    }

    fn raw(&mut self, _owner: &Bound<'_, PyAny>, _length: usize) -> PyResult<()> {
        Ok(())
    }

    fn make_whole(&mut self, value: &Bound<'_, PyAny>) {
        if let Some(entry) = self.entries.get_mut(&(value.as_ptr() as usize)) {
            entry.is_whole = true;
        }
    }

    fn is_unmade(&self, value: &Bound<'_, PyAny>) -> bool {
        let entry = self.entries.get(&(value.as_ptr() as usize));
        entry.is_some_and(|entry| entry.is_open && entry.is_whole)
    }

    fn is_endless(&self, value: &Bound<'_, PyAny>, identity: Identity) -> bool {
        let entry = self.entries.get(&(value.as_ptr() as usize));
        entry.is_some_and(|entry| {
            let is_unmade = entry.is_open && identity.is_whole() && !entry.is_built;
            is_unmade && !entry.is_attributes && entry.made_before == self.made_before
        })
    }

    #[inline]
    fn meet(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        is_tracked: bool,
    ) -> PyResult<Meet> {
        let address = value.as_ptr() as usize;
        // Whether an empty container is written may depend on this pass; nothing lies in it.
        if !ffi::is_empty_container(value.as_ptr()) {
            self.checksum = mix(self.checksum, address);
        }
        // Ours and its container's: nothing else can mention it.
        if !is_tracked && ffi::reference_count(value) <= 2 {
            return Ok(Meet::Plain);
        }
        let Some(entry) = self.entries.get_mut(&address) else {
            self.insert(value, identity, false);
            return Ok(Meet::Plain);
        };
        entry.count += 1;
        self.counts[entry.index] += 1;
        if entry.is_attributes {
            return Ok(Meet::Attributes);
        }
        if entry.is_open && identity.is_whole() && !entry.is_built {
            entry.mentions += 1;
            entry.made_before = self.made_before;
            return Ok(Meet::Plain);
        }
        Ok(Meet::Again(0))
    }

    fn meet_left_out(&mut self, value: &Bound<'_, PyAny>) -> bool {
        // Ours and its object's.
        if ffi::reference_count(value) <= 2 {
            return false;
        }
        let address = value.as_ptr() as usize;
        if let Some(entry) = self.entries.get_mut(&address) {
            entry.count += 1;
            self.counts[entry.index] += 1;
        } else {
            self.insert(value, Identity::Mutable, false);
            if let Some(entry) = self.entries.get_mut(&address) {
                entry.is_open = false;
            }
        }
        false
    }

    fn is_open(&self, value: &Bound<'_, PyAny>) -> bool {
        self.entries
            .get(&(value.as_ptr() as usize))
            .is_some_and(|entry| entry.is_open && !entry.identity.hashes_by_address())
    }

    fn make(&mut self, address: usize) -> bool {
        let Some(entry) = self.entries.get_mut(&address) else { return true };
        let is_first = !entry.is_built;
        if is_first {
            (entry.is_built, entry.builder) = (true, entry.mentions);
            self.made_before += 1;
        }
        is_first
    }

    fn leave(&mut self, address: usize) {
        if let Some(entry) = self.entries.get_mut(&address) {
            if !entry.is_built {
                (entry.is_built, entry.builder) = (true, entry.mentions);
            }
            entry.mentions = entry.mentions.saturating_sub(1);
            entry.is_open = entry.mentions > 0;
        }
    }

    fn meet_attributes(&mut self, dict: &Bound<'_, PyAny>, holders: isize) -> PyResult<bool> {
        if ffi::reference_count(dict) <= holders {
            return Ok(true);
        }
        let address = dict.as_ptr() as usize;
        match self.entries.get(&address) {
            Some(_) => Ok(false),
            None => {
                self.insert(dict, Identity::Mutable, true);
                Ok(true)
            }
        }
    }

    fn note(
        &mut self,
        owner: &Bound<'_, PyAny>,
        make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        let note = Arc::new(make()?);
        self.held.push(owner.clone().unbind());
        self.notes.push((owner.as_ptr() as usize, Arc::clone(&note)));
        Ok(note)
    }

    fn note_once(
        &mut self,
        owner: &Bound<'_, PyAny>,
        make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        let address = owner.as_ptr() as usize;
        if let Some(known) = self.asked.get(&address) {
            let note = Arc::clone(known);
            self.notes.push((address, Arc::clone(&note)));
            return Ok(note);
        }
        let note = self.note(owner, make)?;
        if self.entries.contains_key(&address) {
            self.asked.insert(address, Arc::clone(&note));
        }
        Ok(note)
    }

    fn enter_escape(&mut self, owner: &Bound<'_, PyAny>) -> PyResult<bool> {
        let index = self.escapes.len();
        let first_entry = self.counts.len();
        self.escapes.push((owner.as_ptr() as usize, true, first_entry, first_entry));
        self.open_escapes.push(Escape { index, can_hold: true, first_entry });
        Ok(true)
    }

    fn leave_escape(&mut self) {
        let Some(escape) = self.open_escapes.pop() else { return };
        let row = &mut self.escapes[escape.index];
        (row.1, row.2, row.3) = (escape.can_hold, escape.first_entry, self.counts.len());
        if let Some(outer) = self.open_escapes.last_mut() {
            outer.can_hold &= escape.can_hold;
        }
    }

    fn spoil_escape(&mut self) {
        if let Some(escape) = self.open_escapes.last_mut() {
            escape.can_hold = false;
        }
    }

    #[inline]
    fn need_two_passes(&mut self) -> PyResult<()> {
        self.needs_two_passes = true;
        Ok(())
    }

    fn use_plan(&mut self, plan: &Py<Plan>, py: Python<'_>) {
        if self.plans.insert(plan.as_ptr() as usize) {
            self.plan_list.push(plan.clone_ref(py));
        }
    }

    fn use_binding(&mut self, name: &str) {
        if !self.bindings.iter().any(|known| known == name) {
            self.bindings.push(name.to_owned());
        }
    }

    fn refuse(&mut self, problem: Problem) -> PyResult<()> {
        match self.problems.last_mut() {
            Some(last) if last.path == problem.path && problem.reason == FORMLESS => {}
            // What no dialect has a form for says why.
            Some(last) if last.path == problem.path && last.reason == FORMLESS => *last = problem,
            _ => self.problems.push(problem),
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        false
    }
}
