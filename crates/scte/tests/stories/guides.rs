//! The how-tos of the other shapes, followed word by word while somebody is joining.

use crate::databases;
use crate::guide::Guide;
use crate::journey::Visitor;
use crate::world::{PASSWORD, Site, World, seed};

/// The world of a guide: what its page started.
fn world(name: &str, databases: Option<String>) -> World {
    let directory = tempfile::tempdir().unwrap();
    let guide = Guide::open(name, directory.path(), databases);
    let origin = format!("http://{}", guide.instead("127.0.0.1:8300"));
    World::with(directory, seed(), origin, Site::Guided(Box::new(guide)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_network_can_be_followed_word_by_word() {
    let mut world = world("local-network.md", None);
    world.guide().follow_to("Stop one").await;

    // Somebody is on the way while membership is stopped and started again.
    let mut visitor = Visitor::arrives(&mut world).await;
    visitor.registers(&mut world).await;
    visitor.signs_in(&mut world).await;
    visitor.applies(&mut world).await;
    world.guide().follow_to("Start it again").await;
    let away = visitor.browser.get(&visitor.application).await;
    away.is(503).shows("away for a moment");
    world.guide().finish().await;

    visitor.opens_the_order(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
    let mut sam = world.signed_in("sam@demo.scte.test", PASSWORD).await;
    world.shows(&mut sam, "/staff/membership", "Members").await;
}

/// Somebody registers, applies and asks to pay before the move, and pays after it; somebody else
/// had a form open all the time.
async fn joins_across(mut world: World) {
    world.guide().follow_to("Prepare").await;
    let mut visitor = Visitor::arrives(&mut world).await;
    visitor.registers(&mut world).await;
    visitor.signs_in(&mut world).await;
    visitor.applies(&mut world).await;
    let (mut other, address) = (world.browser(), world.address());
    let open = world.get(&mut other, "/account/register").await;
    world.guide().follow_to("Move").await;
    // Nobody waits for what follows from this: it is on its way when the website is stopped.
    visitor.opens_the_order(&mut world).await;

    world.guide().finish().await;

    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
    let typed = [("address", address.as_str()), ("language", "en")];
    let sent = world.submit(&mut other, &open, "/account/register", &typed).await;
    sent.is(200).shows("Look at your mail");
    world.mail(&address, "Confirm your address").await;
    // Who was a member before is one still, and strangers become members.
    let mut jo = world.signed_in("jo@demo.scte.test", PASSWORD).await;
    world.shows(&mut jo, "/membership", "Member number").await;
    let mut next = Visitor::at_the_provider(&mut world).await;
    next.presses(&mut world, "pay").await;
    next.is_a_member_everywhere(&mut world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_moved_out_while_somebody_joins() {
    joins_across(world("move-a-service-out.md", None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_moved_to_postgresql_and_jetstream_while_somebody_joins() {
    let databases = databases::make().await;
    let name = "move-to-postgresql-and-jetstream.md";
    joins_across(world(name, Some(databases))).await;
}
