//! Whether a value is one that its option takes: found out here, as what a client says of it may repeat it.

use std::borrow::Cow;

use object_store::ClientConfigKey;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::option::Shape;

/// Returns what a value must look like that every client reads.
pub(super) fn shape_of_client(key: ClientConfigKey) -> Shape {
    use ClientConfigKey as Client;
    match key {
        Client::AllowHttp
        | Client::AllowInvalidCertificates
        | Client::Http1Only
        | Client::Http2KeepAliveWhileIdle
        | Client::Http2Only
        | Client::NoSystemCertificates
        | Client::RandomizeAddresses => Shape::Switch,
        Client::ConnectTimeout
        | Client::Http2KeepAliveInterval
        | Client::Http2KeepAliveTimeout
        | Client::PoolIdleTimeout
        | Client::ReadTimeout
        | Client::Timeout => Shape::Time,
        Client::Http2MaxFrameSize | Client::PoolMaxIdlePerHost => Shape::Count,
        Client::ProxyCaCertificate => Shape::Certificate,
        Client::ProxyUrl => Shape::Proxy,
        Client::DefaultContentType | Client::UserAgent => Shape::Header,
        _ => Shape::Line,
    }
}

/// Tells what is wrong with a value, if anything is; nothing of it is repeated.
pub(super) fn fault(shape: Shape, value: &str) -> Option<Cow<'static, str>> {
    let (is_good, reason) = match shape {
        Shape::Switch => (switch(value).is_some(), "is neither `true` nor `false`"),
        Shape::Time => (humantime::parse_duration(value).is_ok(), "is no time such as `30s`"),
        Shape::Count => (value.parse::<u32>().is_ok(), "is no number"),
        Shape::Header => (is_header(value), "has other characters than a header may have"),
        Shape::Base64 => (is_base64(value), "is no base64"),
        Shape::Proxy => (is_proxy(value), "is no address of a proxy such as `http://host:3128`"),
        Shape::Certificate => (is_certificate(value), "is no certificate in PEM"),
        Shape::Part(_) if value.is_empty() => (false, "is empty"),
        Shape::Part(signs) => {
            let is_known = |letter: char| letter.is_ascii_alphanumeric() || signs.contains(letter);
            let others: String = signs.chars().map(|sign| format!(" and `{sign}`")).collect();
            let fault = || format!("has other characters than letters, digits{others}");
            return (!value.chars().all(is_known)).then(|| fault().into());
        }
        Shape::Path => {
            (value.starts_with('/') && is_uri(value), "is no path such as `/v2/credentials`")
        }
        Shape::Word(words) => {
            let (last, rest) = words.split_last().expect("there are words to choose from");
            let fault = || format!("is none of `{}` and `{last}`", rest.join("`, `"));
            return (!words.contains(&value)).then(|| fault().into());
        }
        Shape::Line | Shape::Document | Shape::Address | Shape::Question => return None,
    };
    (!is_good).then_some(Cow::Borrowed(reason))
}

/// Reads a switch as the client does.
pub(super) fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" | "y" => Some(true),
        "0" | "false" | "off" | "no" | "n" => Some(false),
        _ => None,
    }
}

pub(super) fn is_base64(value: &str) -> bool {
    base64_simd::STANDARD.check(value.as_bytes()).is_ok()
}

/// Tells whether a header can hold it, whoever reads that.
pub(super) fn is_header(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Tells whether an address, or the end of one, has those characters alone that stand for themselves.
pub(super) fn is_uri(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte))
        && value.parse::<http::Uri>().is_ok()
}

/// Tells whether it is a proxy that the client can go through: it speaks no SOCKS.
fn is_proxy(value: &str) -> bool {
    let scheme = value.split_once("://").map_or("http", |(scheme, _)| scheme);
    matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
        && reqwest::Proxy::all(value).is_ok()
}

fn is_certificate(value: &str) -> bool {
    let mut found = CertificateDer::pem_slice_iter(value.as_bytes()).peekable();
    found.peek().is_some() && found.all(|certificate| certificate.is_ok())
}
