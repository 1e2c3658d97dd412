//! How often one address may ask: of everything, and of single routes that invite guessing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::http::{Extensions, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::http::Failure;
use crate::http::visit::Visit;

/// The limits of one process; clones share the counts.
#[derive(Clone, Debug)]
pub struct Limits {
    general: Option<Arc<Limiter>>,
    routes: bool,
}

impl Limits {
    /// At most `per_minute` requests of one address to a service (0: no limit), and the limits
    /// that routes state.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self {
            general: NonZeroU32::new(per_minute).map(|n| Arc::new(Limiter::new(n))),
            routes: true,
        }
    }

    /// No limits at all, not even those of routes: for benches and tests that are in a hurry.
    #[must_use]
    pub fn off() -> Self {
        Self { general: None, routes: false }
    }

    /// Whether the limits that routes state apply.
    #[must_use]
    pub fn of_routes(&self) -> bool {
        self.routes
    }

    pub(crate) fn check(&self, extensions: &Extensions) -> Result<(), TooMany> {
        self.general.as_ref().map_or(Ok(()), |general| general.check(extensions))
    }
}

/// Somebody asks too often; how many seconds to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany(u64);

impl IntoResponse for TooMany {
    fn into_response(self) -> Response {
        let message = format!("that was too often: please try again in {} seconds", self.0);
        let mut answer = Failure::http(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
            .into_response();
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(self.0));
        answer
    }
}

/// One rate per address, burst of a minute.
#[derive(Debug)]
pub(crate) struct Limiter {
    keyed: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicU32,
}

impl Limiter {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self { keyed: RateLimiter::keyed(Quota::per_minute(per_minute)), asked: AtomicU32::new(0) }
    }

    pub(crate) fn check(&self, extensions: &Extensions) -> Result<(), TooMany> {
        // Addresses that came back to their full allowance are forgotten now and then.
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(10_000) {
            self.keyed.retain_recent();
        }
        self.keyed.check_key(&address(extensions)).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            TooMany(wait.as_secs() + 1)
        })
    }
}

/// The address asked from. A whole /64 of IPv6 is one house; without an address all are one.
fn address(extensions: &Extensions) -> IpAddr {
    let address = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |ConnectInfo(from)| from.ip().to_canonical());
    match address {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
        four @ IpAddr::V4(_) => four,
    }
}

/// Middleware of a route that states a limit.
pub(crate) async fn limit(
    State(limiter): State<Arc<Limiter>>,
    request: Request,
    next: Next,
) -> Response {
    if Visit::of(request.extensions()).is_limited()
        && let Err(too_many) = limiter.check(request.extensions())
    {
        return too_many.into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo::<SocketAddr>(address.parse().unwrap()));
        extensions
    }

    #[test]
    fn each_address_has_its_own_allowance() {
        let limiter = Limiter::new(NonZeroU32::new(2).unwrap());

        assert!(limiter.check(&from("192.0.2.1:1")).is_ok());
        assert!(limiter.check(&from("192.0.2.1:2")).is_ok());
        assert!(limiter.check(&from("192.0.2.1:3")).unwrap_err().0 > 0);
        assert!(limiter.check(&from("192.0.2.2:1")).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_house() {
        assert_eq!(address(&from("[2001:db8::1]:1")), address(&from("[2001:db8::2]:1")));
        assert_ne!(address(&from("[2001:db8:0:1::1]:1")), address(&from("[2001:db8::1]:1")));
    }

    #[test]
    fn no_address_is_one_bucket() {
        let limiter = Limiter::new(NonZeroU32::MIN);
        assert!(limiter.check(&Extensions::new()).is_ok());
        assert!(limiter.check(&Extensions::new()).is_err());
    }

    #[test]
    fn switched_off_means_off() {
        for _ in 0..100 {
            assert!(Limits::off().check(&Extensions::new()).is_ok());
        }
        assert!(!Limits::off().of_routes());
    }
}
