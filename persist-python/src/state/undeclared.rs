//! What a model holds under names that its class does not declare.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyFrozenSetMethods, PyList, PySet, PySetMethods, PyString};

use super::gathered::{Asked, Parts, part};
use super::plan::{Plan, Shape};

/// What instances of a model in no table may hold so, beside underscored names.
pub(super) struct Open {
    /// Names that the class or one of its bases has: none of them. `None`: no plain name at all.
    taken: Option<Py<PyFrozenSet>>,
    /// What stands under a plain name may be something to call.
    may_be_called: bool,
}

impl Open {
    /// Reads `open` of a plan.
    pub(super) fn of(spec: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let spec: Option<(Option<Py<PyFrozenSet>>, bool)> = spec.extract()?;
        Ok(spec.map(|(taken, may_be_called)| Self { taken, may_be_called }))
    }

    fn takes(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(taken) = &self.taken else { return Ok(false) };
        let may_be_brought = self.may_be_called || !value.is_callable();
        Ok(may_be_brought && !taken.bind(name.py()).contains(name)?)
    }
}

fn no_names() -> PyErr {
    PyValueError::new_err("the names of what its class does not declare are no strings")
}

/// Whether a name begins with no underscore.
fn is_plain(name: &Bound<'_, PyAny>) -> bool {
    name.extract::<String>().is_ok_and(|name| !name.starts_with('_'))
}

impl Plan {
    /// Whether the `__dict__` of an instance may hold this beside the declared fields.
    pub(super) fn may_hold(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        if !self.is_model() {
            return Ok(!self.forbids(py, name)? && self.may_bring(name, value)?);
        }
        if self.cached.bind(py).contains(name)? {
            return Ok(true);
        }
        let Some(open) = &self.open else { return Ok(false) };
        let may_be_named =
            if is_plain(name) { open.takes(name, value)? } else { self.is_undeclared(name)? };
        Ok(may_be_named && !self.forbids(py, name)? && self.may_bring(name, value)?)
    }

    /// Whether a model takes this name among its attributes without a declaration.
    fn is_undeclared(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(text) = name.extract::<String>() else { return Ok(false) };
        let is_private = text.starts_with('_') && !text.starts_with("__");
        Ok(is_private && !self.private_names.bind(name.py()).contains(text)?)
    }

    /// Whether an attribute that is no field is also named in `undeclared`: a text that has it where
    /// the class has no such field might else be of a class that had one.
    fn is_marked(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let may_be_marked =
            if self.is_model() { is_plain(name) } else { self.tells_fields_apart() };
        Ok(may_be_marked && !self.cached.bind(name.py()).contains(name)?)
    }

    /// Whether instances of a class that is no model have declared fields beside other attributes.
    pub(super) const fn tells_fields_apart(&self) -> bool {
        matches!(self.shape, Shape::Object) && !self.fields.is_empty()
    }

    /// The names to write in `undeclared`, of all that are no fields.
    pub(super) fn undeclared_of(
        &self,
        py: Python<'_>,
        foreign: &[Py<PyAny>],
    ) -> PyResult<Vec<String>> {
        let mut names = Vec::new();
        for name in foreign {
            let name = name.bind(py);
            if self.is_marked(name)? {
                names.push(name.extract()?);
            }
        }
        Ok(names)
    }
}

/// What a node says of an attribute that is no field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    Said,
    /// Nothing is said of it: a cached property that its class has no more had it, or a field. Where
    /// the class is known to be what it was, that was no field.
    Unsaid,
    Contradicted,
}

/// What a node names in `undeclared`, each until it is found.
pub(super) struct Undeclared<'py>(Option<Bound<'py, PySet>>);

impl<'py> Undeclared<'py> {
    pub(super) fn of(py: Python<'py>, state: Parts<'_, 'py>) -> PyResult<Self> {
        let Some(names) = part(state, Asked::Undeclared)? else { return Ok(Self(None)) };
        let set = PySet::empty(py)?;
        let names = names.cast::<PyList>().map_err(|_| no_names())?;
        for name in names.iter() {
            set.add(name.cast::<PyString>().map_err(|_| no_names())?)?;
        }
        Ok(Self(Some(set)))
    }

    /// Whether an attribute that is no field is named where it must be, and only there.
    pub(super) fn agrees(&self, plan: &Plan, name: &Bound<'_, PyAny>) -> PyResult<Agreement> {
        let is_named = match &self.0 {
            Some(names) => names.discard(name)?,
            None => false,
        };
        Ok(match (is_named, plan.is_marked(name)?) {
            (false, true) if !plan.is_model() => Agreement::Unsaid,
            (is_named, is_marked) if is_named == is_marked => Agreement::Said,
            _ => Agreement::Contradicted,
        })
    }

    /// Refuses what is named and no attribute without a declaration, as one that is a field by now.
    pub(super) fn check(self) -> PyResult<()> {
        match self.0 {
            Some(names) if !names.is_empty() => {
                let name = names.call_method0("pop")?;
                let reason = format!("`{name}` is no attribute that its class does not declare");
                Err(PyValueError::new_err(reason))
            }
            _ => Ok(()),
        }
    }
}
