//! `Class.field`: what a secret is called, by where it stands. One rule for both ways.
//!
//! The owner is the innermost object, call or function around it; the name behind the point is the
//! first key between the owner and the secret: an attribute, a captured variable, a key of a map.
//! Both ways follow the text: the walk lexes what it writes around the value, the decoder has its
//! frames. `docs/format/state-v1.md` §9 has the rule.

use persist_core::json::{Text, Token, Tokens};
use pyo3::prelude::*;
use pyo3::types::{PyListMethods, PyString};

use super::decode::{self, Decoder};
use super::ffi;
use super::frame::{Frame, Kind};
use super::members;
use super::node::Node;
use super::note::{Note, Piece};
use super::plan::Plan;
use super::secret::{self, tells_secrets};

/// What secrets are called that lie in no object.
const NO_OWNER: &str = "value";

/// What may own a secret: one in plain text lies in an attribute of a component.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owners {
    All,
    Components,
}

/// The steps to a value, from the outside in.
struct Trail {
    owners: Owners,
    owner: Option<String>,
    key: Option<String>,
}

impl Trail {
    const fn of(owners: Owners) -> Self {
        Self { owners, owner: None, key: None }
    }

    /// Whether an object of a class is an owner, or what has no class known.
    fn takes(&self, plan: Option<&Plan>) -> bool {
        self.owners == Owners::All || plan.is_some_and(Plan::is_component)
    }

    /// Into an object of a class.
    fn enter_class(&mut self, name: &str) {
        let plain = name.split(['[', '(']).next().unwrap_or_default();
        self.enter(plain.rsplit([':', '.']).next().unwrap_or_default());
    }

    /// Into what a function has or is made by.
    fn enter_function(&mut self, name: &str) {
        self.enter(name.rsplit(':').next().unwrap_or_default());
    }

    fn enter(&mut self, owner: &str) {
        (self.owner, self.key) = (Some(owner.to_owned()), None);
    }

    /// Through an entry of a map; a key that is no text has no name.
    fn pass(&mut self, key: Option<String>) {
        self.key = self.key.take().or(key);
    }

    fn end(self) -> String {
        let owner = self.owner.unwrap_or_else(|| NO_OWNER.to_owned());
        match self.key {
            Some(key) => format!("{owner}.{key}"),
            None => owner,
        }
    }
}

/// The text that a key is, where it is one.
fn text_of(key: &Bound<'_, PyAny>) -> Option<String> {
    key.cast_exact::<PyString>().ok()?.to_str().ok().map(str::to_owned)
}

/// What the value is called that a walk is at, where the hook of its class has to know: of a secret
/// always, of an address right in an attribute of a component.
pub(super) fn context_of(py: Python<'_>, stack: &[Frame], plan: &Plan) -> String {
    let is_guarded = || match stack.last().map(|frame| &frame.kind) {
        Some(Kind::Entries(entries)) => entries.is_guarded,
        Some(Kind::Kwargs(kwargs)) => kwargs.plan.get().is_component(),
        Some(Kind::Pieces { owner: Some(plan), .. }) => plan.get().is_component(),
        _ => false,
    };
    if plan.is_secret {
        return of_walk(py, stack, Owners::All);
    }
    if plan.is_address && is_guarded() {
        return of_walk(py, stack, Owners::Components);
    }
    String::new()
}

/// What the value is called that a walk is at.
pub(super) fn of_walk(py: Python<'_>, stack: &[Frame], owners: Owners) -> String {
    let mut trail = Trail::of(owners);
    for frame in stack {
        match &frame.kind {
            Kind::Entries(entries) if entries.waiting.is_none() => {
                trail.pass(entries.key.as_ref().and_then(|key| text_of(key.bind(py))));
            }
            Kind::Pairs { flat, next } if *next % 2 == 0 && *next > 1 => {
                trail.pass(flat.bind(py).get_item(next - 2).ok().and_then(|key| text_of(&key)));
            }
            Kind::Kwargs(kwargs) if !kwargs.is_first => {
                let plan = kwargs.plan.get();
                if trail.takes(Some(plan)) {
                    trail.enter_class(&plan.name);
                }
                trail.pass(Some(plan.fields[kwargs.current].text.clone()));
            }
            Kind::Pieces { .. } => pass_pieces(&mut trail, &frame.kind),
            _ => {}
        }
    }
    trail.end()
}

/// Follows what is written of a node before the piece that is being walked.
fn pass_pieces(trail: &mut Trail, kind: &Kind) {
    let Kind::Pieces { pieces, next, head, owner } = kind else { return };
    let (Note::Pieces(pieces), Some(plan)) = (&**pieces, owner) else { return };
    let plan = plan.get();
    let mut text = head.as_deref().unwrap_or(&plan.head).to_vec();
    for piece in &pieces[..next.saturating_sub(1)] {
        match piece {
            Piece::Text(piece) => text.extend_from_slice(piece),
            Piece::Made(_) => {}
            _ => text.extend_from_slice(b"null"),
        }
    }
    for (at, level) in levels_of(&text).iter().enumerate() {
        match (level.kind.as_str(), level.key.as_str()) {
            ("object" | "1", "class") => {}
            ("object" | "1" | "call" | "code", _) if !trail.takes(Some(plan)) => {}
            ("object", _) if !level.id.is_empty() => trail.enter_class(&level.id),
            ("object" | "1", _) if at == 0 => trail.enter_class(&plan.name),
            ("call" | "code", _) => trail.enter_function(&level.id),
            ("", key) if level.role == Role::Map => trail.pass(Some(key.to_owned())),
            _ => {}
        }
    }
}

/// What an open array or object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Array,
    /// A map, or a node.
    Map,
    /// The escape under `state` of a constructor node.
    Escape,
    /// The members in it.
    State,
}

/// An array or object that a text leaves open.
struct Level {
    role: Role,
    key: String,
    /// What a node is, and its name.
    kind: String,
    id: String,
}

impl Level {
    /// What an object is that begins here.
    fn inner(&self) -> Role {
        match self.role {
            Role::Map if self.kind == "1" && self.key == "state" => Role::Escape,
            Role::Escape => Role::State,
            _ => Role::Map,
        }
    }
}

/// What is open at the end of a text that breaks off.
fn levels_of(text: &[u8]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    let open = |levels: &mut Vec<Level>, role| {
        levels.push(Level { role, key: String::new(), kind: String::new(), id: String::new() });
    };
    let mut tokens = Tokens::from_slice(text);
    while let Ok(Some(token)) = tokens.next() {
        match (token, levels.last_mut()) {
            (Token::ObjectStart, level) => {
                let role = level.map_or(Role::Map, |level| level.inner());
                open(&mut levels, role);
            }
            (Token::ArrayStart, _) => open(&mut levels, Role::Array),
            (Token::ObjectEnd | Token::ArrayEnd, _) => drop(levels.pop()),
            (Token::Key(text), Some(level)) => level.key = owned(text),
            (Token::String(text), Some(level)) if level.key == "lc" => level.kind = owned(text),
            (Token::Number(_), Some(level)) if level.key == "lc" => level.kind = "1".to_owned(),
            (Token::String(text), Some(level)) if level.key == "id" => level.id = owned(text),
            _ => {}
        }
    }
    levels
}

fn owned(text: Text<'_>) -> String {
    String::from_utf8_lossy(text.value(&mut Vec::new())).into_owned()
}

/// What the value is called that is being read; nothing where its class was refused.
pub(super) fn of_decoder(decoder: &Decoder<'_>, owners: Owners) -> String {
    let mut trail = Trail::of(owners);
    let stack = &decoder.stack[..];
    for (at, frame) in stack.iter().enumerate() {
        match frame {
            decode::Frame::Map(map) => trail.pass(map.key().and_then(text_of)),
            decode::Frame::List(pair, _) if is_pair(&stack[..at]) => {
                trail.pass(pair.get_item(0).ok().as_ref().and_then(text_of));
            }
            decode::Frame::Node(node) => {
                let next = stack.get(at + 1);
                let Some(()) = enter_node(&mut trail, decoder, (node, next)) else {
                    return String::new();
                };
            }
            _ => {}
        }
    }
    trail.end()
}

/// Where in an attribute of an object something stands that is read in some frames.
pub(super) struct Entry<'py> {
    pub(super) field: String,
    /// What counts as an attribute: the field, or an entry of a map of arguments in it.
    pub(super) attribute: String,
    /// The key, where it stands right in a map.
    pub(super) key: Option<Bound<'py, PyAny>>,
    /// It lies in a container whose name tells secrets.
    pub(super) is_among_secrets: bool,
}

/// Where in an attribute something stands that is neither an attribute nor in none.
pub(super) fn entry<'py>(node: &Node<'py>, stack: &[decode::Frame<'py>]) -> Option<Entry<'py>> {
    let key = |at: usize| match &stack[at] {
        decode::Frame::Map(map) => map.key().cloned(),
        decode::Frame::List(pair, _) if is_pair(&stack[..at]) => pair.get_item(0).ok(),
        decode::Frame::List(pair, _) if pair.len() == 1 && is_in_list(&stack[..at]) => {
            pair.get_item(0).ok()
        }
        _ => None,
    };
    let mut names = (0..stack.len()).filter_map(|at| Some((at, key(at)?)));
    let (mut first, field) = match stack.first()? {
        decode::Frame::List(..) => return None,
        decode::Frame::Fields(fields) => (0, node.field_name(fields.current())?.to_owned()),
        _ => names.next().and_then(|(at, key)| Some((at, text_of(&key)?)))?,
    };
    let last = stack.len() - 1;
    let mut attribute = field.clone();
    while first < last && secret::is_arguments(&attribute) {
        let (at, key) = names.next()?;
        if !is_right_in_map(stack, first + 1, at) {
            return None;
        }
        (first, attribute) = (at, text_of(&key)?);
    }
    if first == last {
        return Some(Entry { field, attribute, key: None, is_among_secrets: false });
    }
    let names = names.filter(|(at, _)| *at < last && secret::is_headers(&attribute));
    let telling = names.filter(|(_, key)| secret::name_of(key.as_ptr()).is_some_and(tells_secrets));
    let from = telling.map(|(at, _)| at).max().or(tells_secrets(&attribute).then_some(first));
    let is_among_secrets = from.is_some_and(|from| stack[from + 1..].iter().all(is_in_container));
    let key = key(last);
    let is_known = key.is_some() || is_among_secrets;
    is_known.then_some(Entry { field, attribute, key, is_among_secrets })
}

/// Whether an entry that is read in a frame lies in the map that begins in another, and in none within.
fn is_right_in_map(stack: &[decode::Frame<'_>], from: usize, at: usize) -> bool {
    let pairs = usize::from(matches!(&stack[at], decode::Frame::List(..)));
    let around = stack.get(from..at.saturating_sub(pairs)).unwrap_or_default();
    around.iter().all(|frame| match frame {
        decode::Frame::Node(node) if node.is_object() => is_in_container(frame),
        decode::Frame::Node(node) => {
            matches!(node.kind, members::Kind::Pairs | members::Kind::Shared)
        }
        decode::Frame::Escape(_) => true,
        _ => false,
    })
}

/// Whether what is read in these frames lies right in a list or tuple, as a header with its name.
fn is_in_list(stack: &[decode::Frame<'_>]) -> bool {
    match stack {
        [.., decode::Frame::List(..)] => true,
        [.., decode::Frame::List(..), decode::Frame::Node(node)] => {
            node.kind == members::Kind::Tuple
        }
        _ => false,
    }
}

/// Whether what is read in a frame lies in lists, tuples, maps and sets alone.
fn is_in_container(frame: &decode::Frame<'_>) -> bool {
    match frame {
        decode::Frame::Fields(_) | decode::Frame::StateEscape(_) => false,
        decode::Frame::Node(node) if node.is_object() => {
            let is_class = |it: &Plan| ffi::is_container_class(it.class.as_ptr().cast());
            node.resolved.as_ref().is_some_and(|it| is_class(it.plan.get()))
        }
        _ => true,
    }
}

/// Goes into a node that is being read; nothing where it is one of a class that was refused.
fn enter_node<'py>(
    trail: &mut Trail,
    decoder: &Decoder<'py>,
    (node, next): (&Node<'py>, Option<&decode::Frame<'py>>),
) -> Option<()> {
    let name = || Some(decoder.names.parts(node.id?).concat());
    let plan = node.resolved.as_ref().map(|resolved| resolved.plan.get());
    match node.kind {
        members::Kind::Object | members::Kind::Constructor if node.reads_class() => {}
        members::Kind::Object | members::Kind::Constructor | members::Kind::Call
            if plan.is_some() && !trail.takes(plan) => {}
        members::Kind::Call | members::Kind::Code if !trail.takes(plan) => {}
        members::Kind::Object if node.id.is_some() => trail.enter_class(&name()?),
        members::Kind::Object | members::Kind::Constructor => {
            trail.enter_class(&plan?.name);
        }
        members::Kind::Call => trail.enter_function(&name()?),
        members::Kind::Code => {
            let id = node.parts.other("id")?;
            trail.enter_function(&text_of(&id)?);
        }
        _ => {}
    }
    if let Some(decode::Frame::Fields(fields)) = next {
        trail.pass(node.field_name(fields.current()).map(str::to_owned));
    }
    Some(())
}

/// Whether what is read in these frames is an entry of a map that is written as pairs.
fn is_pair(stack: &[decode::Frame<'_>]) -> bool {
    let [.., decode::Frame::Node(node), decode::Frame::List(..)] = stack else { return false };
    let is_part = || node.key_name().is_some_and(|key| key == "pairs");
    node.kind == members::Kind::Pairs || is_part()
}
