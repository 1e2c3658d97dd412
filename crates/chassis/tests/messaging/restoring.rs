//! A feed that was restored begins a new epoch: who had not read beyond goes on, who had halts.

use chassis::Target;
use chassis::backup::put_back;

use crate::house::{Pair, Raise, actor, counter};

/// Replaces alpha's database by the copy and begins its new epoch.
pub(crate) async fn restore(pair: &mut Pair, copy: &std::path::Path) {
    pair.feeds.stopped("alpha");
    pair.alpha.close().await;
    let Target::Sqlite(file) = pair.alpha.target().clone() else { unreachable!() };
    for more in ["-wal", "-shm"] {
        let beside = format!("{}{more}", file.display());
        drop(std::fs::remove_file(beside));
    }
    put_back(copy, pair.alpha.target()).await.unwrap();
    pair.reopen_alpha().await;
    pair.alpha.begin_epoch(&actor()).await.unwrap();
    pair.feeds.started(&pair.alpha);
}

#[test]
fn a_consumer_at_or_before_the_copy_goes_on() {
    chassis::testing::run(async {
        let mut pair = Pair::on("sqlite").await;
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        let beta = pair.start_beta();
        for _ in 0..5 {
            pair.alpha.execute(&actor(), &Raise(counter(1))).await.unwrap();
        }
        pair.heard_all().await;
        beta.stop().await;
        pair.alpha.copy_to(&copy).await.unwrap();

        restore(&mut pair, &copy).await;
        pair.alpha.execute(&actor(), &Raise(counter(1))).await.unwrap();
        let beta = pair.start_beta();
        pair.heard_all().await;

        assert_eq!(pair.heard(counter(1)).await, [1, 2, 3, 4, 5, 6]);
        assert!(pair.alpha.is_held().await.unwrap(), "timers and effects wait for an operator");
        pair.alpha.release(&actor()).await.unwrap();
        assert!(!pair.alpha.is_held().await.unwrap());
        let ids: Vec<String> = pair
            .alpha
            .published(0, 100)
            .await
            .unwrap()
            .iter()
            .map(|one| one.position.epoch.clone())
            .collect();
        assert_eq!(ids[0], ids[4], "an id never changes");
        assert_ne!(ids[4], ids[5], "what comes after belongs to the new epoch");
        beta.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_consumer_beyond_the_copy_halts_and_says_so() {
    chassis::testing::run(async {
        let mut pair = Pair::on("sqlite").await;
        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("alpha.db");
        pair.alpha.copy_to(&copy).await.unwrap();
        let beta = pair.start_beta();
        pair.alpha.execute(&actor(), &Raise(counter(1))).await.unwrap();
        pair.heard_all().await;
        beta.stop().await;

        restore(&mut pair, &copy).await;
        pair.alpha.execute(&actor(), &Raise(counter(2))).await.unwrap();
        let beta = pair.start_beta();
        let halted = async {
            loop {
                let standings = pair.beta.standings().await.unwrap();
                if let Some(why) = standings.first().and_then(|at| at.halted.clone()) {
                    return why;
                }
                tokio::task::yield_now().await;
            }
        };
        let why = tokio::time::timeout(std::time::Duration::from_secs(30), halted).await.unwrap();

        assert!(why.contains("was restored"), "{why}");
        assert!(pair.heard(counter(2)).await.is_empty());

        // An operator compared both sides: from here on in the producer's new epoch.
        let readers = pair.feeds.readers();
        let back = pair.beta.resume(&actor(), "alpha", readers["alpha"].as_ref()).await.unwrap();
        assert!(back, "the cursor went back to where the copy ended");
        pair.steering().resume();
        pair.heard_all().await;
        assert_eq!(pair.heard(counter(2)).await, [1]);
        beta.stop().await;
        pair.stop().await;
    });
}
