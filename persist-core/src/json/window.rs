//! The part of a text that is in memory.

use crate::error::{Error, Result};
use std::io::{ErrorKind, Read};

/// A whole text, or a reader and what was last read from it.
pub(super) enum Window<'s> {
    Whole(&'s [u8]),
    Moving(Moving<'s>),
}

/// A reader with a buffer that grows only where one token does not fit.
pub(super) struct Moving<'s> {
    reader: Box<dyn Read + Send + 's>,
    buffer: Vec<u8>,
    filled: usize,
    /// Bytes of the text that lie before the buffer.
    passed: u64,
    is_last: bool,
}

impl<'s> Window<'s> {
    pub(super) fn moving(reader: Box<dyn Read + Send + 's>, bytes: usize) -> Self {
        Self::Moving(Moving {
            reader,
            buffer: vec![0; bytes.max(1)],
            filled: 0,
            passed: 0,
            is_last: false,
        })
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Moving(moving) => &moving.buffer[..moving.filled],
        }
    }

    /// Bytes of the text before `at`, an index into [`bytes`](Self::bytes).
    #[inline]
    pub(super) fn offset(&self, at: usize) -> u64 {
        match self {
            Self::Whole(_) => at as u64,
            Self::Moving(moving) => moving.passed + at as u64,
        }
    }

    /// Whether the text ends where the bytes do.
    #[inline]
    pub(super) fn is_last(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Moving(moving) => moving.is_last,
        }
    }

    /// Forgets the bytes before `keep_from` and reads more; what is kept then begins at 0.
    pub(super) fn advance(&mut self, keep_from: usize) -> Result<()> {
        match self {
            Self::Whole(_) => Ok(()),
            Self::Moving(moving) => moving.advance(keep_from),
        }
    }
}

impl Moving<'_> {
    fn advance(&mut self, keep_from: usize) -> Result<()> {
        self.buffer.copy_within(keep_from..self.filled, 0);
        self.filled -= keep_from;
        self.passed += keep_from as u64;
        // A token cut short is scanned again from its start, so the window at least doubles between
        // two scans of one token: all scans of it together stay linear in its length.
        if self.filled * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.filled < self.buffer.len() && !self.is_last {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.is_last = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::from_io(error)),
            }
        }
        Ok(())
    }
}
