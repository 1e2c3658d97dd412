//! A committed change is published, an uncommitted one never is; positions have no gaps and follow
//! commit order.

use std::collections::HashMap;

use chassis::effect::Effects;
use chassis::timer::Timers;
use chassis::{Command, Error, Result, Target, Tx, params};
use futures::future::join_all;

use crate::house::on_both_engines;
use crate::house::{CounterRaised, Pair, Raise, actor, counter};

/// Raises a counter and then refuses.
struct RaiseAndRefuse;

impl Command for RaiseAndRefuse {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        Raise(counter(1)).run(tx).await?;
        Err(Error::refused("no", "no"))
    }
}

/// Swallows an error of the database and goes on.
struct Swallow;

impl Command for Swallow {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        Raise(counter(1)).run(tx).await?;
        drop(tx.run("insert into no_such_table values (1)", params![]).await);
        Ok(())
    }
}

async fn all(pair: &Pair) -> Vec<(i64, CounterRaised)> {
    let envelopes = pair.alpha.published(0, 1_000_000).await.unwrap();
    let read = |one: &chassis::Envelope| serde_json::from_str(&one.body).unwrap();
    envelopes.iter().map(|one| (one.position.pos, read(one))).collect()
}

fn has_no_gap(all: &[(i64, CounterRaised)]) {
    let positions: Vec<i64> = all.iter().map(|(pos, _)| *pos).collect();
    let wanted: Vec<i64> = (1..=i64::try_from(all.len()).unwrap()).collect();
    assert_eq!(positions, wanted);
}

fn keeps_order(all: &[(i64, CounterRaised)]) {
    let mut last: HashMap<uuid::Uuid, i64> = HashMap::new();
    for (_, raised) in all {
        let before = last.insert(raised.counter, raised.value).unwrap_or(0);
        assert_eq!(raised.value, before + 1, "of {}", raised.counter);
    }
}

on_both_engines! {
    async fn a_refused_command_publishes_nothing_and_leaves_no_gap(pair: Pair) {
        pair.alpha.execute(&actor(), &Raise(counter(1))).await.unwrap();
        let refused = pair.alpha.execute(&actor(), &RaiseAndRefuse).await;
        assert_eq!(refused.unwrap_err().code(), "no");
        pair.alpha.execute(&actor(), &Raise(counter(1))).await.unwrap();

        let all = all(&pair).await;
        assert_eq!(all.len(), 2);
        has_no_gap(&all);
        keeps_order(&all);
    }

    async fn an_error_of_the_database_that_was_swallowed_is_not_committed(pair: Pair) {
        let swallowed = pair.alpha.execute(&actor(), &Swallow).await;
        assert_eq!(swallowed.unwrap_err().code(), "internal");
        assert!(all(&pair).await.is_empty());
    }

    /// What may only be read for the moment, as a standby, is away: nobody's bug, and no message is
    /// parked for it.
    async fn a_database_that_may_only_be_read_is_unavailable(pair: Pair) {
        let forbid = match pair.alpha.target() {
            Target::Sqlite(_) => "pragma query_only = on",
            Target::Postgres(_) => "set transaction read only",
        };
        let tx = pair.alpha.begin(&actor()).await.unwrap();
        tx.run(forbid, params![]).await.unwrap();
        let written = tx.run("update feed_head set pos = pos", params![]).await;
        assert_eq!(written.unwrap_err().code(), "unavailable");
    }

    async fn sixteen_writers_leave_no_gap_and_keep_every_order(pair: Pair) {
        let writers = (0..16_u128).map(|writer| {
            let alpha = pair.alpha.clone();
            async move {
                for turn in 0..40_u128 {
                    let raise = Raise(counter((writer + turn) % 5));
                    alpha.execute(&actor(), &raise).await.unwrap();
                }
            }
        });
        join_all(writers).await;

        let all = all(&pair).await;
        assert_eq!(all.len(), 16 * 40);
        has_no_gap(&all);
        keeps_order(&all);
    }

    async fn a_position_is_known_at_commit(pair: Pair) {
        let done = pair.alpha.run(&actor(), &Raise(counter(1))).await.unwrap();
        assert_eq!(done.seen.unwrap().pos, 1);
        assert_eq!(pair.alpha.head_position(), 1);
    }
}

/// How long the transaction of the next test is held at least: `SCTE_HELD_SECONDS`, for the proof.
#[expect(clippy::disallowed_methods, reason = "the proof says how long")]
fn held_seconds() -> u64 {
    std::env::var("SCTE_HELD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn a_held_transaction_loses_and_reorders_nothing() {
    chassis::testing::run(async {
        let pair = Pair::on("postgres").await;
        let beta = pair.start_beta();

        // It has written and published, but its commit waits: its position is not given yet.
        let held = pair.alpha.begin(&actor()).await.unwrap();
        Raise(counter(99)).run(&held).await.unwrap();
        let started = std::time::Instant::now();
        let mut others = 0;
        while others < 500 || started.elapsed().as_secs() < held_seconds() {
            pair.alpha.execute(&actor(), &Raise(counter(others % 7))).await.unwrap();
            others += 1;
        }
        // Nobody waited for it.
        pair.heard_all().await;
        held.commit().await.unwrap();
        pair.heard_all().await;

        let all = all(&pair).await;
        assert_eq!(all.len(), usize::try_from(others).unwrap() + 1);
        has_no_gap(&all);
        keeps_order(&all);
        for of in (0..7).chain([99]) {
            let wanted: Vec<i64> = all
                .iter()
                .filter(|(_, raised)| raised.counter == counter(of))
                .map(|(_, raised)| raised.value)
                .collect();
            assert_eq!(pair.heard(counter(of)).await, wanted);
        }
        beta.stop().await;
        pair.stop().await;
    });
}

#[test]
fn what_another_replica_published_is_soon_known_here() {
    chassis::testing::run(async {
        let pair = Pair::on("postgres").await;
        let other = pair.other_alpha().await;
        let none = (Timers::default(), Effects::default());
        let background = pair.start_reading(&other, HashMap::new(), none.0, none.1);
        let moment = std::time::Duration::from_secs(30);

        let committed = pair.alpha.run(&actor(), &Raise(counter(1))).await.unwrap();
        let pos = committed.seen.unwrap().pos;
        assert!(other.head_reached(pos, moment).await);
        assert!(!other.head_reached(pos + 1, std::time::Duration::ZERO).await);
        background.stop().await;
        other.close().await;
        pair.stop().await;
    });
}
