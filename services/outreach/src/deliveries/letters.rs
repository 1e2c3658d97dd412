//! Writes the letter of a notice: one template for the text and one for HTML, per language.

use askama::Template;
use contracts::Money;

use super::domain::{Facts, Letter, Line, long_date, through};

/// What every letter needs besides its facts.
pub(super) struct Setting<'a> {
    /// `https://scte.example`, put before every path.
    pub(super) origin: &'a str,
    /// Whom it greets.
    pub(super) name: Option<&'a str>,
    /// The code of the notice, for the last line.
    pub(super) why: &'static str,
    /// Whether it can be switched off.
    pub(super) critical: bool,
    /// The id to name when asking about this mail.
    pub(super) reference: String,
}

/// The languages there are letters in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
}

impl Language {
    const ALL: &'static [Self] = &[Self::English];

    /// The nearest to what the person reads; English when there is none.
    fn nearest(wanted: Option<&str>) -> Self {
        let primary = wanted.and_then(|tag| tag.split('-').next());
        let known = Self::ALL.iter().find(|language| primary == Some(language.tag()));
        known.copied().unwrap_or(Self::English)
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }
}

/// Declares the pair of templates of a notice; the first line of the text is the subject.
macro_rules! letter {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }, $text:literal, $html:literal, $as_text:ident, $as_html:ident) => {
        #[derive(Template)]
        #[template(path = $text)]
        struct $as_text<'a> { set: &'a Setting<'a>, $($field: $kind),* }

        #[derive(Template)]
        #[template(path = $html)]
        struct $as_html<'a> { set: &'a Setting<'a>, $($field: $kind),* }

        #[derive(Clone, Copy)]
        struct $name<'a> { set: &'a Setting<'a>, $($field: $kind),* }

        impl $name<'_> {
            fn write(self, language: Language) -> Result<Letter, askama::Error> {
                let Self { set, $($field),* } = self;
                let text = $as_text { set, $($field),* }.render()?;
                let html = $as_html { set, $($field),* }.render()?;
                Ok(put_together(&text, html, language))
            }
        }
    };
}

letter!(OneTimeLink { path: &'a str, minutes: i64, reset: bool },
    "en/link.txt", "en/link.html", LinkText, LinkHtml);
letter!(Known { path: &'a str }, "en/known.txt", "en/known.html", KnownText, KnownHtml);
letter!(Changed { at: &'a str }, "en/password.txt", "en/password.html", ChangedText, ChangedHtml);
letter!(Receipt { number: &'a str, entity: &'a str, paid_on: &'a str, lines: &'a [Line], total: &'a Money },
    "en/receipt.txt", "en/receipt.html", ReceiptText, ReceiptHtml);
letter!(Declined { reason: &'a str, lines: &'a [Line], total: &'a Money },
    "en/declined.txt", "en/declined.html", DeclinedText, DeclinedHtml);
letter!(Refund { amount: &'a Money, reason: &'a str },
    "en/refund.txt", "en/refund.html", RefundText, RefundHtml);
letter!(Welcome { number: &'a str, through: &'a str },
    "en/welcome.txt", "en/welcome.html", WelcomeText, WelcomeHtml);
letter!(JoinedChapter { chapter: &'a str, through: &'a str },
    "en/chapter.txt", "en/chapter.html", ChapterText, ChapterHtml);
letter!(Expired {}, "en/expired.txt", "en/expired.html", ExpiredText, ExpiredHtml);

/// Writes the letter in the nearest language there is.
///
/// # Errors
/// Only when a template is broken.
pub(super) fn write(
    facts: &Facts,
    set: &Setting<'_>,
    wanted: Option<&str>,
) -> Result<Letter, askama::Error> {
    let language = Language::nearest(wanted);
    match facts {
        Facts::ConfirmAddress { path, minutes } => {
            OneTimeLink { set, path, minutes: *minutes, reset: false }.write(language)
        }
        Facts::ResetPassword { path, minutes } => {
            OneTimeLink { set, path, minutes: *minutes, reset: true }.write(language)
        }
        Facts::AccountKnown { path } => Known { set, path }.write(language),
        Facts::PasswordChanged { at } => {
            Changed { set, at: &at.format("%-d %B %Y, %H:%M UTC").to_string() }.write(language)
        }
        Facts::Receipt { number, entity, paid_on, lines, total } => {
            Receipt { set, number, entity, paid_on: &long_date(*paid_on), lines, total }
                .write(language)
        }
        Facts::PaymentDeclined { code, lines, total } => {
            Declined { set, reason: declined(code), lines, total }.write(language)
        }
        Facts::Refund { amount, reason } => {
            Refund { set, amount, reason: given_back(reason) }.write(language)
        }
        Facts::Welcome { number, ends_before } => {
            Welcome { set, number, through: &through(*ends_before) }.write(language)
        }
        Facts::ChapterWelcome { name, ends_before, .. } => {
            let chapter = name.as_deref().unwrap_or("chapter");
            JoinedChapter { set, chapter, through: &through(*ends_before) }.write(language)
        }
        Facts::ApplicationExpired => Expired { set }.write(language),
    }
}

/// Takes the subject off the first line. It stays one line, whatever a name in it holds.
fn put_together(text: &str, html: String, language: Language) -> Letter {
    let (subject, text) = text.split_once("\n\n").unwrap_or((text, ""));
    let subject = subject.trim_start_matches("Subject:");
    let subject = subject.split(|c: char| c.is_control() || c.is_whitespace());
    let subject = subject.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let text = text.trim().to_owned() + "\n";
    Letter { subject, text: Some(text), html: Some(html), language: language.tag().to_owned() }
}

/// What the provider's code means.
fn declined(code: &str) -> &'static str {
    match code {
        "card_declined" => "the card was declined",
        "insufficient_funds" => "the account does not hold enough",
        "expired_card" => "the card has run out",
        _ => "the payment provider said no",
    }
}

/// What the asker's code for a refund means.
fn given_back(code: &str) -> &'static str {
    match code {
        "paid_too_late" => "it arrived after the offer had ended",
        "cancelled" => "the order was cancelled",
        _ => "it was asked for on your behalf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Setting<'static> {
        Setting {
            origin: "https://scte.example",
            name: Some("Jo <b>"),
            why: "you registered",
            critical: true,
            reference: "r-1".to_owned(),
        }
    }

    #[test]
    fn a_link_stands_whole_in_text_and_html() {
        let facts = Facts::ConfirmAddress { path: "/account/confirm?code=ABC".into(), minutes: 60 };
        let letter = write(&facts, &set(), Some("fr")).unwrap();
        assert_eq!(letter.language, "en");
        let (text, html) = (letter.text.unwrap(), letter.html.unwrap());
        assert!(text.contains("https://scte.example/account/confirm?code=ABC\n"));
        assert!(html.contains("https://scte.example/account/confirm?code=ABC\""));
        assert!(letter.subject.contains("address"), "{}", letter.subject);
    }

    #[test]
    fn names_are_escaped_in_html_and_plain_in_text() {
        let letter = write(&Facts::ApplicationExpired, &set(), None).unwrap();
        assert!(letter.text.unwrap().starts_with("Hello Jo <b>,"));
        assert!(!letter.html.unwrap().contains("Jo <b>"));
    }

    #[test]
    fn a_subject_stays_one_line() {
        let ends_before = chrono::NaiveDate::from_ymd_opt(2028, 3, 1).unwrap();
        let chapter = contracts::ChapterId::from(uuid::Uuid::nil());
        let name = Some("Cactus\r\nBcc: all@scte.example".to_owned());
        let facts = Facts::ChapterWelcome { chapter, name, ends_before };
        let letter = write(&facts, &set(), None).unwrap();
        assert!(!letter.subject.contains(['\r', '\n']), "{:?}", letter.subject);
    }

    #[test]
    fn a_receipt_names_number_lines_and_total() {
        let lines = vec![Line { text: "Active membership".into(), amount: Money::usd(8400) }];
        let paid_on = chrono::NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        let (number, entity) = ("SCTE-2027-000001".to_owned(), "SCTE".to_owned());
        let facts = Facts::Receipt { number, entity, paid_on, lines, total: Money::usd(8400) };
        let letter = write(&facts, &set(), Some("en-US")).unwrap();
        let (text, html) = (letter.text.unwrap(), letter.html.unwrap());
        for told in ["SCTE-2027-000001", "Active membership", "$84.00", "1 March 2027"] {
            assert!(text.contains(told) && html.contains(told), "{told}");
        }
    }
}
