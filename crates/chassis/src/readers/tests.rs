//! The rules of who may, case by case.

use uuid::Uuid;

use super::*;

struct Leaf(Audience, Option<PersonId>);

impl Thing for Leaf {
    fn audience(&self) -> Audience {
        self.0.clone()
    }
    fn owner(&self) -> Option<PersonId> {
        self.1
    }
    fn kept_by(&self) -> &'static str {
        "staff.finance"
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn signed_in(roles: &[&str]) -> Reader {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Reader { person: Some(person(1)), roles, ..Reader::default() }
}

fn term(kind: TermKind, from: &str, until: &str) -> HeldTerm {
    HeldTerm { kind, chapter_id: None, starts_on: day(from), ends_before: day(until) }
}

fn member() -> Reader {
    let terms = vec![term(TermKind::National, "2026-01-01", "2027-01-01")];
    Reader { terms, ..signed_in(&[]) }
}

fn sees(reader: &Reader, audience: Audience) -> bool {
    may(reader, Act::See, &Leaf(audience, None), day("2026-06-01"))
}

#[test]
fn each_audience_sees_its_own() {
    let readers = [Reader::default(), signed_in(&[]), member(), signed_in(&["staff.content"])];
    let expected = [
        (Audience::Public, [true, true, true, true]),
        (Audience::SignedIn, [false, true, true, true]),
        (Audience::Members, [false, false, true, true]),
        (Audience::Staff, [false, false, false, true]),
        (Audience::Unknown("board".to_owned()), [false, false, false, true]),
    ];
    for (audience, may_see) in expected {
        for (reader, expected) in readers.iter().zip(may_see) {
            assert_eq!(sees(reader, audience.clone()), expected, "{audience} {reader:?}");
        }
    }
}

#[test]
fn a_member_is_one_on_the_days_of_the_term_only() {
    let leaf = Leaf(Audience::Members, None);
    assert!(may(&member(), Act::See, &leaf, day("2026-01-01")));
    assert!(may(&member(), Act::See, &leaf, day("2026-12-31")));
    assert!(!may(&member(), Act::See, &leaf, day("2027-01-01")));
    assert!(!may(&member(), Act::See, &leaf, day("2025-12-31")));
}

#[test]
fn a_chapter_term_makes_no_member_of_the_society() {
    let terms = vec![term(TermKind::Chapter, "2026-01-01", "2027-01-01")];
    let reader = Reader { terms, ..signed_in(&[]) };
    assert!(!sees(&reader, Audience::Members));
}

#[test]
fn what_is_private_is_for_its_owner_and_its_keeper() {
    let mine = Leaf(Audience::Staff, Some(person(1)));
    let anothers = Leaf(Audience::Staff, Some(person(2)));
    let today = day("2026-06-01");

    assert!(may(&signed_in(&[]), Act::Change, &mine, today));
    assert!(!may(&signed_in(&[]), Act::See, &anothers, today));
    assert!(!may(&signed_in(&["staff.content"]), Act::See, &anothers, today));
    assert!(may(&signed_in(&["staff.finance"]), Act::Change, &anothers, today));
    assert!(may(&signed_in(&["staff.admin"]), Act::Change, &anothers, today));
    assert!(!may(&Reader::default(), Act::See, &anothers, today));
}

#[test]
fn nobody_owns_what_has_no_owner() {
    let leaf = Leaf(Audience::Public, None);
    assert!(!may(&Reader::default(), Act::Change, &leaf, day("2026-06-01")));
    assert!(!may(&member(), Act::Change, &leaf, day("2026-06-01")));
}

#[test]
fn membership_runs_until_the_first_gap() {
    let mut reader = member();
    reader.terms.push(term(TermKind::National, "2027-01-01", "2028-01-01"));
    reader.terms.push(term(TermKind::National, "2028-02-01", "2029-02-01"));
    assert_eq!(reader.member_until(day("2026-06-01")), Some(day("2028-01-01")));
    assert_eq!(reader.member_until(day("2028-01-15")), None);
}

#[test]
fn an_authentication_is_fresh_for_a_quarter_of_an_hour() {
    let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let reader = Reader { signed_in_at: Some(at), ..signed_in(&[]) };
    assert!(reader.is_fresh(at + TimeDelta::minutes(15)));
    assert!(!reader.is_fresh(at + TimeDelta::minutes(16)));
    assert!(!Reader::default().is_fresh(at));
}
