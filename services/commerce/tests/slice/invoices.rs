//! CO-10, CO-11: what is paid is invoiced, what goes back is credited, and what was issued stays as
//! it was, on the page and in the file.

use chassis::testing::{Answered, Slice, slice_test};
use contracts::membership::{Person, PersonCreated, PersonUpdated};
use serde_json::json;

use crate::shop::{KEY, SECRET, Till, at_the_till, jo, kim, open, press, refund_requested};
use crate::tables::{numbers, the_books_balance};

const INVOICE: &str = "/billing/invoices/scte-2027-000001";

fn named(name: &str, version: i64) -> Person {
    Person {
        person_id: jo(),
        name: name.to_owned(),
        member_number: None,
        language: "en".to_owned(),
        version,
    }
}

async fn paid(slice: &Slice) -> Till {
    let person = named("Renée Müller-Łukasiewicz", 1);
    slice.deliver("membership", PersonCreated { person }).await;
    let till = at_the_till(slice, 1).await;
    press(slice, &till.session, "pay").await;
    till
}

/// What stands in a file, as a program that is not ours reads it.
fn read(file: &Answered) -> String {
    assert_eq!(file.is(200).header("content-type"), Some("application/pdf"));
    let document = lopdf::Document::load_mem(file.bytes()).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap()
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[slice_test]
async fn a_paid_order_has_an_invoice_to_read_and_to_keep(slice: Slice) {
    let slice = open(slice).await;
    let mut till = paid(&slice).await;

    let orders = till.browser.get("/billing").await;
    orders.shows(INVOICE).shows(&format!("{INVOICE}/pdf"));
    let page = till.browser.get(INVOICE).await;
    page.is(200).shows("Invoice scte-2027-000001").shows("Renée Müller-Łukasiewicz");
    page.shows("Active membership (sample)").shows("$15.00").shows("$114.00").shows("1 March 2027");
    let file = till.browser.get(&format!("{INVOICE}/pdf")).await;
    let name = "attachment; filename=\"scte-2027-000001.pdf\"";
    assert_eq!(file.header("content-disposition"), Some(name));
    let expected = [
        "Invoice scte-2027-000001",
        "SCTE, Society of Cable Telecommunications Engineers",
        "Renée Müller-Łukasiewicz",
        "1 March 2027",
        "Active membership (sample)",
        "Chapter (sample)",
        "$114.00",
        "Paid at a sandbox: no money moved.",
    ];
    says(&read(&file), &expected);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn each_refund_has_a_credit_note_over_the_lines_of_its_charge(slice: Slice) {
    let slice = open(slice).await;
    let mut till = paid(&slice).await;
    slice.deliver_twice("membership", refund_requested(1, 1140, 2)).await;

    let note = till.browser.get("/billing/invoices/scte-cn-2027-000001").await;
    note.is(200).shows("Credit note scte-cn-2027-000001").shows("scte-2027-000001");
    // A tenth of each line.
    note.shows("$9.90").shows("$1.50").shows("$11.40").shows("cancelled");
    till.browser.get(INVOICE).await.shows("part credited").shows("scte-cn-2027-000001");
    slice.deliver("membership", refund_requested(1, 10_260, 3)).await;

    assert_eq!(
        numbers(&slice, "credit_note").await,
        ["scte-cn-2027-000001", "scte-cn-2027-000002"]
    );
    till.browser.get(INVOICE).await.shows("credited").lacks("part credited");
    till.browser.get("/billing").await.shows("/billing/invoices/scte-cn-2027-000002/pdf");
    let second = till.browser.get("/billing/invoices/scte-cn-2027-000002/pdf").await;
    says(&read(&second), &["Credit note scte-cn-2027-000002", "$89.10", "$13.50", "$102.60"]);
    let receipt = till.receipt().await;
    receipt.shows("Credit note scte-cn-2027-000001").shows("Credit note scte-cn-2027-000002");
    let file = till.browser.get(&format!("/billing/receipts/{}/pdf", till.order_id())).await;
    let name = "attachment; filename=\"receipt-scte-2027-000001.pdf\"";
    assert_eq!(file.header("content-disposition"), Some(name));
    says(&read(&file), &["Receipt scte-2027-000001", "pay_", "-$11.40", "-$102.60", "$0.00"]);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn money_that_no_charge_waited_for_is_neither_invoiced_nor_credited(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;

    press(&slice, &till.session, "twice").await;

    assert_eq!(numbers(&slice, "invoice").await, ["scte-2027-000001"]);
    assert!(numbers(&slice, "credit_note").await.is_empty());
    the_books_balance(&slice).await;
}

#[slice_test]
async fn an_invoice_stays_as_it_was_issued(slice: Slice) {
    let mut slice = open(slice).await;
    let mut till = paid(&slice).await;
    let file = format!("{INVOICE}/pdf");
    let issued = till.browser.get(&file).await;
    assert_eq!(till.browser.get(&file).await.bytes(), issued.bytes(), "the same file again");

    // Everything it was made of becomes another: name, seller, taxes, mode; and money goes back.
    let person = named("Renée Other", 2);
    slice.deliver("membership", PersonUpdated { person }).await;
    let seller = json!({ "name": "Another Society", "prefix": "other" });
    let tax = json!({ "name": "New tax", "basis_points": 900 });
    let settings = json!({
        "provider_key": KEY, "webhook_secret": SECRET,
        "legal_entities": { "scte": seller }, "taxes": [tax],
    });
    slice.with_settings(settings).await;
    slice.listen().await;
    let mut payer = slice.sign_in(jo()).await;
    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;

    assert_eq!(payer.get(&file).await.bytes(), issued.bytes(), "what was issued moved");
    payer.get(INVOICE).await.lacks("Another Society").lacks("New tax").shows("credited");
    // What is issued from now on is made of what is said now; a credit note quotes its invoice.
    assert_eq!(numbers(&slice, "credit_note").await, ["other-cn-2027-000001"]);
    let note = payer.get("/billing/invoices/other-cn-2027-000001").await;
    note.lacks("Another Society").shows("Renée Müller-Łukasiewicz");
    let next = at_the_till(&slice, 2).await;
    press(&slice, &next.session, "pay").await;
    let page = payer.get("/billing/invoices/other-2027-000001").await;
    page.is(200).shows("Another Society");
    let file = payer.get("/billing/invoices/other-2027-000001/pdf").await;
    says(&read(&file), &["Another Society", "Renée Other", "other-2027-000001"]);
    // 9 % in $99.00 and in $15.00.
    page.shows("New tax, included").shows("$9.41");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn staff_find_documents_by_any_number_and_take_them_along(slice: Slice) {
    let slice = open(slice).await;
    let till = paid(&slice).await;
    slice.deliver("membership", refund_requested(1, 1500, 2)).await;
    let other = at_the_till(&slice, 2).await;
    press(&slice, &other.session, "pay").await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let list = "/staff/commerce/invoices";

    let page = staff.get(list).await;
    page.is(200).shows("scte-cn-2027-000001").shows("-$15.00").shows("part credited");
    let count =
        |page: &Answered| page.is(200).text().matches("href=\"/staff/commerce/invoices/s").count();
    assert_eq!(count(&page), 3);
    for (word, found) in [
        ("SCTE-2027-000002", 1),
        ("cn-2027", 1),
        (till.order_id(), 2),
        ("m%C3%BCller", 3),
        ("nobody", 0),
        ("_", 0),
    ] {
        let page = staff.get(&format!("{list}?q={word}")).await;
        assert_eq!(count(&page), found, "{word}");
    }
    for (kind, found) in [("invoice", 2), ("credit_note", 1), ("credited", 1)] {
        assert_eq!(count(&staff.get(&format!("{list}?kind={kind}")).await), found, "{kind}");
    }
    assert_eq!(count(&staff.get(&format!("{list}?to=2027-02-28")).await), 0);
    let file = staff.get(&format!("{list}?kind=credit_note&format=csv")).await;
    let rows: Vec<&str> = file.text().lines().collect();
    assert_eq!(rows[0], "Number,Kind,Bill to,State,Issued,Tax in it,Total");
    assert_eq!(rows.len(), 2);
    assert!(rows[1].starts_with("scte-cn-2027-000001,Credit note,Renée"), "{}", rows[1]);
    assert!(rows[1].ends_with(",-$15.00"), "{}", rows[1]);

    let detail = staff.get(&format!("{list}/scte-2027-000001")).await;
    detail.is(200).shows("scte-cn-2027-000001 takes $15.00 back").shows("$99.00").shows("issued");
    let order = staff.get(&format!("/staff/commerce/orders/{}", till.order_id())).await;
    order.shows("/staff/commerce/invoices/scte-cn-2027-000001");
    let file = staff.get(&format!("{list}/scte-cn-2027-000001/pdf")).await;
    says(&read(&file), &["Credit note scte-cn-2027-000001", "$15.00"]);
    staff.get(&format!("{list}/scte-2027-000099")).await.is(404);
}
