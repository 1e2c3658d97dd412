//! What can be asked about people: to know them, to name them, to introduce them to identity.

use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::membership::{PersonCreated, PersonUpdated};
use contracts::shared::PersonIntroduced;
use serde_json::json;

use super::domain::{self, News, Person};
use super::tables;

/// Stores `after` over `before` and tells the others what they can see of it.
///
/// Publishes `membership.person.created` or `membership.person.updated`, or nothing.
pub(crate) async fn save(tx: &Tx, before: &Person, after: Person) -> Result<Person> {
    let after = tables::save(tx, after).await?;
    match domain::news(before, &after) {
        News::Nothing => {}
        News::Created(person) => tx.publish(PersonCreated { person }),
        News::Updated(person) => tx.publish(PersonUpdated { person }),
    }
    Ok(after)
}

/// The person's row, or a new one that is not stored yet.
pub(crate) async fn load_or_new(tx: &Tx, id: PersonId) -> Result<Person> {
    let known = tables::load(tx, id).await?;
    Ok(known.unwrap_or_else(|| Person::unnamed(id, "en")))
}

/// Notes that this person exists. Does nothing when that is known.
pub(crate) struct KnowPerson {
    pub(crate) person: PersonId,
    pub(crate) language: String,
}

impl Command for KnowPerson {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        if tables::load(tx, self.person).await?.is_none() {
            tables::save(tx, Person::unnamed(self.person, &self.language)).await?;
        }
        Ok(())
    }
}

/// Writes a person's name, for whoever saw the version `seen` of it.
pub(crate) struct RenamePerson {
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) seen: i64,
}

impl Command for RenamePerson {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let person = load_or_new(tx, self.person).await?;

        let renamed = domain::rename(&person, &self.name, self.seen)
            .map_err(|refusal| Error::refused(refusal.code(), refusal))?;

        save(tx, &person, renamed).await?;
        // The name itself is personal data and stays out of the audit.
        tx.audit("person", self.person.0, "renamed", json!({})).await
    }
}

/// Makes a person known whom staff met outside the website; identity makes them a dormant account.
pub(crate) struct IntroducePerson {
    pub(crate) name: String,
    pub(crate) address: String,
}

impl Command for IntroducePerson {
    type Out = PersonId;

    async fn run(&self, tx: &Tx) -> Result<PersonId> {
        let unnamed = Person::unnamed(tx.id(), "en");
        let named = Person { name: Some(self.name.clone()), ..unnamed.clone() };

        let person = save(tx, &unnamed, named).await?;
        tx.publish(PersonIntroduced {
            person_id: person.id,
            address: self.address.clone(),
            name: self.name.clone(),
            language: person.language.clone(),
            version: person.version,
        });
        tx.audit("person", person.id.0, "introduced", json!({})).await?;
        Ok(person.id)
    }
}
