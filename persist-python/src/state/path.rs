//! Where in the graph the walk stands: `$.memory.messages[3].artifact`.

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::frame::{Entries, Form, Frame, Kind};
use super::note::{Note, Piece};
use super::refusal::{shortened, step_of};

/// How many elements a tuple may have to be shown as a key.
const SHOWN_ELEMENTS: usize = 4;

/// How long a text in such a tuple may be.
const SHOWN_BYTES: usize = 64;

/// The path of the value that the topmost frame is walking.
pub(super) fn of(py: Python<'_>, stack: &[Frame]) -> String {
    let mut path = "$".to_owned();
    for frame in stack {
        segment(py, &mut path, &frame.kind);
    }
    shortened(path)
}

fn segment(py: Python<'_>, path: &mut String, kind: &Kind) {
    match kind {
        Kind::List { next, .. } | Kind::Tuple { next, .. } => {
            path.push_str(&format!("[{}]", next.saturating_sub(1)));
        }
        Kind::Items { next, .. } => path.push_str(&format!("{{{}}}", next.saturating_sub(1))),
        Kind::Entries(entries) => entry(py, path, entries),
        // Before the first field, what stands under `state` is walked.
        Kind::Kwargs(kwargs) if kwargs.is_first => {}
        Kind::Kwargs(kwargs) => {
            path.push('.');
            path.push_str(&step_of(&kwargs.plan.get().fields[kwargs.current].text));
        }
        Kind::Pairs { flat, next } => pair(path, flat.bind(py), *next),
        Kind::Pieces { pieces, next, .. } => {
            let Note::Pieces(pieces) = &**pieces else { return };
            match pieces.get(next.saturating_sub(1)) {
                Some(Piece::Child(suffix, _)) => path.push_str(suffix),
                Some(Piece::Argument(at, _)) => path.push_str(&format!(".__reduce__()[1][{at}]")),
                _ => {}
            }
        }
    }
}

/// The key or the value that was walked last, of keys and values by turns.
fn pair(path: &mut String, flat: &Bound<'_, PyList>, next: usize) {
    if next % 2 == 1 {
        path.push_str(".keys()");
    }
    let at = next.saturating_sub(1) / 2 * 2;
    if let Ok(found) = flat.get_item(at) {
        key(path, &found);
    }
}

fn entry(py: Python<'_>, path: &mut String, entries: &Entries) {
    let Some(found) = &entries.key else { return };
    if entries.form == Form::Pairs && entries.waiting.is_some() {
        path.push_str(".keys()");
    }
    key(path, found.bind(py));
}

fn key(path: &mut String, key: &Bound<'_, PyAny>) {
    let name: Option<String> = key.extract().ok();
    match name.as_deref().map(step_of) {
        Some(name) if is_identifier(&name) => {
            path.push('.');
            path.push_str(&name);
        }
        Some(name) => {
            let mut quoted = Vec::new();
            json::push_str(&mut quoted, &name);
            path.push_str(&format!("[{}]", String::from_utf8_lossy(&quoted)));
        }
        None => path.push_str(&format!("[{}]", shown(key).as_deref().unwrap_or("…"))),
    }
}

/// Returns a key that is no text as a program would write it, where that is short.
///
/// Only of exact builtins: `repr` may run code, and the path is also asked for while none may run.
fn shown(key: &Bound<'_, PyAny>) -> Option<String> {
    let Ok(tuple) = key.cast_exact::<PyTuple>() else { return shown_scalar(key) };
    if tuple.len() > SHOWN_ELEMENTS {
        return None;
    }
    let elements: Vec<String> = tuple.iter().map(|it| shown_scalar(&it)).collect::<Option<_>>()?;
    let comma = if elements.len() == 1 { "," } else { "" };
    Some(format!("({}{comma})", elements.join(", ")))
}

fn shown_scalar(key: &Bound<'_, PyAny>) -> Option<String> {
    if key.is_none() {
        return Some("None".to_owned());
    }
    if let Ok(truth) = key.cast_exact::<PyBool>() {
        return Some(if truth.is_true() { "True" } else { "False" }.to_owned());
    }
    if key.is_exact_instance_of::<PyInt>() {
        return key.extract::<i64>().ok().map(|number| number.to_string());
    }
    if let Ok(number) = key.cast_exact::<PyFloat>() {
        return Some(format!("{:?}", number.value()));
    }
    let text: String = key.cast_exact::<PyString>().ok()?.extract().ok()?;
    let mut quoted = Vec::new();
    json::push_str(&mut quoted, &text);
    (text.len() <= SHOWN_BYTES).then(|| String::from_utf8_lossy(&quoted).into_owned())
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Cuts WTF-8 after every high surrogate that another character of its block follows, so that no
/// part holds both halves of a pair.
pub(super) fn split_pairs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let cut = text
            .windows(4)
            .position(|four| four[0] == 0xED && (0xA0..0xB0).contains(&four[1]) && four[3] == 0xED);
        let Some(at) = cut else { return Some(text) };
        let (part, after) = text.split_at(at + 3);
        rest = Some(after);
        Some(part)
    })
}
