//! Functions that no name leads to: made with empty cells, then given what they hold.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::decode::Decoder;
use super::node::Node;
use super::refusal;

/// Whether a member is read when the function is there already: it may lead back to it.
pub(super) fn is_beside(member: &str) -> bool {
    !matches!(member, "id" | "hash" | "at" | "signature" | "ref" | "cells")
}

/// Makes the function, once it is known where its code stands and which cells it has.
pub(super) fn begin<'py>(decoder: &mut Decoder<'py>, node: &mut Node<'py>) -> PyResult<()> {
    if node.object.is_some() {
        return Ok(());
    }
    let py = decoder.py;
    let parts = node.parts.to_dict(py)?;
    let answer = decoder.resolver.call_method1("make_code", (parts, decoder.is_survey()));
    let made = decoder.settle(answer)?;
    if let Some(label) = node.label {
        let function = match made.cast::<PyTuple>() {
            Ok(made) => made.get_item(0)?,
            Err(_) => made.clone(),
        };
        decoder.set_label(label, function)?;
    }
    node.object = Some(made);
    Ok(())
}

/// Gives the function what it captured and what it has of its own.
pub(super) fn end<'py>(
    decoder: &mut Decoder<'py>,
    mut node: Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    begin(decoder, &mut node)?;
    let none = || py.None().into_bound(py);
    let parts = node.parts.to_dict(py)?;
    decoder.check_captured(&node, &parts)?;
    let Some(made) = node.object.filter(|made| !made.is_none() && !decoder.is_survey()) else {
        return Ok(none());
    };
    let answer = decoder.resolver.call_method1("fill_code", (&made, &parts));
    if parts.contains("annotations")? {
        decoder.functions.push((refusal::path(&decoder.stack), made, parts));
    }
    decoder.settle(answer)
}

/// Looks at functions once more whose annotations may lie in a map that went on behind them.
pub(super) fn check(decoder: &mut Decoder<'_>) -> PyResult<()> {
    for (path, made, parts) in std::mem::take(&mut decoder.functions) {
        // Given the same again, a function stays as it is.
        if let Err(error) = decoder.resolver.call_method1("fill_code", (made, parts)) {
            decoder.note_refusal_at(path, error)?;
        }
    }
    Ok(())
}
