//! What a text gives a class, or its instances, that somebody else would call.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSetMethods, PyList, PyString};

use super::ffi::{self, Builtin};
use super::gathered::Asked;
use super::plan::{Field, Plan};

/// Judges what the class is given by a text, before any code of the class sees it.
pub(super) struct Judge {
    accept: Py<PyAny>,
    /// The pattern of what it accepted last: nearly all instances of a class are alike.
    accepted: AtomicU32,
}

impl Judge {
    pub(super) const fn of(accept: Py<PyAny>) -> Self {
        Self { accept, accepted: AtomicU32::new(0) }
    }

    fn check(&self, member: Asked, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let pattern = pattern_of(member, given);
        if pattern.is_some_and(|pattern| self.accepted.load(Ordering::Relaxed) == pattern) {
            return Ok(());
        }
        self.accept.bind(given.py()).call1((member.name(), given))?;
        if let Some(pattern) = pattern {
            self.accepted.store(pattern, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The member and the classes of the elements of a short list of plain values, four bits for each:
/// no judge asks more of such a list. It is never 0.
fn pattern_of(member: Asked, given: &Bound<'_, PyAny>) -> Option<u32> {
    let list = given.cast_exact::<PyList>().ok().filter(|list| list.len() <= 4)?;
    list.iter().try_fold(1 << 5 | member as u32, |pattern, element| {
        let kind = ffi::builtin_of(element.as_ptr());
        let is_plain = kind.is_scalar() || kind == Builtin::Dict;
        is_plain.then_some(pattern << 4 | kind as u32)
    })
}

/// Which fields have a name under which anybody calls what an object has, if a text chooses it.
pub(super) fn called_fields(
    fields: &[Field],
    called: &Bound<'_, PyAny>,
    is_chosen: bool,
) -> PyResult<u128> {
    let mut found = 0;
    for (index, field) in fields.iter().enumerate().filter(|_| is_chosen) {
        found |= u128::from(called.contains(&field.name)?) << index;
    }
    Ok(found)
}

impl Plan {
    /// Refuses what the class should not be given under the name of a member.
    pub(super) fn check_given(&self, member: Asked, given: &Bound<'_, PyAny>) -> PyResult<()> {
        self.judge.as_ref().map_or(Ok(()), |judge| judge.check(member, given))
    }

    /// Whether nobody calls what an instance holds under this name in place of what a class has.
    pub(super) fn may_bring(
        &self,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        if !value.is_callable() || !name.is_exact_instance_of::<PyString>() {
            return Ok(true);
        }
        let text = ffi::utf8(name.as_ptr()).unwrap_or_default();
        let is_special = text.starts_with("__") && text.ends_with("__");
        let is_strange = is_special && !self.brought.bind(name.py()).contains(name)?;
        Ok(!is_strange && !self.called.bind(name.py()).contains(name)?)
    }

    /// Whether something that can be called lies in a field where nothing of that kind may.
    #[inline]
    pub(super) fn is_called_in(&self, index: usize, value: *mut pyo3::ffi::PyObject) -> bool {
        self.called_fields & (1 << index) != 0 && ffi::is_callable(value)
    }
}
