//! The pages by which staff give money back: how much and why, then once more with the sum.

use chassis::testing::{Slice, slice_test};
use contracts::Money;
use contracts::commerce::ChargeRefunded;

use crate::shop::{at_the_till, charge_id, kim, open, press, refund_requested};
use crate::tables::{count, the_books_balance};

#[slice_test]
async fn staff_choose_how_much_see_it_once_more_and_give_it_back(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let order = format!("/staff/commerce/orders/{}", till.order_id());
    let asks = format!("{order}/refund?charge={}", charge_id(1));
    staff.get(&order).await.shows(&asks).shows("Refund $114.00");

    let form = staff.get(&asks).await;
    form.is(200).shows("value=\"114.00\"").shows("At most $114.00");
    let typed = [("amount", "14"), ("reason", "goodwill")];
    let checked = staff.submit(&form, &format!("{order}/refund"), &typed).await;
    let confirm = checked.is(303).location().to_owned();
    let page = staff.get(&confirm).await;
    page.is(200).shows("Refund $14.00?").shows("Goodwill").shows(">Refund $14.00</button>");
    assert_eq!(count(&slice, "refunds").await, 0, "nothing happened yet");
    let back = format!("{order}/refund?charge={}&amount=14.00&reason=goodwill", charge_id(1));
    page.shows(&back);
    let again = staff.get(&back).await;
    again.shows("value=\"14.00\"").shows("value=\"goodwill\" selected");

    let done = staff.submit(&page, &format!("{order}/refunds"), &[]).await;
    assert_eq!(done.is(303).location(), order);
    slice.settle().await;

    assert_eq!(slice.published_one::<ChargeRefunded>().await.amount, Money::usd(1400));
    let page = staff.get(&order).await;
    page.shows("part refunded").shows("Refund $100.00").shows("Refund of $14.00 asked for");
    till.look().await.shows("Refund of $14.00: given back");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn what_was_typed_wrong_is_kept_and_said(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let order = format!("/staff/commerce/orders/{}", till.order_id());
    let charge = charge_id(1).to_string();
    let asked = async |staff: &mut chassis::testing::Browser, path: &str, amount, reason| {
        let typed = [("charge", charge.as_str()), ("amount", amount), ("reason", reason)];
        staff.post(&format!("{order}/{path}"), &typed).await
    };

    let much = asked(&mut staff, "refund", "114.01", "goodwill").await;
    much.is(422).shows("from 0.01 to 114.00").shows("value=\"114.01\"");
    much.shows("value=\"goodwill\" selected").shows("<title>Error: Refund");
    asked(&mut staff, "refund", "14", "").await.is(422).shows("value=\"14\"");
    // Somebody else was faster between the two pages.
    slice.deliver("membership", refund_requested(1, 10_000, 2)).await;
    let late = asked(&mut staff, "refunds", "100.00", "goodwill").await;
    late.is(409).shows("value=\"100.00\"").shows("At most $14.00");
    late.shows("value=\"goodwill\" selected");

    assert_eq!(count(&slice, "refunds").await, 1);
    let path = format!("{order}/refund/confirm?charge={charge}&minor=1500&reason=goodwill");
    let location = staff.get(&path).await.is(303).location().to_owned();
    assert_eq!(
        location,
        format!("{order}/refund?charge={charge}"),
        "more than is left is asked anew"
    );
    let path = format!("{order}/refund/confirm?charge={charge}&minor=1400&reason=bribe");
    staff.get(&path).await.is(303);
}

#[slice_test]
async fn where_nothing_is_left_nothing_is_asked(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let order = format!("/staff/commerce/orders/{}", till.order_id());

    staff.get(&order).await.is(200).lacks("Refund $");
    let form = format!("{order}/refund?charge={}", charge_id(1));
    assert_eq!(staff.get(&form).await.is(303).location(), order);
    staff.get(&format!("{order}/refund?charge={}", charge_id(2))).await.is(404);
    staff.get(&format!("{order}/return?payment=pay_1")).await.is(404);
    staff.post(&format!("{order}/refund"), &[("charge", "x")]).await.is(422);
}
