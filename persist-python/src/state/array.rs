//! Nodes of adapters whose value has an identity, such as arrays.
//!
//! What such a value holds as nodes may mention it, so it is made as soon as all is read that says
//! how large it is: before its elements or its attributes.

use persist_core::json::{self, Tokens};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use rustc_hash::FxHashMap;

use super::build;
use super::decode::{Decoder, Frame};
use super::ffi::{self, Builtin};
use super::members::{Kind, Part};
use super::node::Node;

/// Members that what they belong to exists before.
const LATE: [&str; 3] = ["items", "fields", "dict"];

/// What makes values of one type that nothing but a shape and their memory is said of, and how
/// many bytes an element has; `None` where such a value has to be looked at more closely.
type Maker<'py> = Option<(Bound<'py, PyAny>, usize)>;

/// The makers of one text, by the kind of node and the type.
pub(super) type Makers<'py> = FxHashMap<(String, String), Maker<'py>>;

/// Takes the text of the memory, where it is what is read next: no string is made of it.
pub(super) fn takes_memory(decoder: &mut Decoder<'_>, text: &[u8]) -> bool {
    let at_memory = |frame: &Frame<'_>| match frame {
        Frame::Node(node) => node.kind == Kind::Array && node.part == Part::Raw,
        _ => false,
    };
    if !decoder.stack.last().is_some_and(at_memory) {
        return false;
    }
    let Some(Frame::Node(mut node)) = decoder.stack.pop() else { return false };
    let fits = |length| (text.len() == length).then_some(text);
    let is_taken = fill_plain(decoder, &mut node, fits).is_some() || keep_memory(&mut node, text);
    decoder.stack.push(Frame::Node(node));
    is_taken
}

/// Keeps the memory as bytes, until all is read that says what it is.
fn keep_memory(node: &mut Node<'_>, text: &[u8]) -> bool {
    let Some(key) = &node.key else { return false };
    let py = key.py();
    let bytes = bytes_of(py, text);
    bytes.is_some_and(|bytes| node.parts.add_to_dict(key, bytes.into_any()).is_ok())
}

/// The bytes that a base64 text stands for, decoded in place; nothing where it is none.
pub(super) fn bytes_of<'py>(py: Python<'py>, text: &[u8]) -> Option<Bound<'py, PyBytes>> {
    let mut is_base64 = false;
    let bytes = PyBytes::new_with(py, json::base64_size(text)?, |room| {
        is_base64 = json::decode_base64_into(text, room);
        Ok(())
    });
    bytes.ok().filter(|_| is_base64)
}

/// Reads the memory straight from the text into its place, where it comes next: looking at it as at a
/// string would take as long again.
pub(super) fn pass_memory(decoder: &mut Decoder<'_>, tokens: &mut Tokens<'_>) {
    let Some(Frame::Node(mut node)) = decoder.stack.pop() else { return };
    let length = fill_plain(decoder, &mut node, |length| tokens.peek_string(length));
    // Base64 that was read to its end holds nothing that a string may not.
    length.inspect(|length| tokens.pass_string(*length));
    decoder.stack.push(Frame::Node(node));
}

/// Makes a value that only its type and shape were said of so far, of a text that is asked for by its
/// length; returns that. `None` for any other, and for one that is not as it should be: what is wrong
/// is then said where all of it is known.
fn fill_plain<'a, 'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    text_of: impl FnOnce(usize) -> Option<&'a [u8]>,
) -> Option<usize> {
    if node.object.is_some() || decoder.is_survey() {
        return None;
    }
    let (made, length) = made_plain(decoder, node, text_of)?;
    (node.object, node.is_plain) = (Some(made), true);
    Some(length)
}

fn made_plain<'a, 'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
    text_of: impl FnOnce(usize) -> Option<&'a [u8]>,
) -> Option<(Bound<'py, PyAny>, usize)> {
    if node.parts.len() != 2 {
        return None;
    }
    let (kind, shape) = (node.parts.other("dtype")?, node.parts.other("shape")?);
    let shape = shape.cast_into_exact::<PyList>().ok()?;
    let key = (node.described_kind().to_owned(), kind.cast_exact::<PyString>().ok()?.extract());
    let key = (key.0, key.1.ok()?);
    let (make, itemsize) = maker(decoder, key)?;
    // What the text holds and what is made of it are of one size before anything is allocated.
    let length = json::base64_length(element_count(&shape)?.checked_mul(itemsize)?)?;
    let text = text_of(length)?;
    let made = make.call1((shape,)).ok()?;
    let mut memory = ffi::Memory::to_write(&made).ok()?;
    let is_whole = json::decode_base64_into(text, memory.bytes_mut());
    drop(memory);
    is_whole.then_some((made, length))
}

/// Asks for a maker, once per text.
fn maker<'py>(decoder: &mut Decoder<'py>, key: (String, String)) -> Maker<'py> {
    if let Some(known) = decoder.makers.get(&key) {
        return known.clone();
    }
    let found = decoder.resolver.call_method1("maker", (&key.0, &key.1));
    let found: Maker<'py> = found.and_then(|found| found.extract()).ok().flatten();
    decoder.makers.insert(key, found.clone());
    found
}

/// How many elements a shape has; `None` where it is none.
fn element_count(shape: &Bound<'_, PyList>) -> Option<usize> {
    shape.iter().try_fold(1_usize, |count, side| {
        let is_int = ffi::builtin_of(side.as_ptr()) == Builtin::Int;
        let side = is_int.then(|| ffi::small_int(side.as_ptr())).flatten()?;
        count.checked_mul(usize::try_from(side).ok()?)
    })
}

/// Another member stands behind the memory of what was made of its type and shape alone: what is
/// made depends on all of them.
pub(super) fn take_back(node: &mut Node<'_>) -> PyResult<()> {
    let Some(made) = node.object.take().filter(|_| std::mem::take(&mut node.is_plain)) else {
        return Ok(());
    };
    let py = made.py();
    let bytes = PyBytes::new(py, ffi::Memory::of(&made)?.bytes());
    node.parts.add_to_dict(pyo3::intern!(py, "v"), bytes.into_any())
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
    let made = decoder
        .resolver
        .call_method1("begin", (node.described_kind(), node.parts.to_dict(decoder.py)?));
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
    if let Some(made) = node.object.as_ref().filter(|_| node.is_plain) {
        node.label.map_or(Ok(()), |label| decoder.set_label(label, made.clone()))?;
        return Ok(made.clone());
    }
    if node.described_kind() == "family" {
        build::repeat_classes(decoder, node)?;
    }
    let parts = node.parts.to_dict(decoder.py)?;
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
