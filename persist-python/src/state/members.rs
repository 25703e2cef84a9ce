//! What nodes there are, and which members each may have when.

use super::gathered::Asked;
use super::node::Node;

/// What a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `lc` is not read yet.
    Unknown,
    Tuple,
    Set,
    FrozenSet,
    Deque,
    Pairs,
    Float,
    Int,
    Str,
    Bytes,
    ByteArray,
    Shared,
    Same,
    Bind,
    Object,
    /// Something made by a function.
    Call,
    Enum,
    Class,
    Function,
    Module,
    Method,
    /// A function that no name leads to.
    Code,
    /// A variable that functions capture.
    Cell,
    /// An object that has nothing but its identity.
    Bare,
    /// A class that was made at run time.
    Made,
    /// A sentinel or type variable.
    Constant,
    /// A type made of types.
    Generic,
    Secret,
    /// LangChain's constructor or secret: `type` tells.
    LangChain,
    Constructor,
    LangChainSecret,
    /// What stands under `state` of a constructor node.
    State,
    /// A value of the standard library, by its name.
    Value,
    /// A value of an adapter that has an identity, by its name.
    Array,
}

/// The member being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Lc,
    Type,
    Id,
    Ref,
    Same,
    V,
    Kwargs,
    State,
    /// A map of attributes: `dict`, `slots`, `extra`, `private`, `shown`, `fields`.
    Attributes,
    Class,
    /// The class that a class method which is called is bound to.
    Of,
    /// The function that sets the state.
    Setter,
    /// Base64 of the memory of an array.
    Raw,
    Other,
}

pub(super) const KINDS: [(&[u8], Kind); 31] = [
    (b"tuple", Kind::Tuple),
    (b"set", Kind::Set),
    (b"frozenset", Kind::FrozenSet),
    (b"deque", Kind::Deque),
    (b"dict", Kind::Pairs),
    (b"float", Kind::Float),
    (b"int", Kind::Int),
    (b"str", Kind::Str),
    (b"bytes", Kind::Bytes),
    (b"bytearray", Kind::ByteArray),
    (b"shared", Kind::Shared),
    (b"same", Kind::Same),
    (b"bind", Kind::Bind),
    (b"object", Kind::Object),
    (b"call", Kind::Call),
    (b"enum", Kind::Enum),
    (b"class", Kind::Class),
    (b"function", Kind::Function),
    (b"module", Kind::Module),
    (b"method", Kind::Method),
    (b"code", Kind::Code),
    (b"cell", Kind::Cell),
    (b"bare", Kind::Bare),
    (b"model", Kind::Made),
    (b"typeddict", Kind::Made),
    (b"namedtuple", Kind::Made),
    (b"dataclass", Kind::Made),
    (b"enumeration", Kind::Made),
    (b"middleware", Kind::Made),
    (b"constant", Kind::Constant),
    (b"generic", Kind::Generic),
];

impl Node<'_> {
    /// Whether what the object is made of may still be read.
    fn is_unmade(&self) -> bool {
        self.id.is_some() && self.object.is_none()
    }

    /// Whether a label may stand on a deque: before anything that is said of it.
    fn takes_room(&self) -> bool {
        self.label.is_none() && self.object.is_none()
    }

    /// Whether it may still be said what sets the state.
    fn may_set(&self) -> bool {
        self.setter.is_none() && !self.parts.has_asked(Asked::State)
    }

    /// Whether the arguments of a call are there, and it is not one that an inner mention made.
    fn has_arguments(&self) -> bool {
        self.same.is_none() && !self.parts.is_empty()
    }

    /// Begins a member that the hot path knows by its bytes.
    #[inline]
    pub(super) fn takes_key(&mut self, raw: &[u8]) -> bool {
        self.part = match (self.kind, raw) {
            (Kind::LangChain, b"type") if !self.in_shared => Part::Type,
            (Kind::Constructor, b"id") if self.id.is_none() => Part::Id,
            _ => return false,
        };
        true
    }

    pub(super) fn part_of(&self, name: &str) -> Option<Part> {
        let part = match (self.kind, name) {
            (Kind::Shared, "ref") if self.label.is_none() => Part::Ref,
            (Kind::Same, "ref") if self.label.is_none() => Part::Ref,
            (Kind::Shared, "v") if self.value.is_none() && self.label.is_some() => Part::V,
            (Kind::Tuple | Kind::FrozenSet, "same")
                if self.value.is_none() && self.same.is_none() =>
            {
                Part::Same
            }
            (
                Kind::Tuple
                | Kind::Set
                | Kind::FrozenSet
                | Kind::Deque
                | Kind::Pairs
                | Kind::Float
                | Kind::Int
                | Kind::Str
                | Kind::Bytes
                | Kind::ByteArray,
                "v",
            ) if self.value.is_none() => Part::V,
            (Kind::Deque, "ref") if self.takes_room() && self.parts.is_empty() => Part::Ref,
            (Kind::Deque, "maxlen") if self.object.is_none() => Part::Other,
            (Kind::Bind, "name") => Part::Other,
            (Kind::Object | Kind::Call, _) => return self.part_of_made(name),
            (Kind::Constructor, "ref") if self.takes_label() => Part::Ref,
            (Kind::LangChain, "type") => Part::Type,
            (Kind::Constructor | Kind::LangChainSecret, "id") if self.id.is_none() => Part::Id,
            (Kind::Constructor, "state") if self.id.is_some() && !self.has_kwargs => Part::State,
            (Kind::Constructor, "kwargs") if self.id.is_some() && !self.has_kwargs => Part::Kwargs,
            (Kind::Constructor, "name") => Part::Other,
            (Kind::State, "class") if self.class.is_none() && self.parts.is_empty() => Part::Class,
            (Kind::State, "set" | "order" | "missing" | "undeclared") => Part::Other,
            (Kind::State, "fields" | "dict" | "extra" | "private") => Part::Attributes,
            (Kind::Secret, "type" | "name" | "v") => Part::Other,
            (Kind::Array, "ref") if self.label.is_none() && self.parts.is_empty() => Part::Ref,
            (Kind::Array, "v") => Part::Raw,
            (Kind::Array, "dict") => Part::Attributes,
            (Kind::Value | Kind::Array, _) => Part::Other,
            _ => return self.part_of_name(name),
        };
        Some(part)
    }

    /// The same for what is found in the program: names, functions, types.
    fn part_of_name(&self, name: &str) -> Option<Part> {
        let part = match (self.kind, name) {
            (
                Kind::Enum
                | Kind::Class
                | Kind::Function
                | Kind::Module
                | Kind::Constant
                | Kind::Generic,
                "id",
            ) => Part::Other,
            (Kind::Generic, "old" | "args") => Part::Other,
            (Kind::Enum, "class" | "name" | "value" | "names") => Part::Other,
            (Kind::Method, "name" | "self") => Part::Other,
            (Kind::Code | Kind::Cell | Kind::Bare | Kind::Made, "ref")
                if self.label.is_none() && self.object.is_none() =>
            {
                Part::Ref
            }
            (Kind::Made, _) if name != "ref" => Part::Other,
            (Kind::Code, "id" | "hash" | "at" | "signature" | "cells") if self.object.is_none() => {
                Part::Other
            }
            (
                Kind::Code,
                "free" | "defaults" | "kwdefaults" | "dict" | "name" | "qualname" | "module"
                | "doc" | "annotations",
            ) => Part::Other,
            _ => return None,
        };
        Some(part)
    }

    /// A member of what is made by a class or a function.
    fn part_of_made(&self, name: &str) -> Option<Part> {
        let is_known = self.id.is_some() || self.has_class;
        let is_unlabelled = self.label.is_none() && self.same.is_none();
        let part = match (self.kind, name) {
            (_, "id") if !is_known && is_unlabelled => Part::Id,
            (Kind::Object, "class") if !is_known && self.same.is_none() => Part::Class,
            (_, "same") if self.takes_label() => Part::Same,
            (_, "ref") if self.takes_label() => Part::Ref,
            (Kind::Object, "dict" | "slots" | "extra" | "private" | "shown") if is_known => {
                Part::Attributes
            }
            (Kind::Object, "set" | "base" | "missing" | "undeclared") if is_known => Part::Other,
            (Kind::Object, "new" | "newkw" | "init" | "initkw" | "name") if self.is_unmade() => {
                Part::Other
            }
            (Kind::Object, "state" | "items" | "pairs") if is_known => Part::Other,
            (Kind::Object, "setter") if is_known && self.may_set() => Part::Setter,
            (Kind::Object, "args" | "members" | "cause" | "context" | "suppress") if is_known => {
                Part::Other
            }
            (Kind::Call, "of") if self.takes_label() && self.class.is_none() => Part::Of,
            (Kind::Call, "args" | "kwargs") if self.is_unmade() => Part::Other,
            (Kind::Call, "setter") if self.has_arguments() && self.may_set() => Part::Setter,
            (Kind::Call, "dict" | "slots") if self.has_arguments() => Part::Attributes,
            (Kind::Call, "state" | "items" | "pairs") if self.has_arguments() => Part::Other,
            _ => return None,
        };
        Some(part)
    }
}
