//! Takes a metadata object apart, field by field.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{FORMAT_VERSION, Json};
use crate::error::{Error, Result};
use crate::id::Timestamp;
use crate::limits::{METADATA_BYTES, METADATA_DEPTH};

/// The fields of a metadata object, each with its text.
pub(super) struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        if text.len() > METADATA_BYTES {
            return Err(Error::too_large("the metadata", METADATA_BYTES as u64));
        }
        let faulty = |error: serde_json::Error| {
            Error::not_a_snapshot("its metadata is faulty").caused_by(error)
        };
        if depth(text).map_err(faulty)? > METADATA_DEPTH {
            return Err(Error::too_large("the nesting of the metadata", METADATA_DEPTH as u64));
        }
        serde_json::from_str(text).map_err(faulty)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// Reads a field that must be there; `kind` completes "is not …".
    pub(super) fn required<T: DeserializeOwned>(
        &self,
        name: &'static str,
        kind: &str,
    ) -> Result<T> {
        let value = self.get(name).ok_or_else(|| missing(name))?;
        serde_json::from_str(value.get()).map_err(|_| wrong(name, kind))
    }

    /// Reads a field that may be missing or null.
    pub(super) fn optional<T: DeserializeOwned>(
        &self,
        name: &'static str,
        kind: &str,
    ) -> Result<Option<T>> {
        match self.get(name) {
            Some(_) => self.required(name, kind),
            None => Ok(None),
        }
    }

    /// Reads a string that has a type of its own.
    pub(super) fn named<T: FromStr>(&self, name: &'static str, kind: &str) -> Result<T> {
        let text: String = self.required(name, "a string")?;
        text.parse().map_err(|_| wrong(name, kind))
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Json> {
        let value = self.get(name).ok_or_else(|| missing(name))?.get();
        if value.starts_with('{') {
            Ok(Json(value.to_owned()))
        } else {
            Err(wrong(name, "an object"))
        }
    }

    pub(super) fn format_version(&self) -> Result<u64> {
        const NAME: &str = "format_version";
        let text = self.get(NAME).ok_or_else(|| missing(NAME))?.get();
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(0) => Err(wrong(NAME, "1 or more")),
            Ok(found) if found > FORMAT_VERSION => Err(Error::newer_format(found, FORMAT_VERSION)),
            Ok(found) => Ok(found),
            // Too many digits for a number of this crate.
            Err(_) if is_whole => Err(Error::newer_format(text, FORMAT_VERSION)),
            Err(_) => Err(wrong(NAME, "an integer")),
        }
    }

    pub(super) fn timestamp(&self) -> Result<Timestamp> {
        const KIND: &str = "a UTC time with microseconds";
        let text: String = self.required("timestamp", "a string")?;
        match text.parse::<Timestamp>() {
            Ok(time) if time.as_str() == text => Ok(time),
            _ => Err(wrong("timestamp", KIND)),
        }
    }

    pub(super) fn legacy_timestamp(&self) -> Result<Timestamp> {
        match self.required::<i64>("timestamp", "an integer") {
            Ok(number) => Timestamp::from_unix(number).ok_or_else(|| wrong("timestamp", "a time")),
            Err(_) => self.named("timestamp", "a time"),
        }
    }
}

pub(super) fn missing(name: &str) -> Error {
    Error::not_a_snapshot(format!("its metadata has no `{name}`"))
}

fn wrong(name: &str, kind: &str) -> Error {
    Error::not_a_snapshot(format!("`{name}` in its metadata is not {kind}"))
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect()
            }
        }
        deserializer.deserialize_map(Entries).map(Fields)
    }
}

/// Returns how deep `text` nests: 0 for a string, 1 for `[]`.
///
/// Refuses what is not JSON, a lone surrogate, and a key that comes twice in one object.
pub(super) fn depth(text: &str) -> serde_json::Result<usize> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let depth = Depth.deserialize(&mut parser)?;
    parser.end()?;
    Ok(depth)
}

/// Walks any value and comes back with its depth; serde_json itself stops at 128.
#[derive(Clone, Copy)]
struct Depth;

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_i64<E>(self, _: i64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_u64<E>(self, _: u64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_f64<E>(self, _: f64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_str<E>(self, _: &str) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_unit<E>(self) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<usize, A::Error> {
        let mut deepest = 0;
        while let Some(depth) = items.next_element_seed(self)? {
            deepest = deepest.max(depth);
        }
        Ok(deepest + 1)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<usize, A::Error> {
        let mut seen = HashSet::new();
        let mut deepest = 0;
        while let Some(key) = entries.next_key::<String>()? {
            deepest = deepest.max(entries.next_value_seed(self)?);
            if let Some(twice) = seen.replace(key) {
                return Err(serde::de::Error::custom(format_args!("key `{twice}` comes twice")));
            }
        }
        Ok(deepest + 1)
    }
}
