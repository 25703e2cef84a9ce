//! What can fail, named so that a caller knows what to do about it.

mod advice;
mod kind;
mod reply;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;

pub use self::kind::ErrorKind;
pub use self::reply::Reply;
use self::reply::advice_in;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause from below: a system call, a client library, the caller's own reader.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What an error is about: a location, or data whose origin the failing part does not know.
///
/// `format` and `json` see bytes only, so their errors start without a place; [`Error::at`] fills it
/// in where the location is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(Option<String>);

impl Place {
    /// Returns the place called `location`.
    pub fn new(location: impl Into<String>) -> Self {
        Self(Some(location.into()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(location) => write!(formatter, "`{location}`"),
            None => formatter.write_str("the data"),
        }
    }
}

/// What went wrong, and on what.
///
/// The text of an error says what was being done to what; a cause from below is its `source`, and
/// [`report`](Self::report) is both in one line. Advice is [`hint`](Self::hint). The functions below
/// the variants make one without a place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is stored there.
    #[error("snapshot not found: nothing is stored at {place}")]
    NotFound {
        /// Where.
        place: Place,
        /// Who says so, where the location does not tell whom was asked.
        #[source]
        source: Option<BoxError>,
    },
    /// Something is stored there and was not to be replaced.
    #[error("{place} exists already and was not to be replaced")]
    Exists {
        /// Where.
        place: Place,
        /// Who says so, as above.
        #[source]
        source: Option<BoxError>,
    },
    /// The bytes are something else, or nothing at all.
    #[error("{place} is not a snapshot: {reason}")]
    NotASnapshot {
        /// Where.
        place: Place,
        /// What shows it, such as `it is empty`.
        reason: Cow<'static, str>,
        /// What says so, where that is a part below.
        #[source]
        source: Option<BoxError>,
    },
    /// The file was written by a later release.
    #[error("{place} has format version {found}, and this release reads up to {supported}")]
    NewerFormat {
        /// Where.
        place: Place,
        /// The version in the file, as it stands there: it may be of any length.
        found: String,
        /// The highest version this release reads.
        supported: u64,
    },
    /// The state is not the text it must be.
    #[error("the state text of {place} is malformed at byte {offset}: {reason}")]
    BadStateText {
        /// Where.
        place: Place,
        /// Bytes of state text before the fault.
        offset: u64,
        /// What is wrong there.
        reason: Cow<'static, str>,
    },
    /// A bound was met while reading or writing.
    #[error("{what} of {place} is too large: more than {limit}")]
    TooLarge {
        /// Where.
        place: Place,
        /// What is too large, such as `the state`.
        what: Cow<'static, str>,
        /// The bound, in the unit of `what`; bytes unless that says otherwise.
        limit: u64,
        /// It was to be written, and is the caller's to shorten.
        is_written: bool,
    },
    /// The end of the file is missing.
    #[error("{place} is truncated: it ends before the snapshot does")]
    Truncated {
        /// Where.
        place: Place,
    },
    /// The bytes do not hash to what the metadata says.
    #[error("{place} is damaged: {what} hashes to {actual}, its metadata says {expected}")]
    HashMismatch {
        /// Where.
        place: Place,
        /// What was hashed, such as `the state`.
        what: Cow<'static, str>,
        /// The hash in the metadata, 64 lower-case hex digits.
        expected: String,
        /// The hash of the bytes that are there.
        actual: String,
    },
    /// A stored byte is not what the rest of the file says it must be.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// Where.
        place: Place,
        /// What does not fit.
        what: Cow<'static, str>,
    },
    /// The snapshot is whole and more bytes follow it.
    #[error("{place} has {count} bytes or more after the end of the snapshot")]
    TrailingBytes {
        /// Where.
        place: Place,
        /// How many were seen; reading stops at the first buffer of them.
        count: u64,
    },
    /// It is encrypted, and not for any of the keys given.
    #[error("none of the keys given opens {place}")]
    WrongKey {
        /// Where.
        place: Place,
    },
    /// It is encrypted, and no key was given.
    #[error("{place} is encrypted, and no key was given")]
    KeyRequired {
        /// Where.
        place: Place,
    },
    /// It is not encrypted, and a key was given.
    #[error("{place} is not encrypted, and a key was given")]
    NotEncrypted {
        /// Where.
        place: Place,
    },
    /// Encrypted bytes are not those that were written.
    #[error("{place} is encrypted and damaged: {what}")]
    DamagedCiphertext {
        /// Where.
        place: Place,
        /// What does not fit.
        what: Cow<'static, str>,
    },
    /// The storage failed; `source` says how.
    #[error("could not {action} {place}")]
    Storage {
        /// Where.
        place: Place,
        /// What was being done, such as `write` or `create the folders of`.
        action: &'static str,
        /// True where the same call may succeed later.
        is_transient: bool,
        /// What the storage said.
        #[source]
        source: BoxError,
    },
    /// The storage is there and refuses this caller.
    #[error("no permission to {action} {place}")]
    PermissionDenied {
        /// Where.
        place: Place,
        /// What was being done.
        action: &'static str,
        /// What the storage said.
        #[source]
        source: BoxError,
    },
    /// The storage gave no usable answer, again and again.
    #[error("could not {action} {place}")]
    Unavailable {
        /// Where.
        place: Place,
        /// What was being done.
        action: &'static str,
        /// What could not be reached, or what it said.
        #[source]
        source: BoxError,
    },
    /// The bucket or container that the location names is not there.
    #[error("no bucket or container is there for {place}")]
    NoSuchBucket {
        /// Where.
        place: Place,
        /// What the storage said.
        #[source]
        source: BoxError,
    },
    /// The caller stopped the work.
    #[error("the work on {place} was cancelled before it was finished")]
    Interrupted {
        /// Where.
        place: Place,
    },
    /// An argument is not one this function takes.
    #[error("bad argument `{name}`: {reason}")]
    BadArgument {
        /// The argument.
        name: &'static str,
        /// What is wrong with it.
        reason: Cow<'static, str>,
        /// What says so, where that is a part below.
        #[source]
        source: Option<BoxError>,
    },
    /// The location is a URL of no known kind.
    #[error("unknown scheme `{scheme}` in {place}")]
    UnknownScheme {
        /// Where.
        place: Place,
        /// What stands before `://`.
        scheme: String,
    },
    /// This release cannot do that.
    #[error("{what} is not supported; supported: {supported}")]
    Unsupported {
        /// Where, if that is what was asked for.
        place: Place,
        /// What was asked for.
        what: Cow<'static, str>,
        /// What may be asked for instead.
        supported: Cow<'static, str>,
    },
}

/// One error of each variant, without a place.
impl Error {
    /// Returns [`Error::NotFound`].
    pub fn not_found() -> Self {
        Self::NotFound { place: Place::default(), source: None }
    }

    /// Returns [`Error::Exists`].
    pub fn exists() -> Self {
        Self::Exists { place: Place::default(), source: None }
    }

    /// Returns [`Error::NotASnapshot`]; `reason` completes "… is not a snapshot: ".
    pub fn not_a_snapshot(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::NotASnapshot { place: Place::default(), reason: reason.into(), source: None }
    }

    /// Returns [`Error::NewerFormat`].
    pub fn newer_format(found: impl fmt::Display, supported: u64) -> Self {
        Self::NewerFormat { place: Place::default(), found: found.to_string(), supported }
    }

    /// Returns [`Error::BadStateText`]; `offset` counts bytes of state text.
    pub fn bad_state_text(offset: u64, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::BadStateText { place: Place::default(), offset, reason: reason.into() }
    }

    /// Returns [`Error::TooLarge`]; `what` names the thing with its article, `limit` its bound.
    pub fn too_large(what: impl Into<Cow<'static, str>>, limit: u64) -> Self {
        Self::TooLarge { place: Place::default(), what: what.into(), limit, is_written: false }
    }

    /// Returns [`Error::TooLarge`] for what is to be written; `what` and `limit` as there.
    pub fn too_large_to_write(what: impl Into<Cow<'static, str>>, limit: u64) -> Self {
        Self::TooLarge { place: Place::default(), what: what.into(), limit, is_written: true }
    }

    /// Returns [`Error::Truncated`].
    pub fn truncated() -> Self {
        Self::Truncated { place: Place::default() }
    }

    /// Returns [`Error::HashMismatch`]; `what` names what was hashed, with its article.
    pub fn hash_mismatch(
        what: impl Into<Cow<'static, str>>,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) -> Self {
        Self::HashMismatch {
            place: Place::default(),
            what: what.into(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }
    }

    /// Returns [`Error::Damaged`]; `what` completes "… is damaged: ".
    pub fn damaged(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Damaged { place: Place::default(), what: what.into() }
    }

    /// Returns [`Error::TrailingBytes`].
    pub fn trailing_bytes(count: u64) -> Self {
        Self::TrailingBytes { place: Place::default(), count }
    }

    /// Returns [`Error::WrongKey`].
    pub fn wrong_key() -> Self {
        Self::WrongKey { place: Place::default() }
    }

    /// Returns [`Error::KeyRequired`].
    pub fn key_required() -> Self {
        Self::KeyRequired { place: Place::default() }
    }

    /// Returns [`Error::NotEncrypted`].
    pub fn not_encrypted() -> Self {
        Self::NotEncrypted { place: Place::default() }
    }

    /// Returns [`Error::DamagedCiphertext`]; `what` completes "… is encrypted and damaged: ".
    pub fn damaged_ciphertext(what: impl Into<Cow<'static, str>>) -> Self {
        Self::DamagedCiphertext { place: Place::default(), what: what.into() }
    }

    /// Returns [`Error::Interrupted`].
    pub fn interrupted() -> Self {
        Self::Interrupted { place: Place::default() }
    }

    /// Returns [`Error::Unavailable`]: what could not be reached, or was too busy, while trying to
    /// `action` something.
    pub fn unavailable(action: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Unavailable { place: Place::default(), action, source: source.into() }
    }

    /// Returns [`Error::NoSuchBucket`].
    pub fn no_such_bucket(source: impl Into<BoxError>) -> Self {
        Self::NoSuchBucket { place: Place::default(), source: source.into() }
    }

    /// Returns [`Error::PermissionDenied`].
    pub fn permission_denied(action: &'static str, source: impl Into<BoxError>) -> Self {
        Self::PermissionDenied { place: Place::default(), action, source: source.into() }
    }

    /// Returns [`Error::BadArgument`].
    pub fn bad_argument(name: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::BadArgument { name, reason: reason.into(), source: None }
    }

    /// Returns [`Error::UnknownScheme`].
    pub fn unknown_scheme(scheme: impl Into<String>) -> Self {
        Self::UnknownScheme { place: Place::default(), scheme: scheme.into() }
    }

    /// Returns [`Error::Unsupported`].
    pub fn unsupported(
        what: impl Into<Cow<'static, str>>,
        supported: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Unsupported {
            place: Place::default(),
            what: what.into(),
            supported: supported.into(),
        }
    }

    /// Returns what an I/O error met while trying to `action` something means.
    ///
    /// An error of this crate that travelled inside the I/O error comes out unchanged. A refusal is
    /// [`Error::PermissionDenied`], a read-only file system too; all else is [`Error::Storage`]. What
    /// a missing or an existing file means depends on the question, so that is the caller's to tell.
    pub fn storage(action: &'static str, error: io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return own,
            Err(error) => error,
        };
        let place = Place::default();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { place, action, source: error.into() }
            }
            kind => Self::Storage {
                place,
                action,
                is_transient: passes_by_itself(kind),
                source: error.into(),
            },
        }
    }

    /// Returns what an I/O error met while reading means.
    ///
    /// As [`storage`](Self::storage), and an end that came too early is [`Error::Truncated`].
    pub fn from_io(error: io::Error) -> Self {
        match Self::storage("read", error) {
            Self::Storage { source, .. }
                if io_kind(&source) == Some(io::ErrorKind::UnexpectedEof) =>
            {
                Self::truncated()
            }
            other => other,
        }
    }
}

/// Finds the place in an error, borrowed as the error is.
macro_rules! place_of {
    ($error:expr) => {
        match $error {
            Self::NotFound { place, .. }
            | Self::Exists { place, .. }
            | Self::NotASnapshot { place, .. }
            | Self::NewerFormat { place, .. }
            | Self::BadStateText { place, .. }
            | Self::TooLarge { place, .. }
            | Self::Truncated { place }
            | Self::HashMismatch { place, .. }
            | Self::Damaged { place, .. }
            | Self::TrailingBytes { place, .. }
            | Self::WrongKey { place }
            | Self::KeyRequired { place }
            | Self::NotEncrypted { place }
            | Self::DamagedCiphertext { place, .. }
            | Self::Storage { place, .. }
            | Self::PermissionDenied { place, .. }
            | Self::Unavailable { place, .. }
            | Self::NoSuchBucket { place, .. }
            | Self::Interrupted { place }
            | Self::UnknownScheme { place, .. }
            | Self::Unsupported { place, .. } => Some(place),
            Self::BadArgument { .. } => None,
        }
    };
}

/// What a caller may ask of an error.
impl Error {
    /// Returns what a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Exists { .. } => ErrorKind::Exists,
            Self::NotASnapshot { .. } => ErrorKind::NotASnapshot,
            Self::NewerFormat { .. } => ErrorKind::NewerFormat,
            Self::BadStateText { .. } => ErrorKind::BadStateText,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Truncated { .. } => ErrorKind::Truncated,
            Self::HashMismatch { .. } => ErrorKind::HashMismatch,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::TrailingBytes { .. } => ErrorKind::TrailingBytes,
            Self::WrongKey { .. } => ErrorKind::WrongKey,
            Self::KeyRequired { .. } => ErrorKind::KeyRequired,
            Self::NotEncrypted { .. } => ErrorKind::NotEncrypted,
            Self::DamagedCiphertext { .. } => ErrorKind::DamagedCiphertext,
            Self::Storage { .. } => ErrorKind::Storage,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::NoSuchBucket { .. } => ErrorKind::NoSuchBucket,
            Self::PermissionDenied { .. } => ErrorKind::PermissionDenied,
            Self::Interrupted { .. } => ErrorKind::Interrupted,
            Self::BadArgument { .. } => ErrorKind::BadArgument,
            Self::UnknownScheme { .. } => ErrorKind::UnknownScheme,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
        }
    }

    /// Returns the location it is about, where one is known.
    pub fn location(&self) -> Option<&str> {
        self.place().and_then(|place| place.0.as_deref())
    }

    /// Returns whether the same call may succeed later, as after a timeout.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Storage { is_transient: true, .. } | Self::Unavailable { .. })
    }

    /// Returns the error with `location` as its place, unless it has one.
    #[must_use]
    pub fn at(mut self, location: &str) -> Self {
        if let Some(place) = self.place_mut()
            && place.0.is_none()
        {
            *place = Place::new(location);
        }
        self
    }

    /// Returns the error with what a part below said as its cause, where it has none and can have one.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<BoxError>) -> Self {
        if let Self::NotASnapshot { source, .. } | Self::BadArgument { source, .. } = &mut self {
            source.get_or_insert_with(|| cause.into());
        }
        self
    }

    /// Returns the text and its causes in one line, joined by `: `.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        text
    }

    /// Returns advice, where there is some to give; one line, lower case.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotFound { place, .. } => {
                advice::on_missing(place.0.as_deref().unwrap_or_default())
            }
            Self::Exists { .. } => "choose another location, or allow replacing with `overwrite`",
            Self::NotASnapshot { .. } => {
                "check that the location names a file written by `snapshot`"
            }
            Self::NewerFormat { .. } => "read it with a newer release of persist",
            Self::TooLarge { is_written: true, .. } => {
                "shorten what is said of the snapshot, or keep it in the state, which has no such bound"
            }
            Self::TooLarge { .. } => {
                "if the file is from a source you trust, raise the limit where it is yours to set"
            }
            Self::Truncated { .. }
            | Self::HashMismatch { .. }
            | Self::Damaged { .. }
            | Self::DamagedCiphertext { .. }
            | Self::BadStateText { .. } => {
                "the file changed after it was written, or its writer is at fault; take it from a backup"
            }
            Self::WrongKey { .. } => {
                "give the passphrase or an identity it was saved for; damage to its first lines looks the same"
            }
            Self::KeyRequired { .. } => "pass the passphrase or an identity as `encryption`",
            Self::NotEncrypted { .. } => {
                "if it is meant to be in clear, leave `encryption` out; else find out who replaced it"
            }
            Self::TrailingBytes { .. } => "something was appended after the file was written",
            Self::Storage { source, .. }
            | Self::PermissionDenied { source, .. }
            | Self::Unavailable { source, .. }
            | Self::NoSuchBucket { source, .. } => return advice_in(source),
            Self::UnknownScheme { .. } => advice::ON_SCHEMES,
            Self::Interrupted { .. } | Self::BadArgument { .. } | Self::Unsupported { .. } => {
                return None;
            }
        };
        Some(text.to_owned())
    }

    fn place(&self) -> Option<&Place> {
        place_of!(self)
    }

    fn place_mut(&mut self) -> Option<&mut Place> {
        place_of!(self)
    }
}

impl From<Error> for io::Error {
    /// Wraps the error so that it passes through `Read` and `Write`; [`Error::from_io`] unwraps it.
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

fn io_kind(source: &BoxError) -> Option<io::ErrorKind> {
    source.downcast_ref::<io::Error>().map(io::Error::kind)
}

fn passes_by_itself(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as Io;
    matches!(
        kind,
        Io::TimedOut
            | Io::WouldBlock
            | Io::Interrupted
            | Io::ResourceBusy
            | Io::StaleNetworkFileHandle
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_filled_in_once() {
        let error = Error::truncated().at("a.json").at("b.json");
        assert_eq!(error.location(), Some("a.json"));
        assert_eq!(error.to_string(), "`a.json` is truncated: it ends before the snapshot does");
        assert!(Error::bad_argument("tags", "is one string").at("a.json").location().is_none());
    }

    #[test]
    fn an_error_survives_the_way_through_io() {
        let wrapped = io::Error::from(Error::trailing_bytes(4));
        let error = Error::storage("write", wrapped);
        assert!(matches!(error, Error::TrailingBytes { count: 4, .. }));
    }

    #[test]
    fn an_early_end_while_reading_is_a_truncation() {
        let error = Error::from_io(io::ErrorKind::UnexpectedEof.into());
        assert_eq!(error.kind(), ErrorKind::Truncated);
    }

    #[test]
    fn a_report_names_the_cause_once() {
        let error = Error::storage("write", io::Error::other("the cable is out")).at("a.json");
        assert_eq!(error.report(), "could not write `a.json`: the cable is out");
        assert!(!error.is_transient());
    }

    #[test]
    fn a_cause_is_reported_and_not_a_part_of_the_text() {
        let below = || io::Error::other("line 3 is odd");
        let error = Error::not_a_snapshot("its state is not one of visits").caused_by(below());
        assert_eq!(error.to_string(), "the data is not a snapshot: its state is not one of visits");
        assert!(error.report().ends_with("one of visits: line 3 is odd"));
        let error = Error::bad_argument("extra", "is not JSON").caused_by(below());
        assert_eq!(error.report(), "bad argument `extra`: is not JSON: line 3 is odd");
    }

    #[test]
    fn a_missing_snapshot_says_not_found() {
        assert!(Error::not_found().at("x").to_string().contains("not found"));
        let hint = |place: &str| Error::not_found().at(place).hint().expect("there is one");
        assert_eq!(hint("s3://box/a"), "check the names of the bucket and of the key");
        assert_eq!(hint("./s3://a"), hint("x"));
    }

    #[test]
    fn codes_are_distinct_and_spelled_like_their_variants() {
        for kind in ErrorKind::ALL {
            let letters: String = kind.code().split('_').collect();
            assert_eq!(letters, format!("{kind:?}").to_lowercase());
        }
    }
}
