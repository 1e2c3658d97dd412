//! The rules of access tokens. Pure: no database, no clock, no HTTP.

use chassis::api::{self, AccessToken, Holders};
use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

use crate::clients::domain::{Client, Kind};

/// For how many days a token may be made.
pub(crate) const DAYS: [i64; 4] = [7, 30, 90, 365];
/// The most tokens a holder has at a time.
pub(crate) const MOST: usize = 20;
/// After how many days another key signs new tokens.
const KEY_DAYS: i64 = 180;
/// For how many days an ended token stays listed.
pub(crate) const LISTED_DAYS: i64 = 30;

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A person, for a program of theirs.
    Person(PersonId),
    /// A registered machine.
    Machine {
        /// As messages name it.
        entity: Uuid,
        client_id: String,
    },
}

/// A token as it is stored: all but its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: Uuid,
    pub(crate) holder: Holder,
    /// What its holder calls it.
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// The key that signed it.
    pub(crate) key_id: Uuid,
    pub(crate) made_by: PersonId,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Works.
    Living,
    /// Was ended before its time.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Token {
    /// Where it stands at `now`.
    pub(crate) fn standing(&self, now: DateTime<Utc>) -> Standing {
        if self.revoked_at.is_some() {
            Standing::Revoked
        } else if self.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Living
        }
    }

    /// As it is signed.
    pub(crate) fn signed(&self) -> AccessToken {
        let (id, expires_at) = (self.id, self.expires_at);
        let scopes = self.scopes.clone();
        AccessToken { id, holder: self.holder.signed(), scopes, expires_at, brief: false }
    }
}

impl Holder {
    /// As it is signed.
    pub(crate) fn signed(&self) -> api::Holder {
        match self {
            Self::Person(person) => api::Holder::Person(*person),
            Self::Machine { entity, client_id } => {
                api::Holder::Client { entity: *entity, client_id: client_id.clone() }
            }
        }
    }
}

/// Why a token is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Too many of them to keep an eye on.
    #[error("there are {MOST} tokens already; revoke one that is no longer needed")]
    TooMany,
    /// Only an active account has tokens.
    #[error("tokens are made for active accounts only")]
    NotActive,
    /// The client is no machine, or closed.
    #[error("{0} is not a machine that may be used; choose another client")]
    NoMachine(String),
    /// The machine is not registered for it.
    #[error("{0} is not registered for {1}; change its registration first")]
    NotRegistered(String, String),
    /// It works no more.
    #[error("this token has ended already")]
    Ended,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::TooMany => "tokens_too_many",
            Self::NotActive => "account_not_active",
            Self::NoMachine(_) => "token_no_machine",
            Self::NotRegistered(..) => "token_not_registered",
            Self::Ended => "token_ended",
        }
    }
}

/// What a new token is to be.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// One of [`DAYS`].
    pub(crate) days: i64,
}

impl Wish {
    /// When the token ends, made at `now`.
    pub(crate) fn expires_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + Duration::days(self.days)
    }
}

/// Reads which scopes were ticked, each once and in our order.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn read_scopes<'a>(
    ticked: impl Iterator<Item = &'a str>,
    holders: Holders,
) -> Result<Vec<String>, String> {
    let ticked: Vec<&str> = ticked.collect();
    let known = || api::scopes_for(holders).map(|scope| scope.name);
    if let Some(odd) = ticked.iter().find(|word| !known().any(|name| name == **word)) {
        return Err(format!("there is no scope {odd}; choose from these"));
    }
    let scopes: Vec<String> =
        known().filter(|name| ticked.contains(name)).map(str::to_owned).collect();
    if scopes.is_empty() { Err("choose at least one".to_owned()) } else { Ok(scopes) }
}

/// Whether one more token may be made beside those that live.
///
/// # Errors
/// [`Refusal::TooMany`].
pub(crate) fn one_more(living: usize) -> Result<(), Refusal> {
    if living < MOST { Ok(()) } else { Err(Refusal::TooMany) }
}

/// Whether the client may have a token with these scopes; gives the holder.
///
/// # Errors
/// [`Refusal::NoMachine`], [`Refusal::NotRegistered`].
pub(crate) fn of_machine(client: &Client, scopes: &[String]) -> Result<Holder, Refusal> {
    if client.kind != Kind::Machine || !client.open {
        return Err(Refusal::NoMachine(client.name.clone()));
    }
    match scopes.iter().find(|scope| !client.scopes.contains(scope)) {
        Some(odd) => Err(Refusal::NotRegistered(client.name.clone(), odd.clone())),
        None => Ok(Holder::Machine { entity: client.entity, client_id: client.id.clone() }),
    }
}

/// Whether another key is due after the one made at `made_at`.
pub(crate) fn key_is_old(made_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - made_at >= Duration::days(KEY_DAYS)
}

/// When a key that signs no more at `now` may be forgotten: its youngest token has run out.
pub(crate) fn key_retires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::days(DAYS[DAYS.len() - 1] + 1)
}

/// Tokens that ran out before this are no longer listed.
pub(crate) fn listed_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(LISTED_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::registration::MACHINE_SCOPES;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::days(day)
    }

    fn client(kind: Kind, open: bool) -> Client {
        Client {
            id: "crm".to_owned(),
            entity: Uuid::from_u128(5),
            name: "The CRM".to_owned(),
            kind,
            secret_hash: None,
            redirect_uris: Vec::new(),
            sign_out_uris: Vec::new(),
            back_channel: None,
            scopes: vec!["members:read".to_owned()],
            devices: false,
            strong: false,
            trusted: false,
            colour: None,
            from_settings: false,
            open,
            made_at: at(0),
            version: 1,
        }
    }

    #[test]
    fn scopes_are_of_their_holders_and_at_least_one() {
        let read = |words: &[&str], holders| read_scopes(words.iter().copied(), holders);
        let both = read(&["membership:read", "account:read", "membership:read"], Holders::People);
        assert_eq!(both, Ok(vec!["account:read".to_owned(), "membership:read".to_owned()]));
        assert!(read(&["members:read"], Holders::People).unwrap_err().contains("members:read"));
        assert!(read(&["account:read"], Holders::Machines).is_err());
        assert_eq!(read(&[], Holders::People), Err("choose at least one".to_owned()));
    }

    #[test]
    fn a_machine_gets_what_it_is_registered_for() {
        let scopes = ["members:read".to_owned()];
        assert!(of_machine(&client(Kind::Machine, true), &scopes).is_ok());
        for odd in [client(Kind::Machine, false), client(Kind::Confidential, true)] {
            let refused = of_machine(&odd, &scopes).unwrap_err();
            assert_eq!(refused, Refusal::NoMachine("The CRM".to_owned()));
        }
        let more = ["orders:read".to_owned()];
        let refused = of_machine(&client(Kind::Machine, true), &more).unwrap_err();
        assert_eq!(refused.code(), "token_not_registered");
    }

    #[test]
    fn a_machine_can_be_registered_for_every_scope_of_machines() {
        for scope in api::scopes_for(Holders::Machines) {
            assert!(MACHINE_SCOPES.iter().any(|(word, _)| *word == scope.name), "{}", scope.name);
        }
    }

    #[test]
    fn twenty_are_enough() {
        assert_eq!(one_more(MOST - 1), Ok(()));
        assert_eq!(one_more(MOST), Err(Refusal::TooMany));
    }

    #[test]
    fn a_token_lives_until_it_is_revoked_or_its_day_comes() {
        let token = Token {
            id: Uuid::from_u128(1),
            holder: Holder::Person(PersonId(Uuid::from_u128(2))),
            name: "Calendar".to_owned(),
            scopes: Vec::new(),
            key_id: Uuid::from_u128(3),
            made_by: PersonId(Uuid::from_u128(2)),
            made_at: at(0),
            expires_at: at(30),
            revoked_at: None,
            version: 1,
        };
        assert_eq!(token.standing(at(29)), Standing::Living);
        assert_eq!(token.standing(at(30)), Standing::Expired);
        let revoked = Token { revoked_at: Some(at(1)), ..token };
        assert_eq!(revoked.standing(at(29)), Standing::Revoked);
    }

    #[test]
    fn a_key_outlives_every_token_it_signed() {
        let wish = Wish { name: String::new(), scopes: Vec::new(), days: 365 };
        assert!(!key_is_old(at(0), at(179)) && key_is_old(at(0), at(180)));
        assert!(key_retires_at(at(180)) > wish.expires_at(at(180)));
    }
}
