//! The document as it is.

use std::io::BufRead;

use super::{Checksum, Compressor, Decompressor, Document, Framing, Step};
use crate::error::{Error, Result};

/// What every document begins with.
const OPENING: &[u8] = b"{\"agent_state\":";

/// Files that hold the document and nothing else.
pub(super) struct Plain;

impl Framing for Plain {
    fn opens(&self, bytes: &[u8]) -> bool {
        let shown = bytes.len().min(OPENING.len());
        shown > 0 && bytes[..shown] == OPENING[..shown]
    }

    fn header(&self) -> &'static [u8] {
        b""
    }

    fn store(&self, text: &[u8]) -> Vec<u8> {
        text.to_vec()
    }

    fn stored_bytes(&self, text_bytes: usize) -> usize {
        text_bytes
    }

    fn stored_text(&self, stored: &[u8], _text_bytes: usize) -> Vec<u8> {
        stored.to_vec()
    }

    fn trailer_bytes(&self) -> usize {
        0
    }

    fn checksum(&self) -> Box<dyn Checksum> {
        Box::new(Uncounted)
    }

    fn block_bytes(&self) -> usize {
        256 << 10
    }

    fn window_bytes(&self) -> usize {
        0
    }

    fn compressor(&self, level: Option<i32>) -> Result<Box<dyn Compressor>> {
        match level {
            None => Ok(Box::new(Copied)),
            Some(_) => {
                Err(Error::bad_argument("compression_level", "compression `none` has no levels"))
            }
        }
    }

    fn gains_from_threads(&self) -> bool {
        false
    }

    fn decompressor(&self) -> Box<dyn Decompressor> {
        Box::new(Copied)
    }

    fn document(&self, file: Box<dyn BufRead + Send>) -> Box<dyn Document> {
        Box::new(file)
    }
}

impl Document for Box<dyn BufRead + Send> {
    fn rest(&mut self) -> &mut dyn BufRead {
        self
    }
}

struct Uncounted;

impl Checksum for Uncounted {
    fn update(&mut self, _text: &[u8]) {}

    fn trailer(&self, _stored_bytes: usize) -> Vec<u8> {
        Vec::new()
    }
}

struct Copied;

impl Compressor for Copied {
    fn compress(&mut self, _before: &[u8], block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(block);
        Ok(())
    }
}

impl Decompressor for Copied {
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step> {
        let count = input.len().min(output.len());
        output[..count].copy_from_slice(&input[..count]);
        Ok(Step { consumed: count, produced: count })
    }

    fn may_end(&self) -> bool {
        true
    }
}
