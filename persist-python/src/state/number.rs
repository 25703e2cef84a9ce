//! Numbers that JSON has no text for, or none that every reader takes.

use persist_core::json;
use pyo3::prelude::*;

use super::ffi::{self, Builtin};

/// Integers of more decimal digits than this are written in hexadecimal: readers limit how many
/// decimal digits they take (CPython's `sys.set_int_max_str_digits`, whose default this is).
pub(super) const LONG_INT_DIGITS: usize = 4300;

/// The decimal text of an int, whatever the interpreter's limit is; `None` where it is too long.
pub(super) fn decimal_of(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let hex = ffi::hex_int(value)?;
    Ok(json::decimal_of_hex(hex.to_str()?, LONG_INT_DIGITS))
}

/// The node of a float that is not finite, or of an int that is too long.
pub(super) fn node_of(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if ffi::builtin_of(value.as_ptr()) == Builtin::Int {
        let hex = ffi::hex_int(value)?;
        return Ok(format!(r#"{{"lc":"int","v":"{}"}}"#, hex.to_str()?).into_bytes());
    }
    let number = ffi::float_value(value.as_ptr());
    let text = if number.is_infinite() {
        if number > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else if number.to_bits() == f64::NAN.to_bits() {
        "nan".to_owned()
    } else {
        // A nan with a sign or payload keeps its bits.
        format!("nan:{:016x}", number.to_bits())
    };
    Ok(format!(r#"{{"lc":"float","v":"{text}"}}"#).into_bytes())
}
