//! The rules of staff roles. Pure: no database, no clock, no HTTP.

use contracts::PersonId;
use contracts::identity::Roles;

/// The role that may do all, and alone may grant and take away.
pub(crate) const ADMIN: &str = "staff.admin";

/// The roles there are, with what they are for.
pub(crate) const KNOWN: [(&str, &str); 7] = [
    (ADMIN, "Administration: everything, roles too"),
    ("staff.content", "Pages and menus"),
    ("staff.finance", "Orders, payments, refunds"),
    ("staff.identity", "Accounts"),
    ("staff.membership", "Members, applications, chapters"),
    ("staff.operator", "Operations"),
    ("staff.outreach", "Notices and mail"),
];

/// All roles of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleSet {
    pub(crate) person_id: PersonId,
    /// Sorted, each once.
    pub(crate) words: Vec<String>,
    /// 0: not stored yet.
    pub(crate) version: i64,
}

impl RoleSet {
    /// The roles of somebody who never had any.
    pub(crate) fn none(person_id: PersonId) -> Self {
        Self { person_id, words: Vec::new(), version: 0 }
    }

    /// The state that messages carry; `strong`: they count only in a sign-in with two factors.
    pub(crate) fn public(&self, strong: bool) -> Roles {
        Roles {
            person_id: self.person_id,
            roles: self.words.clone(),
            strong,
            version: self.version,
        }
    }
}

/// Why a change of roles is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such role.
    #[error("there is no role {0}; the roles are {known}", known = known_words())]
    Unknown(String),
    /// An administrator who loses the role by a slip could not undo it.
    #[error("you cannot take the administrator's role from yourself; ask another administrator")]
    OwnAdmin,
    /// Nobody proved to own the address, or the account is closed.
    #[error("the account is {0}; roles are granted to active accounts only")]
    NotActive(&'static str),
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "role_unknown",
            Self::OwnAdmin => "role_own_admin",
            Self::NotActive(_) => "account_not_active",
        }
    }
}

fn known_words() -> String {
    KNOWN.map(|(word, _)| word).join(", ")
}

/// Grants a role; nothing when the person has it.
///
/// # Errors
/// [`Refusal::Unknown`].
pub(crate) fn grant(set: &RoleSet, role: &str) -> Result<Option<RoleSet>, Refusal> {
    if !KNOWN.iter().any(|(word, _)| *word == role) {
        return Err(Refusal::Unknown(role.to_owned()));
    }
    let Err(place) = set.words.binary_search_by(|word| word.as_str().cmp(role)) else {
        return Ok(None);
    };
    let mut granted = set.clone();
    granted.words.insert(place, role.to_owned());
    Ok(Some(granted))
}

/// Takes a role away; nothing when the person does not have it. `by` is nobody for an operator
/// at the command line.
///
/// # Errors
/// [`Refusal::OwnAdmin`].
pub(crate) fn revoke(
    set: &RoleSet,
    role: &str,
    by: Option<PersonId>,
) -> Result<Option<RoleSet>, Refusal> {
    if role == ADMIN && by == Some(set.person_id) {
        return Err(Refusal::OwnAdmin);
    }
    let mut left = set.clone();
    left.words.retain(|word| word != role);
    Ok((left.words != set.words).then_some(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    fn with(words: &[&str]) -> RoleSet {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        RoleSet { person_id: person(1), words, version: 1 }
    }

    #[test]
    fn roles_stay_sorted_and_single() {
        let set = grant(&with(&["staff.content", "staff.outreach"]), "staff.finance");
        assert_eq!(set, Ok(Some(with(&["staff.content", "staff.finance", "staff.outreach"]))));
        assert_eq!(grant(&with(&["staff.content"]), "staff.content"), Ok(None));
    }

    #[test]
    fn only_known_roles_are_granted() {
        assert_eq!(grant(&with(&[]), "staff.root"), Err(Refusal::Unknown("staff.root".to_owned())));
        assert!(Refusal::Unknown("x".to_owned()).to_string().contains("staff.finance"));
    }

    #[test]
    fn a_role_is_taken_away_once() {
        let set = with(&["staff.content"]);
        assert_eq!(revoke(&set, "staff.content", Some(person(2))), Ok(Some(with(&[]))));
        assert_eq!(revoke(&set, "staff.finance", Some(person(2))), Ok(None));
    }

    #[test]
    fn an_administrator_cannot_drop_themselves_but_an_operator_can() {
        let set = with(&[ADMIN]);
        assert_eq!(revoke(&set, ADMIN, Some(person(1))), Err(Refusal::OwnAdmin));
        assert_eq!(revoke(&set, ADMIN, None), Ok(Some(with(&[]))));
        assert_eq!(revoke(&set, ADMIN, Some(person(2))), Ok(Some(with(&[]))));
    }
}
