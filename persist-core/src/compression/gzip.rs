//! gzip, RFC 1952: one member around one deflate stream, RFC 1951.

use std::io::BufRead;

use flate2::bufread::GzDecoder;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Checksum, Compressor, Decompressor, Document, Framing, Step, StoredBlocks};
use crate::error::{Error, Result};

/// Deflate, no flags, no time, no hint of the level, no operating system.
const HEADER: &[u8; 10] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff";

/// How much text is compressed at a time; a larger state is worth a second thread.
const BLOCK_BYTES: usize = 512 << 10;

/// How far back deflate looks for repetitions.
const WINDOW_BYTES: usize = 32 << 10;

/// The most bytes a stored block of deflate holds.
const STORED_BYTES: usize = 65_535;

/// The bytes in front of a stored block's text: final or not, length, length inverted.
const STORED_HEADER_BYTES: usize = 5;

/// How hard a block is compressed at first.
const FIRST_LEVEL: i32 = 4;

/// How hard the rest of it is, by default: level 3 takes two thirds of the time of level 4 for a
/// fifth more bytes on the benchmark's chat messages, and for 3 % more on its floats.
const LATER_LEVEL: i32 = 3;

/// How much of a block is compressed at the first level, so that small states stay small. The files
/// of the benchmark's larger states have up to 15 % more bytes than zlib's own level 6 makes.
const FIRST_BYTES: usize = 136 << 10;

const STORED: StoredBlocks =
    StoredBlocks { header_bytes: STORED_HEADER_BYTES, full_bytes: STORED_BYTES };

/// Files that are one gzip member.
pub(super) struct Gzip;

impl Framing for Gzip {
    fn opens(&self, bytes: &[u8]) -> bool {
        // The first three bytes are the same in every gzip file there is.
        let shown = bytes.len().min(3);
        shown > 0 && bytes[..shown] == HEADER[..shown]
    }

    fn header(&self) -> &'static [u8] {
        HEADER
    }

    fn store(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.stored_bytes(text.len()));
        let mut rest = text;
        while !rest.is_empty() {
            let (block, later) = rest.split_at(STORED.first_bytes(rest.len()));
            let length = block.len() as u16;
            out.push(u8::from(later.is_empty()));
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&(!length).to_le_bytes());
            out.extend_from_slice(block);
            rest = later;
        }
        out
    }

    fn stored_bytes(&self, text_bytes: usize) -> usize {
        text_bytes + STORED_HEADER_BYTES * text_bytes.div_ceil(STORED_BYTES)
    }

    fn stored_text(&self, stored: &[u8], text_bytes: usize) -> Vec<u8> {
        STORED.text_of(stored, text_bytes)
    }

    fn trailer_bytes(&self) -> usize {
        8
    }

    fn checksum(&self) -> Box<dyn Checksum> {
        Box::new(Crc::new())
    }

    fn block_bytes(&self) -> usize {
        BLOCK_BYTES
    }

    fn window_bytes(&self) -> usize {
        WINDOW_BYTES
    }

    fn compressor(&self, level: Option<i32>) -> Result<Box<dyn Compressor>> {
        let [first, later] = level.map_or([FIRST_LEVEL, LATER_LEVEL], |level| [level, level]);
        let Some((first, later)) = level_of(first).zip(level_of(later)) else {
            return Err(Error::bad_argument(
                "compression_level",
                format!("{first} is not from 0 to 9"),
            ));
        };
        Ok(Box::new(Deflate { first, later }))
    }

    fn gains_from_threads(&self) -> bool {
        true
    }

    fn decompressor(&self) -> Box<dyn Decompressor> {
        Box::new(Inflate { state: Decompress::new(false), has_ended: false })
    }

    fn document(&self, file: Box<dyn BufRead + Send>) -> Box<dyn Document> {
        Box::new(GzDecoder::new(file))
    }
}

impl Document for GzDecoder<Box<dyn BufRead + Send>> {
    fn rest(&mut self) -> &mut dyn BufRead {
        self.get_mut()
    }
}

impl Checksum for Crc {
    fn update(&mut self, text: &[u8]) {
        Crc::update(self, text);
    }

    fn trailer(&self, _stored_bytes: usize) -> Vec<u8> {
        let mut trailer = self.sum().to_le_bytes().to_vec();
        trailer.extend_from_slice(&self.amount().to_le_bytes());
        trailer
    }
}

/// A level that deflate has.
fn level_of(level: i32) -> Option<Compression> {
    u32::try_from(level).ok().filter(|level| *level <= 9).map(Compression::new)
}

/// The levels of a compressor.
struct Deflate {
    first: Compression,
    later: Compression,
}

impl Compressor for Deflate {
    fn compress(&mut self, before: &[u8], block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // One that is reset finds other repetitions than a new one, and which block it had before
        // depends on how many threads there are. A new one costs a hundredth of a block's time.
        let mut state = Compress::new(self.first, false);
        let window = &before[before.len().saturating_sub(WINDOW_BYTES)..];
        if !window.is_empty() {
            state.set_dictionary(window).map_err(gave_up)?;
        }
        if self.first == self.later || block.len() <= FIRST_BYTES {
            return feed(&mut state, block, FlushCompress::Sync, out);
        }
        let (first, later) = block.split_at(FIRST_BYTES);
        feed(&mut state, first, FlushCompress::None, out)?;
        state.set_level(self.later).map_err(gave_up)?;
        feed(&mut state, later, FlushCompress::Sync, out)
    }
}

/// Compresses all of `text`, and flushes at the end if `flush` says so.
fn feed(state: &mut Compress, text: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> Result<()> {
    let mut taken = 0;
    loop {
        // The flush is over when room is left after it.
        out.reserve((text.len() - taken) / 4 + 4096);
        let taken_before = state.total_in();
        state.compress_vec(&text[taken..], out, flush).map_err(gave_up)?;
        taken += (state.total_in() - taken_before) as usize;
        if taken == text.len() && out.len() < out.capacity() {
            return Ok(());
        }
    }
}

fn gave_up(error: flate2::CompressError) -> Error {
    Error::storage("compress", std::io::Error::other(error))
}

struct Inflate {
    state: Decompress,
    has_ended: bool,
}

impl Decompressor for Inflate {
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step> {
        if self.has_ended {
            return Ok(Step { consumed: 0, produced: 0 });
        }
        let before = (self.state.total_in(), self.state.total_out());
        let status = self
            .state
            .decompress(input, output, FlushDecompress::None)
            .map_err(|_| Error::damaged("its compressed bytes do not decompress"))?;
        self.has_ended = status == Status::StreamEnd;
        Ok(Step {
            consumed: (self.state.total_in() - before.0) as usize,
            produced: (self.state.total_out() - before.1) as usize,
        })
    }

    fn may_end(&self) -> bool {
        self.has_ended
    }
}
