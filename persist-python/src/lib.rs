//! The compiled half of the package `persist`: Python objects on one side, `persist-core` on the other.
#![deny(unsafe_code)]

mod call;
mod encryption;
mod errors;
mod snapshot;
mod state;

use pyo3::prelude::*;

/// The compiled half of the package; its callers are `persist.api` and `persist.state`.
#[pymodule(gil_used = true)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::prepare(module.py())?;
    call::prepare_log();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("READINGS", persist_core::snapshot::READINGS)?;
    module.add_class::<call::Stop>()?;
    module.add_class::<encryption::Identity>()?;
    module.add_class::<encryption::Keys>()?;
    module.add_class::<encryption::Passphrase>()?;
    module.add_class::<encryption::Recipients>()?;
    module.add_class::<state::Capture>()?;
    module.add_class::<state::Plan>()?;
    module.add_class::<state::State>()?;
    module.add_function(wrap_pyfunction!(encryption::generate_identity, module)?)?;
    module.add_function(wrap_pyfunction!(encryption::opening_keys, module)?)?;
    module.add_function(wrap_pyfunction!(encryption::sealing_keys, module)?)?;
    module.add_function(wrap_pyfunction!(state::capture, module)?)?;
    module.add_function(wrap_pyfunction!(state::decode::decode, module)?)?;
    module.add_function(wrap_pyfunction!(state::known::plan_of_class, module)?)?;
    module.add_function(wrap_pyfunction!(state::hashing::hashing_trouble, module)?)?;
    module.add_function(wrap_pyfunction!(state::leak::first_hidden, module)?)?;
    module.add_function(wrap_pyfunction!(state::secret::is_arguments, module)?)?;
    module.add_function(wrap_pyfunction!(state::secret::is_secret, module)?)?;
    module.add_function(wrap_pyfunction!(state::url::credentials_of, module)?)?;
    module.add_function(wrap_pyfunction!(state::endpoint::plain_endpoint, module)?)?;
    module.add_class::<snapshot::Composed>()?;
    module.add_function(wrap_pyfunction!(snapshot::save, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::compose, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::store, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::load, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::read_metadata, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::verify, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::exists, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot::delete, module)?)
}
