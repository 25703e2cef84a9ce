//! What killed writers left of a key, looked for and removed. Awaited by `object.rs` alone.

use std::time::Duration;

#[cfg(feature = "s3")]
use http::Method;
use http::StatusCode;
use jiff::Timestamp;
#[cfg(feature = "s3")]
use object_store::aws::AwsAuthorizer;
use object_store::client::{HttpError, HttpRequest};
use object_store::path::Path;
#[cfg(feature = "s3")]
use object_store::signer::Signer;

#[cfg(feature = "s3")]
use super::connection::REQUEST_TIME;
use super::connection::{Client, Marker, Page, Upload, Uploads, is_temporary, was_stored_before};
#[cfg(any(feature = "s3", feature = "gcs"))]
use super::connection::{listing_request, query_of_uploads};
use super::object::{Call, delete, list};
use super::wire::collect;

/// How much of a page is read: a thousand uploads, each with a key of a kilobyte, escaped.
const PAGE_BYTES: usize = 16 << 20;

/// Aborts the uploads to a key that are older than `age`, and deletes its old temporaries. Notes it
/// where none is left, young or old.
pub(super) async fn sweep(call: &Call, age: Duration) {
    let client = call.client();
    let began = Timestamp::now();
    let (mut is_clear, found) = match uploads(call).await {
        Ok(found) => (true, found),
        Err(_) => (false, Vec::new()),
    };
    for upload in found.iter().filter(|upload| upload.is_of(call.key())) {
        let Ok(key) = Path::parse(&upload.key) else { continue };
        is_clear &= upload.is_older_than(age)
            && client.store().abort_multipart(&key, &upload.upload_id).await.is_ok();
    }
    if let Some(prefix) = client.temporary_prefix(call.key()) {
        is_clear &= sweep_temporaries(client, &prefix, age).await;
    }
    if is_clear {
        client.looks().note_nothing(call.key(), began);
    }
}

/// Deletes the temporaries whose keys start so; tells whether none is left.
async fn sweep_temporaries(client: &Client, prefix: &str, age: Duration) -> bool {
    let Ok(found) = list(client, prefix).await else { return false };
    let mut is_clear = true;
    for object in found.iter().filter(|object| is_temporary(object.location.as_ref())) {
        is_clear &=
            was_stored_before(object, age) && delete(client, &object.location).await.is_ok();
    }
    is_clear
}

/// Returns the unfinished uploads to the keys that start with this one, to the last page.
async fn uploads(call: &Call) -> object_store::Result<Vec<Upload>> {
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let page = page_of_uploads(call, marker.as_ref()).await?;
        found.extend(page.uploads);
        // A service that does not know markers would give the same page for ever.
        if page.next.is_none() || page.next == marker {
            return Ok(found);
        }
        marker = page.next;
    }
}

async fn page_of_uploads(call: &Call, after: Option<&Marker>) -> object_store::Result<Page> {
    let Some(request) = listing(call.client().uploads(), call.key(), after).await? else {
        return Ok(Page::default());
    };
    let failed =
        |error: HttpError| object_store::Error::Generic { store: "uploads", source: error.into() };
    let response = call.client().http().execute(request).await.map_err(failed)?;
    let status = response.status();
    let body = collect(response.into_body().bytes_stream(), PAGE_BYTES).await.map_err(failed)?;
    let may_pass = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
    if may_pass || status == StatusCode::TOO_MANY_REQUESTS {
        let source = status.as_str().to_owned().into();
        return Err(object_store::Error::Generic { store: "uploads", source });
    }
    // Whoever may not list them can abort none either, so there is none to be found.
    Ok(Page::of(&body))
}

/// Returns the question for a page of them, as a URL has it.
#[cfg(any(feature = "s3", feature = "gcs"))]
fn query(key: &Path, after: Option<&Marker>) -> String {
    let pairs = query_of_uploads(key, after).map(|(name, value)| {
        let value = url::form_urlencoded::byte_serialize(value.as_bytes());
        // A plus sign is a space for some services alone.
        format!("{name}={}", value.collect::<String>().replace('+', "%20"))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns the request that lists the unfinished uploads to a key, where they can be listed.
#[cfg_attr(
    not(any(feature = "s3", feature = "gcs")),
    expect(unused_variables, reason = "Azure lists none")
)]
async fn listing(
    uploads: &Uploads,
    key: &Path,
    after: Option<&Marker>,
) -> object_store::Result<Option<HttpRequest>> {
    match uploads {
        #[cfg(any(feature = "s3", feature = "azure"))]
        Uploads::Unlisted => Ok(None),
        #[cfg(feature = "s3")]
        Uploads::Signed { store, region, is_paid } => {
            // The address of the bucket is nowhere else; a signature in it would stay in logs.
            let url = store.signed_url(Method::GET, &Path::default(), REQUEST_TIME).await?;
            let url = &url[..url::Position::AfterPath];
            let Some(mut request) = listing_request(&format!("{url}?{}", query(key, after)), None)
            else {
                return Ok(None);
            };
            let credential = store.credentials().get_credential().await?;
            let authorizer = AwsAuthorizer::new(&credential, "s3", region);
            authorizer.with_request_payer(*is_paid).try_authorize(&mut request, None)?;
            Ok(Some(request))
        }
        #[cfg(feature = "gcs")]
        Uploads::Bearer { store, bucket_url, is_open } => {
            let url = format!("{bucket_url}?{}", query(key, after));
            if *is_open {
                return Ok(listing_request(&url, None));
            }
            let token = store.credentials().get_credential().await?;
            Ok(listing_request(&url, Some(&token.bearer)))
        }
    }
}
