//! Table `orders`.

use std::fmt::Write as _;

use chassis::ui::Wanted;
use chassis::{Error, Result, Row, Tx, Value, params};
use chrono::{DateTime, Utc};
use contracts::commerce::OrderState;
use contracts::{Currency, Money, OrderId, PersonId};
use uuid::Uuid;

use super::domain::{Order, ids_beginning};

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

/// Money in doubt: money that arrived, pays nothing and was not asked back, or something about the
/// money of the order that staff have still to see to.
const IN_DOUBT: &str =
    "(select order_id from captures where fate <> 'applied' and returned < amount
    union select order_id from tasks
    where kind = 'task' and done_at is null and code <> 'session_refused'
      and order_id is not null)";

/// An order as the list of staff shows it.
pub(super) struct Listed {
    pub(super) order: Order,
    /// Who pays, as far as they are known here.
    pub(super) payer: Option<String>,
    /// Which service asked.
    pub(super) asked_by: String,
    /// What was given back, in minor units.
    pub(super) refunded: i64,
    pub(super) in_doubt: bool,
}

/// The instants that the days somebody chose begin and end at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Between {
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) before: Option<DateTime<Utc>>,
}

/// A page of the orders that `wanted` narrows them to.
pub(super) async fn list(tx: &Tx, wanted: &Wanted, between: Between) -> Result<Vec<Listed>> {
    let mut given: Vec<Value> = Vec::new();
    let narrowed = narrowed(wanted, between, &mut given);
    let keys = [("opened", "o.opened_at"), ("total", "o.total")];
    let seek = wanted.seek(&keys, "o.id", given);
    let sql = format!(
        "select o.*, p.name as payer_name,
             (select c.asked_by from charges c where c.order_id = o.id order by c.id limit 1)
                 as asked_by,
             (select cast(coalesce(sum(c.refunded), 0) as bigint) from charges c
              where c.order_id = o.id) as refunded,
             cast(case when o.id in {IN_DOUBT} then 1 else 0 end as bigint) as in_doubt
         from orders o
         left join reader_aliases a on a.alias = o.payer
         left join reader_people p on p.person_id = coalesce(a.kept, o.payer)
         where {narrowed} and {} order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let listed = |row: &Row| {
        Ok(Listed {
            order: read(row)?,
            payer: row.get("payer_name")?,
            asked_by: row.get::<Option<String>>("asked_by")?.unwrap_or_default(),
            refunded: row.get("refunded")?,
            in_doubt: row.get::<i64>("in_doubt")? == 1,
        })
    };
    tx.all(&sql, seek.params).await?.iter().map(listed).collect()
}

/// The condition of what somebody searches and chooses; its parameters are added to `given`.
fn narrowed(wanted: &Wanted, between: Between, given: &mut Vec<Value>) -> String {
    let mut give = |value: Value| {
        given.push(value);
        format!("${}", given.len())
    };
    let mut all = vec!["1 = 1".to_owned()];
    if let Some(word) = wanted.word() {
        let (like, exact) = (give(wanted.pattern().into()), give(word.into()));
        let mut any = format!(
            "o.receipt_number like {like} escape '\\' or lower(p.name) like {like} escape '\\'
             or exists (select 1 from captures c
                        where c.order_id = o.id and c.provider_payment = {exact})"
        );
        if let Some((first, last)) = ids_beginning(word) {
            let (first, last) = (give(first.into()), give(last.into()));
            let _ = write!(any, " or o.id between {first} and {last}");
        }
        all.push(format!("({any})"));
    }
    match wanted.chosen("state") {
        Some("late") => all.push("o.late".to_owned()),
        Some("doubt") => all.push(format!("o.id in {IN_DOUBT}")),
        Some(state) => {
            let state = give(state.into());
            all.push(format!("o.state = {state}"));
        }
        None => {}
    }
    if let Some(from) = between.from {
        all.push(format!("o.opened_at >= {}", give(from.into())));
    }
    if let Some(before) = between.before {
        all.push(format!("o.opened_at < {}", give(before.into())));
    }
    all.join(" and ")
}

/// How many orders have money in doubt.
pub(crate) async fn in_doubt(tx: &Tx) -> Result<i64> {
    let sql = format!("select count(*) as n from {IN_DOUBT} as doubtful");
    tx.one(&sql, params![]).await?.get("n")
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
