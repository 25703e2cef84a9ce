//! Whole files with a fault: missing ends, something appended, something else.

use std::io::{Read, Write};

use persist_core::error::{Error, ErrorKind};
use persist_core::format;
use persist_core::limits::Limits;
use persist_core::progress::Watch;

use super::{GZIP, NONE, ZSTD, chat, fault, metadata, source, write};

#[test]
fn every_missing_end_is_called_truncation() {
    for options in [GZIP, ZSTD, NONE] {
        let file = write(&chat(if options == NONE { 1_000 } else { 6_000 }), options);
        for length in 1..file.len() {
            assert_eq!(
                fault(&file[..length]).kind(),
                ErrorKind::Truncated,
                "{length} of {}",
                file.len()
            );
            assert_eq!(metadata(&file[..length]).expect_err("cut").kind(), ErrorKind::Truncated);
        }
    }
}

#[test]
fn whatever_follows_a_snapshot_is_counted() {
    for options in [GZIP, ZSTD, NONE] {
        let file = write(&chat(1_000), options);
        let shorter = write(b"[]", options);
        let longer = write(&chat(90_000), options);
        for after in [
            &b"\0"[..],
            &[0; 7],
            &[0; 8],
            b"\n\n\n\n\n\n\n\n",
            &[0; 512],
            &[0; 100_000],
            b"\n",
            b"junk",
            &shorter,
            &file,
            &longer,
        ] {
            let appended = [&file[..], after].concat();
            for error in [fault(&appended), metadata(&appended).expect_err("appended")] {
                assert!(
                    matches!(error, Error::TrailingBytes { count, .. } if count == after.len() as u64),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn bytes_put_in_front_or_taken_from_the_middle_are_damage() {
    for options in [GZIP, ZSTD, NONE] {
        let file = write(&chat(1_000), options);
        let shorter = [&file[..100], &file[101..]].concat();
        let error = fault(&shorter);
        let text = format!(
            "the data is damaged: only {} of its {} bytes are there",
            file.len() - 1,
            file.len()
        );
        assert_eq!(error.to_string(), text);
        let longer = [&file[..100], b"x", &file[100..]].concat();
        assert_ne!(fault(&longer).kind(), ErrorKind::Truncated);
        assert!(metadata(&longer).is_err());
    }
}

#[test]
fn what_is_not_a_snapshot_is_called_by_its_name() {
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    };
    let zstd = |text: &[u8]| zstd::encode_all(text, 3).expect("memory");
    for (file, reason) in [
        (Vec::new(), "it is empty"),
        (b"hello".to_vec(), "it is neither gzip, zstd nor JSON"),
        (b"\x89PNG\r\n\x1a\n and so on".to_vec(), "it is neither gzip, zstd nor JSON"),
        (b"{\"a\":1}".to_vec(), "it is JSON, but its first key is not `agent_state`"),
        (b"{}".to_vec(), "it is JSON, but its first key is not `agent_state`"),
        (b"[1]".to_vec(), "it is a JSON array"),
        (b"\x80\x04\x95\x00".to_vec(), "it is a pickle"),
        (b"PK\x03\x04".to_vec(), "it is a zip archive"),
        (zstd(b"hello, this is text"), "it is zstd of something else"),
        (zstd(b"{\"metadata\":{},\"agent_state\":1}"), "it is zstd of something else"),
        (zstd(b""), "it is zstd of nothing"),
        (
            b"age-encryption.org/v2\n".to_vec(),
            "it is encrypted in a way that this release does not read",
        ),
        (gzip(b"hello, this is text"), "it is gzip of something else"),
        (gzip(b"hi"), "it is gzip of something else"),
        (gzip(b""), "it is gzip of nothing"),
        (gzip(b"{\"agent_state\":{}}"), "its document ends without metadata"),
        (b"{\"agent_state\":{}}".to_vec(), "its document ends without metadata"),
        (gzip(b"{\"metadata\":{}}"), "its metadata is not followed by a state"),
        (gzip(b"{\"metadata\":{},\"agent_state\":1}"), "its metadata has no `format_version`"),
    ] {
        let text = format!("the data is not a snapshot: {reason}");
        assert_eq!(fault(&file).to_string(), text);
        assert_eq!(metadata(&file).expect_err("a stranger").to_string(), text);
    }
}

#[test]
fn a_snapshot_that_was_compressed_anew_is_damaged() {
    let mut document = Vec::new();
    flate2::bufread::GzDecoder::new(&write(&chat(1_000), GZIP)[..])
        .read_to_end(&mut document)
        .expect("gzip");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&document).expect("memory");
    let error = fault(&encoder.finish().expect("memory"));
    assert_eq!(
        error.to_string(),
        "the data is damaged: its metadata is compressed, as if the whole file had been compressed anew"
    );
}

#[test]
fn a_streamed_state_ends_in_an_error_unless_it_is_whole() {
    let mut file = write(&chat(300_000), NONE);
    file[150_000] ^= 1;
    let limits = Limits { held_bytes: 1_000, ..Limits::default() };
    let opened = format::read(&mut source(&file), &limits, Watch::none()).expect("the end is good");
    assert!(opened.state.held().is_none());
    let mut text = Vec::new();
    let mut state = opened.state;
    let error = Error::from_io(state.read_to_end(&mut text).expect_err("damaged"));
    assert_eq!(error.kind(), ErrorKind::HashMismatch);
    assert_eq!(text.len() as u64, opened.metadata.uncompressed_size);
    // It never comes to look like a text that just ended.
    state.read(&mut [0]).expect_err("damaged still");
}

#[test]
fn a_damaged_frame_gives_none_of_its_text() {
    // What does not compress lies as it is: every change decompresses, and only a checksum sees it.
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 56) as u8
    };
    let state: Vec<u8> = (0..9 << 20).map(|_| noise()).collect();
    let whole = write(&state, ZSTD);
    let frame_bytes = 4 << 20;
    for (at, given) in [(100, 0), (frame_bytes - 100, 0), (frame_bytes + 1_000_000, 1)] {
        let mut file = whole.clone();
        file[at] ^= 1;
        assert_eq!(fault(&file).kind(), ErrorKind::HashMismatch);
        let limits = Limits { held_bytes: 1_000, ..Limits::default() };
        let opened =
            format::read(&mut source(&file), &limits, Watch::none()).expect("the end is good");
        let mut text = Vec::new();
        let mut reader = opened.state;
        let error = Error::from_io(reader.read_to_end(&mut text).expect_err("damaged"));
        assert_eq!(error.kind(), ErrorKind::HashMismatch, "{at}");
        assert!(text == state[..given * frame_bytes], "{at}: {} bytes", text.len());
        reader.read(&mut [0]).expect_err("damaged still");
    }
}
