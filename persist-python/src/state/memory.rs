//! What one capture keeps from one walk to the next: every set has walks of its own.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::ffi;
use super::note::Note;
use super::plan::Plan;

/// What was found once and must not be asked for again.
#[derive(Default)]
pub(super) struct Memory {
    /// Plans of classes that no name leads to, by address: the process must not keep them, for
    /// such a class is to go when its program lets go of it. A plan holds its class.
    plans: Mutex<FxHashMap<usize, Py<Plan>>>,
    /// What the hooks of an object gave that was first met in a set, by the object's address.
    taken: Mutex<FxHashMap<usize, (Py<PyAny>, Note)>>,
}

impl Memory {
    pub(super) fn plan_of(&self, value: &Bound<'_, PyAny>) -> Option<Py<Plan>> {
        let known = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&ffi::type_address(value)).map(|plan| plan.clone_ref(value.py()))
    }

    pub(super) fn keep_plan(&self, value: &Bound<'_, PyAny>, plan: &Py<Plan>) {
        let mut known = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(ffi::type_address(value), plan.clone_ref(value.py()));
    }

    /// What the hooks of an object gave in an earlier walk.
    pub(super) fn taken(&self, value: &Bound<'_, PyAny>) -> Option<Note> {
        let known = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(value.as_ptr() as usize)).and_then(|(_, note)| note.taken_again())
    }

    /// Keeps what they gave, and the object, so that its address is not used again.
    pub(super) fn keep_taken(&self, value: &Bound<'_, PyAny>, note: &Note) {
        let Some(note) = note.taken_again() else { return };
        let mut known = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(value.as_ptr() as usize, (value.clone().unbind(), note));
    }
}
