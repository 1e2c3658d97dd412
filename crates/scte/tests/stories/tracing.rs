//! Traces across messages: what a request brought about in other services can be followed message by
//! message, by the links that each span has to what decided the message it took.

use std::collections::BTreeMap;

use crate::collector::{Collector, Place, Span};
use crate::journey::Visitor;
use crate::world::{Engine, World, note, on_both_engines};

on_both_engines! {
    a_request_is_followed_message_by_message_to_the_mail,
}

/// A website that sends its spans to a collector.
async fn traced(engine: Engine, collector: &Collector) -> World {
    let mut world = World::on(engine).await;
    world.end().await;
    let file = world.beside("scte.toml");
    let mut config = std::fs::read_to_string(&file).unwrap();
    // A quiet log leaves no span out.
    config = config.replace("filter = \"info\"", "filter = \"warn\"");
    config += &["[telemetry]\notlp = \"", &collector.url(), "\"\n"].concat();
    config += "service_name = \"the website\"\n";
    std::fs::write(&file, config).unwrap();
    world.start().await;
    world
}

/// The spans from `from` back to the request that began it: each links to what decided the message
/// that it took, or asked for the call that it made.
fn way_back(spans: &BTreeMap<Place, Span>, from: &Span) -> Vec<Span> {
    let mut way = vec![from.clone()];
    while let Some(link) = way.last().unwrap().links.first() {
        let next =
            spans.get(link).unwrap_or_else(|| panic!("nothing arrived from {link:?}: {way:#?}"));
        way.push(next.clone());
    }
    way
}

fn told(way: &[Span]) -> Vec<String> {
    let told: Vec<String> = way.iter().map(|span| span.name.clone()).collect();
    note(&told.join("\n  ← "));
    told
}

async fn a_request_is_followed_message_by_message_to_the_mail(engine: Engine) {
    let collector = Collector::start().await;
    let mut world = traced(engine, &collector).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;

    // Whoever comes with a trace goes on in it.
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let asked = reqwest::Client::new().get(format!("{}/join", world.origin));
    let asked = asked.header("traceparent", format!("00-{trace}-{span}-01")).send().await;
    assert_eq!(asked.unwrap().status().as_u16(), 200);

    // What is left is sent before the end.
    assert_eq!(world.end().await, Some(0));
    let spans = collector.spans();
    assert!(spans.values().all(|span| span.of == "the website"));

    let continued = spans.values().find(|one| one.place.0 == trace).expect("it was continued");
    assert_eq!((continued.parent.as_str(), continued.name.as_str()), (span, "GET /{*path}"));

    // The application asks commerce to charge, and hears that it does.
    let charges = spans.values().find(|one| {
        one.says("service") == "membership"
            && one.says("message") == "org.scte.commerce.charge.opened.v1"
    });
    let way = way_back(&spans, charges.expect("membership heard of the charge"));
    assert_eq!(
        told(&way),
        [
            "membership takes org.scte.commerce.charge.opened.v1",
            "commerce takes org.scte.membership.charge.requested.v1",
            "POST /membership/join",
        ]
    );

    // The mail that welcomes: from the webhook through three services to the call that sent it.
    let mails = spans.values().filter(|one| one.name == "outreach calls deliveries.send_mail");
    let ways = mails.map(|mail| way_back(&spans, mail));
    let welcome = "outreach takes org.scte.membership.term.started.v1";
    let way = ways.into_iter().find(|way| way.iter().any(|one| one.name == welcome));
    let way = way.expect("a mail welcomes");
    assert_eq!(
        told(&way),
        [
            "outreach calls deliveries.send_mail",
            welcome,
            "membership takes org.scte.commerce.charge.paid.v1",
            "POST /checkout/hooks/sandbox",
        ]
    );
    let services: Vec<&str> = way.iter().map(|one| one.says("service")).collect();
    assert_eq!(services, ["outreach", "outreach", "membership", "commerce"]);

    // All of them are about one request, and each is a trace of its own: links, not parents.
    let first = way.last().unwrap();
    let mut traces: Vec<&str> = way.iter().map(|one| one.place.0.as_str()).collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), way.len(), "{way:#?}");
    assert!(way.iter().all(|one| one.parent.is_empty()), "{way:#?}");
    assert!(way.iter().all(|one| one.says("correlation.id") == first.says("correlation.id")));
}
