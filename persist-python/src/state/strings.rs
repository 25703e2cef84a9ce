//! Scalars of the text as Python objects.

use persist_core::json::{self, Text};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::ffi;
use super::number::LONG_INT_DIGITS;

/// Keys of at most this many bytes are kept: field names, not data.
const MAX_KEPT_BYTES: usize = 48;

/// How many keys are kept; a power of two.
const SLOTS: usize = 1024;

/// A key and the text it was made of.
type KeptKey<'py> = (Box<[u8]>, Bound<'py, PyString>);

/// Makes strings, and remembers short keys: the same few names come again and again.
pub(super) struct Strings<'py> {
    py: Python<'py>,
    slots: Vec<Option<KeptKey<'py>>>,
    spare: Vec<u8>,
}

impl<'py> Strings<'py> {
    pub(super) fn new(py: Python<'py>) -> Self {
        Self { py, slots: vec![None; SLOTS], spare: Vec::new() }
    }

    /// A key, interned.
    #[inline]
    pub(super) fn key(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        let raw = text.raw();
        if text.is_escaped() || raw.len() > MAX_KEPT_BYTES {
            return self.string(text);
        }
        let slot = slot_of(raw);
        if let Some((kept, string)) = &self.slots[slot]
            && **kept == *raw
        {
            return Ok(string.clone());
        }
        let string = ffi::interned(&self.string(text)?).into_bound(self.py);
        self.slots[slot] = Some((raw.into(), string.clone()));
        Ok(string)
    }

    /// A string.
    #[inline]
    pub(super) fn string(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        if !text.is_escaped() {
            return PyString::from_bytes(self.py, text.raw());
        }
        self.spare.clear();
        text.unescape_into(&mut self.spare);
        match std::str::from_utf8(&self.spare) {
            Ok(text) => Ok(PyString::new(self.py, text)),
            Err(_) => ffi::string_of_wtf8(self.py, &self.spare),
        }
    }

    /// An int where the text has neither fraction nor exponent, else a float.
    #[inline]
    pub(super) fn number(&self, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        if let Some(number) = json::as_i64(text) {
            return Ok(number.into_pyobject(self.py)?.into_any());
        }
        if !json::is_integer(text) {
            // Too large for a float is refused: it would come back as infinity.
            return match json::as_f64(text) {
                Some(number) if number.is_finite() => Ok(number.into_pyobject(self.py)?.into_any()),
                _ => Err(PyValueError::new_err("a number is too large for a float")),
            };
        }
        if text.len() > LONG_INT_DIGITS + 1 {
            let reason = format!("an integer has more than {LONG_INT_DIGITS} digits");
            return Err(PyValueError::new_err(reason));
        }
        // In hexadecimal, which no limit of digits applies to.
        self.py.get_type::<PyInt>().call1((json::hex_of_decimal(text), 16))
    }
}

/// FNV-1a over the length, the ends and the middle: keys are short and few.
#[inline]
fn slot_of(raw: &[u8]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ raw.len() as u64;
    for byte in raw {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as usize & (SLOTS - 1)
}
