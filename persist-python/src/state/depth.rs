//! How deep things lie in each other that are freed one within the other.
//!
//! Python frees its lists and maps, and objects of classes written in Python, level by level. Most else
//! frees what it holds on the C stack: 20,000 arrays of objects in each other overflow 8 MB once somebody
//! lets go of the first. No program nests them so. What does is refused while it is not too deep yet.
#![expect(unsafe_code, reason = "direct calls of the limited C API, each with its condition")]

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyBaseException;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyTuple, PyType};
use rustc_hash::{FxHashMap, FxHashSet};

use super::decode::Decoder;
use super::members::Kind;

/// How many such things may lie in each other; a thread's stack may be as small as 256 KiB.
pub(super) const MOST_DEEP: u32 = 500;

/// Says what is wrong with one more.
pub(super) fn too_deep() -> String {
    format!("more than {MOST_DEEP} things lie in each other that are freed one within the other")
}

/// What is freed with a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Freeing {
    /// Nothing before it: what it holds waits for its turn.
    Flat,
    /// The same, but it may be no more than what another thing is made of.
    Through,
    /// What it holds, within.
    Deep,
}

/// Tells by its class how a thing is freed.
pub(super) fn freeing_of(class: &Bound<'_, PyType>) -> PyResult<Freeing> {
    static KNOWN: PyOnceLock<[Vec<usize>; 2]> = PyOnceLock::new();
    let py = class.py();
    let [through, flat] = KNOWN.get_or_try_init(py, || -> PyResult<_> {
        let through = [
            PyList::type_object(py),
            PyDict::type_object(py),
            PyTuple::type_object(py),
            PySet::type_object(py),
            PyFrozenSet::type_object(py),
        ];
        // Any class that is written in Python, and the classes of the interpreter that do as these do.
        let written = py.get_type::<PyType>().call1(("_", PyTuple::empty(py), PyDict::new(py)))?;
        let flat = [
            written.cast_into::<PyType>()?,
            PyBaseException::type_object(py),
            py.import("collections")?.getattr("OrderedDict")?.cast_into()?,
            py.import("types")?.getattr("SimpleNamespace")?.cast_into()?,
        ];
        Ok([through.iter().map(free_of).collect(), flat.iter().map(free_of).collect()])
    })?;
    let free = free_of(class);
    Ok(match (through.contains(&free), flat.contains(&free)) {
        (true, _) => Freeing::Through,
        (_, true) => Freeing::Flat,
        _ => Freeing::Deep,
    })
}

/// The address of what frees the instances of a class.
fn free_of(class: &Bound<'_, PyType>) -> usize {
    // SAFETY: it is a type, and the slot is only compared.
    unsafe { ffi::PyType_GetSlot(class.as_ptr().cast(), ffi::Py_tp_dealloc) as usize }
}

/// What a walk is inside of, from the first thing that is freed around what it holds.
#[derive(Default)]
pub(super) struct Nesting {
    depths: Depths,
    /// By the height of its first frame, and its address.
    open: Vec<(usize, Freeing, u64)>,
}

impl Nesting {
    /// Notes that the walk enters an object, whose frames begin at this height.
    pub(super) fn enter(&mut self, height: usize, freeing: Freeing, address: usize) {
        let key = address as u64;
        if freeing == Freeing::Deep {
            self.depths.begin(key);
        }
        if freeing == Freeing::Deep || (freeing == Freeing::Flat && !self.open.is_empty()) {
            self.open.push((height, freeing, key));
        }
    }

    /// Notes that a thing is mentioned again, at this height.
    pub(super) fn mention(&mut self, height: usize, address: usize) {
        if !self.depths.is_idle() || !self.open.is_empty() {
            self.depths.mention(height, address as u64);
        }
    }

    /// Notes that the walk left what stood at this height; returns whether that lies too deep.
    #[inline]
    pub(super) fn leave(&mut self, height: usize) -> bool {
        let Some((_, freeing, key)) = self.open.pop_if(|(at, ..)| *at == height) else {
            return false;
        };
        let is_too_deep = self.depths.end(height, freeing, Some(key)) > MOST_DEEP;
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
    pub(super) fn measure_depth(
        &mut self,
        kind: Kind,
        label: Option<u64>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let height = self.stack.len();
        let freeing = match kind {
            Kind::Same => {
                label.iter().for_each(|label| self.depths.mention(height, *label));
                return Ok(());
            }
            Kind::Float | Kind::Int | Kind::Str | Kind::Bytes => return Ok(()),
            Kind::Constructor => Freeing::Flat,
            Kind::Tuple => Freeing::Through,
            _ => freeing_of(&value.get_type())?,
        };
        if freeing != Freeing::Deep && self.depths.is_idle() {
            return Ok(());
        }
        match self.depths.end(height, freeing, label) > MOST_DEEP {
            true => Err(self.bad(&too_deep())),
            false => Ok(()),
        }
    }
}

/// How deep lies what was met so far; by a key where it may be met again.
#[derive(Default)]
pub(super) struct Depths {
    /// The deepest thing at each height of the stack, from the bottom up.
    levels: Vec<(usize, u32)>,
    known: FxHashMap<u64, u32>,
    /// The keys of those, in the order in which they ended.
    ended: Vec<u64>,
    /// How many had ended when a thing began that is not at its end.
    begun: FxHashMap<u64, usize>,
    /// Those of them that were mentioned within.
    held_within: FxHashSet<u64>,
}

impl Depths {
    /// Whether nothing deep was met.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.levels.is_empty() && self.known.is_empty()
    }

    /// Notes that a deep thing begins which may be mentioned before it ends.
    pub(super) fn begin(&mut self, key: u64) {
        self.begun.insert(key, self.ended.len());
    }

    /// Notes that a thing is mentioned again, at this height.
    pub(super) fn mention(&mut self, height: usize, key: u64) {
        if self.begun.contains_key(&key) {
            self.held_within.insert(key);
        }
        if let Some(depth) = self.known.get(&key) {
            self.note(height, *depth);
        }
    }

    /// Ends a thing at this height of the stack; returns how deep it is now.
    pub(super) fn end(&mut self, height: usize, freeing: Freeing, key: Option<u64>) -> u32 {
        let within = self.taken_above(height);
        let depth = match freeing {
            Freeing::Flat => 0,
            Freeing::Through => within,
            Freeing::Deep => within + 1,
        };
        if let Some(key) = key {
            self.keep(key, depth);
        }
        if depth > 0 {
            self.note(height, depth);
        }
        depth
    }

    fn keep(&mut self, key: u64, depth: u32) {
        let begun = self.begun.remove(&key);
        if let Some(begun) = begun.filter(|_| self.held_within.remove(&key)) {
            // From what lies within there may be a way back to it, and on from there.
            for inner in &self.ended[begun..] {
                self.known.entry(*inner).and_modify(|known| *known = known.saturating_add(depth));
            }
        }
        if depth > 0 {
            self.known.insert(key, depth);
            self.ended.push(key);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_in_each_other_count_and_neighbours_do_not() {
        let mut depths = Depths::default();
        assert_eq!(depths.end(3, Freeing::Deep, None), 1);
        assert_eq!(depths.end(3, Freeing::Deep, None), 1);
        assert_eq!(depths.end(2, Freeing::Through, None), 1);
        assert_eq!(depths.end(1, Freeing::Deep, None), 2);
        assert_eq!(depths.end(0, Freeing::Flat, None), 0);
        assert!(depths.is_idle());
    }

    #[test]
    fn a_mention_is_as_deep_as_what_it_mentions() {
        let mut depths = Depths::default();
        for key in 0..100 {
            if key > 0 {
                depths.mention(2, key - 1);
            }
            assert_eq!(depths.end(1, Freeing::Deep, Some(key)), key as u32 + 1);
            assert_eq!(depths.end(0, Freeing::Flat, None), 0);
        }
    }

    #[test]
    fn a_way_back_to_what_is_not_at_its_end_counts() {
        let mut depths = Depths::default();
        let mut deepest = 0;
        for round in 0..20 {
            let (outer, inner) = (2 * round, 2 * round + 1);
            depths.begin(outer);
            if round > 0 {
                depths.mention(2, inner - 2);
            }
            depths.mention(3, outer);
            depths.end(2, Freeing::Deep, Some(inner));
            let depth = depths.end(1, Freeing::Deep, Some(outer));
            assert!(depth > deepest, "{depth} in round {round}");
            deepest = depth;
            depths.end(0, Freeing::Flat, None);
        }
    }
}
