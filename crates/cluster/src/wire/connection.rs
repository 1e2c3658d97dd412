//! One connection through a wire: two ways, each a queue of what is under way.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Counters, Direction, State, until};

/// How many bytes are read at once.
const PIECE: usize = 16 * 1024;

/// How many pieces may be under way in one direction: what more comes waits at its sender.
const UNDER_WAY: usize = 32;

/// A connection to be made.
pub(super) struct Connection {
    target: SocketAddr,
    seed: u64,
    state: watch::Receiver<State>,
    counters: Arc<Counters>,
    /// Whether the wire did it harm.
    harmed: AtomicBool,
}

/// The connection cannot go on: one of its ends is gone, or it ended after it had lost something.
struct Over;

/// What is under way: bytes, or none for the end of the stream; and when it arrives.
struct Piece {
    bytes: Vec<u8>,
    due: Instant,
}

impl Connection {
    pub(super) fn new(
        target: SocketAddr,
        seed: u64,
        state: watch::Receiver<State>,
        counters: Arc<Counters>,
    ) -> Self {
        Self { target, seed, state, counters, harmed: AtomicBool::new(false) }
    }

    /// Carries what `near` and the target say to each other until both have ended, one of them is
    /// gone, or the wire is cut.
    pub(super) async fn run(self, mut near: TcpStream) {
        let mut far = None;
        let over = tokio::select! {
            biased;
            () = until(&self.state, |state| state.cut) => {
                self.harm();
                true
            }
            over = self.carry(&mut near, &mut far) => over.is_err(),
        };
        // Not an end in order: a reset.
        for stream in [Some(near), far].into_iter().flatten().filter(|_| over) {
            stream.set_zero_linger().unwrap_or_default();
        }
    }

    async fn carry(&self, near: &mut TcpStream, far: &mut Option<TcpStream>) -> Result<(), Over> {
        let mut chance = ChaCha20Rng::seed_from_u64(self.seed);
        let [there, back] = [Direction::ToTarget, Direction::FromTarget].map(|direction| Way {
            connection: self,
            direction,
            lost: AtomicBool::new(false),
        });
        let late = Instant::now() + there.delay(&mut chance);
        tokio::time::sleep_until(late).await;
        if there.swallows() {
            // The target does not even hear that somebody wants to connect.
            there.lost.store(true, Ordering::Relaxed);
            self.harm();
            let (read, _write) = near.split();
            let (send, _unheard) = mpsc::channel(1);
            return there.take(read, send, chance).await;
        }
        let far = far.insert(TcpStream::connect(self.target).await.map_err(|_| Over)?);
        for stream in [&*near, &*far] {
            stream.set_nodelay(true).unwrap_or_default();
        }
        let ((near_read, near_write), (far_read, far_write)) = (near.split(), far.split());
        let other = ChaCha20Rng::seed_from_u64(chance.random());
        tokio::try_join!(
            there.run(near_read, far_write, chance),
            back.run(far_read, near_write, other)
        )?;
        Ok(())
    }

    fn harm(&self) {
        if !self.harmed.swap(true, Ordering::Relaxed) {
            self.counters.broken.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// One direction of a connection.
struct Way<'a> {
    connection: &'a Connection,
    direction: Direction,
    /// Whether a byte of it was swallowed: nothing behind it may arrive.
    lost: AtomicBool,
}

impl Way<'_> {
    async fn run(
        &self,
        from: ReadHalf<'_>,
        to: WriteHalf<'_>,
        chance: ChaCha20Rng,
    ) -> Result<(), Over> {
        let (send, receive) = mpsc::channel(UNDER_WAY);
        tokio::try_join!(self.take(from, send, chance), self.give(receive, to))?;
        Ok(())
    }

    /// Reads what is said and gives it a time of arrival.
    async fn take(
        &self,
        mut from: ReadHalf<'_>,
        send: Sender<Piece>,
        mut chance: ChaCha20Rng,
    ) -> Result<(), Over> {
        let mut buffer = vec![0; PIECE];
        let mut due = Instant::now();
        loop {
            let read = from.read(&mut buffer).await;
            if !matches!(read, Ok(1..)) {
                self.heard(self.direction).await;
            }
            let read = read.map_err(|_| Over)?;
            if read == 0 && self.has_lost() {
                return Err(Over);
            }
            if self.loses(read) {
                continue;
            }
            // Nothing overtakes what was said before.
            due = due.max(Instant::now() + self.delay(&mut chance));
            send.send(Piece { bytes: buffer[..read].to_vec(), due }).await.map_err(|_| Over)?;
            if read == 0 {
                return Ok(());
            }
        }
    }

    /// Delivers what is due.
    async fn give(&self, mut receive: Receiver<Piece>, mut to: WriteHalf<'_>) -> Result<(), Over> {
        while let Some(Piece { bytes, due }) = receive.recv().await {
            tokio::time::sleep_until(due).await;
            if bytes.is_empty() {
                self.heard(self.direction).await;
                if self.has_lost() {
                    return Err(Over);
                }
                to.shutdown().await.unwrap_or_default();
            }
            if self.deliver(&bytes, &to).await.is_err() {
                // That its other end is gone is news that travels the other way.
                self.heard(self.direction.reverse()).await;
                return Err(Over);
            }
        }
        Ok(())
    }

    async fn deliver(&self, bytes: &[u8], to: &WriteHalf<'_>) -> std::io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // Who does not read holds back who writes, but not a wire that swallows.
            tokio::select! {
                biased;
                () = until(&self.connection.state, |state| state.swallows(self.direction)) => {}
                writable = to.writable() => writable?,
            }
            if self.loses(rest.len()) {
                return Ok(());
            }
            match to.try_write(rest) {
                Ok(written) => {
                    count(&self.connection.counters.bytes, written);
                    rest = &rest[written..];
                }
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Whether `length` bytes that would arrive now are lost: the wire swallows, or has swallowed
    /// something before them.
    fn loses(&self, length: usize) -> bool {
        if length == 0 {
            return false;
        }
        if self.swallows() {
            self.lost.store(true, Ordering::Relaxed);
            self.connection.harm();
        }
        let lost = self.has_lost();
        if lost {
            count(&self.connection.counters.swallowed, length);
        }
        lost
    }

    fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn swallows(&self) -> bool {
        self.connection.state.borrow().swallows(self.direction)
    }

    /// How long the next piece takes.
    fn delay(&self, chance: &mut ChaCha20Rng) -> Duration {
        let average = self.connection.state.borrow().delay;
        if average.is_zero() { average } else { average.mul_f64(chance.random_range(0.5..1.5)) }
    }

    /// Resolves when the wire carries news in this direction: that a stream ended, that an end of
    /// the connection is gone.
    async fn heard(&self, direction: Direction) {
        until(&self.connection.state, |state| !state.swallows(direction)).await;
    }
}

fn count(counter: &AtomicU64, bytes: usize) {
    counter.fetch_add(bytes.try_into().unwrap_or_default(), Ordering::Relaxed);
}
