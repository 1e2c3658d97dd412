//! Where a request comes from: the peer, or, behind a proxy of ours, whom the proxy names.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The address that a request came from.
///
/// A trusted proxy puts its own peer at the end of `X-Forwarded-For`; what stands before that was
/// written by whoever asked, and is believed only as far as trusted proxies wrote it.
pub(crate) fn address(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> SocketAddr {
    let is_trusted = |address: &IpAddr| trusted.contains(&address.to_canonical());
    if !is_trusted(&peer.ip()) {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = named.flat_map(|line| line.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        match hop.parse::<IpAddr>() {
            Ok(address) if is_trusted(&address) => {}
            Ok(address) => return SocketAddr::new(address, 0),
            Err(_) => return peer,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let trusted = ["127.0.0.1".parse().unwrap(), "192.0.2.9".parse().unwrap()];
        let headers = HeaderMap::from_iter([(
            "x-forwarded-for".parse().unwrap(),
            forwarded.parse().unwrap(),
        )]);
        address(format!("{peer}:1").parse().unwrap(), &headers, &trusted).ip().to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        assert_eq!(seen("127.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", "203.0.113.1, 198.51.100.7"), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", "198.51.100.7, 192.0.2.9"), "198.51.100.7");
        assert_eq!(seen("203.0.113.1", "198.51.100.7"), "203.0.113.1");
        assert_eq!(seen("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", ""), "127.0.0.1");
    }
}
