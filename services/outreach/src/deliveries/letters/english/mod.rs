//! The letters in English: the one place of their words; those about the safety of an account in
//! [`security`].

mod security;

use chassis::{Mode, ui};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{Money, OrderId};

use super::Setting;
use super::mail::{Block, Foot, Mail};
use crate::deliveries::domain::{Facts, Line, last_day};

/// What a letter says beside what all letters say.
struct Said {
    subject: String,
    preview: String,
    about: String,
    heading: String,
    blocks: Vec<Block>,
}

/// The mail that says these facts.
pub(super) fn mail(facts: &Facts, set: &Setting<'_>) -> Mail {
    let said = match facts {
        Facts::ConfirmAddress { path, minutes, until } => confirm(set, path, (*minutes, *until)),
        Facts::ResetPassword { path, minutes, until } => reset(set, path, (*minutes, *until)),
        Facts::AccountKnown { path } => known(set, path),
        Facts::PasswordChanged { at } => password_changed(set, *at),
        Facts::NewAddress { path, minutes, until } => {
            security::new_address(set, path, (*minutes, *until))
        }
        Facts::UndoAddress { path, instead, minutes, until } => {
            security::undo_address(set, path, instead, (*minutes, *until))
        }
        Facts::AddressChanged { at } => security::address_changed(set, *at),
        Facts::Invitation { path, title, minutes, until } => {
            security::invitation(set, path, title.as_deref(), (*minutes, *until))
        }
        Facts::SecurityAlert { alert, device, network, at } => {
            security::alert(set, alert, (device, network, *at))
        }
        Facts::Receipt { number, entity, paid_on, lines, total, order } => {
            let paid = Paid { number, entity, on: day(*paid_on), order: *order };
            receipt(set, &paid, lines, total)
        }
        Facts::PaymentDeclined { code, lines, total, order } => {
            declined(set, code, lines, total, *order)
        }
        Facts::Refund { amount, reason, order } => refund(set, amount, reason, *order),
        Facts::Welcome { number, ends_before } => welcome(set, number, *ends_before),
        Facts::ChapterWelcome { name, ends_before, .. } => {
            chapter_welcome(set, name.as_deref().unwrap_or("chapter"), *ends_before)
        }
        Facts::ApplicationExpired => application_expired(set),
    };
    Mail {
        language: "en",
        society: set.site.name.clone(),
        subject: said.subject,
        preview: said.preview,
        about: [said.about, day(set.site.day(set.written))],
        heading: said.heading,
        blocks: said.blocks,
        foot: foot(set),
    }
}

fn foot(set: &Setting<'_>) -> Vec<Foot> {
    let line = |text: String| Foot { text, url: None };
    let why = format!("You get this mail because {}.", set.why);
    let mut foot = if set.critical {
        vec![line(format!("{why} Such mails cannot be switched off."))]
    } else {
        let url = Some(set.url("/notifications"));
        vec![line(why), Foot { text: "Choose which mails you want".to_owned(), url }]
    };
    if set.site.mode == Mode::Demo {
        foot.push(line("A demonstration wrote it: people and prices are samples.".to_owned()));
    }
    foot.push(line(format!("Reference {}", set.reference)));
    foot
}

/// The greeting, and the sentence that it begins.
fn hello(set: &Setting<'_>, rest: &str) -> Block {
    let name = set.name.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let space = if name.is_empty() { "" } else { " " };
    Block::Text(format!("Hello{space}{name}, {rest}"))
}

fn instant(set: &Setting<'_>, at: DateTime<Utc>) -> String {
    ui::instant(set.site, at).text().to_owned()
}

fn day(day: NaiveDate) -> String {
    ui::day(day).text().to_owned()
}

/// For how many minutes a link works, and when they are over.
type Lifetime = (i64, DateTime<Utc>);

fn works(set: &Setting<'_>, (minutes, until): Lifetime) -> Block {
    Block::Facts(vec![
        ("Works", format!("once, for {}", span(minutes))),
        ("Until", instant(set, until)),
    ])
}

/// A time in the largest unit that says it without a fraction.
fn span(minutes: i64) -> String {
    if minutes > 60 && minutes % 60 == 0 {
        format!("{} hours", minutes / 60)
    } else {
        format!("{minutes} minutes")
    }
}

fn confirm(set: &Setting<'_>, path: &str, lifetime: Lifetime) -> Said {
    let society = &set.site.name;
    Said {
        subject: "Confirm your address".to_owned(),
        preview: format!("One step is left to your {society} account."),
        about: "Your account".to_owned(),
        heading: "One step is left".to_owned(),
        blocks: vec![
            hello(
                set,
                "confirm that this mailbox is yours. You choose your password on the page that opens.",
            ),
            Block::Button("Confirm my address", set.url(path)),
            works(set, lifetime),
            Block::Text(
                "If you did not ask for it, do nothing: without this link nothing changes."
                    .to_owned(),
            ),
        ],
    }
}

fn reset(set: &Setting<'_>, path: &str, lifetime: Lifetime) -> Said {
    let society = &set.site.name;
    let asked = format!(
        "somebody, probably you, asked to set a new password for your {society} account. \
         With the new one, every sign-in that is open now ends."
    );
    Said {
        subject: "Set a new password".to_owned(),
        preview: format!("The link to a new password for your {society} account."),
        about: "Your account".to_owned(),
        heading: "Set a new password".to_owned(),
        blocks: vec![
            hello(set, &asked),
            Block::Button("Set a new password", set.url(path)),
            works(set, lifetime),
            Block::Text("If it was not you, do nothing: your password stays as it is.".to_owned()),
        ],
    }
}

fn known(set: &Setting<'_>, path: &str) -> Said {
    Said {
        subject: format!("You have an {} account already", set.site.name),
        preview: "Somebody tried to register with your address. Nothing was changed.".to_owned(),
        about: "Your account".to_owned(),
        heading: "You have an account already".to_owned(),
        blocks: vec![
            hello(
                set,
                "somebody, probably you, tried to register with this address. It has an account, \
                 so nothing was changed.",
            ),
            Block::Button("Sign in", set.url(path)),
            Block::Link("Set a new password", set.url("/account/forgotten")),
            Block::Text("If it was not you, do nothing.".to_owned()),
        ],
    }
}

fn password_changed(set: &Setting<'_>, at: DateTime<Utc>) -> Said {
    let at = instant(set, at);
    let changed = format!("the password of your {} account was changed.", set.site.name);
    Said {
        subject: "Your password was changed".to_owned(),
        preview: format!("Changed on {at}. If it was not you, set a new one at once."),
        about: "Your account".to_owned(),
        heading: "Your password was changed".to_owned(),
        blocks: vec![
            hello(set, &changed),
            Block::Facts(vec![
                ("Changed", at),
                ("Other sign-ins", "ended, wherever they were".to_owned()),
            ]),
            Block::Text(
                "If it was you, all is well. If not, somebody else knows your password: set a new \
                 one at once."
                    .to_owned(),
            ),
            Block::Button("Set a new password", set.url("/account/forgotten")),
        ],
    }
}

/// What a receipt says of the payment.
struct Paid<'a> {
    number: &'a str,
    entity: &'a str,
    on: String,
    order: Option<OrderId>,
}

/// Who sells: the society by its name, though its code is told; others as they are told.
fn seller(set: &Setting<'_>, entity: &str) -> String {
    let ours = entity.eq_ignore_ascii_case(&set.site.name);
    if ours { set.site.name.clone() } else { entity.to_owned() }
}

fn receipt(set: &Setting<'_>, paid: &Paid<'_>, lines: &[Line], total: &Money) -> Said {
    let (number, on) = (paid.number, &paid.on);
    let arrived = format!("your payment of {total} arrived on {on}.");
    let path = paid.order.map(|order| format!("/billing/receipts/{order}"));
    Said {
        subject: format!("Receipt {number}"),
        preview: format!("Paid {total} on {on}. The receipt is inside."),
        about: format!("Receipt {number}"),
        heading: "Paid. Thank you.".to_owned(),
        blocks: vec![
            hello(set, &arrived),
            sums(lines, ("Total paid", total)),
            Block::Button("Open the receipt", set.url(path.as_deref().unwrap_or("/billing"))),
            Block::Facts(vec![
                ("Receipt", number.to_owned()),
                ("Paid on", on.clone()),
                ("Sold by", seller(set, paid.entity)),
            ]),
            Block::Heading("What happens now"),
            Block::Steps(vec![
                ("Done", "Your payment arrived, and the receipt is written.".to_owned()),
                (
                    "Now",
                    "What you paid for begins by itself; a mail of its own says when it has."
                        .to_owned(),
                ),
                ("Later", "The receipt stays with your orders, to be printed.".to_owned()),
            ]),
        ],
    }
}

fn sums(lines: &[Line], (what, total): (&'static str, &Money)) -> Block {
    let lines = lines.iter().map(|line| (line.text.clone(), line.amount.to_string())).collect();
    Block::Sums { lines, total: (what, total.to_string()) }
}

fn declined(
    set: &Setting<'_>,
    code: &str,
    lines: &[Line],
    total: &Money,
    order: Option<OrderId>,
) -> Said {
    let (why, advice) = match code {
        "card_declined" => (
            "the card was declined",
            "The bank that gave you the card can say why. Another card may do.",
        ),
        "insufficient_funds" => {
            ("the account does not hold enough", "Try again when it does, or with another card.")
        }
        "expired_card" => ("the card has run out", "Try again with a card that is still good."),
        _ => ("the payment provider said no", "Try again, or with another card."),
    };
    let path = order.map(|order| format!("/checkout/orders/{order}"));
    let happened = format!("your payment of {total} did not go through: {why}. Nothing was taken.");
    Said {
        subject: format!("Your payment of {total} was declined"),
        preview: format!("Nothing was taken: {why}."),
        about: "Your order".to_owned(),
        heading: "Your payment did not go through".to_owned(),
        blocks: vec![
            hello(set, &happened),
            Block::Text(advice.to_owned()),
            sums(lines, ("Still to be paid", total)),
            Block::Button("Try again", set.url(path.as_deref().unwrap_or("/billing"))),
            Block::Text(
                "What you chose is kept for you until the time to pay it is over. After that it \
                 runs out by itself; nothing is owed."
                    .to_owned(),
            ),
        ],
    }
}

fn refund(set: &Setting<'_>, amount: &Money, reason: &str, order: Option<OrderId>) -> Said {
    let why = given_back(reason);
    let path = order.map(|order| format!("/checkout/orders/{order}"));
    let heading = format!("{amount} is on its way back to you");
    Said {
        subject: heading.clone(),
        preview: format!("Given back: {why}."),
        about: "Your order".to_owned(),
        heading,
        blocks: vec![
            hello(set, &format!("we gave {amount} back to you: {why}.")),
            Block::Button("See the order", set.url(path.as_deref().unwrap_or("/billing"))),
            Block::Heading("What happens now"),
            Block::Steps(vec![
                ("Done", format!("The payment provider gave {amount} back.")),
                (
                    "Now",
                    "Your bank books it to the card or account it came from. That may take some \
                     days."
                        .to_owned(),
                ),
                ("Then", "You see it on your statement. You need not do anything.".to_owned()),
            ]),
        ],
    }
}

/// What the asker's code for a refund means.
fn given_back(code: &str) -> &'static str {
    match code {
        "paid_too_late" => "it arrived after the offer had ended",
        "cancelled" => "the order was cancelled",
        "superseded" => "another application was paid for the same year",
        "dues_underpaid" => "it was less than was asked for",
        "paid_twice" => "it was paid twice",
        "asked_by_payer" => "you asked for it",
        "not_delivered" => "what you paid for was not delivered",
        "charged_in_error" => "it was charged in error",
        "goodwill" => "as a goodwill",
        _ => "it was asked for on your behalf",
    }
}

fn welcome(set: &Setting<'_>, number: &str, ends_before: NaiveDate) -> Said {
    let (society, through) = (&set.site.name, day(last_day(ends_before)));
    Said {
        subject: format!("Welcome to {society}, member {number}"),
        preview: format!("You are a member, through {through}."),
        about: format!("Member {number}"),
        heading: format!("Welcome to {society}"),
        blocks: vec![
            hello(set, &format!("you are a member of {society}.")),
            Block::Facts(vec![("Member number", number.to_owned()), ("Member through", through)]),
            Block::Button("Open my membership", set.url("/membership")),
            Block::Heading("What is yours now"),
            Block::Link("What is open to members", set.url("/members")),
            Block::Link("Your orders and receipts", set.url("/billing")),
            Block::Link("What was written to you", set.url("/notifications")),
        ],
    }
}

fn chapter_welcome(set: &Setting<'_>, chapter: &str, ends_before: NaiveDate) -> Said {
    let through = day(last_day(ends_before));
    Said {
        subject: format!("Welcome to the {chapter}"),
        preview: format!("You are a member of the chapter, through {through}."),
        about: "Your membership".to_owned(),
        heading: format!("Welcome to the {chapter}"),
        blocks: vec![
            hello(set, &format!("you are a member of the {chapter}.")),
            Block::Facts(vec![("Chapter", chapter.to_owned()), ("Member through", through)]),
            Block::Button("Open my membership", set.url("/membership")),
        ],
    }
}

fn application_expired(set: &Setting<'_>) -> Said {
    Said {
        subject: "Your application has run out".to_owned(),
        preview: "It was not paid in time. Nothing was taken, and you can apply again.".to_owned(),
        about: "Your membership".to_owned(),
        heading: "Your application has run out".to_owned(),
        blocks: vec![
            hello(set, "your application for membership was not paid in time. Nothing was taken."),
            Block::Text(
                "You can apply again at any time. Money that arrives all the same is not lost: it \
                 is given back when nothing can begin for it."
                    .to_owned(),
            ),
            Block::Button("Apply again", set.url("/membership/join")),
        ],
    }
}
