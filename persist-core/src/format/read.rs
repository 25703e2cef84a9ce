//! Reads a document: its metadata from the end, its state forwards, every byte checked.

use std::fmt;
use std::io::{self, Read};
use std::sync::mpsc;
use std::thread;

use super::forward::{Checked, Forward, PIECE_BYTES, Tally};
use super::layout::Layout;
use super::legacy::Earlier;
use super::{Opened, Source, diagnosis};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::progress::Watch;

/// A state of more bytes is worth a second thread that hashes it.
const SHARED_BYTES: usize = 256 << 10;

/// Reads a snapshot.
///
/// A state of up to `limits.held_bytes` is read and checked whole before this returns, and `watch`
/// hears of it in bytes of state text; above 256 KiB a second thread, which ends with the call, does
/// the hashing. A longer one is checked while the returned [`State`] is read; who wants to watch that
/// watches the reader given in [`Source::stream`].
///
/// # Errors
/// The kinds of docs/format/file-v1.md §5: `NotASnapshot`, `NewerFormat`, `TooLarge`, `Truncated`,
/// `HashMismatch`, `Damaged`, `TrailingBytes`; `Interrupted`; and what the source reports.
pub fn read(source: &mut dyn Source, limits: &Limits, watch: Watch<'_>) -> Result<Opened> {
    let content = Content::open(source, watch)?;
    let size = content.metadata().uncompressed_size;
    if size > limits.max_state_bytes {
        return Err(Error::too_large("the state", limits.max_state_bytes));
    }
    let metadata = content.metadata().clone();
    let state = if size <= limits.held_bytes { content.hold(watch)? } else { content.stream() };
    Ok(Opened { metadata, state: State { text: state, size_bytes: size } })
}

/// Reads what a snapshot says of itself; of the state not a byte is checked.
///
/// Reads the metadata and at most 64 KiB more (192 KiB for files of the earlier format, and those
/// without a size are decompressed whole). A file whose end is not a snapshot's is read through to
/// say what is wrong with it.
///
/// # Errors
/// As [`read`], a state that is too large aside.
pub fn read_metadata(source: &mut dyn Source, watch: Watch<'_>) -> Result<Metadata> {
    match Layout::find(source)? {
        Some(layout) => Ok(layout.metadata),
        None => Ok(diagnosis::earlier(source)?.measured(source, watch)?.into_metadata()),
    }
}

/// Checks every byte of a snapshot of any size; `watch` hears of bytes of the file.
///
/// Takes a few MiB of memory, whatever the file says or holds.
///
/// # Errors
/// As [`read`], a state that is too large aside.
pub fn verify(source: &mut dyn Source, watch: Watch<'_>) -> Result<Metadata> {
    let content = Content::open(source, watch)?;
    let metadata = content.metadata().clone();
    let total = Some(metadata.compressed_size);
    let mut piece = vec![0; PIECE_BYTES];
    match content {
        Content::Present(forward) => {
            let mut text = Checked::new(*forward);
            while text.read(&mut piece).map_err(Error::from_io)? > 0 {
                watch.advance(text.read_bytes(), total)?;
            }
        }
        Content::Earlier(mut text) => {
            while text.read(&mut piece).map_err(Error::from_io)? > 0 {
                watch.check()?;
            }
        }
    }
    watch.advance(metadata.compressed_size, total)?;
    Ok(metadata)
}

/// The state of a file of either layout, not read yet.
enum Content {
    Present(Box<Forward>),
    Earlier(Box<Earlier>),
}

impl Content {
    fn open(source: &mut dyn Source, watch: Watch<'_>) -> Result<Self> {
        match Layout::find(source)? {
            Some(layout) => Ok(Self::Present(Box::new(Forward::new(source.stream()?, layout)))),
            None => {
                Ok(Self::Earlier(Box::new(diagnosis::earlier(source)?.measured(source, watch)?)))
            }
        }
    }

    fn metadata(&self) -> &Metadata {
        match self {
            Self::Present(forward) => forward.metadata(),
            Self::Earlier(earlier) => earlier.metadata(),
        }
    }

    fn hold(self, watch: Watch<'_>) -> Result<Text> {
        // A declared size is at most a promise: its pages take memory only as text fills them.
        let mut text = vec![0; self.metadata().uncompressed_size as usize];
        match self {
            Self::Present(mut forward) => {
                let tally = fill_and_tally(&mut forward, &mut text, watch)?;
                forward.finish(tally)?;
            }
            Self::Earlier(mut earlier) => {
                fill_from(&mut earlier, &mut text, watch)?;
                // The end of the text is what has it checked.
                earlier.read(&mut [0]).map_err(Error::from_io)?;
            }
        }
        Ok(Text::Held { text, given_out: 0 })
    }

    fn stream(self) -> Text {
        match self {
            Self::Present(forward) => {
                Text::Streamed(Box::new(Checked::new(forward.checked_in_parts())))
            }
            Self::Earlier(earlier) => Text::Streamed(earlier),
        }
    }
}

/// Fills `text` with a whole state of an earlier file.
fn fill_from(earlier: &mut Earlier, text: &mut [u8], watch: Watch<'_>) -> Result<()> {
    let total = text.len() as u64;
    let mut done = 0;
    for piece in text.chunks_mut(PIECE_BYTES) {
        earlier.read_exact(piece).map_err(Error::from_io)?;
        done += piece.len() as u64;
        watch.advance(done, Some(total))?;
    }
    Ok(())
}

/// Fills `text` with a whole state.
fn fill_and_tally(forward: &mut Forward, text: &mut [u8], watch: Watch<'_>) -> Result<Tally> {
    if text.len() < SHARED_BYTES {
        return fill_alone(forward, text, watch);
    }
    thread::scope(|scope| {
        let (gone_by, pieces) = mpsc::channel();
        let mut tally = forward.tally();
        let count = move || {
            pieces.iter().for_each(|piece| match piece {
                Piece::Stored(bytes) => tally.pass(&bytes),
                Piece::Text(text) => tally.update(text),
            });
            tally
        };
        let Ok(counter) =
            thread::Builder::new().name("persist-hash".into()).spawn_scoped(scope, count)
        else {
            // Where no thread can be had, one does all the work.
            return fill_alone(forward, text, watch);
        };
        let filled = fill_and_tell(forward, text, &gone_by, watch);
        // The counter lives until the sender is gone.
        drop(gone_by);
        let mut tally = counter.join().expect("counting does not panic");
        filled.map_err(|fault| forward.verdict(fault, &mut tally))?;
        Ok(tally)
    })
}

/// What a second thread counts of a file.
enum Piece<'a> {
    /// Bytes as they lie in the file before its metadata; few beside the text they become.
    Stored(Vec<u8>),
    /// Bytes of the state.
    Text(&'a [u8]),
}

fn fill_and_tell<'a>(
    forward: &mut Forward,
    text: &'a mut [u8],
    gone_by: &mpsc::Sender<Piece<'a>>,
    watch: Watch<'_>,
) -> Result<()> {
    let total = text.len() as u64;
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, later) = rest.split_at_mut(rest.len().min(PIECE_BYTES));
        // It is there to take them: it does not panic, and outlives the sender.
        forward.fill(piece, &mut |bytes| drop(gone_by.send(Piece::Stored(bytes.to_vec()))))?;
        drop(gone_by.send(Piece::Text(piece)));
        rest = later;
        watch.advance(total - rest.len() as u64, Some(total))?;
    }
    Ok(())
}

fn fill_alone(forward: &mut Forward, text: &mut [u8], watch: Watch<'_>) -> Result<Tally> {
    let total = text.len() as u64;
    let mut tally = forward.tally();
    let mut done = 0;
    for piece in text.chunks_mut(PIECE_BYTES) {
        forward.tallied(piece, &mut tally)?;
        done += piece.len() as u64;
        watch.advance(done, Some(total))?;
    }
    Ok(tally)
}

/// The state text of a snapshot.
///
/// Reading gives the text. Where it is not [`held`](Self::held), the read that would say that the
/// text is over fails instead, with an [`Error`] inside that [`Error::from_io`] takes out, unless every
/// check has passed.
#[derive(Debug)]
pub struct State {
    text: Text,
    size_bytes: u64,
}

enum Text {
    Held { text: Vec<u8>, given_out: usize },
    Streamed(Box<dyn Read + Send>),
}

impl State {
    /// Returns the whole text, where it was checked before it was given out.
    pub fn held(&self) -> Option<&[u8]> {
        match &self.text {
            Text::Held { text, .. } => Some(text),
            Text::Streamed(_) => None,
        }
    }

    /// Returns the length of the text.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for State {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.text {
            Text::Held { text, given_out } => {
                let count = (&text[*given_out..]).read(buffer)?;
                *given_out += count;
                Ok(count)
            }
            Text::Streamed(reader) => reader.read(buffer),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Held { .. } => "Held",
            Self::Streamed(_) => "Streamed",
        })
    }
}
