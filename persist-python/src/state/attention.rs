//! Ctrl-C while much is walked or read.

use pyo3::prelude::*;

/// How many steps are taken between two looks: some milliseconds' worth.
const STEPS: u32 = 1 << 15;

/// Lets Python raise for a signal now and then. What handles it may run any code.
#[derive(Default)]
pub(super) struct Attention(u32);

impl Attention {
    /// Counts a step.
    #[inline]
    pub(super) fn step(&mut self, py: Python<'_>) -> PyResult<()> {
        self.0 = self.0.wrapping_add(1);
        if self.0.is_multiple_of(STEPS) { py.check_signals() } else { Ok(()) }
    }
}
