//! What no form and no address bar may bring about, and who may open which page.

use chassis::testing::{Browser, Slice, slice_test};
use contracts::identity::{AccountRegistered, CodeIssued, CodePurpose};

use crate::people::{PASSWORD, account, confirm, fill, last_code, register, signed_in, staff};

const FORM: &str = "application/x-www-form-urlencoded";

#[slice_test]
async fn what_cannot_be_registered_is_said_and_kept(slice: Slice) {
    let mut browser = slice.stranger();
    let long_address = format!("{}@example.org", "a".repeat(260));
    let cases = [
        ("", "en", "enter an e-mail address"),
        ("jo", "en", "with an @"),
        ("jo@example", "en", "with an @"),
        (&long_address, "en", "with an @"),
        ("jo@example.org", "xx", "choose one of these"),
        // One that nobody can tell from somebody else's.
        ("jo\u{200b}@example.org", "en", "cannot be seen"),
        ("\u{202e}gro.elpmaxe@oj", "en", "cannot be seen"),
        ("\u{212a}im@example.org", "en", "looks like another"),
    ];

    for (address, language, said) in cases {
        let typed = [("address", address), ("language", language)];
        let answer = fill(&mut browser, "/account/register", "/account/register", &typed).await;
        answer.is(422).shows(said).shows(address);
    }
    assert!(slice.published::<CodeIssued>().await.is_empty());
}

#[slice_test]
async fn a_password_that_cannot_be_chosen_is_said_and_the_code_stays(slice: Slice) {
    let mut browser = slice.stranger();
    register(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let (long, null) = ("ä".repeat(201), "a\0 long enough sentence");
    let cases = [
        ("short", "at least 10"),
        (&long, "at most 200"),
        (null, "plain text"),
        ("it is JO@example.org", "does not contain your address"),
    ];

    let page = format!("/account/confirm?code={code}");
    for (password, said) in cases {
        let typed = [("password", password)];
        let answer = fill(&mut browser, &page, "/account/confirm", &typed).await;
        answer.is(422).shows(said).lacks("it is JO@example.org");
        assert!(answer.hidden("/account/confirm").iter().any(|(_, value)| *value == code));
    }
    fill(&mut browser, &page, "/account/confirm", &[]).await.is(422);

    confirm(&mut browser, &code).await.is(303);
}

#[slice_test]
async fn markup_in_an_address_stays_text(slice: Slice) {
    let mut browser = slice.stranger();
    let answer = register(&mut browser, "\"><script>alert(1)</script>@example.org").await;
    assert!(!answer.is(422).text().contains("<script>alert"));
}

#[slice_test]
async fn foreign_and_broken_forms_change_nothing(slice: Slice) {
    let mut browser = slice.stranger();

    browser.post_raw("/account/register", FORM, "address=jo%40example.org").await.is(403);
    let huge = "a".repeat(70_000);
    browser.post_raw("/account/register", FORM, huge).await.is(413);
    browser.post_raw("/account/register", "application/json", "{}").await.is(415);
    browser.post_raw("/account/register", FORM, "%ff=%ff").await;
    let mut foreign = axum::http::Request::post("/account/register");
    foreign = foreign.header("sec-fetch-site", "cross-site").header("content-type", FORM);
    browser.send(foreign, "address=jo%40example.org".into()).await.is(403);

    // Nor with the token of our own form, which another website cannot know but may have guessed.
    let page = browser.get("/account/register").await;
    let fields = page.hidden("/account/register").into_iter();
    let fields = fields.chain([("address".to_owned(), "jo@example.org".to_owned())]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let sent = axum::http::Request::post("/account/register").header("content-type", FORM);
        browser.send(sent.header(name, value), body.clone().into()).await.is(403);
    }

    assert!(slice.published::<AccountRegistered>().await.is_empty());
}

#[slice_test]
async fn nobody_is_sent_to_another_site(slice: Slice) {
    account(&slice, "jo@example.org").await;
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
    ] {
        let mut browser = slice.stranger();
        let page = format!("/account/sign-in?return_to={foreign}");
        let typed = [("address", "jo@example.org"), ("password", PASSWORD)];
        let answer = fill(&mut browser, &page, "/account/sign-in", &typed).await;
        assert_eq!(answer.location(), "/account", "{foreign}");
        let page = format!("/account/sign-in?return_to={foreign}");
        assert_eq!(browser.get(&page).await.location(), "/account", "{foreign}");
        let page = format!("/account/continue?return_to={foreign}");
        assert_eq!(browser.get(&page).await.location(), "/account", "{foreign}");

        let mut typist = slice.stranger();
        let typed = [typed[0], typed[1], ("return_to", "//evil.example")];
        let answer = fill(&mut typist, "/account/sign-in", "/account/sign-in", &typed).await;
        assert_eq!(answer.location(), "/account", "{foreign}");
    }
}

#[slice_test]
async fn an_id_that_is_none_is_not_found(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let nobody = uuid::Uuid::from_u128(77);

    admin.get(&format!("/staff/identity/accounts/{nobody}")).await.is(404);
    let path = format!("/staff/identity/accounts/{nobody}/grant");
    admin.post_with_key(&path, "one", &[("role", "staff.content")]).await.is(404);
    let path = format!("/staff/identity/accounts/{nobody}/lock");
    let lock = [("version", "1"), ("reason", "as an example")];
    admin.post_with_key(&path, "two", &lock).await.is(404);
    admin.post_with_key(&path, "three", &[("version", "one")]).await.is(404);
    let jo = account(&slice, "jo@example.org").await;
    let path = format!("/staff/identity/accounts/{jo}/lock");
    let odd = [("version", "one"), ("reason", "as an example")];
    admin.post_with_key(&path, "odd", &odd).await.is(422).shows("as an example");
    admin.post_with_key(&path, "four", &[]).await.is(422);
    assert!(admin.get("/staff/identity/accounts/seven").await.status() < 500);
    // A zero byte, which PostgreSQL keeps in no text, is the typist's matter and no failure of ours.
    let odd =
        [("client", "a\0b"), ("name", "Nightly"), ("scopes", "membership:read"), ("days", "30")];
    let sent = admin.post_with_key("/staff/identity/tokens", "zero", &odd).await;
    assert!((400..500).contains(&sent.status()), "{}", sent.text());
    admin.post_with_key(&format!("/account/sign-ins/{nobody}/end"), "five", &[]).await.is(404);
}

/// Asks every route; says what each answered.
async fn walk(slice: &Slice, browser: &mut Browser) -> Vec<(String, String, u16)> {
    let id = uuid::Uuid::from_u128(77).to_string();
    let mut answers = Vec::new();
    for (at, route) in slice.routes().iter().enumerate() {
        if !route.path.contains("account") && !route.path.starts_with("/staff") {
            continue;
        }
        // Signing out would make everything after it a stranger's.
        if route.path.contains("sign-out") || route.path == "/account/continue" {
            continue;
        }
        let path = route.path.replace("{id}", &id);
        let answer = if route.method == "GET" {
            browser.get(&path).await
        } else {
            browser.post_with_key(&path, &format!("walk-{at}-{}", answers.len()), &[]).await
        };
        answers.push((
            format!("{} {}", route.method, route.path),
            route.who.clone(),
            answer.status(),
        ));
    }
    answers
}

#[slice_test]
async fn every_route_lets_in_its_own(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut member = signed_in(&slice, "jo@example.org").await;
    let mut editor = staff(&slice, "editor@example.org", "staff.content").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;

    for (route, who, status) in walk(&slice, &mut slice.stranger()).await {
        match (who.as_str(), route.starts_with("GET")) {
            ("anyone", _) => {
                assert!(status < 500 && status != 401 && status != 403, "{route} {status}");
            }
            (_, true) => assert_eq!(status, 303, "{route}"),
            (_, false) => assert_eq!(status, 401, "{route}"),
        }
    }
    for browser in [&mut member, &mut editor] {
        for (route, who, status) in walk(&slice, browser).await {
            if who.starts_with("staff") {
                assert_eq!(status, 403, "{route}");
            } else {
                assert!(status < 500 && status != 401 && status != 403, "{route} {status}");
            }
        }
    }
    let answers = walk(&slice, &mut admin).await;
    assert!(answers.len() > 20, "{answers:?}");
    for (route, _, status) in answers {
        assert!(status < 500 && status != 401 && status != 403, "{route} {status}");
    }
}

#[slice_test]
async fn every_route_refuses_whoever_may_not(slice: Slice) {
    account(&slice, "jo@example.org").await;
    slice.try_every_route().await;
}

#[slice_test]
async fn whatever_systems_send_browsers_to_has_a_limit(slice: Slice) {
    let open = |who: &str| matches!(who, "anyone" | "machine");
    let all = slice.routes().iter().filter(|route| route.path.starts_with("/oidc/"));
    let open: Vec<_> = all.filter(|route| open(&route.who)).collect();
    assert!(open.len() > 10, "{open:?}");
    for route in open {
        assert!(route.per_minute.is_some(), "{} {} has no limit", route.method, route.path);
    }
}
