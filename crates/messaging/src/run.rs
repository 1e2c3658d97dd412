//! Drives the rules of consuming with a real database and a real reader, one task per feed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::consume::{self, Consumers};
use crate::core::{Ask, Core, Cursor, Item, Told};
use crate::feed::{Envelope, Position};
use crate::parked;
use crate::reader::{FeedReader, Read};
use crate::readings::Readings;
use crate::stride::Stride;
use crate::tasks::Tasks;
use crate::tx::Savepoint;
use crate::{Actor, Db, Error, Fault, Result, Tx, meter, params, trace};

/// How long messages that nobody wants may leave the cursor behind.
const LINGER: Duration = Duration::from_millis(200);

/// What steers the consumption of a service from outside.
#[derive(Clone, Default)]
pub struct Steering {
    /// Wakes a halted or pausing consumption.
    resumed: Arc<Notify>,
    /// While true no cursor moves: a backup is being taken.
    held: watch::Sender<bool>,
    readings: Readings,
}

impl Steering {
    /// Wakes consumptions that wait: somebody resumed one, or knows that what was away is back.
    pub fn resume(&self) {
        self.resumed.notify_waiters();
    }

    /// Holds all cursors of the service, or lets them go.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// How the service's readings go in this process.
    #[must_use]
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    async fn free(&self) {
        let mut held = self.held.subscribe();
        drop(held.wait_for(|held| !held).await);
    }
}

/// Consumes one feed for one service, until stopped.
pub struct Consumption {
    /// The consumer's database.
    pub db: Db,
    /// Whose feed is read.
    pub feed: String,
    /// How it is read.
    pub reader: Arc<dyn FeedReader>,
    /// What the service does with messages.
    pub consumers: Consumers,
    /// From outside.
    pub steering: Steering,
}

/// What the driver holds between two steps.
struct Hand {
    tx: Option<Tx>,
    envelopes: Vec<Envelope>,
    stride: Stride,
    /// Whether this start was counted at the cursor.
    begun: bool,
    pauses: u32,
    /// How often in a row a race was lost here: what always loses is a bug, not a race.
    conflicts: u32,
    /// How many messages took effect in the transaction, once per consumer.
    applied: u64,
    meter: meter::OfReading,
    routes: HashMap<String, Vec<usize>>,
    since: HashMap<usize, i64>,
}

impl Hand {
    /// The batch is undone, by whatever made it so.
    fn undo(&mut self) {
        self.tx = None;
        self.stride.end(self.envelopes.len());
        self.applied = 0;
        self.meter.rolled_back.increment(1);
    }
}

impl Consumption {
    /// Runs until stopped; then the batch at hand is finished or rolled back.
    pub async fn run(self, tasks: Tasks) {
        let mut core = Core::new();
        let mut hand = Hand {
            tx: None,
            envelopes: Vec::new(),
            stride: Stride::new(),
            begun: false,
            pauses: 0,
            conflicts: 0,
            applied: 0,
            meter: meter::OfReading::new(self.db.service(), &self.feed),
            routes: self.consumers.routes(&self.feed),
            since: HashMap::new(),
        };
        loop {
            let ask = core.next();
            // Between batches a stop is heeded at once; a batch at hand is finished first.
            let told = if hand.tx.is_some() {
                self.act(ask, &mut hand).await
            } else {
                tokio::select! {
                    biased;
                    () = tasks.stopping() => break,
                    told = self.act(ask, &mut hand) => told,
                }
            };
            core.told(told);
        }
        // A stop in order is not a crash at this cursor.
        let calm = "update cursor set started = 0, alone = null, alone_tries = 0 where feed = $1";
        if let Ok(tx) = self.db.begin(&actor()).await
            && tx.run(calm, params![&self.feed]).await.is_ok()
        {
            drop(tx.commit().await);
        }
    }

    /// Makes the cursor's row and counts this start.
    async fn begin(&self) -> Result<()> {
        let tx = self.db.begin(&actor()).await?;
        let sql = "insert into cursor (feed, epoch, pos, started, alone, alone_tries, halted)
                   values ($1, '', 0, 1, null, 0, null)
                   on conflict (feed) do update set started = cursor.started + 1";
        tx.run(sql, params![&self.feed]).await?;
        tx.commit().await.map(drop)
    }

    async fn act(&self, ask: Ask, hand: &mut Hand) -> Told {
        match ask {
            Ask::Load => match self.load(hand).await {
                Ok(cursor) => Told::Loaded(cursor),
                Err(error) => Told::Unavailable(error.chain()),
            },
            Ask::Read(at) => self.read(&at, hand).await,
            Ask::Rest { pos, lagging } => self.rest(pos, lagging).await,
            Ask::Pause(why) => self.pause(&why, hand).await,
            Ask::Halt { why, noted, at } => self.halt(&why, noted, &at).await,
            Ask::Mark(pos) => match self.mark(pos).await {
                Ok(()) => Told::Marked,
                Err(error) => Told::Unavailable(error.chain()),
            },
            Ask::Begin => self.begin_batch(hand).await,
            Ask::Rollback => {
                hand.undo();
                Told::RolledBack
            }
            Ask::Lost => {
                // Its compare-and-set fences us; who leads is decided elsewhere.
                hand.meter.fenced.increment(1);
                tracing::warn!(feed = self.feed, "another leader moved the cursor");
                self.pause("another leader moved the cursor", hand).await
            }
            within => match hand.tx.take() {
                Some(tx) => self.act_within(within, tx, hand).await,
                None => Told::Unavailable("no transaction".to_owned()),
            },
        }
    }

    async fn act_within(&self, ask: Ask, tx: Tx, hand: &mut Hand) -> Told {
        let told = match ask {
            Ask::Apply { item, consumer, careful } => {
                let told = self.apply(&tx, &hand.envelopes[item], consumer, careful).await;
                hand.applied += u64::from(matches!(told, Told::Applied));
                settled_race(told, &mut hand.conflicts)
            }
            Ask::Park { item, consumer, reason } => {
                let name = self.consumers.0[consumer].name();
                let parked =
                    parked::park(&tx, name, &self.feed, &hand.envelopes[item], reason.as_deref());
                match parked.await {
                    Ok(()) => Told::Parked,
                    Err(error) => Told::Unavailable(error.chain()),
                }
            }
            Ask::Move { from, to } => {
                let moved = move_cursor(&tx, &self.feed, &from, &to).await;
                moved.map_or_else(|error| Told::Unavailable(error.chain()), Told::Moved)
            }
            Ask::Commit => {
                return match tx.commit().await {
                    Ok(_) => {
                        hand.stride.end(hand.envelopes.len());
                        hand.pauses = 0;
                        hand.conflicts = 0;
                        hand.meter.applied.increment(std::mem::take(&mut hand.applied));
                        self.steering.readings.got_on(&self.feed);
                        Told::Committed
                    }
                    Err(error) => {
                        hand.undo();
                        Told::Uncertain(error.chain())
                    }
                };
            }
            _ => Told::Unavailable("not within a transaction".to_owned()),
        };
        // What could not go on leaves no transaction open behind it.
        if matches!(told, Told::Unavailable(_)) {
            hand.undo();
        } else {
            hand.tx = Some(tx);
        }
        told
    }

    async fn load(&self, hand: &mut Hand) -> Result<Cursor> {
        hand.tx = None;
        if !hand.begun {
            self.begin().await?;
            hand.begun = true;
        }
        self.db
            .read(async |tx| {
                hand.since = since(tx, &self.feed, &self.consumers).await?;
                load(tx, &self.feed).await
            })
            .await
    }

    async fn read(&self, at: &Position, hand: &mut Hand) -> Told {
        self.steering.free().await;
        let read = self.reader.after(at, hand.stride.messages()).await;
        self.steering.readings.read(&self.feed, self.reader.head(), self.db.clock().now());
        match read {
            Read::Batch(envelopes) => {
                // What was read before is dropped here as the core drops it, so that indices agree.
                hand.envelopes =
                    envelopes.into_iter().filter(|one| one.position.pos > at.pos).collect();
                Told::Batch(hand.envelopes.iter().map(|one| item(one, hand)).collect())
            }
            Read::EpochChanged { epoch, starts_after } => {
                Told::EpochChanged { epoch, starts_after }
            }
            Read::Unavailable(why) => Told::Unavailable(why),
        }
    }

    async fn rest(&self, pos: i64, lagging: bool) -> Told {
        self.steering.readings.got_on(&self.feed);
        let linger = async {
            if lagging {
                tokio::time::sleep(LINGER).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = linger => {
                self.steering.free().await;
                Told::Due
            }
            () = self.reader.beyond(pos) => Told::News,
        }
    }

    /// Full jitter: anything from nothing up to a bound that doubles from 50 ms to 5 s.
    async fn pause(&self, why: &str, hand: &mut Hand) -> Told {
        hand.pauses = (hand.pauses + 1).min(8);
        let bound = (25_u64 << hand.pauses).min(5_000);
        let wait = Duration::from_millis(1 + self.db.ids().below(bound));
        hand.meter.paused.increment(1);
        self.steering.readings.paused(&self.feed, why, self.db.clock().now());
        tracing::debug!(feed = self.feed, why, wait_ms = wait.as_millis(), "reading pauses");
        if hand.pauses == 8 {
            tracing::warn!(feed = self.feed, why, "reading has been pausing for some time");
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.steering.resumed.notified() => {}
        }
        Told::Rested
    }

    async fn halt(&self, why: &str, known: bool, at: &Position) -> Told {
        let note = "update cursor set halted = $4 where feed = $1 and epoch = $2 and pos = $3";
        let resumed = self.steering.resumed.notified();
        let noted = async {
            let tx = self.db.begin(&actor()).await?;
            let stands = tx.run(note, params![&self.feed, &at.epoch, at.pos, why]).await? == 1;
            tx.commit().await.map(|_| stands)
        };
        if !known {
            match noted.await {
                Ok(true) => {}
                // Whoever moved the cursor knows more than we do.
                Ok(false) => return Told::Resumed,
                Err(_) => return Told::Unavailable("the halt could not be noted".to_owned()),
            }
            tracing::error!(feed = self.feed, why, "reading halted until an operator resumes it");
        }
        tokio::select! {
            () = resumed => {}
            // Another process may have resumed it.
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
        Told::Resumed
    }

    async fn mark(&self, pos: i64) -> Result<()> {
        let tx = self.db.begin(&actor()).await?;
        let sql = "update cursor
                   set alone_tries = case when alone = $2 then alone_tries + 1 else 1 end, alone = $2
                   where feed = $1";
        tx.run(sql, params![&self.feed, pos]).await?;
        tx.commit().await.map(drop)
    }

    async fn begin_batch(&self, hand: &mut Hand) -> Told {
        let begun = async {
            let tx = self.db.begin(&actor()).await?;
            // Before anything is touched: a replay that holds the cursor is waited for here.
            tx.lock(&cursor_lock(&self.feed)).await?;
            let blocked = parked::blocked(&tx, &self.feed, &self.consumers).await?;
            Ok::<_, Error>((tx, blocked))
        };
        match begun.await {
            Ok((tx, blocked)) => {
                hand.tx = Some(tx);
                hand.stride.begin();
                Told::Begun { blocked }
            }
            Err(error) => Told::Unavailable(error.chain()),
        }
    }

    async fn apply(&self, tx: &Tx, envelope: &Envelope, consumer: usize, careful: bool) -> Told {
        let consumer = &self.consumers.0[consumer];
        let savepoint = if careful { Some(tx.savepoint().await) } else { None };
        let savepoint: Option<Savepoint> = match savepoint.transpose() {
            Ok(savepoint) => savepoint,
            Err(error) => return Told::Unavailable(error.chain()),
        };
        let span = trace::taking(self.db.service(), &self.feed, consumer.name(), envelope);
        let taking = consume::take(consumer, tx, envelope, &self.feed);
        let taken = taking.instrument(span.clone()).await;
        let ended = match (savepoint, &taken) {
            (Some(savepoint), Err(_)) => tx.back_to(savepoint).await,
            (Some(savepoint), Ok(())) => tx.release(savepoint).await,
            (None, _) => Ok(()),
        };
        match (taken, ended) {
            (_, Err(error)) => Told::Unavailable(error.chain()),
            (Ok(()), Ok(())) => Told::Applied,
            (Err(fault), Ok(())) => {
                trace::failed(&span, &fault.to_string());
                let position = envelope.position.to_string();
                let (consumer, feed) = (consumer.name(), self.feed.as_str());
                tracing::warn!(consumer, feed, position, %fault, "a message took no effect");
                Told::Fault(fault)
            }
        }
    }
}

/// What a batch and a replay both hold, so that neither sees half of the other.
pub(crate) fn cursor_lock(feed: &str) -> String {
    format!("cursor {feed}")
}

/// A race lost five times in a row at one cursor is a bug: its message is found and parked.
fn settled_race(told: Told, conflicts: &mut u32) -> Told {
    let lost =
        matches!(&told, Told::Fault(Fault::Unavailable(why)) if *why == Error::Conflict.chain());
    if !lost {
        return told;
    }
    *conflicts += 1;
    if *conflicts < 5 {
        return told;
    }
    Told::Fault(Fault::Broken("it lost every race: a row it needs is never as expected".to_owned()))
}

fn actor() -> Actor {
    Actor::job("consume", Uuid::nil())
}

fn item(envelope: &Envelope, hand: &Hand) -> Item {
    let pos = envelope.position.pos;
    let wants = hand.routes.get(&envelope.r#type).map(Vec::as_slice).unwrap_or_default();
    let heard = |index: &&usize| hand.since.get(index).is_none_or(|since| pos > *since);
    Item { pos, key: envelope.key, wants: wants.iter().filter(heard).copied().collect() }
}

async fn load(tx: &Tx, feed: &str) -> Result<Cursor> {
    let sql = "select epoch, pos, started, alone, alone_tries, halted from cursor where feed = $1";
    let row = tx.one(sql, params![feed]).await?;
    let alone: Option<i64> = row.get("alone")?;
    let tries: i64 = row.get("alone_tries")?;
    Ok(Cursor {
        position: Position { epoch: row.get("epoch")?, pos: row.get("pos")? },
        started: row.get("started")?,
        alone: alone.map(|pos| (pos, tries)),
        halted: row.get("halted")?,
    })
}

/// Behind which position each consumer hears this feed, where it does not hear all of it.
async fn since(tx: &Tx, feed: &str, consumers: &Consumers) -> Result<HashMap<usize, i64>> {
    let rows = tx.all("select name, since from consumer where feed = $1", params![feed]).await?;
    let mut since = HashMap::with_capacity(rows.len());
    for row in &rows {
        let name: String = row.get("name")?;
        if let Some(index) = consumers.0.iter().position(|one| one.name() == name) {
            since.insert(index, row.get("since")?);
        }
    }
    Ok(since)
}

/// Moves the cursor if it still stands at `from`.
pub(crate) async fn move_cursor(
    tx: &Tx,
    feed: &str,
    from: &Position,
    to: &Position,
) -> Result<bool> {
    let sql = "update cursor set epoch = $4, pos = $5, started = 0, alone = null, alone_tries = 0
               where feed = $1 and epoch = $2 and pos = $3";
    let values = params![feed, &from.epoch, from.pos, &to.epoch, to.pos];
    let moved = tx.run(sql, values).await? == 1;
    if moved {
        tx.moved_a_cursor();
    }
    Ok(moved)
}

/// Where this service stands in each feed it reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Whose feed.
    pub feed: String,
    /// The last message that took effect here.
    pub position: Position,
    /// Why reading stopped.
    pub halted: Option<String>,
}

impl Db {
    /// Where this service stands in each feed it reads.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        let sql = "select feed, epoch, pos, halted from cursor order by feed";
        let rows = self.read(async |tx| tx.all(sql, params![]).await).await?;
        rows.iter()
            .map(|row| {
                Ok(Standing {
                    feed: row.get("feed")?,
                    position: Position { epoch: row.get("epoch")?, pos: row.get("pos")? },
                    halted: row.get("halted")?,
                })
            })
            .collect()
    }

    /// Waits until this service has taken in `feed` up to `pos`, but no longer than `most`; says
    /// whether it has.
    pub async fn reached(&self, feed: &str, pos: i64, most: Duration) -> bool {
        let waiting = async {
            let mut moves = self.cursors().subscribe();
            loop {
                moves.borrow_and_update();
                let sql = "select pos from cursor where feed = $1";
                let row = self.read(async |tx| tx.first(sql, params![feed]).await).await;
                if let Ok(Some(row)) = row
                    && row.get::<i64>("pos").is_ok_and(|at| at >= pos)
                {
                    return true;
                }
                if moves.changed().await.is_err() {
                    return false;
                }
            }
        };
        tokio::time::timeout(most, waiting).await.unwrap_or(false)
    }

    /// Waits until this process knows that its own feed got to `pos`, which another replica may have
    /// brought about, but no longer than `most`; says whether it did.
    pub async fn head_reached(&self, pos: i64, most: Duration) -> bool {
        let mut head = self.head().subscribe();
        let reached = head.wait_for(|head| *head >= pos);
        tokio::time::timeout(most, reached).await.is_ok_and(|reached| reached.is_ok())
    }

    /// Counts the moves of this service's cursors; changes with each.
    #[must_use]
    pub fn cursor_moves(&self) -> watch::Receiver<u64> {
        self.cursors().subscribe()
    }

    /// Whether this service has taken in `feed` up to `position`: true when it does not read that
    /// feed, or stands there or further in the same or a later epoch.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn cursor_reached(&self, feed: &str, position: &Position) -> Result<bool> {
        let sql = "select pos from cursor where feed = $1";
        let row = self.read(async |tx| tx.first(sql, params![feed]).await).await?;
        // Positions go on through epochs, so the number alone decides.
        row.map_or(Ok(true), |row| Ok(row.get::<i64>("pos")? >= position.pos))
    }

    /// Whether nothing is left to do at this moment: every feed that can be read is read to its
    /// head, or halted; no timer and no effect is due.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn is_quiet(&self, readers: &crate::replay::Readers) -> Result<bool> {
        let standings = self.standings().await?;
        for (feed, reader) in readers {
            let standing = standings.iter().find(|standing| standing.feed == *feed);
            let halted = standing.is_some_and(|standing| standing.halted.is_some());
            let pos = standing.map_or(0, |standing| standing.position.pos);
            if !halted && !reader.is_away() && reader.head().is_some_and(|head| head > pos) {
                return Ok(false);
            }
        }
        let sql = "select (select count(*) from timer where due_at <= $1)
                        + (select count(*) from effect
                           where state = 'sent'
                              or state in ('intent', 'unknown') and next_at <= $1) as due";
        let now = self.clock().now();
        let due: i64 = self
            .read(async |tx| {
                if crate::timer::held(tx).await? {
                    return Ok(0);
                }
                tx.one(sql, params![now]).await?.get("due")
            })
            .await?;
        Ok(due == 0)
    }

    /// Lets reading of a feed go on after a halt. Where the producer was restored to a place this
    /// service is beyond, the cursor goes back to that place, in the producer's new epoch: what was
    /// heard beyond it stays heard, and the projections are to be replayed. Says whether it is so.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the producer cannot be asked; `epoch_unknown` when it does not
    /// know where this service stands.
    pub async fn resume(&self, actor: &Actor, feed: &str, reader: &dyn FeedReader) -> Result<bool> {
        let tx = self.begin(actor).await?;
        tx.lock(&cursor_lock(feed)).await?;
        let row = tx.first("select epoch, pos from cursor where feed = $1", params![feed]).await?;
        let row = row.ok_or_else(|| Error::not_found("feed", feed))?;
        let at = Position { epoch: row.get("epoch")?, pos: row.get("pos")? };
        let back = match reader.after(&at, 1).await {
            Read::EpochChanged { starts_after, .. } if starts_after < 0 => {
                let why = "the producer does not know the epoch this service stands in";
                return Err(Error::refused("epoch_unknown", why));
            }
            Read::EpochChanged { epoch, starts_after } if at.pos > starts_after => {
                Some(Position { epoch, pos: starts_after })
            }
            Read::Unavailable(why) => return Err(Error::unavailable(why)),
            _ => None,
        };
        if let Some(to) = &back {
            move_cursor(&tx, feed, &at, to).await?;
            // Their positions mean other messages now.
            let sql = "delete from parked where feed = $1 and pos > $2";
            tx.run(sql, params![feed, to.pos]).await?;
        }
        tx.run("update cursor set halted = null where feed = $1", params![feed]).await?;
        let detail = serde_json::json!({ "feed": feed, "back_to": back.as_ref().map(|to| to.pos) });
        tx.audit("feed", Uuid::nil(), "resumed", detail).await?;
        tx.commit().await?;
        Ok(back.is_some())
    }
}

/// The keys that no consumer may pass, with the fault that made it so.
pub(crate) type Blocked = BTreeSet<(usize, Uuid)>;
