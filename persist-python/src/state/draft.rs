//! Both passes in one, over a graph that takes no second: nothing in it is shared, nothing has to be
//! asked of Python, and nothing but LangChain's own nodes is written.
//!
//! The first thing that is more than that ends the draft with an error, and the two passes begin
//! anew. A draft runs no Python code, so nothing can change between its beginning and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::collector;
use super::encode::{Bounds, Encode};
use super::ffi;
use super::frame::Within;
use super::note::Note;
use super::plain;
use super::plan::Plan;
use super::problem::Problem;
use super::scan::{Findings, Scan};
use super::sink::{Hashed, Identity, Meet, Scalars, Sink};
use super::walk::{Walk, Wishes};

/// Whether the graph captured last took no second pass: an agent is saved again and again.
static FITS: AtomicBool = AtomicBool::new(true);

/// Notes for the next capture whether a draft would have done.
pub(super) fn learn(findings: &Findings) {
    FITS.store(findings.fit_a_draft(), Ordering::Relaxed);
}

/// What came of a draft.
pub(super) enum Drafted {
    /// The text of the graph, and the classes in it.
    Whole(Vec<u8>, Py<PyAny>),
    /// The text is longer than what is held.
    Large,
    /// One pass is not enough.
    Unfit,
}

/// Drafts the text of a graph, `bytes` long as far as is known.
pub(super) fn drafted(
    root: &Bound<'_, PyAny>,
    wishes: &Arc<Wishes>,
    (bytes, bounds): (usize, Bounds),
) -> PyResult<Drafted> {
    if !FITS.load(Ordering::Relaxed) {
        return Ok(Drafted::Unfit);
    }
    let py = root.py();
    let pause = collector::Pause::new(py);
    let mut draft = Draft::new(bounds.kept, bytes);
    let mut walk = Walk::quiet(Arc::clone(wishes));
    let begun = walk.start(root, Within::default(), &mut draft);
    let mut is_done = begun.and_then(|()| walk.run(py, &mut draft));
    if let Ok(done) = is_done
        && !(done && draft.encode.is_flat())
    {
        let length = draft.length(py, (&mut walk, done), bounds.held);
        if matches!(length, Ok(length) if length > bounds.held) {
            return Ok(Drafted::Large);
        }
        // Nothing of the second draft is there yet that a handler could change.
        py.check_signals()?;
        draft = Draft::new(usize::MAX, bounds.held);
        draft.encode.take_care();
        walk = Walk::quiet(Arc::clone(wishes));
        let begun = length.and_then(|_| walk.start(root, Within::default(), &mut draft));
        is_done = begun.and_then(|()| walk.run(py, &mut draft));
    }
    drop(pause);
    // Whatever ended it, the two passes find out in full, but for who does not want to wait for them.
    if let Err(raised) = &is_done
        && !raised.is_instance_of::<PyException>(py)
    {
        return is_done.map(|_| Drafted::Unfit);
    }
    if !matches!(is_done, Ok(true)) || !draft.scan.is_unshared() {
        return Ok(Drafted::Unfit);
    }
    let plans = PyList::new(py, draft.scan.take_plans())?.into_any().unbind();
    Ok(Drafted::Whole(draft.encode.take_text(), plans))
}

/// The sink of both passes.
struct Draft {
    scan: Scan,
    encode: Encode,
}

impl Draft {
    fn new(limit: usize, bytes: usize) -> Self {
        let mut encode = Encode::new(Findings::none(), limit);
        encode.expect_bytes(bytes);
        Self { scan: Scan::new(), encode }
    }

    /// How long the text is that was begun, as soon as it is known to be longer than `held`.
    fn length(
        &mut self,
        py: Python<'_>,
        (walk, mut is_done): (&mut Walk, bool),
        held: usize,
    ) -> PyResult<usize> {
        let mut length = self.encode.pass_by(py)?;
        while !is_done && length <= held {
            is_done = walk.run(py, self)?;
            length += self.encode.pass_by(py)?;
        }
        Ok(length)
    }
}

/// Ends a draft, without running code: what handles a signal would run with it, and be lost.
fn stop<T>() -> PyResult<T> {
    Err(PyRuntimeError::new_err("a draft is not enough"))
}

impl Sink for Draft {
    const SCANS: bool = false;
    const DRAFTS: bool = true;

    #[inline]
    fn text(&mut self, text: &[u8]) {
        self.encode.text(text);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.encode.byte(byte);
    }

    #[inline]
    fn string(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        self.encode.string(value)
    }

    #[inline]
    fn int(&mut self, py: Python<'_>, value: *mut pyo3::ffi::PyObject) -> PyResult<bool> {
        self.encode.int(py, value)
    }

    #[inline]
    fn float(&mut self, value: *mut pyo3::ffi::PyObject) -> bool {
        self.encode.float(value)
    }

    #[inline]
    fn write_plain(&mut self, value: &Bound<'_, PyAny>, node: (&Plan, Meet)) -> PyResult<bool> {
        plain::write(&mut self.encode, value, node)
    }

    #[inline]
    fn write_scalars(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<Scalars> {
        plain::write_dict(&mut self.encode, dict)
    }

    fn hashing_refusal(&mut self, _hashed: Hashed<'_>) -> Option<String> {
        None
    }

    #[inline]
    fn pass(&mut self, _value: *mut pyo3::ffi::PyObject, _length: usize) {}

    #[inline]
    fn measure(&mut self, _length: usize) {}

    #[inline]
    fn key(&mut self, value: *mut pyo3::ffi::PyObject) -> PyResult<()> {
        self.encode.key(value)
    }

    fn skips_childless(&self) -> bool {
        false
    }

    fn bytes(&mut self, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        stop()
    }

    fn raw(&mut self, _owner: &Bound<'_, PyAny>, _length: usize) -> PyResult<()> {
        stop()
    }

    #[inline]
    fn meet(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        is_tracked: bool,
    ) -> PyResult<Meet> {
        match self.scan.meet(value, identity, is_tracked)? {
            Meet::Plain => Ok(Meet::Plain),
            _ => stop(),
        }
    }

    fn meet_left_out(&mut self, value: &Bound<'_, PyAny>) -> bool {
        self.scan.meet_left_out(value)
    }

    fn is_open(&self, value: &Bound<'_, PyAny>) -> bool {
        self.scan.is_open(value)
    }

    fn make_whole(&mut self, _value: &Bound<'_, PyAny>) {}

    fn is_unmade(&self, _value: &Bound<'_, PyAny>) -> bool {
        false
    }

    fn is_endless(&self, value: &Bound<'_, PyAny>, identity: Identity) -> bool {
        self.scan.is_endless(value, identity)
    }

    fn make(&mut self, _address: usize) -> bool {
        true
    }

    /// Only a second meeting asks whether the walk is still inside, and that ends the draft.
    #[inline]
    fn leave(&mut self, _address: usize) {}

    fn meet_attributes(&mut self, dict: &Bound<'_, PyAny>, holders: isize) -> PyResult<bool> {
        if self.scan.meet_attributes(dict, holders)? { Ok(true) } else { stop() }
    }

    /// The object's and ours, or it may be a value that is met later.
    fn keeps_apart(&mut self, set: &Bound<'_, PyAny>) -> bool {
        ffi::reference_count(set) <= 2
    }

    fn note(
        &mut self,
        _owner: &Bound<'_, PyAny>,
        _make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        stop()
    }

    fn note_once(
        &mut self,
        _owner: &Bound<'_, PyAny>,
        _make: impl FnOnce() -> PyResult<Note>,
    ) -> PyResult<Arc<Note>> {
        stop()
    }

    fn enter_escape(&mut self, _owner: &Bound<'_, PyAny>) -> PyResult<bool> {
        stop()
    }

    fn leave_escape(&mut self) {}

    fn spoil_escape(&mut self) {}

    fn need_two_passes(&mut self) -> PyResult<()> {
        stop()
    }

    fn use_plan(&mut self, plan: &Py<Plan>, py: Python<'_>) {
        self.scan.use_plan(plan, py);
    }

    fn use_binding(&mut self, _name: &str) {}

    fn refuse(&mut self, _problem: Problem) -> PyResult<()> {
        stop()
    }

    fn is_full(&self) -> bool {
        self.encode.is_full()
    }
}
