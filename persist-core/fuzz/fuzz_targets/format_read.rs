//! Reads any bytes as a snapshot: an error or a state, never a panic, and one verdict whichever way.
//!
//! Random bytes do not hash to what they say, so all but the first kind of input is wrapped into a file
//! whose hashes hold; then the parsers behind the hashes see what the fuzzer makes up.
#![no_main]

use std::io::Read;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use persist_core::format;
use persist_core::limits::Limits;
use persist_core::{Error, Watch};
use sha2::{Digest, Sha256};

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    match kind % 4 {
        0 => check(rest),
        1 => check(&plain(rest)),
        2 => check(&gzip(rest, &deflated(b"[1]"))),
        _ => check(&with_true_size(|size| gzip(&fields(b"[1]", size), rest))),
    }
});

fn check(file: &[u8]) {
    let verified = format::verify(&mut source(file), Watch::none());
    let held = read(file, Limits { max_state_bytes: 1 << 20, ..Limits::default() });
    let streamed = read(file, Limits { max_state_bytes: 1 << 20, held_bytes: 0 });
    match (held, streamed) {
        (Ok(held), Ok(streamed)) => {
            assert_eq!(held, streamed);
            verified.expect("what is read is whole");
        }
        (Err(held), Err(streamed)) => assert_eq!(held.to_string(), streamed.to_string()),
        _ => panic!("held and streamed reading disagree"),
    }
    // May succeed where the state is damaged; must not panic.
    let _ = format::read_metadata(&mut source(file), Watch::none());
}

fn source(file: &[u8]) -> Arc<[u8]> {
    Arc::from(file)
}

fn read(file: &[u8], limits: Limits) -> Result<Vec<u8>, Error> {
    let mut opened = format::read(&mut source(file), &limits, Watch::none())?;
    let mut text = Vec::new();
    opened.state.read_to_end(&mut text).map_err(Error::from_io)?;
    Ok(text)
}

/// Puts `metadata`, the inside of an object, behind a state that is not compressed.
fn plain(metadata: &[u8]) -> Vec<u8> {
    let front = b"{\"agent_state\":[1]".to_vec();
    let text = sealed(metadata, &front);
    [front, text].concat()
}

/// Puts `metadata` behind what may or may not be deflated text.
fn gzip(metadata: &[u8], deflated: &[u8]) -> Vec<u8> {
    let front = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff", deflated].concat();
    let text = sealed(metadata, &front);
    let first = match text.len() % 65_535 {
        0 => 65_535,
        rest => rest,
    };
    let mut file = front;
    let mut rest = &text[..];
    while !rest.is_empty() {
        let (block, later) = rest.split_at(if rest.len() == text.len() { first } else { 65_535 });
        let length = block.len() as u16;
        file.push(u8::from(later.is_empty()));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
        rest = later;
    }
    let mut crc = flate2::Crc::new();
    crc.update(b"{\"agent_state\":[1]");
    crc.update(&text);
    file.extend(crc.sum().to_le_bytes());
    file.extend(crc.amount().to_le_bytes());
    file
}

fn sealed(metadata: &[u8], front: &[u8]) -> Vec<u8> {
    let stored_hash = format!(",\"stored_hash\":\"{}\"", hex(front));
    let mut text = [b",\"metadata\":{", metadata, stored_hash.as_bytes()].concat();
    let size = text.len() + 114;
    text.extend(format!(",\"metadata_size\":\"{size:010}\"").bytes());
    let hash = hex(&text);
    text.extend(format!(",\"metadata_hash\":\"{hash}\"}}}}").bytes());
    text
}

/// Builds a file that says how long it is.
fn with_true_size(build: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut size = 0;
    loop {
        let file = build(size);
        if file.len() == size {
            return file;
        }
        size = file.len();
    }
}

/// The fields of good metadata, up to the hash.
fn fields(state: &[u8], compressed_size: usize) -> Vec<u8> {
    let (hash, size) = (hex(state), state.len());
    format!(
        "\"agent_id\":\"\",\"session_id\":\"\",\"snapshot_index\":0,\
         \"timestamp\":\"2026-11-23T10:15:00.123456Z\",\"content_hash\":\"{hash}\",\"format_version\":1,\
         \"snapshot_id\":\"01970000-0000-7000-8000-000000000000\",\"description\":null,\
         \"uncompressed_size\":{size},\"compressed_size\":{compressed_size},\"compression_algorithm\":\"gzip\",\
         \"environment\":{{}},\"classes\":{{}},\"needs\":{{}},\"tags\":[],\"extra\":null"
    )
    .into_bytes()
}

fn deflated(state: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1000);
    let mut deflate = flate2::Compress::new(flate2::Compression::default(), false);
    let text = [b"{\"agent_state\":", state].concat();
    deflate.compress_vec(&text, &mut out, flate2::FlushCompress::Full).expect("memory");
    out
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
