//! What goes over the wire and comes back: requests are completed on their way, and every refusal is noted
//! before the client words it, whose errors hold signed URLs. Awaited by `object.rs` alone.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::header::AUTHORIZATION;
#[cfg(any(feature = "s3", feature = "azure"))]
use http::header::{HeaderValue, IF_NONE_MATCH};
use http::{Method, Uri};
#[cfg(feature = "azure")]
use object_store::azure::{AzureAuthorizer, AzureCredential};
use object_store::client::{
    HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};

use super::answer::{Answer, Unreadable};
use super::connection::Creation;
use super::object::{demanded, note, note_host};
use super::proxy::Proxies;

/// How much of a refusal is read: its reason comes first, and a server decides how much follows.
const REFUSAL_BYTES: usize = 64 << 10;

/// A client that notes every refusal, in the words of the service.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) http: HttpClient,
    pub(super) proxies: Proxies,
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let question = Question {
            host: host_of(request.uri()),
            proxy: self.proxies.before(request.uri()),
            has_body: request.method() != Method::HEAD,
            is_commit: is_commit(&request),
            is_for_a_word: is_for_a_word(&request),
        };
        if request.headers().get(AUTHORIZATION).is_some_and(|value| value == "Bearer ") {
            // Nobody is asked in the name of anybody, which a service takes for a token that is none.
            request.headers_mut().remove(AUTHORIZATION);
        }
        if let (true, Some(creation)) = (question.is_commit, demanded()) {
            demand(&creation, &mut request).await;
        }
        match self.http.execute(request).await {
            Ok(response) => {
                note_host(&question.host);
                hear(response, question).await
            }
            Err(error) => {
                note(Answer::silence(&error, question.host, question.proxy));
                Err(error)
            }
        }
    }
}

/// What is to be known of a request once it is answered.
struct Question {
    host: String,
    proxy: Option<Box<str>>,
    /// Whether an answer to it says why it refuses.
    has_body: bool,
    is_commit: bool,
    /// Whether what is answered goes into another request.
    is_for_a_word: bool,
}

/// Notes a response that refuses; some do so after they have said `200 OK`.
async fn hear(response: HttpResponse, question: Question) -> Result<HttpResponse, HttpError> {
    let status = response.status();
    if status.is_success() && !question.is_commit && !question.is_for_a_word {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = collect(body.bytes_stream(), REFUSAL_BYTES).await?;
    if status.is_success() && question.is_for_a_word {
        // The client would end the thread on what fits in no address and no header.
        return if body.iter().all(u8::is_ascii_graphic) {
            Ok(HttpResponse::from_parts(parts, body.into()))
        } else {
            Err(HttpError::new(HttpErrorKind::Decode, Unreadable))
        };
    }
    if status.is_success() {
        if body.windows(7).any(|window| window == b"<Error>") {
            note(Answer::Status(Answer::refusal(500, question.host, &body)));
        }
    } else {
        let mut refusal = Answer::refusal(status.as_u16(), question.host, &body);
        refusal.proxy = question.proxy;
        refusal.complete_from(&parts.headers);
        refusal.is_bare = question.has_body && refusal.code.is_empty();
        note(Answer::Status(refusal));
    }
    Ok(HttpResponse::from_parts(parts, body.into()))
}

/// Returns what comes of a body, and no more than so many bytes of it.
pub(super) async fn collect(
    mut stream: BoxStream<'static, Result<Bytes, HttpError>>,
    limit_bytes: usize,
) -> Result<Vec<u8>, HttpError> {
    let mut whole = Vec::new();
    while let Some(bytes) = stream.next().await.transpose()? {
        let room = limit_bytes - whole.len();
        whole.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() >= room {
            break;
        }
    }
    Ok(whole)
}

/// Tells whether a request asks the instance of AWS for a word: a token, or the name of a role.
fn is_for_a_word(request: &HttpRequest) -> bool {
    let path = request.uri().path();
    path.ends_with("/latest/api/token") || path.ends_with("/iam/security-credentials/")
}

/// Tells whether a request makes an object of parts.
fn is_commit(request: &HttpRequest) -> bool {
    let query = request.uri().query().unwrap_or_default();
    match *request.method() {
        Method::POST => query.contains("uploadId="),
        Method::PUT => query.contains("comp=blocklist"),
        _ => false,
    }
}

/// Makes a commit conditional on that nothing has the key.
#[cfg_attr(
    not(any(feature = "s3", feature = "azure")),
    expect(unused_variables, reason = "Google takes no condition on a commit")
)]
async fn demand(creation: &Creation, request: &mut HttpRequest) {
    match creation {
        #[cfg(feature = "s3")]
        Creation::Header => {
            request.headers_mut().insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        #[cfg(feature = "azure")]
        Creation::SignedHeader { credentials, account } => {
            request.headers_mut().insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            let credential = credentials.get_credential().await;
            if let Ok(credential) = credential
                && matches!(*credential, AzureCredential::AccessKey(_))
            {
                // An account key signs this header too. Where signing fails, the old signature does
                // not fit, and the service refuses.
                request.headers_mut().remove(AUTHORIZATION);
                let _ = AzureAuthorizer::new(&credential, account).try_authorize(request);
            }
        }
        #[cfg(feature = "gcs")]
        Creation::Copy => {}
    }
}

fn host_of(uri: &Uri) -> String {
    uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default()
}
