//! All that membership knows of one person.

use askama::Template;
use axum::extract::Path;
use chassis::ui::{History, Markup, Timeline, When, short_instant, state};
use chassis::{Answer, Error, Routes, Site, Tone};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::life::life;
use crate::desk::Desk;
use crate::invitations::domain::{Invitation, State};
use crate::people::tables;
use crate::terms::domain::standing;
use crate::terms::pages::{
    ApplicationRow, TermRow, application_rows, sentence, standing_word, term_rows,
};
use crate::{applications, invitations, terms};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/membership/people/{id}", show_person)
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct Show {
    id: PersonId,
    name: String,
    named: bool,
    number: Option<String>,
    language: String,
    standing: String,
    state: Markup,
    terms: Vec<TermRow>,
    applications: Vec<ApplicationRow>,
    invitations: Vec<InvitationRow>,
    life: Timeline,
    history: History,
}

/// What the person was invited to.
struct InvitationRow {
    title: String,
    state: Markup,
    asked: When,
    until: When,
    /// Where it is taken back, as long as it can be.
    withdraw: Option<String>,
}

fn invitation_row(site: &Site, now: DateTime<Utc>, one: Invitation) -> InvitationRow {
    let (tone, word) = match one.state {
        State::Open if !one.is_living(now) => (Tone::Off, "over"),
        State::Open => (Tone::Wait, "open"),
        State::Accepted => (Tone::Ok, "accepted"),
        State::Withdrawn => (Tone::Off, "taken back"),
    };
    let path = format!("/staff/membership/invitations/{}/withdraw", one.id);
    InvitationRow {
        state: state(tone, word),
        asked: short_instant(site, one.asked_at),
        until: short_instant(site, one.expires_at),
        withdraw: one.is_living(now).then_some(path),
        title: one.title,
    }
}

/// `GET /staff/membership/people/{id}`: all that membership knows of one person.
async fn show_person(page: Desk, Path(id): Path<PersonId>) -> Answer {
    let (today, now, site) = (page.today(), page.now(), page.app().site());
    let template = page
        .read(async |tx| {
            let person =
                tables::load(tx, id).await?.ok_or_else(|| Error::not_found("person", id))?;
            let held = terms::tables::held_by(tx, id).await?;
            let rows = term_rows(tx, &held, today).await?;
            let applied = applications::tables::of_person(tx, id).await?;
            let named: Vec<_> =
                held.iter().cloned().zip(rows.iter().map(|row| row.what.clone())).collect();
            let ids: Vec<_> = applied.iter().map(|application| application.id).collect();
            let history = History::read(tx, site, "person", &[id])
                .await?
                .and(History::read(tx, site, "application", &ids).await?);
            let invited = invitations::tables::of_person(tx, id).await?;
            let row = |one| invitation_row(site, now, one);
            let (tone, word) = standing_word(standing(&held, today));
            Ok(Show {
                id,
                name: person.shown_name().to_owned(),
                named: person.name.is_some(),
                number: person.member_number.clone(),
                language: person.language,
                standing: sentence(standing(&held, today)),
                state: state(tone, word),
                life: life(site, today, &applied, &named),
                terms: rows,
                applications: application_rows(site, &applied),
                invitations: invited.into_iter().map(row).collect(),
                history,
            })
        })
        .await?;
    page.show(&format!("{}, person", template.name), &template)
}
