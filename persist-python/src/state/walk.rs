//! The walk over an object graph, in the order of the state text, on an explicit stack.
//!
//! Two sinks use it: [`Scan`](super::scan::Scan), which runs whatever may run Python code and finds
//! what is shared, and [`Encode`](super::encode::Encode), which runs none and writes. Because both
//! go through here they meet the same things in the same order; the checksum of what they met
//! shows a graph that changed between them.

use std::sync::Arc;

use persist_core::json;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::attention::Attention;
use super::depth::{self, Nesting};
use super::ffi::{self, Builtin};
use super::frame::{self, Close, Entries, Form, Frame, Kind, Step, Within, leaf};
use super::known::{known_plan_of, plan_of};
use super::look::Look;
use super::memory::Memory;
use super::parts::{self, Place};
use super::plan::{Plan, Shape};
use super::problem::{FORMLESS, Problem, changed};
use super::sink::{Hashed, Identity, Meet, Scalars, Sink, push_label};
use super::{hashing, number, order, path, secret, sentinel, surrogate};

/// What the two passes share: the caller's wishes.
pub(super) struct Wishes {
    /// One for each capture, from 1.
    pub(super) number: usize,
    /// `type → (Plan, lasting)`.
    pub(super) lookup: Py<PyAny>,
    /// Names of secrets, given out by `persist.state.secrets`.
    pub(super) session: Py<PyAny>,
    /// Address → name of each bound thing; the things are held by `held`.
    pub(super) bind: rustc_hash::FxHashMap<usize, String>,
    pub(super) _held: Vec<Py<PyAny>>,
    /// The session wants to know where each secret lies.
    pub(super) wants_paths: bool,
    /// Write only what LangChain reads back.
    pub(super) is_langchain: bool,
    /// Orders of sets found on the way.
    pub(super) orders: order::Orders,
    /// What the walks of one capture need not find out again.
    pub(super) memory: Memory,
}

/// The walk itself; it can stop between any two steps and go on later.
pub(super) struct Walk {
    pub(super) stack: Vec<Frame>,
    pub(super) wishes: Arc<Wishes>,
    /// Plans of the classes met last, by a few bits of their address.
    recent: [Option<(usize, Py<Plan>)>; RECENT],
    /// A set was written by its size only.
    pub(super) is_cut: bool,
    /// Frames, from the bottom up, whose objects are known to lie around a secret.
    pub(super) told: usize,
    /// It runs no Python code, not even to learn of a class.
    is_quiet: bool,
    nesting: Nesting,
}

/// How many plans are at hand without a lock; a power of two.
const RECENT: usize = 16;

impl Walk {
    pub(super) fn new(wishes: Arc<Wishes>) -> Self {
        Self {
            stack: Vec::new(),
            wishes,
            recent: std::array::from_fn(|_| None),
            is_cut: false,
            told: 0,
            is_quiet: false,
            nesting: Nesting::default(),
        }
    }

    /// A walk that fails where it would have to run Python code.
    pub(super) fn quiet(wishes: Arc<Wishes>) -> Self {
        Self { is_quiet: true, ..Self::new(wishes) }
    }

    /// The plan of a value's class.
    #[inline]
    pub(super) fn plan_of(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Py<Plan>> {
        let py = value.py();
        let address = ffi::type_address(value);
        let slot = (address >> 4) & (RECENT - 1);
        if let Some((known, plan)) = &self.recent[slot]
            && *known == address
        {
            return Ok(plan.clone_ref(py));
        }
        let plan = if self.is_quiet {
            known_plan_of(value, &self.wishes)?.ok_or_else(|| changed(py))?
        } else {
            plan_of(value, &self.wishes)?
        };
        self.recent[slot] = Some((address, plan.clone_ref(py)));
        Ok(plan)
    }

    /// Begins with the root.
    pub(super) fn start<S: Sink>(
        &mut self,
        root: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        if leaf(root.py(), root.as_ptr(), sink)? {
            return Ok(());
        }
        self.enter(root, within, sink)
    }

    /// Walks until everything is done (`true`) or the sink is full (`false`).
    pub(super) fn run<S: Sink>(&mut self, py: Python<'_>, sink: &mut S) -> PyResult<bool> {
        let mut attention = Attention::default();
        while let Some(frame) = self.stack.last_mut() {
            // Only the pass that runs code may run what handles a signal.
            if S::SCANS {
                attention.step(py)?;
            }
            match frame.step(py, sink)? {
                Step::Walk(value, within) => self.enter(&value, within, sink)?,
                Step::Omit(value, within) => self.omit(&value, within, sink)?,
                Step::Attributes(dict) => self.enter_attributes(dict, sink)?,
                Step::Array(kind, within) => {
                    sink.byte(b'[');
                    self.push(kind, within, Close { text: b"]", ..Close::default() });
                }
                Step::Pause => return Ok(false),
                Step::Done => self.close(py, sink)?,
            }
        }
        Ok(true)
    }

    fn close<S: Sink>(&mut self, py: Python<'_>, sink: &mut S) -> PyResult<()> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        self.told = self.told.min(self.stack.len());
        sink.text(frame.close.text);
        if frame.close.is_wrapped {
            sink.byte(b'}');
        }
        frame.close.leave(sink);
        if frame.close.leaves_escape {
            sink.leave_escape();
        }
        let hashed = if S::SCANS { frame.hashed(py) } else { None };
        let has_twins = match &hashed {
            Some(Hashed::Keys(keys, ..)) => hashing::has_twins(py, keys),
            _ => Ok(false),
        };
        let reason = match has_twins {
            // They were not equal when they were put in.
            Ok(true) => Some("two of its keys or elements have become equal".to_owned()),
            Ok(false) => hashed.and_then(|hashed| sink.hashing_refusal(hashed)),
            Err(raised) if !raised.is_instance_of::<PyException>(py) => return Err(raised),
            Err(_) => Some("a key or element of it has no hash any more".to_owned()),
        };
        if let Some(reason) = reason {
            self.refuse(sink, reason, "use other keys, or a list of pairs".to_owned())?;
        }
        if S::SCANS && self.nesting.leave(py, self.stack.len()) {
            let hint = "keep them in lists, dicts or objects of your own";
            self.refuse(sink, depth::too_deep(), hint.to_owned())?;
        }
        Ok(())
    }

    pub(super) fn push(&mut self, kind: Kind, within: Within, close: Close) {
        self.stack.push(Frame { kind, within, close });
    }

    /// Walks a value that is not a leaf.
    pub(super) fn enter<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        if let Some(name) = self.wishes.bind.get(&(value.as_ptr() as usize)) {
            sink.use_binding(name);
            let mut node = br#"{"lc":"bind","name":"#.to_vec();
            json::push_str(&mut node, name);
            node.push(b'}');
            return self.own_node(sink, &node);
        }
        match ffi::builtin_of(value.as_ptr()) {
            Builtin::List => self.enter_list(value, within, sink),
            Builtin::Dict => self.enter_dict(value, within, sink),
            Builtin::Tuple => self.enter_tuple(value, within, sink),
            Builtin::Set => self.enter_set(value, within, sink),
            Builtin::FrozenSet => self.enter_set(value, within, sink),
            Builtin::Bytes => self.enter_bytes(value, sink),
            Builtin::ByteArray => self.enter_bytearray(value, within, sink),
            Builtin::Str => self.enter_split_string(value, sink),
            Builtin::Int | Builtin::Float => {
                let node = number::node_of(value)?;
                self.own_node(sink, &node)
            }
            _ => self.enter_object(value, within, sink),
        }
    }

    /// Writes a node of ours that has no children.
    pub(super) fn own_node<S: Sink>(&mut self, sink: &mut S, node: &[u8]) -> PyResult<()> {
        self.spoil(sink)?;
        sink.text(node);
        Ok(())
    }

    /// Notes that something of ours is written: no escape can hold it, nor can LangChain read it.
    fn spoil<S: Sink>(&mut self, sink: &mut S) -> PyResult<()> {
        sink.need_two_passes()?;
        sink.spoil_escape();
        if self.wishes.is_langchain {
            let hint = "write it with dialect=\"persist\"".to_owned();
            return self.refuse(sink, FORMLESS.to_owned(), hint);
        }
        Ok(())
    }

    pub(super) fn refuse<S: Sink>(
        &self,
        sink: &mut S,
        reason: String,
        hint: String,
    ) -> PyResult<()> {
        let path = Python::attach(|py| path::of(py, &self.stack));
        sink.refuse(Problem { path, reason, hint })
    }

    /// Meets a thing with an identity; returns what is left to write before it, if it is walked.
    fn meet<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        within: Within,
        sink: &mut S,
    ) -> PyResult<Option<Meet>> {
        let may_be_hashed = within.hash && !identity.hashes_by_address() && sink.is_open(value);
        if may_be_hashed && frame::is_hashed_within(&self.stack, value) {
            self.refuse(
                sink,
                "it lies on a cycle through a key or set element whose hash needs it".to_owned(),
                "let the class hash by identity, or keep it in a list".to_owned(),
            )?;
            return Ok(None);
        }
        if sink.is_endless(value, identity) {
            let reason = "it is made of itself, with nothing between that is made first";
            let hint = "let it hold itself in a list, a dict or an attribute";
            self.refuse(sink, reason.to_owned(), hint.to_owned())?;
            return Ok(None);
        }
        let meet = sink.meet(value, identity, within.twice)?;
        if meet == Meet::Attributes {
            return self.refuse_attributes(sink).map(|()| None);
        }
        if meet != Meet::Plain {
            self.spoil(sink)?;
        }
        if let Meet::Again(label) = meet {
            self.nesting.mention(self.stack.len(), value);
            if S::SCANS && within.guards() {
                let session = self.wishes.session.bind(value.py());
                secret::tell_again(value, within.secrets, session)?;
            }
            sink.text(br#"{"lc":"same","ref":"#);
            push_label(sink, label);
            sink.byte(b'}');
            return Ok(None);
        }
        Ok(Some(meet))
    }

    /// Opens a container that has no room for a label of its own.
    fn open<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        identity: Identity,
        within: Within,
        sink: &mut S,
    ) -> PyResult<Option<(Close, Meet)>> {
        let Some(meet) = self.meet(value, identity, within, sink)? else { return Ok(None) };
        if let Meet::First(label) = meet {
            sink.text(br#"{"lc":"shared","ref":"#);
            push_label(sink, label);
            sink.text(br#","v":"#);
        }
        let close = Close {
            is_wrapped: matches!(meet, Meet::First(_)),
            leaves: Some(value.as_ptr() as usize),
            ..Close::default()
        };
        Ok(Some((close, meet)))
    }

    fn enter_list<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        let Some((mut close, _)) = self.open(value, Identity::Mutable, within, sink)? else {
            return Ok(());
        };
        let list = value.cast::<PyList>()?;
        sink.byte(b'[');
        sink.measure(list.len());
        close.text = b"]";
        let kind = Kind::List { list: list.clone().unbind(), next: 0, length: list.len() };
        self.push(kind, Within { twice: false, ..within.listed(list.len()) }, close);
        Ok(())
    }

    fn enter_tuple<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        self.spoil(sink)?;
        let tuple = value.cast::<PyTuple>()?;
        if tuple.is_empty() {
            sink.text(br#"{"lc":"tuple","v":[]}"#);
            return Ok(());
        }
        let Some((mut close, meet)) = self.open(value, Identity::Whole, within, sink)? else {
            return Ok(());
        };
        open_whole(sink, "tuple", meet);
        close.text = b"]}";
        let twice = within.twice || ffi::reference_count(value) > 2;
        let within = Within { twice, ..within.listed(tuple.len()) };
        self.push(Kind::Tuple { tuple: tuple.clone().unbind(), next: 0 }, within, close);
        Ok(())
    }

    fn enter_set<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        self.spoil(sink)?;
        let is_frozen = ffi::builtin_of(value.as_ptr()) == Builtin::FrozenSet;
        if is_frozen && value.len()? == 0 {
            sink.text(br#"{"lc":"frozenset","v":[]}"#);
            return Ok(());
        }
        if within.inner_sets == Some(0) {
            self.is_cut = true;
            sink.text(&order::size_of(value.len()?));
            return Ok(());
        }
        let identity = if is_frozen { Identity::Whole } else { Identity::Mutable };
        let Some((mut close, meet)) = self.open(value, identity, within, sink)? else {
            return Ok(());
        };
        let wishes = Arc::clone(&self.wishes);
        let levels = within.inner_sets.unwrap_or(order::MAX_LEVELS);
        let note = sink.note(value, || order::sorted(value, levels, &wishes))?;
        if !S::SCANS {
            note.check_set(value)?;
        }
        open_whole(sink, if is_frozen { "frozenset" } else { "set" }, meet);
        close.text = b"]}";
        let frozen = is_frozen.then(|| value.clone().unbind());
        self.push(Kind::Items { note, next: 0, frozen }, within.once().in_set(), close);
        Ok(())
    }

    fn enter_bytes<S: Sink>(&mut self, value: &Bound<'_, PyAny>, sink: &mut S) -> PyResult<()> {
        self.spoil(sink)?;
        sink.text(br#"{"lc":"bytes","v":"#);
        sink.bytes(value)?;
        sink.byte(b'}');
        Ok(())
    }

    fn enter_bytearray<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        self.spoil(sink)?;
        let Some((close, _)) = self.open(value, Identity::Mutable, within, sink)? else {
            return Ok(());
        };
        sink.text(br#"{"lc":"bytearray","v":"#);
        sink.bytes(value)?;
        sink.text(if close.is_wrapped { b"}}" } else { b"}" });
        sink.leave(value.as_ptr() as usize);
        Ok(())
    }

    /// A str that holds two halves of a surrogate pair side by side: JSON would join them.
    fn enter_split_string<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        sink: &mut S,
    ) -> PyResult<()> {
        let mut node = Vec::new();
        surrogate::push(&mut node, &surrogate::text_of(value)?);
        self.own_node(sink, &node)
    }

    fn enter_dict<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        let Some((close, _)) = self.open(value, Identity::Mutable, within, sink)? else {
            return Ok(());
        };
        let dict = value.cast::<PyDict>()?;
        sink.measure(dict.len());
        if !within.escape && !within.guards() && !close.is_wrapped {
            match sink.write_scalars(dict)? {
                Scalars::All => {
                    close.leave(sink);
                    return Ok(());
                }
                Scalars::Before { position, left, is_first } => {
                    let entries = Entries::new(dict, Form::Object, None);
                    let entries = Entries { position, left, is_first, ..entries };
                    let close = Close { text: b"}", ..close };
                    self.push(Kind::Entries(entries), within.once(), close);
                    return Ok(());
                }
                Scalars::Unknown => {}
            }
        }
        let look = Look::at(dict)?;
        let is_plain = !look.has_children && !look.is_marked && !within.guards();
        if is_plain && sink.skips_childless() {
            close.leave(sink);
            return Ok(());
        }
        self.push_entries(dict, (look, None), within, close, sink)
    }

    fn push_entries<S: Sink>(
        &mut self,
        dict: &Bound<'_, PyDict>,
        (look, owner): (Look, Option<Py<Plan>>),
        mut within: Within,
        mut close: Close,
        sink: &mut S,
    ) -> PyResult<()> {
        let (mut form, needs_escape) = (look.form, look.is_marked);
        close.text = b"}";
        close.leaves_escape = needs_escape && owner.is_none();
        let can_escape = close.leaves_escape && sink.enter_escape(dict.as_any())?;
        if within.escape {
            sink.byte(b'{');
        } else if can_escape {
            sink.text(br#"{"__lc_escaped__":{"#);
            (close.text, within.escape) = (b"}}", !S::SCANS);
        } else if needs_escape || form == Form::Pairs {
            self.spoil(sink)?;
            sink.text(br#"{"lc":"dict","v":["#);
            (close.text, form) = (b"]}", Form::Pairs);
        } else {
            sink.byte(b'{');
        }
        let mut entries = Entries::new(dict, form, owner);
        entries.is_guarded |= within.guards();
        let may_skip = form == Form::Object && !needs_escape && !entries.is_guarded;
        if may_skip && sink.skips_childless() {
            entries.position = look.first_child;
        }
        self.push(Kind::Entries(entries), within.once(), close);
        Ok(())
    }

    /// Walks the map behind an object's attributes.
    fn enter_attributes<S: Sink>(&mut self, dict: Bound<'_, PyDict>, sink: &mut S) -> PyResult<()> {
        let (within, owner) = match self.stack.last() {
            Some(Frame { within, kind: Kind::Pieces { owner, .. }, .. }) => {
                (*within, owner.as_ref().map(|plan| plan.clone_ref(dict.py())))
            }
            _ => (Within::default(), None),
        };
        // The object, the piece that brought it and `dict` itself.
        if !sink.meet_attributes(dict.as_any(), 3)? {
            self.refuse_attributes(sink)?;
        }
        let look = Look::at(&dict)?;
        let owner = owner.or_else(|| self.nearest_owner(dict.py()));
        self.push_entries(&dict, (look, owner), within, Close::default(), sink)
    }

    pub(super) fn refuse_attributes<S: Sink>(&self, sink: &mut S) -> PyResult<()> {
        self.refuse(
            sink,
            "the dict behind an object's attributes is also a value".to_owned(),
            "store a copy of it: dict(vars(obj)); objects that share one each need their own: \
             obj.__dict__ = dict(vars(obj))"
                .to_owned(),
        )
    }

    fn nearest_owner(&self, py: Python<'_>) -> Option<Py<Plan>> {
        self.stack.iter().rev().find_map(|frame| frame.owner()).map(|plan| plan.clone_ref(py))
    }

    fn enter_object<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        let py = value.py();
        let plan = self.plan_of(value)?;
        let known = plan.get();
        if known.shape == Shape::Refused {
            sink.text(b"null");
            return self.refuse(sink, known.reason.clone(), known.hint.clone());
        }
        if known.shape != Shape::Reduced {
            sink.use_plan(&plan, py);
        }
        if !known.may_be_drafted() {
            sink.need_two_passes()?;
        }
        if !known.is_serializable {
            self.spoil(sink)?;
        }
        sink.spoil_escape();
        if sentinel::enter(value, known, sink)? {
            return Ok(());
        }
        let identity = match (known.is_whole, known.hashes_by_identity) {
            (true, true) => Identity::WholeHashedByAddress,
            (true, false) => Identity::Whole,
            (false, true) => Identity::HashedByAddress,
            (false, false) => Identity::Mutable,
        };
        let (mut close, mut meet) = (Close::default(), Meet::Plain);
        if known.has_identity {
            if sink.is_unmade(value) {
                let reason = "it holds itself, and it is made when all it holds is there";
                return self.refuse(sink, reason.to_owned(), known.hint.clone());
            }
            match self.meet(value, identity, within, sink)? {
                None => return Ok(()),
                Some(found) => meet = found,
            }
            close.leaves = Some(value.as_ptr() as usize);
        }
        let hash = within.hash && !known.hashes_by_identity;
        // What has attributes of its own to guard, or none, is not one of the headers any more.
        let headers = within.headers && !known.is_component() && known.shape != Shape::Constructor;
        // The attributes of an object have names of their own, which tell what they hold.
        let secrets = within.secrets && ffi::extends_container(value.as_ptr());
        let within = Within { hash, headers, secrets, rows: false, pair: false, ..within };
        let (height, freeing) = (self.stack.len(), known.freeing);
        parts::enter(self, value, Place { plan, meet, within, close }, sink)?;
        if S::SCANS && self.stack.len() > height {
            self.nesting.enter(height, freeing, value);
        }
        Ok(())
    }
}

/// Begins a container that is made when all its elements are there.
fn open_whole<S: Sink>(sink: &mut S, kind: &str, meet: Meet) {
    sink.text(br#"{"lc":""#);
    sink.text(kind.as_bytes());
    if let Meet::Outer(label) = meet {
        sink.text(br#"","same":"#);
        push_label(sink, label);
        sink.text(br#","v":["#);
    } else {
        sink.text(br#"","v":["#);
    }
}
