//! What a caller writes to say where a snapshot lies.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

#[cfg(feature = "cloud")]
use super::Address;
use super::{CLOUD_SCHEMES, UNREACHED_SCHEMES, supported_locations};
use crate::error::{Error, Result};

/// Where one snapshot lies: a path, or an object of this process.
///
/// Prints as it appears in errors; a path that is not Unicode prints with replacement characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file. The empty path names nothing.
    Local(PathBuf),
    /// An object in the memory of this process, by its name after `memory://`.
    Memory(String),
    /// An object in a bucket or a container.
    #[cfg(feature = "cloud")]
    Cloud(Address),
}

impl Location {
    /// Reads a path or a URL.
    ///
    /// What starts with a scheme of two letters or more and `://` is a URL, all else a path, `C:\x`
    /// too. `file://` takes an absolute path, percent-decoded; `memory://` takes any name as it
    /// stands. Nothing is looked up.
    ///
    /// A path that a URL may have been, as `s3:/bucket/a` or ` s3://bucket/a`, is refused, since it
    /// would name a folder such as `s3:`; `./s3:/bucket/a` is one.
    ///
    /// # Errors
    /// [`BadArgument`](Error::BadArgument) for a NUL, what may have been a URL, and a `file://` URL
    /// that names another host, is not absolute or is encoded wrongly;
    /// [`Unsupported`](Error::Unsupported) for the scheme of a storage this release does not reach;
    /// [`UnknownScheme`](Error::UnknownScheme) for any other.
    ///
    /// ```
    /// use persist_core::storage::Location;
    ///
    /// let path = Location::parse("runs/agent.json.gz")?;
    /// assert_eq!(path, Location::Local("runs/agent.json.gz".into()));
    /// let object = Location::parse("memory://agent")?;
    /// assert_eq!(object, Location::Memory("agent".into()));
    /// # Ok::<(), persist_core::Error>(())
    /// ```
    pub fn parse(text: impl AsRef<OsStr>) -> Result<Self> {
        Self::parse_with(text, &[])
    }

    /// Reads a path or a URL, with what else there is to say of the storage: names of options as
    /// `object_store` knows them, such as `aws_region`, and their values.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); [`BadArgument`](Error::BadArgument) for an option that the storage
    /// does not have, naming the nearest that it has.
    pub fn parse_with(text: impl AsRef<OsStr>, options: &[(String, String)]) -> Result<Self> {
        let location = Self::read(text.as_ref(), options)?;
        match (&location, options.first()) {
            (Self::Local(_) | Self::Memory(_), Some((name, _))) => Err(Error::bad_argument(
                "storage_options",
                format!("unknown option `{name}`; local files and memory have none"),
            )),
            _ => Ok(location),
        }
    }

    #[cfg_attr(
        not(feature = "cloud"),
        expect(unused_variables, reason = "only clouds have options")
    )]
    fn read(text: &OsStr, options: &[(String, String)]) -> Result<Self> {
        if text.as_encoded_bytes().contains(&0) {
            return Err(Error::bad_argument("path", "contains a NUL character"));
        }
        // A URL is ASCII up to its first colon, so the lossy form finds every scheme there is.
        let readable = text.to_string_lossy();
        let Some((scheme, rest)) = split_scheme(&readable) else {
            return match url_meant(&readable) {
                None => Ok(Self::Local(PathBuf::from(text))),
                Some(url) => Err(Error::bad_argument(
                    "path",
                    format!("is almost a URL: write `{url}`, or `./` before it if it is a file"),
                )),
            };
        };
        match scheme.as_str() {
            "file" => file_url_path(&rest_of(text, rest)).map(Self::Local),
            "memory" if text.to_str().is_some() => Ok(Self::Memory(rest.to_owned())),
            "memory" => {
                Err(Error::bad_argument("path", "names an object in memory and is not Unicode"))
            }
            #[cfg(feature = "cloud")]
            reached if CLOUD_SCHEMES.contains(&(reached, true)) => {
                Address::parse(&readable, options).map(Self::Cloud)
            }
            known
                if CLOUD_SCHEMES.contains(&(known, false))
                    || UNREACHED_SCHEMES.contains(&known) =>
            {
                let what = format!("the scheme `{known}`");
                Err(Error::unsupported(what, supported_locations()).at(&readable))
            }
            _ => Err(Error::unknown_scheme(scheme).at(&readable)),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(formatter),
            Self::Memory(name) => write!(formatter, "memory://{name}"),
            #[cfg(feature = "cloud")]
            Self::Cloud(address) => address.fmt(formatter),
        }
    }
}

/// Splits a URL at its `://`; one letter before a colon is a drive.
fn split_scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    is_scheme.then(|| (scheme.to_ascii_lowercase(), rest))
}

/// Returns the URL that a path was before it lost a slash or something came before it; only as much
/// of it as can hold no key or password.
fn url_meant(path: &str) -> Option<String> {
    let is_stray = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "\"'`<\u{feff}\u{200b}".contains(letter)
    };
    let bare = path.trim_start_matches(is_stray);
    let (scheme, rest) = bare.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let is_known = matches!(scheme.as_str(), "file" | "memory")
        || CLOUD_SCHEMES.iter().any(|(known, _)| *known == scheme)
        || UNREACHED_SCHEMES.contains(&scheme.as_str());
    if !is_known {
        return None;
    }
    let rest = rest.replace('\\', "/");
    let rest = if bare == path { &rest } else { rest.trim_end_matches(is_stray) };
    let name = rest.trim_start_matches('/');
    let is_plain =
        !name.is_empty() && !name.contains(|it: char| "@?#".contains(it) || is_stray(it));
    Some(match (scheme.as_str(), is_plain) {
        ("file", true) if !rest.starts_with('/') => name.to_owned(),
        ("file", true) => format!("file:///{name}"),
        ("file", false) => "file:///…".to_owned(),
        (_, true) => format!("{scheme}://{name}"),
        (_, false) => format!("{scheme}://…"),
    })
}

/// Returns the raw bytes behind `rest`, which ends the readable form of `text`.
fn rest_of(text: &OsStr, rest: &str) -> Vec<u8> {
    let bytes = text.as_encoded_bytes();
    match text.to_str() {
        Some(_) => rest.as_bytes().to_vec(),
        None => bytes.iter().skip_while(|byte| **byte != b':').skip("://".len()).copied().collect(),
    }
}

/// Returns the path in a `file://` URL, given what follows the slashes.
fn file_url_path(rest: &[u8]) -> Result<PathBuf> {
    let path =
        rest.strip_prefix(b"localhost").filter(|path| path.starts_with(b"/")).unwrap_or(rest);
    if !path.starts_with(b"/") {
        return Err(Error::bad_argument(
            "path",
            "is a `file://` URL without an absolute path; write `file:///…`",
        ));
    }
    let decoded = percent_decode(path).ok_or_else(|| {
        Error::bad_argument("path", "is a `file://` URL with a malformed `%` escape")
    })?;
    if decoded.contains(&0) {
        return Err(Error::bad_argument("path", "contains a NUL character"));
    }
    path_of(decoded)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not every sequence of bytes is a path")]
fn path_of(bytes: Vec<u8>) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(bytes).into())
}

/// Returns the path spelled by `bytes`, without the slash before a drive letter.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Result<PathBuf> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::bad_argument("path", "is a `file://` URL that is not UTF-8"))?;
    let is_drive = text.as_bytes().get(2) == Some(&b':');
    Ok(PathBuf::from(if is_drive { &text[1..] } else { text.as_str() }))
}

/// Decodes `%XX`; `None` when what follows a `%` is not two hex digits.
fn percent_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(*rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        decoded.push(u8::try_from(value).expect("two hex digits make one byte"));
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn local(text: &str) -> PathBuf {
        match Location::parse(text).expect("a path") {
            Location::Local(path) => path,
            other => panic!("{other}"),
        }
    }

    fn refusal(text: &str) -> (ErrorKind, String) {
        let error = Location::parse(text).expect_err(text);
        (error.kind(), error.to_string())
    }

    #[test]
    fn what_is_no_url_is_a_path() {
        for path in [
            "agent.json",
            "",
            r"C:\x",
            "C:/x",
            "C://x",
            "c:x",
            "a:b",
            "./odd://x",
            "1s://x",
            "odd:/x",
        ] {
            assert_eq!(local(path), PathBuf::from(path));
        }
        for path in
            ["./s3:/x", "./ s3://x", "/s3:/x", "s3", "s3/:x", "xs3:/x", "memory-1:/x", "az1:x"]
        {
            assert_eq!(local(path), PathBuf::from(path));
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_urls_are_percent_decoded() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(local("file:///tmp/a%20b%2Fc.json"), PathBuf::from("/tmp/a b/c.json"));
        assert_eq!(local("FILE://localhost/tmp/a"), PathBuf::from("/tmp/a"));
        assert_eq!(local("file:///x%ff").as_os_str().as_bytes(), b"/x\xff");
        let raw = Location::parse(OsStr::from_bytes(b"file:///x\xff%20")).expect("a path");
        assert_eq!(raw, Location::Local(OsStr::from_bytes(b"/x\xff ").into()));
    }

    #[test]
    fn bad_file_urls_are_refused() {
        for url in
            ["file://host/a", "file://", "file:///a%2", "file:///a%zz", "file:///a%00b", "a\0b"]
        {
            assert_eq!(refusal(url).0, ErrorKind::BadArgument, "{url}");
        }
    }

    #[test]
    fn memory_names_are_kept_as_they_stand() {
        assert_eq!(
            Location::parse("memory://a%20/b").expect("a name").to_string(),
            "memory://a%20/b"
        );
    }

    #[test]
    fn storages_that_are_not_reached_are_told_from_unknown_schemes() {
        assert_eq!(
            refusal("WASB://bucket/a"),
            (
                ErrorKind::Unsupported,
                format!("the scheme `wasb` is not supported; supported: {}", supported_locations())
            )
        );
        let error = Location::parse("WASB://bucket/a").expect_err("no such storage");
        assert_eq!(error.location(), Some("WASB://bucket/a"));
        let error = Location::parse("carrier+pigeon://a").expect_err("no such storage");
        let is_advised = error.hint().is_some_and(|hint| hint.contains("`s3://…`"));
        assert_eq!(is_advised, CLOUD_SCHEMES.contains(&("s3", true)));
        assert_eq!(
            refusal("carrier+pigeon://a"),
            (
                ErrorKind::UnknownScheme,
                "unknown scheme `carrier+pigeon` in `carrier+pigeon://a`".into()
            )
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_path_need_not_be_unicode() {
        use std::os::unix::ffi::OsStrExt;
        let raw = OsStr::from_bytes(b"a\xff.json");
        assert_eq!(Location::parse(raw).expect("a path"), Location::Local(raw.into()));
    }
}
