//! As a member I read the pages of signing in in my language, whoever sent me there.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Slice, slice_test};

use crate::people::{PASSWORD, account, fill, register, sign_in};

#[slice_test]
async fn the_browser_the_sender_and_the_reader_choose_the_language(slice: Slice) {
    let mut browser = slice.stranger();
    let asked = Request::get("/account/sign-in").header("accept-language", "fr-CH, en;q=0.5");
    let page = browser.send(asked, Body::empty()).await;
    page.shows("Se connecter").shows("Mot de passe").shows("lang=\"fr\"");
    let sender = "/account/sign-in?return_to=/oidc/authorize%3Fui_locales%3Dde%2520es";
    browser.get(sender).await.shows("Iniciar sesión").shows("Después seguirá donde estaba");

    // Chosen once, it stays, whoever sends.
    browser.get("/account/sign-in?lang=fr").await.shows("J’ai oublié mon mot de passe");
    for path in ["register", "registered", "forgotten", "forgotten/sent", "sign-in"] {
        let page = browser.get(&format!("/account/{path}?return_to=/membership/join")).await;
        page.shows("lang=\"fr\"").shows("lang=es&return_to=/membership/join");
        page.lacks("Sign in</h1>").lacks("Look at your mail");
    }
    browser.get(sender).await.shows("Se connecter");
    slice.stranger().get("/account/sign-in?lang=xx").await.shows("I forgot my password");
}

#[slice_test]
async fn what_is_wrong_is_said_in_the_language_of_the_page(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();
    browser.get("/account/sign-in?lang=es").await;

    let wrong = sign_in(&mut browser, "jo@example.org", "not the password").await;
    wrong.is(409).shows("No se ha podido hacer").shows("La dirección o la contraseña no es");
    let empty = sign_in(&mut browser, "jo@example.org", "").await;
    empty.is(422).shows("Hay un problema").shows("Contraseña: ").shows("no puede quedar vacío");
    let odd = register(&mut browser, "jo").await;
    odd.is(422).shows("correo con @");
    for _ in 0..4 {
        sign_in(&mut browser, "jo@example.org", "not the password").await.is(409);
    }
    let wait = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    wait.is(409).shows("Hubo demasiados intentos; espere 1 min");
}

#[slice_test]
async fn who_registers_in_a_language_gets_mails_in_it(slice: Slice) {
    let mut browser = slice.stranger();
    browser.get("/account/register?lang=es").await.shows("value=\"es\" selected");
    let typed = [("address", "jo@example.org"), ("language", "es")];
    fill(&mut browser, "/account/register", "/account/register", &typed).await.is(303);
    let registered = slice.published_one::<contracts::identity::AccountRegistered>().await;
    assert_eq!(registered.account.language, "es");
}

#[slice_test]
async fn the_page_wears_the_name_and_the_colour_of_who_sent_the_reader(mut slice: Slice) {
    let forum = serde_json::json!({
        "id": "forum", "name": "Forum of the field", "kind": "public", "colour": "#0a5cad",
        "redirect_uris": ["https://forum.example/back"], "scopes": ["openid"]
    });
    slice.with_settings(serde_json::json!({ "clients": [forum] })).await;
    let sent = "/account/sign-in?return_to=/oidc/authorize%3Fclient_id%3D";
    let page = slice.stranger().get(&format!("{sent}forum")).await;
    page.shows("Afterwards you go on to <b>Forum of the field</b>").shows("fill=\"#0a5cad\"");
    let other = slice.stranger().get(&format!("{sent}nobody")).await;
    other.lacks("Forum").shows("Afterwards you go on where you were");
    slice.stranger().get("/account/sign-in").await.lacks("Forum").lacks("Afterwards");
}
