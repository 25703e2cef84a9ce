//! What the scan keeps for the encoder: results of everything that may run Python code.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::problem::changed;

/// One result, taken by the encoder in the order in which the scan made them.
pub(super) enum Note {
    /// An answer to a yes-or-no question.
    Flag(bool),
    /// The elements of a set, in the order in which they are written.
    Items(Vec<Py<PyAny>>),
    /// A node in pieces.
    Pieces(Vec<Piece>),
    /// The first piece stands before the label, the others after it; the flag is set where the
    /// thing is made only when all of them are there.
    Described(Vec<u8>, Arc<Self>, bool),
    /// It cannot be carried; the reason.
    Refused(String),
}

/// A part of a node.
pub(super) enum Piece {
    /// Text, as it stands.
    Text(Cow<'static, [u8]>),
    /// A value, and how the path names it.
    Child(String, Py<PyAny>),
    /// A map of attributes.
    Attributes(Py<PyDict>),
    /// The memory behind an object, so many bytes, as base64.
    Raw(Py<PyAny>, usize),
}

impl Note {
    /// Refuses a set that holds other elements by now. Asks by address: that runs no code.
    pub(super) fn check_set(&self, set: &Bound<'_, PyAny>) -> PyResult<()> {
        let Self::Items(items) = self else { return Err(changed(set.py())) };
        let (mut now, mut count) = (0_usize, 0);
        for element in set.try_iter()? {
            now = now.wrapping_add(element?.as_ptr() as usize);
            count += 1;
        }
        let then = items.iter().fold(0_usize, |sum, item| sum.wrapping_add(item.as_ptr() as usize));
        if now == then && count == items.len() { Ok(()) } else { Err(changed(set.py())) }
    }

    /// Reads what a `describe` hook returned: a reason, or `(head, [piece, …])` where a piece is
    /// JSON text, `(path, value)`, a dict of attributes or `(value, bytes)` for its memory. `None`
    /// among them says that the thing is made when all of them are there.
    pub(super) fn from_hook(result: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(reason) = result.cast::<PyString>() {
            return Ok(Self::Refused(reason.to_str()?.to_owned()));
        }
        let (head, parts): (String, Bound<'_, PyAny>) = result.extract()?;
        let (mut pieces, mut is_whole) = (Vec::new(), false);
        for part in parts.try_iter()? {
            let part = part?;
            if part.is_none() {
                is_whole = true;
            } else {
                pieces.push(Piece::from_hook(&part)?);
            }
        }
        Ok(Self::Described(head.into_bytes(), Arc::new(Self::Pieces(pieces)), is_whole))
    }
}

impl Piece {
    fn from_hook(part: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = part.cast::<PyString>() {
            return Ok(Self::Text(text.to_str()?.as_bytes().to_vec().into()));
        }
        if let Ok(dict) = part.cast::<PyDict>() {
            return Ok(Self::Attributes(dict.clone().unbind()));
        }
        let (first, second): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            part.cast::<PyTuple>()?.extract()?;
        match first.cast::<PyString>() {
            Ok(path) => Ok(Self::Child(path.to_str()?.to_owned(), second.unbind())),
            Err(_) => Ok(Self::Raw(first.unbind(), second.extract()?)),
        }
    }
}
