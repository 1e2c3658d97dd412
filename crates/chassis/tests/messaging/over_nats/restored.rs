//! A producer that was restored from a backup, and a broker that was: who goes on, who halts.

use std::time::Duration;

use chassis::Position;
use chassis::reader::Read;
use chassis::testing::run;

use super::server::{Nats, wait_until};
use super::{all_is_heard, broker, copy_to, is_copied, publication, raise, read_by, stream};
use crate::house::{Pair, actor, counter};
use crate::restoring::restore;

/// The epoch of the feed's last message.
async fn last_place(pair: &Pair) -> Position {
    let rows = pair.alpha.published(0, 100_000).await.unwrap();
    rows.last().unwrap().position.clone()
}

#[test]
fn the_stream_is_made_anew_and_who_was_not_beyond_goes_on() {
    run(async {
        let (nats, mut pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        raise(&pair.alpha, 5).await;
        all_is_heard(&pair).await;
        beta.stop().await;
        pair.alpha.copy_to(&copy).await.unwrap();
        // Beta does not hear of these.
        raise(&pair.alpha, 7).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;

        restore(&mut pair, &copy).await;
        raise(&pair.alpha, 1).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        publication(&pair.alpha, "the copy", |noted| noted.position == 6).await;
        is_copied(&nats, &pair.alpha).await;
        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        all_is_heard(&pair).await;
        assert_eq!(pair.heard(counter(1)).await, [1, 2, 3, 4, 5, 6]);
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_stream_that_was_not_beyond_the_backup_is_kept_and_labelled_anew() {
    run(async {
        let (nats, mut pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 5).await;
        is_copied(&nats, &pair.alpha).await;
        let made = stream(&nats).await.unwrap().cached_info().created;
        copying.stop().await;
        pair.alpha.copy_to(&copy).await.unwrap();

        restore(&mut pair, &copy).await;
        raise(&pair.alpha, 1).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        is_copied(&nats, &pair.alpha).await;
        assert_eq!(stream(&nats).await.unwrap().cached_info().created, made);
        let beta = read_by(&pair, broker(&nats).reader("alpha"));
        all_is_heard(&pair).await;
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn who_was_beyond_the_backup_halts_until_an_operator_compares() {
    run(async {
        let (nats, mut pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        raise(&pair.alpha, 2).await;
        pair.alpha.copy_to(&copy).await.unwrap();
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let reader = broker(&nats).reader("alpha");
        let beta = read_by(&pair, reader.clone());
        raise(&pair.alpha, 1).await;
        all_is_heard(&pair).await;
        copying.stop().await;

        // Beta reads on all the time, by the same subscription.
        restore(&mut pair, &copy).await;
        pair.alpha.execute(&actor(), &crate::house::Raise(counter(2))).await.unwrap();
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let why = wait_until("the halt", async || {
            pair.beta.standings().await.unwrap().first()?.halted.clone()
        })
        .await;
        assert!(why.contains("was restored"), "{why}");
        assert!(pair.heard(counter(2)).await.is_empty());

        let back = pair.beta.resume(&actor(), "alpha", reader.as_ref()).await.unwrap();
        assert!(back, "the cursor went back to where the copy ended");
        pair.steering().resume();
        assert!(pair.beta.reached("alpha", 3, Duration::from_secs(30)).await);
        assert_eq!(pair.heard(counter(2)).await, [1]);
        beta.stop().await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn who_went_back_reads_nothing_before_there_is_something_new() {
    run(async {
        let (nats, mut pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        raise(&pair.alpha, 2).await;
        pair.alpha.copy_to(&copy).await.unwrap();
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 3).await;
        is_copied(&nats, &pair.alpha).await;
        let (at, reader) = (last_place(&pair).await, broker(&nats).reader("alpha"));
        // By the same subscription all the time.
        wait_until("the end", async || {
            (reader.after(&at, 10).await == Read::Batch(Vec::new())).then_some(())
        })
        .await;
        copying.stop().await;

        restore(&mut pair, &copy).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let back = wait_until("the new epoch", async || match reader.after(&at, 10).await {
            Read::EpochChanged { epoch, starts_after } => {
                Some(Position { epoch, pos: starts_after })
            }
            _ => None,
        })
        .await;
        assert_eq!(back.pos, 2);
        wait_until("nothing yet", async || {
            (reader.after(&back, 10).await == Read::Batch(Vec::new())).then_some(())
        })
        .await;
        raise(&pair.alpha, 1).await;
        let next = wait_until("the next", async || match reader.after(&back, 10).await {
            Read::Batch(batch) => (!batch.is_empty()).then_some(batch),
            _ => None,
        })
        .await;
        assert_eq!(next[0].position, Position { pos: 3, ..back });
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn an_older_store_of_the_broker_makes_nobody_halt() {
    run(async {
        let (mut nats, mut pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 2).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        nats.kill();
        let older = tempfile::tempdir().unwrap();
        nats.copy_store(older.path());
        nats.run().await;
        pair.alpha.copy_to(&copy).await.unwrap();
        restore(&mut pair, &copy).await;
        raise(&pair.alpha, 2).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        let at = last_place(&pair).await;

        nats.kill();
        nats.put_store_back(older.path());
        nats.run().await;
        let reader = broker(&nats).reader("alpha");
        let old = wait_until("the old label", async || match reader.after(&at, 10).await {
            Read::Unavailable(why) => why.contains("not up to date").then_some(why),
            other => panic!("{other:?}"),
        })
        .await;
        assert!(old.contains(&at.epoch), "{old}");

        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 1).await;
        let next = wait_until("the next", async || match reader.after(&at, 10).await {
            Read::Batch(batch) => (!batch.is_empty()).then_some(batch),
            Read::Unavailable(_) => None,
            changed @ Read::EpochChanged { .. } => panic!("{changed:?}"),
        })
        .await;
        assert_eq!(next[0].position, Position { pos: at.pos + 1, ..at });
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn an_epoch_that_the_producer_has_forgotten_is_said_to_be_gone() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 2).await;
        is_copied(&nats, &pair.alpha).await;
        let reader = broker(&nats).reader("alpha");
        let gone = Position { epoch: "gone".to_owned(), pos: 2 };
        let told = wait_until("the answer", async || match reader.after(&gone, 10).await {
            Read::EpochChanged { epoch, starts_after } => Some((epoch, starts_after)),
            _ => None,
        })
        .await;
        assert_eq!(told, (last_place(&pair).await.epoch, -1));
        copying.stop().await;
        pair.stop().await;
    });
}
