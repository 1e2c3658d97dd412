//! One account: what it is, its roles, where it is signed in, what happened.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::ui::{When, day, short_instant};
use chassis::{Answer, History, Markup, Tx, readers, state};
use contracts::PersonId;

use super::{AskedOf, Console, Subject, is_admin, path_of, subject, tone};
use crate::accounts::domain::{self, Asked as AskedToClose};
use crate::accounts::domain::{LANGUAGES, State};
use crate::actions::domain::Asked;
use crate::actions::tables as actions;
use crate::factors::commands::held;
use crate::factors::domain::Held;
use crate::roles::domain::{ADMIN, KNOWN, RoleSet};
use crate::signins::domain::SignIn;
use crate::signins::tables as signins;
use crate::views::domain as views;
use crate::words;

#[derive(Template)]
#[template(path = "staff/account.html")]
struct ShowAccount {
    id: PersonId,
    path: String,
    notice: &'static str,
    address: String,
    name: Option<String>,
    state: State,
    since: When,
    language: String,
    has_password: bool,
    held: Held,
    signins: Vec<Line>,
    roles: Vec<Role>,
    /// Whether whoever asks may grant roles and take them away.
    admin: bool,
    /// Why whoever asks may not lock or unlock the account.
    barred: Option<String>,
    /// Whether whoever asks may look with the eyes of its person.
    viewable: bool,
    history: History,
    /// What staff asked of the owner.
    asked: Vec<Asked>,
}

impl ShowAccount {
    fn state(&self) -> Markup {
        state(tone(self.state), self.state.as_str())
    }

    fn is(&self, state: State) -> bool {
        self.state == state
    }
}

/// A browser that is signed in.
struct Line {
    device: String,
    since: When,
    proved: When,
}

/// A role, held or not.
struct Role {
    word: String,
    meaning: &'static str,
    held: bool,
    /// Whether it can be taken away or granted by whoever asks.
    open: bool,
}

/// `GET /staff/identity/accounts/{id}`.
pub(super) async fn show_account(
    page: Console,
    Path(id): Path<PersonId>,
    Query(asked): AskedOf,
) -> Answer {
    let Subject { account, roles } = subject(&page, id).await?;
    let (now, site) = (page.now(), page.app().site());
    let (name, signins, history, held, asked_of) = page
        .read(async |tx: &Tx| {
            let name = readers::name_of(tx, id).await?;
            let signins = signins::open_of(tx, id, now).await?;
            let history = History::read(tx, site, "account", &[id]).await?;
            let held = held(tx, &account).await?;
            Ok((name, signins, history, held, actions::of(tx, id).await?))
        })
        .await?;
    let language = LANGUAGES.iter().find(|(code, _)| *code == account.language);
    let closing = AskedToClose {
        by: page.person(),
        by_admin: is_admin(&page),
        of_staff: !roles.words.is_empty(),
    };
    let shown = ShowAccount {
        id,
        path: path_of(id),
        notice: sentence(&asked.notice),
        name,
        state: account.state,
        since: day(site.day(account.registered_at)),
        has_password: account.password_hash.is_some(),
        held,
        signins: signins.into_iter().map(|signin| line(site, signin)).collect(),
        roles: all_roles(&page, &roles, account.state),
        admin: is_admin(&page),
        viewable: views::may_view(&account, closing.of_staff, closing.by).is_ok(),
        barred: domain::may_close(&account, closing)
            .err()
            .map(|why| words::sentence(&why.to_string())),
        history,
        asked: asked_of,
        language: language.map_or(account.language, |(_, name)| (*name).to_owned()),
        address: account.address.written.clone(),
    };
    page.show(&account.address.written, &shown)
}

fn line(site: &chassis::Site, signin: SignIn) -> Line {
    Line {
        device: signin.device,
        since: short_instant(site, signin.started_at),
        proved: short_instant(site, signin.authenticated_at),
    }
}

/// Every role there is, and those held that are no longer known.
fn all_roles(page: &Console, held: &RoleSet, state: State) -> Vec<Role> {
    let own = page.reader().is(held.person_id);
    let role = |word: &str, meaning| {
        let held = held.words.iter().any(|has| has == word);
        let open = if held { !(own && word == ADMIN) } else { state == State::Active };
        Role { word: word.to_owned(), meaning, held, open: open && is_admin(page) }
    };
    let known = |word: &&String| !KNOWN.iter().any(|(known, _)| known == word);
    let odd = held.words.iter().filter(known).map(|word| role(word, "no longer in use"));
    KNOWN.iter().map(|(word, meaning)| role(word, meaning)).chain(odd).collect()
}

/// The sentence for what happened just before; words we do not know say nothing.
fn sentence(notice: &str) -> &'static str {
    match notice {
        "granted" => "The role is granted. The console opens for them at their next page.",
        "factors" => "The second factors are taken away; the password alone signs in.",
        "revoked" => "The role is taken away.",
        "required" => "It is asked for at the next sign-in; every older one has ended.",
        "withdrawn" => "It is no longer asked for.",
        "unlocked" => "The account is open again.",
        _ => "",
    }
}
