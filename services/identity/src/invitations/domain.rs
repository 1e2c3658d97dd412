//! The rules of invitations. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

/// For how many hours a link works: longer than the feed keeps its code, which is in the mail by then.
/// Another may be sent until the invitation itself is over.
pub(crate) const LINK_HOURS: i64 = 72;
/// For how many days a colleague can accept a role.
pub(crate) const ROLE_DAYS: i64 = 14;
/// Who asks when an administrator invites a colleague.
pub(crate) const OWN: &str = "identity";

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It can be accepted, unless it is over.
    Open,
    /// Somebody accepted it.
    Accepted,
    /// Its asker took it back.
    Withdrawn,
}

impl State {
    /// All.
    pub(crate) const ALL: [Self; 3] = [Self::Open, Self::Accepted, Self::Withdrawn];

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
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What somebody is invited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// As its asker named it.
    pub(crate) id: Uuid,
    /// The service that asked.
    pub(crate) asker: String,
    /// The version of the newest message about it.
    pub(crate) asker_version: i64,
    /// The administrator who asked, for a role.
    pub(crate) asked_by: Option<PersonId>,
    pub(crate) person_id: PersonId,
    /// What to, as people call it.
    pub(crate) title: String,
    /// The language of the title (BCP 47).
    pub(crate) language: String,
    /// The staff role that is granted on acceptance.
    pub(crate) role: Option<String>,
    /// Where one goes on afterwards.
    pub(crate) return_path: String,
    /// The fingerprint of the code in the mail; none: no mail went out yet.
    pub(crate) code_hash: Option<String>,
    pub(crate) code_expires_at: Option<DateTime<Utc>>,
    pub(crate) state: State,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Invitation {
    /// Whether a mail may go out at `now`.
    pub(crate) fn can_be_sent(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Open && now < self.expires_at
    }

    /// With a fresh link, sent at `now`.
    pub(crate) fn with_link(self, code_hash: String, now: DateTime<Utc>) -> Self {
        let until = (now + Duration::hours(LINK_HOURS)).min(self.expires_at);
        Self { code_hash: Some(code_hash), code_expires_at: Some(until), ..self }
    }
}

/// Why an invitation cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Never sent, or a newer mail took its place.
    #[error("this link is not known; a newer mail may have taken its place")]
    Unknown,
    /// Accepted before.
    #[error("this invitation was accepted already")]
    Accepted,
    /// Taken back.
    #[error("this invitation was taken back by whoever invited you")]
    Withdrawn,
    /// Over.
    #[error("this invitation is over; ask whoever invited you for another")]
    Over,
    /// The link is too old, the invitation is not.
    #[error("this link is older than {LINK_HOURS} hours and no longer works")]
    OldLink,
    /// It is for somebody else.
    #[error("this invitation is for another account; sign in with that one")]
    NotYours,
    /// The account has no password yet, or has one.
    #[error("the account changed since you opened this page; open the link again")]
    Changed,
    /// Whoever invited to a role lost the right to.
    #[error("whoever invited you may no longer grant this role; ask an administrator for another")]
    NoLonger,
}

impl Refusal {
    /// All that are said on the page of a link that does not work.
    pub(crate) const OF_LINK: [Self; 6] =
        [Self::Unknown, Self::Accepted, Self::Withdrawn, Self::Over, Self::OldLink, Self::NoLonger];

    /// All.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Accepted,
        Self::Withdrawn,
        Self::Over,
        Self::OldLink,
        Self::NotYours,
        Self::Changed,
        Self::NoLonger,
    ];

    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "invitation_unknown",
            Self::Accepted => "invitation_accepted",
            Self::Withdrawn => "invitation_withdrawn",
            Self::Over => "invitation_over",
            Self::OldLink => "invitation_link_old",
            Self::NotYours => "invitation_not_yours",
            Self::Changed => "invitation_changed",
            Self::NoLonger => "invitation_no_longer",
        }
    }
}

/// The invitation of a link, when it can be accepted at `now`.
///
/// # Errors
/// [`Refusal`]; what became of the invitation before how old the link is.
pub(crate) fn usable(found: Option<Invitation>, now: DateTime<Utc>) -> Result<Invitation, Refusal> {
    let invitation = found.ok_or(Refusal::Unknown)?;
    match invitation.state {
        State::Accepted => return Err(Refusal::Accepted),
        State::Withdrawn => return Err(Refusal::Withdrawn),
        State::Open => {}
    }
    if invitation.expires_at <= now {
        return Err(Refusal::Over);
    }
    if invitation.code_expires_at.is_none_or(|until| until <= now) {
        return Err(Refusal::OldLink);
    }
    Ok(invitation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::hours(hour)
    }

    fn invited(days: i64) -> Invitation {
        let invitation = Invitation {
            id: Uuid::nil(),
            asker: "membership".to_owned(),
            asker_version: 1,
            asked_by: None,
            person_id: PersonId(Uuid::nil()),
            title: "the Rocky Mountain Chapter".to_owned(),
            language: "en".to_owned(),
            role: None,
            return_path: "/membership".to_owned(),
            code_hash: None,
            code_expires_at: None,
            state: State::Open,
            asked_at: at(0),
            expires_at: at(days * 24),
            version: 1,
        };
        invitation.with_link("h".to_owned(), at(0))
    }

    fn refused(invitation: Invitation, hour: i64) -> Refusal {
        usable(Some(invitation), at(hour)).unwrap_err()
    }

    #[test]
    fn a_link_works_for_three_days_and_never_longer_than_the_invitation() {
        assert!(usable(Some(invited(14)), at(71)).is_ok());
        assert_eq!(refused(invited(14), 72), Refusal::OldLink);
        assert_eq!(refused(invited(14), 14 * 24), Refusal::Over);
        assert!(usable(Some(invited(1)), at(23)).is_ok());
        assert_eq!(refused(invited(1), 24), Refusal::Over);
        let renewed = invited(14).with_link("i".to_owned(), at(100));
        assert!(usable(Some(renewed), at(171)).is_ok());
    }

    #[test]
    fn what_was_accepted_or_taken_back_is_said_first() {
        let accepted = Invitation { state: State::Accepted, ..invited(1) };
        assert_eq!(refused(accepted.clone(), 999), Refusal::Accepted);
        assert!(!accepted.can_be_sent(at(0)));
        let withdrawn = Invitation { state: State::Withdrawn, ..invited(1) };
        assert_eq!(refused(withdrawn, 1), Refusal::Withdrawn);
        assert_eq!(usable(None, at(0)), Err(Refusal::Unknown));
        assert_eq!(
            refused(Invitation { code_expires_at: None, ..invited(1) }, 1),
            Refusal::OldLink
        );
    }
}
