//! Text as the encoder leaves it: bytes, and long values that are written where it is read.
//!
//! A string or bytes object of a gigabyte is held, not copied: nobody can change it, and it goes into
//! the text bit by bit.

use std::collections::VecDeque;

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ffi;
use super::problem::changed;

/// A shorter value is written at once, wherever it stands.
const LONG: usize = 256 << 10;

/// How many characters or bytes of a long value are written at a time; base64 wants whole threes.
const STEP: usize = 3 * (256 << 10);

/// A str or bytes object that stands in the text, or what is left to write of it.
pub(super) struct Long {
    value: Py<PyAny>,
    next: usize,
    length: usize,
}

impl Long {
    /// Holds a string that would take more than `room` bytes; `None` where it would not, or holds what
    /// UTF-8 has no form for.
    pub(super) fn string(value: &Bound<'_, PyAny>, room: usize) -> PyResult<Option<Self>> {
        let length = ffi::length_of_string(value.as_ptr());
        if length < LONG {
            return Ok(None);
        }
        let is_ascii = value.call_method0("isascii")?.is_truthy()?;
        // A character takes up to four bytes.
        if length.saturating_mul(if is_ascii { 1 } else { 4 }) <= room {
            return Ok(None);
        }
        let held = Self::of(value, length);
        let is_text = is_ascii || held.is_text(value.py())?;
        Ok(is_text.then_some(held))
    }

    /// Holds bytes whose base64 would take more than `room`; `None` where it would not.
    pub(super) fn bytes(value: &Bound<'_, PyBytes>, room: usize) -> Option<Self> {
        let length = value.as_bytes().len();
        let is_long = length >= LONG && length / 3 * 4 > room;
        is_long.then(|| Self::of(value.as_any(), length))
    }

    fn of(value: &Bound<'_, PyAny>, length: usize) -> Self {
        Self { value: value.clone().unbind(), next: 0, length }
    }

    /// Whether there is UTF-8 for all of a string, which is not made whole to find out.
    fn is_text(&self, py: Python<'_>) -> PyResult<bool> {
        for from in (0..self.length).step_by(STEP) {
            let part = ffi::part_of_string(self.value.bind(py), from, from + STEP)?;
            if ffi::utf8_apart(py, part.as_ptr()).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many characters or bytes are left.
    pub(super) const fn left(&self) -> usize {
        self.length - self.next
    }

    /// Writes on.
    fn step(&mut self, py: Python<'_>, out: &mut Vec<u8>) -> PyResult<()> {
        let (from, to) = (self.next, self.length.min(self.next + STEP));
        self.next = to;
        let value = self.value.bind(py);
        if let Ok(bytes) = value.cast::<PyBytes>() {
            json::push_base64_part(out, &bytes.as_bytes()[from..to]);
            return Ok(());
        }
        // A part that is all of the string is that string, and must not keep its UTF-8.
        let part = ffi::part_of_string(value, from, to)?;
        let text = ffi::utf8_apart(py, part.as_ptr());
        let text = text.as_ref().and_then(|text| std::str::from_utf8(text.as_bytes()).ok());
        json::push_str_part(out, text.ok_or_else(|| changed(py))?);
        Ok(())
    }
}

/// A piece of text, from its beginning.
#[derive(Default)]
pub(super) struct Written {
    bytes: Vec<u8>,
    /// The long values in it, and how many of the bytes stand before each.
    long: VecDeque<(usize, Long)>,
}

impl Written {
    pub(super) const fn new(bytes: Vec<u8>, long: VecDeque<(usize, Long)>) -> Self {
        Self { bytes, long }
    }

    /// Takes the next part out: all of it where nothing long stands in it. Empty where nothing is left.
    pub(super) fn next(&mut self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let Some((before, long)) = self.long.front_mut() else {
            return Ok(std::mem::take(&mut self.bytes));
        };
        let after = self.bytes.split_off(*before);
        let mut part = std::mem::replace(&mut self.bytes, after);
        long.step(py, &mut part)?;
        let (passed, is_over) = (std::mem::take(before), long.left() == 0);
        if is_over {
            self.long.pop_front();
        }
        for (before, _) in self.long.iter_mut().skip(usize::from(!is_over)) {
            *before -= passed;
        }
        Ok(part)
    }

    /// How many bytes there are.
    pub(super) fn count(mut self, py: Python<'_>) -> PyResult<usize> {
        let mut count = 0;
        while !self.is_empty() {
            count += self.next(py)?.len();
        }
        Ok(count)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.long.is_empty()
    }
}
