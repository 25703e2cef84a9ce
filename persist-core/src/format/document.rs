//! The text of a document: how it begins, how it ends, and where its values close.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::id::ContentHash;
use crate::metadata::Metadata;

/// What every document begins with; the state text follows.
pub(super) const OPENING: &[u8] = b"{\"agent_state\":";

/// What stands between the state text and the metadata object.
pub(super) const METADATA_KEY: &[u8] = b",\"metadata\":";

const SIZE_KEY: &[u8] = b",\"metadata_size\":\"";
const SIZE_DIGITS: usize = 10;
const HASH_KEY: &[u8] = b"\",\"metadata_hash\":\"";
const HASH_DIGITS: usize = 64;
const CLOSING: &[u8] = b"\"}}";

/// The length of what every document ends with, from `,"metadata_size"` on.
pub(super) const ENDING_BYTES: usize =
    SIZE_KEY.len() + SIZE_DIGITS + HASH_KEY.len() + HASH_DIGITS + CLOSING.len();

/// How far from the end the text lies that the metadata hash does not cover.
const UNHASHED_BYTES: usize = HASH_KEY.len() - 1 + HASH_DIGITS + CLOSING.len();

/// Completes a metadata object that lacks its last two fields and its brace.
///
/// Returns the text from `,"metadata":` to the end of the document.
pub(super) fn seal(object: &str) -> Vec<u8> {
    let size = METADATA_KEY.len() + object.len() + ENDING_BYTES;
    let mut text = Vec::with_capacity(size);
    text.extend_from_slice(METADATA_KEY);
    text.extend_from_slice(object.as_bytes());
    text.extend_from_slice(SIZE_KEY);
    text.extend_from_slice(format!("{size:010}").as_bytes());
    text.push(b'"');
    let hash = ContentHash::from_bytes(Sha256::digest(&text).into());
    text.extend_from_slice(&HASH_KEY[1..]);
    text.extend_from_slice(hash.to_string().as_bytes());
    text.extend_from_slice(CLOSING);
    text
}

/// Reads what [`seal`] wrote, once `ending` has told its length.
///
/// # Errors
/// `Damaged`, `HashMismatch`; `NotASnapshot`, `NewerFormat`, `TooLarge` for fields that hash as they
/// should and are not what a snapshot says.
pub(super) fn unseal(text: &[u8], ending: &Ending) -> Result<Metadata> {
    let is_framed =
        text.starts_with(METADATA_KEY) && text.len() >= METADATA_KEY.len() + ENDING_BYTES;
    if !is_framed {
        return Err(Error::damaged("its metadata is not where its end says"));
    }
    let hashed = &text[..text.len() - UNHASHED_BYTES];
    let actual = ContentHash::from_bytes(Sha256::digest(hashed).into());
    if actual != ending.metadata_hash {
        return Err(Error::hash_mismatch("its metadata", ending.metadata_hash, actual));
    }
    let object = &text[METADATA_KEY.len()..text.len() - 1];
    let object = std::str::from_utf8(object)
        .map_err(|_| Error::not_a_snapshot("its metadata is not valid UTF-8"))?;
    Metadata::from_text(object)
}

/// The fixed-width end of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// Bytes from `,"metadata":` to the end of the document.
    pub(super) metadata_bytes: u64,
    /// What they hash to, up to the field that says so.
    pub(super) metadata_hash: ContentHash,
}

impl Ending {
    /// Reads the last bytes of `text`; `None` where they are not the end of a document.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let start = text.len().checked_sub(ENDING_BYTES)?;
        let rest = text[start..].strip_prefix(SIZE_KEY)?;
        let (size, rest) = rest.split_at(SIZE_DIGITS);
        let rest = rest.strip_prefix(HASH_KEY)?;
        let (hash, closing) = rest.split_at(HASH_DIGITS);
        if closing != CLOSING || !size.iter().all(u8::is_ascii_digit) {
            return None;
        }
        Some(Self {
            metadata_bytes: std::str::from_utf8(size).ok()?.parse().ok()?,
            metadata_hash: std::str::from_utf8(hash).ok()?.parse().ok()?,
        })
    }

    /// Tells whether `text` ends almost as a document does: a few bytes were changed, none removed.
    pub(super) fn almost(text: &[u8]) -> bool {
        const FEW: usize = 8;
        let Some(start) = text.len().checked_sub(ENDING_BYTES) else {
            return false;
        };
        let (size_key, rest) = text[start..].split_at(SIZE_KEY.len());
        let (hash_key, rest) = rest[SIZE_DIGITS..].split_at(HASH_KEY.len());
        let closing = &rest[HASH_DIGITS..];
        let differing =
            |bytes: &[u8], model: &[u8]| bytes.iter().zip(model).filter(|(a, b)| a != b).count();
        differing(size_key, SIZE_KEY) + differing(hash_key, HASH_KEY) + differing(closing, CLOSING)
            <= FEW
    }
}

/// Follows JSON text just closely enough to see where an object closes.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    depth: u64,
    is_in_string: bool,
    is_escaped: bool,
}

impl Outline {
    /// Returns an outline of text that goes on inside an object.
    pub(super) fn inside() -> Self {
        Self { depth: 1, ..Self::default() }
    }

    /// Takes the next bytes; returns how many of them there are up to where the outermost value
    /// closes, that byte included.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.is_in_string {
                at += self.pass_string(&bytes[at..]);
                continue;
            }
            let byte = bytes[at];
            at += 1;
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth <= 1 => return Some(at),
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Returns how many bytes of a string go by before something happens.
    fn pass_string(&mut self, bytes: &[u8]) -> usize {
        if self.is_escaped {
            self.is_escaped = false;
            return 1;
        }
        let Some(at) = memchr::memchr2(b'"', b'\\', bytes) else {
            return bytes.len();
        };
        self.is_escaped = bytes[at] == b'\\';
        self.is_in_string = self.is_escaped;
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_tells_its_own_length_and_hash() {
        let text = seal("{\"a\":1");
        let ending = Ending::of(&text).expect("just sealed");
        assert_eq!(ending.metadata_bytes, text.len() as u64);
        assert!(text.ends_with(b"\"}}") && text.len() == METADATA_KEY.len() + 6 + ENDING_BYTES);
        assert!(
            Ending::of(&text[..text.len() - 1]).is_none()
                && !Ending::almost(&text[..text.len() - 1])
        );
        assert!(Ending::of(b"").is_none() && !Ending::almost(b""));
    }

    #[test]
    fn an_outline_sees_through_strings_and_borders() {
        let text = br#"{"a\"}":["}"],"b":{"c":"\\"}} and more"#;
        let end = text.len() - " and more".len();
        for border in 0..end {
            let mut outline = Outline::default();
            assert_eq!(outline.feed(&text[..border]), None);
            assert_eq!(outline.feed(&text[border..]), Some(end - border));
        }
    }
}
