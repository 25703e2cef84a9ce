//! The HTTP client that requests go through: made as `object_store` makes one of the same options, but it
//! follows no redirect. Where one leads, nobody has said that it may have a key, a session or a SAS, and
//! what a page answers there is not about an object.

use std::time::Duration;

use object_store::{ClientConfigKey as Key, ClientOptions};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::tls::Certificate;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy};

use super::object::look_up;
use super::value::switch;

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Makes the client of these options, whose values have the shapes that they must have.
pub(super) fn client(options: &ClientOptions) -> reqwest::Result<Client> {
    let is_on = |key| options.get_config_value(&key).as_deref().and_then(switch) == Some(true);
    let agent = options.get_config_value(&Key::UserAgent).unwrap_or_else(|| USER_AGENT.to_owned());
    let mut builder = Client::builder().redirect(Policy::none()).user_agent(agent);
    if let Some(headers) = options.get_default_headers() {
        builder = builder.default_headers(headers.clone());
    }
    builder = proxied(builder, options)?;
    if is_on(Key::NoSystemCertificates) {
        builder = builder.tls_certs_only([]);
    }
    builder = timed(builder, options);
    builder = versioned(builder, options);
    if is_on(Key::AllowInvalidCertificates) {
        builder = builder.danger_accept_invalid_certs(true);
    }
    if is_on(Key::RandomizeAddresses) {
        builder = builder.dns_resolver(std::sync::Arc::new(Shuffled));
    }
    // The length of what arrives is that of the object, so nothing may be compressed on its way; that
    // takes features which are not built.
    builder.https_only(!is_on(Key::AllowHttp)).build()
}

fn proxied(builder: ClientBuilder, options: &ClientOptions) -> reqwest::Result<ClientBuilder> {
    let Some(url) = options.get_config_value(&Key::ProxyUrl) else { return Ok(builder) };
    let excluded = options.get_config_value(&Key::ProxyExcludes);
    let excluded = excluded.and_then(|hosts| NoProxy::from_string(&hosts));
    let builder = builder.proxy(Proxy::all(url)?.no_proxy(excluded));
    Ok(match options.get_config_value(&Key::ProxyCaCertificate) {
        Some(pem) => builder.tls_certs_merge(Certificate::from_pem_bundle(pem.as_bytes())?),
        None => builder,
    })
}

fn timed(mut builder: ClientBuilder, options: &ClientOptions) -> ClientBuilder {
    let time = |key| -> Option<Duration> {
        humantime::parse_duration(&options.get_config_value(&key)?).ok()
    };
    if let Some(time) = time(Key::Timeout) {
        builder = builder.timeout(time);
    }
    if let Some(time) = time(Key::ConnectTimeout) {
        builder = builder.connect_timeout(time);
    }
    if let Some(time) = time(Key::ReadTimeout) {
        builder = builder.read_timeout(time);
    }
    if let Some(time) = time(Key::PoolIdleTimeout) {
        builder = builder.pool_idle_timeout(time);
    }
    if let Some(time) = time(Key::Http2KeepAliveInterval) {
        builder = builder.http2_keep_alive_interval(time);
    }
    if let Some(time) = time(Key::Http2KeepAliveTimeout) {
        builder = builder.http2_keep_alive_timeout(time);
    }
    builder
}

fn versioned(mut builder: ClientBuilder, options: &ClientOptions) -> ClientBuilder {
    let text = |key| options.get_config_value(&key);
    let is_on = |key| text(key).as_deref().and_then(switch) == Some(true);
    if let Some(count) = text(Key::PoolMaxIdlePerHost).and_then(|text| text.parse().ok()) {
        builder = builder.pool_max_idle_per_host(count);
    }
    if is_on(Key::Http2KeepAliveWhileIdle) {
        builder = builder.http2_keep_alive_while_idle(true);
    }
    if let Some(size_bytes) = text(Key::Http2MaxFrameSize).and_then(|text| text.parse::<u32>().ok())
    {
        builder = builder.http2_max_frame_size(Some(size_bytes));
    }
    if is_on(Key::Http1Only) {
        builder = builder.http1_only();
    }
    if is_on(Key::Http2Only) {
        builder = builder.http2_prior_knowledge();
    }
    builder
}

/// Gives the addresses of a host in an order of chance, so that connections spread over them.
struct Shuffled;

impl Resolve for Shuffled {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let mut found = look_up(name.as_str().to_owned()).await?;
            found.sort_by_cached_key(|_| uuid::Uuid::now_v7().as_u128() as u64);
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
