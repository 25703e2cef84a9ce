//! What a model keeps beside its fields: which were set, its extras and private attributes.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet};

use super::ffi::{self, Builtin};
use super::note::Piece;
use super::outline::indices;
use super::parts::{Parts, check_map, meet_unwritten};
use super::plan::{Plan, Shape};
use super::sink::Sink;
use super::slot::ModelSlots;
use super::surrogate;
use super::walk::Walk;
use super::whole;

/// What a model keeps beside its fields.
pub(super) fn parts_of<S: Sink>(
    walk: &Walk,
    value: &Bound<'_, PyAny>,
    (plan, expected): (&Plan, u128),
    sink: &mut S,
) -> PyResult<Parts> {
    let mut parts = Parts::new();
    let Some(slots) = &plan.model else { return Ok(parts) };
    let extra = slots.extra.get(value)?;
    check_map(walk, &extra, sink)?;
    check_extra(walk, plan, &extra, sink)?;
    if !S::SCANS {
        let set = slots.set.get(value)?;
        if !sink.keeps_apart(&set) {
            walk.refuse(
                sink,
                "the set of a model's fields set is also a value, or another model's".to_owned(),
                "store a copy of it: set(model.model_fields_set)".to_owned(),
            )?;
        }
        match fields_set_of(plan, &set, &extra, expected)? {
            FieldsSet::Expected => {}
            FieldsSet::Named(names) => parts.push(("set", Piece::Text(names.into()))),
            FieldsSet::Strange => {
                let reason = "the set of a model's fields set is no `set` of `str`";
                let hint = "store one: set(map(str, model.model_fields_set))";
                walk.refuse(sink, reason.to_owned(), hint.to_owned())?;
            }
        }
    }
    match extra.cast::<PyDict>() {
        Ok(dict) if dict.is_empty() && plan.allows_extra => meet_unwritten(walk, dict, sink)?,
        Ok(dict) => parts.push(("extra", Piece::Attributes(dict.clone().unbind()))),
        Err(_) if !plan.allows_extra => {}
        Err(_) => parts.push(("extra", Piece::Text(b"null".into()))),
    }
    if plan.has_private() || holds_private(slots, value) {
        let private = slots.private.get(value)?;
        parts.extend(private_part(walk, &private, plan, sink)?.map(|piece| ("private", piece)));
    }
    Ok(parts)
}

/// Whether an instance holds private attributes, as one may whose class declares none.
pub(super) fn holds_private(slots: &ModelSlots, value: &Bound<'_, PyAny>) -> bool {
    let private = slots.private.get(value);
    private.is_ok_and(|it| it.cast::<PyDict>().is_ok_and(|dict| !dict.is_empty()))
}

/// Refuses extras that a restore would not set.
fn check_extra<S: Sink>(
    walk: &Walk,
    plan: &Plan,
    extra: &Bound<'_, PyAny>,
    sink: &mut S,
) -> PyResult<()> {
    let Ok(extra) = extra.cast::<PyDict>() else { return Ok(()) };
    for (key, value) in extra {
        if !plan.may_bring(&key, &value)? {
            sink.need_two_passes()?;
            let reason = format!(
                "the instance of `{}` holds an extra field `{key}` that a restore would not set",
                plan.name
            );
            walk.refuse(sink, reason, "delete the field, or give it another name".to_owned())?;
        }
    }
    Ok(())
}

/// The private attributes; of a constructor node only where they are not at their defaults.
fn private_part<S: Sink>(
    walk: &Walk,
    private: &Bound<'_, PyAny>,
    plan: &Plan,
    sink: &mut S,
) -> PyResult<Option<Piece>> {
    check_map(walk, private, sink)?;
    let Ok(dict) = private.cast::<PyDict>() else { return Ok(Some(Piece::Text(b"null".into()))) };
    let kept = plan.without_memos(dict)?;
    let may_be_left_out =
        plan.shape == Shape::Constructor || whole::told_private(private.py(), plan).is_none();
    if may_be_left_out && plan.is_default_private(&kept)? {
        meet_unwritten(walk, dict, sink)?;
        return Ok(None);
    }
    if !kept.is(dict) {
        meet_unwritten(walk, dict, sink)?;
    }
    if S::SCANS && plan.check_private(private).is_err() {
        walk.refuse(
            sink,
            format!("an instance of `{}` holds a private attribute it does not declare", plan.name),
            "declare it in the class, or delete it".to_owned(),
        )?;
    }
    Ok(Some(Piece::Attributes(kept.unbind())))
}

/// What there is to say of a model's fields set.
#[derive(PartialEq, Eq)]
pub(super) enum FieldsSet {
    /// Required fields, fields unequal to their default, and extras: nothing.
    Expected,
    /// Others: an array of their names.
    Named(Vec<u8>),
    /// They are no `set` of `str`, which is what a restore would make.
    Strange,
}

/// The fields set, where they differ from the expected ones.
pub(super) fn fields_set_of(
    plan: &Plan,
    set: &Bound<'_, PyAny>,
    extra: &Bound<'_, PyAny>,
    expected: u128,
) -> PyResult<FieldsSet> {
    let mut met = 0;
    let is_text = ffi::each_of_set(set, |name| {
        let index = indices(expected).find(|index| plan.fields[*index].name.as_ptr() == name);
        met |= index.map_or(0, |index| 1 << index);
        index.is_some() || ffi::builtin_of(name) == Builtin::Str
    });
    if !is_text {
        return Ok(FieldsSet::Strange);
    }
    let set = set.cast::<PySet>()?;
    let extras = extra.cast::<PyDict>().ok();
    let count = expected.count_ones() as usize + extras.map_or(0, |dict| dict.len());
    let mut is_expected = set.len() == count;
    for index in indices(expected & !met) {
        is_expected = is_expected && set.contains(plan.fields[index].name.bind(set.py()))?;
    }
    for key in extras.into_iter().flat_map(|dict| dict.keys()) {
        is_expected = is_expected && set.contains(key)?;
    }
    if is_expected {
        return Ok(FieldsSet::Expected);
    }
    let mut names =
        set.iter().map(|name| surrogate::text_of(&name)).collect::<PyResult<Vec<_>>>()?;
    names.sort_unstable();
    let mut array = b"[".to_vec();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            array.push(b',');
        }
        surrogate::push(&mut array, name);
    }
    array.push(b']');
    Ok(FieldsSet::Named(array))
}
