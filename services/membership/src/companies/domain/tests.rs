//! The rules of companies, tried.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn draft(name: &str, parent: Option<CompanyId>) -> Draft {
    let (region, size) = ("Colorado".to_owned(), CompanySize::Under500);
    Draft { name: name.to_owned(), parent, region, size, domains: vec![] }
}

fn company(n: u128, parent: Option<CompanyId>) -> Company {
    let id = CompanyId(Uuid::from_u128(n));
    Company { version: 3, ..create(id, &draft("Acme Cable", parent)) }
}

fn year(from: &str, held: &[CompanyTerm]) -> CompanyTerm {
    let type_id = MembershipTypeId(Uuid::from_u128(9));
    let new = NewTerm { type_id, from: day(from), seats: 50 };
    start(TermId(Uuid::from_u128(2)), &company(1, None), held, &new).unwrap()
}

#[test]
fn a_company_is_changed_only_by_who_saw_the_latest_version() {
    let renamed = draft("Acme Fiber", None);
    let unused = Uses::default();
    assert_eq!(edit(&company(1, None), &renamed, 3, unused).unwrap().name, "Acme Fiber");
    let refusal = edit(&company(1, None), &renamed, 2, unused).unwrap_err();
    assert_eq!(refusal.code(), "company_stale");
}

#[test]
fn a_branch_has_no_branches_and_nothing_moves_under_its_seats() {
    let (acme, denver) = (company(1, None), company(2, Some(company(1, None).id)));
    assert_eq!(under(denver.id, Some(&acme)), Ok(()));
    assert_eq!(
        under(company(3, None).id, Some(&denver)).unwrap_err().code(),
        "company_parent_is_branch"
    );
    assert_eq!(under(acme.id, Some(&acme)).unwrap_err().code(), "company_parent_is_branch");

    let away = draft("Denver", None);
    let used = Uses { in_use: true, ..Uses::default() };
    assert_eq!(edit(&denver, &away, 3, used).unwrap_err().code(), "company_in_use");
    assert_eq!(edit(&denver, &away, 3, Uses::default()).unwrap().parent, None);
    // A new name moves nothing.
    assert!(edit(&denver, &draft("Denver", denver.parent), 3, used).is_ok());
    let below = draft("Acme", Some(CompanyId(Uuid::from_u128(7))));
    let parent = Uses { has_branches: true, ..Uses::default() };
    assert_eq!(edit(&acme, &below, 3, parent).unwrap_err().code(), "company_has_branches");
}

#[test]
fn a_renewal_begins_when_the_last_year_ends_and_a_branch_has_none() {
    let first = year("2027-01-01", &[]);
    assert_eq!((first.starts_on, first.ends_before), (day("2027-01-01"), day("2028-01-01")));
    assert_eq!(year("2027-06-01", std::slice::from_ref(&first)).starts_on, day("2028-01-01"));
    assert_eq!(year("2028-03-01", &[first]).starts_on, day("2028-03-01"));

    let branch = company(2, Some(company(1, None).id));
    let type_id = MembershipTypeId(Uuid::from_u128(9));
    let new = NewTerm { type_id, from: day("2027-01-01"), seats: 50 };
    let refusal = start(TermId(Uuid::from_u128(2)), &branch, &[], &new).unwrap_err();
    assert_eq!(refusal.code(), "company_is_branch");
}

#[test]
fn a_term_is_only_ended_earlier() {
    let term = year("2027-01-01", &[]);
    let ended = shorten(&term, day("2027-02-01")).unwrap();
    assert!(covers(&ended, day("2027-01-31")) && !covers(&ended, day("2027-02-01")));
    assert!(!covers(&shorten(&term, day("2027-01-01")).unwrap(), day("2027-01-01")));
    for odd in ["2026-12-31", "2028-01-01"] {
        assert_eq!(shorten(&term, day(odd)).unwrap_err().code(), "company_term_end_not_within");
    }
}

#[test]
fn what_counts_is_the_term_of_the_day_or_the_next() {
    let first = year("2027-01-01", &[]);
    let next = year("2027-01-01", std::slice::from_ref(&first));
    let both = [next.clone(), first.clone()];
    assert_eq!(current(&both, day("2026-12-31")), Some(&first));
    assert_eq!(current(&both, day("2027-12-31")), Some(&first));
    assert_eq!(current(&both, day("2028-01-01")), Some(&next));
    assert_eq!(current(&both, day("2029-01-01")), None);
}

#[test]
fn domains_are_read_as_people_write_them() {
    assert_eq!(
        domains("@Acme.example, acme.example\nfiber.acme.example"),
        Some(vec!["acme.example".to_owned(), "fiber.acme.example".to_owned()])
    );
    assert_eq!(domains(""), Some(vec![]));
    for odd in ["acme", ".example", "a b@c.example"] {
        assert_eq!(domains(odd), None, "{odd}");
    }
}
