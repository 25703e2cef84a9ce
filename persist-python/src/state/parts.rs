//! How one object is written: its node, part by part.

use std::sync::Arc;

use persist_core::json;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::extended;
use super::ffi::{self, Builtin};
use super::frame::{Close, Kind, Within};
use super::kwargs::Kwargs;
use super::model;
use super::note::{Note, Piece};
use super::outline::{Outline, indices};
use super::plan::{Plan, Shape};
use super::reduce;
use super::refusal;
use super::sink::{Meet, Sink, push_label};
use super::trail;
use super::walk::Walk;
use super::whole;

/// Parts of a node under their keys.
pub(super) type Parts = Vec<(&'static str, Piece)>;

/// An object about to be written: its plan, what its label needs, and where it stands.
pub(super) struct Place {
    pub(super) plan: Py<Plan>,
    pub(super) meet: Meet,
    pub(super) within: Within,
    pub(super) close: Close,
}

/// Begins an object node, a constructor node or a described one.
pub(super) fn enter<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let known = place.plan.get();
    if S::SCANS
        && known.shape != Shape::Described
        && let Some(reason) = check(value, known)?
    {
        place.close.leave(sink);
        let hint = "build it anew with its constructor, so that its fields agree";
        return walk.refuse(sink, reason, hint.to_owned());
    }
    let (plan, leaves) = (place.plan.clone_ref(value.py()), place.close.leaves);
    let outcome = match known.shape {
        Shape::Extended => extended::enter(walk, value, place, sink),
        Shape::Reduced => reduce::enter(walk, value, place, sink),
        Shape::Described => described(walk, value, place, sink),
        Shape::Constructor => constructor(walk, value, place, sink),
        Shape::Object | Shape::Refused => object(walk, value, place, sink),
    };
    match outcome {
        Err(error) if S::SCANS && is_unfinished(value.py(), plan.get(), &error) => {
            Close { leaves, ..Close::default() }.leave(sink);
            let reason = format!("the instance of `{}` was never finished", plan.get().name);
            walk.refuse(
                sink,
                reason,
                "make it with its constructor or `model_construct`".to_owned(),
            )
        }
        outcome => outcome,
    }
}

/// Whether a model has nothing where its fields set and extras should be: `__new__` alone made it.
fn is_unfinished(py: Python<'_>, plan: &Plan, error: &PyErr) -> bool {
    plan.is_model() && error.is_instance_of::<pyo3::exceptions::PyAttributeError>(py)
}

/// Why a restore would refuse an object of a class that checks its instances, if it would.
fn check(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Option<String>> {
    let py = value.py();
    let Some(check) = &plan.check else { return Ok(None) };
    match check.bind(py).call1((value,)) {
        Err(error) if refusal::is_own(py, &error) => Ok(Some(error.value(py).to_string())),
        outcome => outcome.map(|_| None),
    }
}

/// A class whose own code raises is refused like any other that cannot be taken apart. Its words are
/// left out: they may show a secret.
pub(super) fn failed(value: &Bound<'_, PyAny>, error: PyErr) -> PyResult<Note> {
    let py = value.py();
    if refusal::is_own(py, &error) || !error.is_instance_of::<pyo3::exceptions::PyException>(py) {
        return Err(error);
    }
    let (class, raised) =
        (value.get_type().fully_qualified_name()?, error.get_type(py).qualname()?);
    let reason = format!("the code of its class `{class}` that takes it apart raises `{raised}`");
    Ok(Note::Refused(reason))
}

pub(super) fn head<S: Sink>(sink: &mut S, head: &[u8], meet: Meet) {
    sink.text(head);
    let (key, label) = match meet {
        Meet::First(label) => (br#","ref":"#.as_slice(), label),
        Meet::Outer(label) => (br#","same":"#.as_slice(), label),
        _ => return,
    };
    sink.text(key);
    push_label(sink, label);
}

fn described<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let py = value.py();
    let Place { plan, meet, within, close } = place;
    let known = plan.get();
    walk.locate(py)?;
    let note = sink.note_once(value, || {
        let Some(describe) = &known.describe else {
            return Ok(Note::Refused(known.reason.clone()));
        };
        let context = trail::context_of(py, &walk.stack, known);
        let given = match describe.bind(py).call1((value, context, &walk.wishes.session)) {
            Ok(given) => given,
            Err(error) => return failed(value, error),
        };
        let note = Note::from_hook(value, &given)?;
        match (&note, check(value, known)?) {
            (Note::Described(..) | Note::Taken(_), Some(reason)) => Ok(Note::Refused(reason)),
            _ => Ok(note),
        }
    })?;
    if S::SCANS {
        walk.hear(py)?;
    }
    match &*note {
        Note::Described(text, pieces, is_whole) => {
            if *is_whole {
                sink.make_whole(value);
            }
            head(sink, text, meet);
            let pieces = Arc::clone(pieces);
            let (owner, head) = (Some(plan.clone_ref(py)), Some(Arc::clone(text)));
            walk.push(Kind::Pieces { pieces, next: 0, owner, head }, within.once(), close);
            Ok(())
        }
        Note::Taken(taken) => {
            reduce::write(walk, (value, taken), Place { plan, meet, within, close }, sink)
        }
        Note::Refused(reason) => {
            close.leave(sink);
            walk.refuse(sink, reason.clone(), known.hint.clone())
        }
        _ => Err(super::problem::changed(py)),
    }
}

fn object<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let py = value.py();
    let Place { plan, meet, within, close } = place;
    let within = within.in_parts(value.as_ptr());
    let known = plan.get();
    head(sink, &known.head, meet);
    let mut parts = Parts::new();
    let mut undeclared = Vec::new();
    if known.has_dict {
        let dict = ffi::instance_dict(value)?;
        check_map(walk, dict.as_any(), sink)?;
        if known.is_model() {
            let outline = Outline::of(walk, known, &dict, sink)?;
            check_foreign(walk, known, (&dict, &outline.foreign), sink)?;
            parts = model::parts_of(walk, value, (known, outline.expected), sink)?;
            parts.extend(undeclared_of(known, py, &outline.foreign)?);
        } else {
            if S::SCANS {
                check_names(walk, known, &dict, sink)?;
            }
            undeclared = foreign_of(known, &dict)?;
        }
        if dict.is_empty() {
            meet_unwritten(walk, &dict, sink)?;
        } else {
            parts.insert(0, ("dict", Piece::Attributes(dict.unbind())));
        }
    }
    if let Some(describe) = &known.describe {
        parts.insert(0, ("class", class_of(walk, value, describe, sink)?));
    }
    if let Some(slots) = slots_of(value, known)? {
        parts.push(("slots", Piece::Attributes(slots)));
    }
    if let Some(held) = reduce::elements_of(walk, value, (known, within), sink)? {
        parts.push(held);
    }
    let missing = whole::missing_of(py, known, &parts)?;
    if !missing.is_empty() {
        parts.push(("missing", Piece::Text(name_list(&missing).into())));
        parts.extend(whole::shown_part(known, value, &missing, sink)?);
    }
    parts.extend(undeclared_of(known, py, &undeclared)?);
    let pieces = joined(parts, b",", b"}");
    let kind = Kind::Pieces { pieces, next: 0, owner: Some(plan.clone_ref(py)), head: None };
    walk.push(kind, within, close);
    Ok(())
}

/// What stands for the class of an object, where no name leads to it.
fn class_of<S: Sink>(
    walk: &Walk,
    value: &Bound<'_, PyAny>,
    describe: &Py<PyAny>,
    sink: &mut S,
) -> PyResult<Piece> {
    let py = value.py();
    let note = sink.note(value, || {
        let class = describe.bind(py).call1((value.get_type(), &walk.wishes.session))?;
        Ok(Note::Items(vec![class.unbind()]))
    })?;
    match &*note {
        Note::Items(items) if items.len() == 1 => {
            Ok(Piece::Child(".__class__".to_owned(), items[0].clone_ref(py)))
        }
        _ => Err(super::problem::changed(py)),
    }
}

/// The attributes that are no declared fields, of a class that has some.
fn foreign_of(plan: &Plan, dict: &Bound<'_, PyDict>) -> PyResult<Vec<Py<PyAny>>> {
    let mut foreign = Vec::new();
    if !plan.tells_fields_apart() {
        return Ok(foreign);
    }
    let (mut position, mut guess) = (0, 0);
    while let Some((key, _)) = ffi::dict_next(dict, &mut position) {
        let is_text = ffi::builtin_of(key) == Builtin::Str;
        match is_text.then(|| plan.field_of(key, guess)).flatten() {
            Some(index) => guess = index + 1,
            None => foreign.push(ffi::own(dict.py(), key).unbind()),
        }
    }
    Ok(foreign)
}

/// Puts keys and commas between parts; each begins with `first`.
fn joined(parts: Parts, first: &'static [u8], end: &'static [u8]) -> Arc<Note> {
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    join(parts, first, &mut pieces);
    pieces.push(Piece::Text(end.into()));
    Arc::new(Note::Pieces(pieces))
}

/// Adds parts to a node, with keys and commas between; the first begins with `first`.
pub(super) fn join(parts: Parts, first: &'static [u8], pieces: &mut Vec<Piece>) {
    for (at, (name, piece)) in parts.into_iter().enumerate() {
        let mut key = if at == 0 { first.to_vec() } else { b",".to_vec() };
        json::push_str(&mut key, name);
        key.push(b':');
        pieces.push(Piece::Text(key.into()));
        pieces.push(piece);
    }
}

/// Refuses attribute names that a restore would not set.
fn check_names<S: Sink>(
    walk: &Walk,
    plan: &Plan,
    dict: &Bound<'_, PyDict>,
    sink: &mut S,
) -> PyResult<()> {
    let py = dict.py();
    let (mut position, mut guess, mut foreign) = (0, 0, Vec::new());
    while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
        let is_text = ffi::builtin_of(key) == Builtin::Str;
        match is_text.then(|| plan.field_of(key, guess)).flatten() {
            Some(index) if !plan.is_called_in(index, value) => guess = index + 1,
            _ => foreign.push(ffi::own(py, key).unbind()),
        }
    }
    check_foreign(walk, plan, (dict, &foreign), sink)
}

/// The same for the attributes that are no declared fields.
fn check_foreign<S: Sink>(
    walk: &Walk,
    plan: &Plan,
    (dict, foreign): (&Bound<'_, PyDict>, &[Py<PyAny>]),
    sink: &mut S,
) -> PyResult<()> {
    if !foreign.is_empty() {
        sink.need_two_passes()?;
    }
    for key in foreign.iter().filter(|_| S::SCANS) {
        let key = key.bind(dict.py());
        if let Some(value) = dict.get_item(key)?
            && let Some(reason) = strange_attribute(plan, key, &value)?
        {
            let hint = "delete the attribute: it hides one of its class, or the class declares no \
                        such field; what is worked out once may be a functools.cached_property";
            walk.refuse(sink, reason, hint.to_owned())?;
        }
    }
    Ok(())
}

/// Why a restore would not set an attribute, if it would not.
pub(super) fn strange_attribute(
    plan: &Plan,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<Option<String>> {
    let is_text = ffi::builtin_of(key.as_ptr()) == Builtin::Str;
    let name: Option<String> = is_text.then(|| key.extract().ok()).flatten();
    let shown = match name {
        Some(_) if may_hold(plan, key, value)? => return Ok(None),
        Some(name) => format!("`{name}`"),
        None => "whose name is not text".to_owned(),
    };
    let class = &plan.name;
    Ok(Some(format!(
        "the instance of `{class}` holds an attribute {shown} that a restore would not set"
    )))
}

fn may_hold(plan: &Plan, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match plan.field_of(key.as_ptr(), 0) {
        Some(index) => Ok(!plan.is_called_in(index, value.as_ptr())),
        None => plan.may_hold(key.py(), key, value),
    }
}

pub(super) fn slots_of(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Option<Py<PyDict>>> {
    if plan.slots.is_empty() {
        return Ok(None);
    }
    let py = value.py();
    let slots = PyDict::new(py);
    for slot in &plan.slots {
        let get = slot.descriptor.bind(py).call_method1("__get__", (value,));
        match get {
            Ok(found) => slots.set_item(&slot.name, found)?,
            Err(error) if error.is_instance_of::<pyo3::exceptions::PyAttributeError>(py) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((!slots.is_empty()).then(|| slots.unbind()))
}

/// Refuses a map of attributes of a class that extends `dict`: a restore gives a `dict`.
pub(super) fn check_map<S: Sink>(
    walk: &Walk,
    map: &Bound<'_, PyAny>,
    sink: &mut S,
) -> PyResult<()> {
    match map_trouble(map)? {
        Some(reason) if !map.is_none() => {
            let hint = "store a copy of it: obj.__dict__ = dict(obj.__dict__); a class whose items \
                        are attributes may have a __getattr__ instead";
            walk.refuse(sink, reason, hint.to_owned())
        }
        _ => Ok(()),
    }
}

/// Why something is no map of attributes that a restore would give, if it is none.
pub(super) fn map_trouble(map: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if ffi::builtin_of(map.as_ptr()) == Builtin::Dict {
        return Ok(None);
    }
    let class = map.get_type().qualname()?;
    Ok(Some(format!("what holds an object's attributes is no `dict` but a `{class}`")))
}

/// Meets the dict of a part that is left out: it too must not be a value elsewhere.
pub(super) fn meet_unwritten<S: Sink>(
    walk: &Walk,
    dict: &Bound<'_, PyDict>,
    sink: &mut S,
) -> PyResult<()> {
    // The object and `dict` itself.
    if (S::SCANS || S::DRAFTS) && !sink.meet_attributes(dict.as_any(), 2)? {
        walk.refuse_attributes(sink)?;
    }
    Ok(())
}

pub(super) fn name_list(names: &[String]) -> Vec<u8> {
    let mut text = b"[".to_vec();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        json::push_str(&mut text, name);
    }
    text.push(b']');
    text
}

fn constructor<S: Sink>(
    walk: &mut Walk,
    value: &Bound<'_, PyAny>,
    place: Place,
    sink: &mut S,
) -> PyResult<()> {
    let py = value.py();
    let Place { plan, meet, within, close } = place;
    let within = within.once();
    let known = plan.get();
    if known.has_plain_node()
        && !walk.wishes.is_langchain
        && sink.write_plain(value, (known, meet))?
    {
        close.leave(sink);
        return Ok(());
    }
    let dict = own_dict(walk, value, sink)?;
    let outline = Outline::of(walk, known, &dict, sink)?;
    check_foreign(walk, known, (&dict, &outline.foreign), sink)?;
    let mut parts = model::parts_of(walk, value, (known, outline.expected), sink)?;
    state_parts(known, &dict, &outline, &mut parts)?;
    if parts.iter().any(|(name, _)| *name != "set") {
        sink.need_two_passes()?;
    }
    if S::SCANS && parts.is_empty() && outline.children == 0 && !known.is_component() {
        // Nothing in it can be met again or needs a hook.
        close.leave(sink);
        return Ok(());
    }
    head(sink, &known.head, meet);
    let title = title_of(known, &dict)?;
    let mut kwargs = Kwargs::new(plan.clone_ref(py), dict, (outline.keep, outline.late));
    if S::SCANS && !outline.is_out_of_order && !known.is_component() {
        kwargs.only_children(outline.children);
    }
    if walk.wishes.is_langchain && parts.iter().any(|(name, _)| !matches!(*name, "set" | "class")) {
        walk.refuse(
            sink,
            format!("`{}` holds state that LangChain's text has no place for", known.name),
            "write it with dialect=\"persist\"".to_owned(),
        )?;
    }
    let state = if walk.wishes.is_langchain { Parts::new() } else { parts };
    push_constructor(walk, (kwargs, title, state), (&plan, within, close), sink);
    Ok(())
}

/// Pushes what a constructor node has behind its head: state, kwargs, the name of a runnable.
fn push_constructor<S: Sink>(
    walk: &mut Walk,
    (kwargs, title, state): (Kwargs, Option<Piece>, Parts),
    (plan, within, close): (&Py<Plan>, Within, Close),
    sink: &mut S,
) {
    let beside = |parts, first: &'static [u8], last: &'static [u8]| {
        let owner = Python::attach(|py| Some(plan.clone_ref(py)));
        Kind::Pieces { pieces: joined(parts, first, last), next: 0, owner, head: None }
    };
    // The frame pushed last is walked first.
    let mut end = Close { text: b"}}", ..close };
    if let Some(title) = title {
        walk.push(beside(vec![("name", title)], b",", b"}"), within, Close { text: b"", ..end });
        end = Close { text: b"}", ..Close::default() };
    }
    walk.push(Kind::Kwargs(kwargs), within, end);
    if state.is_empty() {
        sink.text(br#","kwargs":{"#);
    } else {
        let state = beside(state, br#","state":{"__lc_escaped__":{"#, br#"}},"kwargs":{"#);
        walk.push(state, within, Close::default());
    }
}

/// The name of a runnable, as its `to_json` says it behind the kwargs.
fn title_of(plan: &Plan, dict: &Bound<'_, PyDict>) -> PyResult<Option<Piece>> {
    let Some(title) = &plan.title else { return Ok(None) };
    let own = dict.get_item(intern!(dict.py(), "name"))?;
    let own = own.filter(|name| ffi::builtin_of(name.as_ptr()) == Builtin::Str);
    if let Some(name) = own.filter(|name| ffi::length_of_string(name.as_ptr()) > 0) {
        return Ok(Some(Piece::Child(".name".to_owned(), name.unbind())));
    }
    let mut text = Vec::new();
    json::push_str(&mut text, title);
    Ok(Some(Piece::Text(text.into())))
}

/// The dict behind an object's attributes, met as such.
fn own_dict<'py, S: Sink>(
    walk: &Walk,
    value: &Bound<'py, PyAny>,
    sink: &mut S,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = ffi::instance_dict(value)?;
    check_map(walk, dict.as_any(), sink)?;
    // The object and `dict` itself.
    if (S::SCANS || S::DRAFTS) && !sink.meet_attributes(dict.as_any(), 2)? {
        walk.refuse_attributes(sink)?;
    }
    Ok(dict)
}

/// What a constructor node carries beside its kwargs and what `model_parts` found.
fn state_parts(
    plan: &Plan,
    dict: &Bound<'_, PyDict>,
    outline: &Outline,
    parts: &mut Parts,
) -> PyResult<()> {
    let py = dict.py();
    if let Some(path) = &plan.class_path {
        let mut text = Vec::new();
        json::push_str(&mut text, path);
        parts.insert(0, ("class", Piece::Text(text.into())));
    }
    if outline.is_out_of_order {
        // A name that is no text was refused.
        let names: Vec<String> = dict.keys().iter().filter_map(|key| key.extract().ok()).collect();
        parts.push(("order", Piece::Text(name_list(&names).into())));
    }
    let missing = indices(outline.missing).map(|index| plan.fields[index].text.clone());
    let missing: Vec<_> = missing.chain(whole::missing_private(py, plan, parts)?).collect();
    if !missing.is_empty() {
        parts.push(("missing", Piece::Text(name_list(&missing).into())));
    }
    if outline.state != 0 {
        let fields = PyDict::new(py);
        for index in indices(outline.state) {
            let name: &Bound<'_, PyString> = plan.fields[index].name.bind(py);
            if let Some(value) = dict.get_item(name)? {
                fields.set_item(name, value)?;
            }
        }
        parts.push(("fields", Piece::Attributes(fields.unbind())));
    }
    if !outline.foreign.is_empty() {
        let foreign = PyDict::new(py);
        for key in &outline.foreign {
            if let Some(value) = dict.get_item(key)? {
                foreign.set_item(key, value)?;
            }
        }
        parts.push(("dict", Piece::Attributes(foreign.unbind())));
        parts.extend(undeclared_of(plan, py, &outline.foreign)?);
    }
    Ok(())
}

/// The names of what an object holds and its class does not declare, where it has any.
fn undeclared_of(
    plan: &Plan,
    py: Python<'_>,
    foreign: &[Py<PyAny>],
) -> PyResult<Option<(&'static str, Piece)>> {
    let names = plan.undeclared_of(py, foreign)?;
    let has_any = !names.is_empty();
    Ok(has_any.then(|| ("undeclared", Piece::Text(name_list(&names).into()))))
}
