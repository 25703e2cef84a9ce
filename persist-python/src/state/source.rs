//! The state text of a loaded snapshot, on its way to be decoded.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use persist_core::error::Error;
use persist_core::json::Tokens;
use persist_core::progress::Watch;
use persist_core::snapshot;
use persist_core::storage::is_replaced;
use pyo3::prelude::*;

use super::collector;
use crate::call::{self, Steps};
use crate::errors;

/// How much of a large text is read before other threads may run: reading it may wait for a network.
const PIECE_BYTES: u64 = 1 << 20;

/// The state text of a snapshot that was read; it is used up by one `decode`.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct State {
    source: Mutex<Option<Source>>,
    is_replaced: Arc<AtomicBool>,
}

/// A text, and who hears of its reading where that goes on.
pub(super) struct Source {
    text: snapshot::State,
    progress: Option<Py<PyAny>>,
    is_replaced: Arc<AtomicBool>,
}

impl State {
    /// Wraps the text for Python to carry.
    pub(crate) fn new(text: snapshot::State, progress: Option<Py<PyAny>>) -> Self {
        let is_replaced = Arc::default();
        let source = Source { text, progress, is_replaced: Arc::clone(&is_replaced) };
        Self { source: Mutex::new(Some(source)), is_replaced }
    }

    /// Takes the text out; `None` the second time.
    pub(super) fn take(&self) -> Option<Source> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl State {
    /// Whether reading it has failed since another snapshot took its place, so that loading anew may do.
    #[getter]
    fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }
}

impl Source {
    /// Decodes the text, of which no more than a window is read ahead where it is not held.
    pub(super) fn decode<T>(
        self,
        py: Python<'_>,
        lift: collector::Lift<'_>,
        run: impl FnOnce(Tokens<'_>) -> PyResult<T>,
    ) -> PyResult<T> {
        if let Some(text) = self.text.held() {
            return run(Tokens::from_slice(text));
        }
        let mut pieces = Pieces::new(self, lift);
        run(Tokens::from_reader(&mut pieces)).map_err(|error| {
            if pieces.has_failed {
                return error;
            }
            // A text that cannot be read may come from a file that is not whole: that says more.
            match io::copy(&mut pieces, &mut io::sink()) {
                Ok(_) => error,
                Err(damage) => errors::exception(py, &Error::from_io(damage), None),
            }
        })
    }
}

/// A text that is read while it is decoded: a piece at a time, each without the GIL, and with the
/// collector at work for those who have it meanwhile.
struct Pieces<'a> {
    text: snapshot::State,
    is_replaced: Arc<AtomicBool>,
    steps: Steps,
    lift: collector::Lift<'a>,
    piece: Vec<u8>,
    position: usize,
    done_bytes: u64,
    /// Whether reading has failed: what is wrong with the file, or what Python raised, was told.
    has_failed: bool,
}

impl<'a> Pieces<'a> {
    fn new(source: Source, lift: collector::Lift<'a>) -> Self {
        let Source { text, progress, is_replaced } = source;
        let steps = Steps::heard_by(progress, Some(text.size_bytes()));
        let (piece, position) = (Vec::new(), 0);
        Self { text, is_replaced, steps, lift, piece, position, done_bytes: 0, has_failed: false }
    }

    fn fetch(&mut self) -> io::Result<()> {
        let Self { text, is_replaced: replaced, steps, lift, piece, done_bytes, .. } = self;
        piece.clear();
        let total_bytes = text.size_bytes();
        let read = |watch: Watch<'_>| {
            let read = text.take(PIECE_BYTES).read_to_end(piece).map_err(Error::from_io);
            match &read {
                Ok(count) => {
                    *done_bytes += *count as u64;
                    watch.advance(*done_bytes, Some(total_bytes))?;
                }
                Err(error) => replaced.store(is_replaced(error), Ordering::Release),
            }
            Ok(read.map_err(io::Error::from))
        };
        let fetched = call::attach(|py| lift.over(py, || steps.step(py, None, read)));
        self.position = 0;
        let outcome = fetched.unwrap_or_else(|raised| Err(io::Error::other(raised)));
        self.has_failed |= outcome.is_err();
        outcome.map(drop)
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.piece.len() {
            self.fetch()?;
        }
        let count = (&self.piece[self.position..]).read(buffer)?;
        self.position += count;
        Ok(count)
    }
}
