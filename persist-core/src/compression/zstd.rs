//! Zstandard, RFC 8878: one frame per block of text, one of raw blocks, one that a decoder skips.

use std::io::{self, BufRead, Read};

use zstd::bulk;
use zstd::zstd_safe::{self, DCtx, DParameter, InBuffer, OutBuffer};

use super::{Checksum, Compressor, Decompressor, Document, Framing, Step, StoredBlocks};
use crate::error::{Error, Result};

/// What a frame begins with.
const MAGIC: &[u8; 4] = b"\x28\xb5\x2f\xfd";

/// What the frame begins with that closes a file; a decoder skips it, as one from 51 to 5F hex.
const SKIPPED_MAGIC: &[u8; 4] = b"\x50\x2a\x4d\x18";

/// The bytes in front of the blocks of the frame that is stored: the magic, what follows (a size of
/// four bytes, which is the window too, and no checksum), the size.
const STORED_FRAME_BYTES: usize = 9;

/// See [`STORED_FRAME_BYTES`].
const STORED_DESCRIPTOR: u8 = 0b1010_0000;

/// The most bytes a block holds.
const STORED_BYTES: usize = 128 << 10;

/// The bytes in front of a raw block: last or not, its kind, its length.
const STORED_HEADER_BYTES: usize = 3;

/// Magic, length, and the length of the metadata block.
const TRAILER_BYTES: usize = 12;

/// How much text a frame holds. With more, no level of up to 12 looks back any further.
const BLOCK_BYTES: usize = 4 << 20;

/// The window that a frame of ours may need at most, as a power of two: 8 MiB.
const WINDOW_LOG: u32 = 23;

/// The most text that a frame of ours may have; so much needs no larger window.
const FRAME_BYTES: usize = 1 << WINDOW_LOG;

/// How much of a frame tells that it is one, and is less than its header.
const BEGUN_BYTES: usize = 5;

/// How much room a frame's text is given at first.
const FIRST_ROOM_BYTES: usize = 128 << 10;

const STORED: StoredBlocks =
    StoredBlocks { header_bytes: STORED_HEADER_BYTES, full_bytes: STORED_BYTES };

/// Files of zstd frames.
pub(super) struct Zstd;

impl Framing for Zstd {
    fn opens(&self, bytes: &[u8]) -> bool {
        let shown = bytes.len().min(MAGIC.len());
        shown > 0 && bytes[..shown] == MAGIC[..shown]
    }

    fn header(&self) -> &'static [u8] {
        b""
    }

    fn store(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.stored_bytes(text.len()));
        out.extend_from_slice(MAGIC);
        out.push(STORED_DESCRIPTOR);
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        let mut rest = text;
        while !rest.is_empty() {
            let (block, later) = rest.split_at(STORED.first_bytes(rest.len()));
            let header = (block.len() as u32) << 3 | u32::from(later.is_empty());
            out.extend_from_slice(&header.to_le_bytes()[..STORED_HEADER_BYTES]);
            out.extend_from_slice(block);
            rest = later;
        }
        out
    }

    fn stored_bytes(&self, text_bytes: usize) -> usize {
        let blocks = text_bytes.div_ceil(STORED_BYTES);
        STORED_FRAME_BYTES + text_bytes + STORED_HEADER_BYTES * blocks
    }

    fn stored_text(&self, stored: &[u8], text_bytes: usize) -> Vec<u8> {
        STORED.text_of(stored.get(STORED_FRAME_BYTES..).unwrap_or_default(), text_bytes)
    }

    fn trailer_bytes(&self) -> usize {
        TRAILER_BYTES
    }

    fn checksum(&self) -> Box<dyn Checksum> {
        Box::new(Closing)
    }

    fn block_bytes(&self) -> usize {
        BLOCK_BYTES
    }

    fn window_bytes(&self) -> usize {
        0
    }

    fn compressor(&self, level: Option<i32>) -> Result<Box<dyn Compressor>> {
        let level = level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL);
        let known = zstd::compression_level_range();
        if !known.contains(&level) {
            return Err(Error::bad_argument(
                "compression_level",
                format!("{level} is not from {} to {}", known.start(), known.end()),
            ));
        }
        let mut compressor = bulk::Compressor::new(level).map_err(gave_up)?;
        compressor.include_checksum(true).map_err(gave_up)?;
        Ok(Box::new(compressor))
    }

    fn gains_from_threads(&self) -> bool {
        true
    }

    fn decompressor(&self) -> Box<dyn Decompressor> {
        Box::new(Frames::of_at_most(FRAME_BYTES as u64))
    }

    fn checking_decompressor(&self) -> Box<dyn Decompressor> {
        let frames = Frames::of_at_most(FRAME_BYTES as u64);
        Box::new(WholeFrames { frames, text: Vec::new(), made: 0, given_out: 0 })
    }

    fn document(&self, file: Box<dyn BufRead + Send>) -> Box<dyn Document> {
        let frames = Frames::of_at_most(u64::MAX);
        Box::new(Text { file, frames, is_skipped: false, has_ended: false })
    }
}

/// Each frame has a checksum of its own, so nothing is counted.
struct Closing;

impl Checksum for Closing {
    fn update(&mut self, _text: &[u8]) {}

    fn trailer(&self, stored_bytes: usize) -> Vec<u8> {
        let mut trailer = SKIPPED_MAGIC.to_vec();
        trailer.extend_from_slice(&4_u32.to_le_bytes());
        trailer.extend_from_slice(&(stored_bytes as u32).to_le_bytes());
        trailer
    }
}

impl Compressor for bulk::Compressor<'static> {
    fn compress(&mut self, _before: &[u8], block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let frame = bulk::Compressor::compress(self, block).map_err(gave_up)?;
        out.extend_from_slice(&frame);
        Ok(())
    }
}

fn gave_up(error: io::Error) -> Error {
    Error::storage("compress", error)
}

/// Frames one after another.
struct Frames {
    state: DCtx<'static>,
    /// Between two frames, or before the first.
    is_between: bool,
    /// Text of the frame so far.
    frame_bytes: u64,
    most_bytes: u64,
}

impl Frames {
    /// Returns a reader of frames that may have so much text each.
    fn of_at_most(most_bytes: u64) -> Self {
        let mut state = DCtx::create();
        state
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .expect("every build of the library takes a window of 8 MiB");
        Self { state, is_between: true, frame_bytes: 0, most_bytes }
    }
}

impl Decompressor for Frames {
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step> {
        if input.is_empty() && self.is_between {
            return Ok(Step { consumed: 0, produced: 0 });
        }
        // A frame that is there as a whole, and for whose text there is room, the library decodes at
        // once, without a look at its window.
        let shown = if self.is_between { input.len().min(BEGUN_BYTES) } else { input.len() };
        let mut from = InBuffer::around(&input[..shown]);
        let mut to = OutBuffer::around(output);
        let hint = self.state.decompress_stream(&mut to, &mut from).map_err(undecodable)?;
        let step = Step { consumed: from.pos(), produced: to.pos() };
        // Without progress there was nothing to say about where the frame stands.
        if step.consumed > 0 || step.produced > 0 {
            self.is_between = hint == 0;
        }
        self.frame_bytes += step.produced as u64;
        if self.frame_bytes > self.most_bytes {
            return Err(Error::too_large("the text of a zstd frame", self.most_bytes));
        }
        if self.is_between {
            self.frame_bytes = 0;
        }
        Ok(step)
    }

    fn may_end(&self) -> bool {
        self.is_between
    }
}

/// Frames whose text comes out once all of it is there, and has been checked.
struct WholeFrames {
    frames: Frames,
    text: Vec<u8>,
    /// How much of `text` is of the frame.
    made: usize,
    given_out: usize,
}

impl WholeFrames {
    /// Takes what there is of a frame, and returns how much of `input` that was.
    fn take_in(&mut self, input: &[u8]) -> Result<usize> {
        let mut consumed = 0;
        loop {
            if self.made == self.text.len() {
                let room = (2 * self.made).clamp(FIRST_ROOM_BYTES, FRAME_BYTES + 1);
                self.text.resize(room, 0);
            }
            let step = self.frames.decompress(&input[consumed..], &mut self.text[self.made..])?;
            consumed += step.consumed;
            self.made += step.produced;
            if self.frames.may_end() || (step.consumed == 0 && step.produced == 0) {
                return Ok(consumed);
            }
        }
    }
}

impl Decompressor for WholeFrames {
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step> {
        if self.may_end() {
            (self.made, self.given_out) = (0, 0);
        }
        let consumed = if self.given_out < self.made && self.frames.may_end() {
            0
        } else {
            self.take_in(input)?
        };
        let ready = if self.frames.may_end() { &self.text[self.given_out..self.made] } else { &[] };
        let produced = ready.len().min(output.len());
        output[..produced].copy_from_slice(&ready[..produced]);
        self.given_out += produced;
        Ok(Step { consumed, produced })
    }

    fn may_end(&self) -> bool {
        self.frames.may_end() && self.given_out == self.made
    }
}

fn undecodable(code: zstd_safe::ErrorCode) -> Error {
    match zstd_safe::get_error_name(code) {
        "Frame requires too much memory for decoding" => {
            Error::too_large("the window of a zstd frame", 1 << WINDOW_LOG)
        }
        _ => Error::damaged("its compressed bytes do not decompress"),
    }
}

/// The text of the frames of a file, up to the first that is skipped or is none.
struct Text {
    file: Box<dyn BufRead + Send>,
    frames: Frames,
    /// The frame that is read is one that a decoder skips.
    is_skipped: bool,
    has_ended: bool,
}

impl Text {
    /// Looks at what follows a frame; `false` where that is no other one.
    fn begins_another(&mut self) -> io::Result<bool> {
        let ready = self.file.fill_buf()?;
        let shown = ready.len().min(MAGIC.len());
        let Some(first) = ready.first() else { return Ok(false) };
        self.is_skipped = first & 0xf0 == SKIPPED_MAGIC[0];
        let is_skipped = self.is_skipped && ready[1..shown] == SKIPPED_MAGIC[1..shown];
        Ok(is_skipped || ready[..shown] == MAGIC[..shown])
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended && !buffer.is_empty() {
            if self.frames.may_end() && (self.is_skipped || !self.begins_another()?) {
                self.has_ended = true;
                break;
            }
            let ready = self.file.fill_buf()?;
            let is_over = ready.is_empty();
            let step = self.frames.decompress(ready, buffer)?;
            self.file.consume(step.consumed);
            if step.produced > 0 {
                return Ok(step.produced);
            }
            if is_over && step.consumed == 0 && !self.frames.may_end() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

impl Document for Text {
    fn rest(&mut self) -> &mut dyn BufRead {
        &mut *self.file
    }

    fn is_closed(&self) -> bool {
        self.has_ended && self.is_skipped
    }
}
