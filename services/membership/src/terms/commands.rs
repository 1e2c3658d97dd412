//! What starts terms: a paid charge, or the society itself.

use chassis::{Command, Error, Result, Tx};
use chrono::NaiveDate;
use contracts::membership::{ChapterJoined, Term, TermStarted};
use contracts::{ChapterId, ChargeId, MembershipTypeId, PersonId};
use serde_json::json;

use super::domain::{self, Scope};
use super::tables;
use crate::people::domain::Person;
use crate::people::{self};

/// The terms that one decision starts: national, and of a chapter when one was chosen.
pub(crate) struct NewTerms {
    pub(crate) type_id: MembershipTypeId,
    pub(crate) chapter_id: Option<ChapterId>,
    pub(crate) from: NaiveDate,
    pub(crate) charge_id: Option<ChargeId>,
}

/// Starts the terms of `new` for `person`, whose row the caller loaded in this transaction and which
/// is saved here: with the member number when this is the first national term, and with one version
/// more in any case, so that two payments at once are decided one after the other.
///
/// Publishes `membership.term.started`, `membership.chapter.joined`, `membership.person.updated`.
pub(crate) async fn start(tx: &Tx, person: Person, new: &NewTerms) -> Result<Vec<Term>> {
    let held = tables::of_person(tx, person.id).await?;
    let number = match &person.member_number {
        Some(number) => number.clone(),
        None => domain::member_number(tx.series("member_number").await?),
    };
    let numbered = Person { member_number: Some(number.clone()), ..person.clone() };
    let person = people::commands::save(tx, &person, numbered).await?;

    let mut started = Vec::new();
    for scope in scopes(new) {
        let starts_on = domain::first_day(&held, scope, new.from);
        let first_of_chapter = !held.iter().any(|term| scope.matches(term));
        let term = domain::start(tx.id(), person.id, scope, starts_on, new.charge_id)
            .ok_or_else(|| Error::internal("the calendar ends before this term"))?;
        tables::insert(tx, &term).await?;
        tx.publish(TermStarted { term: term.clone(), member_number: number.clone() });
        if first_of_chapter && matches!(scope, Scope::Chapter(_)) {
            tx.publish(ChapterJoined { term: term.clone() });
        }
        let detail =
            json!({ "kind": term.kind, "starts_on": starts_on, "ends_before": term.ends_before });
        tx.audit("person", person.id.0, "term_started", detail).await?;
        started.push(term);
    }
    Ok(started)
}

fn scopes(new: &NewTerms) -> Vec<Scope> {
    let chapter = new.chapter_id.map(Scope::Chapter);
    std::iter::once(Scope::National(new.type_id)).chain(chapter).collect()
}

/// Makes somebody a member without a charge, as the society decided.
pub(crate) struct GrantTerms {
    pub(crate) person: PersonId,
    pub(crate) type_id: MembershipTypeId,
    pub(crate) chapter_id: Option<ChapterId>,
    pub(crate) starts_on: NaiveDate,
}

impl Command for GrantTerms {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let person = people::tables::load(tx, self.person)
            .await?
            .ok_or_else(|| Error::not_found("person", self.person))?;
        let (type_id, chapter_id) = (self.type_id, self.chapter_id);
        let new = NewTerms { type_id, chapter_id, from: self.starts_on, charge_id: None };
        start(tx, person, &new).await?;
        Ok(())
    }
}
