//! Bars: one value for each of some things, written at the bar, one of them hot.

use super::axis::Axis;
use super::{
    Drawing, Head, Markup, Table, count, decimals_of, drawable, label, number, short, wide,
};

const HEIGHT: f64 = 200.0;
/// Above what is drawn: room for a value.
const TOP: f64 = 24.0;
/// Below it: the words, and a value where there are some below zero.
const BOTTOM: f64 = 30.0;
const VALUE: f64 = 18.0;
/// The widest a bar is.
const WIDEST: f64 = 46.0;

/// A chart of bars.
#[derive(Debug, Clone)]
pub struct Bars {
    head: Head,
    /// What the bars stand for: `Quarter`.
    of: String,
    each: Vec<Bar>,
}

#[derive(Debug, Clone)]
struct Bar {
    name: String,
    value: Option<f64>,
    hot: bool,
}

impl Bars {
    /// A chart with this heading and unit; `of` names what the bars stand for, the finding says in
    /// a sentence what it shows.
    #[must_use]
    pub fn new(heading: &str, unit: &str, of: &str, finding: &str) -> Self {
        Self { head: Head::new(heading, unit, finding), of: of.to_owned(), each: Vec::new() }
    }

    /// A bar; what is not a number is a gap.
    #[must_use]
    pub fn bar(self, name: &str, value: f64) -> Self {
        self.with(name, value, false)
    }

    /// The bar that matters.
    #[must_use]
    pub fn hot(self, name: &str, value: f64) -> Self {
        self.with(name, value, true)
    }

    fn with(mut self, name: &str, value: f64, hot: bool) -> Self {
        self.each.push(Bar { name: name.to_owned(), value: drawable(value), hot });
        self
    }

    /// As wide as the page.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.head.wide = true;
        self
    }

    /// The figure.
    #[must_use]
    pub fn drawn(&self) -> Markup {
        let values: Vec<f64> = self.each.iter().filter_map(|bar| bar.value).collect();
        if values.is_empty() {
            return self.head.empty();
        }
        let decimals = decimals_of(values.iter().copied());
        let slot = self.slot(decimals);
        let width = self.head.width().max(slot * count(self.each.len()) + 20.0);
        let slot = slot.max((width - 20.0) / count(self.each.len()).max(6.0));
        let below = if values.iter().any(|value| *value < 0.0) { VALUE } else { 0.0 };
        let bottom = HEIGHT - BOTTOM - below;
        let axis = Axis::for_bars(&values, 5);
        let mut drawing = Drawing::of(width, HEIGHT);
        let zero = axis.place(0.0, bottom, TOP);
        for (at, bar) in self.each.iter().enumerate() {
            let middle = 10.0 + slot * (count(at) + 0.5);
            drawing.text("", "middle", (middle, HEIGHT - 10.0), &label(&bar.name, 12));
            let Some(value) = bar.value else { continue };
            let end = axis.place(value, bottom, TOP);
            draw_bar(bar, (middle, slot), (zero, end), &mut drawing);
            let class = if bar.hot { "hot-text" } else { "strong" };
            let beside = if value < 0.0 { end + VALUE - 4.0 } else { end - 8.0 };
            drawing.text(class, "middle", (middle, beside), &number(value, decimals));
        }
        let (zero, to) = (short(zero), short(width - 4.0));
        drawing.path("axis", &format!("M4 {zero}H{to}"));
        self.head.figure(&drawing, &self.table(decimals))
    }

    /// What the widest word or value needs.
    fn slot(&self, decimals: usize) -> f64 {
        let words = self.each.iter().map(|bar| wide(&label(&bar.name, 12)));
        let values = self.each.iter().filter_map(|bar| bar.value);
        let values = values.map(|value| wide(&number(value, decimals)));
        words.chain(values).fold(24.0, f64::max) + 10.0
    }

    fn table(&self, decimals: usize) -> Table {
        let value =
            |bar: &Bar| bar.value.map_or_else(|| "–".to_owned(), |value| number(value, decimals));
        let columns = vec![self.of.clone(), self.head.heading.clone()];
        let rows = self.each.iter().map(|bar| vec![bar.name.clone(), value(bar)]);
        Table { columns, rows: rows.collect() }
    }
}

fn draw_bar(bar: &Bar, (middle, slot): (f64, f64), (zero, end): (f64, f64), to: &mut Drawing) {
    let width = (slot * 0.7).min(WIDEST);
    let (x, y, height) = (middle - width / 2.0, zero.min(end), (zero - end).abs());
    let class = if bar.hot { "bar hot" } else { "bar" };
    to.rect(class, (x, y), (width, height));
}
