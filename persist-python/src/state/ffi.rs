//! The few calls of the C API that the walk needs faster than a safe wrapper gives them.
//!
//! Every function here keeps one promise: what it returns is owned, or is used before any Python
//! code can run. Nothing borrowed from a container leaves this file.
#![expect(unsafe_code, reason = "direct calls of the limited C API, each with its condition")]

use std::ffi::c_int;
use std::os::raw::c_void;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PySet, PyString, PyTuple, PyType};

/// The exact built-in type of a value, as far as the state text has a form of its own for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Builtin {
    None,
    True,
    False,
    Int,
    Float,
    Str,
    Bytes,
    List,
    Dict,
    Tuple,
    Set,
    FrozenSet,
    ByteArray,
    Other,
}

impl Builtin {
    /// Whether the value is written without walking into it.
    #[inline]
    pub(super) const fn is_scalar(self) -> bool {
        matches!(self, Self::None | Self::True | Self::False | Self::Int | Self::Float | Self::Str)
    }
}

/// `bool(value)` for exact built-in types, which run no code for it; `None` for any other.
#[inline]
pub(super) fn builtin_truth(value: *mut ffi::PyObject) -> Option<bool> {
    // SAFETY: each call is made on an object of the exact type it is for.
    unsafe {
        Some(match builtin_of(value) {
            Builtin::None | Builtin::False => false,
            Builtin::True => true,
            Builtin::Str => ffi::PyUnicode_GetLength(value) != 0,
            Builtin::List => ffi::PyList_Size(value) != 0,
            Builtin::Dict => ffi::PyDict_Size(value) != 0,
            Builtin::Other => return None,
            _ => ffi::PyObject_IsTrue(value) == 1,
        })
    }
}

/// Whether two values of one exact scalar type are equal; compares without running code.
#[inline]
pub(super) fn same_scalar(one: *mut ffi::PyObject, other: *mut ffi::PyObject) -> bool {
    if one == other {
        return true;
    }
    let builtin = builtin_of(one);
    if builtin != builtin_of(other) {
        return false;
    }
    match builtin {
        Builtin::Float => float_value(one).to_bits() == float_value(other).to_bits(),
        // SAFETY: both are exact ints, strs or bytes, whose comparison runs no code.
        Builtin::Int | Builtin::Str | Builtin::Bytes => unsafe {
            ffi::PyObject_RichCompareBool(one, other, ffi::Py_EQ) == 1
        },
        _ => false,
    }
}

/// The address of a value's type, as a key.
#[inline]
pub(super) fn type_address(value: &Bound<'_, PyAny>) -> usize {
    // SAFETY: reads the type pointer of a live object.
    unsafe { ffi::Py_TYPE(value.as_ptr()) as usize }
}

/// Tells the exact built-in type; subclasses are `Other`.
#[inline]
pub(super) fn builtin_of(value: *mut ffi::PyObject) -> Builtin {
    // SAFETY: reads the type pointer of a live object and compares it with static types.
    unsafe {
        let kind = ffi::Py_TYPE(value);
        if kind == &raw mut ffi::PyUnicode_Type {
            Builtin::Str
        } else if kind == &raw mut ffi::PyDict_Type {
            Builtin::Dict
        } else if kind == &raw mut ffi::PyList_Type {
            Builtin::List
        } else if value == ffi::Py_None() {
            Builtin::None
        } else if kind == &raw mut ffi::PyLong_Type {
            Builtin::Int
        } else if kind == &raw mut ffi::PyFloat_Type {
            Builtin::Float
        } else if kind == &raw mut ffi::PyBool_Type {
            if value == ffi::Py_True() { Builtin::True } else { Builtin::False }
        } else {
            rare_builtin_of(kind)
        }
    }
}

fn rare_builtin_of(kind: *mut ffi::PyTypeObject) -> Builtin {
    let rare = [
        (&raw mut ffi::PyTuple_Type, Builtin::Tuple),
        (&raw mut ffi::PyBytes_Type, Builtin::Bytes),
        (&raw mut ffi::PySet_Type, Builtin::Set),
        (&raw mut ffi::PyFrozenSet_Type, Builtin::FrozenSet),
        (&raw mut ffi::PyByteArray_Type, Builtin::ByteArray),
    ];
    rare.iter().find(|(known, _)| *known == kind).map_or(Builtin::Other, |(_, builtin)| *builtin)
}

/// How many references a value has, the caller's own included.
#[inline]
pub(super) fn reference_count(value: &Bound<'_, PyAny>) -> isize {
    // SAFETY: reads the count of a live object.
    unsafe { ffi::Py_REFCNT(value.as_ptr()) }
}

/// Whether a borrowed value has no other owner than what it was borrowed from.
#[inline]
pub(super) fn is_lone(_py: Python<'_>, value: *mut ffi::PyObject) -> bool {
    // SAFETY: reads the count of an object that its owner keeps alive.
    unsafe { ffi::Py_REFCNT(value) <= 1 }
}

/// Takes the next entry of a dict as borrowed pointers; `false` at the end.
///
/// Safe to call on a dict that changed since the last call: the position is checked against the
/// table as it is now, though entries may then be missed or met twice.
#[inline]
pub(super) fn dict_next(
    dict: &Bound<'_, PyDict>,
    position: &mut isize,
) -> Option<(*mut ffi::PyObject, *mut ffi::PyObject)> {
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the dict is alive; the pointers are used by the caller before other code runs.
    let found = unsafe { ffi::PyDict_Next(dict.as_ptr(), position, &mut key, &mut value) };
    (found != 0).then_some((key, value))
}

/// The element of a list as a borrowed pointer; `None` beyond its present end.
#[inline]
pub(super) fn list_item(list: &Bound<'_, PyList>, index: usize) -> Option<*mut ffi::PyObject> {
    // SAFETY: the call checks the index; the pointer is used before other code runs.
    unsafe {
        let item = ffi::PyList_GetItem(list.as_ptr(), index as isize);
        if item.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(item)
    }
}

/// The element of a tuple, as a borrowed pointer.
#[inline]
pub(super) fn tuple_item(tuple: &Bound<'_, PyTuple>, index: usize) -> Option<*mut ffi::PyObject> {
    if index >= tuple.len() {
        return None;
    }
    // SAFETY: the index is in range; tuples do not change.
    Some(unsafe { ffi::PyTuple_GetItem(tuple.as_ptr(), index as isize) })
}

/// Owns a borrowed pointer.
#[inline]
pub(super) fn own<'py>(py: Python<'py>, value: *mut ffi::PyObject) -> Bound<'py, PyAny> {
    // SAFETY: the pointer came from one of the functions above, just now.
    unsafe { Bound::from_borrowed_ptr(py, value) }
}

/// Whether the class of a value says that it can be called; nothing runs.
pub(super) fn is_callable(value: *mut ffi::PyObject) -> bool {
    // SAFETY: `value` is an object that its container keeps alive.
    unsafe { ffi::PyCallable_Check(value) != 0 }
}

/// The UTF-8 of a string, or `None` when it holds a lone surrogate.
#[inline]
pub(super) fn utf8<'a>(value: *mut ffi::PyObject) -> Option<&'a str> {
    let mut size = 0;
    // SAFETY: `value` is a str that its container keeps alive while the text is copied; the
    // buffer belongs to the string and CPython guarantees that it is UTF-8.
    unsafe {
        let data = ffi::PyUnicode_AsUTF8AndSize(value, &mut size);
        if data.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(std::str::from_utf8_unchecked(std::slice::from_raw_parts(data.cast(), size as usize)))
    }
}

/// How many characters an exact str has.
#[inline]
pub(super) fn length_of_string(value: *mut ffi::PyObject) -> usize {
    // SAFETY: `value` is an exact str.
    unsafe { ffi::PyUnicode_GetLength(value) }.unsigned_abs()
}

/// The UTF-8 of a string as an object of its own: the string does not keep it, as it does with
/// [`utf8`]. `None` when it holds a lone surrogate.
pub(super) fn utf8_apart(py: Python<'_>, value: *mut ffi::PyObject) -> Option<Bound<'_, PyBytes>> {
    // SAFETY: `value` is an exact str; a new reference to bytes, or null with an error set.
    let made =
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_AsUTF8String(value)).ok()? };
    made.cast_into::<PyBytes>().ok()
}

/// The characters of a string from one index up to another, or to its end.
pub(super) fn part_of_string<'py>(
    value: &Bound<'py, PyAny>,
    from: usize,
    to: usize,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: `value` is an exact str; a new reference, or null with an error set.
    unsafe {
        let part = ffi::PyUnicode_Substring(value.as_ptr(), from as isize, to as isize);
        Bound::from_owned_ptr_or_err(value.py(), part)
    }
}

/// The text of bytes that are ASCII.
pub(super) fn ascii<'a>(value: *mut ffi::PyObject) -> Option<&'a str> {
    // SAFETY: `value` is bytes that its container keeps alive while the text is looked at.
    let bytes = unsafe {
        let data = ffi::PyBytes_AsString(value).cast::<u8>();
        std::slice::from_raw_parts(data, bytes_length(value))
    };
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

/// How many bytes there are in exact bytes.
pub(super) fn bytes_length(value: *mut ffi::PyObject) -> usize {
    // SAFETY: `value` is bytes.
    unsafe { ffi::PyBytes_Size(value) }.unsigned_abs()
}

/// Whether a value is of a class that extends `str` or `bytes`.
pub(super) fn extends_text(value: *mut ffi::PyObject) -> bool {
    // SAFETY: both read the flags of a live object's type.
    unsafe { ffi::PyUnicode_Check(value) == 1 || ffi::PyBytes_Check(value) == 1 }
}

/// The text of a str, or of bytes that are ASCII, of a class that extends either.
pub(super) fn extended_text<'a>(value: *mut ffi::PyObject) -> Option<&'a str> {
    // SAFETY: it reads the flags of a live object's type.
    let is_str = unsafe { ffi::PyUnicode_Check(value) == 1 };
    if is_str { utf8(value) } else { ascii(value) }
}

/// Whether a value is a container of `collections`, or a list, tuple, dict or set, or of a class
/// that extends one of these four.
pub(super) fn extends_container(value: *mut ffi::PyObject) -> bool {
    // SAFETY: a live object has a class.
    is_container_class(unsafe { ffi::Py_TYPE(value) })
}

/// Whether a value is a dict, or of a class that extends it.
pub(super) fn extends_dict(value: *mut ffi::PyObject) -> bool {
    // SAFETY: reads the flags of a live object's class.
    unsafe { ffi::PyDict_Check(value) == 1 }
}

/// The containers that are no builtins: the last two have what they hold in an attribute.
const HOLDERS: [&str; 3] = ["deque", "UserDict", "UserList"];

static HOLDER_TYPES: PyOnceLock<[Py<PyType>; HOLDERS.len()]> = PyOnceLock::new();

/// The classes of `collections` that are containers and no builtins.
pub(super) fn holders(py: Python<'_>) -> PyResult<&'static [Py<PyType>; HOLDERS.len()]> {
    HOLDER_TYPES.get_or_try_init(py, || {
        let module = py.import("collections")?;
        let class = |name| -> PyResult<Py<PyType>> {
            Ok(module.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        let [deque, dict, list] = HOLDERS.map(class);
        PyResult::Ok([deque?, dict?, list?])
    })
}

/// Whether a class is a container of `collections`; what extends one has rules of its own.
fn is_holder_class(class: *mut ffi::PyTypeObject) -> bool {
    let is_class = |holder: &Py<PyType>| holder.as_ptr() == class.cast();
    Python::attach(|py| holders(py).is_ok_and(|holders| holders.iter().any(is_class)))
}

/// Whether a class is a container of `collections`, or is or extends `list`, `tuple`, `dict`, `set`
/// or `frozenset`.
pub(super) fn is_container_class(class: *mut ffi::PyTypeObject) -> bool {
    let flags = [
        ffi::Py_TPFLAGS_LIST_SUBCLASS,
        ffi::Py_TPFLAGS_TUPLE_SUBCLASS,
        ffi::Py_TPFLAGS_DICT_SUBCLASS,
    ];
    // SAFETY: both read the flags or the bases of a live class.
    let is_builtin = unsafe {
        flags.iter().any(|flag| ffi::PyType_FastSubclass(class, *flag) == 1)
            || ffi::PyType_IsSubtype(class, &raw mut ffi::PySet_Type) == 1
            || ffi::PyType_IsSubtype(class, &raw mut ffi::PyFrozenSet_Type) == 1
    };
    is_builtin || is_holder_class(class)
}

/// The value of a float.
#[inline]
pub(super) fn float_value(value: *mut ffi::PyObject) -> f64 {
    // SAFETY: `value` is an exact float.
    unsafe { ffi::PyFloat_AsDouble(value) }
}

/// The value of an int that fits 64 bits.
#[inline]
pub(super) fn small_int(value: *mut ffi::PyObject) -> Option<i64> {
    let mut overflow: c_int = 0;
    // SAFETY: `value` is an exact int, so nothing is converted and no error is set.
    let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(value, &mut overflow) };
    (overflow == 0).then_some(number)
}

/// The digits of an int in hexadecimal, with sign and `0x`; no limit of digits applies.
pub(super) fn hex_int<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    // SAFETY: returns a new reference or null with an error set.
    let text = unsafe {
        Bound::from_owned_ptr_or_err(value.py(), ffi::PyNumber_ToBase(value.as_ptr(), 16))?
    };
    Ok(text.cast_into::<PyString>()?)
}

/// The instance dict of an object whose class has one.
#[inline]
pub(super) fn instance_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    // SAFETY: returns a new reference or null with an error set.
    let dict = unsafe {
        let found = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(object.py(), found)?
    };
    Ok(dict.cast_into::<PyDict>()?)
}

/// Hands each element of an exact set to `visit` until that says no; `false` where it did, and for
/// anything but an exact set.
#[inline]
pub(super) fn each_of_set(
    set: &Bound<'_, PyAny>,
    mut visit: impl FnMut(*mut ffi::PyObject) -> bool,
) -> bool {
    if builtin_of(set.as_ptr()) != Builtin::Set {
        return false;
    }
    // SAFETY: the iterator of an exact set runs no code of a program; it and each element are new
    // references that are given up here, and an error is cleared.
    unsafe {
        let iterator = ffi::PyObject_GetIter(set.as_ptr());
        if iterator.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        let mut goes_on = true;
        while goes_on {
            let element = ffi::PyIter_Next(iterator);
            if element.is_null() {
                goes_on = ffi::PyErr_Occurred().is_null();
                ffi::PyErr_Clear();
                break;
            }
            goes_on = visit(element);
            ffi::Py_DECREF(element);
        }
        ffi::Py_DECREF(iterator);
        goes_on
    }
}

/// Replaces the instance dict of an object whose class has one.
#[inline]
pub(super) fn set_instance_dict(
    object: &Bound<'_, PyAny>,
    dict: &Bound<'_, PyDict>,
) -> PyResult<()> {
    // SAFETY: both are alive; the call reports failure by an error.
    let failed = unsafe {
        ffi::PyObject_GenericSetDict(object.as_ptr(), dict.as_ptr(), std::ptr::null_mut())
    };
    if failed == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// The interned str of the same text.
pub(super) fn interned(text: &Bound<'_, PyString>) -> Py<PyString> {
    let mut pointer = text.clone().unbind().into_ptr();
    // SAFETY: takes over the reference and gives one back.
    unsafe {
        ffi::PyUnicode_InternInPlace(&mut pointer);
        Bound::from_owned_ptr(text.py(), pointer).cast_into_unchecked::<PyString>().unbind()
    }
}

/// Whether a value is an exact container of this type without elements.
#[inline]
pub(super) fn is_empty(value: *mut ffi::PyObject, builtin: Builtin) -> bool {
    builtin_of(value) == builtin && builtin_truth(value) == Some(false)
}

/// Whether a value is a list or dict with nothing in it.
#[inline]
pub(super) fn is_empty_container(value: *mut ffi::PyObject) -> bool {
    is_empty(value, Builtin::List) || is_empty(value, Builtin::Dict)
}

/// A new empty list or dict for a default that is one; `None` for what can be shared.
#[inline]
pub(super) fn fresh<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    match builtin_of(value.as_ptr()) {
        Builtin::List => Some(PyList::empty(value.py()).into_any()),
        Builtin::Dict => Some(PyDict::new(value.py()).into_any()),
        _ => None,
    }
}

/// A new set with the elements of another one, whose hashes are not computed again.
#[inline]
pub(super) fn copy_of_set<'py>(set: &Bound<'py, PySet>) -> PyResult<Bound<'py, PySet>> {
    // SAFETY: the set is alive; a new reference or null with an error set.
    let made = unsafe { Bound::from_owned_ptr_or_err(set.py(), ffi::PySet_New(set.as_ptr()))? };
    Ok(made.cast_into::<PySet>()?)
}

/// Makes a bare instance: what `object.__new__(cls)` returns, abstract classes refused.
#[inline]
pub(super) fn bare_instance<'py>(
    class: &Bound<'py, PyType>,
    no_arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    type New = unsafe extern "C" fn(
        *mut ffi::PyTypeObject,
        *mut ffi::PyObject,
        *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
    // SAFETY: the slot of `object` is never null and has this signature; the result is a new
    // reference or null with an error set.
    unsafe {
        let slot = ffi::PyType_GetSlot(&raw mut ffi::PyBaseObject_Type, ffi::Py_tp_new);
        let new = std::mem::transmute::<*mut c_void, New>(slot);
        let made = new(class.as_ptr().cast(), no_arguments.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(class.py(), made)
    }
}

/// Whether instances of a class hash as `object` does: by what they are, not by what they hold.
pub(super) fn hashes_by_identity(class: &Bound<'_, PyType>) -> bool {
    let object = &raw mut ffi::PyBaseObject_Type;
    // SAFETY: both are types, and the slot is only compared.
    unsafe {
        ffi::PyType_GetSlot(class.as_ptr().cast(), ffi::Py_tp_hash)
            == ffi::PyType_GetSlot(object, ffi::Py_tp_hash)
    }
}

/// Whether what hashes instances of a class is neither Python nor the way of a builtin.
pub(super) fn hashes_outside_python(class: &Bound<'_, PyType>) -> bool {
    let Ok(hash) = class.getattr("__hash__") else { return false };
    // SAFETY: reads the type pointer of a live object and compares it with a static type.
    let is_slot = unsafe { ffi::Py_TYPE(hash.as_ptr()) == &raw mut ffi::PyWrapperDescr_Type };
    let home = hash.getattr("__objclass__").and_then(|owner| owner.getattr("__module__"));
    is_slot && !home.is_ok_and(|home| home.eq("builtins").unwrap_or(false))
}

/// Whether every key of a dict is a text, or it is none.
pub(super) fn has_text_keys(value: &Bound<'_, PyAny>) -> bool {
    let Ok(dict) = value.cast_exact::<PyDict>() else { return true };
    let mut position = 0;
    // SAFETY: the keys are live objects of the dict, and their types are only looked at.
    let is_text = |key| unsafe { ffi::PyUnicode_Check(key) != 0 };
    std::iter::from_fn(|| dict_next(dict, &mut position)).all(|(key, _)| is_text(key))
}

/// Whether a class was made at run time, as all that are written in Python are.
pub(super) fn is_heap_type(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: reads the flags of a live class.
    unsafe { ffi::PyType_GetFlags(class.as_ptr().cast()) & ffi::Py_TPFLAGS_HEAPTYPE != 0 }
}

/// Whether instances of a class tell the collector what they hold.
pub(super) fn tells_collector(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: reads the flags of a live class.
    unsafe { ffi::PyType_GetFlags(class.as_ptr().cast()) & ffi::Py_TPFLAGS_HAVE_GC != 0 }
}

/// Whether a value is the descriptor of an attribute that code in C computes.
pub(super) fn is_computed(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: reads the type pointer of a live object and compares it with a static type.
    unsafe { ffi::Py_TYPE(value.as_ptr()) == &raw mut ffi::PyGetSetDescr_Type }
}

/// Whether a value is the descriptor of a slot.
pub(super) fn is_member(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: reads the type pointer of a live object and compares it with a static type.
    unsafe { ffi::Py_TYPE(value.as_ptr()) == &raw mut ffi::PyMemberDescr_Type }
}

/// Makes a str of WTF-8 bytes: UTF-8 that may hold lone surrogates.
pub(super) fn string_of_wtf8<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let errors = c"surrogatepass";
    // SAFETY: the buffer is alive during the call; a new reference or null with an error set.
    let text = unsafe {
        let made =
            ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), bytes.len() as isize, errors.as_ptr());
        Bound::from_owned_ptr_or_err(py, made)?
    };
    Ok(text.cast_into::<PyString>()?)
}

/// What a wide character of C is.
#[cfg(not(windows))]
type Wide = u32;
#[cfg(windows)]
type Wide = u16;

/// Makes a str of code points, surrogates among them.
pub(super) fn string_of_points<'py>(
    py: Python<'py>,
    points: impl Iterator<Item = u32>,
) -> PyResult<Bound<'py, PyAny>> {
    #[cfg(not(windows))]
    let wide: Vec<Wide> = points.collect();
    #[cfg(windows)]
    let wide: Vec<Wide> = points.flat_map(super::surrogate::units_of).collect();
    // SAFETY: the buffer is alive during the call, has so many characters, and each is as wide as those
    // of C are here; a new reference or null with an error set.
    unsafe {
        let made = ffi::PyUnicode_FromWideChar(wide.as_ptr().cast(), wide.len() as isize);
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// The WTF-8 bytes of a str that has no UTF-8.
pub(super) fn wtf8_of<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    text.call_method1("encode", ("utf-8", "surrogatepass"))
}

/// The memory behind an object that gives it as one piece, until dropped.
pub(super) struct Memory<'py> {
    view: Box<ffi::Py_buffer>,
    _py: Python<'py>,
}

impl<'py> Memory<'py> {
    /// Asks for it to be read, in the order in which it lies there.
    pub(super) fn of(owner: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::with(owner, ffi::PyBUF_SIMPLE)
    }

    /// Asks for it to be written.
    pub(super) fn to_write(owner: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::with(owner, ffi::PyBUF_WRITABLE)
    }

    fn with(owner: &Bound<'py, PyAny>, flags: c_int) -> PyResult<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: the owner is alive; the call fills the view or fails with an error set.
        let failed = unsafe { ffi::PyObject_GetBuffer(owner.as_ptr(), &raw mut *view, flags) };
        if failed == 0 { Ok(Self { view, _py: owner.py() }) } else { Err(PyErr::fetch(owner.py())) }
    }

    /// The memory, where it was asked for to be written; else nothing.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        if self.view.buf.is_null() || self.view.len <= 0 || self.view.readonly != 0 {
            return &mut [];
        }
        // SAFETY: as in `bytes`; the exporter has granted that it may be written.
        unsafe { std::slice::from_raw_parts_mut(self.view.buf.cast(), self.view.len as usize) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        if self.view.buf.is_null() || self.view.len <= 0 {
            return &[];
        }
        // SAFETY: the exporter keeps so many bytes there until the view is released, and with the
        // GIL held nothing writes to them meanwhile.
        unsafe { std::slice::from_raw_parts(self.view.buf.cast(), self.view.len as usize) }
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        // SAFETY: the view was filled, and is released once.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.view) };
    }
}
