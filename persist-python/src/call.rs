//! The two doors between Python and the core: out of the GIL to work, and back in to be heard.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use persist_core::error::{Error, Result};
use persist_core::progress::{Cancellation, Progress, Watch};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::errors::{self, Subject};

/// How often work comes back to see a pressed Ctrl-C and to report.
///
/// Taking the GIL may wait for as long as another thread keeps it, 5 ms by default.
const VISIT_INTERVAL: Duration = Duration::from_millis(100);

/// What a call is about, and who hears of it.
pub(crate) struct Call<'a, 'py> {
    subject: Subject<'a, 'py>,
    progress: Option<Py<PyAny>>,
    total_bytes: Option<u64>,
}

impl<'a, 'py> Call<'a, 'py> {
    /// Returns a call about `subject` that nobody hears of.
    pub(crate) fn about(subject: Subject<'a, 'py>) -> Self {
        Self { subject, progress: None, total_bytes: None }
    }

    /// Returns the call with a Python callable that hears of it.
    pub(crate) fn heard_by(self, progress: Option<Py<PyAny>>) -> Self {
        Self { progress, ..self }
    }

    /// Returns the call with the length of the work, for work that does not know it itself.
    pub(crate) fn of_bytes(self, total_bytes: Option<u64>) -> Self {
        Self { total_bytes, ..self }
    }
}

/// Does `work` without the GIL.
///
/// A signal (Ctrl-C) or an exception in the progress callable cancels the work; it is raised once the
/// work has cleaned up, with the core's own error as its context.
pub(crate) fn run<'py, T: Send>(
    py: Python<'py>,
    call: Call<'_, 'py>,
    work: impl FnOnce(Watch<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    let Call { subject, progress, total_bytes } = call;
    Steps::heard_by(progress, total_bytes).step(py, subject, work)
}

/// Work that is done in several steps, heard of and ended as one.
pub(crate) struct Steps(Listener);

impl Steps {
    /// Returns work of which nothing is done, of so many bytes where that is known.
    pub(crate) fn heard_by(progress: Option<Py<PyAny>>, total_bytes: Option<u64>) -> Self {
        Self(Listener::new(progress, total_bytes))
    }

    /// Does the next step without the GIL, as [`run`].
    pub(crate) fn step<'py, T: Send>(
        &self,
        py: Python<'py>,
        subject: Subject<'_, 'py>,
        work: impl FnOnce(Watch<'_>) -> Result<T> + Send,
    ) -> PyResult<T> {
        let listener = &self.0;
        let done = py.detach(|| work(Watch::new(Some(listener), &listener.cancellation)));
        let raised = listener.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
        let raised = raised.or_else(|| LOGGED.take());
        match (done, raised) {
            (Ok(value), None) => Ok(value),
            (Err(error), None) => Err(errors::exception(py, &error, subject)),
            (Ok(_), Some(raised)) => Err(raised),
            (Err(error), Some(raised)) => Err(in_context(py, raised, &error, subject)),
        }
    }
}

/// Takes the GIL back, for what must ask or tell Python something in the middle of work.
pub(crate) fn attach<T>(visit: impl for<'py> FnOnce(Python<'py>) -> T) -> T {
    Python::attach(visit)
}

/// Ends what one thread does for another once that no longer wants it.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Stop(Arc<AtomicBool>);

thread_local! {
    /// What ends the work of this thread, where somebody else may.
    static STOP: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
    /// What a handler of the log raised on this thread that ends a program, such as a Ctrl-C that was
    /// pressed while it ran.
    static LOGGED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Self {
        Self(Arc::default())
    }

    /// Ends the work, as soon as it looks; from any thread.
    fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }

    #[getter]
    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Does work on this thread, each call of which into the core can be ended.
    fn over(&self, work: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let outer = STOP.replace(Some(Arc::clone(&self.0)));
        let done = work.call0();
        STOP.set(outer);
        done.map(Bound::unbind)
    }
}

/// Returns what is asked while work waits for a network: whether this thread's is still wanted, and
/// whether Python raises for a pressed Ctrl-C, or did so in a handler of the log.
fn beat() -> impl Fn() -> io::Result<()> {
    let stop = STOP.with_borrow(Clone::clone);
    move || {
        if stop.as_ref().is_some_and(|stop| stop.load(Ordering::Acquire)) {
            return Err(Error::interrupted().into());
        }
        let raised = LOGGED.take().map_or(Ok(()), Err);
        raised.and_then(|()| attach(|py| py.check_signals())).map_err(io::Error::other)
    }
}

/// Hands what the core logs to Python's logger `persist`.
pub(crate) fn prepare_log() {
    // Nobody else in this library logs, so the first logger is this one.
    if log::set_logger(&PythonLog).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
}

struct PythonLog;

impl log::Log for PythonLog {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "persist"
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        attach(|py| {
            // It must not fail the call that is logged, unless the program is to end.
            if let Err(raised) = tell(py, &text)
                && !raised.is_instance_of::<PyException>(py)
            {
                LOGGED.set(Some(raised));
            }
        });
    }

    fn flush(&self) {}
}

/// Logs a warning, where somebody listens: without any handler, Python itself would print it.
fn tell(py: Python<'_>, text: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("persist",))?;
    if logger.call_method0("hasHandlers")?.is_truthy()? {
        logger.call_method1("warning", ("%s", text))?;
    }
    Ok(())
}

/// Notes on a raised exception that it stopped the work.
fn in_context<'py>(
    py: Python<'py>,
    raised: PyErr,
    error: &Error,
    subject: Subject<'_, 'py>,
) -> PyErr {
    let context = errors::exception(py, error, subject);
    let value = raised.value(py);
    let is_free = value.getattr("__context__").is_ok_and(|present| present.is_none());
    if is_free && value.setattr("__context__", context.value(py)).is_err() {
        // The context is an extra: an exception that refuses one is raised without.
        return raised;
    }
    raised
}

/// Hears of the work's progress, and visits Python now and then.
struct Listener {
    progress: Option<Py<PyAny>>,
    total_bytes: Option<u64>,
    cancellation: Cancellation,
    last: Mutex<Visit>,
    raised: Mutex<Option<PyErr>>,
}

/// The last time Python was visited, and what it was told.
struct Visit {
    at: Instant,
    told: Option<(u64, Option<u64>)>,
}

impl Listener {
    fn new(progress: Option<Py<PyAny>>, total_bytes: Option<u64>) -> Self {
        Self {
            progress,
            total_bytes,
            cancellation: Cancellation::with_beat(beat()),
            last: Mutex::new(Visit { at: Instant::now(), told: None }),
            raised: Mutex::new(None),
        }
    }

    /// Tells whether a visit is due, and notes it as made.
    ///
    /// The end is always told, at once, while what is being written can still be given up.
    fn is_due(&self, done_bytes: u64, total_bytes: Option<u64>) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_end = self.progress.is_some() && total_bytes == Some(done_bytes);
        // The same count is news once it is known to be all.
        let is_news = last.told != Some((done_bytes, total_bytes));
        if !(is_end && is_news) && last.at.elapsed() < VISIT_INTERVAL {
            return false;
        }
        *last = Visit { at: Instant::now(), told: Some((done_bytes, total_bytes)) };
        true
    }

    fn visit(&self, done_bytes: u64, total_bytes: Option<u64>) -> PyResult<()> {
        attach(|py| {
            py.check_signals()?;
            if let Some(progress) = &self.progress {
                progress.call1(py, (done_bytes, total_bytes))?;
            }
            Ok(())
        })
    }
}

impl Progress for Listener {
    fn advanced(&self, done_bytes: u64, total_bytes: Option<u64>) {
        let total_bytes = total_bytes.or(self.total_bytes);
        if !self.is_due(done_bytes, total_bytes) {
            return;
        }
        if let Err(raised) = self.visit(done_bytes, total_bytes) {
            self.cancellation.cancel();
            let mut first = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(raised);
        }
    }
}
