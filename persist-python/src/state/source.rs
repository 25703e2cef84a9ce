//! The state text of a loaded snapshot, on its way to be decoded.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use persist_core::snapshot;
use pyo3::prelude::*;

use crate::call::{self, Steps};

/// How much of a large text is read before other threads may run: reading it may wait for a network.
const PIECE_BYTES: u64 = 1 << 20;

/// The state text of a snapshot that was read; it is used up by one `decode`.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct State(Mutex<Option<Source>>);

/// A text, and who hears of its reading where that goes on.
pub(super) struct Source {
    pub(super) text: snapshot::State,
    progress: Option<Py<PyAny>>,
}

impl State {
    /// Wraps the text for Python to carry.
    pub(crate) fn new(text: snapshot::State, progress: Option<Py<PyAny>>) -> Self {
        Self(Mutex::new(Some(Source { text, progress })))
    }

    /// Takes the text out; `None` the second time.
    pub(super) fn take(&self) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A text that is read while it is decoded: a piece at a time, each without the GIL.
pub(super) struct Pieces {
    text: snapshot::State,
    steps: Steps,
    piece: Vec<u8>,
    position: usize,
    done_bytes: u64,
    /// Whether reading has failed: what is wrong with the file, or what Python raised, was told.
    pub(super) has_failed: bool,
}

impl From<Source> for Pieces {
    fn from(Source { text, progress }: Source) -> Self {
        let steps = Steps::heard_by(progress, Some(text.size_bytes()));
        Self { text, steps, piece: Vec::new(), position: 0, done_bytes: 0, has_failed: false }
    }
}

impl Pieces {
    fn fetch(&mut self) -> io::Result<()> {
        let Self { text, steps, piece, done_bytes, .. } = self;
        piece.clear();
        let total_bytes = text.size_bytes();
        let fetched = call::attach(|py| {
            steps.step(py, None, |watch| {
                let read = text.take(PIECE_BYTES).read_to_end(piece);
                if let Ok(count) = read {
                    *done_bytes += count as u64;
                    watch.advance(*done_bytes, Some(total_bytes))?;
                }
                Ok(read)
            })
        });
        self.position = 0;
        let outcome = fetched.unwrap_or_else(|raised| Err(io::Error::other(raised)));
        self.has_failed |= outcome.is_err();
        outcome.map(drop)
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.piece.len() {
            self.fetch()?;
        }
        let count = (&self.piece[self.position..]).read(buffer)?;
        self.position += count;
        Ok(count)
    }
}
