//! One document, one stream of bytes: how a snapshot lies in a file.
//!
//! Nothing here opens a file. [`write()`] takes a reader of state text and a sink; reading takes a
//! [`Source`], which shows the file's end, its beginning and the whole. Spec: docs/format/file-v1.md.

mod diagnosis;
mod document;
mod forward;
mod layout;
mod legacy;
mod read;
mod write;

use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::compression::Algorithm;
use crate::error::Result;
use crate::metadata::Metadata;

pub use crate::metadata::FORMAT_VERSION;
pub use read::{State, read, read_metadata, verify};
pub use write::write;

/// How a snapshot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// What compresses the state.
    pub algorithm: Algorithm,
    /// How hard it tries, 0 to 9 for gzip, up to 22 for zstd, whose levels below 0 are the fastest;
    /// `None` is its default, and all that `none` takes.
    pub level: Option<i32>,
}

/// One stored file that does not change between these calls.
///
/// An implementation holds one file open, or makes sure that all its answers are of one version.
pub trait Source {
    /// Returns the last bytes, `at_most_bytes` of them or the whole file where it is shorter.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn tail(&mut self, at_most_bytes: usize) -> Result<Tail>;

    /// Returns the first bytes, `at_most_bytes` of them or the whole file where it is shorter.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn head(&mut self, at_most_bytes: usize) -> Result<Vec<u8>>;

    /// Returns the whole file from its first byte on; called once or twice per reading.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn stream(&mut self) -> Result<Box<dyn Read + Send>>;
}

/// The end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The last bytes.
    pub bytes: Vec<u8>,
    /// The length of the whole file.
    pub total_bytes: u64,
}

impl Source for Arc<[u8]> {
    fn tail(&mut self, at_most_bytes: usize) -> Result<Tail> {
        let start = self.len().saturating_sub(at_most_bytes);
        Ok(Tail { bytes: self[start..].to_vec(), total_bytes: self.len() as u64 })
    }

    fn head(&mut self, at_most_bytes: usize) -> Result<Vec<u8>> {
        Ok(self[..self.len().min(at_most_bytes)].to_vec())
    }

    fn stream(&mut self) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Arc::clone(self))))
    }
}

/// What a file held: what it says of itself, and its state.
#[derive(Debug)]
pub struct Opened {
    /// What the snapshot says of itself.
    pub metadata: Metadata,
    /// The state text, checked already or checked as it is read.
    pub state: State,
}
