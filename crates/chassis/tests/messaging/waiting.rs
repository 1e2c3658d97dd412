//! Timers fire once when due; effects are executed after the commit, repeated under the same key
//! when nobody knows; a request with the same key is answered once.

use std::sync::{Arc, Mutex};

use chassis::effect::Effects;
use chassis::timer::Timers;
use chassis::{Call, Command, Effect, Fault, Outcome, Result, Settled, Timer, Tx, params};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::house::on_both_engines;
use crate::house::{CounterHeard, Nothing, Pair, actor, counter};

struct Ring;

impl Timer for Ring {
    const NAME: &'static str = "ring";
    type Payload = Nothing;

    async fn fire(&self, tx: &Tx, _: &Nothing) -> Result<(), Fault> {
        tx.publish(CounterHeard { counter: counter(1), value: 1 });
        Ok(())
    }
}

struct SetRing;

impl Command for SetRing {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.at::<Ring>(tx.now() + TimeDelta::hours(1), counter(1), &Nothing {}).await
    }
}

/// An outside that first does not answer, then does; it keeps the keys it was called with.
#[derive(Clone, Default)]
struct Outside(Arc<Mutex<Vec<(Uuid, bool)>>>);

impl Effect for Outside {
    const NAME: &'static str = "outside";
    type Payload = Nothing;

    async fn execute(&self, call: &Call<Nothing>) -> Outcome {
        let mut calls = self.0.lock().unwrap();
        calls.push((call.id, call.repeated));
        if calls.len() == 1 {
            Outcome::Unknown("no answer".to_owned())
        } else {
            Outcome::Ok(serde_json::json!({ "done": true }))
        }
    }

    async fn settle(&self, tx: &Tx, _: Uuid, _: &Nothing, outcome: &Settled) -> Result<(), Fault> {
        assert!(matches!(outcome, Settled::Ok(_)));
        tx.publish(CounterHeard { counter: counter(2), value: 1 });
        Ok(())
    }
}

struct CallOutside;

impl Command for CallOutside {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        tx.effect::<Outside>(&Nothing {}).await
    }
}

struct Count;

impl Command for Count {
    type Out = i64;

    async fn run(&self, tx: &Tx) -> Result<i64> {
        tx.series("count").await
    }
}

/// Waits until beta published as many messages.
async fn published(pair: &Pair, count: usize) {
    let wait = async {
        while pair.beta.published(0, 100).await.unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.unwrap();
}

on_both_engines! {
    async fn a_timer_fires_once_when_it_is_due(pair: Pair) {
        let tasks = pair.start(&pair.beta, Timers::default().with(Ring), Effects::default());
        pair.beta.execute(&actor(), &SetRing).await.unwrap();
        pair.beta.execute(&actor(), &SetRing).await.unwrap();
        pair.clock.advance(TimeDelta::minutes(59));
        assert!(pair.beta.published(0, 10).await.unwrap().is_empty());

        pair.clock.advance(TimeDelta::minutes(1));
        published(&pair, 1).await;
        assert_eq!(pair.beta.next_timer().await.unwrap(), None);
        tasks.stop().await;
        assert_eq!(pair.beta.published(0, 10).await.unwrap().len(), 1);
    }

    async fn an_effect_of_unknown_outcome_is_repeated_under_the_same_key(pair: Pair) {
        let outside = Outside::default();
        let effects = Effects::default().with(outside.clone());
        let tasks = pair.start(&pair.beta, Timers::default(), effects);
        let id = pair.beta.execute(&actor(), &CallOutside).await.unwrap();
        // Until what came of the call is noted: a call on its way is not due either, and a clock that
        // went on meanwhile would put off the second by as much.
        let unknown = async || {
            let sql = "select state from effect where state = 'unknown'";
            pair.beta.read(async |tx| tx.first(sql, params![]).await).await.unwrap().is_some()
        };
        let called = async {
            while !unknown().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), called).await.unwrap();

        pair.clock.advance(TimeDelta::minutes(1));
        published(&pair, 1).await;
        tasks.stop().await;
        assert_eq!(*outside.0.lock().unwrap(), [(id, false), (id, true)]);
        assert_eq!(pair.beta.open_effects().await.unwrap(), 0);
    }

    async fn a_key_is_answered_once_and_refused_with_another_request(pair: Pair) {
        let once = |hash: &'static str| {
            let beta = pair.beta.clone();
            async move { beta.execute_once(&actor(), "key", hash, &Count).await }
        };
        assert_eq!(once("a").await.unwrap().out, 1);
        assert_eq!(once("a").await.unwrap().out, 1);
        assert_eq!(once("b").await.unwrap_err().code(), "idempotency_key_reused");

        let other = pair.other_handle().await;
        let by = actor();
        let (first, second) = futures::join!(
            pair.beta.execute_once(&by, "both", "a", &Count),
            other.execute_once(&by, "both", "a", &Count),
        );
        assert_eq!((first.unwrap().out, second.unwrap().out), (2, 2));
    }

    async fn a_series_has_no_gap_after_a_rollback(pair: Pair) {
        let tx = pair.beta.begin(&actor()).await.unwrap();
        assert_eq!(tx.series("invoices").await.unwrap(), 1);
        drop(tx);
        let tx = pair.beta.begin(&actor()).await.unwrap();
        assert_eq!(tx.series("invoices").await.unwrap(), 1);
        tx.run("select 1 where 1 = 0", params![]).await.unwrap();
        tx.commit().await.unwrap();
    }
}
