//! Granting a role and taking it away: a page that says what it means, then the act.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Error, Fields, Form, Result};
use contracts::PersonId;

use super::{Administration, AskedOf, Subject, path_of, subject};
use crate::accounts::domain::State;
use crate::own_path::{OwnPath, encoded, with_return};
use crate::roles::commands::{Grant, Revoke};
use crate::roles::domain::{ADMIN, KNOWN};

/// What is done with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Grant,
    Revoke,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
        }
    }

    /// The page that asks whether it is meant.
    fn path(self, id: PersonId, role: &str) -> String {
        format!("{}/{}?role={}", path_of(id), self.word(), encoded(role))
    }
}

/// `GET …/grant?role=…`.
pub(super) async fn show_grant(
    page: Administration,
    Path(id): Path<PersonId>,
    Query(asked): AskedOf,
) -> Answer {
    show(&page, id, Change::Grant, &asked.role).await
}

/// `GET …/revoke?role=…`.
pub(super) async fn show_revoke(
    page: Administration,
    Path(id): Path<PersonId>,
    Query(asked): AskedOf,
) -> Answer {
    show(&page, id, Change::Revoke, &asked.role).await
}

/// Asks whether it is meant. The password first: what was decided is then done with one button.
async fn show(page: &Administration, id: PersonId, change: Change, role: &str) -> Answer {
    let Subject { account, roles } = subject(page, id).await?;
    let held = roles.words.iter().any(|has| has == role);
    if !held && !KNOWN.iter().any(|(word, _)| *word == role) {
        return Err(Error::not_found("role", role).into());
    }
    let to_do = match change {
        Change::Grant => !held && account.state == State::Active,
        Change::Revoke => held,
    };
    if !to_do {
        return page.to(path_of(id));
    }
    if let Some(path) = to_prove_again(page, id, change, role) {
        return page.to(path);
    }
    confirm(page, id, change, role, page.blank(), StatusCode::OK).await
}

async fn confirm(
    page: &Administration,
    id: PersonId,
    change: Change,
    role: &str,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let address = subject(page, id).await?.account.address.written;
    let (_, meaning) = KNOWN
        .iter()
        .find(|(word, _)| *word == role)
        .copied()
        .unwrap_or((ADMIN, "no longer in use"));
    let base = path_of(id);
    let confirm = match change {
        Change::Grant => Confirm::new(format!("Grant {role}?"), format!("{base}/grant"))
            .says("From their next page on they may do this in the name of the society.")
            .act(format!("Grant {role}")),
        Change::Revoke => Confirm::new(format!("Take {role} away?"), format!("{base}/revoke"))
            .says("From their next page on they may do this no longer.")
            .act(format!("Take {role} away"))
            .danger(),
    };
    let confirm = confirm.crumb("/staff/identity", "Accounts").crumb(base.as_str(), &address);
    let confirm = confirm.fact("Account", address).fact("Role", role).fact("Allows", meaning);
    page.confirm_as(status, &confirm.back(base), &fields.with("role", role))
}

/// Where to prove freshly who one is, when it was too long ago; afterwards back to this question.
fn to_prove_again(
    page: &Administration,
    id: PersonId,
    change: Change,
    role: &str,
) -> Option<String> {
    let back = OwnPath::read(&change.path(id, role));
    let stale = !page.reader().is_fresh(page.now());
    stale.then(|| with_return("/account/again", back.as_ref()))
}

/// `POST …/grant`: administrators only, with a fresh proof.
pub(super) async fn grant(page: Administration, Path(id): Path<PersonId>, form: Form) -> Answer {
    let role = form.value("role").unwrap_or_default();
    if let Some(path) = to_prove_again(&page, id, Change::Grant, role) {
        return page.to(path);
    }
    let done = page.execute_once(&form, &Grant { person_id: id, role }).await;
    answer(&page, id, Change::Grant, &form, done).await
}

/// `POST …/revoke`: administrators only, with a fresh proof.
pub(super) async fn revoke(page: Administration, Path(id): Path<PersonId>, form: Form) -> Answer {
    let role = form.value("role").unwrap_or_default();
    if let Some(path) = to_prove_again(&page, id, Change::Revoke, role) {
        return page.to(path);
    }
    let command = Revoke { person_id: id, role, by: Some(page.person()) };
    let done = page.execute_once(&form, &command).await;
    answer(&page, id, Change::Revoke, &form, done).await
}

/// Back to the account after a change, or the question again with what was wrong.
async fn answer(
    page: &Administration,
    id: PersonId,
    change: Change,
    form: &Form,
    done: Result<()>,
) -> Answer {
    match done {
        Ok(()) => {
            let word = if change == Change::Grant { "granted" } else { "revoked" };
            page.to(format!("{}?notice={word}", path_of(id)))
        }
        Err(error) => {
            let (said, status) = page.again(form, error)?;
            let role = form.value("role").unwrap_or_default();
            confirm(page, id, change, role, said, status).await
        }
    }
}
