//! Scalars of the text as Python objects.

use persist_core::json::{self, Text};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::number::LONG_INT_DIGITS;
use super::{ffi, surrogate};

/// How many short keys are kept, and how many short strings; a power of two.
const SLOTS: usize = 512;

/// Longer keys of at most this many bytes are kept as well: field names, not data.
const MAX_KEPT_BYTES: usize = 48;

/// How many of those are kept; a power of two.
const LONG_SLOTS: usize = 256;

/// A text of at most 16 bytes, spelled so that no two are alike and comparing takes no loop.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Short {
    length: usize,
    first: u64,
    last: u64,
}

impl Short {
    /// The spelling of a text that is short enough.
    #[inline]
    fn of(raw: &[u8]) -> Option<Self> {
        let length = raw.len();
        if length > 2 * size_of::<u64>() {
            return None;
        }
        let (first, last) = if let (Some(first), Some(last)) = ends::<8>(raw) {
            (u64::from_le_bytes(first), u64::from_le_bytes(last))
        } else if let (Some(first), Some(last)) = ends::<4>(raw) {
            (u32::from_le_bytes(first).into(), u32::from_le_bytes(last).into())
        } else if let (Some(first), Some(last)) = (raw.first(), raw.last()) {
            (u64::from(*first) << 8 | u64::from(raw[length / 2]), u64::from(*last))
        } else {
            (0, 0)
        };
        Some(Self { length, first, last })
    }

    #[inline]
    const fn slot(self) -> usize {
        slot_of(self.first, self.last, self.length) & (SLOTS - 1)
    }
}

/// The first and the last bytes of a text, which may overlap.
#[inline]
fn ends<const COUNT: usize>(raw: &[u8]) -> (Option<[u8; COUNT]>, Option<[u8; COUNT]>) {
    (raw.first_chunk().copied(), raw.last_chunk().copied())
}

/// Texts that have one slot share it: the later one stays.
#[inline]
const fn slot_of(first: u64, last: u64, length: usize) -> usize {
    let mixed = first ^ last.rotate_left(29) ^ length as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}

/// The short strings that were made last.
struct Shorts<'py>(Vec<(Short, Option<Bound<'py, PyString>>)>);

impl<'py> Shorts<'py> {
    fn new() -> Self {
        Self(vec![(Short::default(), None); SLOTS])
    }

    #[inline]
    fn get(&self, short: Short) -> Option<Bound<'py, PyString>> {
        match &self.0[short.slot()] {
            (kept, Some(string)) if *kept == short => Some(string.clone()),
            _ => None,
        }
    }

    #[inline]
    fn keep(&mut self, short: Short, string: &Bound<'py, PyString>) {
        self.0[short.slot()] = (short, Some(string.clone()));
    }
}

/// A longer key and the text it was made of.
type LongKey<'py> = (Box<[u8]>, Bound<'py, PyString>);

/// Makes strings, and remembers short ones: the same few come again and again.
pub(super) struct Strings<'py> {
    py: Python<'py>,
    keys: Shorts<'py>,
    values: Shorts<'py>,
    long_keys: Vec<Option<LongKey<'py>>>,
    spare: Vec<u8>,
}

impl<'py> Strings<'py> {
    pub(super) fn new(py: Python<'py>) -> Self {
        let long_keys = vec![None; LONG_SLOTS];
        Self { py, keys: Shorts::new(), values: Shorts::new(), long_keys, spare: Vec::new() }
    }

    /// A key, interned.
    #[inline]
    pub(super) fn key(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        let raw = text.raw();
        if text.is_escaped() {
            return self.made(text);
        }
        let Some(short) = Short::of(raw) else { return self.long_key(text) };
        if let Some(string) = self.keys.get(short) {
            return Ok(string);
        }
        let string = ffi::interned(&self.made(text)?).into_bound(self.py);
        self.keys.keep(short, &string);
        Ok(string)
    }

    fn long_key(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        let raw = text.raw();
        let (Some(first), Some(last)) = ends::<8>(raw) else { return self.made(text) };
        if raw.len() > MAX_KEPT_BYTES {
            return self.made(text);
        }
        let (first, last) = (u64::from_le_bytes(first), u64::from_le_bytes(last));
        let slot = slot_of(first, last, raw.len()) & (LONG_SLOTS - 1);
        if let Some((kept, string)) = &self.long_keys[slot]
            && **kept == *raw
        {
            return Ok(string.clone());
        }
        let string = ffi::interned(&self.made(text)?).into_bound(self.py);
        self.long_keys[slot] = Some((raw.into(), string.clone()));
        Ok(string)
    }

    /// A string; short ones may be the same object, as strings have no identity.
    #[inline]
    pub(super) fn string(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        if text.is_escaped() {
            return self.made(text);
        }
        let Some(short) = Short::of(text.raw()) else { return self.made(text) };
        if let Some(string) = self.values.get(short) {
            return Ok(string);
        }
        let string = self.made(text)?;
        self.values.keep(short, &string);
        Ok(string)
    }

    #[inline]
    fn made(&mut self, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        if !text.is_escaped() {
            return PyString::from_bytes(self.py, text.raw());
        }
        self.spare.clear();
        text.unescape_into(&mut self.spare);
        match std::str::from_utf8(&self.spare) {
            Ok(text) => Ok(PyString::new(self.py, text)),
            Err(_) => surrogate::string_of(self.py, &self.spare),
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
