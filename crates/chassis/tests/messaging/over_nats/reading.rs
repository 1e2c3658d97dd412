//! Reading: with the producer away, with the broker away, and where the stream is made anew.

use std::sync::Arc;
use std::time::Duration;

use chassis::Position;
use chassis::reader::{FeedReader, Read, Twice};
use chassis::testing::run;
use futures::FutureExt as _;

use super::server::{Nats, wait_until};
use super::{STREAM, all_is_heard, broker, copy_to, is_copied, raise, read_by};
use crate::house::{Pair, counter, on_both_engines};

/// Where a reader stands that has read alpha up to `pos`.
async fn place(pair: &Pair, pos: i64) -> Position {
    let first = pair.alpha.published(0, 1).await.unwrap();
    Position { epoch: first[0].position.epoch.clone(), pos }
}

/// What `reader` gives behind `at`, once it gives messages.
async fn batch(reader: &dyn FeedReader, at: &Position, max: usize) -> Vec<chassis::Envelope> {
    wait_until("a batch", async || match reader.after(at, max).await {
        Read::Batch(batch) => Some(batch),
        Read::Unavailable(_) => None,
        changed @ Read::EpochChanged { .. } => panic!("{changed:?}"),
    })
    .await
}

on_both_engines! {
    async fn what_is_said_arrives_once_and_in_order(pair: Pair) {
        let nats = Nats::start().await;
        let broker = broker(&nats);
        let copying = copy_to(&broker, &pair.alpha);
        raise(&pair.alpha, 3).await;
        let beta = read_by(&pair, Arc::new(Twice::new(broker.reader("alpha"))));
        for _ in 0..20 {
            raise(&pair.alpha, 60).await;
        }
        all_is_heard(&pair).await;
        assert_eq!(pair.alpha.head_position(), 1_203);
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    }

    async fn a_late_joiner_is_complete_with_the_producer_down(pair: Pair) {
        let nats = Nats::start().await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 2_500).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.alpha.close().await;

        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        pair.heard_all().await;
        let said: Vec<i64> = (1..=2_500).collect();
        assert_eq!(pair.heard(counter(1)).await, said);
        beta.stop().await;
        pair.stop().await;
    }
}

#[test]
fn nothing_is_lost_where_the_server_is_killed_again_and_again() {
    run(async {
        let (mut nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        for round in 1..=5 {
            raise(&pair.alpha, 1_000).await;
            let some = round * 1_000 - 900;
            assert!(pair.beta.reached("alpha", some, Duration::from_secs(30)).await);
            nats.kill();
            raise(&pair.alpha, 10).await;
            nats.run().await;
        }
        all_is_heard(&pair).await;
        is_copied(&nats, &pair.alpha).await;
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_reader_goes_on_where_the_stream_is_made_anew() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        raise(&pair.alpha, 1_500).await;
        all_is_heard(&pair).await;
        copying.stop().await;
        let own = broker(&nats).reader("alpha");
        let at = place(&pair, 1_500).await;
        assert_eq!(batch(own.as_ref(), &at, 10).await, []);

        nats.stranger().await.delete_stream(STREAM).await.unwrap();
        let why = wait_until("the reason", async || match own.after(&at, 10).await {
            Read::Unavailable(why) => Some(why),
            _ => None,
        })
        .await;
        assert!(why.contains("there is no stream test-alpha"), "{why}");

        // Made anew it is shorter than the cursor, for a while.
        let copying = copy_to(&broker(&nats), &pair.alpha);
        assert_eq!(batch(own.as_ref(), &at, 10).await, [], "as far as before, and nothing new");
        raise(&pair.alpha, 20).await;
        all_is_heard(&pair).await;
        assert_eq!(batch(own.as_ref(), &at, 10).await[0].position.pos, 1_501);
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_reader_finds_the_server_when_it_comes() {
    run(async {
        let (mut nats, pair) = (Nats::stopped().await, Pair::on("sqlite").await);
        raise(&pair.alpha, 5).await;
        let reader = broker(&nats).reader("alpha");
        assert_eq!(reader.head(), None);
        let away = reader.after(&Position::default(), 10).await;
        assert!(matches!(&away, Read::Unavailable(why) if why.contains(&nats.url())), "{away:?}");

        let copying = copy_to(&broker(&nats), &pair.alpha);
        let beta = read_by(&pair, reader);
        nats.run().await;
        all_is_heard(&pair).await;
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn what_was_asked_is_answered_again_and_from_the_start_beside_it() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        raise(&pair.alpha, 2_600).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        is_copied(&nats, &pair.alpha).await;
        let rows = pair.alpha.published(0, 10_000).await.unwrap();
        let reader = broker(&nats).reader("alpha");
        let mut at = place(&pair, 0).await;

        while at.pos < 2_600 {
            let first = batch(reader.as_ref(), &at, 500).await;
            // As after a rollback; more may have come since.
            assert!(batch(reader.as_ref(), &at, 500).await.starts_with(&first));
            let to = usize::try_from(at.pos).unwrap();
            assert_eq!(first, rows[to..to + first.len()]);
            at = first.last().unwrap().position.clone();
        }
        assert_eq!((at.pos, reader.head()), (2_600, Some(2_600)));

        // A replay, while the tail stays where it is.
        let mut again = place(&pair, 0).await;
        while again.pos < 2_600 {
            let page = batch(reader.as_ref(), &again, 500).await;
            let to = usize::try_from(again.pos).unwrap();
            assert_eq!(page, rows[to..to + page.len()]);
            again = page.last().unwrap().position.clone();
        }
        assert_eq!(batch(reader.as_ref(), &at, 500).await, []);
        assert!(reader.beyond(2_600).now_or_never().is_none(), "there is nothing new");
        raise(&pair.alpha, 1).await;
        tokio::time::timeout(Duration::from_secs(30), reader.beyond(2_600)).await.unwrap();
        assert_eq!(batch(reader.as_ref(), &at, 500).await.len(), 1);
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_message_of_somebody_else_is_not_handed_over() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 3).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        let stranger = nats.stranger().await;
        let row = pair.alpha.published(2, 1).await.unwrap().remove(0);
        // As one of ours, but another's: of an epoch that there is not.
        let forged =
            chassis::Envelope { position: Position { epoch: "feed".to_owned(), pos: 4 }, ..row };
        let text = chassis::cloudevents::to_json(&forged, "alpha").unwrap();
        stranger.publish("test.alpha.forged", text.into()).await.unwrap().await.unwrap();

        let reader = broker(&nats).reader("alpha");
        let mut at = place(&pair, 0).await;
        while at.pos < 3 {
            at.pos = batch(reader.as_ref(), &at, 10).await.last().unwrap().position.pos;
        }
        assert_eq!(at.pos, 3);
        let why = wait_until("the reason", async || match reader.after(&at, 10).await {
            Read::Unavailable(why) => Some(why),
            Read::Batch(batch) => panic!("{batch:?}"),
            Read::EpochChanged { .. } => None,
        })
        .await;
        assert!(
            why.contains("message 4 of the stream is not the producer's: it is feed.4"),
            "{why}"
        );
        pair.stop().await;
    });
}
