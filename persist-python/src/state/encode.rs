//! The second pass: writes the state text. It runs no Python code.

use std::collections::VecDeque;
use std::sync::Arc;

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict};

use super::ffi;
use super::note::Note;
use super::plan::Plan;
use super::problem::{Problem, changed};
use super::scan::{Findings, mix, mix_container};
use super::sink::{Hashed, Identity, Meet, Scalars, Sink};
use super::written::{Long, Written};
use super::{number, plain};

/// Up to this much text is written of strings as they come. Beyond it a state is large enough that
/// their UTF-8, which strings keep beside their own form where they are not ASCII, is too much.
const FREE_BYTES: usize = 2 << 20;

/// How much of it strings may keep beyond that.
const KEPT_UTF8_BYTES: usize = 1 << 20;

/// How much text is written at a time where it is not held.
pub(super) const PIECE_BYTES: usize = 2 << 20;

/// How much text is held.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// A longer text is written in pieces.
    pub(super) held: usize,
    /// Up to this much is kept while it is not known which of both it is.
    pub(super) kept: usize,
}

impl Bounds {
    /// Those of a text that is wanted whole.
    pub(super) const NONE: Self = Self { held: usize::MAX, kept: usize::MAX };
}

/// A place in the text.
pub(super) struct Mark {
    length: usize,
    long: usize,
    checksum: u64,
}

/// The encoding sink: a buffer that is emptied whenever it is full.
pub(super) struct Encode {
    findings: Findings,
    out: Vec<u8>,
    /// What is too long to be written here, where it stands in `out`.
    long: VecDeque<(usize, Long)>,
    limit: usize,
    /// More text than that is written with care for what it takes; less as fast as can be.
    free_bytes: usize,
    kept_utf8_bytes: usize,
    labels: u32,
    checksum: u64,
    /// Walks begun so far of things on a cycle that are made when all their elements are there.
    mentions: rustc_hash::FxHashMap<usize, (u32, bool)>,
    problems: Vec<Problem>,
    /// Sets of fields set that something else refers to.
    apart: rustc_hash::FxHashSet<usize>,
}

impl Encode {
    pub(super) fn new(findings: Findings, limit: usize) -> Self {
        Self {
            findings,
            out: Vec::new(),
            long: VecDeque::new(),
            limit,
            free_bytes: if limit == usize::MAX { usize::MAX } else { FREE_BYTES },
            kept_utf8_bytes: 0,
            labels: 0,
            checksum: 0,
            mentions: rustc_hash::FxHashMap::default(),
            problems: Vec::new(),
            apart: rustc_hash::FxHashSet::default(),
        }
    }

    /// Writes with care from where it usually does, though there is no limit.
    pub(super) fn take_care(&mut self) {
        self.free_bytes = FREE_BYTES;
    }

    /// Makes room for about as much text as is expected: growing step by step copies it all.
    pub(super) fn expect_bytes(&mut self, bytes: usize) {
        self.out.reserve(bytes);
    }

    /// Where the text ends, to come back to.
    pub(super) fn mark(&self) -> Mark {
        Mark { length: self.out.len(), long: self.long.len(), checksum: self.checksum }
    }

    /// Takes back what was written since.
    pub(super) fn take_back(&mut self, mark: Mark) {
        self.out.truncate(mark.length);
        self.long.truncate(mark.long);
        self.checksum = mark.checksum;
    }

    /// Whether what is written is all in the buffer.
    pub(super) fn is_flat(&self) -> bool {
        self.long.is_empty()
    }

    /// Takes a text that is all in the buffer.
    pub(super) fn take_text(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Takes what is written.
    pub(super) fn take_written(&mut self) -> Written {
        self.free_bytes = self.free_bytes.saturating_sub(self.out.len());
        Written::new(std::mem::take(&mut self.out), std::mem::take(&mut self.long))
    }

    /// Empties the buffer, and returns how much text was in it; what follows goes in small pieces.
    pub(super) fn pass_by(&mut self, py: Python<'_>) -> PyResult<usize> {
        self.limit = PIECE_BYTES;
        self.take_written().count(py)
    }

    /// Goes back to the beginning of the text.
    pub(super) fn rewind(&mut self, limit: usize) {
        for entry in self.findings.entries.values_mut() {
            entry.label = 0;
        }
        (self.findings.next_note, self.findings.next_escape) = (0, 0);
        (self.labels, self.checksum, self.limit) = (0, 0, limit);
        self.out.clear();
        self.long.clear();
        self.mentions.clear();
        self.apart.clear();
    }

    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// Whether this pass met what the scan met, in the same order.
    pub(super) fn is_true_to_scan(&self) -> bool {
        self.checksum == self.findings.checksum
            && self.findings.next_note == self.findings.notes.len()
            && self.findings.next_escape == self.findings.escapes.len()
    }

    /// How much may be written until the buffer is full.
    const fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }

    fn push_long(&mut self, long: Long) {
        self.out.push(b'"');
        self.long.push_back((self.out.len(), long));
        self.out.push(b'"');
    }

    /// Writes a string of a large state: neither it nor the text takes more memory than a little.
    #[inline(never)]
    fn string_with_care(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        Python::attach(|py| {
            let length = ffi::length_of_string(value);
            if length > self.room() / 4
                && let Some(long) = Long::string(&ffi::own(py, value), self.room())?
            {
                self.push_long(long);
                return Ok(true);
            }
            if self.kept_utf8_bytes < KEPT_UTF8_BYTES {
                let Some(text) = ffi::utf8(value) else { return self.string_of_surrogates(value) };
                self.kept_utf8_bytes += if text.len() == length { 0 } else { text.len() };
                json::push_str(&mut self.out, text);
                return Ok(true);
            }
            let Some(text) = ffi::utf8_apart(py, value) else {
                return self.string_of_surrogates(value);
            };
            json::push_wtf8(&mut self.out, text.as_bytes());
            Ok(true)
        })
    }

    /// Writes a string that has no UTF-8.
    fn string_of_surrogates(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        Python::attach(|py| {
            let text = ffi::wtf8_of(&ffi::own(py, value))?;
            let text: &[u8] = text.extract()?;
            if json::has_split_pair(text) {
                return Ok(false);
            }
            json::push_wtf8(&mut self.out, text);
            Ok(true)
        })
    }

    fn label(&mut self, address: usize) -> Option<u32> {
        let entry = self.findings.entries.get_mut(&address)?;
        if entry.label == 0 {
            self.labels += 1;
            entry.label = self.labels;
        }
        Some(entry.label)
    }
}

impl Sink for Encode {
    const SCANS: bool = false;

    #[inline]
    fn text(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    #[inline]
    fn string(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        if self.out.len() + ffi::length_of_string(value) > self.free_bytes {
            return self.string_with_care(value);
        }
        if let Some(text) = ffi::utf8(value) {
            json::push_str(&mut self.out, text);
            return Ok(true);
        }
        self.string_of_surrogates(value)
    }

    #[inline]
    fn int(&mut self, py: Python<'_>, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        if let Some(number) = ffi::small_int(value) {
            json::push_i64(&mut self.out, number);
            return Ok(true);
        }
        let decimal = number::decimal_of(&ffi::own(py, value))?;
        if let Some(decimal) = &decimal {
            self.text(decimal.as_bytes());
        }
        Ok(decimal.is_some())
    }

    #[inline]
    fn float(&mut self, value: *mut pyo3::ffi::PyObject) -> bool {
        let value = ffi::float_value(value);
        if value.is_finite() {
            json::push_f64(&mut self.out, value);
        }
        value.is_finite()
    }

    #[inline]
    fn write_plain(&mut self, value: &Bound<'_, PyAny>, node: (&Plan, Meet)) -> PyResult<bool> {
        plain::write(self, value, node)
    }

    #[inline]
    fn write_scalars(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<Scalars> {
        plain::write_dict(self, dict)
    }

    fn keeps_apart(&mut self, set: &Bound<'_, PyAny>) -> bool {
        let address = set.as_ptr() as usize;
        // The object's and ours: nothing else can mention it.
        ffi::reference_count(set) <= 2
            || (!self.findings.entries.contains_key(&address) && self.apart.insert(address))
    }

    fn hashing_refusal(&mut self, _hashed: Hashed<'_>) -> Option<String> {
        None
    }

    #[inline]
    fn pass(&mut self, value: *mut pyo3::ffi::PyObject, length: usize) {
        self.checksum = mix_container(self.checksum, value, length);
    }

    #[inline]
    fn measure(&mut self, length: usize) {
        if length > 0 {
            self.checksum = mix(self.checksum, length);
        }
    }

    #[inline]
    fn key(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<()> {
        self.string(value).map(|_| ())
    }

    fn skips_childless(&self) -> bool {
        false
    }

    fn bytes(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            if let Some(long) = Long::bytes(bytes, self.room()) {
                self.push_long(long);
                return Ok(());
            }
            json::push_base64(&mut self.out, bytes.as_bytes());
        } else {
            let bytes = value.cast::<PyByteArray>()?.to_vec();
            json::push_base64(&mut self.out, &bytes);
        }
        Ok(())
    }

    #[inline]
    fn meet(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        _is_tracked: bool,
    ) -> PyResult<Meet> {
        let address = value.as_ptr() as usize;
        if !ffi::is_empty_container(value.as_ptr()) {
            self.checksum = mix(self.checksum, address);
        }
        if ffi::reference_count(value) <= 2 {
            return Ok(Meet::Plain);
        }
        let Some(entry) = self.findings.entries.get(&address) else { return Ok(Meet::Plain) };
        if entry.count < 2 {
            return Ok(Meet::Plain);
        }
        let builder = entry.builder;
        let is_known = entry.label != 0;
        let Some(label) = self.label(address) else { return Ok(Meet::Plain) };
        if !identity.is_whole() {
            return Ok(if is_known { Meet::Again(label) } else { Meet::First(label) });
        }
        let (begun, is_built) = self.mentions.entry(address).or_insert((0, false));
        if *is_built {
            return Ok(Meet::Again(label));
        }
        *begun += 1;
        Ok(if *begun == builder { Meet::First(label) } else { Meet::Outer(label) })
    }

    fn raw(&mut self, owner: &Bound<'_, PyAny>, length: usize) -> PyResult<()> {
        let memory = ffi::Memory::of(owner)?;
        if memory.bytes().len() != length {
            return Err(changed(owner.py()));
        }
        json::push_base64(&mut self.out, memory.bytes());
        Ok(())
    }

    fn make_whole(&mut self, _value: &Bound<'_, PyAny>) {}

    fn is_unmade(&self, _value: &Bound<'_, PyAny>) -> bool {
        false
    }

    fn is_endless(&self, _value: &Bound<'_, PyAny>, _identity: Identity) -> bool {
        false
    }

    fn meet_left_out(&mut self, value: &Bound<'_, PyAny>) -> bool {
        let address = value.as_ptr() as usize;
        self.findings.entries.get(&address).is_some_and(|entry| entry.count > 1)
    }

    fn is_open(&self, _value: &Bound<'_, PyAny>) -> bool {
        false
    }

    fn make(&mut self, address: usize) -> bool {
        match self.mentions.get_mut(&address) {
            Some((_, is_built)) => !std::mem::replace(is_built, true),
            None => true,
        }
    }

    fn leave(&mut self, address: usize) {
        if let Some((_, is_built)) = self.mentions.get_mut(&address) {
            // The innermost walk ends first, and it is the one that builds.
            *is_built = true;
        }
    }

    fn meet_attributes(&mut self, _dict: &Bound<'_, PyAny>, _holders: isize) -> PyResult<bool> {
        Ok(true)
    }

    fn note(
        &mut self,
        owner: &Bound<'_, PyAny>,
        _make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        let found = self.findings.notes.get(self.findings.next_note);
        self.findings.next_note += 1;
        match found {
            Some((address, note)) if *address == owner.as_ptr() as usize => Ok(Arc::clone(note)),
            _ => Err(changed(owner.py())),
        }
    }

    fn note_once(
        &mut self,
        owner: &Bound<'_, PyAny>,
        make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        self.note(owner, make)
    }

    fn enter_escape(&mut self, owner: &Bound<'_, PyAny>) -> PyResult<bool> {
        let found = self.findings.escapes.get(self.findings.next_escape);
        self.findings.next_escape += 1;
        match found {
            Some((address, can_hold)) if *address == owner.as_ptr() as usize => Ok(*can_hold),
            _ => Err(changed(owner.py())),
        }
    }

    fn leave_escape(&mut self) {}

    fn spoil_escape(&mut self) {}

    #[inline]
    fn need_two_passes(&mut self) -> PyResult<()> {
        Ok(())
    }

    fn use_plan(&mut self, _plan: &Py<Plan>, _py: Python<'_>) {}

    fn use_binding(&mut self, _name: &str) {}

    fn refuse(&mut self, problem: Problem) -> PyResult<()> {
        self.problems.push(problem);
        Ok(())
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.out.len() >= self.limit || !self.long.is_empty()
    }
}
