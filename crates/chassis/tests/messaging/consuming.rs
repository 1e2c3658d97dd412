//! A message takes effect exactly once per consumer and in order per key, whoever leads and however
//! often.

use crate::house::on_both_engines;
use crate::house::{Pair, Raise, actor, counter};

async fn raise(pair: &Pair, times: u128) {
    for turn in 0..times {
        pair.alpha.execute(&actor(), &Raise(counter(turn % 3))).await.unwrap();
    }
}

async fn heard_in_order(pair: &Pair, times: i64) {
    for of in 0..3 {
        let wanted: Vec<i64> = (1..=times / 3).collect();
        assert_eq!(pair.heard(counter(of)).await, wanted, "counter {of}");
    }
    let echoes = pair.beta.published(0, 100_000).await.unwrap();
    assert_eq!(i64::try_from(echoes.len()).unwrap(), times);
}

on_both_engines! {
    async fn what_was_said_before_and_after_the_start_is_heard_once(pair: Pair) {
        raise(&pair, 60).await;
        let beta = pair.start_beta();
        raise(&pair, 60).await;
        pair.heard_all().await;
        beta.stop().await;
        heard_in_order(&pair, 120).await;
    }

    async fn a_consumer_stopped_and_started_again_and_again_hears_once(pair: Pair) {
        for _ in 0..10 {
            let beta = pair.start_beta();
            raise(&pair, 30).await;
            beta.stop().await;
        }
        let beta = pair.start_beta();
        pair.heard_all().await;
        beta.stop().await;
        heard_in_order(&pair, 300).await;
    }

    async fn a_producer_that_is_away_is_waited_for(pair: Pair) {
        pair.feeds.stopped("alpha");
        let beta = pair.start_beta();
        raise(&pair, 3).await;
        pair.feeds.started(&pair.alpha);
        pair.steering().resume();
        pair.heard_all().await;
        beta.stop().await;
        heard_in_order(&pair, 3).await;
    }
}

#[test]
fn two_leaders_at_once_hear_everything_once() {
    chassis::testing::run(async {
        let pair = Pair::on("postgres").await;
        let other = pair.other_beta().await;
        // Both consume without asking who leads: the cursor's compare-and-set must be enough.
        let consumptions = [&pair.beta, &other].map(|db| {
            let tasks = chassis::tasks::Tasks::new();
            let own = tasks.clone();
            let (consumers, steering) = (pair.consumers(), pair.steering().clone());
            let (db, reader) = (db.clone(), pair.feeds.readers()["alpha"].clone());
            tasks.spawn("leader", async move {
                while !own.is_stopping() {
                    let consumption = chassis::run::Consumption {
                        db: db.clone(),
                        feed: "alpha".to_owned(),
                        reader: reader.clone(),
                        consumers: consumers.clone(),
                        steering: steering.clone(),
                    };
                    consumption.run(own.clone()).await;
                }
            });
            tasks
        });
        raise(&pair, 300).await;
        // Cursors moved by the other handle are not told to this one: look at the table.
        while pair.beta.standings().await.unwrap().first().is_none_or(|at| at.position.pos < 300) {
            tokio::task::yield_now().await;
        }
        for tasks in consumptions {
            tasks.stop().await;
        }
        heard_in_order(&pair, 300).await;
    });
}
