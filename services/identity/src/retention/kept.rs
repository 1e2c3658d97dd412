//! The list of what identity keeps. Every figure is the constant by which it is removed; a slice
//! that keeps something adds a line.

use crate::accounts::jobs::UNVERIFIED_DAYS;
use crate::addresses::domain::REMEMBERED_DAYS as ADDRESSES_DAYS;
use crate::alerts::domain::REMEMBERED_DAYS as BROWSERS_DAYS;
use crate::audits::domain::{FAILURES_DAYS, SIGN_INS_DAYS};
use crate::codes::domain::{GOOD_FOR_MINUTES, KEPT_DAYS as CODES_DAYS};
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

/// All of it, what stays longest first.
pub(super) fn all() -> Vec<Kept> {
    let mut all = lasting();
    all.extend(passing());
    all
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
        assert!(all.iter().all(|kept| kept.why.ends_with('.') && !kept.what.ends_with('.')));
    }
}
