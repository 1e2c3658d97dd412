//! Table `orders`.

use chassis::{Error, Result, Row, Tx, params};
use contracts::commerce::OrderState;
use contracts::{Currency, Money, OrderId, PersonId};
use uuid::Uuid;

use super::domain::Order;

/// The order of this id.
pub(crate) async fn load(tx: &Tx, id: OrderId) -> Result<Option<Order>> {
    let row = tx.first("select * from orders where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The orders of a payer, newest first, from before `before`.
pub(super) async fn of_payer(
    tx: &Tx,
    payer: PersonId,
    before: OrderId,
    at_most: usize,
) -> Result<Vec<Order>> {
    let sql = "select * from orders where payer = $1 and id < $2 order by id desc limit $3";
    tx.all(sql, params![payer, before, limit(at_most)]).await?.iter().map(read).collect()
}

fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

/// What staff look for.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) state: Option<OrderState>,
    pub(super) receipt: Option<String>,
}

/// Orders, newest first, from before `before`.
pub(super) async fn list(
    tx: &Tx,
    filter: &Filter,
    before: OrderId,
    at_most: usize,
) -> Result<Vec<Order>> {
    let sql = "select * from orders
               where id < $1
                 and (cast($2 as text) is null or state = $2)
                 and (cast($3 as text) is null or receipt_number = $3)
               order by id desc limit $4";
    let state = filter.state.as_ref().map(|state| state.as_str().to_owned());
    let row = params![before, state, filter.receipt.clone(), limit(at_most)];
    tx.all(sql, row).await?.iter().map(read).collect()
}

/// The id after every other: where a list begins.
pub(super) fn newest() -> OrderId {
    OrderId(Uuid::max())
}

/// Stores a new order.
pub(super) async fn insert(tx: &Tx, order: &Order) -> Result<()> {
    let sql =
        "insert into orders (id, payer, total, currency, legal_entity, state, late, opened_at,
                   version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let row = params![
        order.id,
        order.payer,
        order.total.minor,
        order.total.currency.as_str(),
        &order.legal_entity,
        order.state.as_str(),
        order.late,
        order.opened_at,
        order.version,
    ];
    tx.run(sql, row).await.map(drop)
}

/// Stores `order` over the row it was loaded from.
pub(crate) async fn save(tx: &Tx, order: Order) -> Result<Order> {
    let sql = "update orders set state = $3, receipt_number = $4, late = $5, paid_at = $6,
                   version = version + 1
               where id = $1 and version = $2";
    let row = params![
        order.id,
        order.version,
        order.state.as_str(),
        order.receipt_number.clone(),
        order.late,
        order.paid_at,
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Order { version: order.version + 1, ..order })
}

fn read(row: &Row) -> Result<Order> {
    let state = OrderState::from(row.get::<String>("state")?.as_str());
    if let OrderState::Unknown(word) = state {
        return Err(Error::internal(format!("an order in the state {word}")));
    }
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Order {
        id: row.get("id")?,
        payer: row.get("payer")?,
        total: Money { minor: row.get("total")?, currency },
        legal_entity: row.get("legal_entity")?,
        state,
        receipt_number: row.get("receipt_number")?,
        late: row.get("late")?,
        opened_at: row.get("opened_at")?,
        paid_at: row.get("paid_at")?,
        version: row.get("version")?,
    })
}
