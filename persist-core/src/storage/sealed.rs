//! Sealed objects: what is put is encrypted on its way, and what is got is decrypted.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Fill, Key, Object, ObjectReader, PutOptions, Storage, read_range};
use crate::encryption::{self, Keys, ReadSeek};
use crate::error::{Error, Result};
use crate::progress::Cancellation;

/// How much of a sealed object is read from its beginning, at once: more than nearly all headers have.
const FRONT_BYTES: u64 = 16 << 10;

/// How much is read from its end, at once: what 64 KiB of text and a little more take, however they
/// fall into segments.
const BACK_BYTES: u64 = 2 * ((64 << 10) + 16) + 128;

/// How much more is read at once where reading begins that near to the end: the longest metadata takes
/// as much, its segments and stored blocks included.
const LONG_BYTES: u64 = BACK_BYTES + (1 << 20) + (64 << 10);

/// A storage whose objects only the holders of keys can read.
///
/// Everything below sees sealed bytes, and objects are as long as what was put. What is there in clear
/// is refused.
pub struct SealedStorage {
    inner: Arc<dyn Storage>,
    keys: Keys,
}

impl SealedStorage {
    /// Seals for `keys` what is put into `inner`, and opens with them what is got.
    pub fn new(inner: Arc<dyn Storage>, keys: Keys) -> Self {
        Self { inner, keys }
    }

    fn open(&self, object: Arc<dyn Object>) -> Result<SealedObject> {
        let file = Box::new(Window::over(object)?);
        let mut text = encryption::cipher().open(file, &self.keys)?;
        let size_bytes = text.seek(SeekFrom::End(0)).map_err(Error::from_io)?;
        Ok(SealedObject { text: Mutex::new(text), size_bytes })
    }
}

impl Storage for SealedStorage {
    fn location(&self, key: &Key) -> String {
        self.inner.location(key)
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        let object = self.inner.get_from_end(key, BACK_BYTES)?;
        match self.open(object) {
            Ok(opened) => Ok(Arc::new(opened)),
            Err(error) => Err(error.at(&self.location(key))),
        }
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        let mut seal = Some(encryption::cipher().seal(&self.keys)?);
        self.inner.put(key, options, &mut |sink| {
            let seal = seal.take().expect("a storage fills an object once");
            seal.seal(sink, fill)
        })
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.inner.delete(key)
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        self.inner.list(prefix)
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        self.inner.exists(key)
    }

    fn stopped_by(&self, cancellation: &Cancellation) -> Option<Arc<dyn Storage>> {
        let inner = self.inner.stopped_by(cancellation)?;
        Some(Arc::new(Self { inner, keys: self.keys.clone() }))
    }
}

struct SealedObject {
    text: Mutex<Box<dyn ReadSeek>>,
    size_bytes: u64,
}

impl Object for SealedObject {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.size_bytes {
            return Ok(0);
        }
        // After a panic the text stands somewhere, and is sought anyway.
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.seek(SeekFrom::Start(offset))?;
        text.read(buffer)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

/// The sealed bytes, of which the beginning and the end are read once.
struct Window {
    object: Arc<dyn Object>,
    front: Vec<u8>,
    back: Option<Vec<u8>>,
    back_from: u64,
    position: u64,
    /// What is between, as it was last read from some place on: in a cloud each reader is a request.
    between: Option<(u64, Box<dyn Read + Send>)>,
}

impl Window {
    fn over(object: Arc<dyn Object>) -> Result<Self> {
        let size = object.size_bytes();
        let front = read_range(&*object, 0, size.min(FRONT_BYTES)).map_err(Error::from_io)?;
        let back_from = size.saturating_sub(BACK_BYTES).max(front.len() as u64);
        Ok(Self { object, front, back: None, back_from, position: 0, between: None })
    }

    /// Returns what is at hand from the position on, if it is.
    fn at_hand(&mut self) -> io::Result<Option<&[u8]>> {
        let size = self.object.size_bytes();
        let position = self.position.min(size);
        if position < self.front.len() as u64 {
            return Ok(Some(&self.front[position as usize..]));
        }
        if size - position > LONG_BYTES.max(size - self.back_from) {
            return Ok(None);
        }
        if self.back.is_none() || position < self.back_from {
            self.reach_back_to(position)?;
        }
        Ok(self.back.as_deref().map(|back| &back[(position - self.back_from) as usize..]))
    }

    /// Reads what lies between a position and what is held of the end.
    fn reach_back_to(&mut self, position: u64) -> io::Result<()> {
        let held = self.back.take().unwrap_or_default();
        let held_from = self.object.size_bytes() - held.len() as u64;
        self.back_from = self.back_from.min(position);
        let mut back = read_range(&*self.object, self.back_from, held_from - self.back_from)?;
        back.extend_from_slice(&held);
        self.back = Some(back);
        Ok(())
    }
}

impl Window {
    /// Reads on where the last read between ended, and anew elsewhere.
    fn read_between(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reader = match self.between.take() {
            Some((position, reader)) if position == self.position => reader,
            _ => Arc::clone(&self.object).stream(self.position),
        };
        let count = reader.read(buffer)?;
        self.between = Some((self.position + count as u64, reader));
        Ok(count)
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.at_hand()? {
            Some(mut bytes) => bytes.read(buffer)?,
            None => {
                let room = usize::try_from(self.back_from - self.position).unwrap_or(usize::MAX);
                let room = room.min(buffer.len());
                self.read_between(&mut buffer[..room])?
            }
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let sought = match position {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.object.size_bytes().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = sought.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::{self, Identity};
    use crate::storage::{MemoryStorage, contract};

    #[test]
    fn sealed_objects_keep_the_contract() {
        contract::check(|| {
            let keys = Keys::new(vec![encryption::Key::Identity(Identity::generate())]);
            (Box::new(SealedStorage::new(Arc::new(MemoryStorage::new()), keys)), ())
        });
    }
}
