//! The crosspoint map: each row is a feed, each column a reader; the area of a dot says how much it
//! carries, a dashed ring that it lags, a red ring that something is parked.

use askama::Template;
use chassis::Result;
use chassis::ui::Markup;

use super::standing::{Crosspoint, Standing, Way};
use super::words::{self, things};
use crate::status::State;

const LEFT: f64 = 112.0;
const TOP: f64 = 52.0;
const COLUMN: f64 = 112.0;
const ROW: f64 = 44.0;
/// The largest dot, for whoever carries most; the least that is seen.
const LARGEST: f64 = 14.0;
const LEAST: f64 = 3.0;
/// How far a ring stands off.
const OFF: f64 = 5.0;
/// Room for what is said beside the last column.
const BESIDE: f64 = 110.0;

#[derive(Template)]
#[template(path = "ops/map.html")]
struct Map {
    finding: String,
    width: f64,
    height: f64,
    /// Where the lines begin and end.
    right: f64,
    bottom: f64,
    feeds: Vec<Head>,
    readers: Vec<Head>,
    own: Vec<(f64, f64)>,
    dots: Vec<Dot>,
    labels: Vec<Label>,
}

/// The name of a row or a column.
struct Head {
    name: String,
    at: f64,
    class: &'static str,
}

#[derive(Debug, PartialEq)]
struct Dot {
    x: f64,
    y: f64,
    /// Of a circle; for the square of a service itself there is none.
    radius: Option<f64>,
    class: &'static str,
    ring: Option<(&'static str, f64)>,
}

struct Label {
    x: f64,
    y: f64,
    class: &'static str,
    says: String,
}

/// Draws the map.
///
/// # Errors
/// Those of the template.
pub(super) fn drawn(standing: &Standing) -> Result<Markup> {
    let feeds: Vec<&str> = standing.services().map(|seen| seen.service.name.as_str()).collect();
    let readers: Vec<&str> = standing.seen.iter().map(|seen| seen.service.name.as_str()).collect();
    let most = standing.crosspoints.iter().filter_map(|one| one.carried).max().unwrap_or(0);
    let (mut dots, mut labels) = (Vec::new(), Vec::new());
    for one in &standing.crosspoints {
        let Some(row) = feeds.iter().position(|feed| *feed == one.feed) else { continue };
        let Some(column) = readers.iter().position(|name| *name == one.reader) else { continue };
        let (x, y) = (LEFT + COLUMN / 2.0 + COLUMN * place(column), TOP + ROW * place(row));
        let dot = dot(one, (x, y), most);
        let beside = x + dot.ring.map_or(LARGEST, |(_, radius)| radius) + 4.0;
        let said = beside_of(one);
        let first = if said.len() > 1 { y - 3.0 } else { y + 4.0 };
        for (line, (class, says)) in said.into_iter().enumerate() {
            labels.push(Label { x: beside, y: first + 14.0 * place(line), class, says });
        }
        dots.push(dot);
    }
    let own = feeds.iter().enumerate().filter_map(|(row, feed)| {
        let column = readers.iter().position(|name| name == feed)?;
        let read = standing.crosspoints.iter().any(|one| one.feed == *feed && one.reader == *feed);
        let (x, y) = (LEFT + COLUMN / 2.0 + COLUMN * place(column), TOP + ROW * place(row));
        (!read).then_some((x, y))
    });
    let map = Map {
        finding: finding(standing),
        width: LEFT + COLUMN * place(readers.len()) + BESIDE,
        height: TOP + ROW * (place(feeds.len()) - 1.0).max(0.0) + 30.0,
        right: LEFT + COLUMN * place(readers.len()) - COLUMN / 2.0 + LARGEST,
        bottom: TOP + ROW * (place(feeds.len()) - 1.0).max(0.0) + 18.0,
        own: own.collect(),
        feeds: heads(standing, &feeds, |at| TOP + ROW * at, |one, name| one.feed == name),
        readers: heads(
            standing,
            &readers,
            |at| LEFT + COLUMN / 2.0 + COLUMN * at,
            |one, name| one.reader == name,
        ),
        dots,
        labels,
    };
    Markup::of(&map)
}

fn place(at: usize) -> f64 {
    f64::from(u16::try_from(at).unwrap_or(u16::MAX))
}

fn heads(
    standing: &Standing,
    names: &[&str],
    at: impl Fn(f64) -> f64,
    is_of: impl Fn(&Crosspoint, &str) -> bool,
) -> Vec<Head> {
    let troubled =
        |name: &str| standing.crosspoints.iter().any(|one| is_of(one, name) && is_troubled(one));
    let stopped = |name: &str| {
        let seen = standing.seen.iter().find(|seen| seen.service.name == name);
        seen.is_some_and(|seen| seen.service.state == State::Stopped)
    };
    let heads = names.iter().enumerate().map(|(number, name)| Head {
        name: (*name).to_owned(),
        at: at(place(number)),
        class: match name {
            name if troubled(name) => "hot-text",
            name if stopped(name) => "",
            _ => "strong",
        },
    });
    heads.collect()
}

/// Whether somebody has to look at it.
fn is_troubled(one: &Crosspoint) -> bool {
    one.parked > 0 || matches!(one.way, Way::Halted(_))
}

fn dot(one: &Crosspoint, (x, y): (f64, f64), most: i64) -> Dot {
    let itself = one.feed == one.reader;
    let part = carried_part(one.carried.unwrap_or(0), most);
    let radius = LEAST + (LARGEST - LEAST) * part.sqrt();
    let idle = one.carried.unwrap_or(0) == 0;
    let class = match &one.way {
        _ if is_troubled(one) => "dot hot",
        Way::FeedAway | Way::ReaderAway => "bar pale",
        _ if itself => "bar ink",
        _ if idle => "bar open",
        _ => "dot",
    };
    let ring = match &one.way {
        _ if is_troubled(one) => Some("ring"),
        Way::Lags => Some("threshold"),
        _ => None,
    };
    let radius = if itself { 5.0 } else { radius };
    Dot {
        x,
        y,
        radius: (!itself).then_some(radius),
        class,
        ring: ring.map(|class| (class, radius + OFF)),
    }
}

/// What part of the most one carried.
fn carried_part(carried: i64, most: i64) -> f64 {
    let number = |count: i64| f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX));
    if most <= 0 { 0.0 } else { (number(carried) / number(most)).clamp(0.0, 1.0) }
}

/// What has to be said beside a dot.
fn beside_of(one: &Crosspoint) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    if matches!(one.way, Way::Halted(_)) {
        said.push(("hot-text", "halted".to_owned()));
    }
    if one.parked > 0 {
        said.push(("hot-text", format!("{} parked", one.parked)));
    }
    if let (Way::Lags, Some(lag)) = (&one.way, one.lag) {
        let class = if is_troubled(one) { "hot-text" } else { "" };
        said.push((class, words::span(lag)));
    }
    said
}

/// What the map shows, in sentences.
fn finding(standing: &Standing) -> String {
    let services = i64::try_from(standing.services().count()).unwrap_or(0);
    let carry = standing.crosspoints.iter().filter(|one| one.carried.unwrap_or(0) > 0).count();
    let mut said = format!(
        "Crosspoint map of {}. Each row is a feed, each column a reader; {} carried messages in \
         the last hour.",
        things(services, "service"),
        things(i64::try_from(carry).unwrap_or(0), "crosspoint"),
    );
    for one in &standing.crosspoints {
        let mut troubles = Vec::new();
        if let Way::Halted(_) = one.way {
            troubles.push("halted".to_owned());
        }
        if one.parked > 0 {
            troubles.push(format!("has {} parked", one.parked));
        }
        if let (Way::Lags, Some(lag)) = (&one.way, one.lag) {
            troubles.push(format!("is {} behind", words::span(lag)));
        }
        if !troubles.is_empty() {
            let troubles = troubles.join(" and ");
            let sentence = format!(" {} reading {} {troubles}.", one.reader, one.feed);
            said.push_str(&sentence);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn crosspoint(carried: i64) -> Crosspoint {
        Crosspoint {
            feed: "identity".to_owned(),
            reader: "outreach".to_owned(),
            carried: Some(carried),
            pos: Some(7),
            last: None,
            behind: Some(0),
            lag: None,
            parked: 0,
            way: Way::Reads,
        }
    }

    #[test]
    fn the_area_of_a_dot_grows_with_what_it_carries() {
        let radius = |carried| dot(&crosspoint(carried), (0.0, 0.0), 400).radius.unwrap();
        assert!((radius(400) - LARGEST).abs() < 1e-9);
        assert!((radius(0) - LEAST).abs() < 1e-9);
        let (half, all) = (radius(100) - LEAST, radius(400) - LEAST);
        assert!((half * 2.0 - all).abs() < 1e-9);
        assert_eq!(dot(&crosspoint(0), (0.0, 0.0), 0).class, "bar open");
    }

    #[test]
    fn what_needs_somebody_has_a_red_ring_and_what_lags_a_dashed_one() {
        let lags =
            Crosspoint { way: Way::Lags, lag: Some(TimeDelta::seconds(41)), ..crosspoint(3) };
        assert_eq!(dot(&lags, (0.0, 0.0), 3).ring, Some(("threshold", LARGEST + OFF)));
        assert_eq!(beside_of(&lags), [("", "41 s".to_owned())]);
        let parked = Crosspoint { parked: 2, ..lags };
        assert_eq!(dot(&parked, (0.0, 0.0), 3).ring, Some(("ring", LARGEST + OFF)));
        assert_eq!(beside_of(&parked).len(), 2);
    }

    #[test]
    fn a_service_itself_is_a_square() {
        let own = Crosspoint { reader: "identity".to_owned(), ..crosspoint(3) };
        let dot = dot(&own, (0.0, 0.0), 3);
        assert_eq!((dot.radius, dot.class, dot.ring), (None, "bar ink", None));
    }
}
