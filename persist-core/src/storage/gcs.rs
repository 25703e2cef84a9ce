//! Options of Google Cloud Storage to a client.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::client::HttpConnector;
use object_store::gcp::{
    GcpCredential, GcpCredentialProvider, GoogleCloudStorageBuilder, GoogleConfigKey as Key,
};

use super::Address;
use super::account::Account;
use super::answer::Context;
use super::connection::{
    Connection, Connector, Creation, Deletion, Uploads, client_defaults, endpoint_of, host_of,
    is_plain, source_of, unmade,
};
use super::credential::{Checked, CredentialFile};
use super::option::{OptionKey, Settings, Shape, check_value};
use super::value::shape_of_client;
use crate::error::Result;

const ADVICE: &str = "check the credentials and what they may do; they come from `storage_options`, the environment \
    (`GOOGLE_SERVICE_ACCOUNT`), Google's default file, or the instance";

const ENDPOINT: &str = "https://storage.googleapis.com";

impl OptionKey for Key {
    const NAMES: &'static [&'static str] = &[
        "google_application_credentials",
        "google_base_url",
        "google_bearer_token",
        "google_bucket",
        "google_service_account",
        "google_service_account_key",
        "google_skip_signature",
    ];

    const RIVALS: &'static [&'static [&'static [Self]]] = &[&[
        &[Self::SkipSignature],
        &[Self::BearerToken],
        &[Self::ServiceAccount],
        &[Self::ServiceAccountKey],
        &[Self::ApplicationCredentials],
    ]];

    fn shape(self) -> Shape {
        match self {
            Self::BaseUrl => Shape::Address,
            Self::ServiceAccountKey => Shape::Document,
            Self::SkipSignature => Shape::Switch,
            Self::Client(key) => shape_of_client(key),
            Self::BearerToken => Shape::Header,
            _ => Shape::Line,
        }
    }
}

/// Makes the client of a bucket.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let settings = Settings::gather(address)?;
    let credential_file = credential_file(&settings);
    let account = account(&settings, credential_file.as_ref());
    let of_account = account.as_ref().ok().and_then(|account| account.base_url.as_deref());
    let endpoint = settings.get(&Key::BaseUrl).or(of_account).unwrap_or(ENDPOINT);
    let endpoint = endpoint.trim_end_matches('/').to_owned();
    let context = Context {
        endpoint: endpoint_of(&endpoint),
        region: None,
        hosts: vec![host_of(&endpoint_of(&endpoint))],
        credentials: credentials(&settings),
        credential_file,
        advice: ADVICE,
    };
    let account = account.map_err(|fault| context.without_credentials(fault))?;
    check_value(Shape::Address, "`gcs_base_url` of the service account", &endpoint)?;
    let is_open = settings.is_on(&Key::SkipSignature) || account.is_open;
    let connector = Connector { is_plain: is_plain(&endpoint), allows_plain: false };
    let (mut options, retries) = client_defaults(&endpoint);
    let mut builder = GoogleCloudStorageBuilder::new();
    for (key, value) in settings.into_pairs() {
        match key {
            Key::Client(key) => options = options.with_config(key, value),
            key => builder = builder.with_config(key, value),
        }
    }
    let unmade = |error| unmade(address, &error);
    let http = connector.connect(&options).map_err(unmade)?;
    let builder = builder.with_url(address.url()).with_client_options(options).with_retry(retries);
    let builder = builder.with_http_connector(connector);
    let credentials: GcpCredentialProvider = if is_open {
        // The client asks for a token with each save, signed or not; an empty one is not sent.
        Arc::new(StaticCredentialProvider::new(GcpCredential { bearer: String::new() }))
    } else {
        Checked::new(builder.clone().build().map_err(unmade)?.credentials())
    };
    let store = Arc::new(builder.with_credentials(credentials).build().map_err(unmade)?);
    let bucket = address.base().rsplit('/').next().unwrap_or_default();
    let bucket_url = format!("{endpoint}/{bucket}");
    Ok(Connection {
        uploads: Uploads::Bearer { store: Arc::clone(&store), bucket_url, is_open },
        store,
        http,
        context,
        keys: None,
        creation: Creation::Copy,
        deletion: Deletion::Client,
        has_suffix_ranges: true,
        tells_missing: true,
    })
}

fn credentials(settings: &Settings<Key>) -> String {
    if settings.is_on(&Key::SkipSignature) {
        return "nowhere, as requests are not signed".to_owned();
    }
    let named = [
        (Key::BearerToken, "GOOGLE_BEARER_TOKEN"),
        (Key::ServiceAccount, "GOOGLE_SERVICE_ACCOUNT"),
        (Key::ServiceAccountKey, "GOOGLE_SERVICE_ACCOUNT_KEY"),
        (Key::ApplicationCredentials, "GOOGLE_APPLICATION_CREDENTIALS"),
    ];
    let given = named.iter().find_map(|(key, variable)| source_of(settings.origin(key), variable));
    given.unwrap_or_else(|| "Google's default file or the instance, as none are set".to_owned())
}

/// Returns the file that the client reads as soon as it is made.
fn credential_file(settings: &Settings<Key>) -> Option<CredentialFile> {
    let is_set = |key: &Key| settings.get(key).is_some();
    if is_set(&Key::ServiceAccount) {
        return settings.file(&Key::ServiceAccount);
    }
    if is_set(&Key::ServiceAccountKey) || is_set(&Key::BearerToken) {
        return None;
    }
    settings.file(&Key::ApplicationCredentials).or_else(usual_file)
}

/// Returns the file that Google's tools write for a user, if there is one.
fn usual_file() -> Option<CredentialFile> {
    let (variable, folder) =
        if cfg!(windows) { ("APPDATA", "gcloud") } else { ("HOME", ".config/gcloud") };
    let path = PathBuf::from(env::var_os(variable)?)
        .join(folder)
        .join("application_default_credentials.json");
    path.exists().then(|| CredentialFile::usual(&path.to_string_lossy(), "Google"))
}

/// Reads what says who asks, where it is JSON.
///
/// # Errors
/// What is wrong with it, and where it stands.
fn account(settings: &Settings<Key>, file: Option<&CredentialFile>) -> Result<Account, String> {
    if let (Some(path), Some(key)) =
        (settings.name(&Key::ServiceAccount), settings.name(&Key::ServiceAccountKey))
    {
        return Err(format!("{path} and {key} are both given"));
    }
    if let (Some(key), Some(name)) =
        (settings.get(&Key::ServiceAccountKey), settings.name(&Key::ServiceAccountKey))
    {
        return Account::of_key(key).map_err(|fault| format!("{name} {fault}"));
    }
    let Some(file) = file else { return Ok(Account::default()) };
    let is_of_service = settings.name(&Key::ServiceAccount).is_some();
    let account =
        Account::of_file(&file.text()?, is_of_service).map_err(|fault| file.told(&fault))?;
    // Where it is for is said by the file of a service account alone, and by no default.
    Ok(if is_of_service { account } else { Account::default() })
}
