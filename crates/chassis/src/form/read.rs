//! Typed readers of a form: each says what is wrong in a sentence, and all are heard at once.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use messaging::{Error, FieldError, Result};
use uuid::Uuid;

use super::Form;

/// A value read from a form; taken after [`Read::done`].
#[derive(Debug)]
#[must_use = "take the value after `done`"]
pub struct Field<T>(Option<T>);

impl<T> Field<T> {
    /// The value.
    ///
    /// # Panics
    /// When the form was wrong and [`Read::done`] was not asked first: a slip of the handler.
    pub fn take(self) -> T {
        match self.0 {
            Some(value) => value,
            None => unreachable!("a field was taken without asking `done` first"),
        }
    }
}

/// Reads the fields of a form one by one and gathers what is wrong.
#[derive(Debug)]
pub struct Read<'a> {
    form: &'a Form,
    errors: Vec<FieldError>,
}

impl<'a> Read<'a> {
    pub(super) fn new(form: &'a Form) -> Self {
        Self { form, errors: Vec::new() }
    }

    /// Nothing was wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that was.
    pub fn done(self) -> Result<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors)) }
    }

    /// Says that a field is wrong for a reason of the caller's.
    pub fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    fn settle<T>(&mut self, name: &str, value: Result<T, String>) -> Field<T> {
        Field(value.map_err(|message| self.wrong(name, message)).ok())
    }

    fn raw(&self, name: &str) -> &'a str {
        self.form.value(name).unwrap_or_default()
    }

    /// A line of text, without the spaces around it; its length in characters.
    pub fn text(&mut self, name: &str, length: RangeInclusive<usize>) -> Field<String> {
        let text = self.raw(name).trim();
        let odd = |c: char| c.is_control() || turns_text_around(c);
        let value = if text.chars().any(odd) {
            Err("this must be one line of plain text".to_owned())
        } else {
            fits(text, &length)
        };
        self.settle(name, value)
    }

    /// Text of several lines; line ends become `\n`.
    pub fn long(&mut self, name: &str, length: RangeInclusive<usize>) -> Field<String> {
        let text = self.raw(name).replace("\r\n", "\n").replace('\r', "\n");
        let odd = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        let value = if odd {
            Err("this must be plain text".to_owned())
        } else {
            fits(text.trim_end(), &length)
        };
        self.settle(name, value)
    }

    /// A password or code: exactly as typed, never shown again.
    pub fn secret(&mut self, name: &str, length: RangeInclusive<usize>) -> Field<String> {
        let value = fits(self.raw(name), &length);
        self.settle(name, value)
    }

    /// A mail address, without the spaces around it, otherwise as written.
    pub fn address(&mut self, name: &str) -> Field<String> {
        let text = self.raw(name).trim();
        let value = if text.is_empty() {
            Err("enter an e-mail address".to_owned())
        } else if text.chars().any(deceives) {
            Err("this holds a letter that cannot be seen, or looks like another: type the address \
                 instead of pasting it"
                .to_owned())
        } else if is_address(text) {
            Ok(text.to_owned())
        } else {
            Err("enter an e-mail address with an @, such as name@example.org".to_owned())
        };
        self.settle(name, value)
    }

    /// A whole number.
    pub fn number(&mut self, name: &str, range: RangeInclusive<i64>) -> Field<i64> {
        let text = self.raw(name).trim();
        let value = match text.parse::<i64>() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!("enter a whole number from {} to {}", range.start(), range.end())),
        };
        self.settle(name, value)
    }

    /// An amount of money such as `12.50`, in minor units (hundredths).
    pub fn amount(&mut self, name: &str, range: RangeInclusive<i64>) -> Field<i64> {
        let value = match minor_units(self.raw(name).trim()) {
            Some(minor) if range.contains(&minor) => Ok(minor),
            Some(_) => Err(format!(
                "enter an amount from {} to {}",
                written(*range.start()),
                written(*range.end())
            )),
            None => Err("enter an amount such as 12.50".to_owned()),
        };
        self.settle(name, value)
    }

    /// A day, as a browser's date field sends it.
    pub fn date(&mut self, name: &str) -> Field<NaiveDate> {
        let value = self
            .raw(name)
            .trim()
            .parse()
            .map_err(|_| "enter a day as year-month-day, such as 2027-03-01".to_owned());
        self.settle(name, value)
    }

    /// The id of something chosen.
    pub fn id<T: From<Uuid>>(&mut self, name: &str) -> Field<T> {
        let value = Uuid::parse_str(self.raw(name).trim())
            .map(T::from)
            .map_err(|_| "choose one of these".to_owned());
        self.settle(name, value)
    }

    /// The id of something that may be left out.
    pub fn optional_id<T: From<Uuid>>(&mut self, name: &str) -> Field<Option<T>> {
        if self.raw(name).trim().is_empty() {
            return Field(Some(None));
        }
        let Field(id) = self.id(name);
        Field(id.map(Some))
    }

    /// One of these words.
    pub fn choice(&mut self, name: &str, words: &[&str]) -> Field<String> {
        let text = self.raw(name);
        let value = if words.contains(&text) {
            Ok(text.to_owned())
        } else {
            Err("choose one of these".to_owned())
        };
        self.settle(name, value)
    }

    /// Whether a box was ticked.
    pub fn flag(&mut self, name: &str) -> Field<bool> {
        Field(Some(!matches!(self.raw(name), "" | "0" | "off" | "false" | "no")))
    }

    /// A box that must be ticked to go on.
    pub fn agreed(&mut self, name: &str, otherwise: &str) -> Field<bool> {
        let Field(ticked) = self.flag(name);
        let value = if ticked == Some(true) { Ok(true) } else { Err(otherwise.to_owned()) };
        self.settle(name, value)
    }
}

fn fits(text: &str, length: &RangeInclusive<usize>) -> Result<String, String> {
    let has = text.chars().count();
    if length.contains(&has) && !text.contains('\0') {
        Ok(text.to_owned())
    } else if has == 0 {
        Err("this cannot be left empty".to_owned())
    } else if has < *length.start() {
        let s = if has == 1 { "" } else { "s" };
        Err(format!("this has {has} character{s}, at least {} are needed", length.start()))
    } else if has > *length.end() {
        Err(format!("this has {has} characters, at most {} are possible", length.end()))
    } else {
        Err("this must be plain text".to_owned())
    }
}

/// Whether a letter makes what follows read from the other side: a name could be shown as another.
fn turns_text_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether an address with this letter looks like one without it. Nobody sees the invisible ones
/// (those that Unicode lets fonts ignore); and the kelvin sign is a plain `k` in lower case, by which
/// accounts are told apart.
fn deceives(c: char) -> bool {
    let unseen = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}');
    unseen || (!c.is_ascii() && c.to_lowercase().any(|small| small.is_ascii()))
}

/// The shape of an address; whether somebody reads it, only a mail to it can tell.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>(),;:\"[]\\".contains(c);
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains('@')
        && text.chars().all(plain)
        && labels
}

fn minor_units(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

fn written(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, (minor % 100).abs())
}
