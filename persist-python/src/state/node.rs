//! One node being read: `{"lc":…}`, its members one after another.

use std::rc::Rc;

use persist_core::json::Text;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use super::array;
use super::build;
use super::decode::{Decoder, Frame};
use super::ffi;
use super::function;
use super::gathered::{Asked, Gathered, Parts, part};
use super::instance;
use super::members::{KINDS, Kind, Part};
use super::remake;
use super::resolved::{NameId, Names, Resolved};

/// Characters of a member's name that a message shows.
const SHOWN_CHARACTERS: usize = 100;

pub(super) struct Node<'py> {
    pub(super) kind: Kind,
    pub(super) part: Part,
    pub(super) key: Option<Bound<'py, PyString>>,
    pub(super) label: Option<u64>,
    pub(super) same: Option<u64>,
    pub(super) id: Option<NameId>,
    /// The class path of a constructor node whose id does not lead to its class.
    pub(super) class: Option<NameId>,
    pub(super) value_kind: Option<Bound<'py, PyString>>,
    pub(super) value: Option<Bound<'py, PyAny>>,
    pub(super) object: Option<Bound<'py, PyAny>>,
    pub(super) fields: Option<Vec<Option<Bound<'py, PyAny>>>>,
    pub(super) parts: Gathered<'py>,
    pub(super) resolved: Option<Rc<Resolved>>,
    /// The function of a call.
    pub(super) function: Option<Bound<'py, PyAny>>,
    /// The function that sets the state; `None` within where it was refused.
    pub(super) setter: Option<Option<Bound<'py, PyAny>>>,
    /// Its class stands in the text as a node.
    pub(super) has_class: bool,
    /// A secret was put into this object.
    pub(super) has_secret: bool,
    /// A secret lies in it, or in what it mentions.
    pub(super) is_around_secret: bool,
    /// It mentions what is not finished yet.
    pub(super) is_undecided: bool,
    /// It stands where a map of attributes must.
    pub(super) must_be_map: bool,
    pub(super) in_shared: bool,
    /// Its label is known to the decoder.
    pub(super) is_announced: bool,
    pub(super) has_kwargs: bool,
    /// An array whose memory was read in place: nothing more may be said of it.
    pub(super) is_plain: bool,
}

impl<'py> Node<'py> {
    pub(super) fn new(label: Option<u64>, must_be_map: bool) -> Self {
        Self {
            kind: Kind::Unknown,
            part: Part::Lc,
            key: None,
            in_shared: label.is_some(),
            label,
            same: None,
            id: None,
            class: None,
            value_kind: None,
            value: None,
            object: None,
            fields: None,
            parts: Gathered::default(),
            resolved: None,
            function: None,
            setter: None,
            has_class: false,
            has_secret: false,
            is_around_secret: false,
            is_undecided: false,
            must_be_map,
            is_announced: false,
            has_kwargs: false,
            is_plain: false,
        }
    }

    /// What stands under `state`.
    pub(super) fn of_state() -> Self {
        Self { kind: Kind::State, part: Part::Other, ..Self::new(None, false) }
    }

    /// Whether the member being read is a map of attributes: no node may stand in its place but
    /// the pairs that a map with a key `lc` is written as.
    pub(super) fn takes_map(&self) -> bool {
        matches!(self.part, Part::Attributes | Part::Kwargs)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Object | Kind::Constructor)
    }

    pub(super) fn field_name(&self, index: usize) -> Option<&str> {
        let plan = self.resolved.as_ref()?.plan.get();
        plan.fields.get(index).map(|field| field.text.as_str())
    }

    /// Whether paths name its members: those of a list or map wrapped in a node are named by it.
    pub(super) fn names_members(&self) -> bool {
        matches!(self.kind, Kind::Method | Kind::Enum)
    }

    /// The name of the member being read, for paths.
    pub(super) fn key_name(&self) -> Option<&Bound<'py, PyString>> {
        self.key.as_ref()
    }

    /// Takes a string that is the node's own, without making a Python string of it.
    pub(super) fn takes_text(&mut self, text: Text<'_>, names: &mut Names) -> bool {
        match (self.kind, self.part) {
            (Kind::LangChain, Part::Type) => {
                self.kind = match text.raw() {
                    b"constructor" => Kind::Constructor,
                    b"secret" => Kind::LangChainSecret,
                    _ => return false,
                };
                true
            }
            (Kind::Object | Kind::Call, Part::Id) if !text.is_escaped() => {
                self.id = Some(names.single(text.raw()));
                true
            }
            (Kind::State, Part::Class) | (Kind::Call, Part::Of) if !text.is_escaped() => {
                self.class = Some(names.single(text.raw()));
                true
            }
            _ => false,
        }
    }

    /// Takes a number that is the node's own; `None` where it is not.
    pub(super) fn takes_number(&mut self, text: &[u8]) -> Option<bool> {
        let number = || std::str::from_utf8(text).ok()?.parse::<u64>().ok();
        match self.part {
            Part::Lc if text == b"1" => self.kind = Kind::LangChain,
            Part::Ref => self.label = Some(number()?),
            Part::Same => self.same = Some(number()?),
            _ => return Some(false),
        }
        Some(true)
    }

    /// Begins a member.
    pub(super) fn key(
        &mut self,
        decoder: &mut Decoder<'py>,
        key: Bound<'py, PyString>,
    ) -> PyResult<()> {
        let name = key.to_str().unwrap_or("\u{fffd}");
        if self.kind == Kind::Unknown {
            return Err(decoder.bad("`lc` is neither the integer 1 nor a known string"));
        }
        if self.in_shared && self.kind == Kind::LangChain {
            return Err(decoder.bad("a label stands on a node that takes none"));
        }
        if self.is_plain {
            array::take_back(self)?;
        }
        let Some(part) = self.part_of(name).filter(|_| !self.parts.has(&key)) else {
            let kind = self.kind_name();
            let name: String = name.chars().take(SHOWN_CHARACTERS).collect();
            return Err(decoder.bad(&format!("a node `{kind}` has no member `{name}` here")));
        };
        self.part = part;
        self.has_kwargs |= part == Part::Kwargs;
        match (self.kind, part) {
            (Kind::Object, Part::Attributes | Part::Setter | Part::Other)
            | (Kind::Constructor, Part::Kwargs) => {
                self.prepare(decoder)?;
                if part != Part::Kwargs {
                    remake::begin(decoder, self, name)?;
                }
            }
            (Kind::Call, Part::Attributes | Part::Setter | Part::Other) => {
                remake::prepare_call(decoder, self)?;
                remake::begin(decoder, self, name)?;
            }
            (Kind::State, Part::Attributes | Part::Other) => self.prepare_owner(decoder)?,
            (Kind::Code, Part::Other) if function::is_beside(name) => {
                function::begin(decoder, self)?
            }
            (Kind::Shared, Part::V) => decoder.pending_label = self.label,
            (Kind::Deque, Part::V) => build::begin_deque(decoder, self)?,
            (Kind::Array, Part::Attributes | Part::Other) => array::begin(self, decoder, name)?,
            _ => {}
        }
        self.key = Some(key);
        Ok(())
    }

    fn kind_name(&self) -> String {
        match self.kind {
            Kind::LangChain | Kind::Constructor | Kind::LangChainSecret => "1".to_owned(),
            Kind::State => "state".to_owned(),
            _ => self.described_kind().to_owned(),
        }
    }

    /// Whether the label of an object may stand here: behind its id, before its state, once.
    pub(super) fn takes_label(&self) -> bool {
        let is_labelled = self.label.is_some() || self.same.is_some();
        // The label of an object without a name stands before its class.
        let is_begun = self.id.is_some() || (self.kind == Kind::Object && !self.has_class);
        is_begun && !is_labelled && !self.has_kwargs && self.parts.is_empty()
    }

    /// Whether an array may stand as the member being read.
    pub(super) fn may_hold_array(&self) -> bool {
        let is_id = self.part == Part::Id && !matches!(self.kind, Kind::Object | Kind::Call);
        is_id || matches!(self.part, Part::V | Part::Raw | Part::Other)
    }

    /// Whether the class of an object is being read.
    pub(super) fn reads_class(&self) -> bool {
        self.kind == Kind::Object && self.part == Part::Class
    }

    /// Whether the array of a LangChain id begins.
    pub(super) fn begins_id(&self) -> bool {
        self.part == Part::Id && matches!(self.kind, Kind::Constructor | Kind::LangChainSecret)
    }

    pub(super) const fn set_id(&mut self, id: NameId) {
        self.id = Some(id);
    }

    /// The frame for an object that is a member with a form of its own.
    pub(super) fn start_object(
        &mut self,
        decoder: &mut Decoder<'py>,
    ) -> PyResult<Option<Frame<'py>>> {
        match (self.kind, self.part) {
            (Kind::Constructor, Part::State) => Ok(Some(Frame::StateEscape(None))),
            (Kind::Constructor, Part::Kwargs) => {
                let by_state = self.resolved.as_ref().filter(|resolved| resolved.is_by_state());
                let Some(resolved) = by_state else { return Ok(None) };
                decoder.heads.learn(self, &decoder.names);
                Ok(Some(Frame::Fields(decoder.spare.fields(resolved.plan.get().fields.len()))))
            }
            (Kind::Object, Part::Class) => Ok(None),
            (
                _,
                Part::Lc
                | Part::Type
                | Part::Id
                | Part::Ref
                | Part::Same
                | Part::Class
                | Part::Of
                | Part::Setter,
            ) => Err(decoder.bad("an object stands where a node has none")),
            _ => Ok(None),
        }
    }

    /// Takes the value of the member being read.
    pub(super) fn accept(
        &mut self,
        decoder: &mut Decoder<'py>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        match self.part {
            Part::Lc => self.accept_kind(decoder, &value),
            Part::V => {
                if decoder.pending_label.take().is_some() {
                    return Err(decoder.bad("a label stands on a value that has no identity"));
                }
                self.value = Some(value);
                Ok(())
            }
            Part::Kwargs | Part::State | Part::Attributes | Part::Raw | Part::Other => {
                self.accept_part(decoder, value)
            }
            Part::Type => {
                Err(decoder
                    .bad(&format!("a node `1` is of the type `{value}`, which is not known")))
            }
            Part::Class if self.kind == Kind::Object => self.accept_class(decoder, value),
            Part::Setter => remake::take_setter(decoder, self, &value),
            Part::Id | Part::Ref | Part::Same | Part::Class | Part::Of => {
                Err(decoder.bad("a member of a node has the wrong type"))
            }
        }
    }

    /// Takes a class that no name leads to.
    fn accept_class(
        &mut self,
        decoder: &mut Decoder<'py>,
        class: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        self.has_class = true;
        if !decoder.is_survey() {
            self.resolved = decoder.resolve_nameless(class)?;
        }
        self.prepare(decoder)
    }

    fn accept_part(
        &mut self,
        decoder: &mut Decoder<'py>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let is_map = value.is_exact_instance_of::<PyDict>();
        let may_be_null = self.part == Part::Attributes && value.is_none();
        let is_attributes = matches!(self.part, Part::Attributes | Part::Kwargs | Part::State);
        if is_attributes && !is_map && !may_be_null && !decoder.is_survey() {
            return Err(decoder.bad("a member of a node is no map"));
        }
        if is_attributes && !ffi::has_text_keys(&value) {
            return Err(decoder.bad("a key of a map of attributes is no text"));
        }
        let Some(key) = self.key.clone() else { return Ok(()) };
        if matches!(self.kind, Kind::Object | Kind::Call) {
            return self.parts.add(&key, value);
        }
        self.parts.add_to_dict(&key, value)
    }

    /// Learns what kind of node it is.
    fn accept_kind(
        &mut self,
        decoder: &mut Decoder<'py>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let Ok(name) = value.cast::<PyString>() else {
            return Err(decoder.bad("`lc` is neither the integer 1 nor a known string"));
        };
        let text = &*name.to_string_lossy();
        let found = KINDS.iter().find(|(known, _)| *known == text.as_bytes());
        self.kind = match found {
            Some((_, kind)) => *kind,
            None if text == "secret" => Kind::Secret,
            None => build::value_kind(decoder, text)?,
        };
        if self.kind == Kind::Unknown {
            return Err(decoder.bad(&format!("the node kind `{text}` is not known")));
        }
        self.value_kind = Some(name.clone());
        if self.must_be_map && self.kind != Kind::Pairs {
            return Err(decoder.bad("a map of attributes is written as something else"));
        }
        self.make_early(decoder)
    }

    /// Makes what is created empty and filled later, so that its label is known inside it.
    fn make_early(&mut self, decoder: &mut Decoder<'py>) -> PyResult<()> {
        let py = decoder.py;
        let made = match self.kind {
            Kind::Set => PySet::empty(py)?.into_any(),
            Kind::Pairs => PyDict::new(py).into_any(),
            Kind::ByteArray => PyByteArray::new(py, b"").into_any(),
            Kind::Tuple | Kind::FrozenSet => return Ok(()),
            _ if self.in_shared => {
                return Err(decoder.bad("a label stands on a node that takes none"));
            }
            _ => return Ok(()),
        };
        if let Some(label) = self.label {
            decoder.set_label(label, made.clone())?;
        }
        self.object = Some(made);
        Ok(())
    }

    /// Resolves the class and, where a label asks for it, makes the bare object.
    pub(super) fn prepare(&mut self, decoder: &mut Decoder<'py>) -> PyResult<()> {
        if self.resolved.is_none() {
            let Some(id) = self.class.or(self.id) else { return Ok(()) };
            let is_constructor = self.kind == Kind::Constructor && self.class.is_none();
            self.resolved = decoder.resolve(id, is_constructor)?;
            let is_model = self.resolved.as_ref().is_none_or(|it| it.plan.get().is_model());
            if self.kind == Kind::Constructor && !is_model {
                return Err(decoder.bad("a constructor node names a class that is no model"));
            }
        }
        match self.label.filter(|_| !std::mem::replace(&mut self.is_announced, true)) {
            Some(label) => self.announce(decoder, label),
            None => Ok(()),
        }
    }

    /// Makes the label known: with the bare object where that can be made before its state is read.
    fn announce(&mut self, decoder: &mut Decoder<'py>, label: u64) -> PyResult<()> {
        if decoder.labels.contains_key(&label) {
            return Err(decoder.bad(&format!("the label {label} stands twice")));
        }
        decoder.labels.insert(label, None);
        let Some(resolved) = self.resolved.clone() else { return Ok(()) };
        if !resolved.is_made_bare() || decoder.is_survey() {
            return Ok(());
        }
        match instance::bare(decoder, &resolved) {
            Ok(object) => {
                self.object = Some(object.clone());
                decoder.set_label(label, object)
            }
            Err(error) => {
                let error = super::refusal::of_state(decoder.py, resolved.plan.get(), error);
                decoder.note_refusal(error)
            }
        }
    }

    /// Lets the constructor node around a `state` know its class before the rest is read.
    fn prepare_owner(&self, decoder: &mut Decoder<'py>) -> PyResult<()> {
        let at = decoder.stack.len().wrapping_sub(2);
        let Some(Frame::Node(owner)) = decoder.stack.get_mut(at) else { return Ok(()) };
        owner.class = self.class;
        let placeholder = Box::new(Node::new(None, false));
        let mut owner = std::mem::replace(owner, placeholder);
        let outcome = owner.prepare(decoder);
        decoder.stack[at] = Frame::Node(owner);
        outcome
    }

    /// The finished value.
    pub(super) fn finish(
        mut self: Box<Self>,
        decoder: &mut Decoder<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        decoder.note_label(&self);
        match self.kind {
            Kind::Unknown | Kind::LangChain => {
                Err(decoder.bad("a node ends before it says what it is"))
            }
            Kind::Tuple | Kind::FrozenSet => self.finish_whole(decoder),
            Kind::Set | Kind::Pairs | Kind::ByteArray => build::fill(decoder, &self),
            Kind::Deque => build::fill_deque(decoder, &self),
            Kind::Float | Kind::Int | Kind::Str | Kind::Bytes => build::scalar(decoder, &self),
            Kind::Shared => match self.value.take() {
                Some(value) => Ok(value),
                None => Err(decoder.bad("a shared node has no value")),
            },
            Kind::Same => self.finish_same(decoder),
            Kind::State => {
                self.prepare_owner(decoder)?;
                Ok(self.parts.to_dict(decoder.py)?.into_any())
            }
            Kind::Call => remake::finish_call(decoder, &mut self),
            Kind::Object | Kind::Constructor => {
                self.prepare(decoder)?;
                self.refuse_twice(decoder)?;
                build::object(decoder, *self)
            }
            Kind::Code => function::end(decoder, *self),
            Kind::LangChainSecret => {
                let Some(id) = self.id else {
                    return Err(decoder.bad("a secret has no name"));
                };
                build::declared_secret(decoder, id)
            }
            Kind::Cell | Kind::Bare | Kind::Made => build::lone(decoder, &self),
            Kind::Array => array::finish(decoder, &self),
            _ => build::described(decoder, &self),
        }
    }

    /// Refuses a field that stands both in `kwargs` and in `state`: one would win in silence.
    fn refuse_twice(&self, decoder: &Decoder<'py>) -> PyResult<()> {
        if self.kind != Kind::Constructor || self.parts.is_empty() {
            return Ok(());
        }
        let parts = self.parts.parts();
        let Some(state) = part(parts, Asked::State)? else { return Ok(()) };
        // What is no map is refused where it is used, and looked at no further in a survey.
        let Ok(state) = state.cast::<PyDict>() else { return Ok(()) };
        let Some(fields) = part(Parts::of(Some(state)), Asked::Fields)? else { return Ok(()) };
        let Ok(fields) = fields.cast::<PyDict>() else { return Ok(()) };
        let kwargs = part(parts, Asked::Kwargs)?;
        let kwargs = kwargs.as_ref().and_then(|kwargs| kwargs.cast::<PyDict>().ok());
        for key in fields.keys() {
            let index = || self.resolved.as_ref()?.plan.get().field_of(key.as_ptr(), 0);
            let is_twice = match (&self.fields, kwargs) {
                (Some(values), _) => index().is_some_and(|index| values[index].is_some()),
                (None, Some(kwargs)) => kwargs.contains(&key)?,
                (None, None) => false,
            };
            if is_twice {
                let reason = format!("the field `{key}` stands in `kwargs` and in `state`");
                return Err(decoder.bad(&reason));
            }
        }
        Ok(())
    }

    pub(super) fn described_kind(&self) -> &str {
        self.value_kind.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or_default()
    }

    /// A tuple or frozenset: made here, unless an inner mention made it already.
    fn finish_whole(&mut self, decoder: &mut Decoder<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(elements) = self.value.take() else {
            return Err(decoder.bad("a tuple or frozenset has no elements"));
        };
        let Ok(elements) = elements.cast_into::<PyList>() else {
            return Err(decoder.bad("the elements of a tuple or frozenset are no array"));
        };
        if let Some(label) = self.same {
            return self.made_before(decoder, label, elements.len());
        }
        let made = if self.kind == Kind::Tuple {
            decoder.hash_cost.earn(elements.len());
            PyTuple::new(decoder.py, elements.iter())?.into_any()
        } else {
            build::frozen(decoder, &elements)?
        };
        if let Some(label) = self.label {
            decoder.set_label(label, made.clone())?;
        }
        Ok(made)
    }

    /// What an inner mention made of the same elements.
    fn made_before(
        &self,
        decoder: &mut Decoder<'py>,
        label: u64,
        count: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        decoder.note_mention(label);
        let made = decoder.labelled(label)?;
        let is_kind = match self.kind {
            Kind::Tuple => made.is_exact_instance_of::<PyTuple>(),
            _ => made.is_exact_instance_of::<PyFrozenSet>(),
        };
        if decoder.is_survey() || (is_kind && made.len()? == count) {
            return Ok(made);
        }
        Err(decoder.bad(&format!("the label {label} stands for something else")))
    }

    fn finish_same(&mut self, decoder: &mut Decoder<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.label {
            Some(label) => {
                decoder.note_mention(label);
                let found = decoder.labelled(label)?;
                build::check_cell(decoder, &found)?;
                Ok(found)
            }
            None => Err(decoder.bad("a reference has no label")),
        }
    }

    /// The bytes that a base64 text stands for; nothing where it is none.
    pub(super) fn bytes_of(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyBytes>> {
        let text = value.cast::<PyString>().ok()?;
        array::bytes_of(value.py(), text.to_str().ok()?.as_bytes())
    }

    pub(super) fn frozenset(
        py: Python<'py>,
        elements: &Bound<'py, PyList>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyFrozenSet::new(py, elements.iter())?.into_any())
    }
}
