//! `/billing/invoices/{number}`: the payer's invoices and credit notes, to be read, printed and
//! kept as a file; and the receipt as a file.

use askama::Template;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use chassis::ui::{Markup, Tone, state};
use chassis::{Answer, App, Error, Page, Result, Routes, SignedIn};
use contracts::OrderId;

use super::domain::{Document, Standing, is_number};
use super::{Paper, pdf, tables};
use crate::orders::domain::Fate;
use crate::payments::tables::captures_of;
use crate::settings::Settings;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/billing/invoices/{number}", show_document)
        .get("/billing/invoices/{number}/pdf", download_document)
        .get("/billing/receipts/{order}/pdf", download_receipt)
}

/// How a document stands, in a word and its shape.
pub(super) fn standing(document: &Document) -> (Tone, &'static str) {
    match document.standing() {
        Standing::Paid => (Tone::Ok, "paid"),
        Standing::PartCredited => (Tone::Ok, "part credited"),
        Standing::Credited => (Tone::Off, "credited"),
        Standing::TakesBack => (Tone::Off, "given back"),
    }
}

/// The file of a paper, named by its number.
pub(super) fn file(app: &App, paper: &Paper, name: &str) -> Answer {
    let bytes = pdf::render(paper, app.settings::<Settings>().paper)?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.pdf\"")),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// A document and all that belong to its order, the invoice first.
pub(super) struct Found {
    pub(super) document: Document,
    pub(super) all: Vec<Document>,
}

impl Found {
    /// The others of its order.
    pub(super) fn others(&self) -> Vec<Document> {
        self.all.iter().filter(|one| one.id != self.document.id).cloned().collect()
    }
}

pub(super) async fn find(tx: &chassis::Tx, number: &str) -> Result<Found> {
    let unknown = || Error::not_found("invoice", number);
    let number = Some(number).filter(|number| is_number(number)).ok_or_else(unknown)?;
    let document = tables::by_number(tx, number).await?.ok_or_else(unknown)?;
    let all = tables::of_order(tx, document.order_id).await?;
    Ok(Found { document, all })
}

async fn own(page: &Page<SignedIn>, number: &str) -> Result<Found> {
    let found = page.read(async |tx| find(tx, number).await).await?;
    let own = page.reader().is(found.document.payer);
    if own { Ok(found) } else { Err(Error::not_found("invoice", number)) }
}

#[derive(Template)]
#[template(path = "invoices/show.html")]
struct ShowDocument {
    paper: Paper,
    state: Markup,
    kind: &'static str,
    order: OrderId,
    sample: bool,
    others: Vec<Document>,
}

/// `GET /billing/invoices/{number}`.
async fn show_document(page: Page<SignedIn>, Path(number): Path<String>) -> Answer {
    let found = own(&page, &number).await?;
    let (tone, word) = standing(&found.document);
    let view = ShowDocument {
        paper: Paper::of(&found.document),
        state: state(tone, word),
        kind: found.document.kind.title(),
        order: found.document.order_id,
        sample: found.document.content.sample,
        others: found.others(),
    };
    page.show(&view.paper.title, &view)
}

/// `GET /billing/invoices/{number}/pdf`.
async fn download_document(page: Page<SignedIn>, Path(number): Path<String>) -> Answer {
    let found = own(&page, &number).await?;
    file(page.app(), &Paper::of(&found.document), &found.document.number)
}

/// `GET /billing/receipts/{order}/pdf`.
async fn download_receipt(page: Page<SignedIn>, Path(order): Path<OrderId>) -> Answer {
    let found = page.read(async |tx| {
        let captures = captures_of(tx, order).await?;
        let applied = captures.into_iter().find(|one| one.fate == Fate::Applied.as_str());
        Ok((tables::of_order(tx, order).await?, applied.map(|one| one.provider_payment)))
    });
    let (all, payment) = found.await?;
    let Some((invoice, notes)) = all.split_first().filter(|(one, _)| page.reader().is(one.payer))
    else {
        return Err(Error::not_found("receipt", order).into());
    };
    let paper = Paper::receipt(invoice, notes, payment.as_deref());
    file(page.app(), &paper, &format!("receipt-{}", invoice.number))
}
