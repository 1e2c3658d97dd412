//! The list of what identity keeps. Every figure is the constant by which it is removed; a slice
//! that keeps something adds a line.

use crate::accounts::jobs::UNVERIFIED_DAYS;
use crate::addresses::domain::REMEMBERED_DAYS as ADDRESSES_DAYS;
use crate::alerts::domain::REMEMBERED_DAYS as BROWSERS_DAYS;
use crate::audits::domain::{FAILURES_DAYS, SIGN_INS_DAYS};
use crate::codes::domain::{GOOD_FOR_MINUTES, KEPT_DAYS as CODES_DAYS};
use crate::devices::domain::{TOLD_HOURS, WAITS_MINUTES};
use crate::oidc::domain::grant::{CODE_SECONDS, OFFLINE_DAYS, REFRESH_DAYS, SPENT_HOURS};
use crate::passkeys::domain::ANSWERED_WITHIN_MINUTES;
use crate::passwords::tables::REMEMBERED;
use crate::signins::domain::{FORGOTTEN_HOURS, REMEMBERED_DAYS};
use crate::steps::domain::COMPLETED_WITHIN_MINUTES;
use crate::tokens::domain::LISTED_DAYS as TOKENS_DAYS;
use crate::views::domain::KEPT_DAYS as VIEWS_DAYS;
use crate::work::domain::GOOD_FOR_MINUTES as PUZZLE_MINUTES;

/// Something that is kept.
pub(super) struct Kept {
    /// What it is.
    pub(super) what: &'static str,
    /// What it is for.
    pub(super) why: &'static str,
    /// For how long.
    pub(super) long: String,
}

fn kept(what: &'static str, why: &'static str, long: impl Into<String>) -> Kept {
    Kept { what, why, long: long.into() }
}

fn of(count: i64, unit: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}

/// All of it: of the account, of its proofs, of other systems, and what passes.
pub(super) fn all() -> Vec<Kept> {
    [lasting(), of_proofs(), elsewhere(), passing()].into_iter().flatten().collect()
}

/// What stays as long as the account, or for months.
fn lasting() -> Vec<Kept> {
    vec![
        kept(
            "Your account: address, language, when it was made, staff roles",
            "So that you can sign in, and mails reach you.",
            "As long as you have it",
        ),
        kept(
            "What was done to your account and by whom",
            "So that you and we can see what happened. Without the sign-ins, which go earlier.",
            "As long as you have it",
        ),
        kept(
            "Terms and notices that you accepted, and when",
            "So that you and we can see what was agreed.",
            "As long as you have it",
        ),
        kept(
            "Your password",
            "Only as an Argon2id hash, from which nobody can read it.",
            "Until you change it",
        ),
        kept(
            "Hashes of passwords you had before",
            "So that an old one, which others may know, is not chosen again.",
            format!("Only of the last {REMEMBERED}"),
        ),
        kept(
            "That you signed in or out, when, and with which browser",
            "So that you can look back when something seems odd.",
            of(SIGN_INS_DAYS, "day"),
        ),
        kept(
            "That somebody failed to sign in with your address, and from which network",
            "So that guessing is noticed. Once a minute at most, and never what was typed.",
            of(FAILURES_DAYS, "day"),
        ),
        kept(
            "An address you had before, after a change",
            "So that the change can be taken back, and looked into.",
            of(ADDRESSES_DAYS, "day"),
        ),
        kept(
            "Browsers and networks you signed in from",
            "So that you hear of it when a new one signs in.",
            of(BROWSERS_DAYS, "day"),
        ),
        kept(
            "That a colleague looked at the site with your eyes, and why",
            "So that you can see who did.",
            of(VIEWS_DAYS, "day"),
        ),
        kept(
            "Access tokens that ended: their names and last use, never the tokens",
            "So that you can look back at what had access.",
            of(TOKENS_DAYS, "day"),
        ),
    ]
}

/// What is kept of passkeys and codes.
fn of_proofs() -> Vec<Kept> {
    vec![
        kept(
            "Passkeys: their names, the days of making and last use, the public half of the key",
            "So that your device can prove who you are. Its secret half never leaves it.",
            "Until you remove them",
        ),
        kept(
            "The secret that an authenticator app shares with us, and the day it was set up",
            "So that its codes can be checked. It is sealed: a copy of the database is no use.",
            "Until you remove it",
        ),
        kept("Recovery codes", "Only as hashes. Each works once.", "Until you make new ones"),
        kept(
            "The question that a passkey answered",
            "As a hash, so that no answer is taken twice. Nothing of you is in it.",
            of(ANSWERED_WITHIN_MINUTES, "minute"),
        ),
    ]
}

/// What is kept of other systems that know somebody, and of their devices.
fn elsewhere() -> Vec<Kept> {
    vec![
        kept(
            "Which other systems know you, what they may learn, and when they last asked",
            "So that you are asked once, see it, and can take it away.",
            "Until you take it away",
        ),
        kept(
            "What such a system holds: its tokens, as hashes, and how you proved who you are",
            "So that it can ask again. They stop working earlier when you sign out or take it away.",
            format!(
                "{} after its last use, {} if it may go on when you are signed out",
                of(REFRESH_DAYS, "day"),
                of(OFFLINE_DAYS, "day")
            ),
        ),
        kept(
            "From which browser you signed in to another system",
            "So that it hears when that sign-in ends.",
            "As long as that browser is signed in",
        ),
        kept(
            "A code on its way to another system",
            "As a hash. It works once.",
            format!(
                "{}; what it was for {} more",
                of(CODE_SECONDS, "second"),
                of(SPENT_HOURS, "hour")
            ),
        ),
        kept(
            "A device that waits for you to connect it, with its network",
            "So that you see what you allow, and it learns what you said.",
            format!("{}, then {} more", of(WAITS_MINUTES, "minute"), of(TOLD_HOURS, "hour")),
        ),
    ]
}

/// What goes by itself within weeks.
fn passing() -> Vec<Kept> {
    vec![
        kept(
            "A browser that is signed in, with its network",
            "So that you need not sign in every day, and can end it from elsewhere.",
            of(REMEMBERED_DAYS, "day"),
        ),
        kept(
            "An address that was registered and not confirmed",
            "It waits for whoever opens our mail.",
            of(UNVERIFIED_DAYS, "day"),
        ),
        kept(
            "Codes in our mails",
            "As hashes. They work once; a day longer we can say that one is too old.",
            format!("{}, then {} more", of(GOOD_FOR_MINUTES, "minute"), of(CODES_DAYS, "day")),
        ),
        kept(
            "How often something was tried for an address or from a network",
            "As hashes, so that whoever guesses has to wait.",
            of(FORGOTTEN_HOURS, "hour"),
        ),
        kept(
            "A puzzle that your browser solved for a mail",
            "So that one solution is not used for many mails. Nothing of you is in it.",
            of(PUZZLE_MINUTES, "minute"),
        ),
        kept(
            "A sign-in that you began and did not complete",
            "So that you can go on with it.",
            of(COMPLETED_WITHIN_MINUTES, "minute"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_said_in_words() {
        let all = all();
        assert!(all.iter().any(|kept| kept.long == "30 days"));
        assert!(all.iter().any(|kept| kept.long == "60 minutes, then 1 day more"));
        assert!(all.iter().any(|kept| kept.long == "10 minutes, then 1 hour more"));
        assert!(
            all.iter().any(|kept| kept.long.starts_with("30 days after its last use, 90 days"))
        );
        assert!(all.iter().all(|kept| kept.why.ends_with('.') && !kept.what.ends_with('.')));
    }
}
