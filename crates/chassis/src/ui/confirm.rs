//! A page that asks before something that cannot be undone: what will happen, one button, a way back.

use askama::Template;

use crate::form::{Choice, Control, Fields};
use crate::ui::Markup;

/// What is asked; shown by [`Page::confirm`](crate::Page::confirm).
#[derive(Debug, Clone)]
pub struct Confirm {
    pub(crate) title: String,
    action: String,
    says: Vec<String>,
    facts: Vec<(String, String)>,
    act: String,
    danger: bool,
    back: String,
    asks: Vec<Asks>,
    crumbs: Vec<(String, String)>,
}

/// A field that the act needs.
#[derive(Debug, Clone)]
enum Asks {
    Line { name: String, label: String, hint: String },
    OneOf { name: String, label: String, choices: Vec<Choice> },
}

impl Confirm {
    /// Asks `title` ("Refund $24.00?") and sends the answer to `action`.
    #[must_use]
    pub fn new(title: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            action: action.into(),
            says: Vec::new(),
            facts: Vec::new(),
            act: "Yes, do it".to_owned(),
            danger: false,
            back: "/".to_owned(),
            asks: Vec::new(),
            crumbs: Vec::new(),
        }
    }

    /// Says what will happen; once for each paragraph.
    #[must_use]
    pub fn says(mut self, sentence: impl Into<String>) -> Self {
        self.says.push(sentence.into());
        self
    }

    /// What it is about: `Payer`, `Dana Whitlock`.
    #[must_use]
    pub fn fact(mut self, term: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((term.into(), value.into()));
        self
    }

    /// What the button says: the act itself, with its sum.
    #[must_use]
    pub fn act(self, label: impl Into<String>) -> Self {
        Self { act: label.into(), ..self }
    }

    /// It cannot be undone.
    #[must_use]
    pub fn danger(self) -> Self {
        Self { danger: true, ..self }
    }

    /// Where the way back leads.
    #[must_use]
    pub fn back(self, path: impl Into<String>) -> Self {
        Self { back: path.into(), ..self }
    }

    /// A page above this one; once for each, from the top.
    #[must_use]
    pub fn crumb(mut self, path: impl Into<String>, label: impl Into<String>) -> Self {
        self.crumbs.push((path.into(), label.into()));
        self
    }

    /// The act needs a line of text, such as a reason.
    #[must_use]
    pub fn asks(mut self, name: &str, label: &str, hint: &str) -> Self {
        let (name, label, hint) = (name.to_owned(), label.to_owned(), hint.to_owned());
        self.asks.push(Asks::Line { name, label, hint });
        self
    }

    /// The act needs one of these.
    #[must_use]
    pub fn asks_one_of(mut self, name: &str, label: &str, choices: &[Choice]) -> Self {
        let (name, label, choices) = (name.to_owned(), label.to_owned(), choices.to_vec());
        self.asks.push(Asks::OneOf { name, label, choices });
        self
    }
}

/// The page of it.
#[derive(Template)]
#[template(path = "ui/confirm.html")]
pub(crate) struct ConfirmHtml<'a> {
    pub(crate) confirm: &'a Confirm,
    pub(crate) fields: &'a Fields,
}

impl ConfirmHtml<'_> {
    fn controls(&self) -> Vec<Control> {
        let control = |asks: &Asks| match asks {
            Asks::Line { name, label, hint } => self.fields.text(name, label).hint(hint),
            Asks::OneOf { name, label, choices } => self.fields.choice(name, label, choices),
        };
        self.confirm.asks.iter().map(control).collect()
    }

    fn button(&self) -> Markup {
        let class = if self.confirm.danger { "button danger" } else { "button" };
        let mut html = format!("<button class=\"{class}\" type=\"submit\">");
        super::push_escaped(&mut html, &self.confirm.act);
        html.push_str("</button>");
        Markup::new(html)
    }
}
