//! The messages that cause a notice, or that tell what a notice still lacked.

use std::marker::PhantomData;

use chassis::{Command, Fault, Got, Reaction, Tx};
use chrono::{DateTime, Duration, Utc};
use contracts::commerce::{ChargeRefunded, OrderPaid, PaymentFailed};
use contracts::identity::{
    Account, AccountRegistered, AccountVerified, CodeIssued, CodePurpose, EmailChanged, LinkIssued,
    LinkPurpose, PasswordChanged, SecurityAlerted,
};
use contracts::membership::{
    ApplicationEnded, ApplicationState, ChapterPublished, TermKind, TermStarted,
};
use contracts::{Message, PersonId, commerce::Order};

use super::commands::{CompleteForChapter, CompleteForPerson, WriteNotice};
use super::domain::{Facts, Line, hinted, link};
use crate::people::consumers::TellsAccount;
use crate::people::tables::Addressee;

/// How long a one-time code may stand in our tables, in minutes: as long as in the feed of identity.
const CODE_MINUTES: i64 = 60;
/// The same of a link that works for days.
const LINK_MINUTES: i64 = 72 * 60;

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
        let (minutes, until) = lifetime(got, got.expires_at, CODE_MINUTES);
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

/// For how many minutes a code works that its message brings, and until when: no longer than it may
/// be kept.
fn lifetime<M: Message>(
    got: &Got<M>,
    expires_at: DateTime<Utc>,
    longest: i64,
) -> (i64, DateTime<Utc>) {
    let until = expires_at.min(got.at + Duration::minutes(longest));
    ((until - got.at).num_minutes(), until)
}

/// A link that works for days was made: it goes to the address it is for, which may be another than
/// the account's.
pub(crate) struct SendLink;

impl Reaction for SendLink {
    const NAME: &'static str = "deliveries.send_link";

    type Message = LinkIssued;

    async fn react(&self, tx: &Tx, got: &Got<LinkIssued>) -> Result<(), Fault> {
        if got.code.is_empty() || got.expires_at <= tx.now() {
            return Ok(());
        }
        let (minutes, until) = lifetime(got, got.expires_at, LINK_MINUTES);
        let path = link(&got.path, &got.code);
        let facts = match got.purpose {
            LinkPurpose::NewAddress => Facts::NewAddress { path, minutes, until },
            LinkPurpose::UndoAddress => {
                let instead = hinted(&got.account.address);
                Facts::UndoAddress { path, instead, minutes, until }
            }
            LinkPurpose::Invitation => {
                Facts::Invitation { path, title: got.title.clone(), minutes, until }
            }
            LinkPurpose::Unknown(_) => return Ok(()),
        };
        let own = addressee(&got.account);
        let addressee = Addressee { address: got.to.clone().or(own.address), ..own };
        Ok(notice(got, got.account.person_id, facts, Some(addressee)).run(tx).await?)
    }
}

/// The account has another address: its owner is told there.
pub(crate) struct SayAddressChanged;

impl Reaction for SayAddressChanged {
    const NAME: &'static str = "deliveries.say_address_changed";

    type Message = EmailChanged;

    async fn react(&self, tx: &Tx, got: &Got<EmailChanged>) -> Result<(), Fault> {
        notify_account(tx, got, &got.account, Facts::AddressChanged { at: got.at }).await
    }
}

/// Something happened to the safety of an account: its owner is told, whatever they switched off.
pub(crate) struct WarnOfSecurity;

impl Reaction for WarnOfSecurity {
    const NAME: &'static str = "deliveries.warn_of_security";

    type Message = SecurityAlerted;

    async fn react(&self, tx: &Tx, got: &Got<SecurityAlerted>) -> Result<(), Fault> {
        let facts = Facts::SecurityAlert {
            alert: got.alert.clone(),
            device: got.device.clone(),
            network: got.network.clone(),
            at: got.at,
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
