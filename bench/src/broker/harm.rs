//! What is done to the broker while everybody goes on working: how each harm is done, and what must
//! be seen before it is over.

use std::fmt::{self, Display};
use std::path::Path;
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, Context};
use chassis::{Actor, Db};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use super::streams;
use crate::kill9::evidence;
use crate::network::bed::Bed;
use crate::outcome::{Failed, Outcome};
use crate::pulse::NAMES;

/// How long what must come may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// By how many positions a feed must grow to count as alive.
const ALIVE: i64 = 20;

/// What is done to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// A stream of the website and both of the pair are deleted.
    Deleted,
    /// The server is stopped and everything it has is gone.
    StoreLost,
    /// The server is stopped and finds what it had some time ago.
    StoreOlder,
    /// Somebody else writes into a stream of the website and one of the pair.
    Foreign,
    /// The server is away for so long.
    Away(Duration),
}

impl Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("streams deleted"),
            Self::StoreLost => f.write_str("store lost"),
            Self::StoreOlder => f.write_str("older store put back"),
            Self::Foreign => f.write_str("foreign writer"),
            Self::Away(long) => write!(f, "away for {} s", long.as_secs()),
        }
    }
}

/// Draws harms.
pub(crate) struct Harms(ChaCha20Rng);

impl Harms {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// Each once, which is what every run begins with.
    pub(crate) fn opening(&mut self) -> Vec<Harm> {
        let away = Harm::Away(Duration::from_secs(self.0.random_range(6..9)));
        vec![Harm::Deleted, Harm::StoreLost, Harm::StoreOlder, Harm::Foreign, away]
    }

    /// What comes then.
    pub(crate) fn next(&mut self) -> Harm {
        let away = Harm::Away(Duration::from_secs(self.0.random_range(5..30)));
        let all = [Harm::Deleted, Harm::StoreLost, Harm::StoreOlder, Harm::Foreign, away];
        *all.choose(&mut self.0).unwrap_or(&Harm::Deleted)
    }

    /// A service of the website.
    pub(crate) fn service(&mut self) -> &'static str {
        contracts::catalogue::SERVICES.choose(&mut self.0).copied().unwrap_or_default()
    }
}

/// A connection to the broker by no wire.
///
/// # Errors
/// When it cannot be made.
pub(crate) async fn context(bed: &Bed) -> Outcome<Context> {
    let url = bed.cluster.broker().ok_or_else(|| Failed::because("there is no broker"))?;
    let client = async_nats::connect(url).await.map_err(Failed::because)?;
    Ok(jetstream::new(client))
}

/// The databases of the pair, by no wire.
///
/// # Errors
/// When one cannot be reached.
pub(crate) async fn pair(bed: &Bed) -> Outcome<Vec<Db>> {
    let mut open = Vec::new();
    for name in NAMES {
        open.push(evidence::open(bed.pair.databases(), name).await?);
    }
    Ok(open)
}

/// Does the harm, with what belongs to it: when it returns the broker is there again.
///
/// # Errors
/// When it cannot be done, or what must follow does not.
pub(crate) async fn done(bed: &mut Bed, harm: Harm, service: &str) -> Outcome {
    match harm {
        Harm::Deleted => delete(bed, service).await,
        Harm::StoreLost => {
            bed.cluster.stop("nats").await?;
            std::fs::remove_dir_all(bed.cluster.data("nats").join("store"))?;
            Ok(bed.cluster.start_part("nats").await?)
        }
        Harm::StoreOlder => put_back(bed).await,
        Harm::Foreign => Box::pin(meddle(bed, service)).await,
        Harm::Away(long) => {
            bed.cluster.stop("nats").await?;
            let began = Instant::now();
            grows(bed).await?;
            tokio::time::sleep(long.saturating_sub(began.elapsed())).await;
            Ok(bed.cluster.start_part("nats").await?)
        }
    }
}

async fn delete(bed: &Bed, service: &str) -> Outcome {
    let context = context(bed).await?;
    for stream in [format!("scte-{service}"), "pulse-pulse".to_owned(), "pulse-echo".to_owned()] {
        context.delete_stream(&stream).await.map_err(Failed::because)?;
    }
    Ok(())
}

/// Keeps the store as it is, lets the feeds and their copies grow, and puts the old one back.
async fn put_back(bed: &mut Bed) -> Outcome {
    let store = bed.cluster.data("nats").join("store");
    let kept = bed.cluster.data("nats").join("kept");
    bed.cluster.stop("nats").await?;
    copy(&store, &kept)?;
    bed.cluster.start_part("nats").await?;
    let grown = grows(bed).await?;
    let copied = context(bed).await?;
    soon("the stream grows", async || {
        streams::last(&copied, "pulse-pulse").await.is_some_and(|last| last >= grown)
    })
    .await?;
    bed.cluster.stop("nats").await?;
    std::fs::remove_dir_all(&store)?;
    std::fs::rename(&kept, &store)?;
    Ok(bed.cluster.start_part("nats").await?)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (entry, to) = {
            let entry = entry?;
            let to = to.join(entry.file_name());
            (entry, to)
        };
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Writes into streams as nobody may; sees that copying halts, that this is told, that the services
/// go on; and lets an operator resume.
async fn meddle(bed: &Bed, service: &str) -> Outcome {
    let context = context(bed).await?;
    for subject in [format!("scte.{service}.foreign.v1"), "pulse.pulse.foreign.v1".to_owned()] {
        let sent = context.publish(subject, "{}".into()).await.map_err(Failed::because)?;
        sent.await.map_err(Failed::because)?;
    }
    // The publisher of a feed that grows notices with the next message, that of a quiet one when it
    // looks again.
    let part = format!("{service}-1");
    let pair = pair(bed).await?;
    soon("copying the pair's feed halts", async || halted(&pair[0]).await).await?;
    soon("the status says that copying halted", async || {
        bed.cluster.status().await.values().any(|told| tells_halt(told, service))
    })
    .await?;
    grows(bed).await?;
    let resumed = bed.cluster.command(&part, &["resume", service, service]).output().await?;
    if !resumed.status.success() {
        let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
        return Err(Failed::because(format!("`scte resume {service} {service}`: {said}")));
    }
    let operator = Actor::job("operator", uuid::Uuid::nil());
    if !pair[0].resume_publication(&operator).await? {
        return Err(Failed::because("copying the pair's feed was not halted any more"));
    }
    soon("copying goes on", async || {
        let told = bed.cluster.status().await;
        !halted(&pair[0]).await && !told.values().any(|told| tells_halt(told, service))
    })
    .await?;
    for db in pair {
        db.close().await;
    }
    Ok(())
}

async fn halted(db: &Db) -> bool {
    let copied = db.publication().await;
    copied.is_ok_and(|copied| copied.is_some_and(|copied| copied.halted.is_some()))
}

fn tells_halt(told: &serde_json::Value, service: &str) -> bool {
    let services = told["services"].as_array().into_iter().flatten();
    let mut own = services.filter(|one| one["name"] == service);
    own.any(|one| !one["copied"]["halted"].is_null())
}

/// Sees that the pair's feed grows, though the broker is away or not written to; gives its head.
async fn grows(bed: &Bed) -> Outcome<i64> {
    let before = bed.standing().await.heads.get("pulse").copied().unwrap_or_default();
    let head = std::sync::atomic::AtomicI64::new(before);
    soon("the feed grows", async || {
        let now = bed.standing().await.heads.get("pulse").copied().unwrap_or_default();
        head.store(now, std::sync::atomic::Ordering::Relaxed);
        now >= before + ALIVE
    })
    .await?;
    Ok(head.into_inner())
}

/// Waits until it is so.
///
/// # Errors
/// When it never is.
pub(crate) async fn soon(what: &str, so: impl AsyncFn() -> bool) -> Outcome {
    let seen = cluster::found(PATIENCE, async || so().await.then_some(())).await;
    seen.ok_or_else(|| Failed::because(format!("never seen: {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_begins_with_each_harm_and_goes_on_with_any() {
        let mut harms = Harms::new(1);
        assert_eq!(harms.opening().len(), 5);
        let drawn: Vec<Harm> = (0..100).map(|_| harms.next()).collect();
        for harm in [Harm::Deleted, Harm::StoreLost, Harm::StoreOlder, Harm::Foreign] {
            assert!(drawn.contains(&harm));
        }
        assert!(drawn.iter().any(|harm| matches!(harm, Harm::Away(_))));
    }

    #[test]
    fn a_halt_is_found_in_what_a_process_tells() {
        let told =
            |halted| json!({ "services": [{ "name": "a", "copied": { "halted": halted } }] });
        assert!(tells_halt(&told(json!("why")), "a"));
        assert!(!tells_halt(&told(json!(null)), "a"));
        assert!(!tells_halt(&told(json!("why")), "b"));
    }
}
