//! Files of the earlier format.

use std::io::Write;

use persist_core::error::{Error, ErrorKind};

use super::forge::sha;
use super::{GZIP, chat, fault, metadata, read, streamed, verify, write};

pub(super) fn upstream(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/upstream-0.1.0/");
    std::fs::read(format!("{folder}{name}.json.gz")).expect("a fixture")
}

#[test]
fn files_of_the_earlier_format_are_read() {
    for (name, size, agent) in [
        ("plain", 116, "plain_agent"),
        ("chat", 866, "chat_agent"),
        ("prompt", 816, "prompt_agent"),
        ("stub", 432, "conversation_agent"),
    ] {
        let file = upstream(name);
        for (found, state) in [read(&file).expect("good"), streamed(&file).expect("good")] {
            assert_eq!((state.len() as u64, found.uncompressed_size), (size, size));
            assert_eq!(found, metadata(&file).expect("good"));
            assert_eq!(found, verify(&file).expect("good"));
            assert!(found.is_legacy() && found.agent_id == agent && found.state_format.is_none());
            assert_eq!(found.compressed_size, file.len() as u64);
            assert_eq!(found.timestamp.as_str().len(), 27);
        }
    }
    let text = metadata(&upstream("plain")).expect("good");
    assert_eq!(
        text.to_json(),
        concat!(
            r#"{"agent_id":"plain_agent","session_id":"s-1","snapshot_index":7,"timestamp":"2026-11-23T15:33:53.309262Z","#,
            r#""content_hash":"5509edbd291001e29351ab1b3f1352c9ef71fb4aa16955cac7b264b1a3427403","format_version":1,"#,
            r#""snapshot_id":"230c2b0d-d002-4135-ad2b-e5660554ddeb","description":"a plain dict, Ünïcode","#,
            r#""uncompressed_size":116,"compressed_size":370,"compression_algorithm":"gzip","state_format":null,"#,
            r#""environment":null,"classes":null,"needs":null,"tags":null,"extra":null,"stored_hash":null,"#,
            r#""metadata_size":null,"metadata_hash":null}"#
        )
    );
}

/// Packs a document of the earlier format.
pub(super) fn earlier(metadata: &str, state: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    write!(encoder, "{{\"metadata\":{metadata},\"agent_state\":{state}}}").expect("memory");
    encoder.finish().expect("memory")
}

pub(super) fn earlier_metadata(state: &str, rest: &str) -> String {
    let hash = sha(state.as_bytes());
    format!(
        "{{\"agent_id\":\"a\",\"session_id\":\"s\",\"snapshot_index\":0,\"content_hash\":\"{hash}\",\
         \"format_version\":1,\"snapshot_id\":\"230c2b0d-d002-4135-ad2b-e5660554ddeb\"{rest}}}"
    )
}

#[test]
fn earlier_files_without_sizes_and_with_unix_times_are_normalised() {
    let state = String::from_utf8(chat(200_000)).expect("text");
    for rest in
        [",\"timestamp\":1700000000", ",\"timestamp\":1700000000,\"uncompressed_size\":null"]
    {
        let file = earlier(&earlier_metadata(&state, rest), &state);
        let (found, text) = read(&file).expect("good");
        assert!(text == state.as_bytes());
        assert_eq!(found.timestamp.as_str(), "2023-11-14T22:13:20.000000Z");
        assert_eq!(
            (found.uncompressed_size, found.compressed_size),
            (state.len() as u64, file.len() as u64)
        );
        assert_eq!(metadata(&file).expect("good"), found);
        assert_eq!(verify(&file).expect("good"), found);
    }
}

#[test]
fn faults_of_earlier_files_are_told_apart() {
    let file = upstream("chat");
    for length in 1..file.len() {
        assert_eq!(fault(&file[..length]).kind(), ErrorKind::Truncated, "{length}");
    }
    let appended = fault(&[&file[..], &[0; 9]].concat());
    assert!(matches!(appended, Error::TrailingBytes { count: 9, .. }), "{appended}");
    let twice = fault(&[&file[..], &file].concat());
    assert!(matches!(twice, Error::TrailingBytes { count: 514, .. }), "{twice}");
    let ours = fault(&[&file[..], &write(b"1", GZIP)].concat());
    assert!(matches!(ours, Error::TrailingBytes { .. }), "{ours}");
    let state = "[1,2]";
    let lying = earlier_metadata(state, ",\"timestamp\":1,\"uncompressed_size\":4");
    assert_eq!(fault(&earlier(&lying, state)).kind(), ErrorKind::Damaged);
    let other = earlier_metadata("[2,1]", ",\"timestamp\":1,\"uncompressed_size\":5");
    assert_eq!(fault(&earlier(&other, state)).kind(), ErrorKind::HashMismatch);
    let newer = earlier_metadata(state, ",\"timestamp\":1")
        .replace("\"format_version\":1", "\"format_version\":2");
    assert_eq!(fault(&earlier(&newer, state)).kind(), ErrorKind::NewerFormat);
    let untimed = fault(&earlier(&earlier_metadata(state, ""), state));
    assert_eq!(untimed.to_string(), "the data is not a snapshot: its metadata has no `timestamp`");
}

#[test]
fn flipped_bits_of_an_earlier_file_change_no_state() {
    let file = upstream("plain");
    let (_, state) = read(&file).expect("good");
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // Bits of the gzip header and of padding mean nothing; all others are noticed.
        if let Ok((_, text)) = read(&flipped) {
            assert_eq!(text, state);
        }
    }
}
