//! Recording a year of a company's membership, and ending one early.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Choice, Error, Fields, Form, Result, Routes, Tx};
use contracts::{CompanyId, TermId};

use super::list::PATH;
use crate::companies::commands::found;
use crate::companies::domain::NewTerm;
use crate::companies::tables;
use crate::companies::terms::{EndTerm, RecordTerm};
use crate::desk::Desk;
use crate::types::domain::MOST_SEATS;
use crate::words::{self, Dues};
use crate::{seats, types};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/companies/{id}/term", show_record)
        .post("/staff/membership/companies/{id}/term", record)
        .get("/staff/membership/company-terms/{id}/end", show_end)
        .post("/staff/membership/company-terms/{id}/end", end)
}

#[derive(Template)]
#[template(path = "companies/term.html")]
struct Record {
    fields: Fields,
    action: String,
    company: String,
    back: String,
    /// The last day that is paid.
    until: Option<String>,
    kinds: Vec<Choice>,
}

/// `GET /staff/membership/companies/{id}/term`.
async fn show_record(page: Desk, Path(id): Path<CompanyId>) -> Answer {
    let fields = page.blank().fill("from", page.today());
    show(&page, id, fields, StatusCode::OK).await
}

async fn show(page: &Desk, id: CompanyId, fields: Fields, status: StatusCode) -> Answer {
    let (company, terms, kinds) = page
        .read(async |tx: &Tx| {
            let company = found(tx, id).await?;
            Ok((company, tables::terms(tx, id).await?, types::tables::all(tx).await?))
        })
        .await?;
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| kind.seats.is_some()).collect();
    let usual = kinds.first().and_then(|kind| kind.seats).unwrap_or(1);
    let fields = match kinds.first() {
        Some(kind) => fields.fill("type", kind.type_id).fill("seats", usual),
        None => fields,
    };
    let choice = |kind: &contracts::membership::MembershipType| {
        let choice = Choice::new(kind.type_id, &kind.title);
        if kind.price.minor > 0 { choice.priced(Dues::of_type(kind).to_string()) } else { choice }
    };
    let last = terms.iter().map(|term| term.ends_before).max();
    let running = last.filter(|last| *last > page.today());
    let template = Record {
        fields,
        action: format!("{PATH}/{id}/term"),
        back: format!("{PATH}/{id}"),
        company: company.name,
        until: running.map(|last| words::last_day(last).text().to_owned()),
        kinds: kinds.iter().map(choice).collect(),
    };
    page.show_as(status, "Record a year", &template)
}

/// `POST /staff/membership/companies/{id}/term`.
async fn record(page: Desk, Path(id): Path<CompanyId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_term(id, &form)).await;
    match outcome {
        Ok(id) => page.to(format!("{PATH}/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, id, fields, status).await
        }
    }
}

fn read_term(company: CompanyId, form: &Form) -> Result<RecordTerm> {
    let mut read = form.read();
    let type_id = read.id("type");
    let from = read.date("from");
    let seats = read.number("seats", 1..=MOST_SEATS);
    let paid = read.text("paid", 3..=200);
    read.done()?;
    let new = NewTerm { type_id: type_id.take(), from: from.take(), seats: seats.take() };
    Ok(RecordTerm { company, new, paid: paid.take() })
}

#[derive(Template)]
#[template(path = "companies/end.html")]
struct End {
    fields: Fields,
    action: String,
    company: String,
    back: String,
    until: String,
    /// How many people hold a seat by it, or are invited to one.
    taken: i64,
}

/// `GET /staff/membership/company-terms/{id}/end`.
async fn show_end(page: Desk, Path(id): Path<TermId>) -> Answer {
    let fields = page.blank().fill("ends_before", page.today());
    one(&page, id, fields, StatusCode::OK).await
}

async fn one(page: &Desk, id: TermId, fields: Fields, status: StatusCode) -> Answer {
    let template = page
        .read(async |tx: &Tx| {
            let term = tables::load_term(tx, id).await?;
            let term = term.ok_or_else(|| Error::not_found("term", id))?;
            let company = found(tx, term.company_id).await?;
            let taken = seats::tables::taken(tx, &[company.id]).await?;
            Ok(End {
                fields,
                action: format!("/staff/membership/company-terms/{id}/end"),
                back: format!("{PATH}/{}", company.id),
                company: company.name,
                until: words::last_day(term.ends_before).text().to_owned(),
                taken: taken.first().map_or(0, |(_, taken)| *taken),
            })
        })
        .await?;
    page.show_as(status, "End a year early", &template)
}

/// `POST /staff/membership/company-terms/{id}/end`.
async fn end(page: Desk, Path(id): Path<TermId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_end(id, &form)).await;
    match outcome {
        Ok(company) => page.to(format!("{PATH}/{company}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            one(&page, id, fields, status).await
        }
    }
}

fn read_end(term: TermId, form: &Form) -> Result<EndTerm> {
    let mut read = form.read();
    let ends_before = read.date("ends_before");
    let reason = read.text("reason", 3..=200);
    read.done()?;
    Ok(EndTerm { term, ends_before: ends_before.take(), reason: reason.take() })
}
