//! The plans of a process: each made once, and kept where its class stays.

use std::sync::{LazyLock, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyType;
use rustc_hash::FxHashMap;

use super::ffi;
use super::plan::Plan;
use super::walk::Wishes;

/// The plans of a process, by the address of their class.
///
/// A plan holds its class, so an address in here is never reused. Only classes that a name leads
/// back to are kept: the others (made at run time) must be free to go.
///
/// Made without letting go of the GIL: a fork in between would leave the child waiting for ever.
static PLANS: LazyLock<Mutex<FxHashMap<usize, Py<Plan>>>> =
    LazyLock::new(|| Mutex::new(FxHashMap::default()));

/// The plan of a value's class, if it was made before and kept, and the class has its name still.
pub(super) fn known_plan_of(
    value: &Bound<'_, PyAny>,
    wishes: &Wishes,
) -> PyResult<Option<Py<Plan>>> {
    let (py, address) = (value.py(), ffi::type_address(value));
    let known = PLANS.lock().ok().and_then(|known| Some(known.get(&address)?.clone_ref(py)));
    let Some(plan) = known else { return Ok(None) };
    if plan.get().is_current(py, wishes.number)? {
        return Ok(Some(plan));
    }
    if let Ok(mut known) = PLANS.lock() {
        known.remove(&address);
    }
    Ok(None)
}

/// The plan of a value's class, looked up when it is met for the first time.
pub(super) fn plan_of(value: &Bound<'_, PyAny>, wishes: &Wishes) -> PyResult<Py<Plan>> {
    if let Some(plan) = known_plan_of(value, wishes)?.or_else(|| wishes.memory.plan_of(value)) {
        return Ok(plan);
    }
    let (plan, is_lasting) = made_for(&value.get_type(), wishes.lookup.bind(value.py()))?;
    if !is_lasting {
        wishes.memory.keep_plan(value, &plan);
    }
    Ok(plan)
}

/// Returns the plan of a class, made by `lookup(cls)` when it is asked for the first time.
#[pyfunction]
#[pyo3(name = "plan_of")]
pub(crate) fn plan_of_class(
    class: &Bound<'_, PyType>,
    lookup: &Bound<'_, PyAny>,
) -> PyResult<Py<Plan>> {
    let py = class.py();
    if let Ok(known) = PLANS.lock()
        && let Some(plan) = known.get(&(class.as_ptr() as usize))
    {
        return Ok(plan.clone_ref(py));
    }
    Ok(made_for(class, lookup)?.0)
}

/// A plan made anew, kept where its class stays; and whether it is.
fn made_for(class: &Bound<'_, PyType>, lookup: &Bound<'_, PyAny>) -> PyResult<(Py<Plan>, bool)> {
    let (plan, is_lasting): (Py<Plan>, bool) = lookup.call1((class,))?.extract()?;
    if is_lasting && let Ok(mut known) = PLANS.lock() {
        known.insert(class.as_ptr() as usize, plan.clone_ref(class.py()));
    }
    Ok((plan, is_lasting))
}
