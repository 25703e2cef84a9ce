//! What every storage must do, as a suite a backend's tests run.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{Key, Object, PutOptions, Storage, is_replaced};
use crate::error::{Error, ErrorKind, Result};

/// One demand and its name.
type Case = (&'static str, fn(&dyn Storage));

const CASES: [Case; 14] = [
    ("put_then_get_returns_the_bytes", put_then_get_returns_the_bytes),
    ("an_object_may_be_empty", an_object_may_be_empty),
    ("put_replaces_the_whole_object", put_replaces_the_whole_object),
    ("put_keeps_an_object_not_to_be_replaced", put_keeps_an_object_not_to_be_replaced),
    ("a_failed_put_leaves_what_was_there", a_failed_put_leaves_what_was_there),
    ("an_open_object_stays_what_it_was", an_open_object_stays_what_it_was),
    ("an_object_is_read_at_any_offset", an_object_is_read_at_any_offset),
    ("what_is_missing_is_not_found", what_is_missing_is_not_found),
    ("delete_removes", delete_removes),
    ("exists_tells", exists_tells),
    ("list_is_sorted_and_filtered", list_is_sorted_and_filtered),
    ("the_empty_key_names_nothing", the_empty_key_names_nothing),
    ("one_of_many_racing_writers_wins", one_of_many_racing_writers_wins),
    ("readers_see_a_whole_object", readers_see_a_whole_object),
];

/// Runs the suite, each demand against a storage `fresh` from whoever calls.
///
/// What comes with the storage, such as the folder it lies in, lives as long as it.
///
/// # Panics
/// Where the storage does not do what it must; the demand's name is printed before.
pub fn check<T>(fresh: impl Fn() -> (Box<dyn Storage>, T)) {
    for (name, case) in CASES {
        println!("contract: {name}");
        let (storage, _guard) = fresh();
        case(storage.as_ref());
    }
}

/// Puts `bytes` as one object, replacing what is there.
///
/// # Errors
/// Whatever the storage says.
pub fn put_bytes(storage: &dyn Storage, key: &Key, bytes: &[u8]) -> Result<()> {
    put(storage, key, bytes, true)
}

/// Returns all bytes of one object.
///
/// # Errors
/// Whatever the storage says.
pub fn get_bytes(storage: &dyn Storage, key: &Key) -> Result<Vec<u8>> {
    loop {
        match storage.get(key).and_then(read_all) {
            Err(error) if is_replaced(&error) => {}
            other => return other,
        }
    }
}

fn put(storage: &dyn Storage, key: &Key, bytes: &[u8], overwrite: bool) -> Result<()> {
    // Durability costs time and cannot be seen from here.
    let options = PutOptions { overwrite, durable: false, ..PutOptions::default() };
    storage.put(key, options, &mut |sink| {
        sink.write_all(bytes).map_err(|error| Error::storage("write", error))
    })
}

fn read_all(object: Arc<dyn Object>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    object.stream(0).read_to_end(&mut bytes).map_err(Error::from_io)?;
    Ok(bytes)
}

fn put_then_get_returns_the_bytes(storage: &dyn Storage) {
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let key = Key::new("folder/below/a.json.gz");
    put_bytes(storage, &key, &bytes).expect("put");
    assert_eq!(storage.get(&key).expect("get").size_bytes(), 1_200_000);
    assert!(get_bytes(storage, &key).expect("get") == bytes);
}

fn an_object_may_be_empty(storage: &dyn Storage) {
    let key = Key::new("a");
    put_bytes(storage, &key, b"").expect("put");
    assert_eq!(get_bytes(storage, &key).expect("get"), b"");
    assert!(storage.exists(&key).expect("exists"));
}

fn put_replaces_the_whole_object(storage: &dyn Storage) {
    let key = Key::new("a");
    put_bytes(storage, &key, b"long and old").expect("put");
    put_bytes(storage, &key, b"new").expect("put");
    assert_eq!(get_bytes(storage, &key).expect("get"), b"new");
}

fn put_keeps_an_object_not_to_be_replaced(storage: &dyn Storage) {
    let key = Key::new("a");
    put(storage, &key, b"old", false).expect("nothing is there");
    let mut is_filled = false;
    let options = PutOptions { overwrite: false, durable: false, ..PutOptions::default() };
    let error = storage.put(&key, options, &mut |_| {
        is_filled = true;
        Ok(())
    });
    assert_exact(error, ErrorKind::Exists, "a");
    assert!(!is_filled, "what is known to be refused is not written first");
    assert_eq!(get_bytes(storage, &key).expect("get"), b"old");
    assert_eq!(storage.list(&Key::new("")).expect("list"), [key]);
}

fn a_failed_put_leaves_what_was_there(storage: &dyn Storage) {
    let (old, new) = (Key::new("old"), Key::new("new"));
    put_bytes(storage, &old, b"old").expect("put");
    for key in [&old, &new] {
        let error = storage.put(key, PutOptions::default(), &mut |sink| {
            sink.write_all(&[0; 100_000]).map_err(|error| Error::storage("write", error))?;
            Err(Error::interrupted())
        });
        assert_exact(error, ErrorKind::Interrupted, "");
    }
    assert_eq!(get_bytes(storage, &old).expect("get"), b"old");
    assert_eq!(storage.list(&Key::new("")).expect("list"), [old]);
}

fn an_open_object_stays_what_it_was(storage: &dyn Storage) {
    let key = Key::new("a");
    put_bytes(storage, &key, b"old").expect("put");
    let (first, second) = (storage.get(&key).expect("get"), storage.get(&key).expect("get"));
    put_bytes(storage, &key, b"newer").expect("put");
    assert_eq!(read_all(first).expect("read"), b"old");
    storage.delete(&key).expect("delete");
    assert_eq!(read_all(second).expect("read"), b"old");
}

fn an_object_is_read_at_any_offset(storage: &dyn Storage) {
    let key = Key::new("a");
    put_bytes(storage, &key, b"0123456789").expect("put");
    let object = storage.get(&key).expect("get");
    let mut two = [0; 2];
    assert!(object.read_at(8, &mut two).is_ok_and(|count| count > 0 && two[0] == b'8'));
    assert!(object.read_at(0, &mut two).is_ok_and(|count| count > 0 && two[0] == b'0'));
    assert!(object.read_at(10, &mut two).is_ok_and(|count| count == 0));
    assert!(object.read_at(u64::from(u32::MAX), &mut two).is_ok_and(|count| count == 0));
}

fn what_is_missing_is_not_found(storage: &dyn Storage) {
    put_bytes(storage, &Key::new("a"), b"").expect("put");
    for missing in ["b", "folder/b"] {
        let key = Key::new(missing);
        assert_exact(storage.get(&key).map(drop), ErrorKind::NotFound, missing);
        assert_exact(storage.delete(&key), ErrorKind::NotFound, missing);
    }
}

fn delete_removes(storage: &dyn Storage) {
    let key = Key::new("a");
    put_bytes(storage, &key, b"x").expect("put");
    storage.delete(&key).expect("delete");
    assert_exact(storage.get(&key).map(drop), ErrorKind::NotFound, "a");
    put(storage, &key, b"y", false).expect("the key is free again");
}

fn exists_tells(storage: &dyn Storage) {
    let key = Key::new("folder/a");
    assert!(!storage.exists(&key).expect("exists"));
    put_bytes(storage, &key, b"x").expect("put");
    assert!(storage.exists(&key).expect("exists"));
    assert!(!storage.exists(&Key::new("folder/b")).expect("exists"));
}

fn list_is_sorted_and_filtered(storage: &dyn Storage) {
    for text in ["b/2", "a", "b/10", "bc/1", "b/deep/er/1"] {
        put_bytes(storage, &Key::new(text), b"x").expect("put");
    }
    let list = |prefix: &str| storage.list(&Key::new(prefix)).expect("list");
    let keys = |texts: &[&str]| texts.iter().map(Key::new).collect::<Vec<_>>();
    assert_eq!(list(""), keys(&["a", "b/10", "b/2", "b/deep/er/1", "bc/1"]));
    assert_eq!(list("b/"), keys(&["b/10", "b/2", "b/deep/er/1"]));
    assert_eq!(list("b"), keys(&["b/10", "b/2", "b/deep/er/1", "bc/1"]));
    assert_eq!(list("b/1"), keys(&["b/10"]));
    assert_eq!(list("c/"), keys(&[]));
}

fn the_empty_key_names_nothing(storage: &dyn Storage) {
    let key = Key::new("");
    assert!(!storage.exists(&key).expect("exists"));
    assert_exact(storage.get(&key).map(drop), ErrorKind::NotFound, "");
    assert_exact(storage.delete(&key), ErrorKind::NotFound, "");
    let error = put_bytes(storage, &key, b"x").expect_err("it names nothing");
    assert_eq!(error.to_string(), "bad argument `path`: is empty, which names nothing");
}

fn one_of_many_racing_writers_wins(storage: &dyn Storage) {
    for round in 0..20 {
        let key = Key::new(format!("round{round}"));
        let write = |name: u8| put(storage, &key, &[name; 5000], false).map(|()| name);
        let results: Vec<Result<u8>> = thread::scope(|scope| {
            let writers: Vec<_> = (0..4_u8).map(|name| scope.spawn(move || write(name))).collect();
            writers.into_iter().map(|writer| writer.join().expect("no panic")).collect()
        });
        let mut winners = Vec::new();
        for result in results {
            match result {
                Ok(name) => winners.push(name),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Exists, "{}", error.report()),
            }
        }
        assert_eq!(winners.len(), 1, "exactly one wins");
        assert_eq!(get_bytes(storage, &key).expect("get"), [winners[0]; 5000]);
    }
}

fn readers_see_a_whole_object(storage: &dyn Storage) {
    let key = Key::new("a");
    let sizes = [10_000, 200_000];
    put_bytes(storage, &key, &vec![0; sizes[0]]).expect("put");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..40_u8 {
                put_bytes(storage, &key, &vec![round; sizes[usize::from(round % 2)]]).expect("put");
            }
            is_over.store(true, Ordering::Release);
        });
        while !is_over.load(Ordering::Acquire) {
            let bytes = get_bytes(storage, &key).expect("something is there at every moment");
            assert_eq!(bytes.len(), sizes[usize::from(bytes[0] % 2)]);
            assert!(bytes.iter().all(|byte| *byte == bytes[0]), "old and new are mixed");
        }
    });
}

fn assert_exact<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, key: &str) {
    let error = result.expect_err("it must fail");
    assert_eq!(error.kind(), kind, "{}", error.report());
    assert!(error.location().is_some_and(|location| location.ends_with(key)), "{}", error.report());
}
