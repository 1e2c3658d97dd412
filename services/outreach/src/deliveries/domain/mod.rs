//! The notices there are, what each says, and when one may go out. Pure: no database, no clock, no network.

mod links;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::identity::SecurityAlert;
use contracts::{ChapterId, DeliveryId, Money, OrderId, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use links::{Piece, link, pieces};

/// Declares the notices with their stored codes.
macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident = $code:literal, $weight:ident, $name:literal, $why:literal;)+) => {
        /// A kind of mail that outreach writes by itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Notice {
            $($(#[$doc])* $notice,)+
        }

        impl Notice {
            /// Every notice.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$notice),+];

            /// Stored and published; never renamed.
            pub(crate) const fn code(self) -> &'static str {
                match self { $(Self::$notice => $code,)+ }
            }

            /// The notice of a stored code, unless a later version made it.
            pub(crate) fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|notice| notice.code() == code)
            }

            /// What it is called, where a list has no subject to show.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$notice => $name,)+ }
            }

            /// Whether it may be switched off.
            pub(crate) const fn weight(self) -> Weight {
                match self { $(Self::$notice => Weight::$weight,)+ }
            }
        }

        /// Why somebody got a notice of this code, as people read it.
        pub(crate) fn why(code: &str) -> &'static str {
            match code {
                $($code => $why,)+
                _ => "a notice of a later version",
            }
        }
    };
}

notices! {
    /// A link that confirms the address of a new account.
    ConfirmAddress = "identity.confirm", Critical, "Confirm an address", "you registered";
    /// A link that sets a new password.
    ResetPassword = "identity.reset", Critical, "Set a new password", "somebody asked for a new password";
    /// Somebody tried to register an address that has an account.
    AccountKnown = "identity.known", Critical, "An account already", "somebody tried to register with your address";
    /// The password was changed.
    PasswordChanged = "identity.password_changed", Critical, "Password changed", "your password was changed";
    /// A link that proves a new address.
    NewAddress = "identity.new_address", Critical, "Confirm a new address", "somebody wants to use this address for an account";
    /// A link that takes a change of address back; goes to the old one.
    UndoAddress = "identity.undo_address", Critical, "Address changed, to the old one", "the address of your account was changed";
    /// The account has another address; goes to the new one.
    AddressChanged = "identity.email_changed", Critical, "Address changed", "the address of your account was changed";
    /// A link that accepts an invitation.
    Invitation = "identity.invitation", Critical, "Invitation", "somebody invited you";
    /// Something happened to the safety of an account.
    SecurityAlert = "identity.security_alerted", Critical, "Security alert", "it is about the security of your account";
    /// The receipt of an order.
    Receipt = "commerce.receipt", Critical, "Receipt", "an order of yours was paid";
    /// A payment was declined.
    PaymentDeclined = "commerce.payment_declined", Critical, "Payment declined", "a payment of yours was declined";
    /// Money went back.
    Refund = "commerce.refund", Critical, "Refund", "money was given back to you";
    /// A membership began.
    Welcome = "membership.welcome", Service, "Welcome", "your membership began";
    /// A chapter's membership began.
    ChapterWelcome = "membership.chapter_welcome", Service, "Welcome to a chapter", "you joined a chapter";
    /// An application ran out before it was paid.
    ApplicationExpired = "membership.application_expired", Service, "Application run out", "your application was not paid in time";
}

/// Whether a notice may be switched off by who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Goes out always: money, sign-in, security.
    Critical,
    /// May be switched off.
    Service,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// What was bought, as the seller put it.
    pub(crate) text: String,
    /// What it came to.
    pub(crate) amount: Money,
}

/// What a letter says; everything it needs, so that it can be written later too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub(crate) enum Facts {
    /// The link holds the one-time code.
    ConfirmAddress { path: String, minutes: i64, until: DateTime<Utc> },
    /// The link holds the one-time code.
    ResetPassword { path: String, minutes: i64, until: DateTime<Utc> },
    /// Where to go on instead.
    AccountKnown { path: String },
    /// When it happened.
    PasswordChanged { at: DateTime<Utc> },
    /// The link holds the one-time code.
    NewAddress { path: String, minutes: i64, until: DateTime<Utc> },
    /// The link holds the one-time code; what the address is instead, as far as the old one may know.
    UndoAddress { path: String, instead: String, minutes: i64, until: DateTime<Utc> },
    /// When it happened.
    AddressChanged { at: DateTime<Utc> },
    /// The link holds the one-time code; what it is an invitation to.
    Invitation { path: String, title: Option<String>, minutes: i64, until: DateTime<Utc> },
    /// What happened, in which browser and network, and when.
    SecurityAlert { alert: SecurityAlert, device: String, network: String, at: DateTime<Utc> },
    /// An order with its receipt number.
    Receipt {
        number: String,
        entity: String,
        paid_on: NaiveDate,
        lines: Vec<Line>,
        total: Money,
        #[serde(default)]
        order: Option<OrderId>,
    },
    /// The order that is still to be paid, and the provider's code.
    PaymentDeclined {
        code: String,
        lines: Vec<Line>,
        total: Money,
        #[serde(default)]
        order: Option<OrderId>,
    },
    /// What went back, the asker's code for why, and the order it was paid with.
    Refund {
        amount: Money,
        reason: String,
        #[serde(default)]
        order: Option<OrderId>,
    },
    /// The member's number and the first day no longer covered.
    Welcome { number: String, ends_before: NaiveDate },
    /// The chapter, its name once known, and the first day no longer covered.
    ChapterWelcome { chapter: ChapterId, name: Option<String>, ends_before: NaiveDate },
    /// Nothing but the fact.
    ApplicationExpired,
}

impl Facts {
    /// The notice that says them.
    pub(crate) const fn notice(&self) -> Notice {
        match self {
            Self::ConfirmAddress { .. } => Notice::ConfirmAddress,
            Self::ResetPassword { .. } => Notice::ResetPassword,
            Self::AccountKnown { .. } => Notice::AccountKnown,
            Self::PasswordChanged { .. } => Notice::PasswordChanged,
            Self::NewAddress { .. } => Notice::NewAddress,
            Self::UndoAddress { .. } => Notice::UndoAddress,
            Self::AddressChanged { .. } => Notice::AddressChanged,
            Self::Invitation { .. } => Notice::Invitation,
            Self::SecurityAlert { .. } => Notice::SecurityAlert,
            Self::Receipt { .. } => Notice::Receipt,
            Self::PaymentDeclined { .. } => Notice::PaymentDeclined,
            Self::Refund { .. } => Notice::Refund,
            Self::Welcome { .. } => Notice::Welcome,
            Self::ChapterWelcome { .. } => Notice::ChapterWelcome,
            Self::ApplicationExpired => Notice::ApplicationExpired,
        }
    }

    /// Until when the one-time code that the text holds works; without one there is none.
    pub(crate) const fn code_until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::ConfirmAddress { until, .. }
            | Self::ResetPassword { until, .. }
            | Self::NewAddress { until, .. }
            | Self::UndoAddress { until, .. }
            | Self::Invitation { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The chapter whose name is still missing.
    pub(crate) const fn lacks_chapter(&self) -> Option<ChapterId> {
        match self {
            Self::ChapterWelcome { chapter, name: None, .. } => Some(*chapter),
            _ => None,
        }
    }

    /// The same facts with the chapter's name filled in.
    #[must_use]
    pub(crate) fn with_chapter(self, told: String) -> Self {
        match self {
            Self::ChapterWelcome { chapter, name: None, ends_before } => {
                Self::ChapterWelcome { chapter, name: Some(told), ends_before }
            }
            other => other,
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Something it needs is not known here yet: the address, the chapter's name.
    Awaiting,
    /// Not written: the person switched such notices off.
    Muted,
    /// Written; not yet with the mail server.
    Queued,
    /// Taken by the mail server.
    Sent,
    /// Taken, after a try whose answer got lost: the person may have it twice, under one `Message-ID`.
    Repeated,
    /// Will not be sent.
    Failed,
}

impl State {
    /// The stored word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Muted => "muted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Repeated => "repeated",
            Self::Failed => "failed",
        }
    }

    /// Every state, those first that are looked for most.
    pub(crate) const ALL: [Self; 6] =
        [Self::Failed, Self::Queued, Self::Awaiting, Self::Sent, Self::Repeated, Self::Muted];

    /// Reads the stored word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// One notice to one person for one cause.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    /// The code of the notice; may be one of a later version.
    pub(crate) notice: String,
    /// The service whose message caused it.
    pub(crate) cause_feed: String,
    /// That message: `<epoch>.<position>`.
    pub(crate) cause: String,
    pub(crate) correlation: Uuid,
    pub(crate) person: PersonId,
    pub(crate) state: State,
    /// What the letter will say; none once it is written.
    pub(crate) facts: Option<Facts>,
    /// Whether the text holds a one-time code.
    pub(crate) secret: bool,
    pub(crate) address: Option<String>,
    pub(crate) letter: Option<Letter>,
    /// The same for every try.
    pub(crate) message_id: String,
    pub(crate) problem: Option<String>,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) settled_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// A delivery as lists show it: without its text.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: DeliveryId,
    /// The code of the notice; may be one of a later version.
    pub(crate) notice: String,
    pub(crate) state: State,
    pub(crate) address: Option<String>,
    /// Whom it is for, once membership has told it.
    pub(crate) name: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) problem: Option<String>,
    pub(crate) made_at: DateTime<Utc>,
}

impl Entry {
    /// The subject; before it is written, what the notice is called.
    pub(crate) fn title(&self) -> String {
        let name = Notice::from_code(&self.notice).map(Notice::name);
        self.subject.clone().unwrap_or_else(|| name.unwrap_or(&self.notice).to_owned())
    }
}

/// A mail as it is to be read. Text and HTML are none when they were forgotten for the code in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// One line.
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    /// The language it is written in (BCP 47).
    pub(crate) language: String,
}

impl Delivery {
    /// The mail server has it. A code in it is forgotten, unless the mailbox page is how it is read.
    #[must_use]
    pub(crate) fn sent(self, at: DateTime<Utc>, repeated: bool, mailbox: bool) -> Self {
        let state = if repeated { State::Repeated } else { State::Sent };
        let sent = Self { state, problem: None, settled_at: Some(at), ..self };
        if mailbox { sent } else { sent.without_code() }
    }

    /// It will not be sent.
    #[must_use]
    pub(crate) fn failed(self, at: DateTime<Utc>, problem: &str) -> Self {
        let problem = Some(problem.to_owned());
        Self { state: State::Failed, problem, settled_at: Some(at), ..self }.without_code()
    }

    /// The same without a text that holds a one-time code.
    #[must_use]
    pub(crate) fn without_code(mut self) -> Self {
        if self.secret {
            self.facts = None;
            self.letter = self.letter.map(|letter| Letter { text: None, html: None, ..letter });
        }
        self
    }

    /// Whether a text with a code in it is still here.
    pub(crate) fn holds_code(&self) -> bool {
        self.secret && self.letter.as_ref().is_some_and(|letter| letter.text.is_some())
    }
}

/// An address as somebody may see it who perhaps should not know it: `j…@example.org`.
pub(crate) fn hinted(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// The last day covered by a term that ends before `ends_before`.
pub(crate) fn last_day(ends_before: NaiveDate) -> NaiveDate {
    ends_before.pred_opt().unwrap_or(ends_before)
}

#[cfg(test)]
mod tests;
