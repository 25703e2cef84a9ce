//! What a class keeps of an instance beside its dict, in slots.
#![expect(unsafe_code, reason = "direct calls of the limited C API, each with its condition")]

use std::ffi::c_int;
use std::os::raw::c_void;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::ffi::interned;

/// A slot: its name and the descriptor that reads and writes it.
pub(super) struct Slot {
    pub(super) name: Py<PyString>,
    pub(super) text: String,
    pub(super) descriptor: Py<PyAny>,
}

/// Where a model keeps its extras, the fields set and its private attributes.
pub(super) struct ModelSlots {
    pub(super) extra: Member,
    pub(super) set: Member,
    pub(super) private: Member,
}

impl ModelSlots {
    /// Finds them in a class, by their names.
    pub(super) fn of(
        class: &Bound<'_, PyType>,
        [extra, set, private]: &[Bound<'_, PyString>; 3],
    ) -> PyResult<Self> {
        Ok(Self {
            extra: Member::of(class, extra)?,
            set: Member::of(class, set)?,
            private: Member::of(class, private)?,
        })
    }
}

type Reads = unsafe extern "C" fn(
    *mut ffi::PyObject,
    *mut ffi::PyObject,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;
type Writes =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> c_int;

/// An attribute that a class keeps in a slot, past any `__getattribute__` or `__setattr__` of it.
///
/// Each model has three, which are read twice and written once: looking each up by its name again
/// took a fiftieth of a restore.
pub(super) struct Member {
    name: Py<PyString>,
    /// What the class has under that name, where that is a slot: a root model hides two of them.
    slot: Option<(Py<PyAny>, Reads, Writes)>,
}

impl Member {
    fn of(class: &Bound<'_, PyType>, name: &Bound<'_, PyString>) -> PyResult<Self> {
        let found = class.getattr(name)?;
        // SAFETY: reads the type pointer of a live object and compares it with a static type, whose
        // slots are never null and have these signatures.
        let slot = unsafe {
            let kind = &raw mut ffi::PyMemberDescr_Type;
            (ffi::Py_TYPE(found.as_ptr()) == kind).then(|| {
                let [reads, writes] = [ffi::Py_tp_descr_get, ffi::Py_tp_descr_set]
                    .map(|slot| ffi::PyType_GetSlot(kind, slot));
                let reads = std::mem::transmute::<*mut c_void, Reads>(reads);
                (found.unbind(), reads, std::mem::transmute::<*mut c_void, Writes>(writes))
            })
        };
        Ok(Self { name: interned(name), slot })
    }

    /// Reads the attribute of an instance.
    #[inline]
    pub(super) fn get<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let one = object.as_ptr();
        // SAFETY: all are alive, and a slot checks that the object is an instance; a new reference or
        // null with an error set.
        unsafe {
            let found = match &self.slot {
                Some((slot, reads, _)) => reads(slot.as_ptr(), one, ffi::Py_TYPE(one).cast()),
                None => ffi::PyObject_GenericGetAttr(one, self.name.as_ptr()),
            };
            Bound::from_owned_ptr_or_err(object.py(), found)
        }
    }

    /// Sets the attribute of an instance.
    #[inline]
    pub(super) fn set(&self, object: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (one, value) = (object.as_ptr(), value.as_ptr());
        // SAFETY: all are alive, and a slot checks that the object is an instance; failure is reported
        // by an error.
        let failed = unsafe {
            match &self.slot {
                Some((slot, _, writes)) => writes(slot.as_ptr(), one, value),
                None => ffi::PyObject_GenericSetAttr(one, self.name.as_ptr(), value),
            }
        };
        if failed == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
    }
}
