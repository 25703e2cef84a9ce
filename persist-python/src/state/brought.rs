//! What a text gives a class, or its instances, that somebody else would call.

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSetMethods, PyString};

use super::ffi;
use super::plan::{Field, Plan};

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
    pub(super) fn check_given(
        &self,
        py: Python<'_>,
        member: &str,
        given: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        match &self.accept {
            Some(accept) => accept.bind(py).call1((member, given)).map(drop),
            None => Ok(()),
        }
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
