//! Reads a file from its first byte to its last, and checks every one of them.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::document::OPENING;
use super::layout::Layout;
use crate::compression::{Algorithm, Checksum, Decompressor};
use crate::error::{Error, ErrorKind, Result};
use crate::id::ContentHash;
use crate::metadata::Metadata;

/// How much of the file is read at a time.
const INPUT_BYTES: usize = 64 << 10;

/// How much text is given out at a time, small enough to be hashed while it is in the cache.
pub(super) const PIECE_BYTES: usize = 128 << 10;

/// A file on its way past, its state text coming out.
///
/// [`fill`](Self::fill) gives the text, [`finish`](Self::finish) is due when all of it is out. What
/// has gone by is counted in a [`Tally`] by the caller, on any thread; one of the file's bytes that
/// [`fill`](Self::fill) has `passed` on, and of all the text. A fault found in the text is reported
/// only once the rest of the file has been hashed: where a byte was changed, the hash says so,
/// whatever the change made of the text. That is what [`verdict`](Self::verdict) is for.
pub(super) struct Forward {
    file: Box<dyn Read + Send>,
    layout: Layout,
    decompressor: Box<dyn Decompressor>,
    input: Vec<u8>,
    /// The part of `input` that has not been decompressed.
    waiting: std::ops::Range<usize>,
    /// Bytes of file before the metadata that have not been read.
    unread_bytes: u64,
    /// Bytes of state text that have not been given out.
    state_bytes: u64,
    is_open: bool,
}

impl Forward {
    pub(super) fn new(file: Box<dyn Read + Send>, layout: Layout) -> Self {
        let framing = layout.algorithm.framing();
        Self {
            file,
            decompressor: framing.decompressor(),
            input: vec![0; INPUT_BYTES.min(layout.stored_at as usize)],
            waiting: 0..0,
            unread_bytes: layout.stored_at,
            state_bytes: layout.metadata.uncompressed_size,
            is_open: false,
            layout,
        }
    }

    /// Returns the file, of which nothing was read, as one whose text may be used as it comes out:
    /// what has a checksum of its own is checked first.
    pub(super) fn checked_in_parts(self) -> Self {
        let decompressor = self.layout.algorithm.framing().checking_decompressor();
        Self { decompressor, ..self }
    }

    pub(super) fn metadata(&self) -> &Metadata {
        &self.layout.metadata
    }

    /// Returns how many bytes of the file have gone by.
    pub(super) fn read_bytes(&self) -> u64 {
        self.layout.stored_at - self.unread_bytes
    }

    /// Returns how many bytes of state text are still to come.
    pub(super) fn state_bytes(&self) -> u64 {
        self.state_bytes
    }

    /// Fills `text` with the next bytes of the state; there must be as many to come.
    ///
    /// `passed` gets what is read of the file, for the tally.
    ///
    /// # Errors
    /// `Damaged`, `TooLarge`, on which [`verdict`](Self::verdict) has the last word; `Truncated`, and
    /// what the source reports.
    pub(super) fn fill(&mut self, text: &mut [u8], passed: Passed<'_>) -> Result<()> {
        self.open(passed)?;
        self.pull(text, passed)?;
        self.state_bytes -= text.len() as u64;
        Ok(())
    }

    /// Fills `text` with the next bytes of the state, and tallies them.
    ///
    /// # Errors
    /// `HashMismatch`, `Damaged`, `TooLarge`, `Truncated`, and what the source reports.
    pub(super) fn tallied(&mut self, text: &mut [u8], tally: &mut Tally) -> Result<()> {
        self.fill(text, &mut |bytes| tally.pass(bytes))
            .map_err(|fault| self.verdict(fault, tally))?;
        tally.update(text);
        Ok(())
    }

    /// Returns a tally that has none of the state yet.
    pub(super) fn tally(&self) -> Tally {
        Tally::new(self.layout.algorithm)
    }

    /// Checks the rest of the file, now that the state has been read, and all of it tallied.
    ///
    /// # Errors
    /// `HashMismatch`, `Damaged`, `Truncated`, `TrailingBytes`, and what the source reports.
    pub(super) fn finish(&mut self, mut tally: Tally) -> Result<()> {
        let passed = &mut |bytes: &[u8]| tally.pass(bytes);
        let ended = self.open(passed).and_then(|()| self.end_of_state(passed));
        ended.map_err(|fault| self.verdict(fault, &mut tally))?;
        self.check_stored_hash(&tally)?;
        let expected = self.layout.metadata.content_hash;
        let content_hash = ContentHash::from_bytes(tally.hash.finalize().into());
        if content_hash != expected {
            return Err(Error::hash_mismatch("its state", expected, content_hash));
        }
        self.check_metadata(tally.checksum)
    }

    /// Passes the header and what the document begins with.
    fn open(&mut self, passed: Passed<'_>) -> Result<()> {
        if self.is_open {
            return Ok(());
        }
        self.is_open = true;
        self.refill(passed)?;
        let header = self.layout.algorithm.framing().header();
        if !self.input[self.waiting.clone()].starts_with(header) {
            return Err(Error::damaged("its first bytes are not those of a snapshot"));
        }
        self.waiting.start += header.len();
        let mut opening = [0; OPENING.len()];
        self.pull(&mut opening, passed)?;
        if opening == *OPENING {
            Ok(())
        } else {
            Err(Error::damaged("its document begins with something else"))
        }
    }

    /// Fills `text` with the next bytes of the document.
    fn pull(&mut self, text: &mut [u8], passed: Passed<'_>) -> Result<()> {
        let mut filled = 0;
        while filled < text.len() {
            self.refill(passed)?;
            let step = self
                .decompressor
                .decompress(&self.input[self.waiting.clone()], &mut text[filled..])?;
            self.waiting.start += step.consumed;
            filled += step.produced;
            if step.consumed == 0 && step.produced == 0 {
                return Err(Error::damaged("its state is shorter than its metadata says"));
            }
        }
        Ok(())
    }

    /// Passes what compressed bytes follow the last of the state, which hold no more text.
    fn end_of_state(&mut self, passed: Passed<'_>) -> Result<()> {
        loop {
            self.refill(passed)?;
            // Text may be ready of which every compressed byte has been taken.
            let step = self.decompressor.decompress(&self.input[self.waiting.clone()], &mut [0])?;
            self.waiting.start += step.consumed;
            if step.produced > 0 {
                return Err(Error::damaged("its state is longer than its metadata says"));
            }
            if step.consumed == 0 && self.waiting.is_empty() {
                return Ok(());
            }
            if step.consumed == 0 {
                return Err(Error::damaged("its compressed bytes end before its metadata"));
            }
        }
    }

    /// Reads more of what lies before the metadata, if all read so far is used up.
    fn refill(&mut self, passed: Passed<'_>) -> Result<()> {
        if !self.waiting.is_empty() || self.unread_bytes == 0 {
            return Ok(());
        }
        let wanted = self.input.len().min(usize::try_from(self.unread_bytes).unwrap_or(usize::MAX));
        let count = read_some(&mut *self.file, &mut self.input[..wanted])?;
        if count == 0 {
            return Err(Error::truncated());
        }
        passed(&self.input[..count]);
        self.unread_bytes -= count as u64;
        self.waiting = 0..count;
        Ok(())
    }

    /// Returns what to report for a fault in the text, all that was read so far being tallied.
    pub(super) fn verdict(&mut self, fault: Error, tally: &mut Tally) -> Error {
        if !matches!(fault.kind(), ErrorKind::Damaged | ErrorKind::TooLarge) {
            return fault;
        }
        while self.unread_bytes > 0 {
            self.waiting = 0..0;
            if let Err(error) = self.refill(&mut |bytes| tally.pass(bytes)) {
                return error;
            }
        }
        self.check_stored_hash(tally).err().unwrap_or(fault)
    }

    fn check_stored_hash(&self, tally: &Tally) -> Result<()> {
        let actual = ContentHash::from_bytes(tally.stored_hash.clone().finalize().into());
        match self.layout.metadata.stored_hash {
            Some(expected) if expected != actual => {
                Err(Error::hash_mismatch("what is stored before its metadata", expected, actual))
            }
            _ => Ok(()),
        }
    }

    /// Compares the end of the file with what the metadata must look like there.
    fn check_metadata(&mut self, mut checksum: Box<dyn Checksum>) -> Result<()> {
        checksum.update(&self.layout.text);
        let mut expected = self.layout.stored.clone();
        expected.extend_from_slice(&checksum.trailer(self.layout.stored.len()));
        let mut actual = Vec::with_capacity(expected.len() + 1);
        let limit = expected.len() as u64 + 1;
        (&mut *self.file).take(limit).read_to_end(&mut actual).map_err(Error::from_io)?;
        if actual.len() < expected.len() {
            return Err(Error::truncated());
        }
        if actual.len() > expected.len() {
            return Err(Error::trailing_bytes(1));
        }
        if actual != expected {
            return Err(Error::damaged(
                "what follows its state is not what its metadata must look like",
            ));
        }
        self.check_stream_end()
    }

    /// Makes sure that other readers of the same algorithm see the metadata as this one does.
    fn check_stream_end(&mut self) -> Result<()> {
        let mut text = vec![0; self.layout.text.len() + 1];
        let (mut consumed, mut produced) = (0, 0);
        loop {
            let step = self
                .decompressor
                .decompress(&self.layout.stored[consumed..], &mut text[produced..])?;
            consumed += step.consumed;
            produced += step.produced;
            if step.consumed == 0 && step.produced == 0 {
                break;
            }
        }
        let is_whole = text[..produced] == self.layout.text && consumed == self.layout.stored.len();
        if is_whole && self.decompressor.may_end() {
            Ok(())
        } else {
            Err(Error::damaged("its compressed bytes run on into its metadata"))
        }
    }
}

/// Reads until the buffer is full or the file is over; a source may give less at a time.
fn read_some(file: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::from_io(error)),
        }
    }
    Ok(filled)
}

/// Takes the bytes of a file before its metadata, as they are read.
pub(super) type Passed<'a> = &'a mut dyn FnMut(&[u8]);

/// What is counted of a file, by whichever thread has the time: the hash of its bytes before the
/// metadata, the hash of its state, and the checksum of the document up to the state's end.
pub(super) struct Tally {
    stored_hash: Sha256,
    hash: Sha256,
    checksum: Box<dyn Checksum>,
}

impl Tally {
    fn new(algorithm: Algorithm) -> Self {
        let mut checksum = algorithm.framing().checksum();
        checksum.update(OPENING);
        Self { stored_hash: Sha256::new(), hash: Sha256::new(), checksum }
    }

    /// Takes the next bytes of the file.
    pub(super) fn pass(&mut self, stored: &[u8]) {
        self.stored_hash.update(stored);
    }

    /// Takes the next bytes of the state.
    pub(super) fn update(&mut self, text: &[u8]) {
        self.hash.update(text);
        self.checksum.update(text);
    }
}

/// The state text of a file as a reader; its last read fails unless every check has passed.
pub(super) struct Checked {
    forward: Forward,
    /// None once a check has failed, which then is for good.
    tally: Option<Tally>,
    is_settled: bool,
}

impl Checked {
    pub(super) fn new(forward: Forward) -> Self {
        Self { tally: Some(forward.tally()), forward, is_settled: false }
    }

    /// Returns how many bytes of the file have gone by.
    pub(super) fn read_bytes(&self) -> u64 {
        self.forward.read_bytes()
    }
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_settled || buffer.is_empty() {
            return Ok(0);
        }
        let failed = || io::Error::other("the snapshot has failed its checks");
        let mut tally = self.tally.take().ok_or_else(failed)?;
        let left = usize::try_from(self.forward.state_bytes()).unwrap_or(usize::MAX);
        if left == 0 {
            self.forward.finish(tally)?;
            self.is_settled = true;
            return Ok(0);
        }
        let count = left.min(buffer.len()).min(PIECE_BYTES);
        self.forward.tallied(&mut buffer[..count], &mut tally)?;
        self.tally = Some(tally);
        Ok(count)
    }
}
