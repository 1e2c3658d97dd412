//! Finished HTML, and the one place that escapes text for it.

use std::fmt::{self, Display, Write as _};

/// Finished HTML: templates write it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Markup(String);

impl Markup {
    pub(crate) fn new(html: String) -> Self {
        Self(html)
    }

    /// A template's HTML, for a component that takes some.
    ///
    /// # Errors
    /// [`messaging::Error::Internal`] when the template cannot be rendered.
    pub fn of(template: &impl askama::Template) -> messaging::Result<Self> {
        Ok(Self(template.render().map_err(messaging::Error::internal)?))
    }

    /// Text, escaped.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        push_escaped(&mut html, text);
        Self(html)
    }

    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Markup {
    fn write_into(&self, to: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(to.write_str(&self.0)?)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// Adds text so that no browser takes it for markup, in content and in quoted attributes.
pub(crate) fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

/// How a thing stands; each has a shape of its own, so that colour is never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done, good.
    Ok,
    /// On its way, without the reader.
    Wait,
    /// Going on now.
    Live,
    /// Mind this.
    Warn,
    /// Failed, over.
    Bad,
    /// Not on; nothing is expected.
    Off,
}

impl Tone {
    /// The class of the stylesheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wait => "wait",
            Self::Live => "live",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

/// A state: a word with its shape.
#[must_use]
pub fn state(tone: Tone, word: &str) -> Markup {
    let mut html = String::new();
    push_state(&mut html, tone, word);
    Markup(html)
}

pub(super) fn push_state(html: &mut String, tone: Tone, word: &str) {
    let _ = write!(html, "<span class=\"state {}\">", tone.class());
    push_escaped(html, word);
    html.push_str("</span>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_state_are_escaped() {
        let html = state(Tone::Warn, "<3 left>").to_string();
        assert_eq!(html, "<span class=\"state warn\">&lt;3 left&gt;</span>");
    }
}
