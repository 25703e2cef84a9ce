//! What a caller may say of a cloud: names of options, where their values come from, and which there are.

use std::collections::HashMap;
use std::env;
use std::hash::Hash;
use std::str::FromStr;

use url::Url;

use super::Address;
use crate::error::{Error, Result};

/// A cloud, by the interface it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Provider {
    S3,
    Azure,
    Gcs,
}

impl Provider {
    /// Tells whether this build reaches it.
    pub(super) fn is_built(self) -> bool {
        match self {
            Self::S3 => cfg!(feature = "s3"),
            Self::Azure => cfg!(feature = "azure"),
            Self::Gcs => cfg!(feature = "gcs"),
        }
    }

    /// Returns what the names of its variables start with, in the environment.
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &["AWS_"],
            Self::Azure => &["AZURE_"],
            Self::Gcs => &["GOOGLE_"],
        }
    }

    /// Returns its options, each by the name that is offered for a misspelt one.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &S3_NAMES,
            Self::Azure => &AZURE_NAMES,
            Self::Gcs => &GCS_NAMES,
        }
    }

    fn knows(self, name: &str) -> bool {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => object_store::aws::AmazonS3ConfigKey::from_str(name).is_ok(),
            #[cfg(feature = "azure")]
            Self::Azure => object_store::azure::AzureConfigKey::from_str(name).is_ok(),
            #[cfg(feature = "gcs")]
            Self::Gcs => object_store::gcp::GoogleConfigKey::from_str(name).is_ok(),
            #[cfg(not(all(feature = "s3", feature = "azure", feature = "gcs")))]
            _ => self.names().contains(&name),
        }
    }
}

const S3_NAMES: [&str; 28] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_region",
    "aws_default_region",
    "aws_endpoint",
    "aws_endpoint_url",
    "aws_bucket",
    "aws_virtual_hosted_style_request",
    "aws_s3_express",
    "aws_imdsv1_fallback",
    "aws_metadata_endpoint",
    "aws_unsigned_payload",
    "aws_checksum_algorithm",
    "aws_container_credentials_relative_uri",
    "aws_container_credentials_full_uri",
    "aws_container_authorization_token_file",
    "aws_web_identity_token_file",
    "aws_role_arn",
    "aws_role_session_name",
    "aws_endpoint_url_sts",
    "aws_skip_signature",
    "aws_conditional_put",
    "aws_request_payer",
    "aws_server_side_encryption",
    "aws_sse_kms_key_id",
    "aws_sse_bucket_key_enabled",
    "aws_sse_customer_key_base64",
];

const AZURE_NAMES: [&str; 19] = [
    "azure_storage_account_name",
    "azure_storage_account_key",
    "azure_storage_sas_token",
    "azure_storage_token",
    "azure_storage_client_id",
    "azure_storage_client_secret",
    "azure_storage_tenant_id",
    "azure_storage_authority_host",
    "azure_storage_use_emulator",
    "azure_storage_endpoint",
    "azure_endpoint",
    "azure_msi_endpoint",
    "azure_object_id",
    "azure_msi_resource_id",
    "azure_federated_token_file",
    "azure_use_fabric_endpoint",
    "azure_use_azure_cli",
    "azure_skip_signature",
    "azure_container_name",
];

const GCS_NAMES: [&str; 7] = [
    "google_service_account",
    "google_service_account_key",
    "google_application_credentials",
    "google_bearer_token",
    "google_bucket",
    "google_base_url",
    "google_skip_signature",
];

/// What every client has.
const CLIENT_NAMES: [&str; 10] = [
    "allow_http",
    "allow_invalid_certificates",
    "connect_timeout",
    "timeout",
    "read_timeout",
    "pool_idle_timeout",
    "pool_max_idle_per_host",
    "proxy_url",
    "proxy_excludes",
    "user_agent",
];

/// Refuses a name that is no option of the provider; which one it resembles, the error says.
pub(super) fn check(provider: Provider, options: &[(String, String)]) -> Result<()> {
    for (name, _) in options {
        let lower = name.to_ascii_lowercase();
        if !provider.knows(&lower) {
            let near = nearest(provider, &lower);
            let reason = format!("unknown option `{name}`; the nearest known one is `{near}`");
            return Err(Error::bad_argument("storage_options", reason));
        }
    }
    Ok(())
}

/// What the names of options contain whose values are addresses of services.
const ADDRESS_MARKS: [&str; 4] = ["endpoint", "base_url", "authority_host", "full_uri"];

/// Refuses a value that the client could send nowhere: it would panic, or put a password into errors.
///
/// # Errors
/// [`BadArgument`](Error::BadArgument) naming the option, and never its value.
pub(super) fn check_value(name: &str, value: &str) -> Result<()> {
    let lower = name.to_ascii_lowercase();
    // That of Google is JSON, of several lines.
    let is_one_line = !lower.contains("service_account_key");
    if is_one_line && value.contains(|letter: char| letter.is_control()) {
        return Err(bad_value(name, "holds a line end or another control character"));
    }
    let is_address = ADDRESS_MARKS.iter().any(|mark| lower.contains(mark));
    // A switch, by that name.
    if !is_address || lower.contains("use_fabric") {
        return Ok(());
    }
    // Those that give credentials away are asked as they stand.
    let may_have_query = ["msi", "full_uri"].iter().any(|mark| lower.contains(mark));
    let is_whole = may_have_query || !value.contains(['?', '#']);
    match Url::parse(value) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(bad_value(name, "is an address with a user or a password in it"))
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && is_whole => Ok(()),
        _ => Err(bad_value(name, "is no address such as `https://host:9000`")),
    }
}

fn bad_value(name: &str, reason: &str) -> Error {
    Error::bad_argument("storage_options", format!("`{name}` {reason}"))
}

fn nearest(provider: Provider, name: &str) -> &'static str {
    let names = provider.names().iter().chain(&CLIENT_NAMES).copied();
    let distance = |known: &&str| {
        // What people leave out is the beginning, such as `azure_storage_`.
        let ends = known.match_indices('_').map(|(at, _)| &known[at + 1..]);
        let whole = edits(name, known);
        (ends.map(|end| edits(name, end)).fold(whole, usize::min), whole)
    };
    names.min_by_key(distance).expect("every provider has options")
}

/// Counts the letters to insert, remove or change until one text is the other.
fn edits(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.bytes().enumerate() {
            let change = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// Where the value of an option comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Environment,
    #[cfg(feature = "s3")]
    Profile,
    Options,
}

/// The values of all options that are set, the caller's before the environment's.
pub(super) struct Settings<K>(HashMap<K, (String, Origin)>);

impl<K: FromStr + Eq + Hash> Settings<K> {
    /// Gathers what the environment and the caller say; an empty variable says nothing.
    ///
    /// # Errors
    /// [`BadArgument`](Error::BadArgument) as [`check_value`].
    pub(super) fn gather(address: &Address) -> Result<Self> {
        let mut settings = HashMap::new();
        for (name, value) in variables(address.provider()) {
            if let (Ok(key), false) = (name.to_ascii_lowercase().parse(), value.is_empty()) {
                check_value(&name, &value)?;
                settings.insert(key, (value, Origin::Environment));
            }
        }
        for (name, value) in address.options() {
            if let Ok(key) = name.parse() {
                check_value(name, value)?;
                settings.insert(key, (value.clone(), Origin::Options));
            }
        }
        Ok(Self(settings))
    }

    pub(super) fn get(&self, key: &K) -> Option<&str> {
        self.0.get(key).map(|(value, _)| value.as_str())
    }

    pub(super) fn origin(&self, key: &K) -> Option<Origin> {
        self.0.get(key).map(|(_, origin)| *origin)
    }

    /// Tells whether a switch is on.
    pub(super) fn is_on(&self, key: &K) -> bool {
        self.get(key).is_some_and(|value| {
            matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes" | "y")
        })
    }

    /// Sets what nobody else has set.
    #[cfg_attr(
        not(any(feature = "s3", feature = "gcs")),
        expect(dead_code, reason = "Azure has nothing to add")
    )]
    pub(super) fn set_missing(&mut self, key: K, value: impl Into<String>, origin: Origin) {
        self.0.entry(key).or_insert_with(|| (value.into(), origin));
    }

    /// Returns all of them, in no order.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (K, String)> {
        self.0.into_iter().map(|(key, (value, _))| (key, value))
    }
}

/// Returns the variables of the environment that concern a provider, by name.
pub(super) fn variables(provider: Provider) -> Vec<(String, String)> {
    let concerns = |name: &str| provider.prefixes().iter().any(|prefix| name.starts_with(prefix));
    let mut found: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| concerns(name))
        .collect();
    found.sort_unstable();
    found
}

#[cfg(all(test, feature = "s3", feature = "azure", feature = "gcs"))]
mod tests {
    use super::*;

    const PROVIDERS: [Provider; 3] = [Provider::S3, Provider::Azure, Provider::Gcs];

    #[test]
    fn every_name_that_is_offered_is_one_the_client_knows() {
        for provider in PROVIDERS {
            for name in provider.names().iter().chain(&CLIENT_NAMES) {
                assert!(provider.knows(name), "{name}");
            }
        }
    }

    #[test]
    fn a_value_that_can_be_sent_nowhere_is_refused_without_showing_it() {
        let cases = [
            ("aws_endpoint", "localhost:9000", "is no address such as `https://host:9000`"),
            ("AWS_ENDPOINT_URL", "", "is no address such as `https://host:9000`"),
            ("aws_endpoint", "http://host:99999", "is no address such as `https://host:9000`"),
            ("google_base_url", "ftp://host", "is no address such as `https://host:9000`"),
            (
                "azure_storage_endpoint",
                "http://host?sig=5ec",
                "is no address such as `https://host:9000`",
            ),
            ("aws_endpoint", "http://me:5ec@host", "is an address with a user or a password in it"),
            ("azure_storage_authority_host", "host", "is no address such as `https://host:9000`"),
            ("aws_access_key_id", "AK5ec\n", "holds a line end or another control character"),
        ];
        for (name, value, reason) in cases {
            let error = check_value(name, value).expect_err(name);
            assert_eq!(
                error.to_string(),
                format!("bad argument `storage_options`: `{name}` {reason}")
            );
        }
        for (name, value) in [
            ("aws_endpoint", "http://127.0.0.1:9000/"),
            ("azure_storage_endpoint", "https://host/account"),
            ("azure_use_fabric_endpoint", "true"),
            ("AZURE_MSI_ENDPOINT", "http://localhost/token?version=1"),
            ("google_service_account_key", "{\n}"),
            ("proxy_url", "http://me:5ec@host"),
        ] {
            check_value(name, value).expect(name);
        }
    }

    #[test]
    fn an_unknown_option_is_refused_with_the_nearest() {
        let cases = [
            (Provider::S3, "aws_regoin", "aws_region"),
            (Provider::S3, "Endpoint_Ur", "aws_endpoint_url"),
            (Provider::Azure, "account_nam", "azure_storage_account_name"),
            (Provider::Gcs, "google_service_acount", "google_service_account"),
            (Provider::Gcs, "time_out", "timeout"),
        ];
        for (provider, name, near) in cases {
            let error = check(provider, &[(name.into(), "5ec".into())]).expect_err(name);
            let text = format!(
                "bad argument `storage_options`: unknown option `{name}`; the nearest known one is `{near}`"
            );
            assert_eq!(error.to_string(), text);
        }
        for provider in PROVIDERS {
            check(provider, &[("TIMEOUT".into(), "5s".into())]).expect("names may be upper case");
        }
    }
}
