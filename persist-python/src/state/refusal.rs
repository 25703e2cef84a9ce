//! Why a text cannot be read or an object not be rebuilt, in the classes of `persist.exceptions`.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyListMethods, PySlice};
use rustc_hash::FxHashSet;

use super::decode::Frame;
use super::plan::Plan;

/// Everything that is missing, and where.
#[derive(Default)]
pub(super) struct Refusals {
    rows: Vec<(String, PyErr)>,
    known: FxHashSet<String>,
}

impl Refusals {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Notes one thing. What is missing a second time is said once, at its first place: a text may
    /// name one class a million times.
    pub(super) fn note(&mut self, py: Python<'_>, path: String, error: PyErr) {
        if self.known.insert(error.value(py).to_string()) {
            self.rows.push((path, error));
        }
    }
}

fn made(py: Python<'_>, maker: &str, arguments: impl for<'p> pyo3::call::PyCallArgs<'p>) -> PyErr {
    let call = || py.import("persist.state.problems")?.getattr(maker)?.call1(arguments);
    match call() {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// The text is not what a writer of this format makes.
pub(super) fn bad_text(py: Python<'_>, path: &str, reason: &str) -> PyErr {
    made(py, "bad_text", (path, reason))
}

/// The strict state rules of a class refuse what the text gives.
pub(super) fn invalid_state(py: Python<'_>, path: &str, reason: &str) -> PyErr {
    made(py, "invalid_state", (path, reason))
}

/// A state was handed over a second time.
pub(super) fn used_up() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("this state was read already")
}

/// A declared field of the class has no value in the text.
pub(super) fn class_changed(py: Python<'_>, plan: &Plan, field: &str) -> PyErr {
    made(py, "class_changed", (plan.name.as_str(), field))
}

/// The text gives a value that the class declares no field for.
pub(super) fn field_gone(py: Python<'_>, plan: &Plan, field: &str) -> PyErr {
    made(py, "field_gone", (plan.name.as_str(), field))
}

/// The text gives a named tuple another number of values than its class has fields.
pub(super) fn other_length(py: Python<'_>, plan: &Plan, given: usize) -> PyErr {
    made(py, "other_length", (plan.name.as_str(), plan.declared.clone(), given))
}

/// Two keys or elements are equal by what a class of the program says, `None` where no class says so.
pub(super) fn equal_by_now(py: Python<'_>, keys: &[Bound<'_, PyAny>]) -> Option<PyErr> {
    let call = || py.import("persist.state.problems")?.getattr("equal_by_now")?.call1((keys,));
    match call() {
        Ok(error) => (!error.is_none()).then(|| PyErr::from_value(error)),
        Err(error) => Some(error),
    }
}

/// An object lies in its own state, and its class builds it of that.
pub(super) fn needed_early(py: Python<'_>, name: &str) -> PyErr {
    made(py, "needed_early", (name,))
}

/// What was built of an object's state is also held by something else.
pub(super) fn kept_elsewhere(py: Python<'_>, plan: &Plan) -> PyErr {
    made(py, "kept_elsewhere", (plan.name.as_str(),))
}

/// What went wrong while an object was given its state.
pub(super) fn of_state(py: Python<'_>, plan: &Plan, error: PyErr) -> PyErr {
    if is_own(py, &error) || !error.is_instance_of::<pyo3::exceptions::PyException>(py) {
        return error;
    }
    made(py, "of_state", (plan.name.as_str(), error.into_value(py)))
}

/// Whether an error is one of this package's.
pub(super) fn is_own(py: Python<'_>, error: &PyErr) -> bool {
    let base = py.import("persist.exceptions").and_then(|module| module.getattr("PersistError"));
    base.is_ok_and(|base| error.value(py).is_instance(&base).unwrap_or(false))
}

/// The error for a node that no writer makes, where the resolver found that and knows no path; any
/// other error as it is.
pub(super) fn located(py: Python<'_>, path: &str, error: PyErr) -> PyErr {
    let problems = py.import("persist.state.problems");
    let is_malformed = problems
        .and_then(|module| module.getattr("Malformed"))
        .is_ok_and(|class| error.is_instance(py, &class));
    if is_malformed { bad_text(py, path, &error.value(py).to_string()) } else { error }
}

/// Whether an error says that something is missing, so that the rest can still be surveyed.
pub(super) fn is_refusal(py: Python<'_>, error: &PyErr) -> bool {
    let listed = py
        .import("persist.state.problems")
        .and_then(|module| module.getattr("is_refusal"))
        .and_then(|ask| ask.call1((error.value(py),)))
        .and_then(|answer| answer.is_truthy());
    listed.unwrap_or(false)
}

/// The one error for everything that is missing.
pub(super) fn merged(resolver: &Bound<'_, PyAny>, refusals: Refusals) -> PyErr {
    let py = resolver.py();
    let rows = refusals.rows.into_iter().map(|(path, error)| (path, error.into_value(py)));
    let rows: Vec<_> = rows.collect();
    let call = || resolver.call_method1("merged", (PyList::new(py, rows)?,));
    match call() {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// Frames that a path names from its start and from its end; what lies between is `…`.
const PATH_ENDS: usize = 100;

/// Characters of one step that a path shows, and of its start and its end where it is long: a path is
/// kept for each object that waits to be checked.
const STEP_CHARACTERS: usize = 200;
const END_CHARACTERS: usize = 500;

/// One more than is shown, so that it is seen where a step is cut.
const SHOWN_CHARACTERS: isize = STEP_CHARACTERS as isize + 1;

/// Where reading stands: `$.messages[3].content`.
pub(super) fn path(stack: &[Frame<'_>]) -> String {
    let mut path = "$".to_owned();
    let start = stack.len().min(PATH_ENDS);
    let end = stack.len().saturating_sub(PATH_ENDS).max(start);
    for at in (0..start).chain(end..stack.len()) {
        if at == end && start < end {
            path.push('…');
        }
        let frame = &stack[at];
        match (frame, at.checked_sub(1).map(|below| &stack[below])) {
            (Frame::Fields(fields), Some(Frame::Node(node))) => {
                if let Some(field) = node.field_name(fields.current()) {
                    name(&mut path, field);
                }
            }
            _ => segment(&mut path, frame),
        }
    }
    shortened(path)
}

/// A path without its middle, where it is long.
pub(super) fn shortened(path: String) -> String {
    let nth = |count| path.char_indices().nth(count).map(|(at, _)| at);
    let Some(start) = nth(END_CHARACTERS).filter(|_| nth(2 * END_CHARACTERS).is_some()) else {
        return path;
    };
    let end = path.char_indices().rev().nth(END_CHARACTERS - 1).map_or(start, |(at, _)| at);
    format!("{}…{}", &path[..start], &path[end..])
}

/// One step of a path, cut where it is long.
pub(super) fn step_of(name: &str) -> String {
    let mut letters = name.chars();
    let mut step: String = letters.by_ref().take(STEP_CHARACTERS).collect();
    if letters.next().is_some() {
        step.push('…');
    }
    step
}

fn segment(path: &mut String, frame: &Frame<'_>) {
    match frame {
        Frame::List(list, _) => path.push_str(&format!("[{}]", list.len())),
        Frame::Map(map) => {
            if let Some(key) = map.key() {
                name(path, &beginning_of(key));
            }
        }
        Frame::Node(node) if node.names_members() => {
            if let Some(key) = node.key_name() {
                name(path, &beginning_of(key));
            }
        }
        _ => {}
    }
}

/// As much of a key as a path needs, and no copy of the rest.
fn beginning_of(key: &Bound<'_, PyAny>) -> String {
    let beginning = key.get_item(PySlice::new(key.py(), 0, SHOWN_CHARACTERS, 1));
    beginning.map_or_else(|_| String::new(), |beginning| beginning.to_string())
}

fn name(path: &mut String, name: &str) {
    path.push('.');
    path.push_str(&step_of(name));
}
