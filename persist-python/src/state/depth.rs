//! How deep things lie in each other that are freed one within the other.
//!
//! Python frees its lists and maps, and objects of classes written in Python, level by level: from the
//! fiftieth of them on the stack, it puts the next aside. Most else frees what it holds at once, on the C
//! stack: 20,000 arrays of objects in each other overflow 8 MB when somebody lets go of the first. No
//! program nests them so. What does is refused while it is not too deep yet.
#![expect(unsafe_code, reason = "direct calls of the limited C API, each with its condition")]

use std::ffi::c_int;
use std::os::raw::{c_ulong, c_void};

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyBaseException;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyTuple, PyType};
use rustc_hash::{FxHashMap, FxHashSet};

use super::decode::Decoder;
use super::members::Kind;

/// How many may lie directly in each other: fifty times as many deques or maps take 0.7 MB of stack.
const MOST_DEEP: u32 = 128;

/// How many of those one counts for that tells nobody what it holds. Freeing an array of objects takes
/// 1.8 KB of stack, an iterator or a map 0.1 KB.
const OPAQUE_WEIGHT: u32 = 8;

/// Says what is wrong with one more.
pub(super) fn too_deep() -> String {
    let arrays = MOST_DEEP / OPAQUE_WEIGHT;
    format!(
        "more than {MOST_DEEP} things, or {arrays} arrays, lie in each other that are freed one within the \
         other"
    )
}

/// What is freed with a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Freeing {
    /// Nothing before it: what it holds waits for its turn.
    Flat,
    /// The same, but it may be no more than what another thing is made of.
    Through,
    /// What it holds, within; the collector is told what that is.
    Deep,
    /// What it holds, within, and nobody is told what that is.
    Opaque,
}

impl Freeing {
    /// Whether what a thing holds is freed within.
    pub(super) const fn is_within(self) -> bool {
        matches!(self, Self::Deep | Self::Opaque)
    }
}

/// Tells by its class how a thing is freed.
pub(super) fn freeing_of(class: &Bound<'_, PyType>) -> PyResult<Freeing> {
    static KNOWN: PyOnceLock<[Vec<usize>; 2]> = PyOnceLock::new();
    let py = class.py();
    let [through, flat] = KNOWN.get_or_try_init(py, || -> PyResult<_> {
        let of = |module: &str, name: &str| -> PyResult<Bound<'_, PyType>> {
            Ok(py.import(module)?.getattr(name)?.cast_into()?)
        };
        let through = [
            PyList::type_object(py),
            PyDict::type_object(py),
            PyTuple::type_object(py),
            PySet::type_object(py),
            PyFrozenSet::type_object(py),
            of("collections", "OrderedDict")?,
            of("types", "SimpleNamespace")?,
        ];
        // Any class that is written in Python. Between a function and what it captured lies a tuple, and
        // a cell stands nowhere else.
        let written = py.get_type::<PyType>().call1(("_", PyTuple::empty(py), PyDict::new(py)))?;
        let flat = [
            written.cast_into::<PyType>()?,
            PyBaseException::type_object(py),
            PyType::type_object(py),
            of("types", "FunctionType")?,
            of("types", "CellType")?,
        ];
        Ok([through.iter().map(free_of).collect(), flat.iter().map(free_of).collect()])
    })?;
    let free = free_of(class);
    Ok(match (through.contains(&free), flat.contains(&free)) {
        (true, _) => Freeing::Through,
        (_, true) => Freeing::Flat,
        _ if tells_what_it_holds(class)? => Freeing::Deep,
        _ => Freeing::Opaque,
    })
}

/// Whether the collector is told all that instances of a class hold: of other languages' classes it is
/// told what their base holds.
fn tells_what_it_holds(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let kind = class.as_ptr().cast();
    // SAFETY: it is a type.
    let (flags, traverse) =
        unsafe { (ffi::PyType_GetFlags(kind), ffi::PyType_GetSlot(kind, ffi::Py_tp_traverse)) };
    if traverse.is_null() {
        return Ok(false);
    }
    if flags & (ffi::Py_TPFLAGS_HEAPTYPE as c_ulong) == 0 {
        return Ok(true);
    }
    let module: String = class.getattr("__module__")?.extract().unwrap_or_default();
    let top = module.split('.').next().unwrap_or_default();
    class.py().import("sys")?.getattr("stdlib_module_names")?.contains(top)
}

/// The address of what frees the instances of a class.
fn free_of(class: &Bound<'_, PyType>) -> usize {
    // SAFETY: it is a type, and the slot is only compared.
    unsafe { ffi::PyType_GetSlot(class.as_ptr().cast(), ffi::Py_tp_dealloc) as usize }
}

/// The addresses of what a thing tells the collector that it holds.
fn held_by(thing: &Bound<'_, PyAny>) -> Vec<usize> {
    unsafe extern "C" fn visit(held: *mut ffi::PyObject, found: *mut c_void) -> c_int {
        // SAFETY: the list below, which nothing else refers to meanwhile.
        unsafe { (*found.cast::<Vec<usize>>()).push(held as usize) };
        0
    }
    let mut found = Vec::new();
    // SAFETY: the slot of a type that has one has this signature; it only calls the visitor.
    unsafe {
        let slot = ffi::PyType_GetSlot(ffi::Py_TYPE(thing.as_ptr()), ffi::Py_tp_traverse);
        if !slot.is_null() {
            let traverse = std::mem::transmute::<*mut c_void, ffi::traverseproc>(slot);
            traverse(thing.as_ptr(), visit, (&raw mut found).cast());
        }
    }
    found
}

/// What a walk is inside of, from the first thing that is freed around what it holds.
#[derive(Default)]
pub(super) struct Nesting {
    depths: Depths,
    /// By the height of its first frame.
    open: Vec<(usize, Freeing, Py<PyAny>)>,
}

impl Nesting {
    /// Notes that the walk enters an object, whose frames begin at this height.
    pub(super) fn enter(&mut self, height: usize, freeing: Freeing, object: &Bound<'_, PyAny>) {
        if freeing.is_within() {
            self.depths.begin(object);
        }
        if freeing.is_within() || !self.open.is_empty() {
            self.open.push((height, freeing, object.clone().unbind()));
        }
    }

    /// Notes that a thing is mentioned again, at this height.
    pub(super) fn mention(&mut self, height: usize, thing: &Bound<'_, PyAny>) {
        self.depths.mention(height, thing);
    }

    /// Notes that the walk left what stood at this height; returns whether that lies too deep.
    #[inline]
    pub(super) fn leave(&mut self, py: Python<'_>, height: usize) -> bool {
        let Some((_, freeing, object)) = self.open.pop_if(|(at, ..)| *at == height) else {
            return false;
        };
        let is_too_deep = self.depths.end(height, freeing, object.bind(py)) > MOST_DEEP;
        if is_too_deep {
            // What is around it is counted anew, so that it is told once.
            self.depths = Depths::default();
        }
        is_too_deep
    }
}

impl<'py> Decoder<'py> {
    /// Refuses a finished node in which things lie too deep to be freed.
    #[inline]
    pub(super) fn measure_depth(&mut self, kind: Kind, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if self.is_survey() {
            return Ok(());
        }
        let height = self.stack.len();
        let freeing = match kind {
            Kind::Same => {
                self.depths.mention(height, value);
                return Ok(());
            }
            Kind::Float | Kind::Int | Kind::Str | Kind::Bytes => return Ok(()),
            Kind::Constructor => Freeing::Flat,
            Kind::Tuple => Freeing::Through,
            _ => freeing_of(&value.get_type())?,
        };
        // Dates, numbers and the like hold nothing, and what they are made of is nothing deep.
        let may_hold = matches!(kind, Kind::Object | Kind::Call | Kind::Array);
        let is_leaf = match freeing {
            Freeing::Deep => false,
            Freeing::Opaque if may_hold => false,
            _ => !self.depths.is_around(height),
        };
        if is_leaf {
            return Ok(());
        }
        if freeing.is_within() {
            // No other may lie at its address before this reading ends.
            self.measured.push(value.clone());
        }
        match self.depths.end(height, freeing, value) > MOST_DEEP {
            true => Err(self.bad(&too_deep())),
            false => Ok(()),
        }
    }
}

/// How deep lies what was met so far, by its address, which is no other thing's meanwhile.
#[derive(Default)]
pub(super) struct Depths {
    known: FxHashMap<usize, u32>,
    /// The addresses of those, in the order in which they ended.
    ended: Vec<usize>,
    /// How many had ended when a thing began that is not at its end.
    begun: FxHashMap<usize, usize>,
    /// Those of them that are held by what lies within.
    held_within: FxHashSet<usize>,
    /// For what tells nobody what it holds: the deepest at each height of the stack, from the bottom up.
    levels: Vec<(usize, u32)>,
}

impl Depths {
    /// Notes that a thing begins which may be mentioned before it ends.
    pub(super) fn begin(&mut self, thing: &Bound<'_, PyAny>) {
        self.begun.insert(thing.as_ptr() as usize, self.ended.len());
    }

    /// Whether something deep ended above this height.
    fn is_around(&self, height: usize) -> bool {
        self.levels.last().is_some_and(|(at, _)| *at > height)
    }

    fn mention(&mut self, height: usize, thing: &Bound<'_, PyAny>) {
        if self.known.is_empty() && self.begun.is_empty() {
            return;
        }
        let depth = self.depth_of(thing.as_ptr() as usize);
        if depth > 0 {
            self.note(height, depth);
        }
    }

    /// Ends a thing at this height of the stack; returns how deep it is now.
    fn end(&mut self, height: usize, freeing: Freeing, thing: &Bound<'_, PyAny>) -> u32 {
        let above = self.taken_above(height);
        let depth = match freeing {
            Freeing::Flat => return 0,
            Freeing::Through => above,
            Freeing::Deep if self.known.is_empty() && self.begun.is_empty() => 1,
            Freeing::Deep => {
                let held = held_by(thing).into_iter();
                1 + held.map(|address| self.depth_of(address)).max().unwrap_or_default()
            }
            Freeing::Opaque => OPAQUE_WEIGHT + above,
        };
        if freeing.is_within() {
            self.keep(thing.as_ptr() as usize, depth);
        }
        if depth > 0 {
            self.note(height, depth);
        }
        depth
    }

    fn depth_of(&mut self, address: usize) -> u32 {
        if self.begun.contains_key(&address) {
            self.held_within.insert(address);
        }
        self.known.get(&address).copied().unwrap_or_default()
    }

    fn keep(&mut self, address: usize, depth: u32) {
        self.known.insert(address, depth);
        let begun = self.begun.remove(&address);
        if let Some(begun) = begun.filter(|_| self.held_within.remove(&address)) {
            // From what lies within there is a way back to it, and on from there. No way is longer than
            // there are things.
            let most = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
            for inner in &self.ended[begun..] {
                self.known.entry(*inner).and_modify(|known| *known = most.min(*known + depth));
            }
        }
        self.ended.push(address);
    }

    fn note(&mut self, height: usize, depth: u32) {
        let depth = depth.max(self.taken_above(height));
        match self.levels.last_mut() {
            Some((at, deepest)) if *at == height => *deepest = depth.max(*deepest),
            _ => self.levels.push((height, depth)),
        }
    }

    fn taken_above(&mut self, height: usize) -> u32 {
        let mut deepest = 0;
        while let Some((_, depth)) = self.levels.pop_if(|(at, _)| *at > height) {
            deepest = depth.max(deepest);
        }
        deepest
    }
}
