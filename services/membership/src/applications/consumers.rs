//! What commerce tells about the charges of applications.

use chassis::{Attempt, Command, Fault, Got, Reaction, Refused, Tx};
use contracts::Money;
use contracts::commerce::{
    ChargeExpired, ChargeOpened, ChargePaid, ChargeRefunded, ChargeRefused, ChargeStatus,
};
use contracts::membership::ApplicationState;
use contracts::shared::RefundRequested;
use serde_json::json;

use super::commands::{self, StartTerms};
use super::domain::Application;
use super::tables;
use crate::tasks::{self, domain::Kind};

/// The application that `charge` is about; nothing when another service asked for the charge.
async fn asked(tx: &Tx, charge: &ChargeStatus) -> Result<Option<Application>, Fault> {
    if charge.asked_by != "membership" {
        return Ok(None);
    }
    Ok(tables::of_charge(tx, charge.charge_id).await?)
}

/// Commerce can take the money, so the page may say "Pay now".
pub(crate) struct OpenOnCharge;

impl Reaction for OpenOnCharge {
    const NAME: &'static str = "applications.open_on_charge";

    type Message = ChargeOpened;

    async fn react(&self, tx: &Tx, got: &Got<ChargeOpened>) -> Result<(), Fault> {
        let open = asked(tx, &got.charge).await?.filter(Application::is_open);
        if let Some(application) = open.filter(|application| application.opened_at.is_none()) {
            tables::save(tx, Application { opened_at: Some(tx.now()), ..application }).await?;
        }
        Ok(())
    }
}

/// The money arrived, so the terms start; when a rule forbids it, the money goes back and staff are
/// told.
pub(crate) struct StartOnPayment;

impl Reaction for StartOnPayment {
    const NAME: &'static str = "applications.start_on_payment";

    type Message = ChargePaid;

    async fn react(&self, tx: &Tx, paid: &Got<ChargePaid>) -> Result<(), Fault> {
        let ChargeStatus { asked_by, charge_id, captured, .. } = &paid.charge;
        if asked_by != "membership" {
            return Ok(());
        }
        let Some(application) = tables::of_charge(tx, *charge_id).await? else {
            // Ours by name, yet not in our tables: a human has to find out whose money this is.
            let payer = Some(paid.charge.payer);
            let about = (captured, "unknown_charge");
            return Ok(
                tasks::commands::open(tx, Kind::UnknownCharge, payer, *charge_id, about).await?
            );
        };
        let captured = captured.clone();
        let start = StartTerms { charge: *charge_id, paid_at: paid.paid_at, captured };
        match start.attempt(tx).await? {
            Attempt::Done(()) => Ok(()),
            Attempt::Refused(why) => give_back(tx, &application, paid, &why).await,
        }
    }
}

/// Money came, but no membership can start for it: it goes back, and staff see to it.
///
/// Publishes `membership.refund.requested`, `membership.application.ended`.
async fn give_back(
    tx: &Tx,
    application: &Application,
    paid: &Got<ChargePaid>,
    why: &Refused,
) -> Result<(), Fault> {
    let ChargeStatus { charge_id, payer, captured, refunded, .. } = &paid.charge;
    let left = Money { minor: captured.minor - refunded.minor, ..captured.clone() };
    let noted = Application { paid_at: Some(paid.paid_at), ..application.clone() };
    let ended = commands::end(tx, &noted, ApplicationState::GivenBack, Some(why.code)).await?;
    if left.minor > 0 {
        tx.publish(RefundRequested {
            charge_id: *charge_id,
            payer: *payer,
            amount: left.clone(),
            reason: why.code.to_owned(),
            version: ended.version,
        });
    }
    let about = (&left, why.code);
    Ok(tasks::commands::open(tx, Kind::GivenBack, Some(*payer), *charge_id, about).await?)
}

/// Commerce cannot charge what was asked, so the application is over and says why.
pub(crate) struct EndOnRefusal;

impl Reaction for EndOnRefusal {
    const NAME: &'static str = "applications.end_on_refusal";

    type Message = ChargeRefused;

    async fn react(&self, tx: &Tx, got: &Got<ChargeRefused>) -> Result<(), Fault> {
        if let Some(open) = asked(tx, &got.charge).await?.filter(Application::is_open) {
            commands::end(tx, &open, ApplicationState::Refused, Some(&got.code)).await?;
        }
        Ok(())
    }
}

/// Commerce saw the hold end before our own timer did.
pub(crate) struct EndOnExpiry;

impl Reaction for EndOnExpiry {
    const NAME: &'static str = "applications.end_on_expiry";

    type Message = ChargeExpired;

    async fn react(&self, tx: &Tx, got: &Got<ChargeExpired>) -> Result<(), Fault> {
        if let Some(open) = asked(tx, &got.charge).await?.filter(Application::is_open) {
            commands::end(tx, &open, ApplicationState::Expired, Some("hold_ended")).await?;
        }
        Ok(())
    }
}

/// Commerce gave money back: noted on the application, where applicant and staff look for it. Whether
/// terms that it paid for go on is for staff to decide.
pub(crate) struct NoteRefund;

impl Reaction for NoteRefund {
    const NAME: &'static str = "applications.note_refund";

    type Message = ChargeRefunded;

    async fn react(&self, tx: &Tx, got: &Got<ChargeRefunded>) -> Result<(), Fault> {
        let Some(application) = asked(tx, &got.charge).await? else { return Ok(()) };
        let ChargeStatus { charge_id, captured, refunded, .. } = &got.charge;
        // The message carries the sum so far: one that says nothing new changes nothing, and one
        // that comes late takes nothing away.
        if refunded.minor <= application.refunded_minor {
            return Ok(());
        }
        let refunded_minor = refunded.minor;
        let noted = tables::save(tx, Application { refunded_minor, ..application }).await?;
        let detail = json!({ "amount": got.amount, "reason": got.reason });
        tx.audit("application", noted.id.0, "refunded", detail).await?;
        if noted.runs_unpaid(captured, refunded) {
            let (payer, about) = (Some(noted.person), (&got.amount, got.reason.as_str()));
            tasks::commands::open(tx, Kind::RefundedMember, payer, *charge_id, about).await?;
        }
        Ok(())
    }
}
