//! The rules of invitations. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

/// For how many days an invitation can be accepted.
pub(crate) const GOOD_FOR_DAYS: i64 = 14;

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It can be accepted, unless it is over.
    Open,
    /// They accepted.
    Accepted,
    /// The office took it back.
    Withdrawn,
}

impl State {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Open, Self::Accepted, Self::Withdrawn];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// An invitation, as the row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    /// What to, as people call it.
    pub(crate) title: String,
    pub(crate) state: State,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Invitation {
    /// Whether it can be accepted at `now`.
    pub(crate) fn is_living(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Open && now < self.expires_at
    }
}

/// Until when an invitation made at `now` can be accepted.
pub(crate) fn expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::days(GOOD_FOR_DAYS)
}

/// What becomes of an invitation that was accepted: also one that was taken back too late. Nothing
/// when it is known already.
pub(crate) fn accepted(invitation: Invitation) -> Option<Invitation> {
    (invitation.state != State::Accepted)
        .then_some(Invitation { state: State::Accepted, ..invitation })
}

/// Takes an invitation back; nothing when it is no longer open.
pub(crate) fn withdrawn(invitation: Invitation) -> Option<Invitation> {
    (invitation.state == State::Open)
        .then_some(Invitation { state: State::Withdrawn, ..invitation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited(state: State) -> Invitation {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Invitation {
            id: Uuid::nil(),
            person_id: PersonId(Uuid::nil()),
            title: "the society".to_owned(),
            state,
            asked_at: now,
            expires_at: expires_at(now),
            version: 1,
        }
    }

    #[test]
    fn an_acceptance_counts_also_when_it_crossed_with_a_withdrawal() {
        assert_eq!(accepted(invited(State::Withdrawn)), Some(invited(State::Accepted)));
        assert_eq!(accepted(invited(State::Open)), Some(invited(State::Accepted)));
        assert_eq!(accepted(invited(State::Accepted)), None);
    }

    #[test]
    fn only_an_open_invitation_is_taken_back() {
        assert_eq!(withdrawn(invited(State::Open)), Some(invited(State::Withdrawn)));
        assert_eq!(withdrawn(invited(State::Accepted)), None);
        assert_eq!(withdrawn(invited(State::Withdrawn)), None);
    }

    #[test]
    fn an_invitation_lives_for_a_fortnight() {
        let one = invited(State::Open);
        assert!(one.is_living(one.asked_at + Duration::days(13)));
        assert!(!one.is_living(one.asked_at + Duration::days(14)));
        assert!(!invited(State::Withdrawn).is_living(one.asked_at));
    }
}
