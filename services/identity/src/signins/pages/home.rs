//! The account's own page: what it is, and the way to each of its parts.

use askama::Template;
use axum::extract::Query;
use chassis::ui::{When, day};
use chassis::{Answer, Page, Routes, SignedIn, Tx};
use serde::Deserialize;

use crate::accounts::domain::LANGUAGES;
use crate::accounts::tables as accounts;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/account", show_home)
}

/// A part of the account, with a page of its own.
struct Section {
    path: &'static str,
    name: &'static str,
    about: &'static str,
}

const fn section(path: &'static str, name: &'static str, about: &'static str) -> Section {
    Section { path, name, about }
}

/// Every part of the account, in the order of the page; a slice with a page adds a line of its own.
const SECTIONS: &[Section] = &[
    section(
        "/account/sign-ins",
        "Where you are signed in",
        "Browsers with the network and the day; end one of them, or all.",
    ),
    section(
        "/account/address",
        "E-mail address",
        "Change it; the old one can take the change back for three days.",
    ),
    section("/account/views", "Who looked", "Colleagues of ours who saw the site as you see it."),
    section(
        "/account/tokens",
        "Access tokens",
        "For programs of your own; made, revoked, last used.",
    ),
    section(
        "/account/factors",
        "How you sign in",
        "Passkeys, codes of an app, recovery codes: what a stolen password is worth nothing against.",
    ),
    section("/account/password", "Password", "Change it; every other sign-in ends."),
    section("/account/history", "What happened", "Sign-ins, changes, and who made them."),
    section("/account/data", "Your data", "All that your account knows of you, as a file."),
    section("/account/terms", "Terms and privacy", "What is in force, and what you accepted."),
    section("/account/apps", "Connected apps", "Other systems that know you, and what they learn."),
    section(
        "/account/device",
        "Connect a device",
        "Type the code that a tool or a television shows.",
    ),
    section("/account/retention", "What we keep", "Of your account and sign-ins, and how long."),
];

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "signins/home.html")]
struct ShowHome {
    address: String,
    name: Option<String>,
    language: String,
    since: When,
    roles: String,
    notice: &'static str,
    sections: &'static [Section],
}

/// `GET /account`.
async fn show_home(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let person = page.person();
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    let language = LANGUAGES.iter().find(|(code, _)| *code == account.language);
    let shown = ShowHome {
        address: account.address.written,
        name: page.reader().name.clone(),
        since: day(page.app().site().day(account.registered_at)),
        roles: page.reader().roles.join(" "),
        language: language.map_or(account.language, |(_, name)| (*name).to_owned()),
        notice: sentence(asked.notice.as_deref().unwrap_or_default()),
        sections: SECTIONS,
    };
    page.show("Your account", &shown)
}

/// The sentence for what happened just before; words we do not know say nothing.
fn sentence(notice: &str) -> &'static str {
    match notice {
        "changed" => "Your password is changed; every other sign-in has ended.",
        _ => "",
    }
}
