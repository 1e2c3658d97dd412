//! A database keeps what its installation is for, whatever a process that starts on it says.

use chassis::testing::{Slice, slice_test};
use chassis::{Actor, Mode, params};
use uuid::Uuid;

#[slice_test]
async fn a_database_is_refused_in_another_mode_and_goes_on_in_its_own(mut slice: Slice) {
    let published = slice.db().published(0, 1000).await.unwrap().len();
    slice.end().await;

    for (mode, word) in [(Mode::Production, "production"), (Mode::Demo, "demo")] {
        for refused in [slice.runs_in(mode).await, slice.opens_in(mode).await] {
            let refused = refused.expect_err(word);
            assert_eq!(refused.code(), "another_mode");
            let why = refused.to_string();
            assert!(why.contains("of probe is of a test installation"), "{why}");
            assert!(why.contains("start it with --test"), "{why}");
        }
    }

    slice.opens_in(Mode::Test).await.unwrap();
    slice.restart().await;
    slice.stranger().get("/probe").await.is(200);
    assert_eq!(slice.db().published(0, 1000).await.unwrap().len(), published);
    slice.stop().await;
}

#[slice_test]
async fn what_was_written_down_says_how_to_start_it(mut slice: Slice) {
    slice.with_site(|site| site.mode = Mode::Demo).await;
    slice.end().await;
    let refused = slice.runs_in(Mode::Production).await.unwrap_err().to_string();
    assert!(refused.contains("a demo installation: start it with --demo"), "{refused}");

    slice.restart().await;
    slice.with_site(|site| site.mode = Mode::Production).await;
    slice.end().await;
    let refused = slice.opens_in(Mode::Demo).await.unwrap_err().to_string();
    assert!(refused.contains("a production installation: start it without --demo"), "{refused}");
    slice.restart().await;
    slice.stop().await;
}

#[test]
fn of_replicas_in_two_modes_that_start_at_once_one_is_refused() {
    chassis::testing::run(async {
        let mut slice = Slice::postgres(crate::service()).await;
        let tx = slice.db().begin(&Actor::job("test", Uuid::nil())).await.unwrap();
        tx.run("delete from installation", params![]).await.unwrap();
        tx.commit().await.unwrap();
        slice.end().await;

        let both = [Mode::Demo, Mode::Production];
        let started = futures::future::join_all(both.map(|mode| slice.runs_in(mode))).await;

        let refused: Vec<_> = started.iter().filter_map(|one| one.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{started:?}");
        assert_eq!(refused[0].code(), "another_mode");
        for (mode, started) in both.into_iter().zip(&started) {
            assert_eq!(slice.opens_in(mode).await.is_ok(), started.is_ok(), "{mode:?}");
        }
    });
}
