//! Whatever decides about an attempt waits for the lock of its order before it writes a row: two
//! replicas that hold one half each would wait for each other for ever.
#![cfg(test)]

use chassis::db::Target;
use chassis::testing::{Slice, slice_test};
use chassis::{Actor, Command as _, Result, Timer, Tx};
use chrono::TimeDelta;
use contracts::commerce::{ChargeExpired, OrderState};
use contracts::shared::{Charge, ChargeLine, ChargeRequested};
use contracts::{ChargeId, Money, OrderId, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::commands::{NoteReturn, TakeEvent, answered, not_answered, opened, refused};
use super::domain::{Payment, ProviderEvent, ProviderPayment, Session, Stage};
use super::jobs::{AskLater, Doubt};
use super::remote::Question;
use super::tables;
use crate::charges::jobs::{EndHold, Hold};
use crate::orders;
use crate::orders::commands::Pay;

fn actor() -> Actor {
    Actor::job("test", Uuid::from_u128(1))
}

const CHARGE: ChargeId = ChargeId(Uuid::from_u128(0xc0));

const SESSION: &str = "ses_1";

/// An order is open, and the provider has not heard of it.
async fn an_attempt(slice: &mut Slice) -> Payment {
    slice.with_settings(json!({ "provider_url": "http://127.0.0.1:9" })).await;
    let jo = PersonId(Uuid::from_u128(0x10));
    let line = ChargeLine {
        r#ref: "dues".to_owned(),
        code: "ACTIVE".to_owned(),
        text: "Active membership (sample)".to_owned(),
        language: "en".to_owned(),
        quantity: 1,
        unit: Money::usd(9900),
    };
    let charge = Charge {
        charge_id: CHARGE,
        payer: jo,
        beneficiary: jo,
        lines: vec![line],
        hold_until: slice.now() + TimeDelta::hours(1),
        return_path: "/membership".to_owned(),
        legal_entity: "scte".to_owned(),
        version: 1,
    };
    slice.deliver("membership", ChargeRequested { charge }).await;
    let order = slice.execute(&actor(), &Pay { charge: CHARGE }).await.unwrap();
    attempt(slice, order).await
}

/// As [`an_attempt`], and the payer may go to the provider's page.
async fn an_open_session(slice: &mut Slice) -> Payment {
    let payment = an_attempt(slice).await;
    let tx = slice.db().begin(&actor()).await.unwrap();
    opened(&tx, payment.id, session("open")).await.unwrap();
    tx.commit().await.unwrap();
    attempt(slice, payment.order_id).await
}

async fn attempt(slice: &Slice, order: OrderId) -> Payment {
    slice.db().read(async |tx| tables::latest(tx, order).await).await.unwrap().unwrap()
}

async fn state(slice: &Slice, order: OrderId) -> OrderState {
    slice.db().read(async |tx| orders::tables::load(tx, order).await).await.unwrap().unwrap().state
}

fn session(state: &str) -> Session {
    let (id, url) = (SESSION.to_owned(), "http://provider/pay".to_owned());
    Session { id, url, state: state.to_owned(), code: None, payments: vec![] }
}

fn question(payment: &Payment) -> Question {
    Question { payment: payment.id, session: SESSION.to_owned(), last: false }
}

fn money(tx: &Tx) -> ProviderPayment {
    let (id, currency) = ("pay_1".to_owned(), "USD".to_owned());
    ProviderPayment { id, amount: 9900, currency, captured_at: tx.now() }
}

/// The money of the order arrives, by webhook.
async fn capture(tx: &Tx) -> Result<()> {
    let event = ProviderEvent {
        id: "evt_1".to_owned(),
        r#type: "payment.captured".to_owned(),
        session: SESSION.to_owned(),
        payment: Some(money(tx)),
        refund: None,
        code: None,
    };
    TakeEvent { event }.run(tx).await
}

/// What a timer does when it is due, in the transaction that removes it.
async fn fire<T: Timer>(tx: &Tx, timer: T, key: Uuid, payload: &T::Payload) -> Result<()> {
    tx.cancel::<T>(key).await?;
    timer.fire(tx, payload).await.map_err(|fault| panic!("{fault}"))
}

/// One replica decides about an order and has got as far as its lock; another does `late`, waits
/// for the lock, and only then the first goes on. Both succeed.
async fn meet(
    slice: &Slice,
    order: OrderId,
    first: impl AsyncFnOnce(&Tx) -> Result<()>,
    late: impl AsyncFnOnce(&Tx) -> Result<()>,
) {
    let replica = slice.replica().await;
    let tx = slice.db().begin(&actor()).await.unwrap();
    orders::commands::lock(&tx, order).await.unwrap();
    let mut other = std::pin::pin!(async {
        let tx = replica.begin(&actor()).await?;
        late(&tx).await?;
        tx.commit().await
    });
    let early = tokio::select! {
        done = &mut other => Some(done),
        () = somebody_waits(slice) => None,
    };
    assert!(early.is_none(), "it was decided without the order's lock: {early:?}");
    first(&tx).await.unwrap();
    tx.commit().await.unwrap();
    other.await.unwrap();
    slice.settle().await;
}

/// Until somebody waits for a lock that was taken by name. On SQLite, whose one writer holds
/// everything, they wait anyway.
async fn somebody_waits(slice: &Slice) {
    if matches!(slice.db().target(), Target::Sqlite(_)) {
        return;
    }
    while slice.db().read(tables::waiting_for_locks).await.unwrap() == 0 {}
}

/// The money arrives while `late` waits; it is neither lost nor counted twice.
async fn meets_the_money(slice: &Slice, order: OrderId, late: impl AsyncFnOnce(&Tx) -> Result<()>) {
    meet(slice, order, capture, late).await;
    assert_eq!(state(slice, order).await, OrderState::Paid);
    assert_eq!(attempt(slice, order).await.stage, Stage::Captured);
}

#[slice_test]
async fn two_openings_of_a_session_follow_one_another(mut slice: Slice) {
    let payment = an_attempt(&mut slice).await;
    let open = async |tx: &Tx| opened(tx, payment.id, session("open")).await;
    let again = async |tx: &Tx| opened(tx, payment.id, session("open")).await;
    meet(&slice, payment.order_id, open, again).await;
    assert_eq!(attempt(&slice, payment.order_id).await.stage, Stage::Started);
}

#[slice_test]
async fn a_session_that_was_refused_meets_one_that_was_opened(mut slice: Slice) {
    let payment = an_attempt(&mut slice).await;
    let open = async |tx: &Tx| opened(tx, payment.id, session("open")).await;
    let refuse = async |tx: &Tx| refused(tx, payment.id, "no").await;
    meet(&slice, payment.order_id, open, refuse).await;
    assert_eq!(attempt(&slice, payment.order_id).await.stage, Stage::Failed);
}

#[slice_test]
async fn an_answer_meets_the_money(mut slice: Slice) {
    let payment = an_open_session(&mut slice).await;
    let late = async |tx: &Tx| {
        let paid = Session { payments: vec![money(tx)], ..session("paid") };
        answered(tx, &question(&payment), &paid).await
    };
    meets_the_money(&slice, payment.order_id, late).await;
}

#[slice_test]
async fn a_question_that_was_refused_meets_the_money(mut slice: Slice) {
    let payment = an_open_session(&mut slice).await;
    let late = async |tx: &Tx| not_answered(tx, payment.id, "gone").await;
    meets_the_money(&slice, payment.order_id, late).await;
}

#[slice_test]
async fn a_payer_who_comes_back_meets_the_money(mut slice: Slice) {
    let order = an_open_session(&mut slice).await.order_id;
    let late = async |tx: &Tx| NoteReturn { order }.run(tx).await;
    meets_the_money(&slice, order, late).await;
    assert_eq!(attempt(&slice, order).await.returned_at, None, "it was settled already");
}

#[slice_test]
async fn the_clock_that_asks_meets_the_money(mut slice: Slice) {
    let payment = an_open_session(&mut slice).await;
    let doubt = Doubt { payment: payment.id, asked_last: false };
    let late = async |tx: &Tx| fire(tx, AskLater, payment.id, &doubt).await;
    meets_the_money(&slice, payment.order_id, late).await;
    assert_eq!(attempt(&slice, payment.order_id).await.asked, 0, "nobody asks any more");
}

#[slice_test]
async fn the_end_of_the_hold_meets_the_money(mut slice: Slice) {
    let order = an_open_session(&mut slice).await.order_id;
    let late = async |tx: &Tx| fire(tx, EndHold, CHARGE.0, &Hold { charge: CHARGE }).await;
    meets_the_money(&slice, order, late).await;
    assert_eq!(slice.published::<ChargeExpired>().await.len(), 0);
}
