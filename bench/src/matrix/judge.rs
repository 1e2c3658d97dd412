//! Compares what a reader saw with what is declared. Pure.

use super::declared::Expected;

/// What a reader saw at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The path it was shown at.
    pub(crate) path: String,
    /// The status of the answer; 0 when nobody answered.
    pub(crate) status: u16,
    /// What is read on the page.
    pub(crate) words: String,
    /// Whether the answer says when to come back.
    pub(crate) come_back: bool,
    /// Whether the answer is a page for people.
    pub(crate) page: bool,
    /// Whether all came about that the story is for, beside what the page says.
    pub(crate) whole: bool,
}

/// What to think of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is as declared.
    Fits,
    /// It may still become so: pages complete by themselves.
    NotYet,
    /// It is not as declared, and why.
    Wrong(String),
}

/// How much of a page is quoted, in characters.
const QUOTED: usize = 240;

impl Seen {
    /// Whether the story is whole: its text stands there, and what it is for came about.
    pub(crate) fn is_full(&self, shows: &str) -> bool {
        self.status == 200 && self.whole && self.words.contains(shows)
    }

    /// What was seen, for people.
    pub(crate) fn quoted(&self) -> String {
        let words: String = self.words.chars().take(QUOTED).collect();
        let whole = if self.whole { "" } else { ", not whole" };
        format!("{} answers {}{whole}: {words}", self.path, self.status)
    }
}

/// Judges what was seen where `expected` is declared for a story that shows `shows` when nothing is
/// away.
pub(crate) fn judge(expected: &Expected, shows: &str, seen: &Seen) -> Verdict {
    match expected {
        _ if seen.status == 0 => Verdict::Wrong(format!("nobody answered: {}", seen.words)),
        Expected::Refused(text) => refused(text, seen),
        _ if seen.status != 200 => Verdict::Wrong(seen.quoted()),
        Expected::Full if seen.is_full(shows) => Verdict::Fits,
        Expected::Degraded(_) if seen.is_full(shows) => {
            Verdict::Wrong(format!("it is full: {}", seen.quoted()))
        }
        Expected::Degraded(text) if seen.words.contains(text.as_str()) => Verdict::Fits,
        Expected::Full | Expected::Degraded(_) => Verdict::NotYet,
    }
}

/// A clean refusal: a page that says the text, that it is for a moment, and when to come back.
fn refused(text: &str, seen: &Seen) -> Verdict {
    let faults = [
        (seen.status != 503, "not 503"),
        (!seen.come_back, "no Retry-After"),
        (!seen.page, "no page"),
        (!seen.words.contains(text), "another text"),
    ];
    let faults: Vec<_> = faults.iter().filter(|(bad, _)| *bad).map(|(_, why)| *why).collect();
    if faults.is_empty() {
        return Verdict::Fits;
    }
    Verdict::Wrong(format!("refused otherwise ({}): {}", faults.join(", "), seen.quoted()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: u16, words: &str) -> Seen {
        let words = words.to_owned();
        Seen { status, words, come_back: true, page: true, whole: true, ..Seen::default() }
    }

    fn degraded() -> Expected {
        Expected::Degraded("a moment".to_owned())
    }

    fn refused() -> Expected {
        Expected::Refused("is away".to_owned())
    }

    fn wrong(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Wrong(_))
    }

    #[test]
    fn full_is_the_text_and_what_it_is_for() {
        assert_eq!(judge(&Expected::Full, "Paid", &seen(200, "Paid. Thanks")), Verdict::Fits);
        assert_eq!(judge(&Expected::Full, "Paid", &seen(200, "Waiting")), Verdict::NotYet);
        let alone = Seen { whole: false, ..seen(200, "Paid") };
        assert_eq!(judge(&Expected::Full, "Paid", &alone), Verdict::NotYet);
        assert!(wrong(&judge(&Expected::Full, "Paid", &seen(503, "Paid"))));
        assert!(wrong(&judge(&Expected::Full, "Paid", &seen(0, "connection refused"))));
    }

    #[test]
    fn degraded_is_its_text_and_not_more() {
        assert_eq!(judge(&degraded(), "Paid", &seen(200, "Usually a moment")), Verdict::Fits);
        assert_eq!(judge(&degraded(), "Paid", &seen(200, "Waiting")), Verdict::NotYet);
        assert!(wrong(&judge(&degraded(), "Paid", &seen(200, "Paid a moment ago"))));
        let alone = Seen { whole: false, ..seen(200, "Paid, mail in a moment") };
        assert_eq!(judge(&degraded(), "Paid", &alone), Verdict::Fits);
        assert!(wrong(&judge(&degraded(), "Paid", &seen(500, "a moment"))));
    }

    #[test]
    fn a_refusal_is_clean_or_it_is_wrong() {
        let clean = seen(503, "Payment is away");
        assert_eq!(judge(&refused(), "Paid", &clean), Verdict::Fits);
        assert!(wrong(&judge(&refused(), "Paid", &seen(502, "Payment is away"))));
        assert!(wrong(&judge(&refused(), "Paid", &seen(200, "Payment is away"))));
        assert!(wrong(&judge(&refused(), "Paid", &seen(503, "Bad Gateway"))));
        assert!(wrong(&judge(&refused(), "Paid", &Seen { come_back: false, ..clean.clone() })));
        assert!(wrong(&judge(&refused(), "Paid", &Seen { page: false, ..clean })));
    }
}
