//! Clouds keep the contract: run against an emulator by `tests/storage/test_contract.py`, or against a
//! bucket of one's own by `docs/guides/storage.md`.

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use persist_core::storage::contract;
use persist_core::storage::{Fill, Key, Object, PutOptions, Storage};
use persist_core::{
    Description, Error, ErrorKind, Location, Result, SaveOptions, Slot, Watch, snapshot,
};

/// A bucket, as if it held nothing but what lies below one folder.
struct Below {
    bucket: Slot,
    folder: String,
}

impl Below {
    fn key(&self, key: &Key) -> Key {
        let name = key.as_os_str().to_str().expect("the suite uses Unicode");
        if name.is_empty() { Key::new("") } else { Key::new(format!("{}{name}", self.folder)) }
    }
}

impl Storage for Below {
    fn location(&self, key: &Key) -> String {
        self.bucket.storage().location(&self.key(key))
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        self.bucket.storage().get(&self.key(key))
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        self.bucket.storage().put(&self.key(key), options, fill)
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.bucket.storage().delete(&self.key(key))
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let name = prefix.as_os_str().to_str().expect("the suite uses Unicode");
        let found = self.bucket.storage().list(&Key::new(format!("{}{name}", self.folder)))?;
        let inner = |key: Key| {
            let name = key.as_os_str().to_str().expect("the suite uses Unicode").to_owned();
            Key::new(name.strip_prefix(&self.folder).expect("what was asked for").to_owned())
        };
        Ok(found.into_iter().map(inner).collect())
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        self.bucket.storage().exists(&self.key(key))
    }
}

fn fresh(variable: &str) -> Below {
    let url = env::var(variable).unwrap_or_else(|_| panic!("`{variable}` names a bucket"));
    let location = Location::parse(&url).expect("a URL of a cloud");
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let folder = format!("contract-{}/", moment.as_nanos());
    Below { bucket: Slot::from(&location), folder }
}

fn check(variable: &str) {
    contract::check(|| (Box::new(fresh(variable)), ()));
}

/// Puts an object while another upload to its key is unfinished; returns what comes of that one.
fn put_beside_an_upload(variable: &str, abandoned_after: Duration) -> Result<()> {
    let storage = fresh(variable);
    let key = Key::new("a");
    let options = PutOptions { abandoned_after, ..PutOptions::default() };
    storage.put(&key, options, &mut |sink| {
        let write = |error| Error::storage("write", error);
        sink.write_all(&vec![1; 9 << 20]).map_err(write)?;
        storage.put(&key, options, &mut |sink| sink.write_all(b"small").map_err(write))
    })
}

fn check_what_is_left_behind(variable: &str) {
    let error = put_beside_an_upload(variable, Duration::ZERO).expect_err("it was aborted");
    // Where a service says that there is no such upload, an emulator may break down instead.
    let kinds = [ErrorKind::Storage, ErrorKind::Unavailable];
    assert!(kinds.contains(&error.kind()), "{}", error.report());
    // Of every upload, an emulator may say that it began in 2010.
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    put_beside_an_upload(variable, century).expect("it is too young for that");
}

/// Saves to locations whose writers were killed, while nobody else writes: whatever unfinished upload
/// there is, nobody will finish it.
#[test]
#[ignore = "needs locations: `PERSIST_TEST_URLS`, a line each"]
fn saves_once_more() {
    let options = SaveOptions { abandoned_after: Duration::ZERO, ..SaveOptions::default() };
    let urls = env::var("PERSIST_TEST_URLS").expect("`PERSIST_TEST_URLS` names locations");
    for url in urls.lines() {
        let location = Location::parse(url).expect("a URL of a cloud");
        let description = Description::default();
        snapshot::save(&location, &b"1"[..], &description, &options, Watch::none()).expect("save");
    }
}

#[test]
#[ignore = "needs a bucket: `PERSIST_TEST_S3_URL`"]
fn s3_keeps_the_contract() {
    check("PERSIST_TEST_S3_URL");
}

#[test]
#[ignore = "needs a bucket: `PERSIST_TEST_S3_URL`"]
fn s3_aborts_what_is_left_behind() {
    check_what_is_left_behind("PERSIST_TEST_S3_URL");
}

#[test]
#[ignore = "needs a bucket: `PERSIST_TEST_GCS_URL`"]
fn gcs_aborts_what_is_left_behind() {
    check_what_is_left_behind("PERSIST_TEST_GCS_URL");
}

#[test]
#[ignore = "needs a container: `PERSIST_TEST_AZURE_URL`"]
fn azure_keeps_the_contract() {
    check("PERSIST_TEST_AZURE_URL");
}

#[test]
#[ignore = "needs a bucket: `PERSIST_TEST_GCS_URL`"]
fn gcs_keeps_the_contract() {
    check("PERSIST_TEST_GCS_URL");
}
