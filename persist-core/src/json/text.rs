//! A string as it stands in the text.

use super::scan::plain_run;

/// What stands between the quotes of a string; its grammar and UTF-8 are checked.
///
/// Lone surrogates may be escaped in it, so its value is WTF-8: UTF-8 in which a lone surrogate
/// takes three bytes. A high surrogate directly before a low one is always one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    is_escaped: bool,
    is_ascii: bool,
}

impl<'a> Text<'a> {
    #[inline]
    /// Returns the text between two quotes, as a lexer found it: `raw` must be valid, and the flags true.
    pub const fn new(raw: &'a [u8], is_escaped: bool, is_ascii: bool) -> Self {
        Self { raw, is_escaped, is_ascii }
    }

    /// The bytes between the quotes, escapes as written. UTF-8.
    #[inline]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether a backslash stands in the raw bytes; without one they are the value.
    #[inline]
    pub const fn is_escaped(&self) -> bool {
        self.is_escaped
    }

    /// Whether the raw bytes are all below 0x80. An escape may still stand for more.
    #[inline]
    pub const fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Returns the value in WTF-8; `spare` is overwritten and used only where there are escapes.
    #[inline]
    pub fn value<'b>(&self, spare: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        if !self.is_escaped {
            return self.raw;
        }
        spare.clear();
        self.unescape_into(spare);
        spare
    }

    /// Appends the value in WTF-8.
    pub fn unescape_into(&self, out: &mut Vec<u8>) {
        out.reserve(self.raw.len());
        let mut rest = self.raw;
        loop {
            // A checked string has no bare quote and no control character: a run ends at an escape.
            let (plain, escape) = rest.split_at(plain_run(rest, 0).end);
            out.extend_from_slice(plain);
            let [_, letter, after @ ..] = escape else { return };
            rest = match letter {
                b'u' => push_unit(out, after),
                letter => {
                    out.push(meaning(*letter));
                    after
                }
            };
        }
    }
}

/// Whether a high surrogate stands directly before a low one, each as a character of its own.
///
/// JSON cannot say that: written as two escapes, they are read back as one character.
pub fn has_split_pair(text: &[u8]) -> bool {
    memchr::memchr_iter(0xED, text)
        .any(|at| matches!(text.get(at..), Some([_, 0xA0..=0xAF, _, 0xED, 0xB0..=0xBF, ..])))
}

/// How many lone surrogates are in a text.
pub fn count_surrogates(text: &[u8]) -> usize {
    let is_one = |at: &usize| matches!(text.get(at + 1), Some(0xA0..=0xBF));
    memchr::memchr_iter(0xED, text).filter(is_one).count()
}

/// The code points of a text, each surrogate by itself.
pub fn code_points(text: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (first, after) = rest.split_first()?;
        let (count, start) = match first {
            0..0x80 => (0, u32::from(*first)),
            0x80..0xE0 => (1, u32::from(first & 0x1F)),
            0xE0..0xF0 => (2, u32::from(first & 0x0F)),
            0xF0.. => (3, u32::from(first & 0x07)),
        };
        let (tail, after) = after.split_at_checked(count)?;
        rest = after;
        Some(tail.iter().fold(start, |point, byte| point << 6 | u32::from(byte & 0x3F)))
    })
}

const fn meaning(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        itself => itself,
    }
}

/// Appends the character whose `\u` escape has its digits at the start of `digits`; returns the rest.
fn push_unit<'a>(out: &mut Vec<u8>, digits: &'a [u8]) -> &'a [u8] {
    let (first, after) = hex_unit(digits);
    if let (0xD800..=0xDBFF, [b'\\', b'u', second @ ..]) = (first, after) {
        let (second, after_both) = hex_unit(second);
        if let 0xDC00..=0xDFFF = second {
            push_code_point(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            return after_both;
        }
    }
    push_code_point(out, first);
    after
}

fn hex_unit(digits: &[u8]) -> (u32, &[u8]) {
    let (digits, after) = digits.split_at(digits.len().min(4));
    let unit = digits.iter().fold(0, |unit, &digit| {
        let value = (digit as char).to_digit(16);
        unit << 4 | value.expect("the lexer checked the four digits")
    });
    (unit, after)
}

/// Writes UTF-8's bit layout, which for a surrogate `char` would refuse.
fn push_code_point(out: &mut Vec<u8>, point: u32) {
    let tail = |shift: u32| 0x80 | (point >> shift & 0x3F) as u8;
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([0xC0 | (point >> 6) as u8, tail(0)]),
        0x800..0x10000 => out.extend([0xE0 | (point >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xF0 | (point >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> Vec<u8> {
        let mut out = Vec::new();
        Text::new(raw.as_bytes(), true, raw.is_ascii()).unescape_into(&mut out);
        out
    }

    #[test]
    fn each_escape_has_its_meaning() {
        assert_eq!(value(r#"\"\\\/\b\f\n\r\t"#), b"\"\\/\x08\x0C\n\r\t");
        assert_eq!(value(r"a\u0041\u00e9\u20AC\ud83d\ude00é"), "aAé€😀é".as_bytes());
    }

    #[test]
    fn lone_surrogates_take_three_bytes() {
        assert_eq!(value(r"\ud800"), [0xED, 0xA0, 0x80]);
        assert_eq!(value(r"\ud800\u0041"), [0xED, 0xA0, 0x80, b'A']);
        assert_eq!(value(r"\ude00\ud83d"), [0xED, 0xB8, 0x80, 0xED, 0xA0, 0xBD]);
        assert_eq!(value(r"\ud83d\ud83d\ude00"), [&[0xED, 0xA0, 0xBD], "😀".as_bytes()].concat());
    }

    #[test]
    fn code_points_are_what_was_escaped() {
        let text = value(r"aé€\ud800\ude00x\udfff\ud83d\ude00\ud7ff");
        let points: Vec<u32> = code_points(&text).collect();
        let expected = [0x61, 0xE9, 0x20AC, 0x10200, 0x78, 0xDFFF, 0x1F600, 0xD7FF];
        assert_eq!(points, expected);
        assert_eq!(count_surrogates(&text), 1);
        assert_eq!(count_surrogates(&[0xED]), 0);
    }

    #[test]
    fn a_split_pair_is_seen() {
        assert!(has_split_pair(&[b'x', 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]));
        assert!(!has_split_pair(&[0xED, 0xB8, 0x80, 0xED, 0xA0, 0xBD]));
        assert!(!has_split_pair("\u{D7FF}😀".as_bytes()));
    }
}
