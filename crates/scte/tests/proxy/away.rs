//! What is said while no process of a service answers.

use reqwest::Method;
use serde_json::Value;

use crate::installation::{Got, Installation};

/// The path that stands behind the first of these attributes.
fn linked(page: &str, before: &str) -> String {
    let rest = page.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

fn is_away(got: &Got, kind: &str) {
    assert_eq!(got.status, 503, "{}", got.text());
    assert_eq!(got.header("content-type"), kind);
    assert_eq!((got.header("retry-after"), got.header("cache-control")), ("5", "no-store"));
}

#[tokio::test]
async fn a_page_in_our_frame_says_what_is_away_and_goes_on_by_itself() {
    let mut site = Installation::start().await;
    site.stop("membership").await;

    let away = site.get("/membership/join?type=1").await;

    is_away(&away, "text/html; charset=utf-8");
    let page = away.text();
    assert!(page.contains("<h1>Membership is away for a moment</h1>"), "{page}");
    assert!(page.contains("class=\"masthead\"") && page.contains("data-again=\"5\""), "{page}");
    assert!(page.contains("href=\"\">Try again now"), "the page itself: {page}");
    assert!(away.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(away.header("x-content-type-options"), "nosniff");
    assert_eq!(away.header("server"), "nginx", "no version");
    // All others answer as ever.
    for path in ["/", "/account", "/billing"] {
        site.get(path).await.said();
    }
    for one in site.of("membership") {
        one.start_again();
    }
    let back = async || (site.get("/membership").await.status == 200).then_some(());
    cluster::found(crate::PATIENCE, back).await.expect("it is asked again");
}

#[tokio::test]
async fn the_page_is_whole_without_any_process() {
    let mut site = Installation::start().await;
    for service in contracts::catalogue::SERVICES {
        site.stop(service).await;
    }
    let page = site.get("/").await;
    is_away(&page, "text/html; charset=utf-8");
    assert!(page.text().contains("News and pages are away for a moment"));
    let (css, js) = ("rel=\"stylesheet\" href=\"", "<script type=\"module\" src=\"");
    for (path, kind) in [(css, "text/css; charset=utf-8"), (js, "text/javascript; charset=utf-8")] {
        let path = linked(&page.text(), path);
        let plain = site.get(&path).await;
        assert_eq!((plain.status, plain.header("content-type")), (200, kind), "{path}");
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
        let request = site.request(Method::GET, &path).header("accept-encoding", "gzip");
        let gzip = site.send(request).await;
        assert_eq!(gzip.header("content-encoding"), "gzip");
        assert!(gzip.bytes.len() * 2 < plain.bytes.len() && gzip.bytes.starts_with(&[0x1f, 0x8b]));
    }
    let none = site.get("/assets/0123456789abcdef.css").await;
    assert_eq!(none.status, 503);
    for path in ["/ops", "/staff/nobody", "/ops/commerce"] {
        is_away(&site.get(path).await, "text/html; charset=utf-8");
    }
    let head = site.send(site.request(Method::HEAD, "/about")).await;
    assert_eq!((head.status, head.bytes.len()), (503, 0));
}

#[tokio::test]
async fn who_sent_something_is_told_that_nobody_knows() {
    let mut site = Installation::start().await;
    site.stop("membership").await;

    let away = site.post("/membership/join").await;

    is_away(&away, "text/html; charset=utf-8");
    let page = away.text();
    assert!(page.contains("Whether what you sent was taken in cannot be told"), "{page}");
    assert!(!page.contains("data-again") && !page.contains("Try again now"), "{page}");
    assert!(!page.contains("nothing was changed"), "{page}");
}

#[tokio::test]
async fn programs_get_a_problem() {
    let mut site = Installation::start().await;
    site.stop("membership").await;
    site.stop("commerce").await;
    let problem = |got: &Got, service: &str| {
        is_away(got, "application/problem+json");
        let problem: Value = serde_json::from_slice(&got.bytes).unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&503.into(), &"unavailable".into()));
        assert!(problem["detail"].as_str().unwrap().contains(service), "{problem}");
        problem["detail"].as_str().unwrap().contains("not known")
    };
    // Whatever they say that they take.
    assert!(!problem(&site.get("/api/membership/people").await, "membership"));
    assert!(problem(&site.post("/api/commerce/orders").await, "commerce"));
    assert!(problem(&site.post("/checkout/hooks/sandbox").await, "commerce"));
    let badge = site.request(Method::GET, "/-/commerce/badge");
    let badge = site.send(badge.header("accept", "application/json")).await;
    assert!(!problem(&badge, "commerce"));
    // A browser takes a page although it takes much else.
    let page = site.request(Method::GET, "/membership");
    let page = page.header("accept", "text/html,application/json;q=0.9,*/*;q=0.8");
    is_away(&site.send(page).await, "text/html; charset=utf-8");
}
