//! Decides from what processes left behind whether messaging kept its word. Pure: knows neither
//! databases nor processes, so that its own tests can plant every kind of breach.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use uuid::Uuid;

/// All that was found after the last process had ended.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The feed of each service.
    pub feeds: BTreeMap<String, Feed>,
    /// What each consumer wrote down, by consumer.
    pub consumers: Vec<Consumer>,
    /// Which state belongs to which feed: it must be what the feed says last.
    pub states: Vec<State>,
    /// What clients were told.
    pub acknowledged: Vec<Acknowledged>,
    /// Whether everything was let come to rest: then no cursor may be behind its head either.
    pub drained: bool,
}

/// What one service published and where it stands in others' feeds.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// The head, as the feed's own row says it.
    pub head: i64,
    /// What stands in it, in the order of positions.
    pub published: Vec<Published>,
    /// How far this service read the feeds of others.
    pub cursors: Vec<Cursor>,
    /// How many messages it parked.
    pub parked: i64,
    /// Whether every version of every entity is published exactly once.
    pub every_version: bool,
}

/// A message in a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its position.
    pub pos: i64,
    /// Its aggregate.
    pub entity: Uuid,
    /// The aggregate's version.
    pub version: i64,
    /// The client's request that brought it about; empty when no client did.
    pub request: String,
}

/// How far a feed was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Whose feed.
    pub feed: String,
    /// Up to where.
    pub pos: i64,
    /// Why reading stopped, if it did.
    pub halted: Option<String>,
}

/// A consumer and everything it took, in the order of its transactions.
#[derive(Debug, Clone, Default)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Whose feed it hears.
    pub feed: String,
    /// What it took.
    pub heard: Vec<Heard>,
}

/// One application of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The message's position.
    pub pos: i64,
    /// Its key.
    pub key: Uuid,
}

/// Rows that hold the version of each entity of a feed: the producer's own, or a copy.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What the rows are, for people.
    pub name: String,
    /// The feed that tells of them.
    pub feed: String,
    /// The version of each entity.
    pub versions: BTreeMap<Uuid, i64>,
}

/// A client's request that was answered with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The request.
    pub request: String,
    /// The version the client was told.
    pub version: i64,
}

/// The kinds of breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something that happened has left no trace, or took no effect.
    Lost,
    /// Something took effect more than once.
    Doubled,
    /// Messages of a key took effect in another order than they were published.
    OrderBreak,
    /// A position is missing or out of line with the head.
    Gap,
    /// Rows are not what the feed says.
    StateDiffers,
    /// A cursor is beyond a head, or reading stopped before it.
    CursorWrong,
    /// A message was parked though nothing was wrong with it.
    Parked,
}

/// A breach, with where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// What kind.
    pub kind: Kind,
    /// Where, for people.
    pub what: String,
}

impl Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.what)
    }
}

/// Everything that is wrong with the evidence.
#[must_use]
pub fn check(evidence: &Evidence) -> Vec<Anomaly> {
    let mut found = Found::default();
    for (name, feed) in &evidence.feeds {
        found.positions(name, feed);
        if feed.every_version {
            found.versions(name, feed);
        }
        found.cursors(name, feed, evidence);
    }
    for consumer in &evidence.consumers {
        let feed = evidence.feeds.get(&consumer.feed).cloned().unwrap_or_default();
        found.heard(consumer, &feed);
    }
    for state in &evidence.states {
        let feed = evidence.feeds.get(&state.feed).cloned().unwrap_or_default();
        found.state(state, &feed);
    }
    found.acknowledged(evidence);
    found.0
}

#[derive(Default)]
struct Found(Vec<Anomaly>);

impl Found {
    fn add(&mut self, kind: Kind, what: String) {
        self.0.push(Anomaly { kind, what });
    }

    /// Positions are 1, 2, 3 … up to the head.
    fn positions(&mut self, name: &str, feed: &Feed) {
        let mut expected = 1;
        for message in &feed.published {
            if message.pos != expected {
                self.add(Kind::Gap, format!("{name} has {} where {expected} is due", message.pos));
            }
            expected = message.pos + 1;
        }
        if expected - 1 != feed.head {
            self.add(
                Kind::Gap,
                format!("{name} ends at {}, its head is {}", expected - 1, feed.head),
            );
        }
    }

    /// Each version of an entity is published once, in order.
    fn versions(&mut self, name: &str, feed: &Feed) {
        let mut last: BTreeMap<Uuid, i64> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for Published { pos, entity, version, .. } in &feed.published {
            let before = last.insert(*entity, *version).unwrap_or(0);
            if !seen.insert((*entity, *version)) {
                self.add(Kind::Doubled, format!("{name} {pos}: {entity} version {version} again"));
            } else if *version < before {
                let what = format!("{name} {pos}: {entity} version {version} after {before}");
                self.add(Kind::OrderBreak, what);
            } else if *version > before + 1 {
                let what = format!("{name} {pos}: {entity} version {version} follows {before}");
                self.add(Kind::Lost, what);
            }
        }
    }

    /// No cursor is beyond its head, none stopped before it, nothing is parked or halted.
    fn cursors(&mut self, name: &str, feed: &Feed, evidence: &Evidence) {
        for cursor in &feed.cursors {
            let head = evidence.feeds.get(&cursor.feed).map_or(0, |feed| feed.head);
            let place = format!("{name} reads {} at {}", cursor.feed, cursor.pos);
            if cursor.pos > head || evidence.drained && cursor.pos < head {
                self.add(Kind::CursorWrong, format!("{place}, whose head is {head}"));
            }
            if let Some(why) = &cursor.halted {
                self.add(Kind::CursorWrong, format!("{place} and halted: {why}"));
            }
        }
        if feed.parked > 0 {
            self.add(Kind::Parked, format!("{name} parked {} messages", feed.parked));
        }
    }

    /// Each message once, and in order per key.
    fn heard(&mut self, consumer: &Consumer, feed: &Feed) {
        let name = &consumer.name;
        let mut times: BTreeMap<i64, usize> = BTreeMap::new();
        let mut last: BTreeMap<Uuid, i64> = BTreeMap::new();
        for Heard { pos, key } in &consumer.heard {
            *times.entry(*pos).or_default() += 1;
            let before = last.insert(*key, *pos).unwrap_or(0);
            if *pos < before {
                self.add(Kind::OrderBreak, format!("{name} took {pos} after {before} of {key}"));
            }
        }
        for message in &feed.published {
            match times.remove(&message.pos).unwrap_or(0) {
                0 => self.add(Kind::Lost, format!("{name} never took {}", message.pos)),
                1 => {}
                more => {
                    self.add(Kind::Doubled, format!("{name} took {} {more} times", message.pos));
                }
            }
        }
        for pos in times.keys() {
            self.add(Kind::Lost, format!("{name} took {pos}, which the feed does not have"));
        }
    }

    /// Rows hold the version that was published last.
    fn state(&mut self, state: &State, feed: &Feed) {
        let told: BTreeMap<Uuid, i64> =
            feed.published.iter().map(|message| (message.entity, message.version)).collect();
        for entity in told.keys().chain(state.versions.keys()).collect::<BTreeSet<_>>() {
            let (told, holds) = (told.get(entity), state.versions.get(entity));
            if told != holds {
                let what = format!("{} of {entity}: {holds:?}, the feed says {told:?}", state.name);
                self.add(Kind::StateDiffers, what);
            }
        }
    }

    /// What a client was told is published, once, as it was told; no request took effect twice.
    fn acknowledged(&mut self, evidence: &Evidence) {
        let mut by_request: BTreeMap<&str, Vec<&Published>> = BTreeMap::new();
        for message in evidence.feeds.values().flat_map(|feed| &feed.published) {
            if !message.request.is_empty() {
                by_request.entry(&message.request).or_default().push(message);
            }
        }
        for (request, messages) in &by_request {
            if messages.len() > 1 {
                self.add(
                    Kind::Doubled,
                    format!("request {request} took effect {} times", messages.len()),
                );
            }
        }
        for Acknowledged { request, version } in &evidence.acknowledged {
            match by_request.get(request.as_str()).and_then(|messages| messages.first()) {
                None => self.add(Kind::Lost, format!("request {request} was answered and is gone")),
                Some(message) if message.version != *version => {
                    let what = format!(
                        "request {request} was told version {version}, the feed has {}",
                        message.version
                    );
                    self.add(Kind::StateDiffers, what);
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(n: i64) -> Uuid {
        Uuid::from_u128(u128::try_from(n % 3).unwrap())
    }

    fn told(pos: i64) -> Published {
        let version = (pos - 1) / 3 + 1;
        Published { pos, entity: entity(pos), version, request: format!("r{pos}") }
    }

    /// Nine messages about three entities, heard by one consumer, copied, all acknowledged.
    fn sound() -> Evidence {
        let published: Vec<_> = (1..=9).map(told).collect();
        let versions: BTreeMap<_, _> =
            published.iter().map(|one| (one.entity, one.version)).collect();
        let heard = published.iter().map(|one| Heard { pos: one.pos, key: one.entity }).collect();
        let acknowledged = published
            .iter()
            .map(|one| Acknowledged { request: one.request.clone(), version: one.version })
            .collect();
        let cursors = vec![Cursor { feed: "pulse".to_owned(), pos: 9, halted: None }];
        let pulse = Feed { head: 9, published, every_version: true, ..Feed::default() };
        let echo = Feed { cursors, ..Feed::default() };
        let state = |name: &str| State {
            name: name.to_owned(),
            feed: "pulse".to_owned(),
            versions: versions.clone(),
        };
        Evidence {
            feeds: [("pulse".to_owned(), pulse), ("echo".to_owned(), echo)].into(),
            consumers: vec![Consumer { name: "echo".into(), feed: "pulse".into(), heard }],
            states: vec![state("rows"), state("copy")],
            acknowledged,
            drained: true,
        }
    }

    /// What is found when `plant` spoils sound evidence.
    fn planted(plant: impl FnOnce(&mut Evidence)) -> BTreeSet<Kind> {
        let mut evidence = sound();
        plant(&mut evidence);
        check(&evidence).into_iter().map(|anomaly| anomaly.kind).collect()
    }

    fn pulse(evidence: &mut Evidence) -> &mut Feed {
        evidence.feeds.get_mut("pulse").unwrap()
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        assert_eq!(check(&sound()), []);
        assert_eq!(check(&Evidence::default()), []);
    }

    #[test]
    fn a_message_that_was_never_taken_is_lost() {
        let never = |e: &mut Evidence| {
            e.consumers[0].heard.remove(4);
        };
        assert_eq!(planted(never), [Kind::Lost].into());
    }

    #[test]
    fn a_message_that_was_taken_twice_is_doubled() {
        let twice = |e: &mut Evidence| {
            let again = e.consumers[0].heard[8].clone();
            e.consumers[0].heard.push(again);
        };
        assert_eq!(planted(twice), [Kind::Doubled].into());
    }

    #[test]
    fn two_messages_of_a_key_that_were_swapped_break_order() {
        assert_eq!(planted(|e| e.consumers[0].heard.swap(0, 3)), [Kind::OrderBreak].into());
    }

    #[test]
    fn two_messages_of_different_keys_may_be_swapped() {
        assert_eq!(planted(|e| e.consumers[0].heard.swap(3, 4)), [].into());
    }

    #[test]
    fn a_position_that_is_missing_is_a_gap() {
        let found = planted(|e| drop(pulse(e).published.remove(4)));
        assert!(found.contains(&Kind::Gap) && found.contains(&Kind::Lost));
        assert_eq!(planted(|e| pulse(e).head = 10), [Kind::Gap, Kind::CursorWrong].into());
    }

    #[test]
    fn a_change_that_was_not_published_shows() {
        let unpublished =
            |e: &mut Evidence| *e.states[0].versions.get_mut(&entity(1)).unwrap() += 1;
        assert_eq!(planted(unpublished), [Kind::StateDiffers].into());
    }

    #[test]
    fn a_version_that_was_published_twice_is_doubled() {
        let twice = |e: &mut Evidence| pulse(e).published[3].version = 1;
        assert!(planted(twice).contains(&Kind::Doubled));
    }

    #[test]
    fn versions_that_were_published_in_the_wrong_order_show() {
        let swap = |e: &mut Evidence| {
            let feed = pulse(e);
            (feed.published[3].version, feed.published[6].version) = (3, 2);
            (feed.published[3].request, feed.published[6].request) = ("r7".into(), "r4".into());
        };
        assert!(planted(swap).contains(&Kind::OrderBreak));
    }

    #[test]
    fn a_copy_that_stayed_behind_shows() {
        let stale = |e: &mut Evidence| *e.states[1].versions.get_mut(&entity(2)).unwrap() = 1;
        assert_eq!(planted(stale), [Kind::StateDiffers].into());
    }

    #[test]
    fn an_answer_that_left_no_trace_is_lost() {
        let forgotten = |e: &mut Evidence| {
            e.acknowledged.push(Acknowledged { request: "r10".to_owned(), version: 4 });
        };
        assert_eq!(planted(forgotten), [Kind::Lost].into());
    }

    #[test]
    fn a_request_that_took_effect_twice_is_doubled() {
        let twice = |e: &mut Evidence| pulse(e).published[8].request = "r8".to_owned();
        assert!(planted(twice).contains(&Kind::Doubled));
    }

    #[test]
    fn a_cursor_beyond_the_head_is_wrong() {
        let beyond = |e: &mut Evidence| e.feeds.get_mut("echo").unwrap().cursors[0].pos = 10;
        assert_eq!(planted(beyond), [Kind::CursorWrong].into());
    }

    #[test]
    fn a_cursor_behind_the_head_is_wrong_once_all_came_to_rest() {
        let behind = |e: &mut Evidence| e.feeds.get_mut("echo").unwrap().cursors[0].pos = 8;
        assert_eq!(planted(behind), [Kind::CursorWrong].into());
        let resting = |e: &mut Evidence| {
            behind(e);
            e.drained = false;
        };
        assert_eq!(planted(resting), [].into());
    }

    #[test]
    fn nothing_may_be_parked_or_halted() {
        assert_eq!(planted(|e| pulse(e).parked = 1), [Kind::Parked].into());
        let halted = |e: &mut Evidence| {
            e.feeds.get_mut("echo").unwrap().cursors[0].halted = Some("why".to_owned());
        };
        assert_eq!(planted(halted), [Kind::CursorWrong].into());
    }
}
