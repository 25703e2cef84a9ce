//! Tokens kept until it is known how to read them.
//!
//! `{"__lc_escaped__":…}` is an escape when that key is the only one, and what stands in an escape
//! is read as plain data. Whether it is the only key shows behind the value, so the value's tokens
//! are kept. Each object among them also learns whether it has one key, so that nothing is kept a
//! second time: reading stays linear.

use persist_core::json::{Text, Token};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::decode::{Decoder, Frame};

/// A token that owns its text.
pub(super) enum Kept {
    ObjectStart { is_single: bool },
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Key(KeptText),
    String(KeptText),
    Number(Vec<u8>),
    True,
    False,
    Null,
}

/// The raw text of a string, and what the lexer knows of it.
pub(super) struct KeptText {
    raw: Vec<u8>,
    is_escaped: bool,
    is_ascii: bool,
}

impl KeptText {
    fn new(text: Text<'_>) -> Self {
        Self { raw: text.raw().to_vec(), is_escaped: text.is_escaped(), is_ascii: text.is_ascii() }
    }

    pub(super) fn as_text(&self) -> Text<'_> {
        Text::new(&self.raw, self.is_escaped, self.is_ascii)
    }
}

/// The tokens of one value.
#[derive(Default)]
pub(super) struct Recording {
    tokens: Vec<Kept>,
    /// For each open object its token and how many keys it has; arrays hold no token.
    open: Vec<Option<(usize, usize)>>,
}

impl Recording {
    /// Keeps one token.
    pub(super) fn push(&mut self, token: Token<'_>) {
        let kept = match token {
            Token::ObjectStart => {
                self.open.push(Some((self.tokens.len(), 0)));
                Kept::ObjectStart { is_single: false }
            }
            Token::ArrayStart => {
                self.open.push(None);
                Kept::ArrayStart
            }
            Token::ObjectEnd => {
                self.end_object();
                Kept::ObjectEnd
            }
            Token::ArrayEnd => {
                self.open.pop();
                Kept::ArrayEnd
            }
            Token::Key(text) => {
                if let Some(Some((_, keys))) = self.open.last_mut() {
                    *keys += 1;
                }
                Kept::Key(KeptText::new(text))
            }
            Token::String(text) => Kept::String(KeptText::new(text)),
            Token::Number(text) => Kept::Number(text.to_vec()),
            Token::True => Kept::True,
            Token::False => Kept::False,
            Token::Null => Kept::Null,
        };
        self.tokens.push(kept);
    }

    /// Whether the value is there to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty() && !self.tokens.is_empty()
    }

    fn end_object(&mut self) {
        if let Some(Some((start, keys))) = self.open.pop() {
            self.tokens[start] = Kept::ObjectStart { is_single: keys == 1 };
        }
    }

    /// Whether the value is an object.
    pub(super) fn is_object(&self) -> bool {
        matches!(self.tokens.first(), Some(Kept::ObjectStart { .. }))
    }

    pub(super) fn into_tokens(self) -> Vec<Kept> {
        self.tokens
    }
}

impl Decoder<'_> {
    /// Reads on behind the key `__lc_escaped__`, once it is known whether it is the only one.
    pub(super) fn escape_key(&mut self, is_single: Option<bool>) -> PyResult<()> {
        match is_single {
            Some(true) => {
                self.stack.pop();
                self.stack.push(Frame::Escape(None));
            }
            Some(false) => {
                self.begin_map(false)?;
                self.begin_escaped_name();
            }
            None => self.stack.push(Frame::Recorded(Recording::default())),
        }
        Ok(())
    }

    fn begin_escaped_name(&mut self) {
        let name = PyString::intern(self.py, "__lc_escaped__").into_any();
        if let Some(Frame::Map(map)) = self.stack.last_mut() {
            map.key = Some(name);
        }
    }

    /// Keeps a token of the value behind `__lc_escaped__`, or decides what it was.
    pub(super) fn record(&mut self, token: Token<'_>) -> PyResult<()> {
        let Some(Frame::Recorded(recording)) = self.stack.last_mut() else { return Ok(()) };
        if !recording.is_complete() {
            recording.push(token);
            return Ok(());
        }
        let Some(Frame::Recorded(recording)) = self.stack.pop() else { return Ok(()) };
        let is_single = token == Token::ObjectEnd;
        if is_single && !recording.is_object() && !self.is_langchain {
            return Err(self.bad("an escape holds something else than a map"));
        }
        self.escape_key(Some(is_single))?;
        for kept in recording.into_tokens() {
            self.replay(&kept)?;
        }
        self.token(token)
    }

    fn replay(&mut self, kept: &Kept) -> PyResult<()> {
        let token = match kept {
            Kept::ObjectStart { is_single } => return self.start_object(Some(*is_single)),
            Kept::ObjectEnd => Token::ObjectEnd,
            Kept::ArrayStart => Token::ArrayStart,
            Kept::ArrayEnd => Token::ArrayEnd,
            Kept::Key(text) => Token::Key(text.as_text()),
            Kept::String(text) => Token::String(text.as_text()),
            Kept::Number(text) => Token::Number(text),
            Kept::True => Token::True,
            Kept::False => Token::False,
            Kept::Null => Token::Null,
        };
        self.token(token)
    }
}
