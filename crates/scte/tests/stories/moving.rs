//! Moving databases: what is refused, and that what arrives is what was there.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::databases;
use crate::journey::Visitor;
use crate::world::{Engine, World};

/// The messages of a feed: position, type, version, key and what it says.
type Said = Vec<(i64, String, i64, uuid::Uuid, Value)>;

const SAID: &str = "select pos, type, entityversion, key, body from feed order by pos";
const HEAD: &str = "select epoch from feed_head";
const CURSORS: &str = "select feed, epoch, pos from cursor order by feed";
const TIMERS: &str = "select id from timer order by id";

async fn file(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// How many rows each table of a file holds.
async fn counts(file: &mut SqliteConnection) -> BTreeMap<String, i64> {
    let sql = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
    let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *file).await.unwrap();
    let mut counts = BTreeMap::new();
    for name in names {
        let sql = format!("select count(*) from \"{name}\"");
        let count = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *file).await.unwrap();
        counts.insert(name, count);
    }
    counts
}

async fn refused(world: &World, args: &[&str], code: i32, says: &str) {
    let (ended, said) = world.run(args).await;
    assert!(ended == code && said.contains(says), "{args:?}: {ended} {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_moved_arrives_as_it_was_or_not_at_all() {
    let mut world = World::on(Engine::Sqlite).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
    let (url, elsewhere) = (databases::make().await, world.beside("elsewhere"));
    let directory = elsewhere.display().to_string();

    // Not while a process works on it, not what is not there, not to where it cannot be.
    refused(&world, &["move", "commerce", "--to", &url], 4, "works on it").await;
    assert_eq!(world.end().await, Some(0));
    refused(&world, &["move", "nobody", "--to", &url], 3, "nobody").await;
    refused(&world, &["move", "ops", "--to", &url], 3, "ops").await;
    refused(&world, &["move", "commerce", "--to", "postgres://x/one"], 2, "{service}").await;
    refused(&world, &["move", "commerce"], 2, "--to").await;

    let (code, said) = world.run(&["move", "commerce", "--to", &url]).await;
    assert_eq!(code, 0, "{said}");
    refused(&world, &["move", "commerce", "--to", &url], 3, "it was moved before").await;
    // Nobody begins it anew with nothing in it, by habit or by a unit that was not changed.
    let up = ["up", "--demo", "--test", "--listen", "127.0.0.1:0"];
    refused(&world, &up, 3, "the database of commerce was moved").await;

    let left = world.data().join("commerce.db.moved");
    let mut from = file(&left).await;
    let mut to = PgConnection::connect(&url.replace("{service}", "commerce")).await.unwrap();
    let counts = counts(&mut from).await;
    assert!(counts["feed"] >= 5 && counts["ledger_entries"] > 0, "{counts:?}");
    for (table, count) in &counts {
        let sql = format!("select count(*) from \"{table}\"");
        let there: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut to).await.unwrap();
        assert_eq!(there, *count, "{table}");
    }
    let said: Said = sqlx::query_as(SAID).fetch_all(&mut from).await.unwrap();
    let there: Said = sqlx::query_as(SAID).fetch_all(&mut to).await.unwrap();
    assert_eq!(said, there);
    let epoch: String = sqlx::query_scalar(HEAD).fetch_one(&mut from).await.unwrap();
    let there: String = sqlx::query_scalar(HEAD).fetch_one(&mut to).await.unwrap();
    assert_eq!(epoch, there, "it is the same life of the feed");
    let cursors: Vec<(String, String, i64)> =
        sqlx::query_as(CURSORS).fetch_all(&mut from).await.unwrap();
    let there: Vec<(String, String, i64)> =
        sqlx::query_as(CURSORS).fetch_all(&mut to).await.unwrap();
    assert_eq!(cursors, there);
    let timers: Vec<uuid::Uuid> = sqlx::query_scalar(TIMERS).fetch_all(&mut from).await.unwrap();
    let there: Vec<uuid::Uuid> = sqlx::query_scalar(TIMERS).fetch_all(&mut to).await.unwrap();
    assert_eq!(timers, there);
    from.close().await.unwrap();

    // What is used is not written over; the file stays where it was.
    std::fs::copy(&left, world.data().join("commerce.db")).unwrap();
    refused(&world, &["move", "commerce", "--to", &url], 3, "was used already").await;
    assert!(world.data().join("commerce.db").exists());

    // To another directory, once; the second finds the place taken.
    let (code, said) = world.run(&["move", "commerce", "--to", &directory]).await;
    assert_eq!(code, 0, "{said}");
    for name in ["commerce.db", "secret.key", "installation.json"] {
        assert!(elsewhere.join(name).exists(), "{name} is not there");
    }
    std::fs::copy(&left, world.data().join("commerce.db")).unwrap();
    refused(&world, &["move", "commerce", "--to", &directory], 3, "is there already").await;
    std::fs::write(elsewhere.join("secret.key"), "0".repeat(64)).unwrap();
    refused(&world, &["move", "outreach", "--to", &directory], 3, "differs from").await;
}
