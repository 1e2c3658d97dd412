//! Requests as clients send them, sound and not.

use chrono::Duration;
use uuid::Uuid;

use super::*;
use crate::clients::domain::Kind as ClientKind;

const SOUND: &str = "response_type=code&scope=openid+email&nonce=n&state=s\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn client() -> Client {
    Client {
        id: "forum".to_owned(),
        entity: Uuid::from_u128(1),
        name: "The forum".to_owned(),
        kind: ClientKind::Public,
        secret_hash: None,
        redirect_uris: vec!["https://forum.example/back".to_owned()],
        sign_out_uris: Vec::new(),
        back_channel: None,
        scopes: ["openid", "email", "membership"].map(str::to_owned).to_vec(),
        devices: false,
        strong: false,
        trusted: false,
        colour: None,
        from_settings: false,
        open: true,
        made_at: now(),
        version: 1,
    }
}

fn read_with(change: impl FnOnce(Params) -> Params) -> Result<Asked, Refused> {
    read(&change(Params::of_query(SOUND)), &client(), "https://forum.example/back")
}

fn sound(change: impl FnOnce(Params) -> Params) -> Asked {
    read_with(change).unwrap()
}

fn set(name: &'static str, value: &'static str) -> impl FnOnce(Params) -> Params {
    move |params| params.with(name, (!value.is_empty()).then(|| value.to_owned()))
}

fn here(age: i64) -> Here {
    Here {
        person: PersonId(Uuid::from_u128(7)),
        authenticated_at: now() - Duration::seconds(age),
        strong: false,
    }
}

#[test]
fn a_sound_request_is_read() {
    let asked = sound(|params| params);
    assert_eq!(asked.scopes, ["email", "openid"]);
    assert_eq!((asked.nonce.as_deref(), asked.strong, asked.max_age), (Some("n"), false, None));
}

#[test]
fn what_weakens_the_code_is_refused() {
    for (name, value, error) in [
        ("code_challenge", "", Kind::InvalidRequest),
        ("code_challenge", "short", Kind::InvalidRequest),
        ("code_challenge_method", "", Kind::InvalidRequest),
        ("code_challenge_method", "plain", Kind::InvalidRequest),
        ("response_type", "", Kind::InvalidRequest),
        ("response_type", "token", Kind::UnsupportedResponseType),
        ("response_type", "code id_token", Kind::UnsupportedResponseType),
        ("response_mode", "fragment", Kind::InvalidRequest),
        ("request", "a.b.c", Kind::RequestNotSupported),
        ("request_uri", "https://evil.example", Kind::RequestUriNotSupported),
        ("scope", "email", Kind::InvalidScope),
        ("prompt", "none login", Kind::InvalidRequest),
        ("prompt", "create", Kind::InvalidRequest),
        ("max_age", "-1", Kind::InvalidRequest),
        ("claims", "[]x", Kind::InvalidRequest),
    ] {
        let refused = read_with(set(name, value)).unwrap_err();
        assert_eq!(refused.error, error, "{name}={value}: {}", refused.why);
    }
    let twice = Params::of_query(&format!("{SOUND}&code_challenge=x"));
    assert!(read(&twice, &client(), "https://forum.example/back").is_err());
}

#[test]
fn the_claims_parameter_asks_for_scopes_a_person_and_strength() {
    let asked = sound(set(
        "claims",
        r#"{"id_token":{"scte_member":null,"acr":{"essential":true,"value":"urn:scte:acr:strong"},
            "sub":{"value":"x"},"phone_number":null},"userinfo":{"name":null}}"#,
    ));
    // The client is not registered for names.
    assert_eq!(asked.scopes, ["email", "membership", "openid"]);
    assert!(asked.strong && asked.subject.as_deref() == Some("x"));
    assert!(sound(set("acr_values", "urn:scte:acr:strong urn:scte:acr:single")).strong);
    assert!(!sound(set("acr_values", "urn:scte:acr:single")).strong);
}

#[test]
fn nobody_is_asked_without_need_and_a_silent_client_never_shows_a_page() {
    let plain = sound(|params| params);
    let silent = sound(set("prompt", "none"));
    let person = here(10).person.to_string();
    let decide_all = |asked: &Asked, here: Option<&Here>, hinted: Option<&str>, consented: bool| {
        decide(asked, here, hinted, consented, now()).map_err(|refused| refused.error)
    };
    let me = here(10);
    let cases = [
        (None, None, true, Next::SignIn, Kind::LoginRequired),
        (Some(&me), None, false, Next::Ask, Kind::ConsentRequired),
        (Some(&me), Some("another"), true, Next::Ask, Kind::LoginRequired),
    ];
    for (here, hinted, consented, next, error) in cases {
        assert_eq!(decide_all(&plain, here, hinted, consented), Ok(next));
        assert_eq!(decide_all(&silent, here, hinted, consented), Err(error));
    }
    for asked in [&plain, &silent] {
        assert_eq!(decide_all(asked, Some(&me), Some(&person), true), Ok(Next::Give));
    }
    for prompt in ["consent", "select_account"] {
        let asked = sound(set("prompt", prompt));
        assert_eq!(decide_all(&asked, Some(&me), None, true), Ok(Next::Ask));
    }
}

#[test]
fn an_old_proof_is_renewed_once() {
    let ask = |asked: &Asked, age: i64| decide(asked, Some(&here(age)), None, true, now()).unwrap();
    for (name, value, age, next) in [
        ("max_age", "60", 60, Next::Give),
        ("max_age", "60", 61, Next::Prove { strong: false }),
        ("max_age", "0", 0, Next::Prove { strong: false }),
        ("prompt", "login", 0, Next::Prove { strong: false }),
    ] {
        let asked = sound(set(name, value));
        assert_eq!(ask(&asked, age), next, "{name}={value} after {age} s");
        let again = sound(|params| after_proof(set(name, value)(params), now()));
        assert_eq!(ask(&again, 0), Next::Give, "{name}={value}");
        assert_eq!(ask(&again, 61), Next::Prove { strong: false }, "{name}={value}");
    }
}

#[test]
fn strength_is_asked_for_where_it_lacks() {
    let asked = sound(set("acr_values", ACR_STRONG));
    let weak = here(0);
    assert_eq!(decide(&asked, Some(&weak), None, true, now()), Ok(Next::Prove { strong: true }));
    let strong = Here { strong: true, ..weak };
    assert_eq!(decide(&asked, Some(&strong), None, true, now()), Ok(Next::Give));
}
