//! How a class is taken apart and put together: the plan that Python made for it, in native form.
//!
//! Plans are made once per class by `persist.state.plans` (see there for what each entry means)
//! and read here once, so that no Python runs per field.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use persist_core::json::{self, MemberStart};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyString, PyType};
use rustc_hash::FxHashMap;

use super::brought::{self, Judge};
use super::depth::{Freeing, freeing_of};
use super::extended;
use super::ffi::{self, Builtin};
use super::outline::{self, Place};
use super::slot::{ModelSlots, Slot};
use super::undeclared::Open;

/// How the class is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// It cannot be carried; `reason` and `hint` say why.
    Refused,
    /// Its `describe` hook gives the node.
    Described,
    /// An object node: class name and state.
    Object,
    /// An object node with the value of the immutable builtin that the class extends; `describe`
    /// gives that value.
    Extended,
    /// An object or call node, as the class's pickling hooks have it.
    Reduced,
    /// LangChain's constructor node.
    Constructor,
}

/// How many fields are compared before they are looked up.
const AHEAD: usize = 12;

/// The most fields of a plan: the walk keeps one bit for each.
const MAX_FIELDS: usize = 128;

/// What is known of a field's default without running code.
pub(super) enum Default {
    /// There is none: the field is required.
    Required,
    /// A scalar: `None`, bool, int, float, str, bytes.
    Scalar(Py<PyAny>),
    /// A new empty list.
    EmptyList,
    /// A new empty dict.
    EmptyDict,
    /// Something else; no value counts as equal to it.
    Opaque,
}

/// One field of a class with declared fields.
pub(super) struct Field {
    pub(super) name: Py<PyString>,
    pub(super) text: String,
    /// `"name":`, as it stands in kwargs.
    pub(super) key: Vec<u8>,
    /// The same, for reading.
    pub(super) start: MemberStart,
    pub(super) default: Default,
    /// The default as `Serializable.to_json` sees it: a factory's counts as `None`.
    pub(super) dumped_default: Option<Py<PyAny>>,
    /// Left out of `dumps` whatever its value (`exclude=True`).
    pub(super) is_excluded: bool,
    /// Written at the end of kwargs even where `dumps` would drop the field.
    pub(super) is_mirrored: bool,
    /// Where a constructor node has the field when its value is the very object that is its default.
    at_default: Option<Place>,
}

/// A private attribute of a model.
#[derive(FromPyObject)]
pub(super) struct Private {
    pub(super) name: Py<PyString>,
    /// Its default can be compared, and given, without running code.
    is_known: bool,
    default: Py<PyAny>,
    /// An instance has it from the start.
    pub(super) is_given: bool,
}

/// The plan of one class.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Plan {
    pub(super) class: Py<PyType>,
    /// `module:qualname`.
    pub(super) name: String,
    /// Whether that led back to the class when the plan was made.
    pub(super) is_named: bool,
    /// The last capture in which it did.
    named_in: AtomicUsize,
    pub(super) shape: Shape,
    pub(super) reason: String,
    pub(super) hint: String,
    pub(super) describe: Option<Py<PyAny>>,
    /// Two mentions of one instance must come back as one.
    pub(super) has_identity: bool,
    /// An instance exists only when what it is made of does: its arguments, or its value.
    pub(super) is_whole: bool,
    /// The class sets the state of its instances itself, by `__setstate__`.
    pub(super) sets_state: bool,
    /// Members of a node, beyond those of any object, that an instance may be taken apart into.
    takes: Vec<String>,
    pub(super) judge: Option<Judge>,
    /// The builtin that the class extends and whose own code makes and fills its instances.
    pub(super) native: Option<Py<PyType>>,
    /// The container whose hooks take its instances apart, and whose own code reads and fills them.
    pub(super) filler: Option<Py<PyType>>,
    /// Gives an instance what is held in C, from the parts of its node.
    pub(super) fill: Option<Py<PyAny>>,
    /// Makes the state whole that a hook of the standard library gives.
    pub(super) complete: Option<Py<PyAny>>,
    /// That is all an instance has, whatever code of Python gives a new one.
    pub(super) clears: bool,
    /// Takes an instance apart where the hook of a base would ask the class's own methods.
    pub(super) take: Option<Py<PyAny>>,
    /// Makes an instance by the code of a base of the standard library, which needs none of its own.
    pub(super) make: Option<Py<PyAny>>,
    /// What is written has all that an instance holds, whatever `__new__` gives a new one.
    pub(super) is_all: bool,
    /// `hash()` of an instance needs no state.
    pub(super) hashes_by_identity: bool,
    pub(super) is_always_true: bool,
    /// Its hook leaves a secret out, so it must know what that is called.
    pub(super) is_secret: bool,
    /// It is an address: credentials in it are a secret in an attribute of a component.
    pub(super) is_address: bool,
    pub(super) has_dict: bool,
    pub(super) freeing: Freeing,
    /// The attributes that a model keeps beside its instance dict, where the class is one.
    pub(super) model: Option<ModelSlots>,
    pub(super) allows_extra: bool,
    pub(super) private: Vec<Private>,
    /// Their names.
    pub(super) private_names: Py<PyFrozenSet>,
    /// Those of them that an instance works out again: they are written as their default.
    pub(super) memos: Vec<String>,
    /// Attribute names beside the fields that the `__dict__` of a model may hold.
    pub(super) cached: Py<PyFrozenSet>,
    /// A model's `__dict__` may also hold names that its class does not declare.
    pub(super) open: Option<Open>,
    pub(super) slots: Vec<Slot>,
    pub(super) fields: Vec<Field>,
    /// Bit per field.
    pub(super) all_fields: u128,
    pub(super) required: u128,
    by_name: FxHashMap<String, usize>,
    /// Names of what an instance is given whole: the elements of a tuple, or what a hook sets. Of a
    /// model the fields of which nothing but the names is known.
    pub(super) declared: Vec<String>,
    /// The immutable builtin that the class extends: an instance is made with its value.
    pub(super) base: Option<Py<PyType>>,
    /// An instance with nothing in it may be a global that is known by being that very one.
    pub(super) is_sentinel: bool,
    /// Instances that hooks take apart may lack a declared field, and show what the class has there.
    pub(super) may_show: bool,
    /// Where instances lie that a table knows by their names: modules, and names in them.
    pub(super) listed: Vec<(String, String)>,
    /// Attribute names that a `__dict__` must not hold.
    forbidden: Py<PyFrozenSet>,
    /// Names with two underscores at both ends under which it may hold what can be called: nobody
    /// does so, or the class declares them.
    pub(super) brought: Py<PyFrozenSet>,
    /// Names under which anybody calls what an object has: nothing that can be called stands there.
    pub(super) called: Py<PyFrozenSet>,
    /// The same among the fields, one bit each, where a text makes the class.
    pub(super) called_fields: u128,
    /// The text up to and including the class's id.
    pub(super) head: Vec<u8>,
    /// It is written as a constructor node, natively or by its hook.
    pub(super) is_serializable: bool,
    /// Class name to write under `state`, where the id does not lead back to the class.
    pub(super) class_path: Option<String>,
    /// What LangChain calls an instance without a name of its own, where it writes a name at all.
    pub(super) title: Option<String>,
    /// What the metadata says of this class.
    #[pyo3(get)]
    record: Py<PyDict>,
    /// Checks an instance after its state is set.
    pub(super) check: Option<Py<PyAny>>,
    /// Its attributes may be secrets.
    is_component: AtomicBool,
}

fn entry<'py>(spec: &Bound<'py, PyDict>, key: &str) -> PyResult<Bound<'py, PyAny>> {
    spec.get_item(key)?.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(key.to_owned()))
}

fn optional(spec: &Bound<'_, PyDict>, key: &str) -> PyResult<Option<Py<PyAny>>> {
    let found = entry(spec, key)?;
    Ok((!found.is_none()).then(|| found.unbind()))
}

fn default_of(kind: &str, value: &Bound<'_, PyAny>) -> PyResult<Default> {
    Ok(match kind {
        "required" => Default::Required,
        "scalar" => Default::Scalar(value.clone().unbind()),
        "list" => Default::EmptyList,
        "dict" => Default::EmptyDict,
        "opaque" => Default::Opaque,
        other => return Err(pyo3::exceptions::PyValueError::new_err(other.to_owned())),
    })
}

type FieldSpec<'py> =
    (Bound<'py, PyString>, String, Bound<'py, PyAny>, Bound<'py, PyAny>, bool, bool, bool);

fn field_of(spec: FieldSpec<'_>) -> PyResult<Field> {
    let (name, kind, value, dumped, has_dumped, is_excluded, is_mirrored) = spec;
    let text = name.to_str()?.to_owned();
    let mut field = Field {
        key: key_of(&text),
        start: MemberStart::of(&text),
        text,
        name: ffi::interned(&name),
        default: default_of(&kind, &value)?,
        dumped_default: has_dumped.then(|| dumped.unbind()),
        is_excluded,
        is_mirrored,
        at_default: None,
    };
    field.at_default = outline::place_at_default(name.py(), &field)?;
    Ok(field)
}

/// One bit for each, from the lowest.
fn bits(flags: impl Iterator<Item = bool>) -> u128 {
    flags.enumerate().fold(0, |bits, (at, flag)| bits | (u128::from(flag) << at))
}

/// `"name":`.
fn key_of(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 3);
    json::push_str(&mut key, name);
    key.push(b':');
    key
}

fn shape_of(name: &str) -> PyResult<Shape> {
    Ok(match name {
        "refused" => Shape::Refused,
        "described" => Shape::Described,
        "object" => Shape::Object,
        "extended" => Shape::Extended,
        "reduced" => Shape::Reduced,
        "constructor" => Shape::Constructor,
        other => return Err(pyo3::exceptions::PyValueError::new_err(other.to_owned())),
    })
}

#[pymethods]
impl Plan {
    /// Reads a plan that `persist.state.plans` made.
    #[new]
    fn new(spec: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut fields = Vec::new();
        for field in entry(spec, "fields")?.try_iter()? {
            fields.push(field_of(field?.extract()?)?);
        }
        let mut slots = Vec::new();
        for slot in entry(spec, "slots")?.try_iter()? {
            let (name, descriptor): (Bound<'_, PyString>, Bound<'_, PyAny>) = slot?.extract()?;
            let text = name.to_str()?.to_owned();
            slots.push(Slot { name: ffi::interned(&name), text, descriptor: descriptor.unbind() });
        }
        if fields.len() > MAX_FIELDS {
            return Err(pyo3::exceptions::PyValueError::new_err("a plan has too many fields"));
        }
        let flag = |key: &str| -> PyResult<bool> { entry(spec, key)?.extract() };
        let text = |key: &str| -> PyResult<String> { entry(spec, key)?.extract() };
        let by_name = fields.iter().enumerate().map(|(at, field)| (field.text.clone(), at));
        let name = text("name")?;
        let shape = shape_of(&text("shape")?)?;
        let lc_id: Vec<String> = entry(spec, "lc_id")?.extract()?;
        let declared: Vec<String> = entry(spec, "declared")?.extract()?;
        let id = extended::id_of(&name, shape, &declared);
        let is_nameless = shape == Shape::Object && !entry(spec, "describe")?.is_none();
        let class = entry(spec, "class")?.cast_into::<PyType>()?;
        let model: Option<[Bound<'_, PyString>; 3]> = entry(spec, "model")?.extract()?;
        let private: Vec<Private> = entry(spec, "private")?.extract()?;
        Ok(Self {
            head: head_of(shape, (!is_nameless).then_some(&id), &lc_id),
            is_serializable: !lc_id.is_empty(),
            name,
            is_named: flag("is_named")?,
            named_in: AtomicUsize::new(0),
            shape,
            reason: text("reason")?,
            hint: text("hint")?,
            describe: optional(spec, "describe")?,
            has_identity: flag("has_identity")?,
            is_whole: flag("is_whole")?,
            sets_state: flag("sets_state")?,
            takes: entry(spec, "takes")?.extract()?,
            judge: optional(spec, "accept")?.map(Judge::of),
            native: entry(spec, "native")?.extract()?,
            filler: entry(spec, "filler")?.extract()?,
            fill: optional(spec, "fill")?,
            complete: optional(spec, "complete")?,
            clears: !entry(spec, "complete")?.is_none() && ffi::is_heap_type(&class),
            take: optional(spec, "take")?,
            make: optional(spec, "make")?,
            is_all: flag("is_all")?,
            hashes_by_identity: flag("hashes_by_identity")?,
            is_always_true: flag("is_always_true")?,
            is_secret: flag("is_secret")?,
            is_address: flag("is_address")?,
            has_dict: flag("has_dict")?,
            freeing: freeing_of(&class)?,
            model: model.map(|names| ModelSlots::of(&class, &names)).transpose()?,
            class: class.unbind(),
            allows_extra: flag("allows_extra")?,
            private_names: PyFrozenSet::new(spec.py(), private.iter().map(|it| &it.name))?.unbind(),
            private,
            memos: entry(spec, "memos")?.extract()?,
            cached: entry(spec, "cached")?.cast_into::<PyFrozenSet>()?.unbind(),
            open: Open::of(&entry(spec, "open")?)?,
            slots,
            by_name: by_name.collect(),
            all_fields: bits(fields.iter().map(|_| true)),
            required: bits(fields.iter().map(|it| matches!(it.default, Default::Required))),
            forbidden: entry(spec, "forbidden")?.cast_into::<PyFrozenSet>()?.unbind(),
            brought: entry(spec, "brought")?.cast_into::<PyFrozenSet>()?.unbind(),
            called_fields: brought::called_fields(&fields, &entry(spec, "called")?, is_nameless)?,
            called: entry(spec, "called")?.cast_into::<PyFrozenSet>()?.unbind(),
            fields,
            declared,
            base: entry(spec, "base")?.extract()?,
            is_sentinel: flag("is_sentinel")?,
            may_show: flag("may_show")?,
            listed: entry(spec, "listed")?.extract()?,
            class_path: entry(spec, "class_path")?.extract()?,
            title: entry(spec, "title")?.extract()?,
            record: entry(spec, "record")?.cast_into::<PyDict>()?.unbind(),
            check: optional(spec, "check")?,
            is_component: AtomicBool::new(false),
        })
    }

    /// The class this plan is of.
    #[getter]
    fn class_<'py>(&self, py: Python<'py>) -> Bound<'py, PyType> {
        self.class.bind(py).clone()
    }

    /// How its instances are written: `refused`, `described`, `object`, `extended`, `reduced` or
    /// `constructor`.
    #[getter]
    const fn shape(&self) -> &'static str {
        match self.shape {
            Shape::Refused => "refused",
            Shape::Described => "described",
            Shape::Object => "object",
            Shape::Extended => "extended",
            Shape::Reduced => "reduced",
            Shape::Constructor => "constructor",
        }
    }

    /// Whether its instances have fields that a constructor or object node can give.
    #[getter]
    const fn has_state(&self) -> bool {
        self.has_dict || !self.slots.is_empty() || self.base.is_some() || !self.takes.is_empty()
    }

    /// Why its instances cannot be carried, where they cannot.
    #[getter]
    fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether its attributes may be secrets.
    #[getter(is_component)]
    fn component(&self) -> bool {
        self.is_component()
    }

    /// Says that attributes of its instances may be secrets.
    fn guard(&self) {
        self.is_component.store(true, Ordering::Relaxed);
    }

    /// Its canonical name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }
}

/// The beginning of a node; an object whose class has no name says its class as a part of its node.
fn head_of(shape: Shape, name: Option<&String>, lc_id: &[String]) -> Vec<u8> {
    let mut head = Vec::new();
    match shape {
        Shape::Constructor => {
            head.extend_from_slice(br#"{"lc":1,"type":"constructor","id":["#);
            for (at, part) in lc_id.iter().enumerate() {
                if at > 0 {
                    head.push(b',');
                }
                json::push_str(&mut head, part);
            }
            head.push(b']');
        }
        Shape::Object | Shape::Extended | Shape::Reduced => {
            head.extend_from_slice(br#"{"lc":"object""#);
            if let Some(name) = name {
                head.extend_from_slice(br#","id":"#);
                json::push_str(&mut head, name);
            }
        }
        Shape::Described | Shape::Refused => {}
    }
    head
}

impl Plan {
    /// The index of a field, guessed first: state usually comes in the order of the class.
    #[inline]
    pub(super) fn field_index(&self, name: &[u8], guess: usize) -> Option<usize> {
        // Fields at their default are left out, so the next one is a few places on.
        let ahead = self.fields.iter().enumerate().skip(guess).take(AHEAD);
        let mut near = ahead.filter(|(_, field)| field.text.as_bytes() == name);
        near.next()
            .map(|(index, _)| index)
            .or_else(|| self.by_name.get(std::str::from_utf8(name).ok()?).copied())
    }

    /// The same for an interned name, compared by address first.
    #[inline]
    pub(super) fn field_of(&self, key: *mut pyo3::ffi::PyObject, guess: usize) -> Option<usize> {
        if self.fields.get(guess).is_some_and(|field| field.name.as_ptr() == key) {
            return Some(guess);
        }
        ffi::utf8(key).and_then(|name| self.by_name.get(name).copied())
    }

    /// Whether the name of the class leads to it still: a module that is loaded anew has another.
    /// Looked up once in each capture.
    pub(super) fn is_current(&self, py: Python<'_>, capture: usize) -> PyResult<bool> {
        if !self.is_named || self.named_in.load(Ordering::Relaxed) == capture {
            return Ok(true);
        }
        let class = self.class.bind(py);
        let names = py.import(intern!(py, "persist.state.names"))?;
        let is_current = !names.call_method1(intern!(py, "name_of"), (class,))?.is_none();
        if is_current {
            self.named_in.store(capture, Ordering::Relaxed);
        }
        Ok(is_current)
    }

    /// Whether an instance may be taken apart into this member.
    pub(super) fn takes(&self, member: &str) -> bool {
        self.takes.iter().any(|taken| taken == member)
    }

    #[inline]
    pub(super) fn is_component(&self) -> bool {
        self.is_component.load(Ordering::Relaxed)
    }

    /// Whether an instance can be written without a hook, a check or anything beside its kwargs.
    pub(super) fn may_be_drafted(&self) -> bool {
        self.shape == Shape::Constructor
            && self.has_plain_node()
            && self.check.is_none()
            && !self.has_private()
    }

    /// Whether a constructor node has nothing but kwargs, and none of those may be a secret.
    #[inline]
    pub(super) fn has_plain_node(&self) -> bool {
        self.class_path.is_none() && self.title.is_none() && !self.is_component()
    }

    /// Fields of a model that are written like other attributes: no default of theirs is known.
    pub(super) fn unlisted_fields(&self) -> &[String] {
        if self.is_model() { &self.declared } else { &[] }
    }

    pub(super) const fn is_model(&self) -> bool {
        self.model.is_some()
    }

    /// Whether an instance dict must not hold this name.
    pub(super) fn forbids(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        use pyo3::types::PyFrozenSetMethods;
        self.forbidden.bind(py).contains(name)
    }

    pub(super) const fn has_private(&self) -> bool {
        !self.private.is_empty()
    }

    /// Whether all private attributes are what a new instance would have.
    pub(super) fn is_default_private(&self, dict: &Bound<'_, PyDict>) -> PyResult<bool> {
        if dict.len() != self.private.len() {
            return Ok(false);
        }
        let mut position = 0;
        while let Some((key, _)) = ffi::dict_next(dict, &mut position) {
            if ffi::builtin_of(key) != Builtin::Str {
                return Ok(false);
            }
        }
        for private in &self.private {
            let default = private.default.as_ptr();
            match dict.get_item(&private.name)? {
                Some(value) if private.is_known && ffi::same_scalar(default, value.as_ptr()) => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The private attributes as they are written: what an instance works out again is at its default.
    pub(super) fn without_memos<'py>(
        &self,
        dict: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        if self.memos.is_empty() {
            return Ok(dict.clone());
        }
        let kept = dict.copy()?;
        for Private { name, default, .. } in &self.private {
            if self.memos.contains(&name.extract(dict.py())?) && kept.contains(name)? {
                kept.set_item(name, default)?;
            }
        }
        Ok(kept)
    }

    /// The private attributes where the text does not name them.
    pub(super) fn default_private<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.private.is_empty() {
            return Ok(py.None().into_bound(py));
        }
        let dict = PyDict::new(py);
        for private in self.private.iter().filter(|private| private.is_known) {
            dict.set_item(&private.name, &private.default)?;
        }
        Ok(dict.into_any())
    }

    /// Refuses names that are no private attributes of the class.
    pub(super) fn check_private(&self, private: &Bound<'_, PyAny>) -> PyResult<()> {
        let Ok(dict) = private.cast::<PyDict>() else { return Ok(()) };
        for key in dict.keys() {
            if !self.private_names.bind(key.py()).contains(&key)? {
                let reason = format!("`{key}` is no private attribute of the class");
                return Err(pyo3::exceptions::PyValueError::new_err(reason));
            }
        }
        Ok(())
    }
}

impl Field {
    /// Whether a value is this field's default: the same type and equal, compared without running
    /// code. Floats compare by their bits.
    #[inline]
    pub(super) fn is_default(&self, value: *mut pyo3::ffi::PyObject) -> bool {
        match &self.default {
            Default::Scalar(default) => ffi::same_scalar(default.as_ptr(), value),
            Default::EmptyList => ffi::is_empty(value, Builtin::List),
            Default::EmptyDict => ffi::is_empty(value, Builtin::Dict),
            Default::Required | Default::Opaque => false,
        }
    }

    /// Where the field goes, if the value is the very object that is its default and a scalar.
    #[inline]
    pub(super) fn place_at_default(&self, value: *mut pyo3::ffi::PyObject) -> Option<Place> {
        match &self.default {
            Default::Scalar(default) if default.as_ptr() == value => self.at_default,
            _ => None,
        }
    }

    /// A new default value, for the kinds that `is_default` can answer for.
    #[inline]
    pub(super) fn make_default<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match &self.default {
            Default::Scalar(default) => Some(default.bind(py).clone()),
            Default::EmptyList => Some(pyo3::types::PyList::empty(py).into_any()),
            Default::EmptyDict => Some(PyDict::new(py).into_any()),
            Default::Required | Default::Opaque => None,
        }
    }
}
