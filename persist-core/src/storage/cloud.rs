//! Objects of a cloud.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use object_store::path::Path;
use object_store::{GetRange, ObjectMeta};

use super::answer::{Answer, Asked, Failure, TRIES, Verdict};
use super::connection::{Client, is_temporary};
use super::object::{Arriving, Call, Piece};
use super::upload;
use super::{Address, Fill, Key, Object, PutOptions, Storage, replaced};
use crate::error::{Error, Result};
use crate::progress::Cancellation;

/// How much of an object's end comes with its opening unless more is asked for: what reading metadata
/// takes.
const TAIL_BYTES: u64 = 64 << 10;

/// What has to arrive by a connection, so that earlier ones that broke no longer count.
const PROGRESS_BYTES: usize = 1 << 20;

/// A bucket or a container.
///
/// An object appears at once and whole, by one request or by the commit of its parts. A request that
/// fails for a reason that may pass is sent again, a few times; one that is refused is not.
#[derive(Debug, Clone)]
pub struct CloudStorage {
    address: Address,
    cancellation: Cancellation,
}

impl CloudStorage {
    /// Returns the bucket an address lies in. Nothing is asked of it yet.
    pub fn new(address: Address) -> Self {
        Self { address, cancellation: Cancellation::new() }
    }

    fn call(&self, action: &'static str, key: &Path) -> Result<Call> {
        let client = Client::of(&self.address)?;
        Ok(Call::new(client, action, key.clone(), &self.cancellation))
    }

    /// Returns the path a key is; `None` for the empty one.
    fn path(&self, key: &Key) -> Result<Option<Path>> {
        if key.is_empty() {
            return Ok(None);
        }
        let text = key.as_os_str().to_str();
        let path =
            text.and_then(|text| Path::parse(text).ok().filter(|path| path.as_ref() == text));
        match path {
            Some(path) => Ok(Some(path)),
            None => Err(Error::bad_argument(
                "path",
                "is a key that no cloud has: its parts must be Unicode and not empty",
            )),
        }
    }

    fn existing(&self, key: &Key) -> Result<Path> {
        self.path(key)?.ok_or_else(|| Error::not_found().at(&self.location(key)))
    }
}

impl Storage for CloudStorage {
    fn location(&self, key: &Key) -> String {
        self.address.location_of(&key.as_os_str().to_string_lossy())
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        self.get_from_end(key, TAIL_BYTES)
    }

    fn get_from_end(&self, key: &Key, tail_bytes: u64) -> Result<Arc<dyn Object>> {
        let call = self.call("read", &self.existing(key)?)?;
        let opened = open(&call, tail_bytes).map_err(|failure| call.error(failure))?;
        Ok(Arc::new(CloudObject { call, opened }))
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        let Some(path) = self.path(key)? else {
            return Err(Error::bad_argument("path", "is empty, which names nothing"));
        };
        let call = self.call("write", &path)?;
        upload::put(&call, options, fill).map_err(|error| error.at(&self.location(key)))
    }

    fn delete(&self, key: &Key) -> Result<()> {
        let call = self.call("delete", &self.existing(key)?)?;
        delete(&call).map_err(|failure| call.error(failure))
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let text = prefix.as_os_str().to_str().unwrap_or_default();
        let call = self.call("list", &Path::from(text))?;
        let found = call.list(text).map_err(|failure| call.error(failure))?;
        let names = found.into_iter().map(|object| object.location.to_string());
        let mut keys: Vec<Key> = names.filter(|name| !is_temporary(name)).map(Key::new).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        let Some(path) = self.path(key)? else { return Ok(false) };
        let call = self.call("look at", &path)?;
        exists(&call).map_err(|failure| call.error(failure))
    }

    fn stopped_by(&self, cancellation: &Cancellation) -> Option<Arc<dyn Storage>> {
        Some(Arc::new(Self { address: self.address.clone(), cancellation: cancellation.clone() }))
    }
}

/// What an object was when it was opened, and the bytes at its end.
struct Opened {
    size_bytes: u64,
    e_tag: Option<String>,
    tail_start: u64,
    tail: Bytes,
}

impl From<Piece> for Opened {
    fn from(piece: Piece) -> Self {
        Self {
            size_bytes: piece.meta.size,
            e_tag: piece.meta.e_tag,
            tail_start: piece.range.start,
            tail: piece.bytes,
        }
    }
}

/// Opens an object by its end: one request, two where its size must be known before.
fn open(call: &Call, tail_bytes: u64) -> Asked<Opened> {
    if call.client().has_suffix_ranges() {
        match call.get(GetRange::Suffix(tail_bytes), None) {
            // An empty object has no last bytes, and some give it whole, which the client refuses.
            Err(failure) if failure.verdict() == Verdict::OutOfRange => {}
            Err(Failure { answer: Answer::Unasked(_), .. }) => {}
            other => return other.map(Opened::from),
        }
    }
    let meta = look(call)?;
    let tail_start = meta.size.saturating_sub(tail_bytes);
    let tail = if meta.size == 0 {
        Bytes::new()
    } else {
        call.get(GetRange::Bounded(tail_start..meta.size), meta.e_tag.as_deref())?.bytes
    };
    Ok(Opened { size_bytes: meta.size, e_tag: meta.e_tag, tail_start, tail })
}

/// Asks what lies there, without its bytes. Where that is refused without a reason, another look with a
/// byte is: its answer has one if it is a storage's.
fn look(call: &Call) -> Asked<ObjectMeta> {
    match call.head() {
        Err(failure) if failure.verdict() == Verdict::Missing && !failure.answer.has_code() => {
            Err(call.get(GetRange::Bounded(0..1), None).err().unwrap_or(failure))
        }
        other => other,
    }
}

/// Tells whether something is there. Where a look without bytes is refused without a reason, another
/// with a byte says whether it is the object that is missing, or its bucket.
pub(super) fn exists(call: &Call) -> Asked<bool> {
    let missing = match call.head() {
        Ok(_) => return Ok(true),
        Err(failure) if failure.verdict() == Verdict::Missing => failure,
        Err(failure) => return Err(failure),
    };
    if missing.answer.has_code() {
        return Ok(false);
    }
    match call.get(GetRange::Bounded(0..1), None) {
        Ok(_) => Ok(true),
        Err(failure) if failure.verdict() == Verdict::OutOfRange => Ok(true),
        Err(failure) if failure.verdict() == Verdict::Missing => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn delete(call: &Call) -> Asked<()> {
    if !call.client().tells_missing() && !exists(call)? {
        return Err(Failure::missing());
    }
    match call.delete() {
        // The try whose answer was lost has deleted it.
        Err(failure) if failure.is_uncertain && failure.verdict() == Verdict::Missing => Ok(()),
        // Without a reason, it may be the container that is missing.
        Err(failure) if failure.verdict() == Verdict::Missing && !failure.answer.has_code() => {
            exists(call).and(Err(failure))
        }
        other => other,
    }
}

struct CloudObject {
    call: Call,
    opened: Opened,
}

impl CloudObject {
    fn failure(&self, failure: Failure) -> io::Error {
        match failure.verdict() {
            // It was there when it was opened.
            Verdict::Missing | Verdict::Unmet | Verdict::OutOfRange => replaced("read").into(),
            _ => self.call.error(failure).into(),
        }
    }

    fn e_tag(&self) -> Option<&str> {
        self.opened.e_tag.as_deref()
    }
}

impl Object for CloudObject {
    fn size_bytes(&self) -> u64 {
        self.opened.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.opened.size_bytes.min(offset.saturating_add(buffer.len() as u64));
        if offset >= end {
            return Ok(0);
        }
        if let Some(held) = offset.checked_sub(self.opened.tail_start) {
            let held = &self.opened.tail[held as usize..];
            return (&held[..held.len().min(buffer.len())]).read(buffer);
        }
        let end = end.min(self.opened.tail_start);
        let piece = self.call.get(GetRange::Bounded(offset..end), self.e_tag());
        let bytes = piece.map_err(|failure| self.failure(failure))?.bytes;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(CloudReader {
            object: self,
            position: offset,
            arriving: None,
            chunk: Bytes::new(),
            breaks: 0,
            progress_bytes: 0,
        })
    }
}

/// Reads an object forwards: what comes before its end by one request, sent again from where the
/// connection broke.
struct CloudReader {
    object: Arc<CloudObject>,
    position: u64,
    arriving: Option<Arriving>,
    chunk: Bytes,
    /// How often the connection broke since much arrived by one.
    breaks: u32,
    /// What arrived since it broke.
    progress_bytes: usize,
}

impl CloudReader {
    /// Waits for more bytes; returns how the connection ended, if it did.
    fn fetch(&mut self) -> io::Result<Option<Answer>> {
        let CloudObject { call, opened } = self.object.as_ref();
        let arriving = match &mut self.arriving {
            Some(arriving) => arriving,
            None => {
                let rest = self.position..opened.tail_start;
                let opening = call.open(rest, self.object.e_tag());
                self.arriving.insert(opening.map_err(|failure| self.object.failure(failure))?)
            }
        };
        match call.next(arriving) {
            Ok(Some(bytes)) => {
                self.progress_bytes += bytes.len();
                if self.progress_bytes >= PROGRESS_BYTES {
                    self.breaks = 0;
                }
                self.chunk = bytes;
                Ok(None)
            }
            Ok(None) => Ok(Some(Answer::broken("it is shorter than its range"))),
            Err(answer) if answer.verdict() == Verdict::Passing => Ok(Some(answer)),
            Err(answer) => Err(self.object.failure(answer.into())),
        }
    }

    /// Waits before the connection is made again, unless that was done often enough.
    fn reconnect(&mut self, end: &Answer) -> io::Result<()> {
        (self.arriving, self.progress_bytes) = (None, 0);
        self.breaks += 1;
        if self.breaks >= TRIES {
            return Err(self.object.failure(Failure::broken()));
        }
        self.object.call.log_retry(end);
        let rest = self.object.call.rest(self.breaks);
        rest.map_err(|answer| self.object.failure(answer.into()))
    }
}

impl Read for CloudReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.object.opened.tail_start {
            let count = self.object.read_at(self.position, buffer)?;
            self.position += count as u64;
            return Ok(count);
        }
        while self.chunk.is_empty() {
            if let Some(end) = self.fetch()? {
                self.reconnect(&end)?;
            }
        }
        let count = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..count]);
        self.position += count as u64;
        Ok(count)
    }
}
