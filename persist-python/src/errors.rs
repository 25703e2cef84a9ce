//! The core's errors as exceptions of `persist.exceptions`.

use std::error::Error as _;
use std::io;

use persist_core::error::{Error, ErrorKind};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};

/// What a call is about, as its caller spelled it; `None` where it is about no location.
pub(crate) type Subject<'a, 'py> = Option<&'a Bound<'py, PyString>>;

/// Returns the exception for an error of the core.
///
/// A Python exception that travelled through the core comes out as it went in. The text ends with the
/// causes; a cause that the system numbered is also `__cause__`.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error, subject: Subject<'_, 'py>) -> PyErr {
    if let Some(own) = python_cause(py, error) {
        return own;
    }
    build(py, error, subject).unwrap_or_else(|failure| failure)
}

fn build<'py>(py: Python<'py>, error: &Error, subject: Subject<'_, 'py>) -> PyResult<PyErr> {
    let fields = PyDict::new(py);
    fields.set_item("kind", error.kind().code())?;
    fields.set_item("location", location(py, error, subject))?;
    fields.set_item("hint", error.hint())?;
    let number = system_error(error).and_then(io::Error::raw_os_error);
    if number.is_some() && is_storage(error.kind()) {
        fields.set_item("errno", number)?;
    }
    let class = Classes::get(py)?.of(error.kind()).bind(py);
    let raised = PyErr::from_value(class.call((error.report(),), Some(&fields))?);
    if let Some(number) = number {
        raised.set_cause(py, Some(os_error(py, number, subject)?));
    }
    Ok(raised)
}

/// Returns the location as text that leads back to it.
///
/// The core prints a path that is not Unicode with replacement characters; the caller's own spelling
/// stands for those bytes.
fn location<'py>(
    py: Python<'py>,
    error: &Error,
    subject: Subject<'_, 'py>,
) -> Option<Bound<'py, PyString>> {
    let text = error.location()?;
    Some(match subject {
        Some(spelled) if spelled.to_str().is_err() => spelled.clone(),
        _ => PyString::new(py, text),
    })
}

fn os_error(py: Python<'_>, number: i32, subject: Subject<'_, '_>) -> PyResult<PyErr> {
    let text = py.import("os")?.call_method1("strerror", (number,))?.unbind();
    Ok(PyOSError::new_err((number, text, subject.map(|text| text.clone().unbind()))))
}

fn is_storage(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Storage
            | ErrorKind::Unavailable
            | ErrorKind::NoSuchBucket
            | ErrorKind::PermissionDenied
    )
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

fn system_error(error: &Error) -> Option<&io::Error> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>())
}

fn python_cause(py: Python<'_>, error: &Error) -> Option<PyErr> {
    let inner = system_error(error)?.get_ref()?;
    inner.downcast_ref::<PyErr>().map(|raised| raised.clone_ref(py))
}

/// The classes, imported once.
struct Classes {
    not_found: Py<PyType>,
    exists: Py<PyType>,
    format: Py<PyType>,
    integrity: Py<PyType>,
    encryption: Py<PyType>,
    storage: Py<PyType>,
    permission_denied: Py<PyType>,
    configuration: Py<PyType>,
}

/// Looks the exception classes up, while the module is imported and no other thread can be at it: a
/// process that forks while one thread is in the middle of that leaves the child waiting for ever.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    Classes::get(py).map(|_| ())
}

impl Classes {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
        CLASSES.get_or_try_init(py, || Self::import(py))
    }

    fn import(py: Python<'_>) -> PyResult<Self> {
        let module = py.import("persist.exceptions")?;
        let class =
            |name: &str| Ok::<_, PyErr>(module.getattr(name)?.cast_into::<PyType>()?.unbind());
        Ok(Self {
            not_found: class("SnapshotNotFoundError")?,
            exists: class("SnapshotExistsError")?,
            format: class("FormatError")?,
            integrity: class("IntegrityError")?,
            encryption: class("EncryptionError")?,
            storage: class("StorageError")?,
            permission_denied: class("PermissionDeniedError")?,
            configuration: class("ConfigurationError")?,
        })
    }

    fn of(&self, kind: ErrorKind) -> &Py<PyType> {
        match kind {
            ErrorKind::NotFound => &self.not_found,
            ErrorKind::Exists => &self.exists,
            ErrorKind::NotASnapshot
            | ErrorKind::NewerFormat
            | ErrorKind::BadStateText
            | ErrorKind::TooLarge => &self.format,
            ErrorKind::Truncated
            | ErrorKind::HashMismatch
            | ErrorKind::Damaged
            | ErrorKind::TrailingBytes => &self.integrity,
            ErrorKind::WrongKey
            | ErrorKind::KeyRequired
            | ErrorKind::NotEncrypted
            | ErrorKind::DamagedCiphertext => &self.encryption,
            ErrorKind::Storage
            | ErrorKind::Unavailable
            | ErrorKind::NoSuchBucket
            | ErrorKind::Interrupted => &self.storage,
            ErrorKind::PermissionDenied => &self.permission_denied,
            ErrorKind::BadArgument | ErrorKind::UnknownScheme | ErrorKind::Unsupported => {
                &self.configuration
            }
        }
    }
}
