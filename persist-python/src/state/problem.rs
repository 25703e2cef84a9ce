//! Why a graph cannot be written, in the classes of `persist.exceptions`.

use pyo3::prelude::*;
use pyo3::types::PyList;

/// Why LangChain's dialect has not what ours has.
pub(super) const FORMLESS: &str = "it has no form that LangChain reads back unchanged";

/// One offending value.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) hint: String,
}

/// The error for everything that was refused; it shows no secret that the session leaves out.
pub(super) fn refused(session: &Bound<'_, PyAny>, problems: &[Problem]) -> PyErr {
    let py = session.py();
    raise(py, "refused", |make| {
        let rows: Vec<_> = problems
            .iter()
            .map(|it| (it.path.as_str(), it.reason.as_str(), it.hint.as_str()))
            .collect();
        make.call1((session.call_method1("concealed", (PyList::new(py, rows)?,))?,))
    })
}

/// The error for a graph that changed while it was read.
pub(super) fn changed(py: Python<'_>) -> PyErr {
    raise(py, "changed", |make| make.call0())
}

/// The error for a secret that was left out and stands elsewhere as data.
pub(super) fn leaked(py: Python<'_>, path: &str) -> PyErr {
    raise(py, "leaked", |make| make.call1((path,)))
}

fn raise<'py>(
    py: Python<'py>,
    maker: &str,
    call: impl FnOnce(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyErr {
    let made =
        py.import("persist.state.problems").and_then(|module| module.getattr(maker)).and_then(call);
    match made {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
