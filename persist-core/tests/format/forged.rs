//! Files whose hashes hold and whose contents lie.

use persist_core::error::ErrorKind;
use persist_core::limits::Limits;

use super::forge::{Forge, sha};
use super::{chat, fault, read, read_within, verify};

#[test]
fn a_file_by_another_writer_is_read() {
    for file in [Forge::new(b"[1, 2]").gzip(), Forge::new(b"[1, 2]").none()] {
        let (metadata, state) = read(&file).expect("good");
        assert_eq!(state, b"[1, 2]");
        assert_eq!(metadata.state_format, None);
        assert!(!metadata.is_legacy());
    }
    let newer = Forge::new(b"1").adding("mood", "{\"good\":[true]}").none();
    assert!(
        read(&newer)
            .expect("unknown fields are ignored")
            .0
            .to_json()
            .contains("\"mood\":{\"good\":[true]}")
    );
}

#[test]
fn fields_that_are_missing_or_of_another_type_are_named() {
    for (name, wrong, what) in [
        ("agent_id", "1", "a string"),
        ("session_id", "null", "a string"),
        ("snapshot_index", "-1", "an integer from 0 to 2^64-1"),
        ("timestamp", "\"2026-11-23T10:15:00Z\"", "a UTC time with microseconds"),
        ("content_hash", "\"AB\"", "64 lower-case hex digits"),
        ("format_version", "\"1\"", "an integer"),
        ("format_version", "0", "1 or more"),
        ("format_version", "-1", "an integer"),
        ("format_version", "2.0", "an integer"),
        ("snapshot_id", "\"x\"", "a UUID"),
        ("description", "[]", "a string or null"),
        ("uncompressed_size", "1.0", "a number of bytes"),
        ("compressed_size", "null", "a number of bytes"),
        ("compression_algorithm", "7", "a string"),
        ("environment", "[]", "an object"),
        ("classes", "null", "an object"),
        ("needs", "\"\"", "an object"),
        ("tags", "[1]", "an array of strings"),
    ] {
        let error = fault(&Forge::new(b"1").with(name, wrong).gzip());
        assert_eq!(
            error.to_string(),
            format!("the data is not a snapshot: `{name}` in its metadata is not {what}")
        );
        let error = fault(&Forge::new(b"1").without(name).none_if_possible());
        assert_eq!(
            error.to_string(),
            format!("the data is not a snapshot: its metadata has no `{name}`")
        );
    }
    let error = fault(&Forge::new(b"1").without("extra").gzip());
    assert_eq!(error.to_string(), "the data is not a snapshot: its metadata has no `extra`");
}

#[test]
fn a_key_that_comes_twice_in_the_metadata_is_refused() {
    for forge in [
        Forge::new(b"1").adding("agent_id", "\"b\""),
        Forge::new(b"1").adding("agent_\\u0069d", "\"b\""),
        Forge::new(b"1").with("extra", "[{\"agent_id\":1,\"agent_id\":2}]"),
    ] {
        let error = fault(&forge.gzip());
        assert_eq!(error.kind(), ErrorKind::NotASnapshot);
        let report = error.report();
        let reason =
            "the data is not a snapshot: its metadata is faulty: key `agent_id` comes twice";
        assert!(report.starts_with(reason), "{report}");
    }
}

#[test]
fn metadata_that_is_unsound_or_too_deep_is_refused() {
    let error = fault(&Forge::new(b"1").with("extra", "\"\\udc00\"").gzip());
    assert_eq!(error.kind(), ErrorKind::NotASnapshot);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        fault(&Forge::new(b"1").with("extra", &deep).none()).kind(),
        ErrorKind::NotASnapshot
    );
    let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
    assert_eq!(fault(&Forge::new(b"1").with("extra", &deep).none()).kind(), ErrorKind::TooLarge);
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    assert_eq!(
        fault(&Forge::new(&chat(2 << 20)).with("extra", &long).none()).kind(),
        ErrorKind::TooLarge
    );
}

#[test]
fn a_number_that_no_double_holds_is_refused_in_any_field() {
    for (name, value) in [("mood", "1e999999"), ("format_version", &"9".repeat(400))] {
        let forge = Forge::new(b"1").without(name).adding(name, value);
        let error = fault(&forge.gzip());
        assert_eq!(error.kind(), ErrorKind::NotASnapshot, "{error}");
        assert!(error.report().contains("its metadata is faulty: number out of range"), "{error}");
    }
}

#[test]
fn a_newer_format_is_named_with_both_versions() {
    for found in ["3", "18446744073709551616", "1000000000000000000000000000000"] {
        let error =
            fault(&Forge::new(b"1").with("format_version", found).without("agent_id").gzip());
        let text = format!("the data has format version {found}, and this release reads up to 1");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::NewerFormat, text));
    }
}

#[test]
fn sizes_and_hashes_that_lie_are_found_out() {
    let state = chat(1_000);
    let zeros = "0".repeat(64);
    let cases = [
        Forge::new(&state).with("uncompressed_size", "5"),
        Forge::new(&state).with("uncompressed_size", "100000"),
        Forge::new(&state).with("uncompressed_size", "0"),
        Forge::new(&state).with("content_hash", &format!("\"{zeros}\"")),
        Forge::new(&state).with("compression_algorithm", "\"zstd\""),
        Forge::new(&state).with("compressed_size", "1000000"),
    ];
    let texts = [
        "the data is damaged: its state is longer than its metadata says".to_owned(),
        "the data is damaged: its state is shorter than its metadata says".to_owned(),
        "the data is damaged: its state is longer than its metadata says".to_owned(),
        format!(
            "the data is damaged: its state hashes to {}, its metadata says {zeros}",
            sha(&state)
        ),
        "the data is damaged: its metadata names another compression than its bytes have"
            .to_owned(),
    ];
    for (forge, text) in cases.iter().zip(texts) {
        assert_eq!(fault(&forge.gzip()).to_string(), text);
    }
    assert!(fault(&cases[5].gzip()).to_string().contains("of its 1000000 bytes are there"));
    let longer = fault(&Forge::new(&state).with("uncompressed_size", "5").none());
    assert_eq!(
        longer.to_string(),
        "the data is damaged: its state is not as long as its metadata says"
    );
    let longest = Forge::new(&state).with("uncompressed_size", "18446744073709551615");
    let error = verify(&longest.gzip()).expect_err("a lie");
    assert_eq!(
        error.to_string(),
        "the data is damaged: its state is shorter than its metadata says"
    );
    assert_eq!(read(&longest.gzip()).expect_err("a lie").kind(), ErrorKind::TooLarge);
}

#[test]
fn a_bomb_is_read_no_further_than_its_metadata_says() {
    let bomb = vec![b' '; 128 << 20];
    let honest = Forge::new(&bomb).gzip();
    assert!(honest.len() < 1 << 20);
    verify(&honest).expect("honest");
    let limits = Limits { max_state_bytes: 1 << 20, ..Limits::default() };
    let error = read_within(&honest, &limits).expect_err("too large");
    assert_eq!(error.to_string(), "the state of the data is too large: more than 1048576");
    let lying = Forge { inflates_to: Some(bomb), ..Forge::new(b"[1]") }.gzip();
    let error = fault(&lying);
    assert_eq!(
        error.to_string(),
        "the data is damaged: its state is longer than its metadata says"
    );
}

#[test]
fn deflate_that_runs_on_into_the_metadata_is_refused() {
    // An unfinished stored block swallows the header of the metadata's block: other readers of gzip
    // would see five more bytes of state.
    let state = b"[1]";
    let document = [b"{\"agent_state\":", &state[..]].concat();
    let forge = Forge::new(state);
    let mut front = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    let swallowed = document.len() as u16 + 700;
    front.push(0);
    front.extend(swallowed.to_le_bytes());
    front.extend((!swallowed).to_le_bytes());
    front.extend(&document);
    let file = forge.close(front, 8, |metadata| {
        let length = metadata.len() as u16;
        let mut crc = flate2::Crc::new();
        crc.update(&document);
        crc.update(metadata);
        [
            &[1],
            &length.to_le_bytes()[..],
            &(!length).to_le_bytes(),
            metadata,
            &crc.sum().to_le_bytes(),
            &crc.amount().to_le_bytes(),
        ]
        .concat()
    });
    let error = fault(&file);
    assert_eq!(
        error.to_string(),
        "the data is damaged: its compressed bytes run on into its metadata"
    );
}

#[test]
fn a_zstd_frame_that_needs_a_larger_window_than_ours_is_refused() {
    let forge = || Forge::new(&chat(5_000));
    assert_eq!(read(&forge().zstd(23)).expect("good").1, chat(5_000));
    let error = fault(&forge().zstd(24));
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        "the window of a zstd frame of the data is too large: more than 8388608"
    );
}

#[test]
fn a_window_that_is_too_large_is_refused_in_every_frame() {
    let state = chat(5_000);
    let forge = || Forge::new(&state);
    for ends in [&[][..], &[15], &[15, 24], &[24, 3_000]] {
        assert_eq!(read(&forge().raw_frames(ends, 23)).expect("good").1, state);
        let error = fault(&forge().raw_frames(ends, 27));
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{ends:?}");
        assert_eq!(
            error.to_string(),
            "the window of a zstd frame of the data is too large: more than 8388608"
        );
    }
}

#[test]
fn a_frame_of_more_text_than_ours_have_is_refused() {
    let state = |bytes: usize| vec![b' '; bytes];
    let longest = state((8 << 20) - 15);
    assert!(read(&Forge::new(&longest).raw_frames(&[], 20)).expect("good").1 == longest);
    for (ends, bytes) in [(&[][..], (8 << 20) - 14), (&[15], (8 << 20) + 1)] {
        let error = fault(&Forge::new(&state(bytes)).raw_frames(ends, 20));
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(
            error.to_string(),
            "the text of a zstd frame of the data is too large: more than 8388608"
        );
    }
}

#[test]
fn text_behind_the_state_is_found_in_a_frame_of_any_cut() {
    let text = chat(5_000);
    for ends in [&[][..], &[15], &[3_000]] {
        let longer = [&text[..], b" "].concat();
        let forge = Forge { inflates_to: Some(longer), ..Forge::new(&text) };
        assert_eq!(
            fault(&forge.raw_frames(ends, 20)).to_string(),
            "the data is damaged: its state is longer than its metadata says"
        );
    }
}
