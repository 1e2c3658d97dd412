//! A form as a page writes it: hidden fields, what was typed, what was wrong with it.

use std::fmt::Write as _;

use messaging::FieldError;

use super::control::{Control, Kind, capitalised};
use super::{CSRF_FIELD, Choice, KEY_FIELD};
use crate::ui::{Markup, push_escaped};

/// What a template needs to write a form; every method gives finished, escaped HTML.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    csrf: String,
    key: String,
    hidden: Vec<(String, String)>,
    values: Vec<(String, String)>,
    /// Whether the reader has typed: then an unticked box stays unticked.
    typed: bool,
    errors: Vec<FieldError>,
    said: Option<String>,
    spoken: Option<&'static Spoken>,
}

/// What a form says of itself, in another language than English.
#[derive(Debug)]
pub struct Spoken {
    /// `There is a problem`
    pub one: &'static str,
    /// `There are some problems`
    pub several: &'static str,
    /// `This could not be done`
    pub undone: &'static str,
    /// The names of the fields, with what they are called.
    pub names: &'static [(&'static str, &'static str)],
}

impl Fields {
    pub(crate) fn new(csrf: String, key: String) -> Self {
        Self { csrf, key, ..Self::default() }
    }

    pub(crate) fn typed(mut self, values: Vec<(String, String)>) -> Self {
        self.values = values;
        self.typed = true;
        self
    }

    /// Says what is wrong, field by field; [`Page::again`](crate::Page::again) does so from an error.
    #[must_use]
    pub fn wrong(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Says why nothing was done.
    #[must_use]
    pub fn said(mut self, sentence: String) -> Self {
        self.said = Some(sentence);
        self
    }

    /// Says what it says of itself in another language.
    #[must_use]
    pub fn spoken(self, spoken: Option<&'static Spoken>) -> Self {
        Self { spoken, ..self }
    }

    /// What a field is called where it is wrong.
    fn called(&self, name: &str) -> String {
        let names = self.spoken.map_or(&[][..], |spoken| spoken.names);
        let called = names.iter().find(|(field, _)| *field == name);
        called.map_or_else(|| readable(name), |(_, called)| (*called).to_owned())
    }

    /// Adds a hidden field, such as the version that is edited.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers have numbers, ids and texts")]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.hidden.push((name.to_owned(), value.to_string()));
        self
    }

    /// What a field says before the reader typed anything; of no effect afterwards.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers have numbers, ids and texts")]
    pub fn fill(mut self, name: &str, value: impl ToString) -> Self {
        if !self.typed {
            self.values.push((name.to_owned(), value.to_string()));
        }
        self
    }

    /// The value a field shows.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.said.is_some() || !self.errors.is_empty()
    }

    /// The beginning of the form.
    #[must_use]
    pub fn open(&self, action: &str) -> Markup {
        self.open_as(action, "form")
    }

    /// The beginning of a form that is a button only, in a row of them.
    #[must_use]
    pub fn open_inline(&self, action: &str) -> Markup {
        self.open_as(action, "inline")
    }

    /// The beginning of the form around a list's rows.
    pub(crate) fn open_for_list(&self, action: &str) -> Markup {
        self.open_as(action, "rows")
    }

    fn open_as(&self, action: &str, class: &str) -> Markup {
        let mut html = format!("<form class=\"{class}\" method=\"post\" action=\"");
        push_escaped(&mut html, action);
        html.push_str("\">");
        let own = [(CSRF_FIELD, self.csrf.as_str()), (KEY_FIELD, self.key.as_str())];
        let more = self.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.into_iter().chain(more) {
            html.push_str("<input type=\"hidden\" name=\"");
            push_escaped(&mut html, name);
            html.push_str("\" value=\"");
            push_escaped(&mut html, value);
            html.push_str("\">");
        }
        Markup::new(html)
    }

    /// The end of the form.
    #[must_use]
    pub fn close(&self) -> Markup {
        Markup::new("</form>".to_owned())
    }

    fn control(&self, kind: Kind, name: &str, label: &str) -> Control {
        let error = self.errors.iter().find(|wrong| wrong.field == name);
        Control::new(kind, name, label)
            .valued(self.value(name))
            .refused(error.map(|wrong| wrong.message.clone()))
    }

    /// A line of text.
    #[must_use]
    pub fn text(&self, name: &str, label: &str) -> Control {
        self.control(Kind::Line("text"), name, label)
    }

    /// A mail address.
    #[must_use]
    pub fn email(&self, name: &str, label: &str) -> Control {
        self.control(Kind::Line("email"), name, label).autocomplete("email")
    }

    /// A password, never shown again; `autocomplete` is `current-password` or `new-password`.
    #[must_use]
    pub fn password(&self, name: &str, label: &str, autocomplete: &str) -> Control {
        self.control(Kind::Line("password"), name, label).valued("").autocomplete(autocomplete)
    }

    /// A whole number.
    #[must_use]
    pub fn number(&self, name: &str, label: &str) -> Control {
        self.control(Kind::Line("number"), name, label)
    }

    /// A day.
    #[must_use]
    pub fn date(&self, name: &str, label: &str) -> Control {
        self.control(Kind::Line("date"), name, label)
    }

    /// A sum of money, typed as people write it: `24.00`; the currency stands with the label.
    #[must_use]
    pub fn money(&self, name: &str, label: &str, currency: &str) -> Control {
        self.control(Kind::Line("text"), name, &format!("{label}, {currency}")).decimal().short()
    }

    /// A file to send.
    #[must_use]
    pub fn file(&self, name: &str, label: &str) -> Control {
        self.control(Kind::Line("file"), name, label)
    }

    /// Text of several lines.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "templates pass numbers by reference or value"
    )]
    pub fn area(&self, name: &str, label: &str, rows: impl ToString) -> Control {
        let rows = rows.to_string().parse().unwrap_or(8);
        self.control(Kind::Area(rows), name, label)
    }

    /// One of a few, each with its own line.
    #[must_use]
    pub fn choice(&self, name: &str, label: &str, choices: &[Choice]) -> Control {
        self.control(Kind::Radios(choices.to_vec()), name, label)
    }

    /// One of many.
    #[must_use]
    pub fn select(&self, name: &str, label: &str, choices: &[Choice]) -> Control {
        self.control(Kind::Select(choices.to_vec()), name, label)
    }

    /// Any of a few; each ticked one sends its value under the same name.
    #[must_use]
    pub fn choices(&self, name: &str, label: &str, choices: &[Choice]) -> Control {
        let ticked =
            self.values.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let ticked = ticked.map(str::to_owned).collect();
        self.control(Kind::Boxes(choices.to_vec(), ticked), name, label)
    }

    /// A box to tick; sends `yes`.
    #[must_use]
    pub fn checkbox(&self, name: &str, label: &str) -> Control {
        let value = if self.value(name).is_empty() { "" } else { "yes" };
        self.control(Kind::Box, name, label).valued(value)
    }

    /// The button that sends the form.
    #[must_use]
    pub fn submit(&self, label: &str) -> Markup {
        Self::button(label, "button")
    }

    /// The button that sends the form, for what is not the main thing of the page.
    #[must_use]
    pub fn submit_plain(&self, label: &str) -> Markup {
        Self::button(label, "button plain")
    }

    /// The button that sends the form, for what cannot be undone.
    #[must_use]
    pub fn submit_danger(&self, label: &str) -> Markup {
        Self::button(label, "button danger")
    }

    fn button(label: &str, class: &str) -> Markup {
        let mut html = format!("<div class=\"row\"><button class=\"{class}\" type=\"submit\">");
        push_escaped(&mut html, label);
        html.push_str("</button></div>");
        Markup::new(html)
    }

    /// Everything that is wrong, with links to the fields; stands before the form, nothing if all is well.
    #[must_use]
    pub fn summary(&self) -> Markup {
        if !self.is_wrong() {
            return Markup::new(String::new());
        }
        let count = self.errors.len();
        let title = match (count, self.spoken) {
            (0, spoken) => spoken.map_or("This could not be done", |it| it.undone).to_owned(),
            (1, spoken) => spoken.map_or("There is a problem", |it| it.one).to_owned(),
            (_, Some(spoken)) => spoken.several.to_owned(),
            (count, None) => format!("There are {count} problems"),
        };
        let mut html = format!(
            "<div class=\"error-summary\" role=\"alert\" aria-labelledby=\"error-summary\" \
             tabindex=\"-1\" autofocus>\
             <h2 id=\"error-summary\">{title}</h2>"
        );
        if let Some(said) = &self.said {
            html.push_str("<p>");
            push_escaped(&mut html, &sentence(said));
            html.push_str("</p>");
        }
        if count > 0 {
            html.push_str("<ul>");
            for wrong in &self.errors {
                let name = Control::id_of(&wrong.field);
                let _ = write!(html, "<li><a href=\"#{name}\">");
                push_escaped(&mut html, &self.called(&wrong.field));
                html.push_str(": ");
                push_escaped(&mut html, &wrong.message);
                html.push_str("</a></li>");
            }
            html.push_str("</ul>");
        }
        html.push_str("</div>");
        Markup::new(html)
    }
}

/// `first_name` as people read it: `First name`.
fn readable(name: &str) -> String {
    capitalised(&name.replace(['_', '-'], " "))
}

/// A sentence of a rule, which starts lowercase and has no period, as a page prints it.
pub(crate) fn sentence(text: &str) -> String {
    let mut text = capitalised(text);
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}
