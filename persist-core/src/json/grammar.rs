//! RFC 8259 as an automaton over bytes: one step finds one token and keeps one bit per open level.

use super::scan::plain_run;

/// Where a token lies in the bytes that a step was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub kind: Kind,
    pub from: usize,
    pub to: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Key(Look),
    String(Look),
    Number,
    True,
    False,
    Null,
}

/// What a scan of a string saw in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub is_escaped: bool,
    pub is_ascii: bool,
}

/// What one step came to.
pub(super) enum Step {
    Found(Span),
    /// The bytes end first; the next step begins here, with more bytes.
    Short(usize),
    /// The document is complete and nothing but white space follows.
    End,
}

/// A byte that the grammar has no place for.
pub(super) struct Fault {
    pub at: usize,
    pub reason: &'static str,
}

type Outcome<T> = Result<T, Fault>;

const fn fault<T>(at: usize, reason: &'static str) -> Outcome<T> {
    Err(Fault { at, reason })
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    MemberOrEnd,
    ItemOrEnd,
    Nothing,
}

/// The state between two tokens.
pub(super) struct Grammar {
    expected: Expected,
    /// What is expected once the value at hand is complete.
    after_value: Expected,
    levels: Levels,
}

impl Grammar {
    pub(super) const fn new() -> Self {
        let levels = Levels { words: Vec::new(), depth: 0 };
        Self { expected: Expected::Value, after_value: Expected::Nothing, levels }
    }

    #[inline]
    pub(super) const fn depth(&self) -> usize {
        self.levels.depth
    }

    /// Takes on what a phrase does to the state, where one may stand: directly behind a `{`.
    #[inline]
    pub(super) fn pass(&mut self, end: &Self) {
        for level in 1..end.levels.depth {
            self.levels.push(end.levels.is_object(level));
        }
        (self.expected, self.after_value) = (end.expected, end.after_value);
    }

    /// Whether an object was just begun.
    #[inline]
    pub(super) fn is_in_new_object(&self) -> bool {
        self.expected == Expected::KeyOrEnd
    }

    /// Whether a key went by last, and no colon yet.
    #[inline]
    pub(super) fn is_behind_key(&self) -> bool {
        self.expected == Expected::Colon
    }

    /// Where the key of a member begins, if one may begin and does so without space before it.
    #[inline]
    pub(super) fn key_at(&self, bytes: &[u8], pos: usize) -> Option<usize> {
        match (self.expected, bytes.get(pos)) {
            (Expected::KeyOrEnd, Some(b'"')) => Some(pos),
            (Expected::MemberOrEnd, Some(b',')) => Some(pos + 1),
            _ => None,
        }
    }

    /// Takes on that a key and its colon went by.
    #[inline]
    pub(super) const fn pass_key(&mut self) {
        self.expected = Expected::Value;
    }

    /// Where a value begins, if one must come next and does so without space before it.
    #[inline]
    pub(super) fn value_at(&self, bytes: &[u8], pos: usize) -> Option<usize> {
        match (self.expected, bytes.get(pos)) {
            (Expected::Colon, Some(b':')) => Some(pos + 1),
            (Expected::Value, Some(_)) => Some(pos),
            _ => None,
        }
    }

    /// Takes on that a value that is no container went by.
    #[inline]
    pub(super) const fn pass_value(&mut self) {
        self.expected = self.after_value;
    }

    /// Finds the next token at or after `pos`.
    ///
    /// `is_last` says that the text ends with the bytes, which alone ends a number.
    #[inline]
    pub(super) fn step(&mut self, bytes: &[u8], pos: usize, is_last: bool) -> Outcome<Step> {
        let mut at = skip_space(bytes, pos);
        if let Some(next) = self.after_separator(bytes, at) {
            self.expected = next;
            at = skip_space(bytes, at + 1);
        }
        let Some(&byte) = bytes.get(at) else {
            let is_end = is_last && self.expected == Expected::Nothing;
            return Ok(if is_end { Step::End } else { Step::Short(at) });
        };
        let found = self.token(bytes, at, byte, is_last)?;
        Ok(found.map_or(Step::Short(at), Step::Found))
    }

    /// Returns what is due behind the comma or colon that stands at `at`.
    #[inline]
    fn after_separator(&self, bytes: &[u8], at: usize) -> Option<Expected> {
        match (self.expected, bytes.get(at)) {
            (Expected::Colon, Some(b':')) | (Expected::ItemOrEnd, Some(b',')) => {
                Some(Expected::Value)
            }
            (Expected::MemberOrEnd, Some(b',')) => Some(Expected::Key),
            _ => None,
        }
    }

    /// Takes the token that begins with `byte`; nothing where the bytes end inside it.
    #[inline]
    fn token(&mut self, bytes: &[u8], at: usize, byte: u8, is_last: bool) -> Outcome<Option<Span>> {
        use Expected::{ItemOrEnd, Key, KeyOrEnd, MemberOrEnd, Value, ValueOrEnd};
        let found = match (byte, self.expected) {
            (b'"', Value | ValueOrEnd) => string(bytes, at, Kind::String)?,
            (b'"', Key | KeyOrEnd) => {
                let key = string(bytes, at, Kind::Key)?;
                if key.is_some() {
                    self.expected = Expected::Colon;
                }
                return Ok(key);
            }
            (b'{', Value | ValueOrEnd) => return Ok(Some(self.open(at, true))),
            (b'[', Value | ValueOrEnd) => return Ok(Some(self.open(at, false))),
            (b'}', MemberOrEnd | KeyOrEnd) => return Ok(Some(self.close(at, Kind::ObjectEnd))),
            (b']', ItemOrEnd | ValueOrEnd) => return Ok(Some(self.close(at, Kind::ArrayEnd))),
            (b'-' | b'0'..=b'9', Value | ValueOrEnd) => number(bytes, at, is_last)?,
            (b't', Value | ValueOrEnd) => word(bytes, at, b"true", Kind::True)?,
            (b'f', Value | ValueOrEnd) => word(bytes, at, b"false", Kind::False)?,
            (b'n', Value | ValueOrEnd) => word(bytes, at, b"null", Kind::Null)?,
            (_, expected) => return fault(at, complaint(expected)),
        };
        if found.is_some() {
            self.expected = self.after_value;
        }
        Ok(found)
    }

    #[inline]
    fn open(&mut self, at: usize, is_object: bool) -> Span {
        self.levels.push(is_object);
        self.after_value = if is_object { Expected::MemberOrEnd } else { Expected::ItemOrEnd };
        self.expected = if is_object { Expected::KeyOrEnd } else { Expected::ValueOrEnd };
        let kind = if is_object { Kind::ObjectStart } else { Kind::ArrayStart };
        Span { kind, from: at, to: at + 1 }
    }

    #[inline]
    fn close(&mut self, at: usize, kind: Kind) -> Span {
        self.after_value = match self.levels.pop() {
            None => Expected::Nothing,
            Some(true) => Expected::MemberOrEnd,
            Some(false) => Expected::ItemOrEnd,
        };
        self.expected = self.after_value;
        Span { kind, from: at, to: at + 1 }
    }
}

#[cold]
const fn complaint(expected: Expected) -> &'static str {
    match expected {
        Expected::Value => "expected a value",
        Expected::ValueOrEnd => "expected a value or `]`",
        Expected::Key => "expected a key in quotes",
        Expected::KeyOrEnd => "expected a key in quotes or `}`",
        Expected::Colon => "expected `:`",
        Expected::MemberOrEnd => "expected `,` or `}`",
        Expected::ItemOrEnd => "expected `,` or `]`",
        Expected::Nothing => "more text follows the value",
    }
}

/// The open containers, outermost first, one bit each: set for an object.
struct Levels {
    words: Vec<u64>,
    depth: usize,
}

impl Levels {
    #[inline]
    fn push(&mut self, is_object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << bit) | u64::from(is_object) << bit;
        self.depth += 1;
    }

    /// Leaves the innermost container; returns whether the one around it is an object.
    #[inline]
    fn pop(&mut self) -> Option<bool> {
        self.depth -= 1;
        let outer = self.depth.checked_sub(1)?;
        Some(self.is_object(outer))
    }

    #[inline]
    fn is_object(&self, level: usize) -> bool {
        self.words[level / 64] >> (level % 64) & 1 == 1
    }
}

#[inline]
fn skip_space(bytes: &[u8], from: usize) -> usize {
    match bytes.get(from) {
        // Text of ours has no space between tokens.
        Some(..=b' ') => {
            from + bytes[from..].iter().take_while(|byte| b" \n\r\t".contains(byte)).count()
        }
        _ => from,
    }
}

/// Takes the string whose opening quote is at `start`.
#[inline]
fn string(bytes: &[u8], start: usize, kind: fn(Look) -> Kind) -> Outcome<Option<Span>> {
    let run = plain_run(bytes, start + 1);
    if let Some(b'"') = bytes.get(run.end) {
        let look = Look { is_escaped: false, is_ascii: run.is_ascii };
        if !run.is_ascii {
            check_utf8(bytes, start + 1, run.end)?;
        }
        return Ok(Some(Span { kind: kind(look), from: start, to: run.end + 1 }));
    }
    let Some((end, is_ascii)) = escaped_string_end(bytes, run.end)? else { return Ok(None) };
    let look = Look { is_escaped: true, is_ascii: run.is_ascii & is_ascii };
    if !look.is_ascii {
        check_utf8(bytes, start + 1, end)?;
    }
    Ok(Some(Span { kind: kind(look), from: start, to: end + 1 }))
}

/// Returns the index of the closing quote and whether all before it is ASCII; `at` stands on an escape.
fn escaped_string_end(bytes: &[u8], from: usize) -> Outcome<Option<(usize, bool)>> {
    let mut is_ascii = true;
    let mut at = from;
    loop {
        at = match bytes.get(at) {
            Some(b'"') => return Ok(Some((at, is_ascii))),
            Some(b'\\') => match escape_end(bytes, at)? {
                Some(end) => end,
                None => return Ok(None),
            },
            Some(_) => return fault(at, "a control character stands in a string"),
            None => return Ok(None),
        };
        let run = plain_run(bytes, at);
        is_ascii &= run.is_ascii;
        at = run.end;
    }
}

/// Returns where the escape that begins at `at` ends.
fn escape_end(bytes: &[u8], at: usize) -> Outcome<Option<usize>> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(Some(at + 2)),
        Some(b'u') => {
            let digits = bytes[at + 2..].iter().take(4);
            let known = digits.clone().take_while(|digit| digit.is_ascii_hexdigit()).count();
            match known {
                4 => Ok(Some(at + 6)),
                short if short == digits.len() => Ok(None),
                bad => fault(at + 2 + bad, "expected four hex digits after `\\u`"),
            }
        }
        Some(_) => fault(at + 1, "no such escape"),
        None => Ok(None),
    }
}

fn check_utf8(bytes: &[u8], from: usize, to: usize) -> Outcome<()> {
    match simdutf8::compat::from_utf8(&bytes[from..to]) {
        Ok(_) => Ok(()),
        Err(error) => fault(from + error.valid_up_to(), "a string is not UTF-8"),
    }
}

/// Takes the number that begins at `from`.
#[inline]
fn number(bytes: &[u8], from: usize, is_last: bool) -> Outcome<Option<Span>> {
    let mut at = from + usize::from(bytes[from] == b'-');
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => match digits_end(bytes, at)? {
            Some(end) => end,
            None => return Ok(None),
        },
    };
    if let Some(b'.') = bytes.get(at) {
        let Some(end) = digits_end(bytes, at + 1)? else { return Ok(None) };
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let Some(end) = digits_end(bytes, at + 1 + signed)? else { return Ok(None) };
        at = end;
    }
    match bytes.get(at) {
        Some(b'0'..=b'9') => fault(at, "a number begins with 0"),
        None if !is_last => Ok(None),
        _ => Ok(Some(Span { kind: Kind::Number, from, to: at })),
    }
}

/// Returns where a run of at least one digit ends; nothing where it has not begun.
#[inline]
fn digits_end(bytes: &[u8], from: usize) -> Outcome<Option<usize>> {
    let mut at = from;
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    match bytes.get(at) {
        Some(_) if at == from => fault(at, "expected a digit"),
        None if at == from => Ok(None),
        _ => Ok(Some(at)),
    }
}

#[inline]
fn word(bytes: &[u8], at: usize, word: &[u8], kind: Kind) -> Outcome<Option<Span>> {
    let there = &bytes[at..bytes.len().min(at + word.len())];
    if there == word {
        return Ok(Some(Span { kind, from: at, to: at + word.len() }));
    }
    match there.iter().zip(word).position(|(there, expected)| there != expected) {
        Some(bad) => fault(at + bad, "expected `true`, `false` or `null`"),
        None => Ok(None),
    }
}
