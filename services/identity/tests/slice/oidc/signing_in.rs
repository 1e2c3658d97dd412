//! As a member I sign in to the forum with my account here, and it learns what I allowed.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use contracts::membership::{
    CompanyTerm, CompanyTermEnded, CompanyTermStarted, Person, PersonCreated, Seat, SeatAssigned,
    SeatState, Term, TermKind, TermStarted,
};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce};
use serde_json::json;

use super::client::{
    BACK, SECRET, VERIFIER, claims, clients, code, exchange, introspect, jo, post, read, request,
    sent_back, text, tokens, userinfo,
};
use crate::people::{PASSWORD, account, person};

#[slice_test]
async fn a_stranger_signs_in_is_asked_and_goes_back_with_a_code(mut slice: Slice) {
    clients(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();

    let asked = browser.get(&request("forum", &[("login_hint", "jo@example.org")])).await;
    assert!(asked.location().starts_with("/account/sign-in?return_to=/oidc/authorize%3F"));
    let page = browser.get(asked.location()).await;
    page.shows("value=\"jo@example.org\"");
    let typed = [("address", "jo@example.org"), ("password", PASSWORD)];
    let signed_in = browser.submit(&page, "/account/sign-in", &typed).await;
    let asks = browser.get(signed_in.location()).await;
    let page = browser.get(asks.location()).await;
    page.is(200).shows("Sign in to The forum").shows("Your e-mail address").shows("forum.example");
    page.lacks("Your name").shows("jo@example.org");
    let back = sent_back(&browser.submit(&page, "/oidc/consent", &[]).await);

    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("a state", "http://scte.test"));
    let given = read(exchange(&slice, "forum", &back["code"]).await.is(200));
    let who = person(&slice, "jo@example.org").await;
    assert_eq!(claims(text(&given, "id_token"))["sub"], json!(who));

    // Asked once: the next time the browser goes straight back, unless more is wanted.
    let again = browser.get(&request("forum", &[])).await;
    assert!(sent_back(&again).contains_key("code"));
    let more = browser.get(&request("forum", &[("scope", "openid profile")])).await;
    assert!(more.location().starts_with("/oidc/consent?"));
}

#[slice_test]
async fn the_id_token_is_what_a_stock_client_accepts(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;

    let answer = exchange(&slice, "forum", &code(&mut browser, &request("forum", &[])).await).await;

    assert_eq!(answer.is(200).header("cache-control"), Some("no-store"));
    let given = read(&answer);
    assert_eq!(
        (given["token_type"].as_str(), given["expires_in"].as_i64()),
        (Some("Bearer"), Some(600))
    );
    assert_eq!(given["scope"], "email openid");
    let keys: CoreJsonWebKeySet =
        serde_json::from_value(read(&browser.get("/oidc/keys").await)).unwrap();
    let now = slice.now();
    let issuer = IssuerUrl::new("http://scte.test".to_owned()).unwrap();
    let verifier =
        CoreIdTokenVerifier::new_public_client(ClientId::new("forum".to_owned()), issuer, keys)
            .set_time_fn(move || now);
    let token: CoreIdToken = text(&given, "id_token").parse().unwrap();
    let told = token.claims(&verifier, &Nonce::new("a nonce".to_owned())).unwrap();
    let access = AccessToken::new(text(&given, "access_token").to_owned());
    let key = token.signing_key(&verifier).unwrap();
    let hash =
        AccessTokenHash::from_token(&access, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, key);
    assert_eq!(told.access_token_hash(), Some(&hash.unwrap()));
    assert_eq!(told.auth_time(), Some(now));
    assert_eq!(told.email().unwrap().as_str(), "jo@example.org");
    let raw = claims(text(&given, "id_token"));
    assert_eq!(raw["amr"], json!(["pwd"]));
    assert_eq!(raw["acr"], "urn:scte:acr:single");
    assert_eq!(raw["exp"].as_i64().unwrap() - raw["iat"].as_i64().unwrap(), 600);
    assert!(token.claims(&verifier, &Nonce::new("another".to_owned())).is_err());
}

#[slice_test]
async fn userinfo_tells_what_was_allowed_by_get_and_by_post(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let token = text(&given, "access_token");

    let got = userinfo(&slice, token).await;
    let posted = post(&slice, "/oidc/userinfo", None, &[("access_token", token)]).await;

    let who = person(&slice, "jo@example.org").await;
    let told = json!({ "sub": who, "email": "jo@example.org", "email_verified": true });
    assert_eq!((read(got.is(200)), read(posted.is(200))), (told.clone(), told));
    let in_both = Request::post("/oidc/userinfo")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let body = Body::from(format!("access_token={token}"));
    slice.stranger().send(in_both, body).await.is(400);
}

#[slice_test]
async fn membership_is_told_as_it_stands_when_asked(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let who = person(&slice, "jo@example.org").await;
    let path = request("forum", &[("scope", "openid profile membership")]);

    let before = tokens(&slice, &mut browser, &path).await;
    let told = claims(text(&before, "id_token"));
    assert_eq!((told["scte_member"].as_bool(), &told["scte_chapters"]), (Some(false), &json!([])));
    assert!(told.get("scte_member_until").is_none() && told.get("email").is_none());

    becomes_a_member(&slice, who).await;
    let told = read(userinfo(&slice, text(&before, "access_token")).await.is(200));
    assert_eq!(told["scte_member"], true);
    assert_eq!(told["scte_member_until"], "2027-12-31");
    assert_eq!((told["name"].as_str(), told["locale"].as_str()), (Some("Jo Alvarez"), Some("en")));
    let after =
        read(&super::client::refresh(&slice, "forum", text(&before, "refresh_token")).await);
    assert_eq!(claims(text(&after, "id_token"))["scte_member"], true);
}

#[slice_test]
async fn a_seat_of_a_company_counts_in_what_is_told(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let who = person(&slice, "jo@example.org").await;
    let path = request("forum", &[("scope", "openid membership")]);
    let told = tokens(&slice, &mut browser, &path).await;
    let access = text(&told, "access_token");
    let company_id = uuid::Uuid::from_u128(6).into();
    let seat = Seat {
        seat_id: uuid::Uuid::from_u128(7).into(),
        company_id,
        person_id: who,
        state: SeatState::Held,
        version: 2,
    };
    slice.deliver("membership", SeatAssigned { seat }).await;
    let term = |ends_before: &str, version| CompanyTerm {
        term_id: uuid::Uuid::from_u128(8).into(),
        company_id,
        type_id: uuid::Uuid::from_u128(9).into(),
        seats: 50,
        starts_on: "2027-01-01".parse().unwrap(),
        ends_before: ends_before.parse().unwrap(),
        version,
    };
    slice.deliver("membership", CompanyTermStarted { term: term("2028-01-01", 1) }).await;
    let told = read(userinfo(&slice, access).await.is(200));
    assert_eq!(told["scte_member"], true);
    assert_eq!(told["scte_member_until"], "2027-12-31");
    // The company does not pay: nothing is said of the person, and they are no member.
    slice.deliver("membership", CompanyTermEnded { term: term("2027-01-01", 2) }).await;
    assert_eq!(read(userinfo(&slice, access).await.is(200))["scte_member"], false);
}

async fn becomes_a_member(slice: &Slice, who: PersonId) {
    let person = Person {
        person_id: who,
        name: "Jo Alvarez".to_owned(),
        member_number: Some("M000123".to_owned()),
        language: "en".to_owned(),
        version: 1,
    };
    slice.deliver("membership", PersonCreated { person }).await;
    let term = Term {
        term_id: uuid::Uuid::from_u128(5).into(),
        person_id: who,
        kind: TermKind::National,
        type_id: None,
        chapter_id: None,
        starts_on: "2027-01-01".parse().unwrap(),
        ends_before: "2028-01-01".parse().unwrap(),
        charge_id: None,
        version: 1,
    };
    let member_number = "M000123".to_owned();
    slice.deliver("membership", TermStarted { term, member_number }).await;
}

#[slice_test]
async fn a_client_proves_itself_in_the_header_in_the_form_or_has_no_secret(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let form = |code: &str, more: &[(&'static str, &'static str)]| {
        let mut pairs = vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".to_owned(), code.to_owned()),
            ("redirect_uri".to_owned(), BACK.to_owned()),
            ("code_verifier".to_owned(), VERIFIER.to_owned()),
        ];
        pairs.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        pairs
    };
    for (client, basic, more, status) in [
        ("forum", Some(("forum", SECRET)), vec![], 200),
        ("forum", None, vec![("client_id", "forum"), ("client_secret", SECRET)], 200),
        ("app", None, vec![("client_id", "app")], 200),
        ("forum", None, vec![("client_id", "forum")], 401),
        ("forum", Some(("forum", "wrong")), vec![], 401),
        ("forum", Some(("nobody", SECRET)), vec![], 401),
        ("app", None, vec![("client_id", "app"), ("client_secret", SECRET)], 401),
        ("forum", Some(("forum", SECRET)), vec![("client_secret", SECRET)], 400),
        ("forum", Some(("forum", SECRET)), vec![("client_id", "vendor")], 400),
        ("forum", None, vec![], 401),
    ] {
        let code = code(&mut browser, &request(client, &[])).await;
        let form = form(&code, &more);
        let pairs: Vec<_> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let answer = post(&slice, "/oidc/token", basic, &pairs).await;
        assert_eq!(answer.status(), status, "{basic:?} {more:?}: {}", answer.text());
        if status == 401 {
            assert_eq!(read(&answer)["error"], "invalid_client");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"));
        }
    }
}

#[slice_test]
async fn what_the_provider_says_of_itself_is_complete(mut slice: Slice) {
    clients(&mut slice).await;
    let mut browser = slice.stranger();

    let answer = browser.get("/.well-known/openid-configuration").await;

    let told = read(answer.is(200));
    assert_eq!(told["issuer"], "http://scte.test");
    for (name, path) in [
        ("authorization_endpoint", "/oidc/authorize"),
        ("token_endpoint", "/oidc/token"),
        ("userinfo_endpoint", "/oidc/userinfo"),
        ("jwks_uri", "/oidc/keys"),
        ("end_session_endpoint", "/oidc/sign-out"),
        ("revocation_endpoint", "/oidc/revoke"),
        ("introspection_endpoint", "/oidc/introspect"),
    ] {
        assert_eq!(told[name], format!("http://scte.test{path}"));
        let there = slice.routes().iter().any(|route| route.path == path);
        assert!(there, "{path} is answered");
    }
    assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(told["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);

    // Scripts of other websites may ask, without cookies; none may for our pages.
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    for path in ["/oidc/token", "/oidc/userinfo", "/oidc/keys"] {
        let asks = Request::options(path).header("origin", "https://app.example");
        let may = browser.send(asks, Body::empty()).await;
        assert_eq!(may.is(204).header("access-control-allow-origin"), Some("*"), "{path}");
        assert!(may.header("access-control-allow-headers").unwrap().contains("authorization"));
    }
    for path in ["/oidc/authorize", "/account/sign-in"] {
        assert_eq!(browser.get(path).await.header("access-control-allow-origin"), None, "{path}");
    }
    let keys = read(&browser.get("/oidc/keys").await);
    assert_eq!(
        (&keys["keys"][0]["alg"], &keys["keys"][0]["use"]),
        (&json!("RS256"), &json!("sig"))
    );
    assert!(keys["keys"][0].get("d").is_none() && keys["keys"].as_array().unwrap().len() == 1);
}

#[slice_test]
async fn a_machine_gets_a_token_for_itself(mut slice: Slice) {
    clients(&mut slice).await;
    let ask = async |client: &str, scope: &str| {
        let pairs = [("grant_type", "client_credentials"), ("scope", scope)];
        post(&slice, "/oidc/token", Some((client, SECRET)), &pairs).await
    };

    let given = read(ask("robot", "").await.is(200));
    assert_eq!(given["scope"], "members:read");
    assert!(given.get("refresh_token").is_none() && given.get("id_token").is_none());
    let token = text(&given, "access_token");
    assert_eq!(introspect(&slice, "robot", token).await["sub"], "robot");
    userinfo(&slice, token).await.is(401);

    assert_eq!(read(ask("robot", "members:write").await.is(400))["error"], "invalid_scope");
    assert_eq!(read(ask("forum", "").await.is(400))["error"], "unauthorized_client");
}
