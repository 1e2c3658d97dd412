//! How dates, codes and the audit read on our pages.

use chassis::Site;
use chassis::ui::{Tone, When, day};
use chrono::{DateTime, Days, NaiveDate, Utc};
use contracts::Money;
use contracts::membership::{ApplicationState, Chapter, MembershipType};
use serde_json::{Value, json};

/// The last day covered by what ends before `end`.
pub(crate) fn last_day(end: NaiveDate) -> When {
    day(end.checked_sub_days(Days::new(1)).unwrap_or(end))
}

/// The day of an instant where there is little room: `1 Mar`.
pub(crate) fn short_day(site: &Site, at: DateTime<Utc>) -> String {
    at.with_timezone(&site.zone).format("%-d %b").to_string()
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

/// The look of that.
pub(crate) fn tone(state: &ApplicationState) -> Tone {
    match state {
        ApplicationState::Submitted => Tone::Wait,
        ApplicationState::Completed => Tone::Ok,
        ApplicationState::GivenBack | ApplicationState::Refused => Tone::Bad,
        ApplicationState::Expired | ApplicationState::Withdrawn | ApplicationState::Unknown(_) => {
            Tone::Off
        }
    }
}

/// What a year costs, and whether that is invented: `$99.00 (sample)`.
pub(crate) struct Dues {
    pub(crate) price: Money,
    pub(crate) sample: bool,
}

impl Dues {
    pub(crate) fn of_type(kind: &MembershipType) -> Self {
        Self { price: kind.price.clone(), sample: kind.sample }
    }

    pub(crate) fn of_chapter(chapter: &Chapter) -> Self {
        Self { price: chapter.price.clone(), sample: chapter.sample }
    }
}

impl std::fmt::Display for Dues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sample = if self.sample { " (sample)" } else { "" };
        write!(f, "{}{sample}", self.price)
    }
}

/// What an edit changed, for the audit: of each field that differs, both sides.
pub(crate) fn changes<const N: usize>(fields: [(&str, Value, Value); N]) -> Value {
    let differs = fields.into_iter().filter(|(_, before, after)| before != after);
    let both = |(name, from, to): (&str, Value, Value)| {
        (name.to_owned(), json!({ "from": from, "to": to }))
    };
    Value::Object(differs.map(both).collect())
}

/// A text that begins a line: with a capital.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dues_say_when_they_are_invented() {
        let dues = |sample| Dues { price: Money::usd(9900), sample }.to_string();
        assert_eq!((dues(true).as_str(), dues(false).as_str()), ("$99.00 (sample)", "$99.00"));
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let fields = [("title", json!("A"), json!("A")), ("open", json!(true), json!(false))];
        assert_eq!(changes(fields), json!({ "open": { "from": true, "to": false } }));
    }

    #[test]
    fn what_ends_before_a_day_covers_the_day_before() {
        let end = "2028-03-01".parse().unwrap();
        assert_eq!(last_day(end).text(), "29 February 2028");
    }
}
