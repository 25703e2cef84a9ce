//! Snapshots of state: one document, hashed, compressed, written atomically and read back whole.
//!
//! A *state* is any JSON text. Saved, it becomes one file that says of itself who wrote it, when and
//! what it hashes to; that any tool can read (`zcat agent.json.gz | jq .metadata`); that replaces the
//! one before it in one step, whatever is killed or unplugged meanwhile; and that is noticed when a
//! single bit of it changes. The crate takes the state from a reader and gives it to one, and never
//! looks into it: what the text means is its writer's business.
//!
//! ```
//! use std::io::Read;
//!
//! use persist_core::{Description, LoadOptions, Location, SaveOptions, Watch, snapshot};
//!
//! # fn main() -> Result<(), persist_core::Error> {
//! # let folder = tempfile::tempdir().expect("a folder");
//! # let path = folder.path().join("counter.json.gz");
//! let location = Location::parse(&path)?;
//! let description = Description { agent_id: "counter".into(), ..Description::default() };
//! let state = br#"{"count":3}"#;
//! snapshot::save(&location, &state[..], &description, &SaveOptions::default(), Watch::none())?;
//!
//! // What it says of itself costs the same to read, whatever the size of the state.
//! let metadata = snapshot::metadata(&location, Watch::none())?;
//! assert_eq!(metadata.uncompressed_size, 11);
//!
//! let mut loaded = snapshot::load(&location, &LoadOptions::default(), Watch::none())?;
//! let mut text = Vec::new();
//! loaded.state.read_to_end(&mut text).map_err(persist_core::Error::from_io)?;
//! assert_eq!(text, state);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! - [`snapshot`] is the product: save, load, metadata, verify, exists, delete.
//! - [`storage`] says where snapshots lie: [`Location`] reads a path or a URL, and a
//!   [`Storage`](storage::Storage) of one's own becomes a place to save to with
//!   [`Slot`].
//! - [`encryption`] has the keys; [`Slot::sealed`] saves for their holders alone, and opens with them.
//! - [`progress`] lets a caller watch and stop a long call.
//! - [`error`] names what can fail. [`Error::kind`] says what can be done about it, [`Error::report`]
//!   is the text with its causes, [`Error::hint`] the advice.
//! - [`mod@format`] and [`compression`] turn a document into bytes and back; [`json`] reads and writes
//!   state text without building a tree.
//!
//! `examples/embed.rs` is a program that keeps a state of its own this way.
//!
//! # Threads and time
//!
//! Every call is synchronous and may be made from any thread. A second thread helps to compress large
//! states, and ends with the call. Only clouds have threads that stay, made by the first request of a
//! process; local files and memory have none. All that is logged, by `log` under the target `persist`, is
//! that a request to a cloud is sent again.
//!
//! # Features
//!
//! `s3`, `azure` and `gcs` let snapshots lie in those clouds; each brings an HTTP client and a runtime for
//! it, and without them there is neither. None is on by default.
//!
//! `testing` adds what tests of a storage need: `storage::contract`, the suite each must pass, and
//! `storage::faulty`, a wrapper that fails on purpose.
#![forbid(unsafe_code)]

#[cfg(all(feature = "cloud", not(any(feature = "s3", feature = "azure", feature = "gcs"))))]
compile_error!(
    "`cloud` is what `s3`, `azure` and `gcs` share, and reaches nothing: name one of them"
);

pub mod compression;
pub mod encryption;
pub mod error;
pub mod format;
pub mod id;
pub mod json;
pub mod limits;
pub mod metadata;
pub mod progress;
pub mod snapshot;
pub mod storage;

pub use compression::Algorithm;
pub use encryption::{Identity, Keys, Passphrase, Recipient};
pub use error::{Error, ErrorKind, Result};
pub use id::{ContentHash, SnapshotId, Timestamp};
pub use metadata::{Description, Metadata};
pub use progress::{Cancellation, Progress, Watch};
pub use snapshot::{LoadOptions, Loaded, SaveOptions, State, Verification};
pub use storage::{Location, Slot};
