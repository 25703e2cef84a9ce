//! What an object lacks of all that its class declares, and whether a text gives it that.
//!
//! Of a text that stands alone no table says what the class was like when it was written, so what it
//! has gained since would be lacking, and what it has lost be left over, without a word.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::decode::Decoder;
use super::gathered::{Asked, Parts as Members, part};
use super::note::{Note, Piece};
use super::parts::{Parts, name_list};
use super::plan::{Plan, Shape};
use super::problem::changed;
use super::refusal;
use super::sink::Sink;

/// What the hooks of attrs keep beside the fields.
const BESIDE: &str = "_attrs_cached_hash";

/// The names of what an instance lacks: declared fields, and private attributes of a model.
pub(super) fn missing_of(py: Python<'_>, plan: &Plan, parts: &Parts) -> PyResult<Vec<String>> {
    let held = attributes(py, parts, &["dict", "slots"]);
    let mut missing = Vec::new();
    for field in &plan.fields {
        if !is_in(&held, field.name.bind(py))? {
            missing.push(field.text.clone());
        }
    }
    for name in plan.unlisted_fields() {
        if !is_in(&held, &PyString::new(py, name))? {
            missing.push(name.clone());
        }
    }
    missing.extend(missing_private(py, plan, parts)?);
    Ok(missing)
}

/// The private attributes that a model lacks, of those that its instances have from the start.
pub(super) fn missing_private(py: Python<'_>, plan: &Plan, parts: &Parts) -> PyResult<Vec<String>> {
    let held = attributes(py, parts, &["private"]);
    let mut missing = Vec::new();
    for private in plan.private.iter().filter(|it| it.is_given && !held.is_empty()) {
        if !is_in(&held, private.name.bind(py))? {
            missing.push(private.name.extract(py)?);
        }
    }
    Ok(missing)
}

/// What an object shows of its class in the place of fields that it lacks: the state says that too,
/// for the class may have another default when it is read.
pub(super) fn shown_part<S: Sink>(
    plan: &Plan,
    value: &Bound<'_, PyAny>,
    missing: &[String],
    sink: &mut S,
) -> PyResult<Option<(&'static str, Piece)>> {
    if !plan.is_named {
        // The class is in the text as well.
        return Ok(None);
    }
    let py = value.py();
    let note = sink.note(value, || {
        let pairs = shown_of(value, missing)?.iter();
        Ok(Note::Items(pairs.flat_map(|(name, it)| [name.unbind(), it.unbind()]).collect()))
    })?;
    let Note::Items(items) = &*note else { return Err(changed(py)) };
    let shown = PyDict::new(py);
    for pair in items.chunks_exact(2) {
        shown.set_item(&pair[0], &pair[1])?;
    }
    Ok((!shown.is_empty()).then(|| ("shown", Piece::Attributes(shown.unbind()))))
}

fn shown_of<'py>(value: &Bound<'py, PyAny>, missing: &[String]) -> PyResult<Bound<'py, PyDict>> {
    let py = value.py();
    let room = py.import(intern!(py, "persist.state.shown"))?;
    let shown = room.call_method1(intern!(py, "shown_by"), (value.get_type(), missing))?;
    Ok(shown.cast_into()?)
}

/// What an object of a class that extends a builtin lacks, and what it shows there, as it is taken
/// apart.
pub(super) fn missing_parts(
    plan: &Plan,
    value: &Bound<'_, PyAny>,
    parts: &Parts,
) -> PyResult<Parts> {
    said_of(value, &missing_of(value.py(), plan, parts)?, plan.is_named)
}

/// The same of an object that hooks take apart.
pub(super) fn lacking_parts(value: &Bound<'_, PyAny>) -> PyResult<Parts> {
    let py = value.py();
    let room = py.import(intern!(py, "persist.state.shown"))?;
    let missing: Vec<String> = room.call_method1(intern!(py, "lacking"), (value,))?.extract()?;
    said_of(value, &missing, true)
}

fn said_of(value: &Bound<'_, PyAny>, missing: &[String], is_named: bool) -> PyResult<Parts> {
    let mut said = Parts::new();
    if missing.is_empty() {
        return Ok(said);
    }
    said.push(("missing", Piece::Text(name_list(missing).into())));
    let shown = shown_of(value, missing)?;
    if !shown.is_empty() && is_named {
        said.push(("shown", Piece::Attributes(shown.unbind())));
    }
    Ok(said)
}

/// Refuses an object that would show something else of its class, where it lacks a field, than it
/// did when it was written.
pub(super) fn check_shown<'py>(
    decoder: &Decoder<'py>,
    plan: &Plan,
    state: Members<'_, 'py>,
) -> PyResult<()> {
    let py = decoder.py;
    let (missing, shown) = (part(state, Asked::Missing)?, part(state, Asked::Shown)?);
    if !plan.is_named || (missing.is_none() && shown.is_none()) {
        return Ok(());
    }
    let lookup = decoder.resolver.getattr(intern!(py, "lookup"))?;
    let asked = (plan.name.as_str(), plan.class.bind(py), missing, shown, lookup);
    py.import(intern!(py, "persist.state.shown"))?.call_method1(intern!(py, "check"), asked)?;
    Ok(())
}

fn attributes<'py>(py: Python<'py>, parts: &Parts, names: &[&str]) -> Vec<Bound<'py, PyDict>> {
    let pieces = parts.iter().filter(|(name, _)| names.contains(name));
    let dicts = pieces.filter_map(|(_, piece)| match piece {
        Piece::Attributes(dict) => Some(dict.bind(py).clone()),
        _ => None,
    });
    dicts.collect()
}

fn is_in<'py>(held: &[Bound<'py, PyDict>], name: &Bound<'py, PyString>) -> PyResult<bool> {
    for dict in held {
        if dict.contains(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Checks the fields that a plan lists only by their names: each is there, or named as missing.
pub(super) fn check_unlisted<'py>(
    plan: &Plan,
    dict: &Bound<'py, PyDict>,
    state: Members<'_, 'py>,
) -> PyResult<()> {
    for name in plan.unlisted_fields() {
        let key = PyString::new(dict.py(), name);
        if !dict.contains(&key)? && !is_missing(state, &key)? {
            return Err(PyValueError::new_err(format!("it lacks its field `{name}`")));
        }
    }
    Ok(())
}

/// Checks the private attributes of a model: each that its instances have from the start.
pub(super) fn check_private<'py>(
    plan: &Plan,
    private: &Bound<'py, PyAny>,
    state: Members<'_, 'py>,
) -> PyResult<()> {
    let Ok(held) = private.cast::<PyDict>() else { return Ok(()) };
    let py = private.py();
    for declared in plan.private.iter().filter(|private| private.is_given) {
        let name = declared.name.bind(py);
        if !held.contains(name)? && !is_missing(state, name)? {
            return Err(refusal::class_changed(py, plan, &name.extract::<String>()?));
        }
    }
    Ok(())
}

/// A private attribute that every object node has: instances have it from the start, and do not work
/// it out again.
pub(super) fn told_private(py: Python<'_>, plan: &Plan) -> Option<String> {
    let given = plan.private.iter().filter(|private| private.is_given);
    let mut names = given.filter_map(|private| private.name.extract(py).ok());
    names.find(|name| !plan.memos.contains(name))
}

/// Refuses a text alone that says nothing of private attributes which instances have: its class had
/// none of them then.
pub(super) fn check_no_private(py: Python<'_>, plan: &Plan) -> PyResult<()> {
    match told_private(py, plan) {
        Some(name) => Err(refusal::class_changed(py, plan, &name)),
        None => Ok(()),
    }
}

fn is_missing<'py>(state: Members<'_, 'py>, name: &Bound<'py, PyString>) -> PyResult<bool> {
    match part(state, Asked::Missing)? {
        Some(names) => names.cast::<PyList>()?.contains(name),
        None => Ok(false),
    }
}

/// Checks the values of a named tuple by their number, and what a hook is to set by its names.
pub(super) fn check_declared<'py>(
    plan: &Plan,
    object: &Bound<'py, PyAny>,
    state: Members<'_, 'py>,
) -> PyResult<()> {
    let py = object.py();
    if plan.shape == Shape::Extended {
        let given = object.cast::<PyTuple>()?.len();
        let is_whole = given == plan.declared.len();
        return if is_whole { Ok(()) } else { Err(refusal::other_length(py, plan, given)) };
    }
    let Some(Ok(held)) = part(state, Asked::State)?.map(Bound::cast_into::<PyDict>) else {
        return Ok(());
    };
    for name in &plan.declared {
        if !held.contains(name)? {
            return Err(refusal::class_changed(py, plan, name));
        }
    }
    for key in held.keys() {
        let name = key.extract::<String>().unwrap_or_default();
        if name != BESIDE && !plan.declared.contains(&name) {
            return Err(refusal::field_gone(py, plan, &name));
        }
    }
    Ok(())
}
