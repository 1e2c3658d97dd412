//! What a client may ask for of a person, and which claims that brings.

use crate::clients::registration::USER_SCOPES;

/// Says who the person is: without it there is no sign-in.
pub(crate) const OPENID: &str = "openid";
/// Lets a client go on when the person signed out.
pub(crate) const OFFLINE: &str = "offline_access";
/// Their standing as a member.
pub(crate) const MEMBERSHIP: &str = "membership";
/// Their mail address.
pub(crate) const EMAIL: &str = "email";
/// Their name and language.
pub(crate) const PROFILE: &str = "profile";

/// The claims that each scope brings.
const CLAIMS: [(&str, &str); 7] = [
    ("name", PROFILE),
    ("locale", PROFILE),
    ("email", EMAIL),
    ("email_verified", EMAIL),
    ("scte_member", MEMBERSHIP),
    ("scte_member_until", MEMBERSHIP),
    ("scte_chapters", MEMBERSHIP),
];

/// The names of all claims that scopes bring.
pub(crate) fn claim_names() -> impl Iterator<Item = &'static str> {
    CLAIMS.iter().map(|(name, _)| *name)
}

/// The scope that brings a claim.
pub(crate) fn of_claim(claim: &str) -> Option<&'static str> {
    CLAIMS.iter().find(|(name, _)| *name == claim).map(|(_, scope)| *scope)
}

/// What of the scopes asked for a client may have: known, and registered for it. Sorted, each once;
/// others are left out, as the protocol allows, and the answer says what was given.
pub(crate) fn allowed(asked: &[String], registered: &[String]) -> Vec<String> {
    let fits = |word: &&str| {
        asked.iter().any(|one| one == word) && registered.iter().any(|one| one == word)
    };
    let mut words: Vec<&str> = USER_SCOPES.iter().map(|(word, _)| *word).filter(fits).collect();
    words.sort_unstable();
    words.into_iter().map(str::to_owned).collect()
}

/// Whether all of `wanted` are among `held`.
pub(crate) fn covers(held: &[String], wanted: &[String]) -> bool {
    wanted.iter().all(|word| held.contains(word))
}

/// What the scopes mean to the person, in the order in which they are told.
pub(crate) fn sentences(scopes: &[String]) -> Vec<&'static str> {
    let asked = |word: &str| scopes.iter().any(|one| one == word);
    USER_SCOPES.iter().filter(|(word, _)| asked(word)).map(|(_, sentence)| *sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_client_gets_what_it_asked_for_and_may_have() {
        let registered = words("openid email profile");
        assert_eq!(
            allowed(&words("profile openid offline_access unknown openid"), &registered),
            words("openid profile")
        );
        assert!(allowed(&[], &registered).is_empty());
        assert!(covers(&registered, &words("email")) && !covers(&registered, &words("membership")));
    }

    #[test]
    fn every_claim_belongs_to_a_scope_people_are_told_of() {
        for (claim, scope) in CLAIMS {
            assert_eq!(of_claim(claim), Some(scope));
            assert_eq!(sentences(&[scope.to_owned()]).len(), 1);
        }
        assert_eq!(of_claim("phone_number"), None);
    }
}
