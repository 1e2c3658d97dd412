//! Every branch of the rules of an application.

use contracts::membership::TermKind;
use contracts::{Currency, TermId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2027-03-01T10:00:00Z".parse().unwrap()
}

fn active() -> MembershipType {
    MembershipType {
        type_id: id(1),
        code: "ACTIVE".to_owned(),
        title: "Active Member".to_owned(),
        audience: "individuals".to_owned(),
        language: "en".to_owned(),
        price: Money::usd(9900),
        sample: true,
        open: true,
        seats: None,
        version: 1,
    }
}

fn rocky() -> Chapter {
    Chapter {
        chapter_id: id(2),
        name: "Rocky Mountain Chapter".to_owned(),
        region: "Colorado".to_owned(),
        price: Money::usd(2000),
        sample: true,
        version: 1,
    }
}

fn year_from(start: &str) -> Term {
    Term {
        term_id: TermId(Uuid::from_u128(3)),
        person_id: id(5),
        kind: TermKind::National,
        type_id: Some(id(1)),
        chapter_id: None,
        starts_on: day(start),
        ends_before: day(start) + chrono::Months::new(12),
        charge_id: None,
        version: 1,
    }
}

fn apply(
    kind: &MembershipType,
    chapter: Option<&Chapter>,
    terms: &[Term],
    open_application: Option<ApplicationId>,
) -> Result<Application, Refusal> {
    let wish = Wish { id: id(8), charge_id: id(9), person: id(5), kind, chapter };
    let applicant = Applicant { terms, open_application, today: day("2027-03-01") };
    submit(&wish, &applicant, now())
}

fn submitted() -> Application {
    apply(&active(), Some(&rocky()), &[], None).unwrap()
}

#[test]
fn an_application_asks_for_national_and_chapter_dues_and_waits_two_days() {
    let charge = submitted().charge();

    let refs: Vec<_> = charge.lines.iter().map(|line| line.r#ref.as_str()).collect();
    assert_eq!(refs, ["national", &format!("chapter:{}", rocky().chapter_id)]);
    assert_eq!(submitted().total(), Money::usd(11_900));
    assert_eq!(charge.hold_until, now() + TimeDelta::hours(48));
    assert_eq!(charge.return_path, format!("/membership/applications/{}", submitted().id));
    assert!(charge.lines.iter().all(|line| line.text.ends_with("(sample price)")));
}

#[test]
fn a_member_and_somebody_with_an_open_application_may_not_apply() {
    let covered = apply(&active(), None, &[year_from("2026-12-01")], None);
    assert_eq!(covered, Err(Refusal::AlreadyMember(day("2027-12-01"))));
    let later = apply(&active(), None, &[year_from("2027-06-01")], None);
    assert_eq!(later, Err(Refusal::AlreadyMember(day("2028-06-01"))));
    assert!(apply(&active(), None, &[year_from("2026-03-01")], None).is_ok());
    assert_eq!(apply(&active(), None, &[], Some(id(7))), Err(Refusal::ApplicationOpen));
}

#[test]
fn what_is_not_sold_or_cannot_be_summed_cannot_be_applied_for() {
    let closed = MembershipType { open: false, ..active() };
    let refusal = apply(&closed, None, &[], None).unwrap_err();
    assert_eq!(refusal, Refusal::TypeClosed("Active Member".to_owned()));

    let price = Money { minor: 2000, currency: Currency::Cad };
    let abroad = Chapter { price, ..rocky() };
    assert_eq!(apply(&active(), Some(&abroad), &[], None), Err(Refusal::MixedCurrencies));
}

#[test]
fn money_in_time_always_starts_the_terms() {
    let full = Money::usd(11_900);
    assert_eq!(pay(&submitted(), &[], day("2027-03-01"), &full), Ok(Payment::Starts));
    // A year that was granted meanwhile is followed by the paid one.
    let held = [year_from("2027-03-01")];
    assert_eq!(pay(&submitted(), &held, day("2027-03-01"), &full), Ok(Payment::Starts));
}

#[test]
fn late_money_is_honoured_unless_the_year_is_covered_already() {
    for state in [ApplicationState::Expired, ApplicationState::Withdrawn, ApplicationState::Refused]
    {
        let over = submitted().ended(state, None, now());
        let (full, paid_on) = (Money::usd(11_900), day("2027-03-09"));
        assert_eq!(pay(&over, &[], paid_on, &full), Ok(Payment::Starts));
        assert_eq!(pay(&over, &[year_from("2026-03-09")], paid_on, &full), Ok(Payment::Starts));
        let held = [year_from("2026-03-10")];
        assert_eq!(pay(&over, &held, paid_on, &full), Err(Refusal::AlreadyCovered));
    }
}

#[test]
fn too_little_money_or_other_money_starts_nothing() {
    let paid_on = day("2027-03-01");
    let little = pay(&submitted(), &[], paid_on, &Money::usd(11_899));
    assert_eq!(little, Err(Refusal::Underpaid(Money::usd(11_900), Money::usd(11_899))));
    let other = Money { minor: 11_900, currency: Currency::Eur };
    assert!(pay(&submitted(), &[], paid_on, &other).is_err());
}

proptest! {
    /// Whatever arrives, and however often, one application starts terms at most once and never
    /// after its money was given back.
    #[test]
    fn an_application_is_answered_once(amounts in proptest::collection::vec(0_i64..20_000, 1..8), late: bool) {
        let mut application = submitted();
        if late {
            application = application.ended(ApplicationState::Expired, Some("hold_ended"), now());
        }
        let (mut starts, mut backs) = (0, 0);
        for minor in amounts {
            let state = match pay(&application, &[], day("2027-03-09"), &Money::usd(minor)) {
                Ok(Payment::Answered) => continue,
                Ok(Payment::Starts) => { starts += 1; ApplicationState::Completed }
                Err(_) => { backs += 1; ApplicationState::GivenBack }
            };
            application = application.ended(state, None, now());
        }
        prop_assert_eq!(starts + backs, 1);
    }
}
