//! Clients that ask for changes and ask again, under the same key, until they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::checker::Acknowledged;
use crate::outcome::{Failed, Outcome};
use crate::pulse::ENTITIES;

/// How long a client may wait for its last answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// How hard clients ask: the load is to be steady, not all there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How many ask at once.
    pub(crate) clients: u64,
    /// How long each rests between two requests.
    pub(crate) rest: Duration,
}

impl Pace {
    /// For a process that has the machine to itself.
    pub(crate) const BRISK: Self = Self { clients: 8, rest: Duration::from_millis(4) };

    /// For processes that share it with a whole installation.
    pub(crate) const CALM: Self = Self { clients: 4, rest: Duration::from_millis(60) };
}

/// Clients at work.
pub(crate) struct Load {
    clients: JoinSet<Vec<(Acknowledged, Instant)>>,
    enough: Arc<AtomicBool>,
}

/// What the clients were told.
pub(crate) struct Told {
    /// Each request that was answered, and how.
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// The longest time in which no client was answered.
    pub(crate) longest_stall: Duration,
}

impl Load {
    /// Starts the clients against the service `pulse` at `origin`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn start(origin: &str, seed: u64, pace: Pace) -> Outcome<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        let enough = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for client in 0..pace.clients {
            let url = format!("{origin}/pulse/beats");
            let rng = ChaCha20Rng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(client));
            let asking = Asking { http: http.clone(), url, client, rest: pace.rest };
            clients.spawn(ask_on(asking, rng, enough.clone()));
        }
        Ok(Self { clients, enough })
    }

    /// Lets every client finish the request it is at, and gathers what they were told.
    ///
    /// # Errors
    /// When a client panicked, or is not answered any more.
    pub(crate) async fn finish(mut self) -> Outcome<Told> {
        self.enough.store(true, Ordering::Relaxed);
        let mut answers = Vec::new();
        let unanswered = || Failed::because("a client is not answered any more");
        while let Some(client) = tokio::time::timeout(PATIENCE, self.clients.join_next())
            .await
            .map_err(|_| unanswered())?
        {
            answers.extend(client?);
        }
        let mut instants: Vec<Instant> = answers.iter().map(|(_, at)| *at).collect();
        instants.sort_unstable();
        let gaps = instants.windows(2).map(|pair| pair[1] - pair[0]);
        let longest_stall = gaps.max().unwrap_or_default();
        let acknowledged = answers.into_iter().map(|(told, _)| told).collect();
        Ok(Told { acknowledged, longest_stall })
    }
}

/// Who asks, and where.
struct Asking {
    http: reqwest::Client,
    url: String,
    client: u64,
    rest: Duration,
}

async fn ask_on(
    Asking { http, url, client, rest }: Asking,
    mut rng: ChaCha20Rng,
    enough: Arc<AtomicBool>,
) -> Vec<(Acknowledged, Instant)> {
    let mut told = Vec::new();
    for n in 0.. {
        if enough.load(Ordering::Relaxed) {
            break;
        }
        let entity = Uuid::from_u128(0xbea7_0000 + rng.random_range(0..ENTITIES));
        let request = format!("{client}-{n}");
        let version = loop {
            match ask(&http, &url, entity, &request).await {
                Some(version) => break version,
                // The process is gone: the same request again, until it is back.
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        told.push((Acknowledged { request, version }, Instant::now()));
        tokio::time::sleep(rest).await;
    }
    told
}

async fn ask(http: &reqwest::Client, url: &str, entity: Uuid, request: &str) -> Option<i64> {
    let url = format!("{url}?entity={entity}");
    let answer = http.post(url).header("idempotency-key", request).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    answer.json::<serde_json::Value>().await.ok()?["version"].as_i64()
}
