//! The one query of a request: whether its token still holds, and who its person is.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::identity::AccountState;
use contracts::membership::TermKind;
use contracts::{PersonId, SignInId};
use messaging::{Result, Row, Tx, params};
use uuid::Uuid;

use super::{HeldTerm, Reader};
use crate::signin::{self, Claimed, Token, VIEWERS_ROLE, Viewer};

/// What became of a token.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// It holds, until this moment at most.
    Known(Arc<Reader>, DateTime<Utc>),
    /// It was signed by us and has run out.
    Expired,
    /// Signed with a key not known here yet; perhaps in a moment.
    UnknownKey,
    /// Not signed by us, ended, of an old generation, or of a locked account.
    Refused,
}

/// Everything a request needs of a person, whichever of their ids the token names. Uuids are
/// compared and never cast: on SQLite a cast to `uuid` would make a number of them.
const SQL: &str = "
    with me as (
        select coalesce((select kept from reader_aliases where alias = $2), $2) as id
    ), also as (
        select alias as id from reader_aliases where kept in (select id from me)
    ), ids as (
        select id from me union all select id from also
    )
    select cast('key' as text) as kind, public_key as word, cast(null as text) as more,
           cast(null as uuid) as id, cast(null as date) as starts_on,
           cast(null as date) as ends_before, retires_at as at, cast(null as bigint) as n
    from reader_keys where id = $1
    union all
    select 'account', state, language, null, null, null, null, generation
    from reader_accounts where person_id = $2
    union all
    select 'ended', null, null, null, null, null, expires_at, null
    from reader_endings where signin_id = $3
    union all
    select 'me', null, null, id, null, null, null, null from me
    union all
    select 'also', null, null, id, null, null, null, null from also
    union all
    select 'roles', roles, null, null, null, null, null, case when strong then 1 else 0 end
    from reader_roles where person_id in (select id from ids)
    union all
    select 'name', name, null, person_id, null, null, null, null
    from reader_people where person_id in (select id from ids)
    union all
    select 'term', kind, null, chapter_id, starts_on, ends_before, null, null
    from reader_terms where person_id in (select id from ids)
    union all
    select 'term', 'national', null, null, t.starts_on, t.ends_before, null, null
    from reader_seats s left join reader_companies c on c.company_id = s.company_id
    join reader_company_terms t on t.company_id = coalesce(c.root_id, s.company_id)
    where s.held and s.person_id in (select id from ids)";

/// Looks a token up and believes it, or not.
pub(crate) async fn load(tx: &Tx, text: &str, now: DateTime<Utc>) -> Result<Seen> {
    let Some(claimed) = signin::claimed(text) else { return Ok(Seen::Refused) };
    let Token { person, signin, viewer, .. } = claimed.token;
    let seen = Found::of(tx, claimed.kid, person, signin).await?.judge(text, claimed, now);
    match (&seen, viewer) {
        (Seen::Known(..), Some(viewer)) if !still_views(tx, viewer).await? => Ok(Seen::Refused),
        _ => Ok(seen),
    }
}

/// Whether whoever looks with somebody else's eyes is still signed in and still may.
async fn still_views(tx: &Tx, viewer: Viewer) -> Result<bool> {
    let Viewer { person, signin, generation } = viewer;
    let mut found = Found::of(tx, Uuid::nil(), person, signin).await?;
    let gone = found
        .account
        .take()
        .is_some_and(|(state, known)| state == AccountState::Locked || generation < known);
    // Whether the roles ask for a stronger proof was looked at when the view began.
    let roles = std::mem::take(&mut found.roles);
    let mut colleague = Reader { strong: true, ..Reader::default() };
    for (roles, _) in roles {
        colleague.hold(&roles, false);
    }
    Ok(!found.ended && !gone && colleague.has_role(VIEWERS_ROLE))
}

/// What the query found.
#[derive(Default)]
pub(crate) struct Found {
    /// The public half, and when it retires.
    pub(crate) key: Option<(String, Option<DateTime<Utc>>)>,
    /// Its state and generation, when it was told of.
    pub(crate) account: Option<(AccountState, i64)>,
    ended: bool,
    /// With whether they count only after a strong proof.
    roles: Vec<(String, bool)>,
    names: Vec<(PersonId, String)>,
    reader: Reader,
}

impl Found {
    /// What is known of a key, a person under whichever of their ids, and a sign-in.
    pub(crate) async fn of(tx: &Tx, kid: Uuid, person: PersonId, signin: SignInId) -> Result<Self> {
        let mut found = Self::default();
        for row in &tx.all(SQL, params![kid, person, signin]).await? {
            found.add(row)?;
        }
        Ok(found)
    }

    /// The person without any role.
    pub(crate) fn named(mut self) -> Reader {
        // Of two names under two ids, the kept person's is the one.
        self.names.sort_by_key(|(id, _)| Some(*id) != self.reader.person);
        let name = self.names.into_iter().next().map(|(_, name)| name);
        Reader { name, ..self.reader }
    }

    fn add(&mut self, row: &Row) -> Result<()> {
        match row.get::<String>("kind")?.as_str() {
            "key" => self.key = Some((row.get("word")?, row.get("at")?)),
            "account" => {
                let state = AccountState::from(row.get::<String>("word")?.as_str());
                self.account = Some((state, row.get("n")?));
                self.reader.language = row.get("more")?;
            }
            "ended" => self.ended = true,
            "me" => self.reader.person = row.get("id")?,
            "also" => self.reader.also.push(row.get("id")?),
            "roles" => self.roles.push((row.get("word")?, row.get::<i64>("n")? == 1)),
            "name" => self.names.push((row.get("id")?, row.get("word")?)),
            _ => self.reader.terms.push(HeldTerm {
                kind: TermKind::from(row.get::<String>("word")?.as_str()),
                chapter_id: row.get("id")?,
                starts_on: row.get("starts_on")?,
                ends_before: row.get("ends_before")?,
            }),
        }
        Ok(())
    }

    fn judge(mut self, text: &str, claimed: Claimed, now: DateTime<Utc>) -> Seen {
        let Some((public_key, retires_at)) = self.key.take() else { return Seen::UnknownKey };
        if !signin::is_signed(text, &public_key) {
            return Seen::Refused;
        }
        let Token { signin, generation, at, how, expires_at, viewer, .. } = claimed.token;
        // An account not told of yet is neither locked nor signed out: the signature vouches.
        let gone = self
            .account
            .take()
            .is_some_and(|(state, known)| state == AccountState::Locked || generation < known);
        if self.ended || gone || retires_at.is_some_and(|retires| retires <= now) {
            return Seen::Refused;
        }
        if expires_at <= now {
            return Seen::Expired;
        }
        let until = retires_at.map_or(expires_at, |retires| retires.min(expires_at));
        let roles = std::mem::take(&mut self.roles);
        let mut reader = Reader {
            signed_in_at: Some(at),
            signin: Some(signin),
            strong: how.is_strong(),
            signed_in_how: Some(how.as_str().to_owned()),
            viewed_by: viewer.map(|viewer| viewer.person),
            ..self.named()
        };
        if viewer.is_none() {
            for (roles, strong) in roles {
                reader.hold(&roles, strong);
            }
        }
        Seen::Known(Arc::new(reader), until)
    }
}
