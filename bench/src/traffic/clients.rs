//! Clients that ask as fast as they can, or at a rate.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::work::{ENTITIES, entity};
use crate::outcome::Outcome;

/// How many clients ask at once.
pub(super) const CLIENTS: usize = 8;

/// Which entity the `n`-th request is about: all in turn, neighbours in time far apart.
pub(super) fn entity_of(n: usize) -> uuid::Uuid {
    entity((n * 7919) % ENTITIES)
}

/// Lets eight clients ask `count` times in all, each as soon as it was answered; says how many
/// were answered in a second.
pub(super) async fn saturate<F, Asking>(count: usize, ask: F) -> Outcome<f64>
where
    F: Fn(usize) -> Asking + Clone + Send + 'static,
    Asking: Future<Output = Outcome> + Send,
{
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let ask = ask.clone();
        clients.spawn(async move {
            for n in (client..count).step_by(CLIENTS) {
                ask(n).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(per_second(count, began.elapsed()))
}

/// Asks `count` times, `rate` times a second, whether answered or not; gives what each answer was,
/// with the instant at which it was due.
pub(super) async fn pace<F, Asking, T>(
    count: usize,
    rate: u32,
    ask: F,
) -> Outcome<Vec<(Instant, T)>>
where
    F: Fn(usize) -> Asking,
    Asking: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
{
    let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = JoinSet::new();
    for n in 0..count {
        let due = tick.tick().await.into_std();
        let asking = ask(n);
        asked.spawn(async move { asking.await.map(|answer| (due, answer)) });
    }
    let mut answers = Vec::with_capacity(count);
    while let Some(answer) = asked.join_next().await {
        answers.push(answer??);
    }
    Ok(answers)
}

pub(super) fn per_second(count: usize, took: Duration) -> f64 {
    number(count) / took.as_secs_f64().max(1e-9)
}

pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
