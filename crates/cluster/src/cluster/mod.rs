//! A whole installation, running: what there is to know of it.

mod hands;
mod questions;
mod start;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::keeper::Keeper;
use crate::layout::{Kind, Place, log};
use crate::plan::Plan;
use crate::process::Process;
use crate::wires::Wires;
use crate::{Failed, Outcome, Wire, pg};

/// The configuration of the processes, and that of whoever goes around the wires.
const WIRED: &str = "scte.toml";
const DIRECT: &str = "direct.toml";

/// A running installation. Dropped, it ends at once; [`Cluster::stop_all`] ends it in order.
#[derive(Debug)]
pub struct Cluster {
    parts: Vec<Part>,
    origin: String,
    databases: Option<Databases>,
    plan: Plan,
    keeper: Keeper,
    wires: Wires,
}

#[derive(Debug)]
struct Part {
    place: Place,
    process: Process,
}

/// Where databases are on PostgreSQL.
#[derive(Debug)]
struct Databases {
    /// The URL of a database with which others can be made.
    admin: String,
    /// What comes before the service's name in the name of its database.
    prefix: String,
    /// Whether they are removed at the end.
    foreign: bool,
}

impl Databases {
    fn url(&self, service: &str) -> Outcome<String> {
        pg::beside(&self.admin, &format!("{}{service}", self.prefix))
    }

    fn names(&self) -> Vec<String> {
        let services = contracts::catalogue::SERVICES.iter();
        services.map(|service| format!("{}{service}", self.prefix)).collect()
    }
}

impl Cluster {
    /// Where the website is: nginx, or the one process.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The folder of everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.plan.folder
    }

    /// The program `scte`.
    #[must_use]
    pub fn scte(&self) -> &Path {
        &self.plan.scte
    }

    /// The configuration that all processes have.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.plan.folder.join(WIRED)
    }

    /// The names of all parts: `membership-1`, `membership-2`, …, `postgres`, `nats`, `nginx`; of
    /// the one process `website`.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.place.name.clone()).collect()
    }

    /// The wires by which others reach a part, by its name: processes at shape apart; `nats` and
    /// `postgres` at scale.
    pub fn wires(&self) -> impl Iterator<Item = (&str, &Wire)> {
        self.wires.all()
    }

    /// The names of the processes of a service.
    #[must_use]
    pub fn parts_of(&self, service: &str) -> Vec<String> {
        let own = self.parts.iter().filter(|part| part.place.serves(Some(service)));
        own.map(|part| part.place.name.clone()).collect()
    }

    /// Where a part keeps what it has.
    #[must_use]
    pub fn data(&self, part: &str) -> PathBuf {
        let known = self.part(part).map(|part| part.place.data.clone());
        known.unwrap_or_else(|_| self.plan.folder.join(part))
    }

    /// Where a part logs to.
    #[must_use]
    pub fn log(&self, part: &str) -> PathBuf {
        log(&self.plan.folder, part).with_extension("log")
    }

    /// Where a part answers; PostgreSQL does so only when there are wires, else on a socket alone.
    /// For a name that is none of [`Cluster::parts`] it is `0.0.0.0:0`.
    #[must_use]
    pub fn address(&self, part: &str) -> SocketAddr {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        self.part(part).map_or(unknown, |part| part.place.port.address)
    }

    /// The URL of a service's database on PostgreSQL.
    #[must_use]
    pub fn database(&self, service: &str) -> Option<String> {
        self.databases.as_ref()?.url(service).ok()
    }

    /// The URL of a database of PostgreSQL with which others can be made, by no wire.
    #[must_use]
    pub fn postgres(&self) -> Option<String> {
        Some(self.databases.as_ref()?.admin.clone())
    }

    /// The URL of the broker, by no wire.
    #[must_use]
    pub fn broker(&self) -> Option<String> {
        let broker = self.parts.iter().find(|part| part.place.kind == Kind::Nats)?;
        Some(format!("nats://{}", broker.place.port.address))
    }

    /// The wire before a part, when the plan asks for wires and others reach it by one.
    #[must_use]
    pub fn wire(&self, part: &str) -> Option<&Wire> {
        self.wires.before(part)
    }

    /// What a process printed since its last start.
    #[must_use]
    pub fn printed(&self, part: &str) -> String {
        self.part(part).map(|part| part.process.printed()).unwrap_or_default()
    }

    /// The number of a part's process, when it runs.
    #[must_use]
    pub fn id(&self, part: &str) -> Option<u32> {
        self.part(part).ok()?.process.id()
    }

    /// `scte` with these arguments on the data directory and the configuration of a part.
    #[must_use]
    pub fn command(&self, part: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.plan.scte);
        command.arg("--data").arg(self.data(part)).arg("--config").arg(self.config());
        command.args(args).stdin(std::process::Stdio::null()).kill_on_drop(true);
        command
    }

    fn part(&self, name: &str) -> Outcome<&Part> {
        let found = self.parts.iter().find(|part| part.place.name == name);
        found.ok_or_else(|| Failed::because(format!("there is no part `{name}`")))
    }
}
