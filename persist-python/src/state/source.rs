//! The state text of a loaded snapshot, on its way to be decoded.

use std::sync::{Mutex, PoisonError};

use persist_core::snapshot;
use pyo3::prelude::*;

/// The state text of a snapshot that was read; it is used up by one `decode`.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct State(Mutex<Option<snapshot::State>>);

impl State {
    /// Wraps the text for Python to carry.
    pub(crate) fn new(text: snapshot::State) -> Self {
        Self(Mutex::new(Some(text)))
    }

    /// Takes the text out; `None` the second time.
    pub(super) fn take(&self) -> Option<snapshot::State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
