//! Where an object of a cloud lies: a URL, and options for the client.

use std::collections::BTreeMap;
use std::fmt;

use object_store::ObjectStoreScheme;
use object_store::path::Path;
use url::Url;

use super::option::{self, Provider};
use super::site::{AZURE_FORMS, S3_FORMS, Site, is_of_azure};
use super::supported_locations;
use crate::error::{Error, Result};

/// A bucket or container, a key in it, and how to reach them.
///
/// Prints as its URL. Values of options may be secrets, and are never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    provider: Provider,
    url: String,
    base: String,
    key: String,
    options: BTreeMap<String, String>,
}

impl Address {
    /// Reads a URL as `object_store` does, percent-decoded, and checks the names of the options.
    ///
    /// # Errors
    /// [`BadArgument`](Error::BadArgument) for a URL that is malformed, carries a query, a fragment or
    /// a password, ends in `/`, or would be read as another, and for an unknown option;
    /// [`Unsupported`](Error::Unsupported) for an `https` host of no cloud.
    pub(super) fn parse(text: &str, options: &[(String, String)]) -> Result<Self> {
        let url = Url::parse(text)
            .map_err(|error| bad_url(format!("is a malformed URL: {error}").to_lowercase()))?;
        check_parts(&url, text)?;
        check_spelling(&url, text)?;
        let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_| bad_url(UNREADABLE))?;
        let provider = provider_of(&scheme)
            .filter(|provider| provider.is_built())
            .ok_or_else(|| unsupported(&url))?;
        check_host(provider, &url)?;
        // Where the name of a bucket begins with `s3`, its first part would be dropped.
        let path = match site_of(&url) {
            Some(site) if site.has_bucket => {
                Path::from_url_path(url.path()).map_err(|_| bad_url(UNREADABLE))?
            }
            _ => path,
        };
        option::check(provider, options)?;
        let base = base_of(&url, &path);
        let options = options
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        Ok(Self { provider, url: url.to_string(), base, key: path.to_string(), options })
    }

    /// Returns the key, percent-decoded; empty where the URL names the bucket alone.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns where an object with that key lies, as errors print it.
    pub(super) fn location_of(&self, key: &str) -> String {
        format!("{}/{key}", self.base)
    }

    /// Returns the host of an `https` URL, and what that of S3 says of itself.
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "only S3 says anything"))]
    pub(super) fn site(&self) -> Option<(&str, Site<'_>)> {
        let host = self.base.strip_prefix("https://")?.split('/').next()?;
        Some((host, Site::of(host)?))
    }

    pub(super) fn provider(&self) -> Provider {
        self.provider
    }

    /// Returns the URL, for the client to read the bucket from.
    #[cfg_attr(
        not(any(feature = "s3", feature = "azure", feature = "gcs")),
        expect(dead_code, reason = "no client is built")
    )]
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL up to the key: what tells one bucket from another.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Returns the options, by their names in lower case.
    pub(super) fn options(&self) -> &BTreeMap<String, String> {
        &self.options
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.location_of(&self.key))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.options.keys().collect();
        formatter.debug_struct("Address").field("url", &self.url).field("options", &names).finish()
    }
}

const UNREADABLE: &str =
    "is a URL whose key has a part that is empty, not Unicode or not printable";

fn bad_url(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::bad_argument("path", reason)
}

fn check_parts(url: &Url, text: &str) -> Result<()> {
    // What stands there may be a signature, so it is not shown.
    if url.query().is_some() {
        return Err(bad_url("is a URL with a query; in a key write `?` as `%3F`"));
    }
    if url.fragment().is_some() {
        return Err(bad_url("is a URL with a fragment; in a key write `#` as `%23`"));
    }
    if url.password().is_some() {
        return Err(bad_url("is a URL with a password; keys belong in `storage_options`"));
    }
    // In one of Azure the container stands there.
    if !url.username().is_empty() && matches!(url.scheme(), "s3" | "s3a" | "gs" | "https") {
        return Err(bad_url("is a URL with a user; keys belong in `storage_options`"));
    }
    if url.port().is_some() {
        return Err(bad_url("is a URL with a port; an endpoint belongs in `storage_options`"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad_url("is a URL that names no bucket"));
    }
    let path = text.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    match path {
        Some((_, key)) if key.ends_with('/') => {
            Err(bad_url("is a URL that ends in `/`, as a folder would"))
        }
        _ => Ok(()),
    }
}

/// Refuses what reading a URL drops or resolves: the snapshot of one key would replace another's.
fn check_spelling(url: &Url, text: &str) -> Result<()> {
    if text.ends_with(' ') || text.contains(|letter: char| letter.is_ascii_control()) {
        return Err(bad_url(
            "is a URL that ends in a space or holds a line end or another control character",
        ));
    }
    if url.scheme() == "https" && text.contains('\\') {
        return Err(bad_url("is a URL with a backslash; in a key write `\\` as `%5C`"));
    }
    let key = text.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let is_step =
        |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    match key {
        Some((_, key)) if key.split('/').any(is_step) => {
            Err(bad_url("is a URL whose key has the part `.` or `..`, which no cloud keeps"))
        }
        _ => Ok(()),
    }
}

/// Refuses a host that the client does not read, although it may be a cloud's.
fn check_host(provider: Provider, url: &Url) -> Result<()> {
    let host = url.host_str().unwrap_or_default();
    let is_whole = url.scheme() == "https" || !url.username().is_empty();
    // Others stand in a URL, and the client could ask no host that has them.
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let forms = match provider {
        Provider::S3 if url.scheme() == "https" && (!is_name || Site::of(host).is_none()) => {
            S3_FORMS
        }
        Provider::Azure if is_whole && !(is_name && is_of_azure(host)) => AZURE_FORMS,
        _ => return Ok(()),
    };
    Err(bad_url(format!("is a URL of another form than those that are read: {forms}")))
}

/// Returns what the host of an `https` URL of S3 says of itself.
fn site_of(url: &Url) -> Option<Site<'_>> {
    Site::of(url.host_str().filter(|_| url.scheme() == "https")?)
}

fn provider_of(scheme: &ObjectStoreScheme) -> Option<Provider> {
    match scheme {
        ObjectStoreScheme::AmazonS3 => Some(Provider::S3),
        ObjectStoreScheme::GoogleCloudStorage => Some(Provider::Gcs),
        ObjectStoreScheme::MicrosoftAzure => Some(Provider::Azure),
        _ => None,
    }
}

fn unsupported(url: &Url) -> Error {
    let host = url.host_str().unwrap_or_default();
    Error::unsupported(
        format!("the host `{host}` in a `{}` URL", url.scheme()),
        supported_locations(),
    )
}

/// Returns the URL without the key at its end.
fn base_of(url: &Url, path: &Path) -> String {
    let whole = url.as_str().trim_end_matches('/');
    let parts = path.parts().count();
    let mut base = whole;
    for _ in 0..parts {
        base = base.rsplit_once('/').map_or(base, |(front, _)| front);
    }
    base.to_owned()
}

#[cfg(all(test, feature = "s3", feature = "azure", feature = "gcs"))]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text, &[]).expect(text)
    }

    fn refusal(text: &str) -> String {
        Address::parse(text, &[]).expect_err(text).to_string()
    }

    #[test]
    fn urls_are_read_as_the_client_reads_them() {
        let cases = [
            ("s3://bucket/a/b.json.gz", Provider::S3, "a/b.json.gz", "s3://bucket/a/b.json.gz"),
            ("S3A://bucket/a%20b%3F", Provider::S3, "a b?", "s3a://bucket/a b?"),
            ("gs://bucket/a", Provider::Gcs, "a", "gs://bucket/a"),
            ("az://container/a", Provider::Azure, "a", "az://container/a"),
            (
                "abfss://files@account.dfs.core.windows.net/a",
                Provider::Azure,
                "a",
                "abfss://files@account.dfs.core.windows.net/a",
            ),
            (
                "https://s3.eu-west-1.amazonaws.com/bucket/a/b",
                Provider::S3,
                "a/b",
                "https://s3.eu-west-1.amazonaws.com/bucket/a/b",
            ),
            (
                "https://s3-box.s3.eu-west-1.amazonaws.com/runs/a",
                Provider::S3,
                "runs/a",
                "https://s3-box.s3.eu-west-1.amazonaws.com/runs/a",
            ),
            (
                "https://account.blob.core.windows.net/box/a",
                Provider::Azure,
                "a",
                "https://account.blob.core.windows.net/box/a",
            ),
        ];
        for (text, provider, key, printed) in cases {
            let address = address(text);
            assert_eq!((address.provider(), address.key()), (provider, key), "{text}");
            assert_eq!(address.to_string(), printed);
        }
        assert_eq!(address("s3://bucket").key(), "");
        assert_eq!(address("s3://bucket/").key(), "");
    }

    #[test]
    fn what_a_url_cannot_say_is_refused_without_showing_it() {
        for text in [
            "s3://b/a?X-Amz-Signature=5ec",
            "s3://b/a#5ec",
            "s3://u:5ec@b/a",
            "s3://5ec@b/a",
            "s3://b/a/",
            "s3:///a",
            "s3://b/a//b",
            "s3://b:80/a",
            "https://s3.eu-west-1.amazonaws.com:8443/b/a",
            "https://s3.amazonaws.com/b/a",
            "https://my.box.s3.eu-west-1.amazonaws.com/a",
            "https://blob.core.windows.net/b/a",
            "abfss://box@account/a",
        ] {
            assert!(refusal(text).starts_with("bad argument `path`: is a URL"), "{text}");
            assert!(!refusal(text).contains("5ec"));
        }
        assert_eq!(
            refusal("https://example.com/a"),
            "the host `example.com` in a `https` URL is not supported; supported: paths, `file://`, \
             `memory://`, `s3://`, `az://` and `gs://`"
        );
    }

    #[test]
    fn no_two_keys_are_read_as_one() {
        for (text, reason) in [
            ("s3://b/a/../c", "whose key has the part `.` or `..`, which no cloud keeps"),
            ("gs://b/./c", "whose key has the part `.` or `..`, which no cloud keeps"),
            ("az://b/a/%2E%2e/c", "whose key has the part `.` or `..`, which no cloud keeps"),
            ("s3://b/..", "whose key has the part `.` or `..`, which no cloud keeps"),
            ("s3://b/a\n", "that ends in a space or holds a line end or another control character"),
            (
                "s3://b/a\tc",
                "that ends in a space or holds a line end or another control character",
            ),
            ("s3://b/a ", "that ends in a space or holds a line end or another control character"),
            (
                "https://a.blob.core.windows.net/b/c\\d",
                "with a backslash; in a key write `\\` as `%5C`",
            ),
            ("s3://b/%ff", "whose key has a part that is empty, not Unicode or not printable"),
        ] {
            assert_eq!(refusal(text), format!("bad argument `path`: is a URL {reason}"), "{text}");
        }
        for (text, key) in [
            ("s3://b/a..c", "a..c"),
            ("s3://b/...", "..."),
            ("s3://b/a%20", "a "),
            ("s3://b/a\\c", "a\\c"),
        ] {
            assert_eq!(address(text).key(), key, "{text}");
        }
    }

    #[test]
    fn a_bucket_whose_name_begins_with_s3_keeps_its_keys_apart() {
        let base = "https://s3-backups.s3.eu-west-1.amazonaws.com";
        assert_eq!(address(&format!("{base}/runs/a.json")).key(), "runs/a.json");
        assert_eq!(address(&format!("{base}/a.json")).key(), "a.json");
        assert_eq!(address(base).key(), "");
        assert_eq!(
            refusal("https://s3.amazonaws.com/b/a"),
            format!(
                "bad argument `path`: is a URL of another form than those that are read: {S3_FORMS}"
            )
        );
    }

    #[test]
    fn an_address_never_prints_what_its_options_say() {
        let options = [("aws_secret_access_key".to_owned(), "5ec".to_owned())];
        let address = Address::parse("s3://b/a", &options).expect("it is well formed");
        assert!(!format!("{address:?} {address}").contains("5ec"));
    }
}
