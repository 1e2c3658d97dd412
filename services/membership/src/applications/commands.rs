//! What can be asked of this slice. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Utc};
use contracts::membership::{ApplicationEnded, ApplicationState, ApplicationSubmitted};
use contracts::shared::{ChargeRequested, ChargeWithdrawn};
use contracts::{ApplicationId, ChapterId, ChargeId, MembershipTypeId, Money, PersonId};
use serde_json::json;

use super::domain::{self, Applicant, Application, Payment, Refusal, Wish};
use super::jobs::{ExpireHold, Hold};
use super::tables;
use crate::people::domain::Person;
use crate::terms::commands::NewTerms;
use crate::{chapters, people, terms, types};

fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal.code(), refusal)
}

/// Asks to become a member. One open application per person: decided on the person's row.
///
/// Publishes `membership.application.submitted`, `membership.charge.requested`, and what is new about
/// the person.
pub(crate) struct SubmitApplication {
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) type_id: MembershipTypeId,
    pub(crate) chapter_id: Option<ChapterId>,
}

impl Command for SubmitApplication {
    type Out = ApplicationId;

    async fn run(&self, tx: &Tx) -> Result<ApplicationId> {
        let person = people::commands::load_or_new(tx, self.person).await?;
        let held = terms::tables::held_by(tx, self.person).await?;
        let kind = types::tables::load(tx, self.type_id)
            .await?
            .ok_or_else(|| Error::invalid("type", "choose one of the types"))?;
        let chapter = match self.chapter_id {
            Some(id) => Some(chapters::tables::load(tx, id).await?.ok_or_else(unknown_chapter)?),
            None => None,
        };

        let (id, charge_id) = (tx.id(), tx.id());
        let (kind, chapter) = (&kind, chapter.as_ref());
        let wish = Wish { id, charge_id, person: self.person, kind, chapter };
        let open_application = person.open_application;
        let applicant = Applicant { terms: &held, open_application, today: tx.today() };
        let application = domain::submit(&wish, &applicant, tx.now()).map_err(refused)?;

        let name = Some(self.name.clone());
        let applying = Person { name, open_application: Some(id), ..person.clone() };
        people::commands::save(tx, &person, applying).await?;
        tables::insert(tx, &application).await?;
        tx.at::<ExpireHold>(application.hold_until, id.0, &Hold { application: id }).await?;
        tx.publish(ApplicationSubmitted { application: application.public() });
        tx.publish(ChargeRequested { charge: application.charge() });
        let detail = json!({ "charge": charge_id, "total": application.total() });
        tx.audit("application", id.0, "submitted", detail).await?;
        Ok(id)
    }
}

fn unknown_chapter() -> Error {
    Error::invalid("chapter", "choose one of the chapters, or none")
}

/// Ends an application; the person may apply again.
///
/// Publishes `membership.application.ended`.
pub(super) async fn end(
    tx: &Tx,
    application: &Application,
    state: ApplicationState,
    reason: Option<&str>,
) -> Result<Application> {
    if let Some(person) = people::tables::load(tx, application.person).await?
        && person.open_application == Some(application.id)
    {
        let free = Person { open_application: None, ..person.clone() };
        people::commands::save(tx, &person, free).await?;
    }
    close(tx, application.ended(state, reason, tx.now())).await
}

/// Stores an application that has ended, stops its hold, tells the others.
async fn close(tx: &Tx, ended: Application) -> Result<Application> {
    let ended = tables::save(tx, ended).await?;
    tx.cancel::<ExpireHold>(ended.id.0).await?;
    tx.publish(ApplicationEnded { application: ended.public() });
    let detail = json!({ "state": ended.state, "reason": ended.reason });
    tx.audit("application", ended.id.0, "ended", detail).await?;
    Ok(ended)
}

/// Tells commerce to offer payment no longer.
fn withdraw_charge(tx: &Tx, application: &Application, reason: &str) {
    tx.publish(ChargeWithdrawn { charge: application.charge(), reason: reason.to_owned() });
}

/// The applicant gives an application up.
///
/// Publishes `membership.charge.withdrawn`, `membership.application.ended`.
pub(crate) struct WithdrawApplication {
    pub(crate) application: ApplicationId,
    pub(crate) person: PersonId,
}

impl Command for WithdrawApplication {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let application = tables::own(tx, self.application, self.person)
            .await?
            .ok_or_else(|| Error::not_found("application", self.application))?;
        if !application.is_open() {
            return Err(refused(Refusal::NotOpen));
        }
        let state = ApplicationState::Withdrawn;
        let ended = end(tx, &application, state, Some("cancelled")).await?;
        withdraw_charge(tx, &ended, "cancelled");
        Ok(())
    }
}

/// The hold of an application is over. Does nothing when it ended before.
///
/// Publishes `membership.charge.withdrawn`, `membership.application.ended`.
pub(crate) struct ExpireApplication(pub(crate) ApplicationId);

impl Command for ExpireApplication {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let application = tables::load(tx, self.0).await?.filter(Application::is_open);
        if let Some(application) = application {
            let state = ApplicationState::Expired;
            let ended = end(tx, &application, state, Some("hold_ended")).await?;
            withdraw_charge(tx, &ended, "hold_ended");
        }
        Ok(())
    }
}

/// The money of an application arrived: its terms start. Does nothing when that was answered before.
///
/// Publishes `membership.term.started` for each term, `membership.chapter.joined`,
/// `membership.person.updated`, `membership.application.ended`.
pub(crate) struct StartTerms {
    pub(crate) charge: ChargeId,
    pub(crate) paid_at: DateTime<Utc>,
    pub(crate) captured: Money,
}

impl Command for StartTerms {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let application = tables::of_charge(tx, self.charge)
            .await?
            .ok_or_else(|| Error::not_found("application", self.charge))?;
        let person = people::commands::load_or_new(tx, application.person).await?;
        let held = terms::tables::of_person(tx, application.person).await?;
        let paid_on = tx.day_of(self.paid_at);

        match domain::pay(&application, &held, paid_on, &self.captured).map_err(refused)? {
            Payment::Answered => return Ok(()),
            Payment::Starts => {}
        }

        let other = person.open_application.filter(|open| *open != application.id);
        // Saved with the new terms: the same row says that no application is open and that the
        // terms were decided one payment after the other.
        let (type_id, chapter_id) = (application.type_id, application.chapter_id);
        let charge_id = Some(self.charge);
        let new = NewTerms { type_id, chapter_id, from: paid_on, charge_id };
        terms::commands::start(tx, Person { open_application: None, ..person }, &new).await?;

        let paid = Application { paid_at: Some(self.paid_at), ..application };
        close(tx, paid.ended(ApplicationState::Completed, None, tx.now())).await?;
        self.supersede(tx, other).await
    }
}

impl StartTerms {
    /// An older application was honoured while a newer one waits: that one is needed no longer, and
    /// must not take money for the same year.
    async fn supersede(&self, tx: &Tx, other: Option<ApplicationId>) -> Result<()> {
        let Some(other) = other else { return Ok(()) };
        if let Some(other) = tables::load(tx, other).await?.filter(Application::is_open) {
            let withdrawn = other.ended(ApplicationState::Withdrawn, Some("superseded"), tx.now());
            let ended = close(tx, withdrawn).await?;
            withdraw_charge(tx, &ended, "cancelled");
        }
        Ok(())
    }
}
