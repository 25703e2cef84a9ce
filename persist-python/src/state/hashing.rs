//! What it would cost to hash and compare the keys of a container, told before that is done.
//!
//! Python hashes a tuple by hashing all it holds, each time anew: a few labels make a tuple whose
//! hash takes for ever, and one nested deep enough overflows the stack. Numbers can be chosen so
//! that their hashes agree, or meet at the same places, and then each is compared with all others.

use std::rc::Rc;

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBytes, PyDict, PyFrozenSet, PyInt, PyList, PyMappingProxy, PySet, PyString, PyTuple, PyType,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::ffi::{self, Builtin};
use super::probing::Table;
use super::unfolded::Unfolded;

/// How many keys or elements of one container may have one hash.
const MAX_ALIKE: usize = 1_000;

/// How deep tuples and frozensets may be nested in a key.
const MAX_DEPTH: usize = 10_000;

/// How many levels of a cycle may be hashed by other code for each that is hashed in Python, which
/// calls itself a thousand times at most: no more than `MAX_DEPTH` in all.
const MAX_OTHERS_PER_CALL: usize = MAX_DEPTH / 1_000;

/// How often, on average, an element of a container may be met again in a key.
const STEPS_PER_ELEMENT: u64 = 256;

/// Steps that every text may take.
const FREE_STEPS: u64 = 1_000_000;

/// Steps to what a key holds where that leads back: its hash may take them a thousand times, once.
const STEPS_PER_ROUND: u64 = 20_000;

pub(super) const TOO_MUCH: &str = "its keys or elements hold too much to be hashed";

/// Steps that hashing what one type is made of may take, or so many labels.
const STEPS_PER_TYPE: u64 = 10_000;
const PIECE: usize = 32;

/// Bits of a number that are hashed in one step.
const BITS_PER_STEP: u64 = 512;

/// Steps in which code in Python that may do anything hashes an instance, or code beside the
/// interpreter's own: each makes things anew of what it hashes.
const STEPS_ANEW: u64 = 16;

/// Steps in which code in Python compares an instance.
const STEPS_TO_COMPARE: u64 = 8;

/// As many equal elements are compared in the time that one is hashed in.
const COMPARED_PER_STEP: u64 = 4;

/// What classes call that of which the hash is made, where they do not tell the collector of it.
const UNTOLD: [&str; 3] = ["fields", "na_object", "subdtype"];

/// Why these values should not be hashed, as `typing` does with what it makes a type of.
#[pyfunction]
pub(crate) fn hashing_trouble(values: Vec<Bound<'_, PyAny>>) -> Option<String> {
    let pieces = values.len().div_ceil(PIECE).max(1) as u64;
    let mut cost = HashCost { steps_left: STEPS_PER_TYPE * pieces, ..HashCost::default() };
    let compound: Vec<_> = values.iter().filter(|value| cost.is_compound(value)).collect();
    let reason = compound.into_iter().find_map(|value| cost.spend(value, Walk::Hash));
    reason.or_else(|| crowd(&values, Table::Set))
}

/// What hashing has cost, and may cost, in one text.
pub(super) struct HashCost {
    pub(super) steps_left: u64,
    /// What is known of classes by now, by their addresses.
    classes: FxHashMap<usize, Rc<Class>>,
    /// What was hashed once and takes long, by its address: the text spells that out.
    seen: FxHashSet<usize>,
    pub(super) unfolded: Unfolded,
}

/// What hashing an instance of a class may look at.
struct Class {
    /// Keeps the address from being another class's.
    _class: Py<PyType>,
    hashes_by_identity: bool,
    /// Python code of its own hashes it: what never ends is ended by Python, with an error.
    hashes_in_python: bool,
    /// The attributes of which its hash is made, where it is known that it looks at nothing else.
    reads: Option<Vec<Py<PyString>>>,
    has_dict: bool,
    /// What reads its slots.
    members: Vec<Py<PyAny>>,
    /// Its hash is made of what lies in lists and maps that an instance holds.
    hashes_lists: bool,
    hides: Hides,
    weight: Weight,
    /// What code of the class takes to hash an instance, beside what that holds.
    steps: u64,
}

/// What is hashed of a value itself, beside what it holds, and anew each time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Nothing,
    /// The bits of a whole number.
    Bits,
    /// The characters of a text.
    Length,
    /// All its memory: a pattern's code, the digits of a decimal.
    Memory,
    /// The text that is made of it.
    Text,
    /// The memory of its elements.
    Elements,
}

/// Where instances have what their class hashes in code that is not Python, if anywhere else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hides {
    Nothing,
    /// The collector is told of it, and of slots too.
    Told,
    /// In memory of their own, laid out as their type says.
    Elements,
}

impl Default for HashCost {
    fn default() -> Self {
        Self {
            steps_left: FREE_STEPS,
            classes: FxHashMap::default(),
            seen: FxHashSet::default(),
            unfolded: Unfolded::default(),
        }
    }
}

impl HashCost {
    /// Allows for the elements of a container that the text spells out.
    pub(super) const fn earn(&mut self, elements: usize) {
        let earned = (elements as u64).saturating_mul(STEPS_PER_ELEMENT);
        self.steps_left = self.steps_left.saturating_add(earned);
    }

    /// Why these keys should not be hashed or compared, if they should not.
    pub(super) fn refusal(&mut self, keys: &[Bound<'_, PyAny>], table: Table) -> Option<String> {
        self.unfolded.begin(keys.len());
        let compound: Vec<_> = keys.iter().filter(|key| self.is_compound(key)).collect();
        let reason = compound.iter().find_map(|key| self.spend(key, Walk::Hash));
        reason.or_else(|| self.compare(&compound)).or_else(|| crowd(keys, table))
    }

    /// Pays for the comparison of those whose hashes agree: each holds what has to be looked at, once
    /// for each of those before it.
    fn compare(&mut self, keys: &[&Bound<'_, PyAny>]) -> Option<String> {
        let mut known: FxHashMap<isize, u64> = FxHashMap::default();
        for key in keys {
            let Ok(hash) = key.hash() else { continue };
            let before = known.entry(hash).or_default();
            let others = std::mem::replace(before, *before + 1);
            if others == 0 {
                continue;
            }
            let steps_left = self.steps_left;
            if let Some(reason) = self.spend(key, Walk::Compare) {
                return Some(reason);
            }
            let steps = (steps_left - self.steps_left).saturating_mul(others - 1);
            let Some(left) = self.steps_left.checked_sub(steps / COMPARED_PER_STEP) else {
                return Some(TOO_MUCH.to_owned());
            };
            self.steps_left = left;
        }
        None
    }

    fn spend(&mut self, key: &Bound<'_, PyAny>, walk: Walk) -> Option<String> {
        // Beside its depth: whether code around a value may go through its text.
        let mut open = vec![(key.clone(), 0, walk == Walk::Compare)];
        let mut inner = Vec::new();
        let (mut way, before) = (Way::default(), self.steps_left);
        while let Some((value, depth, is_read)) = open.pop() {
            let steps = self.steps_of(&value, walk, is_read);
            let Some(left) = self.steps_left.checked_sub(steps) else {
                return Some(TOO_MUCH.to_owned());
            };
            self.steps_left = left;
            if walk == Walk::Hash && value.is_instance_of::<PyFrozenSet>() {
                self.unfolded.count(&value);
            }
            if depth > MAX_DEPTH {
                return Some(format!("a key or element is nested more than {MAX_DEPTH} deep"));
            }
            let is_other = ffi::builtin_of(value.as_ptr()) == Builtin::Other;
            let class = is_other.then(|| self.class_of(&value));
            let in_python = class.as_ref().is_some_and(|class| class.hashes_in_python);
            let is_read = is_read || class.is_some_and(|class| class.steps > 0);
            if way.comes_round(&value, depth, in_python) {
                continue;
            }
            self.open(&value, walk, &mut inner);
            open.extend(inner.drain(..).map(|inner| (inner, depth + 1, is_read)));
        }
        if way.has_come_round && walk == Walk::Hash {
            return endless(key, before - self.steps_left);
        }
        None
    }

    /// Adds what is looked at next where a value is hashed or compared.
    fn open<'py>(
        &mut self,
        value: &Bound<'py, PyAny>,
        walk: Walk,
        inner: &mut Vec<Bound<'py, PyAny>>,
    ) {
        let builtin = ffi::builtin_of(value.as_ptr());
        if let Ok(tuple) = value.cast::<PyTuple>() {
            inner.extend(tuple.iter());
        } else if value.is_exact_instance_of::<PyMappingProxy>() {
            // What an object hashes of a map is behind it, as a list would be in a tuple.
            inner.extend(told_of(value).iter().filter_map(entries_of).flatten());
            return;
        } else if walk == Walk::Compare {
            extend_compared(value, inner);
        }
        // A class is hashed as the class it is, whatever lies in it.
        if builtin == Builtin::Other && !value.is_instance_of::<PyType>() {
            let class = self.class_of(value);
            if walk == Walk::Hash && class.extend_read(value, inner) {
                return;
            }
            class.extend_held(value, inner);
            if class.hashes_lists {
                let listed: Vec<_> = inner.iter().filter_map(listed_in).flatten().collect();
                inner.extend(listed);
            }
        }
    }

    /// What hashing or comparing a value itself takes, beside what it holds. Numbers and patterns do
    /// not keep their hash, as texts do: those are gone through where they are compared or shown.
    fn steps_of(&mut self, value: &Bound<'_, PyAny>, walk: Walk, is_read: bool) -> u64 {
        let (weight, steps) = match ffi::builtin_of(value.as_ptr()) {
            Builtin::Int if ffi::small_int(value.as_ptr()).is_none() => (Weight::Bits, 0),
            Builtin::Str | Builtin::Bytes | Builtin::ByteArray if is_read => (Weight::Length, 0),
            Builtin::Other => self.class_of(value).costs(walk, is_read),
            _ => return 1,
        };
        let more = steps + weight.bits_of(value).unwrap_or(0) / BITS_PER_STEP;
        let is_spelled_out = more > 0 && walk == Walk::Hash;
        if is_spelled_out && self.seen.insert(value.as_ptr() as usize) { 1 } else { 1 + more }
    }

    /// Whether hashing a key looks at more than itself.
    fn is_compound(&mut self, key: &Bound<'_, PyAny>) -> bool {
        match ffi::builtin_of(key.as_ptr()) {
            Builtin::Tuple | Builtin::FrozenSet => true,
            Builtin::Other => !self.class_of(key).hashes_by_identity,
            _ => false,
        }
    }

    fn class_of(&mut self, value: &Bound<'_, PyAny>) -> Rc<Class> {
        let known = self.classes.entry(ffi::type_address(value));
        Rc::clone(known.or_insert_with(|| Rc::new(Class::new(&value.get_type()))))
    }
}

impl Class {
    fn new(class: &Bound<'_, PyType>) -> Self {
        let hashes_by_identity = ffi::hashes_by_identity(class);
        let mut members = if hashes_by_identity { Vec::new() } else { members_of(class) };
        let offset = class.getattr("__dictoffset__").and_then(|offset| offset.extract::<isize>());
        let has_dict = offset.is_ok_and(|offset| offset != 0);
        let hides = Hides::of(class);
        if hides == Hides::Elements {
            members.extend(untold_of(class));
        }
        let hashes_lists = !hashes_by_identity && says_tuple(class).unwrap_or(false);
        let weight = if hashes_by_identity { Weight::Nothing } else { Weight::of(class) };
        let hashes_in_python = !hashes_by_identity && is_function(class).unwrap_or(false);
        let reads = if hashes_in_python { reads_of(class).unwrap_or(None) } else { None };
        let hashes_anew = hashes_in_python && reads.is_none() || hides != Hides::Nothing;
        let steps = if hashes_anew { STEPS_ANEW * times_slower(class) } else { 0 };
        let _class = class.clone().unbind();
        Self {
            _class,
            hashes_by_identity,
            hashes_in_python,
            reads,
            has_dict,
            members,
            hashes_lists,
            hides,
            weight,
            steps,
        }
    }

    /// What is hashed or compared of an instance itself, and the steps of the code that does it.
    const fn costs(&self, walk: Walk, is_read: bool) -> (Weight, u64) {
        let steps = match walk {
            Walk::Hash => self.steps,
            Walk::Compare if self.hashes_in_python => STEPS_TO_COMPARE,
            Walk::Compare => 0,
        };
        let is_looked_at = match self.weight {
            Weight::Length => is_read,
            // An array has no hash, and an element of one is hashed as all that it is.
            Weight::Elements => matches!(walk, Walk::Compare) || self.steps > 0,
            _ => true,
        };
        (if is_looked_at { self.weight } else { Weight::Nothing }, steps)
    }

    /// Adds the attributes of which the hash is made, where those are known.
    fn extend_read<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        inner: &mut Vec<Bound<'py, PyAny>>,
    ) -> bool {
        let Some(names) = &self.reads else { return false };
        // One that is not set raises, as the hash will.
        inner.extend(names.iter().filter_map(|name| value.getattr(name).ok()));
        true
    }

    /// Adds what an instance holds in its dict and slots, and where code that is not Python has it.
    fn extend_held<'py>(&self, value: &Bound<'py, PyAny>, inner: &mut Vec<Bound<'py, PyAny>>) {
        if self.hashes_by_identity {
            return;
        }
        let first = inner.len();
        if self.has_dict
            && let Ok(dict) = ffi::instance_dict(value)
        {
            inner.extend(dict.values().iter());
        }
        if self.hides == Hides::Told {
            let told = told_of(value).into_iter();
            let of_dict = |it: &Bound<'_, PyAny>| inner[first..].iter().any(|held| held.is(it));
            let more: Vec<_> = told.filter(|it| !of_dict(it)).collect();
            inner.extend(more);
            return;
        }
        // A slot that is not set raises.
        let read = |member: &Py<PyAny>| member.bind(value.py()).call_method1("__get__", (value,));
        inner.extend(self.members.iter().filter_map(|member| read(member).ok()));
        if self.hides == Hides::Elements {
            inner.extend(elements_of(value));
        }
    }
}

impl Hides {
    fn of(class: &Bound<'_, PyType>) -> Self {
        if ffi::hashes_by_identity(class) || !ffi::hashes_outside_python(class) {
            Self::Nothing
        } else if ffi::tells_collector(class) {
            Self::Told
        } else {
            Self::Elements
        }
    }
}

impl Weight {
    fn of(class: &Bound<'_, PyType>) -> Self {
        let named = |base: &Bound<'_, PyAny>| -> Option<Self> {
            let name = base.cast::<PyType>().ok()?.fully_qualified_name().ok()?;
            match name.to_str().ok()? {
                "int" => Some(Self::Bits),
                "str" | "bytes" => Some(Self::Length),
                "decimal.Decimal" | "re.Pattern" => Some(Self::Memory),
                _ => None,
            }
        };
        let found = class.mro().iter().find_map(|base| named(&base));
        found.or_else(|| Self::told_by(class).ok()).unwrap_or(Self::Nothing)
    }

    /// The weight of what classes outside the interpreter have, as far as they tell it.
    fn told_by(class: &Bound<'_, PyType>) -> PyResult<Self> {
        let hashes = class.py().import("persist.state.hashes")?;
        if hashes.call_method1("is_made_text", (class,))?.extract()? {
            return Ok(Self::Text);
        }
        let told = class.getattr("nbytes")?;
        Ok(if ffi::is_computed(&told) { Self::Elements } else { Self::Nothing })
    }

    fn bits_of(self, value: &Bound<'_, PyAny>) -> PyResult<u64> {
        let bytes: u64 = match self {
            Self::Nothing => return Ok(0),
            Self::Bits => {
                let class = PyInt::type_object(value.py());
                return class.call_method1("bit_length", (value,))?.extract();
            }
            Self::Memory => value.call_method0("__sizeof__")?.extract()?,
            Self::Length => return Ok(length_of(value)?.saturating_mul(8)),
            Self::Text => value.str()?.len()? as u64,
            Self::Elements => value.getattr("nbytes")?.extract()?,
        };
        Ok(bytes.saturating_mul(8))
    }
}

/// How many times longer than other code in Python that of a class takes to hash an instance.
fn times_slower(class: &Bound<'_, PyType>) -> u64 {
    let hashes = class.py().import("persist.state.hashes");
    let told = hashes.and_then(|hashes| hashes.call_method1("times_slower", (class,)));
    told.and_then(|told| told.extract()).unwrap_or(1)
}

/// The length of a text or of bytes, whatever a class that extends these says.
fn length_of(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let py = value.py();
    let class = match ffi::builtin_of(value.as_ptr()) {
        Builtin::Other if value.is_instance_of::<PyString>() => PyString::type_object(py),
        Builtin::Other => PyBytes::type_object(py),
        _ => return Ok(value.len()? as u64),
    };
    class.call_method1("__len__", (value,))?.extract()
}

/// What a value tells the collector that it holds.
fn told_of<'py>(value: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let told = value.py().import("gc").and_then(|gc| gc.call_method1("get_referents", (value,)));
    let list = told.ok().and_then(|told| told.cast_into::<PyList>().ok());
    list.map_or_else(Vec::new, |list| list.iter().collect())
}

/// The keys and values of a dict.
fn entries_of<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    let dict = value.cast::<PyDict>().ok()?;
    Some(dict.iter().flat_map(|(key, value)| [key, value]).collect())
}

/// What lies in a list or a dict.
fn listed_in<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    let list = value.cast::<PyList>().ok().map(|list| list.iter().collect());
    list.or_else(|| entries_of(value))
}

/// Whether what hashes instances of a class is a function in Python.
fn is_function(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let kind = class.py().import("types")?.getattr("FunctionType")?;
    Ok(class.getattr("__hash__")?.get_type().is(&kind))
}

/// The attributes that the hash of an instance reads, where the code of its class leaves no doubt.
fn reads_of(class: &Bound<'_, PyType>) -> PyResult<Option<Vec<Py<PyString>>>> {
    let hashes = class.py().import("persist.state.hashes")?;
    hashes.call_method1("names_of", (class,))?.extract()
}

/// Whether what a class says in Python of its hash makes tuples, of what has no hash itself.
fn says_tuple(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let names = class.getattr("__hash__")?.getattr("__code__")?.getattr("co_names")?;
    Ok(names.contains("tuple")? || names.contains("frozenset")?)
}

/// The elements of a value that lie in memory of its own, where objects are among them.
fn elements_of<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let of_type = value.get_type().getattr("dtype").ok().filter(ffi::is_computed)?;
    let told = of_type.call_method1("__get__", (value,)).ok()?;
    let has_objects = told.getattr("hasobject").is_ok_and(|it| it.is_truthy().unwrap_or(false));
    has_objects.then(|| value.call_method0("item").ok()).flatten()
}

/// What reads the attributes of a class, in code that is not Python, that its hash is made of.
fn untold_of(class: &Bound<'_, PyType>) -> Vec<Py<PyAny>> {
    let found = UNTOLD.iter().filter_map(|name| class.getattr(*name).ok());
    found.filter(ffi::is_computed).map(Bound::unbind).collect()
}

/// What reads the slots of a class and its bases, none of it code of theirs.
fn members_of(class: &Bound<'_, PyType>) -> Vec<Py<PyAny>> {
    let of_base = |base: Bound<'_, PyAny>| -> PyResult<Vec<Py<PyAny>>> {
        let names = base.getattr("__dict__")?.call_method0("values")?;
        let values = names.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        Ok(values.into_iter().filter(ffi::is_member).map(Bound::unbind).collect())
    };
    class.mro().iter().filter_map(|base| of_base(base).ok()).flatten().collect()
}

/// Adds what comparing a container looks at and hashing it does not.
fn extend_compared<'py>(value: &Bound<'py, PyAny>, inner: &mut Vec<Bound<'py, PyAny>>) {
    if let Ok(set) = value.cast::<PyFrozenSet>() {
        inner.extend(set.iter());
    } else if let Ok(set) = value.cast::<PySet>() {
        inner.extend(set.iter());
    } else if let Ok(list) = value.cast::<PyList>() {
        inner.extend(list.iter());
    } else if let Ok(dict) = value.cast::<PyDict>() {
        inner.extend(dict.values().iter());
    }
}

/// Why a key that a walk of so many steps came round in should not be hashed, if it should not.
///
/// Where its hash goes round as well it looks at all of that again and again, up to the error.
fn endless(key: &Bound<'_, PyAny>, steps: u64) -> Option<String> {
    if steps > STEPS_PER_ROUND {
        return Some(TOO_MUCH.to_owned());
    }
    let raised = key.hash().err()?;
    let is_endless = raised.is_instance_of::<PyRecursionError>(key.py());
    is_endless.then(|| "the hash of a key or element never ends".to_owned())
}

/// The way from a key to where a walk is in it, by depth.
#[derive(Default)]
struct Way<'py> {
    /// Each value, and how many up to it are hashed by other code than Python's.
    steps: Vec<(Bound<'py, PyAny>, usize)>,
    /// Where each is that is hashed by Python code.
    places: FxHashMap<usize, usize>,
    has_come_round: bool,
}

impl<'py> Way<'py> {
    /// Whether a value was come by on the way to it, so that no hash which ends can need it here.
    ///
    /// One that does not end raises once Python has called itself often enough. Up to there it must
    /// not have gone deeper in other code than a key may be nested.
    fn comes_round(&mut self, value: &Bound<'py, PyAny>, depth: usize, in_python: bool) -> bool {
        while self.steps.len() > depth {
            let Some((left, _)) = self.steps.pop() else { break };
            if self.places.get(&(left.as_ptr() as usize)) == Some(&self.steps.len()) {
                self.places.remove(&(left.as_ptr() as usize));
            }
        }
        let outside = self.steps.last().map_or(0, |(_, outside)| *outside);
        if in_python {
            if let Some(first) = self.places.get(&(value.as_ptr() as usize)) {
                let others = outside - self.steps[*first].1;
                let calls = self.steps.len() - first - others;
                if others <= calls * MAX_OTHERS_PER_CALL {
                    self.has_come_round = true;
                    return true;
                }
            }
            self.places.insert(value.as_ptr() as usize, self.steps.len());
        }
        self.steps.push((value.clone(), outside + usize::from(!in_python)));
        false
    }
}

/// What is to be done with a key. A frozenset keeps the hashes of what it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Hash,
    Compare,
}

/// Whether two of these, as their own classes have it by now, are equal.
pub(super) fn has_twins(py: Python<'_>, keys: &[Bound<'_, PyAny>]) -> PyResult<bool> {
    if !keys.iter().any(|key| ffi::builtin_of(key.as_ptr()) == Builtin::Other) {
        return Ok(false);
    }
    Ok(PySet::new(py, keys)?.len() < keys.len())
}

/// Why a table of these is filled too slowly.
fn crowd(keys: &[Bound<'_, PyAny>], table: Table) -> Option<String> {
    // The hash of a text is drawn anew in each process, so that no file can choose it.
    let is_text = |key: &Bound<'_, PyAny>| ffi::builtin_of(key.as_ptr()) == Builtin::Str;
    if keys.len() <= MAX_ALIKE || keys.iter().all(is_text) {
        return None;
    }
    // What has no hash is refused where it is put in.
    let hashes = keys.iter().filter_map(|key| key.hash().ok()).map(isize::cast_unsigned);
    let hashes: Vec<_> = hashes.collect();
    if most_alike(&hashes) > MAX_ALIKE {
        return Some(format!("more than {MAX_ALIKE} keys or elements share a hash"));
    }
    let is_crowded = table.is_crowded(&hashes);
    is_crowded.then(|| "its keys or elements meet at the same places of a table".to_owned())
}

fn most_alike(hashes: &[usize]) -> usize {
    let mut sorted = hashes.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|one, other| one == other).map(<[usize]>::len).max().unwrap_or(0)
}

/// The first of each pair; what is no pair is refused where it is put in.
pub(super) fn keys_of<'py>(pairs: &Bound<'py, PyList>) -> Vec<Bound<'py, PyAny>> {
    let key = |pair: Bound<'py, PyAny>| pair.cast_exact::<PyList>().ok()?.get_item(0).ok();
    pairs.iter().filter_map(key).collect()
}
