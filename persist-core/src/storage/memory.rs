//! Objects in the memory of this process.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::{Fill, Key, Object, ObjectReader, PutOptions, Storage};
use crate::error::{Error, Result};

static OF_PROCESS: LazyLock<MemoryStorage> = LazyLock::new(MemoryStorage::new);

type Objects = BTreeMap<Key, Arc<Vec<u8>>>;

/// A storage that ends with the process; clones share their objects.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    objects: Arc<Mutex<Objects>>,
}

impl MemoryStorage {
    /// Returns an empty storage of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the storage that `memory://` names, the same for the whole process.
    pub fn of_process() -> Self {
        OF_PROCESS.clone()
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        // Every change is one call on the map, so a panic elsewhere leaves it whole.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn location(&self, key: &Key) -> String {
        format!("memory://{}", key.as_path().display())
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        match self.objects().get(key) {
            Some(bytes) => Ok(Arc::new(MemoryObject(Arc::clone(bytes)))),
            None => Err(Error::not_found().at(&self.location(key))),
        }
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        if key.is_empty() {
            return Err(Error::bad_argument("path", "is empty, which names nothing"));
        }
        let exists = || Error::exists().at(&self.location(key));
        if !options.overwrite && self.objects().contains_key(key) {
            return Err(exists());
        }
        let mut bytes = Vec::new();
        fill(&mut bytes).map_err(|error| error.at(&self.location(key)))?;
        match self.objects().entry(key.clone()) {
            // Another writer was faster.
            Entry::Occupied(_) if !options.overwrite => return Err(exists()),
            Entry::Occupied(mut entry) => drop(entry.insert(Arc::new(bytes))),
            Entry::Vacant(entry) => drop(entry.insert(Arc::new(bytes))),
        }
        Ok(())
    }

    fn delete(&self, key: &Key) -> Result<()> {
        match self.objects().remove(key) {
            Some(_) => Ok(()),
            None => Err(Error::not_found().at(&self.location(key))),
        }
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let start = prefix.as_os_str().as_encoded_bytes();
        let objects = self.objects();
        let keys =
            objects.keys().filter(|key| key.as_os_str().as_encoded_bytes().starts_with(start));
        Ok(keys.cloned().collect())
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        Ok(self.objects().contains_key(key))
    }
}

struct MemoryObject(Arc<Vec<u8>>);

impl Object for MemoryObject {
    fn size_bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).map_or(self.0.len(), |start| start.min(self.0.len()));
        let count = buffer.len().min(self.0.len() - start);
        buffer[..count].copy_from_slice(&self.0[start..start + count]);
        Ok(count)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::contract;

    #[test]
    fn memory_keeps_the_contract() {
        contract::check(|| (Box::new(MemoryStorage::new()), ()));
    }

    #[test]
    fn the_process_has_one_namespace() {
        let key = Key::new("tests/the_process_has_one_namespace");
        MemoryStorage::of_process()
            .put(&key, PutOptions::default(), &mut |sink| {
                sink.write_all(b"x").map_err(|error| Error::storage("write", error))
            })
            .expect("memory takes it");
        assert!(MemoryStorage::of_process().exists(&key).expect("memory knows"));
        assert!(!MemoryStorage::new().exists(&key).expect("memory knows"));
    }
}
