//! How an installation is started: what needs nothing first, the way in last.

use std::path::PathBuf;

use rand::RngExt as _;

use super::{Cluster, DIRECT, Databases, Part, WIRED};
use crate::keeper::Keeper;
use crate::layout::{Kind, Place, log, places};
use crate::plan::{AtEnd, Plan};
use crate::process::{Process, Ready, Recipe, recipe};
use crate::settings::{self, Known};
use crate::wires::Wires;
use crate::{Outcome, backends, pg};

impl Cluster {
    /// Starts everything; returns when every process is ready and the demonstration is everywhere.
    ///
    /// # Errors
    /// When a program is missing or a part does not become ready; what it logged is told.
    pub async fn start(mut plan: Plan) -> Outcome<Self> {
        std::fs::create_dir_all(plan.folder.join("log"))?;
        plan.folder = plan.folder.canonicalize()?;
        settings::make_key(&plan.folder)?;
        let keeper = Keeper::start()?;
        if plan.at_end == AtEnd::Remove {
            keeper.remove(&plan.folder);
        }
        let places = places(&plan)?;
        let databases = databases(&plan, &places);
        let wires = Wires::of(&plan, &places)?;
        let entrance = places.iter().rfind(|place| place.kind == Kind::Nginx || place.serves(None));
        let entrance = entrance.map(|place| place.port.address);
        let origin = entrance.map_or_else(String::new, |address| format!("http://{address}"));
        for (file, wires) in [(WIRED, &wires), (DIRECT, &Wires::default())] {
            let known = known(&places, &origin, databases.as_ref(), wires)?;
            std::fs::write(plan.folder.join(file), settings::text(&plan, &known)?)?;
        }
        let mut cluster = Self { parts: Vec::new(), origin, databases, wires, plan, keeper };
        for place in places {
            let recipe = cluster.recipe(&place).await?;
            let process = Process::new(recipe, cluster.keeper.clone());
            cluster.parts.push(Part { place, process });
        }
        Box::pin(cluster.start_in_order()).await?;
        Ok(cluster)
    }

    /// First what services need; then a process for each, which plays its part of the
    /// demonstration; when all have heard all, their replicas; then the way in.
    async fn start_in_order(&mut self) -> Outcome {
        self.start_all(is_backend).await?;
        if let Some(databases) = &self.databases {
            pg::make(&databases.admin, &databases.names()).await?;
        }
        let later = self.plan.later.clone();
        let now = move |place: &Place| {
            place.serves(None) && !later.iter().any(|service| place.serves(Some(service)))
        };
        let first = now.clone();
        self.start_all(move |place| first(place) && place.replica() == 1).await?;
        self.settle().await?;
        self.start_all(move |place| now(place) && place.replica() > 1).await?;
        self.start_all(|place| place.kind == Kind::Nginx).await
    }

    async fn start_all(&mut self, which: impl Fn(&Place) -> bool) -> Outcome {
        for part in self.parts.iter_mut().filter(|part| which(&part.place)) {
            part.process.begin()?;
        }
        for part in self.parts.iter_mut().filter(|part| which(&part.place)) {
            part.process.wait().await?;
        }
        Ok(())
    }

    async fn recipe(&self, place: &Place) -> Outcome<Recipe> {
        let Place { name, kind, port, data } = place;
        let (plan, log) = (&self.plan, log(&self.plan.folder, name));
        match *kind {
            Kind::Postgres => {
                let tcp = plan.wires.then_some(port.address);
                pg::cluster(&plan.folder, &log, plan.disk, tcp).await
            }
            Kind::Nats => backends::nats(plan, data, port.address, &log),
            Kind::Nginx => {
                let config = plan.folder.join(DIRECT);
                backends::nginx(plan, data, (port.address, &config), &log).await
            }
            Kind::Services { service, replica } => Ok(self.services(place, service, replica, log)),
        }
    }

    fn services(
        &self,
        Place { name, port, data, .. }: &Place,
        service: Option<&str>,
        replica: u32,
        log: PathBuf,
    ) -> Recipe {
        let plan = &self.plan;
        let mut args = vec!["--data".to_owned(), data.display().to_string()];
        args.extend(["--config".to_owned(), self.config().display().to_string()]);
        match service {
            Some(service) => args.extend(["serve".to_owned(), service.to_owned()]),
            None => args.push("up".to_owned()),
        }
        args.extend(["--listen".to_owned(), port.address.to_string()]);
        // Also a replica says it: the mode of an installation stays. It finds its service's part
        // of the demonstration played.
        args.extend(plan.demo.then(|| "--demo".to_owned()));
        let mut environment = Vec::new();
        if plan.test {
            args.push("--test".to_owned());
            // What is random in one process is not to come again in another.
            let index = u64::try_from(self.parts.len()).unwrap_or_default();
            let seed = plan.seed.wrapping_add((index << 8 | u64::from(replica)) * 0x9e37_79b9_7f4a);
            environment.push(("SCTE__TEST__SEED".to_owned(), (seed >> 1).to_string()));
        }
        let ready = Ready::Says("Stop it with");
        let start = recipe(name, &plan.scte, &plan.folder, log);
        Recipe { args, environment, ready, ..start }
    }
}

/// What services need before they can start.
pub(super) fn is_backend(place: &Place) -> bool {
    matches!(place.kind, Kind::Postgres | Kind::Nats)
}

fn databases(plan: &Plan, places: &[Place]) -> Option<Databases> {
    if let Some(admin) = &plan.postgres {
        let prefix = format!("cluster_{:08x}_", rand::rng().random::<u32>());
        return Some(Databases { admin: admin.clone(), prefix, foreign: true });
    }
    let own = places.iter().find(|place| place.kind == Kind::Postgres)?;
    let port = if plan.wires { own.port.address.port() } else { pg::PORT };
    Some(Databases {
        admin: pg::url(&plan.folder, port, "postgres"),
        prefix: "scte_".to_owned(),
        foreign: false,
    })
}

/// What the configuration says of the parts.
fn known(
    places: &[Place],
    origin: &str,
    databases: Option<&Databases>,
    wires: &Wires,
) -> Outcome<Known> {
    let peers = places.iter().filter_map(|place| match place.kind {
        Kind::Services { service: Some(service), .. } => Some((service, wires.address(place))),
        _ => None,
    });
    let broker = places.iter().find(|place| place.kind == Kind::Nats);
    let proxied = wires.all().find(|(part, _)| *part == "postgres").map(|(_, wire)| wire.address());
    let database = databases.map(|databases| match proxied {
        Some(address) => Ok(pg::over(address, &format!("{}{{service}}", databases.prefix))),
        None => databases.url("{service}"),
    });
    Ok(Known {
        origin: origin.to_owned(),
        peers: peers.collect(),
        broker: broker.map(|place| wires.address(place)),
        database: database.transpose()?,
    })
}
