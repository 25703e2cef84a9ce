//! Tokens from a slice or from a reader.

use super::grammar::{Fault, Grammar, Kind, Look, Span, Step};
use super::phrase::{MemberStart, Phrase};
use super::text::Text;
use super::window::Window;
use crate::error::{Error, Result};
use std::io::Read;

/// Read at a time: fits the second-level cache beside what the tokens are made into.
const WINDOW_BYTES: usize = 64 * 1024;

/// One piece of state text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// The key of a member; its value comes next.
    Key(Text<'a>),
    /// A string that is a value.
    String(Text<'a>),
    /// A number as it is written.
    Number(&'a [u8]),
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

/// A text, token by token.
///
/// Strictly RFC 8259: one value, UTF-8, no control characters in strings; lone surrogates only as
/// escapes. Nesting costs one bit per level and no stack. From a reader, memory is a window of
/// 64 KiB, or as much as the longest single token needs.
///
/// ```
/// use persist_core::json::{Token, Tokens};
///
/// let mut tokens = Tokens::from_slice(br#"{"n": 1}"#);
/// assert_eq!(tokens.next()?, Some(Token::ObjectStart));
/// assert!(matches!(tokens.next()?, Some(Token::Key(key)) if key.raw() == b"n"));
/// assert_eq!(tokens.next()?, Some(Token::Number(b"1")));
/// assert_eq!(tokens.next()?, Some(Token::ObjectEnd));
/// assert_eq!(tokens.next()?, None);
/// # Ok::<(), persist_core::Error>(())
/// ```
pub struct Tokens<'s> {
    window: Window<'s>,
    grammar: Grammar,
    pos: usize,
    start: usize,
}

impl<'s> Tokens<'s> {
    /// Reads a text that is in memory, without copying it.
    pub const fn from_slice(text: &'s [u8]) -> Self {
        Self::over(Window::Whole(text))
    }

    /// Reads a text from where it comes from, to its end.
    pub fn from_reader(reader: impl Read + Send + 's) -> Self {
        Self::with_window(reader, WINDOW_BYTES)
    }

    /// As [`from_reader`](Self::from_reader), reading `bytes` at a time (at least one).
    pub fn with_window(reader: impl Read + Send + 's, bytes: usize) -> Self {
        Self::over(Window::moving(Box::new(reader), bytes))
    }

    const fn over(window: Window<'s>) -> Self {
        Self { window, grammar: Grammar::new(), pos: 0, start: 0 }
    }

    /// Returns the next token, or nothing once the document is complete and the text at its end.
    ///
    /// # Errors
    ///
    /// [`Error::BadStateText`] at the first byte that is not JSON, or where the text ends early; then
    /// what the reader failed with. Nothing can be read after an error.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "a token borrows from its lexer")]
    pub fn next(&mut self) -> Result<Option<Token<'_>>> {
        let span = loop {
            let is_last = self.window.is_last();
            match self.grammar.step(self.window.bytes(), self.pos, is_last) {
                Ok(Step::Found(span)) => break span,
                Ok(Step::Short(at)) => self.advance(at)?,
                Ok(Step::End) => return Ok(None),
                Err(fault) => return Err(self.refusal(&fault)),
            }
        };
        self.start = span.from;
        self.pos = span.to;
        Ok(Some(cut(self.window.bytes(), span)))
    }

    /// Goes past a phrase where that comes next, and tells whether it did.
    ///
    /// Then the token handed out last is the phrase's last one.
    #[inline]
    pub fn pass(&mut self, phrase: &Phrase) -> bool {
        let is_next = self.goes_on_with(phrase.text());
        if is_next {
            self.grammar.pass(phrase.end());
            self.pos += phrase.text().len();
            self.start = self.pos - 1;
        }
        is_next
    }

    /// Whether a key may come next, and does without space before it.
    #[inline]
    pub fn is_at_key(&self) -> bool {
        self.grammar.key_at(self.window.bytes(), self.pos).is_some()
    }

    /// Goes past the beginning of a member where that comes next, and tells whether it did.
    ///
    /// Then the token handed out last is its key.
    #[inline]
    pub fn pass_member(&mut self, start: &MemberStart) -> bool {
        let bytes = self.window.bytes();
        let Some(at) = self.grammar.key_at(bytes, self.pos) else { return false };
        let is_next = bytes[at..].starts_with(start.text());
        if is_next {
            self.grammar.pass_key();
            self.start = at;
            self.pos = at + start.text().len();
        }
        is_next
    }

    /// Whether an object was just begun and its text goes on like this.
    #[inline]
    pub fn goes_on_with(&self, text: &[u8]) -> bool {
        self.grammar.is_in_new_object() && self.window.bytes()[self.pos..].starts_with(text)
    }

    /// Returns the bytes between the quotes, where a string of so many bytes comes next as a value
    /// and lies in memory.
    ///
    /// Nothing but its quotes was looked at: what stands between them need not be a string at all.
    #[inline]
    pub fn peek_string(&self, length: usize) -> Option<&[u8]> {
        let bytes = self.window.bytes();
        let from = self.grammar.value_at(bytes, self.pos)?.checked_add(1)?;
        let to = from.checked_add(length)?;
        let is_quoted = bytes.get(from - 1) == Some(&b'"') && bytes.get(to) == Some(&b'"');
        is_quoted.then(|| &bytes[from..to])
    }

    /// Goes past the string that [`peek_string`](Self::peek_string) returned for the same length.
    ///
    /// The caller has seen to it that it holds no quote, no backslash, no control character and
    /// nothing but UTF-8. Then it is the token handed out last.
    pub fn pass_string(&mut self, length: usize) {
        let Some(at) = self.grammar.value_at(self.window.bytes(), self.pos) else { return };
        self.grammar.pass_value();
        self.start = at;
        self.pos = at + length + 2;
    }

    /// Bytes of text before the token handed out last.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.window.offset(self.start)
    }

    /// How many objects and arrays are open after the token handed out last.
    #[inline]
    pub const fn depth(&self) -> usize {
        self.grammar.depth()
    }

    #[cold]
    fn advance(&mut self, keep_from: usize) -> Result<()> {
        if self.window.is_last() {
            let end = self.window.offset(self.window.bytes().len());
            return Err(Error::bad_state_text(end, "it ends early"));
        }
        (self.pos, self.start) = (0, 0);
        self.window.advance(keep_from)
    }

    #[cold]
    fn refusal(&self, fault: &Fault) -> Error {
        Error::bad_state_text(self.window.offset(fault.at), fault.reason)
    }
}

#[inline]
fn cut(bytes: &[u8], span: Span) -> Token<'_> {
    match span.kind {
        Kind::ObjectStart => Token::ObjectStart,
        Kind::ObjectEnd => Token::ObjectEnd,
        Kind::ArrayStart => Token::ArrayStart,
        Kind::ArrayEnd => Token::ArrayEnd,
        Kind::Key(look) => Token::Key(text(bytes, span, look)),
        Kind::String(look) => Token::String(text(bytes, span, look)),
        Kind::Number => Token::Number(&bytes[span.from..span.to]),
        Kind::True => Token::True,
        Kind::False => Token::False,
        Kind::Null => Token::Null,
    }
}

#[inline]
fn text(bytes: &[u8], span: Span, look: Look) -> Text<'_> {
    Text::new(&bytes[span.from + 1..span.to - 1], look.is_escaped, look.is_ascii)
}
