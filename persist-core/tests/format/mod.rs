//! A document and its bytes: written, read back, damaged in every way.

mod bounds;
mod damage;
mod earlier;
mod flip;
mod forge;
mod forged;

use std::io::Read;
use std::sync::Arc;

use persist_core::compression::Algorithm;
use persist_core::error::{Error, ErrorKind};
use persist_core::format::{self, Opened, Source, Tail, WriteOptions};
use persist_core::limits::Limits;
use persist_core::metadata::{Description, Json, Metadata};
use persist_core::progress::Watch;
use proptest::prelude::*;

use self::forge::sha;

const GZIP: WriteOptions = WriteOptions { algorithm: Algorithm::Gzip, level: None };
const ZSTD: WriteOptions = WriteOptions { algorithm: Algorithm::Zstd, level: None };
const NONE: WriteOptions = WriteOptions { algorithm: Algorithm::None, level: None };

fn description() -> Description {
    Description {
        agent_id: "agent".into(),
        session_id: "s-1".into(),
        snapshot_index: 7,
        description: Some("Zoë's \"first\"".into()),
        tags: vec!["a".into(), "b".into()],
        extra: r#"{"big":123456789012345678901234567890,"list":[1,2.50]}"#.parse().expect("JSON"),
        state_format: Some("persist/1".into()),
        ..Description::default()
    }
}

fn write(state: &[u8], options: WriteOptions) -> Vec<u8> {
    write_as(state, &description(), options).0
}

fn write_as(
    mut state: &[u8],
    description: &Description,
    options: WriteOptions,
) -> (Vec<u8>, Metadata) {
    let mut file = Vec::new();
    let metadata = format::write(&mut file, &mut state, description, &options, Watch::none())
        .expect("written");
    (file, metadata)
}

fn source(file: &[u8]) -> Arc<[u8]> {
    Arc::from(file)
}

fn read(file: &[u8]) -> Result<(Metadata, Vec<u8>), Error> {
    read_within(file, &Limits::default())
}

fn read_within(file: &[u8], limits: &Limits) -> Result<(Metadata, Vec<u8>), Error> {
    let Opened { metadata, mut state } = format::read(&mut source(file), limits, Watch::none())?;
    let mut text = Vec::new();
    state.read_to_end(&mut text).map_err(Error::from_io)?;
    Ok((metadata, text))
}

fn streamed(file: &[u8]) -> Result<(Metadata, Vec<u8>), Error> {
    read_within(file, &Limits { held_bytes: 0, ..Limits::default() })
}

fn metadata(file: &[u8]) -> Result<Metadata, Error> {
    format::read_metadata(&mut source(file), Watch::none())
}

fn verify(file: &[u8]) -> Result<Metadata, Error> {
    format::verify(&mut source(file), Watch::none())
}

/// Returns the one verdict on a file that is no good, whichever way it is read.
fn fault(file: &[u8]) -> Error {
    let error = verify(file).expect_err("not a good file");
    for other in [read(file), streamed(file)] {
        assert_eq!(other.expect_err("not a good file").to_string(), error.to_string());
    }
    error
}

/// A state that compresses as chat messages do, of that many bytes or a few more.
fn chat(bytes: usize) -> Vec<u8> {
    let mut text = String::from("[");
    let mut seed = 1_u64;
    while text.len() < bytes {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let words = (0..12)
            .map(|n| ["alpha", "beta", "gamma", "delta"][(seed >> (20 + 2 * n)) as usize % 4]);
        let content: Vec<&str> = words.collect();
        text.push_str(&format!(
            "{{\"type\":\"human\",\"id\":\"{seed:016x}\",\"content\":\"{}\"}},",
            content.join(" ")
        ));
    }
    text.push_str("null]");
    text.into_bytes()
}

#[test]
fn a_state_comes_back_byte_for_byte() {
    for size in [2, 100, 5_000, 262_129, 262_130, 300_000, 3 << 20, 9 << 20] {
        let state = chat(size);
        for options in [
            GZIP,
            ZSTD,
            NONE,
            WriteOptions { level: Some(19), ..ZSTD },
            WriteOptions { level: Some(-5), ..ZSTD },
            WriteOptions { level: Some(0), ..GZIP },
            WriteOptions { level: Some(9), ..GZIP },
        ] {
            let (file, written) = write_as(&state, &description(), options);
            for (metadata, text) in [read(&file).expect("good"), streamed(&file).expect("good")] {
                assert!(text == state);
                assert_eq!(metadata, written);
            }
            assert_eq!(verify(&file).expect("good"), written);
            assert_eq!(metadata(&file).expect("good"), written);
            assert_eq!(written.compressed_size, file.len() as u64);
            assert_eq!(written.uncompressed_size, state.len() as u64);
        }
    }
}

#[test]
fn the_document_is_one_gzip_member_that_any_reader_takes() {
    let state = chat(700_000);
    let (file, written) = write_as(&state, &description(), GZIP);
    let mut decoder = flate2::bufread::GzDecoder::new(&file[..]);
    let mut document = Vec::new();
    decoder.read_to_end(&mut document).expect("gzip");
    assert!(decoder.into_inner().is_empty());
    assert_eq!(
        document,
        [b"{\"agent_state\":", &state[..], b",\"metadata\":", written.to_json().as_bytes(), b"}"]
            .concat()
    );
    let fields: serde_json::Value = serde_json::from_str(written.to_json()).expect("JSON");
    let names: Vec<&str> =
        fields.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "agent_id",
            "session_id",
            "snapshot_index",
            "timestamp",
            "content_hash",
            "format_version",
            "snapshot_id",
            "description",
            "uncompressed_size",
            "compressed_size",
            "compression_algorithm",
            "state_format",
            "environment",
            "classes",
            "needs",
            "tags",
            "extra",
            "stored_hash",
            "metadata_size",
            "metadata_hash",
        ]
    );
    assert!(written.to_json().contains("123456789012345678901234567890"));
}

#[test]
fn metadata_of_any_length_lies_in_blocks_of_the_fixed_size() {
    // Around the borders of one and two stored blocks.
    for length in [64_000, 64_500, 65_000, 65_534, 130_000, 130_500, 131_000, 261_500, 900_000] {
        for shift in 0..8 {
            let extra = format!("\"{}\"", "x".repeat(length + 61 * shift)).parse().expect("JSON");
            let description = Description { extra, ..description() };
            for options in [GZIP, ZSTD] {
                let (file, written) = write_as(b"[1]", &description, options);
                assert_eq!(metadata(&file).expect("good"), written);
                assert_eq!(verify(&file).expect("good"), written);
            }
        }
    }
}

#[test]
fn the_size_in_the_file_is_true_on_both_sides_of_each_power_of_ten() {
    for options in [GZIP, ZSTD, NONE] {
        for length in (0..200).chain(8_700..9_200) {
            let extra = format!("\"{}\"", "x".repeat(length)).parse().expect("JSON");
            let (file, written) = write_as(b"1", &Description { extra, ..description() }, options);
            assert_eq!(written.compressed_size, file.len() as u64);
        }
    }
}

#[test]
fn metadata_beyond_its_bounds_is_refused_before_anything_is_written() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let attempt = |description: &Description| {
        let mut file = Vec::new();
        let error = format::write(&mut file, &mut &b"1"[..], description, &GZIP, Watch::none());
        error.map(|_| ()).map_err(|error| (error.kind(), error.to_string(), file.len()))
    };
    let with_extra =
        |text: String| Description { extra: text.parse().expect("JSON"), ..description() };
    attempt(&with_extra(nested(31))).expect("as deep as allowed");
    assert_eq!(
        attempt(&with_extra(nested(32))),
        Err((
            ErrorKind::TooLarge,
            "the nesting of `extra` of the data is too large: more than 31".into(),
            0
        ))
    );
    assert_eq!(
        attempt(&with_extra(format!("\"{}\"", "x".repeat(1 << 20)))),
        Err((
            ErrorKind::TooLarge,
            "the metadata of the data is too large: more than 1048576".into(),
            0
        ))
    );
    let needs = "[]".parse().expect("JSON");
    assert_eq!(
        attempt(&Description { needs, ..description() }),
        Err((ErrorKind::BadArgument, "bad argument `needs`: not a JSON object".into(), 0))
    );
}

#[test]
fn a_level_the_algorithm_does_not_have_is_refused() {
    for (options, text) in [
        (
            WriteOptions { level: Some(10), ..GZIP },
            "bad argument `compression_level`: 10 is not from 0 to 9",
        ),
        (
            WriteOptions { level: Some(-1), ..GZIP },
            "bad argument `compression_level`: -1 is not from 0 to 9",
        ),
        (
            WriteOptions { level: Some(23), ..ZSTD },
            "bad argument `compression_level`: 23 is not from -131072 to 22",
        ),
        (
            WriteOptions { level: Some(1), ..NONE },
            "bad argument `compression_level`: compression `none` has no levels",
        ),
    ] {
        let error =
            format::write(&mut Vec::new(), &mut &b"1"[..], &description(), &options, Watch::none());
        assert_eq!(error.expect_err("no such level").to_string(), text);
    }
}

#[test]
fn extra_that_is_not_sound_json_is_refused() {
    for text in ["{\"a\":1,\"a\":2}", "\"\\ud800\"", "NaN", "[1,]", "1 2", ""] {
        let error = text.parse::<Json>().expect_err("unsound");
        assert_eq!(error.kind(), ErrorKind::BadArgument);
    }
}

#[test]
fn extra_may_hold_the_metadata_of_another_snapshot() {
    let inner = write_as(b"[1]", &description(), NONE);
    let whole = String::from_utf8(inner.0).expect("text");
    for options in [GZIP, ZSTD, NONE] {
        for extra in [inner.1.to_json().to_owned(), whole.clone(), format!("{whole:?}")] {
            let extra = extra.parse().expect("JSON");
            let (file, written) =
                write_as(b"{\"real\":true}", &Description { extra, ..description() }, options);
            assert_eq!(read(&file).expect("good"), (written, b"{\"real\":true}".to_vec()));
        }
        let state = whole.as_bytes();
        assert_eq!(read(&write(state, options)).expect("good").1, state);
    }
}

#[test]
fn golden_files_are_read_for_ever() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/v1");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let file = std::fs::read(&path).expect("a file");
        let (found, state) = read(&file).expect("good");
        assert_eq!(found, verify(&file).expect("good"));
        assert_eq!(found.content_hash.to_string(), sha(&state));
        names.push(path.file_name().expect("a name").to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "blocks.json.gz",
            "blocks.json.zst",
            "long.json",
            "long.json.gz",
            "long.json.zst",
            "null.json",
            "null.json.gz",
            "null.json.zst",
            "text.json",
            "text.json.gz",
            "text.json.zst"
        ]
    );
}

/// Hands out what it has in pieces of changing size.
struct Dribble<R> {
    whole: R,
    step: usize,
}

impl<R: Read> Read for Dribble<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.step = self.step % 4_099 + 1;
        let count = self.step.min(buffer.len());
        self.whole.read(&mut buffer[..count])
    }
}

/// A file that arrives that way.
struct Dribbling(Arc<[u8]>);

impl Source for Dribbling {
    fn tail(&mut self, at_most_bytes: usize) -> Result<Tail, Error> {
        self.0.tail(at_most_bytes)
    }

    fn head(&mut self, at_most_bytes: usize) -> Result<Vec<u8>, Error> {
        self.0.head(at_most_bytes)
    }

    fn stream(&mut self) -> Result<Box<dyn Read + Send>, Error> {
        Ok(Box::new(Dribble { whole: self.0.stream()?, step: 0 }))
    }
}

#[test]
fn the_state_does_not_depend_on_how_the_file_arrives() {
    let state = chat(400_000);
    for file in
        [write(&state, GZIP), write(&state, ZSTD), write(&state, NONE), earlier::upstream("chat")]
    {
        let expected = read(&file).expect("good");
        for held_bytes in [0, 1 << 20] {
            let limits = Limits { held_bytes, ..Limits::default() };
            let mut source = Dribbling(source(&file));
            let mut opened = format::read(&mut source, &limits, Watch::none()).expect("good");
            let mut text = Vec::new();
            opened.state.read_to_end(&mut text).expect("good");
            assert!((opened.metadata, text) == expected);
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_how_the_state_arrives() {
    let state = chat(1 << 20);
    let front = |state: &mut dyn Read| {
        let mut file = Vec::new();
        let written =
            format::write(&mut file, state, &description(), &GZIP, Watch::none()).expect("written");
        (written.stored_hash, written.content_hash)
    };
    let whole = front(&mut &state[..]);
    assert_eq!(front(&mut Dribble { whole: &state[..], step: 1 }), whole);
    assert_eq!(front(&mut &state[..]), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn reading_gives_what_was_written(
        text in prop_oneof![".{0,200}", "[ -~]{0,3000}"],
        agent_id in ".{0,40}",
        index in any::<u64>(),
        tags in prop::collection::vec(".{0,10}", 0..4),
        base in prop::sample::select(vec![GZIP, ZSTD, NONE]),
        level in prop::option::of(0_i32..=9),
    ) {
        let state = serde_json::to_vec(&text).expect("text");
        let options = if base == NONE { NONE } else { WriteOptions { level, ..base } };
        let description = Description { agent_id: agent_id.clone(), snapshot_index: index, tags: tags.clone(), ..Description::default() };
        let (file, written) = write_as(&state, &description, options);
        let (metadata, read_back) = read(&file).expect("good");
        prop_assert_eq!(&metadata, &written);
        prop_assert_eq!((metadata.agent_id, metadata.snapshot_index, metadata.tags), (agent_id, index, Some(tags)));
        prop_assert_eq!(read_back, state);
        prop_assert_eq!(verify(&file).expect("good"), written);
    }

    #[test]
    fn any_bytes_are_an_error_and_never_a_panic(
        junk in prop::collection::vec(any::<u8>(), 0..400),
        start in prop::sample::select(vec![&b""[..], b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"{\"agent_state\":", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\xa0"]),
    ) {
        fault(&[start, &junk].concat());
    }

    #[test]
    fn a_replaced_piece_is_noticed(at in any::<prop::sample::Index>(), piece in prop::collection::vec(any::<u8>(), 1..40)) {
        for options in [GZIP, ZSTD, NONE] {
            let mut file = write(&chat(2_000), options);
            let at = at.index(file.len());
            let end = file.len().min(at + piece.len());
            let new = &piece[..end - at];
            prop_assume!(file[at..end] != *new);
            file[at..end].copy_from_slice(new);
            fault(&file);
        }
    }
}
