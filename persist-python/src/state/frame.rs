//! Where the walk stands in one container, and its next step there.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::ffi::{self, Builtin};
use super::kwargs::Kwargs;
use super::note::{Note, Piece};
use super::plan::Plan;
use super::probing::Table;
use super::problem::changed;
use super::secret::{self, Holding};
use super::sink::{Hashed, Sink};

/// Flags that a frame hands down to what lies in it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Within {
    /// Inside an escape: plain JSON, maps are not looked at.
    pub(super) escape: bool,
    /// Inside a key or element whose hash needs its state.
    pub(super) hash: bool,
    /// In a tuple or frozenset that may be walked once more, at an inner mention: what it holds
    /// must be known again even when nothing else refers to it.
    pub(super) twice: bool,
    /// In the text of a set element by itself: how many levels of sets in it are written out.
    pub(super) inner_sets: Option<u8>,
    /// The map that is walked next has attributes by their names: they may be secrets.
    pub(super) attributes: bool,
    /// In what an attribute of headers holds: entries of any map in it may be secrets.
    pub(super) headers: bool,
    /// In a container whose name tells secrets: every text in it is one.
    pub(super) secrets: bool,
    /// In a list of headers; what is walked is a `pair` in one: a header with its name.
    pub(super) rows: bool,
    pub(super) pair: bool,
}

impl Within {
    /// The same inside something that is never walked twice.
    pub(super) const fn once(self) -> Self {
        Self { twice: false, attributes: false, rows: false, pair: false, ..self }
    }

    /// The same in the parts of an object: what extends `dict` hands on what its entries are.
    pub(super) fn in_parts(self, value: *mut pyo3::ffi::PyObject) -> Self {
        let attributes = self.attributes && ffi::extends_dict(value);
        Self { attributes, ..self.once() }
    }

    /// The same for the elements of a set.
    pub(super) fn in_set(self) -> Self {
        let inner_sets = self.inner_sets.map(|levels| levels.saturating_sub(1));
        Self { hash: true, inner_sets, ..self }
    }

    /// The same in an array that is a part of a node.
    fn in_array(self, kind: &Kind) -> Self {
        let within = self.once();
        match kind {
            Kind::Items { .. } => within.in_set(),
            Kind::Pairs { .. } => Self { attributes: self.attributes, ..within },
            _ => within,
        }
    }

    /// The same inside a list or tuple of so many elements.
    pub(super) const fn listed(self, length: usize) -> Self {
        Self { attributes: false, rows: self.headers, pair: self.rows && length == 2, ..self }
    }

    /// Whether what is walked lies among headers or secrets.
    pub(super) const fn is_among(self) -> bool {
        self.headers || self.secrets
    }

    /// Whether entries of the map that is walked next may be secrets.
    pub(super) const fn guards(self) -> bool {
        self.attributes || self.is_among()
    }
}

/// How a map is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    Pairs,
}

/// What closing a frame writes and whom it leaves.
#[derive(Default)]
pub(super) struct Close {
    pub(super) text: &'static [u8],
    pub(super) is_wrapped: bool,
    pub(super) leaves: Option<usize>,
    pub(super) leaves_escape: bool,
}

impl Close {
    /// Tells the sink that everything in the thing was walked.
    #[inline]
    pub(super) fn leave<S: Sink>(&self, sink: &mut S) {
        if let Some(address) = self.leaves {
            sink.leave(address);
        }
    }
}

pub(super) struct Entries {
    pub(super) dict: Py<PyDict>,
    pub(super) position: isize,
    pub(super) length: usize,
    /// How many entries are to come, where none is passed by.
    pub(super) left: usize,
    pub(super) form: Form,
    pub(super) is_first: bool,
    /// The value that waits while its key is walked.
    pub(super) waiting: Option<Py<PyAny>>,
    /// The key of the value being walked, for paths.
    pub(super) key: Option<Py<PyAny>>,
    /// The class whose attributes these are.
    pub(super) owner: Option<Py<Plan>>,
    /// Some of the values may be secrets.
    pub(super) is_guarded: bool,
}

pub(super) enum Kind {
    List {
        list: Py<PyList>,
        next: usize,
        length: usize,
    },
    Tuple {
        tuple: Py<PyTuple>,
        next: usize,
    },
    Items {
        note: Arc<Note>,
        next: usize,
        /// The frozenset that they are of.
        frozen: Option<Py<PyAny>>,
    },
    /// Keys and values by turns, written as pairs.
    Pairs {
        flat: Py<PyList>,
        next: usize,
    },
    Entries(Entries),
    Kwargs(Kwargs),
    Pieces {
        pieces: Arc<Note>,
        next: usize,
        owner: Option<Py<Plan>>,
        /// What stands before the pieces, where it is not what the class begins with.
        head: Option<Arc<[u8]>>,
    },
}

pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) within: Within,
    pub(super) close: Close,
}

/// What a frame gives when it is asked for the next thing to walk.
pub(super) enum Step<'py> {
    Walk(Bound<'py, PyAny>, Within),
    /// A secret, to be left out.
    Omit(Bound<'py, PyAny>, Within),
    /// A map of attributes, owned by a class.
    Attributes(Bound<'py, PyDict>),
    /// An array that is a part of a node.
    Array(Kind, Within),
    Pause,
    Done,
}

/// Gives a value without children to the sink; `false` when it is not one.
#[inline]
pub(super) fn leaf<S: Sink>(
    py: Python<'_>,
    value: *mut pyo3::ffi::PyObject,
    sink: &mut S,
) -> PyResult<bool> {
    match ffi::builtin_of(value) {
        Builtin::Str => return sink.string(value),
        Builtin::None => sink.text(b"null"),
        Builtin::True => sink.text(b"true"),
        Builtin::False => sink.text(b"false"),
        Builtin::Int => return sink.int(py, value),
        Builtin::Float => return Ok(sink.float(value)),
        _ => return Ok(false),
    }
    Ok(true)
}

impl Frame {
    pub(super) fn owner(&self) -> Option<&Py<Plan>> {
        match &self.kind {
            Kind::Entries(entries) => entries.owner.as_ref(),
            Kind::Kwargs(kwargs) => Some(&kwargs.plan),
            Kind::Pieces { owner, .. } => owner.as_ref(),
            _ => None,
        }
    }

    /// What a reader hashes once this container is whole.
    pub(super) fn hashed<'py>(&self, py: Python<'py>) -> Option<Hashed<'py>> {
        match &self.kind {
            Kind::Tuple { tuple, .. } => Some(Hashed::Tuple(tuple.bind(py).len())),
            Kind::Items { note, frozen, .. } => match &**note {
                Note::Items(items) => {
                    let items = items.iter().map(|item| item.bind(py).clone()).collect();
                    let frozen = frozen.as_ref().map(|frozen| frozen.bind(py).clone());
                    Some(Hashed::Keys(items, Table::Set, frozen))
                }
                _ => None,
            },
            Kind::Pairs { flat, .. } => {
                Some(Hashed::Keys(flat.bind(py).iter().step_by(2).collect(), Table::Dict, None))
            }
            Kind::Entries(entries) if entries.form == Form::Pairs => {
                let keys = entries.dict.bind(py).keys().iter().collect();
                Some(Hashed::Keys(keys, Table::Dict, None))
            }
            _ => None,
        }
    }

    /// Whether a reader hashes what is walked in this container now, before it is whole itself.
    pub(super) const fn is_at_key(&self) -> bool {
        match &self.kind {
            Kind::Items { .. } => true,
            Kind::Pairs { next, .. } => !next.is_multiple_of(2),
            Kind::Entries(entries) => entries.waiting.is_some(),
            _ => false,
        }
    }

    pub(super) fn step<'py, S: Sink>(
        &mut self,
        py: Python<'py>,
        sink: &mut S,
    ) -> PyResult<Step<'py>> {
        let within = self.within;
        match &mut self.kind {
            Kind::List { list, next, length } => {
                let (list, length) = (list.bind(py), *length);
                let element = |at| if at < length { ffi::list_item(list, at) } else { None };
                let step = step_each(py, next, element, within, sink)?;
                let has_changed = *next < length || list.len() != length;
                if matches!(step, Step::Done) && has_changed { Err(changed(py)) } else { Ok(step) }
            }
            Kind::Tuple { tuple, next } => {
                let tuple = tuple.bind(py);
                step_each(py, next, |at| ffi::tuple_item(tuple, at), within, sink)
            }
            Kind::Items { note, next, .. } => {
                let Note::Items(items) = &**note else { return Err(changed(py)) };
                let element = |at: usize| items.get(at).map(Py::as_ptr);
                step_each(py, next, element, within, sink)
            }
            Kind::Pairs { flat, next } => step_pairs(flat.bind(py), next, within, sink),
            Kind::Entries(entries) => entries.step(py, within, sink),
            Kind::Kwargs(kwargs) => kwargs.step(py, within, sink),
            Kind::Pieces { pieces, next, owner, .. } => {
                let is_guarded = owner.as_ref().is_some_and(|plan| plan.get().is_component());
                step_pieces(py, (pieces, is_guarded), next, within, sink)
            }
        }
    }
}

/// Whether something inside an open thing is hashed before that is whole.
///
/// A key that leads back to itself is whole once it is hashed.
pub(super) fn is_hashed_within(stack: &[Frame], value: &Bound<'_, PyAny>) -> bool {
    let address = Some(value.as_ptr() as usize);
    let mut inner = stack.iter().rev().map(|frame| (frame.is_at_key(), frame.close.leaves));
    inner
        .find(|(is_at_key, leaves)| *is_at_key || *leaves == address)
        .is_none_or(|(is_at_key, _)| is_at_key)
}

/// Walks elements one by one, up to the first that is more than a scalar.
#[inline]
fn step_each<'py, S: Sink>(
    py: Python<'py>,
    next: &mut usize,
    element: impl Fn(usize) -> Option<*mut pyo3::ffi::PyObject>,
    within: Within,
    sink: &mut S,
) -> PyResult<Step<'py>> {
    while let Some(item) = element(*next) {
        if sink.is_full() {
            return Ok(Step::Pause);
        }
        if *next > 0 {
            sink.byte(b',');
        }
        *next += 1;
        let name = if within.pair && *next == 2 { element(0) } else { None };
        let name = name.and_then(secret::name_of);
        if within.is_among()
            && let Some(step) = guarded(py, name, item, within)
        {
            return Ok(step);
        }
        if !leaf(py, item, sink)? {
            return Ok(Step::Walk(ffi::own(py, item), within));
        }
    }
    Ok(Step::Done)
}

fn step_pieces<'py, S: Sink>(
    py: Python<'py>,
    (note, is_guarded): (&Arc<Note>, bool),
    next: &mut usize,
    within: Within,
    sink: &mut S,
) -> PyResult<Step<'py>> {
    let Note::Pieces(pieces) = &**note else { return Err(changed(py)) };
    let inner = Within { attributes: false, ..within };
    while let Some(piece) = pieces.get(*next) {
        if sink.is_full() {
            return Ok(Step::Pause);
        }
        *next += 1;
        match piece {
            Piece::Text(text) => sink.text(text),
            Piece::Attributes(dict) => return Ok(Step::Attributes(dict.bind(py).clone())),
            Piece::Raw(owner, length) => sink.raw(owner.bind(py), *length)?,
            Piece::Child(_, value) | Piece::Argument(_, value) => {
                if is_guarded && let Some(step) = guarded_piece(py, piece, inner) {
                    return Ok(step);
                }
                if !leaf(py, value.as_ptr(), sink)? {
                    return Ok(Step::Walk(value.bind(py).clone(), inner));
                }
            }
            Piece::Made(address) if sink.make(*address) => {}
            Piece::Made(_) => *next = pieces.len() - 1,
            array => {
                if let Some(kind) = array_of(py, array, within.guards()) {
                    let within = within.in_array(&kind);
                    return Ok(Step::Array(kind, within));
                }
            }
        }
    }
    Ok(Step::Done)
}

/// The step for a part of a component that is named in a path: an attribute, or its whole state.
fn guarded_piece<'py>(py: Python<'py>, piece: &Piece, within: Within) -> Option<Step<'py>> {
    let Piece::Child(suffix, value) = piece else { return None };
    // What `__setstate__` is given is mostly the attributes by their names.
    if suffix == ".__getstate__()" {
        if ffi::builtin_of(value.as_ptr()) != Builtin::Dict {
            return None;
        }
        let within = Within { attributes: true, ..within };
        return Some(Step::Walk(value.bind(py).clone(), within));
    }
    guarded(py, suffix.strip_prefix('.'), value.as_ptr(), within)
}

/// The frame of a piece that is an array.
fn array_of(py: Python<'_>, piece: &Piece, is_guarded: bool) -> Option<Kind> {
    Some(match piece {
        Piece::Elements(list) => {
            let length = list.bind(py).len();
            Kind::List { list: list.clone_ref(py), next: 0, length }
        }
        Piece::Members(note) => Kind::Items { note: Arc::clone(note), next: 0, frozen: None },
        Piece::Pairs(flat) => Kind::Pairs { flat: flat.clone_ref(py), next: 0 },
        Piece::Entries(dict) => {
            let entries = Entries::new(dict.bind(py), Form::Pairs, None);
            Kind::Entries(Entries { is_guarded, ..entries })
        }
        _ => return None,
    })
}

/// Walks keys and values by turns, up to the first that is more than a scalar.
fn step_pairs<'py, S: Sink>(
    flat: &Bound<'py, PyList>,
    next: &mut usize,
    within: Within,
    sink: &mut S,
) -> PyResult<Step<'py>> {
    let inner = Within { attributes: false, ..within };
    loop {
        if sink.is_full() {
            return Ok(Step::Pause);
        }
        let is_key = next.is_multiple_of(2);
        if is_key && *next > 0 {
            sink.byte(b']');
        }
        let Some(item) = ffi::list_item(flat, *next) else { return Ok(Step::Done) };
        if *next > 0 {
            sink.byte(b',');
        }
        if is_key {
            sink.byte(b'[');
        }
        *next += 1;
        if !is_key && within.guards() {
            let key = ffi::list_item(flat, *next - 2).and_then(secret::name_of);
            if let Some(step) = guarded(flat.py(), key, item, inner) {
                return Ok(step);
            }
        }
        if !leaf(flat.py(), item, sink)? {
            let within = Within { hash: within.hash || is_key, ..inner };
            return Ok(Step::Walk(ffi::own(flat.py(), item), within));
        }
    }
}

impl Entries {
    /// At the beginning.
    pub(super) fn new(dict: &Bound<'_, PyDict>, form: Form, owner: Option<Py<Plan>>) -> Self {
        Self {
            dict: dict.clone().unbind(),
            position: 0,
            length: dict.len(),
            left: dict.len(),
            form,
            is_first: true,
            waiting: None,
            key: None,
            is_guarded: owner.as_ref().is_some_and(|plan| plan.get().is_component()),
            owner,
        }
    }

    #[inline]
    fn guarded<'py>(
        &self,
        py: Python<'py>,
        key: Option<*mut pyo3::ffi::PyObject>,
        value: *mut pyo3::ffi::PyObject,
        within: Within,
    ) -> Option<Step<'py>> {
        if !self.is_guarded {
            return None;
        }
        guarded(py, key.and_then(secret::name_of), value, within)
    }

    fn step<'py, S: Sink>(
        &mut self,
        py: Python<'py>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<Step<'py>> {
        let dict = self.dict.bind(py).clone();
        loop {
            if let Some(value) = self.waiting.take() {
                sink.byte(b',');
                if let Some(step) =
                    self.guarded(py, self.key.as_ref().map(Py::as_ptr), value.as_ptr(), within)
                {
                    return Ok(step);
                }
                if !leaf(py, value.as_ptr(), sink)? {
                    return Ok(Step::Walk(value.into_bound(py), within));
                }
                self.key = None;
                sink.byte(b']');
            } else if self.form == Form::Pairs && self.key.take().is_some() {
                sink.byte(b']');
            }
            if sink.is_full() {
                return Ok(Step::Pause);
            }
            if dict.len() != self.length {
                return Err(changed(py));
            }
            let Some((key, value)) = ffi::dict_next(&dict, &mut self.position) else {
                let has_changed = !S::SCANS && self.left != 0;
                return if has_changed { Err(changed(py)) } else { Ok(Step::Done) };
            };
            self.left = self.left.wrapping_sub(1);
            if !std::mem::take(&mut self.is_first) {
                sink.byte(b',');
            }
            if let Some(step) = self.entry(py, (key, value), within, sink)? {
                return Ok(step);
            }
        }
    }

    fn entry<'py, S: Sink>(
        &mut self,
        py: Python<'py>,
        (key, value): (*mut pyo3::ffi::PyObject, *mut pyo3::ffi::PyObject),
        within: Within,
        sink: &mut S,
    ) -> PyResult<Option<Step<'py>>> {
        if self.form == Form::Object {
            sink.key(key)?;
            sink.byte(b':');
            if let Some(step) = self.guarded(py, Some(key), value, within) {
                self.key = Some(ffi::own(py, key).unbind());
                return Ok(Some(step));
            }
            if leaf(py, value, sink)? {
                return Ok(None);
            }
            self.key = Some(ffi::own(py, key).unbind());
            return Ok(Some(Step::Walk(ffi::own(py, value), within)));
        }
        let (key, value) = (ffi::own(py, key), ffi::own(py, value));
        self.key = Some(key.clone().unbind());
        self.waiting = Some(value.unbind());
        sink.byte(b'[');
        if leaf(py, key.as_ptr(), sink)? {
            return Ok(None);
        }
        Ok(Some(Step::Walk(key, Within { hash: true, ..within })))
    }
}

/// The step for an attribute of a component that holds a secret, or a map with secrets.
#[inline]
pub(super) fn guarded<'py>(
    py: Python<'py>,
    name: Option<&str>,
    value: *mut pyo3::ffi::PyObject,
    within: Within,
) -> Option<Step<'py>> {
    if within.secrets {
        return secret::is_text(value).then(|| Step::Omit(ffi::own(py, value), within));
    }
    Some(match secret::look(name?, value)? {
        Holding::Secret => Step::Omit(ffi::own(py, value), within),
        Holding::Secrets => Step::Walk(ffi::own(py, value), Within { secrets: true, ..within }),
        Holding::Headers => Step::Walk(ffi::own(py, value), Within { headers: true, ..within }),
        Holding::Arguments => {
            Step::Walk(ffi::own(py, value), Within { attributes: true, ..within })
        }
    })
}
