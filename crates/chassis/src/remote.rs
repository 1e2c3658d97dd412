//! Calls to systems outside: with deadlines, without redirects, never into a private network by
//! accident.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use messaging::{Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::Site;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole call may take.
const WHOLE: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 1024 * 1024;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The address is not one we call.
    #[error("{0}")]
    NotAllowed(String),
    /// It certainly did not arrive; it may be tried again.
    #[error("the other side could not be reached: {0}")]
    NotSent(String),
    /// It may have arrived: ask before trying again with another key.
    #[error("the other side did not answer: {0}")]
    Unknown(String),
}

impl RemoteError {
    /// Whether the other side may have acted on the call.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

impl From<RemoteError> for Error {
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::NotAllowed(why) => Self::internal(why),
            other => Self::unavailable(other.to_string()),
        }
    }
}

/// Makes outgoing calls; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    open: reqwest::Client,
    guarded: reqwest::Client,
    allowed: Arc<[String]>,
}

impl Client {
    /// A client that may call anything public, and our own site wherever it is.
    ///
    /// # Errors
    /// [`Error::Internal`] when the machine gives no client.
    pub fn new(site: &Site) -> Result<Self> {
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT)
                .timeout(WHOLE)
                .redirect(redirect::Policy::none())
                .no_proxy()
                .user_agent("scte")
        };
        let guarded = builder().dns_resolver(Arc::new(PublicOnly));
        Ok(Self {
            open: builder().build().map_err(Error::internal)?,
            guarded: guarded.build().map_err(Error::internal)?,
            allowed: Arc::new([]),
        }
        .allowing([site.origin.as_str()]))
    }

    /// May also call these origins wherever they are: what the settings name, each
    /// `https://host` or `http://host:port`.
    #[must_use]
    pub fn allowing<'a>(self, origins: impl IntoIterator<Item = &'a str>) -> Self {
        let more = origins.into_iter().filter_map(|one| origin(&Url::parse(one).ok()?));
        Self { allowed: self.allowed.iter().cloned().chain(more).collect(), ..self }
    }

    /// Asks for something.
    #[must_use]
    pub fn get(&self, url: &str) -> Request {
        self.request(Method::GET, url)
    }

    /// Sends something.
    #[must_use]
    pub fn post(&self, url: &str) -> Request {
        self.request(Method::POST, url)
    }

    fn request(&self, method: Method, url: &str) -> Request {
        let builder = self.chosen(url).map(|(client, url)| client.request(method, url));
        Request { builder }
    }

    fn chosen(&self, text: &str) -> Result<(&reqwest::Client, Url), RemoteError> {
        let refused = |why: &str| RemoteError::NotAllowed(format!("{why} is not called"));
        let url = Url::parse(text).map_err(|_| refused("what is no address"))?;
        let origin = origin(&url).ok_or_else(|| refused("an address that is not http"))?;
        if self.allowed.contains(&origin) {
            return Ok((&self.open, url));
        }
        // A name is looked at when it is resolved; an address in the URL is not resolved.
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|address| !is_public(address)) {
            return Err(refused("an address of a private network"));
        }
        Ok((&self.guarded, url))
    }
}

fn origin(url: &Url) -> Option<String> {
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// A call that is being put together.
pub struct Request {
    builder: Result<reqwest::RequestBuilder, RemoteError>,
}

impl Request {
    fn map(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { builder: self.builder.map(change) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            return self.map(|builder| builder.header(name, value));
        }
        let why = format!("the header {name} cannot be sent");
        Self { builder: self.builder.and(Err(RemoteError::NotAllowed(why))) }
    }

    /// Says who we are by a token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.map(|builder| builder.bearer_auth(token))
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        self.map(|builder| builder.json(body))
    }

    /// Sends a form.
    #[must_use]
    pub fn form(self, body: &impl Serialize) -> Self {
        self.map(|builder| builder.form(body))
    }

    /// Sends these bytes as they are, for example because they were signed; say the content type
    /// with [`Request::header`].
    #[must_use]
    pub fn body(self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Vec<u8> = bytes.into();
        self.map(|builder| builder.body(bytes))
    }

    /// Makes the call.
    ///
    /// # Errors
    /// [`RemoteError`], which says whether it may have arrived. A status such as 500 is an answer.
    pub async fn send(self) -> Result<Reply, RemoteError> {
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                RemoteError::NotSent(Error::internal(error).chain())
            } else {
                RemoteError::Unknown(Error::internal(error).chain())
            }
        };
        let mut answer = self.builder?.send().await.map_err(failed)?;
        let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(RemoteError::Unknown("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }
}

/// What the other side answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Resolves names to public addresses only, so that no name leads into a private network.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok::<Addrs, _>(Box::new(public.into_iter()))
        })
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => is_public_v6(six),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_broadcast()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast, without what tunnels to IPv4 or is for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let tunnelled = a == 0x2002 || (a == 0x2001 && b == 0);
    (0x2000..0x4000).contains(&a) && !tunnelled && !(a == 0x2001 && b == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_called() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "fc00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    fn site(origin: &str) -> Site {
        Site {
            origin: origin.to_owned(),
            zone: chrono_tz::UTC,
            mode: crate::app::Mode::Test,
            https: false,
            name: "SCTE".to_owned(),
            loopback: true,
        }
    }

    #[test]
    fn only_allowed_origins_may_be_private() {
        let client = Client::new(&site("http://127.0.0.1:8080")).unwrap();
        assert!(client.chosen("http://127.0.0.1:8080/checkout/sandbox/api").is_ok());
        for refused in [
            "http://127.0.0.1:8081/",
            "https://127.0.0.1:8080/",
            "http://[::1]/",
            "file:///etc/passwd",
            "nothing",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            assert!(client.chosen(refused).is_err(), "{refused}");
        }
        assert!(client.chosen("http://example.org/").is_ok());
        let more = client.allowing(["http://127.0.0.1:8081", "nonsense"]);
        assert!(more.chosen("http://127.0.0.1:8081/").is_ok());
        assert!(more.chosen("http://127.0.0.1:8080/").is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_called() {
        let client = Client::new(&site("https://scte.example")).unwrap();
        let answer = client.get("http://localhost:9/").send().await;
        assert!(matches!(answer, Err(RemoteError::NotSent(_))), "{answer:?}");
    }
}
