//! Tables `sandbox_sessions`, `sandbox_payments`, `sandbox_refunds`, `sandbox_events`.

use chassis::{Result, Row, Tx, params};

use super::domain::{Payment, RefundRequest, Session, SessionRequest};

/// The session that was opened with an Idempotency-Key, and the hash of what was asked then.
pub(super) async fn opened_with(tx: &Tx, key: &str) -> Result<Option<(String, Session)>> {
    let sql = "select * from sandbox_sessions where request_key = $1";
    let Some(row) = tx.first(sql, params![key]).await? else { return Ok(None) };
    Ok(Some((row.get("request_hash")?, read_session(&row)?)))
}

/// The session of this id.
pub(super) async fn session(tx: &Tx, id: &str) -> Result<Option<Session>> {
    let row = tx.first("select * from sandbox_sessions where id = $1", params![id]).await?;
    row.as_ref().map(read_session).transpose()
}

/// Stores a new session.
pub(super) async fn insert_session(
    tx: &Tx,
    id: &str,
    (key, hash): (&str, &str),
    asked: &SessionRequest,
) -> Result<()> {
    let sql = "insert into sandbox_sessions (id, request_key, request_hash, reference, description,
                   amount, currency, return_url, webhook_url, state, behaviour, created_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 'pay', $10, 1)";
    let row = params![
        id,
        key,
        hash,
        &asked.reference,
        &asked.description,
        asked.amount,
        &asked.currency,
        &asked.return_url,
        &asked.webhook_url,
        tx.now(),
    ];
    tx.run(sql, row).await.map(drop)
}

/// Stores `session` over the row it was loaded from.
pub(super) async fn save_session(tx: &Tx, session: &Session) -> Result<()> {
    let sql = "update sandbox_sessions set state = $3, code = $4, behaviour = $5,
                   version = version + 1
               where id = $1 and version = $2";
    let row = params![
        &session.id,
        session.version,
        &session.state,
        session.code.clone(),
        &session.behaviour,
    ];
    tx.one_or_conflict(sql, row).await
}

fn read_session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        reference: row.get("reference")?,
        description: row.get("description")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        return_url: row.get("return_url")?,
        webhook_url: row.get("webhook_url")?,
        state: row.get("state")?,
        code: row.get("code")?,
        behaviour: row.get("behaviour")?,
        version: row.get("version")?,
    })
}

/// Stores money taken.
pub(super) async fn insert_payment(tx: &Tx, payment: &Payment) -> Result<()> {
    let sql = "insert into sandbox_payments (id, session, amount, currency, refunded, captured_at,
                   version)
               values ($1, $2, $3, $4, 0, $5, 1)";
    let row = params![
        &payment.id,
        &payment.session,
        payment.amount,
        &payment.currency,
        payment.captured_at,
    ];
    tx.run(sql, row).await.map(drop)
}

/// The payments of a session, oldest first.
pub(super) async fn payments_of(tx: &Tx, session: &str) -> Result<Vec<Payment>> {
    let sql = "select * from sandbox_payments where session = $1 order by captured_at, id";
    tx.all(sql, params![session]).await?.iter().map(read_payment).collect()
}

/// The payment of this id.
pub(super) async fn payment(tx: &Tx, id: &str) -> Result<Option<Payment>> {
    let row = tx.first("select * from sandbox_payments where id = $1", params![id]).await?;
    row.as_ref().map(read_payment).transpose()
}

/// Stores how much of a payment was given back.
pub(super) async fn save_payment(tx: &Tx, payment: &Payment) -> Result<()> {
    let sql = "update sandbox_payments set refunded = $3, version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![&payment.id, payment.version, payment.refunded]).await
}

fn read_payment(row: &Row) -> Result<Payment> {
    Ok(Payment {
        id: row.get("id")?,
        session: row.get("session")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        refunded: row.get("refunded")?,
        captured_at: row.get("captured_at")?,
        version: row.get("version")?,
    })
}

/// The refund that was made with an Idempotency-Key: hash of what was asked, its id.
pub(super) async fn refunded_with(tx: &Tx, key: &str) -> Result<Option<(String, String)>> {
    let sql = "select request_hash, id from sandbox_refunds where request_key = $1";
    let Some(row) = tx.first(sql, params![key]).await? else { return Ok(None) };
    Ok(Some((row.get("request_hash")?, row.get("id")?)))
}

/// Stores a refund.
pub(super) async fn insert_refund(
    tx: &Tx,
    id: &str,
    (key, hash): (&str, &str),
    asked: &RefundRequest,
) -> Result<()> {
    let sql = "insert into sandbox_refunds (id, request_key, request_hash, payment, amount,
                   reference, created_at)
               values ($1, $2, $3, $4, $5, $6, $7)";
    let row = params![id, key, hash, &asked.payment, asked.amount, &asked.reference, tx.now()];
    tx.run(sql, row).await.map(drop)
}

/// Stores an event as it will be sent.
pub(super) async fn insert_event(
    tx: &Tx,
    id: &str,
    session: &str,
    kind: &str,
    body: &str,
) -> Result<()> {
    let sql = "insert into sandbox_events (id, session, type, body, created_at)
               values ($1, $2, $3, $4, $5)";
    tx.run(sql, params![id, session, kind, body, tx.now()]).await.map(drop)
}
