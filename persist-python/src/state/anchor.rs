//! Whether the containers that are being written lie as they did when the text was last taken.

use pyo3::prelude::*;

use super::ffi;
use super::frame::{Frame, Kind};

/// What comes next in each container on the way down to where the walk stands.
///
/// Between two pieces of a text a program may run. Where something behind is taken out of a container
/// and something else put in, its length stays, and what is to come moves up: some of it would be
/// passed over. What comes next then is another thing.
#[derive(Default)]
pub(super) struct Anchors(Vec<Option<Py<PyAny>>>);

impl Anchors {
    pub(super) fn of(py: Python<'_>, stack: &[Frame]) -> Self {
        Self(stack.iter().map(|frame| next_in(py, frame).map(Bound::unbind)).collect())
    }

    /// Whether they still hold, for the stack they were made of.
    pub(super) fn hold(&self, py: Python<'_>, stack: &[Frame]) -> bool {
        self.0.iter().zip(stack).all(|(held, frame)| {
            let next = next_in(py, frame);
            held.as_ref().map(Py::as_ptr) == next.as_ref().map(Bound::as_ptr)
        })
    }
}

fn next_in<'py>(py: Python<'py>, frame: &Frame) -> Option<Bound<'py, PyAny>> {
    let next = match &frame.kind {
        Kind::List { list, next, .. } => ffi::list_item(list.bind(py), *next)?,
        Kind::Entries(entries) => {
            ffi::dict_next(entries.dict.bind(py), &mut { entries.position })?.0
        }
        Kind::Kwargs(kwargs) => ffi::dict_next(kwargs.dict.bind(py), &mut { kwargs.position })?.0,
        _ => return None,
    };
    Some(ffi::own(py, next))
}
