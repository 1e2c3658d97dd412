//! Money that does not come as planned: declined, late, clicked for twice.

use chrono::TimeDelta;

use crate::journey::Visitor;
use crate::world::{Engine, World, in_every_shape};

in_every_shape! {
    a_declined_visitor_is_told_and_tries_again,
    late_money_still_makes_a_member,
    late_money_for_what_is_covered_goes_back,
    two_clicks_on_pay_are_one_order,
    a_payment_that_is_never_told_of_is_asked_for,
}

async fn a_declined_visitor_is_told_and_tries_again(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;

    visitor.presses(&mut world, "decline").await;

    let order = visitor.order.clone();
    let declined = world.shows(&mut visitor.browser, &order, "Try again").await;
    world.mail(&visitor.address, "Your payment of $119.00 was declined").await;
    let members = world.get(&mut visitor.browser, "/members").await;
    members.lacks("You are a member, so you can read this");

    world.submit(&mut visitor.browser, &declined, &format!("{order}/again"), &[]).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
}

/// The visitor pays by a transfer that takes three days; the offer ends before.
async fn paid_by_a_slow_transfer(engine: Engine) -> (World, Visitor) {
    let mut world = World::on(engine).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;
    let three_days = [("delay_seconds", "259200")];
    visitor.presses_with(&mut world, "late", &three_days).await;
    let order = visitor.order.clone();
    world.shows(&mut visitor.browser, &order, "Waiting for confirmation").await;

    world.advance(TimeDelta::days(2)).await;
    world.mail(&visitor.address, "Your application has run out").await;
    (world, visitor)
}

async fn late_money_still_makes_a_member(engine: Engine) {
    let (mut world, mut visitor) = paid_by_a_slow_transfer(engine).await;

    world.advance(TimeDelta::days(2)).await;

    visitor.is_a_member_everywhere(&mut world).await;
    let order = visitor.order.clone();
    world.shows(&mut visitor.browser, &order, "Your payment came late").await;
}

async fn late_money_for_what_is_covered_goes_back(engine: Engine) {
    let (mut world, mut visitor) = paid_by_a_slow_transfer(engine).await;
    let first = visitor.order.clone();
    visitor.applies(&mut world).await;
    visitor.opens_the_order(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;

    world.advance(TimeDelta::days(2)).await;

    world.mail(&visitor.address, "$119.00 is on its way back to you").await;
    world.shows(&mut visitor.browser, &first, "Refunded.").await;
    let home = world.get(&mut visitor.browser, "/membership").await;
    assert_eq!(home.text.matches("Cactus").count(), 1, "one year: {}", home.text);
}

async fn two_clicks_on_pay_are_one_order(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut visitor = Visitor::arrives(&mut world).await;
    visitor.registers(&mut world).await;
    visitor.signs_in(&mut world).await;
    visitor.applies(&mut world).await;
    let (one, another) = (visitor.pay_page(&mut world).await, visitor.pay_page(&mut world).await);

    // A double click sends one form twice; another tab sends another.
    let (mut left, mut right, mut tab) =
        (visitor.browser.clone(), visitor.browser.clone(), visitor.browser.clone());
    let ((action, pairs), (_, others)) =
        (one.form("/checkout/pay/"), another.form("/checkout/pay/"));
    let (left, right, tab) = tokio::join!(
        left.post(&action, &pairs),
        right.post(&action, &pairs),
        tab.post(&action, &others),
    );

    assert!(left.path.starts_with("/checkout/orders/"), "{}", left.text);
    assert_eq!((&right.path, &tab.path), (&left.path, &left.path));
    visitor.order = left.path;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
}

async fn a_payment_that_is_never_told_of_is_asked_for(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;

    visitor.presses(&mut world, "silent").await;

    world.advance(TimeDelta::hours(1)).await;
    visitor.is_a_member_everywhere(&mut world).await;
}
