//! Finds the metadata of a file from its end.

use super::document::{ENDING_BYTES, Ending, OPENING, unseal};
use super::{Source, Tail, diagnosis};
use crate::compression::{Algorithm, Framing};
use crate::error::{Error, Result};
use crate::limits::METADATA_BYTES;
use crate::metadata::Metadata;

/// How much is read from the end at first: nearly all metadata is shorter.
const TAIL_BYTES: usize = 32 << 10;

/// How much is read from the beginning where the end does not fit, enough to know the algorithm.
const HEAD_BYTES: usize = 16;

/// What the end of a file says, checked as far as the end alone allows.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) metadata: Metadata,
    pub(super) algorithm: Algorithm,
    /// The metadata as text, from `,"metadata":` to the end of the document.
    pub(super) text: Vec<u8>,
    /// The metadata as it lies in the file.
    pub(super) stored: Vec<u8>,
    /// Where in the file it begins.
    pub(super) stored_at: u64,
}

impl Layout {
    /// Returns the layout of a file that ends as a snapshot of this format does; `None` for others.
    ///
    /// # Errors
    /// `Damaged`, `HashMismatch`, `TrailingBytes`; `NotASnapshot`, `NewerFormat`, `TooLarge`; and what
    /// the source reports.
    pub(super) fn find(source: &mut dyn Source) -> Result<Option<Self>> {
        let tail = source.tail(TAIL_BYTES)?;
        let found = Algorithm::ALL.into_iter().find_map(|algorithm| {
            let end = tail.bytes.len().checked_sub(algorithm.framing().trailer_bytes())?;
            Ending::of(&tail.bytes[..end]).map(|ending| (algorithm, ending))
        });
        let Some((algorithm, ending)) = found else {
            return Ok(None);
        };
        let begun = begin_of(&tail);
        Self::read(source, algorithm, &ending, tail).map(Some).or_else(|fault| {
            // A file that lost or gained just a trailer ends as one of another algorithm does. First
            // bytes of no algorithm at all are left for the hash to judge.
            let head = begun.map_or_else(|| source.head(HEAD_BYTES), Ok)?;
            match Algorithm::of_first_bytes(&head) {
                Some(opened) if opened != algorithm => Ok(None),
                _ => Err(fault),
            }
        })
    }

    fn read(
        source: &mut dyn Source,
        algorithm: Algorithm,
        ending: &Ending,
        tail: Tail,
    ) -> Result<Self> {
        let framing = algorithm.framing();
        let total_bytes = tail.total_bytes;
        let stored = stored_metadata(source, framing, ending, tail)?;
        let text = framing.stored_text(&stored, ending.metadata_bytes as usize);
        let metadata = unseal(&text, ending)?;
        if framing.store(&text) != stored {
            return Err(Error::damaged("its metadata is not stored as this format stores it"));
        }
        let stored_at = total_bytes - (stored.len() + framing.trailer_bytes()) as u64;
        let layout = Self { metadata, algorithm, text, stored, stored_at };
        layout.check_sizes(source, total_bytes)?;
        Ok(layout)
    }

    /// Compares what the metadata says of the file with the file.
    fn check_sizes(&self, source: &mut dyn Source, total_bytes: u64) -> Result<()> {
        let said = self.metadata.compressed_size;
        if total_bytes > said {
            // The end belongs to something that was put behind, or around, a whole snapshot.
            return Err(diagnosis::of(source));
        }
        if total_bytes < said {
            return Err(Error::damaged(format!(
                "only {total_bytes} of its {said} bytes are there"
            )));
        }
        if self.metadata.compression_algorithm != self.algorithm.name() {
            return Err(Error::damaged(
                "its metadata names another compression than its bytes have",
            ));
        }
        let is_plain = self.algorithm == Algorithm::None;
        if is_plain
            && self.stored_at
                != self.metadata.uncompressed_size.saturating_add(OPENING.len() as u64)
        {
            return Err(Error::damaged("its state is not as long as its metadata says"));
        }
        Ok(())
    }
}

/// Returns the first bytes where the tail is the whole file.
fn begin_of(tail: &Tail) -> Option<Vec<u8>> {
    let is_whole = tail.bytes.len() as u64 == tail.total_bytes;
    is_whole.then(|| tail.bytes[..tail.bytes.len().min(HEAD_BYTES)].to_vec())
}

/// Returns the metadata as it lies in the file, reading again where `tail` is too short.
fn stored_metadata(
    source: &mut dyn Source,
    framing: &dyn Framing,
    ending: &Ending,
    mut tail: Tail,
) -> Result<Vec<u8>> {
    let misplaced = || Error::damaged("its metadata is longer than the file");
    if !(ENDING_BYTES as u64..=tail.total_bytes).contains(&ending.metadata_bytes) {
        return Err(misplaced());
    }
    if ending.metadata_bytes > METADATA_BYTES as u64 {
        return Err(Error::too_large("the metadata", METADATA_BYTES as u64));
    }
    let stored_bytes = framing.stored_bytes(ending.metadata_bytes as usize);
    let wanted = stored_bytes + framing.trailer_bytes();
    if wanted > tail.bytes.len() && wanted as u64 <= tail.total_bytes {
        tail = source.tail(wanted)?;
    }
    let start = tail.bytes.len().checked_sub(wanted).ok_or_else(misplaced)?;
    Ok(tail.bytes[start..start + stored_bytes].to_vec())
}
