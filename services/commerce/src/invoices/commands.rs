//! What is issued: an invoice for an order that is paid, a credit note for money that went back.
//!
//! Whoever issues holds the lock of the order. The number comes from a row of the same transaction,
//! so one that does not commit takes no number, and of two at once the second waits for the first.

use std::sync::Arc;

use chassis::readers::name_of;
use chassis::{Command, Error, Mode, Result, Site, Tx};
use contracts::ChargeId;
use serde_json::json;

use super::domain::{Content, Document, Kind, TakeBack, lines, sums};
use super::tables;
use crate::charges::domain::Charge;
use crate::entities::prefix;
use crate::orders::commands::locked;
use crate::orders::domain::Order;
use crate::refunds;
use crate::refunds::domain::{Refund, State};
use crate::settings::Settings;

/// How many orders from before there were invoices are looked at at a time.
const AT_A_TIME: i64 = 500;

/// The next number of a kind; gone again when the transaction is.
async fn next_number(tx: &Tx, kind: Kind, legal_entity: &str) -> Result<String> {
    let settings: Arc<Settings> = tx.extension()?;
    let (prefix, day) = (prefix(&settings.legal_entities, legal_entity), tx.today());
    let number = tx.series(&kind.series(&prefix, day)).await?;
    Ok(kind.number(&prefix, day, number))
}

/// Issues the invoice of an order whose money arrived, and gives its number.
pub(crate) async fn issue(tx: &Tx, order: &Order, charges: &[Charge]) -> Result<String> {
    let number = next_number(tx, Kind::Invoice, &order.legal_entity).await?;
    insert_invoice(tx, order, charges, number.clone()).await?;
    Ok(number)
}

async fn insert_invoice(tx: &Tx, order: &Order, charges: &[Charge], number: String) -> Result<()> {
    let (settings, site): (Arc<Settings>, Arc<Site>) = (tx.extension()?, tx.extension()?);
    let demo = site.mode == Mode::Demo;
    let lines = lines(charges, &settings.taxes);
    let (total, tax) = sums(&lines, order.total.currency.clone());
    if total != order.total {
        return Err(Error::internal(format!("order {}: its lines come to {total}", order.id)));
    }
    let (issued_at, issued_on) = (tx.now(), tx.today());
    let name = name_of(tx, order.payer).await?;
    let content = Content {
        seller: settings.seller(&site, &order.legal_entity),
        bill_to: name.unwrap_or_else(|| format!("Person {}", order.payer)),
        lines,
        paid_on: Some(order.paid_at.map_or(issued_on, |at| site.day(at))),
        of_number: None,
        reason: None,
        sample: demo,
        sandbox: settings.is_sandbox(),
    };
    let invoice = Document {
        id: tx.id(),
        kind: Kind::Invoice,
        number,
        order_id: order.id,
        payer: order.payer,
        legal_entity: order.legal_entity.clone(),
        issued_at,
        issued_on,
        // Paid at once: there is nothing to wait for.
        due_on: Some(issued_on),
        po_number: None,
        total,
        tax,
        content,
        invoice_id: None,
        refund_id: None,
        credited: 0,
        version: 1,
    };
    put(tx, &invoice).await
}

async fn put(tx: &Tx, new: &Document) -> Result<()> {
    tables::insert(tx, new).await?;
    let detail = json!({ "number": new.number, "total": new.total });
    tx.audit("invoice", new.id, "issued", detail).await
}

/// Issues the credit note over money of a charge that went back; of one refund there is one.
pub(crate) async fn credit(tx: &Tx, order: &Order, charge: ChargeId, of: &Refund) -> Result<()> {
    let known = tables::of_order(tx, order.id).await?;
    if known.iter().any(|one| one.refund_id == Some(of.id)) {
        return Ok(());
    }
    let Some((invoice, earlier)) = known.split_first() else {
        return Err(Error::internal(format!("order {} is paid without an invoice", order.id)));
    };
    let back = TakeBack {
        id: tx.id(),
        number: next_number(tx, Kind::CreditNote, &invoice.legal_entity).await?,
        refund: of.id,
        charge,
        amount: of.amount.minor,
        reason: &of.reason,
        at: tx.now(),
        on: tx.today(),
    };
    let note = invoice.take_back(earlier, back).map_err(Error::internal)?;
    tables::count_credit(tx, invoice, note.total.minor).await?;
    let detail = json!({ "number": note.number, "total": note.total });
    tx.audit("invoice", invoice.id, "credited", detail).await?;
    put(tx, &note).await
}

/// At every start: an order that was paid before there were invoices gets its own, under the number
/// its receipt has, and a credit note for what of it went back.
pub(crate) struct IssueMissing;

impl Command for IssueMissing {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        loop {
            let missing = tables::without(tx, AT_A_TIME).await?;
            if missing.is_empty() {
                return Ok(());
            }
            for id in missing {
                let (order, charges) = locked(tx, id).await?;
                issue_late(tx, order, &charges).await?;
            }
        }
    }
}

async fn issue_late(tx: &Tx, order: Order, charges: &[Charge]) -> Result<()> {
    let Some(number) = order.receipt_number.clone() else { return Ok(()) };
    insert_invoice(tx, &order, charges, number).await?;
    let refunds = refunds::tables::of_order(tx, order.id).await?;
    for refund in refunds.iter().filter(|one| one.state == State::Done) {
        if let Some(charge) = refund.charge_id {
            credit(tx, &order, charge, refund).await?;
        }
    }
    Ok(())
}
