//! Where each field of a model goes, worked out in one pass over its instance dict.

use pyo3::ffi as c;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::ffi::{self, Builtin};
use super::note::Note;
use super::plan::{Default as FieldDefault, Field, Plan, Shape};
use super::sink::Sink;
use super::walk::Walk;

/// Bits stand for fields by their index; a plan has at most as many fields.
#[derive(Default)]
pub(super) struct Outline {
    /// In kwargs, in its place.
    pub(super) keep: u128,
    /// In kwargs, at the end.
    pub(super) late: u128,
    /// What `dumps` leaves out and is not its default.
    pub(super) state: u128,
    /// What must have been set: required fields and those unequal to their default.
    pub(super) expected: u128,
    /// What the instance lacks.
    pub(super) missing: u128,
    /// Entries of the instance dict that are no fields.
    pub(super) foreign: Vec<Py<PyAny>>,
    pub(super) is_out_of_order: bool,
    /// What in kwargs or `state` is more than a scalar.
    pub(super) children: u128,
}

/// Where a constructor node has a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In kwargs, in its place.
    Keep,
    /// In kwargs, at the end.
    Late,
    /// Under `state`.
    State,
    Nowhere,
}

/// The indices of the bits that are set, from the lowest.
pub(super) fn indices(mut bits: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(index)
    })
}

impl Outline {
    pub(super) fn of<S: Sink>(
        walk: &mut Walk,
        plan: &Plan,
        dict: &Bound<'_, PyDict>,
        sink: &mut S,
    ) -> PyResult<Self> {
        let py = dict.py();
        let is_constructor = plan.shape == Shape::Constructor;
        let mut outline = Self::default();
        let (mut position, mut next, mut seen) = (0, 0, 0_u128);
        while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
            let is_text = ffi::builtin_of(key) == Builtin::Str;
            let Some(index) = is_text.then(|| plan.field_of(key, next)).flatten() else {
                outline.foreign.push(ffi::own(py, key).unbind());
                continue;
            };
            outline.is_out_of_order |= index < next || !outline.foreign.is_empty();
            next = index + 1;
            seen |= 1 << index;
            outline.place(
                walk,
                (py, &plan.fields[index], 1 << index, is_constructor),
                value,
                sink,
            )?;
        }
        outline.missing = plan.all_fields & !seen;
        outline.expected |= outline.missing & plan.required;
        Ok(outline)
    }

    fn place<S: Sink>(
        &mut self,
        walk: &mut Walk,
        (py, field, bit, is_constructor): (Python<'_>, &Field, u128, bool),
        value: *mut c::PyObject,
        sink: &mut S,
    ) -> PyResult<()> {
        if let Some(place) = field.place_at_default(value) {
            self.keep |= if place == Place::Keep { bit } else { 0 };
            self.late |= if place == Place::Late { bit } else { 0 };
            return Ok(());
        }
        let is_default = field.is_default(value);
        if !is_default {
            self.expected |= bit;
        }
        if !is_constructor {
            return Ok(());
        }
        match place_of(walk, (py, field, is_default), value, sink)? {
            Place::Keep => self.keep |= bit,
            Place::Late => self.late |= bit,
            Place::State => self.state |= bit,
            Place::Nowhere if ffi::is_empty_container(value) => {
                if !sink.meet_left_out(&ffi::own(py, value)) {
                    return Ok(());
                }
                self.state |= bit;
            }
            Place::Nowhere => return Ok(()),
        }
        if !ffi::builtin_of(value).is_scalar() {
            self.children |= bit;
        }
        Ok(())
    }
}

/// Where `Serializable.to_json` would put a field, and where we do when it drops one.
fn place_of<S: Sink>(
    walk: &mut Walk,
    (py, field, is_default): (Python<'_>, &Field, bool),
    value: *mut c::PyObject,
    sink: &mut S,
) -> PyResult<Place> {
    if field.is_excluded {
        return Ok(if is_default { Place::Nowhere } else { Place::State });
    }
    let is_kept = matches!(field.default, FieldDefault::Required)
        || is_true(walk, py, value, sink)?
        || !is_dropped(field, &ffi::own(py, value), sink)?;
    Ok(if is_kept {
        Place::Keep
    } else if field.is_mirrored {
        Place::Late
    } else if is_default {
        Place::Nowhere
    } else {
        Place::State
    })
}

/// `bool(value)`, asked natively where that runs no code.
fn is_true<S: Sink>(
    walk: &mut Walk,
    py: Python<'_>,
    value: *mut c::PyObject,
    sink: &mut S,
) -> PyResult<bool> {
    if let Some(answer) = ffi::builtin_truth(value) {
        return Ok(answer);
    }
    let value = ffi::own(py, value);
    if walk.plan_of(&value)?.get().is_always_true {
        return Ok(true);
    }
    ask(sink, &value, || value.is_truthy().unwrap_or(false))
}

/// Where a field goes whose value is the very object that is its default, if that is a scalar.
pub(super) fn place_at_default(py: Python<'_>, field: &Field) -> PyResult<Option<Place>> {
    let FieldDefault::Scalar(default) = &field.default else { return Ok(None) };
    if !ffi::builtin_of(default.as_ptr()).is_scalar() {
        return Ok(None);
    }
    if field.is_excluded {
        return Ok(Some(Place::Nowhere));
    }
    let is_kept = match ffi::builtin_truth(default.as_ptr()) {
        Some(false) => match is_dropped_natively(field, default.bind(py))? {
            Some(is_dropped) => !is_dropped,
            None => return Ok(None),
        },
        _ => true,
    };
    Ok(Some(match (is_kept, field.is_mirrored) {
        (true, _) => Place::Keep,
        (false, true) => Place::Late,
        (false, false) => Place::Nowhere,
    }))
}

/// Whether `to_json` drops a falsy value because it equals the default.
fn is_dropped<S: Sink>(field: &Field, value: &Bound<'_, PyAny>, sink: &mut S) -> PyResult<bool> {
    if let Some(answer) = is_dropped_natively(field, value)? {
        return Ok(answer);
    }
    let Some(default) = &field.dumped_default else { return Ok(false) };
    ask(sink, value, || !default.bind(value.py()).ne(value).unwrap_or(true))
}

/// The same where no code runs for the answer.
fn is_dropped_natively(field: &Field, value: &Bound<'_, PyAny>) -> PyResult<Option<bool>> {
    let is_same_container = match field.default {
        FieldDefault::EmptyList => value.is_instance_of::<pyo3::types::PyList>(),
        FieldDefault::EmptyDict => value.is_instance_of::<PyDict>(),
        _ => false,
    };
    if is_same_container {
        return Ok(Some(true));
    }
    let Some(default) = &field.dumped_default else { return Ok(Some(false)) };
    let default = default.bind(value.py());
    let is_plain =
        [value, default].iter().all(|side| ffi::builtin_of(side.as_ptr()) != Builtin::Other);
    is_plain.then(|| default.eq(value)).transpose()
}

fn ask<S: Sink>(
    sink: &mut S,
    value: &Bound<'_, PyAny>,
    question: impl FnOnce() -> bool,
) -> PyResult<bool> {
    match &*sink.note(value, || Ok(Note::Flag(question())))? {
        Note::Flag(answer) => Ok(*answer),
        _ => Err(super::problem::changed(value.py())),
    }
}
