//! Sealed snapshots: who may read them does, and every byte that was changed is noticed.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use persist_core::encryption::Key as Secret;
use persist_core::storage::contract::{get_bytes, put_bytes};
use persist_core::storage::faulty::{Fault, FaultyStorage};
use persist_core::storage::{Key, MemoryStorage, Object, ObjectReader, PutOptions, Storage};
use persist_core::{
    Algorithm, Description, Error, ErrorKind, Identity, Keys, LoadOptions, Location, Metadata,
    Passphrase, Result, SaveOptions, Slot, Watch, snapshot,
};

use crate::snapshot::state;

/// The text of a segment, as the format cuts it.
const SEGMENT_BYTES: usize = 64 << 10;

fn identity() -> Secret {
    Secret::Identity(Identity::generate())
}

fn passphrase(text: &str) -> Secret {
    let passphrase = Passphrase::new(text).expect("a text");
    Secret::Passphrase(passphrase.with_work_factor(4).expect("in bounds"))
}

fn keys(keys: &[&Secret]) -> Keys {
    Keys::new(keys.iter().map(|key| (*key).clone()).collect())
}

fn sealed(storage: impl Storage + 'static, secrets: &[&Secret]) -> Slot {
    Slot::new(Arc::new(storage), "a").sealed(keys(secrets))
}

fn save_as(slot: &Slot, state: &[u8], algorithm: Algorithm, description: &Description) -> Metadata {
    let options = SaveOptions { compression: Some(algorithm), ..SaveOptions::default() };
    snapshot::save(slot, state, description, &options, Watch::none()).expect("save")
}

fn save(slot: &Slot, state: &[u8]) -> Metadata {
    save_as(slot, state, Algorithm::Gzip, &Description::default())
}

fn load(slot: &Slot) -> Result<Vec<u8>> {
    let mut loaded = snapshot::load(slot, &LoadOptions::default(), Watch::none())?;
    let mut state = Vec::new();
    loaded.state.read_to_end(&mut state).map_err(Error::from_io)?;
    Ok(state)
}

fn metadata(slot: &Slot) -> Result<Metadata> {
    snapshot::metadata(slot, Watch::none())
}

/// Returns the kind that verifying and loading agree upon.
fn fault(slot: &Slot) -> ErrorKind {
    let error = load(slot).expect_err("it is not whole");
    assert_eq!(error.location(), Some("memory://a"), "{error}");
    let verified = match snapshot::verify(slot, Watch::none()) {
        Ok(verification) => verification.error().map(Error::kind),
        Err(error) => Some(error.kind()),
    };
    assert_eq!(verified, Some(error.kind()));
    error.kind()
}

/// Puts `bytes` as they are, and returns the slot that opens them with `secret`.
fn forged(bytes: &[u8], secret: &Secret) -> Slot {
    let memory = MemoryStorage::new();
    put_bytes(&memory, &Key::new("a"), bytes).expect("put");
    sealed(memory, &[secret])
}

/// Saves a small state, and returns its sealed bytes.
fn sealed_bytes(state: &[u8], secret: &Secret) -> Vec<u8> {
    let memory = MemoryStorage::new();
    save(&sealed(memory.clone(), &[secret]), state);
    get_bytes(&memory, &Key::new("a")).expect("get")
}

#[test]
fn what_is_sealed_comes_back_for_each_of_its_keys() {
    let (mine, yours, word) = (identity(), identity(), passphrase("open sesame"));
    let text = state(400_000, 1);
    for algorithm in Algorithm::ALL {
        for (sealing, opening) in [
            (vec![&mine], vec![&mine]),
            (vec![&mine, &yours], vec![&yours]),
            (vec![&mine], vec![&yours, &mine]),
            (vec![&word], vec![&word]),
        ] {
            let memory = MemoryStorage::new();
            let (writer, reader) = (sealed(memory.clone(), &sealing), sealed(memory, &opening));
            let written = save_as(&writer, &text, algorithm, &Description::default());
            assert_eq!(metadata(&reader).expect("metadata"), written);
            assert!(load(&reader).expect("load") == text);
            assert!(snapshot::verify(&reader, Watch::none()).expect("an answer").is_whole());
        }
    }
}

#[test]
fn a_state_of_any_length_comes_back() {
    let key = identity();
    let memory = MemoryStorage::new();
    let slot = sealed(memory.clone(), &[&key]);
    let around = save_as(&slot, b"\"\"", Algorithm::None, &Description::default());
    let around = around.compressed_size as usize - 2;
    for segments in [1, 2, 3, 7] {
        for more in 0..3 {
            let text = state(segments * SEGMENT_BYTES - around + more - 1, 2);
            let written = save_as(&slot, &text, Algorithm::None, &Description::default());
            let bytes = get_bytes(&memory, &Key::new("a")).expect("get");
            let header = bytes.windows(5).position(|five| five == b"\n--- ").expect("a header");
            // The nonce, and sixteen bytes to authenticate each segment.
            let text_bytes = bytes.len() - (header + 49) - 16;
            let size = written.compressed_size as usize;
            assert_eq!(text_bytes - 16 * size.div_ceil(SEGMENT_BYTES), size);
            assert_eq!(metadata(&slot).expect("metadata"), written);
            assert!(load(&slot).expect("load") == text);
        }
    }
}

#[test]
fn nothing_of_the_text_is_stored() {
    let key = identity();
    let memory = MemoryStorage::new();
    let description = Description { agent_id: "the secret agent".into(), ..Description::default() };
    let text = format!("\"{}\"", "the secret plan ".repeat(9000));
    save_as(&sealed(memory.clone(), &[&key]), text.as_bytes(), Algorithm::None, &description);
    let bytes = get_bytes(&memory, &Key::new("a")).expect("get");
    for word in ["secret", "agent", "plan", "metadata"] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
}

#[test]
fn keys_that_do_not_fit_are_told_apart() {
    let (mine, yours, word) = (identity(), identity(), passphrase("open sesame"));
    for secret in [&mine, &word] {
        let bytes = sealed_bytes(b"1", secret);
        assert_eq!(fault(&forged(&bytes, &yours)), ErrorKind::WrongKey);
        assert_eq!(fault(&forged(&bytes, &passphrase("another"))), ErrorKind::WrongKey);
        let memory = MemoryStorage::new();
        put_bytes(&memory, &Key::new("a"), &bytes).expect("put");
        let slot = Slot::new(Arc::new(memory.clone()), "a");
        assert_eq!(fault(&slot), ErrorKind::KeyRequired);
        assert_eq!(metadata(&slot).expect_err("no key").kind(), ErrorKind::KeyRequired);
        let several = [&yours, &passphrase("another"), secret];
        assert_eq!(load(&sealed(memory, &several)).expect("the last opens it"), b"1");
    }
    let memory = MemoryStorage::new();
    for (plain, kind) in [
        (get_clear(), ErrorKind::NotEncrypted),
        (b"PK\x03\x04 and so on".to_vec(), ErrorKind::NotEncrypted),
        (Vec::new(), ErrorKind::NotEncrypted),
        (b"age-encryption.org/v2\n-> X".to_vec(), ErrorKind::DamagedCiphertext),
    ] {
        put_bytes(&memory, &Key::new("a"), &plain).expect("put");
        assert_eq!(fault(&sealed(memory.clone(), &[&mine])), kind);
    }
}

/// Returns the bytes of a snapshot in clear.
fn get_clear() -> Vec<u8> {
    let memory = MemoryStorage::new();
    save(&Slot::new(Arc::new(memory.clone()), "a"), b"1");
    get_bytes(&memory, &Key::new("a")).expect("get")
}

#[test]
fn what_cannot_seal_or_open_is_refused_before_anything_is_touched() {
    let word = passphrase("open sesame");
    let Secret::Identity(pair) = identity() else { unreachable!("it was just made") };
    let recipient = Secret::Recipient(pair.recipient());
    let memory = MemoryStorage::new();
    for secrets in [vec![], vec![&word, &word], vec![&word, &recipient]] {
        let slot = sealed(memory.clone(), &secrets);
        let options = SaveOptions::default();
        let saved =
            snapshot::save(&slot, &b"1"[..], &Description::default(), &options, Watch::none());
        assert_eq!(saved.expect_err("no such seal").kind(), ErrorKind::BadArgument);
    }
    assert!(memory.list(&Key::new("")).expect("list").is_empty());
    save(&sealed(memory.clone(), &[&recipient]), b"1");
    let error = load(&sealed(memory.clone(), &[&recipient])).expect_err("it opens nothing");
    assert_eq!(
        error.to_string(),
        "bad argument `encryption`: holds recipients only, which open nothing; \
         identities and passphrases do"
    );
    assert_eq!(load(&sealed(memory, &[&Secret::Identity(pair)])).expect("load"), b"1");
}

#[test]
fn every_flipped_bit_is_noticed() {
    for secret in [identity(), passphrase("open sesame")] {
        let bytes = sealed_bytes(&state(100, 3), &secret);
        let text = bytes.windows(5).position(|five| five == b"\n--- ").expect("a header") + 1;
        // The first stanza says for whom; a change there may look like another key, or cost more.
        let stanza = bytes[..text].windows(4).position(|four| four == b"\n-> ").expect("one") + 1;
        let lines = bytes[stanza..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let stanza_end = stanza + lines.map(|(at, _)| at).nth(1).expect("two lines");
        // What a passphrase costs is paid each time, so of each byte one bit is enough.
        let step = if matches!(secret, Secret::Passphrase(_)) { 9 } else { 1 };
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let kind = fault(&forged(&flipped, &secret));
            let may_differ = (stanza..=stanza_end).contains(&(bit / 8));
            let is_as_told = match kind {
                ErrorKind::DamagedCiphertext => true,
                ErrorKind::WrongKey | ErrorKind::TooLarge => may_differ,
                _ => false,
            };
            assert!(is_as_told, "bit {bit} of {}: {kind:?}", bytes.len());
        }
    }
}

#[test]
fn every_missing_end_and_all_that_follows_is_damage() {
    let key = identity();
    let bytes = sealed_bytes(&state(100, 4), &key);
    for length in 1..bytes.len() {
        let kind = fault(&forged(&bytes[..length], &key));
        assert_eq!(kind, ErrorKind::DamagedCiphertext, "{length} of {}", bytes.len());
    }
    for after in [&b"\0"[..], &[0; 16], &[0; 100_000], &bytes] {
        let longer = [&bytes[..], after].concat();
        assert_eq!(fault(&forged(&longer, &key)), ErrorKind::DamagedCiphertext);
    }
}

#[test]
fn segments_moved_repeated_or_left_out_are_damage() {
    let key = identity();
    let memory = MemoryStorage::new();
    let slot = sealed(memory.clone(), &[&key]);
    save_as(&slot, &state(4 * SEGMENT_BYTES, 5), Algorithm::None, &Description::default());
    let bytes = get_bytes(&memory, &Key::new("a")).expect("get");
    let header = bytes.windows(5).position(|five| five == b"\n--- ").expect("a header") + 49 + 16;
    let (header, text) = bytes.split_at(header);
    let parts: Vec<&[u8]> = text.chunks(SEGMENT_BYTES + 16).collect();
    assert_eq!(parts.len(), 5);
    for order in [
        &[0, 1, 2, 3][..],
        &[0, 1, 2],
        &[1, 0, 2, 3, 4],
        &[0, 2, 3, 4],
        &[0, 1, 1, 2, 3, 4],
        &[4],
        &[],
    ] {
        let chosen: Vec<u8> = order.iter().flat_map(|at| parts[*at]).copied().collect();
        let kind = fault(&forged(&[header, &chosen].concat(), &key));
        assert_eq!(kind, ErrorKind::DamagedCiphertext, "{order:?}");
    }
}

/// A storage that takes note of each read: where, and how much came.
struct NotingStorage {
    inner: MemoryStorage,
    reads: Arc<Mutex<Vec<(u64, usize)>>>,
    count: AtomicU64,
}

struct NotingObject {
    inner: Arc<dyn Object>,
    reads: Arc<Mutex<Vec<(u64, usize)>>>,
}

impl Object for NotingObject {
    fn size_bytes(&self) -> u64 {
        self.inner.size_bytes()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read_at(offset, buffer)?;
        self.reads.lock().expect("no panic").push((offset, count));
        Ok(count)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

impl Storage for NotingStorage {
    fn location(&self, key: &Key) -> String {
        self.inner.location(key)
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let inner = self.inner.get(key)?;
        Ok(Arc::new(NotingObject { inner, reads: Arc::clone(&self.reads) }))
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
fn metadata_takes_two_reads_and_three_when_it_is_long() {
    let key = identity();
    let reads = Arc::default();
    let inner = MemoryStorage::new();
    let storage = NotingStorage { inner, reads: Arc::clone(&reads), count: AtomicU64::new(0) };
    let slot = sealed(storage, &[&key]);
    let around = save(&slot, b"1").to_json().len();
    for long in [10, 62 << 10, (64 << 10) - around, 65 << 10, 700 << 10] {
        for more in [0, 20_000, 60_000] {
            let long_text = "x".repeat(long);
            let description =
                Description { description: Some(long_text), ..Description::default() };
            let text = state(300_000 + more, 6);
            save_as(&slot, &text, Algorithm::None, &description);
            reads.lock().expect("no panic").clear();
            let said = metadata(&slot).expect("metadata").to_json().len();
            let reads = reads.lock().expect("no panic");
            let most = if said <= 64 << 10 { 2 } else { 3 };
            assert!((2..=most).contains(&reads.len()), "{said}: {reads:?}");
            let bytes: usize = reads.iter().map(|(_, count)| count).sum();
            assert!(bytes <= said + (192 << 10), "{said}: {bytes}");
            assert!(said < 200 << 10 || reads.len() == 3, "{said}: {reads:?}");
        }
    }
}

#[test]
fn a_seal_that_fails_at_any_byte_leaves_the_old_snapshot() {
    let key = identity();
    let memory = MemoryStorage::new();
    save(&sealed(memory.clone(), &[&key]), b"1");
    let old = get_bytes(&memory, &Key::new("a")).expect("get");
    // Headers differ in length, by what the library puts in at random.
    for bytes in (0..old.len() as u64 - 400).step_by(50) {
        let faulty = FaultyStorage::new(memory.clone(), &[Fault::WriteAfter { bytes }]);
        let slot = sealed(faulty, &[&key]);
        let options = SaveOptions::default();
        let saved =
            snapshot::save(&slot, &b"2"[..], &Description::default(), &options, Watch::none());
        let error = saved.expect_err("a fault");
        assert_eq!(error.report(), "could not write `memory://a`: injected fault");
        assert_eq!(get_bytes(&memory, &Key::new("a")).expect("get"), old);
    }
    for bytes in (0..old.len() as u64).step_by(50) {
        let faulty = FaultyStorage::new(memory.clone(), &[Fault::ReadAfter { bytes }]);
        let error = load(&sealed(faulty, &[&key])).expect_err("a fault");
        assert_eq!(error.report(), "could not read `memory://a`: injected fault");
    }
    let short = FaultyStorage::new(memory, &[Fault::Short { at_most_bytes: 7 }]);
    assert_eq!(load(&sealed(short, &[&key])).expect("load"), b"1");
}

#[test]
fn a_long_state_is_checked_before_any_of_it_is_given_out() {
    let key = identity();
    let memory = MemoryStorage::new();
    let mut text = vec![b'a'; 65 << 20];
    (text[0], text[(65 << 20) - 1]) = (b'"', b'"');
    save_as(&sealed(memory.clone(), &[&key]), &text, Algorithm::None, &Description::default());
    let flip = Fault::Flip { offset: 60 << 20, mask: 1 };
    let slot = sealed(FaultyStorage::new(memory, &[flip]), &[&key]);
    let mut loaded = snapshot::load(&slot, &LoadOptions::default(), Watch::none()).expect("load");
    assert!(loaded.state.held().is_none());
    let mut read = Vec::new();
    let error = Error::from_io(loaded.state.read_to_end(&mut read).expect_err("one bit is wrong"));
    assert_eq!(error.kind(), ErrorKind::DamagedCiphertext);
    assert!(read.len() > 59 << 20 && text.starts_with(&read));
}

#[test]
fn a_header_costs_no_more_than_its_bound() {
    let key = identity();
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    let mac = format!("--- {}\n", "A".repeat(43));
    for (stanzas, kind) in [
        (stanza.repeat(1_000), ErrorKind::DamagedCiphertext),
        ("-> a\n\n".repeat(20_000), ErrorKind::WrongKey),
        ("-> a\n\n".repeat(400_000), ErrorKind::TooLarge),
        ("A".repeat(3 << 20), ErrorKind::TooLarge),
    ] {
        let file = format!("age-encryption.org/v1\n{stanzas}{mac}{}", "A".repeat(100));
        assert_eq!(fault(&forged(file.as_bytes(), &key)), kind);
    }
}

#[test]
fn files_of_the_stock_tool_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let text = |name: &str| fs::read_to_string(folder.join("age").join(name)).expect("a fixture");
    let [one, two] = ["one.txt", "two.txt"].map(|name| {
        let identities = Identity::all_in(&text(name)).expect("a key");
        Secret::Identity(identities[0].clone())
    });
    let word = passphrase(text("passphrase.txt").trim());
    let slot = |name: &str, secret| {
        let location = Location::parse(folder.join(name)).expect("a path");
        Slot::from(&location).sealed(keys(&[secret]))
    };
    let clear = |name: &str| {
        let location = Location::parse(folder.join(name)).expect("a path");
        load(&Slot::from(&location)).expect("a fixture")
    };
    for (name, secret, same) in [
        ("age/one.json.gz.age", &one, "v1/text.json.gz"),
        ("age/both.json.zst.age", &one, "v1/blocks.json.zst"),
        ("age/both.json.zst.age", &two, "v1/blocks.json.zst"),
        ("age/earlier.json.gz.age", &two, "upstream-0.1.0/plain.json.gz"),
        ("age/passphrase.json.age", &word, "v1/text.json"),
    ] {
        assert!(load(&slot(name, secret)).expect(name) == clear(same), "{name}");
        assert!(snapshot::verify(slot(name, secret), Watch::none()).expect(name).is_whole());
    }
    let error = load(&slot("age/costly.json.age", &word)).expect_err("2^21 steps");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().ends_with("is too large: more than 1048576"), "{error}");
    let error = load(&slot("age/one.json.gz.age", &two)).expect_err("for another");
    assert_eq!(error.kind(), ErrorKind::WrongKey);
    let location = Location::parse(folder.join("age/armored.json.gz.age")).expect("a path");
    let error = load(&Slot::from(&location)).expect_err("armored");
    assert!(
        error.to_string().ends_with("it is encrypted and armored; only the binary form is read")
    );
}
