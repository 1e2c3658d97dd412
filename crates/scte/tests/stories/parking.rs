//! Messages that took no effect: seen, tried again and given up, by command and by page.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::world::{Engine, PASSWORD, World};

/// Parks the last message of a type for a consumer of `outreach` that takes it, as a bug would.
pub(crate) async fn park(world: &World, feed: &str, kind: &str, consumer: &str) {
    let file = |name: &str| world.data().join(format!("{name}.db"));
    let open = async |name: &str| {
        let options = SqliteConnectOptions::new().filename(file(name));
        SqliteConnection::connect_with(&options).await.unwrap()
    };
    let mut producer = open(feed).await;
    let sql = "select pos, key from feed where type = $1 order by pos desc limit 1";
    let (pos, key): (i64, Vec<u8>) =
        sqlx::query_as(sql).bind(kind).fetch_one(&mut producer).await.unwrap();
    let mut reader = open("outreach").await;
    let sql = "insert into parked
                 (consumer, feed, pos, type, key, reason, attempts, first_at, last_at, state)
               values ($1, $2, $3, $4, $5, 'a bug', 1, $6, $6, 'parked')";
    let at = "2027-03-01 12:00:00+00:00";
    let insert = sqlx::query(sql).bind(consumer).bind(feed).bind(pos).bind(kind).bind(key).bind(at);
    insert.execute(&mut reader).await.unwrap();
}

/// The names under which `scte parked list` prints what is parked.
async fn listed(world: &World) -> Vec<String> {
    let (code, said) = world.run(&["parked", "list"]).await;
    assert_eq!(code, 0, "{said}");
    let names = said.lines().filter(|line| line.starts_with("outreach/"));
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_parked_is_seen_tried_again_and_given_up() {
    let mut world = World::on(Engine::Sqlite).await;
    let person = "org.scte.membership.person.created.v1";
    world.end().await;
    park(&world, "membership", person, "people.person_created").await;
    world.start().await;

    let names = listed(&world).await;
    assert_eq!(names.len(), 1);
    let (code, said) = world.run(&["parked", "show", &names[0]]).await;
    assert!(code == 0 && said.contains("a bug") && said.contains(person), "{said}");
    let (code, said) = world.run(&["doctor"]).await;
    assert!(code == 5 && said.contains("scte parked list"), "{said}");
    let (code, said) = world.run(&["parked", "retry", &names[0]]).await;
    assert!(code == 0 && said.contains("1 messages took effect"), "{said}");
    assert_eq!(listed(&world).await, Vec::<String>::new());

    world.end().await;
    park(&world, "commerce", "org.scte.commerce.navigation.declared.v1", "menu").await;
    world.start().await;
    let mut browser = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    world.get(&mut browser, "/ops").await.shows("outreach reading commerce has 1 parked");
    let page = world.get(&mut browser, "/ops/outreach").await;
    page.is(200).shows("a bug").shows("Drop…").shows("What 1 parked message would have changed");
    let drop = page.text.split("href=\"").find(|link| link.starts_with("/ops/outreach/drop?"));
    let drop = drop.and_then(|link| link.split('"').next()).unwrap().replace("&#38;", "&");
    let page = world.get(&mut browser, &drop).await;
    page.is(200).shows("Drop this message for outreach?").shows("commerce.navigation.declared");
    let without = world.submit(&mut browser, &page, "/ops/outreach/drop", &[("reason", " ")]).await;
    without.is(422).shows("Error: Drop this message").shows("Say why it may be given up");
    let why = [("reason", "it was parked by a test")];
    let shown = world.submit(&mut browser, &page, "/ops/outreach/drop", &why).await;
    shown.is(200).shows("Nothing is parked").shows("parked dropped");
    // The back button and the same form again find that it is gone.
    let again = world.submit(&mut browser, &page, "/ops/outreach/drop", &why).await;
    again.is(409);
}
