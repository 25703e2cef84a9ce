//! Builds files whose hashes hold, whatever they say otherwise; a writer of its own.

use std::io::Write;

use sha2::{Digest, Sha256};

/// A file to be: a state, and what is said of it.
pub(super) struct Forge {
    pub(super) state: Vec<u8>,
    /// What the state is compressed from, where that is something else.
    pub(super) inflates_to: Option<Vec<u8>>,
    pub(super) fields: Vec<(String, String)>,
}

impl Forge {
    pub(super) fn new(state: &[u8]) -> Self {
        let text = |value: &str| format!("\"{value}\"");
        let fields = [
            ("agent_id", text("a")),
            ("session_id", text("s")),
            ("snapshot_index", "0".into()),
            ("timestamp", text("2026-11-23T10:15:00.123456Z")),
            ("content_hash", text(&sha(state))),
            ("format_version", "1".into()),
            ("snapshot_id", text("01970000-0000-7000-8000-000000000000")),
            ("description", "null".into()),
            ("uncompressed_size", state.len().to_string()),
            ("compressed_size", String::new()),
            ("compression_algorithm", text("gzip")),
            ("environment", "{}".into()),
            ("classes", "{}".into()),
            ("needs", "{}".into()),
            ("tags", "[]".into()),
            ("extra", "null".into()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { state: state.to_vec(), inflates_to: None, fields }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name).expect("a field");
        field.1 = value.to_owned();
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    pub(super) fn adding(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn document(&self) -> Vec<u8> {
        let state = self.inflates_to.as_ref().unwrap_or(&self.state);
        [b"{\"agent_state\":", &state[..]].concat()
    }

    pub(super) fn gzip(&self) -> Vec<u8> {
        let document = self.document();
        let mut front = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
        let mut deflate = flate2::Compress::new(flate2::Compression::default(), false);
        let mut deflated = Vec::with_capacity(document.len() / 2 + 10_000);
        deflate
            .compress_vec(&document, &mut deflated, flate2::FlushCompress::Full)
            .expect("deflate");
        assert!(deflated.len() < deflated.capacity());
        front.extend(deflated);
        self.close(front, 8, |metadata| {
            assert!(metadata.len() < 65_536);
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
        })
    }

    /// With a frame that says it needs a window of so many bits.
    pub(super) fn zstd(self, window_log: u32) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
        encoder.window_log(window_log).expect("a window");
        encoder.write_all(&self.document()).expect("memory");
        self.framed(encoder.finish().expect("memory"))
    }

    /// With a frame of its own, of raw blocks, for each part of the document that ends at `ends`, and
    /// for the rest; the last says it needs a window of so many bits.
    pub(super) fn raw_frames(self, ends: &[usize], window_log: u32) -> Vec<u8> {
        let document = self.document();
        let mut frames = Vec::new();
        let mut from = 0;
        for end in ends {
            frames.extend(raw_frame(&document[from..*end], 10));
            from = *end;
        }
        frames.extend(raw_frame(&document[from..], window_log));
        self.framed(frames)
    }

    fn framed(self, frames: Vec<u8>) -> Vec<u8> {
        self.with("compression_algorithm", "\"zstd\"").close(frames, 12, |metadata| {
            let length = (metadata.len() as u32).to_le_bytes();
            let block = ((metadata.len() as u32) << 3 | 1).to_le_bytes();
            let stored = [b"\x28\xb5\x2f\xfd\xa0", &length[..], &block[..3], metadata].concat();
            let size = (stored.len() as u32).to_le_bytes();
            [&stored[..], b"\x50\x2a\x4d\x18\x04\0\0\0", &size].concat()
        })
    }

    pub(super) fn none(self) -> Vec<u8> {
        let forge = self.with("compression_algorithm", "\"none\"");
        forge.close(forge.document(), 0, <[u8]>::to_vec)
    }

    /// Keeps gzip where the field that names the algorithm is the missing one.
    pub(super) fn none_if_possible(self) -> Vec<u8> {
        let is_named = self.fields.iter().any(|(name, _)| name == "compression_algorithm");
        if is_named { self.none() } else { self.gzip() }
    }

    /// Appends the metadata; tries sizes until one is true.
    pub(super) fn close(
        &self,
        front: Vec<u8>,
        trailer: usize,
        block: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        let mut size = front.len() + trailer;
        loop {
            let fields = self.fields.iter().map(|(name, value)| {
                let value = if name == "compressed_size" && value.is_empty() {
                    &size.to_string()
                } else {
                    value
                };
                format!("\"{name}\":{value},")
            });
            let fields: String = fields.collect();
            let body = format!(",\"metadata\":{{{fields}\"stored_hash\":\"{}\"", sha(&front));
            let hashed = format!("{body},\"metadata_size\":\"{:010}\"", body.len() + 114);
            let text = format!("{hashed},\"metadata_hash\":\"{}\"}}}}", sha(hashed.as_bytes()));
            let file = [&front[..], &block(text.as_bytes())].concat();
            if file.len() == size {
                return file;
            }
            size = file.len();
        }
    }
}

/// Returns a frame with the size of its text and no checksum.
fn raw_frame(text: &[u8], window_log: u32) -> Vec<u8> {
    let window = ((window_log - 10) << 3) as u8;
    let size = (text.len() as u32).to_le_bytes();
    let mut frame = [b"\x28\xb5\x2f\xfd\x80", &[window][..], &size].concat();
    // No block may have more than the window.
    let mut blocks = text.chunks(1 << 10).peekable();
    while let Some(block) = blocks.next() {
        let header = (block.len() as u32) << 3 | u32::from(blocks.peek().is_none());
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    frame
}

pub(super) fn sha(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
