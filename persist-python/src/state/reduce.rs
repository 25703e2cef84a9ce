//! Objects taken apart as pickle's protocol 4 does: by `copyreg`, or by `__reduce_ex__(4)`.
//!
//! Hooks run in the scan, once per object. What they return is kept in the note, so that nothing
//! in it is freed, and its address used again, before the text is written.

use std::sync::Arc;

use persist_core::json;
use pyo3::PyTypeInfo;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple};

use super::ffi;
use super::frame::{Close, Kind, Within};
use super::note::{Note, Piece, Taken};
use super::order;
use super::parts::{self, Place};
use super::plan::Plan;
use super::problem::changed;
use super::remake;
use super::secret;
use super::sink::Sink;
use super::walk::Walk;

/// Why an object was not taken apart.
enum Stop {
    /// Its own code raised.
    Raised(PyErr),
    /// No restore would put it together again; the reason.
    Refused(String),
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

type Found<T> = Result<T, Stop>;

/// Begins an object whose class is taken apart by hooks.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let known = place.plan.get();
    let note = sink.note_once(value, || {
        let session = walk.wishes.session.bind(value.py());
        secret::tell(value, known, session)?;
        match taken_apart(value, known, session) {
            Ok(taken) => Ok(Note::Taken(taken)),
            Err(Stop::Refused(reason)) => Ok(Note::Refused(reason)),
            Err(Stop::Raised(error)) => parts::failed(value.py(), error),
        }
    })?;
    match &*note {
        Note::Taken(taken) => {
            if taken.names_class {
                sink.use_plan(&place.plan, value.py());
            }
            write(walk, (value, taken), place, sink)
        }
        Note::Refused(reason) => {
            place.close.leave(sink);
            walk.refuse(sink, reason.clone(), known.hint.clone())
        }
        _ => Err(changed(value.py())),
    }
}

/// Begins the node of a thing that exists once its arguments do.
pub(super) fn write<S: Sink>(
    walk: &mut Walk,
    (value, taken): (&Bound<'_, PyAny>, &Taken),
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let Place { plan, meet, within, close } = place;
    parts::head(sink, taken.head.as_deref().unwrap_or(&plan.get().head), meet);
    // The frame pushed last is walked first.
    let owner = Some(plan.clone_ref(value.py()));
    let head = taken.head.clone();
    let rest = Kind::Pieces { pieces: Arc::clone(&taken.rest), next: 0, owner, head: head.clone() };
    walk.push(rest, within.once(), close);
    let twice = within.twice || ffi::reference_count(value) > 2;
    let pieces = Arc::clone(&taken.arguments);
    let arguments = Kind::Pieces { pieces, next: 0, owner: Some(plan), head };
    walk.push(arguments, Within { twice, ..within }, Close::default());
    Ok(())
}

/// The elements of an instance of a class that extends a list, dict or set, past any code of its
/// class; as a part of its node.
pub(super) fn elements_of<S: Sink>(
    walk: &Walk,
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    sink: &mut S,
) -> PyResult<Option<(&'static str, Piece)>> {
    if plan.native.is_none() {
        return Ok(None);
    }
    if let Ok(list) = value.cast::<PyList>() {
        sink.measure(list.len());
        let part = ("items", Piece::Elements(list.clone().unbind()));
        return Ok((!list.is_empty()).then_some(part));
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        sink.measure(dict.len());
        let part = ("pairs", Piece::Entries(dict.clone().unbind()));
        return Ok((!dict.is_empty()).then_some(part));
    }
    let set = value.cast::<PySet>()?;
    sink.measure(set.len());
    let wishes = Arc::clone(&walk.wishes);
    // A set made of a set is copied by the builtin's own code.
    let note = sink.note(value, || {
        let copy = PySet::type_object(value.py()).call1((value,))?;
        order::sorted(&copy, order::MAX_LEVELS, &wishes)
    })?;
    Ok((!set.is_empty()).then_some(("items", Piece::Members(note))))
}

/// What the hooks of one object returned.
struct Reduced<'py> {
    function: Bound<'py, PyAny>,
    arguments: Bound<'py, PyTuple>,
    state: Option<Bound<'py, PyAny>>,
    items: Option<Bound<'py, PyAny>>,
    pairs: Option<Bound<'py, PyAny>>,
}

/// The functions that pickle knows by themselves.
struct Known {
    table: Py<PyDict>,
    new: Py<PyAny>,
    new_with_names: Py<PyAny>,
    reconstructor: Py<PyAny>,
}

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

fn known(py: Python<'_>) -> PyResult<&Known> {
    KNOWN.get_or_try_init(py, || {
        let module = py.import("copyreg")?;
        Ok(Known {
            table: module.getattr("dispatch_table")?.cast_into::<PyDict>()?.unbind(),
            new: module.getattr("__newobj__")?.unbind(),
            new_with_names: module.getattr("__newobj_ex__")?.unbind(),
            reconstructor: module.getattr("_reconstructor")?.unbind(),
        })
    })
}

fn refused<T>(reason: impl Into<String>) -> Found<T> {
    Err(Stop::Refused(reason.into()))
}

fn taken_apart(value: &Bound<'_, PyAny>, plan: &Plan, session: &Bound<'_, PyAny>) -> Found<Taken> {
    let reduced = match reduced(value)? {
        Given::Parts(reduced) => reduced,
        Given::Name(name) => return named(value, plan, &name),
    };
    let (head, arguments, is_call) = made_by(value, plan, &reduced, session)?;
    let mut rest = vec![Piece::Made(value.as_ptr() as usize)];
    if let Some(state) = whole_state(value, plan, &reduced, is_call)? {
        add_state(plan, &state, &mut rest)?;
    }
    add_elements(value, &reduced, &mut rest)?;
    let names_class = !is_call || rest.len() > 1;
    rest.push(Piece::Text(b"}".into()));
    Ok(Taken {
        head,
        arguments: Arc::new(Note::Pieces(arguments)),
        rest: Arc::new(Note::Pieces(rest)),
        names_class,
    })
}

/// The state that the hook gave, with what the standard library's own hooks leave out.
fn whole_state<'py>(
    value: &Bound<'py, PyAny>,
    plan: &Plan,
    reduced: &Reduced<'py>,
    is_call: bool,
) -> Found<Option<Bound<'py, PyAny>>> {
    let Some(complete) = &plan.complete else { return Ok(reduced.state.clone()) };
    let may_hold = reduced.state.is_some() || !plan.slots.is_empty();
    if !may_hold && plan.has_dict && ffi::instance_dict(value)?.is_empty() {
        // Nothing was left out: there is nothing. Most are like this.
        return Ok(None);
    }
    let state = complete.bind(value.py()).call1((value, reduced.state.as_ref(), is_call))?;
    if let Ok(reason) = state.cast_exact::<PyString>() {
        return refused(reason.to_string());
    }
    Ok((!state.is_none()).then_some(state))
}

/// What a hook has in place of an object.
enum Given<'py> {
    Parts(Reduced<'py>),
    /// The name of a global: the object is that.
    Name(Bound<'py, PyString>),
}

/// An object that is a global of the module of its class.
fn named(value: &Bound<'_, PyAny>, plan: &Plan, name: &Bound<'_, PyString>) -> Found<Taken> {
    let found = remake::global_of(plan.class.bind(value.py()), name)?;
    if found.is_none_or(|found| !found.is(value)) {
        return refused("its class gives the name of a global that is something else");
    }
    let mut text = br#","name":"#.to_vec();
    json::push_str(&mut text, name.to_str()?);
    let rest = vec![Piece::Made(value.as_ptr() as usize), Piece::Text(b"}".into())];
    Ok(Taken {
        head: None,
        arguments: Arc::new(Note::Pieces(vec![Piece::Text(text.into())])),
        rest: Arc::new(Note::Pieces(rest)),
        names_class: true,
    })
}

/// Calls the hook, and takes what it returned apart.
fn reduced<'py>(value: &Bound<'py, PyAny>) -> Found<Given<'py>> {
    let py = value.py();
    let given = match known(py)?.table.bind(py).get_item(value.get_type())? {
        Some(reduce) => reduce.call1((value,))?,
        None => value.call_method1(intern!(py, "__reduce_ex__"), (4,))?,
    };
    let given = match given.cast_into_exact::<PyString>() {
        Ok(name) => return Ok(Given::Name(name)),
        Err(error) => error.into_inner(),
    };
    let Ok(given) = given.cast_into_exact::<PyTuple>() else {
        return refused("its class takes it apart into something else than a tuple");
    };
    // Asking a tuple for what it does not have makes an exception each time.
    let part = |at: usize| {
        ffi::tuple_item(&given, at).map(|part| ffi::own(py, part)).filter(|part| !part.is_none())
    };
    if !(2..=6).contains(&given.len()) {
        return refused("its class takes it apart into a tuple of the wrong length");
    }
    let Ok(arguments) = given.get_item(1)?.cast_into_exact::<PyTuple>() else {
        return refused("its class gives arguments that are no tuple");
    };
    if part(5).is_some() {
        return refused("its class has its state set by a function");
    }
    let function = given.get_item(0)?;
    let (state, items, pairs) = (part(2), part(3), part(4));
    Ok(Given::Parts(Reduced { function, arguments, state, items, pairs }))
}

/// The beginning of a node, where it is not what its class begins with.
type Head = Option<Arc<[u8]>>;

/// The beginning of the node and the arguments; whether it is a call of a function.
fn made_by(
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    reduced: &Reduced<'_>,
    session: &Bound<'_, PyAny>,
) -> Found<(Head, Vec<Piece>, bool)> {
    let py = value.py();
    let (function, arguments) = (&reduced.function, &reduced.arguments);
    let (known, class) = (known(py)?, plan.class.bind(py));
    let is_of = |at: usize| ffi::tuple_item(arguments, at) == Some(class.as_ptr());
    let mut pieces = Vec::with_capacity(2 * arguments.len() + 2);
    if function.is(&known.new) && is_of(0) {
        add_array(&mut pieces, "new", arguments, 1);
    } else if function.is(&known.new_with_names) && arguments.len() == 3 && is_of(0) {
        let Ok(positional) = arguments.get_item(1)?.cast_into_exact::<PyTuple>() else {
            return refused("its class gives arguments that are no tuple");
        };
        add_array(&mut pieces, "new", &positional, 0);
        let named = arguments.get_item(2)?.cast_into_exact::<PyDict>().map_err(PyErr::from)?;
        if !named.is_empty() {
            pieces.push(Piece::Text(br#","newkw":"#.into()));
            pieces.push(Piece::Child(
                ".__getnewargs_ex__()[1]".to_owned(),
                named.into_any().unbind(),
            ));
        }
    } else if function.is(&known.reconstructor) && arguments.len() == 3 && is_of(0) {
        let base = arguments.get_item(1)?;
        if !base.is(py.get_type::<PyAny>()) {
            return refused("its class takes it apart as protocols before 2 do");
        }
        pieces.push(Piece::Text(br#","base":null"#.into()));
    } else if function.is(class) {
        pieces.push(Piece::Text(br#","init":["#.into()));
        add_arguments(&mut pieces, arguments, 0);
    } else {
        let name: Option<String> =
            session.call_method1("call", (function, value, arguments))?.extract()?;
        let Some(name) = name else {
            return refused(
                "its class has it made by a function that no name leads to, or that makes something else",
            );
        };
        let mut head = br#"{"lc":"call","id":"#.to_vec();
        json::push_str(&mut head, &name);
        pieces.push(Piece::Text(br#","args":["#.into()));
        add_arguments(&mut pieces, arguments, 0);
        return Ok((Some(head.into()), pieces, true));
    }
    Ok((None, pieces, false))
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

/// Adds the state: a value for `__setstate__`, else attributes and slots.
fn add_state(plan: &Plan, state: &Bound<'_, PyAny>, pieces: &mut Vec<Piece>) -> Found<()> {
    if plan.sets_state {
        pieces.push(Piece::Text(br#","state":"#.into()));
        pieces.push(Piece::Child(".__getstate__()".to_owned(), state.clone().unbind()));
        return Ok(());
    }
    let (dict, slots) = match state.cast_exact::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, Some(pair.get_item(1)?)),
        _ => (state.clone(), None),
    };
    if let Some(dict) = attributes(&dict)? {
        if !plan.has_dict {
            return refused("its class gives attributes to an object that has no room for any");
        }
        for key in dict.keys() {
            if let Some(reason) = parts::strange_name(plan, &key)? {
                return refused(reason);
            }
        }
        pieces.push(Piece::Text(br#","dict":"#.into()));
        pieces.push(Piece::Attributes(dict.unbind()));
    }
    if let Some(slots) = slots.map_or(Ok(None), |slots| attributes(&slots))? {
        for key in slots.keys() {
            if !plan.slots.iter().any(|slot| key.eq(&slot.name).unwrap_or(false)) {
                return refused("its class gives a value to a slot that it does not have");
            }
        }
        pieces.push(Piece::Text(br#","slots":"#.into()));
        pieces.push(Piece::Attributes(slots.unbind()));
    }
    Ok(())
}

/// State as a dict, where there is some.
fn attributes<'py>(state: &Bound<'py, PyAny>) -> Found<Option<Bound<'py, PyDict>>> {
    match state.cast_exact::<PyDict>() {
        Ok(dict) => Ok((!dict.is_empty()).then(|| dict.clone())),
        Err(_) if state.is_none() => Ok(None),
        Err(_) => refused("its state is no dict, and its class has no `__setstate__` to set it"),
    }
}

/// Adds what the object is filled with, one by one. Iterators are used up here.
fn add_elements(
    value: &Bound<'_, PyAny>,
    reduced: &Reduced<'_>,
    pieces: &mut Vec<Piece>,
) -> Found<()> {
    let py = value.py();
    if let Some(items) = &reduced.items {
        if !value.hasattr(intern!(py, "extend"))? && !value.hasattr(intern!(py, "append"))? {
            return refused("its class gives elements and no method to append them");
        }
        let list = PyList::empty(py);
        for item in items.try_iter()? {
            list.append(item?)?;
        }
        if !list.is_empty() {
            pieces.push(Piece::Text(br#","items":"#.into()));
            pieces.push(Piece::Elements(list.unbind()));
        }
    }
    let Some(pairs) = &reduced.pairs else { return Ok(()) };
    let flat = PyList::empty(py);
    for pair in pairs.try_iter()? {
        let Ok((key, entry)) = pair?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
            return refused("its class gives entries that are no pairs");
        };
        flat.append(key)?;
        flat.append(entry)?;
    }
    if !flat.is_empty() {
        if !value.hasattr(intern!(py, "__setitem__"))? {
            return refused("its class gives entries and no method to set them");
        }
        pieces.push(Piece::Text(br#","pairs":"#.into()));
        pieces.push(Piece::Pairs(flat.unbind()));
    }
    Ok(())
}
