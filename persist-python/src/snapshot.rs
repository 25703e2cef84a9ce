//! One thin function per function of the core.

use std::ffi::OsString;

use persist_core::compression::Algorithm;
use persist_core::error::Error;
use persist_core::metadata::Description;
use persist_core::snapshot::{self, LoadOptions, SaveOptions};
use persist_core::storage::{Location, Slot};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::call::{self, Call};
use crate::encryption::Keys;
use crate::errors;
use crate::state::{Capture, State};

/// What the caller says of a snapshot; JSON values come as text.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Labels {
    agent_id: String,
    session_id: String,
    snapshot_index: u64,
    description: Option<String>,
    tags: Vec<String>,
    extra: String,
    state_format: Option<String>,
    environment: String,
    classes: String,
    needs: String,
}

impl Labels {
    fn into_description(self) -> persist_core::error::Result<Description> {
        Ok(Description {
            agent_id: self.agent_id,
            session_id: self.session_id,
            snapshot_index: self.snapshot_index,
            description: self.description,
            tags: self.tags,
            extra: self.extra.parse()?,
            state_format: self.state_format,
            environment: self.environment.parse()?,
            classes: self.classes.parse()?,
            needs: self.needs.parse()?,
        })
    }
}

/// How a snapshot is written.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Manner {
    compression: Option<String>,
    level: Option<i32>,
    keys: Option<Py<Keys>>,
    overwrite: bool,
    durable: bool,
}

impl Manner {
    fn into_options(self) -> persist_core::error::Result<SaveOptions> {
        Ok(SaveOptions {
            compression: self.compression.as_deref().map(Algorithm::from_name).transpose()?,
            level: self.level,
            overwrite: self.overwrite,
            durable: self.durable,
            ..SaveOptions::default()
        })
    }
}

/// Where a snapshot lies: a location as its caller spelled it, and options of its storage.
#[derive(FromPyObject)]
pub(crate) struct Place<'py>(Bound<'py, PyString>, Vec<(String, String)>);

impl<'py> Place<'py> {
    fn slot(&self, keys: Option<&Keys>) -> PyResult<Slot> {
        let text: OsString = self.0.extract()?;
        let location = Location::parse_with(&text, &self.1);
        let slot = location.as_ref().map(Slot::from).map_err(|error| self.raise(error))?;
        Ok(match keys {
            Some(keys) => slot.sealed(keys.0.clone()),
            None => slot,
        })
    }

    fn raise(&self, error: &Error) -> PyErr {
        errors::exception(self.0.py(), error, Some(&self.0))
    }

    /// Returns a call about the place, and whoever makes it.
    fn call(&self) -> (Python<'py>, Call<'_, 'py>) {
        (self.0.py(), Call::about(Some(&self.0)))
    }
}

/// What a snapshot is written from and how: its description, and the core's options.
fn prepared(
    place: &Place<'_>,
    labels: Labels,
    manner: Manner,
) -> PyResult<(Description, SaveOptions)> {
    let raise = |error| place.raise(&error);
    Ok((labels.into_description().map_err(raise)?, manner.into_options().map_err(raise)?))
}

/// Writes a snapshot; returns its metadata as JSON.
#[pyfunction]
pub(crate) fn save(
    place: Place<'_>,
    capture: &Bound<'_, Capture>,
    labels: Labels,
    manner: Manner,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let slot = place.slot(manner.keys.as_ref().map(Py::get))?;
    let (description, options) = prepared(&place, labels, manner)?;
    let total_bytes = capture.get().total_bytes();
    let (py, call) = place.call();
    let reader = capture.get().reader(py)?;
    let call = call.heard_by(progress).of_bytes(total_bytes);
    call::run(py, call, |watch| snapshot::save(&slot, reader, &description, &options, watch))
        .map(|metadata| metadata.to_json().to_owned())
}

/// A whole snapshot in memory.
#[pyclass(frozen, module = "persist._native")]
pub(crate) struct Composed(snapshot::Composed);

/// Makes a snapshot in memory, so that its objects need not stay as they are.
#[pyfunction]
pub(crate) fn compose(
    place: Place<'_>,
    capture: &Bound<'_, Capture>,
    labels: Labels,
    manner: Manner,
    progress: Option<Py<PyAny>>,
) -> PyResult<Composed> {
    let slot = place.slot(manner.keys.as_ref().map(Py::get))?;
    let (description, options) = prepared(&place, labels, manner)?;
    let (py, call) = place.call();
    let reader = capture.get().reader(py)?;
    let call = call.heard_by(progress);
    call::run(py, call, |watch| snapshot::compose(&slot, reader, &description, &options, watch))
        .map(Composed)
}

/// Writes a snapshot that was composed for the same place; returns its metadata as JSON.
#[pyfunction]
pub(crate) fn store(
    place: Place<'_>,
    composed: &Bound<'_, Composed>,
    manner: Manner,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let slot = place.slot(manner.keys.as_ref().map(Py::get))?;
    let options = manner.into_options().map_err(|error| place.raise(&error))?;
    let (py, call) = place.call();
    let composed = &composed.get().0;
    let call = call.heard_by(progress);
    call::run(py, call, |watch| snapshot::store(&slot, composed, &options, watch))?;
    Ok(composed.metadata.to_json().to_owned())
}

/// Reads a snapshot; returns its metadata as JSON, and its state.
#[pyfunction]
pub(crate) fn load(
    place: Place<'_>,
    max_state_bytes: u64,
    keys: Option<&Keys>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, State)> {
    let slot = place.slot(keys)?;
    let options = LoadOptions { max_state_bytes };
    let (py, call) = place.call();
    // A text that is not held is heard of while it is read.
    let later = progress.as_ref().map(|heard| heard.clone_ref(py));
    let call = call.heard_by(progress);
    let loaded = call::run(py, call, |watch| snapshot::load(&slot, &options, watch))?;
    Ok((loaded.metadata.to_json().to_owned(), State::new(loaded.state, later)))
}

/// Returns the metadata of a snapshot as JSON.
#[pyfunction]
pub(crate) fn read_metadata(place: Place<'_>, keys: Option<&Keys>) -> PyResult<String> {
    let slot = place.slot(keys)?;
    let (py, call) = place.call();
    call::run(py, call, |watch| snapshot::metadata(&slot, watch))
        .map(|metadata| metadata.to_json().to_owned())
}

/// Checks every byte; returns two times None, or the kind and the text of what is wrong.
#[pyfunction]
pub(crate) fn verify(
    place: Place<'_>,
    keys: Option<&Keys>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Option<&'static str>, Option<String>)> {
    let slot = place.slot(keys)?;
    let (py, call) = place.call();
    let verification =
        call::run(py, call.heard_by(progress), |watch| snapshot::verify(&slot, watch))?;
    let fault = verification.error();
    Ok((fault.map(|error| error.kind().code()), fault.map(Error::report)))
}

/// Tells whether anything is stored there.
#[pyfunction]
pub(crate) fn exists(place: Place<'_>) -> PyResult<bool> {
    let slot = place.slot(None)?;
    let (py, call) = place.call();
    call::run(py, call, |watch| snapshot::exists(slot.stopped_by(&watch.cancellation())))
}

/// Removes a snapshot.
#[pyfunction]
pub(crate) fn delete(place: Place<'_>, missing_ok: bool) -> PyResult<()> {
    let slot = place.slot(None)?;
    let (py, call) = place.call();
    call::run(py, call, |watch| {
        snapshot::delete(slot.stopped_by(&watch.cancellation()), missing_ok)
    })
}
