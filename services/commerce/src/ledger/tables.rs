//! Table `ledger_entries`.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{Currency, Money, OrderId};
use uuid::Uuid;

use super::domain::Transaction;
use crate::orders::domain::Order;

/// Posts a balanced transaction for an order.
pub(crate) async fn post(tx: &Tx, order: &Order, posted: &Transaction) -> Result<()> {
    let sql = "insert into ledger_entries (transaction_id, line, account, minor, currency,
                   legal_entity, order_id, at, cause)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let id: Uuid = tx.id();
    for (line, entry) in (1_i64..).zip(posted.entries()) {
        let row = params![
            id,
            line,
            entry.account.as_str(),
            entry.amount.minor,
            entry.amount.currency.as_str(),
            &order.legal_entity,
            order.id,
            tx.now(),
            posted.cause(),
        ];
        tx.run(sql, row).await?;
    }
    Ok(())
}

/// One line of the ledger as staff read it.
pub(crate) struct Posted {
    pub(crate) account: String,
    pub(crate) amount: Money,
    pub(crate) at: DateTime<Utc>,
    pub(crate) cause: String,
}

/// The lines of an order, oldest first.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Posted>> {
    let sql = "select * from ledger_entries where order_id = $1 order by at, transaction_id, line";
    tx.all(sql, params![order]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Posted> {
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Posted {
        account: row.get("account")?,
        amount: Money { minor: row.get("minor")?, currency },
        at: row.get("at")?,
        cause: row.get("cause")?,
    })
}
