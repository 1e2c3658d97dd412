//! A TCP proxy that breaks in every way a network does: [`Wire`]. Whoever is to be cut off from
//! somebody is given the wire's address in place of the other's own.
//!
//! What was swallowed stays lost. TCP has no holes, so a connection that lost a byte never speaks
//! again in that direction, also after the wire was healed, and nobody tells its ends: as behind a
//! firewall that forgot the connection. Who waits for it without a time-out waits for ever.

mod connection;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use connection::Connection;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long until a port that is not free yet is asked for again.
const AGAIN: Duration = Duration::from_millis(5);

/// One of the two ways through a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From whoever connected to the target: requests.
    ToTarget,
    /// From the target to whoever connected: answers.
    FromTarget,
}

impl Direction {
    fn reverse(self) -> Self {
        match self {
            Self::ToTarget => Self::FromTarget,
            Self::FromTarget => Self::ToTarget,
        }
    }
}

/// How the wire is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct State {
    /// Nobody is connected, nobody can connect.
    cut: bool,
    /// How long a byte takes, each way, on average.
    delay: Duration,
    /// Nothing arrives at the target.
    swallows_to: bool,
    /// Nothing arrives from the target.
    swallows_from: bool,
}

impl State {
    fn swallows(self, direction: Direction) -> bool {
        match direction {
            Direction::ToTarget => self.swallows_to,
            Direction::FromTarget => self.swallows_from,
        }
    }
}

/// What went through a wire so far, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// How many connections were accepted.
    pub connections: u64,
    /// How many of them the wire cut, or swallowed something of.
    pub broken: u64,
    /// How many bytes arrived, both ways.
    pub bytes: u64,
    /// How many bytes vanished, both ways.
    pub swallowed: u64,
}

/// The counters behind [`Carried`].
#[derive(Debug, Default)]
struct Counters {
    connections: AtomicU64,
    broken: AtomicU64,
    bytes: AtomicU64,
    swallowed: AtomicU64,
}

/// A wire to one target, on a loopback port of its own that it keeps for its life. Dropped, it
/// closes everything.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    target: Target,
    state: watch::Sender<State>,
    standing: watch::Receiver<Standing>,
    counters: Arc<Counters>,
    /// Aborted when the wire is dropped.
    _accepting: JoinSet<()>,
}

/// Where a wire leads.
type Target = Arc<Mutex<SocketAddr>>;

/// What the wire has come to, a moment after its state was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    listens: bool,
    connections: usize,
}

impl Wire {
    /// A sound wire before `target`, which need not be there yet. The jitter of delays comes from
    /// `seed`.
    ///
    /// # Errors
    /// When no port is free.
    pub fn before(target: SocketAddr, seed: u64) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        let listener = socket.listen(BACKLOG)?;
        let state = watch::Sender::new(State::default());
        let standing = watch::Sender::new(Standing { listens: true, connections: 0 });
        let counters = Arc::new(Counters::default());
        let target = Target::new(Mutex::new(target));
        let wiring = Wiring {
            address,
            target: target.clone(),
            seed,
            state: state.subscribe(),
            counters: counters.clone(),
            standing: standing.clone(),
        };
        let standing = standing.subscribe();
        let mut accepting = JoinSet::new();
        accepting.spawn(wiring.run(listener));
        Ok(Self { address, target, state, standing, counters, _accepting: accepting })
    }

    /// Where to connect in place of the target.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads elsewhere from now on whoever connects.
    pub fn aim(&self, target: SocketAddr) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    /// Resets every connection and refuses new ones; returns when that is so.
    pub async fn cut(&self) {
        self.state.send_modify(|state| state.cut = true);
        let mut standing = self.standing.clone();
        let gone = |standing: &Standing| !standing.listens && standing.connections == 0;
        drop(standing.wait_for(gone).await);
    }

    /// Makes it sound again, whatever was wrong with it; returns when it accepts connections.
    pub async fn heal(&self) {
        self.state.send_replace(State::default());
        let mut standing = self.standing.clone();
        drop(standing.wait_for(|standing| standing.listens).await);
    }

    /// Lets every byte take `average` each way, give or take half of it; order is kept. It goes on
    /// until [`heal`](Self::heal) and adds to what else is wrong.
    pub fn delay(&self, average: Duration) {
        self.state.send_modify(|state| state.delay = average);
    }

    /// Accepts connections and what is sent over them, and delivers nothing, neither bytes nor the
    /// end of a connection; so for the connections that are open already.
    pub fn half_open(&self) {
        self.state.send_modify(|state| (state.swallows_to, state.swallows_from) = (true, true));
    }

    /// Swallows one direction, as [`half_open`](Self::half_open) does both; the other one works.
    pub fn one_way(&self, swallowed: Direction) {
        self.state.send_modify(|state| match swallowed {
            Direction::ToTarget => state.swallows_to = true,
            Direction::FromTarget => state.swallows_from = true,
        });
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.standing.borrow().connections
    }

    /// What went through it so far.
    #[must_use]
    pub fn carried(&self) -> Carried {
        let Counters { connections, broken, bytes, swallowed } = &*self.counters;
        let [connections, broken, bytes, swallowed] =
            [connections, broken, bytes, swallowed].map(|counter| counter.load(Ordering::Relaxed));
        Carried { connections, broken, bytes, swallowed }
    }
}

/// A socket that has the port but does not listen: whoever connects is refused, and nobody else is
/// given the port.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// The same, of a port that was ours a moment ago.
async fn bound_again(address: SocketAddr) -> TcpSocket {
    loop {
        match bound(address) {
            Ok(socket) => return socket,
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

/// Resolves when the state is such; never, when the wire is dropped, which ends every task of it.
async fn until(state: &watch::Receiver<State>, such: impl Fn(State) -> bool) {
    let mut state = state.clone();
    if state.wait_for(|state| such(*state)).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The inner side of a wire: accepts, and lets go.
struct Wiring {
    address: SocketAddr,
    target: Target,
    seed: u64,
    state: watch::Receiver<State>,
    counters: Arc<Counters>,
    standing: watch::Sender<Standing>,
}

impl Wiring {
    async fn run(self, mut listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            self.accept(&listener, &mut open).await;
            drop(listener);
            let placeholder = bound_again(self.address).await;
            self.stand(false, open.len());
            while open.join_next().await.is_some() {
                self.stand(false, open.len());
            }
            until(&self.state, |state| !state.cut).await;
            listener = self.listen(placeholder).await;
            self.stand(true, 0);
        }
    }

    /// Accepts connections until the wire is cut.
    async fn accept(&self, listener: &TcpListener, open: &mut JoinSet<()>) {
        loop {
            tokio::select! {
                biased;
                () = until(&self.state, |state| state.cut) => return,
                Some(_) = open.join_next(), if !open.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((near, _)) => {
                        let number = self.counters.connections.fetch_add(1, Ordering::Relaxed);
                        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(number);
                        let (state, counters) = (self.state.clone(), self.counters.clone());
                        let target = *self.target.lock().unwrap_or_else(PoisonError::into_inner);
                        let connection = Connection::new(target, seed, state, counters);
                        open.spawn(connection.run(near));
                    }
                    // No file descriptor is free: one will be.
                    Err(_) => tokio::time::sleep(AGAIN).await,
                },
            }
            self.stand(true, open.len());
        }
    }

    async fn listen(&self, mut placeholder: TcpSocket) -> TcpListener {
        loop {
            if let Ok(listener) = placeholder.listen(BACKLOG) {
                return listener;
            }
            tokio::time::sleep(AGAIN).await;
            placeholder = bound_again(self.address).await;
        }
    }

    fn stand(&self, listens: bool, connections: usize) {
        self.standing.send_replace(Standing { listens, connections });
    }
}
