//! Bytes and keys: sealing what may be read by some alone, and opening it.
//!
//! One file per algorithm; `Age` is the only one. A sealed file is read at any place without
//! what lies before it, and no byte of it is given out that was not authenticated. Spec:
//! docs/format/file-v1.md §8.

mod age;
mod key;

use std::io::{Read, Seek, Write};

pub use self::key::{DEFAULT_WORK_FACTOR, Identity, Key, Keys, Passphrase, Recipient};
use crate::error::Result;

/// Something that is read at any place.
pub(crate) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// Writes the text of one file into the sink it is given.
pub(crate) type Fill<'a> = dyn FnMut(&mut dyn Write) -> Result<()> + 'a;

/// Seals files for keys, and opens them with keys.
pub(crate) trait Cipher: Sync {
    /// Tells whether a file begins as sealed ones do.
    fn is_sealed(&self, head: &[u8]) -> bool;

    /// Says what a sealed file is that only another program opens.
    fn unread_form(&self, head: &[u8]) -> Option<&'static str>;

    /// Returns what seals one file; what its keys cost (a passphrase: time and memory) is paid here.
    ///
    /// # Errors
    /// [`BadArgument`](crate::Error::BadArgument) for keys that cannot seal one file together.
    fn seal(&self, keys: &Keys) -> Result<Box<dyn Seal>>;

    /// Opens a file, and returns its text; the length that seeking to its end tells is authenticated.
    ///
    /// # Errors
    /// [`BadArgument`](crate::Error::BadArgument) for keys that open nothing,
    /// [`NotASnapshot`](crate::Error::NotASnapshot) for a form that is not read,
    /// [`NotEncrypted`](crate::Error::NotEncrypted), [`WrongKey`](crate::Error::WrongKey),
    /// [`DamagedCiphertext`](crate::Error::DamagedCiphertext),
    /// [`TooLarge`](crate::Error::TooLarge) for a passphrase that costs more than the bound, and what
    /// `file` reports.
    fn open(&self, file: Box<dyn ReadSeek>, keys: &Keys) -> Result<Box<dyn ReadSeek>>;
}

/// One file about to be sealed.
pub(crate) trait Seal {
    /// Seals what `fill` writes into `sink`.
    ///
    /// # Errors
    /// What `fill` and `sink` report; `sink` then holds a file that does not open.
    fn seal(self: Box<Self>, sink: &mut dyn Write, fill: &mut Fill<'_>) -> Result<()>;
}

/// Returns the cipher of this format version.
pub(crate) fn cipher() -> &'static dyn Cipher {
    &age::Age
}
