//! The words of letters that keep an account its owner's: a new address, an invitation, an alarm.

use chrono::{DateTime, Utc};
use contracts::identity::SecurityAlert;

use super::super::Setting;
use super::super::mail::Block;
use super::{Lifetime, Said, hello, instant, works};

/// Where sign-ins are ended.
const SIGN_INS: &str = "/account/sign-ins";

pub(super) fn new_address(set: &Setting<'_>, path: &str, lifetime: Lifetime) -> Said {
    let society = &set.site.name;
    let asked = format!(
        "somebody, probably you, asked to use this address for their {society} account. Confirm \
         that this mailbox is yours."
    );
    Said {
        subject: "Confirm your new address".to_owned(),
        preview: format!("One step is left, then {society} writes to you here."),
        about: "Your account".to_owned(),
        heading: "Is this your new address?".to_owned(),
        blocks: vec![
            hello(set, &asked),
            Block::Button("Use this address", set.url(path)),
            works(set, lifetime),
            Block::Text(
                "Until then nothing changes. If you did not ask for it, do nothing.".to_owned(),
            ),
        ],
    }
}

pub(super) fn undo_address(
    set: &Setting<'_>,
    path: &str,
    instead: &str,
    lifetime: Lifetime,
) -> Said {
    let society = &set.site.name;
    let changed = format!("the address of your {society} account was changed to another one.");
    Said {
        subject: "The address of your account was changed".to_owned(),
        preview: "If it was not you, take it back from this mail.".to_owned(),
        about: "Your account".to_owned(),
        heading: "Your address was changed".to_owned(),
        blocks: vec![
            hello(set, &changed),
            Block::Facts(vec![("New address", instead.to_owned())]),
            Block::Text("If it was you, all is well: you need not do anything.".to_owned()),
            Block::Text(
                "If not, take it back. This address is yours again, every sign-in ends, and you \
                 set a new password."
                    .to_owned(),
            ),
            Block::Button("Take it back", set.url(path)),
            works(set, lifetime),
        ],
    }
}

pub(super) fn address_changed(set: &Setting<'_>, at: DateTime<Utc>) -> Said {
    let (society, at) = (&set.site.name, instant(set, at));
    let changed = format!("this is the address of your {society} account from now on.");
    Said {
        subject: "We write to you at this address now".to_owned(),
        preview: format!("Changed on {at}. You sign in with it too."),
        about: "Your account".to_owned(),
        heading: "Your address was changed".to_owned(),
        blocks: vec![
            hello(set, &changed),
            Block::Facts(vec![("Changed", at)]),
            Block::Text(
                "Receipts, ballots and notices come here, and you sign in with this address. \
                 Your password stays as it is."
                    .to_owned(),
            ),
            Block::Button("Open your account", set.url("/account")),
        ],
    }
}

pub(super) fn invitation(
    set: &Setting<'_>,
    path: &str,
    title: Option<&str>,
    lifetime: Lifetime,
) -> Said {
    let society = &set.site.name;
    let to = title.unwrap_or(society);
    Said {
        subject: format!("You are invited: {to}"),
        preview: "The link in this mail accepts it.".to_owned(),
        about: "Invitation".to_owned(),
        heading: "You are invited".to_owned(),
        blocks: vec![
            hello(set, &format!("{society} invites you to {to}.")),
            Block::Button("Look at the invitation", set.url(path)),
            works(set, lifetime),
            Block::Text(
                "If you do not know what this is about, do nothing: without this link nothing \
                 changes."
                    .to_owned(),
            ),
        ],
    }
}

/// Where something happened, as the account page calls it, and when.
type Happened<'a> = (&'a str, &'a str, DateTime<Utc>);

pub(super) fn alert(
    set: &Setting<'_>,
    alert: &SecurityAlert,
    (device, network, at): Happened<'_>,
) -> Said {
    let words = words(alert);
    let at = instant(set, at);
    let mut facts = vec![("When", at.clone())];
    // Of a colleague's browser the owner learns nothing: who looked stands on the account page.
    if words.was_it_you {
        let known = |text: &str| !text.is_empty();
        facts.extend(known(device).then(|| ("Browser", device.to_owned())));
        facts.extend(known(network).then(|| ("Network", network.to_owned())));
    }
    let mut blocks = vec![hello(set, words.happened), Block::Facts(facts)];
    if words.was_it_you {
        blocks.push(Block::Text(
            "If it was you, all is well. If not, somebody else is in your account: end their \
             sign-in, then set a new password."
                .to_owned(),
        ));
        blocks.push(Block::Button("This was not me", set.url(SIGN_INS)));
    } else {
        blocks.push(Block::Button("See who looked", set.url("/account")));
    }
    Said {
        subject: words.subject.to_owned(),
        preview: format!("On {at}. {}", words.advice()),
        about: "Security of your account".to_owned(),
        heading: words.subject.to_owned(),
        blocks,
    }
}

/// What is said of one kind of alarm.
struct Words {
    subject: &'static str,
    /// What happened, behind the greeting.
    happened: &'static str,
    /// Whether the owner may have done it.
    was_it_you: bool,
}

impl Words {
    const fn advice(&self) -> &'static str {
        if self.was_it_you { "If it was not you, act at once." } else { "Nothing was changed." }
    }
}

fn words(alert: &SecurityAlert) -> Words {
    let (subject, happened) = match alert {
        SecurityAlert::NewDevice => (
            "A new sign-in to your account",
            "your account was signed in to from a browser and a place that we had not seen with it \
             in the last three months.",
        ),
        SecurityAlert::PasskeyAdded => {
            ("A passkey was added to your account", "from now on a new passkey opens your account.")
        }
        SecurityAlert::PasskeyRemoved => (
            "A passkey was removed from your account",
            "one of the passkeys of your account no longer opens it.",
        ),
        SecurityAlert::AuthenticatorAdded => (
            "Your account asks for codes now",
            "from now on, signing in to your account also asks for a code of an authenticator app.",
        ),
        SecurityAlert::AuthenticatorRemoved => (
            "Your account no longer asks for codes",
            "signing in to your account no longer asks for a code of an authenticator app.",
        ),
        SecurityAlert::RecoveryCodesMade => (
            "New recovery codes were made",
            "new recovery codes were made for your account; the older ones no longer work.",
        ),
        SecurityAlert::RecoveryCodeUsed => (
            "A recovery code was used",
            "your account was signed in to with one of its recovery codes.",
        ),
        SecurityAlert::TokenMade => (
            "An access token was made for your account",
            "a token was made with which a program reads or does things in your name.",
        ),
        SecurityAlert::ViewedByStaff => {
            return Words {
                subject: "Our staff looked at the site as you see it",
                happened: "a member of our staff opened the pages of this site as you see them. \
                           They could read, and change nothing.",
                was_it_you: false,
            };
        }
        SecurityAlert::Unknown(_) => (
            "The security of your account changed",
            "something about how your account is signed in to was changed.",
        ),
    };
    Words { subject, happened, was_it_you: true }
}
