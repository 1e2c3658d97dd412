//! One control of a form with its label, hint and error, accessible and escaped.

use std::fmt::{self, Display, Write as _};

use crate::ui::push_escaped;

/// One of several things to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// More about it, in a sentence; may be empty.
    pub hint: String,
    /// What it costs, at its right; may be empty.
    pub price: String,
    /// It cannot be chosen now; the hint says why.
    pub barred: bool,
}

impl Choice {
    /// A choice without a hint.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers have numbers, ids and texts")]
    pub fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into(), ..Self::default() }
    }

    /// Says more about it.
    #[must_use]
    pub fn hinted(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Says what it costs.
    #[must_use]
    pub fn priced(self, price: impl Into<String>) -> Self {
        Self { price: price.into(), ..self }
    }

    /// Shows it without letting anybody choose it, and says why.
    #[must_use]
    pub fn barred(self, reason: impl Into<String>) -> Self {
        Self { hint: reason.into(), barred: true, ..self }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// An input of this type.
    Line(&'static str),
    /// A text area of this many rows.
    Area(u16),
    Radios(Vec<Choice>),
    Select(Vec<Choice>),
    /// Boxes to tick, and the values that are ticked.
    Boxes(Vec<Choice>, Vec<String>),
    Box,
}

/// A control; its builder methods can be called in a template.
#[derive(Debug, Clone)]
pub struct Control {
    kind: Kind,
    name: String,
    label: String,
    value: String,
    hint: String,
    error: Option<String>,
    autocomplete: Option<String>,
    optional: bool,
    /// How wide: a class of the stylesheet.
    width: &'static str,
    /// Digits and a point: which keyboard a phone shows.
    decimal: bool,
    /// Why it cannot be changed now.
    disabled: Option<String>,
}

impl Control {
    pub(super) fn new(kind: Kind, name: &str, label: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            label: label.to_owned(),
            value: String::new(),
            hint: String::new(),
            error: None,
            autocomplete: None,
            optional: false,
            width: "",
            decimal: false,
            disabled: None,
        }
    }

    pub(super) fn valued(mut self, value: &str) -> Self {
        value.clone_into(&mut self.value);
        self
    }

    pub(super) fn refused(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// Says what is wanted, between label and control.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        hint.clone_into(&mut self.hint);
        self
    }

    /// What a browser may fill in by itself: `name`, `username`, `postal-code`.
    #[must_use]
    pub fn autocomplete(mut self, what: &str) -> Self {
        self.autocomplete = Some(what.to_owned());
        self
    }

    /// Says that it may be left empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// As wide as a number of a few digits.
    #[must_use]
    pub fn short(self) -> Self {
        Self { width: " short", ..self }
    }

    /// As wide as a number of an order or a name.
    #[must_use]
    pub fn mid(self) -> Self {
        Self { width: " mid", ..self }
    }

    pub(super) fn decimal(self) -> Self {
        Self { decimal: true, ..self }
    }

    /// Shows it without letting anybody change it, and says why.
    #[must_use]
    pub fn disabled(mut self, reason: &str) -> Self {
        self.disabled = Some(reason.to_owned());
        self
    }

    /// What stands under the label: why it is closed, else the hint.
    fn said(&self) -> &str {
        self.disabled.as_deref().unwrap_or(&self.hint)
    }

    /// The id of the control of this name, to which the error summary leads.
    pub(super) fn id_of(name: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        format!("f-{}", name.chars().map(plain).collect::<String>())
    }

    /// `aria-describedby` and the like: hint and error are read with the control.
    fn aria(&self, id: &str) -> String {
        let mut by = Vec::new();
        if !self.said().is_empty() {
            by.push(format!("{id}-hint"));
        }
        if self.error.is_some() {
            by.push(format!("{id}-error"));
        }
        let mut aria = String::new();
        if !by.is_empty() {
            let _ = write!(aria, " aria-describedby=\"{}\"", by.join(" "));
        }
        if self.error.is_some() {
            aria.push_str(" aria-invalid=\"true\"");
        }
        if self.disabled.is_some() {
            aria.push_str(" disabled");
        }
        aria
    }

    fn hint_and_error(&self, id: &str, html: &mut String) {
        if !self.said().is_empty() {
            let _ = write!(html, "<span class=\"hint\" id=\"{id}-hint\">");
            push_escaped(html, self.said());
            html.push_str("</span>");
        }
        if let Some(error) = &self.error {
            let _ = write!(
                html,
                "<span class=\"field-error\" id=\"{id}-error\"><span><span class=\"hide\">Error: </span>"
            );
            push_escaped(html, &capitalised(error));
            html.push_str("</span></span>");
        }
    }

    fn label_text(&self, html: &mut String) {
        push_escaped(html, &self.label);
        if self.optional {
            html.push_str(" <span class=\"optional\">(optional)</span>");
        }
    }

    /// Label, hint, error, then what `control` writes.
    fn labelled(&self, id: &str, html: &mut String, control: impl FnOnce(&mut String)) {
        let _ = write!(html, "<label for=\"{id}\">");
        self.label_text(html);
        html.push_str("</label>");
        self.hint_and_error(id, html);
        control(html);
    }

    fn attributes(&self, id: &str, html: &mut String) {
        let _ = write!(html, " id=\"{id}\" name=\"");
        push_escaped(html, &self.name);
        html.push('"');
        if let Some(what) = &self.autocomplete {
            html.push_str(" autocomplete=\"");
            push_escaped(html, what);
            html.push('"');
        }
        html.push_str(&self.aria(id));
    }

    fn line(&self, kind: &str, id: &str, html: &mut String) {
        self.labelled(id, html, |html| {
            let _ = write!(html, "<input class=\"input{}\" type=\"{kind}\"", self.width);
            self.attributes(id, html);
            if self.decimal {
                html.push_str(" inputmode=\"decimal\"");
            }
            if !matches!(kind, "password" | "file") {
                html.push_str(" value=\"");
                push_escaped(html, &self.value);
                html.push('"');
            }
            html.push('>');
        });
    }

    fn area(&self, rows: u16, id: &str, html: &mut String) {
        self.labelled(id, html, |html| {
            let _ = write!(html, "<textarea class=\"input\" rows=\"{rows}\"");
            self.attributes(id, html);
            // A browser drops the first line end after the tag.
            html.push_str(">\n");
            push_escaped(html, &self.value);
            html.push_str("</textarea>");
        });
    }

    fn select(&self, choices: &[Choice], id: &str, html: &mut String) {
        self.labelled(id, html, |html| {
            html.push_str("<select class=\"input\"");
            self.attributes(id, html);
            html.push('>');
            for choice in choices {
                html.push_str(if choice.barred {
                    "<option disabled value=\""
                } else {
                    "<option value=\""
                });
                push_escaped(html, &choice.value);
                html.push_str(if choice.value == self.value { "\" selected>" } else { "\">" });
                push_escaped(html, &choice.label);
                for more in [&choice.price, &choice.hint] {
                    if !more.is_empty() {
                        html.push_str(" – ");
                        push_escaped(html, more);
                    }
                }
                html.push_str("</option>");
            }
            html.push_str("</select>");
        });
    }

    /// A group of rows, each with a radio or a box before it.
    fn group(&self, kind: &str, choices: &[Choice], ticked: &[&str], id: &str, html: &mut String) {
        let _ = write!(html, "<fieldset{}><legend>", self.aria(id));
        self.label_text(html);
        html.push_str("</legend>");
        self.hint_and_error(id, html);
        for (at, choice) in choices.iter().enumerate() {
            let _ = write!(html, "<label class=\"choice\"><input type=\"{kind}\"");
            // The summary's link leads to the first.
            let _ = if at == 0 {
                write!(html, " id=\"{id}\"")
            } else {
                write!(html, " id=\"{id}-{at}\"")
            };
            html.push_str(" name=\"");
            push_escaped(html, &self.name);
            html.push_str("\" value=\"");
            push_escaped(html, &choice.value);
            html.push('"');
            if choice.barred {
                html.push_str(" disabled");
            } else if ticked.contains(&choice.value.as_str()) {
                html.push_str(" checked");
            }
            html.push_str("><span>");
            push_escaped(html, &choice.label);
            html.push_str("</span>");
            if !choice.price.is_empty() {
                html.push_str("<span class=\"price\">");
                push_escaped(html, &choice.price);
                html.push_str("</span>");
            }
            if !choice.hint.is_empty() {
                html.push_str("<span class=\"hint\">");
                push_escaped(html, &choice.hint);
                html.push_str("</span>");
            }
            html.push_str("</label>");
        }
        html.push_str("</fieldset>");
    }

    fn tick(&self, id: &str, html: &mut String) {
        self.hint_and_error(id, html);
        html.push_str("<label class=\"choice bare\"><input type=\"checkbox\" value=\"yes\"");
        self.attributes(id, html);
        html.push_str(if self.value.is_empty() { "><span>" } else { " checked><span>" });
        self.label_text(html);
        html.push_str("</span></label>");
    }
}

impl Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = Self::id_of(&self.name);
        let class = if self.error.is_some() { "field wrong" } else { "field" };
        let mut html = format!("<div class=\"{class}\">");
        match &self.kind {
            Kind::Line(kind) => self.line(kind, &id, &mut html),
            Kind::Area(rows) => self.area(*rows, &id, &mut html),
            Kind::Radios(choices) => {
                self.group("radio", choices, &[&self.value], &id, &mut html);
            }
            Kind::Boxes(choices, ticked) => {
                let ticked: Vec<&str> = ticked.iter().map(String::as_str).collect();
                self.group("checkbox", choices, &ticked, &id, &mut html);
            }
            Kind::Select(choices) => self.select(choices, &id, &mut html),
            Kind::Box => self.tick(&id, &mut html),
        }
        html.push_str("</div>");
        f.write_str(&html)
    }
}

impl askama::FastWritable for Control {
    fn write_into(&self, to: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(write!(to, "{self}")?)
    }
}

impl askama::filters::HtmlSafe for Control {}

/// A sentence of a rule, which starts lowercase, as a page begins it.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}
