//! The single-file product: one snapshot at one location.
//!
//! Each function takes a [`Location`](crate::storage::Location), or a [`Slot`] in a storage of one's
//! own, and its errors carry where that is.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use crate::compression::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{self, Source, Tail, WriteOptions};
use crate::limits::Limits;
use crate::metadata::{Description, Metadata};
use crate::progress::{Cancellation, Watch};
use crate::storage::{Fill, Object, PutOptions, Slot, is_replaced, read_range};

/// How often a snapshot that is replaced while it is read, and of which nothing was given out, is opened.
pub const READINGS: u32 = 16;

/// How much of a composed snapshot is stored between two looks at whether to stop.
const PIECE_BYTES: usize = 1024 * 1024;

/// How a snapshot is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveOptions {
    /// What compresses it; `None` goes by the location: `.zst` zstd, `.json` none, else gzip.
    pub compression: Option<Algorithm>,
    /// How hard that tries; `None` is the algorithm's default.
    pub level: Option<i32>,
    /// Whether a snapshot that is there already is replaced.
    pub overwrite: bool,
    /// Whether the snapshot survives power loss once it is saved.
    pub durable: bool,
    /// How old an unfinished upload to the same key must be to be aborted as left behind.
    pub abandoned_after: Duration,
}

impl Default for SaveOptions {
    /// Goes by the location, replaces, survives power loss, and aborts uploads that are an hour old.
    fn default() -> Self {
        let PutOptions { overwrite, durable, abandoned_after } = PutOptions::default();
        Self { compression: None, level: None, overwrite, durable, abandoned_after }
    }
}

impl SaveOptions {
    fn write_options(&self, slot: &Slot) -> WriteOptions {
        let algorithm = self.compression.unwrap_or_else(|| Algorithm::infer(&slot.location()));
        WriteOptions { algorithm, level: self.level }
    }
}

/// A whole snapshot that is not stored yet.
#[derive(Debug)]
pub struct Composed {
    /// What the snapshot says of itself.
    pub metadata: Metadata,
    document: Vec<u8>,
}

/// What loading may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// A state of more bytes is refused, whatever the file declares.
    pub max_state_bytes: u64,
}

impl Default for LoadOptions {
    /// Allows 16 GiB of state.
    fn default() -> Self {
        Self { max_state_bytes: Limits::default().max_state_bytes }
    }
}

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// What the snapshot says of itself.
    pub metadata: Metadata,
    /// Its state.
    pub state: State,
}

/// The state text of a loaded snapshot.
///
/// A text of up to 64 MiB was checked whole before it was given out. A longer one is checked while it
/// is read, and its last read fails unless every check has passed, so nothing may be made of it before
/// it has been read to its end. [`Error::from_io`] turns a failed read into an error of this crate; where
/// [`is_replaced`] knows it, another snapshot took the place of this one, and loading anew may do.
#[derive(Debug)]
pub struct State {
    text: format::State,
    location: String,
}

impl State {
    /// Returns the whole text where it was checked before it was given out.
    pub fn held(&self) -> Option<&[u8]> {
        self.text.held()
    }

    /// Returns the length of the whole text.
    pub fn size_bytes(&self) -> u64 {
        self.text.size_bytes()
    }
}

impl Read for State {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer);
        read.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => Error::from_io(error).at(&self.location).into(),
        })
    }
}

/// Whether every byte of a snapshot is what it must be.
#[derive(Debug)]
pub struct Verification(Option<Error>);

impl Verification {
    /// Tells whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.0.is_none()
    }

    /// Returns what is wrong, if anything is.
    pub fn error(&self) -> Option<&Error> {
        self.0.as_ref()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(error) => formatter.write_str(&error.report()),
            None => formatter.write_str("every byte checks out"),
        }
    }
}

/// Saves a state text, and returns what the snapshot says of itself.
///
/// `state` must be one JSON value; it is read to its end, copied and not checked. Others see what was
/// at the location before, then the whole new snapshot. After an error what was there before stays, and
/// nothing else is left; `watch` hears bytes of state text.
///
/// # Errors
/// [`Exists`](Error::Exists) when something is there and is not to be replaced;
/// [`PermissionDenied`](Error::PermissionDenied), [`Unavailable`](Error::Unavailable),
/// [`NoSuchBucket`](Error::NoSuchBucket) and [`Storage`](Error::Storage) when it cannot be stored, and
/// the last when `state` cannot be read, unless that reports an [`Error`] of its own;
/// [`BadArgument`](Error::BadArgument) for a location that names nothing, a level the algorithm does not
/// have, a description that is no metadata, and options of a storage that cannot be used;
/// [`TooLarge`](Error::TooLarge) for metadata above its bound; [`Interrupted`](Error::Interrupted) when
/// `watch` is cancelled.
///
/// ```
/// use std::io::Read;
///
/// use persist_core::metadata::Description;
/// use persist_core::progress::Watch;
/// use persist_core::snapshot::{self, LoadOptions, SaveOptions};
/// use persist_core::storage::Location;
///
/// let location = Location::parse("memory://counter.json.gz")?;
/// let description = Description { agent_id: "counter".into(), ..Description::default() };
/// let text = br#"{"count":3}"#;
/// snapshot::save(&location, &text[..], &description, &SaveOptions::default(), Watch::none())?;
///
/// let mut loaded = snapshot::load(&location, &LoadOptions::default(), Watch::none())?;
/// assert_eq!(loaded.metadata.agent_id, "counter");
/// let mut state = Vec::new();
/// loaded.state.read_to_end(&mut state).map_err(persist_core::Error::from_io)?;
/// assert_eq!(state, text);
/// # Ok::<(), persist_core::Error>(())
/// ```
pub fn save(
    slot: impl Into<Slot>,
    mut state: impl Read,
    description: &Description,
    options: &SaveOptions,
    watch: Watch<'_>,
) -> Result<Metadata> {
    save_in(&slot.into(), &mut state, description, options, watch)
}

fn save_in(
    slot: &Slot,
    state: &mut dyn Read,
    description: &Description,
    options: &SaveOptions,
    watch: Watch<'_>,
) -> Result<Metadata> {
    let write_options = options.write_options(slot);
    let mut written = None;
    put_in(slot, options, watch, &mut |sink| {
        written = Some(format::write(sink, state, description, &write_options, watch)?);
        Ok(())
    })?;
    Ok(written.expect("a put succeeds only after it was filled"))
}

/// Makes a snapshot of a state text in memory, for [`store`] to save: what the state is read from is
/// free again while the snapshot is on its way.
///
/// # Errors
/// As [`save`], but for what only storing meets.
pub fn compose(
    slot: impl Into<Slot>,
    mut state: impl Read,
    description: &Description,
    options: &SaveOptions,
    watch: Watch<'_>,
) -> Result<Composed> {
    let slot = slot.into();
    let write_options = options.write_options(&slot);
    let mut document = Vec::new();
    let written = format::write(&mut document, &mut state, description, &write_options, watch);
    let metadata = written.map_err(|error| error.at(&slot.location()))?;
    Ok(Composed { document, metadata })
}

/// Saves a snapshot that was composed for the same slot, as [`save`] does; `watch` hears its bytes.
///
/// # Errors
/// As [`save`], but for what only composing meets.
pub fn store(
    slot: impl Into<Slot>,
    composed: &Composed,
    options: &SaveOptions,
    watch: Watch<'_>,
) -> Result<()> {
    let total_bytes = composed.document.len() as u64;
    put_in(&slot.into(), options, watch, &mut |sink| {
        let mut done_bytes = 0;
        for piece in composed.document.chunks(PIECE_BYTES) {
            watch.advance(done_bytes, Some(total_bytes))?;
            sink.write_all(piece).map_err(Error::from_io)?;
            done_bytes += piece.len() as u64;
        }
        watch.advance(done_bytes, Some(total_bytes))
    })
}

fn put_in(slot: &Slot, options: &SaveOptions, watch: Watch<'_>, fill: &mut Fill<'_>) -> Result<()> {
    let put_options = PutOptions {
        overwrite: options.overwrite,
        durable: options.durable,
        abandoned_after: options.abandoned_after,
    };
    let stoppable = slot.stopped_by(&watch.cancellation());
    let put = stoppable.storage().put(stoppable.key(), put_options, &mut |sink| {
        fill(sink)?;
        // The last moment at which giving up leaves the old snapshot in place.
        watch.check()
    });
    put.map_err(|error| error.at(&slot.location()))
}

/// Loads a snapshot; nothing in it is parsed beyond its metadata.
///
/// Reading a state of more than 64 MiB goes on after the call; cancelling stops that too, while `watch`
/// hears only what happens within the call.
///
/// # Errors
/// [`NotFound`](Error::NotFound) when nothing is there;
/// [`NotASnapshot`](Error::NotASnapshot), [`NewerFormat`](Error::NewerFormat),
/// [`TooLarge`](Error::TooLarge), [`Truncated`](Error::Truncated),
/// [`HashMismatch`](Error::HashMismatch), [`Damaged`](Error::Damaged) and
/// [`TrailingBytes`](Error::TrailingBytes) for what is wrong with the bytes;
/// [`KeyRequired`](Error::KeyRequired) where they are encrypted and the slot is not sealed;
/// [`WrongKey`](Error::WrongKey), [`NotEncrypted`](Error::NotEncrypted) and
/// [`DamagedCiphertext`](Error::DamagedCiphertext) where it is;
/// [`PermissionDenied`](Error::PermissionDenied), [`Unavailable`](Error::Unavailable),
/// [`NoSuchBucket`](Error::NoSuchBucket) and [`Storage`](Error::Storage) when they cannot be read;
/// [`BadArgument`](Error::BadArgument) for options of a storage that cannot be used;
/// [`Interrupted`](Error::Interrupted) when `watch` is cancelled.
pub fn load(slot: impl Into<Slot>, options: &LoadOptions, watch: Watch<'_>) -> Result<Loaded> {
    let slot = slot.into();
    let limits = Limits { max_state_bytes: options.max_state_bytes, ..Limits::default() };
    let opened = read_from(&slot, watch, |source, watch| format::read(source, &limits, watch))?;
    let state = State { text: opened.state, location: slot.location() };
    Ok(Loaded { metadata: opened.metadata, state })
}

/// Returns what a snapshot says of itself, without reading its state.
///
/// Reads the metadata and at most 64 KiB more; 192 KiB more from a file of the earlier format, and the
/// whole of one that lacks the size of its state.
///
/// # Errors
/// Those of [`load`], for as much as is read: [`NotFound`](Error::NotFound),
/// [`NotASnapshot`](Error::NotASnapshot), [`NewerFormat`](Error::NewerFormat),
/// [`TooLarge`](Error::TooLarge), [`Truncated`](Error::Truncated),
/// [`HashMismatch`](Error::HashMismatch), [`Damaged`](Error::Damaged),
/// [`TrailingBytes`](Error::TrailingBytes), [`KeyRequired`](Error::KeyRequired),
/// [`WrongKey`](Error::WrongKey), [`NotEncrypted`](Error::NotEncrypted),
/// [`DamagedCiphertext`](Error::DamagedCiphertext), [`PermissionDenied`](Error::PermissionDenied),
/// [`Unavailable`](Error::Unavailable), [`NoSuchBucket`](Error::NoSuchBucket),
/// [`Storage`](Error::Storage), [`BadArgument`](Error::BadArgument), [`Interrupted`](Error::Interrupted).
pub fn metadata(slot: impl Into<Slot>, watch: Watch<'_>) -> Result<Metadata> {
    read_from(&slot.into(), watch, format::read_metadata)
}

/// Checks every byte of a snapshot, within 64 MiB of memory whatever its size.
///
/// What is wrong with the bytes, or that there are none, is the answer and no error.
///
/// # Errors
/// Those that leave the question open: [`PermissionDenied`](Error::PermissionDenied),
/// [`Unavailable`](Error::Unavailable), [`NoSuchBucket`](Error::NoSuchBucket) and
/// [`Storage`](Error::Storage) when the bytes cannot be read, [`KeyRequired`](Error::KeyRequired) and
/// [`WrongKey`](Error::WrongKey) when they cannot be opened, [`BadArgument`](Error::BadArgument) for
/// options of a storage that cannot be used, [`Interrupted`](Error::Interrupted) when `watch` is
/// cancelled.
pub fn verify(slot: impl Into<Slot>, watch: Watch<'_>) -> Result<Verification> {
    match read_from(&slot.into(), watch, format::verify) {
        Ok(_) => Ok(Verification(None)),
        Err(error) if answers(error.kind()) => Ok(Verification(Some(error))),
        Err(error) => Err(error),
    }
}

/// Tells whether anything is stored there, a snapshot or not; `false` only when nothing is.
///
/// # Errors
/// [`PermissionDenied`](Error::PermissionDenied), [`Unavailable`](Error::Unavailable),
/// [`NoSuchBucket`](Error::NoSuchBucket) and [`Storage`](Error::Storage) when the answer is unknown;
/// [`BadArgument`](Error::BadArgument) for options of a storage that cannot be used;
/// [`Interrupted`](Error::Interrupted) for a slot whose waiting was stopped.
pub fn exists(slot: impl Into<Slot>) -> Result<bool> {
    let slot = slot.into();
    slot.storage().exists(slot.key())
}

/// Deletes a snapshot; with `missing_ok`, nothing there is as good.
///
/// # Errors
/// [`NotFound`](Error::NotFound) when nothing is there;
/// [`PermissionDenied`](Error::PermissionDenied), [`Unavailable`](Error::Unavailable),
/// [`NoSuchBucket`](Error::NoSuchBucket) and [`Storage`](Error::Storage) when it cannot be removed;
/// [`BadArgument`](Error::BadArgument) for options of a storage that cannot be used;
/// [`Interrupted`](Error::Interrupted) for a slot whose waiting was stopped.
pub fn delete(slot: impl Into<Slot>, missing_ok: bool) -> Result<()> {
    let slot = slot.into();
    match slot.storage().delete(slot.key()) {
        Err(Error::NotFound { .. }) if missing_ok => Ok(()),
        other => other,
    }
}

/// Reads from what lies there; what is replaced meanwhile, where the storage does not keep it, is
/// opened again, and nobody hears of its bytes a second time.
fn read_from<T>(
    slot: &Slot,
    watch: Watch<'_>,
    read: impl Fn(&mut dyn Source, Watch<'_>) -> Result<T>,
) -> Result<T> {
    let slot = slot.stopped_by(&watch.cancellation());
    let attempt = |watch: Watch<'_>| {
        let object = slot.storage().get(slot.key())?;
        let mut file = StoredFile { object, cancellation: watch.cancellation() };
        let outcome = read(&mut file, watch).map_err(|error| match error {
            Error::KeyRequired { .. } if slot.is_sealed() => {
                Error::not_a_snapshot("it is encrypted twice; only one encryption is opened")
            }
            error => error,
        });
        outcome.map_err(|error| error.at(&slot.location()))
    };
    let mut outcome = attempt(watch);
    for _ in 1..READINGS {
        match outcome {
            Err(error) if is_replaced(&error) => outcome = attempt(watch.silent()),
            other => return other,
        }
    }
    outcome
}

/// Tells whether an error says what is wrong with a snapshot, rather than that nobody knows.
fn answers(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::NotFound
        | ErrorKind::NotASnapshot
        | ErrorKind::NewerFormat
        | ErrorKind::BadStateText
        | ErrorKind::TooLarge
        | ErrorKind::Truncated
        | ErrorKind::HashMismatch
        | ErrorKind::Damaged
        | ErrorKind::TrailingBytes
        | ErrorKind::NotEncrypted
        | ErrorKind::DamagedCiphertext => true,
        ErrorKind::Exists
        | ErrorKind::WrongKey
        | ErrorKind::KeyRequired
        | ErrorKind::Storage
        | ErrorKind::Unavailable
        | ErrorKind::NoSuchBucket
        | ErrorKind::Interrupted
        | ErrorKind::PermissionDenied
        | ErrorKind::BadArgument
        | ErrorKind::UnknownScheme
        | ErrorKind::Unsupported => false,
    }
}

/// An open object, as the format reads it.
struct StoredFile {
    object: Arc<dyn Object>,
    cancellation: Cancellation,
}

impl StoredFile {
    fn range(&self, start: u64, count_bytes: u64) -> Result<Vec<u8>> {
        self.cancellation.check()?;
        // No caller asks for more than metadata may have. Less than the storage said there is: the file
        // was cut while it was open.
        read_range(&*self.object, start, count_bytes).map_err(Error::from_io)
    }
}

impl Source for StoredFile {
    fn tail(&mut self, at_most_bytes: usize) -> Result<Tail> {
        let total_bytes = self.object.size_bytes();
        let count_bytes = total_bytes.min(at_most_bytes as u64);
        let bytes = self.range(total_bytes - count_bytes, count_bytes)?;
        Ok(Tail { bytes, total_bytes })
    }

    fn head(&mut self, at_most_bytes: usize) -> Result<Vec<u8>> {
        self.range(0, self.object.size_bytes().min(at_most_bytes as u64))
    }

    fn stream(&mut self) -> Result<Box<dyn Read + Send>> {
        let reader = Arc::clone(&self.object).stream(0);
        Ok(Box::new(StoppableReader { reader, cancellation: self.cancellation.clone() }))
    }
}

/// A reader that fails once its work is cancelled, so that a state read after [`load`] stops too.
struct StoppableReader {
    reader: Box<dyn Read + Send>,
    cancellation: Cancellation,
}

impl Read for StoppableReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.cancellation.check()?;
        self.reader.read(buffer)
    }
}
