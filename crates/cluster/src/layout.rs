//! Which parts an installation has, what they are called, where each keeps what it has.

use std::path::{Path, PathBuf};

use contracts::catalogue::SERVICES;

use crate::Outcome;
use crate::plan::{Plan, Shape};
use crate::ports::Port;

/// The folder of PostgreSQL.
pub(crate) const PG: &str = "pg";

/// The one process of the shape that has only one.
pub(crate) const WEBSITE: &str = "website";

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `scte` with all services, or with one of them, and which of its processes it is.
    Services {
        service: Option<&'static str>,
        replica: u32,
    },
    Postgres,
    Nats,
    Nginx,
}

/// A part before it has a process.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) port: Port,
    pub(crate) data: PathBuf,
}

impl Place {
    /// Whether it runs services, and of these `service` when one is named.
    pub(crate) fn serves(&self, named: Option<&str>) -> bool {
        match self.kind {
            Kind::Services { service, .. } => {
                named.is_none() || service.is_none() || service == named
            }
            _ => false,
        }
    }

    /// Which of the processes of its service it is; from 1.
    pub(crate) fn replica(&self) -> u32 {
        if let Kind::Services { replica, .. } = self.kind { replica } else { 0 }
    }
}

/// The parts of a plan, what others need first, first.
pub(crate) fn places(plan: &Plan) -> Outcome<Vec<Place>> {
    let mut kinds = Vec::new();
    if plan.shape == Shape::AtScale {
        if plan.postgres.is_none() {
            kinds.push(Kind::Postgres);
        }
        kinds.push(Kind::Nats);
    }
    match plan.shape {
        Shape::One => kinds.push(Kind::Services { service: None, replica: 1 }),
        Shape::Apart => kinds.extend(replicas(1)),
        Shape::AtScale => kinds.extend((1..=2).flat_map(replicas)),
    }
    if plan.shape != Shape::One {
        kinds.push(Kind::Nginx);
    }
    kinds.into_iter().map(|kind| place(kind, plan)).collect()
}

fn replicas(replica: u32) -> impl Iterator<Item = Kind> {
    SERVICES.iter().map(move |service| Kind::Services { service: Some(service), replica })
}

fn place(kind: Kind, plan: &Plan) -> Outcome<Place> {
    let name = match kind {
        Kind::Services { service: None, .. } => WEBSITE.to_owned(),
        Kind::Services { service: Some(service), replica } => format!("{service}-{replica}"),
        Kind::Postgres => "postgres".to_owned(),
        Kind::Nats => "nats".to_owned(),
        Kind::Nginx => "nginx".to_owned(),
    };
    // Browsers come to the first of these that there is.
    let entrance = kind == Kind::Nginx || plan.shape == Shape::One;
    let port = match plan.listen.filter(|_| entrance) {
        Some(address) => Port::given(address),
        None => Port::free()?,
    };
    let data = plan.folder.join(if kind == Kind::Postgres { PG } else { &name });
    Ok(Place { name, kind, port, data })
}

/// Where the log of a part goes, without its ending.
pub(crate) fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join("log").join(name)
}
