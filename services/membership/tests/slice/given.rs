//! What the stories begin with.

use chassis::testing::{Answered, Browser, Slice};
use chrono::{DateTime, Utc};
use contracts::commerce::{
    ChargeExpired, ChargeOpened, ChargePaid, ChargeRefunded, ChargeRefused, ChargeState,
    ChargeStatus,
};
use contracts::identity::{Account, AccountState, AccountVerified};
use contracts::membership::{ChapterPublished, TypePublished};
use contracts::shared::{Charge, ChargeRequested};
use contracts::{Money, PersonId};
use uuid::Uuid;

pub(crate) const STAFF: &[&str] = &["staff.membership"];

/// Sam, who wants to join.
pub(crate) fn sam() -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0006))
}

/// Kim, somebody else.
pub(crate) fn kim() -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007))
}

/// Ada, of the membership office.
pub(crate) fn ada() -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003))
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The office entered one type and one chapter; it is 1 March 2027, 10:00 UTC.
pub(crate) async fn an_open_society(slice: &Slice) {
    slice.at("2027-03-01T10:00:00Z").await;
    let mut office = slice.staff(ada(), STAFF).await;
    let kind = [
        ("code", "ACTIVE"),
        ("title", "Active Member"),
        ("audience", "individuals working in the industry"),
        ("price", "99.00"),
        ("sample", "on"),
        ("open", "on"),
    ];
    fill(&mut office, "/staff/membership/types/new", &kind).await.is(303);
    let chapter = [
        ("name", "Rocky Mountain Chapter"),
        ("region", "Colorado, Wyoming, northern New Mexico"),
        ("price", "20"),
        ("sample", "on"),
    ];
    fill(&mut office, "/staff/membership/chapters/new", &chapter).await.is(303);
}

/// The id of the one type.
pub(crate) async fn the_type(slice: &Slice) -> String {
    let types = slice.published::<TypePublished>().await;
    types[0].membership_type.type_id.to_string()
}

/// The id of the one chapter.
pub(crate) async fn the_chapter(slice: &Slice) -> String {
    let chapters = slice.published::<ChapterPublished>().await;
    chapters[0].chapter.chapter_id.to_string()
}

/// Opens the page of a form and sends it back filled in, hidden fields and all.
pub(crate) async fn fill(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answered {
    let page = browser.get(path).await;
    browser.submit(&page, path, fields).await
}

/// The page on which the sum stands and the name is asked for, for the type and this chapter.
pub(crate) async fn details_path(slice: &Slice, chapter: &str) -> String {
    format!("/membership/join/details?type={}&chapter={chapter}", the_type(slice).await)
}

/// Applies for the type and the chapter in this browser, as the form does.
pub(crate) async fn apply(slice: &Slice, browser: &mut Browser, name: &str) -> Answered {
    let (kind, chapter) = (the_type(slice).await, the_chapter(slice).await);
    let form = [("name", name), ("type", &kind), ("chapter", &chapter), ("confirm", "on")];
    browser.post("/membership/join", &form).await
}

/// The ids of the rows that can be chosen on a list, in its order.
pub(crate) fn chosen(page: &Answered) -> Vec<String> {
    let boxes = page.text().split("name=\"chosen\" value=\"").skip(1);
    boxes.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// Sam applied and nothing else happened: the charge that was asked for, and the application's page.
pub(crate) async fn sam_applied(slice: &Slice) -> (Charge, String, Browser) {
    an_open_society(slice).await;
    let mut browser = slice.sign_in(sam()).await;
    let answer = apply(slice, &mut browser, "Sam Okafor").await;
    answer.is(303);
    let path = answer.location().to_owned();
    let charge = slice.published_one::<ChargeRequested>().await.charge.clone();
    (charge, path, browser)
}

/// The charge as commerce sees it.
pub(crate) fn status(charge: &Charge, state: ChargeState, version: i64) -> ChargeStatus {
    let total = Money::sum(charge.lines.iter().map(|line| &line.unit)).unwrap();
    let paid = matches!(state, ChargeState::Paid | ChargeState::Refunded);
    let refunded = state == ChargeState::Refunded;
    ChargeStatus {
        charge_id: charge.charge_id,
        asked_by: "membership".to_owned(),
        payer: charge.payer,
        captured: if paid { total.clone() } else { Money::usd(0) },
        refunded: if refunded { total.clone() } else { Money::usd(0) },
        state,
        total,
        order_id: None,
        version,
    }
}

pub(crate) fn opened(charge: &Charge) -> ChargeOpened {
    ChargeOpened { charge: status(charge, ChargeState::Open, 1) }
}

pub(crate) fn paid(charge: &Charge, at: &str) -> ChargePaid {
    let paid_at = instant(at);
    let late = paid_at > charge.hold_until;
    ChargePaid { charge: status(charge, ChargeState::Paid, 2), paid_at, late }
}

pub(crate) fn expired(charge: &Charge) -> ChargeExpired {
    ChargeExpired { charge: status(charge, ChargeState::Expired, 2) }
}

pub(crate) fn refused(charge: &Charge, code: &str) -> ChargeRefused {
    ChargeRefused { charge: status(charge, ChargeState::Refused, 1), code: code.to_owned() }
}

pub(crate) fn refunded(charge: &Charge) -> ChargeRefunded {
    let charge = status(charge, ChargeState::Refunded, 3);
    ChargeRefunded { amount: charge.refunded.clone(), reason: "cancelled".to_owned(), charge }
}

/// Somebody confirmed their address at identity.
pub(crate) fn verified(person: PersonId) -> AccountVerified {
    AccountVerified {
        account: Account {
            person_id: person,
            address: "somebody@example.org".to_owned(),
            state: AccountState::Active,
            language: "en".to_owned(),
            generation: 0,
            version: 2,
        },
    }
}
