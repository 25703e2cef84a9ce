//! What the two passes over a graph have in common: the calls that the walk makes of them.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::note::Note;
use super::plan::Plan;
use super::probing::Table;
use super::problem::Problem;

/// What a sink says when the walk meets something that has an identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meet {
    /// Walk it; nothing else mentions it.
    Plain,
    /// Walk it, and label it.
    First(u32),
    /// Refer to the label.
    Again(u32),
    /// Walk it, then take what an inner mention built under this label.
    Outer(u32),
    /// It is the dict behind an object's attributes, which has no identity of its own.
    Attributes,
}

/// How a thing that has an identity behaves while it is being built again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Identity {
    /// Made empty first and filled later; its hash is not needed (or it has none).
    Mutable,
    /// The same, and it hashes by identity.
    HashedByAddress,
    /// Made when all its elements are there.
    Whole,
    /// The same, and it hashes by identity.
    WholeHashedByAddress,
}

impl Identity {
    /// Whether it exists only when all that it is made of does.
    pub(super) const fn is_whole(self) -> bool {
        matches!(self, Self::Whole | Self::WholeHashedByAddress)
    }

    pub(super) const fn hashes_by_address(self) -> bool {
        matches!(self, Self::HashedByAddress | Self::WholeHashedByAddress)
    }
}

/// How far the short way went in a dict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scalars {
    /// The whole dict is written.
    All,
    /// It is written up to its first value that is more than a scalar, or that fills the sink; no key
    /// needs more than text.
    Before { position: isize, left: usize, is_first: bool },
    /// Nothing is written.
    Unknown,
}

/// What of a finished container has to be hashed, or is hashed with what it lies in.
pub(super) enum Hashed<'py> {
    /// These, in such a table, and the frozenset that they make.
    Keys(Vec<Bound<'py, PyAny>>, Table, Option<Bound<'py, PyAny>>),
    /// A tuple of so many elements.
    Tuple(usize),
}

/// One of the two passes.
pub(super) trait Sink {
    /// This is the pass that runs code and finds what is shared.
    const SCANS: bool;
    /// This is both passes in one: it writes, and checks what the scan checks on the way. Whatever it
    /// does not check must end it through [`need_two_passes`](Self::need_two_passes).
    const DRAFTS: bool = false;
    /// Text of the document.
    fn text(&mut self, text: &[u8]);
    /// One byte of it.
    fn byte(&mut self, byte: u8);
    /// A string; `false` when it cannot stand in JSON as it is.
    fn string(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool>;
    /// An int or float; `false` when JSON has no number for it.
    fn int(&mut self, py: Python<'_>, value: *mut pyo3::ffi::PyObject) -> PyResult<bool>;
    fn float(&mut self, value: *mut pyo3::ffi::PyObject) -> bool;
    /// Writes a constructor node the short way, where it can.
    fn write_plain(&mut self, value: &Bound<'_, PyAny>, node: (&Plan, Meet)) -> PyResult<bool>;
    /// Writes the scalars that a dict begins with the short way, where its keys allow it.
    fn write_scalars(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<Scalars>;
    /// Why a reader would not hash these keys or elements, if it would not.
    fn hashing_refusal(&mut self, hashed: Hashed<'_>) -> Option<String>;
    /// Meets and measures a list or dict that nothing else holds.
    fn pass(&mut self, value: *mut pyo3::ffi::PyObject, length: usize);
    /// How many elements a container has as it is entered.
    fn measure(&mut self, length: usize);
    /// A key that JSON gives back unchanged.
    fn key(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<()>;
    /// Whether what has no child needs no walk: nothing in it can be met again or asked.
    fn skips_childless(&self) -> bool;
    fn bytes(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()>;
    /// The memory behind an object, so many bytes.
    fn raw(&mut self, owner: &Bound<'_, PyAny>, length: usize) -> PyResult<()>;
    /// Something with an identity is met; `is_tracked` where one reference may mean two mentions.
    fn meet(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        is_tracked: bool,
    ) -> PyResult<Meet>;
    /// An empty container is met that the text would leave out; `true` when it must be written,
    /// since it is also met elsewhere.
    fn meet_left_out(&mut self, value: &Bound<'_, PyAny>) -> bool;
    /// A label may be needed for a thing on the way in that must not be needed for its hash.
    fn is_open(&self, value: &Bound<'_, PyAny>) -> bool;
    /// A thing just met is made when all it holds is there, and no text can mention it before.
    fn make_whole(&mut self, value: &Bound<'_, PyAny>);
    /// The walk is inside such a thing.
    fn is_unmade(&self, value: &Bound<'_, PyAny>) -> bool;
    /// The walk is inside a thing that is made when all it holds is there, and has come back to it past
    /// nothing that is made before: it would come back for ever.
    fn is_endless(&self, value: &Bound<'_, PyAny>, identity: Identity) -> bool;
    /// All that a thing is made of was walked; `false` where an inner mention made it already.
    fn make(&mut self, address: usize) -> bool;
    /// Everything in a thing was walked.
    fn leave(&mut self, address: usize);
    /// The dict behind an object's attributes is met; `false` when it is also a value elsewhere.
    /// `holders` says how many references the object and the walk account for.
    fn meet_attributes(&mut self, dict: &Bound<'_, PyAny>, holders: isize) -> PyResult<bool>;
    /// Whether a set that is no value of its own is met here for the only time.
    fn keeps_apart(&mut self, set: &Bound<'_, PyAny>) -> bool;
    /// The result of something that may run Python code.
    fn note(
        &mut self,
        owner: &Bound<'_, PyAny>,
        make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>>;
    /// The same for what may be asked again before it has been walked to its end: it is asked once.
    fn note_once(
        &mut self,
        owner: &Bound<'_, PyAny>,
        make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>>;
    /// A map that must be escaped is entered; whether it may stand in an escape.
    fn enter_escape(&mut self, owner: &Bound<'_, PyAny>) -> PyResult<bool>;
    fn leave_escape(&mut self);
    /// Something that an escape cannot hold is met.
    fn spoil_escape(&mut self);
    /// Something is met that takes a scan before it is written.
    fn need_two_passes(&mut self) -> PyResult<()>;
    /// A class, function, secret or binding is named.
    fn use_plan(&mut self, plan: &Py<Plan>, py: Python<'_>);
    fn use_binding(&mut self, name: &str);
    fn refuse(&mut self, problem: Problem) -> PyResult<()>;
    fn is_full(&self) -> bool;
}

/// Writes a label.
pub(super) fn push_label<S: Sink>(sink: &mut S, label: u32) {
    let mut digits = itoa::Buffer::new();
    sink.text(digits.format(label).as_bytes());
}
