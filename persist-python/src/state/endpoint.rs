//! Addresses as all clients read them: what is shown and compared where a secret may be sent.
//!
//! Clients differ in where they end a host and in what they take for a port. So nothing but a plain
//! user part is ever cut off here, and what any of them might read as another host is no endpoint.

use pyo3::prelude::*;

use super::url::{BETWEEN, Url, secret_value, user_end};

/// The schemes whose clients connect to what stands behind the two slashes, whatever that is.
const NAMED: [&str; 7] = ["//", "http://", "https://", "ws://", "wss://", "grpc://", "grpcs://"];

/// What a map or list begins with that holds addresses, or an address in numbers.
const OPENING: [char; 3] = ['{', '[', '('];

/// An address as it may be shown, and is compared: without its user part, without the values of
/// parameters whose names tell a secret, and with its host in lower case.
///
/// None where clients might read different hosts in it.
#[pyfunction]
pub(crate) fn plain_endpoint(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    if text.starts_with(OPENING) {
        return Some(text.to_owned());
    }
    if text.contains('\\') {
        return None;
    }
    let scheme = if text.starts_with("//") { "//" } else { Url::of(text).map_or("", Url::scheme) };
    if scheme.is_empty() {
        return if text.contains("://") { None } else { without_scheme(text) };
    }
    let rest = &text[scheme.len()..];
    let (user, place, tail) = split(rest)?;
    let is_named = NAMED.iter().any(|named| named.eq_ignore_ascii_case(scheme));
    if text.contains(' ') || !(is_named || user.is_none()) && scheme.contains('.') {
        return None;
    }
    if user.is_none() && !is_named {
        return Some([scheme, place, &without_values(tail)].concat());
    }
    let is_plain = if is_named { is_place(place) } else { place.split(',').all(is_place) };
    is_plain.then(|| [scheme, place].concat().to_ascii_lowercase() + &without_values(tail))
}

/// The same of an address without a scheme: it is as it stands but for a user with a password.
fn without_scheme(text: &str) -> Option<String> {
    if Url::bare(text).is_none() {
        return Some(text.to_owned());
    }
    let (user, place, tail) = split(text)?;
    let name = user?.split(':').next()?;
    // Some take `http:` for a scheme all the same.
    let is_scheme =
        NAMED.iter().any(|named| named.trim_end_matches("://").eq_ignore_ascii_case(name));
    (!is_scheme && is_place(place)).then(|| place.to_ascii_lowercase() + &without_values(tail))
}

/// The user part, the host with its port, and what stands behind them.
///
/// None where what ends the user part depends on who reads it.
fn split(rest: &str) -> Option<(Option<&str>, &str, &str)> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let at = authority.find('@');
    if user_end(rest) != at {
        return None;
    }
    let Some(at) = at else { return Some((None, authority, tail)) };
    let user = &authority[..at];
    (!user.contains(['[', ']'])).then_some((Some(user), &authority[at + 1..], tail))
}

/// Whether a text is a host that has one reading, with or without a port.
fn is_place(text: &str) -> bool {
    let is_in =
        |part: &str, is: fn(&u8) -> bool| !part.is_empty() && part.as_bytes().iter().all(is);
    let (is_host, port) = match text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, port)) => {
            (is_in(inner, |byte| byte.is_ascii_hexdigit() || b":.".contains(byte)), port)
        }
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (is_in(host, |byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte)), port)
        }
    };
    let is_port = |digits: &str| {
        is_in(digits, u8::is_ascii_digit) && digits.len() <= 5 && digits.parse::<u16>().is_ok()
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// A path with parameters, without the values of those whose names tell a secret.
fn without_values(tail: &str) -> String {
    let (path, parameters) = tail.split_at(tail.find(['?', '#']).unwrap_or(tail.len()));
    let mut bare = path.to_owned();
    for part in parameters.split_inclusive(BETWEEN) {
        let parameter = part.trim_end_matches(BETWEEN);
        let value = secret_value(parameter).unwrap_or_default();
        bare.push_str(&part[..parameter.len() - value.len()]);
        bare.push_str(&part[parameter.len()..]);
    }
    bare
}
