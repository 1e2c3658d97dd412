//! Somebody else writes to the stream: copying halts until an operator has it made anew.

use chassis::params;
use chassis::testing::run;

use super::server::{Nats, wait_until};
use super::{STREAM, broker, copy_to, is_copied, publication, raise};
use crate::house::{Pair, actor, on_both_engines};

on_both_engines! {
    async fn copying_halts_until_an_operator_resumes_it(pair: Pair) {
        let nats = Nats::start().await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 10).await;
        is_copied(&nats, &pair.alpha).await;
        assert!(!pair.alpha.resume_publication(&actor()).await.unwrap(), "nothing is halted");

        let stranger = nats.stranger().await;
        stranger.publish("test.alpha.hello", "it is me".into()).await.unwrap().await.unwrap();
        raise(&pair.alpha, 10).await;
        let halted = publication(&pair.alpha, "the halt", |noted| noted.halted.is_some()).await;
        let why = halted.halted.unwrap();
        assert!(why.contains("the stream's message 11 is not ours"), "{why}");
        assert_eq!((halted.position, halted.lag), (10, 10));

        // Another leader, or this one after a restart, halts too.
        copying.stop().await;
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 1).await;
        let last = stranger.get_stream(STREAM).await.unwrap().cached_info().state.last_sequence;
        assert_eq!(last, 11, "nothing is written behind the stranger's message");

        assert!(pair.alpha.resume_publication(&actor()).await.unwrap());
        is_copied(&nats, &pair.alpha).await;
        publication(&pair.alpha, "the end of it", |noted| noted.position == 21).await;
        copying.stop().await;
        pair.stop().await;
    }
}

#[test]
fn a_message_in_the_middle_of_a_run_is_not_written_past() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        let stranger = nats.stranger().await;
        raise(&pair.alpha, 5_000).await;
        wait_until("the middle", async || {
            let stream = stranger.get_stream(STREAM).await.ok()?;
            (stream.cached_info().state.last_sequence > 100).then_some(())
        })
        .await;
        let ack = stranger.publish("test.alpha.hello", "it is me".into()).await.unwrap();
        let sequence = ack.await.unwrap().sequence;
        assert!(sequence < 5_000, "it was to come into the middle, not to {sequence}");

        publication(&pair.alpha, "the halt", |noted| noted.halted.is_some()).await;
        let last = stranger.get_stream(STREAM).await.unwrap().cached_info().state.last_sequence;
        assert_eq!(last, sequence, "nothing of ours stands behind the stranger's message");
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_stream_of_another_installation_is_left_alone() {
    run(async {
        let nats = Nats::start().await;
        let (ours, theirs) = (Pair::on("sqlite").await, Pair::on("sqlite").await);
        let first = copy_to(&broker(&nats), &theirs.alpha);
        raise(&theirs.alpha, 20).await;
        is_copied(&nats, &theirs.alpha).await;

        raise(&ours.alpha, 5).await;
        let second = copy_to(&broker(&nats), &ours.alpha);
        publication(&ours.alpha, "the halt", |noted| noted.halted.is_some()).await;
        raise(&theirs.alpha, 5).await;
        is_copied(&nats, &theirs.alpha).await;
        first.stop().await;
        second.stop().await;
        ours.stop().await;
        theirs.stop().await;
    });
}

#[test]
fn a_row_that_was_blanked_since_is_still_ours() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 3).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        let tx = pair.alpha.begin(&actor()).await.unwrap();
        let sql = "update feed set body = '{}', blanked_at = $1 where pos = 3";
        tx.run(sql, params![tx.now()]).await.unwrap();
        tx.commit().await.unwrap();

        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 1).await;
        let noted = publication(&pair.alpha, "the next", |noted| noted.position == 4).await;
        assert_eq!(noted.halted, None);
        copying.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_row_that_says_something_else_is_not_ours() {
    run(async {
        let (nats, pair) = (Nats::start().await, Pair::on("sqlite").await);
        let copying = copy_to(&broker(&nats), &pair.alpha);
        raise(&pair.alpha, 3).await;
        is_copied(&nats, &pair.alpha).await;
        copying.stop().await;
        let tx = pair.alpha.begin(&actor()).await.unwrap();
        tx.run("update feed set entityversion = 9 where pos = 3", params![]).await.unwrap();
        tx.commit().await.unwrap();

        let copying = copy_to(&broker(&nats), &pair.alpha);
        publication(&pair.alpha, "the halt", |noted| noted.halted.is_some()).await;
        copying.stop().await;
        pair.stop().await;
    });
}
