//! Ways to number what is published, against a model of concurrent transactions: ours loses,
//! doubles and reorders nothing; the usual ones do, and the model shows it.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How positions are given, and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbering {
    /// From the head's row, as the last statement, locked until the commit.
    Head,
    /// From a sequence, when the row is written: the usual outbox, read by `id > cursor`.
    Sequence,
    /// From the head's row, but let go before the commit.
    HeadLetGo,
    /// From the head's row; a rollback does not give the number back.
    HeadKept,
    /// By transaction id and number, up to the oldest running transaction: the popular repair.
    Xmin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    key: usize,
    value: u64,
    xid: u64,
    pos: u64,
}

#[derive(Debug, Clone)]
enum Writer {
    Idle,
    /// Has a transaction, not yet the row of its key.
    Begun {
        xid: u64,
    },
    /// Holds the row of its key.
    Wrote(Written),
    /// Holds a position too.
    Numbered(Written),
}

struct Model {
    rng: ChaCha8Rng,
    numbering: Numbering,
    writers: Vec<Writer>,
    next_xid: u64,
    sequence: u64,
    head: u64,
    head_held_by: Option<usize>,
    values: [u64; 3],
    committed: Vec<Written>,
    heard: Vec<Written>,
    cursor: (u64, u64),
}

impl Model {
    fn new(seed: u64, numbering: Numbering) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            numbering,
            writers: vec![Writer::Idle; 4],
            next_xid: 1,
            sequence: 0,
            head: 0,
            head_held_by: None,
            values: [0; 3],
            committed: Vec::new(),
            heard: Vec::new(),
            cursor: (0, 0),
        }
    }

    fn step(&mut self, who: usize) {
        let next = match self.writers[who].clone() {
            Writer::Idle => {
                self.next_xid += 1;
                Writer::Begun { xid: self.next_xid }
            }
            Writer::Begun { xid } => match self.write(xid) {
                Some(written) => Writer::Wrote(written),
                None => return,
            },
            Writer::Wrote(written) => match self.number(who, written) {
                Some(written) => Writer::Numbered(written),
                None => return,
            },
            Writer::Numbered(written) => {
                self.end(who, written);
                Writer::Idle
            }
        };
        self.writers[who] = next;
    }

    /// Updates the row of a key, unless another transaction holds it.
    fn write(&mut self, xid: u64) -> Option<Written> {
        let key = self.rng.random_range(0..self.values.len());
        let held = |writer: &Writer| matches!(writer, Writer::Wrote(w) | Writer::Numbered(w) if w.key == key);
        if self.writers.iter().any(held) {
            return None;
        }
        self.sequence += 1;
        Some(Written { key, value: self.values[key] + 1, xid, pos: self.sequence })
    }

    fn number(&mut self, who: usize, written: Written) -> Option<Written> {
        if matches!(self.numbering, Numbering::Sequence | Numbering::Xmin) {
            return Some(written);
        }
        if self.head_held_by.is_some() {
            return None;
        }
        if self.numbering != Numbering::HeadLetGo {
            self.head_held_by = Some(who);
        }
        self.head += 1;
        Some(Written { pos: self.head, ..written })
    }

    fn end(&mut self, who: usize, written: Written) {
        let rolled_back = self.rng.random_bool(0.2);
        if self.head_held_by == Some(who) {
            self.head_held_by = None;
            if rolled_back && self.numbering == Numbering::Head {
                self.head -= 1;
            }
        }
        if !rolled_back {
            self.values[written.key] = written.value;
            self.committed.push(written);
        }
    }

    /// Reads what is committed and not heard yet.
    fn read(&mut self) {
        let xmin = self
            .writers
            .iter()
            .filter_map(|writer| match writer {
                Writer::Idle => None,
                Writer::Begun { xid } => Some(*xid),
                Writer::Wrote(w) | Writer::Numbered(w) => Some(w.xid),
            })
            .min()
            .unwrap_or(u64::MAX);
        let by_xid = self.numbering == Numbering::Xmin;
        let place = |w: &Written| if by_xid { (w.xid, w.pos) } else { (0, w.pos) };
        let mut new: Vec<Written> = self
            .committed
            .iter()
            .filter(|w| place(w) > self.cursor && (!by_xid || w.xid < xmin))
            .cloned()
            .collect();
        new.sort_by_key(place);
        if matches!(self.numbering, Numbering::Head | Numbering::HeadLetGo | Numbering::HeadKept) {
            // A gap is an error of the transport: read up to it.
            let from = self.cursor.1;
            let whole = new.iter().zip(from + 1..).take_while(|(w, pos)| w.pos == *pos).count();
            new.truncate(whole);
        }
        if let Some(last) = new.last() {
            self.cursor = place(last);
        }
        self.heard.extend(new);
    }

    fn run(mut self) -> Result<(), String> {
        for _ in 0..self.rng.random_range(20..120) {
            let turn = self.rng.random_range(0..self.writers.len() + 1);
            if turn == self.writers.len() { self.read() } else { self.step(turn) }
        }
        // Everybody finishes, then the reader reads all there is.
        for _ in 0..40 {
            for who in 0..self.writers.len() {
                if !matches!(self.writers[who], Writer::Idle) {
                    self.step(who);
                }
            }
        }
        self.read();
        for key in 0..self.values.len() {
            let heard: Vec<u64> =
                self.heard.iter().filter(|w| w.key == key).map(|w| w.value).collect();
            let wanted: Vec<u64> = (1..=self.values[key]).collect();
            if heard != wanted {
                return Err(format!("key {key}: heard {heard:?} instead of {wanted:?}"));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn positions_from_the_locked_head_lose_and_reorder_nothing(seed: u64) {
        prop_assert_eq!(Model::new(seed, Numbering::Head).run(), Ok(()));
    }
}

macro_rules! mutants {
    ($($test:ident = $numbering:ident,)*) => {$(
        #[test]
        fn $test() {
            let caught = (0..20_000).any(|seed| Model::new(seed, Numbering::$numbering).run().is_err());
            assert!(caught, "{:?} was not caught", Numbering::$numbering);
        }
    )*};
}

mutants! {
    mutant_id_greater_than_cursor_is_caught = Sequence,
    mutant_position_let_go_before_the_commit_is_caught = HeadLetGo,
    mutant_position_kept_by_a_rollback_is_caught = HeadKept,
    mutant_transaction_id_order_is_caught = Xmin,
}
