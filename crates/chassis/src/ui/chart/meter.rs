//! How far: a bar with a warning, counted cells, and a trend in a cell of a table.

use std::fmt::Write as _;

use super::axis::Axis;
use super::{Markup, count, decimals_of, drawable, number, push_escaped, short};

/// From this part on a meter warns.
const WARNS: f64 = 0.8;

/// How much of something is used: says so in words, and warns from 80 % on.
#[derive(Debug, Clone)]
pub struct Meter {
    name: String,
    used: Option<f64>,
    of: Option<f64>,
}

impl Meter {
    /// So much of so much.
    #[must_use]
    pub fn new(name: &str, used: f64, of: f64) -> Self {
        let of = drawable(of).filter(|of| *of > 0.0);
        Self { name: name.to_owned(), used: drawable(used), of }
    }

    /// The name, the numbers and the bar.
    #[must_use]
    pub fn drawn(&self) -> Markup {
        let mut html =
            String::from("<div class=\"stack tight\"><div class=\"row apart base\"><span>");
        push_escaped(&mut html, &self.name);
        html.push_str("</span>");
        let (Some(used), Some(of)) = (self.used, self.of) else {
            html.push_str("<span class=\"soft\">no data yet</span></div></div>");
            return Markup::new(html);
        };
        let decimals = decimals_of([used, of]);
        let part = (used / of).max(0.0);
        let says = format!("{} of {}", number(used, decimals), number(of, decimals));
        let class = if part >= WARNS { " class=\"hot\"" } else { "" };
        let _ = match () {
            () if part >= 1.0 => write!(html, "<span class=\"state bad\">{says}, full</span>"),
            () if part >= WARNS => {
                let percent = number((part * 100.0).floor(), 0);
                write!(html, "<span class=\"state warn\">{says}, {percent} %</span>")
            }
            () => write!(html, "<span>{says}</span>"),
        };
        let value = short(part.min(1.0) * 100.0);
        let _ = write!(html, "</div><progress{class} value=\"{value}\" max=\"100\" aria-label=\"");
        push_escaped(&mut html, &self.name);
        let _ = write!(html, ": {says}\"></progress></div>");
        Markup::new(html)
    }
}

/// Counted units in a row: some are there, some are on their way.
#[derive(Debug, Clone)]
pub struct Cells {
    says: String,
    on: u32,
    soon: u32,
    of: u32,
}

impl Cells {
    /// Of so many cells; `says` is what whoever does not see it hears: `7 of 12 earned, 3 booked`.
    #[must_use]
    pub fn new(says: &str, of: u32) -> Self {
        Self { says: says.to_owned(), on: 0, soon: 0, of }
    }

    /// How many are there.
    #[must_use]
    pub fn on(mut self, on: u32) -> Self {
        self.on = on;
        self
    }

    /// How many are on their way.
    #[must_use]
    pub fn soon(mut self, soon: u32) -> Self {
        self.soon = soon;
        self
    }

    /// The row; more than forty are drawn as one bar.
    #[must_use]
    pub fn drawn(&self) -> Markup {
        let of = self.of.max(1);
        let on = self.on.min(of);
        let soon = self.soon.min(of - on);
        let single = of <= 40;
        let width = if single { f64::from(of) * 10.0 - 1.4 } else { 100.0 };
        let mut html = format!(
            "<svg class=\"cells\" viewBox=\"0 0 {} 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
            short(width)
        );
        push_escaped(&mut html, &self.says);
        html.push_str("\">");
        let mut cell = |class: &str, x: f64, width: f64| {
            let class =
                if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
            let (x, width) = (short(x), short(width));
            let _ = write!(html, "<rect{class} x=\"{x}\" y=\"0\" width=\"{width}\" height=\"8\"/>");
        };
        if single {
            for at in 0..of {
                let class = if at < on {
                    "on"
                } else if at < on + soon {
                    "soon"
                } else {
                    ""
                };
                cell(class, f64::from(at) * 10.0, 8.6);
            }
        } else {
            let part = |cells: u32| f64::from(cells) / f64::from(of) * 100.0;
            cell("", 0.0, 100.0);
            cell("on", 0.0, part(on));
            cell("soon", part(on), part(soon));
        }
        html.push_str("</svg>");
        Markup::new(html)
    }
}

/// A trend in a cell of a table, without a word: the number beside it says what matters.
#[must_use]
pub fn spark(values: &[f64]) -> Markup {
    let values: Vec<f64> = values.iter().copied().filter_map(drawable).collect();
    if values.is_empty() {
        return Markup::default();
    }
    let axis = Axis::for_bars(&values, 4);
    let mut d = String::new();
    // A single value is a line all the same.
    let ends = if values.len() == 1 { vec![values[0], values[0]] } else { values };
    for (at, value) in ends.iter().enumerate() {
        let x = 1.0 + 94.0 * count(at) / count(ends.len() - 1);
        let y = axis.place(*value, 18.0, 2.0);
        let _ = write!(d, "{}{} {}", if at == 0 { 'M' } else { 'L' }, short(x), short(y));
    }
    Markup::new(format!(
        "<svg class=\"spark chart\" viewBox=\"0 0 96 20\" width=\"96\" height=\"20\" \
         aria-hidden=\"true\" focusable=\"false\"><path class=\"series\" d=\"{d}\"/></svg>"
    ))
}
