//! What is decided about an attempt to pay: started, opened, captured, declined, asked about.

use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Utc};
use contracts::OrderId;
use contracts::commerce::{OrderState, PaymentFailed};
use serde_json::json;
use uuid::Uuid;

use super::domain::{
    ASKED_AFTER_HOLD, LONGEST_WAIT, News, Payment, ProviderEvent, ProviderPayment, Session, Stage,
    news_of, next_question,
};
use super::jobs::{AskLater, Doubt};
use super::remote::{AskSession, OpenSession, Question, Wish};
use super::tables;
use crate::charges::domain::Charge;
use crate::orders::commands::{lock, locked, take_money};
use crate::orders::domain::{Fate, Order};
use crate::{charges, ledger, refunds, tasks};

/// Starts an attempt: the provider is asked for a session after the commit, under one key.
pub(crate) async fn start(tx: &Tx, order: &Order, charges: &[Charge], number: i64) -> Result<()> {
    let payment = Payment::new(tx.id(), order.id, number, tx.now());
    tables::insert(tx, &payment).await?;
    let lines = charges.iter().flat_map(|charge| &charge.lines);
    let texts: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
    let wish = Wish {
        payment: payment.id,
        order: order.id,
        description: texts.join(", ").chars().take(200).collect(),
        amount: order.total.minor,
        currency: order.total.currency.to_string(),
    };
    tx.effect::<OpenSession>(&wish).await?;
    ask_later(tx, &payment, asked_until(charges, tx.now())).await
}

async fn ask_later(tx: &Tx, payment: &Payment, until: DateTime<Utc>) -> Result<()> {
    let due = next_question(payment.asked, tx.now(), until);
    let doubt = Doubt { payment: payment.id, asked_last: false };
    tx.at::<AskLater>(due, payment.id, &doubt).await
}

/// When the clock asks about an attempt to pay these charges for the last time.
fn asked_until(charges: &[Charge], now: DateTime<Utc>) -> DateTime<Utc> {
    let holds = charges.iter().map(|charge| charge.hold_until);
    holds.max().map_or(now, |hold| hold + ASKED_AFTER_HOLD)
}

async fn load(tx: &Tx, id: Uuid) -> Result<Payment> {
    tables::load(tx, id).await?.ok_or_else(|| Error::not_found("payment", id))
}

/// An attempt as it stands under the lock of its order, which it never leaves.
async fn under_lock(tx: &Tx, id: Uuid) -> Result<Payment> {
    lock(tx, load(tx, id).await?.order_id).await?;
    load(tx, id).await
}

/// The provider opened the session of an attempt.
pub(super) async fn opened(tx: &Tx, id: Uuid, session: Session) -> Result<()> {
    let payment = under_lock(tx, id).await?;
    tables::save(tx, payment.opened(session)).await.map(drop)
}

/// The provider would not open a session: the payer may try again, staff look why.
pub(super) async fn refused(tx: &Tx, id: Uuid, said: &str) -> Result<()> {
    let payment = under_lock(tx, id).await?;
    let order = payment.order_id;
    decline(tx, payment, "provider_refused").await?;
    tasks::task(tx, "session_refused", None, Some(order), json!({ "said": said })).await
}

/// What the provider says of an attempt takes effect; the same news again changes nothing.
async fn hear(tx: &Tx, id: Uuid, news: News) -> Result<()> {
    match news {
        News::Captured(money) => take_capture(tx, under_lock(tx, id).await?, &money).await,
        News::Declined(code) => decline(tx, under_lock(tx, id).await?, &code).await,
        News::Refunded(refund) => refunds::commands::confirm(tx, &refund).await,
        News::Nothing => Ok(()),
    }
}

/// Money arrived: counted once per payment of the provider, and it pays an order once.
async fn take_capture(tx: &Tx, payment: Payment, money: &ProviderPayment) -> Result<()> {
    let (order, charges) = locked(tx, payment.order_id).await?;
    let amount = money.money();
    let fate = order.fate_of(&amount);
    if !tables::count(tx, &payment, money, fate).await? {
        return Ok(());
    }
    tx.cancel::<AskLater>(payment.id).await?;
    tables::save(tx, payment.captured()).await?;
    let posted = ledger::domain::capture(&money.id, &amount, fate, &charges);
    ledger::tables::post(tx, &order, &posted.map_err(Error::internal)?).await?;
    match fate {
        Fate::Applied => take_money(tx, order, charges, money).await,
        Fate::Surplus => refunds::commands::give_surplus_back(tx, &order, &money.id).await,
        Fate::Unmatched => {
            let detail = json!({ "payment": money.id, "arrived": amount, "asked": order.total });
            tasks::task(tx, "amount_does_not_match", None, Some(order.id), detail).await
        }
    }
}

/// The attempt failed. Publishes `commerce.payment.failed` while the order waits for money.
async fn decline(tx: &Tx, payment: Payment, code: &str) -> Result<()> {
    if !payment.is_running() {
        return Ok(());
    }
    let (order, charges) = locked(tx, payment.order_id).await?;
    tx.cancel::<AskLater>(payment.id).await?;
    tables::save(tx, payment.failed(code)).await?;
    if order.state != OrderState::Open {
        return Ok(());
    }
    let order = crate::orders::tables::save(tx, order).await?;
    tx.audit("order", order.id, "payment_failed", json!({ "code": code })).await?;
    tx.publish(PaymentFailed { order: order.public(&charges), code: code.to_owned() });
    Ok(())
}

/// A webhook of the provider takes effect.
pub(super) struct TakeEvent {
    pub(super) event: ProviderEvent,
}

impl Command for TakeEvent {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Unknown as long as our own note of the session is not written: the provider comes again.
        let payment = tables::of_session(tx, &self.event.session).await?;
        let payment = payment.ok_or_else(|| Error::not_found("session", &self.event.session))?;
        let news = self.event.clone().news();
        let news = news.map_err(|part| Error::invalid(part, "is missing or cannot be used"))?;
        hear(tx, payment.id, news).await
    }
}

/// The payer came back from the provider's page: it is asked at once how it went.
pub(crate) struct NoteReturn {
    pub(crate) order: OrderId,
}

impl Command for NoteReturn {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        lock(tx, self.order).await?;
        let Some(payment) = tables::latest(tx, self.order).await? else { return Ok(()) };
        if payment.stage != Stage::Started {
            return Ok(());
        }
        let payment = Payment { returned_at: Some(tx.now()), ..payment };
        let payment = if payment.asking { payment } else { ask(tx, payment, false).await? };
        tables::save(tx, payment).await.map(drop)
    }
}

/// Asks the provider about a session.
async fn ask(tx: &Tx, payment: Payment, last: bool) -> Result<Payment> {
    let Some(session) = payment.session.clone() else { return Ok(payment) };
    tx.effect::<AskSession>(&Question { payment: payment.id, session, last }).await?;
    Ok(Payment { asking: true, ..payment })
}

/// The provider answered a question about a session.
pub(super) async fn answered(tx: &Tx, asked: &Question, session: &Session) -> Result<()> {
    let id = asked.payment;
    let payment = under_lock(tx, id).await?;
    tables::save(tx, Payment { asking: false, ..payment }).await?;
    for news in news_of(session) {
        hear(tx, id, news).await?;
    }
    let payment = load(tx, id).await?;
    if asked.last && payment.is_in_doubt(&session.state) {
        return in_doubt(tx, &payment, &session.state).await;
    }
    Ok(())
}

/// The provider does not know the session, or refuses to speak of it.
pub(super) async fn not_answered(tx: &Tx, id: Uuid, said: &str) -> Result<()> {
    let payment = under_lock(tx, id).await?;
    let order = payment.order_id;
    tables::save(tx, Payment { asking: false, ..payment }).await?;
    tasks::task_once(tx, "question_refused", order, json!({ "said": said })).await
}

/// An attempt is still without an answer: ask, and look again later; at the end staff look.
pub(super) async fn look_again(tx: &Tx, doubt: &Doubt) -> Result<()> {
    let payment = under_lock(tx, doubt.payment).await?;
    if !payment.is_running() {
        return Ok(());
    }
    let until = asked_until(&charges::tables::of_order(tx, payment.order_id).await?, tx.now());
    if tx.now() < until {
        let payment = if payment.asking { payment } else { ask(tx, payment, false).await? };
        let payment = Payment { asked: payment.asked + 1, ..payment };
        let payment = tables::save(tx, payment).await?;
        return ask_later(tx, &payment, until).await;
    }
    if doubt.asked_last {
        return if payment.asking { in_doubt(tx, &payment, "no_answer").await } else { Ok(()) };
    }
    if payment.session.is_none() {
        return in_doubt(tx, &payment, "no_session").await;
    }
    // Asked even while another question is under way: only this one's answer ends the matter.
    let payment = tables::save(tx, ask(tx, payment, true).await?).await?;
    let last = Doubt { payment: payment.id, asked_last: true };
    tx.at::<AskLater>(tx.now() + LONGEST_WAIT, payment.id, &last).await
}

/// Nobody asks any more, and nobody knows whether there is money: staff look.
async fn in_doubt(tx: &Tx, payment: &Payment, state: &str) -> Result<()> {
    let detail = json!({ "attempt": payment.number, "state": state });
    tasks::task_once(tx, "payment_in_doubt", payment.order_id, detail).await
}

/// Money that paid nothing went back. Once all of its attempt has, the payer may try again.
pub(crate) async fn amount_returned(tx: &Tx, order: &Order, provider_payment: &str) -> Result<()> {
    // What came beside the money of a paid order leaves its attempt as it is.
    if !matches!(order.state, OrderState::Open | OrderState::Cancelled) {
        return Ok(());
    }
    let captures = tables::captures_of(tx, order.id).await?;
    let found = captures.iter().find(|one| one.provider_payment == provider_payment);
    let found = found.ok_or_else(|| Error::internal("a refund without its money"))?;
    let made = refunds::tables::of_order(tx, order.id).await?;
    let mut others = captures.iter().filter(|one| one.payment_id == found.payment_id);
    if !others.all(|one| refunds::domain::is_given_back(one, &made)) {
        return Ok(());
    }
    let payment = load(tx, found.payment_id).await?;
    if payment.stage != Stage::Captured {
        return Ok(());
    }
    tables::save(tx, payment.returned()).await?;
    crate::orders::tables::save(tx, order.clone()).await?;
    let detail = json!({ "payment": provider_payment });
    tx.audit("order", order.id, "amount_returned", detail).await
}
