//! Charts as SVG, drawn by the server, each with a table that says the same: values in, HTML out.
//!
//! Read in this order: what all charts share here, the axis, then each kind. A chart has a heading
//! with its unit and a finding: the sentence that whoever does not see it hears. What is not a
//! number is never drawn; it is a gap.

mod axis;
mod bars;
mod line;
mod meter;

use std::fmt::Write as _;

pub use bars::Bars;
pub use line::Line;
pub use meter::{Cells, Meter, spark};

use super::{Markup, push_escaped};

/// How wide a character of a label is drawn at most, in the units of a chart.
const CHARACTER: f64 = 7.0;
/// Nothing that we count is larger; drawing beyond it would lose its digits.
const MOST: f64 = 1e12;

/// What a chart is of.
#[derive(Debug, Clone)]
struct Head {
    heading: String,
    unit: String,
    finding: String,
    wide: bool,
}

impl Head {
    fn new(heading: &str, unit: &str, finding: &str) -> Self {
        let owned = str::to_owned;
        Self { heading: owned(heading), unit: owned(unit), finding: owned(finding), wide: false }
    }

    fn width(&self) -> f64 {
        if self.wide { 880.0 } else { 430.0 }
    }

    /// The figure: heading, drawing, and the same numbers as a table.
    fn figure(&self, drawing: &Drawing, table: &Table) -> Markup {
        let mut html = self.begun();
        html.push_str("<section class=\"scroll\" tabindex=\"0\" aria-label=\"");
        push_escaped(&mut html, &self.heading);
        let (width, height) = (short(drawing.width), short(drawing.height));
        let _ = write!(
            html,
            ", scrolls sideways\"><svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\"><title>"
        );
        push_escaped(&mut html, &self.finding);
        let _ = write!(html, "</title>{}</svg></section>", drawing.html);
        table.push(self, &mut html);
        html.push_str("</figure>");
        Markup::new(html)
    }

    /// The figure of a chart that has nothing to draw.
    fn empty(&self) -> Markup {
        let mut html = self.begun();
        html.push_str("<p class=\"empty\">No data yet.</p></figure>");
        Markup::new(html)
    }

    fn begun(&self) -> String {
        let mut html = String::from("<figure class=\"chart\"><h3>");
        self.push_heading(&mut html);
        html.push_str("</h3>");
        html
    }

    fn push_heading(&self, html: &mut String) {
        push_escaped(html, &self.heading);
        if !self.unit.is_empty() {
            html.push_str(", ");
            push_escaped(html, &self.unit);
        }
    }
}

/// The inside of an SVG.
struct Drawing {
    html: String,
    width: f64,
    height: f64,
}

impl Drawing {
    fn of(width: f64, height: f64) -> Self {
        Self { html: String::new(), width, height }
    }

    fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.html, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A path that closes nothing, where the class does not say so.
    fn open_path(&mut self, class: &str, d: &str) {
        let _ = write!(self.html, "<path class=\"{class}\" fill=\"none\" d=\"{d}\"/>");
    }

    fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, width, height) = (short(x), short(y), short(width), short(height));
        let _ = write!(
            self.html,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        );
    }

    fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (short(x), short(y), short(radius));
        let _ =
            write!(self.html, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>");
    }

    /// Text at a point; `anchor` is `start`, `middle` or `end`.
    fn text(&mut self, class: &str, anchor: &str, (x, y): (f64, f64), text: &str) {
        let _ = write!(self.html, "<text x=\"{}\" y=\"{}\"", short(x), short(y));
        if anchor != "start" {
            let _ = write!(self.html, " text-anchor=\"{anchor}\"");
        }
        if !class.is_empty() {
            let _ = write!(self.html, " class=\"{class}\"");
        }
        self.html.push('>');
        push_escaped(&mut self.html, text);
        self.html.push_str("</text>");
    }
}

/// The numbers of a chart, for who does not see it and for who wants them exactly.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn push(&self, head: &Head, html: &mut String) {
        html.push_str("<details><summary>The same as a table<span class=\"hide\">: ");
        push_escaped(html, &head.heading);
        html.push_str(
            "</span></summary><section class=\"scroll\" tabindex=\"0\" aria-label=\"Numbers of ",
        );
        push_escaped(html, &head.heading);
        html.push_str("\"><table class=\"table dense\"><caption>");
        head.push_heading(html);
        html.push_str("</caption><thead><tr>");
        for (at, column) in self.columns.iter().enumerate() {
            html.push_str(if at == 0 {
                "<th scope=\"col\">"
            } else {
                "<th scope=\"col\" class=\"num\">"
            });
            push_escaped(html, column);
            html.push_str("</th>");
        }
        html.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            html.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                html.push_str(if at == 0 { "<th scope=\"row\">" } else { "<td class=\"num\">" });
                push_escaped(html, cell);
                html.push_str(if at == 0 { "</th>" } else { "</td>" });
            }
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table></section></details>");
    }
}

/// The value, when it is one that can be drawn.
fn drawable(value: f64) -> Option<f64> {
    (value.is_finite() && value.abs() <= MOST).then_some(value)
}

/// A number of things, as a value.
fn count(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}

/// A coordinate with one decimal at most.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A number as people read it: `3,264`, `0.25`, `−12`.
fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let nothing = text.chars().all(|c| matches!(c, '0' | '.'));
    let sign = if value < 0.0 && !nothing { "−" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// How many decimals show all of these values, three at most.
fn decimals_of(values: impl IntoIterator<Item = f64>) -> usize {
    let needed = |value: f64| {
        let scales = [1.0, 10.0, 100.0];
        scales.iter().position(|scale| ((value * scale).fract()).abs() < 1e-6).unwrap_or(3)
    };
    values.into_iter().map(needed).max().unwrap_or(0)
}

/// The text, cut where it would be longer than a label may be.
fn label(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// How wide a text is drawn at most.
fn wide(text: &str) -> f64 {
    count(text.chars().count()) * CHARACTER
}

/// The widest of some texts.
fn widest<'a>(texts: impl IntoIterator<Item = &'a String>) -> f64 {
    texts.into_iter().map(|text| wide(text)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests;
