//! Nodes of adapters whose value has an identity, such as arrays.
//!
//! What such a value holds as nodes may mention it, so it is made as soon as all is read that says
//! how large it is: before its elements or its attributes.

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::decode::Decoder;
use super::node::Node;

/// Members that what they belong to exists before.
const LATE: [&str; 3] = ["items", "fields", "dict"];

/// Takes the text of the memory: no string is made of it.
pub(super) fn take_memory(node: &mut Node<'_>, text: &[u8]) -> bool {
    let (Some(key), Some(bytes)) = (&node.key, json::decode_base64(text)) else { return false };
    let py = key.py();
    let parts = node.parts.get_or_insert_with(|| PyDict::new(py));
    parts.set_item(key, PyBytes::new(py, &bytes)).is_ok()
}

/// Makes the value when a member begins that may mention it.
pub(super) fn begin<'py>(
    node: &mut Node<'py>,
    decoder: &mut Decoder<'py>,
    member: &str,
) -> PyResult<()> {
    if !LATE.contains(&member) || node.object.is_some() || decoder.is_survey() {
        return Ok(());
    }
    let made =
        decoder.resolver.call_method1("begin", (node.described_kind(), parts_of(node, decoder)));
    let made = decoder.settle(made)?;
    if let Some(label) = node.label {
        decoder.set_label(label, made.clone())?;
    }
    node.object = Some(made);
    Ok(())
}

/// The finished value.
pub(super) fn finish<'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let parts = parts_of(node, decoder);
    let made = if decoder.is_survey() { None } else { node.object.clone() };
    let is_survey = decoder.is_survey();
    let answer =
        decoder.resolver.call_method1("finish", (node.described_kind(), parts, made, is_survey));
    let value = decoder.settle(answer)?;
    match node.label {
        Some(label) if node.object.is_none() => decoder.set_label(label, value.clone())?,
        _ => {}
    }
    Ok(value)
}

fn parts_of<'py>(node: &Node<'py>, decoder: &Decoder<'py>) -> Bound<'py, PyDict> {
    node.parts.clone().unwrap_or_else(|| PyDict::new(decoder.py))
}
