//! Clients of clouds: made when first needed, kept for as long as the process is the same.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

#[cfg(any(feature = "s3", feature = "gcs"))]
use http::Method;
#[cfg(any(feature = "s3", feature = "gcs"))]
use http::header::HeaderValue;
use jiff::Timestamp;
use object_store::client::{HttpClient, HttpConnector};
use object_store::list::PaginatedListStore;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectMeta, ObjectStore, RetryConfig};
use serde::Deserialize;

use super::Address;
use super::answer::{Answer, Context, Verdict};
use super::credential::Renewable;
use super::object::{Threads, start_runtime};
#[cfg(any(feature = "s3", feature = "azure", feature = "gcs"))]
use super::option::Provider;
use super::option::{self, Origin};
use super::proxy::{self, Proxies};
use super::transport;
use super::wire::Wire;
use crate::error::{Error, Reply, Result};

/// How long one request may take unless the caller says otherwise: a part of an upload on a slow line.
pub(super) const REQUEST_TIME: Duration = Duration::from_secs(120);

/// Clients kept before all are let go; each holds connections.
const CLIENTS_KEPT: usize = 64;

/// Keys whose last look for unfinished uploads is remembered, before all are forgotten.
const LOOKS_KEPT: usize = 4096;

/// What the key of a temporary has after the key it is for.
const TEMPORARY_MARK: &str = ".persist-";
const TEMPORARY_ENDING: &str = ".tmp";

/// What a client of a cloud can do.
pub(super) trait Store: ObjectStore + MultipartStore + PaginatedListStore {}

impl<T: ObjectStore + MultipartStore + PaginatedListStore> Store for T {}

/// A client and what is known of its cloud.
pub(super) struct Connection {
    pub(super) store: Arc<dyn Store>,
    pub(super) http: HttpClient,
    pub(super) context: Context,
    /// Its keys, where they may be others by the next request.
    pub(super) keys: Option<Arc<dyn Renewable>>,
    pub(super) uploads: Uploads,
    pub(super) creation: Creation,
    pub(super) deletion: Deletion,
    /// Whether the last bytes of an object can be asked for without knowing its size.
    pub(super) has_suffix_ranges: bool,
    /// Whether deleting says that nothing was there.
    pub(super) tells_missing: bool,
}

/// Whom to ask for the unfinished uploads of a bucket.
pub(super) enum Uploads {
    /// Nobody: the next commit to a key discards what was not committed.
    #[cfg(any(feature = "s3", feature = "azure"))]
    Unlisted,
    /// The bucket, by a request that is signed for that region.
    #[cfg(feature = "s3")]
    Signed { store: Arc<object_store::aws::AmazonS3>, region: String, is_paid: bool },
    /// The bucket with that URL, with a bearer token unless it is open to all.
    #[cfg(feature = "gcs")]
    Bearer { store: Arc<object_store::gcp::GoogleCloudStorage>, bucket_url: String, is_open: bool },
}

/// How parts become an object only where nothing has its key.
#[derive(Clone)]
pub(super) enum Creation {
    /// By a header of the request that commits them.
    #[cfg(feature = "s3")]
    Header,
    /// By a header that an account key signs.
    #[cfg(feature = "azure")]
    SignedHeader { credentials: object_store::azure::AzureCredentialProvider, account: String },
    /// Not at all: under another key, and by a copy that has the condition.
    #[cfg(feature = "gcs")]
    Copy,
}

/// How an object is deleted.
pub(super) enum Deletion {
    /// As the client does.
    #[cfg(any(feature = "s3", feature = "gcs"))]
    Client,
    /// By a request of its own.
    #[cfg(feature = "azure")]
    Blob(super::blob::Container),
}

impl Creation {
    /// Tells whether all uploads to a key have one heap of parts, which a commit of one clears away.
    pub(super) fn has_common_parts(&self) -> bool {
        match self {
            #[cfg(feature = "azure")]
            Self::SignedHeader { .. } => true,
            #[cfg(any(feature = "s3", feature = "gcs"))]
            _ => false,
        }
    }

    /// Tells whether the upload goes to another key first.
    pub(super) fn is_by_copy(&self) -> bool {
        match self {
            #[cfg(feature = "gcs")]
            Self::Copy => true,
            #[cfg(any(feature = "s3", feature = "azure"))]
            _ => false,
        }
    }
}

/// An upload that nobody has completed, as S3 and those who speak like it list them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) upload_id: String,
    initiated: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Listing {
    upload: Vec<Upload>,
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
}

/// Some of the uploads of a bucket, and where the next begin, if there are more.
#[derive(Default)]
pub(super) struct Page {
    pub(super) uploads: Vec<Upload>,
    pub(super) next: Option<Marker>,
}

/// The last upload of a page.
#[derive(PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) key: String,
    pub(super) id: String,
}

impl Page {
    /// Reads a listing; what is not one has none.
    pub(super) fn of(body: &[u8]) -> Self {
        let listing: Listing =
            quick_xml::de::from_str(&String::from_utf8_lossy(body)).unwrap_or_default();
        let next = Marker { key: listing.next_key_marker, id: listing.next_upload_id_marker };
        let next = (listing.is_truncated && !next.key.is_empty()).then_some(next);
        Self { uploads: listing.upload, next }
    }
}

impl Upload {
    /// Tells whether it is to that key, or to a temporary for it.
    pub(super) fn is_of(&self, key: &Path) -> bool {
        self.key == key.as_ref()
            || self.key.strip_prefix(key.as_ref()).is_some_and(is_temporary_ending)
    }

    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        let started = self.initiated.parse::<Timestamp>();
        started.is_ok_and(|started| is_older_than(started.as_millisecond(), age))
    }
}

/// Returns the question for a page of unfinished uploads.
#[cfg(any(feature = "s3", feature = "gcs"))]
pub(super) fn query_of_uploads<'a>(
    key: &'a Path,
    after: Option<&'a Marker>,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let after =
        after.map(|marker| [("key-marker", &*marker.key), ("upload-id-marker", &*marker.id)]);
    let marks = after.into_iter().flatten().filter(|(_, value)| !value.is_empty());
    [("uploads", ""), ("prefix", key.as_ref())].into_iter().chain(marks)
}

/// When it was last seen of a key that no unfinished upload to it was left: what is left there since is
/// no older than that.
#[derive(Default)]
pub(super) struct Looks(Mutex<HashMap<Path, Timestamp>>);

impl Looks {
    /// Tells whether no upload to that key can be so old.
    pub(super) fn show_nothing_of_age(&self, key: &Path, age: Duration) -> bool {
        let looked = self.seen().get(key).copied();
        // By the clock of the system, which goes on while it sleeps; set back, it says nothing.
        let passed = looked.map(|looked| Timestamp::now().duration_since(looked));
        let passed = passed.and_then(|passed| Duration::try_from(passed).ok());
        passed.is_some_and(|passed| passed < age)
    }

    /// Notes that there was none.
    pub(super) fn note_nothing(&self, key: &Path, at: Timestamp) {
        let mut seen = self.seen();
        if seen.len() >= LOOKS_KEPT {
            seen.clear();
        }
        seen.insert(key.clone(), at);
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Path, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_older_than(started_milliseconds: i64, age: Duration) -> bool {
    // The clock of a service may be ahead of ours, so no age at all is not asked for.
    let passed = Timestamp::now().as_millisecond().saturating_sub(started_milliseconds);
    age.is_zero() || u128::try_from(passed).is_ok_and(|passed| passed >= age.as_millis())
}

/// Tells whether an object was stored so long ago.
pub(super) fn was_stored_before(object: &ObjectMeta, age: Duration) -> bool {
    is_older_than(object.last_modified.timestamp_millis(), age)
}

/// Returns a key for the same object while it is uploaded.
pub(super) fn temporary_for(key: &Path) -> Path {
    let name = uuid::Uuid::now_v7().simple();
    Path::from(format!("{key}{TEMPORARY_MARK}{name}{TEMPORARY_ENDING}"))
}

/// Tells whether a key is one that an upload uses until it is complete.
pub(super) fn is_temporary(key: &str) -> bool {
    key.rfind(TEMPORARY_MARK).is_some_and(|start| is_temporary_ending(&key[start..]))
}

fn is_temporary_ending(ending: &str) -> bool {
    let name =
        ending.strip_prefix(TEMPORARY_MARK).and_then(|rest| rest.strip_suffix(TEMPORARY_ENDING));
    name.is_some_and(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A client for one bucket, in one process.
pub(super) struct Client {
    connection: Connection,
    looks: Looks,
    base: String,
    id: ClientId,
    house: &'static House,
}

impl Client {
    /// Returns the client for an address, made if this process has none.
    pub(super) fn of(address: &Address) -> Result<Arc<Self>> {
        let house = House::of_process();
        let id = ClientId::new(address);
        if let Some(client) = house.clients().get(&id) {
            return Ok(Arc::clone(client));
        }
        let connection = connect(address).map_err(|error| error.at(&address.to_string()))?;
        let base = address.base().to_owned();
        let client =
            Arc::new(Self { connection, looks: Looks::default(), base, id: id.clone(), house });
        let mut clients = house.clients();
        if clients.len() >= CLIENTS_KEPT {
            clients.clear();
        }
        clients.insert(id, Arc::clone(&client));
        Ok(client)
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.connection.store.as_ref()
    }

    pub(super) fn http(&self) -> &HttpClient {
        &self.connection.http
    }

    pub(super) fn uploads(&self) -> &Uploads {
        &self.connection.uploads
    }

    pub(super) fn looks(&self) -> &Looks {
        &self.looks
    }

    pub(super) fn creation(&self) -> &Creation {
        &self.connection.creation
    }

    pub(super) fn deletion(&self) -> &Deletion {
        &self.connection.deletion
    }

    pub(super) fn has_suffix_ranges(&self) -> bool {
        self.connection.has_suffix_ranges
    }

    pub(super) fn tells_missing(&self) -> bool {
        self.connection.tells_missing
    }

    /// Returns where an object with that key lies, as errors print it.
    pub(super) fn location_of(&self, key: &Path) -> String {
        format!("{}/{key}", self.base)
    }

    /// Returns the answer for what it is.
    pub(super) fn sort(&self, answer: Answer, last_host: Option<&str>) -> Answer {
        self.connection.context.sort(answer, last_host)
    }

    /// Returns the error that an answer is.
    pub(super) fn error(&self, action: &'static str, key: &Path, answer: Answer) -> Error {
        if answer.verdict() == Verdict::Denied {
            // Another file, profile or token may be there by the next call.
            self.house.clients().remove(&self.id);
        }
        self.connection.context.error(action, answer).at(&self.location_of(key))
    }

    /// Returns the error that something has the key already.
    pub(super) fn exists_error(&self, key: &Path, refusal: Option<Answer>) -> Error {
        self.connection.context.exists_error(refusal).at(&self.location_of(key))
    }

    /// Takes the keys that stand where its own come from; tells whether they are others.
    pub(super) fn renew_keys(&self) -> bool {
        self.connection.keys.as_ref().is_some_and(|keys| keys.renew())
    }

    /// Returns what the keys of temporaries for a key start with, where there may be some.
    pub(super) fn temporary_prefix(&self, key: &Path) -> Option<String> {
        self.creation().is_by_copy().then(|| format!("{key}{TEMPORARY_MARK}"))
    }

    /// Returns the threads of this process.
    pub(super) fn threads(&self) -> io::Result<&'static Threads> {
        if self.house.process != process::id() {
            return Err(io::Error::other("it was opened before this process was forked"));
        }
        self.house.threads()
    }
}

/// What a client depends on; a change of any of it takes another client.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientId {
    base: String,
    options: BTreeMap<String, String>,
    variables: Vec<(String, String)>,
    /// Proxies and certificates.
    surroundings: Vec<(OsString, OsString)>,
}

impl ClientId {
    fn new(address: &Address) -> Self {
        Self {
            base: address.base().to_owned(),
            options: address.options().clone(),
            variables: option::variables(address.provider()),
            surroundings: proxy::variables(),
        }
    }
}

/// The threads and the clients of one process.
///
/// A child of a fork finds its parent's, whose threads it does not have, and makes a house of its own
/// behind it. Nothing of another process's is locked, used or dropped.
struct House {
    process: u32,
    threads: OnceLock<Threads>,
    clients: Mutex<HashMap<ClientId, Arc<Client>>>,
    next: OnceLock<Box<House>>,
}

static FIRST: OnceLock<House> = OnceLock::new();

impl House {
    fn new(process: u32) -> Self {
        Self { process, threads: OnceLock::new(), clients: Mutex::default(), next: OnceLock::new() }
    }

    fn of_process() -> &'static Self {
        let process = process::id();
        let mut house = FIRST.get_or_init(|| Self::new(process));
        while house.process != process {
            house = house.next.get_or_init(|| Box::new(Self::new(process)));
        }
        house
    }

    fn threads(&self) -> io::Result<&Threads> {
        if self.threads.get().is_none() {
            // Where another thread was faster, its own are used.
            let _ = self.threads.set(start_runtime()?);
        }
        Ok(self.threads.get().expect("they were set just now"))
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(address: &Address) -> Result<Connection> {
    // Some other library of the process may have chosen already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match address.provider() {
        #[cfg(feature = "s3")]
        Provider::S3 => super::s3::connect(address),
        #[cfg(feature = "azure")]
        Provider::Azure => super::azure::connect(address),
        #[cfg(feature = "gcs")]
        Provider::Gcs => super::gcs::connect(address),
        #[cfg(not(all(feature = "s3", feature = "azure", feature = "gcs")))]
        _ => unreachable!("no address of a cloud that is not built is made"),
    }
}

/// Returns what every client is made with; retries are this crate's own, which knows what was tried.
pub(super) fn client_defaults(endpoint: &str) -> (ClientOptions, RetryConfig) {
    let options =
        ClientOptions::new().with_timeout(REQUEST_TIME).with_allow_http(is_plain(endpoint));
    (options, RetryConfig { max_retries: 0, ..RetryConfig::default() })
}

pub(super) fn is_plain(endpoint: &str) -> bool {
    endpoint.starts_with("http://")
}

/// Returns scheme, host and port of a URL, and nothing that may be a secret.
pub(super) fn endpoint_of(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "a malformed URL".to_owned(),
    }
}

/// Returns the host and the port of an endpoint.
pub(super) fn host_of(endpoint: &str) -> String {
    endpoint.split_once("://").map_or(endpoint, |(_, host)| host).to_owned()
}

pub(super) fn source_of(origin: Option<Origin>, variable: &str) -> Option<String> {
    origin.map(|origin| match origin {
        Origin::Options => "`storage_options`".to_owned(),
        #[cfg(feature = "s3")]
        Origin::Profile => "the profile in `AWS_PROFILE`".to_owned(),
        Origin::Environment => format!("the environment, `{variable}`"),
    })
}

/// Makes HTTP clients that note refusals, and that need certificates only where they are of use.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    /// Whether the objects are asked for in plain `http`.
    pub(super) is_plain: bool,
    /// Whether everybody may be.
    pub(super) allows_plain: bool,
}

/// The system has no certificates, so no server can be trusted.
#[derive(Debug, thiserror::Error)]
#[error("no certificate authorities are installed, so that no `https` server can be trusted")]
struct NoAuthorities;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let options =
            if self.allows_plain { &options.clone().with_allow_http(true) } else { options };
        let failed = |source| object_store::Error::Generic { store: "HTTP", source };
        let made = transport::client(options).or_else(|error| {
            let bare = options.clone().with_no_system_certificates(true);
            match transport::client(&bare) {
                Ok(client) if self.is_plain => Ok(client),
                Ok(_) => Err(failed(NoAuthorities.into())),
                Err(_) => Err(failed(error.into())),
            }
        });
        let http = HttpClient::new(made?);
        Ok(HttpClient::new(Wire { http, proxies: Proxies::of(options) }))
    }
}

/// Returns the error for a client that could not be made. What it says may repeat a value, which may be
/// a secret: names alone are shown.
pub(super) fn unmade(address: &Address, error: &object_store::Error) -> Error {
    let text = super::answer::innermost(error);
    if text == NoAuthorities.to_string() {
        let hint =
            "install the package `ca-certificates`, or name a file of them in `SSL_CERT_FILE`";
        return Error::unavailable("reach", Reply { text, hint: Some(hint.to_owned()) });
    }
    let variables = option::variables(address.provider()).into_iter();
    let variables = variables.map(|(name, _)| format!("the variable `{name}`"));
    let options = address.options().keys().map(|name| format!("`{name}`"));
    let names = options.chain(variables).collect::<Vec<_>>().join(", ");
    let text =
        format!("make no client, for one of these has a value that it does not take: {names}");
    Error::bad_argument("storage_options", text)
}

/// Returns a request for the list of unfinished uploads.
#[cfg(any(feature = "s3", feature = "gcs"))]
pub(super) fn listing_request(
    url: &str,
    token: Option<&str>,
) -> Option<object_store::client::HttpRequest> {
    let mut request = http::Request::builder().method(Method::GET).uri(url);
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        request = request.header(http::header::AUTHORIZATION, value);
    }
    request.body(object_store::client::HttpRequestBody::empty()).ok()
}
