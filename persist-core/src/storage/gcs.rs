//! Options of Google Cloud Storage to a client.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::client::HttpConnector;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey as Key};

use super::Address;
use super::answer::{Context, innermost};
use super::connection::{
    Connection, Connector, Creation, Uploads, client_defaults, endpoint_of, host_of, is_plain,
    source_of, unmade,
};
use super::credential::CredentialFile;
use super::option::{OptionKey, Settings, Shape};
use crate::error::{Error, Result};

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
            _ => Shape::Line,
        }
    }
}

/// What kinds of credentials a file may have.
const KINDS: [&str; 2] = ["service_account", "authorized_user"];

/// Makes the client of a bucket.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let settings = Settings::gather(address)?;
    let endpoint = settings.get(&Key::BaseUrl).unwrap_or(ENDPOINT).trim_end_matches('/').to_owned();
    let is_open = settings.is_on(&Key::SkipSignature);
    let context = Context {
        endpoint: endpoint_of(&endpoint),
        region: None,
        hosts: vec![host_of(&endpoint_of(&endpoint))],
        credentials: credentials(&settings),
        credential_file: credential_file(&settings),
        advice: ADVICE,
    };
    let connector = Connector { is_plain: is_plain(&endpoint) };
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
    let built = builder.with_http_connector(connector).build();
    let store =
        Arc::new(built.map_err(|error| unread(&context, &error).unwrap_or_else(|| unmade(error)))?);
    let bucket = address.base().rsplit('/').next().unwrap_or_default();
    let bucket_url = format!("{endpoint}/{bucket}");
    Ok(Connection {
        uploads: Uploads::Bearer { store: Arc::clone(&store), bucket_url, is_open },
        store,
        http,
        context,
        creation: Creation::Copy,
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

/// Returns the error for a file that no client can be made of, if it is the file.
fn unread(context: &Context, error: &object_store::Error) -> Option<Error> {
    let file = context.credential_file.as_ref()?;
    let fault = file.fault_of_content(&KINDS, &innermost(error))?;
    Some(context.without_credentials(fault))
}
