//! Instances of classes that extend an immutable builtin: its value, then attributes and slots.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::ffi;
use super::note::{Note, Piece, Taken};
use super::parts::{self, Parts, Place};
use super::plan::{Plan, Shape};
use super::problem::changed;
use super::reduce;
use super::sink::Sink;
use super::walk::{Walk, Wishes};
use super::whole;

/// What a node calls a class: of a named tuple also its fields, `module:qualname(x y)`. Nothing else
/// in a text would tell that two of them have changed places since.
pub(super) fn id_of(name: &str, shape: Shape, declared: &[String]) -> String {
    let is_told = |field: &String| !field.is_empty() && !field.contains([' ', '(', ')']);
    if shape != Shape::Extended || declared.is_empty() || !declared.iter().all(is_told) {
        return name.to_owned();
    }
    format!("{name}({})", declared.join(" "))
}

/// Begins an object whose class extends an immutable builtin.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let known = place.plan.get();
    let is_in_set = place.within.inner_sets.is_some();
    let note = sink.note_once(value, || asked(value, (known, is_in_set), &walk.wishes))?;
    match &*note {
        Note::Taken(taken) => reduce::write(walk, (value, taken), place, sink),
        Note::Refused(reason) => {
            place.close.leave(sink);
            walk.refuse(sink, reason.clone(), known.hint.clone())
        }
        _ => Err(changed(value.py())),
    }
}

/// What an object is taken apart into: once for all walks over the elements of sets, for the order
/// of a frozenset in it is kept by that very frozenset.
fn asked(
    value: &Bound<'_, PyAny>,
    (plan, is_in_set): (&Plan, bool),
    wishes: &Wishes,
) -> PyResult<Note> {
    if let Some(known) = wishes.memory.taken(value) {
        return Ok(known);
    }
    let note = taken_apart(value, plan).or_else(|error| parts::failed(value, error))?;
    if is_in_set {
        wishes.memory.keep_taken(value, &note);
    }
    Ok(note)
}

fn taken_apart(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Note> {
    let (path, exact) = exact_value(value, plan)?;
    let arguments = vec![Piece::Text(br#","base":"#.into()), Piece::Child(path, exact.unbind())];
    let mut parts = Parts::new();
    if plan.has_dict {
        let dict = ffi::instance_dict(value)?;
        if let Some(reason) = parts::map_trouble(dict.as_any())? {
            return Ok(Note::Refused(reason));
        }
        if !dict.is_empty() {
            parts.push(("dict", Piece::Attributes(dict.unbind())));
        }
    }
    if let Some(slots) = parts::slots_of(value, plan)? {
        parts.push(("slots", Piece::Attributes(slots)));
    }
    let missing = whole::missing_parts(plan, value, &parts)?;
    parts.extend(missing);
    let mut rest = vec![Piece::Made(value.as_ptr() as usize)];
    parts::join(parts, b",", &mut rest);
    rest.push(Piece::Text(b"}".into()));
    Ok(Note::Taken(Taken {
        head: None,
        arguments: Arc::new(Note::Pieces(arguments)),
        rest: Arc::new(Note::Pieces(rest)),
        names_class: true,
    }))
}

/// The value as the builtin itself, read past any code of the class, and how a path names it.
fn exact_value<'py>(
    value: &Bound<'py, PyAny>,
    plan: &Plan,
) -> PyResult<(String, Bound<'py, PyAny>)> {
    let py = value.py();
    if let Ok(tuple) = value.cast::<PyTuple>() {
        let elements = (0..tuple.len()).filter_map(|at| ffi::tuple_item(tuple, at));
        let elements: Vec<_> = elements.map(|element| ffi::own(py, element)).collect();
        return Ok((".__tuple__()".to_owned(), PyTuple::new(py, elements)?.into_any()));
    }
    let (Some(base), Some(read)) = (&plan.base, &plan.describe) else { return Err(changed(py)) };
    let path = format!(".__{}__()", base.bind(py).name()?);
    Ok((path, read.bind(py).call1((value,))?))
}
