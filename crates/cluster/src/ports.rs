//! Fixed loopback ports: a process that is started again must find its own free.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use rand::RngExt as _;

use crate::{Failed, Outcome};

/// Below the range from which the kernel takes ports for outgoing connections: one of those could
/// sit on our port just while its process is down.
const RANGE: std::ops::Range<u16> = 11_000..31_000;

/// A port that no other harness on this machine takes while this lives.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    /// Holds the lock.
    _claim: Option<File>,
}

impl Port {
    /// A port that somebody else chose.
    pub(crate) fn given(address: SocketAddr) -> Self {
        Self { address, _claim: None }
    }

    /// A free one.
    pub(crate) fn free() -> Outcome<Self> {
        let claims = std::env::temp_dir().join("scte-ports");
        std::fs::create_dir_all(&claims)?;
        for _ in 0..1_000 {
            let port = rand::rng().random_range(RANGE);
            // What cannot be opened belongs to another user.
            let Ok(claim) = File::create(claims.join(port.to_string())) else { continue };
            if claim.try_lock().is_err() {
                continue;
            }
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if TcpListener::bind(address).is_ok() {
                return Ok(Self { address, _claim: Some(claim) });
            }
        }
        Err(Failed::because("no loopback port is free"))
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn no_two_claims_are_of_one_port() {
        let ports: Vec<Port> = (0..50).map(|_| Port::free().unwrap()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(|port| port.address.port()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
    }
}
