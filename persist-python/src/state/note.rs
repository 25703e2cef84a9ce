//! What the scan keeps for the encoder: results of everything that may run Python code.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::problem::changed;
use super::surrogate;

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
    Described(Arc<[u8]>, Arc<Self>, bool),
    /// What a thing is made of, and what it is filled with once it exists.
    Taken(Taken),
    /// It cannot be carried; the reason.
    Refused(String),
}

/// A node of a thing that exists as soon as its arguments do.
#[derive(Clone)]
pub(super) struct Taken {
    /// What stands before the label, where it is not what its class begins with.
    pub(super) head: Option<Arc<[u8]>>,
    /// What it is made of; a mention in here is met before the thing exists.
    pub(super) arguments: Arc<Note>,
    /// The rest, up to the end of the node.
    pub(super) rest: Arc<Note>,
    /// A restore looks up its class.
    pub(super) names_class: bool,
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
    /// An argument of the function that makes the thing, by its position.
    Argument(usize, Py<PyAny>),
    /// An array of elements.
    Elements(Py<PyList>),
    /// An array of the elements of a set: keys, in the order in which they are written.
    Members(Arc<Note>),
    /// An array of pairs, from a list of keys and values by turns.
    Pairs(Py<PyList>),
    /// An array of pairs, from a dict.
    Entries(Py<PyDict>),
    /// The thing at this address exists from here on. Where an inner mention made it, the rest of
    /// the node is left out, its end aside.
    Made(usize),
}

impl Note {
    /// The same once more, for what an object was taken apart into, or why it was not.
    pub(super) fn taken_again(&self) -> Option<Self> {
        match self {
            Self::Taken(taken) => Some(Self::Taken(taken.clone())),
            Self::Refused(reason) => Some(Self::Refused(reason.clone())),
            _ => None,
        }
    }

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

    /// Reads what a `describe` hook of a value returned: a reason, `(head, [piece, …])`, or
    /// `(head, [piece, …], [piece, …])` for a thing that exists after the first pieces. A piece is
    /// JSON text, `(path, value)`, a dict of attributes, a list of elements or `(value, bytes)` for
    /// its memory. `None` among the first says that the thing is made when all of them are there.
    pub(super) fn from_hook(value: &Bound<'_, PyAny>, result: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(reason) = result.cast::<PyString>() {
            return Ok(Self::Refused(surrogate::shown(reason)?));
        }
        let given = result.cast::<PyTuple>()?;
        let head: Arc<[u8]> = given.get_item(0)?.extract::<String>()?.into_bytes().into();
        let (mut pieces, mut is_whole) = (Vec::new(), false);
        for part in given.get_item(1)?.try_iter()? {
            let part = part?;
            if part.is_none() {
                is_whole = true;
            } else {
                pieces.push(Piece::from_hook(&part)?);
            }
        }
        if given.len() == 2 {
            return Ok(Self::Described(head, Arc::new(Self::Pieces(pieces)), is_whole));
        }
        let mut rest = vec![Piece::Made(value.as_ptr() as usize)];
        rest.append(&mut pieces_of(&given.get_item(2)?)?);
        Ok(Self::Taken(Taken {
            head: Some(head),
            arguments: Arc::new(Self::Pieces(pieces)),
            rest: Arc::new(Self::Pieces(rest)),
            names_class: true,
        }))
    }
}

fn pieces_of(parts: &Bound<'_, PyAny>) -> PyResult<Vec<Piece>> {
    parts.try_iter()?.map(|part| Piece::from_hook(&part?)).collect()
}

impl Piece {
    fn from_hook(part: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = part.cast::<PyString>() {
            return Ok(Self::Text(text.to_str()?.as_bytes().to_vec().into()));
        }
        if let Ok(dict) = part.cast::<PyDict>() {
            return Ok(Self::Attributes(dict.clone().unbind()));
        }
        if let Ok(list) = part.cast::<PyList>() {
            return Ok(Self::Elements(list.clone().unbind()));
        }
        let (first, second): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            part.cast::<PyTuple>()?.extract()?;
        match first.cast::<PyString>() {
            Ok(path) => Ok(Self::Child(surrogate::shown(path)?, second.unbind())),
            Err(_) => Ok(Self::Raw(first.unbind(), second.extract()?)),
        }
    }
}
