//! As a member I read every step on my way into a sign-in in my language.

use chassis::Mode;
use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{CodePurpose, LinkPurpose};

use crate::factors::{App, codes_on, with_app};
use crate::people::{
    PASSWORD, account, codes, fill, last_code, last_link, register, sign_in, signed_in, staff,
};
use crate::{addresses, invitations};

const NEW: &str = "an entirely new sentence";

/// Every sentence of these pages in English, as the code has them; a word alone may be the same in
/// another language.
fn english() -> Vec<&'static str> {
    let [words, steps, refused] = [
        include_str!("../../src/tongue/english/mod.rs"),
        include_str!("../../src/tongue/english/steps.rs"),
        include_str!("../../src/tongue/spanish/refused.rs"),
    ]
    .map(|file| file.split('"').skip(1).step_by(2));
    // What refusals are in English comes before what they are in Spanish.
    let all = words.chain(steps).chain(refused.step_by(2));
    let pieces = all.flat_map(|text| text.split(['{', '}', '#', '*', '\\'])).map(str::trim);
    pieces.filter(|piece| piece.len() >= 12 && piece.contains(' ')).collect()
}

/// Whether a page is in this language and nothing of it in English.
fn speaks(page: &Answered, lang: &str) {
    let (_, main) = page.text().split_once("<main").unwrap();
    let (main, _) = main.split_once("</main>").unwrap();
    assert!(main.contains(&format!("<div class=\"head\" lang=\"{lang}\">")), "{lang}: {main}");
    assert!(main.contains(&format!("<b lang=\"{lang}\" aria-current")), "{lang}: {main}");
    for sentence in english() {
        assert!(!main.contains(sentence), "`{sentence}` in {lang}: {main}");
    }
}

/// Opens a page in each of the other languages, and back in the one that comes last.
async fn in_each(browser: &mut Browser, path: &str, last: &str) -> Answered {
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = if last == "es" { "fr" } else { "es" };
    for lang in [first, last] {
        let page = browser.get(&format!("{path}{sign}lang={lang}")).await;
        page.is(200);
        speaks(&page, lang);
    }
    browser.get(path).await
}

#[test]
fn the_english_that_is_looked_for_is_all_of_it() {
    let all = english();
    assert!(all.len() > 150, "{} are not all", all.len());
    for one in ["One more step, then you can sign in.", "tick this to go on"] {
        assert!(all.contains(&one), "{one} is not in {all:#?}");
    }
}

#[slice_test]
async fn the_second_factor_is_asked_for_in_every_language(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let (app, kept) = with_app(&slice, &mut signed_in(&slice, "jo@example.org").await).await;
    let second = "/account/sign-in/second";
    for lang in ["es", "fr"] {
        let mut browser = slice.stranger();
        browser.get(&format!("/account/sign-in?lang={lang}")).await;
        sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);

        let page = in_each(&mut browser, second, lang).await;
        for typed in ["", "000000", "1234", &kept[0].replace(char::is_numeric, "X")] {
            let refused = browser.submit(&page, second, &[("code", typed)]).await;
            speaks(refused.is(422), lang);
        }
        let code = app.code(&slice);
        browser.submit(&page, second, &[("code", &code)]).await.is(303);
        slice.advance(TimeDelta::minutes(1)).await;
    }
}

#[slice_test]
async fn a_factor_is_set_up_on_the_way_in_in_every_language(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let policy = "/staff/identity/factors";
    let asked = fill(&mut admin, policy, policy, &[("role", "staff.identity")]).await;
    asked.is(303);
    slice.settle().await;
    for (lang, address) in [("es", "one@example.org"), ("fr", "two@example.org")] {
        account(&slice, address).await;
        crate::people::grant(&slice, address, "staff.identity").await;
        let mut browser = slice.stranger();
        browser.get(&format!("/account/sign-in?lang={lang}")).await;
        sign_in(&mut browser, address, PASSWORD).await.is(303);

        let enrol = "/account/sign-in/enrol";
        let page = in_each(&mut browser, enrol, lang).await;
        let app = App::scan(&page);
        for typed in ["", "000000"] {
            let refused = browser.submit(&page, enrol, &[("code", typed)]).await;
            speaks(refused.is(422), lang);
        }
        let passkey = "/account/sign-in/enrol/passkey";
        let refused = browser.submit(&page, passkey, &[("name", "phone")]).await;
        speaks(refused.is(409), lang);
        let done = browser.submit(&page, enrol, &[("code", &app.code(&slice))]).await;
        let shown = in_each(&mut browser, done.is(303).location(), lang).await;
        assert_eq!(codes_on(&shown).len(), 10);
    }
}

#[slice_test]
async fn what_staff_asked_for_is_asked_in_every_language(mut slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    let people = [("es", "one@example.org"), ("fr", "two@example.org")];
    for (_, address) in people {
        account(&slice, address).await;
    }
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    let new = "/staff/identity/terms/new";
    let typed = [
        ("kind", "terms"),
        ("title", "House rules"),
        ("from", "2027-03-02"),
        ("body", "Be kind to all the others here."),
    ];
    fill(&mut admin, new, new, &typed).await.is(303);
    for (_, address) in people {
        let person = crate::people::person(&slice, address).await;
        let page = format!("/staff/identity/accounts/{person}/require");
        for action in ["password", "address"] {
            let typed = [("action", action), ("reason", "seen in a leak")];
            fill(&mut admin, &page, &page, &typed).await.is(303);
        }
    }
    slice.with_site(|site| site.mode = Mode::Demo).await;
    for (lang, address) in people {
        asked_in(&slice, lang, address).await;
    }
}

/// Somebody goes through a new password, a proof of the address and new terms.
async fn asked_in(slice: &Slice, lang: &str, address: &str) {
    let mut browser = slice.stranger();
    speaks(&browser.get(&format!("/account/sign-in?lang={lang}")).await, lang);
    sign_in(&mut browser, address, PASSWORD).await.is(303);

    let path = "/account/sign-in/password";
    let page = in_each(&mut browser, path, lang).await;
    for typed in ["", "short", PASSWORD, "password12", "aaaaaaaaaaaa", "1987654321", address] {
        let refused = browser.submit(&page, path, &[("password", typed)]).await;
        speaks(refused.is(422), lang);
    }
    browser.submit(&page, path, &[("password", NEW)]).await.is(303);

    let path = "/account/sign-in/address";
    let page = in_each(&mut browser, path, lang).await;
    speaks(browser.submit(&page, path, &[]).await.is(409), lang);
    let sent = browser.submit(&page, &format!("{path}/send"), &[]).await;
    assert_eq!(sent.is(303).location(), path);
    let link = last_link(slice, LinkPurpose::NewAddress).await;
    let link = format!("/account/address/confirm?code={}", link.code);
    let confirm = in_each(&mut browser, &link, lang).await;
    let confirmed = browser.submit(&confirm, "/account/address/confirm", &[]).await;
    in_each(&mut browser, confirmed.is(303).location(), lang).await;
    speaks(browser.get(&link).await.is(410), lang);
    let page = in_each(&mut browser, path, lang).await;
    let gone_on = browser.submit(&page, path, &[]).await;

    let path = gone_on.is(303).location();
    let page = in_each(&mut browser, path, lang).await;
    page.shows(if lang == "es" { "desde el 2 de marzo de 2027" } else { "du 2 mars 2027" });
    speaks(browser.submit(&page, path, &[]).await.is(422), lang);
    let done = browser.submit(&page, path, &[("agreed", "yes")]).await;
    assert_eq!(done.is(303).location(), "/account");
}

#[slice_test]
async fn the_links_of_mails_lead_to_pages_in_every_language(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    for (lang, address) in [("es", "one@example.org"), ("fr", "two@example.org")] {
        let mut browser = slice.stranger();
        register(&mut browser, address).await.is(303);
        let code = last_code(&slice, CodePurpose::Confirm).await;
        let link = format!("/account/confirm?code={code}");
        let page = in_each(&mut browser, &link, lang).await;
        let short = browser.submit(&page, "/account/confirm", &[("password", "short")]).await;
        speaks(short.is(422), lang);
        let none = browser.submit(&page, "/account/confirm/passkey", &[("name", "phone")]).await;
        speaks(none.is(409), lang);
        browser.submit(&page, "/account/confirm", &[("password", PASSWORD)]).await.is(303);
        speaks(browser.get(&link).await.is(410), lang);

        crate::people::forget(&mut browser, address).await.is(303);
        let code = codes(&slice, CodePurpose::Reset).await.pop().unwrap();
        let link = format!("/account/reset?code={code}");
        let page = in_each(&mut browser, &link, lang).await;
        let before = browser.submit(&page, "/account/reset", &[("password", PASSWORD)]).await;
        speaks(before.is(422), lang);
        browser.submit(&page, "/account/reset", &[("password", NEW)]).await.is(303);
        speaks(browser.get("/account/reset?code=none").await.is(410), lang);
    }
}

#[slice_test]
async fn an_address_is_taken_back_in_every_language(slice: Slice) {
    for (lang, address) in [("es", "one@example.org"), ("fr", "two@example.org")] {
        account(&slice, address).await;
        let mut browser = signed_in(&slice, address).await;
        addresses::change(&slice, &mut browser, &format!("thief-of-{address}")).await;
        let code = last_link(&slice, LinkPurpose::UndoAddress).await.code;
        let (undo, link) = ("/account/address/undo", format!("/account/address/undo?code={code}"));
        let mut phone = slice.stranger();
        let page = in_each(&mut phone, &link, lang).await;
        for typed in ["", "short", PASSWORD] {
            let refused = phone.submit(&page, undo, &[("password", typed)]).await;
            speaks(refused.is(422), lang);
        }
        phone.submit(&page, undo, &[("password", NEW)]).await.is(303);
        speaks(phone.get(&link).await.is(410), lang);
    }
}

#[slice_test]
async fn an_invitation_is_accepted_in_every_language(slice: Slice) {
    let code = invitations::invited(&slice).await;
    account(&slice, "jo@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    for lang in ["es", "fr"] {
        let page = in_each(&mut jo, &invitations::path_of(&code), lang).await;
        page.shows("<span lang=\"en\">the Rocky Mountain Chapter</span>");
        speaks(&jo.get("/account/invitation/sent").await, lang);
        speaks(jo.get(&invitations::path_of("none")).await.is(410), lang);
        for typed in ["", "short", "password1234"] {
            let typed = [("password", typed)];
            speaks(jo.submit(&page, invitations::FIRST, &typed).await.is(422), lang);
        }
    }

    // The link is too old: another is sent.
    slice.advance(TimeDelta::hours(72)).await;
    let mut lee = slice.stranger();
    lee.get("/account/sign-in?lang=fr").await;
    let old = lee.get(&invitations::path_of(&code)).await;
    speaks(old.is(410), "fr");
    let sent = lee.submit(&old, "/account/invitation/another", &[]).await;
    in_each(&mut lee, sent.is(303).location(), "fr").await;
    let page = invitations::path_of(&invitations::link(&slice).await);
    fill(&mut lee, &page, invitations::FIRST, &[("password", PASSWORD)]).await.is(303);
    speaks(lee.get(&page).await.is(410), "fr");
}

#[slice_test]
async fn whoever_has_an_account_is_invited_in_every_language(slice: Slice) {
    account(&slice, "sam@example.org").await;
    account(&slice, "lee@example.org").await;
    let path = invitations::path_of(&invitations::invited(&slice).await);
    for (lang, address) in [("es", "sam@example.org"), ("fr", "lee@example.org")] {
        in_each(&mut slice.stranger(), &path, lang).await;
        let mut browser = signed_in(&slice, address).await;
        let page = in_each(&mut browser, &path, lang).await;
        if address == "lee@example.org" {
            browser.submit(&page, invitations::PAGE, &[]).await.is(303);
        }
    }
}
