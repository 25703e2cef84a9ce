//! Objects put together from what their class's pickling hooks took them apart into.
//!
//! An object exists once its arguments are read, before its state is: what refers to it in there
//! finds it. Only what the class, as it is today, would be taken apart into is taken.

use std::rc::Rc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyModule, PySet, PyString, PyTuple, PyType};

use super::build;
use super::decode::Decoder;
use super::ffi;
use super::gathered::{Asked, Parts, part};
use super::instance;
use super::members::Kind;
use super::node::Node;
use super::plan::{Plan, Shape};
use super::probing::Table;
use super::refusal;
use super::resolved::Resolved;

/// What an object is made of, before it exists.
const MAKERS: [&str; 6] = ["new", "newkw", "init", "initkw", "base", "name"];

/// Members that every class may be taken apart into.
const USUAL: [&str; 7] = ["dict", "slots", "missing", "shown", "set", "extra", "private"];

/// Members that what builds an object of a changed class may judge itself.
const CARED_FOR: [&str; 5] = ["dict", "slots", "state", "base", "undeclared"];

fn invalid(reason: impl Into<String>) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(reason.into())
}

/// Judges a member that begins; makes the object where all that it is made of is there.
pub(super) fn begin<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    name: &str,
) -> PyResult<()> {
    if node.kind == Kind::Call {
        let is_argument = matches!(name, "args" | "kwargs");
        return if is_argument { Ok(()) } else { begin_rest(decoder, node, name) };
    }
    let Some(resolved) = node.resolved.clone() else { return Ok(()) };
    let plan = resolved.plan.get();
    if node.parts.has_asked(Asked::Name) && name != "name" {
        let reason = format!("a global of the class `{}` is found, and given nothing", plan.name);
        return decoder.refuse_state(&reason);
    }
    if resolved.is_careful && CARED_FOR.contains(&name) {
        return Ok(());
    }
    let is_base = name == "base" && (plan.base.is_some() || plan.takes("init"));
    let is_set = name == "state" && node.setter.is_some();
    let is_said = name == "undeclared" && (plan.is_model() || plan.shape == Shape::Object);
    if !USUAL.contains(&name) && !plan.takes(name) && !is_base && !is_set && !is_said {
        let reason = format!("`{}` is not taken apart into a member `{name}`", plan.name);
        return decoder.refuse_state(&reason);
    }
    if plan.sets_state && matches!(name, "dict" | "slots") && !plan.takes(name) {
        let reason = format!("`{}` sets its state itself, from a member `state`", plan.name);
        return decoder.refuse_state(&reason);
    }
    if plan.is_whole && resolved.is_by_state() && !MAKERS.contains(&name) {
        announce(decoder, node, &resolved)?;
    }
    Ok(())
}

/// Makes the object of a node, once; what refers to it from here on finds it.
fn announce<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    resolved: &Rc<Resolved>,
) -> PyResult<()> {
    if node.object.is_some() || node.same.is_some() || decoder.is_survey() {
        return Ok(());
    }
    match made(decoder, resolved.plan.get(), node.parts.parts()) {
        Ok(object) => keep(decoder, node, object),
        Err(error) => {
            let error = refusal::of_state(decoder.py, resolved.plan.get(), error);
            decoder.note_refusal(error)
        }
    }
}

fn keep<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    object: Bound<'py, PyAny>,
) -> PyResult<()> {
    node.object = Some(object.clone());
    node.label.map_or(Ok(()), |label| decoder.set_label(label, object))
}

/// The bare object of a class that extends a builtin or has pickling hooks.
pub(super) fn made<'py>(
    decoder: &mut Decoder<'py>,
    plan: &Plan,
    parts: Parts<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    let class = plan.class.bind(py);
    let (new, init) = (given(plan, parts, Asked::New)?, given(plan, parts, Asked::Init)?);
    let (base, name) = (part(parts, Asked::Base)?, part(parts, Asked::Name)?);
    let named = named_of(given(plan, parts, Asked::NewKw)?)?;
    let init_named = named_of(given(plan, parts, Asked::InitKw)?)?;
    let is_new = new.is_some() || named.is_some();
    let ways = [is_new, init.is_some(), base.is_some(), name.is_some()];
    let is_only_named = init_named.is_some() && init.is_none();
    if ways.iter().filter(|given| **given).count() > 1 || is_only_named {
        return Err(invalid("it is made in more than one way"));
    }
    if let Some(name) = name {
        let name = name.cast_into_exact::<PyString>();
        let name = name.map_err(|_| invalid("its name is no text"))?;
        let found = global_of(class, &name)?.filter(|found| found.get_type().is(class));
        return found.ok_or_else(|| invalid(format!("its module has no instance `{name}`")));
    }
    let object = match (init, base) {
        (Some(init), _) => by_init(plan, class, &tuple_of(Some(init))?, init_named.as_ref())?,
        (_, Some(base)) if base.is_none() && plan.takes("init") => {
            ffi::bare_instance(class, &PyTuple::empty(py))?
        }
        (_, Some(_)) => return instance::extended(py, plan, parts),
        _ if plan.base.is_some() && !plan.takes("new") => {
            return instance::extended(py, plan, parts);
        }
        _ => by_new(decoder, plan, &tuple_of_or_empty(py, new)?, named.as_ref())?,
    };
    if !object.get_type().is(class) {
        return Err(invalid("its class makes an instance of another class"));
    }
    if let (Some(filler), None) = (&plan.filler, &plan.make) {
        // What the text has is all that there was, whatever `__init__` has put in.
        if object.cast::<PyDict>().map_or(true, |dict| !dict.is_empty()) {
            filler.bind(py).call_method1(intern!(py, "clear"), (&object,))?;
        }
    }
    Ok(object)
}

/// An instance by `cls(…)`, past what the class itself has in the place of its base's code.
fn by_init<'py>(
    plan: &Plan,
    class: &Bound<'py, PyType>,
    given: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    match &plan.make {
        Some(make) => make.bind(class.py()).call1((class, given, named)),
        None => class.call(given, named),
    }
}

/// An instance by `cls.__new__(cls, …)`.
fn by_new<'py>(
    decoder: &mut Decoder<'py>,
    plan: &Plan,
    given: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    let class = plan.class.bind(py);
    let mut arguments = vec![class.clone().into_any()];
    arguments.extend(given.iter());
    let maker = plan.native.as_ref().map_or(class, |native| native.bind(py));
    let new = maker.getattr(intern!(py, "__new__"))?;
    let object = new.call(PyTuple::new(py, arguments)?, named)?;
    // Arguments say which object is meant. Without any, one that was given out before would be two
    // at once, and have the state of the second.
    let is_told = !given.is_empty() || named.is_some() || new.is_instance_of::<PyCFunction>();
    // What others hold as well is no new one: it keeps what it has, as pickle lets it.
    if plan.is_all && ffi::reference_count(&object) == 1 {
        instance::empty(&object, plan)?;
    }
    let address = object.as_ptr() as usize;
    if !is_told && decoder.handed_out.insert(address, object.clone()).is_some() {
        return Err(invalid("its `__new__` gave the same object for two that are to be made"));
    }
    Ok(object)
}

/// What a class is given, once its plan accepts it.
#[inline]
fn given<'py>(
    plan: &Plan,
    parts: Parts<'_, 'py>,
    asked: Asked,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let found = part(parts, asked)?;
    if let Some(found) = &found {
        plan.check_given(asked, found)?;
    }
    Ok(found)
}

/// A global of the module of a class.
pub(super) fn global_of<'py>(
    class: &Bound<'py, PyType>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    globals_of(class)?.map_or(Ok(None), |globals| globals.get_item(name))
}

/// The globals of the module of a class, where it is loaded.
pub(super) fn globals_of<'py>(class: &Bound<'py, PyType>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let modules = class.py().import("sys")?.getattr("modules")?;
    let Ok(module) = modules.get_item(class.module()?) else { return Ok(None) };
    Ok(module.cast_into::<PyModule>().ok().map(|module| module.dict()))
}

fn tuple_of(given: Option<Bound<'_, PyAny>>) -> PyResult<Bound<'_, PyTuple>> {
    match given.map(Bound::cast_into_exact::<PyList>) {
        Some(Ok(list)) => Ok(list.to_tuple()),
        _ => Err(invalid("its arguments are no array")),
    }
}

fn named_of(given: Option<Bound<'_, PyAny>>) -> PyResult<Option<Bound<'_, PyDict>>> {
    let named = given.map(Bound::cast_into_exact::<PyDict>).transpose();
    named.map_err(|_| invalid("its named arguments are no map"))
}

fn tuple_of_or_empty<'py>(
    py: Python<'py>,
    given: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    if given.is_some() { tuple_of(given) } else { Ok(PyTuple::empty(py)) }
}

/// Fills an object with its elements and entries, one by one.
pub(super) fn fill<'py>(
    decoder: &mut Decoder<'py>,
    object: &Bound<'py, PyAny>,
    plan: &Plan,
    parts: Parts<'_, 'py>,
) -> PyResult<()> {
    if let Some(items) = part(parts, Asked::Items)? {
        let items = items.cast_into_exact::<PyList>();
        let items = items.map_err(|_| invalid("its elements are no array"))?;
        append(decoder, object, plan, &items)?;
    }
    if let Some(pairs) = part(parts, Asked::Pairs)? {
        let pairs = pairs.cast_into_exact::<PyList>();
        let pairs = pairs.map_err(|_| invalid("its entries are no array"))?;
        set_entries(decoder, object, plan, &pairs)?;
    }
    let Some(fill) = &plan.fill else { return Ok(()) };
    fill.bind(decoder.py).call1((object, parts.dict(decoder.py)?)).map(drop)
}

fn append<'py>(
    decoder: &mut Decoder<'py>,
    object: &Bound<'py, PyAny>,
    plan: &Plan,
    items: &Bound<'py, PyList>,
) -> PyResult<()> {
    let py = decoder.py;
    if let Some(filler) = &plan.filler {
        let extend = filler.bind(py).getattr(intern!(py, "extend"))?;
        return extend.call1((object, items)).map(drop);
    }
    if plan.native.is_none() {
        return match object.getattr_opt(intern!(py, "extend"))? {
            Some(extend) => extend.call1((items,)).map(drop),
            None => items
                .iter()
                .try_for_each(|item| object.call_method1(intern!(py, "append"), (item,)).map(drop)),
        };
    }
    if let Ok(list) = object.cast::<PyList>() {
        return items.iter().try_for_each(|item| list.append(item));
    }
    let set = object.cast::<PySet>()?;
    let keys: Vec<_> = items.iter().collect();
    build::refuse_costly(decoder, &keys, Table::Set)?;
    items.iter().try_for_each(|item| set.add(item))?;
    if set.len() == items.len() { Ok(()) } else { Err(equal(py, &keys, "elements")) }
}

fn set_entries<'py>(
    decoder: &mut Decoder<'py>,
    object: &Bound<'py, PyAny>,
    plan: &Plan,
    pairs: &Bound<'py, PyList>,
) -> PyResult<()> {
    let keys = super::hashing::keys_of(pairs);
    build::refuse_costly(decoder, &keys, Table::Dict)?;
    let py = decoder.py;
    let is_own = plan.native.is_some() || plan.filler.is_some();
    let own = object.cast::<PyDict>().ok().filter(|_| is_own);
    // The container itself has no code but its own: only what extends it is filled past that.
    let filler = plan.filler.as_ref().filter(|filler| !object.get_type().is(*filler));
    let filler = filler.map(|filler| filler.bind(py));
    let setter = filler.map(|filler| filler.getattr(intern!(py, "__setitem__"))).transpose()?;
    for pair in pairs.iter() {
        let pair = pair.cast_exact::<PyList>().ok().filter(|pair| pair.len() == 2);
        let Some(pair) = pair else { return Err(invalid("an entry is no pair")) };
        let (key, value) = (pair.get_item(0)?, pair.get_item(1)?);
        match (&setter, own) {
            (Some(set), _) => set.call1((object, key, value)).map(drop)?,
            (None, Some(dict)) if plan.filler.is_none() => dict.set_item(key, value)?,
            (None, _) => object.set_item(key, value)?,
        }
    }
    if own.is_some_and(|dict| dict.len() != pairs.len()) {
        return Err(equal(py, &keys, "keys"));
    }
    Ok(())
}

fn equal(py: Python<'_>, keys: &[Bound<'_, PyAny>], named: &str) -> PyErr {
    let error = refusal::equal_by_now(py, keys);
    error.unwrap_or_else(|| invalid(format!("two of its {named} are equal")))
}

/// Lets the class set its own state, where it does, or the function that the text names.
pub(super) fn set_own_state<'py>(
    object: &Bound<'py, PyAny>,
    (plan, setter): (&Plan, Option<&Bound<'py, PyAny>>),
    parts: Parts<'_, 'py>,
) -> PyResult<()> {
    let state = given(plan, parts, Asked::State)?;
    match (state, setter) {
        (Some(state), Some(setter)) => setter.call1((object, state)).map(drop),
        (None, Some(_)) => Err(invalid("it has a function to set its state, and none")),
        (Some(state), None) if plan.sets_state => {
            object.call_method1(intern!(object.py(), "__setstate__"), (state,)).map(drop)
        }
        _ => Ok(()),
    }
}

/// Looks up the function that sets the state, once its name is read.
pub(super) fn take_setter<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    name: &Bound<'py, PyAny>,
) -> PyResult<()> {
    if !name.is_exact_instance_of::<PyString>() {
        return Err(decoder.bad("a member of a node has the wrong type"));
    }
    let found = match decoder.resolver.call_method1("resolve_setter", (name,)) {
        Ok(found) => Some(found),
        Err(error) => {
            decoder.note_refusal(error)?;
            None
        }
    };
    node.setter = Some(found);
    Ok(())
}

/// Takes the object that an inner mention made.
pub(super) fn made_before<'py>(
    decoder: &mut Decoder<'py>,
    label: u64,
    class: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    decoder.note_mention(label);
    let made = decoder.labelled(label)?;
    let is_kind = class.is_none_or(|class| made.get_type().is(class));
    if decoder.is_survey() || is_kind {
        return Ok(made);
    }
    Err(decoder.bad(&format!("the label {label} stands for something else")))
}

/// Looks up the function of a call, once its name is read.
pub(super) fn prepare_call<'py>(decoder: &mut Decoder<'py>, node: &mut Node<'py>) -> PyResult<()> {
    if let (Some(label), false) = (node.label, node.is_announced) {
        node.is_announced = true;
        if decoder.labels.contains_key(&label) {
            return Err(decoder.bad(&format!("the label {label} stands twice")));
        }
        decoder.labels.insert(label, None);
    }
    let (Some(id), None) = (node.id, &node.function) else { return Ok(()) };
    let known = if node.class.is_none() { decoder.names.call(id) } else { None };
    if let Some(known) = known {
        node.function = known.map(|function| function.bind(decoder.py).clone());
        return Ok(());
    }
    let name = decoder.names.parts(id).concat();
    let of = node.class.map(|class| decoder.names.parts(class).concat());
    let found = match decoder.resolver.call_method1("resolve_call", (name, &of)) {
        Ok(found) => Some(found),
        Err(error) => {
            decoder.note_refusal(error)?;
            None
        }
    };
    if of.is_none() {
        decoder.names.keep_call(id, found.clone().map(Bound::unbind));
    }
    node.function = found;
    Ok(())
}

/// A member behind the arguments of a call begins: what it is about exists from here on.
fn begin_rest<'py>(decoder: &mut Decoder<'py>, node: &mut Node<'py>, name: &str) -> PyResult<()> {
    call(decoder, node)?;
    let Some(object) = node.object.clone() else { return Ok(()) };
    if node.resolved.is_none() {
        let answer = decoder.resolver.call_method1("resolve_made", (object,));
        match answer {
            Ok(found) => node.resolved = Some(Rc::new(Resolved::of(&found)?)),
            Err(error) => return decoder.note_refusal(error),
        }
    }
    let Some(resolved) = &node.resolved else { return Ok(()) };
    let plan = resolved.plan.get();
    let takes = if matches!(name, "dict" | "slots") { !plan.sets_state } else { plan.takes(name) };
    if takes || (name == "state" && node.setter.is_some()) {
        return Ok(());
    }
    let reason = format!("`{}` is not taken apart into a member `{name}`", plan.name);
    decoder.refuse_state(&reason)
}

/// Calls the function of a call, once.
fn call<'py>(decoder: &mut Decoder<'py>, node: &mut Node<'py>) -> PyResult<()> {
    if node.object.is_some() || node.same.is_some() || decoder.is_survey() {
        return Ok(());
    }
    let Some(function) = node.function.clone() else {
        return Err(decoder.bad("a call names no function"));
    };
    let Some(Ok(arguments)) =
        part(node.parts.parts(), Asked::Args)?.map(Bound::cast_into_exact::<PyList>)
    else {
        return Err(decoder.bad("a call has no array of arguments"));
    };
    let named = part(node.parts.parts(), Asked::Kwargs)?;
    if named.as_ref().is_some_and(|named| !named.is_exact_instance_of::<PyDict>()) {
        return Err(decoder.bad("the named arguments of a call are no map"));
    }
    match function.call1((arguments, named)) {
        Ok(object) => keep(decoder, node, object),
        Err(error) => decoder.note_refusal(error),
    }
}

/// The finished call.
pub(super) fn finish_call<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    prepare_call(decoder, node)?;
    if let Some(label) = node.same {
        return made_before(decoder, label, None);
    }
    call(decoder, node)?;
    let (Some(object), false) = (node.object.clone(), decoder.is_survey()) else {
        return Ok(decoder.py.None().into_bound(decoder.py));
    };
    let Some(resolved) = node.resolved.clone() else { return Ok(object) };
    match instance::set_state(decoder, node, &resolved) {
        Ok(object) => Ok(object),
        Err(error) => {
            let error = refusal::of_state(decoder.py, resolved.plan.get(), error);
            decoder.note_refusal(error)?;
            Ok(object)
        }
    }
}
