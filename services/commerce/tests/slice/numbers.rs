//! Numbers have no gaps and no doubles: of orders paid at once, of those that could not be, and of
//! those that were paid before there were invoices.

use chassis::testing::{Slice, slice_test};
use chassis::{Actor, Command, Error, Result, Tx};
use uuid::Uuid;

use crate::shop::{
    SECRET, Till, at_the_till, captured, jo, open, press, refund_requested, send_signed, signature,
};
use crate::tables::{forget_invoices, numbers, the_books_balance};

async fn pay(slice: &Slice, till: &Till) -> u16 {
    let name = format!("{}_paid", till.session_id());
    let body = captured(slice, &name, till.session_id(), &name).to_string();
    send_signed(slice, &signature(SECRET, slice.now(), &body), body).await.status()
}

fn contiguous(prefix: &str, how_many: usize) -> Vec<String> {
    (1..=how_many).map(|n| format!("{prefix}-2027-{n:06}")).collect()
}

/// Takes a number and then cannot go on.
struct Fails;

impl Command for Fails {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        for series in ["receipt/scte/2027", "credit_note/scte/2027"] {
            tx.series(series).await?;
        }
        Err(Error::refused("no", "it was not to be"))
    }
}

#[slice_test]
async fn orders_paid_at_once_and_failures_between_leave_no_gap(slice: Slice) {
    let slice = open(slice).await;
    let mut tills = Vec::new();
    for n in 1..=6 {
        tills.push(at_the_till(&slice, n).await);
    }
    let fails = async || {
        let actor = Actor::job("test", Uuid::nil());
        slice.execute(&actor, &Fails).await.unwrap_err();
    };

    let statuses = tokio::join!(
        pay(&slice, &tills[0]),
        pay(&slice, &tills[1]),
        fails(),
        pay(&slice, &tills[2]),
        pay(&slice, &tills[0]),
        pay(&slice, &tills[3]),
        fails(),
        pay(&slice, &tills[4]),
        pay(&slice, &tills[5]),
    );
    slice.settle().await;

    assert_eq!((statuses.0, statuses.8), (204, 204));
    assert_eq!(numbers(&slice, "invoice").await, contiguous("scte", 6));
    the_books_balance(&slice).await;
}

#[slice_test]
async fn refunds_asked_at_once_are_credited_without_a_gap(slice: Slice) {
    let slice = open(slice).await;
    for n in 1..=3 {
        let till = at_the_till(&slice, n).await;
        press(&slice, &till.session, "pay").await;
    }
    for n in 1..=3 {
        slice.say("membership", &refund_requested(n, 700, 2));
        slice.say("membership", &refund_requested(n, 33, 3));
    }
    slice.settle().await;

    assert_eq!(numbers(&slice, "credit_note").await, contiguous("scte-cn", 6));
    the_books_balance(&slice).await;
}

#[slice_test]
async fn what_was_paid_before_there_were_invoices_gets_its_own(slice: Slice) {
    let mut slice = open(slice).await;
    for n in 1..=2 {
        let till = at_the_till(&slice, n).await;
        press(&slice, &till.session, "pay").await;
    }
    slice.deliver("membership", refund_requested(2, 1140, 2)).await;
    forget_invoices(&slice).await;

    slice.restart().await;
    slice.listen().await;

    assert_eq!(numbers(&slice, "invoice").await, contiguous("scte", 2));
    assert_eq!(numbers(&slice, "credit_note").await, contiguous("scte-cn", 1));
    let next = at_the_till(&slice, 3).await;
    press(&slice, &next.session, "pay").await;
    assert_eq!(numbers(&slice, "invoice").await, contiguous("scte", 3));
    let mut payer = slice.sign_in(jo()).await;
    payer.get("/billing/invoices/SCTE-2027-000002").await.is(200).shows("part credited");
    the_books_balance(&slice).await;
}
