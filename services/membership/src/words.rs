//! How dates, codes and the audit read on our pages.

use chassis::Site;
use chassis::command::Audited;
use chrono::{DateTime, Days, NaiveDate, Utc};
use contracts::membership::ApplicationState;

/// A day: `1 March 2027`.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The last day covered by what ends before `end`.
pub(crate) fn last_day(end: NaiveDate) -> String {
    day(end.checked_sub_days(Days::new(1)).unwrap_or(end))
}

/// The day of an instant where there is little room: `1 Mar`.
pub(crate) fn short_day(site: &Site, at: DateTime<Utc>) -> String {
    at.with_timezone(&site.zone).format("%-d %b").to_string()
}

/// An instant in the society's zone: `1 March 2027, 05:00 EST`.
pub(crate) fn instant(site: &Site, at: DateTime<Utc>) -> String {
    at.with_timezone(&site.zone).format("%-d %B %Y, %H:%M %Z").to_string()
}

/// Where an application stands, in a word or two.
pub(crate) fn state(state: &ApplicationState) -> &str {
    match state {
        ApplicationState::Submitted => "waits for payment",
        ApplicationState::Completed => "completed",
        ApplicationState::Expired => "expired",
        ApplicationState::Withdrawn => "withdrawn",
        ApplicationState::GivenBack => "given back",
        ApplicationState::Refused => "refused by checkout",
        ApplicationState::Unknown(word) => word,
    }
}

/// Why something ended, from its code.
pub(crate) fn reason(code: &str) -> String {
    match code {
        "hold_ended" => "nobody paid in time".to_owned(),
        "cancelled" => "the applicant withdrew it".to_owned(),
        "superseded" => "another application was paid for the same year".to_owned(),
        "dues_underpaid" => "less was paid than was asked for".to_owned(),
        "paid_too_late" => "the payment came late and the year was covered already".to_owned(),
        "no_lines" | "not_positive" => "there was nothing to pay".to_owned(),
        "mixed_currencies" => "the dues are in different currencies".to_owned(),
        "too_large" => "the sum is too large to be charged at once".to_owned(),
        other => format!("checkout says: {other}"),
    }
}

/// One line of what was done to a thing.
pub(crate) struct AuditLine {
    pub(crate) at: String,
    pub(crate) actor: String,
    pub(crate) act: String,
    pub(crate) detail: String,
}

/// What was done, the latest first.
pub(crate) fn audit(site: &Site, mut entries: Vec<Audited>) -> Vec<AuditLine> {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let line = |entry: Audited| AuditLine {
        at: instant(site, entry.at),
        actor: entry.actor,
        act: entry.act.replace('_', " "),
        detail: entry.detail.to_string(),
    };
    entries.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_as_people_write_them() {
        let end = "2028-03-01".parse().unwrap();
        assert_eq!(day(end), "1 March 2028");
        assert_eq!(last_day(end), "29 February 2028");
    }
}
