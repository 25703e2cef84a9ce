//! An object that something in its own state refers to, and that Python builds of that state.
//!
//! What refers to it needs the object first, so that is made bare; what is built then gives it its
//! state, and is let go.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;

use super::decode::{Decoder, Frame};
use super::ffi;
use super::instance;
use super::node::Node;
use super::plan::{Plan, Shape};
use super::refusal;

impl<'py> Decoder<'py> {
    /// The bare object of a node that is still being read, where its class may be begun so.
    pub(super) fn begun(&mut self, label: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let at = self.stack.iter().rposition(|frame| is_labelled(frame, label));
        let Some(Frame::Node(node)) = at.map(|at| &self.stack[at]) else { return Ok(None) };
        let Some(resolved) = node.resolved.clone().filter(|it| it.may_begin) else {
            return Ok(None);
        };
        let plan = resolved.plan.get();
        let is_plain = plan.shape == Shape::Object && !plan.is_whole;
        if plan.native.is_some() || !(is_plain || plan.shape == Shape::Reduced) {
            return Ok(None);
        }
        let object = instance::bare(self, &resolved)?;
        if let Some(Frame::Node(node)) = at.map(|at| &mut self.stack[at]) {
            node.object = Some(object.clone());
        }
        self.set_label(label, object.clone())?;
        Ok(Some(object))
    }

    /// The class of a node that is still being read, where its name is known.
    pub(super) fn class_of_label(&self, label: u64) -> Option<String> {
        let node = self.stack.iter().rev().find(|frame| is_labelled(frame, label));
        let Some(Frame::Node(node)) = node else { return None };
        node.resolved.as_ref().map(|it| it.plan.get().name.clone())
    }
}

fn is_labelled(frame: &Frame<'_>, label: u64) -> bool {
    matches!(frame, Frame::Node(node) if node.label == Some(label))
}

/// What was built, or the object that was begun, with its state.
pub(super) fn settled<'py>(
    node: &Node<'py>,
    plan: &Plan,
    built: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(object) = &node.object else { return Ok(built) };
    let py = built.py();
    let count = py.import("weakref")?.call_method1("getweakrefcount", (&built,))?;
    let is_weak = count.extract::<usize>()? > 0;
    let class = plan.class.bind(py);
    // Whoever else has it would be left with another object than all the rest.
    if is_weak || ffi::reference_count(&built) > 1 || !built.get_type().is(class) {
        return Err(refusal::kept_elsewhere(py, plan));
    }
    if plan.has_dict {
        let dict = ffi::instance_dict(&built)?.copy()?;
        ffi::set_instance_dict(object, &dict)?;
    }
    for slot in &plan.slots {
        let descriptor = slot.descriptor.bind(py);
        match descriptor.call_method1("__get__", (&built,)) {
            Ok(value) => descriptor.call_method1("__set__", (object, value)).map(drop)?,
            Err(error) if error.is_instance_of::<PyAttributeError>(py) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(slots) = &plan.model {
        slots.extra.set(object, &slots.extra.get(&built)?)?;
        slots.set.set(object, &slots.set.get(&built)?)?;
        slots.private.set(object, &slots.private.get(&built)?)?;
    }
    Ok(object.clone())
}
