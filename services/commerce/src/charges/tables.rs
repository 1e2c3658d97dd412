//! Table `charges`.

use chassis::{Error, Result, Row, Tx, params};
use contracts::commerce::ChargeState;
use contracts::{ChargeId, Currency, Money, OrderId};

use super::domain::Charge;

/// The charge of this id, when its request has come here.
pub(crate) async fn load(tx: &Tx, id: ChargeId) -> Result<Option<Charge>> {
    let row = tx.first("select * from charges where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The charges of an order, in the order they were asked for.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Charge>> {
    let rows =
        tx.all("select * from charges where order_id = $1 order by id", params![order]).await?;
    rows.iter().map(read).collect()
}

/// The charges of several orders, in the order they were asked for.
pub(crate) async fn of_orders(tx: &Tx, orders: &[OrderId]) -> Result<Vec<Charge>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
    let sql =
        format!("select * from charges where order_id in ({}) order by id", places.join(", "));
    let ids = orders.iter().map(|order| (*order).into()).collect();
    tx.all(&sql, ids).await?.iter().map(read).collect()
}

/// Stores a new charge; `false` when one of this id is here already.
pub(super) async fn insert(tx: &Tx, charge: &Charge) -> Result<bool> {
    let sql = "insert into charges (id, asked_by, payer, beneficiary, lines, total, currency,
                   hold_until, return_path, legal_entity, state, code, captured, refunding,
                   refunded, order_id, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, null, $13)
               on conflict (id) do nothing";
    let row = params![
        charge.id,
        &charge.asked_by,
        charge.payer,
        charge.beneficiary,
        serde_json::to_value(&charge.lines)?,
        charge.total.minor,
        charge.total.currency.as_str(),
        charge.hold_until,
        &charge.return_path,
        &charge.legal_entity,
        charge.state.as_str(),
        charge.code.clone(),
        charge.version,
    ];
    Ok(tx.run(sql, row).await? == 1)
}

/// Stores `charge` over the row it was loaded from.
pub(crate) async fn save(tx: &Tx, charge: Charge) -> Result<Charge> {
    let sql = "update charges set state = $3, captured = $4, refunding = $5, refunded = $6,
                   order_id = $7, version = version + 1
               where id = $1 and version = $2";
    let row = params![
        charge.id,
        charge.version,
        charge.state.as_str(),
        charge.captured,
        charge.refunding,
        charge.refunded,
        charge.order_id,
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Charge { version: charge.version + 1, ..charge })
}

fn read(row: &Row) -> Result<Charge> {
    let state = ChargeState::from(row.get::<String>("state")?.as_str());
    if let ChargeState::Unknown(word) = state {
        return Err(Error::internal(format!("a charge in the state {word}")));
    }
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Charge {
        id: row.get("id")?,
        asked_by: row.get("asked_by")?,
        payer: row.get("payer")?,
        beneficiary: row.get("beneficiary")?,
        lines: serde_json::from_value(row.get("lines")?)?,
        total: Money { minor: row.get("total")?, currency },
        hold_until: row.get("hold_until")?,
        return_path: row.get("return_path")?,
        legal_entity: row.get("legal_entity")?,
        state,
        code: row.get("code")?,
        captured: row.get("captured")?,
        refunding: row.get("refunding")?,
        refunded: row.get("refunded")?,
        order_id: row.get("order_id")?,
        version: row.get("version")?,
    })
}
