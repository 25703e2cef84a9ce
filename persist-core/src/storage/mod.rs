//! Keys and bytes: where snapshots lie, and nothing of what is in them.
//!
//! A backend implements [`Storage`] and passes the suite in `contract`. Every error a backend returns
//! carries its location.

#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(test, feature = "testing"))]
pub mod faulty;
mod local;
mod location;
mod memory;
mod sealed;

#[cfg(feature = "gcs")]
mod account;
#[cfg(feature = "cloud")]
mod address;
#[cfg(feature = "cloud")]
mod answer;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "azure")]
mod blob;
#[cfg(feature = "cloud")]
mod cloud;
#[cfg(feature = "cloud")]
mod connection;
#[cfg(feature = "cloud")]
mod credential;
#[cfg(feature = "gcs")]
mod gcs;
#[cfg(feature = "cloud")]
mod leftover;
#[cfg(feature = "cloud")]
mod object;
#[cfg(feature = "cloud")]
mod option;
#[cfg(feature = "s3")]
mod profile;
#[cfg(feature = "cloud")]
mod proxy;
#[cfg(feature = "cloud")]
mod reason;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "cloud")]
mod site;
#[cfg(feature = "cloud")]
mod traced;
#[cfg(feature = "cloud")]
mod transport;
#[cfg(feature = "cloud")]
mod upload;
#[cfg(feature = "cloud")]
mod value;
#[cfg(feature = "cloud")]
mod wire;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "cloud")]
pub use self::address::Address;
#[cfg(feature = "cloud")]
pub use self::cloud::CloudStorage;
pub use self::local::LocalStorage;
pub use self::location::Location;
pub use self::memory::MemoryStorage;
pub use self::sealed::SealedStorage;
use crate::encryption::Keys;
use crate::error::{Error, Result};
use crate::progress::Cancellation;

/// URL schemes of clouds, each with whether this build reaches it; which cloud an `https` URL means,
/// its host says.
const CLOUD_SCHEMES: [(&str, bool); 9] = [
    ("s3", cfg!(feature = "s3")),
    ("s3a", cfg!(feature = "s3")),
    ("gs", cfg!(feature = "gcs")),
    ("az", cfg!(feature = "azure")),
    ("azure", cfg!(feature = "azure")),
    ("adl", cfg!(feature = "azure")),
    ("abfs", cfg!(feature = "azure")),
    ("abfss", cfg!(feature = "azure")),
    ("https", cfg!(any(feature = "s3", feature = "azure"))),
];

/// URL schemes that stand for a storage no build reaches.
const UNREACHED_SCHEMES: [&str; 5] = ["gcs", "http", "hdfs", "wasb", "wasbs"];

/// Returns what a caller may name.
fn supported_locations() -> String {
    let clouds = ["s3", "az", "gs"].map(|name| (name, CLOUD_SCHEMES.contains(&(name, true))));
    let mut names = vec!["paths".to_owned(), "`file://`".to_owned(), "`memory://`".to_owned()];
    names.extend(
        clouds.iter().filter(|(_, is_reached)| *is_reached).map(|(name, _)| format!("`{name}://`")),
    );
    let last = names.pop().expect("there are three at least");
    format!("{} and {last}", names.join(", "))
}

/// The name of one object in a storage; parts are separated by `/`.
///
/// Text of the operating system, so that a path that is not Unicode can be one. The empty key names
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(OsString);

impl Key {
    /// Returns the key spelled `text`.
    pub fn new(text: impl Into<OsString>) -> Self {
        Self(text.into())
    }

    /// Returns the spelling.
    pub fn as_os_str(&self) -> &OsStr {
        &self.0
    }

    /// Returns the spelling as a path.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// Tells whether the key names nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<OsString>> From<T> for Key {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// Where one object lies or will lie: a storage and a key in it.
///
/// Made from a [`Location`], or from any storage and a key.
#[derive(Clone)]
pub struct Slot {
    storage: Arc<dyn Storage>,
    key: Key,
    is_sealed: bool,
}

impl Slot {
    /// Returns the slot of `key` in `storage`.
    pub fn new(storage: Arc<dyn Storage>, key: impl Into<Key>) -> Self {
        Self { storage, key: key.into(), is_sealed: false }
    }

    /// Returns the same slot for what only the holders of `keys` can read.
    #[must_use]
    pub fn sealed(self, keys: Keys) -> Self {
        let storage = Arc::new(SealedStorage::new(self.storage, keys));
        Self { storage, key: self.key, is_sealed: true }
    }

    /// Tells whether what is read there was opened with keys.
    pub(crate) fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    /// Returns the storage.
    pub fn storage(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    /// Returns the key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns where that is, as errors print it.
    pub fn location(&self) -> String {
        self.storage.location(&self.key)
    }

    /// Returns the same slot, where waiting for a network ends once `cancellation` says so.
    #[must_use]
    pub fn stopped_by(&self, cancellation: &Cancellation) -> Self {
        match self.storage.stopped_by(cancellation) {
            Some(storage) => Self { storage, ..self.clone() },
            None => self.clone(),
        }
    }
}

impl From<&Location> for Slot {
    fn from(location: &Location) -> Self {
        match location {
            Location::Local(path) => Self::new(Arc::new(LocalStorage::anywhere()), path),
            Location::Memory(name) => Self::new(Arc::new(MemoryStorage::of_process()), name),
            #[cfg(feature = "cloud")]
            Location::Cloud(address) => {
                Self::new(Arc::new(CloudStorage::new(address.clone())), address.key())
            }
        }
    }
}

impl From<&Slot> for Slot {
    fn from(slot: &Slot) -> Self {
        slot.clone()
    }
}

/// How an object is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutOptions {
    /// Whether an object that is there already is replaced; otherwise it is kept and the put fails,
    /// also when two writers race.
    pub overwrite: bool,
    /// Whether the object survives power loss once the put has returned.
    pub durable: bool,
    /// How old an unfinished upload to the same key must be to count as left behind by a writer that
    /// was killed, and to be aborted by this put. A younger one may be a live writer's. Only clouds
    /// have such uploads; a file's temporary shows by itself whether its writer lives.
    pub abandoned_after: Duration,
}

impl PutOptions {
    /// Returns what the default is: replaces, survives power loss, and aborts uploads that are an
    /// hour old.
    pub const fn new() -> Self {
        Self { overwrite: true, durable: true, abandoned_after: Duration::from_secs(3600) }
    }
}

impl Default for PutOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The bytes of one object, open for reading at any offset.
///
/// They stay what they were when it was opened, also when the object is replaced or deleted; where a
/// storage cannot keep them, reading fails with an error that [`is_replaced`] knows.
pub trait Object: Send + Sync {
    /// Returns how many bytes it had when it was opened.
    fn size_bytes(&self) -> u64;

    /// Reads some bytes from `offset` on into `buffer`; 0 at the end, as [`Read::read`].
    ///
    /// # Errors
    /// Whatever the storage says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Returns a reader of its bytes from `offset` on, to the last.
    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send>;
}

/// The object that was open is no longer what it was, and the storage did not keep it.
#[derive(Debug, thiserror::Error)]
#[error("it was replaced or deleted while it was read")]
struct Replaced;

/// Returns the error for an object that was replaced meanwhile.
#[cfg(feature = "cloud")]
fn replaced(action: &'static str) -> Error {
    Error::storage(action, io::Error::new(io::ErrorKind::ResourceBusy, Replaced))
}

/// Tells whether an object was replaced while it was read, so that opening it again may do.
pub fn is_replaced(error: &Error) -> bool {
    let Error::Storage { source, .. } = error else { return false };
    let inner = source.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<Replaced>())
}

/// Reads an open object forwards, to its last byte.
pub struct ObjectReader {
    object: Arc<dyn Object>,
    position: u64,
}

impl ObjectReader {
    /// Returns a reader at the first byte; readers of one object do not disturb each other.
    pub fn new(object: Arc<dyn Object>) -> Self {
        Self::starting_at(object, 0)
    }

    /// Returns a reader with `offset` bytes before it.
    pub fn starting_at(object: Arc<dyn Object>, offset: u64) -> Self {
        Self { object, position: offset }
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.object.read_at(self.position, buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// Reads so many bytes at once, which must be there: no more than a caller has room for.
///
/// # Errors
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where the object is shorter, and what it reports.
pub(crate) fn read_range(object: &dyn Object, start: u64, count_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count_bytes as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        match object.read_at(start + filled as u64, &mut bytes[filled..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Writes the bytes of one object into the sink it is given.
pub type Fill<'a> = dyn FnMut(&mut dyn Write) -> Result<()> + 'a;

/// A place that keeps objects by key.
pub trait Storage: Send + Sync {
    /// Returns where an object with that key lies or would lie, as errors print it.
    fn location(&self, key: &Key) -> String;

    /// Opens an object for reading.
    ///
    /// # Errors
    /// [`NotFound`](crate::Error::NotFound) when nothing has that key,
    /// [`PermissionDenied`](crate::Error::PermissionDenied) or [`Storage`](crate::Error::Storage) when
    /// it cannot be opened.
    fn get(&self, key: &Key) -> Result<Arc<dyn Object>>;

    /// Opens an object of which so many of the last bytes are wanted soon: where each reading is a
    /// request, they come with the opening.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn get_from_end(&self, key: &Key, _tail_bytes: u64) -> Result<Arc<dyn Object>> {
        self.get(key)
    }

    /// Keeps what `fill` writes under `key`.
    ///
    /// Others see what was there before until `fill` has returned and every byte is stored, and the
    /// whole new object from then on. When anything fails, `fill` included, what was there before
    /// stays and nothing else is left behind. `fill` is called at most once.
    ///
    /// # Errors
    /// [`Exists`](crate::Error::Exists) when something has that key and is not to be replaced,
    /// [`BadArgument`](crate::Error::BadArgument) for the empty key,
    /// [`PermissionDenied`](crate::Error::PermissionDenied) or [`Storage`](crate::Error::Storage) when
    /// it cannot be stored, and whatever `fill` returns.
    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()>;

    /// Removes an object.
    ///
    /// # Errors
    /// [`NotFound`](crate::Error::NotFound) when nothing has that key,
    /// [`PermissionDenied`](crate::Error::PermissionDenied) or [`Storage`](crate::Error::Storage) when
    /// it cannot be removed.
    fn delete(&self, key: &Key) -> Result<()>;

    /// Returns the keys that start with `prefix`, sorted; what is still being written has none.
    ///
    /// # Errors
    /// [`PermissionDenied`](crate::Error::PermissionDenied) or [`Storage`](crate::Error::Storage) when
    /// they cannot all be listed.
    fn list(&self, prefix: &Key) -> Result<Vec<Key>>;

    /// Tells whether something has that key; `false` only when nothing has.
    ///
    /// # Errors
    /// [`PermissionDenied`](crate::Error::PermissionDenied) or [`Storage`](crate::Error::Storage) when
    /// the answer is unknown.
    fn exists(&self, key: &Key) -> Result<bool>;

    /// Returns the same storage, where waiting for a network ends once `cancellation` says so; `None`
    /// where nothing waits for one.
    fn stopped_by(&self, _cancellation: &Cancellation) -> Option<Arc<dyn Storage>> {
        None
    }
}
