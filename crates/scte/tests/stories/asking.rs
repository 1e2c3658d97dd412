//! Requests that nobody should send: each gets a page, or a problem where machines ask.

use crate::browser::Shown;
use crate::world::{Engine, World};

fn is_page(shown: &Shown, status: u16) {
    shown.is(status).shows("Society of Cable Telecommunications Engineers");
    shown.shows(shown.header("x-correlation-id"));
    assert_eq!(shown.header("content-type"), "text/html; charset=utf-8", "{}", shown.path);
    assert!(shown.header("content-security-policy").contains("default-src 'none'"));
}

fn is_problem(shown: &Shown, status: u16) {
    shown.is(status).shows("\"correlation\"").shows("\"code\"");
    assert_eq!(shown.header("content-type"), "application/problem+json", "{}", shown.path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_asked_gets_a_page_or_a_problem() {
    let world = World::on(Engine::Sqlite).await;
    let mut stranger = world.browser();

    let unknown = [
        "/nothing/here",
        "/account/nothing",
        "/checkout/nothing",
        "/staff",
        "/staff/nobody",
        "/-/nobody/live",
        "/-",
        "/feeds",
        "/assets/nothing.css",
        "/ops/-/away/membership",
        "/notifications/nothing",
        "/membership/nothing",
        "/%E4",
        "//x",
    ];
    for path in unknown {
        let shown = stranger.get(path).await;
        assert!(
            shown.path.starts_with("/account/sign-in") || shown.status == 404,
            "{path}: {shown:?}"
        );
        if shown.status == 404 {
            is_page(&shown, 404);
        }
    }
    for path in ["/api", "/api/nobody", "/api/commerce/nothing", "/checkout/hooks/nobody"] {
        is_problem(&stranger.get(path).await, 404);
    }
    is_problem(&stranger.get("/api/ops/away/membership").await, 404);
    // Feeds and metrics are for readers with a token, whether they are there or not.
    for path in ["/feeds/identity", "/feeds/nobody", "/-/metrics"] {
        let shown = stranger.get(path).await;
        assert_eq!(shown.status, 401, "{path}: {shown:?}");
        assert!(shown.header("www-authenticate").starts_with("Bearer "), "{path}");
    }
    for path in ["/", "/join", "/account/sign-in", "/ops", "/membership/join"] {
        is_page(&stranger.ask("DELETE", path).await, 405);
    }
    is_problem(&stranger.ask("GET", "/checkout/hooks/sandbox").await, 405);
    let broken = stranger.send("/checkout/hooks/sandbox", "application/json", "{\"id\":").await;
    assert!((400..500).contains(&broken.status), "{broken:?}");
    is_problem(&broken, broken.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_not_ours_changes_nothing() {
    let world = World::on(Engine::Sqlite).await;
    let mut stranger = world.browser();
    let kind = "application/x-www-form-urlencoded";

    is_page(&stranger.send("/account/register", kind, "address=a%40b.test").await, 403);
    let json = stranger.send("/account/register", "application/json", "{}").await;
    is_page(&json, 415);
    let large = format!("address={}", "a".repeat(66 << 10));
    is_page(&stranger.send("/account/register", kind, &large).await, 413);
    let page = stranger.get("/account/register").await;
    let (action, pairs) = page.form("/account/register");
    let foreign = stranger.clone().without("scte_csrf").post(&action, &pairs).await;
    is_page(&foreign, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_assets_are_answered_by_the_process() {
    let world = World::on(Engine::Sqlite).await;
    let mut stranger = world.browser();

    stranger.get("/-/health/live").await.is(200).shows("live");
    stranger.get("/-/health/ready").await.is(200).shows("ready");
    let home = stranger.get("/").await;
    let sheet = home.text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let sheet = stranger.get(sheet.split('"').next().unwrap()).await;
    sheet.is(200);
    assert!(sheet.header("cache-control").contains("immutable"));
    let head = stranger.ask("HEAD", "/").await;
    assert!(head.status == 200 && head.text.is_empty(), "{head:?}");
}
