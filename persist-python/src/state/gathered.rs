//! The members of a node, as they are read: those that objects are asked for, and any others.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::ffi;

/// Members that every object is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    New,
    NewKw,
    Init,
    InitKw,
    Base,
    Name,
    Items,
    Pairs,
    State,
    Dict,
    Slots,
    Missing,
    Shown,
    Undeclared,
    Set,
    Extra,
    Private,
    Fields,
    Order,
    Args,
    Kwargs,
    MaxLen,
}

/// Their names, in the same order.
const ASKED: [(Asked, &str); 22] = [
    (Asked::New, "new"),
    (Asked::NewKw, "newkw"),
    (Asked::Init, "init"),
    (Asked::InitKw, "initkw"),
    (Asked::Base, "base"),
    (Asked::Name, "name"),
    (Asked::Items, "items"),
    (Asked::Pairs, "pairs"),
    (Asked::State, "state"),
    (Asked::Dict, "dict"),
    (Asked::Slots, "slots"),
    (Asked::Missing, "missing"),
    (Asked::Shown, "shown"),
    (Asked::Undeclared, "undeclared"),
    (Asked::Set, "set"),
    (Asked::Extra, "extra"),
    (Asked::Private, "private"),
    (Asked::Fields, "fields"),
    (Asked::Order, "order"),
    (Asked::Args, "args"),
    (Asked::Kwargs, "kwargs"),
    (Asked::MaxLen, "maxlen"),
];

impl Asked {
    pub(super) const fn name(self) -> &'static str {
        ASKED[self as usize].1
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// The name as a Python string.
    fn key(self, py: Python<'_>) -> &Bound<'_, PyString> {
        let make = || ASKED.map(|(_, name)| PyString::intern(py, name).unbind());
        ASKED_NAMES.get_or_init(py, make)[self as usize].bind(py)
    }

    fn of(name: &str) -> Option<Self> {
        ASKED.iter().find(|(_, known)| *known == name).map(|(asked, _)| *asked)
    }
}

/// The names as Python strings: made once.
static ASKED_NAMES: PyOnceLock<[Py<PyString>; ASKED.len()]> = PyOnceLock::new();

/// The members of a node that are no part of its head. Nearly all objects have one or two, for which
/// no dict is made.
#[derive(Default)]
pub(super) struct Gathered<'py> {
    /// A bit for each of those that objects are asked for.
    asked: u32,
    few: [Option<(Asked, Bound<'py, PyAny>)>; 2],
    /// All of them, where it is there.
    dict: Option<Bound<'py, PyDict>>,
}

impl<'py> Gathered<'py> {
    pub(super) const fn is_empty(&self) -> bool {
        self.few[0].is_none() && self.dict.is_none()
    }

    pub(super) fn len(&self) -> usize {
        let few = || self.few.iter().flatten().count();
        self.dict.as_ref().map_or_else(few, |dict| dict.len())
    }

    /// One of a node that no object or call is.
    pub(super) fn other(&self, name: &str) -> Option<Bound<'py, PyAny>> {
        self.dict.as_ref()?.get_item(name).ok()?
    }

    pub(super) fn has(&self, key: &Bound<'py, PyString>) -> bool {
        match Asked::of(ffi::utf8(key.as_ptr()).unwrap_or_default()) {
            Some(asked) => self.asked & asked.bit() != 0,
            None => self.dict.as_ref().is_some_and(|dict| dict.contains(key).unwrap_or(false)),
        }
    }

    pub(super) fn has_asked(&self, asked: Asked) -> bool {
        self.asked & asked.bit() != 0
    }

    /// Adds a member of an object, or of what a function makes.
    pub(super) fn add(
        &mut self,
        key: &Bound<'py, PyString>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let asked = Asked::of(ffi::utf8(key.as_ptr()).unwrap_or_default());
        if let (Some(asked), None) = (asked, &self.dict)
            && let Some(free) = self.few.iter_mut().find(|place| place.is_none())
        {
            self.asked |= asked.bit();
            *free = Some((asked, value));
            return Ok(());
        }
        self.add_to_dict(key, value)
    }

    /// Adds a member of any node, all of which somebody else will look at.
    pub(super) fn add_to_dict(
        &mut self,
        key: &Bound<'py, PyString>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        self.asked |= Asked::of(ffi::utf8(key.as_ptr()).unwrap_or_default()).map_or(0, Asked::bit);
        self.dict(key.py())?.set_item(key, value)
    }

    /// All of them.
    pub(super) fn dict(&mut self, py: Python<'py>) -> PyResult<&Bound<'py, PyDict>> {
        let made = self.to_dict(py)?;
        self.few = [None, None];
        Ok(self.dict.insert(made))
    }

    /// The same, of a node that is only looked at.
    pub(super) fn to_dict(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if let Some(dict) = &self.dict {
            return Ok(dict.clone());
        }
        let made = PyDict::new(py);
        for (asked, value) in self.few.iter().flatten() {
            made.set_item(asked.key(py), value)?;
        }
        Ok(made)
    }

    pub(super) const fn parts(&self) -> Parts<'_, 'py> {
        Parts::Read(self)
    }

    fn get(&self, asked: Asked) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.dict {
            Some(dict) => dict.get_item(asked.key(dict.py())),
            None => {
                let mut few = self.few.iter().flatten();
                Ok(few.find(|(name, _)| *name == asked).map(|(_, value)| value.clone()))
            }
        }
    }
}

/// What an object is asked for, in a node or in a dict that stands in one.
#[derive(Clone, Copy)]
pub(super) enum Parts<'a, 'py> {
    Read(&'a Gathered<'py>),
    /// With a bit for each that is there: nearly all lack nearly all.
    Held(Option<&'a Bound<'py, PyDict>>, u32),
}

impl<'a, 'py> Parts<'a, 'py> {
    pub(super) fn of(dict: Option<&'a Bound<'py, PyDict>>) -> Self {
        let (mut asked, mut position) = (0, 0);
        while let Some((key, _)) = dict.and_then(|dict| ffi::dict_next(dict, &mut position)) {
            asked |= ffi::utf8(key).and_then(Asked::of).map_or(0, Asked::bit);
        }
        Self::Held(dict, asked)
    }

    #[inline]
    const fn has(self, asked: Asked) -> bool {
        let held = match self {
            Self::Read(read) => read.asked,
            Self::Held(_, held) => held,
        };
        held & asked.bit() != 0
    }

    /// All of them as a dict.
    pub(super) fn dict(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match self {
            Self::Read(read) => read.to_dict(py),
            Self::Held(dict, _) => Ok(dict.cloned().unwrap_or_else(|| PyDict::new(py))),
        }
    }
}

/// A part of a node, where it is there: nearly all objects lack nearly all.
#[inline]
pub(super) fn part<'py>(
    parts: Parts<'_, 'py>,
    asked: Asked,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if parts.has(asked) { found(parts, asked) } else { Ok(None) }
}

#[inline(never)]
fn found<'py>(parts: Parts<'_, 'py>, asked: Asked) -> PyResult<Option<Bound<'py, PyAny>>> {
    match parts {
        Parts::Read(read) => read.get(asked),
        Parts::Held(Some(dict), _) => dict.get_item(asked.key(dict.py())),
        Parts::Held(None, _) => Ok(None),
    }
}
