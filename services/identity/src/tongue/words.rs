//! Every sentence of these pages; a language that lacks one does not compile.

use chassis::form::Spoken;

use super::steps::Steps;

/// The sentences in one language.
pub(crate) struct Words {
    /// BCP 47.
    pub(crate) code: &'static str,
    pub(crate) home: &'static str,
    pub(crate) language: &'static str,
    pub(crate) address: &'static str,
    pub(crate) password: &'static str,
    pub(crate) sign_in: &'static str,
    /// What stands between two parts of a sentence.
    pub(crate) between: &'static str,
    pub(crate) going_on: &'static str,
    /// With the name of the system that asks behind it.
    pub(crate) going_to: &'static str,
    pub(crate) forgot: &'static str,
    pub(crate) new_here: &'static str,
    pub(crate) one_account: &'static str,
    pub(crate) create: &'static str,
    pub(crate) passkey: &'static str,
    pub(crate) cannot: &'static str,
    pub(crate) open_link: &'static str,
    pub(crate) enter_again: &'static str,
    pub(crate) notices: Notices,
    pub(crate) register: Register,
    pub(crate) forgotten: Forgotten,
    pub(crate) mail: Mail,
    pub(crate) refusals: Refusals,
    pub(crate) steps: Steps,
    /// What the rules say otherwise, by what they say in English; nothing in English.
    pub(crate) said: &'static [(&'static str, &'static str)],
    /// What forms say of themselves; none in English, which they speak by themselves.
    pub(crate) forms: Option<&'static Spoken>,
}

/// What happened before somebody came to sign in.
pub(crate) struct Notices {
    pub(crate) confirmed: &'static str,
    pub(crate) passkey: &'static str,
    pub(crate) address_back: &'static str,
    pub(crate) reset: &'static str,
    pub(crate) out: &'static str,
    pub(crate) everywhere: &'static str,
}

/// The page of registering.
pub(crate) struct Register {
    pub(crate) lede: &'static str,
    pub(crate) address_hint: &'static str,
    pub(crate) language_hint: &'static str,
    pub(crate) have: &'static str,
    pub(crate) before: &'static str,
    pub(crate) record: &'static str,
}

/// The page of a forgotten password.
pub(crate) struct Forgotten {
    pub(crate) title: &'static str,
    pub(crate) lede: &'static str,
    pub(crate) send: &'static str,
    pub(crate) came_back: &'static str,
    pub(crate) none_yet: &'static str,
}

/// The steps, and the pages that say to look at one's mail.
pub(crate) struct Mail {
    pub(crate) your_address: &'static str,
    pub(crate) ours: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) look: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) if_known: &'static str,
    pub(crate) next: &'static str,
    /// Follow the link; it works so many minutes.
    pub(crate) follow: fn(i64) -> String,
    pub(crate) choose: &'static str,
    pub(crate) then_sign_in: &'static str,
    pub(crate) had_one: &'static str,
    pub(crate) none: &'static str,
    pub(crate) unwanted: &'static str,
    pub(crate) was_it_right: &'static str,
    pub(crate) newest: &'static str,
}

/// Why something was not done.
pub(crate) struct Refusals {
    pub(crate) wrong: &'static str,
    /// How many tries are left: none, one, two.
    pub(crate) left: [&'static str; 3],
    /// Too many tries; wait so many minutes.
    pub(crate) wait: fn(i64) -> String,
    /// Too many mails; wait so many minutes, or solve the puzzle.
    pub(crate) work: fn(i64) -> String,
    pub(crate) no_address: &'static str,
    pub(crate) odd_address: &'static str,
    pub(crate) empty: &'static str,
}
