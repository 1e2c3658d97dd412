//! The rules of copying against a model of table and stream, with two leaders, strangers, losses and
//! restores; and broken rules, each of which the same model must catch.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A message of the stream, or on its way there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    /// Nothing for a stranger's.
    id: Option<Position>,
    digest: Digest,
}

#[derive(Debug, Clone)]
struct Sent {
    message: Message,
    expected: Option<i64>,
    before: Option<Position>,
    /// The stream it was sent to: what is on its way does not outlive it.
    stream: u32,
}

#[derive(Debug, Clone, Default)]
struct Sequence {
    epochs: Epochs,
    messages: Vec<Message>,
}

struct Leader<R> {
    rules: Publisher<R>,
    on_their_way: VecDeque<Sent>,
    acks: VecDeque<Result<(i64, i64), String>>,
    before: Option<Position>,
    /// The stream was read, our own database not yet.
    looked: Option<Stream>,
    /// The broker said that the stream is another, or the connection was made anew.
    changed: bool,
}

struct World<R> {
    rng: ChaCha8Rng,
    rules: R,
    rows: Vec<Position>,
    lives: Epochs,
    halted: Option<String>,
    rebuild: bool,
    stream: Option<Sequence>,
    /// Counts the streams there were.
    streams: u32,
    older: Vec<Option<Sequence>>,
    backup: (usize, Epochs),
    leaders: [Leader<R>; 2],
    /// Sent by a leader that gave up waiting, or died.
    forgotten: VecDeque<Sent>,
    calm: bool,
    strange: bool,
    wrong: Option<String>,
}

fn said(id: &Position) -> Digest {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&id.pos.to_be_bytes());
    digest[8] = id.epoch.as_bytes()[0];
    digest
}

impl<R: Rules> World<R> {
    fn new(seed: u64, rules: R) -> Self {
        let lives = vec![("a".to_owned(), 0)];
        let leader = |rules: &R| Leader {
            rules: Publisher::with(rules.clone()),
            on_their_way: VecDeque::new(),
            acks: VecDeque::new(),
            before: None,
            looked: None,
            changed: false,
        };
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            leaders: [leader(&rules), leader(&rules)],
            rules,
            rows: Vec::new(),
            backup: (0, lives.clone()),
            lives,
            halted: None,
            rebuild: false,
            stream: None,
            streams: 0,
            older: vec![None],
            forgotten: VecDeque::new(),
            calm: false,
            strange: seed.is_multiple_of(2),
            wrong: None,
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        !self.calm && self.rng.random_range(0..100) < percent
    }

    fn commit(&mut self) {
        for _ in 0..self.rng.random_range(1..5) {
            let pos = head(&self.rows) + 1;
            let epoch = self.lives.last().unwrap().0.clone();
            self.rows.push(Position { epoch, pos });
        }
    }

    /// What happens beside the leaders' own steps.
    fn disturb(&mut self) {
        match self.rng.random_range(0..60) {
            0..20 => self.commit(),
            20 => self.lose(None),
            21 => {
                let copy = self.stream.clone();
                self.older.push(copy);
            }
            22 => {
                let at = self.rng.random_range(0..self.older.len());
                let older = self.older[at].clone();
                self.lose(older);
            }
            23 => self.die(0),
            24 => self.die(1),
            25 => self.backup = (self.rows.len(), self.lives.clone()),
            26 => self.restore(),
            27..32 => self.deliver_forgotten(),
            32 if self.strange => {
                if let Some(stream) = &mut self.stream {
                    stream.messages.push(Message { id: None, digest: [9; 32] });
                }
            }
            33..36 => self.operator(),
            _ => {}
        }
    }

    fn operator(&mut self) {
        if self.halted.take().is_some() {
            self.rebuild = true;
        }
    }

    fn lose(&mut self, to: Option<Sequence>) {
        self.stream = to;
        self.streams += 1;
        for leader in &mut self.leaders {
            leader.changed = true;
        }
    }

    fn die(&mut self, which: usize) {
        let rules = Publisher::with(self.rules.clone());
        let leader = &mut self.leaders[which];
        self.forgotten.append(&mut leader.on_their_way);
        leader.rules = rules;
        leader.acks.clear();
        leader.looked = None;
    }

    /// Nothing runs while a backup is put back, and nothing that was sent before arrives behind it.
    fn restore(&mut self) {
        let (rows, lives) = self.backup.clone();
        self.rows.truncate(rows);
        let name = char::from(b'b' + u8::try_from(self.rng.random_range(0..24)).unwrap());
        self.lives = lives;
        if self.lives.iter().any(|(epoch, _)| *epoch == name.to_string()) {
            return;
        }
        self.lives.push((name.to_string(), head(&self.rows)));
        self.die(0);
        self.die(1);
        self.forgotten.clear();
        self.backup = (self.rows.len(), self.lives.clone());
    }

    fn deliver_forgotten(&mut self) {
        if let Some(sent) = self.forgotten.pop_front() {
            drop(self.take(sent));
        }
    }

    /// What the broker does with a message.
    fn take(&mut self, sent: Sent) -> Result<i64, String> {
        let repeats = self.rng.random_range(0..2) == 0;
        let stream = self.stream.as_mut().filter(|_| sent.stream == self.streams);
        let stream = stream.ok_or("no stream")?;
        let last = len(&stream.messages);
        let id = sent.message.id.clone();
        let known = stream.messages.iter().position(|one| one.id == id && id.is_some());
        if let Some(known) = known.filter(|_| repeats) {
            return Ok(i64::try_from(known).unwrap() + 1);
        }
        if sent.expected.is_some_and(|expected| expected != last) {
            return Err(format!("wrong last sequence {last}"));
        }
        let before = stream.messages.last().and_then(|last| last.id.clone());
        if sent.before.is_some() && sent.before != before {
            return Err("wrong last id".to_owned());
        }
        if stream.messages.iter().any(|one| one.id.is_none()) {
            self.wrong = Some(format!("{id:?} was written behind a stranger's message"));
        }
        if id.as_ref().is_some_and(|id| id.pos != last + 1) {
            self.wrong = Some(format!("{id:?} was put at {}", last + 1));
        }
        stream.messages.push(sent.message);
        Ok(last + 1)
    }

    fn step(&mut self, which: usize) {
        let ask = self.leaders[which].rules.next();
        let told = match ask {
            Ask::Look => self.look(which),
            Ask::Create => {
                let epochs = self.lives.clone();
                if self.stream.is_none() {
                    self.lose(Some(Sequence { epochs, messages: Vec::new() }));
                }
                self.rebuild = false;
                Some(Told::Done)
            }
            Ask::Delete(_) => {
                self.lose(None);
                Some(Told::Done)
            }
            Ask::Label => {
                let epochs = self.lives.clone();
                if let Some(stream) = &mut self.stream {
                    stream.epochs = epochs;
                }
                Some(Told::Done)
            }
            Ask::Send { after, behind, most, before } => {
                Some(self.send(which, after, behind, most, before))
            }
            Ask::Wait { sent, .. } => self.wait(which, sent),
            Ask::Pause(_) => Some(Told::Rested),
            Ask::Halt { why, noted } => {
                if !noted {
                    self.halted = Some(why);
                }
                if self.calm {
                    self.operator();
                }
                // Asked again when nobody has spoken yet.
                self.halted.is_none().then_some(Told::Resumed)
            }
        };
        let told = told
            .filter(|_| !self.chance(3))
            .or_else(|| self.chance(3).then(|| Told::Failed("it did not work".to_owned())));
        if let Some(told) = told {
            self.leaders[which].rules.told(told);
        }
    }

    fn look(&mut self, which: usize) -> Option<Told> {
        let mut gone = std::mem::take(&mut self.leaders[which].on_their_way);
        self.forgotten.append(&mut gone);
        self.leaders[which].acks.clear();
        let Some(stream) = self.leaders[which].looked.take() else {
            self.leaders[which].looked = Some(self.seen());
            return None;
        };
        let last = match &stream {
            Stream::There(found) => found.last,
            Stream::Missing => 0,
        };
        let row = usize::try_from(last - 1).ok().and_then(|at| self.rows.get(at));
        let own = Own {
            epochs: self.lives.clone(),
            head: head(&self.rows),
            at_last: row.map(|id| Row { id: id.clone(), digest: Some(said(id)) }),
            halted: self.halted.clone(),
            rebuild: self.rebuild,
        };
        Some(Told::Seen { own, stream })
    }

    fn seen(&self) -> Stream {
        let Some(stream) = &self.stream else { return Stream::Missing };
        Stream::There(Found {
            messages: len(&stream.messages),
            last: len(&stream.messages),
            epochs: stream.epochs.clone(),
            labelled: stream.epochs == self.lives,
            at_last: stream
                .messages
                .last()
                .map(|last| Copied { id: last.id.clone(), digest: last.digest }),
        })
    }

    fn send(
        &mut self,
        which: usize,
        after: i64,
        behind: Option<i64>,
        most: i64,
        before: Before,
    ) -> Told {
        let stream = self.streams;
        let leader = &mut self.leaders[which];
        let mut last = leader.before.take().filter(|_| before == Before::Sent);
        let mut sent = after;
        let few = usize::try_from(most.min(4)).unwrap();
        let from = usize::try_from(after).unwrap().min(self.rows.len());
        for id in self.rows[from..].iter().take(few) {
            leader.on_their_way.push_back(Sent {
                message: Message { id: Some(id.clone()), digest: said(id) },
                expected: behind.map(|behind| behind + (id.pos - 1 - after)),
                before: last.filter(|_| before != Before::Anything),
                stream,
            });
            last = Some(id.clone());
            sent = id.pos;
        }
        leader.before = last;
        Told::Sent(sent)
    }

    fn wait(&mut self, which: usize, sent: i64) -> Option<Told> {
        if std::mem::take(&mut self.leaders[which].changed) {
            return Some(Told::Changed);
        }
        if let Some(next) = self.leaders[which].on_their_way.pop_front() {
            let pos = next.message.id.as_ref().map_or(0, |id| id.pos);
            let ack = self.take(next).map(|sequence| (pos, sequence));
            self.leaders[which].acks.push_back(ack);
            return None;
        }
        if let Some(ack) = self.leaders[which].acks.pop_front() {
            return Some(match ack {
                Ok((pos, sequence)) => Told::Acked { pos, sequence },
                Err(why) => Told::Failed(why),
            });
        }
        (head(&self.rows) > sent).then(|| Told::News(head(&self.rows)))
    }

    fn is_copied(&self) -> bool {
        let Some(stream) = &self.stream else { return false };
        let ids: Vec<_> = stream.messages.iter().filter_map(|one| one.id.clone()).collect();
        ids.len() == stream.messages.len() && ids == self.rows && stream.epochs == self.lives
    }

    fn rests(&self) -> bool {
        let rest = Ask::Wait { acked: head(&self.rows), sent: head(&self.rows) };
        self.leaders.iter().all(|leader| leader.rules.next() == rest)
    }

    /// What went wrong, if anything did.
    fn run(mut self) -> Option<String> {
        for _ in 0..2_000 {
            if self.rng.random_range(0..5) == 0 {
                self.disturb();
            }
            let which = self.rng.random_range(0..2);
            self.step(which);
            if self.wrong.is_some() {
                return self.wrong;
            }
        }
        // Nothing goes wrong any more: it must come to rest as a copy. A stream that a stranger wrote
        // to is found at the next message.
        self.calm = true;
        self.forgotten.clear();
        self.commit();
        for step in 0..20_000 {
            let which = self.rng.random_range(0..2);
            self.step(which);
            if self.wrong.is_some() {
                return self.wrong;
            }
            if step % 100 == 0 && self.is_copied() && self.rests() {
                return None;
            }
        }
        Some("it does not become a copy".to_owned())
    }
}

fn head(rows: &[Position]) -> i64 {
    len(rows)
}

fn len<T>(all: &[T]) -> i64 {
    i64::try_from(all.len()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_is_a_copy_whatever_happens(seed in any::<u64>()) {
        prop_assert_eq!(World::new(seed, Sound).run(), None);
    }
}

#[test]
fn each_broken_rule_is_caught() {
    let flaws = [
        Flaw::NoExpectedSequence,
        Flaw::NoExpectedId,
        Flaw::AckBeforePublish,
        Flaw::AcceptForeign,
        Flaw::IgnoreStreamFall,
        Flaw::IgnoreStreamEpoch,
    ];
    let mut caught = BTreeMap::new();
    for flaw in flaws {
        let found = (0..400).find_map(|seed| World::new(seed, flaw).run().map(|why| (seed, why)));
        caught.insert(flaw, found);
    }
    assert!(caught.values().all(Option::is_some), "{caught:#?}");
}

/// Our feed of one epoch with so many rows, and what is to be compared with the stream's last.
fn own(epochs: &[(&str, i64)], head: i64, at_last: Option<&str>) -> Own {
    let at_last = at_last.map(|id| {
        let id: Position = id.parse().unwrap();
        Row { digest: Some(said(&id)), id }
    });
    let epochs = epochs.iter().map(|(name, after)| ((*name).to_owned(), *after)).collect();
    Own { epochs, head, at_last, ..Own::default() }
}

fn found(epochs: &[(&str, i64)], messages: i64, last: i64, at_last: Option<&str>) -> Stream {
    let at_last = at_last.map(|id| {
        let id: Option<Position> = id.parse().ok();
        Copied { digest: id.as_ref().map_or([9; 32], said), id }
    });
    let epochs = epochs.iter().map(|(name, after)| ((*name).to_owned(), *after)).collect();
    Stream::There(Found { messages, last, epochs, labelled: true, at_last })
}

fn next_after(own: Own, stream: Stream) -> Ask {
    let mut rules = Publisher::new();
    rules.told(Told::Seen { own, stream });
    rules.next()
}

#[test]
fn what_is_there_decides_what_is_done() {
    let first: &[(&str, i64)] = &[("a", 0)];
    let second: &[(&str, i64)] = &[("a", 0), ("b", 3)];
    let other: &[(&str, i64)] = &[("x", 0)];
    let wait = |at| Ask::Wait { acked: at, sent: at };
    let halts = |ask: &Ask, why: &str| matches!(ask, Ask::Halt { why: said, noted: false } if said.contains(why));
    let deletes = |ask: &Ask, why: &str| matches!(ask, Ask::Delete(said) if said.contains(why));

    assert_eq!(next_after(own(first, 5, None), Stream::Missing), Ask::Create);
    let ask = next_after(own(first, 5, Some("a.5")), found(first, 5, 5, Some("a.5")));
    assert_eq!(ask, wait(5));
    let ask = next_after(own(first, 0, None), found(first, 0, 0, None));
    assert_eq!(ask, wait(0));
    let ask = next_after(own(first, 5, Some("a.3")), found(first, 3, 3, Some("a.3")));
    assert_eq!(ask, Ask::Send { after: 3, behind: Some(3), most: WINDOW, before: Before::Looked });

    // Damaged copies of ours.
    let ask = next_after(own(first, 5, Some("a.5")), found(first, 4, 5, Some("a.5")));
    assert!(deletes(&ask, "1 of its messages"), "{ask:?}");
    let ask = next_after(own(first, 5, Some("a.5")), found(first, 0, 5, None));
    assert!(deletes(&ask, "message 5 is missing"), "{ask:?}");

    // Ours, from before a restore.
    let ask = next_after(own(second, 3, None), found(first, 5, 5, Some("a.5")));
    assert!(deletes(&ask, "before a restore"), "{ask:?}");
    let ask = next_after(own(second, 5, Some("b.5")), found(first, 5, 5, Some("a.5")));
    assert!(deletes(&ask, "before a restore"), "{ask:?}");

    // Somebody else's.
    let ask = next_after(own(first, 5, Some("a.5")), found(first, 5, 5, Some("hello")));
    assert!(halts(&ask, "message 5 is not ours"), "{ask:?}");
    let ask = next_after(own(first, 5, None), found(first, 6, 6, Some("a.6")));
    assert!(halts(&ask, "our feed ends at 5"), "{ask:?}");
    let ask = next_after(own(second, 3, None), found(other, 5, 5, Some("x.5")));
    assert!(halts(&ask, "our feed ends at 3"), "{ask:?}");
    let ask = next_after(own(first, 5, None), found(other, 0, 9, None));
    assert!(halts(&ask, "not labelled as ours"), "{ask:?}");

    // Until an operator speaks; then it is made anew, whatever it holds.
    let halted = Own { halted: Some("why".to_owned()), ..own(first, 5, None) };
    let ask = next_after(halted, found(first, 6, 6, Some("hello")));
    assert_eq!(ask, Ask::Halt { why: "why".to_owned(), noted: true });
    let resumed = Own { rebuild: true, ..own(first, 5, None) };
    let ask = next_after(resumed, found(first, 6, 6, Some("hello")));
    assert!(deletes(&ask, "operator"), "{ask:?}");
}

#[test]
fn a_row_that_was_blanked_is_compared_by_its_id() {
    let mut blanked = own(&[("a", 0)], 5, Some("a.5"));
    blanked.at_last.as_mut().unwrap().digest = None;
    let ask = next_after(blanked.clone(), found(&[("a", 0)], 5, 5, Some("a.5")));
    assert_eq!(ask, Ask::Wait { acked: 5, sent: 5 });
    let ask = next_after(blanked, found(&[("a", 0)], 5, 5, Some("a.4")));
    assert!(matches!(ask, Ask::Halt { .. }), "{ask:?}");
}

#[test]
fn no_more_than_a_window_is_on_its_way() {
    let mut rules = Publisher::new();
    let stream = found(&[("a", 0)], 0, 0, None);
    rules.told(Told::Seen { own: own(&[("a", 0)], 1_000, None), stream });
    rules.told(Told::Sent(WINDOW));
    assert_eq!(rules.next(), Ask::Wait { acked: 0, sent: WINDOW });
    for pos in 1..=WINDOW / 2 {
        rules.told(Told::Acked { pos, sequence: pos });
    }
    let (after, most) = (WINDOW, WINDOW / 2);
    let before = Before::Sent;
    assert_eq!(rules.next(), Ask::Send { after, behind: Some(after), most, before });
    rules.told(Told::Failed("it took too long".to_owned()));
    assert_eq!(rules.next(), Ask::Pause("it took too long".to_owned()));
}
