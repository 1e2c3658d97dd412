//! What the stories begin with: people, and what other services say of them.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Answered, Browser, Slice};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::commerce::{
    ChargeRefunded, ChargeState, ChargeStatus, Order, OrderLine, OrderPaid, OrderState,
    PaymentFailed,
};
use contracts::identity::{
    Account, AccountRegistered, AccountState, CodeIssued, CodePurpose, EmailChanged, LinkIssued,
    LinkPurpose, PasswordChanged, SecurityAlert, SecurityAlerted,
};
use contracts::membership::{
    Application, ApplicationEnded, ApplicationState, Chapter, ChapterPublished, Person,
    PersonCreated, Term, TermKind, TermStarted,
};
use contracts::{ChapterId, Money, PersonId};
use uuid::Uuid;

/// The code that must not stay.
pub(crate) const CODE: &str = "7KQ2M9XA4TBCZ";

pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

pub(crate) fn jo() -> PersonId {
    id(1)
}

pub(crate) fn kim() -> PersonId {
    id(2)
}

/// Asks under this machine's own name, as the mailbox page wants it.
pub(crate) async fn here(browser: &mut Browser, path: &str) -> Answered {
    browser.send(Request::get(path).header("host", "localhost:8080"), Body::empty()).await
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn account(person: PersonId, address: &str) -> Account {
    Account {
        person_id: person,
        address: address.to_owned(),
        state: AccountState::Active,
        language: "en".to_owned(),
        generation: 0,
        version: 1,
    }
}

/// Identity told Jo's address, membership Jo's name.
pub(crate) async fn jo_is_known(slice: &Slice) {
    slice
        .deliver("identity", AccountRegistered { account: account(jo(), "Jo@scte.example") })
        .await;
    let person = Person {
        person_id: jo(),
        name: "Jo Alvarez".to_owned(),
        member_number: None,
        language: "en".to_owned(),
        version: 1,
    };
    slice.deliver("membership", PersonCreated { person }).await;
}

pub(crate) fn code(slice: &Slice, purpose: CodePurpose) -> CodeIssued {
    let path = match purpose {
        CodePurpose::Reset => "/account/reset",
        CodePurpose::Known => "/account/sign-in",
        _ => "/account/confirm",
    };
    CodeIssued {
        account: Account { version: 2, ..account(jo(), "Jo@scte.example") },
        purpose,
        code: CODE.to_owned(),
        path: path.to_owned(),
        expires_at: slice.now() + TimeDelta::minutes(60),
    }
}

pub(crate) fn new_address() -> Account {
    Account { version: 4, ..account(jo(), "jo.new@scte.example") }
}

/// A link that works for three days; to another address than the account's, if `to` is one.
pub(crate) fn link(slice: &Slice, purpose: LinkPurpose, to: Option<&str>) -> LinkIssued {
    LinkIssued {
        account: new_address(),
        to: to.map(str::to_owned),
        purpose,
        title: Some("the board of the chapter".to_owned()),
        language: Some("en".to_owned()),
        code: CODE.to_owned(),
        path: "/account/address/undo".to_owned(),
        expires_at: slice.now() + TimeDelta::hours(72),
    }
}

pub(crate) fn address_changed() -> EmailChanged {
    EmailChanged { account: new_address(), old_address: "Jo@scte.example".to_owned() }
}

pub(crate) fn alerted(alert: SecurityAlert) -> SecurityAlerted {
    SecurityAlerted {
        account: Account { version: 3, ..account(jo(), "Jo@scte.example") },
        alert,
        device: "Firefox on Linux".to_owned(),
        network: "192.0.2.7".to_owned(),
        at: instant("2027-03-01T14:59:00Z"),
    }
}

pub(crate) fn password_changed() -> PasswordChanged {
    PasswordChanged { account: Account { version: 3, ..account(jo(), "Jo@scte.example") } }
}

fn order(state: OrderState) -> Order {
    let line = |text: &str, amount| OrderLine {
        text: text.to_owned(),
        language: "en".to_owned(),
        quantity: 1,
        amount: Money::usd(amount),
    };
    Order {
        order_id: id(50),
        payer: jo(),
        charges: vec![id(40)],
        lines: vec![line("Active Member, one year", 9900), line("Cactus Chapter, one year", 1500)],
        total: Money::usd(11400),
        legal_entity: "SCTE".to_owned(),
        receipt_number: (state == OrderState::Paid).then(|| "SCTE-2027-000001".to_owned()),
        state,
        version: 2,
    }
}

/// Jo's order was paid late in the evening, in the society's zone, of 28 February.
pub(crate) fn paid() -> OrderPaid {
    OrderPaid { order: order(OrderState::Paid), paid_at: instant("2027-03-01T03:00:00Z") }
}

pub(crate) fn declined() -> PaymentFailed {
    PaymentFailed { order: order(OrderState::Open), code: "insufficient_funds".to_owned() }
}

pub(crate) fn refunded() -> ChargeRefunded {
    let charge = ChargeStatus {
        charge_id: id(40),
        asked_by: "membership".to_owned(),
        payer: jo(),
        state: ChargeState::Refunded,
        total: Money::usd(11400),
        captured: Money::usd(11400),
        refunded: Money::usd(11400),
        order_id: Some(id(50)),
        version: 4,
    };
    ChargeRefunded { charge, amount: Money::usd(11400), reason: "paid_too_late".to_owned() }
}

pub(crate) fn term_started(kind: TermKind) -> TermStarted {
    let chapter = (kind == TermKind::Chapter).then(cactus);
    let term = Term {
        term_id: id(if chapter.is_some() { 61 } else { 60 }),
        person_id: jo(),
        kind,
        type_id: None,
        chapter_id: chapter,
        starts_on: day("2027-03-01"),
        ends_before: day("2028-03-01"),
        charge_id: Some(id(40)),
        version: 1,
    };
    TermStarted { term, member_number: "M000123".to_owned() }
}

pub(crate) fn cactus() -> ChapterId {
    id(70)
}

pub(crate) fn cactus_published() -> ChapterPublished {
    let chapter = Chapter {
        chapter_id: cactus(),
        name: "Cactus Chapter".to_owned(),
        region: "Arizona".to_owned(),
        price: Money::usd(1500),
        sample: true,
        version: 1,
    };
    ChapterPublished { chapter }
}

pub(crate) fn application_ended(state: ApplicationState) -> ApplicationEnded {
    let application = Application {
        application_id: id(80),
        person_id: jo(),
        type_id: id(90),
        chapter_id: None,
        charge_id: id(40),
        state,
        hold_until: instant("2027-03-02T00:00:00Z"),
        version: 2,
    };
    ApplicationEnded { application }
}
