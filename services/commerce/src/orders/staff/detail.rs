//! One order: what happened to its money, what staff can do, the books.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::readers::name_of;
use chassis::ui::{History, Markup, Timeline, Tone, When, instant, state};
use chassis::{Answer, Error, Fields, Mode, Page, Result, Staff, StaffFinance};
use contracts::{Money, OrderId};

use super::list::standing;
use super::story::Story;
use crate::charges::domain::Charge;
use crate::invoices::domain::Document;
use crate::ledger::domain::{Posting, kind_of, sheet};
use crate::orders::domain::{Fate, Order, shown_number, what_for};
use crate::orders::tables;
use crate::payments::domain::Payment;
use crate::payments::tables::Capture;
use crate::refunds::domain::Refund;
use crate::settings::Settings;
use crate::tasks::Task;
use crate::text::beside;
use crate::{charges, invoices, ledger, payments, refunds, tasks};

#[derive(Template)]
#[template(path = "staff/order.html")]
struct ShowOrder<'a> {
    found: &'a Found,
    number: String,
    state: Markup,
    what: String,
    seller: String,
    opened: When,
    paid: Option<When>,
    zone: String,
    sample: bool,
    timeline: Timeline,
    /// Which refunds can be asked for: what the button says, and where it leads.
    gives_back: Vec<(String, String)>,
    due: Vec<Due>,
    postings: Vec<Posting>,
    sums: Vec<Money>,
    fields: Fields,
}

/// Something about the order that staff must see to.
struct Due {
    tone: &'static str,
    title: String,
    sentence: &'static str,
    said: String,
    done: String,
}

/// All there is about an order.
struct Found {
    order: Order,
    payer: Option<String>,
    charges: Vec<Charge>,
    payments: Vec<Payment>,
    captures: Vec<Capture>,
    refunds: Vec<Refund>,
    tasks: Vec<Task>,
    /// The invoice and its credit notes.
    invoices: Vec<Document>,
    ledger: Vec<ledger::tables::Posted>,
    audit: Vec<chassis::command::Audited>,
    history: History,
}

async fn find(page: &Page<Staff<StaffFinance>>, id: OrderId) -> Result<Found> {
    let site = page.app().site();
    page.read(async |tx| {
        let order = tables::load(tx, id).await?;
        let order = order.ok_or_else(|| Error::not_found("order", id))?;
        let tasks = tasks::of_order(tx, id).await?;
        let seen_to: Vec<_> = tasks.iter().map(|task| task.id).collect();
        let history = History::read(tx, site, "order", &[id]).await?;
        Ok(Found {
            payer: name_of(tx, order.payer).await?,
            charges: charges::tables::of_order(tx, id).await?,
            payments: payments::tables::of_order(tx, id).await?,
            captures: payments::tables::captures_of(tx, id).await?,
            refunds: refunds::tables::of_order(tx, id).await?,
            invoices: invoices::tables::of_order(tx, id).await?,
            ledger: ledger::tables::of_order(tx, id).await?,
            audit: tx.audited("order", id).await?,
            history: history.and(History::read(tx, site, "task", &seen_to).await?),
            tasks,
            order,
        })
    })
    .await
}

/// `GET /staff/commerce/orders/{order}`.
pub(super) async fn show_order(page: Page<Staff<StaffFinance>>, Path(id): Path<OrderId>) -> Answer {
    let fields = page.blank();
    show(&page, id, fields, StatusCode::OK).await
}

/// The order; also after an act on it that could not be done.
pub(crate) async fn show(
    page: &Page<Staff<StaffFinance>>,
    id: OrderId,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let found = find(page, id).await?;
    let (site, order) = (page.app().site(), &found.order);
    let refunded = found.charges.iter().map(|charge| charge.refunded).sum();
    let due: Vec<Due> = found.tasks.iter().filter(|task| task.is_due()).map(due).collect();
    let unplaced = found.unplaced().next().is_some();
    let in_doubt = unplaced || found.tasks.iter().any(Task::is_about_money);
    let (tone, word) = standing(order, refunded, in_doubt);
    let story = Story {
        order,
        charges: &found.charges,
        payments: &found.payments,
        captures: &found.captures,
        refunds: &found.refunds,
        audit: &found.audit,
        now: page.now(),
        site,
    };
    let (postings, sums) = sheet(found.ledger.iter().map(|one| {
        let at = beside(one.at, order.opened_at, site);
        (one.account.as_str(), &one.amount, format!("{at}, {}", kind_of(&one.cause)))
    }));
    let view = ShowOrder {
        number: shown_number(id),
        state: state(tone, word),
        what: what_for(found.charges.iter()),
        seller: page.app().settings::<Settings>().seller(site, &order.legal_entity).name,
        opened: instant(site, order.opened_at),
        paid: order.paid_at.map(|at| instant(site, at)),
        zone: order.opened_at.with_timezone(&site.zone).format("%Z").to_string(),
        sample: site.mode == Mode::Demo,
        timeline: story.timeline(),
        gives_back: found.gives_back(),
        due,
        postings,
        sums,
        fields,
        found: &found,
    };
    page.show_as(status, &format!("Order {}", view.number), &view)
}

fn due(task: &Task) -> Due {
    let done = format!("/staff/commerce/tasks/{}/done", task.id);
    let tone = if task.is_about_money() { Tone::Bad } else { Tone::Warn };
    let (title, sentence, said) = (task.title(), task.sentence(), task.said());
    Due { tone: tone.class(), title, sentence, said, done }
}

impl Found {
    /// Money that pays nothing and was not asked back.
    fn unplaced(&self) -> impl Iterator<Item = &Capture> {
        let applied = Fate::Applied.as_str();
        self.captures.iter().filter(move |one| one.fate != applied && one.remaining().minor > 0)
    }

    fn gives_back(&self) -> Vec<(String, String)> {
        let order = self.order.id;
        let charges = self.charges.iter().filter(|charge| charge.remaining().minor > 0);
        let refunds = charges.map(|charge| {
            let path = format!("/staff/commerce/orders/{order}/refund?charge={}", charge.id);
            (format!("Refund {}", charge.remaining()), path)
        });
        let returns = self.unplaced().map(|one| {
            let payment = askama::filters::urlencode(&one.provider_payment);
            let payment = payment.map(|text| text.to_string()).unwrap_or_default();
            let path = format!("/staff/commerce/orders/{order}/return?payment={payment}");
            (format!("Give {} back", one.remaining()), path)
        });
        refunds.chain(returns).collect()
    }
}
