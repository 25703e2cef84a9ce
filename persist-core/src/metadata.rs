//! What a snapshot says of itself.

mod fields;

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::Serialize;

use self::fields::{Fields, depth, missing};
use crate::error::{Error, Result};
use crate::id::{ContentHash, SnapshotId, Timestamp};
use crate::limits::{METADATA_BYTES, METADATA_DEPTH};

/// The format version this release writes, and the highest it reads.
pub const FORMAT_VERSION: u64 = 1;

/// What is wrong with a text that no [`Json`] can be.
const UNFIT: &str = "is not JSON that metadata can hold";

/// One JSON value as text, kept byte for byte: numbers of any length stay what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Json {
    /// Returns the empty object.
    fn default() -> Self {
        Self("{}".to_owned())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Json {
    type Err = Error;

    /// Takes valid Unicode alone (no lone surrogates), with no key twice in one object, and numbers
    /// whose magnitude a double can hold.
    ///
    /// # Errors
    /// [`BadArgument`](Error::BadArgument) for anything else.
    fn from_str(text: &str) -> Result<Self> {
        match depth(text) {
            Ok(_) => Ok(Self(text.trim_ascii().to_owned())),
            Err(error) => Err(Error::bad_argument("json", UNFIT).caused_by(error)),
        }
    }
}

/// The part of the metadata that the caller supplies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// Names the agent.
    pub agent_id: String,
    /// Names the session.
    pub session_id: String,
    /// The caller's count.
    pub snapshot_index: u64,
    /// Free text.
    pub description: Option<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// Any JSON.
    pub extra: Json,
    /// The dialect of the state text, such as `persist/1`; `None` is LangChain's.
    pub state_format: Option<String>,
    /// An object: what ran when the state was written.
    pub environment: Json,
    /// An object: the classes that occur in the state, with their fingerprints.
    pub classes: Json,
    /// An object: what a restore will ask for.
    pub needs: Json,
}

impl Description {
    /// Refuses what metadata cannot hold, before anything is written.
    ///
    /// # Errors
    /// `BadArgument` for a value that is not what its field holds, `TooLarge` for size and nesting.
    pub(crate) fn check(&self) -> Result<()> {
        let texts = [&self.agent_id, &self.session_id]
            .into_iter()
            .chain(&self.description)
            .chain(&self.tags);
        let values = [&self.environment, &self.classes, &self.needs, &self.extra]
            .map(|json| json.as_str().len());
        if texts.map(String::len).sum::<usize>() + values.iter().sum::<usize>() > METADATA_BYTES {
            return Err(Error::too_large_to_write("the metadata", METADATA_BYTES as u64));
        }
        for (name, value) in [
            ("environment", &self.environment),
            ("classes", &self.classes),
            ("needs", &self.needs),
            ("extra", &self.extra),
        ] {
            if name != "extra" && !value.as_str().starts_with('{') {
                return Err(Error::bad_argument(name, "not a JSON object"));
            }
            let nesting = depth(value.as_str())
                .map_err(|error| Error::bad_argument(name, UNFIT).caused_by(error))?;
            // The metadata object around it is one level more.
            if nesting >= METADATA_DEPTH {
                return Err(Error::too_large_to_write(
                    format!("the nesting of `{name}`"),
                    METADATA_DEPTH as u64 - 1,
                ));
            }
        }
        Ok(())
    }
}

/// Everything a snapshot says of itself, with the names and the order of docs/format/file-v1.md §1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Names the agent.
    pub agent_id: String,
    /// Names the session.
    pub session_id: String,
    /// The caller's count.
    pub snapshot_index: u64,
    /// When the snapshot was written.
    pub timestamp: Timestamp,
    /// SHA-256 of the state text.
    pub content_hash: ContentHash,
    /// The version of the file format.
    pub format_version: u64,
    /// Names the snapshot.
    pub snapshot_id: SnapshotId,
    /// Free text.
    pub description: Option<String>,
    /// Bytes of state text.
    pub uncompressed_size: u64,
    /// Bytes of the file.
    pub compressed_size: u64,
    /// What compressed the state.
    pub compression_algorithm: String,
    /// The dialect of the state text; `None` is LangChain's.
    pub state_format: Option<String>,
    /// An object: what ran when the state was written. `None` in earlier files, as all below.
    pub environment: Option<Json>,
    /// An object: the classes that occur in the state, with their fingerprints.
    pub classes: Option<Json>,
    /// An object: what a restore will ask for.
    pub needs: Option<Json>,
    /// Free words.
    pub tags: Option<Vec<String>>,
    /// Any JSON.
    pub extra: Option<Json>,
    /// SHA-256 of the file's bytes before the metadata.
    pub stored_hash: Option<ContentHash>,
    /// SHA-256 of the metadata's own text.
    pub metadata_hash: Option<ContentHash>,
    text: String,
}

impl Metadata {
    /// Returns the metadata as a JSON object: the very text in the file.
    ///
    /// Fields this release does not know are in it, `state_format` only where the file has it. For a
    /// file of the earlier format the text is made anew, and every field it lacks is `null`.
    pub fn to_json(&self) -> &str {
        &self.text
    }

    /// Tells whether the file is of the earlier format, which put the metadata first.
    pub fn is_legacy(&self) -> bool {
        self.stored_hash.is_none()
    }

    /// Reads the metadata object of a file of ours.
    pub(crate) fn from_text(text: &str) -> Result<Self> {
        let fields = Fields::parse(text)?;
        Ok(Self {
            format_version: fields.format_version()?,
            agent_id: fields.required("agent_id", "a string")?,
            session_id: fields.required("session_id", "a string")?,
            snapshot_index: fields.required("snapshot_index", "an integer from 0 to 2^64-1")?,
            timestamp: fields.timestamp()?,
            content_hash: fields.named("content_hash", "64 lower-case hex digits")?,
            snapshot_id: fields.named("snapshot_id", "a UUID")?,
            description: fields.required("description", "a string or null")?,
            uncompressed_size: fields.required("uncompressed_size", "a number of bytes")?,
            compressed_size: fields.required("compressed_size", "a number of bytes")?,
            compression_algorithm: fields.required("compression_algorithm", "a string")?,
            state_format: fields.optional("state_format", "a string")?,
            environment: Some(fields.object("environment")?),
            classes: Some(fields.object("classes")?),
            needs: Some(fields.object("needs")?),
            tags: Some(fields.required("tags", "an array of strings")?),
            extra: Some(Json(
                fields.get("extra").ok_or_else(|| missing("extra"))?.get().to_owned(),
            )),
            stored_hash: Some(fields.named("stored_hash", "64 lower-case hex digits")?),
            metadata_hash: Some(fields.named("metadata_hash", "64 lower-case hex digits")?),
            text: text.to_owned(),
        })
    }

    /// Reads the metadata object of a file of the earlier format; `true` where it has a state size.
    ///
    /// The caller measures a missing size and hands it to [`with_size`](Self::with_size).
    pub(crate) fn from_legacy_text(text: &str, file_bytes: u64) -> Result<(Self, bool)> {
        let fields = Fields::parse(text)?;
        let size: Option<u64> = fields.optional("uncompressed_size", "a number of bytes")?;
        let compressed_size = fields.optional("compressed_size", "a number of bytes")?;
        let metadata = Self {
            format_version: fields.format_version()?,
            agent_id: fields.required("agent_id", "a string")?,
            session_id: fields.required("session_id", "a string")?,
            snapshot_index: fields.required("snapshot_index", "an integer from 0 to 2^64-1")?,
            timestamp: fields.legacy_timestamp()?,
            content_hash: fields.named("content_hash", "64 lower-case hex digits")?,
            snapshot_id: fields.named("snapshot_id", "a UUID")?,
            description: fields.optional("description", "a string or null")?,
            uncompressed_size: size.unwrap_or(0),
            compressed_size: compressed_size.unwrap_or(file_bytes),
            compression_algorithm: "gzip".to_owned(),
            state_format: None,
            environment: None,
            classes: None,
            needs: None,
            tags: None,
            extra: None,
            stored_hash: None,
            metadata_hash: None,
            text: String::new(),
        };
        let known = metadata.uncompressed_size;
        Ok((metadata.with_size(known), size.is_some()))
    }

    /// Returns the metadata of an earlier file whose state has that many bytes.
    pub(crate) fn with_size(mut self, uncompressed_size: u64) -> Self {
        self.uncompressed_size = uncompressed_size;
        let mut text = String::from("{");
        push(&mut text, "agent_id", &self.agent_id);
        push(&mut text, "session_id", &self.session_id);
        push(&mut text, "snapshot_index", &self.snapshot_index);
        push(&mut text, "timestamp", self.timestamp.as_str());
        push(&mut text, "content_hash", &self.content_hash.to_string());
        push(&mut text, "format_version", &self.format_version);
        push(&mut text, "snapshot_id", &self.snapshot_id.to_string());
        push(&mut text, "description", &self.description);
        push(&mut text, "uncompressed_size", &self.uncompressed_size);
        push(&mut text, "compressed_size", &self.compressed_size);
        push(&mut text, "compression_algorithm", &self.compression_algorithm);
        for lacking in LACKING_IN_EARLIER_FILES {
            push(&mut text, lacking, &());
        }
        text.push('}');
        self.text = text;
        self
    }
}

const LACKING_IN_EARLIER_FILES: [&str; 9] = [
    "state_format",
    "environment",
    "classes",
    "needs",
    "tags",
    "extra",
    "stored_hash",
    "metadata_size",
    "metadata_hash",
];

/// What the writer finds out while it writes.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) timestamp: Timestamp,
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) content_hash: ContentHash,
    pub(crate) uncompressed_size: u64,
    pub(crate) compression_algorithm: &'static str,
    pub(crate) stored_hash: ContentHash,
}

/// A metadata object without its last two fields and its closing brace, and with a gap for the size
/// of the file, which depends on the object's own length.
#[derive(Debug)]
pub(crate) struct Draft {
    before_size: String,
    after_size: String,
}

impl Draft {
    /// Lays the fields out in the order of the specification.
    pub(crate) fn new(description: &Description, facts: &Facts) -> Self {
        let mut text = String::from("{");
        push(&mut text, "agent_id", &description.agent_id);
        push(&mut text, "session_id", &description.session_id);
        push(&mut text, "snapshot_index", &description.snapshot_index);
        push(&mut text, "timestamp", facts.timestamp.as_str());
        push(&mut text, "content_hash", &facts.content_hash.to_string());
        push(&mut text, "format_version", &FORMAT_VERSION);
        push(&mut text, "snapshot_id", &facts.snapshot_id.to_string());
        push(&mut text, "description", &description.description);
        push(&mut text, "uncompressed_size", &facts.uncompressed_size);
        text.push_str(",\"compressed_size\":");
        let mut rest = String::new();
        push(&mut rest, "compression_algorithm", facts.compression_algorithm);
        if let Some(state_format) = &description.state_format {
            push(&mut rest, "state_format", state_format);
        }
        push_text(&mut rest, "environment", description.environment.as_str());
        push_text(&mut rest, "classes", description.classes.as_str());
        push_text(&mut rest, "needs", description.needs.as_str());
        push(&mut rest, "tags", &description.tags);
        push_text(&mut rest, "extra", description.extra.as_str());
        push(&mut rest, "stored_hash", &facts.stored_hash.to_string());
        Self { before_size: text, after_size: rest }
    }

    /// Returns the length of the text with a size of that many digits.
    pub(crate) fn len(&self, digits: usize) -> usize {
        self.before_size.len() + digits + self.after_size.len()
    }

    /// Returns the text with that size in it.
    pub(crate) fn fill(&self, compressed_size: u64) -> String {
        format!("{}{compressed_size}{}", self.before_size, self.after_size)
    }
}

/// Appends a field; the comma goes in front unless the object has just been opened.
fn push<T: Serialize + ?Sized>(text: &mut String, name: &str, value: &T) {
    let value = serde_json::to_string(value).expect("strings, numbers and null have a JSON text");
    push_text(text, name, &value);
}

fn push_text(text: &mut String, name: &str, value: &str) {
    if !text.ends_with('{') {
        text.push(',');
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "\"{name}\":{value}");
}
