//! The sentences of what still stands before a sign-in, and of the pages that a mail leads to.

use chrono::NaiveDate;
use serde::Serialize;

/// The sentences in one language.
pub(crate) struct Steps {
    pub(crate) go_on: &'static str,
    pub(crate) code: &'static str,
    pub(crate) second: Second,
    pub(crate) app: App,
    pub(crate) enrol: Enrol,
    pub(crate) passkeys: Passkeys,
    pub(crate) codes: Codes,
    pub(crate) password: NewPassword,
    pub(crate) confirm: Confirm,
    pub(crate) link: Link,
    pub(crate) proof: Proof,
    pub(crate) changing: Changing,
    pub(crate) undo: Undo,
    pub(crate) invited: Invited,
    pub(crate) terms: Terms,
    pub(crate) demo: Demo,
    pub(crate) puzzle: Puzzle,
}

/// The second factor is given.
pub(crate) struct Second {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) section: &'static str,
    pub(crate) hint: &'static str,
    /// Of whoever has no app.
    pub(crate) recovery: &'static str,
    pub(crate) recovery_hint: &'static str,
    pub(crate) passkey: &'static str,
    pub(crate) neither: &'static str,
    pub(crate) neither_help: &'static str,
    pub(crate) not_you: &'static str,
    pub(crate) known: &'static str,
    pub(crate) set_new: &'static str,
}

/// An authenticator app is set up.
pub(crate) struct App {
    pub(crate) open: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) cannot: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) on_phone: &'static str,
    pub(crate) open_it: &'static str,
    pub(crate) type_code: &'static str,
    pub(crate) digits: &'static str,
    pub(crate) set_up: &'static str,
}

/// A second factor is set up because a role asks for it.
pub(crate) struct Enrol {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) with_app: &'static str,
    pub(crate) or_passkey: &'static str,
    pub(crate) what: &'static str,
    pub(crate) no_name: &'static str,
}

/// The forms that ask for a passkey.
pub(crate) struct Passkeys {
    pub(crate) name: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) add: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) script: Script,
}

/// What the script of passkeys says, by the names that it has for it.
#[derive(Serialize)]
pub(crate) struct Script {
    pub(crate) denied: &'static str,
    pub(crate) there: &'static str,
    pub(crate) place: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) unknown: &'static str,
    /// With the address of the site behind it.
    pub(crate) elsewhere: &'static str,
}

/// Recovery codes are shown.
pub(crate) struct Codes {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) section: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) what_for: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) print: &'static str,
}

/// A new password is chosen.
pub(crate) struct NewPassword {
    pub(crate) title: &'static str,
    /// Because staff asked for it.
    pub(crate) asked: &'static str,
    /// Because it was forgotten.
    pub(crate) reset: &'static str,
    pub(crate) section: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) set_and_sign_in: &'static str,
    pub(crate) set: &'static str,
    pub(crate) rules: &'static str,
    /// The fewest and the most characters.
    pub(crate) length: fn(usize, usize) -> String,
    pub(crate) guessed: &'static str,
    /// None of so many before it.
    pub(crate) past: fn(i64) -> String,
    pub(crate) free: &'static str,
}

/// An address is confirmed for the first time.
pub(crate) struct Confirm {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) section: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) act: &'static str,
    pub(crate) passkey: &'static str,
    pub(crate) with_it: &'static str,
    pub(crate) and: &'static str,
    pub(crate) unasked: &'static str,
    pub(crate) do_nothing: &'static str,
}

/// The link of a mail does not work.
pub(crate) struct Link {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) used: &'static str,
    /// A new one works so many minutes.
    pub(crate) another: fn(i64) -> String,
    pub(crate) send: &'static str,
    pub(crate) newer: &'static str,
}

/// An address is proved again.
pub(crate) struct Proof {
    pub(crate) title: &'static str,
    pub(crate) thanks: &'static str,
    pub(crate) asked: &'static str,
    pub(crate) no_mail: &'static str,
    pub(crate) another: &'static str,
    pub(crate) send: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) write: &'static str,
}

/// The pages that the link to a new or proved address leads to.
pub(crate) struct Changing {
    pub(crate) title: &'static str,
    pub(crate) until_now: &'static str,
    pub(crate) from_now: &'static str,
    /// What changes, and for how many hours it can be taken back.
    pub(crate) means: fn(i64) -> String,
    pub(crate) proof: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) unasked: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) look: &'static str,
    pub(crate) account: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) from_now_on: &'static str,
    pub(crate) stays: &'static str,
}

/// A changed address is taken back.
pub(crate) struct Undo {
    pub(crate) title: &'static str,
    /// With the old address before it.
    pub(crate) again: &'static str,
    pub(crate) section: &'static str,
    pub(crate) act: &'static str,
    pub(crate) what: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) ends: &'static str,
    pub(crate) old: &'static str,
}

/// An invitation is accepted.
pub(crate) struct Invited {
    pub(crate) title: &'static str,
    /// With who invites before it, and what to behind it.
    pub(crate) invites: &'static str,
    pub(crate) section: &'static str,
    pub(crate) first: &'static str,
    pub(crate) accept: &'static str,
    /// With an address behind it.
    pub(crate) here: &'static str,
    /// With an address behind it.
    pub(crate) whose: &'static str,
    pub(crate) sign_in: &'static str,
    /// Somebody else is signed in; this address becomes an account.
    pub(crate) of_its_own: fn(&str) -> String,
    pub(crate) other: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) do_nothing: &'static str,
    /// A new link works so many hours.
    pub(crate) another: fn(i64) -> String,
    pub(crate) was_you: &'static str,
    pub(crate) newer: &'static str,
    pub(crate) to_home: &'static str,
    pub(crate) sent: &'static str,
    /// The link that was sent works so many hours.
    pub(crate) once: fn(i64) -> String,
    pub(crate) no_mail: &'static str,
}

/// New terms are accepted.
pub(crate) struct Terms {
    pub(crate) crumb: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) of_use: &'static str,
    pub(crate) privacy: &'static str,
    pub(crate) from: fn(NaiveDate) -> String,
    pub(crate) agreed: &'static str,
    pub(crate) accept: &'static str,
    pub(crate) otherwise: &'static str,
}

/// What only a demonstration says.
pub(crate) struct Demo {
    pub(crate) title: &'static str,
    pub(crate) sample: &'static str,
    pub(crate) password: &'static str,
    pub(crate) caption: &'static str,
    pub(crate) address: &'static str,
    pub(crate) who: &'static str,
    /// In the order of the addresses.
    pub(crate) people: [&'static str; 6],
    pub(crate) this_is: &'static str,
    /// With a link to the mailbox behind it.
    pub(crate) no_mail: &'static str,
    pub(crate) mailbox: &'static str,
}

/// Many mails were asked for from one network, or none may be.
pub(crate) struct Puzzle {
    pub(crate) many: &'static str,
    pub(crate) solves: &'static str,
    /// Without scripts one waits so many minutes.
    pub(crate) no_script: fn(i64) -> String,
    pub(crate) moment: &'static str,
    pub(crate) solved: &'static str,
    /// Only addresses at these domains can be registered.
    pub(crate) domains: fn(&str) -> String,
    pub(crate) elsewhere: &'static str,
    pub(crate) by_mail: &'static str,
}
