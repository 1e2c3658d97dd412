//! The lists of staff: searched, narrowed, sorted, paged both ways, given as a file; tasks done
//! several at a time.

use chassis::testing::{Answered, Browser, Slice, slice_test};

use crate::shop::{at_the_till, captured_amount, jo, kim, open, press, refund_requested, send};
use crate::tables::{count, unpaid_number, unpaid_orders};

/// In London; seven in the morning in New York.
const NOON: &str = "2027-02-01T12:00:00Z";

async fn finance(slice: &Slice) -> Browser {
    slice.staff(kim(), &["staff.finance"]).await
}

/// The orders on a page of the list, in its order, as far as they were written down at once.
fn orders(page: &Answered) -> Vec<String> {
    let links = page.is(200).text().split("/staff/commerce/orders/").skip(1);
    links.map(|rest| rest.chars().take(13).collect()).collect()
}

fn numbers(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    numbers.map(unpaid_number).collect()
}

/// Where a link of the pager leads.
fn leads(page: &Answered, rel: &str) -> Option<String> {
    let (_, rest) = page.text().split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
}

#[slice_test]
async fn orders_are_paged_forwards_and_back(slice: Slice) {
    unpaid_orders(&slice, jo(), NOON, 120).await;
    let mut staff = finance(&slice).await;

    let first = staff.get("/staff/commerce").await;
    assert_eq!(orders(&first), numbers((71..=120).rev()), "the newest first");
    assert_eq!(leads(&first, "prev"), None);
    let second = staff.get(&leads(&first, "next").unwrap()).await;
    assert_eq!(orders(&second), numbers((21..=70).rev()));
    let third = staff.get(&leads(&second, "next").unwrap()).await;
    assert_eq!(orders(&third), numbers((1..=20).rev()));
    assert_eq!(leads(&third, "next"), None);

    let back = staff.get(&leads(&third, "prev").unwrap()).await;
    assert_eq!(orders(&back), orders(&second));
    let back = staff.get(&leads(&back, "prev").unwrap()).await;
    assert_eq!(orders(&back), orders(&first));
}

#[slice_test]
async fn orders_are_sorted_by_opening_and_total(slice: Slice) {
    unpaid_orders(&slice, jo(), NOON, 60).await;
    let mut staff = finance(&slice).await;

    let dearest = staff.get("/staff/commerce?sort=-total").await;
    assert_eq!(orders(&dearest), numbers((11..=60).rev()));
    let cheapest = staff.get("/staff/commerce?sort=total").await;
    assert_eq!(orders(&cheapest), numbers(1..=50));
    let next = staff.get(&leads(&cheapest, "next").unwrap()).await;
    assert_eq!(orders(&next), numbers(51..=60));
    let oldest = staff.get("/staff/commerce?sort=opened").await;
    assert_eq!(orders(&oldest), numbers(1..=50));
}

#[slice_test]
async fn a_file_of_orders_is_what_the_list_shows(slice: Slice) {
    unpaid_orders(&slice, jo(), NOON, 60).await;
    let mut staff = finance(&slice).await;
    let query = "state=open&to=2027-02-01&sort=total";

    let page = staff.get(&format!("/staff/commerce?{query}")).await;
    let file = staff.get(&format!("/staff/commerce?{query}&format=csv")).await;

    assert_eq!(file.is(200).header("content-type"), Some("text/csv; charset=utf-8"));
    let mut lines = file.text().lines();
    assert_eq!(lines.next(), Some("Order,Receipt,Payer,Service,State,Opened,Total"));
    let rows: Vec<&str> = lines.collect();
    let numbers: Vec<String> = rows.iter().map(|row| row.chars().take(13).collect()).collect();
    assert_eq!(numbers.len(), 60);
    assert_eq!(numbers[..50], orders(&page));
    let last = rows[59];
    assert!(last.ends_with(",waiting for payment,\"1 Feb 2027, 08:00 EST\",$60.00"), "{last}");
}

#[slice_test]
async fn days_are_those_of_the_societys_zone(slice: Slice) {
    // Half past ten in the evening in New York, the next day in London.
    unpaid_orders(&slice, jo(), "2027-02-02T03:29:00Z", 1).await;
    let mut staff = finance(&slice).await;
    let found = async |staff: &mut Browser, query: &str| {
        orders(&staff.get(&format!("/staff/commerce?{query}")).await).len()
    };

    assert_eq!(found(&mut staff, "from=2027-02-01&to=2027-02-01").await, 1);
    assert_eq!(found(&mut staff, "to=2027-01-31").await, 0);
    assert_eq!(found(&mut staff, "from=2027-02-02").await, 0);
    assert_eq!(found(&mut staff, "from=someday").await, 1);
}

#[slice_test]
async fn an_order_is_found_by_receipt_number_payment_and_name(slice: Slice) {
    let slice = open(slice).await;
    slice.a_member(jo(), "2028-01-01").await;
    unpaid_orders(&slice, kim(), NOON, 2).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    let mut staff = finance(&slice).await;
    let receipt = staff.get(&format!("/staff/commerce/orders/{}", till.order_id())).await;
    let payment = receipt.text().split("pay_").nth(1).unwrap().chars().take(24);
    let payment = format!("pay_{}", payment.collect::<String>());
    let mut found = async |word: &str| {
        let page = staff.get(&format!("/staff/commerce?q={word}")).await;
        orders(&page)
    };
    let paid: String = till.order_id().chars().take(13).collect();

    for word in ["SCTE-2027-000001", "000001", till.order_id(), &paid, &payment, "alvarez"] {
        assert_eq!(found(word).await, std::slice::from_ref(&paid), "{word}");
    }
    assert_eq!(found("01900000-0002").await, [unpaid_number(2)]);
    for word in ["Nobody", "%25", "000002", "01900000-0003", "pay_", "_"] {
        assert!(found(word).await.is_empty(), "{word}");
    }
}

#[slice_test]
async fn orders_are_narrowed_by_state_and_money_in_doubt_stands_out(slice: Slice) {
    let slice = open(slice).await;
    let paid = at_the_till(&slice, 1).await;
    press(&slice, &paid.session, "pay").await;
    let other = at_the_till(&slice, 2).await;
    let amount = captured_amount(&slice, "evt_1", other.session_id(), "pay_odd", (500, "USD"));
    send(&slice, &amount).await.is(204);
    let late = at_the_till(&slice, 3).await;
    let left = at_the_till(&slice, 4).await;
    slice.at("2027-03-01T16:00:00Z").await;
    press(&slice, &late.session, "pay").await;
    let mut staff = finance(&slice).await;
    let page = staff.get("/staff/commerce").await;
    page.shows("money in doubt").shows("paid late").shows("not paid in time");
    page.shows("Money in doubt 1").shows("Tasks 1");
    let mut found = async |state: &str| {
        let page = staff.get(&format!("/staff/commerce?state={state}")).await;
        let till = |till: &&crate::shop::Till| page.text().contains(till.order_id());
        [&paid, &other, &late, &left].map(|one| till(&one))
    };

    assert_eq!(found("paid").await, [true, false, true, false]);
    assert_eq!(found("late").await, [false, false, true, false]);
    assert_eq!(found("doubt").await, [false, true, false, false]);
    assert_eq!(found("cancelled").await, [false, true, false, true]);
    assert_eq!(found("refunded").await, [false; 4]);
    let none = staff.get("/staff/commerce?state=refunded").await;
    none.shows("No order matches").shows("Clear the filters");
}

#[slice_test]
async fn an_order_is_in_doubt_as_long_as_its_task_or_its_money_waits(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    slice.deliver("membership", refund_requested(1, 11_401, 2)).await;
    let mut staff = finance(&slice).await;
    let order = format!("/staff/commerce/orders/{}", till.order_id());
    let page = staff.get(&order).await;
    page.shows("money in doubt").shows("Mark as done");
    let doubtful = staff.get("/staff/commerce?state=doubt").await;
    assert_eq!(orders(&doubtful).len(), 1);

    let done = page.text().split("action=\"").find(|part| part.contains("/done\"")).unwrap();
    let done = done.split('"').next().unwrap().to_owned();
    let answer = staff.submit(&page, &done, &[]).await;

    assert_eq!(answer.is(303).location(), order);
    let page = staff.get(&order).await;
    page.lacks("money in doubt").lacks("Mark as done").shows("code</span> refund_refused");
    staff.get("/staff/commerce").await.shows("Money in doubt 0").shows("Tasks 0");
}

/// What the boxes of the rows would send.
fn boxes(page: &Answered) -> Vec<String> {
    let boxes = page.is(200).text().split("name=\"chosen\" value=\"").skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[slice_test]
async fn chosen_tasks_are_done_at_once_and_each_is_noted(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    for version in 2..=4 {
        slice.deliver("membership", refund_requested(1, 11_401, version)).await;
    }
    slice.deliver("events", refund_requested(9, 100, 2)).await;
    let mut staff = finance(&slice).await;
    let list = "/staff/commerce/tasks";
    let page = staff.get(list).await;
    page.shows("Refund refused").shows("Refund of unknown charge").shows("Tasks 3");
    let due = boxes(&staff.get("/staff/commerce/tasks?state=due").await);
    let notes = boxes(&staff.get("/staff/commerce/tasks?state=note").await);
    assert_eq!((due.len(), notes.len()), (3, 1));

    let action = format!("{list}/done");
    let chosen = [("chosen", &*due[0]), ("chosen", &due[1]), ("chosen", &notes[0])];
    let done = staff.submit(&page, &action, &chosen).await;

    assert_eq!(done.is(303).location(), "/staff/commerce/tasks?done=2");
    staff.get(done.location()).await.shows("2 rows were done.").shows("Tasks 1");
    assert_eq!(boxes(&staff.get("/staff/commerce/tasks?state=due").await), due[2..]);
    assert_eq!(boxes(&staff.get("/staff/commerce/tasks?state=done").await).len(), 2);
    let order = staff.get(&format!("/staff/commerce/orders/{}", till.order_id())).await;
    let lines = order.is(200).text().matches("code</span> refund_refused").count();
    assert_eq!(lines, 2, "each is noted: {}", order.text());
    // A double click, and what was done or never was.
    staff.submit(&page, &action, &chosen).await.is(303);
    let nothing = [("chosen", &*due[0]), ("chosen", "x"), ("chosen", till.order_id())];
    let page = staff.get(list).await;
    let done = staff.submit(&page, &action, &nothing).await;
    assert_eq!(done.is(303).location(), "/staff/commerce/tasks?done=0");
    assert_eq!(count(&slice, "audit").await, audited_before(&slice).await + 2);
}

async fn audited_before(slice: &Slice) -> i64 {
    count(slice, "audit where thing <> 'task'").await
}

#[slice_test]
async fn what_is_due_comes_first_and_tasks_are_found_by_what_they_say(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    slice.deliver("membership", refund_requested(1, 11_401, 2)).await;
    slice.deliver("events", refund_requested(9, 100, 2)).await;
    let mut staff = finance(&slice).await;

    let page = staff.get("/staff/commerce/tasks").await;
    let (due, note) = (page.text().find("Refund refused"), page.text().find("unknown charge"));
    assert!(due < note, "what is to be done stands before what was only noted");
    let turned = staff.get("/staff/commerce/tasks?sort=state").await;
    let (due, note) = (turned.text().find("Refund refused"), turned.text().find("unknown charge"));
    assert!(note < due);
    let number: String = till.order_id().chars().take(13).collect();
    for (word, is_due, is_note) in [
        ("more_than_captured", true, false),
        ("refund refused", true, false),
        ("events", false, true),
        (&*number, true, false),
        ("nothing of it", false, false),
    ] {
        let word = word.replace(' ', "+");
        let page = staff.get(&format!("/staff/commerce/tasks?q={word}")).await;
        assert_eq!(page.text().contains(">Refund refused<"), is_due, "{word}");
        assert_eq!(page.text().contains(">Refund of unknown charge<"), is_note, "{word}");
    }
    let file = staff.get("/staff/commerce/tasks?format=csv&state=due").await;
    let lines: Vec<&str> = file.is(200).text().lines().collect();
    assert_eq!(lines[0], "What,Detail,Order,When,State");
    assert_eq!(lines.len(), 2);
    assert!(lines[1].starts_with("Refund refused,\"amount $114.01, by membership"), "{}", lines[1]);
}

#[slice_test]
async fn the_badge_counts_for_finance_alone(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;
    slice.deliver("membership", refund_requested(1, 11_401, 2)).await;

    let counted = "[{\"path\":\"/staff/commerce\",\"count\":1}]";
    assert_eq!(finance(&slice).await.get("/-/commerce/badge").await.is(200).text(), counted);
    let mut content = slice.staff(jo(), &["staff.content"]).await;
    assert_eq!(content.get("/-/commerce/badge").await.is(200).text(), "[]");
    assert_eq!(slice.stranger().get("/-/commerce/badge").await.is(200).text(), "[]");
}
