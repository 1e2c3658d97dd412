//! What the tests look up in the tables: whether the books balance.

use chassis::testing::Slice;
use chassis::{Actor, Command, Result, Tx, params};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::PersonId;
use uuid::Uuid;

/// Every transaction of the ledger sums to zero, refunds are within what arrived, and each order
/// took money at most once.
pub(crate) async fn the_books_balance(slice: &Slice) {
    let wrong = [
        "select transaction_id from ledger_entries group by transaction_id, currency
         having sum(minor) <> 0",
        "select order_id as wrong from captures where fate = 'applied' group by order_id
         having count(*) > 1",
        "select c.id as wrong from charges c where c.refunding + c.refunded > c.captured",
        "select c.provider_payment as wrong from captures c where c.amount <
         (select coalesce(sum(r.amount), 0) from refunds r
          where r.provider_payment = c.provider_payment and r.state <> 'failed')",
        "select o.id as wrong from orders o where o.receipt_number is not null
         and not exists (select 1 from invoices i where i.order_id = o.id
         and i.kind = 'invoice' and i.number = o.receipt_number and i.total = o.total)",
        "select i.id as wrong from invoices i where i.kind = 'invoice' and (i.credited > i.total
         or i.credited <> (select coalesce(sum(n.total), 0) from invoices n
                           where n.invoice_id = i.id)
         or i.credited <> (select sum(c.refunded) from charges c where c.order_id = i.order_id))",
    ];
    let found = slice.db().read(async |tx| {
        let mut rows = 0;
        for sql in wrong {
            rows += tx.all(sql, params![]).await?.len();
        }
        Ok(rows)
    });
    assert_eq!(found.await.unwrap(), 0, "the books do not balance");
}

/// What an account of the ledger comes to, in minor units.
pub(crate) async fn balance(slice: &Slice, account: &str) -> i64 {
    let sql = "select cast(coalesce(sum(minor), 0) as bigint) as sum from ledger_entries
               where account = $1";
    let read = async |tx: &Tx| tx.one(sql, params![account]).await?.get::<i64>("sum");
    slice.db().read(read).await.unwrap()
}

/// How many rows a table has.
pub(crate) async fn count(slice: &Slice, table: &str) -> i64 {
    let sql = format!("select cast(count(*) as bigint) as n from {table}");
    let read = async |tx: &Tx| tx.one(&sql, params![]).await?.get::<i64>("n");
    slice.db().read(read).await.unwrap()
}

/// The numbers of a kind of document, in the order they were given.
pub(crate) async fn numbers(slice: &Slice, kind: &str) -> Vec<String> {
    let sql = "select number from invoices where kind = $1 order by number";
    let read = async |tx: &Tx| {
        let rows = tx.all(sql, params![kind]).await?;
        rows.iter().map(|row| row.get("number")).collect()
    };
    slice.db().read(read).await.unwrap()
}

/// As if the orders had been paid before there were invoices.
pub(crate) async fn forget_invoices(slice: &Slice) {
    slice.execute(&Actor::job("test", Uuid::nil()), &Forget).await.unwrap();
}

struct Forget;

impl Command for Forget {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.run("delete from invoices", params![]).await?;
        let sql = "delete from series where name like 'credit_note/%'";
        tx.run(sql, params![]).await.map(drop)
    }
}

/// The refunds under way or done: their id and the provider's payment they are taken from.
pub(crate) async fn refunds(slice: &Slice) -> Vec<(Uuid, String)> {
    let sql = "select id, provider_payment from refunds order by id";
    let read = async |tx: &Tx| {
        let rows = tx.all(sql, params![]).await?;
        rows.iter().map(|row| Ok((row.get("id")?, row.get("provider_payment")?))).collect()
    };
    slice.db().read(read).await.unwrap()
}

/// The sandbox comes to know a payment that so far only a webhook by hand named.
pub(crate) async fn the_provider_knows(slice: &Slice, session: &str, payment: &str, amount: i64) {
    let know = Know { session: session.to_owned(), payment: payment.to_owned(), amount };
    slice.execute(&Actor::job("test", Uuid::nil()), &know).await.unwrap();
}

struct Know {
    session: String,
    payment: String,
    amount: i64,
}

impl Command for Know {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let sql = "insert into sandbox_payments (id, session, amount, currency, refunded,
                       captured_at, version)
                   values ($1, $2, $3, 'USD', 0, $4, 1)";
        let row = params![&self.payment, &self.session, self.amount, tx.now()];
        tx.run(sql, row).await.map(drop)
    }
}

/// Writes orders that were never paid down at once: the first a minute after `from`, one a minute,
/// each a dollar dearer than the one before.
pub(crate) async fn unpaid_orders(slice: &Slice, payer: PersonId, from: &str, how_many: u32) {
    let write = UnpaidOrders { payer, from: from.parse().unwrap(), how_many };
    slice.execute(&Actor::job("test", Uuid::nil()), &write).await.unwrap();
}

/// The beginning of the id of the order so written, as the list shows it.
pub(crate) fn unpaid_number(n: u32) -> String {
    unpaid_id(n).to_string().chars().take(13).collect()
}

fn unpaid_id(n: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + (u128::from(n) << 80))
}

struct UnpaidOrders {
    payer: PersonId,
    from: DateTime<Utc>,
    how_many: u32,
}

impl Command for UnpaidOrders {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let sql = "insert into orders (id, payer, total, currency, legal_entity, state, late,
                       opened_at, version)
                   values ($1, $2, $3, 'USD', 'scte', 'open', $4, $5, 1)";
        for n in 1..=self.how_many {
            let at = self.from + TimeDelta::minutes(n.into());
            let row = params![unpaid_id(n), self.payer, i64::from(n) * 100, false, at];
            tx.run(sql, row).await?;
        }
        Ok(())
    }
}
