//! One object graph, read: its state text, or what is needed to go on writing it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use rustc_hash::FxHashMap;

use super::anchor::Anchors;
use super::collector;
use super::draft::{self, Drafted};
use super::encode::{Bounds, Encode, PIECE_BYTES};
use super::frame::Within;
use super::leak::Watch;
use super::memory::Memory;
use super::order::Orders;
use super::problem::{changed, leaked, refused};
use super::scan::{Findings, Scan};
use super::walk::{Walk, Wishes};
use super::written::Written;
use crate::call;

/// Up to this much text is written while the GIL is held from the scan on, in one go: the state
/// is one picture. A longer text is written in pieces, as the sink takes them.
const HELD: Bounds = Bounds { held: 64 << 20, kept: 56 << 20 };

/// How long the text of the last capture was: an agent is saved again and again.
static LAST_BYTES: AtomicUsize = AtomicUsize::new(1024);

/// How many captures were begun.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

/// Whether a text that was only just held was met since one that was not: others may be saved between.
static IS_JUST_HELD: AtomicBool = AtomicBool::new(false);

/// An object graph that was scanned, and its text where that is held.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Capture {
    /// The classes that occur, by their plans.
    #[pyo3(get)]
    plans: Py<PyAny>,
    /// The names of `bind=` that occur.
    #[pyo3(get)]
    bindings: Vec<String>,
    text: Text,
    session: Py<PyAny>,
}

/// The text of a capture.
enum Text {
    Held(Arc<Vec<u8>>),
    /// It is still to be written, once: the objects are read while it is.
    Unwritten(Box<Mutex<Option<Rest>>>),
}

/// What is left to write.
struct Rest {
    walk: Walk,
    encode: Encode,
    root: Py<PyAny>,
    written: Written,
    anchors: Anchors,
    is_done: bool,
}

/// The state text, from its beginning.
pub(crate) struct CaptureReader {
    piece: Arc<Vec<u8>>,
    position: usize,
    rest: Option<Rest>,
    /// What is looked for; nothing where no secret was left out.
    watch: Option<Watch>,
    is_seen: bool,
}

/// Reads an object graph; with `whole` its text is held whatever its length.
#[pyfunction]
#[pyo3(signature = (obj, lookup, bind, session, dialect, whole = false))]
pub(crate) fn capture(
    obj: &Bound<'_, PyAny>,
    lookup: Py<PyAny>,
    bind: Vec<(String, Py<PyAny>)>,
    session: Py<PyAny>,
    dialect: &str,
    whole: bool,
) -> PyResult<Capture> {
    let addresses: FxHashMap<_, _> =
        bind.iter().map(|(name, thing)| (thing.as_ptr() as usize, name.clone())).collect();
    let held = bind.into_iter().map(|(_, thing)| thing).collect();
    let py = obj.py();
    let wants_paths = session.bind(py).getattr("wants_paths")?.is_truthy()?;
    let wishes = Arc::new(Wishes {
        number: CAPTURES.fetch_add(1, Ordering::Relaxed) + 1,
        wants_paths,
        lookup,
        session,
        bind: addresses,
        _held: held,
        is_langchain: dialect == "langchain",
        orders: Orders::default(),
        memory: Memory::default(),
    });
    let bounds = if whole { Bounds::NONE } else { bounds_of(expected_bytes()) };
    let bounds = match draft::drafted(obj, &wishes, (expected_bytes(), bounds))? {
        Drafted::Whole(text, plans) => {
            let session = wishes.session.clone_ref(py);
            let text = Text::held(text);
            return Ok(Capture { plans, bindings: Vec::new(), text, session });
        }
        Drafted::Large => None,
        Drafted::Unfit => Some(bounds),
    };
    captured_in_two_passes(obj, wishes, bounds)
}

/// Scans, and writes the text; none of it is held where that is too long by any bounds.
fn captured_in_two_passes(
    obj: &Bound<'_, PyAny>,
    wishes: Arc<Wishes>,
    bounds: Option<Bounds>,
) -> PyResult<Capture> {
    let py = obj.py();
    let session = wishes.session.clone_ref(py);
    // What hooks give is kept until the end: the collector would only look through it in vain.
    let pause = collector::Pause::new(py);
    let (plans, bindings, findings) = loop {
        let mut scan = scanned(obj, &wishes)?;
        let plans = pyo3::types::PyList::new(py, scan.take_plans())?.into_any().unbind();
        let bindings = scan.take_bindings();
        let findings = scan.finish();
        if !met_left_out(py, &session, &findings)? {
            break (plans, bindings, findings);
        }
        findings.keep_taken(py, &wishes.memory);
    };
    draft::learn(&findings);
    let mut rest = Rest {
        walk: Walk::new(wishes),
        encode: Encode::new(findings, bounds.map_or(PIECE_BYTES, |bounds| bounds.kept)),
        root: obj.clone().unbind(),
        written: Written::default(),
        anchors: Anchors::default(),
        is_done: false,
    };
    // From here to the end of the held text no Python code runs: no collector, no finalizer.
    let held = bounds.map_or(Ok(None), |bounds| rest.hold(py, bounds))?;
    drop(pause);
    let text = match held {
        Some(text) => Text::held(text),
        None => {
            LAST_BYTES.store(HELD.kept, Ordering::Relaxed);
            IS_JUST_HELD.store(false, Ordering::Relaxed);
            rest.begin(py, PIECE_BYTES)?;
            Text::Unwritten(Box::new(Mutex::new(Some(rest))))
        }
    };
    Ok(Capture { plans, bindings, text, session })
}

fn scanned(obj: &Bound<'_, PyAny>, wishes: &Arc<Wishes>) -> PyResult<Scan> {
    let mut scan = Scan::new();
    let mut walk = Walk::new(Arc::clone(wishes));
    walk.start(obj, Within::default(), &mut scan)?;
    walk.run(obj.py(), &mut scan)?;
    if scan.has_problems() {
        return Err(refused(wishes.session.bind(obj.py()), &scan.take_problems()));
    }
    Ok(scan)
}

/// Whether a map that a function left out, as its source says what is in it, was met elsewhere: the
/// function has to write it then, and all is scanned anew.
fn met_left_out(py: Python<'_>, session: &Py<PyAny>, findings: &Findings) -> PyResult<bool> {
    let session = session.bind(py);
    let left_out: Vec<usize> = session.call_method0(intern!(py, "left_out"))?.extract()?;
    let met: Vec<usize> =
        left_out.into_iter().filter(|it| findings.entries.contains_key(it)).collect();
    let is_met = !met.is_empty();
    if is_met {
        session.call_method1(intern!(py, "write_out"), (met,))?;
    }
    Ok(is_met)
}

/// How much of a text is held that will be about that long: one that was only just held is likely to
/// be so again, and is not written once to see whether it is.
fn bounds_of(expected_bytes: usize) -> Bounds {
    let is_just_held = expected_bytes > HELD.kept || IS_JUST_HELD.load(Ordering::Relaxed);
    if is_just_held { Bounds { kept: HELD.held, ..HELD } } else { HELD }
}

/// About how long the next text will be.
fn expected_bytes() -> usize {
    LAST_BYTES.load(Ordering::Relaxed)
}

impl Text {
    /// A text that is whole; the next may be as long, and a little longer.
    fn held(text: Vec<u8>) -> Self {
        LAST_BYTES.store(HELD.held.min(text.len() + text.len() / 16), Ordering::Relaxed);
        if (HELD.kept..=HELD.held).contains(&text.len()) {
            IS_JUST_HELD.store(true, Ordering::Relaxed);
        }
        Self::Held(Arc::new(text))
    }
}

impl Rest {
    /// Stands at the beginning of the text.
    fn begin(&mut self, py: Python<'_>, limit: usize) -> PyResult<()> {
        self.walk.stack.clear();
        self.encode.rewind(limit);
        self.walk.start(self.root.bind(py), Within::default(), &mut self.encode)
    }

    /// Returns the whole text where it is short enough to be held.
    fn hold(&mut self, py: Python<'_>, bounds: Bounds) -> PyResult<Option<Vec<u8>>> {
        self.begin(py, bounds.kept)?;
        self.encode.expect_bytes(expected_bytes());
        let mut is_done = self.advance(py)?;
        if is_done && self.encode.is_flat() {
            return Ok(Some(self.encode.take_text()));
        }
        let mut length = self.encode.pass_by(py)?;
        while !is_done && length <= bounds.held {
            is_done = self.advance(py)?;
            length += self.encode.pass_by(py)?;
        }
        if length > bounds.held {
            return Ok(None);
        }
        // What a handler changes is not written yet, or found changed.
        py.check_signals()?;
        self.begin(py, usize::MAX)?;
        self.encode.expect_bytes(length);
        self.advance(py)?;
        Ok(Some(self.encode.take_text()))
    }

    /// Writes on, until all is written (`true`) or the buffer is full.
    fn advance(&mut self, py: Python<'_>) -> PyResult<bool> {
        let is_done = self.walk.run(py, &mut self.encode)?;
        let problems = self.encode.take_problems();
        if !problems.is_empty() {
            return Err(refused(self.walk.wishes.session.bind(py), &problems));
        }
        if is_done && !self.encode.is_true_to_scan() {
            return Err(changed(py));
        }
        Ok(is_done)
    }

    /// Returns the next piece of the text, and whether it is the last.
    fn next(&mut self, py: Python<'_>) -> PyResult<(Vec<u8>, bool)> {
        if self.written.is_empty() && !self.is_done {
            if !self.anchors.hold(py, &self.walk.stack) {
                return Err(changed(py));
            }
            self.is_done = self.advance(py)?;
            self.anchors = Anchors::of(py, &self.walk.stack);
            self.written = self.encode.take_written();
        }
        let piece = self.written.next(py)?;
        Ok((piece, self.is_done && self.written.is_empty()))
    }
}

#[pymethods]
impl Capture {
    /// Whether the whole text is held, so that the objects are needed no longer.
    #[getter]
    fn is_held(&self) -> bool {
        self.total_bytes().is_some()
    }

    /// Returns the state text.
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let text = self.whole(py)?;
        PyString::from_bytes(py, &text)
    }

    /// Writes the text and drops it, searched for secrets.
    fn search(&self, py: Python<'_>) -> PyResult<()> {
        io::copy(&mut self.reader(py)?, &mut io::sink())?;
        Ok(())
    }

    /// Returns the state text as UTF-8.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.whole(py)?))
    }
}

impl Capture {
    /// The whole text.
    fn whole(&self, py: Python<'_>) -> PyResult<Arc<Vec<u8>>> {
        let text = match &self.text {
            Text::Held(text) => Arc::clone(text),
            Text::Unwritten(rest) => {
                let mut rest = taken(py, rest)?;
                rest.begin(py, usize::MAX)?;
                rest.advance(py)?;
                Arc::new(rest.encode.take_text())
            }
        };
        let watch = Watch::over(self.session.bind(py))?;
        match watch.and_then(|mut watch| watch.see(&text, true)) {
            Some(path) => Err(leaked(py, &path)),
            None => Ok(text),
        }
    }

    /// Reads the text from its beginning.
    pub(crate) fn reader(&self, py: Python<'_>) -> PyResult<CaptureReader> {
        let watch = Watch::over(self.session.bind(py))?;
        let (piece, rest) = match &self.text {
            Text::Held(text) => (Arc::clone(text), None),
            Text::Unwritten(rest) => (Arc::default(), Some(taken(py, rest)?)),
        };
        Ok(CaptureReader { piece, position: 0, rest, watch, is_seen: false })
    }

    /// How many bytes of text there are, where that is known.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        match &self.text {
            Text::Held(text) => Some(text.len() as u64),
            Text::Unwritten(_) => None,
        }
    }
}

/// Takes what is written once; a second time the objects may be others.
fn taken(py: Python<'_>, rest: &Mutex<Option<Rest>>) -> PyResult<Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(|| changed(py))
}

impl CaptureReader {
    /// Looks for secrets in a piece before any of it is handed out.
    fn see(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_seen, true) {
            return Ok(());
        }
        let Some(watch) = self.watch.as_mut() else { return Ok(()) };
        match watch.see(&self.piece, self.rest.is_none()) {
            Some(path) => Err(io::Error::other(call::attach(|py| leaked(py, &path)))),
            None => Ok(()),
        }
    }
}

impl Read for CaptureReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.see()?;
        while self.position == self.piece.len() {
            let Some(rest) = self.rest.as_mut() else { return Ok(0) };
            let (piece, is_last) = call::attach(|py| rest.next(py)).map_err(io::Error::other)?;
            (self.piece, self.position, self.is_seen) = (Arc::new(piece), 0, false);
            if is_last {
                self.rest = None;
            }
            self.see()?;
        }
        let ready = &self.piece[self.position..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.position += count;
        Ok(count)
    }
}
