//! What kind of installation is wanted.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The three shapes of the one code (design, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One process, SQLite files.
    One,
    /// A process for each service, SQLite files, feeds over HTTP, nginx in front.
    Apart,
    /// Two processes for each service on PostgreSQL, feeds over NATS JetStream, nginx in front.
    AtScale,
}

/// How much PostgreSQL survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// Power cuts too: everything is on the disk before it is confirmed.
    Careful,
    /// Killed processes only; tests that are about something else are quicker for it.
    Careless,
}

/// What becomes of the folder of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// It stays.
    Keep,
    /// It is removed when the harness ends, however that ends.
    Remove,
}

/// An installation to be started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its shape.
    pub shape: Shape,
    /// Where everything it keeps goes; a short path, as sockets lie in it.
    pub folder: PathBuf,
    /// The program `scte`.
    pub scte: PathBuf,
    /// The URL of the `postgres` database of a running PostgreSQL, on which databases are made and
    /// removed at the end. Without one, the shape at scale starts its own; one process alone uses
    /// PostgreSQL only when it is given one.
    pub postgres: Option<String>,
    /// How sure a PostgreSQL of its own is.
    pub disk: Disk,
    /// From which the tests' chance comes.
    pub seed: u64,
    /// Whether it is filled with the demonstration.
    pub demo: bool,
    /// Whether it runs for tests: seeded, its clock can be moved.
    pub test: bool,
    /// Where mail goes: `host:port`.
    pub smtp: Option<String>,
    /// More configuration for every process, TOML; wins over what the harness writes.
    pub settings: String,
    /// Where the website is to be found; none takes a free loopback port.
    pub listen: Option<SocketAddr>,
    /// What becomes of the folder.
    pub at_end: AtEnd,
    /// Services whose processes are not started with the others, but one by one later.
    pub later: Vec<String>,
    /// Whether processes reach each other, the broker and PostgreSQL through wires that can be cut
    /// ([`crate::Cluster::wires`]); of a running PostgreSQL there is none.
    pub wires: bool,
}

impl Plan {
    /// Demonstration data for tests, with nothing else asked for.
    #[must_use]
    pub fn new(shape: Shape, folder: PathBuf, scte: PathBuf) -> Self {
        Self {
            shape,
            folder,
            scte,
            postgres: None,
            disk: Disk::Careful,
            seed: 0,
            demo: true,
            test: true,
            smtp: None,
            settings: String::new(),
            listen: None,
            at_end: AtEnd::Keep,
            later: Vec::new(),
            wires: false,
        }
    }
}
