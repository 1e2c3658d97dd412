//! Table `refunds`.

use chassis::{Error, Result, Row, Tx, params};
use contracts::{Currency, Money, OrderId};
use uuid::Uuid;

use super::domain::{Refund, State};

/// The refund of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Refund>> {
    let row = tx.first("select * from refunds where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The refunds of an order, oldest first.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Refund>> {
    let sql = "select * from refunds where order_id = $1 order by id";
    tx.all(sql, params![order]).await?.iter().map(read).collect()
}

/// Stores a new refund; `false` when the same was asked before.
pub(super) async fn insert(tx: &Tx, refund: &Refund) -> Result<bool> {
    let sql = "insert into refunds (id, asked_key, order_id, charge_id, provider_payment, amount,
                   currency, reason, state, asked_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
               on conflict (asked_key) do nothing";
    let row = params![
        refund.id,
        &refund.asked_key,
        refund.order_id,
        refund.charge_id,
        &refund.provider_payment,
        refund.amount.minor,
        refund.amount.currency.as_str(),
        &refund.reason,
        refund.state.as_str(),
        refund.asked_at,
        refund.version,
    ];
    Ok(tx.run(sql, row).await? == 1)
}

/// Whether this was asked before.
pub(super) async fn is_known(tx: &Tx, asked_key: &str) -> Result<bool> {
    let sql = "select id from refunds where asked_key = $1";
    Ok(tx.first(sql, params![asked_key]).await?.is_some())
}

/// Stores `refund` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, refund: Refund) -> Result<Refund> {
    let sql = "update refunds set state = $3, provider_refund = $4, code = $5, done_at = $6,
                   version = version + 1
               where id = $1 and version = $2";
    let row = params![
        refund.id,
        refund.version,
        refund.state.as_str(),
        refund.provider_id.clone(),
        refund.code.clone(),
        refund.done_at,
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Refund { version: refund.version + 1, ..refund })
}

fn read(row: &Row) -> Result<Refund> {
    let state: String = row.get("state")?;
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Refund {
        id: row.get("id")?,
        asked_key: row.get("asked_key")?,
        order_id: row.get("order_id")?,
        charge_id: row.get("charge_id")?,
        provider_payment: row.get("provider_payment")?,
        amount: Money { minor: row.get("amount")?, currency },
        reason: row.get("reason")?,
        state: State::of(&state).ok_or_else(|| Error::internal(format!("a refund in {state}")))?,
        provider_id: row.get("provider_refund")?,
        code: row.get("code")?,
        asked_at: row.get("asked_at")?,
        done_at: row.get("done_at")?,
        version: row.get("version")?,
    })
}
