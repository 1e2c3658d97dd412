//! Copying: through losses of the stream, of the store and of the server.

use chassis::testing::run;

use super::server::{Nats, wait_until};
use super::{STREAM, broker, copy_to, is_copied, publication, raise, stream};
use crate::house::{Pair, on_both_engines};

on_both_engines! {
    async fn the_sequence_is_the_position(pair: Pair) {
        let nats = Nats::start().await;
        raise(&pair.alpha, 700).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        is_copied(&nats, &pair.alpha).await;
        raise(&pair.alpha, 3).await;
        is_copied(&nats, &pair.alpha).await;

        let config = stream(&nats).await.unwrap().cached_info().config.clone();
        assert_eq!(config.subjects, ["test.alpha.>"]);
        assert!(config.max_age.is_zero() && config.deny_delete && config.deny_purge);
        let noted = publication(&pair.alpha, "the note", |noted| noted.position == 703).await;
        assert_eq!((noted.lag, noted.halted, noted.away), (0, None, None));
        copying.stop().await;
        pair.stop().await;
    }

    async fn what_was_copied_to_a_store_that_fell_back_is_copied_again(pair: Pair) {
        let mut nats = Nats::start().await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 300).await;
        is_copied(&nats, &pair.alpha).await;
        nats.kill();
        let older = tempfile::tempdir().unwrap();
        nats.copy_store(older.path());
        nats.run().await;
        raise(&pair.alpha, 300).await;
        is_copied(&nats, &pair.alpha).await;
        let made = stream(&nats).await.unwrap().cached_info().created;

        nats.kill();
        nats.put_store_back(older.path());
        nats.run().await;
        is_copied(&nats, &pair.alpha).await;
        let now = stream(&nats).await.unwrap().cached_info().created;
        assert_eq!(now, made, "what it still held was not thrown away");
        raise(&pair.alpha, 2).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.stop().await;
    }
}

#[test]
fn a_stream_that_was_deleted_is_filled_again_though_nothing_happens() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 600).await;
        is_copied(&nats, &pair.alpha).await;

        nats.stranger().await.delete_stream(STREAM).await.unwrap();
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_store_that_was_lost_is_filled_again() {
    run(async {
        let (mut nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 600).await;
        is_copied(&nats, &pair.alpha).await;

        nats.kill();
        nats.lose_store();
        nats.run().await;
        is_copied(&nats, &pair.alpha).await;
        raise(&pair.alpha, 2).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn the_server_is_killed_in_the_middle_of_five_thousand() {
    run(async {
        let (mut nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        for _ in 0..5 {
            raise(&pair.alpha, 1_000).await;
            let some = pair.alpha.head_position() - 900;
            let watched = nats.stranger().await;
            wait_until("the middle", async || {
                let stream = watched.get_stream(STREAM).await.ok()?;
                let last = stream.cached_info().state.last_sequence;
                (i64::try_from(last).unwrap() >= some).then_some(())
            })
            .await;
            nats.kill();
            nats.run().await;
        }
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.stop().await;
    });
}

on_both_engines! {
    async fn two_leaders_for_a_moment_do_no_harm(pair: Pair) {
        let nats = Nats::start().await;
        let first = copy_to(&broker(&nats), &pair.alpha);
        let second = copy_to(&broker(&nats), &pair.alpha);
        for _ in 0..40 {
            raise(&pair.alpha, 50).await;
        }
        is_copied(&nats, &pair.alpha).await;
        first.stop().await;
        raise(&pair.alpha, 500).await;
        is_copied(&nats, &pair.alpha).await;
        let noted = pair.alpha.publication().await.unwrap().unwrap();
        assert_eq!(noted.halted, None);
        second.stop().await;
        pair.stop().await;
    }
}

#[test]
fn without_the_broker_the_service_works_and_says_so() {
    run(async {
        let (mut nats, pair) = (Nats::stopped().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 5).await;
        let away = publication(&pair.alpha, "that it is away", |noted| noted.away.is_some()).await;
        assert!(away.away.unwrap().contains(&nats.url()));
        assert_eq!((away.position, away.lag), (0, 5));

        nats.run().await;
        is_copied(&nats, &pair.alpha).await;
        publication(&pair.alpha, "that it is back", |noted| {
            noted.away.is_none() && noted.position == 5
        })
        .await;
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_message_too_large_for_the_broker_is_named_and_the_rest_waits() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        raise(&pair.alpha, 3).await;
        let large = "x".repeat(2 * 1024 * 1024);
        let blow_up = async |body: String| {
            let tx = pair.alpha.begin(&crate::house::actor()).await.unwrap();
            let sql = "update feed set cause = $1 where pos = 2";
            tx.run(sql, chassis::params![body]).await.unwrap();
            tx.commit().await.unwrap();
        };
        blow_up(large).await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let stuck = publication(&pair.alpha, "why it is stuck", |noted| noted.away.is_some()).await;
        assert!(stuck.away.unwrap().contains(".2: "), "the message's id");

        blow_up("alpha/a.1".to_owned()).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        pair.stop().await;
    });
}
