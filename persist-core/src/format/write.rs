//! Writes a document in one forward pass, whatever its size.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, mpsc};
use std::thread;

use sha2::{Digest, Sha256};

use super::WriteOptions;
use super::document::{self, ENDING_BYTES, METADATA_KEY, OPENING};
use crate::compression::{Checksum, Compressor, Framing};
use crate::error::{Error, Result};
use crate::id::{ContentHash, SnapshotId, Timestamp};
use crate::limits::METADATA_BYTES;
use crate::metadata::{Description, Draft, Facts, Metadata};
use crate::progress::Watch;

/// What a block has room for at first; a small state needs no more.
const FIRST_ROOM_BYTES: usize = 256 << 10;

/// Writes the snapshot of `state` to `sink`, and returns what it says of itself.
///
/// `state` must be one JSON value; it is copied, not checked. One forward pass over both, so the
/// sink needs no seeking; memory stays below 4 MiB, with zstd below 64 MiB. `watch` hears bytes of state
/// text. States of more than a block (512 KiB, with zstd 4 MiB) are compressed on a second thread as
/// well, which ends with the call; the bytes written do not depend on that. After an error the sink holds
/// an unfinished file.
///
/// # Errors
/// [`BadArgument`](Error::BadArgument) for a level the algorithm does not have or a value its field
/// does not hold, [`TooLarge`](Error::TooLarge) for metadata above its bounds,
/// [`Interrupted`](Error::Interrupted) when `watch` is cancelled, and what `state` and `sink` report,
/// as [`Error::from_io`] and [`Error::storage`] read it.
pub fn write(
    sink: &mut dyn Write,
    state: &mut dyn Read,
    description: &Description,
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Metadata> {
    let framing = options.algorithm.framing();
    // Everything that can be refused is refused before the first byte.
    description.check()?;
    let compressors = Compressors { framing, level: options.level };
    let compressor = compressors.one()?;

    let mut file = File { sink, hash: Sha256::new(), written_bytes: 0 };
    file.put(framing.header())?;
    let mut text = Text::new(state, framing, watch);
    compressors.run(compressor, &mut text, &mut file)?;
    // How long the state is, is known now.
    watch.advance(text.state_bytes, Some(text.state_bytes))?;

    let facts = Facts {
        timestamp: Timestamp::now(),
        snapshot_id: SnapshotId::new(),
        content_hash: ContentHash::from_bytes(text.hash.finalize().into()),
        uncompressed_size: text.state_bytes,
        compression_algorithm: options.algorithm.name(),
        stored_hash: ContentHash::from_bytes(file.hash.clone().finalize().into()),
    };
    let sealed = seal(&Draft::new(description, &facts), framing, file.written_bytes)?;
    text.checksum.update(&sealed);
    let stored = framing.store(&sealed);
    file.put(&stored)?;
    file.put(&text.checksum.trailer(stored.len()))?;
    let object = std::str::from_utf8(&sealed[METADATA_KEY.len()..sealed.len() - 1]);
    Metadata::from_text(object.expect("metadata is made of strings"))
}

/// Completes the metadata of a file that has `written_bytes` so far.
fn seal(draft: &Draft, framing: &dyn Framing, written_bytes: u64) -> Result<Vec<u8>> {
    let size_with = |digits: usize| {
        let text_bytes = METADATA_KEY.len() + draft.len(digits) + ENDING_BYTES;
        written_bytes + (framing.stored_bytes(text_bytes) + framing.trailer_bytes()) as u64
    };
    // More digits make a longer file, so the first count of digits that fits gives the smallest size.
    let size = (1..=20).map(|digits| (digits, size_with(digits))).find(|(digits, size)| {
        let length = size.checked_ilog10().map_or(1, |log| log as usize + 1);
        length == *digits
    });
    let (_, compressed_size) = size.expect("a number has as many digits as itself or one more");
    let sealed = document::seal(&draft.fill(compressed_size));
    if sealed.len() > METADATA_BYTES {
        return Err(Error::too_large_to_write("the metadata", METADATA_BYTES as u64));
    }
    Ok(sealed)
}

/// The sink, with a hash and a count of what went into it.
struct File<'a> {
    sink: &'a mut dyn Write,
    hash: Sha256,
    written_bytes: u64,
}

impl File<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.written_bytes += bytes.len() as u64;
        self.sink.write_all(bytes).map_err(|error| Error::storage("write", error))
    }
}

/// A piece of the document, behind the text that precedes it.
struct Block {
    bytes: Vec<u8>,
    before_bytes: usize,
}

impl Block {
    fn compress(&self, compressor: &mut dyn Compressor) -> Result<Vec<u8>> {
        let (before, text) = self.bytes.split_at(self.before_bytes);
        let mut out = Vec::new();
        compressor.compress(before, text, &mut out)?;
        Ok(out)
    }
}

/// The document up to the metadata, cut into blocks, hashed and counted on the way.
struct Text<'a> {
    state: &'a mut dyn Read,
    watch: Watch<'a>,
    block_bytes: usize,
    window_bytes: usize,
    hash: Sha256,
    checksum: Box<dyn Checksum>,
    state_bytes: u64,
    window: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
}

impl<'a> Text<'a> {
    fn new(state: &'a mut dyn Read, framing: &dyn Framing, watch: Watch<'a>) -> Self {
        Self {
            state,
            watch,
            block_bytes: framing.block_bytes(),
            window_bytes: framing.window_bytes(),
            hash: Sha256::new(),
            checksum: framing.checksum(),
            state_bytes: 0,
            window: Vec::new(),
            has_begun: false,
            has_ended: false,
        }
    }

    /// Returns the next block; the first is there always, `None` follows the last.
    fn next(&mut self) -> Result<Option<Block>> {
        if self.has_ended {
            return Ok(None);
        }
        let before_bytes = self.window.len();
        let mut bytes = Vec::with_capacity(before_bytes + OPENING.len() + FIRST_ROOM_BYTES);
        bytes.append(&mut self.window);
        if !self.has_begun {
            bytes.extend_from_slice(OPENING);
        }
        let state_from = bytes.len();
        let read = (&mut *self.state).take(self.block_bytes as u64).read_to_end(&mut bytes);
        let count = read.map_err(Error::from_io)?;
        self.has_ended = count < self.block_bytes;
        if bytes.len() == before_bytes {
            return Ok(None);
        }
        self.has_begun = true;
        self.hash.update(&bytes[state_from..]);
        self.checksum.update(&bytes[before_bytes..]);
        self.state_bytes += count as u64;
        self.watch.advance(self.state_bytes, None)?;
        self.window.extend_from_slice(&bytes[bytes.len().saturating_sub(self.window_bytes)..]);
        Ok(Some(Block { bytes, before_bytes }))
    }
}

/// Where a thread finds the compressor it works with.
#[derive(Clone, Copy)]
struct Compressors {
    framing: &'static dyn Framing,
    level: Option<i32>,
}

impl Compressors {
    fn one(self) -> Result<Box<dyn Compressor>> {
        self.framing.compressor(self.level)
    }

    /// Compresses all of `text` into `file`, on a second thread too where there is enough of it.
    fn run(self, own: Box<dyn Compressor>, text: &mut Text<'_>, file: &mut File<'_>) -> Result<()> {
        let Some(first) = text.next()? else {
            return Ok(());
        };
        let desk = Desk::take();
        if text.has_ended || !self.framing.gains_from_threads() || !desk.has_room() {
            return run_alone(own, first, text, file);
        }
        let _second = Desk::take();
        thread::scope(|scope| {
            let (jobs, inbox) = mpsc::channel::<Block>();
            let (outbox, results) = mpsc::channel();
            let work = move || -> Result<()> {
                let mut compressor = self.one()?;
                // A closed channel means that the writing thread has given up.
                while let Ok(block) = inbox.recv()
                    && outbox.send(block.compress(&mut *compressor)).is_ok()
                {}
                Ok(())
            };
            match thread::Builder::new().name("persist-compress".into()).spawn_scoped(scope, work) {
                Ok(_) => Pair { own, jobs, results }.run(first, text, file),
                // Where no thread can be had, one does all the work.
                Err(_) => run_alone(own, first, text, file),
            }
        })
    }
}

/// How many threads compress in this process. What a fork leaves behind of it costs the child its
/// second threads, and nothing else.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// How many can at once; asking takes longer than compressing a little text.
static CORES: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));

/// The place of one thread that compresses, until dropped.
struct Desk;

impl Desk {
    fn take() -> Self {
        AT_WORK.fetch_add(1, Ordering::Relaxed);
        Self
    }

    /// Whether a second thread would have a core: where others save at the same time it would only
    /// take theirs.
    fn has_room(&self) -> bool {
        AT_WORK.load(Ordering::Relaxed) < *CORES
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(1, Ordering::Relaxed);
    }
}

fn run_alone(
    mut own: Box<dyn Compressor>,
    first: Block,
    text: &mut Text<'_>,
    file: &mut File<'_>,
) -> Result<()> {
    let mut next = Some(first);
    while let Some(block) = next {
        file.put(&block.compress(&mut *own)?)?;
        next = text.next()?;
    }
    Ok(())
}

/// This thread's compressor, and the way to and from the other thread's.
struct Pair {
    own: Box<dyn Compressor>,
    jobs: mpsc::Sender<Block>,
    results: mpsc::Receiver<Result<Vec<u8>>>,
}

impl Pair {
    /// Gives every other block away, one ahead of need, so that the other thread never waits.
    fn run(mut self, first: Block, text: &mut Text<'_>, file: &mut File<'_>) -> Result<()> {
        self.give(first)?;
        let mut is_owed = true;
        while is_owed {
            let mine = text.next()?;
            let theirs = text.next()?;
            is_owed = theirs.is_some();
            if let Some(block) = theirs {
                self.give(block)?;
            }
            let done = mine.map(|block| block.compress(&mut *self.own)).transpose()?;
            file.put(&self.results.recv().map_err(|_| lost_thread())??)?;
            file.put(done.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    fn give(&self, block: Block) -> Result<()> {
        self.jobs.send(block).map_err(|_| lost_thread())
    }
}

fn lost_thread() -> Error {
    Error::storage("compress", std::io::Error::other("the second thread ended early"))
}
