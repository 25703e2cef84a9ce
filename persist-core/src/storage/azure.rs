//! Options of Azure Blob Storage to a client.

use std::env;
use std::sync::Arc;

use object_store::azure::{AzureConfigKey as Key, MicrosoftAzureBuilder};
use object_store::client::HttpConnector;
use url::Url;

use super::Address;
use super::answer::Context;
use super::blob::Container;
use super::connection::{
    Connection, Connector, Creation, Deletion, Uploads, client_defaults, endpoint_of, host_of,
    is_plain, source_of, unmade,
};
use super::credential::{Checked, CredentialFile};
use super::option::{OptionKey, Settings, Shape};
use super::value::{is_base64, shape_of_client};
use crate::error::{Error, Result};

const ADVICE: &str = "check the keys and what they may do; they come from `storage_options`, the environment \
    (`AZURE_STORAGE_ACCOUNT_KEY`), a workload or managed identity, or `azure_use_azure_cli`";

/// The account and the place of the emulator, as every client of Azure knows them.
const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
const EMULATOR_ENDPOINT: &str = "http://127.0.0.1:10000";

/// What the names of the hosts end with that the client chooses by itself.
const HOSTS: [&str; 2] = ["core.windows.net", "fabric.microsoft.com"];

/// Ways to be somebody, each of which can be the only one that counts.
const CREDENTIAL_TYPES: [&str; 8] = [
    "auto",
    "bearer_token",
    "access_key",
    "client_secret",
    "workload_identity",
    "sas_token",
    "azure_cli",
    "managed_identity",
];

impl OptionKey for Key {
    const NAMES: &'static [&'static str] = &[
        "azure_authority_host",
        "azure_client_id",
        "azure_client_secret",
        "azure_container_name",
        "azure_credential_type",
        "azure_disable_tagging",
        "azure_endpoint",
        "azure_fabric_cluster_identifier",
        "azure_fabric_session_token",
        "azure_fabric_token_service_url",
        "azure_fabric_workload_host",
        "azure_federated_token_file",
        "azure_msi_endpoint",
        "azure_msi_resource_id",
        "azure_object_id",
        "azure_skip_signature",
        "azure_storage_account_key",
        "azure_storage_account_name",
        "azure_storage_authority_host",
        "azure_storage_client_id",
        "azure_storage_client_secret",
        "azure_storage_encryption_key",
        "azure_storage_endpoint",
        "azure_storage_sas_token",
        "azure_storage_tenant_id",
        "azure_storage_token",
        "azure_storage_use_emulator",
        "azure_tenant_id",
        "azure_use_azure_cli",
        "azure_use_fabric_endpoint",
    ];

    const RIVALS: &'static [&'static [&'static [Self]]] = &[&[
        &[Self::SkipSignature],
        &[Self::Token],
        &[Self::AccessKey],
        &[Self::FederatedTokenFile],
        &[Self::ClientSecret],
        &[Self::SasKey],
        &[Self::UseAzureCli],
    ]];

    fn shape(self) -> Shape {
        match self {
            Self::Endpoint | Self::AuthorityHost => Shape::Address,
            Self::MsiEndpoint | Self::FabricTokenServiceUrl => Shape::Question,
            Self::DisableTagging
            | Self::SkipSignature
            | Self::UseAzureCli
            | Self::UseEmulator
            | Self::UseFabricEndpoint => Shape::Switch,
            Self::Token
            | Self::FabricWorkloadHost
            | Self::FabricSessionToken
            | Self::FabricClusterIdentifier => Shape::Header,
            Self::AccountName => Shape::Part("-._"),
            Self::AuthorityId => Shape::Part("-._"),
            Self::CredentialType => Shape::Word(&CREDENTIAL_TYPES),
            Self::EncryptionKey => Shape::Base64,
            Self::Client(key) => shape_of_client(key),
            _ => Shape::Line,
        }
    }
}

/// Makes the client of a container.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    let settings = Settings::gather(address)?;
    let is_emulated = settings.is_on(&Key::UseEmulator);
    let account = account(address, &settings).ok_or_else(|| {
        let reason = "names no account; add `azure_storage_account_name`";
        Error::bad_argument("storage_options", reason)
    })?;
    let endpoint = service(address, &settings, &account);
    let url = container_url(address, &endpoint, is_emulated.then_some(&account))?;
    let is_open = settings.is_on(&Key::SkipSignature);
    let context = context(&settings, &endpoint);
    if let Some(fault) = fault(&settings) {
        return Err(context.without_credentials(fault));
    }
    let connector = Connector { is_plain: is_plain(&endpoint), allows_plain: false };
    let (mut options, retries) = client_defaults(&endpoint);
    let mut builder = MicrosoftAzureBuilder::new();
    if let Ok(endpoint) = env::var("IDENTITY_ENDPOINT") {
        builder = builder.with_config(Key::MsiEndpoint, endpoint);
    }
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
    let store = builder.clone().build().map_err(unmade)?;
    let checked = builder.with_credentials(Checked::new(store.credentials()));
    let store = Arc::new(checked.build().map_err(unmade)?);
    let credentials = Arc::clone(store.credentials());
    Ok(Connection {
        store,
        http,
        context,
        keys: None,
        uploads: Uploads::Unlisted,
        creation: Creation::SignedHeader {
            credentials: Arc::clone(&credentials),
            account: account.clone(),
        },
        deletion: Deletion::Blob(Container {
            url,
            account,
            credentials: (!is_open).then_some(credentials),
        }),
        has_suffix_ranges: false,
        tells_missing: true,
    })
}

/// Returns the account: that of the URL, which wins, or of the options.
fn account(address: &Address, settings: &Settings<Key>) -> Option<String> {
    let of_url = host_in(address).split_once('.').map(|(account, _)| account.to_owned());
    of_url
        .or_else(|| settings.get(&Key::AccountName).map(str::to_owned))
        .or_else(|| settings.is_on(&Key::UseEmulator).then(|| EMULATOR_ACCOUNT.to_owned()))
}

fn context(settings: &Settings<Key>, endpoint: &str) -> Context {
    let (credentials, credential_file) = credentials(settings);
    let endpoint = endpoint_of(endpoint);
    let hosts = HOSTS.iter().map(|host| (*host).to_owned()).chain([host_of(&endpoint)]).collect();
    Context { endpoint, region: None, hosts, credentials, credential_file, advice: ADVICE }
}

/// Returns the address of the account, as the client finds it.
fn service(address: &Address, settings: &Settings<Key>, account: &str) -> String {
    let host = host_in(address);
    let zone = host.split('.').nth(1).unwrap_or_default();
    let is_fabric = host.ends_with("fabric.microsoft.com");
    if settings.is_on(&Key::UseEmulator) {
        env::var("AZURITE_BLOB_STORAGE_URL").unwrap_or_else(|_| EMULATOR_ENDPOINT.to_owned())
    } else if is_fabric && zone.starts_with('z') {
        // A private link to a workspace.
        format!("https://{host}")
    } else if let Some(endpoint) = settings.get(&Key::Endpoint) {
        endpoint.to_owned()
    } else if is_fabric || settings.is_on(&Key::UseFabricEndpoint) {
        format!("https://{account}.blob.fabric.microsoft.com")
    } else {
        format!("https://{account}.blob.core.windows.net")
    }
}

/// Returns the address of the container; in the emulator the account stands before it.
fn container_url(address: &Address, endpoint: &str, account: Option<&String>) -> Result<Url> {
    let authority = address.base().split("://").nth(1).unwrap_or_default();
    let (authority, of_path) = authority.split_once('/').unwrap_or((authority, ""));
    let container = match authority.split_once('@') {
        Some((container, _)) => container,
        None if of_path.is_empty() => authority,
        None => of_path,
    };
    let mut url = Url::parse(endpoint).map_err(|_| {
        Error::bad_argument("storage_options", "name an endpoint that is no address")
    })?;
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.pop_if_empty().extend(account).push(container);
    }
    Ok(url)
}

/// Returns the host in the URL, which is a container in its short forms.
fn host_in(address: &Address) -> &str {
    let authority = address.base().split("://").nth(1).unwrap_or_default();
    let host = authority.split('/').next().unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// Tells why what stands for credentials is none, where the client would take it.
fn fault(settings: &Settings<Key>) -> Option<String> {
    let is_set = |key: &Key| settings.get(key).is_some();
    if settings.is_on(&Key::SkipSignature) || is_set(&Key::Token) {
        return None;
    }
    if let (Some(key), Some(name)) = (settings.get(&Key::AccessKey), settings.name(&Key::AccessKey))
    {
        return (!is_base64(key)).then(|| format!("{name} is no base64"));
    }
    if is_set(&Key::ClientSecret) || is_set(&Key::FederatedTokenFile) {
        return None;
    }
    let (token, name) = (settings.get(&Key::SasKey)?, settings.name(&Key::SasKey)?);
    object_store::azure::split_sas(token)
        .is_err()
        .then(|| format!("{name} is no list such as `sv=…&sig=…`"))
}

/// Returns where the client takes credentials from, in its own order, and the file among them.
fn credentials(settings: &Settings<Key>) -> (String, Option<CredentialFile>) {
    let is_set = |key: &Key| settings.get(key).is_some();
    if settings.is_on(&Key::SkipSignature) {
        return ("nowhere, as requests are not signed".to_owned(), None);
    }
    let source = |key, variable| source_of(settings.origin(&key), variable);
    if let Some(source) = source(Key::Token, "AZURE_STORAGE_TOKEN")
        .or_else(|| source(Key::AccessKey, "AZURE_STORAGE_ACCOUNT_KEY"))
    {
        return (source, None);
    }
    let is_known = is_set(&Key::ClientId) && is_set(&Key::AuthorityId);
    if is_known && is_set(&Key::FederatedTokenFile) {
        return ("the workload identity".to_owned(), settings.file(&Key::FederatedTokenFile));
    }
    let secret = is_known.then(|| source(Key::ClientSecret, "AZURE_STORAGE_CLIENT_SECRET"));
    let given = secret.flatten().or_else(|| source(Key::SasKey, "AZURE_STORAGE_SAS_TOKEN"));
    let other = if settings.is_on(&Key::UseEmulator) {
        "the emulator"
    } else if settings.is_on(&Key::UseAzureCli) {
        "the Azure CLI"
    } else {
        "the managed identity, as none are set"
    };
    (given.unwrap_or_else(|| other.to_owned()), None)
}
