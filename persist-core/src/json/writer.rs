//! Values appended to a buffer as state text.

use super::scan::{is_plain, plain_run};
use base64_simd::{AsOut as _, STANDARD};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a string: `"`, `\` and control characters escaped, all else as UTF-8.
#[inline]
pub fn push_str(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    push_escaped(out, text.as_bytes());
    out.push(b'"');
}

/// Appends a part of a string, without its quotes: a long one is written bit by bit.
pub fn push_str_part(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len());
    push_escaped(out, text.as_bytes());
}

/// Appends a string given in WTF-8: as [`push_str`] does, lone surrogates as `\udXXX`.
///
/// A text that [`has_split_pair`](super::has_split_pair) reads back as another one.
pub fn push_wtf8(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut from = 0;
    for at in memchr::memchr_iter(0xED, text) {
        if let Some(&[_, second @ 0xA0..=0xBF, third]) =
            text.get(at..).and_then(<[u8]>::first_chunk)
        {
            push_escaped(out, &text[from..at]);
            push_unit(out, 0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F));
            from = at + 3;
        }
    }
    push_escaped(out, &text[from..]);
    out.push(b'"');
}

/// Appends an integer.
#[inline]
pub fn push_i64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a finite double: the shortest digits that read back as it, with a `.` or an `e`.
///
/// # Panics
///
/// In debug builds, on what is not finite: JSON has no text for that.
// Kept whole: the compiler makes the best of finding and writing the digits where both are in one.
#[inline(never)]
pub fn push_f64(out: &mut Vec<u8>, value: f64) {
    debug_assert!(value.is_finite(), "state text has no number for {value}");
    push_short(out, zmij::Buffer::new().format_finite(value).as_bytes());
}

/// Appends a few bytes, in two copies of a fixed length that may overlap: what the compiler makes
/// of those is cheaper than a call that copies any number.
#[inline]
fn push_short(out: &mut Vec<u8>, bytes: &[u8]) {
    let end = out.len() + bytes.len();
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(head), Some(tail)) if bytes.len() <= 32 => {
            out.extend_from_slice(head);
            out.truncate(end - 16);
            out.extend_from_slice(tail);
        }
        _ => out.extend_from_slice(bytes),
    }
}

/// Appends a string that holds `bytes` in base64: the standard alphabet, padded.
pub fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    // Room is made here, where it grows by more than is asked for: many small pieces follow.
    out.reserve(STANDARD.encoded_length(bytes.len()) + 2);
    out.push(b'"');
    STANDARD.encode_append(bytes, out);
    out.push(b'"');
}

/// Appends a part of such a string, without its quotes; all parts but the last hold whole threes.
pub fn push_base64_part(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(STANDARD.encoded_length(bytes.len()));
    STANDARD.encode_append(bytes, out);
}

/// Returns how many letters [`push_base64`] writes for so many bytes; nothing beyond what memory holds.
pub fn base64_length(size: usize) -> Option<usize> {
    size.div_ceil(3).checked_mul(4)
}

/// Returns how many bytes a base64 text stands for, or nothing where its length or padding are not
/// those of one. Its letters are not looked at.
pub fn base64_size(text: &[u8]) -> Option<usize> {
    STANDARD.decoded_length(text).ok()
}

/// Returns the bytes of a base64 text, or nothing where it is not exactly what
/// [`push_base64`] writes: padding and the bits it hides included.
pub fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode_to_vec(text).ok()
}

/// Writes the same bytes into `out`, which is [`base64_size`] long; `false` where it is not, or the
/// text is not exactly such a text. What `out` then holds is of no use.
pub fn decode_base64_into(text: &[u8], out: &mut [u8]) -> bool {
    base64_size(text) == Some(out.len()) && STANDARD.decode(text, out.as_out()).is_ok()
}

/// How much of a long string is looked at and then copied: so little that memory is read for the next
/// part while it is still written for this one.
const CHUNK_BYTES: usize = 1 << 10;

#[inline]
fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.len() <= CHUNK_BYTES {
        return push_chunk(out, bytes);
    }
    for chunk in bytes.chunks(CHUNK_BYTES) {
        push_chunk(out, chunk);
    }
}

#[inline]
fn push_chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    if is_plain(bytes) {
        push_short(out, bytes);
    } else {
        push_runs(out, bytes);
    }
}

/// Appends what has something to escape in it.
fn push_runs(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let (plain, after) = rest.split_at(plain_run(rest, 0).end);
        out.extend_from_slice(plain);
        let [stop, after @ ..] = after else { return };
        push_escape(out, *stop);
        rest = after;
    }
}

#[inline]
fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        control => return push_unit(out, u16::from(control)),
    };
    out.extend_from_slice(&[b'\\', letter]);
}

fn push_unit(out: &mut Vec<u8>, unit: u16) {
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 0xF)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).expect("state text is UTF-8")
    }

    #[test]
    fn only_what_must_be_escaped_is() {
        assert_eq!(
            written(|out| push_str(out, "a\"b\\c/\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}é😀")),
            "\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}é😀\""
        );
    }

    #[test]
    fn lone_surrogates_are_written_in_lower_case_hex() {
        let text =
            [b"a\n".as_slice(), &[0xED, 0xAF, 0xBF], "\u{D7FF}é".as_bytes(), &[0xED, 0xB0, 0x80]]
                .concat();
        assert_eq!(written(|out| push_wtf8(out, &text)), "\"a\\n\\udbff\u{D7FF}é\\udc00\"");
    }

    #[test]
    fn a_double_never_looks_like_an_integer() {
        for (value, text) in
            [(1.0, "1.0"), (-0.0, "-0.0"), (0.1, "0.1"), (5e-324, "5e-324"), (1e22, "1e+22")]
        {
            assert_eq!(written(|out| push_f64(out, value)), text);
        }
        assert!(written(|out| push_f64(out, 123_456_789_012_345_680.0)).contains(['.', 'e']));
    }

    #[test]
    fn base64_is_read_strictly() {
        assert_eq!(written(|out| push_base64(out, &[0, 0xFF, 0xFE])), "\"AP/+\"");
        assert_eq!(decode_base64(b"AP/+"), Some(vec![0, 0xFF, 0xFE]));
        for bad in
            ["AP/", "AA=", "AB==", "AA==\n", "A===", "AP-_", "=", "====", "AA==AA==", "AAA=AAAA"]
        {
            assert_eq!(decode_base64(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn base64_of_every_length_comes_back_and_no_other_text_does() {
        for length in 0..200 {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 37 + 11) as u8).collect();
            let text = written(|out| push_base64(out, &bytes));
            let text = text.trim_matches('"').as_bytes();
            let mut room = vec![0; length];
            assert_eq!(decode_base64(text).as_ref(), Some(&bytes));
            assert_eq!(base64_length(length), Some(text.len()));
            assert!(decode_base64_into(text, &mut room) && room == bytes);
            assert!(!decode_base64_into(text, &mut vec![0; length + 1]));
            for (at, other) in (0..text.len()).flat_map(|at| [(at, b'-'), (at, b' '), (at, 0x80)]) {
                let mut text = text.to_vec();
                text[at] = other;
                assert_eq!(decode_base64(&text), None, "{at} of {length}");
            }
        }
    }

    #[test]
    fn parts_make_the_text_of_the_whole() {
        let text = "a\"b\\c\né😀".repeat(3);
        let parts = written(|out| {
            out.push(b'"');
            text.chars().for_each(|part| push_str_part(out, part.encode_utf8(&mut [0; 4])));
            out.push(b'"');
        });
        assert_eq!(parts, written(|out| push_str(out, &text)));
        let parts = written(|out| {
            out.push(b'"');
            text.as_bytes().chunks(6).for_each(|part| push_base64_part(out, part));
            out.push(b'"');
        });
        assert_eq!(parts, written(|out| push_base64(out, text.as_bytes())));
    }

    #[test]
    fn bits_that_padding_hides_are_zero() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (start, padding, hidden) in [("A", "==", 16), ("AA", "=", 4)] {
            let long = "AAAA".repeat(20);
            for (value, letter) in letters.chars().enumerate() {
                let text = format!("{long}{start}{letter}{padding}");
                assert_eq!(decode_base64(text.as_bytes()).is_some(), value % hidden == 0, "{text}");
            }
        }
    }
}
