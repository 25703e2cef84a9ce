//! A walk over the fields of a model, as a constructor node has them under `kwargs`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::ffi;
use super::frame::{Step, Within, guarded, leaf};
use super::plan::Plan;
use super::problem::changed;
use super::sink::Sink;

/// Where such a walk stands.
pub(super) struct Kwargs {
    pub(super) plan: Py<Plan>,
    pub(super) dict: Py<PyDict>,
    pub(super) position: isize,
    pub(super) length: usize,
    pub(super) guess: usize,
    /// Bit per field: written where it stands.
    pub(super) keep: u128,
    /// Bit per field: written at the end.
    pub(super) late: u128,
    /// Few fields are wanted: each is looked up.
    is_by_name: bool,
    pub(super) is_first: bool,
    pub(super) current: usize,
}

impl Kwargs {
    /// At the beginning; `keep` and `late` have a bit per field.
    pub(super) fn new(plan: Py<Plan>, dict: Bound<'_, PyDict>, (keep, late): (u128, u128)) -> Self {
        Self {
            plan,
            length: dict.len(),
            dict: dict.unbind(),
            position: 0,
            guess: 0,
            keep,
            late,
            is_by_name: false,
            is_first: true,
            current: 0,
        }
    }

    /// Passes by what is only written; the fields must lie in the order of the class.
    pub(super) fn only_children(&mut self, children: u128) {
        self.keep &= children;
        self.late &= children;
        self.is_by_name = true;
    }

    /// The next field that is looked up.
    fn next_by_name(&mut self) -> Option<usize> {
        let is_kept = self.is_by_name && self.keep != 0;
        let bits = if is_kept { &mut self.keep } else { &mut self.late };
        let index = (*bits != 0).then(|| bits.trailing_zeros() as usize)?;
        *bits &= *bits - 1;
        Some(index)
    }

    /// Goes on to the next field that is more than a scalar.
    pub(super) fn step<'py, S: Sink>(
        &mut self,
        py: Python<'py>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<Step<'py>> {
        let dict = self.dict.bind(py).clone();
        let plan = self.plan.clone_ref(py);
        let plan = plan.get();
        if sink.is_full() {
            return Ok(Step::Pause);
        }
        if dict.len() != self.length {
            return Err(changed(py));
        }
        while !self.is_by_name
            && let Some((key, value)) = ffi::dict_next(&dict, &mut self.position)
        {
            let Some(index) = plan.field_of(key, self.guess) else { continue };
            self.guess = index + 1;
            if self.keep & (1 << index) == 0 {
                continue;
            }
            self.key(plan, index, sink);
            if plan.is_component()
                && let Some(step) = guarded(py, Some(&plan.fields[index].text), value, within)
            {
                return Ok(step);
            }
            if !leaf(py, value, sink)? {
                return Ok(Step::Walk(ffi::own(py, value), within));
            }
        }
        while let Some(index) = self.next_by_name() {
            let Some(value) = dict.get_item(plan.fields[index].name.bind(py))? else { continue };
            self.key(plan, index, sink);
            if plan.is_component()
                && let Some(step) =
                    guarded(py, Some(&plan.fields[index].text), value.as_ptr(), within)
            {
                return Ok(step);
            }
            if !leaf(py, value.as_ptr(), sink)? {
                return Ok(Step::Walk(value, within));
            }
        }
        Ok(Step::Done)
    }

    fn key<S: Sink>(&mut self, plan: &Plan, index: usize, sink: &mut S) {
        if !std::mem::take(&mut self.is_first) {
            sink.byte(b',');
        }
        self.current = index;
        sink.text(&plan.fields[index].key);
    }
}
