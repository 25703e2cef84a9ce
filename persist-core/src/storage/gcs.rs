//! Options of Google Cloud Storage to a client.

use std::env;
use std::sync::Arc;

use object_store::client::HttpConnector;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey as Key};

use super::Address;
use super::answer::Context;
use super::connection::{
    Connection, Connector, Creation, Uploads, client_defaults, endpoint_of, host_of, is_plain,
    source_of, unmade,
};
use super::option::{Origin, Settings};
use crate::error::Result;

const ADVICE: &str = "check the credentials and what they may do; they come from `storage_options`, the environment \
    (`GOOGLE_SERVICE_ACCOUNT`), Google's default file, or the instance";

const ENDPOINT: &str = "https://storage.googleapis.com";

/// Makes the client of a bucket.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let mut settings = Settings::gather(address)?;
    if let Ok(path) = env::var("SERVICE_ACCOUNT") {
        settings.set_missing(Key::ServiceAccount, path, Origin::Environment);
    }
    let endpoint = settings.get(&Key::BaseUrl).unwrap_or(ENDPOINT).trim_end_matches('/').to_owned();
    let is_open = settings.is_on(&Key::SkipSignature);
    let context = Context {
        endpoint: endpoint_of(&endpoint),
        region: None,
        hosts: vec![host_of(&endpoint_of(&endpoint))],
        credentials: credentials(&settings),
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
    let store = Arc::new(builder.with_http_connector(connector).build().map_err(unmade)?);
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
