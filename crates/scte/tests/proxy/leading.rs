//! Where each path leads.

use reqwest::Method;

use crate::PATIENCE;
use crate::installation::Installation;

#[tokio::test]
async fn the_longest_prefix_wins_and_content_has_the_rest() {
    let site = Installation::start().await;
    let cases = [
        ("/", "content"),
        ("/about", "content"),
        ("/membershipx", "content"),
        ("/checkoutx/hooks", "content"),
        ("/opsx", "content"),
        ("/membership", "membership"),
        ("/membership/join?type=1", "membership"),
        ("/account/sign-in", "identity"),
        ("/checkout/hooks/sandbox", "commerce"),
        ("/billing", "commerce"),
        ("/notifications/mailbox", "outreach"),
    ];
    for (path, service) in cases {
        let said = site.get(path).await.said();
        assert_eq!((said["name"].as_str(), said["path"].as_str()), (Some(service), Some(path)));
    }
    for service in contracts::catalogue::SERVICES {
        for start in ["/staff", "/api", "/-", "/ops"] {
            for path in [format!("{start}/{service}"), format!("{start}/{service}/x?y=1")] {
                let said = site.get(&path).await.said();
                let heard = (said["name"].as_str(), said["path"].as_str());
                assert_eq!(heard, (Some(*service), Some(path.as_str())));
            }
        }
    }
}

#[tokio::test]
async fn what_is_reserved_never_falls_through_to_content() {
    let mut site = Installation::start().await;
    site.stop("content").await;
    site.stop("membership").await;
    assert_eq!(site.get("/about").await.status, 503);
    let all = ["/staff", "/staff/nobody", "/api/x", "/-", "/-/x", "/-/health/ready", "/-/away/x"];
    for path in all.into_iter().chain(["/ops", "/ops/", "/ops/search", "/ops/design"]) {
        // Any process: also one after the other.
        for _ in 0..6 {
            assert_ne!(site.get(path).await.said()["name"], "content", "{path}");
        }
    }
}

#[tokio::test]
async fn feeds_and_figures_are_for_nobody_outside() {
    let mut site = Installation::start().await;
    let hidden = [
        "/feeds",
        "/feeds/identity",
        "/feeds/identity?lastEventId=1",
        "/-/metrics",
        "/-/metrics?x",
        "/-/metrics/x",
        // Whoever tidies the path up in another way finds nothing either.
        "/feeds/../about",
        "/about/../feeds/identity",
        "/%66eeds/identity",
        "/feeds/identity/%2e%2e/%2e%2e/about",
        "/-/../feeds/identity",
    ];
    for path in hidden {
        let answer = site.raw(path).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{path}: {answer}");
    }
    for service in contracts::catalogue::SERVICES {
        assert!(site.asked(service).is_empty(), "{service} was asked");
    }
    // What only looks like it is a page like any other.
    assert_eq!(site.get("/feedsx").await.said()["name"], "content");
}

#[tokio::test]
async fn a_process_hears_who_asks_and_for_which_site() {
    let site = Installation::start().await;
    let forged = site.request(Method::GET, "/membership").header("x-forwarded-for", "203.0.113.9");
    let said = site.send(forged).await.said();
    // What came with the request stands before the address that the proxy saw itself.
    assert_eq!(said["forwarded"], "203.0.113.9, 127.0.0.1");
    assert_eq!(said["host"], site.address.to_string());
    assert_eq!((&said["scheme"], &said["connection"]), (&"http".into(), &"".into()));
    assert_eq!(site.get("/about").await.said()["forwarded"], "127.0.0.1");
}

#[tokio::test]
async fn an_operator_reaches_the_replica_that_is_meant() {
    let mut site = Installation::start().await;
    for (replica, path) in
        [(0, "/ops/membership?replica=1"), (1, "/ops/membership/stop?x=1&replica=2")]
    {
        for _ in 0..4 {
            site.post(path).await.said();
        }
        let asked: Vec<_> = site.of("membership").map(|one| one.asked().len()).collect();
        assert_eq!(asked[replica], 4, "{path}: {asked:?}");
    }
    // A number that is nobody's leads to any.
    site.get("/ops/membership?replica=7").await.said();
}

#[tokio::test]
async fn a_stream_of_news_is_passed_on_as_it_comes() {
    let mut site = Installation::start().await;
    let request = site.request(Method::GET, "/-/commerce/live");
    let mut answer = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");

    let chunk = tokio::time::timeout(PATIENCE, answer.chunk()).await;
    assert_eq!(chunk.expect("what was said is kept back").unwrap().unwrap(), "data: first\n\n");
    site.of("commerce").for_each(|one| one.go_on());
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "data: second\n\n");
}

#[tokio::test]
async fn what_the_website_takes_fits_through_and_no_more() {
    const MIB: usize = 1024 * 1024;
    let site = Installation::start().await;
    let fits = site.request(Method::POST, "/membership/file").body(vec![7; 51 * MIB]);
    assert_eq!(site.send(fits).await.said()["sent"], 51 * MIB);
    let large = site.request(Method::POST, "/membership/file").body(vec![7; 53 * MIB]);
    // It may be refused before all of it was sent.
    let refused = large.send().await.map_or(413, |answer| answer.status().as_u16());
    assert_eq!(refused, 413);
}

#[tokio::test]
async fn no_log_has_what_stands_behind_the_question_mark() {
    let site = Installation::start().await;
    site.get("/account/reset?code=secret-code").await.said();
    let log = cluster::found(PATIENCE, async || {
        let log = site.log();
        log.contains("/account/reset").then_some(log)
    });
    let log = log.await.expect("it is in the log");
    assert!(!log.contains("secret-code"), "{log}");
    let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!((&line["path"], &line["status"]), (&"/account/reset".into(), &200.into()));
}
