//! The operations' pages: who may, the stop switch, and that it works while sign-on is stopped.

use crate::browser::Browser;
use crate::journey::Visitor;
use crate::world::{Engine, PASSWORD, World, on_both_engines};

on_both_engines! {
    an_operator_stops_and_starts_a_service,
    an_operator_starts_identity_while_it_is_stopped,
    an_operator_finds_what_a_request_brought_about,
    everybody_tries_the_components_on_the_design_page,
}

async fn operator(world: &mut World) -> Browser {
    world.signed_in("admin@demo.scte.test", PASSWORD).await
}

async fn switch(world: &mut World, browser: &mut Browser, service: &str, act: &str) {
    let page = match act {
        "stop" => world.get(browser, &format!("/ops/{service}/stop")).await,
        _ => world.get(browser, &format!("/ops/{service}")).await,
    };
    let action = format!("/ops/{service}/{act}");
    let shown = world.submit(browser, &page, &action, &[]).await;
    shown.is(200);
    assert_eq!(shown.path, format!("/ops/{service}"));
}

async fn an_operator_stops_and_starts_a_service(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = operator(&mut world).await;
    let overview = world.get(&mut browser, "/ops").await;
    overview.is(200).shows("5 <small>of 5</small>").shows("Crosspoint map of 5 services");
    // Every feed and reader stands in the table that says the same as the map.
    for feed in ["commerce", "content", "identity", "membership", "outreach"] {
        overview.shows(&format!("<th scope=\"row\">{feed}</th><td>ops</td>"));
    }
    assert!(overview.text.contains("http-equiv=\"refresh\" content=\"2\""));
    let held = world.get(&mut browser, "/ops?still=1").await;
    held.is(200).lacks("http-equiv=\"refresh\"").shows("Go on");

    switch(&mut world, &mut browser, "commerce", "stop").await;

    world.get(&mut browser, "/ops").await.is(200).shows("4 <small>of 5</small>").shows("stopped");
    let mut stranger = world.browser();
    let away = stranger.get("/billing").await;
    away.is(503).shows("Payment is away for a moment").shows("Payment, away").shows("Away since");
    away.shows("http-equiv=\"refresh\" content=\"5\"").shows("href=\"/billing\">Try again now");
    assert_eq!(away.header("retry-after"), "5");
    assert_eq!(away.header("content-type"), "text/html; charset=utf-8");
    assert!(!away.header("retry-after").is_empty());
    let sent = stranger.send("/checkout/cart", "application/x-www-form-urlencoded", "a=b").await;
    sent.is(503).shows("What you sent was not taken in").lacks("http-equiv=\"refresh\"");
    for path in ["/checkout/hooks/sandbox", "/api/commerce/orders"] {
        let problem = stranger.send(path, "application/json", "{}").await;
        problem.is(503).shows("\"unavailable\"");
        assert_eq!(problem.header("content-type"), "application/problem+json");
        assert!(!problem.header("retry-after").is_empty());
    }
    // All others answer as ever.
    for path in ["/", "/join", "/account/sign-in", "/notifications/mailbox"] {
        world.get(&mut stranger, path).await.is(200);
    }

    switch(&mut world, &mut browser, "commerce", "start").await;

    world.get(&mut browser, "/billing").await.is(200);
    world.settle().await;
    world
        .get(&mut browser, "/ops")
        .await
        .shows("5 <small>of 5</small>")
        .shows("service commerce stopped");
}

async fn an_operator_starts_identity_while_it_is_stopped(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = operator(&mut world).await;

    switch(&mut world, &mut browser, "identity", "stop").await;

    // Sign-ins that live go on, and nobody new comes in.
    world.get(&mut browser, "/membership").await.is(200);
    world.browser().get("/account/sign-in").await.is(503);

    switch(&mut world, &mut browser, "identity", "start").await;

    world.browser().get("/account/sign-in").await.is(200);
    let mut other = world.signed_in("jo@demo.scte.test", PASSWORD).await;
    world.get(&mut other, "/ops").await.is(403);
    assert!(world.browser().get("/ops").await.path.starts_with("/account/sign-in"));
}

async fn an_operator_finds_what_a_request_brought_about(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut visitor = Visitor::arrives(&mut world).await;
    let page = visitor.browser.get("/account/register").await;
    let (action, mut pairs) = page.form("/account/register");
    let typed = [("address", &*visitor.address), ("password", "a long walk"), ("language", "en")];
    pairs.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    visitor.browser.post(&action, &pairs).await.is(200);
    let mail = world.mail(&visitor.address, "Confirm your address").await;
    let reference = mail.text.split("Reference ").nth(1).unwrap().trim();

    let mut browser = operator(&mut world).await;
    let found = world.get(&mut browser, &format!("/ops/search?correlation={reference}")).await;

    found.is(200).shows("identity.account.registered").shows("outreach").lacks(&visitor.address);
    let nothing = world.get(&mut browser, "/ops/search?correlation=seven").await;
    nothing.is(200).shows("This is no reference");
}

async fn everybody_tries_the_components_on_the_design_page(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = world.browser();
    let page = world.get(&mut browser, "/ops/design").await;
    page.is(200)
        .shows("Every component in every state")
        .lacks("<span class=\"state bad\">no</span>");

    // A list is searched, filtered, sorted, paged both ways and taken home.
    let list = "/ops/design/list";
    let first = world.get(&mut browser, list).await;
    first.is(200).shows("2027-000174").lacks("2027-000124").shows("50 shown");
    let second = world.get(&mut browser, &first.link("Next").replace("&#38;", "&")).await;
    second.shows("2027-000124").lacks("2027-000125").shows("25 shown");
    let back = world.get(&mut browser, &second.link("Previous").replace("&#38;", "&")).await;
    back.shows("2027-000174").shows("2027-000125");
    world.get(&mut browser, &format!("{list}?sort=number")).await.shows("2027-000100");
    world
        .get(&mut browser, &format!("{list}?q=whitlock&state=paid"))
        .await
        .shows("Dana Whitlock")
        .lacks("Mei Tanaka");
    world.get(&mut browser, &format!("{list}?from=2027-07-01")).await.shows("No order matches");
    let file = world.get(&mut browser, &format!("{list}?format=csv")).await;
    assert_eq!(
        (file.header("content-type"), file.text.lines().count()),
        ("text/csv; charset=utf-8", 76)
    );

    let chosen = [("chosen", "00000000-0000-0000-0000-00000000004b")];
    let done = world.submit(&mut browser, &first, "/ops/design/done", &chosen).await;
    done.is(200).shows("1 row was done.");

    let form = world.get(&mut browser, "/ops/design/form").await;
    let wrong = world.submit(&mut browser, &form, "/ops/design/form", &[("address", "dana")]).await;
    wrong.is(422).shows("There are 5 problems").shows("value=\"dana\"").shows("<title>Error: ");
    let confirm = world.get(&mut browser, "/ops/design/confirm").await;
    let done = world.submit(&mut browser, &confirm, "/ops/design/done", &[("reason", "x")]).await;
    done.is(200).shows("Every component in every state");

    let waits = world.get(&mut browser, "/ops/design/pending").await;
    waits.is(200).shows("pending").shows("http-equiv=\"refresh\"");
    world.advance(chrono::TimeDelta::seconds(10)).await;
    let there = world.get(&mut browser, &waits.path).await;
    there.is(200).shows("The answer is here").lacks("http-equiv=\"refresh\"");
    // What is away is said by whoever answers for it, not by name.
    world.get(&mut browser, "/ops/-/away/commerce").await.is(404);
}
