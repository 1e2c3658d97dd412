//! What happens to deliveries: written, completed, settled, forgotten; each in one transaction.

use chassis::{Command, Error, Result, Site, Tx};
use contracts::outreach::{self, MessageFailed, MessageSent};
use contracts::{DeliveryId, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::domain::{Delivery, Facts, State, Weight, why};
use super::jobs::ForgetCode;
use super::letters::{self, Setting};
use super::remote::{Outgoing, SendMail};
use super::tables;
use crate::people::tables::{Addressee, known};
use crate::settings::Settings;

/// Writes a notice for a cause and has it sent, or keeps it until what it lacks is known.
pub(super) struct WriteNotice {
    pub(super) feed: String,
    pub(super) cause: String,
    pub(super) correlation: Uuid,
    pub(super) person: PersonId,
    /// Where it goes when the message itself says so.
    pub(super) addressee: Option<Addressee>,
    pub(super) facts: Facts,
}

impl Command for WriteNotice {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let notice = self.facts.notice();
        if tables::made(tx, notice.code(), &self.cause).await? {
            return Ok(());
        }
        let muted = notice.weight() == Weight::Service && tables::muted(tx, self.person).await?;
        let id = tx.id::<DeliveryId>();
        let settings = tx.extension::<Settings>()?;
        let delivery = Delivery {
            id,
            notice: notice.code().to_owned(),
            cause_feed: self.feed.clone(),
            cause: self.cause.clone(),
            correlation: self.correlation,
            person: self.person,
            state: if muted { State::Muted } else { State::Awaiting },
            facts: (!muted).then(|| self.facts.clone()),
            secret: self.facts.code_until().is_some(),
            address: None,
            letter: None,
            message_id: format!("<{id}@{}>", settings.from.host()),
            problem: None,
            made_at: tx.now(),
            settled_at: muted.then(|| tx.now()),
            version: 1,
        };
        let known = match &self.addressee {
            Some(told) => Addressee { name: known(tx, self.person).await?.name, ..told.clone() },
            None => known(tx, self.person).await?,
        };
        let delivery = completed(tx, delivery, &known).await?;
        tables::insert(tx, &delivery).await?;
        if let (true, Some(until)) = (delivery.holds_code(), self.facts.code_until()) {
            tx.at::<ForgetCode>(until, id, &Outgoing { delivery: id }).await?;
        }
        send_off(tx, &delivery).await
    }
}

/// Completes what waits for the address of a person.
pub(super) struct CompleteForPerson {
    pub(super) person: PersonId,
    /// What the message tells, in case the copy is not written yet.
    pub(super) told: Addressee,
}

impl Command for CompleteForPerson {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        for delivery in tables::awaiting_address(tx, self.person).await? {
            let known = known(tx, self.person).await?;
            let known = Addressee {
                address: known.address.or_else(|| self.told.address.clone()),
                language: known.language.or_else(|| self.told.language.clone()),
                name: known.name,
            };
            complete(tx, delivery, &known).await?;
        }
        Ok(())
    }
}

/// Completes what waits for the name of a chapter.
pub(super) struct CompleteForChapter {
    pub(super) chapter: contracts::ChapterId,
    pub(super) name: String,
}

impl Command for CompleteForChapter {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        for mut delivery in tables::awaiting_chapter(tx, self.chapter).await? {
            delivery.facts = delivery.facts.map(|facts| facts.with_chapter(self.name.clone()));
            let known = known(tx, delivery.person).await?;
            complete(tx, delivery, &known).await?;
        }
        Ok(())
    }
}

async fn complete(tx: &Tx, delivery: Delivery, known: &Addressee) -> Result<()> {
    let delivery = completed(tx, delivery, known).await?;
    let delivery = tables::save(tx, delivery).await?;
    send_off(tx, &delivery).await
}

/// The delivery with its letter written, when all that it needs is known.
async fn completed(tx: &Tx, delivery: Delivery, known: &Addressee) -> Result<Delivery> {
    let Some(mut facts) = delivery.facts.clone() else { return Ok(delivery) };
    if let Some(chapter) = facts.lacks_chapter()
        && let Some(name) = tables::chapter_name(tx, chapter).await?
    {
        facts = facts.with_chapter(name);
    }
    let (Some(address), None) = (&known.address, facts.lacks_chapter()) else {
        return Ok(Delivery { facts: Some(facts), ..delivery });
    };
    let site = tx.extension::<Site>()?;
    let setting = Setting {
        site: &site,
        name: known.name.as_deref(),
        why: why(&delivery.notice),
        critical: facts.notice().weight() == Weight::Critical,
        reference: delivery.correlation.to_string(),
        written: delivery.made_at,
    };
    let letter = letters::write(&facts, &setting, known.language.as_deref());
    Ok(Delivery {
        state: State::Queued,
        facts: None,
        address: Some(address.clone()),
        letter: Some(letter.map_err(Error::internal)?),
        ..delivery
    })
}

/// Has the mail server called once this is committed.
async fn send_off(tx: &Tx, delivery: &Delivery) -> Result<()> {
    let id = delivery.id;
    if delivery.state == State::Queued {
        tx.effect::<SendMail>(&Outgoing { delivery: id }).await?;
    }
    tx.audit("delivery", id, delivery.state.as_str(), json!({ "notice": delivery.notice })).await
}

/// Notes that the mail server took a delivery.
pub(super) struct NoteSent {
    pub(super) delivery: DeliveryId,
    pub(super) repeated: bool,
    /// It went no further than the mailbox page.
    pub(super) mailbox: bool,
}

impl Command for NoteSent {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(delivery) = tables::load(tx, self.delivery).await? else { return Ok(()) };
        let sent = tables::save(tx, delivery.sent(tx.now(), self.repeated, self.mailbox)).await?;
        if sent.secret && !sent.holds_code() {
            tx.cancel::<ForgetCode>(sent.id).await?;
        }
        tx.audit("delivery", sent.id, sent.state.as_str(), json!({ "mailbox": self.mailbox }))
            .await?;
        tx.publish(MessageSent { delivery: public(&sent) });
        Ok(())
    }
}

/// Notes that a delivery will not be sent.
pub(super) struct NoteFailed {
    pub(super) delivery: DeliveryId,
    pub(super) code: String,
}

impl Command for NoteFailed {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let delivery = tables::load(tx, self.delivery).await?;
        // Settled already: its code ran out before the mail server could be reached.
        let Some(delivery) = delivery.filter(|one| one.state == State::Queued) else {
            return Ok(());
        };
        let failed = tables::save(tx, delivery.failed(tx.now(), &self.code)).await?;
        tx.audit("delivery", failed.id, "failed", json!({ "code": self.code })).await?;
        tx.publish(MessageFailed { delivery: public(&failed), code: self.code.clone() });
        Ok(())
    }
}

/// Notes why a delivery has to be tried again.
pub(super) struct NoteProblem {
    pub(super) delivery: DeliveryId,
    pub(super) problem: String,
}

impl Command for NoteProblem {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let delivery = tables::load(tx, self.delivery).await?;
        let changed = |one: &Delivery| one.problem.as_deref() != Some(self.problem.as_str());
        if let Some(delivery) = delivery.filter(|one| one.state == State::Queued && changed(one)) {
            let problem = Some(self.problem.clone());
            tables::save(tx, Delivery { problem, ..delivery }).await?;
        }
        Ok(())
    }
}

/// Forgets the text of a delivery for the one-time code in it; what was not sent by now fails.
pub(super) struct Forget {
    pub(super) delivery: DeliveryId,
}

impl Command for Forget {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(delivery) = tables::load(tx, self.delivery).await? else { return Ok(()) };
        if delivery.state == State::Queued {
            let code = "expired".to_owned();
            return NoteFailed { delivery: self.delivery, code }.run(tx).await;
        }
        tables::save(tx, delivery.without_code()).await?;
        tx.audit("delivery", self.delivery, "code_forgotten", json!({})).await
    }
}

/// Switches notices that are not critical on or off for a person.
pub(super) struct Mute {
    pub(super) person: PersonId,
    pub(super) muted: bool,
}

impl Command for Mute {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::set_muted(tx, self.person, self.muted).await?;
        let act = if self.muted { "muted" } else { "unmuted" };
        tx.audit("preference", self.person, act, json!({})).await
    }
}

fn public(delivery: &Delivery) -> outreach::Delivery {
    outreach::Delivery {
        delivery_id: delivery.id,
        person_id: delivery.person,
        notice: delivery.notice.clone(),
        cause: delivery.cause.clone(),
        version: delivery.version,
    }
}
