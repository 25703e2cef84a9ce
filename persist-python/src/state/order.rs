//! The order of set elements: by the text of each, encoded alone.
//!
//! A set inside an element is at first shown by its size only; where that leaves elements equal,
//! their text shows one more level of inner sets, up to `MAX_LEVELS`. So sets that lie in each
//! other, or refer to each other, cost no more than they hold.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PySet;
use pyo3::{PyTypeInfo, intern};
use rustc_hash::FxHashMap;

use super::encode::Encode;
use super::ffi::{self, Builtin};
use super::frame::Within;
use super::note::Note;
use super::problem::changed;
use super::scan::Scan;
use super::walk::{Walk, Wishes};

/// Levels of sets inside an element that can tell it from another. Elements that differ only
/// deeper keep the order of iteration.
pub(super) const MAX_LEVELS: u8 = 8;

/// What stands for a set of so many elements where its own are not shown.
pub(super) fn size_of(length: usize) -> Vec<u8> {
    format!(r#"{{"lc":"set","n":{length}}}"#).into_bytes()
}

/// Elements in their order, and the set they were found in, kept alive so that its address is.
type Known = (Py<PyAny>, Vec<Py<PyAny>>);

/// Orders found while elements of an outer set were compared, by address and levels shown.
#[derive(Default)]
pub(super) struct Orders(Mutex<FxHashMap<(usize, u8), Known>>);

impl Orders {
    fn get(&self, py: Python<'_>, key: (usize, u8)) -> Option<Vec<Py<PyAny>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, items) = known.get(&key)?;
        Some(items.iter().map(|item| item.clone_ref(py)).collect())
    }

    fn keep(&self, py: Python<'_>, key: (usize, u8), known: &Known) {
        let (set, items) = known;
        let copy = (set.clone_ref(py), items.iter().map(|item| item.clone_ref(py)).collect());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, copy);
    }
}

/// An element, and what is known of its text.
struct Element {
    text: Vec<u8>,
    /// The text shows a set by its size only.
    is_cut: bool,
    value: Py<PyAny>,
}

/// The elements of a set, sorted by texts that show fewer than `levels` levels of inner sets;
/// equal texts keep the order of iteration.
pub(super) fn sorted(set: &Bound<'_, PyAny>, levels: u8, wishes: &Arc<Wishes>) -> PyResult<Note> {
    let py = set.py();
    let key = (set.as_ptr() as usize, levels);
    if let Some(items) = wishes.orders.get(py, key) {
        return Ok(Note::Items(items));
    }
    let mut elements = elements_of(set)?;
    if elements.len() > 1 {
        // Secrets among the elements are told apart by what they are, and get no name here.
        let session = wishes.session.bind(py);
        let kept = session.getattr(intern!(py, "keeps_secrets"))?;
        session.setattr(intern!(py, "keeps_secrets"), true)?;
        let outcome = sort(py, &mut elements, levels, wishes);
        session.setattr(intern!(py, "keeps_secrets"), kept)?;
        outcome?;
    }
    let items: Vec<_> = elements.into_iter().map(|element| element.value).collect();
    let known = (set.clone().unbind(), items);
    if levels < MAX_LEVELS {
        wishes.orders.keep(py, key, &known);
    }
    Ok(Note::Items(known.1))
}

fn sort(
    py: Python<'_>,
    elements: &mut [Element],
    levels: u8,
    wishes: &Arc<Wishes>,
) -> PyResult<()> {
    for element in &mut *elements {
        element.show(py, 0, wishes)?;
    }
    elements.sort_by(|one, other| one.text.cmp(&other.text));
    for level in 1..levels {
        if !part_equals(py, elements, level, wishes)? {
            break;
        }
    }
    Ok(())
}

/// The elements in the order of iteration, past any code of a class that extends `set`.
fn elements_of(set: &Bound<'_, PyAny>) -> PyResult<Vec<Element>> {
    let copied = if ffi::builtin_of(set.as_ptr()) == Builtin::Other {
        // A set made of a set is copied by the builtin's own code.
        Some(PySet::type_object(set.py()).call1((set,))?)
    } else {
        None
    };
    let set = copied.as_ref().unwrap_or(set);
    let mut elements = Vec::with_capacity(set.len()?);
    for element in set.try_iter()? {
        let value = element.map_err(|error| resized(set.py(), error))?.unbind();
        elements.push(Element { text: Vec::new(), is_cut: false, value });
    }
    Ok(elements)
}

/// A set whose size changed under its iterator raises `RuntimeError`.
fn resized(py: Python<'_>, error: PyErr) -> PyErr {
    if error.is_instance_of::<PyRuntimeError>(py) { changed(py) } else { error }
}

/// Shows more of the elements whose texts are equal; `false` when there is no more to show.
fn part_equals(
    py: Python<'_>,
    elements: &mut [Element],
    level: u8,
    wishes: &Arc<Wishes>,
) -> PyResult<bool> {
    let mut is_any = false;
    for equals in elements.chunk_by_mut(|one, other| one.text == other.text) {
        if equals.len() == 1 || !equals.iter().any(|element| element.is_cut) {
            continue;
        }
        is_any = true;
        for element in &mut *equals {
            element.show(py, level, wishes)?;
        }
        equals.sort_by(|one, other| one.text.cmp(&other.text));
    }
    Ok(is_any)
}

impl Element {
    /// Adds the text of the value by itself; nothing where it cannot be written, which the walk
    /// itself reports.
    fn show(&mut self, py: Python<'_>, level: u8, wishes: &Arc<Wishes>) -> PyResult<()> {
        // Texts of one level lie together, and no JSON text holds this byte.
        self.text.push(0);
        let value = self.value.bind(py);
        let within = Within { inner_sets: Some(level), ..Within::default() };
        let mut scan = Scan::new();
        let mut walk = Walk::new(Arc::clone(wishes));
        walk.start(value, within, &mut scan)?;
        walk.run(py, &mut scan)?;
        self.is_cut = walk.is_cut;
        if scan.has_problems() {
            return Ok(());
        }
        let mut encode = Encode::new(scan.finish(), usize::MAX);
        let mut walk = Walk::new(Arc::clone(wishes));
        walk.start(value, within, &mut encode)?;
        walk.run(py, &mut encode)?;
        self.text.append(&mut encode.take_text());
        Ok(())
    }
}
