//! What reading and writing cost, and how they stop.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use persist_core::error::{Error, ErrorKind, Result};
use persist_core::format::{self, Source, Tail};
use persist_core::limits::Limits;
use persist_core::metadata::Description;
use persist_core::progress::{Cancellation, Watch};

use super::earlier::{earlier, earlier_metadata};
use super::{GZIP, NONE, chat, description, source, write, write_as};

/// Counts what is read from it.
struct Counted {
    file: Arc<[u8]>,
    read_bytes: Arc<AtomicU64>,
}

impl Counted {
    fn count(&self, bytes: usize) {
        self.read_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Source for Counted {
    fn tail(&mut self, at_most_bytes: usize) -> Result<Tail> {
        let tail = self.file.tail(at_most_bytes)?;
        self.count(tail.bytes.len());
        Ok(tail)
    }

    fn head(&mut self, at_most_bytes: usize) -> Result<Vec<u8>> {
        let head = self.file.head(at_most_bytes)?;
        self.count(head.len());
        Ok(head)
    }

    fn stream(&mut self) -> Result<Box<dyn Read + Send>> {
        let (mut stream, counter) = (self.file.stream()?, Arc::clone(&self.read_bytes));
        Ok(Box::new(CountedStream {
            read: move |buffer: &mut [u8]| {
                let count = stream.read(buffer)?;
                counter.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            },
        }))
    }
}

struct CountedStream<F> {
    read: F,
}

impl<F: FnMut(&mut [u8]) -> std::io::Result<usize>> Read for CountedStream<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        (self.read)(buffer)
    }
}

#[test]
fn metadata_is_read_without_the_state() {
    let long = format!("\"{}\"", "x".repeat(500_000));
    let noise: String =
        (0..400_000_u64).map(|n| char::from(b'a' + (n.wrapping_mul(n) >> 7) as u8 % 26)).collect();
    let state = format!("[\"{noise}\"]");
    let size = format!(",\"timestamp\":1,\"uncompressed_size\":{}", state.len());
    for (file, more) in [
        (write(&chat(3 << 20), NONE), 64 << 10),
        (
            write_as(
                &chat(3 << 20),
                &Description { extra: long.parse().expect("JSON"), ..description() },
                GZIP,
            )
            .0,
            64 << 10,
        ),
        (earlier(&earlier_metadata(&state, &size), &state), 192 << 10),
    ] {
        let read_bytes = Arc::default();
        let mut source = Counted { file: source(&file), read_bytes: Arc::clone(&read_bytes) };
        let metadata = format::read_metadata(&mut source, Watch::none()).expect("good");
        let read_bytes = read_bytes.load(Ordering::Relaxed);
        assert!(read_bytes <= metadata.to_json().len() as u64 + more, "{read_bytes}");
    }
}

#[test]
fn work_that_is_cancelled_stops() {
    let file = write(&chat(3 << 20), GZIP);
    let cancellation = Cancellation::new();
    let stop = |done: u64, _: Option<u64>| {
        if done > 1 << 20 {
            cancellation.cancel();
        }
    };
    let watch = Watch::new(Some(&stop), &cancellation);
    let written =
        format::write(&mut Vec::new(), &mut &chat(3 << 20)[..], &description(), &GZIP, watch);
    assert_eq!(written.expect_err("cancelled").kind(), ErrorKind::Interrupted);
    let read = format::read(&mut source(&file), &Limits::default(), watch);
    assert_eq!(read.expect_err("cancelled").kind(), ErrorKind::Interrupted);
    assert_eq!(
        format::verify(&mut source(&file), watch).expect_err("cancelled").kind(),
        ErrorKind::Interrupted
    );
}

#[test]
fn an_error_of_reader_or_sink_comes_through() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(Error::bad_argument("agent", "changed").into())
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let large = chat(2 << 20);
    let error = format::write(
        &mut Vec::new(),
        &mut (&large[..]).chain(Broken),
        &description(),
        &GZIP,
        Watch::none(),
    );
    assert_eq!(error.expect_err("broken").to_string(), "bad argument `agent`: changed");
    let error = format::write(&mut Broken, &mut &large[..], &description(), &GZIP, Watch::none());
    assert_eq!(error.expect_err("broken").to_string(), "could not write the data");
}
