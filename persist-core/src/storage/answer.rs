//! What a cloud answers, and what that means: the one place that knows their codes.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderName;
use object_store::client::{HttpError, HttpErrorKind};

use super::connection::endpoint_of;
use super::credential::{CredentialFile, Unsendable};
use super::reason::{Reason, line, word};
use super::replaced;
use crate::error::{Error, Place, Reply};

/// What the client says before what the Azure CLI said.
const CLI_FAILURE: &str = "'az account get-access-token' command failed: ";

/// How often a request is sent, at most.
pub(super) const TRIES: u32 = 5;
const CREDENTIAL_TRIES: u32 = 2;

/// The first pause before a request is sent again; it doubles each time, and is longer for a service
/// that asks for fewer requests.
const PAUSE: Duration = Duration::from_millis(100);
const THROTTLED_PAUSE: Duration = Duration::from_millis(400);

/// What was answered is not of the kind that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("it answered what cannot be read")]
pub(super) struct Unreadable;

/// What came back instead of what was asked for.
#[derive(Debug)]
pub(super) enum Answer {
    /// The service said no.
    Status(Status),
    /// Nothing, or half of it, came back from a host, or from the proxy before it.
    Silence { host: String, proxy: Option<Box<str>>, cause: String },
    /// The client cannot speak with a host, however often it tries.
    Unspoken { host: String, cause: String, hint: &'static str },
    /// Whether a request took effect cannot be told: its answer was lost, and a look was answered so.
    Unknown(Box<Self>),
    /// Those who were asked for credentials had none to give.
    NoCredentials { cause: String, may_pass: bool },
    /// The client itself could not ask.
    Unasked(String),
    /// The caller no longer wants it.
    Stopped(Error),
}

/// A refusal, as the service words it.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    pub(super) number: u16,
    pub(super) code: String,
    pub(super) message: Box<str>,
    /// The region the bucket is in, where the service tells.
    pub(super) region: Option<Box<str>>,
    /// Whether a body could have said why, and did not.
    pub(super) is_bare: bool,
    /// Scheme, host and port of where it leads instead.
    pub(super) moved_to: Option<Box<str>>,
    /// Who said so.
    pub(super) host: Box<str>,
    /// Who may have said so in its place.
    pub(super) proxy: Option<Box<str>>,
}

/// How a caller goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing has that key, or no such upload is there.
    Missing,
    /// There is no such bucket or container.
    NoBucket,
    /// A condition on what lies there is not met.
    Unmet,
    /// The object is shorter than the range that was asked for.
    OutOfRange,
    /// This caller may not.
    Denied,
    /// The same request may succeed later.
    Passing,
    /// The request is refused for good.
    Refused,
}

impl Answer {
    /// Returns the answer of a service that refused, from its status, code header and body.
    pub(super) fn refusal(number: u16, host: String, body: &[u8]) -> Status {
        let Reason { code, message, region } = Reason::of(body);
        let (message, host) = (message.into(), host.into());
        Status { number, code, message, region, host, ..Status::default() }
    }

    /// Returns the answer that never came.
    pub(super) fn silence(error: &HttpError, host: String, proxy: Option<Box<str>>) -> Self {
        if let Some(hint) = obstacle(error) {
            return Self::Unspoken { host, cause: innermost(error), hint };
        }
        let cause = match error.kind() {
            HttpErrorKind::Timeout => "it did not answer in time".to_owned(),
            _ => innermost(error),
        };
        Self::Silence { host, proxy, cause }
    }

    /// Returns the answer that broke off.
    pub(super) fn broken(cause: impl Into<String>) -> Self {
        Self::Silence { host: String::new(), proxy: None, cause: cause.into() }
    }

    /// Returns what an error of the client means, given what was heard on the wire meanwhile.
    pub(super) fn of(error: &object_store::Error, heard: Option<Self>) -> Self {
        if let Some(heard) = heard {
            return heard;
        }
        if let object_store::Error::NotFound { .. } = error {
            return Self::Status(Status { number: 404, ..Status::default() });
        }
        if let object_store::Error::NotImplemented { .. }
        | object_store::Error::NotSupported { .. } = error
        {
            return Self::Unasked(
                "the options turn off what it needs, as `aws_conditional_put` may".to_owned(),
            );
        }
        if let Some(unsendable) = find_cause::<Unsendable>(error) {
            return Self::NoCredentials { cause: unsendable.to_string(), may_pass: false };
        }
        // What a reader of JSON says repeats what it read: a token.
        let is_unreadable = find_cause::<serde_json::Error>(error).is_some()
            || find_cause::<Unreadable>(error).is_some();
        if is_unreadable {
            return Self::Unasked(Unreadable.to_string());
        }
        match find_cause::<HttpError>(error) {
            Some(broken) => Self::silence(broken, String::new(), None),
            None => Self::Unasked(innermost(error)),
        }
    }

    /// Tells whether the service gave a reason.
    pub(super) fn has_code(&self) -> bool {
        matches!(self, Self::Status(status) if !status.code.is_empty())
    }

    /// Tells whether the same request is worth sending again after that many tries.
    pub(super) fn is_worth_a_try_after(&self, tries: u32) -> bool {
        match self {
            // Where nobody gives any, each time takes a second.
            Self::NoCredentials { may_pass, .. } => *may_pass && tries < CREDENTIAL_TRIES,
            _ => self.verdict() == Verdict::Passing && tries < TRIES,
        }
    }

    /// Tells whether the service says that this caller may not.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Status(Status { number: 403, .. }))
            && self.verdict() == Verdict::Denied
    }

    /// Tells whether other keys may be answered otherwise. A look without bytes says no more of keys
    /// that are out of date than that it is a bad request.
    pub(super) fn may_be_of_keys(&self) -> bool {
        self.verdict() == Verdict::Denied
            || matches!(self, Self::Status(Status { number: 400, code, .. }) if code.is_empty())
    }

    /// Tells whether the service asks for fewer requests.
    pub(super) fn is_throttling(&self) -> bool {
        matches!(self, Self::Status(Status { number: 429 | 503, .. }))
    }

    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Status(status) => status.verdict(),
            Self::Silence { .. } | Self::Unknown(_) => Verdict::Passing,
            Self::NoCredentials { .. } => Verdict::Denied,
            Self::Unspoken { .. } | Self::Unasked(_) | Self::Stopped(_) => Verdict::Refused,
        }
    }
}

impl Status {
    fn verdict(&self) -> Verdict {
        match (self.number, self.code.as_str()) {
            (_, "NoSuchBucket" | "ContainerNotFound" | "FilesystemNotFound") => Verdict::NoBucket,
            // Of a storage, each has a reason; a console or a wrong port has none.
            (404, "") if self.is_bare => Verdict::Refused,
            // The blocks of an upload are gone once they are committed.
            (404, _) | (400, "InvalidBlockList") => Verdict::Missing,
            (_, "BlobAlreadyExists" | "PreconditionFailed" | "ConditionNotMet") => Verdict::Unmet,
            // A lease or a retention rule, which no other try will pass.
            (412, code) if code.starts_with("Lease") => Verdict::Refused,
            (412, _) => Verdict::Unmet,
            (416, _) => Verdict::OutOfRange,
            // No right would help: an archive gives nothing back at once, and a clock is set by its owner.
            (_, "InvalidObjectState" | "BlobArchived" | "RequestTimeTooSkewed") => Verdict::Refused,
            (401 | 403, _) | (400, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired") => {
                Verdict::Denied
            }
            (409, "ConditionalRequestConflict" | "OperationAborted" | "ContainerBeingDeleted") => {
                Verdict::Passing
            }
            (400, "RequestTimeout") | (408 | 429 | 500 | 502 | 503 | 504, _) => Verdict::Passing,
            _ => Verdict::Refused,
        }
    }

    /// Takes what only the headers of a refusal say.
    pub(super) fn complete_from(&mut self, headers: &HeaderMap) {
        let text = |name: &'static str| {
            let value = headers.get(HeaderName::from_static(name))?;
            value.to_str().ok().map(str::to_owned)
        };
        if self.code.is_empty() {
            self.code = text("x-ms-error-code").map(|code| word(&code)).unwrap_or_default();
        }
        if self.region.is_none() {
            self.region = text("x-amz-bucket-region").map(|region| word(&region).into());
        }
        if (300..400).contains(&self.number)
            && let Some(target) = text("location")
        {
            let is_near = target.starts_with('/') && !target.starts_with("//");
            self.moved_to =
                Some(if is_near { self.host.clone() } else { endpoint_of(&target).into() });
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(formatter),
            Self::Silence { host, cause, .. } if host.is_empty() => {
                write!(formatter, "the answer broke off: {cause}")
            }
            Self::Silence { host, proxy: Some(proxy), cause } => {
                write!(formatter, "could not reach `{host}` through the proxy `{proxy}`: {cause}")
            }
            Self::Silence { host, cause, .. } => {
                write!(formatter, "could not reach `{host}`: {cause}")
            }
            Self::Unspoken { host, cause, .. } => {
                write!(formatter, "could not speak with `{host}`: {cause}")
            }
            Self::NoCredentials { cause, .. } => {
                write!(formatter, "there are no credentials: {cause}")
            }
            Self::Unknown(answer) => write!(
                formatter,
                "the answer to it was lost, and what lies there could not be looked at: {answer}"
            ),
            Self::Unasked(cause) => formatter.write_str(cause),
            Self::Stopped(error) => error.fmt(formatter),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            // A storage has a code for most of its refusals.
            Some(proxy) if self.code.is_empty() => {
                write!(formatter, "the proxy `{proxy}`, or the storage behind it,")?;
            }
            _ => formatter.write_str("the storage")?,
        }
        formatter.write_str(&self.told())
    }
}

impl Status {
    /// Returns what was answered, to be said behind who did.
    fn told(&self) -> String {
        let mut told = format!(" answered {}", self.number);
        if !self.code.is_empty() {
            told += &format!(" {}", self.code);
        }
        if !self.message.is_empty() {
            told += &format!(", `{}`", self.message);
        }
        if let Some(target) = &self.moved_to {
            told += &format!(", a redirect to `{target}`, which is not followed");
        }
        if self.number == 404 && self.is_bare {
            told += " and gave none of the reasons that a storage gives";
        }
        told
    }
}

/// What came of a request.
pub(super) type Asked<T> = Result<T, Failure>;

/// A request that did not succeed, however often it was sent.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) answer: Answer,
    /// True where an earlier try may have taken effect although its answer was lost.
    pub(super) is_uncertain: bool,
}

impl Failure {
    pub(super) fn verdict(&self) -> Verdict {
        self.answer.verdict()
    }

    /// Returns the failure to find anything.
    pub(super) fn missing() -> Self {
        Answer::Status(Status { number: 404, ..Status::default() }).into()
    }

    /// Returns the failure of a connection that breaks again and again.
    pub(super) fn broken() -> Self {
        Answer::broken("the connection broke several times").into()
    }
}

impl From<Answer> for Failure {
    fn from(answer: Answer) -> Self {
        Self { answer, is_uncertain: false }
    }
}

/// What an error says beside what was answered: whom was asked, and as who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    /// Scheme, host and port.
    pub(super) endpoint: String,
    pub(super) region: Option<String>,
    /// The hosts that keep the objects, or what the names of such hosts end with.
    pub(super) hosts: Vec<String>,
    /// Where the credentials come from, such as `the environment`.
    pub(super) credentials: String,
    /// The file they are read from, where it is one.
    pub(super) credential_file: Option<CredentialFile>,
    /// How to get some where these do not do.
    pub(super) advice: &'static str,
}

impl Context {
    /// Returns the error for an answer to the question whether something could be done.
    pub(super) fn error(&self, action: &'static str, answer: Answer) -> Error {
        let verdict = answer.verdict();
        let hint = self.hint(action, &answer, verdict);
        let answer = match answer {
            Answer::Stopped(error) => return error,
            other => other,
        };
        let reply = Reply { text: format!("{answer} ({self})"), hint };
        match verdict {
            // Of an upload that is gone, or of what a write must not replace and never asked to.
            Verdict::Missing | Verdict::Unmet if action == "write" => refused(action, reply),
            Verdict::Missing => {
                Error::NotFound { place: Place::default(), source: Some(reply.into()) }
            }
            Verdict::NoBucket => Error::no_such_bucket(reply),
            Verdict::Denied => Error::permission_denied(action, reply),
            Verdict::Passing => Error::unavailable(action, reply),
            Verdict::Unmet if action == "read" => replaced(action),
            Verdict::Unmet | Verdict::OutOfRange | Verdict::Refused => refused(action, reply),
        }
    }

    /// Returns the error that something has a key which nothing was to have, as a refusal says.
    pub(super) fn exists_error(&self, refusal: Option<Answer>) -> Error {
        let text = match refusal {
            Some(answer) => format!("{answer} ({self})"),
            None => self.to_string(),
        };
        let source = Reply { text, hint: None };
        Error::Exists { place: Place::default(), source: Some(source.into()) }
    }

    /// Returns the error for credentials that no client can be made with.
    #[cfg_attr(
        not(any(feature = "s3", feature = "azure", feature = "gcs")),
        expect(dead_code, reason = "no client is built")
    )]
    pub(super) fn without_credentials(&self, cause: String) -> Error {
        self.error("read the credentials for", Answer::NoCredentials { cause, may_pass: false })
    }

    /// Returns the answer for what it is: what another host than those of the objects says is about
    /// credentials, and so is what a client cannot ask without the file it has them from, or after that
    /// other host was the last to answer.
    pub(super) fn sort(&self, answer: Answer, last_host: Option<&str>) -> Answer {
        let giver = last_host.filter(|host| !self.is_own(host));
        let host: &str = match &answer {
            Answer::Status(status) => &status.host,
            Answer::Unspoken { host, .. } => host,
            Answer::Silence { host, cause, .. } => match giver {
                Some(giver) if host.is_empty() => {
                    let cause = format!("the answer of `{giver}` broke off: {cause}");
                    return Answer::NoCredentials { cause, may_pass: true };
                }
                _ => host,
            },
            Answer::Unasked(cause) => {
                let fault = self.unasked(cause, giver);
                let denied = |cause| Answer::NoCredentials { cause, may_pass: false };
                return fault.map_or(answer, denied);
            }
            _ => return answer,
        };
        if host.is_empty() || self.is_own(host) {
            return answer;
        }
        let may_pass = answer.verdict() == Verdict::Passing;
        let cause = match &answer {
            Answer::Status(status) => format!("`{host}`{}", status.told()),
            other => other.to_string(),
        };
        Answer::NoCredentials { cause, may_pass }
    }

    /// Tells why there are no credentials to ask with, where that is why nothing was asked.
    fn unasked(&self, cause: &str, giver: Option<&str>) -> Option<String> {
        if let Some(fault) = self.credential_file.as_ref().and_then(CredentialFile::fault) {
            return Some(fault);
        }
        if let Some(giver) = giver {
            return Some(format!("what `{giver}` answered has none"));
        }
        let cause = cause.strip_prefix(CLI_FAILURE)?;
        Some(match cause {
            "Azure Cli not installed" => "the Azure CLI is not installed".to_owned(),
            cause => format!("the Azure CLI says `{}`", line(cause)),
        })
    }

    fn is_own(&self, host: &str) -> bool {
        let ends_so = |own: &String| host == own || host.ends_with(&format!(".{own}"));
        !host.starts_with("sts.") && self.hosts.iter().any(ends_so)
    }

    fn hint(&self, action: &str, answer: &Answer, verdict: Verdict) -> Option<String> {
        let text = match verdict {
            Verdict::NoBucket => {
                "create the bucket or container, or check its name and the account"
            }
            Verdict::Denied => self.advice,
            Verdict::Passing => "check the network, its proxy and the endpoint, or try again later",
            _ => return refusal_hint(action, answer),
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "endpoint `{}`", self.endpoint)?;
        if let Some(region) = &self.region {
            write!(formatter, ", region `{region}`")?;
        }
        write!(formatter, ", credentials from {}", self.credentials)
    }
}

fn refused(action: &'static str, reply: Reply) -> Error {
    Error::Storage { place: Place::default(), action, is_transient: false, source: reply.into() }
}

fn refusal_hint(action: &str, answer: &Answer) -> Option<String> {
    match answer {
        Answer::Unspoken { hint, .. } => Some((*hint).to_owned()),
        Answer::Status(Status { number: 407, .. }) => {
            Some("a user and a password for the proxy may stand in `proxy_url`".to_owned())
        }
        Answer::Status(Status { number: 501, .. }) if action == "write" => Some(
            "the storage may lack what `overwrite=False` needs, a condition of the put".to_owned(),
        ),
        Answer::Status(Status { code, .. }) if code == "RequestTimeTooSkewed" => Some(
            "set the clock of this machine: the storage refuses what is signed at another time"
                .to_owned(),
        ),
        Answer::Status(Status { code, .. })
            if matches!(code.as_str(), "InvalidObjectState" | "BlobArchived") =>
        {
            Some(
                "the object is in an archive: restore it from there, or move it to another tier"
                    .to_owned(),
            )
        }
        Answer::Status(Status { region: Some(region), .. }) => {
            Some(format!("the bucket is in the region `{region}`; set `aws_region`"))
        }
        Answer::Status(status) if status.is_bare || status.moved_to.is_some() => {
            Some("check the endpoint and its port: what answers there may be no storage".to_owned())
        }
        _ => None,
    }
}

/// Returns how long to wait after that many tries.
pub(super) fn pause(tries: u32, is_throttled: bool) -> Duration {
    let first = if is_throttled { THROTTLED_PAUSE } else { PAUSE };
    let whole = first * 2_u32.saturating_pow(tries - 1);
    // Half of it by chance, so that those who were refused together do not come back together.
    let chance = uuid::Uuid::now_v7().as_u128() as u32;
    whole / 2 + whole.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

/// Returns the text at the bottom of an error: what is above it may hold a signed URL.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// Tells what to do about an error that no other try will pass, if it is one.
fn obstacle(error: &HttpError) -> Option<&'static str> {
    let mut causes =
        std::iter::successors(Some(error as &dyn std::error::Error), |&cause| cause.source());
    if find_cause::<reqwest::Error>(error).is_some_and(reqwest::Error::is_builder) {
        return Some("an address with plain `http` is asked where `allow_http` is `true`");
    }
    if innermost(error).starts_with("unsupported scheme") {
        return Some("name a proxy that speaks `http` or `https`");
    }
    let is_distrust = |cause: &rustls::Error| {
        use rustls::Error as Tls;
        matches!(
            cause,
            Tls::InvalidMessage(_)
                | Tls::InvalidCertificate(_)
                | Tls::NoCertificatesPresented
                | Tls::PeerIncompatible(_)
        )
    };
    let is_met = causes.any(|cause| tls_in(cause).is_some_and(is_distrust));
    is_met.then_some("check scheme and port of the endpoint, and whom this system trusts")
}

/// Finds what TLS says inside of errors of the system, which name no cause for what they hold.
fn tls_in<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    loop {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        error = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}

fn find_cause<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    let mut chain = std::iter::successors(Some(error), |&cause| cause.source());
    chain.find_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(number: u16, code: &str) -> Verdict {
        Answer::Status(Status { number, code: code.into(), ..Status::default() }).verdict()
    }

    #[test]
    fn each_cloud_says_the_same_in_its_own_words() {
        let cases = [
            (404, "NoSuchKey", Verdict::Missing),
            (404, "BlobNotFound", Verdict::Missing),
            (404, "", Verdict::Missing),
            (404, "NoSuchBucket", Verdict::NoBucket),
            (404, "ContainerNotFound", Verdict::NoBucket),
            (412, "PreconditionFailed", Verdict::Unmet),
            (409, "BlobAlreadyExists", Verdict::Unmet),
            (409, "ConditionalRequestConflict", Verdict::Passing),
            (409, "", Verdict::Refused),
            (409, "BlobImmutableDueToPolicy", Verdict::Refused),
            (412, "LeaseIdMissing", Verdict::Refused),
            (416, "InvalidRange", Verdict::OutOfRange),
            (401, "", Verdict::Denied),
            (403, "AccessDenied", Verdict::Denied),
            (400, "ExpiredToken", Verdict::Denied),
            (429, "", Verdict::Passing),
            (503, "SlowDown", Verdict::Passing),
            (501, "NotImplemented", Verdict::Refused),
            (301, "PermanentRedirect", Verdict::Refused),
        ];
        for (number, code, expected) in cases {
            assert_eq!(verdict(number, code), expected, "{number} {code}");
        }
    }

    #[test]
    fn a_refusal_shows_code_and_message_and_nothing_else_of_the_body() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
            <Message>We differ.\nMore</Message><StringToSign>5ec</StringToSign></Error>";
        let status = Answer::refusal(403, "host".into(), body);
        assert_eq!(
            status.to_string(),
            "the storage answered 403 SignatureDoesNotMatch, `We differ`"
        );
        let garbled = Answer::refusal(500, "host".into(), b"<html>5ec");
        assert_eq!(garbled.to_string(), "the storage answered 500");
    }
}
