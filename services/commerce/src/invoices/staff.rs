//! `/staff/commerce/invoices`: every invoice and credit note, found by any number, as a page or as
//! a file; and one of them with what became of it.

use askama::Template;
use axum::extract::Path;
use chassis::readers::name_of;
use chassis::ui::{Asked, Cell, Column, History, List, Markup, Timeline, short_instant, state};
use chassis::{Answer, Mode, Page, Routes, Site, Staff, StaffFinance};
use chrono::{DateTime, NaiveDate, Utc};

use super::domain::{Document, Kind};
use super::pages::{file, find, standing};
use super::{Paper, tables};
use crate::orders::domain::shown_number;
use crate::orders::staff::{Tab, tabs};
use crate::text::{begins, beside};

/// What the list is narrowed to by.
const KINDS: [(&str, &str); 3] =
    [("invoice", "Invoices"), ("credit_note", "Credit notes"), ("credited", "With credit notes")];

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/commerce/invoices", list_documents)
        .get("/staff/commerce/invoices/{number}", show_document)
        .get("/staff/commerce/invoices/{number}/pdf", download_document)
}

/// `GET /staff/commerce/invoices`.
async fn list_documents(page: Page<Staff<StaffFinance>>, asked: Asked) -> Answer {
    let site = page.app().site();
    let sample = site.mode == Mode::Demo;
    let (tax, total) =
        if sample { ("Tax, sample", "Total, sample") } else { ("Tax in it", "Total") };
    let list = List::new("invoices", "Invoices", "/staff/commerce/invoices")
        .lead(tabs(&page, Tab::Invoices).await?)
        .search("Invoice, order, payment or name")
        .choice("kind", "Kind", KINDS)
        .day("from", "From")
        .day("to", "To")
        .column(Column::id("Number", |one: &Document| {
            Cell::link(format!("/staff/commerce/invoices/{}", one.number), &one.number)
        }))
        .column(Column::new("Kind", |one: &Document| Cell::text(one.kind.title())))
        .column(Column::new("Bill to", |one: &Document| Cell::text(&one.content.bill_to)))
        .column(Column::new("State", |one: &Document| {
            let (tone, word) = standing(one);
            Cell::state(tone, word)
        }))
        .column(
            Column::id("Issued", |one: &Document| {
                Cell::text(short_instant(site, one.issued_at).text())
            })
            .sorted("issued", |one| one.issued_at),
        )
        .column(Column::num(tax, |one: &Document| Cell::text(one.money(one.tax).to_string())))
        .column(
            Column::num(total, |one: &Document| Cell::text(signed(one)))
                .sorted("total", |one| one.total.minor),
        )
        .identified(|one| one.id)
        .sorted_by("-issued")
        .empty("No invoice matches", "An invoice is written when an order is paid.");
    let between = between(site, &asked);
    page.list(&list, &asked, async move |tx, wanted| tables::list(tx, wanted, between).await).await
}

/// What a document comes to in the books: a credit note takes away.
fn signed(document: &Document) -> String {
    match document.kind {
        Kind::Invoice => document.total.to_string(),
        Kind::CreditNote => document.money(-document.total.minor).to_string(),
    }
}

/// From the beginning of one day to the end of another, as the society's clocks show them.
fn between(site: &Site, asked: &Asked) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let day = |name| asked.value(name)?.parse::<NaiveDate>().ok();
    let next = day("to").and_then(|day| day.succ_opt());
    (day("from").and_then(|day| begins(day, site)), next.and_then(|day| begins(day, site)))
}

#[derive(Template)]
#[template(path = "invoices/staff.html")]
struct ShowDocument {
    document: Document,
    paper: Paper,
    state: Markup,
    /// The payer's name now, when it is known.
    payer: Option<String>,
    order: String,
    others: Vec<Document>,
    timeline: Timeline,
    zone: String,
    history: History,
}

/// `GET /staff/commerce/invoices/{number}`.
async fn show_document(page: Page<Staff<StaffFinance>>, Path(number): Path<String>) -> Answer {
    let site = page.app().site();
    let read = page.read(async |tx| {
        let found = find(tx, &number).await?;
        let history = History::read(tx, site, "invoice", &[found.document.id]).await?;
        let payer = name_of(tx, found.document.payer).await?;
        Ok((found, history, payer))
    });
    let (found, history, payer) = read.await?;
    let (tone, word) = standing(&found.document);
    let view = ShowDocument {
        paper: Paper::of(&found.document),
        state: state(tone, word),
        payer,
        order: shown_number(found.document.order_id),
        others: found.others(),
        timeline: timeline(&found.all, site),
        zone: found.document.issued_at.with_timezone(&site.zone).format("%Z").to_string(),
        history,
        document: found.document,
    };
    page.show(&view.paper.title, &view)
}

/// What became of an invoice: issued, paid, taken back in parts.
fn timeline(all: &[Document], site: &Site) -> Timeline {
    let Some((invoice, notes)) = all.split_first() else { return Timeline::new() };
    let at = |one: &Document| beside(one.issued_at, invoice.issued_at, site);
    let issued = format!("{} issued over {}", invoice.number, invoice.total);
    let begun = Timeline::new().done(at(invoice), issued);
    let paid = match invoice.content.paid_on {
        Some(on) => begun.done(on.format("%-d %b").to_string(), "Paid"),
        None => begun,
    };
    notes.iter().fold(paid, |steps, note| {
        let reason = note.content.reason.as_deref().unwrap_or_default().replace('_', " ");
        let what = format!("{} takes {} back", note.number, note.total);
        steps.done(at(note), what).note(reason)
    })
}

/// `GET /staff/commerce/invoices/{number}/pdf`.
async fn download_document(page: Page<Staff<StaffFinance>>, Path(number): Path<String>) -> Answer {
    let found = page.read(async |tx| find(tx, &number).await).await?;
    file(page.app(), &Paper::of(&found.document), &found.document.number)
}
