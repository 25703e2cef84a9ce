//! Typed names: which snapshot, which bytes, what instant.

use std::fmt;
use std::str::FromStr;

use jiff::fmt::temporal::DateTimePrinter;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Error;

/// Names one snapshot; a UUID of version 7, so later snapshots have greater ids.
///
/// Files of the earlier format carry version 4 ids; those parse as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(Uuid);

impl SnapshotId {
    /// Returns an id that no other call returns, greater than all before it in this process.
    #[expect(
        clippy::new_without_default,
        reason = "a default that differs each time would surprise"
    )]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl FromStr for SnapshotId {
    type Err = Error;

    /// Reads the hyphenated form alone: 36 characters, lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        match Uuid::try_parse(text) {
            Ok(id) if id.hyphenated().to_string() == text => Ok(Self(id)),
            _ => {
                Err(Error::bad_argument("snapshot_id", "not a UUID in lower-case hyphenated form"))
            }
        }
    }
}

/// A SHA-256 hash; prints as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Hashes the state as it stands in the file.
    ///
    /// SHA-256 over the raw `agent_state` bytes: no parsing, no reordering, so a file keeps its hash
    /// for as long as its bytes. Spec: docs/format/file-v1.md §1.
    pub fn of_state(state: &[u8]) -> Self {
        Self(Sha256::digest(state).into())
    }

    /// Returns the hash with these 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the hash's 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = Error;

    /// Reads exactly 64 lower-case hex digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::bad_argument("content_hash", "not 64 lower-case hex digits");
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(refused());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = hex_value(pair[0]).ok_or_else(refused)?;
            let low = hex_value(pair[1]).ok_or_else(refused)?;
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// An instant as metadata writes it: RFC 3339, UTC, microseconds, `2026-11-23T10:15:00.123456Z`.
///
/// Years 0000 to 9999, so the text sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the present instant by the system's clock.
    pub fn now() -> Self {
        Self::from_instant(jiff::Timestamp::now())
    }

    /// Returns the instant that many units after 1970, the unit guessed from the size of the number.
    ///
    /// Seconds up to the year 5138, then milliseconds, microseconds and nanoseconds, each up to the
    /// same year. `None` where there is no such instant.
    pub fn from_unix(number: i64) -> Option<Self> {
        const SECONDS_END: u64 = 100_000_000_000;
        let instant = match number.unsigned_abs() {
            size if size < SECONDS_END => jiff::Timestamp::from_second(number),
            size if size < SECONDS_END * 1_000 => jiff::Timestamp::from_millisecond(number),
            size if size < SECONDS_END * 1_000_000 => jiff::Timestamp::from_microsecond(number),
            _ => jiff::Timestamp::from_nanosecond(i128::from(number)),
        };
        instant.ok().map(Self::from_instant)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_instant(instant: jiff::Timestamp) -> Self {
        // Printing rounds towards zero, so normalising a time twice changes nothing.
        let printer = DateTimePrinter::new().precision(Some(6));
        Self(printer.timestamp_to_string(&instant))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads any RFC 3339 text with an offset; finer digits than microseconds are dropped.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Ok(Self::from_instant(instant)),
            Err(_) => Err(Error::bad_argument("timestamp", "not an RFC 3339 time with an offset")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_survive_their_text() {
        let ids: Vec<SnapshotId> = (0..1000).map(|_| SnapshotId::new()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[7].to_string().parse::<SnapshotId>().expect("own text"), ids[7]);
        assert!("230C2B0D-D002-4135-AD2B-E5660554DDEB".parse::<SnapshotId>().is_err());
        assert!("230c2b0dd0024135ad2be5660554ddeb".parse::<SnapshotId>().is_err());
    }

    #[test]
    fn a_hash_is_sha_256_in_lower_case_hex() {
        let text = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let hash = ContentHash::of_state(b"{}");
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse::<ContentHash>().expect("hex"), hash);
        assert!(text.to_uppercase().parse::<ContentHash>().is_err());
        assert!(text[1..].parse::<ContentHash>().is_err());
    }

    #[test]
    fn a_timestamp_has_six_digits_and_ends_in_z() {
        let normalised = |text: &str| text.parse::<Timestamp>().expect("a time").to_string();
        assert_eq!(normalised("2026-11-23T15:33:53.309262423Z"), "2026-11-23T15:33:53.309262Z");
        assert_eq!(normalised("2026-11-23T10:15:00+01:00"), "2026-11-23T09:15:00.000000Z");
        assert_eq!(Timestamp::now().as_str().len(), 27);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_unix_number_is_read_in_the_unit_its_size_suggests() {
        let expected = Some("2023-11-14T22:13:20.000000Z".to_owned());
        for number in
            [1_700_000_000, 1_700_000_000_000, 1_700_000_000_000_000, 1_700_000_000_000_000_000]
        {
            assert_eq!(Timestamp::from_unix(number).map(|time| time.to_string()), expected);
        }
    }
}
