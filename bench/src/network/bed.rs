//! A whole installation under load: the website with visitors who join and pay, and beside it the
//! pair that writes down all it hears; and all the wires between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chassis::run::Databases;
use cluster::{Cluster, Disk, Plan, Shape, Wire};
use serde_json::Value;

use super::pair::Pair;
use crate::browser::Browser;
use crate::kill9::checker::{self, Anomaly};
use crate::kill9::evidence;
use crate::kill9::load::{Load, Pace, Told};
use crate::kill9::visitors::{self, Joined, Post, Visitors};
use crate::outcome::{Failed, Outcome, print, sibling};

/// How long an answer about where somebody stands may take; then it is asked for again.
const ANSWER: Duration = Duration::from_secs(5);

/// How long until the same is looked at again.
const AGAIN: Duration = Duration::from_millis(50);

/// What a wire lies before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A process of ours, whose feed others read.
    Process,
    /// NATS.
    Broker,
    /// PostgreSQL.
    Database,
}

/// A wire of the bed.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// What is behind it, for people.
    pub(crate) name: &'a str,
    pub(crate) behind: Behind,
    pub(crate) wire: &'a Wire,
}

/// Where feeds end and how far they were read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) heads: BTreeMap<String, i64>,
    pub(crate) cursors: BTreeMap<(String, String), i64>,
}

impl Standing {
    /// Who has not read up to these heads.
    pub(crate) fn behind(&self, heads: &BTreeMap<String, i64>) -> Vec<String> {
        let behind = self.cursors.iter().filter_map(|((reader, feed), pos)| {
            let head = heads.get(feed)?;
            (pos < head).then(|| format!("{reader} reads {feed} at {pos} of {head}"))
        });
        behind.collect()
    }

    /// Reads what a process told of its services.
    fn add(&mut self, told: &Value) {
        for service in told["services"].as_array().into_iter().flatten() {
            let name = service["name"].as_str().unwrap_or_default();
            let head = service["head"].as_i64().or_else(|| service["waiting"]["head"].as_i64());
            if let Some(head) = head {
                let known = self.heads.entry(name.to_owned()).or_default();
                *known = head.max(*known);
            }
            for feed in service["feeds"].as_array().into_iter().flatten() {
                let (Some(of), Some(pos)) = (feed["feed"].as_str(), feed["pos"].as_i64()) else {
                    continue;
                };
                // Replicas share a cursor, and one may have looked earlier.
                let known = self.cursors.entry((name.to_owned(), of.to_owned())).or_default();
                *known = pos.max(*known);
            }
        }
    }
}

/// The installation, before anybody comes.
pub(crate) struct Bed {
    pub(crate) cluster: Cluster,
    pub(crate) pair: Pair,
    http: reqwest::Client,
}

/// Who comes to it.
pub(crate) struct Crowd {
    load: Load,
    visitors: Visitors,
    /// Somebody who joined before anything was wrong.
    pub(crate) member: Browser,
    joined: Joined,
}

/// How everybody caught up.
pub(crate) struct CaughtUp {
    pub(crate) after: Duration,
    /// Who was behind to the last; nothing when nobody was.
    pub(crate) last: String,
}

/// What the crowd was told, all of it.
pub(crate) struct Rested {
    told: Told,
    joined: Vec<Joined>,
}

/// What was found in the end.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    pub(crate) longest_stall: Duration,
    pub(crate) anomalies: Vec<Anomaly>,
}

impl Bed {
    /// Starts everything in `folder`, with a PostgreSQL that is not killed.
    ///
    /// # Errors
    /// When a part does not start.
    pub(crate) async fn start(shape: Shape, folder: &Path, seed: u64) -> Outcome<Self> {
        let plan = Plan::new(shape, folder.into(), sibling("scte")?);
        Self::of(Plan { seed, disk: Disk::Careless, ..plan }).await
    }

    /// Starts everything, with wires.
    ///
    /// # Errors
    /// When a part does not start.
    pub(crate) async fn of(plan: Plan) -> Outcome<Self> {
        let (shape, folder, seed, began) = (plan.shape, &plan.folder, plan.seed, Instant::now());
        let cluster = Box::pin(Cluster::start(Plan { wires: true, ..plan.clone() })).await?;
        let beside = folder.join("pair");
        let pair = match shape {
            Shape::AtScale => Box::pin(Pair::at_scale(&beside, seed, &cluster)).await?,
            _ => Box::pin(Pair::apart(&beside, seed)).await?,
        };
        let http = reqwest::Client::builder().timeout(ANSWER).build()?;
        print(format!("  {shape:?} runs after {:.1} s", began.elapsed().as_secs_f64()));
        Ok(Self { cluster, pair, http })
    }

    /// Lets a member join, and then the crowd come.
    ///
    /// # Errors
    /// When the first one cannot join.
    pub(crate) async fn crowd(&self, seed: u64) -> Outcome<Crowd> {
        self.crowd_reading(seed, &Post::Page).await
    }

    /// As [`Bed::crowd`], of people who read their mail there.
    ///
    /// # Errors
    /// As [`Bed::crowd`].
    pub(crate) async fn crowd_reading(&self, seed: u64, post: &Post) -> Outcome<Crowd> {
        let origin = self.cluster.origin();
        let (joined, member) =
            Box::pin(visitors::a_member(origin, "member@network.scte.test", post)).await?;
        let load = Load::start(&self.pair.origin()?, seed, Pace::CALM)?;
        Ok(Crowd { load, visitors: Visitors::start(origin, seed, post), member, joined })
    }

    /// All wires: those of the website, then those of the pair.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        let site = self.cluster.wires().map(|(name, wire)| {
            let behind = match name {
                "nats" => Behind::Broker,
                "postgres" => Behind::Database,
                _ => Behind::Process,
            };
            Line { name, behind, wire }
        });
        site.chain(self.pair.lines()).collect()
    }

    /// Where everybody stands; who does not answer soon is left out.
    pub(crate) async fn standing(&self) -> Standing {
        let mut standing = self.pair.standing(&self.http).await;
        let asked = tokio::time::timeout(ANSWER, self.cluster.status()).await;
        asked.unwrap_or_default().values().for_each(|told| standing.add(told));
        standing
    }

    /// Waits until everybody has read what is published by now.
    ///
    /// # Errors
    /// When somebody has not after `patience`: who.
    pub(crate) async fn catch_up(&self, patience: Duration) -> Result<CaughtUp, String> {
        let began = Instant::now();
        let (mut heads, mut last) = (None, String::new());
        loop {
            let standing = self.standing().await;
            let all = contracts::catalogue::SERVICES.len() + crate::pulse::NAMES.len();
            let behind = if standing.heads.len() < all {
                let told: Vec<&String> = standing.heads.keys().collect();
                vec![format!("only {told:?} say where they stand")]
            } else {
                let heads = heads.get_or_insert_with(|| standing.heads.clone());
                standing.behind(heads)
            };
            if behind.is_empty() {
                return Ok(CaughtUp { after: began.elapsed(), last });
            }
            last = behind.join("; ");
            if began.elapsed() > patience {
                return Err(last);
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// [`Bed::rest`], then [`Bed::left`].
    ///
    /// # Errors
    /// As these.
    pub(crate) async fn finish(&mut self, crowd: Crowd) -> Outcome<Found> {
        let rested = Box::pin(self.rest(crowd)).await?;
        Box::pin(self.left(rested)).await
    }

    /// Lets everybody finish and everything come to rest.
    ///
    /// # Errors
    /// When somebody does not become a member, or nothing comes to rest.
    pub(crate) async fn rest(&self, crowd: Crowd) -> Outcome<Rested> {
        let told = crowd.load.finish().await?;
        let mut joined = crowd.visitors.finish().await?;
        joined.push(crowd.joined);
        self.pair.drain(&self.http).await?;
        self.cluster.settle().await?;
        Ok(Rested { told, joined })
    }

    /// Stops all but PostgreSQL, the broker and nginx, and reads what was left behind.
    ///
    /// # Errors
    /// When a process does not stop in order, or a database cannot be read.
    pub(crate) async fn left(&mut self, Rested { told, joined }: Rested) -> Outcome<Found> {
        self.pair.stop().await?;
        for service in contracts::catalogue::SERVICES {
            for part in self.cluster.parts_of(service) {
                self.cluster.stop(&part).await?;
            }
        }
        let mut left = self.pair.evidence().await?;
        left.acknowledged.clone_from(&told.acknowledged);
        let (mut site, journeys) = evidence::of_website(|service| self.database(service)).await?;
        site.drained = true;
        let mut anomalies = checker::check(&left);
        anomalies.extend(checker::check(&site));
        anomalies.extend(journeys.check(&joined));
        let feeds = left.feeds.values().chain(site.feeds.values());
        Ok(Found {
            messages: feeds.map(|feed| feed.published.len()).sum(),
            requests: told.acknowledged.len(),
            members: joined.len(),
            longest_stall: told.longest_stall,
            anomalies,
        })
    }

    /// The database of a service of the website, without a wire.
    pub(crate) fn database(&self, service: &str) -> Databases {
        match self.cluster.database(service) {
            Some(url) => Databases::Postgres(url),
            None => Databases::Files(self.cluster.data(&format!("{service}-1"))),
        }
    }

    /// Ends everything, in order.
    ///
    /// # Errors
    /// The first part that did not end so.
    pub(crate) async fn stop(self) -> Outcome {
        self.cluster.stop_all().await.map_err(Failed::from)
    }
}
