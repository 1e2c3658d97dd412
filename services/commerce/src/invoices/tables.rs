//! Table `invoices`. A row is written once; the only statement that changes one counts what was
//! credited of it.

use chassis::ui::Wanted;
use chassis::{Error, Result, Row, Tx, Value, params};
use chrono::{DateTime, Utc};
use contracts::{Currency, Money, OrderId};

use super::domain::{Document, Kind};
use crate::orders::domain::ids_beginning;

/// The document of this number, as somebody wrote it: in small letters or not.
pub(super) async fn by_number(tx: &Tx, number: &str) -> Result<Option<Document>> {
    let sql = "select * from invoices where number = $1";
    let row = tx.first(sql, params![number.to_ascii_lowercase()]).await?;
    row.as_ref().map(read).transpose()
}

/// The invoice of an order and its credit notes, in the order they were issued.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Document>> {
    of_orders(tx, &[order]).await
}

/// The documents of several orders; of each the invoice first.
pub(crate) async fn of_orders(tx: &Tx, orders: &[OrderId]) -> Result<Vec<Document>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "select * from invoices where order_id in ({})
         order by case when kind = 'invoice' then 0 else 1 end, issued_at, id",
        places.join(", ")
    );
    let ids = orders.iter().map(|order| (*order).into()).collect();
    tx.all(&sql, ids).await?.iter().map(read).collect()
}

/// Paid orders from before there were invoices.
pub(super) async fn without(tx: &Tx, at_most: i64) -> Result<Vec<OrderId>> {
    let sql = "select o.id from orders o
               where o.receipt_number is not null
                 and not exists (select 1 from invoices i where i.order_id = o.id)
               order by o.paid_at, o.id limit $1";
    tx.all(sql, params![at_most]).await?.iter().map(|row| row.get("id")).collect()
}

/// A page of the documents that `wanted` narrows them to, issued from `from` and before `before`.
pub(super) async fn list(
    tx: &Tx,
    wanted: &Wanted,
    (from, before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<Vec<Document>> {
    let mut given: Vec<Value> = Vec::new();
    let narrowed = narrowed(wanted, (from, before), &mut given);
    let seek = wanted.seek(&[("issued", "i.issued_at"), ("total", "i.total")], "i.id", given);
    let sql = format!(
        "select i.* from invoices i where {narrowed} and {} order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(read).collect()
}

/// The condition of what somebody searches and chooses; its parameters are added to `given`.
fn narrowed(
    wanted: &Wanted,
    (from, before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    given: &mut Vec<Value>,
) -> String {
    let mut give = |value: Value| {
        given.push(value);
        format!("${}", given.len())
    };
    let mut all = vec!["1 = 1".to_owned()];
    if let Some(word) = wanted.word() {
        let (like, exact) = (give(wanted.pattern().into()), give(word.into()));
        let mut any = vec![
            format!("i.number like {like} escape '\\'"),
            format!("lower(i.bill_to) like {like} escape '\\'"),
            format!("lower(i.po_number) like {like} escape '\\'"),
            format!(
                "exists (select 1 from captures c
                         where c.order_id = i.order_id and c.provider_payment = {exact})"
            ),
        ];
        if let Some((first, last)) = ids_beginning(word) {
            let (first, last) = (give(first.into()), give(last.into()));
            any.push(format!("i.order_id between {first} and {last}"));
        }
        all.push(format!("({})", any.join(" or ")));
    }
    match wanted.chosen("kind") {
        Some("credited") => all.push("i.credited > 0".to_owned()),
        Some(kind) => {
            let kind = give(kind.into());
            all.push(format!("i.kind = {kind}"));
        }
        None => {}
    }
    if let Some(from) = from {
        all.push(format!("i.issued_at >= {}", give(from.into())));
    }
    if let Some(before) = before {
        all.push(format!("i.issued_at < {}", give(before.into())));
    }
    all.join(" and ")
}

/// Issues a document.
pub(super) async fn insert(tx: &Tx, new: &Document) -> Result<()> {
    let sql = "insert into invoices (id, kind, number, order_id, payer, bill_to, legal_entity,
                   issued_at, issued_on, due_on, po_number, total, tax, currency, content,
                   invoice_id, refund_id, credited, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                   $18, $19)";
    let row = params![
        new.id,
        new.kind.as_str(),
        &new.number,
        new.order_id,
        new.payer,
        &new.content.bill_to,
        &new.legal_entity,
        new.issued_at,
        new.issued_on,
        new.due_on,
        new.po_number.clone(),
        new.total.minor,
        new.tax,
        new.total.currency.as_str(),
        serde_json::to_value(&new.content)?,
        new.invoice_id,
        new.refund_id,
        new.credited,
        new.version,
    ];
    tx.run(sql, row).await.map(drop)
}

/// Counts what a credit note takes back of an invoice.
pub(super) async fn count_credit(tx: &Tx, invoice: &Document, minor: i64) -> Result<()> {
    let sql = "update invoices set credited = credited + $3, version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![invoice.id, invoice.version, minor]).await
}

fn read(row: &Row) -> Result<Document> {
    let kind: String = row.get("kind")?;
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Document {
        id: row.get("id")?,
        kind: Kind::of(&kind).ok_or_else(|| Error::internal(format!("a document, a {kind}")))?,
        number: row.get("number")?,
        order_id: row.get("order_id")?,
        payer: row.get("payer")?,
        legal_entity: row.get("legal_entity")?,
        issued_at: row.get("issued_at")?,
        issued_on: row.get("issued_on")?,
        due_on: row.get("due_on")?,
        po_number: row.get("po_number")?,
        total: Money { minor: row.get("total")?, currency },
        tax: row.get("tax")?,
        content: serde_json::from_value(row.get("content")?)?,
        invoice_id: row.get("invoice_id")?,
        refund_id: row.get("refund_id")?,
        credited: row.get("credited")?,
        version: row.get("version")?,
    })
}
