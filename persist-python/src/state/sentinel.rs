//! An instance that is what it is by being that very one: a global of the module of its class,
//! with nothing in it, or one that a table knows by its name.

use persist_core::json;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString};

use super::decode::Decoder;
use super::ffi;
use super::gathered::{Asked, part};
use super::node::Node;
use super::note::{Note, Piece};
use super::plan::Plan;
use super::remake;
use super::sink::Sink;

/// Writes an instance by its name, where it has one; whether that is done.
pub(super) fn enter<S: Sink>(
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    sink: &mut S,
) -> PyResult<bool> {
    if let Some(name) = listed_name(value, plan)? {
        sink.text(br#"{"lc":"constant","id":"#);
        let mut text = Vec::new();
        json::push_str(&mut text, &name);
        sink.text(&text);
        sink.byte(b'}');
        return Ok(true);
    }
    if !plan.is_sentinel {
        return Ok(false);
    }
    let note = sink.note(value, || {
        Ok(name_of(value, plan)?.map_or(Note::Flag(false), |name| {
            let mut text = plan.head.clone();
            text.extend_from_slice(br#","name":"#);
            json::push_str(&mut text, &name);
            text.push(b'}');
            Note::Pieces(vec![Piece::Text(text.into())])
        }))
    })?;
    let Note::Pieces(pieces) = &*note else { return Ok(false) };
    for piece in pieces {
        if let Piece::Text(text) = piece {
            sink.text(text);
        }
    }
    Ok(true)
}

/// The name by which a table knows an instance, if it does: whatever it holds, others compare it
/// with that very one.
fn listed_name(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Option<String>> {
    let py = value.py();
    for (module, name) in &plan.listed {
        let loaded = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        let Some(module_there) = loaded.cast::<PyDict>()?.get_item(module)? else { continue };
        let Ok(module_there) = module_there.cast::<PyModule>() else { continue };
        if module_there.dict().get_item(name)?.is_some_and(|held| held.is(value)) {
            return Ok(Some(format!("{module}:{name}")));
        }
    }
    Ok(None)
}

/// The name of the global that an instance is, if it has nothing in it and is one.
fn name_of(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Option<String>> {
    if !is_empty(value, plan)? {
        return Ok(None);
    }
    let py = value.py();
    let Some(globals) = remake::globals_of(plan.class.bind(py))? else { return Ok(None) };
    let mut position = 0;
    while let Some((key, held)) = ffi::dict_next(&globals, &mut position) {
        if held != value.as_ptr() {
            continue;
        }
        if let Some(name) = ffi::utf8(key).filter(|name| may_name(name, plan)) {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

/// Whether a global may be a constant. The variables of a script are another run's own.
fn may_name(name: &str, plan: &Plan) -> bool {
    let is_dunder = name.starts_with("__") && name.ends_with("__");
    let is_script = plan.name.starts_with("__main__:");
    !is_dunder
        && (!is_script || (name.contains(char::is_alphabetic) && name.to_uppercase() == name))
}

/// Whether there is nothing in an instance but where its package says that it is from.
fn is_empty(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<bool> {
    if !plan.has_dict {
        return Ok(true);
    }
    let dict = ffi::instance_dict(value)?;
    Ok(dict.is_empty() || (dict.len() == 1 && dict.contains(intern!(value.py(), "__module__"))?))
}

/// The instance that a node names, None where it names none.
pub(super) fn found<'py>(
    decoder: &mut Decoder<'py>,
    plan: &Plan,
    node: &Node<'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let parts = node.parts.parts();
    let Some(name) = part(parts, Asked::Name)?.filter(|_| plan.is_sentinel) else {
        return Ok(None);
    };
    let is_alone = node.parts.len() == 1;
    let found = remake::made(decoder, plan, parts)?;
    if node.object.is_some() || !is_alone || !is_empty(&found, plan)? {
        let name = name.cast::<PyString>()?;
        let reason = format!("`{name}` of its module is found as it is, and holds nothing");
        return Err(pyo3::exceptions::PyValueError::new_err(reason));
    }
    Ok(Some(found))
}
