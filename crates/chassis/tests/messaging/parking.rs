//! A bug in one entity stops that entity only; a retry applies its messages in order; money is
//! never dropped; a bug in everything halts the feed.

use chassis::parked::{ParkedKey, Retried};

use crate::house::on_both_engines;
use crate::house::{Charge, Pair, Raise, actor, counter};

fn key(consumer: &str, of: u128) -> ParkedKey {
    ParkedKey { consumer: consumer.to_owned(), feed: "alpha".to_owned(), key: counter(of) }
}

async fn raise(pair: &Pair, of: u128, times: usize) {
    for _ in 0..times {
        pair.alpha.execute(&actor(), &Raise(counter(of))).await.unwrap();
    }
}

on_both_engines! {
    async fn a_broken_key_is_parked_in_order_and_the_others_go_on(pair: Pair) {
        pair.bugs.in_counter(counter(1));
        let beta = pair.start_beta();
        raise(&pair, 1, 3).await;
        raise(&pair, 2, 3).await;
        pair.heard_all().await;

        assert_eq!(pair.heard(counter(2)).await, [1, 2, 3]);
        assert!(pair.heard(counter(1)).await.is_empty());
        let parked = pair.beta.parked().await.unwrap();
        assert_eq!(parked.iter().map(|one| one.attempts).collect::<Vec<_>>(), [1, 0, 0]);
        assert!(parked[0].reason.contains("a bug in this counter"));

        // Tried again without a repair it stays; mended, all of it comes in order, with what follows.
        let (consumers, readers) = (pair.consumers(), pair.feeds.readers());
        let reader = readers["alpha"].as_ref();
        let (by, what) = (actor(), key("hear", 1));
        let retry = || pair.beta.retry_parked(&by, &consumers, reader, &what);
        assert_eq!(retry().await.unwrap().applied, 0);
        pair.bugs.mend();
        raise(&pair, 1, 1).await;
        pair.heard_all().await;
        assert_eq!(retry().await.unwrap(), Retried { applied: 4, stopped: None });
        raise(&pair, 1, 1).await;
        pair.heard_all().await;
        assert_eq!(pair.heard(counter(1)).await, [1, 2, 3, 4, 5]);
        assert!(pair.beta.parked().await.unwrap().is_empty());
        beta.stop().await;
    }

    async fn a_race_that_is_always_lost_is_parked_like_a_bug(pair: Pair) {
        pair.bugs.always_loses(counter(1));
        let beta = pair.start_beta();
        raise(&pair, 1, 2).await;
        raise(&pair, 2, 2).await;
        pair.heard_all().await;

        assert_eq!(pair.heard(counter(2)).await, [1, 2]);
        assert!(pair.heard(counter(1)).await.is_empty());
        let parked = pair.beta.parked().await.unwrap();
        assert_eq!(parked.iter().map(|one| one.attempts).collect::<Vec<_>>(), [1, 0]);
        beta.stop().await;
    }

    async fn giving_a_message_up_needs_a_reason_and_is_refused_for_money(pair: Pair) {
        pair.bugs.in_counter(counter(1));
        let beta = pair.start_beta();
        raise(&pair, 1, 1).await;
        pair.alpha.execute(&actor(), &Charge(counter(1))).await.unwrap();
        pair.heard_all().await;

        let money = pair.beta.drop_parked(&actor(), &key("hear_charge", 1), "not needed").await;
        assert_eq!(money.unwrap_err().code(), "money_is_never_dropped");
        let silent = pair.beta.drop_parked(&actor(), &key("hear", 1), " ").await;
        assert_eq!(silent.unwrap_err().code(), "invalid");
        pair.beta.drop_parked(&actor(), &key("hear", 1), "counted by hand").await.unwrap();
        let left: Vec<_> =
            pair.beta.parked().await.unwrap().into_iter().map(|one| one.consumer).collect();
        assert_eq!(left, ["hear_charge"]);
        let audit = pair.beta.read(async |tx| tx.audited("parked", counter(1)).await);
        assert!(audit.await.unwrap().iter().any(|line| line.act == "dropped"));
        beta.stop().await;
    }

    async fn a_bug_in_everything_halts_the_feed_until_it_is_resumed(pair: Pair) {
        for of in 0..30 {
            pair.bugs.in_counter(counter(of));
            raise(&pair, of, 1).await;
        }
        let beta = pair.start_beta();
        let halted = async {
            loop {
                let standings = pair.beta.standings().await.unwrap();
                if standings.iter().any(|standing| standing.halted.is_some()) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), halted).await.unwrap();
        assert!(pair.beta.parked().await.unwrap().len() <= 20);

        pair.bugs.mend();
        let readers = pair.feeds.readers();
        pair.beta.resume(&actor(), "alpha", readers["alpha"].as_ref()).await.unwrap();
        pair.steering().resume();
        pair.heard_all().await;
        beta.stop().await;
        let consumers = pair.consumers();
        for parked in pair.beta.parked().await.unwrap() {
            let what = ParkedKey { consumer: parked.consumer, feed: parked.feed, key: parked.key };
            let reader = readers["alpha"].as_ref();
            pair.beta.retry_parked(&actor(), &consumers, reader, &what).await.unwrap();
        }
        for of in 0..30 {
            assert_eq!(pair.heard(counter(of)).await, [1]);
        }
    }
}
