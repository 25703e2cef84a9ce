//! Whether a text that stands alone gives an object all that its class declares, and no more.
//!
//! No table says what the class was like when it was written, so what it has gained since would be
//! lacking, and what it has lost be left over, without a word.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::gathered::{Asked, Parts, part};
use super::plan::{Plan, Shape};
use super::refusal;

/// What the hooks of attrs keep beside the fields.
const BESIDE: &str = "_attrs_cached_hash";

/// Checks the private attributes of a model: each that its instances have from the start.
pub(super) fn check_private<'py>(
    plan: &Plan,
    private: &Bound<'py, PyAny>,
    state: Parts<'_, 'py>,
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

fn is_missing<'py>(state: Parts<'_, 'py>, name: &Bound<'py, PyString>) -> PyResult<bool> {
    match part(state, Asked::Missing)? {
        Some(names) => names.cast::<PyList>()?.contains(name),
        None => Ok(false),
    }
}

/// Checks the values of a named tuple by their number, and what a hook is to set by its names.
pub(super) fn check_declared<'py>(
    plan: &Plan,
    object: &Bound<'py, PyAny>,
    state: Parts<'_, 'py>,
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
