//! Who may see and do what: every route as stranger, as somebody else, as the payer, as staff.

use chassis::testing::{Slice, slice_test};

use contracts::identity::DuplicateFound;

use crate::shop::{at_the_till, charge_id, jo, kim, open, press};
use crate::tables::the_books_balance;

#[slice_test]
async fn a_payers_pages_are_theirs_alone(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    let pay = format!("/checkout/pay/{}", charge_id(1));
    let receipt = format!("/billing/receipts/{}", till.order_id());
    let proof = format!("{receipt}/pdf");
    let invoice = "/billing/invoices/scte-2027-000001".to_owned();
    let file = format!("{invoice}/pdf");
    let back = format!("{}/return", till.order);
    let again = format!("{}/again", till.order);
    let staff_page = format!("/staff/commerce/orders/{}", till.order_id());

    let mut stranger = slice.stranger();
    let all = [&pay, &till.order, &receipt, &proof, &invoice, &file, &back, &staff_page];
    for path in all.into_iter().chain([&"/billing".to_owned()]) {
        let answer = stranger.get(path).await;
        assert!(answer.is(303).location().starts_with("/account/sign-in?"), "{path}");
    }
    for path in [&pay, &again] {
        stranger.post(path, &[]).await.is(401);
    }
    let mut other = slice.sign_in(kim()).await;
    for path in [&pay, &till.order, &receipt, &proof, &invoice, &file, &back] {
        other.get(path).await.is(404);
    }
    for path in [&pay, &again] {
        other.post(path, &[]).await.is(404);
    }
    other.get("/billing").await.is(200).lacks("scte-2027");
    let mut payer = slice.sign_in(jo()).await;
    for path in [&till.order, &receipt, &proof, &invoice, &file, &"/billing".to_owned()] {
        payer.get(path).await.is(200);
    }
    payer.get(&pay).await.is(303);
}

#[slice_test]
async fn staff_pages_are_for_finance(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let order = format!("/staff/commerce/orders/{}", till.order_id());
    let (refund, confirm) = (format!("{order}/refund"), format!("{order}/refund/confirm"));
    let (back, refunds, returns) =
        (format!("{order}/return"), format!("{order}/refunds"), format!("{order}/returns"));
    let done = "/staff/commerce/tasks/00000000-0000-0000-0000-000000000001/done".to_owned();
    let all_done = "/staff/commerce/tasks/done".to_owned();

    let mut payer = slice.sign_in(jo()).await;
    let mut content = slice.staff(kim(), &["staff.content"]).await;
    for browser in [&mut payer, &mut content] {
        let invoices = "/staff/commerce/invoices";
        let (invoice, file) = (format!("{invoices}/x-1"), format!("{invoices}/x-1/pdf"));
        for path in [invoices, &invoice, &file] {
            browser.get(path).await.is(403);
        }
        for path in ["/staff/commerce", "/staff/commerce/tasks", &order, &refund, &confirm, &back] {
            browser.get(path).await.is(403);
        }
        for path in [&refund, &refunds, &returns, &done, &all_done] {
            browser.post(path, &[]).await.is(403);
        }
    }
    let finance = contracts::PersonId(uuid::Uuid::from_u128(0x30));
    let mut finance = slice.staff(finance, &["staff.finance"]).await;
    for path in ["/staff/commerce", "/staff/commerce/tasks", &order] {
        finance.get(path).await.is(200);
    }
    finance.post(&done, &[]).await.is(404);
    finance.post(&refunds, &[]).await.is(422);
}

#[slice_test]
async fn bad_input_is_refused_clearly(slice: Slice) {
    let slice = open(slice).await;
    let mut payer = slice.sign_in(jo()).await;

    payer.get("/checkout/pay/not-an-id").await.is(404);
    payer.get("/checkout/orders/not-an-id").await.is(404);
    payer.get("/billing?before=x").await.is(400);
    payer.get("/billing/receipts/00000000-0000-0000-0000-000000000001").await.is(404);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    // What a list cannot read of its address is as if it had not been said.
    staff.get("/staff/commerce?state=stolen&before=x&from=x&sort=x").await.is(200);
    staff.get("/staff/commerce/tasks?state=stolen&after=x").await.is(200);
    payer.post("/checkout/pay/00000000-0000-0000-0000-000000000001", &[]).await.is(404);
    payer.post("/billing", &[]).await.is(405);
}

#[slice_test]
async fn every_route_refuses_whoever_may_not(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;

    slice.try_every_route().await;

    the_books_balance(&slice).await;
}

#[slice_test]
async fn whoever_was_met_under_two_ids_sees_both_histories(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let found = DuplicateFound { alias: jo(), kept: kim(), version: 1 };

    slice.deliver("identity", found).await;

    let mut browser = slice.sign_in(kim()).await;
    browser.get("/billing").await.shows("waiting for payment");
    browser.get(&till.order).await.is(200);
}
