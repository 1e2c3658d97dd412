//! The two services of [`crate::pulse`] as processes of their own, a wire before whatever they share:
//! they write down all that they hear, so that what went wrong with a message shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chassis::run::Databases;
use cluster::{Cluster, Wire};
use serde_json::Value;

use super::bed::{Behind, Line, Standing};
use crate::kill9::checker::Evidence;
use crate::kill9::evidence;
use crate::outcome::{Failed, Outcome, sibling};
use crate::place::fresh_database;
use crate::process::Process;
use crate::pulse::NAMES;

/// How long nothing may move before it counts as standing still.
const STILL: Duration = Duration::from_mins(1);

/// How long until the same is looked at again.
const AGAIN: Duration = Duration::from_millis(20);

/// Pulse and echo, running.
pub(crate) struct Pair {
    processes: Vec<(String, Process)>,
    wires: BTreeMap<String, (Behind, Wire)>,
    /// As they are reached without a wire.
    databases: Databases,
}

impl Pair {
    /// A process each, on SQLite; they read each other's feed over HTTP.
    ///
    /// # Errors
    /// When a process does not start.
    pub(crate) async fn apart(folder: &Path, seed: u64) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let nowhere = ([127, 0, 0, 1], 9).into();
        let mut wires = BTreeMap::new();
        for (name, seed) in NAMES.into_iter().zip(seed..) {
            wires.insert(name.to_owned(), (Behind::Process, Wire::before(nowhere, seed)?));
        }
        let mut pair =
            Self { processes: Vec::new(), wires, databases: Databases::Files(folder.to_owned()) };
        for [name, other] in [NAMES, [NAMES[1], NAMES[0]]] {
            let peer = format!("http://{}", pair.wires[other].1.address());
            let data = folder.display().to_string();
            pair.add(name, 1, folder, &["--data", &data, "--peer", &peer])?;
        }
        pair.start().await?;
        for (name, (_, wire)) in &pair.wires {
            wire.aim(pair.address(&format!("{name}-1"))?);
        }
        Ok(pair)
    }

    /// Two processes each, on the PostgreSQL of a cluster with wires; feeds go by its broker.
    ///
    /// # Errors
    /// When a process does not start.
    pub(crate) async fn at_scale(folder: &Path, seed: u64, cluster: &Cluster) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let admin = cluster.postgres().ok_or_else(|| Failed::because("no PostgreSQL"))?;
        let mut direct = String::new();
        for name in NAMES {
            let own = format!("pair_{name}");
            direct = fresh_database(&admin, &own).await?.replacen(&own, "pair_{service}", 1);
        }
        let broker = Wire::before(cluster.address("nats"), seed)?;
        let database = Wire::before(cluster.address("postgres"), seed.wrapping_add(1))?;
        let url = format!("postgres://postgres@{}/pair_{{service}}", database.address());
        let nats = format!("nats://{}", broker.address());
        let mut pair = Self {
            processes: Vec::new(),
            wires: BTreeMap::new(),
            databases: Databases::Postgres(direct),
        };
        for replica in 1..=2 {
            for name in NAMES {
                pair.add(name, replica, folder, &["--postgres", &url, "--broker", &nats])?;
            }
        }
        pair.wires.insert("pair-nats".to_owned(), (Behind::Broker, broker));
        pair.wires.insert("pair-postgres".to_owned(), (Behind::Database, database));
        pair.start().await?;
        Ok(pair)
    }

    fn add(
        &mut self,
        service: &'static str,
        replica: u32,
        folder: &Path,
        more: &[&str],
    ) -> Outcome {
        let mut args = vec!["--only".to_owned(), service.to_owned()];
        args.extend(more.iter().map(|word| (*word).to_owned()));
        let name = format!("{service}-{replica}");
        let log = folder.join(format!("{name}.log"));
        let process = Process::new(service, sibling("pulse")?, args, &log);
        self.processes.push((name, process));
        Ok(())
    }

    /// Starts all at once: none is ready before it heard the other.
    async fn start(&mut self) -> Outcome {
        let mut starting = Vec::new();
        for (_, process) in &mut self.processes {
            starting.push(process.start()?);
        }
        for ((_, process), ready) in self.processes.iter_mut().zip(starting) {
            process.wait(ready).await?;
        }
        Ok(())
    }

    fn process(&self, name: &str) -> Outcome<&Process> {
        let found = self.processes.iter().find(|(own, _)| own == name);
        let found = found.ok_or_else(|| Failed::because(format!("no process `{name}`")))?;
        Ok(&found.1)
    }

    fn address(&self, name: &str) -> Outcome<std::net::SocketAddr> {
        let origin = self.process(name)?.origin();
        let address = origin.trim_start_matches("http://").parse();
        address.map_err(|_| Failed::because(format!("{name} is at {origin}")))
    }

    /// The names of its processes: `pulse-1`, `echo-1`, and at scale `pulse-2` and `echo-2`.
    pub(crate) fn names(&self) -> Vec<String> {
        self.processes.iter().map(|(name, _)| name.clone()).collect()
    }

    /// One of its processes.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(crate) fn process_mut(&mut self, name: &str) -> Outcome<&mut Process> {
        let found = self.processes.iter_mut().find(|(own, _)| own == name);
        let found = found.ok_or_else(|| Failed::because(format!("no process `{name}`")))?;
        Ok(&mut found.1)
    }

    /// The process that leads one of the two on PostgreSQL, when one does at this moment.
    pub(crate) async fn leader(&self, service: &str) -> Option<String> {
        let Databases::Postgres(url) = &self.databases else { return None };
        let url = url.replace("{service}", service);
        let id = cluster::leader_at(&url).await.ok().flatten()?;
        let found = self.processes.iter().find(|(_, process)| process.id() == Some(id));
        found.map(|(name, _)| name.clone())
    }

    /// Where beats are asked for.
    pub(crate) fn origin(&self) -> Outcome<String> {
        Ok(self.process("pulse-1")?.origin())
    }

    /// Its wires.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.wires.iter().map(|(name, (behind, wire))| Line { name, behind: *behind, wire })
    }

    /// Where both stand; who does not answer soon is left out.
    pub(crate) async fn standing(&self, http: &reqwest::Client) -> Standing {
        let mut standing = Standing::default();
        for service in NAMES {
            let Ok(process) = self.process(&format!("{service}-1")) else { continue };
            let url = format!("{}/{service}/standing", process.origin());
            let asked = async { http.get(url).send().await?.json::<Value>().await };
            let Ok(told) = asked.await else { continue };
            if let Some(head) = told["head"].as_i64() {
                standing.heads.insert(service.to_owned(), head);
            }
            for (feed, pos) in told["cursors"].as_object().into_iter().flatten() {
                let pos = pos.as_i64().unwrap_or_default();
                standing.cursors.insert((service.to_owned(), feed.clone()), pos);
            }
        }
        standing
    }

    /// Waits until every cursor stands at the head it reads.
    ///
    /// # Errors
    /// When nothing moves any more before that.
    pub(crate) async fn drain(&self, http: &reqwest::Client) -> Outcome {
        let (mut before, mut since) = (Standing::default(), Instant::now());
        loop {
            let standing = self.standing(http).await;
            let all = standing.heads.len() == NAMES.len() && standing.cursors.len() >= NAMES.len();
            if all && standing.behind(&standing.heads).is_empty() {
                return Ok(());
            }
            if standing != before {
                (before, since) = (standing, Instant::now());
            } else if since.elapsed() > STILL {
                return Err(Failed::because(format!("nothing moves any more: {standing:?}")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Stops all, in order.
    ///
    /// # Errors
    /// When a process does not stop, or not with success.
    pub(crate) async fn stop(&mut self) -> Outcome {
        for (_, process) in &mut self.processes {
            process.stop().await?;
        }
        Ok(())
    }

    /// What they left behind; when none of them runs any more.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub(crate) async fn evidence(&self) -> Outcome<Evidence> {
        evidence::of_pulse(&self.databases).await
    }

    /// Their databases, without a wire.
    pub(crate) fn databases(&self) -> &Databases {
        &self.databases
    }
}
