//! Where reading stands in one array or object.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::node::Node;
use super::replay::Recording;
use super::succession::KeyId;

/// A map being read.
pub(super) struct Map<'py> {
    pub(super) dict: Bound<'py, PyDict>,
    pub(super) key: Option<Bound<'py, PyAny>>,
    /// The key before the next one, where it is known.
    pub(super) last: Option<KeyId>,
    pub(super) count: usize,
    /// Inside an escape.
    pub(super) is_raw: bool,
    /// It has the key `lc`, which makes a node of it in LangChain's dialect.
    pub(super) is_marked: bool,
    /// A secret lies in it, and in no object within it.
    pub(super) has_secret: bool,
}

/// The fields of a constructor node, read straight into their places.
pub(super) struct Fields<'py> {
    pub(super) values: Vec<Option<Bound<'py, PyAny>>>,
    pub(super) guess: usize,
    pub(super) current: usize,
}

/// Where reading stands in one array or object.
pub(super) enum Frame<'py> {
    List(Bound<'py, PyList>, bool),
    /// An object whose first key is not known yet; `is_single` where it is known to have one key.
    Start {
        is_raw: bool,
        is_single: Option<bool>,
    },
    Map(Map<'py>),
    Fields(Fields<'py>),
    Node(Box<Node<'py>>),
    /// An escape: the value in it is plain data.
    Escape(Option<Bound<'py, PyAny>>),
    /// The escape under `state` of a constructor node, in which nodes are read.
    StateEscape(Option<Bound<'py, PyAny>>),
    /// The array of a LangChain id.
    Id,
    /// The key `__lc_escaped__` is read; the value's tokens are kept.
    Recorded(Recording),
}

/// Adds a place for a field that is no field, so that reading can go on.
pub(super) fn end_of_fields(stack: &mut [Frame<'_>]) -> usize {
    match stack.last_mut() {
        Some(Frame::Fields(fields)) => {
            fields.values.push(None);
            fields.values.len() - 1
        }
        _ => 0,
    }
}

/// Places for values, given back once the values are in their object, for the next one.
#[derive(Default)]
pub(super) struct Spare<'py>(Vec<Vec<Option<Bound<'py, PyAny>>>>);

impl<'py> Spare<'py> {
    /// Returns empty places for so many fields.
    #[inline]
    pub(super) fn fields(&mut self, count: usize) -> Fields<'py> {
        let mut values = self.0.pop().unwrap_or_default();
        values.resize(count, None);
        Fields { values, guess: 0, current: 0 }
    }

    /// Takes places back, all of them empty.
    #[inline]
    pub(super) fn keep(&mut self, values: Vec<Option<Bound<'py, PyAny>>>) {
        debug_assert!(values.iter().all(Option::is_none), "places that are given back are empty");
        self.0.push(values);
    }
}

impl Fields<'_> {
    pub(super) const fn current(&self) -> usize {
        self.current
    }
}

impl<'py> Map<'py> {
    pub(super) const fn new(dict: Bound<'py, PyDict>, is_raw: bool) -> Self {
        Self { dict, key: None, last: None, count: 0, is_raw, is_marked: false, has_secret: false }
    }

    pub(super) const fn key(&self) -> Option<&Bound<'py, PyAny>> {
        self.key.as_ref()
    }
}
