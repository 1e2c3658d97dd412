//! What a payer reads in each state of an order, and on the receipt.

use chassis::Mode;
use chassis::testing::{Slice, slice_test};

use crate::shop::{at_the_till, charge_id, jo, open, press, refund_requested, requested};
use crate::tables::unpaid_orders;

#[slice_test]
async fn a_hold_is_counted_down_as_long_as_it_lasts(slice: Slice) {
    let slice = open(slice).await;
    slice.deliver("membership", requested(1)).await;
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));

    let page = browser.get(&path).await;

    page.shows("<time datetime=\"2027-03-01T16:00:00Z\">1 March 2027, 11:00 EST</time>");
    page.shows("data-until=\"2027-03-01T16:00:00Z\">1:00:00</span>").shows("What happens next");
    page.shows("no money moves").shows("SCTE, Society of Cable Telecommunications Engineers");
    slice.at("2027-03-01T15:48:12Z").await;
    browser.get(&path).await.shows(">11:48</span>");
    slice.at("2027-03-01T16:00:00Z").await;
    browser.get(&path).await.shows("The time to pay this is over.").lacks("data-until");
}

#[slice_test]
async fn each_state_says_what_happens_now(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let ready = till.look().await;
    ready.shows("Payment of $114.00").shows("waiting for payment").shows("data-until");
    ready.shows("You pay on the page of the payment provider").lacks("<progress");

    press(&slice, &till.session, "late").await;
    till.browser.get(&format!("{}/return", till.order)).await.is(303);
    slice.settle().await;
    let pending = till.look().await;
    pending.shows("role=\"status\"").shows("<progress aria-label=\"Waiting\">").shows("pending");
    pending.shows("The payment provider confirms the payment").lacks("data-until");

    slice.advance(chrono::TimeDelta::seconds(21)).await;
    let paid = till.look().await;
    paid.shows("Payment arrived").shows("What you paid for is made ready");
    paid.shows("href=\"/membership\">Go on to what you paid for</a>").lacks("<progress");
    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;
    let refunded = till.look().await;
    refunded.shows("Refund of $114.00: given back").lacks("is made ready").lacks("Go on to");
    refunded.shows(">What happened<");
    till.receipt().await.shows(">What happened<");
    till.browser.get("/billing").await.shows("<span class=\"state off\">refunded</span>");
}

#[slice_test]
async fn late_money_is_promised_nothing(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    slice.at("2027-03-01T16:00:00Z").await;
    press(&slice, &till.session, "pay").await;

    let page = till.look().await;

    page.shows("<span class=\"state warn\">paid late</span>").shows("Your payment came late.");
    page.shows("Payment arrived, after its time").shows("made ready, or the money goes back");
    page.lacks("Usually within seconds");
}

#[slice_test]
async fn a_receipt_says_who_sold_what_to_whom(slice: Slice) {
    let slice = open(slice).await;
    slice.a_member(jo(), "2028-01-01").await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;

    let receipt = till.receipt().await;

    receipt.shows("140 Philips Road, Exton, Pennsylvania").shows("Jo Alvarez").shows("pay_");
    receipt.shows(till.order_id()).shows("Chapter (sample)").shows("$15.00");
    receipt.shows("class=\"only-print\"").lacks("class=\"sample\"");
}

#[slice_test]
async fn in_the_demo_every_sum_says_sample(slice: Slice) {
    let mut slice = slice;
    slice.with_site(|site| site.mode = Mode::Demo).await;
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    let mut payer = slice.sign_in(jo()).await;

    let sample = "<span class=\"sample\">sample</span>";
    for path in [till.order.clone(), format!("/billing/receipts/{}", till.order_id())] {
        payer.get(&path).await.shows(&format!("$114.00 {sample}"));
    }
    payer.get("/billing").await.shows(&format!("Total {sample}"));
    let invoice = payer.get("/billing/invoices/scte-2027-000001").await;
    invoice.shows(&format!("scte-2027-000001 {sample}")).shows("00-0000000 (sample)");
    invoice.shows("The prices are samples");
    let mut staff = slice.staff(crate::shop::kim(), &["staff.finance"]).await;
    staff.get("/staff/commerce").await.shows("Total, sample");
    let order = format!("/staff/commerce/orders/{}", till.order_id());
    staff.get(&order).await.shows(&format!("Money {sample}"));
}

#[slice_test]
async fn a_list_without_orders_says_what_to_do_next(slice: Slice) {
    let mut browser = slice.sign_in(jo()).await;
    browser.get("/billing").await.shows("No orders").shows("href=\"/membership\"");

    unpaid_orders(&slice, jo(), "2027-02-01T12:00:00Z", 26).await;
    let page = browser.get("/billing").await;
    page.shows("Older orders").lacks("Newest orders").shows("waiting for payment");
    let before = page.text().split("/billing?before=").nth(1).unwrap().split('"').next().unwrap();
    let older = browser.get(&format!("/billing?before={before}")).await;
    older.lacks("Older orders").shows("Newest orders");
}
