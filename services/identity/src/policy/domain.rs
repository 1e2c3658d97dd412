//! The rules of which roles ask for two factors. Pure: no database, no clock, no HTTP.

use crate::roles::domain::{KNOWN, RoleSet};

/// The roles that count only in a sign-in with two factors, or a passkey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Sorted, each once.
    pub(crate) words: Vec<String>,
    /// 0: not stored yet.
    pub(crate) version: i64,
}

impl Policy {
    /// Whether a role of this set asks for two factors.
    pub(crate) fn asks(&self, set: &RoleSet) -> bool {
        set.words.iter().any(|word| self.words.contains(word))
    }
}

/// The policy that asks for these of the roles there are; nothing when that is what it does.
pub(crate) fn choose(policy: &Policy, wanted: &[&str]) -> Option<Policy> {
    let words: Vec<String> = KNOWN
        .iter()
        .filter(|(word, _)| wanted.contains(word))
        .map(|(word, _)| (*word).to_owned())
        .collect();
    (words != policy.words).then_some(Policy { words, version: policy.version })
}

#[cfg(test)]
mod tests {
    use contracts::PersonId;

    use super::*;

    #[test]
    fn one_role_that_asks_is_enough() {
        let policy = choose(&Policy::default(), &["staff.finance", "staff.admin", "staff.no"]);
        let policy = policy.unwrap();
        assert_eq!(policy.words, ["staff.admin", "staff.finance"]);
        let set = |words: &[&str]| RoleSet {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..RoleSet::none(PersonId(uuid::Uuid::nil()))
        };
        assert!(policy.asks(&set(&["staff.content", "staff.finance"])));
        assert!(!policy.asks(&set(&["staff.content"])) && !policy.asks(&set(&[])));
        assert_eq!(choose(&policy, &["staff.finance", "staff.admin"]), None);
    }
}
