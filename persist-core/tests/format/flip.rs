//! One bit of a whole file, flipped: each is noticed, and said to be what it is.

use std::ops::Range;

use persist_core::compression::Algorithm;
use persist_core::format::WriteOptions;
use persist_core::metadata::Metadata;

use super::{GZIP, NONE, ZSTD, chat, description, fault, metadata, sha, write_as};

/// Where things stand in the last 114 bytes of the metadata text, which close the document.
const SIZE: Range<usize> = 18..28;
const HASH: Range<usize> = 47..111;
const ENDING_BYTES: usize = 114;
/// Bytes at the end of the metadata text that its hash does not cover.
const UNHASHED_BYTES: usize = 85;

/// Where the parts of a file begin: the metadata block, its text, what follows it.
struct Parts {
    block: usize,
    text: usize,
    end: usize,
}

impl Parts {
    fn of(file: &[u8], options: WriteOptions) -> Self {
        let (header_bytes, trailer_bytes) = match options.algorithm {
            Algorithm::Gzip => (5, 8),
            Algorithm::Zstd => (12, 12),
            Algorithm::None => (0, 0),
        };
        let end = file.len() - trailer_bytes;
        let size = said(&file[..end], SIZE).parse::<usize>().expect("whole");
        Self { block: end - size - header_bytes, text: end - size, end }
    }

    /// Tells whether a change there leaves what the metadata says as it was.
    fn spares_metadata(&self, at: usize) -> bool {
        at < self.block || at >= self.end
    }
}

/// Returns what stands at a place in the ending of a metadata text; nothing where that is not ASCII.
fn said(text: &[u8], place: Range<usize>) -> String {
    let ending = &text[text.len() - ENDING_BYTES..];
    String::from_utf8(ending[place].to_vec()).unwrap_or_default()
}

/// Returns what may be said of a file of which a bit in the byte `at` was flipped.
fn verdicts(flipped: &[u8], at: usize, parts: &Parts, whole: &Metadata) -> Vec<String> {
    let mismatch = |what: &str, bytes: &[u8], said: String| {
        vec![format!("{what} hashes to {}, its metadata says {said}", sha(bytes))]
    };
    if at < parts.block {
        let said = whole.stored_hash.expect("every file of this format has one");
        return mismatch(
            "what is stored before its metadata",
            &flipped[..parts.block],
            said.to_string(),
        );
    }
    if at < parts.text {
        return vec!["its metadata is not stored as this format stores it".into()];
    }
    if at >= parts.end {
        return vec!["what follows its state is not what its metadata must look like".into()];
    }
    let text = &flipped[parts.text..parts.end];
    if at < parts.text + ",\"metadata\":".len() {
        return vec!["its metadata is not where its end says".into()];
    }
    let (size, hash) = (said(text, SIZE), said(text, HASH));
    let is_hash =
        hash.len() == HASH.len() && hash.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let place = (at + ENDING_BYTES).checked_sub(parts.end);
    match place {
        Some(place) if SIZE.contains(&place) && size.parse::<usize>().is_ok() => {
            vec![misplaced(size.parse().expect("a number"), parts).into()]
        }
        Some(place) if !(HASH.contains(&place) && is_hash) => unended(whole),
        _ => mismatch("its metadata", &text[..text.len() - UNHASHED_BYTES], hash),
    }
}

/// Returns what is said of metadata that claims to have `size` bytes of text.
fn misplaced(size: usize, parts: &Parts) -> &'static str {
    let header_bytes = parts.text - parts.block;
    if (ENDING_BYTES..=parts.end - header_bytes).contains(&size) {
        "its metadata is not where its end says"
    } else {
        "its metadata is longer than the file"
    }
}

/// Returns what is said of a file that does not end as a snapshot: what was met first on the way there.
fn unended(whole: &Metadata) -> Vec<String> {
    if whole.compression_algorithm == "gzip" {
        return vec!["its compressed bytes do not decompress".into()];
    }
    vec!["its document has no end".into(), "its last bytes are not those of a snapshot".into()]
}

#[test]
fn every_flipped_bit_is_noticed_and_called_what_it_is() {
    for options in [GZIP, ZSTD, NONE] {
        let state = chat(if options == NONE { 1_200 } else { 8_000 });
        let (file, whole) = write_as(&state, &description(), options);
        assert!((1_900..2_900).contains(&file.len()), "{}", file.len());
        let parts = Parts::of(&file, options);
        let mut flipped = file.clone();
        for bit in 0..file.len() * 8 {
            let at = bit / 8;
            flipped[at] ^= 1 << (bit % 8);
            let error = fault(&flipped);
            let text = error.to_string();
            let found = text.strip_prefix("the data is damaged: ").expect(&text).to_owned();
            let expected = verdicts(&flipped, at, &parts, &whole);
            assert!(expected.contains(&found), "bit {bit}: {text}, not {expected:?}");
            let kind = if found.contains(" hashes to ") { "hash_mismatch" } else { "damaged" };
            assert_eq!(error.kind().code(), kind, "bit {bit}");
            // The metadata is what it was, or the same error.
            match metadata(&flipped) {
                Ok(found) => assert!(parts.spares_metadata(at) && found == whole, "bit {bit}"),
                Err(error) => {
                    assert!(!parts.spares_metadata(at), "bit {bit}");
                    assert_eq!(error.to_string(), text);
                }
            }
            flipped[at] = file[at];
        }
    }
}
