//! What a caller may say of a cloud: names of options, where their values come from, and which there are.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::hash::Hash;
use std::str::FromStr;

use url::Url;

use super::Address;
use super::credential::CredentialFile;
use super::value;
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
    fn prefix(self) -> &'static str {
        match self {
            Self::S3 => "AWS_",
            Self::Azure => "AZURE_",
            Self::Gcs => "GOOGLE_",
        }
    }

    /// Tells whether a variable of that name concerns it.
    fn reads(self, name: &str) -> bool {
        name.starts_with(self.prefix()) || self == Self::Gcs && name == "SERVICE_ACCOUNT"
    }

    /// Returns its options, each by the name that is offered for a misspelt one.
    fn names(self) -> &'static [&'static str] {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => object_store::aws::AmazonS3ConfigKey::NAMES,
            #[cfg(feature = "azure")]
            Self::Azure => object_store::azure::AzureConfigKey::NAMES,
            #[cfg(feature = "gcs")]
            Self::Gcs => object_store::gcp::GoogleConfigKey::NAMES,
            #[cfg(not(all(feature = "s3", feature = "azure", feature = "gcs")))]
            _ => &[],
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

/// An option of one cloud, as the client reads it.
pub(super) trait OptionKey: FromStr + Copy + Eq + Hash + 'static {
    /// All of them, each by the name that is offered for a misspelt one.
    const NAMES: &'static [&'static str];

    /// Ways to say one thing, in sets of those that exclude each other.
    const RIVALS: &'static [&'static [&'static [Self]]];

    /// Returns what a value of it must look like.
    fn shape(self) -> Shape;

    /// Returns what is asked of nobody, given the others.
    fn idle(_settings: &Settings<Self>) -> &'static [Self]
    where
        Self: Sized,
    {
        &[]
    }
}

/// What the value of an option must look like.
#[cfg_attr(
    not(any(feature = "s3", feature = "azure")),
    expect(dead_code, reason = "only S3 and Azure have addresses that give credentials away")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything that a header can hold.
    Line,
    /// JSON, of several lines.
    #[cfg_attr(not(feature = "gcs"), expect(dead_code, reason = "only Google takes some"))]
    Document,
    /// The address of a service.
    Address,
    /// The address of one that gives credentials away, which is asked as it stands.
    Question,
    /// Whether something is so.
    Switch,
    /// How long something may take.
    Time,
    /// How many there may be.
    Count,
    /// One of these.
    Word(&'static [&'static str]),
    /// What a header sends as it stands.
    Header,
    /// Letters, digits and these signs: what stands in the middle of an address.
    Part(&'static str),
    /// The end of an address, from the slash on.
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "only S3 takes one"))]
    Path,
    /// Bytes in base64.
    Base64,
    /// The address of a proxy, and a password for it.
    Proxy,
    /// Certificates in PEM, of several lines.
    Certificate,
}

/// What every client has.
const CLIENT_NAMES: [&str; 20] = [
    "allow_http",
    "allow_invalid_certificates",
    "connect_timeout",
    "default_content_type",
    "disable_system_certificates",
    "http1_only",
    "http2_keep_alive_interval",
    "http2_keep_alive_timeout",
    "http2_keep_alive_while_idle",
    "http2_max_frame_size",
    "http2_only",
    "pool_idle_timeout",
    "pool_max_idle_per_host",
    "proxy_ca_certificate",
    "proxy_excludes",
    "proxy_url",
    "randomize_addresses",
    "read_timeout",
    "timeout",
    "user_agent",
];

/// Refuses a name that is no option of the provider; which one it resembles, the error says.
pub(super) fn check(provider: Provider, options: &[(String, String)]) -> Result<()> {
    for (place, (name, value)) in options.iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        let is_twin = |(other, theirs): &&(String, String)| {
            other.eq_ignore_ascii_case(name) && theirs != value
        };
        if let Some((other, _)) = options[..place].iter().find(is_twin) {
            return Err(Error::bad_argument("storage_options", two_values(other, name)));
        }
        if !provider.knows(&lower) {
            return Err(Error::bad_argument("storage_options", unknown(provider, name, &lower)));
        }
    }
    Ok(())
}

/// Refuses a value that the client could send nowhere: it would panic, or put a password into errors.
///
/// # Errors
/// [`BadArgument`](Error::BadArgument) naming the option, and never its value.
pub(super) fn check_value(shape: Shape, name: &str, value: &str) -> Result<()> {
    let has_lines = matches!(shape, Shape::Document | Shape::Certificate);
    if !has_lines && value.contains(|letter: char| letter.is_control()) {
        return Err(bad_value(name, "holds a line end or another control character"));
    }
    if let Some(fault) = value::fault(shape, value) {
        return Err(bad_value(name, &fault));
    }
    let is_whole = match shape {
        Shape::Address => !value.contains(['?', '#']),
        Shape::Question => true,
        _ => return Ok(()),
    };
    match Url::parse(value) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(bad_value(name, "is an address with a user or a password in it"))
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && is_whole => {
            // It is sent as it stands, and no client escapes it.
            let reason = "is an address with a space or another character that must be escaped";
            if value::is_uri(value) { Ok(()) } else { Err(bad_value(name, reason)) }
        }
        _ => Err(bad_value(name, "is no address such as `https://host:9000`")),
    }
}

fn bad_value(name: &str, reason: &str) -> Error {
    Error::bad_argument("storage_options", format!("{name} {reason}"))
}

/// Says what an unknown name may have been meant for.
fn unknown(provider: Provider, name: &str, lower: &str) -> String {
    let (near, distance) = nearest(provider, lower);
    if distance <= 1 + lower.len() / 6 {
        return format!("unknown option `{name}`; the nearest known one is `{near}`");
    }
    format!(
        "unknown option `{name}`, and no known one is like it; the nearest is `{near}`, and \
        `docs/guides/storage.md` lists them all"
    )
}

/// Returns the known name that takes the fewest edits, and how many.
fn nearest(provider: Provider, name: &str) -> (&'static str, usize) {
    let names = provider.names().iter().chain(&CLIENT_NAMES).copied();
    let distance = |known: &str| {
        // What people leave out is the beginning, such as `azure_storage_`.
        let ends = known.match_indices('_').map(|(at, _)| &known[at + 1..]);
        let whole = edits(name, known);
        (ends.map(|end| edits(name, end)).fold(whole, usize::min), whole)
    };
    let near = names.min_by_key(|known| distance(known)).expect("every provider has options");
    (near, distance(near).0)
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
pub(super) struct Settings<K>(HashMap<K, Setting>);

struct Setting {
    value: String,
    origin: Origin,
    /// What its source calls it.
    name: String,
}

fn two_values(name: &str, other: &str) -> String {
    format!("`{name}` and `{other}` are one option and have two values")
}

/// Refuses a second value for what another name of it says already.
fn check_twin(twin: Option<&Setting>, name: &str, value: &str) -> Result<()> {
    match twin {
        Some(twin) if twin.origin == Origin::Options && twin.value != value => {
            let other = twin.name.trim_matches('`');
            Err(Error::bad_argument("storage_options", two_values(other, name)))
        }
        _ => Ok(()),
    }
}

impl<K: OptionKey> Settings<K> {
    /// Gathers what the environment and the caller say; an empty variable says nothing.
    ///
    /// # Errors
    /// [`BadArgument`](Error::BadArgument) as [`check_value`], for what is not overruled.
    pub(super) fn gather(address: &Address) -> Result<Self> {
        Self::of(variables(address.provider()), address.options())
    }

    fn of(variables: Vec<(String, String)>, options: &BTreeMap<String, String>) -> Result<Self> {
        let mut settings = HashMap::new();
        for (name, value) in variables {
            if let (Ok(key), false) = (name.to_ascii_lowercase().parse(), value.is_empty()) {
                let name = format!("the variable `{name}`");
                settings.insert(key, Setting { value, origin: Origin::Environment, name });
            }
        }
        for (name, value) in options {
            if let Ok(key) = name.parse() {
                check_twin(settings.get(&key), name, value)?;
                let (value, name) = (value.clone(), format!("`{name}`"));
                settings.insert(key, Setting { value, origin: Origin::Options, name });
            }
        }
        let mut settings = Self(settings);
        settings.overrule();
        for key in K::idle(&settings) {
            if settings.is_from(key, Origin::Environment) {
                settings.0.remove(key);
            }
        }
        for (key, setting) in &settings.0 {
            check_value(key.shape(), &setting.name, &setting.value)?;
        }
        Ok(settings)
    }

    /// Drops what the environment says in another way where the caller has said it: the client knows
    /// an order of the ways, and not who spoke.
    fn overrule(&mut self) {
        for rivals in K::RIVALS {
            let is_given = |way: &&[K]| way.iter().any(|key| self.is_from(key, Origin::Options));
            let Some(given) = rivals.iter().position(is_given) else { continue };
            let others = rivals.iter().enumerate().filter(|(place, _)| *place != given);
            for key in others.flat_map(|(_, way)| *way) {
                if self.is_from(key, Origin::Environment) {
                    self.0.remove(key);
                }
            }
        }
    }

    fn is_from(&self, key: &K, origin: Origin) -> bool {
        self.origin(key) == Some(origin)
    }

    /// Drops what goes with a secret of the environment where the caller gave another secret.
    #[cfg(feature = "s3")]
    pub(super) fn drop_stray(&mut self, key: &K, owner: &K) {
        if self.is_from(owner, Origin::Options) && self.is_from(key, Origin::Environment) {
            self.0.remove(key);
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&str> {
        self.0.get(key).map(|setting| setting.value.as_str())
    }

    /// Returns what its source calls an option that is set.
    pub(super) fn name(&self, key: &K) -> Option<&str> {
        self.0.get(key).map(|setting| setting.name.as_str())
    }

    pub(super) fn origin(&self, key: &K) -> Option<Origin> {
        self.0.get(key).map(|setting| setting.origin)
    }

    /// Returns the file that an option names.
    #[cfg_attr(
        not(any(feature = "s3", feature = "azure", feature = "gcs")),
        expect(dead_code, reason = "no client is built")
    )]
    pub(super) fn file(&self, key: &K) -> Option<CredentialFile> {
        self.0.get(key).map(|setting| CredentialFile::named(&setting.value, &setting.name))
    }

    /// Tells whether a switch is on.
    pub(super) fn is_on(&self, key: &K) -> bool {
        self.get(key).and_then(value::switch).unwrap_or_default()
    }

    /// Sets what nobody else has set.
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "only S3 has something to add"))]
    pub(super) fn set_missing(&mut self, key: K, value: impl Into<String>, origin: Origin) {
        let setting = || Setting { value: value.into(), origin, name: String::new() };
        self.0.entry(key).or_insert_with(setting);
    }

    /// Returns all of them, in no order.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (K, String)> {
        self.0.into_iter().map(|(key, setting)| (key, setting.value))
    }
}

/// Returns the variables of the environment that concern a provider, by name.
pub(super) fn variables(provider: Provider) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| provider.reads(name))
        .collect();
    // The last of those that say the same is heard.
    found.sort_by_cached_key(|(name, _)| (name.starts_with(provider.prefix()), name.clone()));
    found
}

#[cfg(all(test, feature = "s3", feature = "azure", feature = "gcs"))]
mod tests {
    use object_store::aws::AmazonS3ConfigKey as S3Key;

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
    fn the_guide_lists_every_name() {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guides/storage.md");
        let guide = std::fs::read_to_string(guide).expect("the guide");
        let names = PROVIDERS.iter().flat_map(|provider| provider.names()).chain(&CLIENT_NAMES);
        for name in names {
            assert!(guide.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn a_value_that_can_be_sent_nowhere_is_refused_without_showing_it() {
        let nowhere = "is no address such as `https://host:9000`";
        let cases = [
            (Shape::Address, "localhost:9000", nowhere),
            (Shape::Address, "", nowhere),
            (Shape::Address, "http://host:99999", nowhere),
            (Shape::Address, "ftp://host", nowhere),
            (Shape::Address, "http://host?sig=5ec", nowhere),
            (Shape::Question, "host/token", nowhere),
            (
                Shape::Question,
                "http://me:5ec@host",
                "is an address with a user or a password in it",
            ),
            (
                Shape::Question,
                "http://host/a 5ec",
                "is an address with a space or another character that must be escaped",
            ),
            (
                Shape::Address,
                "http://host/{5ec}",
                "is an address with a space or another character that must be escaped",
            ),
            (Shape::Line, "AK5ec\n", "holds a line end or another control character"),
            (Shape::Part("-"), "5ec ", "has other characters than letters, digits and `-`"),
            (Shape::Part("-"), "ü5ec", "has other characters than letters, digits and `-`"),
            (Shape::Part("-."), "", "is empty"),
            (Shape::Path, "5ec", "is no path such as `/v2/credentials`"),
            (Shape::Path, "/a 5ec", "is no path such as `/v2/credentials`"),
        ];
        for (shape, value, reason) in cases {
            let error = check_value(shape, "`name`", value).expect_err(value);
            let text = format!("bad argument `storage_options`: `name` {reason}");
            assert_eq!(error.to_string(), text);
        }
        for (shape, value) in [
            (Shape::Address, "http://127.0.0.1:9000/"),
            (Shape::Address, "https://host/account"),
            (Shape::Question, "http://localhost/token?version=1"),
            (Shape::Document, "{\n}"),
            (Shape::Part("-"), "eu-west-1"),
            (Shape::Path, "/v2/credentials/0a-1?id=%20"),
            (Shape::Address, "http://[::1]:9000"),
            (Shape::Line, "http://me:5ec@host"),
        ] {
            check_value(shape, "`name`", value).expect(value);
        }
    }

    #[test]
    fn each_option_has_its_shape() {
        use object_store::{aws::AmazonS3ConfigKey, azure::AzureConfigKey, gcp::GoogleConfigKey};
        fn shape_of<K: OptionKey>(name: &str) -> Shape {
            name.parse::<K>().unwrap_or_else(|_| panic!("{name}")).shape()
        }
        for name in ["endpoint", "aws_endpoint_url_s3", "endpoint_url_sts", "metadata_endpoint"] {
            assert_eq!(shape_of::<AmazonS3ConfigKey>(name), Shape::Address, "{name}");
        }
        let uri = "aws_container_credentials_full_uri";
        assert_eq!(shape_of::<AmazonS3ConfigKey>(uri), Shape::Question);
        for name in ["endpoint", "authority_host"] {
            assert_eq!(shape_of::<AzureConfigKey>(name), Shape::Address, "{name}");
        }
        assert_eq!(shape_of::<AzureConfigKey>("msi_endpoint"), Shape::Question);
        assert_eq!(shape_of::<AzureConfigKey>("use_fabric_endpoint"), Shape::Switch);
        assert_eq!(shape_of::<GoogleConfigKey>("base_url"), Shape::Address);
        assert_eq!(shape_of::<GoogleConfigKey>("service_account_key"), Shape::Document);
        assert_eq!(shape_of::<GoogleConfigKey>("proxy_url"), Shape::Proxy);
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
        let error = check(Provider::S3, &[("banana".into(), "5ec".into())]).expect_err("none");
        assert_eq!(
            error.to_string(),
            "bad argument `storage_options`: unknown option `banana`, and no known one is like it; the nearest is \
            `user_agent`, and `docs/guides/storage.md` lists them all"
        );
        for provider in PROVIDERS {
            check(provider, &[("TIMEOUT".into(), "5s".into())]).expect("names may be upper case");
        }
    }

    fn s3(variables: &[(&str, &str)], options: &[(&str, &str)]) -> Result<Settings<S3Key>> {
        let own = |(name, value): &(&str, &str)| (String::from(*name), String::from(*value));
        Settings::of(variables.iter().map(own).collect(), &options.iter().map(own).collect())
    }

    #[test]
    fn what_the_caller_says_overrules_what_the_environment_says_in_another_way() {
        let variables = [
            ("AWS_ENDPOINT_URL_S3", "junk"),
            ("AWS_ENDPOINT_URL", "junk"),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "A"),
        ];
        let options = [
            ("endpoint", "http://host"),
            ("default_region", "eu-west-1"),
            ("web_identity_token_file", "/token"),
        ];
        let settings = s3(&variables, &options).expect("junk is overruled");
        assert_eq!(settings.get(&S3Key::Endpoint), Some("http://host"));
        assert_eq!(settings.get(&S3Key::WebIdentityTokenFile), Some("/token"));
        for key in [S3Key::S3Endpoint, S3Key::Region, S3Key::AccessKeyId] {
            assert_eq!(settings.get(&key), None, "{key:?}");
        }
    }

    #[test]
    fn what_is_not_overruled_is_refused_by_its_name() {
        let error = s3(&[("AWS_ENDPOINT_URL", "junk")], &[]).err().expect("it is junk");
        assert_eq!(
            error.to_string(),
            "bad argument `storage_options`: the variable `AWS_ENDPOINT_URL` is no address such as `https://host:9000`"
        );
    }
}
