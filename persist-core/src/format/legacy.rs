//! Reads files of the earlier `xenoscale/Persist`: one gzip member, its metadata first.

use std::io::{self, Read};
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::Source;
use super::diagnosis::{INPUT_BYTES, count_rest, file};
use super::document::Outline;
use crate::compression::{Algorithm, Document, decoding_error};
use crate::error::{Error, Result};
use crate::id::ContentHash;
use crate::limits::METADATA_BYTES;
use crate::metadata::Metadata;
use crate::progress::Watch;

/// Where the metadata must be over: the text in front of it is not part of it.
const FRONT_BYTES: usize = METADATA_BYTES + 64;

/// Tells whether a document that begins like this, or is cut off there, is of the earlier format.
pub(super) fn opens(text: &[u8]) -> bool {
    let mut cursor = Cursor { text, at: 0 };
    let opened = cursor.pass(b"{").and_then(|()| cursor.pass(b"\"metadata\""));
    opened.is_ok() || cursor.at == text.len()
}

/// The state text of an earlier file as a reader; its last read fails unless every check has passed.
pub(super) struct Earlier {
    metadata: Metadata,
    /// Whether the file said how long its state is.
    has_size: bool,
    document: Box<dyn Document>,
    outline: Outline,
    piece: Vec<u8>,
    waiting: Range<usize>,
    hash: Sha256,
    given_out_bytes: u64,
    is_closed: bool,
}

impl Earlier {
    /// Opens a file that [`opens`] has recognised.
    ///
    /// # Errors
    /// `NotASnapshot`, `NewerFormat`, `TooLarge`, `Truncated`, `Damaged`, and what the source reports.
    pub(super) fn open(source: &mut dyn Source) -> Result<Self> {
        let file_bytes = source.tail(1)?.total_bytes;
        let mut document = Algorithm::Gzip.framing().document(file(source)?);
        let (front, parts) = read_front(&mut *document)?;
        let object = std::str::from_utf8(&front[parts.metadata])
            .map_err(|_| Error::not_a_snapshot("its metadata is not valid UTF-8"))?;
        let (metadata, has_size) = Metadata::from_legacy_text(object, file_bytes)?;
        let waiting = parts.state_from..front.len();
        Ok(Self {
            metadata,
            has_size,
            document,
            outline: Outline::inside(),
            piece: front,
            waiting,
            hash: Sha256::new(),
            given_out_bytes: 0,
            is_closed: false,
        })
    }

    /// Returns the file with the size of its state known, found by reading it where it is missing.
    ///
    /// # Errors
    /// As reading it to its end.
    pub(super) fn measured(mut self, source: &mut dyn Source, watch: Watch<'_>) -> Result<Self> {
        if self.has_size {
            return Ok(self);
        }
        let mut piece = vec![0; INPUT_BYTES];
        while self.read(&mut piece).map_err(Error::from_io)? > 0 {
            watch.check()?;
        }
        let mut fresh = Self::open(source)?;
        fresh.metadata = fresh.metadata.with_size(self.given_out_bytes);
        fresh.has_size = true;
        Ok(fresh)
    }

    pub(super) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(super) fn into_metadata(self) -> Metadata {
        self.metadata
    }

    /// Returns the next bytes of state that have been read, none at the end of the state.
    fn next(&mut self, at_most_bytes: usize) -> Result<Range<usize>> {
        if self.waiting.is_empty() {
            self.piece.resize(INPUT_BYTES, 0);
            let count = self.document.read(&mut self.piece).map_err(decoding_error)?;
            if count == 0 {
                return Err(Error::damaged("its document has no end"));
            }
            self.waiting = 0..count;
        }
        let start = self.waiting.start;
        let end = self.waiting.end.min(start + at_most_bytes);
        let closing = self.outline.feed(&self.piece[start..end]);
        self.is_closed = closing.is_some();
        // The brace that closes the document is no part of the state.
        let text = start..closing.map_or(end, |count| start + count - 1);
        self.waiting.start = closing.map_or(end, |count| start + count);
        Ok(text)
    }

    /// Checks everything, now that the document has closed.
    fn finish(&mut self) -> Result<()> {
        let mut after = self.piece[self.waiting.clone()].to_vec();
        self.document.read_to_end(&mut after).map_err(decoding_error)?;
        let rest = count_rest(self.document.rest())?;
        let surplus = after.trim_ascii().len() as u64 + rest;
        if surplus > 0 {
            return Err(Error::trailing_bytes(surplus));
        }
        let actual = ContentHash::from_bytes(self.hash.clone().finalize().into());
        if actual != self.metadata.content_hash {
            return Err(Error::hash_mismatch("its state", self.metadata.content_hash, actual));
        }
        self.check_size(self.given_out_bytes == self.metadata.uncompressed_size)
    }

    fn check_size(&self, is_as_said: bool) -> Result<()> {
        if is_as_said || !self.has_size {
            return Ok(());
        }
        Err(Error::damaged("its state is not as long as its metadata says"))
    }
}

impl Read for Earlier {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_closed && !buffer.is_empty() {
            let text = self.next(buffer.len())?;
            let text = &self.piece[text];
            self.hash.update(text);
            self.given_out_bytes += text.len() as u64;
            self.check_size(self.given_out_bytes <= self.metadata.uncompressed_size)?;
            if !text.is_empty() {
                buffer[..text.len()].copy_from_slice(text);
                return Ok(text.len());
            }
        }
        if self.is_closed && !buffer.is_empty() {
            self.finish()?;
        }
        Ok(0)
    }
}

/// Where the parts of a document's front lie.
struct Front {
    metadata: Range<usize>,
    state_from: usize,
}

/// Reads as far as into the state.
fn read_front(document: &mut dyn Document) -> Result<(Vec<u8>, Front)> {
    let mut front = Vec::new();
    let mut wanted = 4096;
    loop {
        let read = document.take(wanted - front.len() as u64).read_to_end(&mut front);
        let is_over = read.map_err(decoding_error)? == 0 || (front.len() as u64) < wanted;
        match find_parts(&front) {
            Ok(parts) => return Ok((front, parts)),
            Err(Unparsed::Wrong) => {
                return Err(Error::not_a_snapshot("its metadata is not followed by a state"));
            }
            Err(Unparsed::Short) if is_over => {
                return Err(Error::damaged("its document has no end"));
            }
            Err(Unparsed::Short) if front.len() > FRONT_BYTES => {
                return Err(Error::too_large("the metadata", METADATA_BYTES as u64));
            }
            // Doubling keeps the repeated parsing linear.
            Err(Unparsed::Short) => wanted *= 2,
        }
    }
}

fn find_parts(text: &[u8]) -> Result<Front, Unparsed> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.pass(b"{")?;
    cursor.pass(b"\"metadata\"")?;
    cursor.pass(b":")?;
    let metadata = cursor.pass_object()?;
    cursor.pass(b",")?;
    cursor.pass(b"\"agent_state\"")?;
    cursor.pass(b":")?;
    cursor.skip_space();
    if cursor.at == text.len() {
        Err(Unparsed::Short)
    } else {
        Ok(Front { metadata, state_from: cursor.at })
    }
}

/// Why a front could not be parsed.
enum Unparsed {
    Short,
    Wrong,
}

/// A place in text, between tokens.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn skip_space(&mut self) {
        let space = self.text[self.at..].iter().take_while(|byte| b" \t\r\n".contains(byte));
        self.at += space.count();
    }

    fn pass(&mut self, token: &[u8]) -> Result<(), Unparsed> {
        self.skip_space();
        let rest = &self.text[self.at..];
        if rest.starts_with(token) {
            self.at += token.len();
            return Ok(());
        }
        if token.starts_with(rest) {
            self.at = self.text.len();
            return Err(Unparsed::Short);
        }
        Err(Unparsed::Wrong)
    }

    fn pass_object(&mut self) -> Result<Range<usize>, Unparsed> {
        self.skip_space();
        let start = self.at;
        let rest = &self.text[start..];
        match (rest.first(), Outline::default().feed(rest)) {
            (Some(b'{'), Some(count)) => {
                self.at += count;
                Ok(start..self.at)
            }
            (Some(b'{') | None, None) => Err(Unparsed::Short),
            _ => Err(Unparsed::Wrong),
        }
    }
}
