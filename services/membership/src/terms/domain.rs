//! The rules of a membership term: what may start, when, and what covers a day. Pure.

use chrono::{Months, NaiveDate};
use contracts::membership::{Term, TermKind};
use contracts::{ChapterId, ChargeId, MembershipTypeId, PersonId, TermId};

/// How long one payment of dues lasts. Unit: months.
pub(crate) const MONTHS: u32 = 12;

/// What a term is of, with the id that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The society, as this kind of member.
    National(MembershipTypeId),
    /// A chapter.
    Chapter(ChapterId),
}

impl Scope {
    /// Whether `term` is of the same thing. Any national term counts, of whatever type: a person has
    /// one standing in the society.
    pub(crate) fn matches(self, term: &Term) -> bool {
        match self {
            Self::National(_) => term.kind == TermKind::National,
            Self::Chapter(chapter) => {
                term.kind == TermKind::Chapter && term.chapter_id == Some(chapter)
            }
        }
    }
}

/// Whether `term` covers `day`.
pub(crate) fn covers(term: &Term, day: NaiveDate) -> bool {
    term.starts_on <= day && day < term.ends_before
}

/// Whether anything of `scope` is paid for on `day` or later.
pub(crate) fn paid_from(terms: &[Term], scope: Scope, day: NaiveDate) -> bool {
    terms.iter().any(|term| scope.matches(term) && term.ends_before > day)
}

/// The first day of a new term of `scope` paid on `paid_on`: the day the last one ends, or the day of
/// payment when none runs any more.
pub(crate) fn first_day(terms: &[Term], scope: Scope, paid_on: NaiveDate) -> NaiveDate {
    let ends = terms.iter().filter(|term| scope.matches(term)).map(|term| term.ends_before);
    ends.max().map_or(paid_on, |end| end.max(paid_on))
}

/// The end of `years` years that begin on `anchor`. Counted from the anchor, not year by year, so
/// that a term from 29 February comes back to it. Nothing when the calendar ends before.
pub(crate) fn end(anchor: NaiveDate, years: u32) -> Option<NaiveDate> {
    anchor.checked_add_months(Months::new(MONTHS.checked_mul(years)?))
}

/// How somebody stands with the society on a day, read from their terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Never paid for a day.
    None,
    /// A member, without a gap until before this day.
    Member(NaiveDate),
    /// Will be a member from this day on.
    From(NaiveDate),
    /// Was a member until before this day.
    Lapsed(NaiveDate),
}

/// How the person of these `terms` stands on `day`. Computed whenever it is asked, stored nowhere.
pub(crate) fn standing(terms: &[Term], day: NaiveDate) -> Standing {
    let mut national: Vec<&Term> =
        terms.iter().filter(|term| term.kind == TermKind::National).collect();
    national.sort_by_key(|term| term.starts_on);
    let running = national.iter().filter(|term| covers(term, day)).map(|term| term.ends_before);
    if let Some(end) = running.max() {
        let chain = national.iter().fold(end, |end, next| {
            if next.starts_on <= end { end.max(next.ends_before) } else { end }
        });
        return Standing::Member(chain);
    }
    if let Some(next) = national.iter().find(|term| term.starts_on > day) {
        return Standing::From(next.starts_on);
    }
    national.last().map_or(Standing::None, |last| Standing::Lapsed(last.ends_before))
}

/// Before which day the last national term ends, whether it runs, has run or is to come.
pub(crate) fn paid_until(terms: &[Term]) -> Option<NaiveDate> {
    let national = terms.iter().filter(|term| term.kind == TermKind::National);
    national.map(|term| term.ends_before).max()
}

/// Since when the person of these `terms` has been a member without a gap; nothing when they are none
/// on `day`.
pub(crate) fn since(terms: &[Term], day: NaiveDate) -> Option<NaiveDate> {
    let national = || terms.iter().filter(|term| term.kind == TermKind::National);
    let mut first = national().find(|term| covers(term, day))?.starts_on;
    while let Some(before) =
        national().find(|term| term.starts_on < first && term.ends_before >= first)
    {
        first = before.starts_on;
    }
    Some(first)
}

/// A new term of one year.
pub(crate) fn start(
    term_id: TermId,
    person_id: PersonId,
    scope: Scope,
    starts_on: NaiveDate,
    charge_id: Option<ChargeId>,
) -> Option<Term> {
    let (kind, type_id, chapter_id) = match scope {
        Scope::National(type_id) => (TermKind::National, Some(type_id), None),
        Scope::Chapter(chapter_id) => (TermKind::Chapter, None, Some(chapter_id)),
    };
    let ends_before = end(starts_on, 1)?;
    #[rustfmt::skip]
    let term = Term { term_id, person_id, kind, type_id, chapter_id, starts_on, ends_before, charge_id, version: 1 };
    Some(term)
}

/// The number of the `n`th member: `M000001`.
pub(crate) fn member_number(n: i64) -> String {
    format!("M{n:06}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn national() -> Scope {
        Scope::National(MembershipTypeId(id(1)))
    }

    fn term(scope: Scope, starts_on: NaiveDate) -> Term {
        start(TermId(id(2)), PersonId(id(3)), scope, starts_on, None).unwrap()
    }

    #[test]
    fn a_year_is_half_open_and_comes_back_to_its_anchor() {
        let year = term(national(), day("2027-03-01"));
        assert_eq!(year.ends_before, day("2028-03-01"));
        assert!(covers(&year, day("2027-03-01")) && covers(&year, day("2028-02-29")));
        assert!(!covers(&year, day("2028-03-01")) && !covers(&year, day("2027-02-28")));
        assert_eq!(end(day("2028-02-29"), 1), Some(day("2029-02-28")));
        assert_eq!(end(day("2028-02-29"), 4), Some(day("2032-02-29")));
    }

    #[test]
    fn a_paid_year_begins_when_the_running_one_ends_or_on_the_day_of_payment() {
        let running = [term(national(), day("2027-01-01"))];
        assert_eq!(first_day(&running, national(), day("2027-03-01")), day("2028-01-01"));
        assert_eq!(first_day(&running, national(), day("2028-03-01")), day("2028-03-01"));
        assert_eq!(first_day(&[], national(), day("2027-03-01")), day("2027-03-01"));
    }

    #[test]
    fn one_chapter_says_nothing_of_another_and_nothing_of_the_society() {
        let [one, other] = [4, 5].map(|n| Scope::Chapter(ChapterId(id(n))));
        let held = [term(one, day("2027-01-01"))];
        assert!(paid_from(&held, one, day("2027-12-31")));
        assert!(!paid_from(&held, one, day("2028-01-01")));
        assert!(!paid_from(&held, other, day("2027-06-01")));
        assert!(!paid_from(&held, national(), day("2027-06-01")));
    }

    #[test]
    fn standing_is_read_from_the_dates() {
        let years = [term(national(), day("2027-01-01")), term(national(), day("2028-01-01"))];
        assert_eq!(standing(&[], day("2027-01-01")), Standing::None);
        assert_eq!(standing(&years, day("2026-12-31")), Standing::From(day("2027-01-01")));
        assert_eq!(standing(&years, day("2027-05-05")), Standing::Member(day("2029-01-01")));
        assert_eq!(standing(&years, day("2029-01-01")), Standing::Lapsed(day("2029-01-01")));

        let chapter = [term(Scope::Chapter(ChapterId(id(4))), day("2027-01-01"))];
        assert_eq!(standing(&chapter, day("2027-05-05")), Standing::None);
    }

    #[test]
    fn somebody_is_a_member_since_the_last_gap() {
        let years = ["2027-03-01", "2025-01-01", "2028-03-01", "2023-06-01", "2024-01-01"];
        let years = years.map(|start| term(national(), day(start)));
        assert_eq!(since(&years, day("2028-05-05")), Some(day("2027-03-01")));
        assert_eq!(since(&years, day("2025-12-31")), Some(day("2023-06-01")));
        assert_eq!(since(&years, day("2026-05-05")), None);

        let chapter = [term(Scope::Chapter(ChapterId(id(4))), day("2027-01-01"))];
        assert_eq!(since(&chapter, day("2027-05-05")), None);
    }

    #[test]
    fn member_numbers_have_six_digits_and_grow_beyond() {
        assert_eq!(member_number(1), "M000001");
        assert_eq!(member_number(1_234_567), "M1234567");
    }

    proptest! {
        /// However payments fall, the years of one scope never overlap and every payment buys one.
        #[test]
        fn terms_of_one_scope_never_overlap(days in proptest::collection::vec(0_i64..4_000, 1..12)) {
            let mut held: Vec<Term> = Vec::new();
            for after in days {
                let paid_on = day("2024-02-29") + chrono::Days::new(after.unsigned_abs());
                let first = first_day(&held, national(), paid_on);
                prop_assert!(first >= paid_on);
                held.push(term(national(), first));
            }
            held.sort_by_key(|term| term.starts_on);
            for pair in held.windows(2) {
                prop_assert!(pair[0].ends_before <= pair[1].starts_on);
            }
        }

        /// A day is covered exactly when it lies in the half-open stretch.
        #[test]
        fn a_term_covers_its_days_and_no_others(offset in -500_i64..900) {
            let year = term(national(), day("2027-03-01"));
            let probe = day("2027-03-01") + chrono::Duration::days(offset);
            prop_assert_eq!(covers(&year, probe), (0..366).contains(&offset));
        }
    }
}
