//! One blob of Azure, deleted by a request of its own: the client would send a batch, which takes more
//! rights than the deletion, is not had by every service, and hides the answer in another.

use http::{Method, Request};
use object_store::azure::{AzureAuthorizer, AzureCredentialProvider};
use object_store::client::{HttpClient, HttpRequestBody};
use object_store::path::Path;
use object_store::{Error, Result};
use url::Url;

/// A container, and as whom it is asked.
pub(super) struct Container {
    pub(super) url: Url,
    pub(super) account: String,
    /// Nobody's where requests are not signed.
    pub(super) credentials: Option<AzureCredentialProvider>,
}

impl Container {
    /// Deletes a blob. Awaited by `object.rs` alone.
    pub(super) async fn delete(&self, http: &HttpClient, key: &Path) -> Result<()> {
        let failed = |source| Error::Generic { store: "Azure", source };
        let mut url = self.url.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.extend(key.parts());
        }
        let request = Request::builder().method(Method::DELETE).uri(url.as_str());
        let request = request.body(HttpRequestBody::empty());
        let mut request = request.map_err(|error| failed(error.into()))?;
        if let Some(credentials) = &self.credentials {
            let credential = credentials.get_credential().await?;
            AzureAuthorizer::new(&credential, &self.account).try_authorize(&mut request)?;
        }
        let response = http.execute(request).await.map_err(|error| failed(error.into()))?;
        if response.status().is_success() {
            return Ok(());
        }
        // What it says was heard on the wire.
        Err(failed(response.status().as_str().into()))
    }
}
