//! The console's page of the roles that ask for two factors.

use askama::Template;
use axum::http::StatusCode;
use chassis::page::StaffAdmin;
use chassis::{Answer, Choice, Fields, Form, History, Page, Result, Routes, Staff, Tx};

use super::commands::{Choose, POLICY};
use super::tables;
use crate::own_path::{OwnPath, with_return};
use crate::roles::domain::KNOWN;

type Administration = Page<Staff<StaffAdmin>>;

const HERE: &str = "/staff/identity/factors";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(HERE, show).post(HERE, choose)
}

#[derive(Template)]
#[template(path = "staff/policy.html")]
struct ShowPolicy {
    fields: Fields,
    roles: Vec<Choice>,
    history: History,
}

/// Where to prove freshly who one is, when it was too long ago.
fn to_prove(page: &Administration) -> Option<String> {
    let stale = !page.reader().is_fresh(page.now());
    stale.then(|| with_return("/account/again", OwnPath::read(HERE).as_ref()))
}

/// `GET /staff/identity/factors`.
async fn show(page: Administration) -> Answer {
    if let Some(path) = to_prove(&page) {
        return page.to(path);
    }
    policy_page(&page, page.blank(), StatusCode::OK).await
}

async fn policy_page(page: &Administration, fields: Fields, status: StatusCode) -> Answer {
    let site = page.app().site();
    let (policy, history) = page
        .read(async |tx: &Tx| {
            let history = History::read(tx, site, "role_policy", &[POLICY]).await?;
            Ok((tables::load(tx).await?, history))
        })
        .await?;
    let fields = fields.with("version", policy.version);
    let fields = policy.words.iter().fold(fields, |fields, word| fields.fill("role", word));
    let choice = |(word, meaning): &(&str, &str)| Choice::new(word, *word).hinted(*meaning);
    let shown = ShowPolicy { fields, roles: KNOWN.iter().map(choice).collect(), history };
    page.show_as(status, "Roles that need two factors", &shown)
}

/// `POST /staff/identity/factors`.
async fn choose(page: Administration, form: Form) -> Answer {
    if let Some(path) = to_prove(&page) {
        return page.to(path);
    }
    match try_to_choose(&page, &form).await {
        Ok(()) => page.to("/staff/identity/factors"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            policy_page(&page, fields, status).await
        }
    }
}

async fn try_to_choose(page: &Administration, form: &Form) -> Result<()> {
    let mut read = form.read();
    let version = read.number("version", 0..=i64::MAX);
    read.done()?;
    let wanted = form.values("role").collect();
    page.execute_once(form, &Choose { wanted, version: version.take() }).await
}
