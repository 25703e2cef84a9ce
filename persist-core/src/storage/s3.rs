//! Options of S3, and of what speaks like it, to a client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use object_store::ClientConfigKey;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key, AwsCredential};
use object_store::client::{CredentialProvider, HttpConnector};

use super::Address;
use super::answer::Context;
use super::connection::{
    Connection, Connector, Creation, Deletion, Uploads, client_defaults, endpoint_of, host_of,
    is_plain, source_of, unmade,
};
use super::credential::{Checked, CredentialFile, Renewable, is_sendable};
use super::option::{self, OptionKey, Origin, Provider, Settings, Shape, check_value};
use super::profile::{self, Profile, Value};
use super::value::shape_of_client;
use crate::error::{Error, Result};

const ADVICE: &str = "check the keys and what they may do; keys come from `storage_options`, the environment \
    (`AWS_ACCESS_KEY_ID`), the profile that `AWS_PROFILE` names (`default` too), a web identity, or the container or instance";

/// What the names of the hosts end with that the client chooses by itself.
const HOSTS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "r2.cloudflarestorage.com"];

impl OptionKey for Key {
    const NAMES: &'static [&'static str] = &[
        "aws_access_key_id",
        "aws_bucket",
        "aws_checksum_algorithm",
        "aws_conditional_put",
        "aws_container_authorization_token_file",
        "aws_container_credentials_full_uri",
        "aws_container_credentials_relative_uri",
        "aws_copy_if_not_exists",
        "aws_default_region",
        "aws_disable_bulk_delete",
        "aws_disable_tagging",
        "aws_endpoint",
        "aws_endpoint_url",
        "aws_endpoint_url_s3",
        "aws_endpoint_url_sts",
        "aws_imdsv1_fallback",
        "aws_metadata_endpoint",
        "aws_region",
        "aws_request_payer",
        "aws_role_arn",
        "aws_role_session_name",
        "aws_s3_express",
        "aws_secret_access_key",
        "aws_server_side_encryption",
        "aws_session_token",
        "aws_skip_signature",
        "aws_sse_bucket_key_enabled",
        "aws_sse_customer_key_base64",
        "aws_sse_kms_key_id",
        "aws_unsigned_payload",
        "aws_virtual_hosted_style_request",
        "aws_web_identity_token_file",
    ];

    const RIVALS: &'static [&'static [&'static [Self]]] = &[
        &[&[Self::S3Endpoint], &[Self::Endpoint]],
        &[&[Self::Region], &[Self::DefaultRegion]],
        &[
            &[Self::SkipSignature],
            &[Self::AccessKeyId, Self::SecretAccessKey, Self::Token],
            &[Self::WebIdentityTokenFile],
            &[Self::ContainerCredentialsRelativeUri],
            &[Self::ContainerCredentialsFullUri, Self::ContainerAuthorizationTokenFile],
        ],
    ];

    fn idle(settings: &Settings<Self>) -> &'static [Self] {
        let has_keys = settings.get(&Self::AccessKeyId).is_some();
        if has_keys || settings.is_on(&Self::SkipSignature) {
            &[Self::StsEndpoint, Self::MetadataEndpoint, Self::ContainerCredentialsFullUri]
        } else {
            &[]
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::AccessKeyId | Self::Token => Shape::Header,
            Self::Endpoint | Self::S3Endpoint | Self::StsEndpoint | Self::MetadataEndpoint => {
                Shape::Address
            }
            Self::ContainerCredentialsFullUri => Shape::Question,
            Self::ContainerCredentialsRelativeUri => Shape::Path,
            Self::Region | Self::DefaultRegion => Shape::Part("-"),
            Self::DisableBulkDelete
            | Self::DisableTagging
            | Self::ImdsV1Fallback
            | Self::RequestPayer
            | Self::S3Express
            | Self::SkipSignature
            | Self::UnsignedPayload
            | Self::VirtualHostedStyleRequest => Shape::Switch,
            Self::Checksum => Shape::Word(&["sha256", "crc64nvme"]),
            Self::ConditionalPut => Shape::Word(&["etag", "disabled"]),
            Self::Client(key) => shape_of_client(key),
            // Those of encryption have no name of their own.
            key => match key.as_ref() {
                "aws_server_side_encryption" => {
                    Shape::Word(&["AES256", "aws:kms", "aws:kms:dsse", "sse-c"])
                }
                "aws_sse_bucket_key_enabled" => Shape::Switch,
                "aws_sse_customer_key_base64" => Shape::Base64,
                _ => Shape::Line,
            },
        }
    }
}

/// Gathers what the caller, the environment and a profile say.
fn gather(address: &Address) -> Result<Settings<Key>> {
    let mut settings = Settings::gather(address)?;
    // A session is that of one pair of keys.
    settings.drop_stray(&Key::Token, &Key::SecretAccessKey);
    let has_keys = settings.get(&Key::AccessKeyId).is_some() || settings.is_on(&Key::SkipSignature);
    let profile = match profile::read(!has_keys) {
        // It is not asked for anything.
        Err(_) if is_given(&settings) => None,
        other => other?,
    };
    if let Some(profile) = profile {
        adopt(&mut settings, profile, has_keys)?;
    }
    // One object is deleted at a time, and not every store has the request for many.
    settings.set_missing(Key::DisableBulkDelete, "true", Origin::Options);
    Ok(settings)
}

/// Makes the client of a bucket.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let settings = gather(address)?;
    let context = context(address, &settings);
    check_bucket(address, &settings)?;
    if let Some(fault) = fault(&settings, context.credential_file.as_ref()) {
        return Err(context.without_credentials(fault));
    }
    let endpoint =
        settings.get(&Key::S3Endpoint).or(settings.get(&Key::Endpoint)).unwrap_or_default();
    // The client allows no plain `http` for a web identity, whatever it is told.
    let allows_plain = settings.is_on(&Key::Client(ClientConfigKey::AllowHttp));
    let connector = Connector { is_plain: is_plain(endpoint), allows_plain };
    let (mut options, retries) = client_defaults(endpoint);
    let is_open = settings.is_on(&Key::SkipSignature);
    let is_paid = settings.is_on(&Key::RequestPayer);
    let keys = ProfileKeys::of(&settings).map(Arc::new);
    let is_static = is_open || settings.get(&Key::AccessKeyId).is_some();
    let region = context.region.clone().unwrap_or_default();
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
    let builder = builder.with_http_connector(connector);
    let store = match &keys {
        Some(keys) => builder.with_credentials(Arc::clone(keys) as _).build(),
        None if is_static => builder.build(),
        None => checked(builder),
    };
    let store = Arc::new(store.map_err(unmade)?);
    let uploads = if is_open {
        Uploads::Unlisted
    } else {
        Uploads::Signed { store: Arc::clone(&store), region, is_paid }
    };
    Ok(Connection {
        store,
        http,
        context,
        keys: keys.map(|keys| keys as _),
        uploads,
        creation: Creation::Header,
        deletion: Deletion::Client,
        has_suffix_ranges: true,
        tells_missing: false,
    })
}

/// Makes the client, which is given credentials as it would be and sends none that cannot be sent.
fn checked(builder: AmazonS3Builder) -> object_store::Result<AmazonS3> {
    let store = builder.clone().build()?;
    builder.with_credentials(Checked::new(store.credentials())).build()
}

/// Refuses a bucket that would be part of a host and cannot be.
fn check_bucket(address: &Address, settings: &Settings<Key>) -> Result<()> {
    let is_in_host = [Key::VirtualHostedStyleRequest, Key::S3Express];
    let has_endpoint =
        [Key::S3Endpoint, Key::Endpoint].iter().any(|key| settings.get(key).is_some());
    if has_endpoint || !is_in_host.iter().any(|key| settings.is_on(key)) {
        return Ok(());
    }
    let bucket = address.base().rsplit('/').next().unwrap_or_default();
    if bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Ok(());
    }
    Err(Error::bad_argument(
        "path",
        "is a URL of a bucket that can be no part of a host, as the options say that it is",
    ))
}

/// The keys of a profile, which another program may renew while the client is kept.
#[derive(Debug)]
struct ProfileKeys {
    current: Mutex<Arc<AwsCredential>>,
    /// What named the profile, and all else that an environment says.
    variables: Vec<(String, String)>,
}

impl ProfileKeys {
    /// Returns the keys that settings have from a profile, if they have them from one.
    fn of(settings: &Settings<Key>) -> Option<Self> {
        if settings.origin(&Key::AccessKeyId) != Some(Origin::Profile)
            || settings.is_on(&Key::SkipSignature)
        {
            return None;
        }
        let text = |key: &Key| settings.get(key).map(str::to_owned);
        let current = AwsCredential {
            key_id: text(&Key::AccessKeyId)?,
            secret_key: text(&Key::SecretAccessKey)?,
            token: text(&Key::Token),
        };
        let variables = option::variables(Provider::S3);
        Some(Self { current: Mutex::new(Arc::new(current)), variables })
    }

    fn current(&self) -> MutexGuard<'_, Arc<AwsCredential>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialProvider for ProfileKeys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        Ok(Arc::clone(&self.current()))
    }
}

impl Renewable for ProfileKeys {
    fn renew(&self) -> bool {
        // Another profile may be named by now, whose client is another.
        if option::variables(Provider::S3) != self.variables {
            return false;
        }
        let Ok(Some(Profile { keys: Some(keys), .. })) = profile::read(true) else { return false };
        let found = AwsCredential {
            key_id: keys.id.text,
            secret_key: keys.secret.text,
            token: keys.token.map(|token| token.text),
        };
        if !is_sendable(&found) {
            return false;
        }
        let mut current = self.current();
        let is_other = **current != found;
        *current = Arc::new(found);
        is_other
    }
}

/// Tells whether the caller says who asks, and in which region: a profile has nothing to add but an
/// endpoint.
fn is_given(settings: &Settings<Key>) -> bool {
    let is_of_caller = |key: &Key| settings.origin(key) == Some(Origin::Options);
    let has_region = is_of_caller(&Key::Region) || is_of_caller(&Key::DefaultRegion);
    has_region && (is_of_caller(&Key::AccessKeyId) || is_of_caller(&Key::SkipSignature))
}

/// Tells why what stands for credentials is none.
fn fault(settings: &Settings<Key>, file: Option<&CredentialFile>) -> Option<String> {
    half_of_a_pair(settings).or_else(|| file.and_then(CredentialFile::unsendable))
}

/// Tells which key is given without the other that goes with it.
fn half_of_a_pair(settings: &Settings<Key>) -> Option<String> {
    if settings.is_on(&Key::SkipSignature) {
        return None;
    }
    match (settings.name(&Key::AccessKeyId), settings.name(&Key::SecretAccessKey)) {
        (Some(name), None) => Some(format!("{name} is given without its secret")),
        (None, Some(name)) => Some(format!("{name} is given without its id")),
        _ => None,
    }
}

fn adopt(settings: &mut Settings<Key>, profile: Profile, has_keys: bool) -> Result<()> {
    let set = |settings: &mut Settings<Key>, key: Key, name, value: Value| {
        check_value(key.shape(), &format!("`{name}` in {}", value.place), &value.text)?;
        settings.set_missing(key, value.text, Origin::Profile);
        Ok(())
    };
    if let (false, Some(keys)) = (has_keys, profile.keys) {
        set(settings, Key::AccessKeyId, "aws_access_key_id", keys.id)?;
        set(settings, Key::SecretAccessKey, "aws_secret_access_key", keys.secret)?;
        if let Some(token) = keys.token {
            set(settings, Key::Token, "aws_session_token", token)?;
        }
    }
    if let (None, Some(region)) = (settings.get(&Key::DefaultRegion), profile.region) {
        set(settings, Key::Region, "region", region)?;
    }
    if let (None, Some(endpoint)) = (settings.get(&Key::S3Endpoint), profile.endpoint) {
        set(settings, Key::Endpoint, "endpoint_url", endpoint)?;
    }
    Ok(())
}

fn context(address: &Address, settings: &Settings<Key>) -> Context {
    let site = address.site();
    let of_settings = settings.get(&Key::Region).or(settings.get(&Key::DefaultRegion));
    let region = site.and_then(|(_, site)| site.region).or(of_settings).unwrap_or("us-east-1");
    let given = settings.get(&Key::S3Endpoint).or(match site {
        Some((_, site)) if site.is_endpoint => None,
        _ => settings.get(&Key::Endpoint),
    });
    let endpoint = match (given, site) {
        (Some(endpoint), _) => endpoint_of(endpoint),
        // Without a region in it, the client asks that of the region.
        (None, Some((host, site))) if site.region.is_none() => {
            format!("https://{}.s3.{region}.amazonaws.com", host.split('.').next().unwrap_or(host))
        }
        (None, Some((host, _))) => format!("https://{host}"),
        (None, None) => format!("https://s3.{region}.amazonaws.com"),
    };
    let hosts = match given {
        Some(_) => vec![host_of(&endpoint)],
        None => HOSTS.map(str::to_owned).to_vec(),
    };
    let (credentials, credential_file) = credentials(settings);
    let region = Some(region.to_owned());
    Context { endpoint, region, hosts, credentials, credential_file, advice: ADVICE }
}

/// Returns where the client takes credentials from, in its own order, and the file among them.
fn credentials(settings: &Settings<Key>) -> (String, Option<CredentialFile>) {
    let is_set = |key: &Key| settings.get(key).is_some();
    if settings.is_on(&Key::SkipSignature) {
        return ("nowhere, as requests are not signed".to_owned(), None);
    }
    if let Some(source) = source_of(settings.origin(&Key::AccessKeyId), "AWS_ACCESS_KEY_ID") {
        return (source, None);
    }
    let token_file = &Key::ContainerAuthorizationTokenFile;
    let (source, file) = if is_set(&Key::WebIdentityTokenFile) && is_set(&Key::RoleArn) {
        ("the web identity token", settings.file(&Key::WebIdentityTokenFile))
    } else if is_set(&Key::ContainerCredentialsRelativeUri) {
        ("the container", None)
    } else if is_set(&Key::ContainerCredentialsFullUri) && is_set(token_file) {
        ("the container", settings.file(token_file).map(CredentialFile::sent))
    } else {
        ("the instance, as none are set", None)
    };
    (source.to_owned(), file)
}
