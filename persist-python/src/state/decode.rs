//! State text → Python objects, token by token, on an explicit stack.
//!
//! Nothing is built from a name before `persist.state.resolve` has admitted it. After the first
//! thing that is missing the rest of the text is only surveyed, so that one error names them all.

use std::rc::Rc;

use persist_core::json::{Text, Token, Tokens};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use rustc_hash::FxHashMap;

use super::array::{self, Makers};
use super::attention::Attention;
use super::build::{self, Unchecked, Unfinished};
use super::collector;
use super::depth::{self, Depths};
use super::function;
use super::hashing::HashCost;
use super::heads::{Heads, Opens};
use super::members::Kind;
use super::node::Node;
use super::place::{self, Spare};
pub(super) use super::place::{Frame, Map};
use super::reach::Reach;
use super::refusal::{self, Refusals};
use super::resolved::{NameId, Names, Resolved};
use super::source::State;
use super::strings::Strings;
use super::succession::Succession;
use crate::errors;

/// A label: what it stands for, once that exists.
pub(super) type Labels<'py> = FxHashMap<u64, Option<Bound<'py, PyAny>>>;

pub(super) struct Decoder<'py> {
    pub(super) py: Python<'py>,
    pub(super) resolver: Bound<'py, PyAny>,
    pub(super) stack: Vec<Frame<'py>>,
    pub(super) spare: Spare<'py>,
    pub(super) depths: Depths,
    /// What those know, for as long as they do.
    pub(super) measured: Vec<Bound<'py, PyAny>>,
    pub(super) labels: Labels<'py>,
    /// The label of the next container: it stands in a `shared` node.
    pub(super) pending_label: Option<u64>,
    pub(super) strings: Strings<'py>,
    pub(super) names: Names,
    /// Classes that no name leads to, by their address.
    nameless: FxHashMap<usize, Rc<Resolved>>,
    pub(super) heads: Heads<'py>,
    pub(super) succession: Succession<'py>,
    /// Node kinds that adapters and tables of values have.
    pub(super) kinds: FxHashMap<String, Kind>,
    pub(super) makers: Makers<'py>,
    pub(super) refusals: Refusals,
    /// Finished objects whose class checks them once all they hold is complete.
    pub(super) unchecked: Vec<Unchecked<'py>>,
    /// Those that were built before all they reach was there.
    pub(super) unfinished: Vec<Unfinished<'py>>,
    /// What `__new__` of a program's classes made without arguments, by its address.
    pub(super) handed_out: FxHashMap<usize, Bound<'py, PyAny>>,
    /// Functions whose annotations a text gives: by their paths, with their parts.
    pub(super) functions: Vec<(String, Bound<'py, PyAny>, Bound<'py, PyDict>)>,
    pub(super) reach: Reach<'py>,
    pub(super) hash_cost: HashCost,
    pub(super) is_langchain: bool,
    result: Option<Bound<'py, PyAny>>,
}

/// Builds the object that a state text describes.
#[pyfunction]
pub(crate) fn decode<'py>(
    source: &Bound<'py, PyAny>,
    resolver: Bound<'py, PyAny>,
    dialect: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    let pause = collector::Pause::new(py);
    let decoder = Decoder::new(resolver, dialect == "langchain");
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return decoder.run(Tokens::from_slice(bytes.as_bytes()));
    }
    let state = source.cast::<State>()?.get().take();
    let Some(state) = state else { return Err(refusal::used_up()) };
    state.decode(py, pause.lift(), |tokens| decoder.run(tokens))
}

impl<'py> Decoder<'py> {
    fn new(resolver: Bound<'py, PyAny>, is_langchain: bool) -> Self {
        let py = resolver.py();
        Self {
            py,
            resolver,
            stack: Vec::new(),
            spare: Spare::default(),
            depths: Depths::default(),
            measured: Vec::new(),
            labels: Labels::default(),
            pending_label: None,
            strings: Strings::new(py),
            names: Names::default(),
            nameless: FxHashMap::default(),
            heads: Heads::new(py),
            succession: Succession::default(),
            kinds: FxHashMap::default(),
            makers: Makers::default(),
            refusals: Refusals::default(),
            unchecked: Vec::new(),
            unfinished: Vec::new(),
            handed_out: FxHashMap::default(),
            functions: Vec::new(),
            reach: Reach::default(),
            hash_cost: HashCost::default(),
            is_langchain,
            result: None,
        }
    }

    fn run(mut self, mut tokens: Tokens<'_>) -> PyResult<Bound<'py, PyAny>> {
        let mut attention = Attention::default();
        loop {
            attention.step(self.py)?;
            self.pass_expected(&mut tokens);
            match tokens.next() {
                Ok(Some(Token::ObjectStart)) => {
                    if !self.passes_head(&mut tokens)? {
                        self.token(Token::ObjectStart)?;
                    }
                }
                Ok(Some(token)) => self.token(token)?,
                Ok(None) => break,
                Err(error) => return Err(errors::exception(self.py, &error, None)),
            }
        }
        self.check_all()?;
        if self.is_survey() {
            return Err(refusal::merged(&self.resolver, std::mem::take(&mut self.refusals)));
        }
        let value = self.result.take();
        value.ok_or_else(|| self.bad("it holds no value"))
    }

    /// Runs the checks that wait until every container is filled: a label may lead an object to a
    /// list or dict that goes on behind it.
    fn check_all(&mut self) -> PyResult<()> {
        if self.is_langchain {
            let answer = self.resolver.call_method0("check_secrets");
            self.settle(answer)?;
        }
        if self.is_survey() {
            return Ok(());
        }
        self.check_undecided()?;
        function::check(self)?;
        for waiting in std::mem::take(&mut self.unchecked) {
            build::check(self, waiting)?;
        }
        build::repeat_unfinished(self)
    }

    /// Whether the text is only surveyed: something is missing, nothing more is built.
    pub(super) fn is_survey(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// The error for a text that no writer of this format makes.
    pub(super) fn bad(&self, reason: &str) -> PyErr {
        refusal::bad_text(self.py, &refusal::path(&self.stack), reason)
    }

    fn none(&self) -> Bound<'py, PyAny> {
        self.py.None().into_bound(self.py)
    }

    #[inline]
    pub(super) fn token(&mut self, token: Token<'_>) -> PyResult<()> {
        if let Some(Frame::Recorded(_)) = self.stack.last() {
            return self.record(token);
        }
        match token {
            Token::Key(text) => self.key(text),
            Token::String(text) => {
                if self.takes_text(text) {
                    return Ok(());
                }
                let value = self.strings.string(text)?.into_any();
                self.deliver(value)
            }
            Token::Number(text) => self.number(text),
            Token::ObjectStart => self.start_object(None),
            Token::ObjectEnd => self.end_object(),
            Token::ArrayStart => self.start_array(),
            Token::ArrayEnd => self.end_array(),
            Token::True => {
                self.deliver(pyo3::types::PyBool::new(self.py, true).to_owned().into_any())
            }
            Token::False => {
                self.deliver(pyo3::types::PyBool::new(self.py, false).to_owned().into_any())
            }
            Token::Null => self.deliver(self.none()),
        }
    }

    /// Whether a string belongs to a node and needs no Python string.
    #[inline]
    fn takes_text(&mut self, text: Text<'_>) -> bool {
        match self.stack.last_mut() {
            Some(Frame::Node(node)) => {
                node.takes_text(text, &mut self.names) || array::takes_memory(self, text.raw())
            }
            Some(Frame::Id) if !text.is_escaped() => {
                self.names.push(text.raw());
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn number(&mut self, text: &[u8]) -> PyResult<()> {
        if let Some(Frame::Node(node)) = self.stack.last_mut() {
            match node.takes_number(text) {
                Some(true) => return Ok(()),
                Some(false) => {}
                None => return Err(self.bad("a label is no small whole number")),
            }
        }
        match self.strings.number(text) {
            Ok(value) => self.deliver(value),
            Err(error) => Err(self.bad(&error.value(self.py).to_string())),
        }
    }

    /// Whether what comes next is plain data.
    fn is_raw(&self) -> bool {
        match self.stack.last() {
            Some(Frame::List(_, is_raw)) => *is_raw,
            Some(Frame::Map(map)) => map.is_raw,
            Some(Frame::Escape(_)) => true,
            _ => false,
        }
    }

    pub(super) fn start_object(&mut self, is_single: Option<bool>) -> PyResult<()> {
        let is_raw = self.is_raw();
        let frame = match self.stack.last_mut() {
            Some(Frame::Node(_)) => {
                self.start_in_node()?.unwrap_or(Frame::Start { is_raw, is_single })
            }
            Some(Frame::StateEscape(_)) => Frame::Node(Box::new(Node::of_state())),
            Some(Frame::Id) => return Err(self.bad("an id holds something else than strings")),
            _ => Frame::Start { is_raw, is_single },
        };
        self.stack.push(frame);
        Ok(())
    }

    /// The frame for an object that is a part of a node, where that has a form of its own.
    fn start_in_node(&mut self) -> PyResult<Option<Frame<'py>>> {
        let Some(Frame::Node(mut node)) = self.stack.pop() else { return Ok(None) };
        let parts = node.start_object(self);
        self.heads.learn_object(&node, &self.names, Opens::Map);
        self.stack.push(Frame::Node(node));
        parts
    }

    pub(super) fn start_array(&mut self) -> PyResult<()> {
        let is_raw = self.is_raw();
        match self.stack.last() {
            Some(Frame::Node(node)) if node.begins_id() => {
                self.names.begin();
                self.stack.push(Frame::Id);
                return Ok(());
            }
            Some(Frame::Node(node)) if !node.may_hold_array() => {
                return Err(self.bad("an array stands where a node has none"));
            }
            Some(Frame::StateEscape(_) | Frame::Id) => {
                return Err(self.bad("an array stands where a node has none"));
            }
            Some(Frame::Node(node)) => self.heads.learn_object(node, &self.names, Opens::List),
            _ => {}
        }
        let list = PyList::empty(self.py);
        if let Some(label) = self.pending_label.take() {
            self.set_label(label, list.clone().into_any())?;
        }
        self.stack.push(Frame::List(list, is_raw));
        Ok(())
    }

    fn end_array(&mut self) -> PyResult<()> {
        match self.stack.pop() {
            Some(Frame::List(list, _)) => self.deliver(list.into_any()),
            Some(Frame::Id) => {
                let id = self.names.end();
                if let Some(Frame::Node(node)) = self.stack.last_mut() {
                    node.set_id(id);
                }
                Ok(())
            }
            _ => Err(self.bad("an array ends that was not begun")),
        }
    }

    fn key(&mut self, text: Text<'_>) -> PyResult<()> {
        match self.stack.last_mut() {
            Some(Frame::Map(map)) => {
                let is_lc = is_named(text, b"lc");
                map.is_marked |= self.is_langchain && is_lc;
                let key = self.strings.key(text)?;
                map.last = self.succession.note(map.last, &key, text);
                map.key = Some(key.into_any());
                if is_lc && !map.is_raw && !self.is_langchain {
                    return Err(self.bad("`lc` stands in a map that is neither a node nor escaped"));
                }
                Ok(())
            }
            Some(Frame::Fields(_)) => {
                let index = self.field_index(text)?;
                if let Some(Frame::Fields(fields)) = self.stack.last_mut() {
                    (fields.current, fields.guess) = (index, index + 1);
                }
                Ok(())
            }
            Some(Frame::StateEscape(None)) if text.raw() == b"__lc_escaped__" => Ok(()),
            Some(Frame::Node(node)) => {
                if node.takes_key(text.raw()) {
                    return Ok(());
                }
                let key = self.strings.key(text)?;
                let Some(Frame::Node(mut node)) = self.stack.pop() else { return Ok(()) };
                let outcome = node.key(self, key);
                self.stack.push(Frame::Node(node));
                outcome
            }
            Some(Frame::Start { is_raw, is_single }) => {
                let (is_raw, is_single) = (*is_raw, *is_single);
                self.first_key(text, is_raw, is_single)
            }
            _ => Err(self.bad("a key stands where none can")),
        }
    }

    fn field_index(&mut self, text: Text<'_>) -> PyResult<usize> {
        let [.., Frame::Node(node), Frame::Fields(fields)] = &self.stack[..] else {
            return Err(self.bad("fields stand outside a node"));
        };
        let found = node.resolved.as_ref().and_then(|resolved| {
            let index = resolved.plan.get().field_index(text.raw(), fields.guess);
            index.filter(|index| fields.values[*index].is_none())
        });
        match found {
            Some(index) if !text.is_escaped() => {
                if let Some(resolved) = &node.resolved {
                    resolved.note_follower(fields.guess, index);
                }
                Ok(index)
            }
            _ => {
                let name = std::str::from_utf8(text.raw()).unwrap_or_default();
                let class = node.resolved.as_ref().map_or("", |it| &it.plan.get().name);
                let reason =
                    format!("`{name}` is no field of the class, or stands twice, in a `{class}`");
                self.refuse_state(&reason)?;
                Ok(place::end_of_fields(&mut self.stack))
            }
        }
    }

    fn first_key(&mut self, text: Text<'_>, is_raw: bool, is_single: Option<bool>) -> PyResult<()> {
        if !is_raw {
            if text.raw() == b"__lc_escaped__" {
                return self.escape_key(is_single);
            }
            if text.is_escaped() && is_named(text, b"__lc_escaped__") {
                return Err(self.bad("`__lc_escaped__` is spelled in escapes"));
            }
            if !self.is_langchain && text.raw() == b"lc" {
                self.stack.pop();
                let must_be_map =
                    matches!(self.stack.last(), Some(Frame::Node(node)) if node.takes_map());
                let node = Node::new(self.pending_label.take(), must_be_map);
                self.stack.push(Frame::Node(Box::new(node)));
                return Ok(());
            }
        }
        self.begin_map(is_raw)?;
        self.key(text)
    }

    pub(super) fn begin_map(&mut self, is_raw: bool) -> PyResult<()> {
        self.stack.pop();
        let dict = PyDict::new(self.py);
        if let Some(label) = self.pending_label.take() {
            self.set_label(label, dict.clone().into_any())?;
        }
        let map = Map::new(dict, is_raw);
        self.stack.push(Frame::Map(map));
        Ok(())
    }

    fn end_object(&mut self) -> PyResult<()> {
        match self.stack.last() {
            Some(Frame::Start { is_raw, .. }) => {
                let is_raw = *is_raw;
                self.begin_map(is_raw)?;
                self.end_object()
            }
            Some(Frame::Map(_)) => self.end_map(),
            Some(Frame::Node(_)) => {
                let Some(Frame::Node(node)) = self.stack.pop() else { return Ok(()) };
                let kind = node.kind;
                let value = node.finish(self)?;
                self.measure_depth(kind, &value)?;
                self.deliver(value)
            }
            Some(Frame::Fields(_)) => {
                let Some(Frame::Fields(fields)) = self.stack.pop() else { return Ok(()) };
                if let Some(Frame::Node(node)) = self.stack.last_mut() {
                    node.fields = Some(fields.values);
                }
                Ok(())
            }
            Some(Frame::Escape(Some(value)) | Frame::StateEscape(Some(value))) => {
                let value = value.clone();
                self.stack.pop();
                self.deliver(value)
            }
            _ => Err(self.bad("an object ends that was not begun")),
        }
    }

    fn end_map(&mut self) -> PyResult<()> {
        let Some(Frame::Map(map)) = self.stack.pop() else { return Ok(()) };
        self.check_map(&map)?;
        if map.is_marked && !map.is_raw && is_marker(&map.dict)? {
            let revived = self.resolver.call_method1("revive", (&map.dict,));
            let value = self.settle(revived)?;
            return self.deliver(value);
        }
        self.deliver(map.dict.into_any())
    }

    /// Gives a finished value to what it stands in.
    #[inline]
    pub(super) fn deliver(&mut self, value: Bound<'py, PyAny>) -> PyResult<()> {
        match self.stack.last_mut() {
            Some(Frame::List(list, _)) => list.append(value),
            Some(Frame::Map(map)) => {
                map.count += 1;
                match map.key.take() {
                    Some(key) => map.dict.set_item(key, value),
                    None => Err(self.bad("a value stands without a key")),
                }
            }
            Some(Frame::Fields(fields)) => {
                if let Some(slot) = fields.values.get_mut(fields.current) {
                    *slot = Some(value);
                }
                Ok(())
            }
            Some(Frame::Escape(slot) | Frame::StateEscape(slot)) => {
                *slot = Some(value);
                Ok(())
            }
            Some(Frame::Node(_)) => {
                let Some(Frame::Node(mut node)) = self.stack.pop() else { return Ok(()) };
                let outcome = node.accept(self, value);
                self.stack.push(Frame::Node(node));
                outcome
            }
            None => {
                self.result = Some(value);
                Ok(())
            }
            Some(Frame::Id) => Err(self.bad("an id holds something else than strings")),
            Some(Frame::Start { .. } | Frame::Recorded(_)) => {
                Err(self.bad("a value stands without a key"))
            }
        }
    }

    /// Says what a label stands for.
    pub(super) fn set_label(&mut self, label: u64, value: Bound<'py, PyAny>) -> PyResult<()> {
        if depth::freeing_of(&value.get_type())?.is_within() {
            self.depths.begin(&value);
        }
        if matches!(self.labels.insert(label, Some(value)), Some(Some(_))) {
            return Err(self.bad(&format!("the label {label} stands twice")));
        }
        Ok(())
    }

    /// Takes an answer of the resolver; a refusal is noted, and `None` stands in for the value.
    pub(super) fn settle(
        &mut self,
        answer: PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match answer {
            Ok(value) => Ok(value),
            Err(error) => {
                self.note_refusal(error)?;
                Ok(self.none())
            }
        }
    }

    /// Notes an error that names something missing; any other passes on.
    pub(super) fn note_refusal(&mut self, error: PyErr) -> PyResult<()> {
        let path = refusal::path(&self.stack);
        self.note_refusal_at(path, error)
    }

    pub(super) fn note_refusal_at(&mut self, path: String, error: PyErr) -> PyResult<()> {
        if !refusal::is_refusal(self.py, &error) {
            return Err(refusal::located(self.py, &path, error));
        }
        self.refusals.note(self.py, path, error);
        Ok(())
    }

    /// Asks for a class; `None` where it was refused.
    pub(super) fn resolve(
        &mut self,
        id: NameId,
        is_constructor: bool,
    ) -> PyResult<Option<Rc<Resolved>>> {
        if let Some(answer) = self.names.answer(id, is_constructor) {
            return Ok(answer);
        }
        let parts = self.names.parts(id).to_vec();
        let answer = if is_constructor {
            self.resolver.call_method1("resolve_id", (parts,))
        } else {
            self.resolver.call_method1("resolve_class", (parts.concat(),))
        };
        let answer = match answer {
            Ok(found) => Some(Rc::new(Resolved::of(&found)?)),
            Err(error) => {
                self.note_refusal(error)?;
                None
            }
        };
        self.names.keep(id, is_constructor, answer.clone());
        Ok(answer)
    }

    /// Asks for a class that the text itself made; `None` where it was refused.
    pub(super) fn resolve_nameless(
        &mut self,
        class: Bound<'py, PyAny>,
    ) -> PyResult<Option<Rc<Resolved>>> {
        let address = class.as_ptr() as usize;
        if let Some(answer) = self.nameless.get(&address) {
            return Ok(Some(Rc::clone(answer)));
        }
        match self.resolver.call_method1("resolve_nameless", (class,)) {
            Ok(found) => {
                let found = Rc::new(Resolved::of(&found)?);
                // The plan holds the class, so its address is not used again.
                self.nameless.insert(address, Rc::clone(&found));
                Ok(Some(found))
            }
            Err(error) => {
                self.note_refusal(error)?;
                Ok(None)
            }
        }
    }

    /// Notes that a class's strict state rules refuse what the text gives.
    pub(super) fn refuse_state(&mut self, reason: &str) -> PyResult<()> {
        let error = refusal::invalid_state(self.py, &refusal::path(&self.stack), reason);
        self.note_refusal(error)
    }
}

/// Whether a key is this one, however it is spelled.
#[inline]
fn is_named(text: Text<'_>, name: &[u8]) -> bool {
    if !text.is_escaped() {
        return text.raw() == name;
    }
    let mut plain = Vec::new();
    text.unescape_into(&mut plain);
    plain == name
}

/// Whether `lc` is the integer 1: in LangChain's dialect that alone makes a node.
fn is_marker(dict: &Bound<'_, PyDict>) -> PyResult<bool> {
    let marker = dict.get_item("lc")?;
    Ok(marker.is_some_and(|marker| {
        marker.is_exact_instance_of::<pyo3::types::PyInt>()
            && marker.extract::<i64>().ok() == Some(1)
    }))
}
