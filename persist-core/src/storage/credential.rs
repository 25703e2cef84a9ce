//! What clients take credentials from, and whether requests can carry those. Awaited by `object.rs` alone.

use std::fmt::Debug;
use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::client::CredentialProvider;

use super::value::is_header;

const UNSENDABLE: &str = "holds a line end or another character that no header may have";

/// A file that a client reads credentials from whenever it needs some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialFile {
    path: String,
    /// What an error calls it: who names it, and the path.
    title: String,
    /// Whether a header holds its text as it stands.
    is_sent: bool,
}

impl CredentialFile {
    /// Returns the file with that path, named by an option or a variable.
    pub(super) fn named(path: &str, by: &str) -> Self {
        let title = format!("the file `{path}`, which {by} names,");
        Self { path: path.to_owned(), title, is_sent: false }
    }

    /// Returns the same file, whose text a header holds as it stands.
    #[cfg(feature = "s3")]
    pub(super) fn sent(self) -> Self {
        Self { is_sent: true, ..self }
    }

    /// Returns a file that is looked for without being named.
    #[cfg(feature = "gcs")]
    pub(super) fn usual(path: &str, owner: &str) -> Self {
        let title = format!("{owner}'s default file `{path}`");
        Self { path: path.to_owned(), title, is_sent: false }
    }

    /// Tells why it is of no use, if it is of none.
    pub(super) fn fault(&self) -> Option<String> {
        match fs::read_to_string(&self.path) {
            Err(error) => Some(format!("{} cannot be read: {error}", self.title)),
            Ok(_) => self.unsendable(),
        }
    }

    /// Tells why no request can carry its text, where that is so: a client would end the thread.
    pub(super) fn unsendable(&self) -> Option<String> {
        let text = fs::read_to_string(&self.path).ok().filter(|_| self.is_sent)?;
        (!is_header(&text)).then(|| format!("{} {UNSENDABLE}", self.title))
    }

    /// Reads it.
    ///
    /// # Errors
    /// Why it cannot be read.
    #[cfg(feature = "gcs")]
    pub(super) fn text(&self) -> Result<String, String> {
        fs::read_to_string(&self.path)
            .map_err(|error| self.told(&format!("cannot be read: {error}")))
    }

    /// Says of it what is wrong with it.
    #[cfg(feature = "gcs")]
    pub(super) fn told(&self, fault: &str) -> String {
        format!("{} {fault}", self.title)
    }
}

/// Credentials that were given, as by an instance, and that no request can carry.
#[derive(Debug, thiserror::Error)]
#[error("what was given for one {UNSENDABLE}")]
pub(super) struct Unsendable;

/// Gives what another gives where requests can carry it: a client would end the thread on what fits in
/// no header.
#[derive(Debug)]
pub(super) struct Checked<T>(Arc<dyn CredentialProvider<Credential = T>>);

impl<T> Checked<T> {
    pub(super) fn new(giver: &Arc<dyn CredentialProvider<Credential = T>>) -> Arc<Self> {
        Arc::new(Self(Arc::clone(giver)))
    }
}

#[async_trait]
impl<T: Carried + Debug> CredentialProvider for Checked<T> {
    type Credential = T;

    async fn get_credential(&self) -> object_store::Result<Arc<T>> {
        let credential = self.0.get_credential().await?;
        if is_sendable(credential.as_ref()) {
            return Ok(credential);
        }
        Err(object_store::Error::Generic { store: "credentials", source: Unsendable.into() })
    }
}

/// Tells whether requests can carry it.
pub(super) fn is_sendable(credential: &impl Carried) -> bool {
    credential.in_headers().into_iter().flatten().all(is_header)
}

/// What goes along with requests and says who asks.
pub(super) trait Carried: Send + Sync {
    /// Returns what headers hold of it as it stands.
    fn in_headers(&self) -> [Option<&str>; 2];
}

#[cfg(feature = "s3")]
impl Carried for object_store::aws::AwsCredential {
    fn in_headers(&self) -> [Option<&str>; 2] {
        [Some(&self.key_id), self.token.as_deref()]
    }
}

#[cfg(feature = "azure")]
impl Carried for object_store::azure::AzureCredential {
    fn in_headers(&self) -> [Option<&str>; 2] {
        match self {
            Self::BearerToken(token) => [Some(token), None],
            Self::AccessKey(_) | Self::SASToken(_) => [None, None],
        }
    }
}

#[cfg(feature = "gcs")]
impl Carried for object_store::gcp::GcpCredential {
    fn in_headers(&self) -> [Option<&str>; 2] {
        [Some(&self.bearer), None]
    }
}

/// Keys that another program may replace where they stand, while a client is kept.
pub(super) trait Renewable: Send + Sync {
    /// Reads them again, and tells whether they are others.
    fn renew(&self) -> bool;
}
