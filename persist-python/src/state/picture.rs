//! One object graph, read: its state text, or what is needed to go on writing it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use rustc_hash::FxHashMap;

use super::draft;
use super::encode::Encode;
use super::ffi;
use super::frame::Within;
use super::leak::Watch;
use super::memory::Memory;
use super::order::Orders;
use super::problem::{changed, leaked, refused};
use super::scan::Scan;
use super::walk::{Walk, Wishes};
use crate::call;

/// Up to this much text is written while the GIL is held from the scan on, in one go: the state
/// is one picture. Beyond it the text is written in pieces, as the sink takes them.
const HELD_BYTES: usize = 64 * 1024 * 1024;

/// How long the text of the last capture was: an agent is saved again and again.
static LAST_BYTES: AtomicUsize = AtomicUsize::new(1024);

/// How much text is written at a time beyond that.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// An object graph that was scanned, and its text as far as it is written.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Capture {
    /// The classes that occur, by their plans.
    #[pyo3(get)]
    plans: Py<PyAny>,
    /// The names of `bind=` that occur.
    #[pyo3(get)]
    bindings: Vec<String>,
    begun: Arc<Vec<u8>>,
    rest: Mutex<Option<Rest>>,
    session: Py<PyAny>,
}

/// What is left to write.
struct Rest {
    walk: Walk,
    encode: Encode,
    root: Py<PyAny>,
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

/// Reads an object graph.
#[pyfunction]
pub(crate) fn capture(
    obj: &Bound<'_, PyAny>,
    lookup: Py<PyAny>,
    bind: Vec<(String, Py<PyAny>)>,
    session: Py<PyAny>,
    dialect: &str,
) -> PyResult<Capture> {
    let addresses: FxHashMap<_, _> =
        bind.iter().map(|(name, thing)| (thing.as_ptr() as usize, name.clone())).collect();
    let held = bind.into_iter().map(|(_, thing)| thing).collect();
    let py = obj.py();
    let wants_paths = session.bind(py).getattr("wants_paths")?.is_truthy()?;
    let wishes = Arc::new(Wishes {
        wants_paths,
        lookup,
        session,
        bind: addresses,
        _held: held,
        is_langchain: dialect == "langchain",
        orders: Orders::default(),
        memory: Memory::default(),
    });
    let sizes = (LAST_BYTES.load(Ordering::Relaxed), HELD_BYTES);
    if let Some((text, plans)) = draft::drafted(obj, &wishes, sizes)? {
        return Ok(Capture::whole_of(text, plans, wishes.session.clone_ref(py)));
    }
    captured_in_two_passes(obj, wishes)
}

fn captured_in_two_passes(obj: &Bound<'_, PyAny>, wishes: Arc<Wishes>) -> PyResult<Capture> {
    let py = obj.py();
    let session = wishes.session.clone_ref(py);
    // What hooks give is kept until the end: the collector would only look through it in vain.
    let pause = ffi::CollectorPause::new(py);
    let mut scan = Scan::new();
    let mut walk = Walk::new(Arc::clone(&wishes));
    walk.start(obj, Within::default(), &mut scan)?;
    walk.run(py, &mut scan)?;
    if scan.has_problems() {
        return Err(refused(py, &scan.take_problems()));
    }
    let plans = pyo3::types::PyList::new(py, scan.take_plans())?.into_any().unbind();
    let bindings = scan.take_bindings();
    let findings = scan.finish();
    draft::learn(&findings);
    let mut rest = Rest {
        walk: Walk::new(wishes),
        encode: Encode::new(findings, HELD_BYTES),
        root: obj.clone().unbind(),
    };
    rest.encode.expect_bytes(LAST_BYTES.load(Ordering::Relaxed));
    // From here to the end of the held text no Python code runs: no collector, no finalizer.
    rest.walk.start(obj, Within::default(), &mut rest.encode)?;
    let is_done = rest.advance(py)?;
    drop(pause);
    let begun = Arc::new(rest.encode.take_text());
    note_length(&begun);
    rest.encode.set_limit(PIECE_BYTES);
    let rest = Mutex::new((!is_done).then_some(rest));
    Ok(Capture { plans, bindings, begun, rest, session })
}

/// Remembers how long the text was, and a little more.
fn note_length(text: &[u8]) {
    LAST_BYTES.store(text.len() + text.len() / 16, Ordering::Relaxed);
}

impl Rest {
    /// Writes on, until all is written (`true`) or the buffer is full.
    fn advance(&mut self, py: Python<'_>) -> PyResult<bool> {
        let is_done = self.walk.run(py, &mut self.encode)?;
        let problems = self.encode.take_problems();
        if !problems.is_empty() {
            return Err(refused(py, &problems));
        }
        if is_done && !self.encode.is_true_to_scan() {
            return Err(changed(py));
        }
        Ok(is_done)
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

    /// Returns the state text as UTF-8.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.whole(py)?))
    }
}

impl Capture {
    /// A capture of which nothing is left to write.
    fn whole_of(text: Vec<u8>, plans: Py<PyAny>, session: Py<PyAny>) -> Self {
        note_length(&text);
        let (bindings, rest) = (Vec::new(), Mutex::new(None));
        Self { plans, bindings, begun: Arc::new(text), rest, session }
    }

    /// The whole text; a text beyond `HELD_BYTES` can be taken once, as its objects are read anew.
    fn whole(&self, py: Python<'_>) -> PyResult<Arc<Vec<u8>>> {
        let text = match self.take_rest() {
            None => Arc::clone(&self.begun),
            Some(mut rest) => {
                let mut text = (*self.begun).clone();
                rest.encode.set_limit(usize::MAX);
                rest.advance(py)?;
                text.append(&mut rest.encode.take_text());
                Arc::new(text)
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
        Ok(CaptureReader {
            piece: Arc::clone(&self.begun),
            position: 0,
            rest: self.take_rest(),
            watch,
            is_seen: false,
        })
    }

    fn take_rest(&self) -> Option<Rest> {
        let mut rest: MutexGuard<'_, _> = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.take()
    }

    /// How many bytes of text there are, where that is known.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.is_none().then_some(self.begun.len() as u64)
    }
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
            let (piece, is_done) = call::attach(|py| {
                rest.root.bind(py);
                let is_done = rest.advance(py)?;
                PyResult::Ok((rest.encode.take_text(), is_done))
            })
            .map_err(io::Error::other)?;
            (self.piece, self.position, self.is_seen) = (Arc::new(piece), 0, false);
            if is_done {
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
