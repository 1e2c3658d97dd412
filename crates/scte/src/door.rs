//! Where visitors come in. Replicas behind a proxy are restarted one by one, and nobody is to notice:
//! a process takes no connection before it can answer, and lets go of none that is about to be used.
//!
//! A proxy must not send a form twice. So it may go to another replica only where it finds the door
//! shut, never where a connection breaks under what it sent.

use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use messaging::{Error, Result};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

/// How many connections may wait to be taken.
const QUEUE: u32 = 1024;

/// How long open connections are kept after the door was shut. Each answer says that it is the last
/// on its connection; a proxy that opens another finds the door shut and goes elsewhere.
pub(crate) const LINGER: Duration = Duration::from_millis(500);

/// An address that is ours, open or not.
pub(crate) struct Door {
    address: SocketAddr,
    socket: Option<TcpSocket>,
    listener: Option<TcpListener>,
    closing: CancellationToken,
}

impl Door {
    /// Takes an address; who knocks is refused until [`Door::open`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when somebody has it.
    pub(crate) fn at(address: SocketAddr) -> Result<Self> {
        let taken = || {
            let socket =
                if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            // Connections of a process before this one do not keep it from the address.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok((socket.local_addr()?, socket))
        };
        let (address, socket) = taken().map_err(|error| unavailable(address, &error))?;
        let closing = CancellationToken::new();
        Ok(Self { address, socket: Some(socket), listener: None, closing })
    }

    /// The address, with the port that was taken.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets in who knocks; of no effect on an open door.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when somebody else opened at this address.
    pub(crate) fn open(&mut self) -> Result<()> {
        if let Some(socket) = self.socket.take() {
            let listener = socket.listen(QUEUE);
            self.listener = Some(listener.map_err(|error| unavailable(self.address, &error))?);
        }
        Ok(())
    }

    /// Cancelled, it shuts the door; who knocked before is still let in.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }
}

fn unavailable(address: SocketAddr, error: &std::io::Error) -> Error {
    Error::unavailable(format!("{address} ({error}; choose another with --listen)"))
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        if let Some(listener) = &mut self.listener {
            tokio::select! {
                biased;
                // First whoever waits: to shut the door on them would break their connection.
                taken = Listener::accept(listener) => return taken,
                () = self.closing.cancelled() => {}
            }
        }
        self.listener = None;
        std::future::pending().await
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn local() -> Door {
        Door::at("127.0.0.1:0".parse().unwrap()).unwrap()
    }

    async fn refused(door: &Door) -> bool {
        let error = TcpStream::connect(door.address()).await.err();
        error.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    }

    #[tokio::test]
    async fn nobody_comes_in_before_it_opens() {
        let mut door = local();
        assert!(refused(&door).await);
        door.open().unwrap();
        assert!(!refused(&door).await);
        let other = Door::at(door.address()).map(|_| ()).unwrap_err();
        assert_eq!(other.code(), "unavailable");
    }

    #[tokio::test]
    async fn who_knocked_before_it_was_shut_is_let_in() {
        let mut door = local();
        door.open().unwrap();
        let _waits =
            [TcpStream::connect(door.address()).await, TcpStream::connect(door.address()).await];

        door.closing().cancel();

        door.accept().await;
        door.accept().await;
        let shut = tokio::time::timeout(Duration::from_millis(50), door.accept()).await;
        assert!(shut.is_err(), "nobody else is there");
        assert!(refused(&door).await);
    }
}
