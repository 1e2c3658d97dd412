//! Which language a page is in: the one chosen here before, else what the system that sent the
//! browser asks for, else what the browser prefers.

use askama::Template;
use chassis::page::Role;
use chassis::{Error, Markup, Page, Result, signin};

use super::words::Words;
use super::{english, french, refusals, spanish};
use crate::accounts::domain::LANGUAGES;
use crate::own_path::{OwnPath, encoded, with_return};
use crate::words::sentence;

/// Keeps what was chosen.
const COOKIE: &str = "scte_language";
/// For how long, in seconds: a year.
const KEPT_SECONDS: i64 = 365 * 24 * 60 * 60;

static ALL: [Words; 3] = [english::WORDS, spanish::WORDS, french::WORDS];

/// Of pages that speak English only, and share something with these.
pub(crate) static ENGLISH: Words = english::WORDS;

/// The language of a page, and the way to the others.
pub(crate) struct Tongue {
    pub(crate) words: &'static Words,
    /// Links to the same page in each language.
    pub(crate) chooser: Markup,
}

#[derive(Template)]
#[template(path = "tongue/chooser.html")]
struct Chooser {
    label: &'static str,
    /// Code, name, path, whether it is this one.
    languages: Vec<(&'static str, &'static str, String, bool)>,
}

impl Tongue {
    /// The language of the page at `path`; `asked` is what its address asks for, and is kept.
    ///
    /// # Errors
    /// `Internal` when the chooser cannot be written.
    pub(crate) fn of<R: Role>(
        page: &Page<R>,
        asked: Option<&str>,
        path: &str,
        return_to: Option<&OwnPath>,
    ) -> Result<Self> {
        Self::made(page, asked, return_to, |code| {
            with_return(&format!("{path}?lang={code}"), return_to)
        })
    }

    /// The language of a step of a sign-in, which knows by itself where it goes on to.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn at_step<R: Role>(
        page: &Page<R>,
        asked: Option<&str>,
        path: &str,
        return_to: Option<&str>,
    ) -> Result<Self> {
        let sender = OwnPath::read_option(return_to);
        Self::made(page, asked, sender.as_ref(), |code| format!("{path}?lang={code}"))
    }

    /// The language of the page that a mail's link opens.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn of_link<R: Role>(
        page: &Page<R>,
        asked: Option<&str>,
        path: &str,
        code: &str,
    ) -> Result<Self> {
        let link = format!("{path}?code={}", encoded(code));
        Self::made(page, asked, None, |language| format!("{link}&lang={language}"))
    }

    fn made<R: Role>(
        page: &Page<R>,
        asked: Option<&str>,
        sender: Option<&OwnPath>,
        link: impl Fn(&str) -> String,
    ) -> Result<Self> {
        let chosen = asked.and_then(known);
        if let Some(words) = chosen {
            let (site, kept) = (page.app().site(), words.code.to_owned());
            page.set_cookie(signin::with_age(site, COOKIE, kept, Some(KEPT_SECONDS)));
        }
        let words = chosen
            .or_else(|| known(&page.cookie(COOKIE)?))
            .or_else(|| of_locales(&ui_locales(sender?)?))
            .or_else(|| preferred(page.header("accept-language")?))
            .unwrap_or(&ALL[0]);
        let languages =
            LANGUAGES.iter().map(|(code, name)| (*code, *name, link(code), *code == words.code));
        let chooser = Chooser { label: words.language, languages: languages.collect() };
        Ok(Self { words, chooser: Markup::of(&chooser)? })
    }

    /// An error as this language says it.
    pub(crate) fn said(&self, error: Error) -> Error {
        refusals::said(self.words, error)
    }

    /// A rule's refusal as a sentence of its own in this language.
    pub(crate) fn sentence(&self, refusal: &str) -> String {
        sentence(&refusals::of_rule(self.words, refusal).unwrap_or_else(|| refusal.to_owned()))
    }
}

/// The words of a language tag such as `es` or `fr-CA`.
fn known(tag: &str) -> Option<&'static Words> {
    let primary = tag.split('-').next().unwrap_or_default().trim();
    ALL.iter().find(|words| words.code.eq_ignore_ascii_case(primary))
}

/// The first of several tags, with blanks between them, that we speak.
fn of_locales(tags: &str) -> Option<&'static Words> {
    tags.split(' ').find_map(known)
}

/// What a client asks for that sent the browser here (`ui_locales` of OpenID Connect).
fn ui_locales(return_to: &OwnPath) -> Option<String> {
    let (_, query) = return_to.as_str().split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "ui_locales").map(|(_, tags)| tags.into_owned())
}

/// The language a browser likes best among ours: `fr-CH, es;q=0.8, *;q=0.1`.
fn preferred(header: &str) -> Option<&'static Words> {
    let mut best: Option<(&'static Words, f32)> = None;
    for part in header.split(',') {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        let Some(weight) = weight.filter(|weight| *weight > 0.0) else { continue };
        let better = best.is_none_or(|(_, known)| weight > known);
        if let Some(words) = known(tag).filter(|_| better) {
            best = Some((words, weight));
        }
    }
    best.map(|(words, _)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(words: Option<&Words>) -> Option<&str> {
        words.map(|words| words.code)
    }

    #[test]
    fn the_browsers_best_language_among_ours_is_taken() {
        assert_eq!(code(preferred("fr-CH, fr;q=0.9, en;q=0.8")), Some("fr"));
        assert_eq!(code(preferred("de, en;q=0.5, es;q=0.7")), Some("es"));
        assert_eq!(code(preferred("es;q=0, en;q=0.1")), Some("en"));
        for odd in ["", "de", "*", ";;,,q=", "es;q=x"] {
            assert_eq!(code(preferred(odd)), None, "{odd}");
        }
    }

    #[test]
    fn the_client_that_sends_somebody_may_ask_for_a_language() {
        let path = OwnPath::read("/oidc/authorize?client_id=x&ui_locales=de%20fr-CA%20en").unwrap();
        assert_eq!(code(of_locales(&ui_locales(&path).unwrap())), Some("fr"));
        assert_eq!(ui_locales(&OwnPath::read("/membership").unwrap()), None);
    }

    #[test]
    fn the_hint_of_passwords_says_the_rule() {
        let shortest = crate::accounts::domain::SHORTEST_PASSWORD.to_string();
        for words in &ALL {
            assert!(words.steps.password.hint.starts_with(&format!("{shortest} c")));
        }
    }

    #[test]
    fn every_language_that_people_choose_is_spoken_here() {
        assert_eq!(LANGUAGES.map(|(code, _)| code), ALL.each_ref().map(|words| words.code));
    }
}
