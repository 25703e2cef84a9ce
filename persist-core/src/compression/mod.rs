//! Bytes to fewer bytes and back: one file per algorithm, one row here.
//!
//! An algorithm lays a file out as *header*, *blocks*, *stored text*, *trailer*: the state is cut into
//! blocks that are compressed on their own, the metadata is stored uncompressed so that it can be
//! read from the end of the file, the trailer closes the file. Spec: docs/format/file-v1.md §2.

mod gzip;
mod none;
mod zstd;

use std::fmt;
use std::io::{self, BufRead, Read};

use crate::error::{Error, Result};

/// The algorithms this release reads and writes, for messages.
const SUPPORTED: &str = "gzip, zstd, none";

/// An algorithm this release reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// One gzip member, RFC 1952.
    Gzip,
    /// Zstandard frames, RFC 8878.
    Zstd,
    /// The document as it is.
    None,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::None];

    /// Returns the name that metadata carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }

    /// Returns the algorithm of that name.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "gzip" => Ok(Self::Gzip),
            "none" => Ok(Self::None),
            "zstd" => Ok(Self::Zstd),
            _ => {
                let reason = format!("no algorithm is called `{name}`; known: {SUPPORTED}");
                Err(Error::bad_argument("compression", reason))
            }
        }
    }

    /// Returns what a file of that name is written with: `.zst` zstd, `.json` none, all else gzip.
    pub fn infer(path: &str) -> Self {
        let extension = path.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.'));
        match extension {
            Some((_, end)) if end.eq_ignore_ascii_case("zst") => Self::Zstd,
            Some((_, end)) if end.eq_ignore_ascii_case("json") => Self::None,
            _ => Self::Gzip,
        }
    }

    /// Returns the algorithm whose files begin like this, whatever the file is called.
    pub(crate) fn of_first_bytes(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.framing().opens(bytes))
    }

    /// Returns how files of this algorithm are laid out.
    pub(crate) fn framing(self) -> &'static dyn Framing {
        match self {
            Self::Gzip => &gzip::Gzip,
            Self::Zstd => &zstd::Zstd,
            Self::None => &none::Plain,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How the files of one algorithm are laid out.
pub(crate) trait Framing: Sync {
    /// Tells whether a file that begins like this, or is cut off there, may be of this algorithm.
    fn opens(&self, bytes: &[u8]) -> bool;

    /// Returns the bytes every file of ours begins with.
    fn header(&self) -> &'static [u8];

    /// Returns `text` as it lies in the file without being compressed.
    fn store(&self, text: &[u8]) -> Vec<u8>;

    /// Returns how many bytes [`store`](Self::store) makes of `text_bytes`.
    fn stored_bytes(&self, text_bytes: usize) -> usize;

    /// Returns what must be the text in `stored`, which has the length that text would give.
    fn stored_text(&self, stored: &[u8], text_bytes: usize) -> Vec<u8>;

    /// Returns how many bytes close the file after the stored text.
    fn trailer_bytes(&self) -> usize;

    /// Returns a count of the document that ends in the trailer.
    fn checksum(&self) -> Box<dyn Checksum>;

    /// Returns how much state text one block holds.
    fn block_bytes(&self) -> usize;

    /// Returns how much of the text in front of a block its compressor looks back at.
    fn window_bytes(&self) -> usize;

    /// Returns what compresses blocks; one serves one thread.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when the algorithm has no such level.
    fn compressor(&self, level: Option<i32>) -> Result<Box<dyn Compressor>>;

    /// Tells whether compressing takes so much time that a second thread shortens it.
    fn gains_from_threads(&self) -> bool;

    /// Returns what decompresses everything between header and trailer.
    fn decompressor(&self) -> Box<dyn Decompressor>;

    /// Returns one that gives no text out before the checksum that stands with it, if one does, has
    /// been found right.
    fn checking_decompressor(&self) -> Box<dyn Decompressor> {
        self.decompressor()
    }

    /// Returns the document in `file`, read to where the algorithm says the document ends.
    ///
    /// Takes any valid file of the algorithm, not only ours.
    fn document(&self, file: Box<dyn BufRead + Send>) -> Box<dyn Document>;
}

/// How an algorithm cuts the text it stores uncompressed: a header, then so many bytes.
struct StoredBlocks {
    header_bytes: usize,
    full_bytes: usize,
}

impl StoredBlocks {
    /// All blocks but the first are full, so that the end of the text is never split.
    fn first_bytes(&self, text_bytes: usize) -> usize {
        match text_bytes % self.full_bytes {
            0 => self.full_bytes,
            rest => rest,
        }
    }

    /// Returns the text in `stored`, as much as there is of `text_bytes`.
    fn text_of(&self, stored: &[u8], text_bytes: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(text_bytes);
        let mut rest = stored;
        while text.len() < text_bytes && rest.len() > self.header_bytes {
            let length = self.first_bytes(text_bytes - text.len());
            let end = rest.len().min(self.header_bytes + length);
            text.extend_from_slice(&rest[self.header_bytes..end]);
            rest = &rest[end..];
        }
        text
    }
}

/// The text in a file of any layout; a reader whose errors [`decoding_error`] explains.
pub(crate) trait Document: Read + Send {
    /// Returns what follows the document once it has been read to its end.
    fn rest(&mut self) -> &mut dyn BufRead;

    /// Tells whether the document, read to its end, was closed as files of the algorithm are.
    fn is_closed(&self) -> bool {
        true
    }
}

/// Counts a document on its way, for the trailer.
pub(crate) trait Checksum: Send {
    /// Takes the next bytes of the document.
    fn update(&mut self, text: &[u8]);

    /// Returns the trailer of a file that holds what was counted, its metadata block of that length.
    fn trailer(&self, stored_bytes: usize) -> Vec<u8>;
}

/// Makes blocks of a file out of blocks of text.
pub(crate) trait Compressor: Send {
    /// Appends `block` compressed to `out`; the result depends on the two arguments alone.
    ///
    /// `before` is the text in front of the block, as much of it as [`Framing::window_bytes`] at most.
    ///
    /// # Errors
    /// [`Error::Storage`] when the algorithm gives up, as for want of memory.
    fn compress(&mut self, before: &[u8], block: &[u8], out: &mut Vec<u8>) -> Result<()>;
}

/// Makes text out of the bytes of a file, piece by piece.
pub(crate) trait Decompressor: Send {
    /// Decompresses from `input` into `output` until one of them is used up.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the bytes are not what the algorithm writes, [`Error::TooLarge`] when
    /// they ask for more memory than a file of ours does.
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step>;

    /// Tells whether the compressed bytes may end here.
    fn may_end(&self) -> bool;
}

/// How far one step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Bytes of input used up.
    pub(crate) consumed: usize,
    /// Bytes of output made.
    pub(crate) produced: usize,
}

/// Returns what an error of a [`Document`] means: damage, or a missing end.
pub(crate) fn decoding_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Error::damaged("its compressed bytes do not decompress")
        }
        _ => Error::from_io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK_BYTES: usize = 200 << 10;

    /// Text whose words come again, in some blocks more than in others.
    fn blocks() -> Vec<Vec<u8>> {
        let mut seed = 1_u64;
        let mut word = |kinds: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            format!("{{\"id\":{}}},", (seed >> 33) % kinds)
        };
        let text = |kinds| (0..BLOCK_BYTES / 8).flat_map(|_| word(kinds).into_bytes()).collect();
        [50_000, 10, 1_000, 1_000, 7, 50_000].map(text).to_vec()
    }

    #[test]
    fn a_block_becomes_the_same_whatever_was_compressed_before() {
        let blocks = blocks();
        for algorithm in Algorithm::ALL {
            let framing = algorithm.framing();
            for level in [None, Some(1), Some(2), Some(5), Some(8)] {
                let Ok(mut used) = framing.compressor(level) else { continue };
                let mut before: &[u8] = &[];
                for (at, block) in blocks.iter().enumerate() {
                    let mut fresh = framing.compressor(level).expect("a level it has");
                    let [mut one, mut other] = [Vec::new(), Vec::new()];
                    used.compress(before, block, &mut one).expect("compressed");
                    fresh.compress(before, block, &mut other).expect("compressed");
                    assert!(one == other, "block {at}, {} at level {level:?}", algorithm.name());
                    before = &block[block.len().saturating_sub(framing.window_bytes())..];
                }
            }
        }
    }
}
