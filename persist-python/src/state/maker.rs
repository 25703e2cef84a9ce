//! What makes an object, of what its class's pickling hooks gave: the class itself, or a function.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use super::ffi;
use super::note::Piece;
use super::plan::Plan;
use super::reduce::{Found, Reduced, Stop, class_refused};

/// The functions that pickle knows by themselves.
pub(super) struct Known {
    pub(super) table: Py<PyDict>,
    new: Py<PyAny>,
    new_with_names: Py<PyAny>,
    reconstructor: Py<PyAny>,
    partial: Py<PyAny>,
}

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

pub(super) fn known(py: Python<'_>) -> PyResult<&Known> {
    KNOWN.get_or_try_init(py, || {
        let module = py.import("copyreg")?;
        Ok(Known {
            table: module.getattr("dispatch_table")?.cast_into::<PyDict>()?.unbind(),
            new: module.getattr("__newobj__")?.unbind(),
            new_with_names: module.getattr("__newobj_ex__")?.unbind(),
            reconstructor: module.getattr("_reconstructor")?.unbind(),
            partial: py.import("functools")?.getattr("partial")?.unbind(),
        })
    })
}

/// What makes an object: a function, and its arguments by position and by name.
struct Maker<'py> {
    function: Bound<'py, PyAny>,
    arguments: Bound<'py, PyTuple>,
    named: Option<Bound<'py, PyDict>>,
}

impl<'py> Maker<'py> {
    /// Takes a `functools.partial` apart: hooks give one where they name arguments.
    fn of(reduced: &Reduced<'py>, known: &Known) -> PyResult<Self> {
        let (function, arguments) = (reduced.function.clone(), reduced.arguments.clone());
        let py = function.py();
        if !function.get_type().is(&known.partial) {
            return Ok(Self { function, arguments, named: None });
        }
        let first = function.getattr(intern!(py, "args"))?.cast_into::<PyTuple>()?;
        let named = function.getattr(intern!(py, "keywords"))?.cast_into::<PyDict>()?;
        let all: Vec<_> = first.iter().chain(arguments.iter()).collect();
        Ok(Self {
            function: function.getattr(intern!(py, "func"))?,
            arguments: PyTuple::new(py, all)?,
            named: (!named.is_empty()).then_some(named),
        })
    }
}

/// The beginning of a node, where it is not what its class begins with.
type Head = Option<Arc<[u8]>>;

/// The beginning of the node and the arguments; whether it is a call of a function.
pub(super) fn made_by(
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    reduced: &Reduced<'_>,
    session: &Bound<'_, PyAny>,
) -> Found<(Head, Vec<Piece>, bool)> {
    let py = value.py();
    let (known, class) = (known(py)?, plan.class.bind(py));
    let maker = Maker::of(reduced, known)?;
    let Maker { function, arguments, named } = &maker;
    let is_of = |at: usize| ffi::tuple_item(arguments, at) == Some(class.as_ptr());
    let mut pieces = Vec::with_capacity(2 * arguments.len() + 2);
    if function.is(&known.new) && is_of(0) && named.is_none() {
        add_array(&mut pieces, "new", arguments, 1);
    } else if function.is(&known.new_with_names) && arguments.len() == 3 && is_of(0) {
        let Ok(positional) = arguments.get_item(1)?.cast_into_exact::<PyTuple>() else {
            return class_refused("gives arguments that are no tuple");
        };
        add_array(&mut pieces, "new", &positional, 0);
        let named = arguments.get_item(2)?.cast_into_exact::<PyDict>().map_err(PyErr::from)?;
        add_named(&mut pieces, "newkw", Some(&named));
    } else if function.is(&known.reconstructor) && arguments.len() == 3 && is_of(0) {
        let base = arguments.get_item(1)?;
        if !base.is(py.get_type::<PyAny>()) {
            return class_refused("takes it apart as protocols before 2 do");
        }
        pieces.push(Piece::Text(br#","base":null"#.into()));
    } else if function.is(class) {
        pieces.push(Piece::Text(br#","init":["#.into()));
        add_arguments(&mut pieces, arguments, 0);
        add_named(&mut pieces, "initkw", named.as_ref());
    } else {
        return Ok((Some(called(value, &maker, session)?), call_pieces(&maker), true));
    }
    check_named(plan)?;
    Ok((None, pieces, false))
}

/// Refuses an object whose node would name its class, where no name leads to that.
pub(super) fn check_named(plan: &Plan) -> Found<()> {
    if plan.is_named {
        return Ok(());
    }
    Err(Stop::Refused(format!(
        "no name leads to its class `{}`: it was made inside a function, or replaced",
        plan.name.replace(':', ".")
    )))
}

/// The beginning of the node of a call.
fn called(
    value: &Bound<'_, PyAny>,
    maker: &Maker<'_>,
    session: &Bound<'_, PyAny>,
) -> Found<Arc<[u8]>> {
    let Maker { function, arguments, named } = maker;
    let head: Option<String> =
        session.call_method1("call", (function, value, arguments, named))?.extract()?;
    match head {
        Some(head) => Ok(head.into_bytes().into()),
        None => class_refused(format!(
            "has it made by {}, which no name leads to, or which would make something else",
            shown(function)
        )),
    }
}

/// What a function is called, whether or not that leads to it.
fn shown(function: &Bound<'_, PyAny>) -> String {
    let text = |name: &str| function.getattr(name)?.extract::<String>();
    match (text("__module__"), text("__qualname__")) {
        (Ok(module), Ok(name)) => format!("`{module}.{name}`"),
        (_, Ok(name)) => format!("`{name}`"),
        _ => "a function".to_owned(),
    }
}

fn call_pieces(maker: &Maker<'_>) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(br#","args":["#.into())];
    add_arguments(&mut pieces, &maker.arguments, 0);
    add_named(&mut pieces, "kwargs", maker.named.as_ref());
    pieces
}

/// Adds a map of arguments by name under a key, unless it is empty.
fn add_named(pieces: &mut Vec<Piece>, key: &str, given: Option<&Bound<'_, PyDict>>) {
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        pieces.push(Piece::Text(format!(r#","{key}":"#).into_bytes().into()));
        let path = ".__reduce__()[1]".to_owned();
        pieces.push(Piece::Child(path, given.clone().into_any().unbind()));
    }
}

/// Adds an array of arguments under a key, unless it is empty.
fn add_array(pieces: &mut Vec<Piece>, key: &str, given: &Bound<'_, PyTuple>, first: usize) {
    if given.len() > first {
        pieces.push(Piece::Text(format!(r#","{key}":["#).into_bytes().into()));
        add_arguments(pieces, given, first);
    }
}

/// Adds the elements of an array and its end.
fn add_arguments(pieces: &mut Vec<Piece>, given: &Bound<'_, PyTuple>, first: usize) {
    for (at, argument) in given.iter().enumerate().skip(first) {
        if at > first {
            pieces.push(Piece::Text(b",".into()));
        }
        pieces.push(Piece::Argument(at, argument.unbind()));
    }
    pieces.push(Piece::Text(b"]".into()));
}
