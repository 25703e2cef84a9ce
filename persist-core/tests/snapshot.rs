//! The single-file product: what is saved comes back, and what fails leaves no trace.

use std::fs;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use persist_core::storage::contract::{get_bytes, put_bytes};
use persist_core::storage::faulty::{Fault, FaultyStorage};
use persist_core::storage::{Key, MemoryStorage, Object, ObjectReader, PutOptions, Storage};
use persist_core::{
    Algorithm, Cancellation, Description, Error, ErrorKind, LoadOptions, Location, Metadata,
    Result, SaveOptions, Slot, Watch, snapshot,
};
use tempfile::tempdir;

fn description() -> Description {
    Description { agent_id: "agent".into(), snapshot_index: 4, ..Description::default() }
}

fn save(slot: impl Into<Slot>, state: &[u8]) -> Result<Metadata> {
    snapshot::save(slot, state, &description(), &SaveOptions::default(), Watch::none())
}

fn load(slot: impl Into<Slot>) -> Result<Vec<u8>> {
    let mut loaded = snapshot::load(slot, &LoadOptions::default(), Watch::none())?;
    let mut state = Vec::new();
    loaded.state.read_to_end(&mut state).map_err(Error::from_io)?;
    Ok(state)
}

fn location(folder: &tempfile::TempDir, name: &str) -> Location {
    Location::parse(folder.path().join(name)).expect("a path")
}

/// Returns a state of `size` bytes that does not compress to nothing.
pub(crate) fn state(size: usize, seed: u64) -> Vec<u8> {
    let mut value = seed | 1;
    let mut digit = || {
        value =
            value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + u8::try_from((value >> 33) % 26).expect("a letter")
    };
    let inner = (0..size.saturating_sub(2)).map(|_| digit());
    std::iter::once(b'"').chain(inner).chain(std::iter::once(b'"')).collect()
}

#[test]
fn what_is_saved_comes_back_with_what_it_says_of_itself() {
    let folder = tempdir().expect("a folder");
    let text = state(700_000, 1);
    for (name, algorithm) in [("a.json.gz", "gzip"), ("a.json", "none"), ("a", "gzip")] {
        let location = location(&folder, name);
        let written = save(&location, &text).expect("save");
        assert_eq!(written.compression_algorithm, algorithm);
        assert_eq!(snapshot::metadata(&location, Watch::none()).expect("metadata"), written);
        let size = fs::metadata(folder.path().join(name)).expect("a file").len();
        assert_eq!((written.compressed_size, written.uncompressed_size), (size, 700_000));
        assert!(load(&location).expect("load") == text);
        let verification = snapshot::verify(&location, Watch::none()).expect("verify");
        assert!(verification.is_whole(), "{verification}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
}

#[test]
fn options_win_over_the_name() {
    let location = Location::parse("memory://options_win_over_the_name.json").expect("a name");
    let options = SaveOptions { compression: Some(Algorithm::Gzip), ..SaveOptions::default() };
    snapshot::save(&location, &b"1"[..], &description(), &options, Watch::none()).expect("save");
    let metadata = snapshot::metadata(&location, Watch::none()).expect("metadata");
    assert_eq!(metadata.compression_algorithm, "gzip");
    let kept = SaveOptions { overwrite: false, ..SaveOptions::default() };
    let error = snapshot::save(&location, &b"2"[..], &description(), &kept, Watch::none());
    let error = error.expect_err("it exists");
    assert_eq!(
        error.to_string(),
        "`memory://options_win_over_the_name.json` exists already and was not to be replaced"
    );
    assert_eq!(load(&location).expect("load"), b"1");
}

#[test]
fn nothing_there_is_told_from_something_else() {
    let folder = tempdir().expect("a folder");
    for name in ["missing.json.gz", ""] {
        let location = match name {
            "" => Location::parse("").expect("the empty path"),
            name => location(&folder, name),
        };
        assert!(!snapshot::exists(&location).expect("it can be seen"));
        let error = load(&location).expect_err("nothing is there");
        assert_eq!(
            error.to_string(),
            format!("snapshot not found: nothing is stored at `{location}`")
        );
        let verification = snapshot::verify(&location, Watch::none()).expect("an answer");
        assert_eq!(verification.error().map(Error::kind), Some(ErrorKind::NotFound));
        snapshot::delete(&location, true).expect("missing is fine");
        let error = snapshot::delete(&location, false).expect_err("missing");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let here = location(&folder, "a");
    save(&here, b"1").expect("save");
    assert!(snapshot::exists(&here).expect("it can be seen"));
    snapshot::delete(&here, false).expect("delete");
    assert!(!snapshot::exists(&here).expect("it can be seen"));
}

#[test]
fn a_question_that_cannot_be_answered_is_an_error() {
    let folder = tempdir().expect("a folder");
    let here = Location::parse(folder.path()).expect("a path");
    let error = snapshot::verify(&here, Watch::none()).expect_err("a folder");
    assert_eq!(error.kind(), ErrorKind::Storage);
    let storage = FaultyStorage::new(MemoryStorage::new(), &[Fault::ReadAfter { bytes: 0 }]);
    put_bytes(&storage, &Key::new("a"), b"anything").expect("put");
    let slot = Slot::new(Arc::new(storage), "a");
    let error = snapshot::verify(&slot, Watch::none()).expect_err("it cannot be read");
    assert_eq!(error.report(), "could not read `memory://a`: injected fault");
}

#[test]
fn every_damage_is_told_with_its_location() {
    let memory = MemoryStorage::new();
    let key = Key::new("a.json.gz");
    save(Slot::new(Arc::new(memory.clone()), key.clone()), &state(2000, 3)).expect("save");
    let size = get_bytes(&memory, &key).expect("get").len() as u64;
    let faults = [
        (Fault::TruncateAt { bytes: size - 1 }, ErrorKind::Truncated),
        (Fault::TruncateAt { bytes: size / 3 }, ErrorKind::Truncated),
        (Fault::TruncateAt { bytes: 0 }, ErrorKind::NotASnapshot),
    ];
    for (fault, kind) in faults {
        let slot = Slot::new(Arc::new(FaultyStorage::new(memory.clone(), &[fault])), key.clone());
        let error = load(&slot).expect_err("damaged");
        assert_eq!(
            (error.kind(), error.location()),
            (kind, Some("memory://a.json.gz")),
            "{fault:?}"
        );
        let verification = snapshot::verify(&slot, Watch::none()).expect("an answer");
        assert_eq!(verification.error().map(Error::kind), Some(kind), "{fault:?}");
    }
    for offset in 0..size {
        let fault = Fault::Flip { offset, mask: 1 };
        let slot = Slot::new(Arc::new(FaultyStorage::new(memory.clone(), &[fault])), key.clone());
        let verification = snapshot::verify(&slot, Watch::none()).expect("an answer");
        assert!(!verification.is_whole(), "byte {offset}");
        assert!(load(&slot).is_err(), "byte {offset}");
    }
}

#[test]
fn short_reads_and_writes_change_nothing() {
    let short = [Fault::Short { at_most_bytes: 7 }];
    let slot = Slot::new(Arc::new(FaultyStorage::new(MemoryStorage::new(), &short)), "a.json.gz");
    let text = state(20_000, 4);
    save(&slot, &text).expect("save");
    assert!(load(&slot).expect("load") == text);
    assert!(snapshot::verify(&slot, Watch::none()).expect("an answer").is_whole());
}

#[test]
fn a_save_that_fails_at_any_byte_leaves_the_old_snapshot() {
    let memory = MemoryStorage::new();
    let key = Key::new("a.json.gz");
    save(Slot::new(Arc::new(memory.clone()), key.clone()), b"1").expect("save");
    let old = get_bytes(&memory, &key).expect("get");
    for bytes in (0..old.len() as u64).step_by(50) {
        let faulty = FaultyStorage::new(memory.clone(), &[Fault::WriteAfter { bytes }]);
        let error = save(Slot::new(Arc::new(faulty), key.clone()), b"2").expect_err("a fault");
        assert_eq!(error.report(), "could not write `memory://a.json.gz`: injected fault");
        assert_eq!(get_bytes(&memory, &key).expect("get"), old);
    }
}

/// A state whose reader fails in the middle.
struct FailingState(u64);

impl Read for FailingState {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("the agent is gone"));
        }
        self.0 -= 1;
        buffer.fill(b'1');
        Ok(buffer.len())
    }
}

#[test]
fn a_state_that_cannot_be_read_leaves_the_old_snapshot() {
    let folder = tempdir().expect("a folder");
    let here = location(&folder, "a");
    save(&here, b"1").expect("save");
    let options = SaveOptions::default();
    let error = snapshot::save(&here, FailingState(40), &description(), &options, Watch::none());
    let report = error.expect_err("the reader failed").report();
    assert!(report.ends_with(&format!("`{here}`: the agent is gone")), "{report}");
    assert_eq!(load(&here).expect("load"), b"1");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_cancelled_save_leaves_the_old_snapshot_and_no_temporary() {
    let folder = tempdir().expect("a folder");
    let here = location(&folder, "a");
    save(&here, b"1").expect("save");
    let text = state(1_500_000, 5);
    for stop_after in [0, 1, 700_000, 1_500_000] {
        let cancellation = Cancellation::new();
        let listener = |done: u64, _: Option<u64>| {
            if done >= stop_after {
                cancellation.cancel();
            }
        };
        let watch = Watch::new(Some(&listener), &cancellation);
        let options = SaveOptions::default();
        let error = snapshot::save(&here, &text[..], &description(), &options, watch);
        let error = error.expect_err("cancelled");
        assert_eq!(
            error.to_string(),
            format!("the work on `{here}` was cancelled before it was finished")
        );
        assert_eq!(load(&here).expect("load"), b"1");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}

#[test]
fn progress_grows_to_the_size_of_the_state() {
    let here = Location::parse("memory://progress_grows").expect("a name");
    let heard = Mutex::new(Vec::new());
    let listener = |done: u64, total: Option<u64>| {
        // Nobody knows the length of what is read until it has been read.
        assert!(total.is_none_or(|total| total == 3_000_000));
        heard.lock().expect("no panic").push((done, total));
    };
    let cancellation = Cancellation::new();
    let watch = Watch::new(Some(&listener), &cancellation);
    let text = state(3_000_000, 6);
    let options = SaveOptions::default();
    snapshot::save(&here, &text[..], &description(), &options, watch).expect("save");
    let mut saved = std::mem::take(&mut *heard.lock().expect("no panic"));
    assert!(saved.len() > 3 && saved.is_sorted(), "{saved:?}");
    assert_eq!(saved.pop(), Some((3_000_000, Some(3_000_000))));
    assert!(saved.iter().all(|(_, total)| total.is_none()));
    snapshot::load(&here, &LoadOptions::default(), watch).expect("load");
    let loaded = heard.lock().expect("no panic");
    assert!(loaded.len() > 3 && loaded.is_sorted(), "{loaded:?}");
    assert_eq!(loaded.last(), Some(&(3_000_000, Some(3_000_000))));
}

#[test]
fn cancelled_reading_stops() {
    let here = Location::parse("memory://a_cancelled_load").expect("a name");
    save(&here, &state(1_500_000, 7)).expect("save");
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let watch = Watch::new(None, &cancellation);
    let error = snapshot::load(&here, &LoadOptions::default(), watch).map(drop);
    assert_eq!(error.expect_err("cancelled").kind(), ErrorKind::Interrupted);
    let error = snapshot::metadata(&here, watch).expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    let error = snapshot::verify(&here, watch).expect_err("cancelled");
    assert_eq!(error.location(), Some("memory://a_cancelled_load"));
}

#[test]
fn a_state_above_the_limit_is_refused() {
    let here = Location::parse("memory://a_state_above_the_limit").expect("a name");
    save(&here, &state(1000, 8)).expect("save");
    let options = LoadOptions { max_state_bytes: 999 };
    let error = snapshot::load(&here, &options, Watch::none()).map(drop).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let options = LoadOptions { max_state_bytes: 1000 };
    assert!(snapshot::load(&here, &options, Watch::none()).is_ok());
}

/// Saves a state too long to be held, and returns its slot with one fault over it.
fn long_state_with(fault: Fault) -> Slot {
    let memory = MemoryStorage::new();
    let mut text = vec![b'a'; 65 << 20];
    (text[0], text[(65 << 20) - 1]) = (b'"', b'"');
    save(Slot::new(Arc::new(memory.clone()), "a.json"), &text).expect("save");
    Slot::new(Arc::new(FaultyStorage::new(memory, &[fault])), "a.json")
}

#[test]
fn a_long_state_ends_in_an_error_unless_every_byte_is_right() {
    let slot = long_state_with(Fault::Flip { offset: 60 << 20, mask: 1 });
    let mut loaded = snapshot::load(&slot, &LoadOptions::default(), Watch::none()).expect("load");
    assert!(loaded.state.held().is_none());
    assert_eq!(loaded.state.size_bytes(), 65 << 20);
    let copied = io::copy(&mut loaded.state, &mut io::sink());
    let error = Error::from_io(copied.expect_err("one bit is wrong"));
    assert_eq!(
        (error.kind(), error.location()),
        (ErrorKind::HashMismatch, Some("memory://a.json"))
    );
}

#[test]
fn reading_a_long_state_stops_when_the_load_is_cancelled_later() {
    let slot = long_state_with(Fault::Short { at_most_bytes: 1 << 16 });
    let cancellation = Cancellation::new();
    let watch = Watch::new(None, &cancellation);
    let mut loaded = snapshot::load(&slot, &LoadOptions::default(), watch).expect("load");
    let mut first = vec![0; 1 << 20];
    loaded.state.read_exact(&mut first).expect("nobody cancelled");
    cancellation.cancel();
    let copied = io::copy(&mut loaded.state, &mut io::sink());
    let error = Error::from_io(copied.expect_err("cancelled"));
    assert_eq!((error.kind(), error.location()), (ErrorKind::Interrupted, Some("memory://a.json")));
}

/// A storage that counts the bytes read from it.
struct CountingStorage {
    inner: MemoryStorage,
    read_bytes: Arc<AtomicU64>,
}

struct CountingObject {
    inner: Arc<dyn Object>,
    read_bytes: Arc<AtomicU64>,
}

impl Object for CountingObject {
    fn size_bytes(&self) -> u64 {
        self.inner.size_bytes()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read_at(offset, buffer)?;
        self.read_bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

impl Storage for CountingStorage {
    fn location(&self, key: &Key) -> String {
        self.inner.location(key)
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        let inner = self.inner.get(key)?;
        Ok(Arc::new(CountingObject { inner, read_bytes: Arc::clone(&self.read_bytes) }))
    }

    fn put(
        &self,
        key: &Key,
        options: PutOptions,
        fill: &mut persist_core::storage::Fill<'_>,
    ) -> Result<()> {
        self.inner.put(key, options, fill)
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
}

#[test]
fn metadata_costs_the_same_for_any_size_of_state() {
    let read_bytes = Arc::new(AtomicU64::new(0));
    let inner = MemoryStorage::new();
    let storage: Arc<dyn Storage> =
        Arc::new(CountingStorage { inner, read_bytes: Arc::clone(&read_bytes) });
    for name in ["a.json.gz", "a.json"] {
        let slot = Slot::new(Arc::clone(&storage), name);
        save(&slot, &state(4_000_000, 9)).expect("save");
        let metadata = snapshot::metadata(&slot, Watch::none()).expect("metadata");
        let more = read_bytes.swap(0, Ordering::Relaxed) - metadata.to_json().len() as u64;
        assert!(more <= 64 * 1024, "{name}: {more} bytes");
    }
}
