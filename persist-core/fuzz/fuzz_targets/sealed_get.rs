//! Any bytes as an encrypted file: an error or a state, never a panic, and no byte that was not sealed.
//!
//! The first byte says whether the input is the whole file, or its rest what follows a header that opens.
#![no_main]

use std::io::Read;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use persist_core::encryption::Key as Secret;
use persist_core::storage::{Key, MemoryStorage, PutOptions, Storage};
use persist_core::{
    Description, Error, ErrorKind, Identity, Keys, LoadOptions, SaveOptions, Slot, Watch, snapshot,
};

const NAME: &str = "a.json";
const STATE: &[u8] = b"[1,2,3]";

/// The key of `tests/fixtures/age/one.txt`, which lies among the seeds.
const KEY: &str = include_str!("../../../tests/fixtures/age/one.txt");

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let identities = Identity::all_in(KEY).expect("a key");
    Keys::new(identities.into_iter().map(Secret::Identity).collect())
});

/// A file of ours that opens.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let storage = MemoryStorage::new();
    let slot = sealed(&storage);
    let (description, options) = (Description::default(), SaveOptions::default());
    snapshot::save(&slot, STATE, &description, &options, Watch::none()).expect("memory");
    let object = storage.get(&Key::new(NAME)).expect("just saved");
    let mut bytes = vec![0; object.size_bytes() as usize];
    object.read_at(0, &mut bytes).expect("memory");
    bytes
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let text_at = WHOLE.windows(5).position(|five| five == b"\n--- ").expect("a header") + 49;
    match kind % 2 {
        0 => check(&[&WHOLE[..text_at], rest].concat()),
        _ => check(input),
    }
});

fn check(file: &[u8]) {
    let storage = MemoryStorage::new();
    let filled = storage.put(&Key::new(NAME), PutOptions::default(), &mut |sink| {
        sink.write_all(file).map_err(|error| Error::storage("write", error))
    });
    filled.expect("memory");
    let slot = sealed(&storage);
    let verified = snapshot::verify(&slot, Watch::none());
    match read(&slot) {
        Ok(_) => assert!(verified.expect("it opens").is_whole()),
        // The bound of this reader alone.
        Err(error) if error.kind() == ErrorKind::TooLarge => {}
        Err(_) => assert!(!verified.is_ok_and(|verification| verification.is_whole())),
    }
    // May succeed where the state is damaged; must not panic.
    let _ = snapshot::metadata(&slot, Watch::none());
}

fn sealed(storage: &MemoryStorage) -> Slot {
    Slot::new(Arc::new(storage.clone()), NAME).sealed(KEYS.clone())
}

fn read(slot: &Slot) -> Result<Vec<u8>, Error> {
    let options = LoadOptions { max_state_bytes: 1 << 20 };
    let mut loaded = snapshot::load(slot, &options, Watch::none())?;
    let mut text = Vec::new();
    loaded.state.read_to_end(&mut text).map_err(Error::from_io)?;
    Ok(text)
}
