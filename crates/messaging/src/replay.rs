//! Brings consumers that are new or changed up to the cursors: projections are replayed, reactions
//! that hear everything are caught up, all others begin where the cursor stands.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::consume::{self, AnyConsumer, Consumers, Kind};
use crate::feed::{Envelope, Position};
use crate::reader::{FeedReader, Read};
use crate::run::cursor_lock;
use crate::{Actor, Db, Error, Fault, Result, Tx, params, parked};

/// Readers by the service whose feed they read.
pub type Readers = HashMap<String, Arc<dyn FeedReader>>;

/// Notes new consumers and replays what is new or whose version rose.
///
/// # Errors
/// [`Error::Unavailable`] when a feed cannot be read now.
pub async fn prepare(db: &Db, consumers: &Consumers, readers: &Readers) -> Result<()> {
    let known = known_versions(db).await?;
    let mut stale = BTreeSet::new();
    let mut late = Vec::new();
    for (index, consumer) in consumers.0.iter().enumerate() {
        for feed in readers.keys().filter(|feed| consumer.hears(feed).is_some()) {
            let version = known.get(&(consumer.name().to_owned(), feed.clone()));
            match (consumer.kind(), version) {
                (Kind::Projection { version: now, .. }, had)
                    if had.is_none_or(|had| *had < now) =>
                {
                    stale.insert(index);
                }
                (Kind::Reaction { from_start }, None) => late.push((index, feed, from_start)),
                _ => {}
            }
        }
    }
    for (index, feed, from_start) in late {
        begin_reaction(db, &consumers.0[index], feed, from_start, readers).await?;
    }
    if stale.is_empty() {
        return Ok(());
    }
    let names = stale.iter().map(|index| consumers.0[*index].name()).collect();
    replay(db, consumers, readers, &Which::Named(names)).await.map(drop)
}

async fn known_versions(db: &Db) -> Result<HashMap<(String, String), i64>> {
    let rows =
        db.read(async |tx| tx.all("select name, feed, version from consumer", params![]).await);
    let rows = rows.await?;
    rows.iter().map(|row| Ok(((row.get("name")?, row.get("feed")?), row.get("version")?))).collect()
}

async fn begin_reaction(
    db: &Db,
    consumer: &Arc<dyn AnyConsumer>,
    feed: &str,
    from_start: bool,
    readers: &Readers,
) -> Result<()> {
    let tx = db.begin(&Actor::job("prepare", uuid::Uuid::nil())).await?;
    tx.take_long().await?;
    let cursor = hold_cursor(&tx, feed).await?;
    if from_start && let Some(reader) = readers.get(feed) {
        let heard = consumer.hears(feed);
        let mut blocked = HashSet::new();
        let mut pages = Pages::up_to(reader.as_ref(), &cursor);
        while let Some(page) = pages.next().await? {
            for envelope in page.iter().filter(|one| heard.as_deref() == Some(one.r#type.as_str()))
            {
                catch_up(consumer, &tx, envelope, feed, &mut blocked).await?;
            }
        }
    }
    let since = if from_start { 0 } else { cursor.pos.max(unheard(&tx, feed, readers).await?) };
    note(&tx, consumer.name(), feed, 1, since).await?;
    tx.commit().await.map(drop)
}

/// The head of a feed that a service in use reads for the first time: its reactions are not asked to
/// decide on all that was ever said. A new service hears everything.
async fn unheard(tx: &Tx, feed: &str, readers: &Readers) -> Result<i64> {
    let sql = "select (select count(*) from cursor where feed = $1) as of_it,
                      (select count(*) from cursor) as of_all";
    let row = tx.one(sql, params![feed]).await?;
    let first = row.get::<i64>("of_it")? == 0 && row.get::<i64>("of_all")? > 0;
    Ok(if first { readers.get(feed).and_then(|reader| reader.head()).unwrap_or(0) } else { 0 })
}

/// Lets a consumer take an old message; one it cannot take is parked, with all of its key, as the
/// live consumption does. Says whether it took it.
async fn catch_up(
    consumer: &Arc<dyn AnyConsumer>,
    tx: &Tx,
    envelope: &Envelope,
    feed: &str,
    blocked: &mut HashSet<(&'static str, uuid::Uuid)>,
) -> Result<bool> {
    let (name, key) = (consumer.name(), envelope.key);
    if blocked.contains(&(name, key)) {
        parked::park(tx, name, feed, envelope, None).await?;
        return Ok(false);
    }
    let savepoint = tx.savepoint().await?;
    match consume::take(consumer, tx, envelope, feed).await {
        Ok(()) => {
            tx.release(savepoint).await?;
            Ok(true)
        }
        Err(Fault::Unavailable(why)) => Err(Error::unavailable(why)),
        Err(Fault::Broken(why)) => {
            tx.back_to(savepoint).await?;
            blocked.insert((name, key));
            parked::park(tx, name, feed, envelope, Some(&why)).await?;
            Ok(false)
        }
    }
}

async fn take(
    consumer: &Arc<dyn AnyConsumer>,
    tx: &Tx,
    envelope: &Envelope,
    feed: &str,
) -> Result<()> {
    consume::take(consumer, tx, envelope, feed).await.map_err(|fault| match fault {
        Fault::Unavailable(why) => Error::unavailable(why),
        Fault::Broken(why) => Error::internal(format!("{}: {why}", consumer.name())),
    })
}

async fn note(tx: &Tx, name: &str, feed: &str, version: i64, since: i64) -> Result<()> {
    let sql = "insert into consumer (name, feed, version, since) values ($1, $2, $3, $4)
               on conflict (name, feed) do update set version = excluded.version";
    tx.run(sql, params![name, feed, version, since]).await.map(drop)
}

/// The cursor, locked so that nothing moves it until the end of this transaction.
async fn hold_cursor(tx: &Tx, feed: &str) -> Result<Position> {
    tx.lock(&cursor_lock(feed)).await?;
    let sql = "select epoch, pos from cursor where feed = $1";
    match tx.first(sql, params![feed]).await? {
        Some(row) => Ok(Position { epoch: row.get("epoch")?, pos: row.get("pos")? }),
        None => Ok(Position::default()),
    }
}

/// Which projections to replay.
#[derive(Debug, Clone)]
pub enum Which {
    /// All of the service.
    All,
    /// These, and all that share a table with them.
    Named(Vec<&'static str>),
}

/// Whether every consumer is known here in this program's version.
///
/// # Errors
/// As [`Tx::all`].
pub async fn is_prepared(db: &Db, consumers: &Consumers, readers: &Readers) -> Result<bool> {
    let known = known_versions(db).await?;
    Ok(consumers.0.iter().all(|consumer| {
        let least = match consumer.kind() {
            Kind::Projection { version, .. } => version,
            Kind::Reaction { .. } => 1,
        };
        readers.keys().filter(|feed| consumer.hears(feed).is_some()).all(|feed| {
            let key = (consumer.name().to_owned(), feed.clone());
            known.get(&key).is_some_and(|version| *version >= least)
        })
    }))
}

/// Empties the tables of projections and fills them from the feeds again, in one transaction:
/// readers keep the old rows until the new ones are there. Says how many messages were applied.
///
/// A message that cannot be applied is parked, and its key with it; one that an operator gave up
/// stays given up; one that was parked and is applied now is parked no longer.
///
/// # Errors
/// [`Error::Unavailable`] when a feed cannot be read now.
pub async fn replay(
    db: &Db,
    consumers: &Consumers,
    readers: &Readers,
    which: &Which,
) -> Result<usize> {
    let (group, tables) = together(consumers, which);
    let mut replay = Replay { db, consumers, readers, group, tables, careful: false };
    match replay.run().await {
        // Some message cannot be applied: once more, with a savepoint for each.
        Err(Error::Internal(_)) => {
            replay.careful = true;
            replay.run().await
        }
        other => other,
    }
}

/// One replay of a group of projections.
struct Replay<'a> {
    db: &'a Db,
    consumers: &'a Consumers,
    readers: &'a Readers,
    group: BTreeSet<usize>,
    tables: BTreeSet<&'static str>,
    /// Behind a savepoint each, so that what is broken can be parked.
    careful: bool,
}

impl Replay<'_> {
    async fn run(&self) -> Result<usize> {
        // Sorted, so that a replay reads in the same order as the last.
        let mut feeds: Vec<&String> = self.readers.keys().filter(|feed| self.hears(feed)).collect();
        feeds.sort();
        let tx = self.db.begin(&Actor::job("replay", uuid::Uuid::nil())).await?;
        tx.take_long().await?;
        let mut cursors = HashMap::new();
        for feed in &feeds {
            cursors.insert(*feed, hold_cursor(&tx, feed).await?);
        }
        for table in &self.tables {
            tx.run(&format!("delete from {table}"), params![]).await?;
        }
        let mut applied = 0;
        for feed in &feeds {
            applied += self.feed(&tx, feed, &cursors[*feed]).await?;
        }
        for index in &self.group {
            let consumer = &self.consumers.0[*index];
            if let Kind::Projection { version, .. } = consumer.kind() {
                for feed in feeds.iter().filter(|feed| consumer.hears(feed).is_some()) {
                    note(&tx, consumer.name(), feed, version, 0).await?;
                }
            }
        }
        tx.moved_a_cursor();
        tx.commit().await?;
        Ok(applied)
    }

    fn hears(&self, feed: &str) -> bool {
        self.group.iter().any(|index| self.consumers.0[*index].hears(feed).is_some())
    }

    async fn feed(&self, tx: &Tx, feed: &str, cursor: &Position) -> Result<usize> {
        let routes = self.consumers.routes(feed);
        let known = parked::states(tx, feed).await?;
        let mut blocked = HashSet::new();
        let mut applied = 0;
        let mut pages = Pages::up_to(self.readers[feed].as_ref(), cursor);
        while let Some(page) = pages.next().await? {
            for envelope in &page {
                let wants = routes.get(&envelope.r#type).map(Vec::as_slice).unwrap_or_default();
                for index in wants.iter().filter(|index| self.group.contains(*index)) {
                    let consumer = &self.consumers.0[*index];
                    let place = (consumer.name().to_owned(), envelope.position.pos);
                    let state = known.get(&place).map(String::as_str);
                    if state == Some("dropped") {
                        continue;
                    }
                    let done = if self.careful {
                        let blocked = &mut blocked;
                        catch_up(consumer, tx, envelope, feed, blocked).await?
                    } else {
                        take(consumer, tx, envelope, feed).await?;
                        true
                    };
                    if done && state == Some("parked") {
                        parked::is_applied(tx, consumer.name(), feed, place.1).await?;
                    }
                    applied += usize::from(done);
                }
            }
        }
        Ok(applied)
    }
}

/// The projections that must be replayed together, and their tables: whoever shares a table joins.
fn together(consumers: &Consumers, which: &Which) -> (BTreeSet<usize>, BTreeSet<&'static str>) {
    let tables_of = |index: usize| match consumers.0[index].kind() {
        Kind::Projection { tables, .. } => tables,
        Kind::Reaction { .. } => &[],
    };
    let asked = |index: &usize| match which {
        Which::All => true,
        Which::Named(names) => names.contains(&consumers.0[*index].name()),
    };
    let is_projection =
        |index: &usize| matches!(consumers.0[*index].kind(), Kind::Projection { .. });
    let mut group: BTreeSet<usize> =
        (0..consumers.0.len()).filter(is_projection).filter(asked).collect();
    loop {
        let tables: BTreeSet<&'static str> =
            group.iter().flat_map(|index| tables_of(*index).iter().copied()).collect();
        let joined: BTreeSet<usize> = (0..consumers.0.len())
            .filter(|index| tables_of(*index).iter().any(|table| tables.contains(table)))
            .chain(group.iter().copied())
            .collect();
        if joined == group {
            return (group, tables);
        }
        group = joined;
    }
}

/// The messages of a feed up to the cursor, in order, page by page.
struct Pages<'a> {
    reader: &'a dyn FeedReader,
    at: Position,
    to: i64,
}

impl<'a> Pages<'a> {
    fn up_to(reader: &'a dyn FeedReader, cursor: &Position) -> Self {
        Self { reader, at: Position { epoch: cursor.epoch.clone(), pos: 0 }, to: cursor.pos }
    }

    /// The next page; nothing after the last.
    async fn next(&mut self) -> Result<Option<Vec<Envelope>>> {
        while self.at.pos < self.to {
            match self.reader.after(&self.at, 500).await {
                Read::Batch(mut batch) => {
                    batch.retain(|one| (self.at.pos + 1..=self.to).contains(&one.position.pos));
                    let last = batch.last().map(|last| last.position.pos);
                    self.at.pos = last.ok_or_else(|| {
                        Error::unavailable(format!("message {} of a feed", self.at.pos + 1))
                    })?;
                    return Ok(Some(batch));
                }
                // Old positions mean the same in the epoch that follows, up to where it began.
                Read::EpochChanged { epoch, starts_after } if self.at.pos <= starts_after => {
                    self.at.epoch = epoch;
                }
                Read::EpochChanged { .. } => {
                    return Err(Error::unavailable("a feed that was restored"));
                }
                Read::Unavailable(why) => return Err(Error::unavailable(why)),
            }
        }
        Ok(None)
    }
}
