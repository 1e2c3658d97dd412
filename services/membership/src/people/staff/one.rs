//! All that membership knows of one person.

use askama::Template;
use axum::extract::Path;
use chassis::ui::{History, Markup, Timeline, state};
use chassis::{Answer, Error, Routes};
use contracts::PersonId;

use super::life::life;
use crate::desk::Desk;
use crate::people::tables;
use crate::terms::domain::standing;
use crate::terms::pages::{
    ApplicationRow, TermRow, application_rows, sentence, standing_word, term_rows,
};
use crate::{applications, terms};

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
    life: Timeline,
    history: History,
}

/// `GET /staff/membership/people/{id}`: all that membership knows of one person.
async fn show_person(page: Desk, Path(id): Path<PersonId>) -> Answer {
    let (today, site) = (page.today(), page.app().site());
    let template = page
        .read(async |tx| {
            let person =
                tables::load(tx, id).await?.ok_or_else(|| Error::not_found("person", id))?;
            let held = terms::tables::of_person(tx, id).await?;
            let rows = term_rows(tx, &held, today).await?;
            let applied = applications::tables::of_person(tx, id).await?;
            let named: Vec<_> =
                held.iter().cloned().zip(rows.iter().map(|row| row.what.clone())).collect();
            let ids: Vec<_> = applied.iter().map(|application| application.id).collect();
            let history = History::read(tx, site, "person", &[id])
                .await?
                .and(History::read(tx, site, "application", &ids).await?);
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
                history,
            })
        })
        .await?;
    page.show(&format!("{}, person", template.name), &template)
}
