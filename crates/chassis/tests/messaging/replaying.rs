//! Replay of a projection gives the same rows, and leaves reactions alone.

use chassis::params;
use chassis::replay::{Which, replay};

use crate::house::on_both_engines;
use crate::house::{Pair, Raise, actor, counter};

async fn copies(pair: &Pair) -> Vec<(uuid::Uuid, i64)> {
    let sql = "select counter, value from copies order by counter";
    let rows = pair.beta.read(async |tx| tx.all(sql, params![]).await).await.unwrap();
    rows.iter().map(|row| (row.get("counter").unwrap(), row.get("value").unwrap())).collect()
}

on_both_engines! {
    async fn a_replayed_projection_has_the_same_rows(pair: Pair) {
        let beta = pair.start_beta();
        for turn in 0..50 {
            pair.alpha.execute(&actor(), &Raise(counter(turn % 4))).await.unwrap();
        }
        pair.heard_all().await;
        let before = copies(&pair).await;
        assert_eq!(before.len(), 4);

        // Somebody meddled with the copy: the feed knows better.
        let tx = pair.beta.begin(&actor()).await.unwrap();
        tx.run("update copies set value = 0", params![]).await.unwrap();
        tx.commit().await.unwrap();
        let (consumers, readers) = (pair.consumers(), pair.feeds.readers());
        let applied = replay(&pair.beta, &consumers, &readers, &Which::All).await;
        assert_eq!(applied.unwrap(), 50);

        assert_eq!(copies(&pair).await, before);
        let heard: usize = pair.heard(counter(0)).await.len() + pair.heard(counter(1)).await.len();
        assert_eq!(heard, 26, "a reaction is never replayed");
        beta.stop().await;
    }
}
