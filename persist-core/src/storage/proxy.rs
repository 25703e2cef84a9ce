//! Which proxy stands before a host, by the rules that the client goes by.

use std::env;
use std::ffi::OsString;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use object_store::{ClientConfigKey, ClientOptions};

/// Variables, in either case, that clients hear when they are made: whom they ask through, and whom they
/// trust.
const HEARD: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Returns the variables of the environment that concern the clients of every cloud, by name.
pub(super) fn variables() -> Vec<(OsString, OsString)> {
    let is_heard = |name: &OsString| HEARD.iter().any(|heard| name.eq_ignore_ascii_case(heard));
    let mut found: Vec<_> = env::vars_os().filter(|(name, _)| is_heard(name)).collect();
    found.sort_unstable();
    found
}

/// The proxies of one client.
#[derive(Debug)]
pub(super) struct Proxies(Matcher);

impl Proxies {
    /// Returns those of a client with these options: the one they name, else the environment's.
    pub(super) fn of(options: &ClientOptions) -> Self {
        let Some(url) = options.get_config_value(&ClientConfigKey::ProxyUrl) else {
            return Self(Matcher::from_system());
        };
        let excludes = options.get_config_value(&ClientConfigKey::ProxyExcludes);
        Self(Matcher::builder().all(url).no(excludes.unwrap_or_default()).build())
    }

    /// Returns scheme, host and port of the one before that address, and never its password.
    pub(super) fn before(&self, address: &Uri) -> Option<Box<str>> {
        let proxy = self.0.intercept(address)?;
        let (scheme, host) = (proxy.uri().scheme_str()?, proxy.uri().authority()?);
        Some(format!("{scheme}://{host}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let options = ClientOptions::new()
            .with_proxy_url("http://me:5ec@proxy:3128/")
            .with_proxy_excludes("inside");
        let before = |address| Proxies::of(&options).before(&Uri::from_static(address));
        assert_eq!(before("https://bucket.host/key").as_deref(), Some("http://proxy:3128"));
        assert_eq!(before("http://inside/key"), None);
    }
}
