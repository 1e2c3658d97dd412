//! What waits in a service at this moment, by one question to its own database: the same answer in
//! the process that leads and in a replica that does not.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::Engine;
use crate::feed::Position;
use crate::value::Row;
use crate::{Db, Result, params};

/// What waits in a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// The last position of its own feed.
    pub head: i64,
    /// Whether timers and effects wait for an operator, after a restore.
    pub held: bool,
    /// Since when the first timer that is due waits.
    pub timer_due: Option<DateTime<Utc>>,
    /// Timers that could not fire the last time.
    pub timers_failing: i64,
    /// Calls to the outside of which nobody knows whether they happened.
    pub effects_unknown: i64,
    /// Since when the first call to the outside that may be made waits.
    pub effect_asked: Option<DateTime<Utc>>,
    /// Where it stands in each feed it reads.
    pub feeds: Vec<FeedWaits>,
}

/// What waits of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedWaits {
    /// Whose feed.
    pub feed: String,
    /// The last message that took effect, or that nobody here wanted.
    pub at: Position,
    /// Why reading stopped, until an operator resumes it.
    pub halted: Option<String>,
    /// Keys that are parked, once per consumer.
    pub parked: i64,
}

/// A timer that failed is due again within this time: the longest back-off with its jitter.
const FAILED_WITHIN: TimeDelta = TimeDelta::minutes(30);

const WAITS: &str = "
    select head.pos as head, head.held,
           (select min(due_at) from timer where due_at <= $1) as timer_due,
           (select count(*) from timer where due_at <= $2 and failed > 0) as timers_failing,
           (select count(*) from effect
            where state = 'unknown' and state in ('intent', 'sent', 'unknown')) as effects_unknown,
           (select min(case when attempts = 0 then next_at else created_at end) from effect
            where state in ('intent', 'sent', 'unknown') and (attempts > 0 or next_at <= $1))
             as effect_asked,
           cursor.feed, cursor.epoch, cursor.pos, cursor.halted,
           (select count(*) from (select distinct consumer, key from parked
                                  where feed = cursor.feed and state = 'parked') as keys) as parked
    from feed_head as head left join cursor on true
    order by cursor.feed";

impl Db {
    /// What waits in this service. One statement, by indices: its cost grows with what waits and
    /// not with what there is.
    ///
    /// # Errors
    /// As [`Tx::all`](crate::Tx::all).
    pub async fn waits(&self) -> Result<Waits> {
        let now = self.clock().now();
        let values = params![now, now + FAILED_WITHIN];
        let rows = self.read(async |tx| tx.all(WAITS, values).await).await?;
        let first = rows.first().ok_or_else(|| crate::Error::internal("feed_head is empty"))?;
        Ok(Waits {
            head: first.get("head")?,
            held: first.get("held")?,
            timer_due: first.get("timer_due")?,
            timers_failing: first.get("timers_failing")?,
            effects_unknown: first.get("effects_unknown")?,
            effect_asked: first.get("effect_asked")?,
            feeds: rows.iter().filter_map(|row| of_feed(row).transpose()).collect::<Result<_>>()?,
        })
    }

    /// How many connections are in use, and how many there may be: to read by and to write by. On
    /// PostgreSQL both are of the same pool, told once, as those to write by.
    #[must_use]
    pub fn connections(&self) -> Vec<Connections> {
        let of = |purpose, size: u32, idle: usize, most: u32| {
            let idle = u32::try_from(idle).unwrap_or(size);
            Connections { purpose, busy: size.saturating_sub(idle), most }
        };
        match self.engine() {
            Engine::Sqlite { write, read } => vec![
                of("read", read.size(), read.num_idle(), read.options().get_max_connections()),
                of("write", write.size(), write.num_idle(), write.options().get_max_connections()),
            ],
            Engine::Postgres(pool) => {
                vec![of(
                    "write",
                    pool.size(),
                    pool.num_idle(),
                    pool.options().get_max_connections(),
                )]
            }
        }
    }
}

/// The connections of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// `read` or `write`.
    pub purpose: &'static str,
    /// In use now.
    pub busy: u32,
    /// The most there may be.
    pub most: u32,
}

/// Nothing in the row of a service that reads no feed.
fn of_feed(row: &Row) -> Result<Option<FeedWaits>> {
    let Some(feed) = row.get::<Option<String>>("feed")? else { return Ok(None) };
    Ok(Some(FeedWaits {
        feed,
        at: Position { epoch: row.get("epoch")?, pos: row.get("pos")? },
        halted: row.get("halted")?,
        parked: row.get("parked")?,
    }))
}
