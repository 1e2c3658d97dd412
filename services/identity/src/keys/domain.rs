//! When a key is replaced, from when on its successor signs, when it retires. Pure.
//!
//! A new key is published, and signs a minute later: every service knows it by then, and nobody
//! looks signed out. The old one stays published until the last token that it signed has run out.

use chassis::signin::TOKEN_HOURS;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// How long a key is known before it signs, in seconds; and how long its forerunner may still be
/// signing somewhere, whose clock is behind.
pub(crate) const KNOWN_SECONDS: i64 = 60;

/// A signing key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: Uuid,
    pub(crate) public: String,
    /// The private half, sealed; empty once it is destroyed.
    pub(crate) sealed: String,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) signs_from: DateTime<Utc>,
    pub(crate) retires_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// What a key does at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// It is made known, and will sign.
    Announced,
    /// Everything new is signed with it.
    Signs,
    /// What it signed still counts.
    Serves,
    /// Nothing that it signed counts any more.
    Retired,
}

/// Why no new key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The last one does not even sign yet.
    #[error("a new key is on its way already; it signs within a minute")]
    OnItsWay,
}

/// The key that signs at `now`: the youngest that everybody knows. `keys` stand youngest first.
pub(crate) fn signing(keys: &[Key], now: DateTime<Utc>) -> Option<&Key> {
    keys.iter().find(|key| key.signs_from <= now && key.retires_at.is_none())
}

/// What each key does at `now`.
pub(crate) fn duty(keys: &[Key], key: &Key, now: DateTime<Utc>) -> Duty {
    if key.retires_at.is_some_and(|retires| retires <= now) {
        Duty::Retired
    } else if key.signs_from > now {
        Duty::Announced
    } else if signing(keys, now).is_some_and(|signs| signs.id == key.id) {
        Duty::Signs
    } else {
        Duty::Serves
    }
}

/// From when on a key signs that is made at `now`.
///
/// # Errors
/// [`Refusal::OnItsWay`].
pub(crate) fn next_signs_from(keys: &[Key], now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    match keys.first() {
        Some(youngest) if youngest.signs_from > now => Err(Refusal::OnItsWay),
        Some(_) => Ok(now + Duration::seconds(KNOWN_SECONDS)),
        // Nothing is signed yet that others could fail to know.
        None => Ok(now),
    }
}

/// Whether the youngest key has signed for so many days; with none it is never replaced by itself.
pub(crate) fn is_due(keys: &[Key], rotate_days: u32, now: DateTime<Utc>) -> bool {
    let old = |key: &Key| now - key.made_at >= Duration::days(i64::from(rotate_days));
    rotate_days > 0 && keys.first().is_some_and(old)
}

/// The keys that have surely stopped signing by `now`, each with the instant when the last token it
/// signed runs out.
pub(crate) fn retiring(keys: &[Key], now: DateTime<Utc>) -> Vec<Key> {
    let Some(signs) = signing(keys, now) else { return Vec::new() };
    if now - signs.signs_from < Duration::seconds(KNOWN_SECONDS) {
        return Vec::new();
    }
    let last_token = now + Duration::hours(TOKEN_HOURS);
    let older = keys.iter().filter(|key| key.id != signs.id && key.signs_from <= now);
    let open = older.filter(|key| key.retires_at.is_none());
    open.map(|key| Key { retires_at: Some(last_token), sealed: String::new(), ..key.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn key(n: u128, made: i64, signs_from: i64) -> Key {
        Key {
            id: Uuid::from_u128(n),
            public: String::new(),
            sealed: "sealed".to_owned(),
            made_at: at(made),
            signs_from: at(signs_from),
            retires_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_new_key_signs_when_it_is_known() {
        assert_eq!(next_signs_from(&[], at(0)), Ok(at(0)));
        let old = key(1, 0, 0);
        assert_eq!(next_signs_from(std::slice::from_ref(&old), at(100)), Ok(at(160)));

        let keys = [key(2, 100, 160), old];
        assert_eq!(next_signs_from(&keys, at(159)), Err(Refusal::OnItsWay));
        let signs = |now| signing(&keys, at(now)).map(|key| key.id.as_u128());
        assert_eq!((signs(159), signs(160)), (Some(1), Some(2)));
        assert_eq!(duty(&keys, &keys[0], at(159)), Duty::Announced);
        assert_eq!(duty(&keys, &keys[1], at(160)), Duty::Serves);
        assert_eq!(duty(&keys, &keys[0], at(160)), Duty::Signs);
    }

    #[test]
    fn an_old_key_retires_after_the_last_token_it_signed() {
        let keys = [key(2, 100, 160), key(1, 0, 0)];
        // Whose clock is behind may still be signing with it.
        assert_eq!(retiring(&keys, at(219)), []);
        let retired = retiring(&keys, at(220));
        assert_eq!(retired.len(), 1);
        let end = 220 + TOKEN_HOURS * 3600;
        assert_eq!((retired[0].id.as_u128(), retired[0].retires_at), (1, Some(at(end))));
        assert_eq!(retired[0].sealed, "");

        assert_eq!(duty(&keys, &retired[0], at(end - 1)), Duty::Serves);
        assert_eq!(duty(&keys, &retired[0], at(end)), Duty::Retired);
        assert_eq!(retiring(&[key(2, 100, 160), retired[0].clone()], at(400)), []);
    }

    #[test]
    fn a_key_is_due_after_its_days_or_never() {
        let keys = [key(1, 0, 0)];
        assert!(!is_due(&keys, 90, at(90 * 86_400 - 1)));
        assert!(is_due(&keys, 90, at(90 * 86_400)));
        assert!(!is_due(&keys, 0, at(9000 * 86_400)));
    }
}
