//! Journey 1 while something fails: a service stopped and started later, the process killed.

use crate::joining::joins_all_the_same;
use crate::journey::CHECKPOINTS;
use crate::world::{Engine, World, in_every_shape};

in_every_shape! {
    a_visitor_joins_while_identity_is_stopped_for_a_time,
    a_visitor_joins_while_membership_is_stopped_for_a_time,
    a_visitor_joins_while_commerce_is_stopped_for_a_time,
    a_visitor_joins_while_outreach_is_stopped_for_a_time,
    a_visitor_joins_while_content_is_stopped_for_a_time,
    a_visitor_joins_although_the_process_is_killed,
}

async fn while_stopped(engine: Engine, service: &'static str) {
    let mut world = World::on(engine).await;
    world.will_stop(service, CHECKPOINTS);
    joins_all_the_same(world).await;
}

async fn a_visitor_joins_while_identity_is_stopped_for_a_time(engine: Engine) {
    while_stopped(engine, "identity").await;
}

async fn a_visitor_joins_while_membership_is_stopped_for_a_time(engine: Engine) {
    while_stopped(engine, "membership").await;
}

async fn a_visitor_joins_while_commerce_is_stopped_for_a_time(engine: Engine) {
    while_stopped(engine, "commerce").await;
}

async fn a_visitor_joins_while_outreach_is_stopped_for_a_time(engine: Engine) {
    while_stopped(engine, "outreach").await;
}

async fn a_visitor_joins_while_content_is_stopped_for_a_time(engine: Engine) {
    while_stopped(engine, "content").await;
}

async fn a_visitor_joins_although_the_process_is_killed(engine: Engine) {
    let mut world = World::on(engine).await;
    world.will_be_killed(CHECKPOINTS);
    joins_all_the_same(world).await;
}
