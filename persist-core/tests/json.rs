//! The lexer and the writer against each other, against `serde_json` and against chunk borders.

use persist_core::json::{
    Token, Tokens, as_f64, as_i64, decode_base64, has_split_pair, push_base64, push_f64, push_i64,
    push_str, push_wtf8,
};
use persist_core::{Error, ErrorKind};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use std::io::{self, Read};

/// A token that owns what it says.
#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Mark(u8),
    Key(Vec<u8>),
    String(Vec<u8>),
    Number(String),
}

fn owned(token: Token<'_>) -> Owned {
    match token {
        Token::ObjectStart => Owned::Mark(b'{'),
        Token::ObjectEnd => Owned::Mark(b'}'),
        Token::ArrayStart => Owned::Mark(b'['),
        Token::ArrayEnd => Owned::Mark(b']'),
        Token::True => Owned::Mark(b't'),
        Token::False => Owned::Mark(b'f'),
        Token::Null => Owned::Mark(b'n'),
        Token::Key(text) => Owned::Key(text.value(&mut Vec::new()).to_vec()),
        Token::String(text) => {
            assert_eq!(text.is_escaped(), text.raw().contains(&b'\\'));
            assert_eq!(text.is_ascii(), text.raw().is_ascii());
            Owned::String(text.value(&mut Vec::new()).to_vec())
        }
        Token::Number(digits) => Owned::Number(String::from_utf8_lossy(digits).into_owned()),
    }
}

type Outcome = Result<Vec<(u64, usize, Owned)>, (u64, String)>;

/// Each token with its offset and depth, or where and why the text is refused.
fn all(mut tokens: Tokens<'_>) -> Outcome {
    let mut found = Vec::new();
    loop {
        match tokens.next() {
            Ok(None) => return Ok(found),
            Ok(Some(token)) => {
                let token = owned(token);
                found.push((tokens.offset(), tokens.depth(), token));
            }
            Err(Error::BadStateText { offset, reason, .. }) => {
                return Err((offset, reason.into_owned()));
            }
            Err(other) => panic!("not a fault of the text: {other}"),
        }
    }
}

fn of_slice(text: &[u8]) -> Outcome {
    all(Tokens::from_slice(text))
}

fn refusal(text: &[u8]) -> (u64, String) {
    of_slice(text).expect_err("this text must be refused")
}

const EVERYTHING: &str = concat!(
    r#" {"lc" : 1, "é":[true,false ,null,[],{}], "a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800":"#,
    r#"[-0, 10, 1.5e+10, 2E-3, 0.25, 123456789012345678901234567890], "#,
    r#""long":"0123456789abcdef0123456789abcdef0123456789 naïve 日本語 😀 \"end\""}"#,
    "\r\n\t "
);

#[test]
fn offsets_and_depths_belong_to_the_token_handed_out_last() {
    let found = of_slice(br#"{"a": [1]} "#).expect("this is JSON");
    let places: Vec<_> = found.iter().map(|(offset, depth, _)| (*offset, *depth)).collect();
    assert_eq!(places, [(0, 1), (1, 1), (6, 2), (7, 2), (8, 1), (9, 0)]);
}

#[test]
fn a_border_at_any_byte_changes_nothing() {
    let text = EVERYTHING.as_bytes();
    let expected = of_slice(text);
    assert!(expected.is_ok(), "{expected:?}");
    for window in 1..=text.len() + 1 {
        assert_eq!(all(Tokens::with_window(text, window)), expected, "{window}");
        assert_eq!(all(Tokens::with_window(Dripping(text), window)), expected, "{window}");
    }
}

#[test]
fn every_text_cut_short_ends_early_and_says_where() {
    let text = EVERYTHING.trim_end().as_bytes();
    for end in 0..text.len() {
        let expected = Err((end as u64, "it ends early".to_owned()));
        assert_eq!(of_slice(&text[..end]), expected, "{end}");
        assert_eq!(all(Tokens::with_window(&text[..end], 7)), expected, "{end}");
    }
}

#[test]
fn each_fault_is_named_at_its_byte() {
    for (text, offset, reason) in [
        ("[1,]", 3, "expected a value"),
        ("[,1]", 1, "expected a value or `]`"),
        ("{,}", 1, "expected a key in quotes or `}`"),
        (r#"{"a":1,}"#, 7, "expected a key in quotes"),
        (r#"{"a" 1}"#, 5, "expected `:`"),
        (r#"{"a":1 "b"}"#, 7, "expected `,` or `}`"),
        (r#"{"a":1]"#, 6, "expected `,` or `}`"),
        ("[1 2]", 3, "expected `,` or `]`"),
        ("[1}", 2, "expected `,` or `]`"),
        ("1 2", 2, "more text follows the value"),
        ("[]]", 2, "more text follows the value"),
        ("NaN", 0, "expected a value"),
        ("nul1", 3, "expected `true`, `false` or `null`"),
        ("-Infinity", 1, "expected a digit"),
        ("01", 1, "a number begins with 0"),
        ("[-]", 2, "expected a digit"),
        ("1.", 2, "it ends early"),
        ("[1.e3]", 3, "expected a digit"),
        ("[1e+]", 4, "expected a digit"),
        (".5", 0, "expected a value"),
        ("+1", 0, "expected a value"),
        ("'a'", 0, "expected a value"),
        ("\u{feff}1", 0, "expected a value"),
        (r#""\x""#, 2, "no such escape"),
        (r#""\u12g4""#, 5, "expected four hex digits after `\\u`"),
        (r#""\u+123""#, 3, "expected four hex digits after `\\u`"),
        ("\"a\nb\"", 2, "a control character stands in a string"),
        ("", 0, "it ends early"),
        ("[1]\u{0}", 3, "more text follows the value"),
    ] {
        assert_eq!(refusal(text.as_bytes()), (offset, reason.replace("\\\\", "\\")), "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"] {
        let text = [b"[\"caf\xc3\xa9 \\n", bad, b"\"]"].concat();
        assert_eq!(refusal(&text), (10, "a string is not UTF-8".to_owned()), "{bad:?}");
    }
    assert_eq!(refusal(b"\xff").1, "expected a value");
}

#[test]
fn a_million_levels_need_no_stack() {
    let depth = 1_000_000;
    let text = [r#"[{"a":"#.repeat(depth / 2), "}]".repeat(depth / 2)].concat();
    let text = text.replacen("{\"a\":}", "{}", 1);
    for mut tokens in [Tokens::from_slice(text.as_bytes()), Tokens::from_reader(text.as_bytes())] {
        let mut deepest = 0;
        while tokens.next().expect("every level is closed").is_some() {
            deepest = deepest.max(tokens.depth());
        }
        assert_eq!((deepest, tokens.depth()), (depth, 0));
    }
}

#[test]
fn a_long_token_is_read_a_bounded_number_of_times() {
    let long = "0123456789".repeat(2_000_000);
    for text in [format!("\"{long}\""), format!("1{long}"), " ".repeat(long.len()) + "1"] {
        // Scanned again from its start at every border, this would take minutes.
        let mut tokens = Tokens::with_window(Dripping(text.as_bytes()), 16);
        assert!(matches!(tokens.next(), Ok(Some(Token::String(_) | Token::Number(_)))));
        assert!(matches!(tokens.next(), Ok(None)));
    }
}

#[test]
fn what_the_reader_fails_with_comes_out_unchanged() {
    let own = io::Error::other(Error::hash_mismatch("the state", "aa", "bb"));
    let mut tokens = Tokens::with_window((&b"[1,"[..]).chain(Failing(Some(own))), 2);
    let error = loop {
        match tokens.next() {
            Ok(token) => assert!(token.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::HashMismatch);
    let other = io::Error::other("the cable is out");
    let failure = Tokens::from_reader(Failing(Some(other))).next().map(|_| ());
    assert_eq!(failure.map_err(|error| error.kind()), Err(ErrorKind::Storage));
}

/// Hands out less than it is asked for.
struct Dripping<'a>(&'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(1 + self.0.len() % 4096).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(error),
            None => panic!("a reader that failed is not asked again"),
        }
    }
}

/// Code points, surrogates among them, as the bytes of WTF-8's bit layout.
fn wtf8(points: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    for &point in points {
        match char::from_u32(point) {
            Some(character) => out.extend(character.to_string().bytes()),
            None => {
                out.extend([0xED, 0x80 | (point >> 6 & 0x3F) as u8, 0x80 | (point & 0x3F) as u8])
            }
        }
    }
    out
}

fn any_points() -> impl Strategy<Value = Vec<u32>> {
    let point = prop_oneof![
        4 => 0x20u32..0x7F,
        1 => 0u32..0x20,
        1 => proptest::sample::select(vec![u32::from(b'"'), u32::from(b'\\'), 0x7F, 0xD7FF, 0xE000]),
        1 => 0xD800u32..0xE000,
        1 => 0u32..0x11_0000,
    ];
    proptest::collection::vec(point, 0..120)
}

fn value(text: &[u8]) -> Vec<u8> {
    match Tokens::from_slice(text).next() {
        Ok(Some(Token::String(text))) => text.value(&mut Vec::new()).to_vec(),
        other => panic!("not a string: {other:?}"),
    }
}

/// JSON and what is nearly JSON: pieces put together as they fall.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"a\":",
        "1",
        "-",
        "0",
        ".5",
        "e9",
        "E+1",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\\",
        "\\u",
        "\\u00e9",
        "\\ud800",
        "\"\\udc00\"",
        "\u{e9}",
        "\u{1}",
        "[1,2]",
        "{\"b\":[]}",
        "NaN",
    ]);
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Whether `serde_json` takes the text; it checks UTF-8 and lone surrogates only where it keeps them.
fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn agrees_with_serde(text: &[u8]) {
    let ours = of_slice(text);
    assert_eq!(ours.is_ok(), is_json(text), "{ours:?} on {}", String::from_utf8_lossy(text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_string_reads_back_as_it_was(points in any_points()) {
        let text = wtf8(&points);
        let mut out = Vec::new();
        push_wtf8(&mut out, &text);
        if !has_split_pair(&text) {
            prop_assert_eq!(value(&out), &text[..]);
        }
        if let Ok(text) = std::str::from_utf8(&text) {
            let mut plain = Vec::new();
            push_str(&mut plain, text);
            prop_assert_eq!(&plain, &out);
            let theirs: String = serde_json::from_slice(&out).expect("serde_json reads it too");
            prop_assert_eq!(theirs, text);
        }
    }

    #[test]
    fn a_written_number_reads_back_as_it_was(integer: i64, bits: u64) {
        let mut out = Vec::new();
        push_i64(&mut out, integer);
        prop_assert_eq!(as_i64(&out), Some(integer));
        let double = f64::from_bits(bits);
        prop_assume!(double.is_finite());
        out.clear();
        push_f64(&mut out, double);
        prop_assert_eq!(as_i64(&out), None);
        prop_assert_eq!(as_f64(&out).map(f64::to_bits), Some(bits));
        let read = of_slice(&out).map(|found| found.into_iter().map(|(_, _, token)| token).collect());
        prop_assert_eq!(read, Ok(vec![Owned::Number(String::from_utf8(out).expect("digits"))]));
    }

    #[test]
    fn written_bytes_read_back_as_they_were(bytes: Vec<u8>) {
        let mut out = Vec::new();
        push_base64(&mut out, &bytes);
        prop_assert_eq!(decode_base64(&value(&out)), Some(bytes));
    }

    #[test]
    fn what_serde_json_takes_is_taken_and_nothing_else(text in any_text()) {
        agrees_with_serde(&text);
    }

    #[test]
    fn one_changed_byte_is_judged_as_serde_json_does(place in 0..EVERYTHING.len(), byte: u8) {
        let mut text = EVERYTHING.as_bytes().to_vec();
        text[place] = byte;
        agrees_with_serde(&text);
    }

    #[test]
    fn any_window_finds_what_the_slice_does(text in any_text(), window in 1usize..40) {
        prop_assert_eq!(all(Tokens::with_window(&text[..], window)), of_slice(&text));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        prop_assert_eq!(all(Tokens::with_window(&bytes[..], 3)), of_slice(&bytes));
    }
}
