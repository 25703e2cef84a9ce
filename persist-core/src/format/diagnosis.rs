//! Says what is wrong with a file that does not end as a snapshot does.

use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Read};

use super::Source;
use super::document::{ENDING_BYTES, Ending, OPENING, Outline};
use super::legacy::{self, Earlier};
use crate::compression::{Algorithm, Document, decoding_error};
use crate::encryption;
use crate::error::{Error, Result};

/// How much is read at a time, of the file and of its text.
pub(super) const INPUT_BYTES: usize = 16 << 10;

/// Formats that a file may turn out to be, by their first bytes.
const KNOWN: [(&[u8], &str); 6] = [
    (b"age-encryption.org/", "it is encrypted in a way that this release does not read"),
    (b"PK\x03\x04", "it is a zip archive"),
    (b"\x80\x04\x95", "it is a pickle"),
    (b"\x80\x05\x95", "it is a pickle"),
    (b"{", "it is JSON, but its first key is not `agent_state`"),
    (b"[", "it is a JSON array"),
];

/// Opens a file of the earlier format, or says what the file is instead.
///
/// # Errors
/// `NotASnapshot`, `Truncated`, `TrailingBytes`, `Damaged`, `NewerFormat`, `TooLarge`; and what the
/// source reports.
pub(super) fn earlier(source: &mut dyn Source) -> Result<Earlier> {
    let head = source.head(64)?;
    let algorithm = Algorithm::of_first_bytes(&head).ok_or_else(|| stranger(&head))?;
    let mut document = algorithm.framing().document(file(source)?);
    let first = first_text(&mut *document, algorithm)?;
    if first.starts_with(OPENING) {
        let found = examine(&mut *document, algorithm, &first);
        return found.map(|never| match never {});
    }
    if legacy::opens(&first) && algorithm == Algorithm::Gzip {
        return Earlier::open(source);
    }
    Err(Error::not_a_snapshot(format!("it is {algorithm} of something else")))
}

/// Says what is wrong with a file longer than the snapshot at its end, which is whole as far as can be
/// seen from there.
pub(super) fn of(source: &mut dyn Source) -> Error {
    let through =
        |mut earlier: Earlier| io::copy(&mut earlier, &mut io::sink()).map_err(Error::from_io);
    match earlier(source).and_then(through) {
        Err(error) => error,
        Ok(_) => Error::damaged("it begins as one file and ends as another"),
    }
}

/// Returns the file from its first byte on.
pub(super) fn file(source: &mut dyn Source) -> Result<Box<dyn BufRead + Send>> {
    Ok(Box::new(BufReader::with_capacity(INPUT_BYTES, source.stream()?)))
}

fn stranger(head: &[u8]) -> Error {
    if head.is_empty() {
        return Error::not_a_snapshot("it is empty");
    }
    if encryption::cipher().is_sealed(head) {
        return Error::key_required();
    }
    let form = encryption::cipher().unread_form(head);
    let known = || KNOWN.iter().find(|(bytes, _)| head.starts_with(bytes)).map(|(_, what)| *what);
    Error::not_a_snapshot(form.or_else(known).unwrap_or("it is neither gzip, zstd nor JSON"))
}

/// Returns as much text as tells the layouts apart, or an error where there is less.
fn first_text(document: &mut dyn Document, algorithm: Algorithm) -> Result<Vec<u8>> {
    let mut first = Vec::new();
    let read = document.take(OPENING.len() as u64).read_to_end(&mut first);
    let is_expected = OPENING.starts_with(&first) || legacy::opens(&first);
    match read.map_err(decoding_error) {
        Ok(_) if first.len() == OPENING.len() || !is_expected => Ok(first),
        Ok(_) if first.is_empty() => {
            Err(Error::not_a_snapshot(format!("it is {algorithm} of nothing")))
        }
        Ok(_) => Err(Error::truncated()),
        Err(error) => Err(error),
    }
}

/// Reads the rest of a document of ours whose file does not end as it should.
fn examine(document: &mut dyn Document, algorithm: Algorithm, first: &[u8]) -> Result<Infallible> {
    let mut text = Tally::default();
    text.feed(first);
    let mut piece = vec![0; INPUT_BYTES];
    loop {
        let count = document.read(&mut piece).map_err(decoding_error)?;
        if count == 0 {
            break;
        }
        text.feed(&piece[..count]);
    }
    let is_closed = document.is_closed();
    let rest = count_rest(document.rest())?;
    if !is_closed && rest == 0 {
        return Err(Error::truncated());
    }
    Err(match (text.closed_at, algorithm) {
        (None, Algorithm::None) if !Ending::almost(&text.last) => Error::truncated(),
        (None, _) => Error::damaged("its document has no end"),
        (Some(end), _) if end < text.bytes => match text.is_snapshot {
            true => Error::trailing_bytes(text.bytes - end + rest),
            false => Error::damaged("its document closes too early"),
        },
        (Some(_), _) if !text.is_snapshot && Ending::almost(&text.last) => {
            Error::damaged("its last bytes are not those of a snapshot")
        }
        (Some(_), _) if !text.is_snapshot => {
            Error::not_a_snapshot("its document ends without metadata")
        }
        (Some(_), _) if rest > 0 => Error::trailing_bytes(rest),
        (Some(_), _) => Error::damaged(
            "its metadata is compressed, as if the whole file had been compressed anew",
        ),
    })
}

/// What of a document is remembered while it goes by.
#[derive(Default)]
struct Tally {
    outline: Outline,
    bytes: u64,
    /// Where the document closes.
    closed_at: Option<u64>,
    /// Whether it ended there as a snapshot does.
    is_snapshot: bool,
    last: Vec<u8>,
}

impl Tally {
    fn feed(&mut self, piece: &[u8]) {
        if self.closed_at.is_none()
            && let Some(count) = self.outline.feed(piece)
        {
            self.remember(&piece[..count]);
            self.closed_at = Some(self.bytes + count as u64);
            self.is_snapshot = Ending::of(&self.last).is_some();
        } else if self.closed_at.is_none() {
            self.remember(piece);
        }
        self.bytes += piece.len() as u64;
    }

    fn remember(&mut self, piece: &[u8]) {
        self.last.extend_from_slice(piece);
        let surplus = self.last.len().saturating_sub(ENDING_BYTES);
        self.last.drain(..surplus);
    }
}

/// Reads `file` to its end and returns how many bytes that were.
pub(super) fn count_rest(file: &mut dyn BufRead) -> Result<u64> {
    let mut total = 0;
    loop {
        let count = file.fill_buf().map_err(Error::from_io)?.len();
        if count == 0 {
            return Ok(total);
        }
        file.consume(count);
        total += count as u64;
    }
}
