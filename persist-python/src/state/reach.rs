//! Where a secret is put back, and which objects could then send it somewhere.
//!
//! An object reaches a secret that lies in it, however deep, or in what a label in it stands for. A
//! label whose thing is still being read decides nothing yet: such objects are judged at the end too.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyListMethods, PyString};
use rustc_hash::FxHashMap;

use super::decode::{Decoder, Frame};
use super::members::Kind;
use super::node::Node;
use super::place::Map;
use super::refusal;
use super::resolved::Resolved;
use super::trail;

/// What is asked of an object: whether its addresses may have the secrets that it reaches.
struct Question<'py> {
    /// None for a function, which has no class that may have addresses of its own.
    resolved: Option<Rc<Resolved>>,
    held: Bound<'py, PyAny>,
    /// The parts of a node without a secret, whose constructor may have taken one.
    given: Option<Bound<'py, PyDict>>,
    is_nearest: bool,
    /// A secret is known to be there.
    is_sure: bool,
}

/// An object that reaches something unfinished.
struct Undecided<'py> {
    path: String,
    question: Question<'py>,
}

/// What lies in a finished labelled thing.
#[derive(Clone, Copy)]
struct Within {
    is_around_secret: bool,
    is_undecided: bool,
}

/// What is known of one text.
#[derive(Default)]
pub(super) struct Reach<'py> {
    has_secrets: bool,
    /// Finished labelled things: what is reached from each.
    labels: FxHashMap<u64, Within>,
    undecided: Vec<Undecided<'py>>,
}

/// The attribute, or what it holds, that a secret stands in.
pub(super) struct Holder<'py> {
    /// None where the class was refused.
    class: Option<String>,
    field: String,
    /// The field, or the entry of a map of arguments in it.
    attribute: String,
    header: Option<Bound<'py, PyAny>>,
    /// It lies in a container whose name tells secrets.
    is_among_secrets: bool,
}

impl<'py> Decoder<'py> {
    /// Marks the objects around a value: it holds a secret.
    pub(super) fn note_secret(&mut self) {
        self.reach.has_secrets = true;
        for frame in self.stack.iter_mut().rev() {
            match frame {
                Frame::Map(map) => map.has_secret = true,
                Frame::Node(node) => {
                    node.has_secret = true;
                    if node.is_object() {
                        break;
                    }
                }
                _ => {}
            }
        }
        self.mark(|node| std::mem::replace(&mut node.is_around_secret, true));
    }

    /// Judges a map that is read: no key stands twice, and no address that nobody has admitted beside
    /// a secret, which a program may well give a client together.
    #[inline]
    pub(super) fn check_map(&mut self, map: &Map<'py>) -> PyResult<()> {
        if map.dict.len() != map.count {
            return Err(self.bad("a key stands twice in one map"));
        }
        if !map.has_secret {
            return Ok(());
        }
        // Objects and functions are judged whole.
        let is_part = |node: &Node<'_>| node.takes_map() || node.kind == Kind::Code;
        match self.stack.last() {
            Some(Frame::Node(node)) if is_part(node) => Ok(()),
            _ => self.check_pairs(&map.dict),
        }
    }

    /// Judges a map that holds a secret.
    pub(super) fn check_pairs(&mut self, dict: &Bound<'py, PyDict>) -> PyResult<()> {
        let answer = self.resolver.call_method1("check_map", (dict,));
        self.settle(answer).map(drop)
    }

    /// Marks what is open, from the innermost on, up to what was marked before.
    fn mark(&mut self, set: impl Fn(&mut Node<'py>) -> bool) {
        for frame in self.stack.iter_mut().rev() {
            let Frame::Node(node) = frame else { continue };
            if set(node) {
                break;
            }
        }
    }

    /// A label is mentioned: what it stands for lies in the open objects too.
    pub(super) fn note_mention(&mut self, label: u64) {
        let within = self.reach.labels.get(&label).copied();
        let unknown = Within { is_around_secret: false, is_undecided: true };
        let within = within.unwrap_or(unknown);
        if within.is_around_secret {
            self.mark(|node| std::mem::replace(&mut node.is_around_secret, true));
        }
        if within.is_undecided {
            self.mark(|node| std::mem::replace(&mut node.is_undecided, true));
        }
    }

    /// Notes of a finished labelled thing what it reaches.
    pub(super) fn note_label(&mut self, node: &Node<'py>) {
        let Some(label) = node.label.filter(|_| node.kind != Kind::Same) else { return };
        let Node { is_around_secret, is_undecided, .. } = *node;
        self.reach.labels.insert(label, Within { is_around_secret, is_undecided });
    }

    /// Judges an object that is finished, and once more at the end where what it reaches is not: a
    /// map of its own may get an address after that.
    pub(super) fn check_reach(
        &mut self,
        node: &Node<'py>,
        (resolved, held): (&Rc<Resolved>, &Bound<'py, PyAny>),
    ) -> PyResult<()> {
        let is_nearest = node.has_secret || resolved.reads_secrets;
        let is_sure = is_nearest || node.is_around_secret;
        if !is_sure && !node.is_undecided {
            return Ok(());
        }
        // Without a secret in the text it is the constructor that may have taken one.
        let is_read = is_sure && !node.has_secret && !node.is_around_secret;
        let is_given = is_read && !node.parts.is_empty();
        let given = is_given.then(|| node.parts.to_dict(self.py)).transpose()?;
        let (resolved, held) = (Some(Rc::clone(resolved)), held.clone());
        let question = Question { resolved, held, given, is_nearest, is_sure };
        self.put(node, question)
    }

    /// Judges a function by what it captured: what is an address there, it may send a secret to.
    pub(super) fn check_captured(
        &mut self,
        node: &Node<'py>,
        parts: &Bound<'py, PyDict>,
    ) -> PyResult<()> {
        let is_sure = node.is_around_secret;
        if !is_sure && !node.is_undecided {
            return Ok(());
        }
        let held = parts.clone().into_any();
        self.put(node, Question { resolved: None, held, given: None, is_nearest: true, is_sure })
    }

    fn put(&mut self, node: &Node<'py>, question: Question<'py>) -> PyResult<()> {
        if question.is_sure {
            let answer = self.ask_endpoints(&question);
            self.settle(answer)?;
        }
        if node.is_undecided {
            let path = refusal::path(&self.stack);
            self.reach.undecided.push(Undecided { path, question });
        }
        Ok(())
    }

    fn ask_endpoints(&self, question: &Question<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Question { resolved, held, given, is_nearest, .. } = question;
        let Some(resolved) = resolved else {
            return self.resolver.call_method1("check_captured", (held,));
        };
        let name = resolved.plan.get().name.as_str();
        self.resolver.call_method1("check_endpoints", (held, name, given, *is_nearest))
    }

    /// Judges what could not be judged before, once the whole text is read.
    pub(super) fn check_undecided(&mut self) -> PyResult<()> {
        let has_secrets = self.reach.has_secrets;
        for thing in std::mem::take(&mut self.reach.undecided) {
            let is_asked = has_secrets || thing.question.is_sure;
            if is_asked && let Err(error) = self.ask_endpoints(&thing.question) {
                self.note_refusal_at(thing.path, error)?;
            }
        }
        Ok(())
    }

    /// The class and field that a value being finished stands in; no class where it was refused.
    pub(super) fn secret_place(&self) -> Option<(Option<String>, String)> {
        match &self.stack[..] {
            [.., Frame::Node(node), Frame::Fields(fields)] => {
                let plan = node.resolved.as_ref()?.plan.get();
                Some((Some(plan.name.clone()), plan.fields.get(fields.current())?.text.clone()))
            }
            [.., Frame::Node(node), Frame::Map(map)] if node.is_object() => {
                Some((class_of(node), map.key()?.to_string()))
            }
            _ => None,
        }
    }

    /// The attribute that a plain secret being finished is, or whose headers it lies in: of the
    /// innermost component.
    fn holder(&self) -> Option<Holder<'py>> {
        let outer = self.stack.iter().rposition(is_component)?;
        let Frame::Node(node) = &self.stack[outer] else { return None };
        let class = class_of(node);
        if let Some(attribute) = self.attribute_of(outer) {
            let field = attribute.clone();
            return Some(Holder { class, field, attribute, header: None, is_among_secrets: false });
        }
        let trail::Entry { field, attribute, key, is_among_secrets } =
            trail::entry(node, &self.stack[outer + 1..])?;
        Some(Holder { class, field, attribute, header: key, is_among_secrets })
    }

    /// The attribute of an object that is being read, where it is not something deeper in.
    fn attribute_of(&self, at: usize) -> Option<String> {
        let Frame::Node(node) = &self.stack[at] else { return None };
        match &self.stack[at + 1..] {
            [Frame::Fields(fields)] => node.field_name(fields.current()).map(str::to_owned),
            [Frame::Map(map)] => Some(map.key()?.to_string()),
            [Frame::StateEscape(_), Frame::Node(_), Frame::Map(map)] => {
                Some(map.key()?.to_string())
            }
            [Frame::Node(pairs), Frame::List(..), Frame::List(pair, _)]
                if pairs.kind == Kind::Pairs =>
            {
                Some(pair.get_item(0).ok()?.cast_into_exact::<PyString>().ok()?.to_string())
            }
            _ => None,
        }
    }

    /// A secret that stood in an attribute as plain text or bytes.
    pub(super) fn plain_secret(
        &mut self,
        parts: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let context = trail::of_decoder(self, trail::Owners::Components);
        let place = self
            .holder()
            .map(|it| (it.class, it.field, it.attribute, it.header, it.is_among_secrets));
        self.note_secret();
        let answer = self.resolver.call_method1("plain_secret", (parts, context, place));
        self.settle(answer)
    }
}

/// Whether an object is read there whose attributes may be secrets; one that was refused may be.
fn is_component(frame: &Frame<'_>) -> bool {
    let Frame::Node(node) = frame else { return false };
    let has_attributes = node.is_object() || node.kind == Kind::Call;
    has_attributes && node.resolved.as_ref().is_none_or(|it| it.plan.get().is_component())
}

fn class_of(node: &Node<'_>) -> Option<String> {
    node.resolved.as_ref().map(|resolved| resolved.plan.get().name.clone())
}

/// Whether a node `secret` is one that stood in an attribute as plain text or bytes.
pub(super) fn is_plain(parts: &Bound<'_, PyDict>) -> PyResult<bool> {
    let Some(kind) = parts.get_item("type")? else { return Ok(false) };
    let kind = kind.cast_into::<PyString>().ok();
    Ok(kind.is_some_and(|kind| kind == "str" || kind == "bytes"))
}
