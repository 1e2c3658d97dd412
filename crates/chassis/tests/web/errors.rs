//! What goes wrong is said on a page, or as a problem to machines, and tells no secrets.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use chassis::http::assemble;
use chassis::limits::Limits;
use chassis::remote::Client;
use chassis::testing::{Slice, slice_test};
use chassis::{App, AppParts, Routes};
use tower::ServiceExt as _;

#[slice_test]
async fn unknown_paths_and_wrong_methods_get_pages(slice: Slice) {
    let mut browser = slice.stranger();

    browser
        .get("/probe/nothing")
        .await
        .is(404)
        .shows("There is no page here")
        .shows("the reference");
    browser.get("/probe/notes/7").await.is(400).shows("This could not be understood");
    let wrong =
        browser.send(Request::builder().method(Method::DELETE).uri("/probe"), Body::empty()).await;
    wrong.is(405).shows("This cannot be done here");
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
    let wrong = browser.get("/probe/hook").await;
    assert_eq!((wrong.status(), wrong.header("allow")), (405, Some("POST")));
}

#[slice_test]
async fn a_failure_of_ours_tells_nothing_of_its_cause(slice: Slice) {
    let mut browser = slice.stranger();

    for path in ["/probe/fails", "/probe/panics"] {
        let page = browser.get(path).await;
        page.is(500).shows("Something went wrong").lacks("secret");
        let correlation = page.header("x-correlation-id").unwrap().to_owned();
        page.shows(&correlation);
    }
    let away = browser.get("/probe/away").await;
    away.is(503).shows("The kitchen is not available at the moment");
    assert_eq!(away.header("retry-after"), Some("5"));
}

#[slice_test]
async fn machines_get_problems(slice: Slice) {
    let mut browser = slice.stranger();
    let json = |path: &str| Request::get(path).header("accept", "application/json");

    for (path, status, code) in [
        ("/probe/nothing", 404, "not_found"),
        ("/probe/fails", 500, "internal"),
        ("/probe/away", 503, "unavailable"),
    ] {
        let answer = browser.send(json(path), Body::empty()).await;
        answer.is(status).lacks("secret").shows(&format!("\"code\":\"{code}\""));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    browser.get("/api/probe/nothing").await.is(404).shows("\"code\":\"not_found\"");
    let hook = browser.post_raw("/probe/hook", "text/plain", "x").await;
    hook.is(400).shows("\"code\":\"signature\"");
    let large = browser.post_raw("/probe/hook", "text/plain", "x".repeat(70_000)).await;
    large.is(413).shows("\"code\":\"too_large\"");
    let right = Request::post("/probe/hook").header("x-signature", "right");
    browser.send(right, Body::from("abc")).await.is(200).shows("{\"bytes\":3}");
}

#[slice_test]
async fn broken_json_is_a_problem_with_a_code(slice: Slice) {
    let mut browser = slice.stranger();
    let send = |kind: &'static str| {
        Request::post("/probe/json")
            .header("accept", "application/json")
            .header("content-type", kind)
    };

    browser.send(send("application/json"), Body::from("[1,2]")).await.is(200).shows("2");
    let broken = browser.send(send("application/json"), Body::from("[1,")).await;
    broken.is(400).shows("json_syntax");
    let other = browser.send(send("application/json"), Body::from("[\"a\"]")).await;
    other.is(422).shows("json_data");
    browser.send(send("text/plain"), Body::from("[1]")).await.is(415).shows("content_type");
}

#[slice_test]
async fn every_answer_carries_the_security_headers(slice: Slice) {
    let mut browser = slice.stranger();

    for path in ["/probe", "/probe/nothing", "/probe/fails"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        // One script, a file of ours; none in the page, and no style.
        let scripts: Vec<&str> = page.text().split("<script").skip(1).collect();
        assert!(scripts.len() == 1 && scripts[0].starts_with(" type=\"module\" src=\"/assets/"));
        assert!(scripts[0].contains("\"></script>") && !page.text().contains("style="));
    }
}

#[slice_test]
async fn a_public_page_is_the_same_for_all_strangers_and_leaves_no_cookie(slice: Slice) {
    let one = slice.stranger().get("/probe").await;
    let other = slice.stranger().get("/probe").await;

    assert_eq!(one.is(200).text(), other.text());
    assert_eq!(one.header("set-cookie"), None);
    one.shows("nobody is no member <here>").lacks("Staff notes");
    assert!(one.text().contains("aria-current=\"page\">Notes</a>"), "{}", one.text());
    let css = one
        .text()
        .split("href=\"")
        .find(|part| part.starts_with("/assets/") && part.contains(".css"));
    let css = css.unwrap().split('"').next().unwrap();
    let css = slice.stranger().get(css).await;
    css.is(200).shows("--paper");
    assert!(css.header("cache-control").unwrap().contains("immutable"));
    slice.stranger().get("/assets/0000000000000000.css").await.is(404);
}

#[slice_test]
async fn a_correlation_id_is_taken_over_when_it_is_one(slice: Slice) {
    let mut browser = slice.stranger();
    let id = "0190a6f2-0000-7000-8000-000000000001";
    let with = |id: &str| Request::get("/probe").header("x-correlation-id", id);

    let page = browser.send(with(id), Body::empty()).await;
    assert_eq!(page.header("x-correlation-id"), Some(id));
    let page = browser.send(with("x\"><script>"), Body::empty()).await;
    assert_ne!(page.header("x-correlation-id"), Some("x\"><script>"));
}

/// The status of each of several requests for a path, of a service with these limits.
async fn statuses(slice: &Slice, limits: Limits, paths: &[&str]) -> Vec<u16> {
    let app = slice.app();
    let site = app.site().clone();
    let parts = AppParts {
        service: "probe",
        db: app.db().clone(),
        clock: app.clock().clone(),
        ids: app.ids().clone(),
        http: Client::new(&site).unwrap(),
        site,
        settings: Arc::new(()),
        sealer: app.sealer().clone(),
        limits,
        knows_readers: true,
        stopping: app.stopping().clone(),
    };
    let (router, _) = assemble(&App::new(parts), crate::probe::routes(Routes::new()));
    let mut statuses = Vec::new();
    for path in paths {
        let request = Request::get(*path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let waits = answer.headers().contains_key("retry-after");
        assert_eq!(waits, answer.status().as_u16() == 429);
        statuses.push(answer.status().as_u16());
    }
    statuses
}

#[slice_test]
async fn who_asks_too_often_waits(slice: Slice) {
    let limited = ["/probe/limited", "/probe/limited", "/probe/limited", "/probe"];
    assert_eq!(statuses(&slice, Limits::new(0), &limited).await, [200, 200, 429, 200]);
    assert_eq!(statuses(&slice, Limits::off(), &limited).await, [200, 200, 200, 200]);
    assert_eq!(statuses(&slice, Limits::new(1), &["/probe", "/probe"]).await, [200, 429]);
}
