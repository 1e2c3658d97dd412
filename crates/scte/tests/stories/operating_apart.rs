//! The operations' pages where services run in processes of their own: what each says of itself is
//! laid together, and each act takes place in the process that is meant.

use std::collections::BTreeSet;

use crate::browser::{Browser, Shown};
use crate::world::{Engine, PASSWORD, World, stories_on};

stories_on!(Apart as apart:
    an_overview_is_laid_together,
    who_is_away_is_said_to_be,
    a_process_that_is_asked_for_another_says_so,
);
stories_on!(AtScale as at_scale: an_overview_is_laid_together, a_switch_is_that_of_one_replica);

async fn operator(world: &mut World) -> Browser {
    world.signed_in("admin@demo.scte.test", PASSWORD).await
}

/// Where the other processes are asked, as the page says it.
fn parts(page: &Shown) -> BTreeSet<String> {
    let places = page.text.split("data-part=\"").skip(1);
    places.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

async fn an_overview_is_laid_together(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = operator(&mut world).await;
    let processes: BTreeSet<_> = {
        let cluster = world.cluster();
        let names = contracts::catalogue::SERVICES.iter();
        names.flat_map(|service| cluster.parts_of(service)).collect()
    };
    let overview = world.get(&mut browser, "/ops").await;
    overview.is(200).shows("says it on its own page");

    // Each process stands there once: by what it says itself, or on this page.
    let own = |page: &Shown| {
        let says = |part: &&String| page.says(&format!("data in {part}"));
        processes.iter().filter(says).cloned().collect::<Vec<_>>()
    };
    let (mut seen, mut leading) = (own(&overview), 0);
    for part in parts(&overview) {
        let card = world.get(&mut browser, &part).await;
        card.is(200).shows("data-slot=\"row\"").lacks("<main");
        let said = own(&card);
        assert_eq!(said.len(), 1, "{part} is of one process: {}", card.text);
        seen.extend(said);
        leading += usize::from(card.says(", leads"));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, processes.iter().cloned().collect::<Vec<_>>());
    if engine == Engine::AtScale {
        assert_eq!(leading, contracts::catalogue::SERVICES.len(), "one of each leads");
    }

    // Each service's own page is of a process that has it.
    for service in contracts::catalogue::SERVICES {
        let page = world.get(&mut browser, &format!("/ops/{service}")).await;
        page.is(200).shows(&format!("data in {service}-"));
    }
    // Nobody else sees what a process says.
    let mut member = world.signed_in("jo@demo.scte.test", PASSWORD).await;
    for part in parts(&overview) {
        world.get(&mut member, &part).await.is(403);
    }
}

async fn who_is_away_is_said_to_be(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = operator(&mut world).await;
    let page = world.get(&mut browser, "/ops/commerce/stop").await;
    page.shows("data in commerce-1");
    world.submit(&mut browser, &page, "/ops/commerce/stop", &[]).await.is(200).shows("stopped");

    // The process's own page goes through as it is.
    let mut stranger = world.browser();
    let stopped = stranger.get("/billing").await;
    stopped.is(503).shows("Payment, away").shows("Away since").shows("answers for itself");
    assert_eq!(stopped.header("retry-after"), "5");
    world.cluster().kill("commerce-1").await.unwrap();
    let gone = stranger.get("/billing").await;
    gone.is(503).shows("Payment is away for a moment").lacks("Away since");
    gone.shows("data-again=\"5\"").shows("class=\"masthead\"");
    assert_eq!(gone.header("retry-after"), "5");
    browser.get("/ops/commerce/card").await.is(503);
    for path in ["/", "/membership/join", "/account/sign-in", "/ops"] {
        world.get(&mut browser, path).await.is(200);
    }

    world.cluster().start_part("commerce-1").await.unwrap();

    // Who stopped it by the switch did not stop the next process.
    world.shows(&mut browser, "/ops/commerce", "Stop it").await;
    world.get(&mut browser, "/billing").await.is(200);
}

async fn a_process_that_is_asked_for_another_says_so(engine: Engine) {
    let mut world = World::on(engine).await;
    let direct = format!("http://{}", world.cluster().address("membership-1"));
    let mut browser = Browser::new(&direct);
    let page = browser.get("/billing?x=1").await;
    page.is(421).shows("Another process answers this");
    page.shows(&format!("href=\"{}/billing?x=1\"", world.origin));
    let problem = browser.ask("GET", "/api/commerce/orders").await;
    problem.is(421).shows("\"elsewhere\"").shows(&world.origin);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    // What every process answers is answered here too, and what is nobody's is nowhere.
    for path in ["/ops/design", "/-/health/ready", "/membership/join"] {
        browser.get(path).await.is(200);
    }
    for path in ["/staff/nobody", "/-/nothing", "/ops/-/away/commerce"] {
        browser.get(path).await.is(404);
    }
}

async fn a_switch_is_that_of_one_replica(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut browser = operator(&mut world).await;
    let any = world.get(&mut browser, "/ops/membership").await;
    any.is(200).shows("This is one of 2 replicas").lacks("Stop it");

    for replica in [1, 2] {
        let here = format!("data in membership-{replica}");
        let path = format!("/ops/membership?replica={replica}");
        world.get(&mut browser, &path).await.is(200).shows(&here).shows("this replica only");
    }
    let asked = world.get(&mut browser, "/ops/membership/stop?replica=2").await;
    asked.shows("Only this process stops").shows("data in membership-2");
    let stopped = world.submit(&mut browser, &asked, "/ops/membership/stop", &[]).await;
    stopped.is(200).shows("data in membership-2").shows("It is stopped");
    world.get(&mut browser, "/ops/membership?replica=1").await.lacks("It is stopped");

    // Who only looks is led to the other replica, again and again.
    let mut stranger = world.browser();
    for _ in 0..12 {
        stranger.get("/membership/join").await.is(200);
    }
    let start = world.get(&mut browser, "/ops/membership?replica=2").await;
    let started = world.submit(&mut browser, &start, "/ops/membership/start", &[]).await;
    started.is(200).shows("data in membership-2").lacks("It is stopped");
    world.settle().await;
}
