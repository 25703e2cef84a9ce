//! An object of a class, given its state under the strict rules.

use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict, PyList, PySet, PyString, PyTuple};

use super::decode::Decoder;
use super::ffi;
use super::gathered::{Asked, Parts, part};
use super::members::Kind;
use super::node::Node;
use super::plan::Plan;
use super::refusal;
use super::remake;
use super::resolved::{Fill, Resolved};
use super::sentinel;
use super::undeclared::{Agreement, Undeclared};
use super::whole;

/// What a slot takes, an attribute in a dict, and what any instance may take without a count.
const SLOT_BYTES: usize = 8;
const ATTRIBUTE_BYTES: usize = 40;
const FREE_BYTES: usize = 160;

/// A bare instance of a class.
pub(super) fn bare<'py>(
    decoder: &Decoder<'py>,
    resolved: &Resolved,
) -> PyResult<Bound<'py, PyAny>> {
    let plan = resolved.plan.get();
    let class = plan.class.bind(decoder.py);
    match &plan.native {
        Some(base) => base.bind(decoder.py).call_method1("__new__", (class,)),
        None => ffi::bare_instance(class, &PyTuple::empty(decoder.py)),
    }
}

/// Gives an object its state: made bare, then its attributes set, none by a `__setattr__`.
pub(super) fn set_state<'py>(
    decoder: &mut Decoder<'py>,
    node: &mut Node<'py>,
    resolved: &Resolved,
) -> PyResult<Bound<'py, PyAny>> {
    let is_constructor = node.kind == Kind::Constructor;
    let plan = resolved.plan.get();
    if let Some(found) = sentinel::found(decoder, plan, node)? {
        return Ok(found);
    }
    let object = match &node.object {
        Some(object) => object.clone(),
        None if plan.is_whole => remake::made(decoder, plan, node.parts.parts())?,
        None => bare(decoder, resolved)?,
    };
    if plan.is_whole && part(node.parts.parts(), Asked::Name)?.is_some() {
        return Ok(object);
    }
    let given = node.fields.take();
    let held = if is_constructor { state_of(node)? } else { None };
    let state = if is_constructor { Parts::of(held.as_ref()) } else { node.parts.parts() };
    let (dict, expected) = if is_constructor {
        let (dict, expected) = constructor_dict(decoder, given, (resolved, state))?;
        (Some(dict), expected)
    } else {
        let dict = object_dict(decoder, resolved, state)?;
        let model = dict.as_ref().filter(|_| plan.is_model());
        let expected = model.map_or(0, |dict| expected_fields(plan, dict));
        (dict, expected)
    };
    if plan.is_whole || plan.native.is_some() {
        remake::fill(decoder, &object, plan, state)?;
    }
    check_size(decoder.py, plan, state)?;
    set_slots(decoder.py, &object, plan, state)?;
    if plan.is_model() {
        set_model(decoder.py, &object, (resolved, expected, is_constructor), state)?;
    }
    if let Some(dict) = dict {
        whole::check_unlisted(plan, &dict, state)?;
        set_dict(&object, dict, plan)?;
    }
    if resolved.needs_all_fields && !plan.declared.is_empty() && !plan.is_model() {
        whole::check_declared(plan, &object, state)?;
    }
    whole::check_shown(decoder, plan, state)?;
    let setter = node.setter.as_ref().and_then(Option::as_ref);
    remake::set_own_state(&object, (plan, setter), state)?;
    Ok(object)
}

/// Counts what an instance has that no text says of it, where the text says how much that is: its
/// slots, and private attributes at their defaults, of a class that it made.
fn check_size(py: Python<'_>, plan: &Plan, state: Parts<'_, '_>) -> PyResult<()> {
    if plan.is_named || (plan.private.is_empty() && plan.slots.is_empty()) {
        return Ok(());
    }
    let is_told = part(state, Asked::Private)?.is_some();
    let attributes = if is_told { 0 } else { plan.private.len() };
    let bytes = SLOT_BYTES * plan.slots.len() + ATTRIBUTE_BYTES * attributes;
    if bytes <= FREE_BYTES {
        return Ok(());
    }
    let effort = py.import(intern!(py, "persist.state.effort"))?;
    let counted = effort.call_method1(intern!(py, "is_given_too_much"), (bytes - FREE_BYTES,))?;
    if counted.extract()? {
        return Err(invalid(effort.getattr("SWOLLEN")?.extract::<String>()?));
    }
    Ok(())
}

/// What a constructor node gives its object: what it has under `state`.
fn state_of<'py>(node: &Node<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let state = part(node.parts.parts(), Asked::State)?;
    Ok(state.map(Bound::cast_into::<PyDict>).transpose()?)
}

/// Takes away the attributes and slots that its class's own `__new__` gave an object.
pub(super) fn empty(object: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<()> {
    let py = object.py();
    if plan.has_dict {
        ffi::instance_dict(object)?.clear();
    }
    for slot in &plan.slots {
        match slot.descriptor.bind(py).call_method1("__delete__", (object,)) {
            Err(error) if !error.is_instance_of::<PyAttributeError>(py) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Gives an object its attributes, beside those that its class has given it where it was made by it.
fn set_dict<'py>(
    object: &Bound<'py, PyAny>,
    dict: Bound<'py, PyDict>,
    plan: &Plan,
) -> PyResult<()> {
    if !plan.has_dict {
        let is_empty = dict.is_empty();
        let refusal = || invalid("an object without attributes of its own was given some");
        return if is_empty { Ok(()) } else { Err(refusal()) };
    }
    if plan.is_whole {
        let held = ffi::instance_dict(object)?;
        if plan.clears {
            // What the text has is all that there was.
            held.clear();
        }
        if !held.is_empty() {
            return held.update(dict.as_mapping());
        }
    }
    ffi::set_instance_dict(object, &dict)
}

/// An instance of a class that extends an immutable builtin, made by the builtin's own `__new__`.
pub(super) fn extended<'py>(
    py: Python<'py>,
    plan: &Plan,
    parts: Parts<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(base) = &plan.base else { return Err(invalid("its class extends no builtin")) };
    let base = base.bind(py);
    let value = part(parts, Asked::Base)?.filter(|value| value.get_type().is(base));
    let Some(value) = value else {
        return Err(invalid(format!("its value is no `{}`", base.name()?)));
    };
    let object = base.getattr(intern!(py, "__new__"))?.call1((plan.class.bind(py), &value))?;
    if value.is_exact_instance_of::<PyByteArray>() {
        // The one of these whose `__new__` leaves it empty.
        base.getattr(intern!(py, "__init__"))?.call1((&object, value))?;
    }
    Ok(object)
}

fn invalid(reason: impl Into<String>) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(reason.into())
}

/// The instance dict of an object node: every key must be one that the class lets it hold. `None`
/// where nothing is said of one: an object that keeps the one it was made with is cheaper.
fn object_dict<'py>(
    decoder: &Decoder<'py>,
    resolved: &Resolved,
    state: Parts<'_, 'py>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = decoder.py;
    let plan = resolved.plan.get();
    let dict = match part(state, Asked::Dict)? {
        Some(dict) => dict.cast_into::<PyDict>()?,
        None if plan.is_model() || plan.clears => PyDict::new(py),
        None if resolved.needs_all_fields && !plan.fields.is_empty() => PyDict::new(py),
        None => return Ok(None),
    };
    let undeclared = Undeclared::of(py, state)?;
    let (mut position, mut guess, mut found) = (0, 0, 0);
    while let Some((key, value)) = ffi::dict_next(&dict, &mut position) {
        match plan.field_of(key, guess) {
            Some(index) => {
                check_field(py, plan, index, value)?;
                (guess, found) = (index + 1, found + 1);
            }
            None => {
                let (key, value) = (&ffi::own(py, key), &ffi::own(py, value));
                check_foreign(resolved, key, value, &undeclared)?;
            }
        }
    }
    undeclared.check()?;
    if resolved.needs_all_fields && found < plan.fields.len() {
        let slots = part(state, Asked::Slots)?;
        let lacked = missing_fields(plan, state)?;
        let missing = plan.fields.iter().enumerate().find(|(index, field)| {
            let in_slots =
                slots.as_ref().is_some_and(|slots| slots.contains(&field.name).unwrap_or(false));
            let is_lacked = lacked & (1 << index) != 0;
            !is_lacked && !dict.contains(&field.name).unwrap_or(false) && !in_slots
        });
        if let Some((_, field)) = missing {
            return Err(refusal::class_changed(py, plan, &field.text));
        }
    }
    Ok(Some(dict))
}

/// Checks an entry of an instance dict that is no declared field.
fn check_foreign(
    resolved: &Resolved,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    undeclared: &Undeclared<'_>,
) -> PyResult<()> {
    let plan = resolved.plan.get();
    if !key.is_exact_instance_of::<PyString>() {
        return Err(unholdable(key));
    }
    let agreement = undeclared.agrees(plan, key)?;
    if agreement == Agreement::Contradicted || !plan.may_hold(key.py(), key, value)? {
        return Err(unholdable(key));
    }
    if agreement == Agreement::Unsaid && resolved.needs_all_fields {
        return Err(refusal::field_gone(key.py(), plan, &key.extract::<String>()?));
    }
    Ok(())
}

/// Checks a declared field, whose name a text may have chosen.
fn check_field(
    py: Python<'_>,
    plan: &Plan,
    index: usize,
    value: *mut pyo3::ffi::PyObject,
) -> PyResult<()> {
    if plan.is_called_in(index, value) {
        return Err(unholdable(plan.fields[index].name.bind(py).as_any()));
    }
    Ok(())
}

fn unholdable(name: &Bound<'_, PyAny>) -> PyErr {
    invalid(format!("`{name}` is no attribute that an instance may hold"))
}

/// The instance dict of a constructor node: its kwargs, what stands under `state`, and defaults.
///
/// Also tells, as one bit per field, which ones must have been set.
fn constructor_dict<'py>(
    decoder: &mut Decoder<'py>,
    given: Option<Vec<Option<Bound<'py, PyAny>>>>,
    (resolved, state): (&Resolved, Parts<'_, 'py>),
) -> PyResult<(Bound<'py, PyDict>, u128)> {
    let py = decoder.py;
    let plan = resolved.plan.get();
    let mut given = given.unwrap_or_default();
    given.resize(plan.fields.len(), None);
    take_fields(plan, state, &mut given)?;
    let missing = missing_fields(plan, state)?;
    let dict = resolved.dict(py)?;
    let mut expected = missing & plan.required;
    for (index, (field, value)) in plan.fields.iter().zip(&mut given).enumerate() {
        let name = field.name.bind(py);
        if let Some(value) = value.take() {
            if !field.is_default(value.as_ptr()) {
                expected |= 1 << index;
            }
            dict.set_item(name, value)?;
        } else if missing & (1 << index) != 0 {
            dict.del_item(name)?;
        } else if let Some(fill) = resolved.fill(py, index) {
            expected |= resolved.changed_defaults & (1 << index);
            if let Fill::New(value) = fill {
                dict.set_item(name, value)?;
            }
        } else {
            return Err(refusal::class_changed(py, plan, &field.text));
        }
    }
    decoder.spare.keep(given);
    let undeclared = Undeclared::of(py, state)?;
    if let Some(foreign) = part(state, Asked::Dict)? {
        for (key, value) in foreign.cast::<PyDict>()?.iter() {
            check_foreign(resolved, &key, &value, &undeclared)?;
            dict.set_item(key, value)?;
        }
    }
    undeclared.check()?;
    Ok((ordered(dict, part(state, Asked::Order)?)?, expected))
}

/// Puts the fields that stand under `state` in their places.
fn take_fields<'py>(
    plan: &Plan,
    state: Parts<'_, 'py>,
    given: &mut [Option<Bound<'py, PyAny>>],
) -> PyResult<()> {
    let Some(fields) = part(state, Asked::Fields)? else { return Ok(()) };
    for (key, value) in fields.cast::<PyDict>()?.iter() {
        match plan.field_of(key.as_ptr(), 0) {
            Some(index) => given[index] = Some(value),
            None => return Err(invalid(format!("`{key}` is no field of the class"))),
        }
    }
    Ok(())
}

/// The fields that the instance lacked, one bit each.
fn missing_fields(plan: &Plan, state: Parts<'_, '_>) -> PyResult<u128> {
    let Some(names) = part(state, Asked::Missing)? else { return Ok(0) };
    let mut missing = 0;
    for name in names.cast::<PyList>()?.iter() {
        let index = plan.field_of(name.cast::<PyString>()?.as_ptr(), 0);
        missing |= index.map_or(0, |index| 1 << index);
    }
    Ok(missing)
}

fn ordered<'py>(
    dict: Bound<'py, PyDict>,
    order: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let Some(order) = order else { return Ok(dict) };
    let sorted = PyDict::new(dict.py());
    for name in order.cast::<PyList>()?.iter() {
        match dict.get_item(&name)? {
            Some(value) => sorted.set_item(name, value)?,
            None => return Err(invalid("the order of the attributes names one that is not there")),
        }
    }
    if sorted.len() == dict.len() {
        Ok(sorted)
    } else {
        Err(invalid("the order of the attributes leaves one out"))
    }
}

fn set_slots(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    plan: &Plan,
    state: Parts<'_, '_>,
) -> PyResult<()> {
    let Some(slots) = part(state, Asked::Slots)? else { return Ok(()) };
    for (key, value) in slots.cast::<PyDict>()?.iter() {
        let name = key.cast::<PyString>()?.to_str()?;
        let Some(slot) = plan.slots.iter().find(|slot| slot.text == name) else {
            return Err(invalid(format!("`{name}` is no slot of the class")));
        };
        if let Some(index) = plan.field_index(name.as_bytes(), 0) {
            check_field(py, plan, index, value.as_ptr())?;
        }
        slot.descriptor.bind(py).call_method1("__set__", (object, value))?;
    }
    Ok(())
}

/// What a model keeps beside its fields.
fn set_model<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
    (resolved, expected, is_constructor): (&Resolved, u128, bool),
    state: Parts<'_, 'py>,
) -> PyResult<()> {
    let plan = resolved.plan.get();
    let extra = match part(state, Asked::Extra)? {
        Some(extra) => {
            check_extra(plan, &extra)?;
            extra
        }
        None if plan.allows_extra => PyDict::new(py).into_any(),
        None => py.None().into_bound(py),
    };
    let set = match part(state, Asked::Set)? {
        Some(names) => named_set(py, names)?,
        None => expected_set(py, resolved, expected, &extra)?,
    };
    let private = match part(state, Asked::Private)? {
        Some(private) => {
            plan.check_private(&private)?;
            if resolved.needs_all_fields {
                whole::check_private(plan, &private, state)?;
            }
            private
        }
        None => {
            if resolved.needs_all_fields && !is_constructor {
                whole::check_no_private(py, plan)?;
            }
            let private = plan.default_private(py)?;
            whole::check_private(plan, &private, state)?;
            private
        }
    };
    let Some(slots) = &plan.model else { return Ok(()) };
    slots.extra.set(object, &extra)?;
    slots.set.set(object, &set)?;
    slots.private.set(object, &private)
}

fn check_extra(plan: &Plan, extra: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(extra) = extra.cast::<PyDict>() else { return Ok(()) };
    if !plan.allows_extra {
        return Err(invalid("the class allows no extra fields"));
    }
    for (key, value) in extra {
        let is_field = key
            .cast::<PyString>()?
            .to_str()
            .is_ok_and(|name| plan.field_index(name.as_bytes(), 0).is_some());
        // What the class itself has is found before an extra.
        if is_field || !plan.may_bring(&key, &value)? {
            return Err(invalid(format!("`{key}` is no extra field that an instance may hold")));
        }
    }
    Ok(())
}

fn named_set<'py>(py: Python<'py>, names: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let set = PySet::empty(py)?;
    for name in names.cast::<PyList>()?.iter() {
        set.add(name.cast::<PyString>()?)?;
    }
    Ok(set.into_any())
}

/// The fields of an object node that must have been set: required ones and those unequal to their
/// default, one bit each.
fn expected_fields(plan: &Plan, dict: &Bound<'_, PyDict>) -> u128 {
    let (mut position, mut guess, mut expected, mut seen) = (0, 0, 0, 0);
    while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
        let Some(index) = plan.field_of(key, guess) else { continue };
        guess = index + 1;
        seen |= 1 << index;
        if !plan.fields[index].is_default(value) {
            expected |= 1 << index;
        }
    }
    expected | (plan.required & !seen)
}

/// The fields set where the text does not say: the expected ones and extras.
fn expected_set<'py>(
    py: Python<'py>,
    resolved: &Resolved,
    expected: u128,
    extra: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let set = resolved.names_of(py, expected)?;
    if let Ok(extra) = extra.cast::<PyDict>() {
        for (key, _) in extra {
            set.add(key)?;
        }
    }
    Ok(set.into_any())
}
