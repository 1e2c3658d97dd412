//! Tables `payments` and `captures`.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{Currency, Money, OrderId};
use uuid::Uuid;

use super::domain::{Payment, ProviderPayment, Stage};
use crate::orders::domain::Fate;

/// The attempt of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Payment>> {
    let row = tx.first("select * from payments where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The attempt that a session of the provider belongs to.
pub(super) async fn of_session(tx: &Tx, session: &str) -> Result<Option<Payment>> {
    let row = tx.first("select * from payments where session = $1", params![session]).await?;
    row.as_ref().map(read).transpose()
}

/// The attempts of an order, oldest first.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Payment>> {
    let sql = "select * from payments where order_id = $1 order by number";
    tx.all(sql, params![order]).await?.iter().map(read).collect()
}

/// The newest attempt of an order.
pub(crate) async fn latest(tx: &Tx, order: OrderId) -> Result<Option<Payment>> {
    let sql = "select * from payments where order_id = $1 order by number desc limit 1";
    let row = tx.first(sql, params![order]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a new attempt.
pub(super) async fn insert(tx: &Tx, payment: &Payment) -> Result<()> {
    let sql =
        "insert into payments (id, order_id, number, stage, asking, asked, started_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let row = params![
        payment.id,
        payment.order_id,
        payment.number,
        payment.stage.as_str(),
        payment.asking,
        payment.asked,
        payment.started_at,
        payment.version,
    ];
    tx.run(sql, row).await.map(drop)
}

/// Stores `payment` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, payment: Payment) -> Result<Payment> {
    let sql = "update payments set stage = $3, session = $4, url = $5, code = $6, returned_at = $7,
                   asking = $8, asked = $9, version = version + 1
               where id = $1 and version = $2";
    let row = params![
        payment.id,
        payment.version,
        payment.stage.as_str(),
        payment.session.clone(),
        payment.url.clone(),
        payment.code.clone(),
        payment.returned_at,
        payment.asking,
        payment.asked,
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Payment { version: payment.version + 1, ..payment })
}

fn read(row: &Row) -> Result<Payment> {
    let stage: String = row.get("stage")?;
    Ok(Payment {
        id: row.get("id")?,
        order_id: row.get("order_id")?,
        number: row.get("number")?,
        stage: Stage::of(&stage).ok_or_else(|| Error::internal(format!("a payment in {stage}")))?,
        session: row.get("session")?,
        url: row.get("url")?,
        code: row.get("code")?,
        returned_at: row.get("returned_at")?,
        asking: row.get("asking")?,
        asked: row.get("asked")?,
        started_at: row.get("started_at")?,
        version: row.get("version")?,
    })
}

/// Money that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Capture {
    pub(crate) provider_payment: String,
    /// The attempt that it came by.
    pub(crate) payment_id: Uuid,
    pub(crate) order_id: OrderId,
    pub(crate) amount: Money,
    pub(crate) fate: String,
    pub(crate) returned: i64,
    pub(crate) captured_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Capture {
    /// What of it can still be asked back.
    pub(crate) fn remaining(&self) -> Money {
        let minor = self.amount.minor - self.returned;
        Money { minor, currency: self.amount.currency.clone() }
    }
}

/// Notes money that arrived; `false` when this payment of the provider was counted before.
pub(super) async fn count(
    tx: &Tx,
    payment: &Payment,
    money: &ProviderPayment,
    fate: Fate,
) -> Result<bool> {
    let sql =
        "insert into captures (provider_payment, payment_id, order_id, amount, currency, fate,
                   returned, captured_at, version)
               values ($1, $2, $3, $4, $5, $6, 0, $7, 1)
               on conflict (provider_payment) do nothing";
    let row = params![
        &money.id,
        payment.id,
        payment.order_id,
        money.amount,
        &money.currency,
        fate.as_str(),
        money.captured_at,
    ];
    Ok(tx.run(sql, row).await? == 1)
}

/// The money that arrived under a payment of the provider.
pub(crate) async fn capture(tx: &Tx, provider_payment: &str) -> Result<Option<Capture>> {
    let sql = "select * from captures where provider_payment = $1";
    let row = tx.first(sql, params![provider_payment]).await?;
    row.as_ref().map(read_capture).transpose()
}

/// The money that arrived for an order, oldest first.
pub(crate) async fn captures_of(tx: &Tx, order: OrderId) -> Result<Vec<Capture>> {
    let sql = "select * from captures where order_id = $1 order by captured_at, provider_payment";
    tx.all(sql, params![order]).await?.iter().map(read_capture).collect()
}

/// Changes how much of a capture is asked back or given back.
pub(crate) async fn return_of(tx: &Tx, capture: &Capture, by: i64) -> Result<()> {
    let sql = "update captures set returned = returned + $3, version = version + 1
               where provider_payment = $1 and version = $2";
    tx.one_or_conflict(sql, params![&capture.provider_payment, capture.version, by]).await
}

fn read_capture(row: &Row) -> Result<Capture> {
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Capture {
        provider_payment: row.get("provider_payment")?,
        payment_id: row.get("payment_id")?,
        order_id: row.get("order_id")?,
        amount: Money { minor: row.get("amount")?, currency },
        fate: row.get("fate")?,
        returned: row.get("returned")?,
        captured_at: row.get("captured_at")?,
        version: row.get("version")?,
    })
}

/// How many wait for a lock that others took by name.
#[cfg(test)]
pub(super) async fn waiting_for_locks(tx: &Tx) -> Result<i64> {
    let sql = "select count(*) as n from pg_locks where locktype = 'advisory' and not granted
               and database = (select oid from pg_database where datname = current_database())";
    tx.one(sql, params![]).await?.get("n")
}
