//! How the nodes of a text begin: the same few ways again and again.
//!
//! A node of a class that was met before is then known by comparing bytes, from `"lc"` to the bracket
//! of its first member, and the frames for it are those that reading it token by token would give.

use std::rc::Rc;

use persist_core::json::{Phrase, Tokens};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::array;
use super::decode::{Decoder, Frame};
use super::members::{Kind, Part};
use super::node::Node;
use super::remake;
use super::resolved::{NameId, Names, Resolved};

/// How many beginnings are kept: each costs a comparison at every node that begins.
const MAX_HEADS: usize = 16;

/// How many fields are compared with the key that comes next: those at their default are left out.
const FIELDS_AHEAD: usize = 4;

/// The beginning of every node.
const NODE: &[u8] = b"\"lc\":";

/// What the first member of a node begins with.
#[derive(Clone, Copy)]
pub(super) enum Opens {
    List,
    Map,
    /// No container, or one with a beginning of its own: it is read as any other value.
    Value,
}

/// The beginning of a node, which names its class where it is one of an object.
struct Head<'py> {
    phrase: Phrase,
    kind: Kind,
    /// That kind as it is written, where it is.
    value_kind: Option<Bound<'py, PyString>>,
    id: Option<NameId>,
    resolved: Option<Rc<Resolved>>,
    /// The member that the phrase ends with.
    key: Bound<'py, PyString>,
    part: Part,
    opens: Opens,
}

/// The beginnings met in one text.
pub(super) struct Heads<'py>(Vec<Head<'py>>);

impl<'py> Heads<'py> {
    pub(super) fn new(py: Python<'py>) -> Self {
        // Every tuple begins like this, and so does a deque that is not labelled.
        let tuple = br#""lc":"tuple","v":["#;
        let deque = br#""lc":"deque","maxlen""#;
        let of = |text: &[u8], kind, name, (key, part), opens| {
            Phrase::in_object(text).map(|phrase| Head {
                phrase,
                kind,
                value_kind: Some(PyString::intern(py, name)),
                id: None,
                resolved: None,
                key: PyString::intern(py, key),
                part,
                opens,
            })
        };
        let known = [
            of(tuple, Kind::Tuple, "tuple", ("v", Part::V), Opens::List),
            of(deque, Kind::Deque, "deque", ("maxlen", Part::Other), Opens::Value),
        ];
        Self(known.into_iter().flatten().collect())
    }

    /// Remembers how a constructor node begins, whose kwargs are about to be read.
    pub(super) fn learn(&mut self, node: &Node<'py>, names: &Names) {
        let Some(id) = self.unknown(node) else { return };
        let quoted: Vec<_> = names.parts(id).iter().map(|part| format!("\"{part}\"")).collect();
        let ids = quoted.join(",");
        let text = format!(r#""lc":1,"type":"constructor","id":[{ids}],"kwargs":{{"#);
        self.keep(node, &text, Opens::Map);
    }

    /// Remembers how an object node begins, whose first member is about to be read.
    pub(super) fn learn_object(&mut self, node: &Node<'py>, names: &Names, opens: Opens) {
        let (Kind::Object, Some(key)) = (node.kind, &node.key) else { return };
        let Some(id) = self.unknown(node) else { return };
        let name = names.parts(id).concat();
        let bracket = match opens {
            Opens::List => ":[",
            Opens::Map => ":{",
            Opens::Value => "",
        };
        self.keep(node, &format!(r#""lc":"object","id":"{name}","{key}"{bracket}"#), opens);
    }

    /// The name of a node whose beginning says no more than that, and is not known.
    fn unknown(&self, node: &Node<'py>) -> Option<NameId> {
        let is_labelled = node.label.is_some() || node.same.is_some();
        let is_bare = !is_labelled && node.class.is_none() && node.parts.is_empty();
        if !is_bare || node.must_be_map || node.resolved.is_none() || self.0.len() >= MAX_HEADS {
            return None;
        }
        let (id, key) = (node.id?, node.key.as_ref()?);
        let is_known = self.0.iter().any(|head| head.id == Some(id) && head.key.is(key));
        (!is_known).then_some(id)
    }

    fn keep(&mut self, node: &Node<'py>, text: &str, opens: Opens) {
        let (Some(phrase), Some(key)) = (Phrase::in_object(text.as_bytes()), &node.key) else {
            return;
        };
        self.0.push(Head {
            phrase,
            kind: node.kind,
            value_kind: node.value_kind.clone(),
            id: node.id,
            resolved: node.resolved.clone(),
            key: key.clone(),
            part: node.part,
            opens,
        });
    }
}

impl<'py> Decoder<'py> {
    /// Reads a whole beginning behind the brace of an object, and tells whether there was one.
    #[inline]
    pub(super) fn passes_head(&mut self, tokens: &mut Tokens<'_>) -> PyResult<bool> {
        if !tokens.goes_on_with(NODE) || self.pending_label.is_some() || self.is_langchain {
            return Ok(false);
        }
        let may_be_node = match self.stack.last() {
            Some(Frame::List(_, is_raw)) => !is_raw,
            Some(Frame::Map(map)) => !map.is_raw,
            Some(Frame::Fields(_)) => true,
            Some(Frame::Node(node)) => node.part == Part::Other,
            _ => false,
        };
        if !may_be_node {
            return Ok(false);
        }
        let Some(head) = self.heads.0.iter().find(|head| tokens.pass(&head.phrase)) else {
            return Ok(false);
        };
        let node = Box::new(Node {
            kind: head.kind,
            part: head.part,
            key: Some(head.key.clone()),
            id: head.id,
            value_kind: head.value_kind.clone(),
            resolved: head.resolved.clone(),
            has_kwargs: head.part == Part::Kwargs,
            ..Node::new(None, false)
        });
        let opens = head.opens;
        if let Some(Frame::Node(outer)) = self.stack.last() {
            self.heads.learn_object(outer, &self.names, Opens::Value);
        }
        self.enter_headed(node, opens).map(|()| true)
    }

    /// Opens the first member of a node whose beginning was passed.
    fn enter_headed(&mut self, mut node: Box<Node<'py>>, opens: Opens) -> PyResult<()> {
        if let (Kind::Constructor, Some(resolved)) = (node.kind, &node.resolved) {
            let fields = self.spare.fields(resolved.plan.get().fields.len());
            self.stack.push(Frame::Node(node));
            self.stack.push(Frame::Fields(fields));
            return Ok(());
        }
        if let (Kind::Object, Some(key)) = (node.kind, node.key.clone()) {
            remake::begin(self, &mut node, key.to_str()?)?;
        }
        self.stack.push(Frame::Node(node));
        match opens {
            Opens::List => self.start_array(),
            Opens::Map => self.start_object(None),
            Opens::Value => Ok(()),
        }
    }

    /// Reads what is expected to come next, where it does: a key, or the memory of an array.
    #[inline]
    pub(super) fn pass_expected(&mut self, tokens: &mut Tokens<'_>) {
        match self.stack.last() {
            Some(Frame::Fields(_)) => self.pass_field_key(tokens),
            Some(Frame::Map(map)) if map.key.is_none() => self.pass_map_key(tokens),
            Some(Frame::Node(node)) if node.part == Part::Raw => array::pass_memory(self, tokens),
            _ => {}
        }
    }

    /// Reads the key of a map where it is the one that followed the last one before.
    #[inline]
    fn pass_map_key(&mut self, tokens: &mut Tokens<'_>) {
        let Some(Frame::Map(map)) = self.stack.last_mut() else { return };
        let Some(last) = map.last else { return };
        if let Some((id, start, key)) = self.succession.after(last)
            && tokens.pass_member(start)
        {
            (map.key, map.last) = (Some(key.clone().into_any()), Some(id));
        }
    }

    /// Reads the key of a field where it is the one that came here the last time, or one of the next in
    /// the order of the class.
    #[inline]
    fn pass_field_key(&mut self, tokens: &mut Tokens<'_>) {
        let [.., Frame::Node(node), Frame::Fields(fields)] = &mut self.stack[..] else { return };
        let Some(resolved) = node.resolved.as_ref().filter(|_| tokens.is_at_key()) else { return };
        let known = &resolved.plan.get().fields;
        let mut passes = |index: usize| {
            let is_unread = fields.values.get(index).is_some_and(Option::is_none);
            is_unread && known.get(index).is_some_and(|field| tokens.pass_member(&field.start))
        };
        let likely = resolved.follower(fields.guess);
        let index = if passes(likely) {
            likely
        } else {
            let ahead = known.len().min(fields.guess + FIELDS_AHEAD);
            let Some(index) = (fields.guess..ahead).find(|index| passes(*index)) else { return };
            resolved.note_follower(fields.guess, index);
            index
        };
        (fields.current, fields.guess) = (index, index + 1);
    }
}
