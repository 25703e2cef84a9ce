//! Strings with lone surrogates, which UTF-8 has no form for.

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::{ffi, path};

/// Up to so many, Python's own decoder is as fast: it stops at each.
const FEW: usize = 1 << 12;

/// How many code points are made a string at a time, which takes four bytes for each.
const PART: usize = 1 << 16;

/// Makes a str of WTF-8 bytes: UTF-8 that may hold lone surrogates.
pub(super) fn string_of<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    if json::count_surrogates(bytes) <= FEW {
        return ffi::string_of_wtf8(py, bytes);
    }
    let parts = PyList::empty(py);
    let mut points = json::code_points(bytes).peekable();
    while points.peek().is_some() {
        parts.append(ffi::string_of_points(py, points.by_ref().take(PART))?)?;
    }
    Ok(PyString::new(py, "").call_method1("join", (parts,))?.cast_into::<PyString>()?)
}

/// The WTF-8 bytes of an exact str.
pub(super) fn text_of(text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    match ffi::utf8(text.as_ptr()) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => ffi::wtf8_of(text)?.extract(),
    }
}

/// A str as an error shows it: what UTF-8 has no form for stands as an escape.
pub(super) fn shown(text: &Bound<'_, PyString>) -> PyResult<String> {
    if let Some(text) = ffi::utf8(text.as_ptr()) {
        return Ok(text.to_owned());
    }
    let bytes = text.call_method1("encode", ("utf-8", "backslashreplace"))?;
    Ok(String::from_utf8_lossy(bytes.extract()?).into_owned())
}

/// Appends a string given in WTF-8 as a value: JSON would join the two halves of a pair that stand side
/// by side.
pub(super) fn push(out: &mut Vec<u8>, text: &[u8]) {
    if !json::has_split_pair(text) {
        return json::push_wtf8(out, text);
    }
    out.extend_from_slice(br#"{"lc":"str","v":["#);
    for (at, part) in path::split_pairs(text).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::push_wtf8(out, part);
    }
    out.extend_from_slice(b"]}");
}

/// Returns a code point in UTF-16.
#[cfg(windows)]
pub(super) fn units_of(point: u32) -> impl Iterator<Item = u16> {
    let (high, low) = match point.checked_sub(0x10000) {
        Some(above) => (Some(0xD800 | above >> 10), 0xDC00 | above & 0x3FF),
        None => (None, point),
    };
    high.into_iter().chain([low]).map(|unit| unit as u16)
}
