//! The short way for constructor nodes that hold nothing but scalars, and lists and dicts of them
//! that nothing else holds, as most messages do.
//!
//! One look at each field both decides where it goes and writes it. Whatever is more than that is
//! taken back and left to the long way, which has the same rules in full.

use pyo3::ffi as c;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::encode::{Encode, Mark};
use super::ffi::{self, Builtin};
use super::frame::leaf;
use super::model::{FieldsSet, fields_set_of, holds_private};
use super::outline::{self, indices};
use super::plan::{Default as FieldDefault, Field, Plan};
use super::scan::Scan;
use super::sink::{Meet, Scalars, Sink, push_label};

/// Where a field goes.
enum Place {
    Here,
    Late,
    Nowhere,
    /// The short way does not know.
    Unknown,
}

/// How many lists and dicts may lie in each other on the short way.
const LEVELS: u32 = 6;

/// Writes the node; `false` when it is more than that, and then nothing was written.
pub(super) fn write(
    sink: &mut Encode,
    value: &Bound<'_, PyAny>,
    (plan, meet): (&Plan, Meet),
) -> PyResult<bool> {
    let mark = sink.mark();
    sink.text(&plan.head);
    if let Meet::First(label) = meet {
        sink.text(br#","ref":"#);
        push_label(sink, label);
    }
    sink.text(br#","kwargs":{"#);
    let dict = ffi::instance_dict(value)?;
    // The object and `dict` itself: else the dict may be a value somewhere.
    if ffi::reference_count(dict.as_any()) > 2 || !is_dict(dict.as_any()) {
        sink.take_back(mark);
        return Ok(false);
    }
    let is_whole = match kwargs(sink, plan, &dict)? {
        Some(expected) => has_nothing_else(plan, value, expected)?,
        None => false,
    };
    if is_whole {
        sink.text(b"}}");
    } else {
        sink.take_back(mark);
    }
    Ok(is_whole)
}

/// Whether the scan may pass a node by: nothing in it can be met again or asked. The lists and dicts
/// in it are measured on the way.
pub(super) fn is_childless(
    scan: &mut Scan,
    value: &Bound<'_, PyAny>,
    plan: &Plan,
) -> PyResult<bool> {
    let dict = ffi::instance_dict(value)?;
    // The object and `dict` itself: else the dict may be a value somewhere.
    if plan.has_private() || ffi::reference_count(dict.as_any()) > 2 || !is_dict(dict.as_any()) {
        return Ok(false);
    }
    let py = value.py();
    let (mut position, mut next) = (0, 0);
    while let Some((key, value)) = ffi::dict_next(&dict, &mut position) {
        let Some(field) = plan.fields.get(next).filter(|field| field.name.as_ptr() == key) else {
            return Ok(false);
        };
        next += 1;
        let is_short = ffi::builtin_of(value).is_scalar()
            || is_left_out(py, field, value)
            || (is_written_here(field, value) && push_value(scan, py, value, LEVELS)?);
        if !is_short {
            return Ok(false);
        }
    }
    let Some(slots) = &plan.model else { return Ok(false) };
    let extra = slots.extra.get(value)?;
    Ok((extra.is_none() || is_empty_of_its_own(&extra)) && !holds_private(slots, value))
}

/// Whether a field that is a list or dict stands where the order of the class has it.
fn is_written_here(field: &Field, value: *mut c::PyObject) -> bool {
    matches!(place_of(field, value, false), Place::Here)
}

/// Whether a value is a dict, and of no class that extends it.
#[inline]
fn is_dict(value: &Bound<'_, PyAny>) -> bool {
    ffi::builtin_of(value.as_ptr()) == Builtin::Dict
}

/// Whether a value is an empty dict that only its object and the caller hold.
fn is_empty_of_its_own(value: &Bound<'_, PyAny>) -> bool {
    ffi::is_empty(value.as_ptr(), Builtin::Dict) && ffi::reference_count(value) <= 2
}

/// Whether an empty container is its field's default, which no text gives unless it is also met
/// elsewhere.
#[inline]
fn is_left_out(py: Python<'_>, field: &Field, value: *mut c::PyObject) -> bool {
    let empty = match field.default {
        FieldDefault::EmptyList => Builtin::List,
        FieldDefault::EmptyDict => Builtin::Dict,
        _ => return false,
    };
    !field.is_mirrored && ffi::is_empty(value, empty) && ffi::is_lone(py, value)
}

/// Writes a dict of strings to scalars, or as much of a dict as comes before its first other value
/// or fills the sink.
pub(super) fn write_dict(sink: &mut Encode, dict: &Bound<'_, PyDict>) -> PyResult<Scalars> {
    let mark = sink.mark();
    let is_single = dict.len() == 1;
    let (mut position, mut is_first) = (0, true);
    sink.byte(b'{');
    loop {
        let (here, before) = (position, sink.mark());
        let Some((key, value)) = ffi::dict_next(dict, &mut position) else { break };
        if sink.is_full() {
            return Ok(up_to(sink, dict, (here, is_first), mark));
        }
        if !is_plain_key(key, is_single) {
            sink.take_back(mark);
            return Ok(Scalars::Unknown);
        }
        if !is_first {
            sink.byte(b',');
        }
        sink.key(key)?;
        sink.byte(b':');
        if !leaf(dict.py(), value, sink)? {
            sink.take_back(before);
            return Ok(up_to(sink, dict, (here, is_first), mark));
        }
        is_first = false;
    }
    sink.byte(b'}');
    Ok(Scalars::All)
}

/// Leaves what is written up to an entry, unless the key of one behind needs more than text.
fn up_to(
    sink: &mut Encode,
    dict: &Bound<'_, PyDict>,
    (position, is_first): (isize, bool),
    mark: Mark,
) -> Scalars {
    match count_plain_keys(dict, position) {
        Some(left) => Scalars::Before { position, left, is_first },
        None => {
            sink.take_back(mark);
            Scalars::Unknown
        }
    }
}

/// How many keys there are from there on; `None` where one of them is not plain.
fn count_plain_keys(dict: &Bound<'_, PyDict>, mut position: isize) -> Option<usize> {
    let is_single = dict.len() == 1;
    let mut count = 0;
    while let Some((key, _)) = ffi::dict_next(dict, &mut position) {
        if !is_plain_key(key, is_single) {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Whether a key is text that JSON gives back unchanged, and that marks no node and no escape.
#[inline]
fn is_plain_key(key: *mut c::PyObject, is_single: bool) -> bool {
    let text = (ffi::builtin_of(key) == Builtin::Str).then(|| ffi::utf8(key)).flatten();
    text.is_some_and(|text| text != "lc" && !(is_single && text == "__lc_escaped__"))
}

/// Writes the kwargs; returns the fields that must have been set, one bit each.
fn kwargs(sink: &mut Encode, plan: &Plan, dict: &Bound<'_, PyDict>) -> PyResult<Option<u128>> {
    let py = dict.py();
    let (mut position, mut next, mut expected, mut late) = (0, 0, 0, 0);
    let mut is_first = true;
    while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
        // In their order and none left out, or it is not for the short way.
        if plan.fields.get(next).is_none_or(|field| field.name.as_ptr() != key) {
            return Ok(None);
        }
        let field = &plan.fields[next];
        if field.place_at_default(value) == Some(outline::Place::Nowhere) {
            next += 1;
            continue;
        }
        let is_default = field.is_default(value);
        expected |= u128::from(!is_default) << next;
        match place_of(field, value, is_default) {
            Place::Here => {
                push_key(sink, field, &mut is_first);
                if !push_value(sink, py, value, LEVELS)? {
                    return Ok(None);
                }
            }
            Place::Late => late |= 1 << next,
            Place::Nowhere if ffi::is_empty_container(value) && !ffi::is_lone(py, value) => {
                return Ok(None);
            }
            Place::Nowhere => {}
            Place::Unknown => return Ok(None),
        }
        next += 1;
    }
    if next != plan.fields.len() {
        return Ok(None);
    }
    for index in indices(late) {
        let field = &plan.fields[index];
        let Some(value) = dict.get_item(field.name.bind(py))? else { return Ok(None) };
        push_key(sink, field, &mut is_first);
        if !push_empty(sink, &value) {
            return Ok(None);
        }
    }
    Ok(Some(expected))
}

#[inline]
fn push_key(sink: &mut Encode, field: &Field, is_first: &mut bool) {
    if !std::mem::take(is_first) {
        sink.byte(b',');
    }
    sink.text(&field.key);
}

/// Writes a scalar, or a list or dict that nothing else holds, nor what lies in it; `false` for
/// anything else, and then some of it may have been written.
fn push_value<S: Sink>(
    sink: &mut S,
    py: Python<'_>,
    value: *mut c::PyObject,
    levels: u32,
) -> PyResult<bool> {
    let builtin = ffi::builtin_of(value);
    if builtin.is_scalar() {
        return leaf(py, value, sink);
    }
    if levels == 0 || !ffi::is_lone(py, value) {
        return Ok(false);
    }
    let value = ffi::own(py, value);
    match builtin {
        Builtin::List => push_list(sink, value.cast()?, levels),
        Builtin::Dict => push_dict(sink, value.cast()?, levels),
        _ => Ok(false),
    }
}

fn push_list<S: Sink>(sink: &mut S, list: &Bound<'_, PyList>, levels: u32) -> PyResult<bool> {
    sink.pass(list.as_ptr(), list.len());
    sink.byte(b'[');
    let mut index = 0;
    while let Some(item) = ffi::list_item(list, index) {
        if index > 0 {
            sink.byte(b',');
        }
        if sink.is_full() || !push_value(sink, list.py(), item, levels - 1)? {
            return Ok(false);
        }
        index += 1;
    }
    sink.byte(b']');
    Ok(true)
}

fn push_dict<S: Sink>(sink: &mut S, dict: &Bound<'_, PyDict>, levels: u32) -> PyResult<bool> {
    sink.pass(dict.as_ptr(), dict.len());
    sink.byte(b'{');
    let (is_single, mut position, mut is_first) = (dict.len() == 1, 0, true);
    while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
        if sink.is_full() || !is_plain_key(key, is_single) {
            return Ok(false);
        }
        if !std::mem::take(&mut is_first) {
            sink.byte(b',');
        }
        sink.key(key)?;
        sink.byte(b':');
        if !push_value(sink, dict.py(), value, levels - 1)? {
            return Ok(false);
        }
    }
    sink.byte(b'}');
    Ok(true)
}

/// The rules of `outline::place_of`, for scalars, lists and dicts, and what equals its default.
#[inline]
fn place_of(field: &Field, value: *mut c::PyObject, is_default: bool) -> Place {
    let builtin = ffi::builtin_of(value);
    let is_short = builtin.is_scalar() || matches!(builtin, Builtin::List | Builtin::Dict);
    let is_required = matches!(field.default, FieldDefault::Required);
    let is_kept = is_required || ffi::builtin_truth(value) != Some(false);
    match (field.is_excluded, is_kept, is_default) {
        (true, _, true) => Place::Nowhere,
        (false, true, _) if is_short => Place::Here,
        (false, false, true) if field.is_mirrored => Place::Late,
        (false, false, true) => Place::Nowhere,
        _ => Place::Unknown,
    }
}

/// Writes an empty list or dict that nothing else can refer to.
fn push_empty(sink: &mut Encode, value: &Bound<'_, PyAny>) -> bool {
    let text: &[u8] = match ffi::builtin_of(value.as_ptr()) {
        Builtin::List => b"[]",
        Builtin::Dict => b"{}",
        _ => return false,
    };
    if ffi::reference_count(value) > 2 {
        return false;
    }
    sink.text(text);
    true
}

/// Whether extras, fields set and private attributes are what a reader expects.
fn has_nothing_else(plan: &Plan, value: &Bound<'_, PyAny>, expected: u128) -> PyResult<bool> {
    let Some(slots) = &plan.model else { return Ok(false) };
    let extra = slots.extra.get(value)?;
    let is_usual = if plan.allows_extra { is_empty_of_its_own(&extra) } else { extra.is_none() };
    if !is_usual || plan.has_private() || holds_private(slots, value) {
        return Ok(false);
    }
    let set = slots.set.get(value)?;
    if ffi::reference_count(&set) > 2 {
        return Ok(false);
    }
    Ok(fields_set_of(plan, &set, &extra, expected)? == FieldsSet::Expected)
}
