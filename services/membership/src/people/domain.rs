//! What a person is to the society, and when their name may be changed. Pure.

use contracts::{ApplicationId, PersonId, membership};

/// A person, as the row holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    /// None: an account that nobody gave a name yet.
    pub(crate) name: Option<String>,
    pub(crate) member_number: Option<String>,
    /// BCP 47.
    pub(crate) language: String,
    /// The one application that waits for payment.
    pub(crate) open_application: Option<ApplicationId>,
    /// 0: not stored yet.
    pub(crate) version: i64,
}

/// Why a person's record is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Somebody else changed it since the form was opened.
    #[error(
        "this was changed since you opened the page; it now says “{0}”; save again to replace it"
    )]
    Stale(String),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Stale(_) => "person_stale",
        }
    }
}

/// What the others are to be told about a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// Nothing they could see.
    Nothing,
    /// A person with a name became known.
    Created(membership::Person),
    /// What they know of the person changed.
    Updated(membership::Person),
}

impl Person {
    /// Somebody of whom nothing is known but the id.
    pub(crate) fn unnamed(id: PersonId, language: &str) -> Self {
        let language = language.to_owned();
        Self { id, name: None, member_number: None, language, open_application: None, version: 0 }
    }

    /// The name, or words that say there is none.
    pub(crate) fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or("(no name yet)")
    }

    /// What others may know; nothing as long as there is no name.
    fn public(&self) -> Option<membership::Person> {
        Some(membership::Person {
            person_id: self.id,
            name: self.name.clone()?,
            member_number: self.member_number.clone(),
            language: self.language.clone(),
            version: self.version,
        })
    }
}

/// Changes the name, unless the record is not the one the writer saw.
///
/// # Errors
/// [`Refusal::Stale`].
pub(crate) fn rename(person: &Person, name: &str, seen: i64) -> Result<Person, Refusal> {
    if person.version != seen {
        return Err(Refusal::Stale(person.shown_name().to_owned()));
    }
    Ok(Person { name: Some(name.to_owned()), ..person.clone() })
}

/// What to tell after `before` was stored as `after`.
pub(crate) fn news(before: &Person, after: &Person) -> News {
    let Some(public) = after.public() else { return News::Nothing };
    let Some(known) = before.public() else { return News::Created(public) };
    let same = membership::Person { version: known.version, ..public.clone() } == known;
    if same { News::Nothing } else { News::Updated(public) }
}

/// What a name is searched and sorted by.
pub(crate) fn name_key(name: Option<&str>) -> String {
    name.unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn jo() -> Person {
        Person {
            name: Some("Jo Alvarez".to_owned()),
            version: 3,
            ..Person::unnamed(PersonId(Uuid::from_u128(5)), "en")
        }
    }

    #[test]
    fn a_name_is_changed_only_by_who_saw_the_latest_one() {
        let renamed = rename(&jo(), "Jo Alvarez-Smith", 3).unwrap();
        assert_eq!(renamed.name.as_deref(), Some("Jo Alvarez-Smith"));
        assert_eq!(rename(&jo(), "J", 2), Err(Refusal::Stale("Jo Alvarez".to_owned())));
        assert!(
            rename(&jo(), "J", 2).unwrap_err().to_string().contains("it now says “Jo Alvarez”")
        );
    }

    #[test]
    fn others_learn_of_a_person_with_the_first_name_and_of_every_change_they_can_see() {
        let unnamed = Person::unnamed(jo().id, "en");
        assert_eq!(news(&unnamed, &Person { version: 1, ..unnamed.clone() }), News::Nothing);
        assert!(
            matches!(news(&unnamed, &jo()), News::Created(person) if person.name == "Jo Alvarez")
        );

        let busy = Person { open_application: Some(Uuid::from_u128(9).into()), version: 4, ..jo() };
        assert_eq!(news(&jo(), &busy), News::Nothing);

        let member = Person { member_number: Some("M000001".to_owned()), version: 4, ..jo() };
        assert!(matches!(news(&jo(), &member), News::Updated(person) if person.version == 4));
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(name_key(Some("Ørsted ÅSE")), "ørsted åse");
        assert_eq!(name_key(None), "");
    }
}
