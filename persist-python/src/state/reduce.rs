//! Objects taken apart as pickle's protocol 4 does: by `copyreg`, or by `__reduce_ex__(4)`.
//!
//! Hooks run in the scan, once per object. What they return is kept in the note, so that nothing
//! in it is freed, and its address used again, before the text is written.

use std::sync::Arc;

use persist_core::json;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple, PyType};

use super::ffi;
use super::frame::{Close, Kind, Within};
use super::maker::{check_named, known, made_by};
use super::note::{Note, Piece, Taken};
use super::order;
use super::parts::{self, Place};
use super::plan::Plan;
use super::problem::changed;
use super::remake;
use super::secret;
use super::sink::Sink;
use super::walk::{Walk, Wishes};
use super::whole;

/// Why an object was not taken apart.
pub(super) enum Stop {
    /// Its own code raised.
    Raised(PyErr),
    /// No restore would put it together again; the reason.
    Refused(String),
    /// The same, for what its class does.
    ClassRefused(String),
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

pub(super) type Found<T> = Result<T, Stop>;

/// Begins an object whose class is taken apart by hooks.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let known = place.plan.get();
    let is_in_set = place.within.inner_sets.is_some();
    let note = sink.note_once(value, || asked(value, (known, is_in_set), &walk.wishes))?;
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

/// What the hooks of an object give; they run once, however many walks meet it.
fn asked(
    value: &Bound<'_, PyAny>,
    (plan, is_in_set): (&Plan, bool),
    wishes: &Wishes,
) -> PyResult<Note> {
    if let Some(known) = wishes.memory.taken(value) {
        return Ok(known);
    }
    let session = wishes.session.bind(value.py());
    secret::tell(value, plan, session)?;
    let note = match taken_apart(value, plan, session) {
        Ok(taken) => Note::Taken(taken),
        Err(Stop::Refused(reason)) => Note::Refused(reason),
        Err(Stop::ClassRefused(does)) => {
            let class = value.get_type().fully_qualified_name()?;
            Note::Refused(format!("its class `{class}` {does}"))
        }
        Err(Stop::Raised(error)) => parts::failed(value, error)?,
    };
    if is_in_set {
        wishes.memory.keep_taken(value, &note);
    }
    Ok(note)
}

/// Begins the node of a thing that exists once its arguments do.
pub(super) fn write<S: Sink>(
    walk: &mut Walk,
    (value, taken): (&Bound<'_, PyAny>, &Taken),
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let Place { plan, meet, within, close } = place;
    let may_share = (S::SCANS || S::DRAFTS) && plan.get().has_dict;
    if may_share
        && let Ok(dict) = ffi::instance_dict(value)
        && dict.is_empty()
    {
        parts::meet_unwritten(walk, &dict, sink)?;
    }
    parts::head(sink, taken.head.as_deref().unwrap_or(&plan.get().head), meet);
    // The frame pushed last is walked first.
    let owner = Some(plan.clone_ref(value.py()));
    let head = taken.head.clone();
    let rest = Kind::Pieces { pieces: Arc::clone(&taken.rest), next: 0, owner, head: head.clone() };
    walk.push(rest, within.in_parts(value.as_ptr()), close);
    let twice = within.twice || ffi::reference_count(value) > 2;
    let pieces = Arc::clone(&taken.arguments);
    let arguments = Kind::Pieces { pieces, next: 0, owner: Some(plan), head };
    walk.push(arguments, Within { twice, ..within }, Close::default());
    Ok(())
}

/// The elements of an instance of a class that extends a list, dict or set, past any code of its
/// class; as a part of its node.
pub(super) fn elements_of<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    (plan, within): (&Plan, Within),
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
    if set.is_empty() {
        return Ok(None);
    }
    if within.inner_sets == Some(0) {
        walk.is_cut = true;
        return Ok(Some(("items", Piece::Text(order::size_of(set.len()).into()))));
    }
    let wishes = Arc::clone(&walk.wishes);
    let levels = within.inner_sets.unwrap_or(order::MAX_LEVELS);
    let note = sink.note(value, || order::sorted(value, levels, &wishes))?;
    Ok(Some(("items", Piece::Members(note))))
}

/// What the hooks of one object returned.
pub(super) struct Reduced<'py> {
    pub(super) function: Bound<'py, PyAny>,
    pub(super) arguments: Bound<'py, PyTuple>,
    state: Option<Bound<'py, PyAny>>,
    items: Option<Bound<'py, PyAny>>,
    pairs: Option<Bound<'py, PyAny>>,
    /// The name of the function that sets the state.
    setter: Option<String>,
}

fn refused<T>(reason: impl Into<String>) -> Found<T> {
    Err(Stop::Refused(reason.into()))
}

/// Refuses an object for what its class does, which the reason names.
pub(super) fn class_refused<T>(does: impl Into<String>) -> Found<T> {
    Err(Stop::ClassRefused(does.into()))
}

fn taken_apart(value: &Bound<'_, PyAny>, plan: &Plan, session: &Bound<'_, PyAny>) -> Found<Taken> {
    let reduced = match reduced(value, plan, session)? {
        Given::Parts(reduced) => reduced,
        Given::Name(name) => return named(value, plan, &name),
    };
    let (head, arguments, is_call) = made_by(value, plan, &reduced, session)?;
    let mut rest = vec![Piece::Made(value.as_ptr() as usize)];
    let whole = whole_state(value, plan, &reduced, is_call)?;
    add_state(plan, whole, &mut rest)?;
    if plan.may_show && plan.is_named && !is_call {
        parts::join(whole::lacking_parts(value)?, b",", &mut rest);
    }
    add_elements(value, plan, &reduced, &mut rest)?;
    let names_class = !is_call || rest.len() > 1;
    if names_class && !plan.is_named && !(is_call && tells_class(plan, &reduced)?) {
        check_named(plan)?;
    }
    rest.push(Piece::Text(b"}".into()));
    Ok(Taken {
        head,
        arguments: Arc::new(Note::Pieces(arguments)),
        rest: Arc::new(Note::Pieces(rest)),
        names_class,
    })
}

/// Whether a restore knows of a call, by its arguments alone, that it makes an object of this class.
fn tells_class(plan: &Plan, reduced: &Reduced<'_>) -> PyResult<bool> {
    let (function, class) = (&reduced.function, &plan.class);
    let py = function.py();
    let calls = py.import(intern!(py, "persist.state.calls"))?;
    calls.call_method1(intern!(py, "makes"), (function, &reduced.arguments, class))?.extract()
}

/// All that an object is given once it is made.
#[derive(Default)]
struct Whole<'py> {
    /// Where its state is set by a function of its own: the name of that.
    setter: Option<String>,
    state: Option<Bound<'py, PyAny>>,
    dict: Option<Bound<'py, PyAny>>,
    slots: Option<Bound<'py, PyAny>>,
}

/// The state that the hook gave, with what the standard library's own hooks leave out.
fn whole_state<'py>(
    value: &Bound<'py, PyAny>,
    plan: &Plan,
    reduced: &Reduced<'py>,
    is_call: bool,
) -> Found<Whole<'py>> {
    let state = reduced.state.clone();
    if reduced.setter.is_some() {
        return Ok(Whole { setter: reduced.setter.clone(), state, ..Whole::default() });
    }
    let Some(complete) = &plan.complete else {
        return Ok(Whole { state, ..Whole::default() });
    };
    let may_hold = state.is_some() || !plan.slots.is_empty();
    if !may_hold && plan.has_dict && ffi::instance_dict(value)?.is_empty() {
        // Nothing was left out: there is nothing. Most are like this.
        return Ok(Whole::default());
    }
    let whole = complete.bind(value.py()).call1((value, state, is_call))?;
    if let Ok(reason) = whole.cast_exact::<PyString>() {
        return refused(reason.to_string());
    }
    let (state, dict, slots) = whole.extract()?;
    Ok(Whole { setter: None, state, dict, slots })
}

/// What a hook has in place of an object.
enum Given<'py> {
    Parts(Reduced<'py>),
    /// The name of a global: the object is that.
    Name(Bound<'py, PyString>),
}

/// An object that is a global of the module of its class.
fn named(value: &Bound<'_, PyAny>, plan: &Plan, name: &Bound<'_, PyString>) -> Found<Taken> {
    check_named(plan)?;
    let found = remake::global_of(plan.class.bind(value.py()), name)?;
    if found.is_none_or(|found| !found.is(value)) {
        return class_refused("gives the name of a global that is something else");
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
fn reduced<'py>(
    value: &Bound<'py, PyAny>,
    plan: &Plan,
    session: &Bound<'py, PyAny>,
) -> Found<Given<'py>> {
    let py = value.py();
    let given = match (known(py)?.table.bind(py).get_item(value.get_type())?, &plan.take) {
        (Some(reduce), _) => reduce.call1((value,))?,
        (None, Some(take)) => take.bind(py).call1((value,))?,
        (None, None) => value.call_method1(intern!(py, "__reduce_ex__"), (4,))?,
    };
    let given = match given.cast_into_exact::<PyString>() {
        Ok(name) => return Ok(Given::Name(name)),
        Err(error) => error.into_inner(),
    };
    let Ok(given) = given.cast_into_exact::<PyTuple>() else {
        return class_refused("takes it apart into something else than a tuple");
    };
    // Asking a tuple for what it does not have makes an exception each time.
    let part = |at: usize| {
        ffi::tuple_item(&given, at).map(|part| ffi::own(py, part)).filter(|part| !part.is_none())
    };
    if !(2..=6).contains(&given.len()) {
        return class_refused("takes it apart into a tuple of the wrong length");
    }
    let Ok(arguments) = given.get_item(1)?.cast_into_exact::<PyTuple>() else {
        return class_refused("gives arguments that are no tuple");
    };
    let setter = match part(5) {
        Some(setter) => Some(setter_name(&setter, session)?),
        None => None,
    };
    let function = given.get_item(0)?;
    let (state, items, pairs) = (part(2), part(3), part(4));
    Ok(Given::Parts(Reduced { function, arguments, state, items, pairs, setter }))
}

/// The name of the function that sets the state of an object.
fn setter_name(setter: &Bound<'_, PyAny>, session: &Bound<'_, PyAny>) -> Found<String> {
    let name: Option<String> = session.call_method1("setter", (setter,))?.extract()?;
    name.map_or_else(|| class_refused("has its state set by a function that no name leads to"), Ok)
}

/// Adds attributes and slots, and what sets the state by itself: `__setstate__`, or a function.
fn add_state(plan: &Plan, whole: Whole<'_>, pieces: &mut Vec<Piece>) -> Found<()> {
    let is_set = plan.sets_state || whole.setter.is_some();
    let (mut dict, mut slots) = (whole.dict, whole.slots);
    if let Some(state) = whole.state.as_ref().filter(|_| !is_set) {
        (dict, slots) = match state.cast_exact::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => (Some(pair.get_item(0)?), Some(pair.get_item(1)?)),
            _ => (Some(state.clone()), None),
        };
    }
    add_attributes(plan, dict, pieces)?;
    add_slots(plan, slots, pieces)?;
    let Some(state) = whole.state.filter(|_| is_set) else { return Ok(()) };
    if let Some(setter) = whole.setter {
        let mut text = br#","setter":"#.to_vec();
        json::push_str(&mut text, &setter);
        pieces.push(Piece::Text(text.into()));
    }
    pieces.push(Piece::Text(br#","state":"#.into()));
    pieces.push(Piece::Child(".__getstate__()".to_owned(), state.unbind()));
    Ok(())
}

fn add_attributes(
    plan: &Plan,
    given: Option<Bound<'_, PyAny>>,
    pieces: &mut Vec<Piece>,
) -> Found<()> {
    let Some(dict) = given.map_or(Ok(None), |given| attributes(&given))? else { return Ok(()) };
    if !plan.has_dict {
        return class_refused("gives attributes to an object that has no room for any");
    }
    for (key, value) in dict.iter() {
        if let Some(reason) = parts::strange_attribute(plan, &key, &value)? {
            return refused(reason);
        }
    }
    pieces.push(Piece::Text(br#","dict":"#.into()));
    pieces.push(Piece::Attributes(dict.unbind()));
    Ok(())
}

fn add_slots(plan: &Plan, given: Option<Bound<'_, PyAny>>, pieces: &mut Vec<Piece>) -> Found<()> {
    let Some(slots) = given.map_or(Ok(None), |given| attributes(&given))? else { return Ok(()) };
    for key in slots.keys() {
        if !plan.slots.iter().any(|slot| key.eq(&slot.name).unwrap_or(false)) {
            return class_refused("gives a value to a slot that it does not have");
        }
    }
    pieces.push(Piece::Text(br#","slots":"#.into()));
    pieces.push(Piece::Attributes(slots.unbind()));
    Ok(())
}

/// State as a dict, where there is some.
fn attributes<'py>(state: &Bound<'py, PyAny>) -> Found<Option<Bound<'py, PyDict>>> {
    match state.cast_exact::<PyDict>() {
        Ok(dict) => Ok((!dict.is_empty()).then(|| dict.clone())),
        Err(_) if state.is_none() => Ok(None),
        Err(_) => {
            class_refused("gives a state that is no dict, and has no `__setstate__` to set it")
        }
    }
}

/// Elements to append, and entries to set.
type Held<'py> = (Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

/// Elements and entries by the container's own code: the class may have methods that tell others.
fn own_elements<'py>(
    value: &Bound<'py, PyAny>,
    filler: &Bound<'py, PyType>,
) -> PyResult<Held<'py>> {
    let py = value.py();
    if filler.is_subclass_of::<PyDict>()? {
        return Ok((None, Some(filler.call_method1(intern!(py, "items"), (value,))?)));
    }
    Ok((Some(filler.call_method1(intern!(py, "__iter__"), (value,))?), None))
}

/// Adds what the object is filled with, one by one. Iterators are used up here.
fn add_elements(
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    reduced: &Reduced<'_>,
    pieces: &mut Vec<Piece>,
) -> Found<()> {
    let py = value.py();
    let (items, pairs) = match &plan.filler {
        Some(filler) => own_elements(value, filler.bind(py))?,
        None => (reduced.items.clone(), reduced.pairs.clone()),
    };
    if let Some(items) = &items {
        let has_method = |name: &str| value.hasattr(name);
        if plan.filler.is_none() && !has_method("extend")? && !has_method("append")? {
            return class_refused("gives elements and no method to append them");
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
    let Some(pairs) = &pairs else { return Ok(()) };
    let flat = PyList::empty(py);
    for pair in pairs.try_iter()? {
        let Ok((key, entry)) = pair?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
            return class_refused("gives entries that are no pairs");
        };
        flat.append(key)?;
        flat.append(entry)?;
    }
    if !flat.is_empty() {
        if plan.filler.is_none() && !value.hasattr(intern!(py, "__setitem__"))? {
            return class_refused("gives entries and no method to set them");
        }
        pieces.push(Piece::Text(br#","pairs":"#.into()));
        pieces.push(Piece::Pairs(flat.unbind()));
    }
    Ok(())
}
