//! Messages that took no effect: parked with all that follow of their key, until somebody decides.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::consume::{self, Consumers};
use crate::feed::{Envelope, Position};
use crate::reader::{FeedReader, Read};
use crate::run::Blocked;
use crate::{Actor, Db, Error, Result, Tx, params};

/// A parked message.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The consumer that could not take it.
    pub consumer: String,
    /// Whose feed it stands in.
    pub feed: String,
    /// Its position there.
    pub pos: i64,
    /// Its type.
    pub r#type: String,
    /// Its key: later messages of the key wait behind it.
    pub key: Uuid,
    /// What went wrong, or behind what it waits.
    pub reason: String,
    /// How often it was tried; 0 waits behind another.
    pub attempts: i64,
    /// When it was parked.
    pub first_at: DateTime<Utc>,
    /// When it was last tried.
    pub last_at: DateTime<Utc>,
}

/// Who holds the parked messages of one consumer and feed: the live consumption and a retry take
/// the same lock, so that nothing overtakes.
async fn lock(tx: &Tx, feed: &str) -> Result<()> {
    tx.lock(&format!("parked {feed}")).await
}

/// Parks a message in the transaction of its batch.
pub(crate) async fn park(
    tx: &Tx,
    consumer: &str,
    feed: &str,
    envelope: &Envelope,
    reason: Option<&str>,
) -> Result<()> {
    let attempts = i64::from(reason.is_some());
    let sql = "insert into parked
                 (consumer, feed, pos, type, key, reason, attempts, first_at, last_at, state)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'parked')
               on conflict (consumer, feed, pos) do nothing";
    let reason = reason.unwrap_or("waits behind an earlier message of its key");
    let values = params![
        consumer,
        feed,
        envelope.position.pos,
        &envelope.r#type,
        envelope.key,
        reason,
        attempts,
        tx.now()
    ];
    tx.run(sql, values).await.map(drop)
}

/// What became of the messages of a feed that were ever parked, by consumer and position.
pub(crate) async fn states(tx: &Tx, feed: &str) -> Result<HashMap<(String, i64), String>> {
    let rows =
        tx.all("select consumer, pos, state from parked where feed = $1", params![feed]).await?;
    rows.iter()
        .map(|row| Ok(((row.get("consumer")?, row.get("pos")?), row.get("state")?)))
        .collect()
}

/// A replay applied what was parked.
pub(crate) async fn is_applied(tx: &Tx, consumer: &str, feed: &str, pos: i64) -> Result<()> {
    let sql = "update parked set state = 'applied', last_at = $4, decided_by = 'job:replay'
               where consumer = $1 and feed = $2 and pos = $3";
    tx.run(sql, params![consumer, feed, pos, tx.now()]).await.map(drop)
}

const OPEN: &str = "select distinct consumer, key from parked where feed = $1 and state = 'parked'";

/// The keys that are blocked now, held until the end of the transaction.
pub(crate) async fn blocked(tx: &Tx, feed: &str, consumers: &Consumers) -> Result<Blocked> {
    if tx.all(OPEN, params![feed]).await?.is_empty() {
        return Ok(Blocked::new());
    }
    lock(tx, feed).await?;
    let rows = tx.all(OPEN, params![feed]).await?;
    let mut blocked = Blocked::new();
    for row in &rows {
        let name: String = row.get("consumer")?;
        if let Some(index) = consumers.0.iter().position(|one| one.name() == name) {
            blocked.insert((index, row.get("key")?));
        }
    }
    Ok(blocked)
}

/// What a retry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// How many messages of the key took effect.
    pub applied: usize,
    /// Why it stopped, when it did not get through.
    pub stopped: Option<String>,
}

/// Who asks for what of which parked key.
#[derive(Debug, Clone)]
pub struct ParkedKey {
    /// The consumer.
    pub consumer: String,
    /// Whose feed.
    pub feed: String,
    /// The key.
    pub key: Uuid,
}

impl Db {
    /// The parked messages, oldest first, a thousand at most.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn parked(&self) -> Result<Vec<Parked>> {
        let sql = "select consumer, feed, pos, type, key, reason, attempts, first_at, last_at
                   from parked where state = 'parked' order by feed, pos, consumer limit 1000";
        let rows = self.read(async |tx| tx.all(sql, params![]).await).await?;
        rows.iter()
            .map(|row| {
                Ok(Parked {
                    consumer: row.get("consumer")?,
                    feed: row.get("feed")?,
                    pos: row.get("pos")?,
                    r#type: row.get("type")?,
                    key: row.get("key")?,
                    reason: row.get("reason")?,
                    attempts: row.get("attempts")?,
                    first_at: row.get("first_at")?,
                    last_at: row.get("last_at")?,
                })
            })
            .collect()
    }

    /// Applies the parked messages of a key in order, each in a transaction of its own; stops at
    /// the first that fails again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the feed cannot be read; [`Error::NotFound`] for a consumer that
    /// this service does not have.
    pub async fn retry_parked(
        &self,
        actor: &Actor,
        consumers: &Consumers,
        reader: &dyn FeedReader,
        what: &ParkedKey,
    ) -> Result<Retried> {
        let consumer = consumers.0.iter().find(|one| one.name() == what.consumer);
        let consumer = consumer.ok_or_else(|| Error::not_found("consumer", &what.consumer))?;
        let mut applied = 0;
        loop {
            let tx = self.begin(actor).await?;
            lock(&tx, &what.feed).await?;
            let Some(pos) = first_of(&tx, what).await? else {
                return Ok(Retried { applied, stopped: None });
            };
            let envelope = fetch(&tx, reader, &what.feed, pos).await?;
            let savepoint = tx.savepoint().await?;
            let taken = consume::take(consumer, &tx, &envelope, &what.feed).await;
            let stopped = match taken {
                Ok(()) => {
                    tx.release(savepoint).await?;
                    None
                }
                Err(fault) => {
                    tx.back_to(savepoint).await?;
                    Some(fault.to_string())
                }
            };
            note(&tx, what, pos, stopped.as_deref()).await?;
            tx.commit().await?;
            match stopped {
                None => applied += 1,
                stopped => return Ok(Retried { applied, stopped }),
            }
        }
    }

    /// Gives the first parked message of a key up, for good; the rest of the key is tried next.
    ///
    /// # Errors
    /// `money_is_never_dropped` when the message is about money; [`Error::NotFound`] when nothing
    /// of the key is parked.
    pub async fn drop_parked(&self, actor: &Actor, what: &ParkedKey, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "say why it may be given up"));
        }
        let tx = self.begin(actor).await?;
        lock(&tx, &what.feed).await?;
        let pos = first_of(&tx, what).await?;
        let pos = pos.ok_or_else(|| Error::not_found("parked key", what.key))?;
        let sql = "select type from parked where consumer = $1 and feed = $2 and pos = $3";
        let row = tx.one(sql, params![&what.consumer, &what.feed, pos]).await?;
        let r#type: String = row.get("type")?;
        if about_money(&r#type) {
            let why = format!("{type} is about money: mend the cause and retry it");
            return Err(Error::refused("money_is_never_dropped", why));
        }
        let sql = "update parked set state = 'dropped', decided_by = $4, last_at = $5
                   where consumer = $1 and feed = $2 and pos = $3";
        let by = actor.to_string();
        tx.run(sql, params![&what.consumer, &what.feed, pos, by, tx.now()]).await?;
        let detail = serde_json::json!({
            "consumer": what.consumer, "feed": what.feed, "pos": pos, "type": r#type, "reason": reason
        });
        tx.audit("parked", what.key, "dropped", detail).await?;
        tx.commit().await.map(drop)
    }
}

/// Whether messages of this type are about money (charges, refunds, orders and payments, whoever
/// publishes them): they are never dropped.
#[must_use]
pub fn about_money(r#type: &str) -> bool {
    [".charge.", ".refund.", ".order.", ".payment."].iter().any(|word| r#type.contains(word))
}

async fn first_of(tx: &Tx, what: &ParkedKey) -> Result<Option<i64>> {
    let sql = "select pos from parked
               where consumer = $1 and feed = $2 and key = $3 and state = 'parked'
               order by pos limit 1";
    let row = tx.first(sql, params![&what.consumer, &what.feed, what.key]).await?;
    row.map(|row| row.get("pos")).transpose()
}

/// The message itself, read from its feed again: a parked row holds no copy of it.
async fn fetch(tx: &Tx, reader: &dyn FeedReader, feed: &str, pos: i64) -> Result<Envelope> {
    let row = tx.one("select epoch from cursor where feed = $1", params![feed]).await?;
    let at = Position { epoch: row.get("epoch")?, pos: pos - 1 };
    match reader.after(&at, 1).await {
        Read::Batch(mut batch) if batch.first().is_some_and(|one| one.position.pos == pos) => {
            Ok(batch.remove(0))
        }
        Read::Unavailable(why) => Err(Error::unavailable(format!("the feed of {feed} ({why})"))),
        _ => Err(Error::unavailable(format!("message {pos} of {feed}"))),
    }
}

async fn note(tx: &Tx, what: &ParkedKey, pos: i64, stopped: Option<&str>) -> Result<()> {
    let sql = "update parked
               set state = $4, reason = coalesce($5, reason), attempts = attempts + 1, last_at = $6,
                   decided_by = $7
               where consumer = $1 and feed = $2 and pos = $3";
    let state = if stopped.is_some() { "parked" } else { "applied" };
    let by = tx.actor().to_string();
    let values = params![&what.consumer, &what.feed, pos, state, stopped, tx.now(), by];
    tx.run(sql, values).await?;
    let detail = serde_json::json!({ "consumer": what.consumer, "feed": what.feed, "pos": pos });
    tx.audit("parked", what.key, "retried", detail).await
}
