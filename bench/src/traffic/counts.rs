//! What became of the messages of a feed: how many were lost, doubled, out of order.

use std::collections::HashSet;
use std::fmt;
use std::ops::AddAssign;

use messaging::{Db, params};
use uuid::Uuid;

use super::work::tally;
use crate::outcome::Outcome;

/// The counts of one feed and one consumer, or of several.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) messages: i64,
    pub(super) lost: i64,
    pub(super) doubled: i64,
    pub(super) order_breaks: i64,
}

impl Counts {
    /// Counts in a consumer that came to the head; what is said of `poisoned` entities never counts.
    pub(super) async fn of(producer: &Db, consumer: &Db, poisoned: &[Uuid]) -> Outcome<Self> {
        let poisoned: HashSet<Uuid> = poisoned.iter().copied().collect();
        let sql = "select entity, count(*) as messages from feed group by entity";
        let rows = producer.read(async |tx| tx.all(sql, params![]).await).await?;
        let mut messages = 0;
        for row in &rows {
            if !poisoned.contains(&row.get::<Uuid>("entity")?) {
                messages += row.get::<i64>("messages")?;
            }
        }
        let tally = tally(consumer).await?;
        Ok(Self {
            messages,
            lost: (messages + tally.doubled - tally.applied).max(0),
            doubled: tally.doubled,
            order_breaks: tally.order_breaks,
        })
    }

    /// Whether each message was applied once and in order.
    pub(super) fn are_sound(&self) -> bool {
        self.lost + self.doubled + self.order_breaks == 0
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.lost += more.lost;
        self.doubled += more.doubled;
        self.order_breaks += more.order_breaks;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, lost, doubled, order_breaks } = self;
        write!(f, "{lost} lost, {doubled} doubled, {order_breaks} order breaks of {messages}")
    }
}
