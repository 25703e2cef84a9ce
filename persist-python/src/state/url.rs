//! The credentials that stand in a URL: read as widely as any password may be written.

use pyo3::prelude::*;

use super::secret::tells_secret;

/// How long a scheme may be.
const SCHEME_BYTES: usize = 40;

/// A user without a password is a token from so many characters on, with letters and digits in it.
const TOKEN_BYTES: usize = 16;

/// What ends the part of a URL that names the host, and what stands between parameters.
const TAIL: [char; 2] = ['?', '#'];
pub(super) const BETWEEN: [char; 4] = ['?', '#', '&', ';'];

/// What stands before a colon in addresses that are no user's with a password.
const OPAQUE: [&str; 5] = ["mailto", "sip", "sips", "xmpp", "acct"];

/// A text that is a URL.
pub(super) struct Url<'a> {
    /// Up to the two slashes.
    scheme: &'a str,
    /// What stands before the `@`, where there is one.
    user: Option<&'a str>,
    rest: &'a str,
}

impl<'a> Url<'a> {
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let head = &text.as_bytes()[..text.len().min(SCHEME_BYTES)];
        let end = head.windows(3).position(|three| three == b"://")?;
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+.-:".contains(byte);
        if end == 0 || !head[..end].iter().all(is_letter) {
            return None;
        }
        let (scheme, rest) = text.split_at(end + 3);
        let user = user_end(rest);
        let behind = user.map_or(0, |end| end + 1);
        Some(Self { scheme, user: user.map(|end| &rest[..end]), rest: &rest[behind..] })
    }

    /// An address without a scheme that has a user and a password.
    pub(super) fn bare(text: &'a str) -> Option<Self> {
        if text.contains("://") || text.contains(['\\', '"', '<']) {
            return None;
        }
        let end = user_end(text)?;
        let (user, rest) = (&text[..end], &text[end + 1..]);
        let (name, password) = user.split_once(':')?;
        let is_opaque = OPAQUE.iter().any(|scheme| scheme.eq_ignore_ascii_case(name));
        let is_host = rest.starts_with(|first: char| first.is_alphanumeric() || first == '[');
        let is_whole = !text.contains(char::is_whitespace) && !name.contains('/');
        (!is_opaque && is_host && is_whole && !password.is_empty()).then_some(Self {
            scheme: "",
            user: Some(user),
            rest,
        })
    }

    /// What stands before the host, up to the two slashes.
    pub(super) fn scheme(self) -> &'a str {
        self.scheme
    }

    /// The host and path, and the parameters behind them.
    fn split(&self) -> (&'a str, &'a str) {
        self.rest.split_at(self.rest.find(TAIL).unwrap_or(self.rest.len()))
    }

    fn is_whole(&self) -> bool {
        !self.user.unwrap_or_default().contains(char::is_whitespace)
    }
}

/// Where the `@` stands that ends the user part.
pub(super) fn user_end(rest: &str) -> Option<usize> {
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if authority.contains('@') {
        return authority.rfind('@');
    }
    // A password may hold a `/` that nobody quoted; a port may not, nor an address in brackets.
    let colon = authority.find(':').filter(|_| !authority.starts_with('['))?;
    let after = &rest[colon + 1..];
    if authority[colon + 1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    after.find('@').map(|at| colon + 1 + at)
}

/// Whether a text is a URL with credentials in it.
pub(super) fn has_credentials(text: &str) -> bool {
    !credentials_of(text, false).is_empty()
}

/// Whether a text is an address without a scheme that has a user and a password.
pub(super) fn is_bare_with_password(text: &str) -> bool {
    Url::bare(text).is_some()
}

/// The password or token of a URL, and the values of parameters whose names tell a secret, as they
/// stand there; nothing where a text is no URL.
#[pyfunction]
#[pyo3(signature = (text, is_address = false))]
pub(crate) fn credentials_of(text: &str, is_address: bool) -> Vec<&str> {
    let bare = || Url::bare(text).filter(|_| is_address);
    let Some(url) = Url::of(text).filter(Url::is_whole).or_else(bare) else { return Vec::new() };
    let (_, tail) = url.split();
    let is_text = tail.contains(char::is_whitespace);
    let named = tail.split(BETWEEN).filter(|_| !is_text).filter_map(secret_value);
    url.user.and_then(token_of).into_iter().chain(named).collect()
}

/// The password of a user part, or the user where that is a token.
fn token_of(user: &str) -> Option<&str> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let has = |is: fn(&u8) -> bool| name.as_bytes().iter().any(is);
    let is_token =
        name.len() >= TOKEN_BYTES && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    if password.is_empty() { is_token.then_some(name) } else { Some(password) }
}

/// The value of a parameter whose name tells a secret.
pub(super) fn secret_value(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    (!value.is_empty() && tells_secret(name)).then_some(value)
}
