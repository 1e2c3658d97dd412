//! Replicas: updated one after the other under load, a leader that goes, all started at once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use ::cluster::{Shape, found};
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::journey::Visitor;
use crate::many;
use crate::world::{Engine, PATIENCE, World, note};

/// What visitors do until told to stop, and how much of it they did. What anybody meets that they
/// should not have fails the story.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    joined: AtomicU32,
    read: AtomicU32,
}

/// What readers look at, each owned by another service.
const PAGES: [&str; 6] =
    ["/", "/join", "/membership/join", "/account/sign-in", "/notifications/mailbox", "/news"];

impl Load {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Two who join and two who read, one time after the other.
    async fn of(&self, mut worlds: [World; 4]) {
        let [first, second, third, fourth] = &mut worlds;
        tokio::join!(
            Box::pin(self.join_again_and_again(first)),
            Box::pin(self.join_again_and_again(second)),
            Box::pin(self.read_again_and_again(third)),
            Box::pin(self.read_again_and_again(fourth)),
        );
    }

    async fn join_again_and_again(&self, world: &mut World) {
        while !self.is_over() {
            let mut visitor = Visitor::at_the_provider(world).await;
            visitor.presses(world, "pay").await;
            visitor.is_a_member_everywhere(world).await;
            self.joined.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn read_again_and_again(&self, world: &World) {
        let mut browser = world.browser();
        while !self.is_over() {
            for path in PAGES {
                browser.get(path).await.is(200);
                self.read.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_is_restarted_under_load_without_an_error_page() {
    let mut world = World::on(Engine::AtScale).await;
    let worlds = std::array::from_fn(|_| world.seen_by_another());
    let (load, parts) = (Load::default(), many::serving(world.cluster()));
    let rolling = async {
        let began = Instant::now();
        for part in &parts {
            world.cluster().stop(part).await.unwrap_or_else(|why| panic!("{why}"));
            world.cluster().start_part(part).await.unwrap_or_else(|why| panic!("{why}"));
        }
        load.stop.store(true, Ordering::Relaxed);
        began.elapsed().as_secs_f64()
    };
    let (rolled, ()) = tokio::join!(rolling, Box::pin(load.of(worlds)));

    let (joined, read) = (load.joined.into_inner(), load.read.into_inner());
    note(&format!("10 processes in {rolled:.1} s; {joined} joined, {read} pages were read"));
    assert!(joined >= 2 && read >= 50, "there was no load: {joined} joined, {read} pages");
    world.settle().await;
    assert_eq!(world.ask(serde_json::json!({ "do": "parked_list" })).await, serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_leader_goes_another_takes_over() {
    let mut world = World::on(Engine::AtScale).await;
    let mut visitor = Visitor::arrives(&mut world).await;
    for service in ["identity", "membership", "commerce", "outreach"] {
        let old = world.cluster().leader(service).await.expect("somebody leads");
        // In order or not.
        if service == "membership" {
            world.cluster().kill(&old).await.unwrap();
        } else {
            world.cluster().stop(&old).await.unwrap();
        }
        let began = Instant::now();
        let another = async || world.cluster().leader(service).await.filter(|leads| *leads != old);
        assert!(found(PATIENCE, another).await.is_some(), "nobody leads {service}");
        note(&format!("{service} is led again after {:.1} s", began.elapsed().as_secs_f64()));
    }

    // One process of each is left, and everything goes on.
    visitor.registers(&mut world).await;
    visitor.signs_in(&mut world).await;
    visitor.applies(&mut world).await;
    visitor.opens_the_order(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_on_empty_databases_make_one_installation() {
    let services = contracts::catalogue::SERVICES;
    let mut world = Box::pin(World::of_many(Shape::AtScale, false, |plan| {
        plan.demo = false;
        plan.later = services.iter().map(ToString::to_string).collect();
    }))
    .await;

    let parts = many::serving(world.cluster());
    assert_eq!(parts.len(), 2 * services.len());
    for part in &parts {
        world.cluster().begin_part(part).unwrap();
    }
    for part in &parts {
        world.cluster().wait_for(part).await.unwrap_or_else(|why| panic!("{why}"));
    }
    world.settle().await;

    for service in services {
        let url = world.cluster().database(service).expect("it is on PostgreSQL");
        let mut database = PgConnection::connect(&url).await.unwrap();
        // What is done at a start is done once: one name, one key, one set of first pages.
        let sql = "select type, entity::text as entity, count(*) as times from feed
                   group by type, entity having count(*) > 1";
        let twice = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
        let twice: Vec<String> = twice.iter().map(|row| row.get("type")).collect();
        assert_eq!(twice, Vec::<String>::new(), "{service} said it twice");
        let sql = "select count(*) from feed where type like '%.key.published.v1'";
        let keys: i64 = sqlx::query_scalar(sql).fetch_one(&mut database).await.unwrap();
        assert_eq!(keys, i64::from(*service == "identity"), "{service}");
    }
    world.browser().get("/").await.is(200);
}
