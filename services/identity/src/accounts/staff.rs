//! The console's pages of accounts: a list to search, one account with roles, lock and audit.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::command::Audited;
use chassis::page::{Known as KnownRole, StaffAdmin};
use chassis::{Answer, Choice, Fields, Form, Page, Result, Routes, Staff, StaffIdentity, Tx};
use contracts::PersonId;
use serde::Deserialize;

use super::commands::{Lock, Unlock};
use super::domain::{Account, State};
use super::tables;
use crate::own_path::{OwnPath, with_return};
use crate::roles::commands::{Grant, Revoke};
use crate::roles::domain::{ADMIN, KNOWN, RoleSet};
use crate::roles::tables as roles;
use crate::signins::tables as signins;

type Console = Page<Staff<StaffIdentity>>;
type Administration = Page<Staff<StaffAdmin>>;

/// So many accounts stand on one page of the list.
const ON_A_PAGE: usize = 50;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/identity", list_accounts)
        .get("/staff/identity/accounts/{id}", show_account)
        .post("/staff/identity/accounts/{id}/grant", grant)
        .post("/staff/identity/accounts/{id}/revoke", revoke)
        .post("/staff/identity/accounts/{id}/lock", lock)
        .post("/staff/identity/accounts/{id}/unlock", unlock)
}

/// What the list is asked with.
#[derive(Debug, Default, Deserialize)]
struct Filter {
    /// What the address begins with.
    #[serde(default)]
    q: String,
    /// The last address of the page before.
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "staff/list.html")]
struct ListAccounts {
    q: String,
    rows: Vec<Line>,
    next: Option<String>,
}

struct Line {
    id: PersonId,
    address: String,
    state: &'static str,
    mark: &'static str,
    since: String,
    language: String,
}

impl Line {
    fn of(account: Account) -> Self {
        Self {
            id: account.person_id,
            address: account.address.written,
            state: account.state.as_str(),
            mark: mark(account.state),
            since: account.registered_at.format("%Y-%m-%d %H:%M").to_string(),
            language: account.language,
        }
    }
}

/// The shape that stands before the word of a state.
fn mark(state: State) -> &'static str {
    match state {
        State::Dormant => "off",
        State::Unverified => "wait",
        State::Active => "ok",
        State::Locked => "bad",
    }
}

/// `GET /staff/identity`.
async fn list_accounts(page: Console, Query(filter): Query<Filter>) -> Answer {
    let prefix: String = filter.q.trim().to_lowercase().chars().take(254).collect();
    let after = filter.after.as_str();
    let limit = i64::try_from(ON_A_PAGE + 1).unwrap_or(i64::MAX);
    let mut found =
        page.read(async |tx: &Tx| tables::page_of(tx, &prefix, after, limit).await).await?;
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let next = found.last().filter(|_| more).map(|last| {
        let path = format!("/staff/identity?q={}", crate::own_path::encoded(&prefix));
        format!("{path}&after={}", crate::own_path::encoded(&last.address.normal))
    });
    let rows = found.into_iter().map(Line::of).collect();
    page.show("Accounts", &ListAccounts { q: prefix, rows, next })
}

#[derive(Template)]
#[template(path = "staff/account.html")]
struct ShowAccount {
    summary: Fields,
    id: PersonId,
    address: String,
    state: &'static str,
    mark: &'static str,
    since: String,
    language: String,
    has_password: bool,
    signins: usize,
    roles: Vec<Role>,
    /// Present for administrators.
    grant: Option<Fields>,
    grant_path: String,
    admin: bool,
    grantable: Vec<Choice>,
    locked: bool,
    lock: Fields,
    lock_path: String,
    audit: Vec<AuditLine>,
}

struct Role {
    word: String,
    meaning: &'static str,
    path: String,
    /// Present for administrators.
    revoke: Option<Fields>,
}

struct AuditLine {
    at: String,
    actor: String,
    act: String,
    detail: String,
}

impl AuditLine {
    fn of(line: Audited) -> Self {
        let empty = line.detail.as_object().is_some_and(serde_json::Map::is_empty);
        Self {
            at: line.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            actor: line.actor,
            act: line.act,
            detail: if empty { String::new() } else { line.detail.to_string() },
        }
    }
}

/// Everything the page of one account says.
struct Known {
    account: Account,
    roles: RoleSet,
    signins: usize,
    audit: Vec<Audited>,
}

async fn known<R: KnownRole>(page: &Page<R>, id: PersonId) -> Result<Known> {
    let now = page.now();
    page.read(async |tx: &Tx| {
        Ok(Known {
            account: tables::existing(tx, id).await?,
            roles: roles::load(tx, id).await?.unwrap_or_else(|| RoleSet::none(id)),
            signins: signins::open_of(tx, id, now).await?.len(),
            audit: tx.audited("account", id).await?,
        })
    })
    .await
}

/// `GET /staff/identity/accounts/{id}`.
async fn show_account(page: Console, Path(id): Path<PersonId>) -> Answer {
    account_page(&page, id, page.blank(), StatusCode::OK).await
}

async fn account_page<R: KnownRole>(
    page: &Page<R>,
    id: PersonId,
    said: Fields,
    status: StatusCode,
) -> Answer {
    let Known { account, roles, signins, audit } = known(page, id).await?;
    let admin = is_admin(page);
    let base = path_of(id);
    let locked = account.state == State::Locked;
    let title = account.address.written.clone();
    let shown = ShowAccount {
        summary: said,
        id,
        state: account.state.as_str(),
        mark: mark(account.state),
        since: account.registered_at.format("%Y-%m-%d %H:%M").to_string(),
        address: account.address.written,
        language: account.language,
        has_password: account.password_hash.is_some(),
        signins,
        grant: (admin && account.state == State::Active).then(|| page.blank()),
        admin,
        grant_path: format!("{base}/grant"),
        grantable: grantable(&roles),
        roles: roles.words.into_iter().map(|word| held(page, word, &base, admin)).collect(),
        locked,
        lock: page.blank().with("version", account.version),
        lock_path: format!("{base}/{}", if locked { "unlock" } else { "lock" }),
        audit: audit.into_iter().map(AuditLine::of).collect(),
    };
    page.show_as(status, &title, &shown)
}

fn held<R: KnownRole>(page: &Page<R>, word: String, base: &str, admin: bool) -> Role {
    let meaning = KNOWN.iter().find(|(known, _)| *known == word).map_or("", |(_, meaning)| meaning);
    let revoke = admin.then(|| page.blank().with("role", &word));
    Role { word, meaning, path: format!("{base}/revoke"), revoke }
}

fn grantable(held: &RoleSet) -> Vec<Choice> {
    KNOWN
        .iter()
        .filter(|(word, _)| !held.words.iter().any(|has| has == word))
        .map(|(word, meaning)| Choice::new(*word, *word).hinted(*meaning))
        .collect()
}

fn path_of(id: PersonId) -> String {
    format!("/staff/identity/accounts/{id}")
}

fn is_admin<R: KnownRole>(page: &Page<R>) -> bool {
    page.reader().has_role(ADMIN)
}

/// Where to prove freshly who one is, when it was too long ago; afterwards back to the account.
fn to_prove_again(page: &Administration, id: PersonId) -> Option<String> {
    let back = OwnPath::read(&path_of(id));
    let stale = !page.reader().is_fresh(page.now());
    stale.then(|| with_return("/account/again", back.as_ref()))
}

/// Back to the account after a change, or the account again with what was wrong.
async fn answer<R: KnownRole>(
    page: &Page<R>,
    id: PersonId,
    form: &Form,
    done: Result<()>,
) -> Answer {
    match done {
        Ok(()) => page.to(path_of(id)),
        Err(error) => {
            let (said, status) = page.again(form, error)?;
            account_page(page, id, said, status).await
        }
    }
}

/// `POST …/grant`: administrators only, with a fresh proof.
async fn grant(page: Administration, Path(id): Path<PersonId>, form: Form) -> Answer {
    if let Some(path) = to_prove_again(&page, id) {
        return page.to(path);
    }
    let role = form.value("role").unwrap_or_default();
    let done = page.execute_once(&form, &Grant { person_id: id, role }).await;
    answer(&page, id, &form, done).await
}

/// `POST …/revoke`: administrators only, with a fresh proof.
async fn revoke(page: Administration, Path(id): Path<PersonId>, form: Form) -> Answer {
    if let Some(path) = to_prove_again(&page, id) {
        return page.to(path);
    }
    let role = form.value("role").unwrap_or_default();
    let command = Revoke { person_id: id, role, by: Some(page.person()) };
    let done = page.execute_once(&form, &command).await;
    answer(&page, id, &form, done).await
}

/// `POST …/lock`.
async fn lock(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    let version = version_of(&form)?;
    let (by, by_admin) = (page.person(), is_admin(&page));
    let done = page.execute_once(&form, &Lock { person_id: id, by, by_admin, version }).await;
    answer(&page, id, &form, done).await
}

/// `POST …/unlock`.
async fn unlock(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    let version = version_of(&form)?;
    let (by, by_admin) = (page.person(), is_admin(&page));
    let done = page.execute_once(&form, &Unlock { person_id: id, by, by_admin, version }).await;
    answer(&page, id, &form, done).await
}

/// The version of the account that the page showed.
fn version_of(form: &Form) -> Result<i64> {
    let mut read = form.read();
    let version = read.number("version", 1..=i64::MAX);
    read.done()?;
    Ok(version.take())
}
