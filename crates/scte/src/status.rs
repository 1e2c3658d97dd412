//! Where every service stands: what `scte status` prints and the operations' pages show.

use std::fmt::Write as _;

use messaging::{Db, Result};
use serde::{Deserialize, Serialize};

use crate::data;
use crate::house::{Estate, Open};
use crate::tables::{self, Waiting};

/// The whole installation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The process that works; none when only the databases were looked at.
    pub(crate) process: Option<u32>,
    /// The program's version.
    pub(crate) version: String,
    /// Where browsers find it.
    pub(crate) origin: Option<String>,
    /// `production`, `demo` or `test`.
    pub(crate) mode: String,
    /// The services by name.
    pub(crate) services: Vec<OfService>,
}

/// One service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfService {
    pub(crate) name: String,
    pub(crate) state: State,
    /// Whether the process asked does its background work: of several processes of a service one
    /// leads, the others stand by and do not know how far it is behind. Nothing when none was asked.
    #[serde(default)]
    pub(crate) leads: Option<bool>,
    /// What waits in it; nothing when its database is not open.
    pub(crate) waiting: Option<Waiting>,
    /// Where it stands in the feeds it reads.
    pub(crate) feeds: Vec<OfFeed>,
    /// How far its feed is copied to the broker, if there ever was one.
    #[serde(default)]
    pub(crate) copied: Option<Copied>,
    /// Why its database could not be asked.
    pub(crate) trouble: Option<String>,
}

/// How far a feed is copied to the broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Copied {
    /// The last position known to be in the stream.
    pub(crate) pos: i64,
    /// Why nothing is copied until an operator resumes it.
    pub(crate) halted: Option<String>,
    /// Why copying does not get on at the moment.
    pub(crate) away: Option<String>,
}

/// What a service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It answers and consumes.
    Up,
    /// It answers; its copies are being prepared.
    Preparing,
    /// Somebody stopped it.
    Stopped,
    /// No process runs; its database was looked at.
    Idle,
}

impl State {
    /// The word that people read.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Preparing => "preparing",
            Self::Stopped => "stopped",
            Self::Idle => "not running",
        }
    }
}

/// Where a reader stands in a feed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfFeed {
    /// Whose feed.
    pub(crate) feed: String,
    /// The life of the feed that the cursor knows.
    pub(crate) epoch: String,
    /// The last message that took effect.
    pub(crate) pos: i64,
    /// The feed's last position, when it can be asked.
    pub(crate) head: Option<i64>,
    /// Why reading stopped.
    pub(crate) halted: Option<String>,
}

impl OfFeed {
    /// How many messages it is behind, when that is known.
    pub(crate) fn behind(&self) -> Option<i64> {
        self.head.map(|head| (head - self.pos).max(0))
    }
}

impl OfService {
    /// The word for what it does that people read.
    pub(crate) fn word(&self) -> &'static str {
        match (self.state, self.leads) {
            (State::Up, Some(false)) => "stands by",
            (state, _) => state.word(),
        }
    }

    /// How many messages it is behind in all, when that is known of all it reads.
    pub(crate) fn behind(&self) -> Option<i64> {
        self.feeds.iter().map(OfFeed::behind).sum()
    }

    /// Whether timers and effects wait for an operator.
    pub(crate) fn is_held(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.held)
    }

    /// Whether the reading of a feed was halted.
    pub(crate) fn is_halted(&self) -> bool {
        self.feeds.iter().any(|feed| feed.halted.is_some())
    }
}

/// Looks at all services.
pub(crate) async fn of(estate: &Estate) -> Status {
    let mut services = Vec::new();
    for name in estate.names() {
        services.push(of_service(estate, name).await);
    }
    Status {
        process: estate.works.then(std::process::id),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: estate.works.then(|| estate.house.site.origin.clone()),
        mode: data::word(estate.mode).to_owned(),
        services,
    }
}

/// Looks at one service.
pub(crate) async fn of_service(estate: &Estate, name: &str) -> OfService {
    let name = name.to_owned();
    let Some(open) = estate.open(&name) else {
        return OfService {
            name,
            state: State::Stopped,
            leads: None,
            waiting: None,
            feeds: Vec::new(),
            copied: None,
            trouble: None,
        };
    };
    let state = match (estate.works, *open.ready.borrow()) {
        (false, _) => State::Idle,
        (true, true) => State::Up,
        (true, false) => State::Preparing,
    };
    let leads = estate.works.then(|| open.steering.readings().leads());
    let nothing = OfService {
        name,
        state,
        leads,
        waiting: None,
        feeds: Vec::new(),
        copied: None,
        trouble: None,
    };
    match looked_at(&open).await {
        Ok((waiting, feeds, copied)) => {
            OfService { waiting: Some(waiting), feeds, copied, ..nothing }
        }
        Err(error) => OfService { trouble: Some(error.chain()), ..nothing },
    }
}

async fn looked_at(open: &Open) -> Result<(Waiting, Vec<OfFeed>, Option<Copied>)> {
    let copied = open.db.publication().await?;
    let copied = copied.map(|one| Copied { pos: one.position, halted: one.halted, away: one.away });
    Ok((tables::waiting(&open.db).await?, feeds(&open.db, open).await?, copied))
}

async fn feeds(db: &Db, open: &Open) -> Result<Vec<OfFeed>> {
    let standings = db.standings().await?;
    let of_feed = |standing: messaging::run::Standing| OfFeed {
        head: open.readers.get(&standing.feed).and_then(|reader| reader.head()),
        feed: standing.feed,
        epoch: standing.position.epoch,
        pos: standing.position.pos,
        halted: standing.halted,
    };
    Ok(standings.into_iter().map(of_feed).collect())
}

/// The status as a terminal shows it.
pub(crate) fn text(status: &Status) -> String {
    let mut text = match (&status.process, &status.origin) {
        (Some(process), Some(origin)) => {
            format!("{origin}, process {process}, {} {}\n", status.mode, status.version)
        }
        _ => format!("not running, {} {}\n", status.mode, status.version),
    };
    let _ = writeln!(
        text,
        "{:<12} {:<12} {:>8} {:>7} {:>7} {:>7} {:>8}",
        "service", "state", "head", "behind", "parked", "timers", "effects"
    );
    for service in &status.services {
        let state = service.word();
        let Some(waiting) = &service.waiting else {
            let trouble = service.trouble.as_deref().unwrap_or_default();
            let _ = writeln!(text, "{:<12} {state:<12} {trouble}", service.name);
            continue;
        };
        let Waiting { head, parked, timers, effects, .. } = waiting;
        let name = &service.name;
        let behind = service.behind().map_or_else(|| "?".to_owned(), |behind| behind.to_string());
        let _ = writeln!(
            text,
            "{name:<12} {state:<12} {head:>8} {behind:>7} {parked:>7} {timers:>7} {effects:>8}"
        );
        for feed in &service.feeds {
            if let Some(why) = &feed.halted {
                let _ = writeln!(text, "  reading {} halted at {}: {why}", feed.feed, feed.pos);
            }
        }
        if let Some(why) = service.copied.as_ref().and_then(|copied| copied.halted.as_ref()) {
            let _ = writeln!(
                text,
                "  copying to the broker halted: {why}: `scte resume {name} {name}`"
            );
        }
        if let Some(why) = service.copied.as_ref().and_then(|copied| copied.away.as_ref()) {
            let _ = writeln!(text, "  not copied to the broker now: {why}");
        }
        if waiting.held {
            let _ = writeln!(text, "  timers and effects are held after a restore: `scte release`");
        }
    }
    text
}
