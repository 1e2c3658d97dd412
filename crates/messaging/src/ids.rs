//! Chance: fresh ids, codes that strangers type, secrets. Seeded in tests, so that runs repeat.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// The alphabet of codes: no letter that is mistaken for a digit, and no U.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A source of ids and codes; clones share it.
#[derive(Clone, Debug)]
pub struct Ids(Arc<Mutex<ChaCha20Rng>>);

impl Ids {
    /// Seeded by the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// The same ids in every run with this seed; for tests and demos only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// Random bytes, fit for secrets when the source is [`Ids::random`].
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A `UUIDv7` for this instant.
    #[must_use]
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A number below `bound`, for jitter and the like.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % bound.max(1)
    }

    /// A code for people to type: 12 Crockford characters (60 bits) and a check character.
    #[must_use]
    pub fn code(&self) -> String {
        let mut code = String::with_capacity(13);
        code.extend(self.bytes::<12>().map(|byte| char::from(CROCKFORD[usize::from(byte & 31)])));
        code.push(check_character(&code));
        code
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The code that a person meant by what they typed; nothing when it cannot be one.
///
/// Case, spaces and dashes do not matter, O is 0, I and L are 1; the check character must fit.
#[must_use]
pub fn normal_code(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let fits = code.len() == 13 && code.bytes().all(|b| CROCKFORD.contains(&b));
    (fits && code.ends_with(check_character(&code[..12]))).then_some(code)
}

/// Weighted so that a wrong character and two swapped neighbours are both noticed: weights are odd,
/// and odd numbers have an inverse modulo 32.
fn check_character(code: &str) -> char {
    let sum: usize = code
        .bytes()
        .enumerate()
        .map(|(at, byte)| {
            (2 * at + 1) * CROCKFORD.iter().position(|known| *known == byte).unwrap_or(0)
        })
        .sum();
    char::from(CROCKFORD[sum % 32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_how_people_type() {
        let code = Ids::seeded(1).code();
        let typed = format!(" {}-{} ", code[..6].to_lowercase(), code[6..].replace('0', "o"));
        assert_eq!(normal_code(&typed), Some(code));
    }

    #[test]
    fn a_mistyped_character_is_noticed() {
        let code = Ids::seeded(2).code();
        for at in 0..12 {
            for other in CROCKFORD {
                let mut typed = code.clone().into_bytes();
                if typed[at] == *other {
                    continue;
                }
                typed[at] = *other;
                assert_eq!(normal_code(std::str::from_utf8(&typed).unwrap()), None);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let at = DateTime::UNIX_EPOCH;
        assert_eq!(Ids::seeded(3).uuid(at), Ids::seeded(3).uuid(at));
        assert_eq!(Ids::seeded(3).uuid(at).get_version_num(), 7);
    }
}
