//! When a puzzle is asked for, how hard it is, and whether it is solved. Pure.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::signins::domain::Tries;

/// So many mails in the window are free for a network.
const FREE: i64 = 3;
/// How long mails of a network count together, in minutes.
pub(crate) const WINDOW_MINUTES: i64 = 15;
/// How many zero bits the hash of a first solution begins with: a second or so of a phone.
const BITS: u32 = 17;
/// It gets no harder than this: a minute or so.
const MOST_BITS: u32 = 22;
/// For how many minutes a puzzle can be handed in.
pub(crate) const GOOD_FOR_MINUTES: i64 = 30;

/// A puzzle: a number is wanted that makes the SHA-256 of `<nonce>.<number>` begin with zero bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Puzzle {
    pub(crate) nonce: String,
    pub(crate) bits: u32,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Why no mail is sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// A puzzle is to be solved first, or so many minutes to be waited.
    #[error(
        "many mails were asked for from your network: wait {0} minutes, or let your browser solve \
         the puzzle on this page; then send it again"
    )]
    Needed(i64),
}

/// Whether the next mail of a network needs a puzzle, and how hard a one; nothing when it is free.
pub(crate) fn needed(past: Option<Tries>, now: DateTime<Utc>) -> Option<u32> {
    let count = past.filter(|past| within(past, now))?.count;
    let more = count.checked_sub(FREE).filter(|more| *more >= 0)?;
    Some((BITS + u32::try_from(more / 3).unwrap_or(MOST_BITS)).min(MOST_BITS))
}

/// Counts one mail more.
pub(crate) fn counted(past: Option<Tries>, now: DateTime<Utc>) -> Tries {
    let fresh = Tries { count: 1, first_at: now, last_at: now, version: 0 };
    match past {
        Some(past) if within(&past, now) => Tries { count: past.count + 1, last_at: now, ..past },
        Some(past) => Tries { version: past.version, ..fresh },
        None => fresh,
    }
}

/// How many minutes are left until mails are free again.
pub(crate) fn minutes_left(past: Option<Tries>, now: DateTime<Utc>) -> i64 {
    let until = past.map_or(now, |past| past.first_at + Duration::minutes(WINDOW_MINUTES));
    ((until - now).num_seconds().max(0) + 59) / 60
}

fn within(past: &Tries, now: DateTime<Utc>) -> bool {
    now - past.first_at < Duration::minutes(WINDOW_MINUTES)
}

impl Puzzle {
    /// Whether `number` solves it, at `now`.
    pub(crate) fn is_solved(&self, number: &str, now: DateTime<Utc>) -> bool {
        let plain = number.len() <= 12 && number.bytes().all(|byte| byte.is_ascii_digit());
        plain && now < self.expires_at && zero_bits(&self.nonce, number) >= self.bits
    }
}

/// With how many zero bits the hash of a try begins.
fn zero_bits(nonce: &str, number: &str) -> u32 {
    let hash = Sha256::digest(format!("{nonce}.{number}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::minutes(minute)
    }

    #[test]
    fn three_mails_are_free_and_then_it_gets_harder() {
        let mut past = None;
        for _ in 0..3 {
            assert_eq!(needed(past, at(0)), None);
            past = Some(counted(past, at(0)));
        }
        assert_eq!(needed(past, at(14)), Some(17));
        assert_eq!(minutes_left(past, at(1)), 14);
        assert_eq!(needed(past, at(15)), None);
        assert_eq!(counted(past, at(15)).count, 1);
        let many = past.map(|past| Tries { count: 1000, ..past });
        assert_eq!(needed(many, at(1)), Some(22));
    }

    #[test]
    fn a_solution_is_a_number_whose_hash_begins_with_zeros() {
        let puzzle = Puzzle { nonce: "a".repeat(32), bits: 12, expires_at: at(30) };
        let solves = |number: &u32| zero_bits(&puzzle.nonce, &number.to_string()) >= 12;
        let right = (0..=u32::MAX).find(solves).unwrap().to_string();
        assert!(puzzle.is_solved(&right, at(0)));
        assert!(!puzzle.is_solved(&right, at(30)));
        let other = Puzzle { nonce: "b".repeat(32), ..puzzle.clone() };
        assert!(!other.is_solved(&right, at(0)));
        for odd in ["", "x", "-1", "1.", "0000000000000"] {
            assert!(!puzzle.is_solved(odd, at(0)), "{odd}");
        }
    }
}
