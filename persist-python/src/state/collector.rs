//! When Python's cyclic collector runs: not while objects are built or read, which it would look
//! through in vain.
#![expect(unsafe_code, reason = "direct calls of the limited C API, each with its condition")]

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

/// Stops the cyclic collector until dropped; a collector that was off stays off.
pub(super) struct Pause<'py> {
    _py: Python<'py>,
    was_enabled: AtomicBool,
}

/// Lets the collector run in the middle of a pause.
#[derive(Clone, Copy)]
pub(super) struct Lift<'a>(&'a AtomicBool);

impl<'py> Pause<'py> {
    pub(super) fn new(py: Python<'py>) -> Self {
        // SAFETY: the GIL is held, as the argument shows.
        let was_enabled = unsafe { ffi::PyGC_Disable() } != 0;
        Self { _py: py, was_enabled: AtomicBool::new(was_enabled) }
    }

    pub(super) const fn lift(&self) -> Lift<'_> {
        Lift(&self.was_enabled)
    }
}

impl Lift<'_> {
    /// Does work that lets go of the GIL, so that what others leave behind meanwhile is collected.
    /// Whoever turns the collector off then finds it off at the end.
    pub(super) fn over<T>(self, _py: Python<'_>, work: impl FnOnce() -> T) -> T {
        if self.0.load(Ordering::Relaxed) {
            // SAFETY: the GIL is held, as the argument shows.
            unsafe { ffi::PyGC_Enable() };
        }
        let done = work();
        // SAFETY: the same, as the work has taken it back.
        self.0.store(unsafe { ffi::PyGC_Disable() } != 0, Ordering::Relaxed);
        done
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        if self.was_enabled.load(Ordering::Relaxed) {
            // SAFETY: the GIL is held for as long as this value lives.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
