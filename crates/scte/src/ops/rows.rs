//! What stands in the tables of the operations' pages, written out.

use std::collections::HashMap;

use chassis::ui::Markup;
use chassis::{Fields, Result};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use messaging::Db;
use messaging::parked::{Parked, ParkedKey, about_money};
use uuid::Uuid;

use super::places::At;
use super::standing::{Crosspoint, PATIENCE, Seen, Standing, Way};
use super::tables::OpenCall;
use super::words::{self, Wall};
use crate::house::Estate;
use crate::parked::What;
use crate::status::State;
use crate::tables::Done;

/// A moment for people and for programs.
pub(super) struct Moment {
    pub(super) says: String,
    pub(super) stamp: String,
}

impl Moment {
    pub(super) fn of(at: DateTime<Utc>, wall: &Wall) -> Self {
        Self { says: wall.moment(at), stamp: at.format("%Y-%m-%dT%H:%M:%SZ").to_string() }
    }
}

/// A service among the others.
pub(super) struct ServiceRow {
    pub(super) name: String,
    /// Which process says this, where there are several.
    pub(super) place: Option<String>,
    pub(super) state: Markup,
    pub(super) lag: String,
    pub(super) spark: Markup,
    pub(super) hour: String,
    pub(super) parked: usize,
    pub(super) calls: usize,
    pub(super) timers: String,
    pub(super) last: Option<Moment>,
    pub(super) stopped: bool,
    /// Its page, and where it is started and stopped.
    pub(super) path: String,
    pub(super) start_path: String,
    pub(super) stop_path: String,
}

impl ServiceRow {
    pub(super) fn of(seen: &Seen, standing: &Standing, wall: &Wall) -> Self {
        let name = seen.service.name.as_str();
        let minutes = seen.hour.as_ref().map(|hour| hour.minutes.clone()).unwrap_or_default();
        // Five minutes a point: a trend, not a reading.
        let points: Vec<f64> =
            minutes.chunks(5).map(|some| number(some.iter().sum::<i64>())).collect();
        let at = At::default();
        Self {
            place: None,
            state: words::state_of(seen, standing),
            lag: worst_lag(seen, standing),
            spark: chassis::ui::chart::spark(&points),
            hour: seen.hour.as_ref().map_or("–".to_owned(), |hour| words::count(hour.total())),
            parked: seen.parked.len(),
            calls: seen.calls.len(),
            timers: seen
                .service
                .waiting
                .as_ref()
                .map_or("–".to_owned(), |it| words::count(it.timers)),
            last: standing
                .read_by(name)
                .filter_map(|one| one.last)
                .max()
                .map(|at| Moment::of(at, wall)),
            name: name.to_owned(),
            stopped: seen.service.state == State::Stopped,
            path: at.path(name, ""),
            start_path: at.path(name, "/start"),
            stop_path: at.path(name, "/stop"),
        }
    }

    /// The same as a row among those of other processes: it names this one, and leads to it.
    pub(super) fn at(self, at: At, estate: &Estate, seen: &Seen) -> Self {
        let name = self.name.clone();
        Self {
            place: Some(words::place(estate, seen)),
            path: at.path(&name, ""),
            start_path: at.path(&name, "/start"),
            stop_path: at.path(&name, "/stop"),
            ..self
        }
    }
}

/// How long the slowest of its feeds waits, as far as that is known here.
fn worst_lag(seen: &Seen, standing: &Standing) -> String {
    let name = seen.service.name.as_str();
    let unknown = standing.read_by(name).any(|one| one.lag.is_none() && one.behind != Some(0));
    match standing.worst_lag(name) {
        _ if seen.service.state == State::Stopped => "–".to_owned(),
        None if unknown => "–".to_owned(),
        lag => lag.map_or_else(|| "0 ms".to_owned(), words::span),
    }
}

/// A count as a chart takes it.
pub(super) fn number(count: i64) -> f64 {
    f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
}

/// A crosspoint, and why the copy may be old.
pub(super) struct PointRow {
    pub(super) feed: String,
    pub(super) reader: String,
    pub(super) carried: String,
    pub(super) pos: String,
    pub(super) behind: String,
    pub(super) lag: String,
    pub(super) parked: usize,
    pub(super) state: Markup,
    pub(super) why: String,
    pub(super) halted: bool,
}

impl PointRow {
    pub(super) fn of(one: &Crosspoint, wall: &Wall) -> Self {
        let unknown = || "–".to_owned();
        Self {
            feed: one.feed.clone(),
            reader: one.reader.clone(),
            carried: one.carried.map_or_else(unknown, words::count),
            pos: one.pos.map_or_else(unknown, words::count),
            behind: one.behind.map_or_else(unknown, words::count),
            lag: match (one.behind, one.lag) {
                (Some(0), None) => "0 ms".to_owned(),
                (_, lag) => lag.map_or_else(unknown, words::span),
            },
            parked: one.parked,
            state: words::way_of(one),
            why: words::why(one, wall),
            halted: matches!(one.way, Way::Halted(_)),
        }
    }
}

/// The parked messages of one key: the first, and how many wait behind it.
pub(super) struct ParkedRow {
    pub(super) since: Moment,
    pub(super) reader: String,
    pub(super) consumer: String,
    pub(super) feed: String,
    pub(super) message: String,
    pub(super) pos: String,
    pub(super) key: String,
    pub(super) reason: String,
    pub(super) attempts: i64,
    pub(super) behind: usize,
    /// The form that tries it again, and where it goes.
    pub(super) retry: Fields,
    pub(super) retry_path: String,
    /// Where giving it up is asked for; nothing where money is never given up.
    pub(super) drop_path: Option<String>,
}

/// The parked messages of a service by key, as `blank` forms can decide on them; `from` says which
/// page asks, of which replica.
pub(super) fn parked(
    seen: &Seen,
    wall: &Wall,
    (from, at): (&str, At),
    blank: impl Fn() -> Fields,
) -> Vec<ParkedRow> {
    let mut behind: HashMap<(&str, &str, Uuid), usize> = HashMap::new();
    let mut firsts: Vec<&Parked> = Vec::new();
    for one in &seen.parked {
        let waiting = behind.entry((&one.consumer, &one.feed, one.key)).or_default();
        if *waiting == 0 {
            firsts.push(one);
        }
        *waiting += 1;
    }
    let reader = seen.service.name.as_str();
    let row = |one: &Parked| {
        let what = what_of(reader, one).to_string();
        ParkedRow {
            since: Moment::of(one.first_at, wall),
            reader: reader.to_owned(),
            consumer: one.consumer.clone(),
            feed: one.feed.clone(),
            message: words::message(&one.r#type),
            pos: words::count(one.pos),
            key: words::short_id(one.key),
            reason: one.reason.clone(),
            attempts: one.attempts,
            behind: behind[&(one.consumer.as_str(), one.feed.as_str(), one.key)] - 1,
            retry: blank().with("what", &what).with("pos", one.pos).with("from", from),
            retry_path: at.path(reader, "/retry"),
            // A name of ours has no letter that an address would write otherwise.
            drop_path: (!about_money(&one.r#type)).then(|| {
                at.path(reader, format_args!("/drop?what={what}&pos={}&from={from}", one.pos))
            }),
        }
    };
    firsts.into_iter().map(row).collect()
}

pub(super) fn what_of(service: &str, one: &Parked) -> What {
    let (consumer, feed) = (one.consumer.clone(), one.feed.clone());
    What { service: service.to_owned(), key: ParkedKey { consumer, feed, key: one.key } }
}

/// The calls of one kind that wait.
pub(super) struct CallRow {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) open: usize,
    pub(super) oldest: Moment,
    pub(super) next: Moment,
    pub(super) tries: i64,
    pub(super) reason: String,
    pub(super) state: Markup,
}

/// What a service asked of others outside and has no answer to yet, by kind.
pub(super) fn calls(seen: &Seen, wall: &Wall) -> Vec<CallRow> {
    let mut kinds: Vec<(&str, Vec<&OpenCall>)> = Vec::new();
    for call in &seen.calls {
        match kinds.iter_mut().find(|(name, _)| *name == call.name) {
            Some((_, calls)) => calls.push(call),
            None => kinds.push((&call.name, vec![call])),
        }
    }
    kinds.sort_by_key(|(name, _)| *name);
    let row = |(name, calls): (&str, Vec<&OpenCall>)| {
        let first = |of: fn(&OpenCall) -> DateTime<Utc>| {
            calls.iter().map(|call| of(call)).min().unwrap_or(wall.now)
        };
        let tries = calls.iter().map(|call| call.attempts).max().unwrap_or(0);
        let (tone, word) = match tries {
            0 | 1 => (chassis::ui::Tone::Wait, "waiting"),
            _ => (chassis::ui::Tone::Warn, "trying again"),
        };
        CallRow {
            service: seen.service.name.clone(),
            name: name.to_owned(),
            open: calls.len(),
            oldest: Moment::of(first(|call| call.asked_at), wall),
            next: Moment::of(first(|call| call.next_at), wall),
            tries,
            reason: calls.iter().find_map(|call| call.reason.clone()).unwrap_or_default(),
            state: chassis::ui::state(tone, word),
        }
    };
    kinds.into_iter().map(row).collect()
}

/// Something that somebody did.
pub(super) struct DoneRow {
    pub(super) at: Moment,
    pub(super) what: String,
    pub(super) by: String,
    pub(super) correlation: Uuid,
}

/// What was done, with the names of whoever did it as far as this database knows them.
///
/// # Errors
/// Those of the database.
pub(super) async fn done(db: &Db, done: Vec<Done>, wall: &Wall) -> Result<Vec<DoneRow>> {
    let mut names: HashMap<String, String> = HashMap::new();
    for one in &done {
        if !names.contains_key(&one.actor) {
            names.insert(one.actor.clone(), who(db, &one.actor).await?);
        }
    }
    let row = |one: Done| DoneRow {
        at: Moment::of(one.at, wall),
        what: match one.service {
            Some(service) => format!("{} {service} {}", one.thing, one.act),
            None => format!("{} {}", one.thing, one.act).replace('_', " "),
        },
        by: names.get(&one.actor).cloned().unwrap_or_default(),
        correlation: one.correlation,
    };
    Ok(done.into_iter().map(row).collect())
}

/// `staff:0190…` as people read it.
pub(super) async fn who(db: &Db, actor: &str) -> Result<String> {
    let (kind, id) = actor.split_once(':').unwrap_or((actor, ""));
    let person = || id.parse().ok().map(PersonId);
    Ok(match kind {
        "person" | "staff" => match person() {
            Some(person) => {
                let name = db.read(async |tx| chassis::readers::name_of(tx, person).await).await?;
                let name =
                    name.unwrap_or_else(|| format!("somebody ({})", words::short_id(person.0)));
                if kind == "staff" { format!("{name}, staff") } else { name }
            }
            None => actor.to_owned(),
        },
        "visitor" => "a visitor".to_owned(),
        "job" => format!("by itself ({})", id.replace('_', " ")),
        "message" => format!("a message of {}", id.split('/').next().unwrap_or(id)),
        _ => actor.to_owned(),
    })
}

/// The crosspoint that is furthest behind, for a figure: how far, and who.
pub(super) fn slowest(standing: &Standing) -> (String, String) {
    match standing.slowest() {
        Some(one) => (words::span(one.lag.unwrap_or(PATIENCE)), one.reader.clone()),
        None => ("0 s".to_owned(), "nobody is behind".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::OfService;

    fn seen(r#type: &str, positions: &[i64]) -> Seen {
        let at: DateTime<Utc> = "2027-03-01T17:00:00Z".parse().unwrap();
        let parked = |pos: &i64| Parked {
            consumer: "people.known".to_owned(),
            feed: "commerce".to_owned(),
            pos: *pos,
            r#type: r#type.to_owned(),
            key: Uuid::from_u128(7),
            reason: "a bug".to_owned(),
            attempts: 1,
            first_at: at,
            last_at: at,
        };
        let (name, state) = ("outreach".to_owned(), State::Up);
        let service = OfService {
            name,
            state,
            leads: None,
            waiting: None,
            feeds: Vec::new(),
            trouble: None,
            copied: None,
        };
        let parked = positions.iter().map(parked).collect();
        Seen { service, hour: None, parked, calls: Vec::new(), publication: None }
    }

    fn rows_of(seen: &Seen) -> Vec<ParkedRow> {
        let now = "2027-03-01T17:00:00Z".parse().unwrap();
        let wall = Wall { zone: chrono_tz::America::New_York, now };
        parked(seen, &wall, ("overview", At::default()), Fields::default)
    }

    #[test]
    fn a_key_stands_once_with_what_waits_behind_its_first_message() {
        let rows = rows_of(&seen("org.scte.commerce.navigation.declared.v1", &[4, 9, 12]));
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].pos.as_str(), rows[0].behind), ("4", 2));
        let key = Uuid::from_u128(7);
        let path = format!(
            "/ops/outreach/drop?what=outreach/people.known/commerce/{key}&pos=4&from=overview"
        );
        assert_eq!(rows[0].drop_path.as_deref(), Some(path.as_str()));
    }

    #[test]
    fn money_is_never_offered_to_be_given_up() {
        let rows = rows_of(&seen("org.scte.commerce.order.paid.v1", &[4]));
        assert_eq!(rows[0].drop_path, None);
    }
}
