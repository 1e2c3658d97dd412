//! What forms take, refuse, keep and show.

use axum::http::HeaderValue;

use super::*;
use crate::app::Mode;

fn site() -> Site {
    Site {
        origin: "http://127.0.0.1:8080".to_owned(),
        zone: chrono_tz::America::New_York,
        mode: Mode::Test,
        https: false,
        name: "SCTE".to_owned(),
        loopback: true,
    }
}

fn pairs(typed: &[(&str, &str)]) -> Vec<(String, String)> {
    typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn form(typed: &[(&str, &str)]) -> Form {
    let mut all = pairs(typed);
    all.push(("_csrf".to_owned(), "c".to_owned()));
    all.push(("_key".to_owned(), "k".to_owned()));
    Form::checked(all, Some("c"), "POST", "/x").unwrap()
}

fn errors(read: Read<'_>) -> Vec<(String, String)> {
    match read.done() {
        Err(messaging::Error::Invalid(errors)) => {
            errors.into_iter().map(|wrong| (wrong.field, wrong.message)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_form_must_repeat_the_cookie() {
    let sent = || pairs(&[("_csrf", "one"), ("_key", "k")]);
    assert!(Form::checked(sent(), Some("one"), "POST", "/x").is_ok());
    for cookie in [None, Some(""), Some("two"), Some("onee")] {
        let failure = Form::checked(sent(), cookie, "POST", "/x").unwrap_err();
        assert_eq!((failure.status().as_u16(), failure.code()), (403, "csrf"));
    }
    assert!(Form::checked(pairs(&[("_csrf", "")]), Some(""), "POST", "/x").is_err());
}

#[test]
fn a_form_of_another_site_is_refused() {
    let ours = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        is_ours(&headers, &site()).is_ok()
    };
    assert!(is_ours(&HeaderMap::new(), &site()).is_ok());
    assert!(ours("sec-fetch-site", "same-origin") && ours("sec-fetch-site", "none"));
    assert!(!ours("sec-fetch-site", "cross-site") && !ours("sec-fetch-site", "same-site"));
    assert!(ours("origin", "http://127.0.0.1:8080") && ours("origin", "http://localhost:8080"));
    assert!(!ours("origin", "http://localhost:8081") && !ours("origin", "null"));
    assert!(!ours("origin", "https://localhost:8080") && !ours("origin", "http://evil.example"));

    let public = Site { loopback: false, ..site() };
    assert!(!same_origin("http://localhost:8080", &public));
}

#[test]
fn the_hash_is_of_the_request_without_its_hidden_fields() {
    let one = form(&[("name", "Jo")]);
    let again = Form::checked(
        pairs(&[("_key", "other"), ("name", "Jo"), ("_csrf", "d")]),
        Some("d"),
        "POST",
        "/x",
    );
    assert_eq!(one.request(), again.unwrap().request());
    assert_ne!(one.request(), form(&[("name", "Jon")]).request());
    let secret = form(&[("name", "Jo"), ("password", "hunter2hunter2")]);
    assert_eq!(one.request(), secret.request(), "no hash over a password is kept");
    assert_ne!(form(&[("ab", "c")]).request(), form(&[("a", "bc")]).request());
}

#[test]
fn text_is_trimmed_and_measured_in_characters() {
    let form = form(&[("name", "  Zoë  "), ("long", "abcdef"), ("lines", "a\nb"), ("nul", "a\0")]);
    let mut read = form.read();
    assert_eq!(read.text("name", 1..=3).take(), "Zoë");
    let _ = read.text("missing", 1..=5);
    let _ = read.text("long", 1..=5);
    let _ = read.text("long", 7..=9);
    let _ = read.text("lines", 1..=9);
    let _ = read.secret("nul", 1..=9);

    let errors = errors(read);
    assert_eq!(errors.len(), 5, "{errors:?}");
    assert_eq!(errors[0], ("missing".to_owned(), "this cannot be left empty".to_owned()));
    assert!(errors[1].1.contains("at most 5") && errors[2].1.contains("at least 7"));
}

#[test]
fn addresses_look_like_addresses() {
    for good in ["a@b.example", "first.last+tag@sub.example.org", "o'neil@example.org"] {
        assert_eq!(form(&[("email", good)]).read().address("email").take(), good);
    }
    for bad in [
        "",
        "a",
        "@b.c",
        "a@",
        "a@b..c",
        "a b@c.d",
        "a@b.c>",
        "<a@b.c>",
        "a@-b.c",
        "a@@b.c",
        // What looks like another: nothing to be seen, turned around, a kelvin sign, a dotted I.
        "a\u{200b}@b.c",
        "a@b\u{ad}.c",
        "\u{202e}c.b@a",
        "\u{212a}im@b.c",
        "k\u{130}m@b.c",
    ] {
        let form = form(&[("email", bad)]);
        let mut read = form.read();
        let _ = read.address("email");
        assert_eq!(errors(read).len(), 1, "{bad}");
    }
    let foreign = form(&[("email", "żółw@żółw.example")]);
    assert_eq!(foreign.read().address("email").take(), "żółw@żółw.example");
}

#[test]
fn a_name_does_not_turn_the_text_around() {
    for name in ["Jo \u{202e}nimda", "Jo\u{2066}", "a\u{7}"] {
        let form = form(&[("name", name)]);
        let mut read = form.read();
        let _ = read.text("name", 1..=20);
        assert_eq!(errors(read)[0].1, "this must be one line of plain text", "{name:?}");
    }
    let joined = "नमस्\u{200d}ते";
    assert_eq!(form(&[("name", joined)]).read().text("name", 1..=20).take(), joined);
}

#[test]
fn a_key_of_a_form_is_one_of_ours() {
    let with_key = |key: &str| {
        let sent = pairs(&[("_csrf", "d"), ("_key", key)]);
        Form::checked(sent, Some("d"), "POST", "/x").is_ok()
    };
    assert!(with_key("3q2-7w_A") && with_key(""));
    assert!(!with_key("a\0b") && !with_key("a b") && !with_key("ä") && !with_key(&"x".repeat(101)));
}

#[test]
fn numbers_amounts_days_ids_and_boxes_are_read() {
    let form = form(&[
        ("quantity", " 7 "),
        ("amount", "12.5"),
        ("day", "2027-03-01"),
        ("id", "00000000-0000-0000-0000-000000000007"),
        ("none", ""),
        ("agree", "yes"),
        ("kind", "b"),
        ("text", "a\r\nb\r\n"),
    ]);
    let mut read = form.read();
    assert_eq!(read.number("quantity", 1..=9).take(), 7);
    assert_eq!(read.amount("amount", 1..=10_000).take(), 1250);
    assert_eq!(read.date("day").take().to_string(), "2027-03-01");
    assert_eq!(read.id::<contracts::PersonId>("id").take().0.as_u128(), 7);
    assert!(read.optional_id::<contracts::PersonId>("none").take().is_none());
    assert!(read.flag("agree").take() && !read.flag("other").take());
    assert_eq!(read.choice("kind", &["a", "b"]).take(), "b");
    assert_eq!(read.long("text", 1..=9).take(), "a\nb");
    assert!(read.done().is_ok());
}

#[test]
fn what_cannot_be_read_is_said_of_each_field() {
    let form =
        form(&[("quantity", "1e3"), ("amount", "-5"), ("amount2", "1.234"), ("day", "1/2/27")]);
    let mut read = form.read();
    let _ = read.number("quantity", 1..=9);
    let _ = read.amount("amount", 1..=9);
    let _ = read.amount("amount2", 1..=9);
    let _ = read.date("day");
    let _ = read.id::<contracts::PersonId>("id");
    let _ = read.choice("kind", &["a"]);
    let _ = read.agreed("terms", "accept the terms to go on");
    assert_eq!(errors(read).len(), 7);
}

#[test]
fn passwords_are_not_kept() {
    let form = form(&[("name", "Jo"), ("password", "hunter2hunter2"), ("new_password", "x")]);
    assert_eq!(form.kept(), pairs(&[("name", "Jo")]));
    assert!(!format!("{form:?}").contains("hunter2"));

    let fields =
        Fields::new("c".to_owned(), "k".to_owned()).typed(pairs(&[("password", "hunter2hunter2")]));
    let html = fields.password("password", "Password", "new-password").to_string();
    assert!(!html.contains("hunter2") && html.contains("autocomplete=\"new-password\""), "{html}");
}

#[test]
fn everything_shown_is_escaped() {
    let evil = "\"><script>alert('x')</script>&";
    let wrong = vec![messaging::FieldError { field: "name".to_owned(), message: evil.to_owned() }];
    let fields = Fields::new(evil.to_owned(), evil.to_owned())
        .typed(pairs(&[("name", evil), ("kind", evil), ("on", evil)]))
        .wrong(wrong)
        .said(evil.to_owned())
        .with(evil, evil);
    let choice = [Choice::new(evil, evil).hinted(evil)];
    let all = [
        fields.open(evil).to_string(),
        fields.summary().to_string(),
        fields.text("name", evil).hint(evil).autocomplete(evil).to_string(),
        fields.area("name", evil, 3).to_string(),
        fields.choice("kind", evil, &choice).to_string(),
        fields.select("kind", evil, &choice).to_string(),
        fields.checkbox("on", evil).to_string(),
        fields.submit(evil).to_string(),
    ];
    for html in all {
        assert!(!html.contains("<script") && !html.contains("alert('x"), "{html}");
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}

#[test]
fn a_wrong_field_is_tied_to_its_error_and_the_summary_leads_to_it() {
    let wrong = vec![messaging::FieldError {
        field: "first_name".to_owned(),
        message: "say it".to_owned(),
    }];
    let fields = Fields::new(String::new(), String::new()).wrong(wrong);

    let html = fields.text("first_name", "First name").hint("As on a badge").to_string();
    assert!(html.contains("aria-invalid=\"true\""), "{html}");
    assert!(html.contains("aria-describedby=\"f-first_name-hint f-first_name-error\""), "{html}");
    let summary = fields.summary().to_string();
    assert!(summary.contains("<a href=\"#f-first_name\">First name: say it</a>"), "{summary}");
    assert!(Fields::default().summary().to_string().is_empty());
}

#[test]
fn what_was_typed_wins_over_what_was_filled_in() {
    let fresh = Fields::new(String::new(), String::new()).fill("name", "Old").fill("on", "yes");
    assert_eq!(fresh.value("name"), "Old");
    assert!(fresh.checkbox("on", "On").to_string().contains("checked"));

    let typed = Fields::new(String::new(), String::new())
        .typed(pairs(&[("name", "New")]))
        .fill("name", "Old")
        .fill("on", "yes");
    assert_eq!(typed.value("name"), "New");
    assert!(!typed.checkbox("on", "On").to_string().contains("checked"));
}
