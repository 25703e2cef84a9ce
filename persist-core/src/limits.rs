//! Bounds that hold while reading, whatever a file declares of itself.

/// The most bytes of metadata a file may have; the writer refuses more.
pub const METADATA_BYTES: usize = 1 << 20;

/// How deep metadata may nest, the metadata object itself counted.
pub const METADATA_DEPTH: usize = 32;

/// The most bytes that a sealed file may have before its text: about 10,000 recipients.
pub const HEADER_BYTES: usize = 1 << 20;

/// The most that opening with a passphrase may cost, as a power of two: a gibibyte, and seconds.
pub const WORK_FACTOR: u8 = 20;

/// The most bytes of state that are checked whole before the first is given out.
pub const HELD_BYTES: u64 = 64 << 20;

/// What reading a state may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A state of more bytes is refused, 16 GiB unless told otherwise.
    pub max_state_bytes: u64,
    /// A state of more bytes is given out while it is being checked, [`HELD_BYTES`] unless told
    /// otherwise.
    pub held_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_state_bytes: 16 << 30, held_bytes: HELD_BYTES }
    }
}
