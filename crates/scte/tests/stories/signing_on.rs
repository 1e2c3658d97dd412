//! One account for everything: what becomes of living sign-ins when the system restarts, when
//! identity is away, when somebody signs out everywhere, and when a role is taken away.

use std::time::{Duration, Instant};

use crate::browser::{Browser, Shown};
use crate::many;
use crate::world::{Engine, PASSWORD, Site, World, in_every_shape, note};

in_every_shape! {
    a_restart_signs_nobody_out,
    with_identity_away_living_sign_ins_go_on,
    signing_out_everywhere_is_known_everywhere_soon,
    a_role_taken_away_closes_the_console_soon,
}

/// A page of each service that asks who is there.
const OWN_PAGES: [&str; 4] = ["/account", "/membership/profile", "/billing", "/notifications"];

/// Within this everybody knows that somebody is signed out, or lost a role.
const PROMISED: Duration = Duration::from_secs(5);

const JO: &str = "jo@demo.scte.test";

/// The account that `finance@demo.scte.test` has.
const FINANCE: &str = "/staff/identity/accounts/01900000-0000-7000-8000-000000000002";

fn is_signed_out(shown: &Shown) -> bool {
    shown.path.starts_with("/account/sign-in")
}

async fn shows_own_pages(world: &mut World, browser: &mut Browser, pages: &[&str]) {
    for page in pages {
        let shown = world.get(browser, page).await;
        assert_eq!((shown.status, shown.path.as_str()), (200, *page), "{}", shown.text);
    }
}

async fn a_restart_signs_nobody_out(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut jo = world.signed_in(JO, PASSWORD).await;
    world.settle().await;

    if let Site::Many(cluster, _) = &mut world.site {
        for part in many::serving(cluster) {
            cluster.stop(&part).await.unwrap_or_else(|why| panic!("{why}"));
            cluster.start_part(&part).await.unwrap_or_else(|why| panic!("{why}"));
        }
    } else {
        assert_eq!(world.end().await, Some(0));
        world.start().await;
    }

    shows_own_pages(&mut world, &mut jo, &OWN_PAGES).await;
    // Nor does the longer cookie depend on what a process remembered.
    let mut later = jo.without("scte_session");
    shows_own_pages(&mut world, &mut later, &OWN_PAGES).await;
}

async fn with_identity_away_living_sign_ins_go_on(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut jo = world.signed_in(JO, PASSWORD).await;
    world.settle().await;
    world.stop_service("identity").await;

    for page in &OWN_PAGES[1..] {
        let shown = jo.get(page).await;
        assert_eq!((shown.status, shown.path.as_str()), (200, *page), "{}", shown.text);
    }
    let mut stranger = world.browser();
    for page in ["/", "/news", "/membership/join", "/membership/chapters", "/search"] {
        stranger.get(page).await.is(200);
    }
    let away = stranger.get("/account/sign-in").await;
    away.is(503).shows("away for a moment");

    assert!(world.start_service().await);
    shows_own_pages(&mut world, &mut jo, &OWN_PAGES).await;
}

/// Waits until it is so, for as long as was promised; says how long it took.
pub(crate) async fn soon(path: &str, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    let seen = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    let seen = tokio::time::timeout(PROMISED, seen).await;
    assert!(seen.is_ok(), "{path} does not know within {} s", PROMISED.as_secs());
    began.elapsed()
}

async fn signing_out_everywhere_is_known_everywhere_soon(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut lost = world.signed_in(JO, PASSWORD).await;
    shows_own_pages(&mut world, &mut lost, &OWN_PAGES).await;
    let mut here = world.signed_in(JO, PASSWORD).await;
    let page = world.get(&mut here, "/account/sign-ins").await;
    let out = world.submit(&mut here, &page, "/account/sign-out-everywhere", &[]).await;
    out.is(200).shows("signed out everywhere");

    let mut longest = Duration::ZERO;
    for page in OWN_PAGES {
        // At scale either process of a service may answer: both have to know.
        let mut in_a_row = 0;
        let took = soon(page, async || {
            let out = is_signed_out(&lost.clone().get(page).await);
            in_a_row = if out { in_a_row + 1 } else { 0 };
            in_a_row == 4
        });
        longest = longest.max(took.await);
    }
    note(&format!("signed out everywhere within {} ms", longest.as_millis()));
}

async fn a_role_taken_away_closes_the_console_soon(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut finance = world.signed_in("finance@demo.scte.test", PASSWORD).await;
    let consoles = ["/staff/commerce", "/staff/commerce/tasks"];
    shows_own_pages(&mut world, &mut finance, &consoles).await;

    let mut admin = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    let asks = format!("{FINANCE}/revoke?role=staff.finance");
    let page = world.get(&mut admin, &asks).await;
    page.is(200);
    world.submit(&mut admin, &page, &format!("{FINANCE}/revoke"), &[]).await.is(200);

    for console in consoles {
        let mut in_a_row = 0;
        let took = soon(console, async || {
            let closed = finance.get(console).await.status == 403;
            in_a_row = if closed { in_a_row + 1 } else { 0 };
            in_a_row == 4
        });
        note(&format!("{console} is closed after {} ms", took.await.as_millis()));
    }
}
