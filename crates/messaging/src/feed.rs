//! What a service published: a table in its own database, in commit order, without gaps, for ever.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use contracts::{Message, catalogue, wire_type};
use uuid::Uuid;

use crate::db::Db;
use crate::value::Row;
use crate::{Actor, Command, Result, Tx, params, trace};

/// A place in a feed. Positions go on through epochs; an epoch is one life of the producer's database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Position {
    /// Random; new after a restore. Empty: nothing was read yet.
    pub epoch: String,
    /// The first message has 1.
    pub pos: i64,
}

/// `<epoch>.<pos>`, the id of the message there.
impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.pos)
    }
}

impl std::str::FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text} is not <epoch>.<position>");
        let (epoch, pos) = text.rsplit_once('.').ok_or_else(wrong)?;
        Ok(Self { epoch: epoch.to_owned(), pos: pos.parse().map_err(|_| wrong())? })
    }
}

/// A message as it stands in a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Where it stands; its id.
    pub position: Position,
    /// `org.scte.<service>.<noun>.<verb>.v1`.
    pub r#type: String,
    /// The aggregate.
    pub entity: Uuid,
    /// The aggregate's version after the change.
    pub entityversion: i64,
    /// What order is kept by.
    pub key: Uuid,
    /// Who acted.
    pub actor: String,
    /// Ties it to the request that began it.
    pub correlation: Uuid,
    /// The message that caused it, `<service>/<epoch>.<pos>`.
    pub cause: Option<String>,
    /// The W3C trace it belongs to.
    pub traceparent: Option<String>,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// The message, JSON.
    pub body: String,
}

/// A message that waits for the commit.
pub(crate) struct Outgoing {
    r#type: String,
    entity: Uuid,
    entityversion: i64,
    key: Uuid,
    actor: Actor,
    /// What decided it, when its span is kept.
    traceparent: Option<String>,
    at: DateTime<Utc>,
    body: serde_json::Value,
}

impl Outgoing {
    pub(crate) fn of<M: Message>(
        service: &str,
        actor: &Actor,
        at: DateTime<Utc>,
        message: &M,
    ) -> Result<Self> {
        Ok(Self {
            r#type: wire_type::<M>(service),
            entity: message.entity(),
            entityversion: message.entityversion(),
            key: message.key(),
            actor: actor.clone(),
            traceparent: trace::current(),
            at,
            body: serde_json::to_value(message)?,
        })
    }
}

/// Writes `messages` behind the feed's head. The head's row stays locked until the commit, so that
/// positions follow commit order and a rollback leaves no gap: nothing but the commit may follow.
pub(crate) async fn write(tx: &Tx, messages: &[Outgoing]) -> Result<Position> {
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    let sql = "update feed_head set pos = pos + $1 returning pos, epoch";
    let head = tx.one(sql, params![count]).await?;
    let last: i64 = head.get("pos")?;
    let mut pos = last - count;
    for chunk in messages.chunks(500) {
        let mut sql = String::from(
            "insert into feed (pos, type, entity, entityversion, key, actor, correlation, cause, \
             traceparent, at, body) values ",
        );
        let mut values = Vec::with_capacity(chunk.len() * 11);
        for (row, message) in chunk.iter().enumerate() {
            pos += 1;
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=11 {
                let comma = if column == 1 { "" } else { ", " };
                let written = write!(sql, "{comma}${}", row * 11 + column);
                debug_assert!(written.is_ok(), "writing to a text cannot fail");
            }
            sql.push(')');
            let Actor { correlation, cause, .. } = &message.actor;
            let traceparent = message.traceparent.clone();
            let traceparent = traceparent.unwrap_or_else(|| trace::derived(*correlation, pos));
            values.extend(params![
                pos,
                message.r#type.as_str(),
                message.entity,
                message.entityversion,
                message.key,
                message.actor.to_string(),
                *correlation,
                cause.clone(),
                traceparent,
                message.at,
                message.body.clone()
            ]);
        }
        tx.run(&sql, values).await?;
    }
    Ok(Position { epoch: head.get("epoch")?, pos: last })
}

/// The last position of the feed.
pub(crate) async fn head(tx: &Tx) -> Result<i64> {
    tx.one("select pos from feed_head", params![]).await?.get("pos")
}

/// The lives of a feed, oldest first: name and the position after which it began.
pub(crate) async fn epochs(tx: &Tx) -> Result<Vec<(String, i64)>> {
    let sql = "select epoch, starts_after from feed_epoch order by starts_after, began_at";
    let rows = tx.all(sql, params![]).await?;
    rows.iter().map(|row| Ok((row.get("epoch")?, row.get("starts_after")?))).collect()
}

/// Up to `max` messages behind `pos`.
pub(crate) async fn after(
    tx: &Tx,
    epochs: &[(String, i64)],
    pos: i64,
    max: usize,
) -> Result<Vec<Envelope>> {
    let sql =
        "select pos, type, entity, entityversion, key, actor, correlation, cause, traceparent,
                      at, cast(body as text) as body
               from feed where pos > $1 order by pos limit $2";
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let rows = tx.all(sql, params![pos, max]).await?;
    rows.iter().map(|row| envelope(row, epochs)).collect()
}

fn envelope(row: &Row, epochs: &[(String, i64)]) -> Result<Envelope> {
    let pos: i64 = row.get("pos")?;
    // A row's epoch is the last one that began before it: ids never change.
    let epoch = epochs.iter().rev().find(|(_, starts_after)| *starts_after < pos);
    Ok(Envelope {
        position: Position { epoch: epoch.map(|(name, _)| name.clone()).unwrap_or_default(), pos },
        r#type: row.get("type")?,
        entity: row.get("entity")?,
        entityversion: row.get("entityversion")?,
        key: row.get("key")?,
        actor: row.get("actor")?,
        correlation: row.get("correlation")?,
        cause: row.get("cause")?,
        traceparent: row.get("traceparent")?,
        at: row.get("at")?,
        body: row.get("body")?,
    })
}

/// How many messages one step of [`BlankSecrets`] looks at.
const BLANKED_AT_ONCE: usize = 1_000;

/// Blanks the secrets of messages that are older than their type keeps them: looks at each message
/// once for each type, a thousand at a time, and says whether there may be more.
pub(crate) struct BlankSecrets;

impl Command for BlankSecrets {
    type Out = bool;

    async fn run(&self, tx: &Tx) -> Result<bool> {
        let mut more = false;
        for entry in catalogue::all() {
            if !entry.secret.is_empty() && entry.publishers.contains(&tx.service()) {
                more |= blank_type(tx, entry).await?;
            }
        }
        Ok(more)
    }
}

async fn blank_type(tx: &Tx, entry: &catalogue::Entry) -> Result<bool> {
    let Some(minutes) = entry.secret_for_minutes else { return Ok(false) };
    let (own, old_enough) =
        (entry.wire_type(tx.service()), tx.now() - chrono::TimeDelta::minutes(minutes));
    let sql = "select pos, type, at from feed
               where pos > coalesce((select pos from feed_blanked where type = $1), 0)
               order by pos limit $2";
    let most = i64::try_from(BLANKED_AT_ONCE).unwrap_or(1);
    let rows = tx.all(sql, params![&own, most]).await?;
    let mut done: Option<i64> = None;
    for row in &rows {
        if row.get::<DateTime<Utc>>("at")? >= old_enough {
            break;
        }
        let pos: i64 = row.get("pos")?;
        if row.get::<String>("type")? == own {
            blank(tx, entry, pos).await?;
        }
        done = Some(pos);
    }
    let Some(done) = done else { return Ok(false) };
    let sql = "insert into feed_blanked (type, pos) values ($1, $2)
               on conflict (type) do update set pos = excluded.pos";
    tx.run(sql, params![own, done]).await?;
    let last: i64 = rows.last().map_or(Ok(done), |row| row.get("pos"))?;
    Ok(rows.len() == BLANKED_AT_ONCE && last == done)
}

async fn blank(tx: &Tx, entry: &catalogue::Entry, pos: i64) -> Result<()> {
    let sql = "select body from feed where pos = $1 and blanked_at is null";
    let Some(row) = tx.first(sql, params![pos]).await? else { return Ok(()) };
    let mut body: serde_json::Value = row.get("body")?;
    entry.blank_secrets(&mut body);
    let sql = "update feed set body = $2, blanked_at = $3 where pos = $1";
    tx.run(sql, params![pos, body, tx.now()]).await?;
    Ok(())
}

impl Tx {
    /// Whose database this is.
    #[must_use]
    pub fn service(&self) -> &str {
        self.db().service()
    }
}

impl Db {
    /// The last position of the feed known to be committed.
    #[must_use]
    pub fn head_position(&self) -> i64 {
        *self.head().borrow()
    }

    /// What was published behind `pos`, up to `max` messages.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn published(&self, pos: i64, max: usize) -> Result<Vec<Envelope>> {
        let epochs = self.epochs().await?;
        self.read(async |tx| after(tx, &epochs, pos, max).await).await
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
