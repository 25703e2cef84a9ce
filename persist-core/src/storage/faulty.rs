//! A storage that fails on purpose, for tests of whatever stands on one.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Fill, Key, Object, ObjectReader, PutOptions, Storage};
use crate::error::{Error, Result};

/// One thing that goes wrong. Offsets and counts are bytes of one object, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The `nth` call of a function of [`Storage`] fails, counted from 1.
    Operation {
        /// Which call.
        nth: u64,
    },
    /// Writing fails once that many bytes were taken.
    WriteAfter {
        /// How many bytes pass.
        bytes: u64,
    },
    /// Reading fails at that offset.
    ReadAfter {
        /// How many bytes pass.
        bytes: u64,
    },
    /// A read returns at most that many bytes, and a write takes no more.
    Short {
        /// At least 1.
        at_most_bytes: usize,
    },
    /// Objects end there, whatever was put.
    TruncateAt {
        /// How many bytes are left.
        bytes: u64,
    },
    /// Objects read with some bits of one byte changed.
    Flip {
        /// Which byte.
        offset: u64,
        /// Which of its bits.
        mask: u8,
    },
}

/// A storage with faults laid over another one.
pub struct FaultyStorage<S> {
    inner: S,
    faults: Arc<[Fault]>,
    operations: AtomicU64,
}

impl<S: Storage> FaultyStorage<S> {
    /// Lays `faults` over `inner`; without any it is as good as that.
    pub fn new(inner: S, faults: &[Fault]) -> Self {
        Self { inner, faults: faults.into(), operations: AtomicU64::new(0) }
    }

    /// Counts a call and fails when it is one that has to.
    fn count(&self, action: &'static str, key: &Key) -> Result<()> {
        let current = self.operations.fetch_add(1, Ordering::Relaxed) + 1;
        let fails = self.faults.contains(&Fault::Operation { nth: current });
        if fails { Err(Error::storage(action, injected()).at(&self.location(key))) } else { Ok(()) }
    }
}

impl<S: Storage> Storage for FaultyStorage<S> {
    fn location(&self, key: &Key) -> String {
        self.inner.location(key)
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        self.count("read", key)?;
        let inner = self.inner.get(key)?;
        Ok(Arc::new(FaultyObject { inner, faults: Arc::clone(&self.faults) }))
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        self.count("write", key)?;
        self.inner.put(key, options, &mut |sink| {
            fill(&mut FaultySink { sink, faults: &self.faults, written_bytes: 0 })
        })
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.count("delete", key)?;
        self.inner.delete(key)
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        self.count("list", prefix)?;
        self.inner.list(prefix)
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        self.count("look at", key)?;
        self.inner.exists(key)
    }
}

struct FaultyObject {
    inner: Arc<dyn Object>,
    faults: Arc<[Fault]>,
}

impl Object for FaultyObject {
    fn size_bytes(&self) -> u64 {
        let ends = self.faults.iter().filter_map(|fault| match fault {
            Fault::TruncateAt { bytes } => Some(*bytes),
            _ => None,
        });
        ends.fold(self.inner.size_bytes(), u64::min)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut room = limited(buffer.len(), self.size_bytes().saturating_sub(offset));
        for fault in self.faults.iter() {
            match *fault {
                Fault::ReadAfter { bytes } if offset >= bytes => return Err(injected()),
                Fault::ReadAfter { bytes } => room = limited(room, bytes - offset),
                Fault::Short { at_most_bytes } => room = room.min(at_most_bytes),
                _ => {}
            }
        }
        let count = self.inner.read_at(offset, &mut buffer[..room])?;
        for fault in self.faults.iter() {
            if let Fault::Flip { offset: flipped, mask } = *fault
                && (offset..offset + count as u64).contains(&flipped)
            {
                buffer[limited(room, flipped - offset)] ^= mask;
            }
        }
        Ok(count)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

struct FaultySink<'a> {
    sink: &'a mut dyn Write,
    faults: &'a [Fault],
    written_bytes: u64,
}

impl Write for FaultySink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = bytes.len();
        for fault in self.faults {
            match *fault {
                Fault::WriteAfter { bytes } if self.written_bytes >= bytes => {
                    return Err(injected());
                }
                Fault::WriteAfter { bytes } => room = limited(room, bytes - self.written_bytes),
                Fault::Short { at_most_bytes } => room = room.min(at_most_bytes),
                _ => {}
            }
        }
        let count = self.sink.write(&bytes[..room])?;
        self.written_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Returns the smaller one, as a length in memory.
fn limited(length: usize, limit: u64) -> usize {
    usize::try_from(limit).map_or(length, |limit| length.min(limit))
}

fn injected() -> io::Error {
    io::Error::other("injected fault")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{MemoryStorage, contract};

    fn read_with(faults: &[Fault]) -> io::Result<Vec<u8>> {
        let inner = MemoryStorage::new();
        let key = Key::new("a");
        contract::put_bytes(&inner, &key, b"0123456789").expect("memory takes it");
        let object = FaultyStorage::new(inner, faults).get(&key).expect("it is there");
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut ObjectReader::new(object), &mut bytes).map(|_| bytes)
    }

    #[test]
    fn without_faults_and_with_short_ones_it_keeps_the_contract() {
        contract::check(|| (Box::new(FaultyStorage::new(MemoryStorage::new(), &[])), ()));
        let short = [Fault::Short { at_most_bytes: 3 }];
        contract::check(|| (Box::new(FaultyStorage::new(MemoryStorage::new(), &short)), ()));
    }

    #[test]
    fn reads_fail_end_and_lie_where_they_are_told_to() {
        let read = |faults: &[Fault]| read_with(faults).map_err(|error| error.to_string());
        assert_eq!(read(&[Fault::ReadAfter { bytes: 4 }]), Err("injected fault".into()));
        assert_eq!(read(&[Fault::TruncateAt { bytes: 4 }]), Ok(b"0123".to_vec()));
        assert_eq!(read(&[Fault::Flip { offset: 9, mask: 1 }]), Ok(b"0123456788".to_vec()));
    }

    #[test]
    fn the_nth_operation_and_a_late_write_fail() {
        let key = Key::new("a");
        let storage = FaultyStorage::new(MemoryStorage::new(), &[Fault::Operation { nth: 2 }]);
        contract::put_bytes(&storage, &key, b"x").expect("the first call works");
        let error = storage.exists(&key).expect_err("the second call fails");
        assert_eq!(error.report(), "could not look at `memory://a`: injected fault");
        let storage = FaultyStorage::new(MemoryStorage::new(), &[Fault::WriteAfter { bytes: 3 }]);
        contract::put_bytes(&storage, &key, b"012").expect("three bytes pass");
        let error = contract::put_bytes(&storage, &key, b"0123").expect_err("the fourth does not");
        assert_eq!(error.report(), "could not write `memory://a`: injected fault");
    }
}
