//! Journey 1 in its plainest form: a visitor joins and pays, and every service knows.

use crate::journey::{CHECKPOINTS, Visitor};
use crate::world::{Engine, World, in_every_shape};

in_every_shape! {
    a_visitor_joins_and_pays,
    a_visitor_joins_with_every_message_twice,
    a_visitor_joins_by_webhooks_told_thrice,
}

async fn joins(world: &mut World, behaviour: &str) {
    let mut visitor = Visitor::at_the_provider(world).await;
    visitor.presses(world, behaviour).await;

    world.checkpoint().await;
    visitor.is_a_member_everywhere(world).await;
}

/// The journey under a fault that the world has in store.
pub(crate) async fn joins_all_the_same(mut world: World) {
    joins(&mut world, "pay").await;
}

async fn a_visitor_joins_and_pays(engine: Engine) {
    let mut world = World::on(engine).await;

    joins(&mut world, "pay").await;

    assert_eq!(world.passed(), CHECKPOINTS, "the faults know how many checkpoints there are");
}

async fn a_visitor_joins_with_every_message_twice(engine: Engine) {
    joins_all_the_same(World::twice_on(engine).await).await;
}

async fn a_visitor_joins_by_webhooks_told_thrice(engine: Engine) {
    let mut world = World::on(engine).await;
    joins(&mut world, "thrice").await;
}
