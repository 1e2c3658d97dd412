//! What holds for every chart: everything stands inside, nothing breaks out of its attribute.

use proptest::prelude::*;

use super::*;

/// The drawing of a figure.
fn svg(html: &str) -> &str {
    let from = html.find("<svg").unwrap();
    &html[from..html.find("</svg>").unwrap()]
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn value(tag: &str, name: &str) -> f64 {
    attribute(tag, name).map_or(0.0, |text| text.parse().unwrap())
}

/// Each place that a tag of the drawing reaches, as x and y.
fn reached(tag: &str) -> Vec<(f64, f64)> {
    let name = tag.split([' ', '>', '/']).next().unwrap();
    let (x, y) = (value(tag, "x"), value(tag, "y"));
    match name {
        "text" => {
            let text = tag.split_once('>').unwrap().1;
            let width =
                wide(&text.replace("&amp;", "&").replace("&lt;", "<").replace("&#39;", "'"));
            let left = match attribute(tag, "text-anchor") {
                Some("middle") => x - width / 2.0,
                Some("end") => x - width,
                _ => x,
            };
            vec![(left, y), (left + width, y - 9.0)]
        }
        "rect" => vec![(x, y), (x + value(tag, "width"), y + value(tag, "height"))],
        "circle" => {
            let (x, y, r) = (value(tag, "cx"), value(tag, "cy"), value(tag, "r"));
            vec![(x - r, y - r), (x + r, y + r)]
        }
        "path" => points(attribute(tag, "d").unwrap()),
        _ => Vec::new(),
    }
}

/// The points of a path of `M`, `L` and `H`.
fn points(d: &str) -> Vec<(f64, f64)> {
    let mut at = (0.0, 0.0);
    let mut points = Vec::new();
    let mut rest = d;
    while let Some(letter) = rest.chars().next() {
        let end = rest[1..].find(['M', 'L', 'H']).map_or(rest.len(), |end| end + 1);
        let mut numbers = rest[1..end].split(' ').map(|number| number.parse::<f64>().unwrap());
        at = match letter {
            'H' => (numbers.next().unwrap(), at.1),
            _ => (numbers.next().unwrap(), numbers.next().unwrap()),
        };
        points.push(at);
        rest = &rest[end..];
    }
    points
}

fn is_inside(html: &str) {
    let svg = svg(html);
    let size: Vec<f64> =
        attribute(svg, "viewBox").unwrap().split(' ').map(|one| one.parse().unwrap()).collect();
    for tag in svg.split('<').skip(2) {
        for (x, y) in reached(tag) {
            let inside = (-0.5..=size[2] + 0.5).contains(&x) && (-0.5..=size[3] + 0.5).contains(&y);
            assert!(inside, "{x} {y} of <{tag} is outside {size:?}");
        }
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e13..1e13,
        -50.0..50.0,
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(1e-300),
        Just(f64::MAX),
        (-2_000_i32..2_000).prop_map(f64::from),
    ]
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(any_value(), 0..70)
}

proptest! {
    #[test]
    fn all_of_a_line_chart_is_inside(
        hot in values(),
        other in values(),
        limit in any_value(),
        words in proptest::collection::vec("[a-zA-Z0-9<&']{0,20}", 0..70),
        wide in any::<bool>(),
    ) {
        let chart = Line::new("Lag", "seconds", "It lags.").over("Time", words);
        let chart = chart.hot("insight", hot).series("everybody else here", other);
        let chart = chart.threshold(limit, "limit of something long");
        let chart = if wide { chart.wide() } else { chart };
        let html = chart.drawn().to_string();
        if html.contains("<svg") {
            is_inside(&html);
        } else {
            prop_assert!(html.contains("No data yet"));
        }
    }

    #[test]
    fn all_of_a_bar_chart_is_inside(bars in proptest::collection::vec(("[a-z<&']{0,20}", any_value()), 0..30)) {
        let mut chart = Bars::new("Certificates", "number", "Quarter", "Most run out in spring.");
        for (at, (name, value)) in bars.iter().enumerate() {
            chart = if at == 1 { chart.hot(name, *value) } else { chart.bar(name, *value) };
        }
        let html = chart.drawn().to_string();
        if html.contains("<svg") {
            is_inside(&html);
        }
    }

    #[test]
    fn all_of_a_trend_and_of_cells_is_inside(values in values(), on in 0_u32..90, soon in 0_u32..90, of in 0_u32..90) {
        let html = spark(&values).to_string();
        if !html.is_empty() {
            is_inside(&format!("{html}</svg>"));
        }
        is_inside(&Cells::new("some", of).on(on).soon(soon).drawn().to_string());
    }

    #[test]
    fn a_meter_says_what_is_used_and_warns_in_time(used in 0_u32..400, of in 1_u32..300) {
        let html = Meter::new("Seats", f64::from(used), f64::from(of)).drawn().to_string();
        let says = format!("{used} of {of}");
        prop_assert!(html.contains(&says));
        prop_assert_eq!(html.contains("state bad"), used >= of);
        prop_assert_eq!(html.contains("state warn"), used < of && used * 10 >= of * 8);
    }
}

#[test]
fn a_chart_without_numbers_says_so() {
    let line = Line::new("Lag", "seconds", "Nothing.");
    assert!(line.drawn().to_string().contains("No data yet"));
    let gaps = Line::new("Lag", "s", "Nothing.").over("Time", ["11:00"]).hot("a", [f64::NAN]);
    assert!(gaps.drawn().to_string().contains("No data yet"));
    assert!(Bars::new("A", "", "B", "C").drawn().to_string().contains("No data yet"));
    assert!(Meter::new("Seats", 3.0, 0.0).drawn().to_string().contains("no data yet"));
    assert!(spark(&[f64::NAN]).is_empty());
}

#[test]
fn one_point_is_seen() {
    let html = Line::new("Lag", "s", "One.").over("Time", ["11:00"]).hot("a", [4.0]).drawn();
    assert!(html.to_string().contains("<circle class=\"dot hot\""));
    assert!(spark(&[1.0]).to_string().contains("d=\"M1 "));
}

#[test]
fn what_is_not_a_number_is_a_gap_in_the_line_and_in_the_table() {
    let times = ["11:00", "11:01", "11:02", "11:03", "11:04"];
    let values = [1.0, 2.0, f64::NAN, 3.0, 4.5];
    let html = Line::new("Lag", "s", "Rises.").over("Time", times).hot("a", values).drawn();
    let html = html.to_string();
    let d = attribute(html.split("<path").find(|path| path.contains("series hot")).unwrap(), "d");
    assert_eq!(d.unwrap().matches('M').count(), 2);
    assert!(html.contains("<th scope=\"row\">11:02</th><td class=\"num\">–</td>"));
    assert!(html.contains("<th scope=\"row\">11:04</th><td class=\"num\">4.5</td>"));
}

#[test]
fn the_finding_and_the_names_are_text_and_nothing_else() {
    let html = Line::new("<b>", "\"", "<script>").over("<i>", ["<u>"]).hot("<a>", [1.0]).drawn();
    let bars = Bars::new("<b>", "\"", "<i>", "<script>").hot("<u>", 1.0).drawn();
    for html in [html.to_string(), bars.to_string()] {
        for tag in ["<b>", "<script>", "<i>", "<u>", "<a>", "\"\""] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
        assert!(html.contains("role=\"img\"><title>&lt;script&gt;</title>"));
    }
}

#[test]
fn a_bar_below_zero_hangs_below_the_line() {
    let html = Bars::new("Balance", "$", "Month", "Lost in May.").bar("Apr", 4.0).hot("May", -2.0);
    let html = html.drawn().to_string();
    let bar = |class: &str| html.split("<rect").find(|bar| bar.contains(class)).unwrap().to_owned();
    let (up, down) = (bar("class=\"bar\""), bar("bar hot"));
    assert!((value(&up, "y") + value(&up, "height") - value(&down, "y")).abs() < 0.2);
    assert!(html.contains(">−2</text>") && html.contains(">4</text>"));
}

#[test]
fn numbers_are_grouped_and_signed() {
    assert_eq!(number(3_264.0, 0), "3,264");
    assert_eq!(number(-1_234_567.5, 1), "−1,234,567.5");
    assert_eq!(number(-0.01, 1), "0.0");
    assert_eq!(number(120.0, 0), "120");
}
