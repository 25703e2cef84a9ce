//! Options of S3, and of what speaks like it, to a client.

use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::client::HttpConnector;

use super::Address;
use super::answer::Context;
use super::connection::{
    Connection, Connector, Creation, Uploads, client_defaults, endpoint_of, host_of, is_plain,
    source_of, unmade,
};
use super::option::{Origin, Settings, check_value};
use super::profile::{self, Profile};
use crate::error::Result;

const ADVICE: &str = "check the keys and what they may do; keys come from `storage_options`, the environment \
    (`AWS_ACCESS_KEY_ID`), `AWS_PROFILE`, a web identity, or the container or instance";

/// What the names of the hosts end with that the client chooses by itself.
const HOSTS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "r2.cloudflarestorage.com"];

/// Makes the client of a bucket.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let mut settings = Settings::gather(address)?;
    let has_keys = settings.get(&Key::AccessKeyId).is_some() || settings.is_on(&Key::SkipSignature);
    if let Some(profile) = profile::read(!has_keys)? {
        adopt(&mut settings, profile, has_keys)?;
    }
    // One object is deleted at a time, and not every store has the request for many.
    settings.set_missing(Key::DisableBulkDelete, "true", Origin::Options);
    let context = context(address, &settings);
    let endpoint =
        settings.get(&Key::S3Endpoint).or(settings.get(&Key::Endpoint)).unwrap_or_default();
    let connector = Connector { is_plain: is_plain(endpoint) };
    let (mut options, retries) = client_defaults(endpoint);
    let is_open = settings.is_on(&Key::SkipSignature);
    let mut builder = AmazonS3Builder::new();
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
    let uploads = if is_open { Uploads::Unlisted } else { Uploads::Signed(Arc::clone(&store)) };
    Ok(Connection {
        store,
        http,
        context,
        uploads,
        creation: Creation::Header,
        has_suffix_ranges: true,
        tells_missing: false,
    })
}

fn adopt(settings: &mut Settings<Key>, profile: Profile, has_keys: bool) -> Result<()> {
    if let (false, Some(keys)) = (has_keys, profile.keys) {
        settings.set_missing(Key::AccessKeyId, keys.id, Origin::Profile);
        settings.set_missing(Key::SecretAccessKey, keys.secret, Origin::Profile);
        if let Some(token) = keys.token {
            settings.set_missing(Key::Token, token, Origin::Profile);
        }
    }
    if let (None, Some(region)) = (settings.get(&Key::DefaultRegion), profile.region) {
        settings.set_missing(Key::Region, region, Origin::Profile);
    }
    if let (None, Some(endpoint)) = (settings.get(&Key::S3Endpoint), profile.endpoint) {
        check_value("endpoint_url", &endpoint)?;
        settings.set_missing(Key::Endpoint, endpoint, Origin::Profile);
    }
    Ok(())
}

fn context(address: &Address, settings: &Settings<Key>) -> Context {
    let region =
        settings.get(&Key::Region).or(settings.get(&Key::DefaultRegion)).unwrap_or("us-east-1");
    let given = settings.get(&Key::S3Endpoint).or(settings.get(&Key::Endpoint));
    let endpoint = match given {
        Some(endpoint) => endpoint_of(endpoint),
        None if address.url().starts_with("https://") => endpoint_of(address.url()),
        None => format!("https://s3.{region}.amazonaws.com"),
    };
    let hosts = match given {
        Some(_) => vec![host_of(&endpoint)],
        None => HOSTS.map(str::to_owned).to_vec(),
    };
    let credentials = credentials(settings);
    Context { endpoint, region: Some(region.to_owned()), hosts, credentials, advice: ADVICE }
}

fn credentials(settings: &Settings<Key>) -> String {
    let is_set = |key: &Key| settings.get(key).is_some();
    if settings.is_on(&Key::SkipSignature) {
        return "nowhere, as requests are not signed".to_owned();
    }
    if let Some(source) = source_of(settings.origin(&Key::AccessKeyId), "AWS_ACCESS_KEY_ID") {
        return source;
    }
    let source = if is_set(&Key::WebIdentityTokenFile) && is_set(&Key::RoleArn) {
        "the web identity token"
    } else if is_set(&Key::ContainerCredentialsRelativeUri)
        || is_set(&Key::ContainerCredentialsFullUri)
    {
        "the container"
    } else {
        "the instance, as none are set"
    };
    source.to_owned()
}
