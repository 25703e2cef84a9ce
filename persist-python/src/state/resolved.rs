//! Class names of a text, and what became of them: asked once each.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet};
use rustc_hash::FxHashMap;

use super::ffi;
use super::outline::indices;
use super::plan::Plan;

/// How many sets of names are kept per class.
const MAX_NAME_SETS: usize = 8;

/// A name met in a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct NameId(u32);

/// A class that was admitted, found and planned.
pub(super) struct Resolved {
    pub(super) plan: Py<Plan>,
    /// Builds an instance where setting its state is not enough.
    pub(super) build: Option<Py<PyAny>>,
    /// The text must name every declared field: no table says what its class was like.
    pub(super) needs_all_fields: bool,
    /// Per field what it has where the text leaves it out: the writer's default, else today's.
    fills: Vec<Option<Py<PyAny>>>,
    /// The instance dict of an object whose text leaves out every field: a copy of it has room for
    /// all fields, in their order.
    template: Py<PyDict>,
    /// By where reading stood among the fields: the one that came there the last time.
    followers: Box<[Cell<usize>]>,
    /// The names of fields that were set together, to be copied: nearly all instances have one of
    /// few sets.
    name_sets: RefCell<Vec<(u128, Py<PySet>)>>,
    /// Fields whose default was another one then, one bit each.
    pub(super) changed_defaults: u128,
    /// Its constructor takes secrets from the environment where the text gives none.
    pub(super) reads_secrets: bool,
    /// An instance may be made bare, to be given the state of what `build` makes.
    pub(super) may_begin: bool,
    /// `build` judges the members of a node itself, whatever today's class takes.
    pub(super) is_careful: bool,
}

impl Resolved {
    /// Reads what `persist.state.resolve` answers: an `Answer`.
    pub(super) fn of(answer: &Bound<'_, PyAny>) -> PyResult<Self> {
        let parts: Parts<'_> = answer.extract()?;
        let (plan, build, needs_all_fields, defaults, reads_secrets, may_begin, is_careful) = parts;
        let py = answer.py();
        let (mut fills, mut changed_defaults) = (Vec::new(), 0);
        let template = PyDict::new(py);
        for (index, field) in plan.get().fields.iter().enumerate() {
            let written = match &defaults {
                Some(defaults) => defaults.get_item(&field.name)?,
                None => None,
            };
            if written.as_ref().is_some_and(|value| !field.is_default(value.as_ptr())) {
                changed_defaults |= 1 << index;
            }
            let fill = written.or_else(|| field.make_default(py));
            template.set_item(&field.name, &fill)?;
            fills.push(fill.map(Bound::unbind));
        }
        Ok(Self {
            plan,
            build,
            needs_all_fields,
            followers: (0..=fills.len()).map(Cell::new).collect(),
            fills,
            template: template.unbind(),
            name_sets: RefCell::default(),
            changed_defaults,
            reads_secrets,
            may_begin,
            is_careful,
        })
    }

    /// The value of a field that the text leaves out; empty containers are made anew.
    #[inline]
    pub(super) fn fill<'py>(&self, py: Python<'py>, index: usize) -> Option<Fill<'py>> {
        let value = self.fills[index].as_ref()?.bind(py);
        Some(ffi::fresh(value).map_or(Fill::InTemplate, Fill::New))
    }

    /// The field that came at this place among the fields the last time: those that are left out are
    /// mostly the same ones in every instance.
    #[inline]
    pub(super) fn follower(&self, place: usize) -> usize {
        self.followers.get(place).map_or(place, Cell::get)
    }

    #[inline]
    pub(super) fn note_follower(&self, place: usize, index: usize) {
        if let Some(follower) = self.followers.get(place) {
            follower.set(index);
        }
    }

    /// A dict with all fields in their order, the scalar defaults in it already.
    pub(super) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.template.bind(py).copy()
    }

    /// A new set of the names of fields, one bit each.
    #[inline]
    pub(super) fn names_of<'py>(
        &self,
        py: Python<'py>,
        fields: u128,
    ) -> PyResult<Bound<'py, PySet>> {
        let mut kept = self.name_sets.borrow_mut();
        if let Some((_, names)) = kept.iter().find(|(known, _)| *known == fields) {
            return ffi::copy_of_set(names.bind(py));
        }
        let names = PySet::empty(py)?;
        for index in indices(fields) {
            names.add(&self.plan.get().fields[index].name)?;
        }
        if kept.len() < MAX_NAME_SETS {
            kept.push((fields, ffi::copy_of_set(&names)?.unbind()));
        }
        Ok(names)
    }

    /// Whether an instance exists before its state is known.
    pub(super) fn is_made_bare(&self) -> bool {
        self.is_by_state() && !self.plan.get().is_whole
    }

    pub(super) const fn is_by_state(&self) -> bool {
        self.build.is_none()
    }
}

/// The value of a field that a text leaves out.
pub(super) enum Fill<'py> {
    InTemplate,
    New(Bound<'py, PyAny>),
}

/// `persist.state.resolve.Answer`, as it comes.
type Parts<'py> = (Py<Plan>, Option<Py<PyAny>>, bool, Option<Bound<'py, PyDict>>, bool, bool, bool);

/// What asking for a name came to; `None` was refused.
type Answer = Option<Rc<Resolved>>;

/// The names of one text.
#[derive(Default)]
pub(super) struct Names {
    known: FxHashMap<Box<[u8]>, NameId>,
    parts: Vec<Vec<String>>,
    answers: Vec<[Option<Answer>; 2]>,
    buffer: Vec<u8>,
    /// The functions of calls, asked for once each; `None` was refused.
    calls: FxHashMap<NameId, Option<Py<PyAny>>>,
}

impl Names {
    /// A name that is one string.
    #[inline]
    pub(super) fn single(&mut self, text: &[u8]) -> NameId {
        self.begin();
        self.push(text);
        self.end()
    }

    pub(super) fn begin(&mut self) {
        self.buffer.clear();
    }

    /// One part of a LangChain id. No valid text holds the separator.
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.buffer.extend_from_slice(text);
        self.buffer.push(0);
    }

    #[inline]
    pub(super) fn end(&mut self) -> NameId {
        if let Some(known) = self.known.get(&*self.buffer) {
            return *known;
        }
        let id = NameId(u32::try_from(self.parts.len()).unwrap_or(u32::MAX));
        let parts = self.buffer.split(|byte| *byte == 0);
        let mut parts: Vec<String> =
            parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        parts.pop();
        self.known.insert(self.buffer.as_slice().into(), id);
        self.parts.push(parts);
        self.answers.push([None, None]);
        id
    }

    pub(super) fn parts(&self, id: NameId) -> &[String] {
        &self.parts[id.0 as usize]
    }

    pub(super) fn call(&self, id: NameId) -> Option<Option<&Py<PyAny>>> {
        self.calls.get(&id).map(Option::as_ref)
    }

    pub(super) fn keep_call(&mut self, id: NameId, function: Option<Py<PyAny>>) {
        self.calls.insert(id, function);
    }

    pub(super) fn answer(&self, id: NameId, is_constructor: bool) -> Option<Answer> {
        self.answers[id.0 as usize][usize::from(is_constructor)].clone()
    }

    pub(super) fn keep(&mut self, id: NameId, is_constructor: bool, answer: Answer) {
        self.answers[id.0 as usize][usize::from(is_constructor)] = Some(answer);
    }
}
