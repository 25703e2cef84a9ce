//! How the constructor nodes of a text begin: the same few ways again and again.
//!
//! A node of a class that was met before is then known by comparing bytes, from `"lc":1` to the brace
//! of its kwargs, and the frames for it are those that reading it token by token would give.

use std::rc::Rc;

use persist_core::json::{Phrase, Tokens};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::decode::{Decoder, Fields, Frame};
use super::members::{Kind, Part};
use super::node::Node;
use super::resolved::{NameId, Names, Resolved};

/// How many beginnings are kept: each costs a comparison at every object that begins.
const MAX_HEADS: usize = 12;

/// How many fields are compared with the key that comes next: those at their default are left out.
const FIELDS_AHEAD: usize = 4;

/// The beginning of a constructor node that has kwargs and nothing before them.
struct Head<'py> {
    phrase: Phrase,
    id: NameId,
    resolved: Rc<Resolved>,
    /// The member that the phrase ends with.
    key: Bound<'py, PyString>,
}

/// The beginnings met in one text.
#[derive(Default)]
pub(super) struct Heads<'py>(Vec<Head<'py>>);

impl<'py> Heads<'py> {
    /// Remembers how a node begins, whose kwargs are about to be read.
    pub(super) fn learn(&mut self, node: &Node<'py>, names: &Names) {
        let is_bare = node.label.is_none() && node.class.is_none() && node.parts.is_none();
        if !is_bare || node.must_be_map || self.0.len() >= MAX_HEADS {
            return;
        }
        let (Some(id), Some(resolved), Some(key)) = (node.id, &node.resolved, &node.key) else {
            return;
        };
        if self.0.iter().any(|head| head.id == id) {
            return;
        }
        let quoted: Vec<_> = names.parts(id).iter().map(|part| format!("\"{part}\"")).collect();
        let ids = quoted.join(",");
        let text = format!(r#""lc":1,"type":"constructor","id":[{ids}],"kwargs":{{"#);
        if let Some(phrase) = Phrase::in_object(text.as_bytes()) {
            self.0.push(Head { phrase, id, resolved: Rc::clone(resolved), key: key.clone() });
        }
    }
}

impl Decoder<'_> {
    /// Reads a whole beginning behind the brace of an object, and tells whether there was one.
    #[inline]
    pub(super) fn passes_head(&mut self, tokens: &mut Tokens<'_>) -> bool {
        let may_be_node = match self.stack.last() {
            Some(Frame::List(_, is_raw)) => !is_raw,
            Some(Frame::Map(map)) => !map.is_raw,
            Some(Frame::Fields(_)) => true,
            _ => false,
        };
        if !may_be_node || self.pending_label.is_some() {
            return false;
        }
        let Some(head) = self.heads.0.iter().find(|head| tokens.pass(&head.phrase)) else {
            return false;
        };
        let fields = Fields::new(head.resolved.plan.get().fields.len());
        let node = Node {
            kind: Kind::Constructor,
            part: Part::Kwargs,
            key: Some(head.key.clone()),
            id: Some(head.id),
            resolved: Some(Rc::clone(&head.resolved)),
            has_kwargs: true,
            ..Node::new(None, false)
        };
        self.stack.push(Frame::Node(Box::new(node)));
        self.stack.push(Frame::Fields(fields));
        true
    }

    /// Reads the key of a field where it is one of the next in the order of the class.
    #[inline]
    pub(super) fn pass_field_key(&mut self, tokens: &mut Tokens<'_>) {
        let [.., Frame::Node(node), Frame::Fields(fields)] = &mut self.stack[..] else { return };
        let Some(resolved) = node.resolved.as_ref().filter(|_| tokens.is_at_key()) else { return };
        let values = fields.values.iter().enumerate().skip(fields.guess);
        let ahead = values.zip(resolved.plan.get().fields.iter().skip(fields.guess));
        let mut unread = ahead.take(FIELDS_AHEAD).filter(|((_, value), _)| value.is_none());
        if let Some(((index, _), _)) = unread.find(|(_, field)| tokens.pass_member(&field.start)) {
            (fields.current, fields.guess) = (index, index + 1);
        }
    }
}
