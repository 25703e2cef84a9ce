//! The keys of `encryption=`, as objects that hold a secret and never show it.
//!
//! They are made here rather than in Python so that no frame of a traceback has the secret as a local.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use persist_core::encryption::{self as core, Key};
use persist_core::error::{Error, Result};
use persist_core::limits::WORK_FACTOR;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};
use zeroize::Zeroizing;

use crate::errors;

/// The most bytes of a file of keys that are read.
const FILE_BYTES: u64 = 1 << 20;

/// A secret that people can remember; whoever knows it reads, and writes.
#[pyclass(frozen, module = "persist")]
pub(crate) struct Passphrase(core::Passphrase);

#[pymethods]
impl Passphrase {
    #[new]
    #[pyo3(signature = (text, *, work_factor=None))]
    fn new(text: &Bound<'_, PyAny>, work_factor: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let secret = text_of("passphrase", text)?;
        let work_factor = work_of(work_factor)?;
        Self::made_of(&secret, work_factor).map_err(|error| raised(text.py(), &error))
    }

    /// Reads the passphrase from a file; one line end behind it is not part of it.
    #[staticmethod]
    #[pyo3(signature = (path, *, work_factor=None))]
    fn from_file(
        path: &Bound<'_, PyAny>,
        work_factor: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let work_factor = work_of(work_factor)?;
        let read = read_file(&path_of(path)?);
        let made = read.and_then(|text| {
            let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
            Self::made_of(line.unwrap_or(text.as_str()), work_factor)
        });
        made.map_err(|error| raised(path.py(), &error))
    }

    /// Reads the passphrase from the environment variable `PERSIST_PASSPHRASE`.
    #[staticmethod]
    #[pyo3(signature = (*, work_factor=None))]
    fn from_env(py: Python<'_>, work_factor: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Self::new(&variable(py, "PERSIST_PASSPHRASE")?, work_factor)
    }

    fn __repr__(&self) -> &'static str {
        "Passphrase(…)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpickled())
    }
}

impl Passphrase {
    fn made_of(text: &str, work_factor: Option<u8>) -> Result<Self> {
        let passphrase = core::Passphrase::new(text)?;
        match work_factor {
            Some(work_factor) => passphrase.with_work_factor(work_factor).map(Self),
            None => Ok(Self(passphrase)),
        }
    }
}

/// The public keys of those who may read.
#[pyclass(frozen, module = "persist")]
pub(crate) struct Recipients(Vec<core::Recipient>);

#[pymethods]
impl Recipients {
    #[new]
    fn new(keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = keys.py();
        let one = |key: &Bound<'_, PyAny>| {
            text_of("recipient", key)?.parse().map_err(|error| raised(py, &error))
        };
        if keys.is_instance_of::<PyString>() {
            return Ok(Self(vec![one(keys)?]));
        }
        let items = keys.try_iter().map_err(|_| mistyped("keys", "strings `age1…`", keys))?;
        let found: Vec<_> = items.map(|key| one(&key?)).collect::<PyResult<_>>()?;
        if found.is_empty() {
            return Err(raised(py, &Error::bad_argument("keys", "holds no recipient")));
        }
        Ok(Self(found))
    }

    /// Reads them from a file with one per line, as `age -R` does.
    #[staticmethod]
    fn from_file(path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let read = read_file(&path_of(path)?);
        let made = read.and_then(|text| core::Recipient::all_in(&text));
        made.map(Self).map_err(|error| raised(path.py(), &error))
    }

    /// The keys as text.
    #[getter]
    fn keys(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    fn __repr__(&self) -> String {
        format!("Recipients([{}])", self.keys().join(", "))
    }
}

/// The secret key of a reader, or those of one file.
#[pyclass(frozen, module = "persist")]
pub(crate) struct Identity(Vec<core::Identity>);

#[pymethods]
impl Identity {
    #[new]
    fn new(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let identity = text_of("identity", key)?.parse();
        identity.map(|one| Self(vec![one])).map_err(|error| raised(key.py(), &error))
    }

    /// Reads what `age-keygen` or `to_file` wrote: one key per line.
    #[staticmethod]
    fn from_file(path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let read = read_file(&path_of(path)?);
        let made = read.and_then(|text| core::Identity::all_in(&text));
        made.map(Self).map_err(|error| raised(path.py(), &error))
    }

    /// Reads the file that the environment variable `PERSIST_IDENTITY_FILE` names.
    #[staticmethod]
    fn from_env(py: Python<'_>) -> PyResult<Self> {
        Self::from_file(&variable(py, "PERSIST_IDENTITY_FILE")?)
    }

    /// The public halves, for `Recipients`.
    #[getter]
    fn recipients(&self) -> Vec<String> {
        self.0.iter().map(|identity| identity.recipient().to_string()).collect()
    }

    /// Returns the secret itself, one key per line.
    fn reveal(&self) -> String {
        let keys: Vec<_> = self.0.iter().map(core::Identity::reveal).collect();
        keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Writes the secret to a new file that only its owner can read.
    fn to_file(&self, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let place = path_of(path)?;
        self.write(&place).map_err(|error| {
            let error = Error::storage("write", error).at(&place.to_string_lossy());
            raised(path.py(), &error)
        })
    }

    fn __repr__(&self) -> &'static str {
        "Identity(…)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpickled())
    }
}

impl Identity {
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut file = new_private_file(path)?;
        for identity in &self.0 {
            writeln!(file, "# public key: {}", identity.recipient())?;
            file.write_all(identity.reveal().as_bytes())?;
            file.write_all(b"\n")?;
        }
        file.sync_all()
    }
}

/// Makes a new pair.
#[pyfunction]
pub(crate) fn generate_identity() -> Identity {
    Identity(vec![core::Identity::generate()])
}

/// The keys of one call.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Keys(pub(crate) core::Keys);

/// Returns the keys of `encryption=` for a save.
#[pyfunction]
pub(crate) fn sealing_keys(encryption: &Bound<'_, PyAny>) -> PyResult<Option<Keys>> {
    keys_of(encryption, core::Keys::check_sealing)
}

/// Returns the keys of `encryption=` for reading.
#[pyfunction]
pub(crate) fn opening_keys(encryption: &Bound<'_, PyAny>) -> PyResult<Option<Keys>> {
    keys_of(encryption, core::Keys::check_opening)
}

fn keys_of(
    encryption: &Bound<'_, PyAny>,
    check: impl FnOnce(&core::Keys) -> Result<()>,
) -> PyResult<Option<Keys>> {
    if encryption.is_none() {
        return Ok(None);
    }
    let expected = "`Passphrase`, `Recipients` or `Identity`, or several of them";
    let mistyped = |thing: &Bound<'_, PyAny>| mistyped("encryption", expected, thing);
    let mut found = Vec::new();
    if !gather(encryption, &mut found) {
        let is_text = encryption.is_instance_of::<PyString>();
        let items = encryption.try_iter().ok().filter(|_| !is_text);
        for item in items.ok_or_else(|| mistyped(encryption))? {
            let item = item?;
            if !gather(&item, &mut found) {
                return Err(mistyped(&item));
            }
        }
    }
    let keys = core::Keys::new(found);
    check(&keys).map_err(|error| raised(encryption.py(), &error))?;
    Ok(Some(Keys(keys)))
}

/// Adds the keys in one object to `found`; `false` where it is none of ours.
fn gather(thing: &Bound<'_, PyAny>, found: &mut Vec<Key>) -> bool {
    if let Ok(passphrase) = thing.cast::<Passphrase>() {
        found.push(Key::Passphrase(passphrase.get().0.clone()));
    } else if let Ok(recipients) = thing.cast::<Recipients>() {
        found.extend(recipients.get().0.iter().cloned().map(Key::Recipient));
    } else if let Ok(identity) = thing.cast::<Identity>() {
        found.extend(identity.get().0.iter().cloned().map(Key::Identity));
    } else {
        return false;
    }
    true
}

fn text_of(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Zeroizing<String>> {
    let text = value.cast::<PyString>().map_err(|_| mistyped(name, "a string", value))?;
    let text = text.to_str().map_err(|_| {
        let reason = "is not valid Unicode: it holds a lone surrogate";
        raised(value.py(), &Error::bad_argument(name, reason))
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn work_of(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u8>> {
    let Some(value) = value else { return Ok(None) };
    // True is an integer too, and would be next to no work.
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(mistyped("work_factor", "an integer", value));
    }
    // What no byte holds is out of bounds as well, and is told as it was given.
    value.extract().map(Some).map_err(|_| {
        let number = value.extract::<i64>().map(|number| number.to_string());
        let number = number.unwrap_or_else(|_| "an integer of more than 64 bits".to_owned());
        let reason = format!("{number} is not from 1 to {WORK_FACTOR}");
        raised(value.py(), &Error::bad_argument("work_factor", reason))
    })
}

fn path_of(value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract().map_err(|_| mistyped("path", "a string or a path", value))
}

/// Returns what an environment variable says, as Python sees it.
fn variable<'py>(py: Python<'py>, name: &'static str) -> PyResult<Bound<'py, PyAny>> {
    let value = py.import("os")?.getattr("environ")?.call_method1("get", (name, ""))?;
    if value.is_truthy()? {
        return Ok(value);
    }
    Err(raised(py, &Error::bad_argument("environment", format!("`{name}` is not set"))))
}

fn read_file(path: &Path) -> Result<Zeroizing<String>> {
    let read = || -> std::io::Result<Zeroizing<Vec<u8>>> {
        let file = File::open(path)?;
        // Room for all of it: what growing leaves behind is not overwritten.
        let room = file.metadata()?.len().clamp(4096, FILE_BYTES) as usize + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let place = path.to_string_lossy();
    let mut bytes = read().map_err(|error| Error::storage("read", error).at(&place))?;
    let refused = |what| Error::bad_argument("path", format!("`{place}` {what}"));
    if bytes.len() as u64 > FILE_BYTES {
        return Err(refused("is too long for a file of keys"));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(refused("is not valid UTF-8"))
        }
    }
}

#[cfg(unix)]
fn new_private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn new_private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn mistyped(name: &'static str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let given = value.get_type().qualname().map_or_else(|_| "?".into(), |name| name.to_string());
    let reason = format!("must be {expected}, not `{given}`");
    raised(value.py(), &Error::bad_argument(name, reason))
}

fn raised(py: Python<'_>, error: &Error) -> PyErr {
    errors::exception(py, error, None)
}

fn unpickled() -> PyErr {
    PyTypeError::new_err(
        "a key is not pickled; make it anew where it is needed, with `from_file` or `from_env`",
    )
}
