//! Lines over time: one of them hot, each labelled at its end, with a limit where there is one.

use super::axis::Axis;
use super::{
    Drawing, Head, Markup, Table, count, decimals_of, drawable, label, number, short, wide, widest,
};

/// Above and below what is drawn.
const TOP: f64 = 20.0;
const BOTTOM: f64 = 30.0;
const HEIGHT: f64 = 200.0;
/// What one line of text needs.
const LINE: f64 = 15.0;

/// A chart of lines.
#[derive(Debug, Clone)]
pub struct Line {
    head: Head,
    /// What the points stand at: `Time`, and a word for each.
    over: (String, Vec<String>),
    series: Vec<Series>,
    threshold: Option<(f64, String)>,
}

#[derive(Debug, Clone)]
struct Series {
    name: String,
    values: Vec<Option<f64>>,
    hot: bool,
}

/// The rectangle in which values are drawn.
struct Plot {
    left: f64,
    right: f64,
    bottom: f64,
    points: usize,
    axis: Axis,
}

impl Line {
    /// A chart with this heading and unit; the finding says in a sentence what it shows.
    #[must_use]
    pub fn new(heading: &str, unit: &str, finding: &str) -> Self {
        let head = Head::new(heading, unit, finding);
        Self { head, over: (String::new(), Vec::new()), series: Vec::new(), threshold: None }
    }

    /// What the points stand at: a name for all (`Month`) and a word for each.
    #[must_use]
    pub fn over<T: Into<String>>(mut self, name: &str, at: impl IntoIterator<Item = T>) -> Self {
        self.over = (name.to_owned(), at.into_iter().map(Into::into).collect());
        self
    }

    /// A line, a value for each point; what is not a number is a gap.
    #[must_use]
    pub fn series(self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        self.with(name, values, false)
    }

    /// The line that matters.
    #[must_use]
    pub fn hot(self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        self.with(name, values, true)
    }

    fn with(mut self, name: &str, values: impl IntoIterator<Item = f64>, hot: bool) -> Self {
        let values = values.into_iter().map(drawable).collect();
        self.series.push(Series { name: name.to_owned(), values, hot });
        self
    }

    /// A limit with its label: `limit 10 s`.
    #[must_use]
    pub fn threshold(mut self, at: f64, says: &str) -> Self {
        self.threshold = drawable(at).map(|at| (at, says.to_owned()));
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
        let points = self.over.1.len();
        let drawn = |series: &Series| series.values.iter().take(points).any(Option::is_some);
        if !self.series.iter().any(drawn) {
            return self.head.empty();
        }
        let plot = self.plot(points);
        let mut drawing = Drawing::of(self.head.width(), HEIGHT);
        self.draw_grid(&plot, &mut drawing);
        self.draw_threshold(&plot, &mut drawing);
        let others = self.series.iter().filter(|series| !series.hot);
        for (at, series) in others.enumerate() {
            let class = if at == 0 { "series" } else { "series pale" };
            plot.draw_series(series, class, &mut drawing);
        }
        for series in self.series.iter().filter(|series| series.hot) {
            plot.draw_series(series, "series hot", &mut drawing);
        }
        self.draw_ends(&plot, &mut drawing);
        self.head.figure(&drawing, &self.table(points))
    }

    fn plot(&self, points: usize) -> Plot {
        let values = self.series.iter().flat_map(|series| series.values.iter().take(points));
        let mut values: Vec<f64> = values.flatten().copied().collect();
        values.extend(self.threshold.as_ref().map(|(at, _)| *at));
        let axis = Axis::for_lines(&values, 5);
        let ticks: Vec<String> = axis.ticks().into_iter().map(|at| axis.written(at)).collect();
        let ends: Vec<String> = self.series.iter().map(|one| self.end_label(one)).collect();
        // Words below stand in the middle of their point, the outermost too.
        let half = self.longest_word() / 2.0 + 4.0;
        Plot {
            left: (widest(&ticks) + 14.0).max(half),
            right: self.head.width() - (widest(&ends) + 14.0).max(half),
            bottom: HEIGHT - BOTTOM,
            points,
            axis,
        }
    }

    fn words(&self) -> impl Iterator<Item = String> {
        self.over.1.iter().map(|word| label(word, 12))
    }

    fn longest_word(&self) -> f64 {
        self.words().map(|word| wide(&word)).fold(0.0, f64::max)
    }

    /// What stands at the end of a line: its name, and its last value where it is hot.
    fn end_label(&self, series: &Series) -> String {
        let last = series.values.iter().take(self.over.1.len()).rev().flatten().next();
        let last = match last {
            Some(last) if series.hot => number(*last, decimals_of([*last])),
            _ => String::new(),
        };
        // One line alone is named by the heading.
        let name = if self.series.len() > 1 { label(&series.name, 14) } else { String::new() };
        format!("{name} {last}").trim().to_owned()
    }

    fn draw_grid(&self, plot: &Plot, drawing: &mut Drawing) {
        for tick in plot.axis.ticks() {
            let y = plot.y(tick);
            let (from, to) = (short(plot.left), short(plot.right));
            drawing.path("grid", &format!("M{from} {}H{to}", short(y)));
            let written = plot.axis.written(tick);
            drawing.text("", "end", (plot.left - 8.0, y + 4.0), &written);
        }
        let room = (plot.right - plot.left) / (self.longest_word() + 18.0);
        let mut every = 1;
        while count(plot.points) / count(every) > room.max(1.0) {
            every += 1;
        }
        // Counted from the end: the latest is always named.
        for (at, word) in self.words().enumerate() {
            if (plot.points - 1 - at).is_multiple_of(every) {
                drawing.text("", "middle", (plot.x(at), HEIGHT - 10.0), &word);
            }
        }
    }

    fn draw_threshold(&self, plot: &Plot, drawing: &mut Drawing) {
        let Some((at, says)) = &self.threshold else { return };
        let y = plot.y(*at);
        let (from, to) = (short(plot.left), short(plot.right));
        drawing.open_path("threshold", &format!("M{from} {}H{to}", short(y)));
        let beside = if y < TOP + LINE { y + LINE } else { y - 5.0 };
        drawing.text("", "start", (plot.left + 4.0, beside), &label(says, 24));
    }

    /// Labels at the lines' ends, kept from standing on each other.
    fn draw_ends(&self, plot: &Plot, drawing: &mut Drawing) {
        let ends = self.series.iter().filter_map(|series| {
            let values: Vec<_> = series.values.iter().take(plot.points).collect();
            let (at, value) =
                values.iter().enumerate().rev().find_map(|(at, v)| Some((at, (**v)?)))?;
            if series.hot {
                drawing.dot("dot hot", (plot.x(at), plot.y(value)), 4.0);
            }
            Some((plot.y(value) + 4.0, self.end_label(series), series.hot))
        });
        let mut ends: Vec<_> = ends.filter(|(_, text, _)| !text.is_empty()).take(8).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut least = TOP - 6.0;
        for (y, _, _) in &mut ends {
            *y = y.max(least);
            least = *y + LINE;
        }
        let mut most = plot.bottom + 8.0;
        for (y, _, _) in ends.iter_mut().rev() {
            *y = y.min(most);
            most = *y - LINE;
        }
        for (y, text, hot) in ends {
            let class = if hot { "hot-text" } else { "" };
            drawing.text(class, "start", (plot.right + 8.0, y), &text);
        }
    }

    fn table(&self, points: usize) -> Table {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten());
        let decimals = decimals_of(values.copied());
        let cell = |value: Option<&Option<f64>>| {
            value.copied().flatten().map_or_else(|| "–".to_owned(), |one| number(one, decimals))
        };
        let first = std::iter::once(self.over.0.clone());
        let columns = first.chain(self.series.iter().map(|series| series.name.clone())).collect();
        let row = |at: usize| {
            let word = std::iter::once(self.over.1[at].clone());
            word.chain(self.series.iter().map(|series| cell(series.values.get(at)))).collect()
        };
        Table { columns, rows: (0..points).map(row).collect() }
    }
}

impl Plot {
    fn x(&self, at: usize) -> f64 {
        if self.points < 2 {
            return f64::midpoint(self.left, self.right);
        }
        self.left + (self.right - self.left) * count(at) / count(self.points - 1)
    }

    fn y(&self, value: f64) -> f64 {
        self.axis.place(value, self.bottom, TOP)
    }

    fn draw_series(&self, series: &Series, class: &str, drawing: &mut Drawing) {
        let values: Vec<Option<f64>> = series.values.iter().take(self.points).copied().collect();
        let mut d = String::new();
        let mut alone = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let known = |at: Option<usize>| {
                at.is_some_and(|at| values.get(at).is_some_and(Option::is_some))
            };
            let (before, after) = (known(at.checked_sub(1)), known(at.checked_add(1)));
            let point = (self.x(at), self.y(value));
            // A path of one point is not seen.
            if !before && !after {
                alone.push(point);
                continue;
            }
            d.push(if before { 'L' } else { 'M' });
            d.push_str(&short(point.0));
            d.push(' ');
            d.push_str(&short(point.1));
        }
        if !d.is_empty() {
            drawing.path(class, &d);
        }
        for point in alone {
            drawing.dot(if series.hot { "dot hot" } else { "dot" }, point, 3.0);
        }
    }
}
