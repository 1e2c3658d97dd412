//! Writes the letter of a notice. Read in this order: what a mail is, the words of each language,
//! then the two ways to write it down.

mod mail;
mod english;
mod html;
mod plain;

use chassis::Site;
use chrono::{DateTime, Utc};

use self::mail::Mail;
use super::domain::{Facts, Letter};

/// What every letter needs besides its facts.
pub(super) struct Setting<'a> {
    /// Who writes, from which address of the web, in which zone.
    pub(super) site: &'a Site,
    /// Whom it greets.
    pub(super) name: Option<&'a str>,
    /// Why it came.
    pub(super) why: &'static str,
    /// Whether it cannot be switched off.
    pub(super) critical: bool,
    /// The id to name when asking about this mail.
    pub(super) reference: String,
    /// When it is written.
    pub(super) written: DateTime<Utc>,
}

impl Setting<'_> {
    /// The whole address of a path of ours.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.origin)
    }
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

    fn mail(self, facts: &Facts, set: &Setting<'_>) -> Mail {
        match self {
            Self::English => english::mail(facts, set),
        }
    }
}

/// Writes the letter in the nearest language there is.
///
/// # Errors
/// Only when a template is broken.
pub(super) fn write(
    facts: &Facts,
    set: &Setting<'_>,
    wanted: Option<&str>,
) -> Result<Letter, askama::Error> {
    let mail = Language::nearest(wanted).mail(facts, set);
    Ok(Letter {
        subject: one_line(&mail.subject),
        text: Some(plain::text(&mail)),
        html: Some(html::html(&mail)?),
        language: mail.language.to_owned(),
    })
}

/// A subject stays one line, whatever a name in it holds.
fn one_line(subject: &str) -> String {
    let words = subject.split(|c: char| c.is_control() || c.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
