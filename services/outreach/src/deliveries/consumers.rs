//! The messages that cause a notice, or that tell what a notice still lacked.

use std::marker::PhantomData;

use chassis::{Command, Fault, Got, Reaction, Tx};
use chrono::Duration;
use contracts::commerce::{ChargeRefunded, OrderPaid, PaymentFailed};
use contracts::identity::{
    Account, AccountRegistered, AccountVerified, CodeIssued, CodePurpose, PasswordChanged,
};
use contracts::membership::{
    ApplicationEnded, ApplicationState, ChapterPublished, TermKind, TermStarted,
};
use contracts::{Message, PersonId, commerce::Order};

use super::commands::{CODE_MINUTES, CompleteForChapter, CompleteForPerson, WriteNotice};
use super::domain::{Facts, Line, link};
use crate::people::consumers::TellsAccount;
use crate::people::tables::Addressee;

/// Writes the notice of a message; the message is its cause.
async fn notify<M: Message>(
    tx: &Tx,
    got: &Got<M>,
    person: PersonId,
    facts: Facts,
) -> Result<(), Fault> {
    Ok(notice(got, person, facts, None).run(tx).await?)
}

/// Writes the notice of a message that itself tells where it goes.
async fn notify_account<M: Message>(
    tx: &Tx,
    got: &Got<M>,
    account: &Account,
    facts: Facts,
) -> Result<(), Fault> {
    Ok(notice(got, account.person_id, facts, Some(addressee(account))).run(tx).await?)
}

fn notice<M: Message>(
    got: &Got<M>,
    person: PersonId,
    facts: Facts,
    addressee: Option<Addressee>,
) -> WriteNotice {
    WriteNotice {
        feed: got.feed.clone(),
        cause: got.id.clone(),
        caused_at: got.at,
        correlation: got.correlation,
        person,
        addressee,
        facts,
    }
}

fn addressee(account: &Account) -> Addressee {
    Addressee {
        address: Some(account.address.clone()),
        language: Some(account.language.clone()),
        name: None,
    }
}

/// A one-time code was made: its link goes to the address it is for.
pub(crate) struct SendCode;

impl Reaction for SendCode {
    const NAME: &'static str = "deliveries.send_code";

    type Message = CodeIssued;

    async fn react(&self, tx: &Tx, got: &Got<CodeIssued>) -> Result<(), Fault> {
        // A code that is blanked or has run out by now helps nobody: the person asks for another.
        let usable = !got.code.is_empty() && got.expires_at > tx.now();
        let until = got.expires_at.min(got.at + Duration::minutes(CODE_MINUTES));
        let minutes = (until - got.at).num_minutes();
        let path = link(&got.path, &got.code);
        let facts = match got.purpose {
            CodePurpose::Confirm if usable => Facts::ConfirmAddress { path, minutes, until },
            CodePurpose::Reset if usable => Facts::ResetPassword { path, minutes, until },
            CodePurpose::Known => Facts::AccountKnown { path: got.path.clone() },
            CodePurpose::Confirm | CodePurpose::Reset | CodePurpose::Unknown(_) => return Ok(()),
        };
        notify_account(tx, got, &got.account, facts).await
    }
}

/// The password was changed: its owner is told, in case it was somebody else.
pub(crate) struct WarnOfPassword;

impl Reaction for WarnOfPassword {
    const NAME: &'static str = "deliveries.warn_of_password";

    type Message = PasswordChanged;

    async fn react(&self, tx: &Tx, got: &Got<PasswordChanged>) -> Result<(), Fault> {
        notify_account(tx, got, &got.account, Facts::PasswordChanged { at: got.at }).await
    }
}

/// An order was paid: the payer gets the receipt.
pub(crate) struct SendReceipt;

impl Reaction for SendReceipt {
    const NAME: &'static str = "deliveries.send_receipt";

    type Message = OrderPaid;

    async fn react(&self, tx: &Tx, got: &Got<OrderPaid>) -> Result<(), Fault> {
        let order = &got.order;
        let facts = Facts::Receipt {
            number: order.receipt_number.clone().unwrap_or_else(|| order.order_id.to_string()),
            entity: order.legal_entity.clone(),
            paid_on: tx.day_of(got.paid_at),
            lines: lines(order),
            total: order.total.clone(),
            order: Some(order.order_id),
        };
        notify(tx, got, order.payer, facts).await
    }
}

/// A payment was declined: the payer may try again.
pub(crate) struct SayDeclined;

impl Reaction for SayDeclined {
    const NAME: &'static str = "deliveries.say_declined";

    type Message = PaymentFailed;

    async fn react(&self, tx: &Tx, got: &Got<PaymentFailed>) -> Result<(), Fault> {
        let order = &got.order;
        let (code, total) = (got.code.clone(), order.total.clone());
        let (lines, id) = (lines(order), Some(order.order_id));
        let facts = Facts::PaymentDeclined { code, lines, total, order: id };
        notify(tx, got, order.payer, facts).await
    }
}

fn lines(order: &Order) -> Vec<Line> {
    let line = |line: &contracts::commerce::OrderLine| Line {
        text: if line.quantity == 1 {
            line.text.clone()
        } else {
            format!("{} × {}", line.quantity, line.text)
        },
        amount: line.amount.clone(),
    };
    order.lines.iter().map(line).collect()
}

/// Money went back: the payer is told.
pub(crate) struct SayRefunded;

impl Reaction for SayRefunded {
    const NAME: &'static str = "deliveries.say_refunded";

    type Message = ChargeRefunded;

    async fn react(&self, tx: &Tx, got: &Got<ChargeRefunded>) -> Result<(), Fault> {
        let (amount, reason) = (got.amount.clone(), got.reason.clone());
        let facts = Facts::Refund { amount, reason, order: got.charge.order_id };
        notify(tx, got, got.charge.payer, facts).await
    }
}

/// A term started: the member is welcomed, by the society or by the chapter.
pub(crate) struct WelcomeMember;

impl Reaction for WelcomeMember {
    const NAME: &'static str = "deliveries.welcome_member";

    type Message = TermStarted;

    async fn react(&self, tx: &Tx, got: &Got<TermStarted>) -> Result<(), Fault> {
        let term = &got.term;
        let ends_before = term.ends_before;
        let facts = match (&term.kind, term.chapter_id) {
            (TermKind::National, _) => {
                Facts::Welcome { number: got.member_number.clone(), ends_before }
            }
            (TermKind::Chapter, Some(chapter)) => {
                Facts::ChapterWelcome { chapter, name: None, ends_before }
            }
            (TermKind::Chapter, None) | (TermKind::Unknown(_), _) => return Ok(()),
        };
        notify(tx, got, term.person_id, facts).await
    }
}

/// An application ran out before it was paid: the applicant is told.
pub(crate) struct SayApplicationExpired;

impl Reaction for SayApplicationExpired {
    const NAME: &'static str = "deliveries.say_application_expired";

    type Message = ApplicationEnded;

    async fn react(&self, tx: &Tx, got: &Got<ApplicationEnded>) -> Result<(), Fault> {
        if got.application.state != ApplicationState::Expired {
            return Ok(());
        }
        notify(tx, got, got.application.person_id, Facts::ApplicationExpired).await
    }
}

/// A message of identity by which an address may become known here.
pub(crate) trait TellsAddress: TellsAccount {
    /// Name of the reaction; stored, never renamed.
    const REACTION: &'static str;
}

impl TellsAddress for AccountRegistered {
    const REACTION: &'static str = "deliveries.complete_on_registered";
}

impl TellsAddress for AccountVerified {
    const REACTION: &'static str = "deliveries.complete_on_verified";
}

/// An address became known: what waited for it is written and sent. Feeds have no order between
/// them, so a receipt may be due before identity has told who the payer is.
pub(crate) struct CompleteOnAddress<M>(PhantomData<M>);

impl<M> CompleteOnAddress<M> {
    /// The reaction to messages of type `M`.
    pub(crate) const fn told() -> Self {
        Self(PhantomData)
    }
}

impl<M: TellsAddress> Reaction for CompleteOnAddress<M> {
    const NAME: &'static str = M::REACTION;

    type Message = M;

    async fn react(&self, tx: &Tx, got: &Got<M>) -> Result<(), Fault> {
        let account = got.account();
        let complete = CompleteForPerson { person: account.person_id, told: addressee(account) };
        Ok(complete.run(tx).await?)
    }
}

/// A chapter's name became known: welcomes that waited for it are written and sent.
pub(crate) struct CompleteOnChapter;

impl Reaction for CompleteOnChapter {
    const NAME: &'static str = "deliveries.complete_on_chapter";

    type Message = ChapterPublished;

    async fn react(&self, tx: &Tx, got: &Got<ChapterPublished>) -> Result<(), Fault> {
        let (chapter, name) = (got.chapter.chapter_id, got.chapter.name.clone());
        Ok(CompleteForChapter { chapter, name }.run(tx).await?)
    }
}
