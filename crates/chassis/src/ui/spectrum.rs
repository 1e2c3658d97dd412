//! The identity figure: the spectrum of a plant, drawn from a seed.
//!
//! A high-split plant as a field meter shows it: return carriers and an OFDMA block up to 204 MHz, a
//! quiet crossover, QAM channels from 258 MHz, two OFDM blocks up to 1218 MHz. All in integers, half
//! megahertz by quarter decibel, so that a seed draws the same on every machine and a point costs
//! about four bytes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::Markup;

/// Half megahertz: the first and the last that are drawn.
const START: i32 = 10;
const END: i32 = 2436;
/// Where the return ends, the downstream starts, and its OFDM blocks start and end.
const SPLIT: i32 = 408;
const QAM: i32 = 516;
const OFDM: i32 = 1620;
const ROLL_OFF: i32 = 2396;

/// A channel of 6 MHz, and those that carry nothing at the moment.
const CHANNEL: i32 = 12;
const VACANT: [i32; 2] = [58, 59];
const PILOT: i32 = 864;

/// Quarter decibels, from the top of the figure (30 dBmV) to its foot (-60 dBmV).
const TOP: i32 = 120;
const HEIGHT: i32 = 360;
/// The level where nothing is sent.
const QUIET: i32 = -204;

/// The figure of the home page, drawn once.
static PLANT: LazyLock<Markup> = LazyLock::new(|| spectrum(204));

/// The figure of the home page: as [`spectrum`], always the same.
#[must_use]
pub fn plant() -> &'static Markup {
    &PLANT
}

/// Draws the figure with its scales of level and frequency; a `<figure>` and its caption stand
/// around it.
#[must_use]
pub fn spectrum(seed: u64) -> Markup {
    let mut meter = Meter(ChaCha8Rng::seed_from_u64(seed));
    let channels = (OFDM - QAM) / CHANNEL - i32::try_from(VACANT.len()).unwrap_or_default();
    let (width, foot) = (END - START, HEIGHT - TOP + QUIET);
    let mut html = format!(
        "<div class=\"levels\"><svg class=\"spectrum\" viewBox=\"0 0 {width} {HEIGHT}\" \
         preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"plant-title\">\
         <title id=\"plant-title\">Level over frequency from 5 to 1218 MHz: five return carriers and \
         one OFDMA block up to 204 MHz, a quiet crossover, then {channels} QAM channels and two OFDM \
         blocks.</title><path class=\"grid\" d=\"M0 40h{width}M0 120h{width}M0 200h{width}M0 \
         280h{width}\"/>"
    );
    for (class, from, to) in [("hot", START, SPLIT), ("", SPLIT, QAM), ("", QAM, END)] {
        let filled = from != SPLIT;
        let classes = match (class, filled) {
            ("hot", _) => "trace floor hot",
            (_, true) => "trace floor",
            _ => "trace",
        };
        if filled {
            // The area ends where the noise does; this is the rest, down to the foot.
            let _ = write!(
                html,
                "<rect class=\"floor {class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{foot}\"/>",
                from - START,
                TOP - QUIET,
                to - from
            );
        }
        let _ = write!(html, "<path class=\"{classes}\" d=\"{}\"/>", meter.trace(from, to));
    }
    html.push_str(
        "</svg><span aria-hidden=\"true\">20 dBmV</span><span aria-hidden=\"true\">−40</span></div>\
         <div class=\"scale\" aria-hidden=\"true\"><span class=\"hot\"><b>Return</b>5–204 MHz</span>\
         <span><b>Gap</b>204</span><span><b>QAM, 6 MHz each</b>258–810 MHz</span>\
         <span><b>OFDM, 192 MHz each</b>810–1218 MHz</span></div>",
    );
    Markup::new(html)
}

/// What measures: a level for each frequency, with the noise of its generator.
struct Meter(ChaCha8Rng);

impl Meter {
    /// A path from one frequency up to another, both ends in the noise, in relative steps.
    fn trace(&mut self, from: i32, to: i32) -> String {
        let mut level = QUIET;
        let mut path = format!("M{} {}l", from - START, TOP - level);
        for at in from + 1..=to {
            let next = if at == to { QUIET } else { self.level(at) };
            let next = next.clamp(TOP - HEIGHT, TOP);
            push(&mut path, 1);
            push(&mut path, level - next);
            level = next;
        }
        path
    }

    /// In quarter decibels over 0 dBmV.
    fn level(&mut self, at: i32) -> i32 {
        match at {
            ..SPLIT => self.upstream(at),
            SPLIT..QAM => self.around(QUIET, 3),
            QAM..OFDM => self.channel(at),
            OFDM..ROLL_OFF => self.block(at),
            _ => (44 - (at - ROLL_OFF) * 12 + self.noise(4)).max(QUIET),
        }
    }

    fn upstream(&mut self, at: i32) -> i32 {
        match at {
            // What leaks in from short wave.
            ..27 => self.around(-172, 16),
            27..92 => match (at - 27) % 13 {
                0 => self.around(-192, 6),
                1 | 12 => self.around(-56, 3),
                _ => self.around(-24, 6),
            },
            120..129 => self.around(-156, 10),
            218..405 => {
                let shape = bump(at, 218, 4, 16) + bump(at, 311, 26, 22) + bump(at, 404, 6, 20);
                self.around(shape - 24, 7)
            }
            _ => self.around(-192, 8),
        }
    }

    fn channel(&mut self, at: i32) -> i32 {
        let (number, within) = ((at - QAM) / CHANNEL, (at - QAM) % CHANNEL);
        if VACANT.contains(&number) {
            return self.around(-196, 6);
        }
        match within {
            _ if at == PILOT => 80,
            0 => self.around(-124, 14),
            // Louder towards the top, so that all arrive alike at the end of the line.
            _ => self.around((at - QAM) * 20 / (OFDM - QAM), 5),
        }
    }

    fn block(&mut self, at: i32) -> i32 {
        if (2004..2010).contains(&at) {
            return self.around(-184, 4);
        }
        let tilt = 20 + (at - OFDM) * 26 / (ROLL_OFF - OFDM);
        self.around(tilt + wave(at, 58, 5) + wave(at, 176, 6), 7)
    }

    fn around(&mut self, level: i32, spread: i32) -> i32 {
        level + self.noise(spread)
    }

    fn noise(&mut self, spread: i32) -> i32 {
        self.0.random_range(-spread..=spread)
    }
}

/// A hill of this height around a frequency, nothing beyond its width.
fn bump(at: i32, centre: i32, width: i32, height: i32) -> i32 {
    let off = (at - centre).abs().min(width);
    height * (width * width - off * off) / (width * width)
}

/// Up and down between plus and minus `height` once in each `period`.
fn wave(at: i32, period: i32, height: i32) -> i32 {
    let within = at.rem_euclid(period) * 4 * height / period;
    if within < 2 * height { within - height } else { 3 * height - within }
}

/// A number of a path; what starts with a sign needs no space.
fn push(path: &mut String, number: i32) {
    if number >= 0 && !path.ends_with('l') {
        path.push(' ');
    }
    let _ = write!(path, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points of each trace, absolute.
    fn traces(html: &str) -> Vec<Vec<(i32, i32)>> {
        let paths = html.split("<path class=\"trace").skip(1);
        let data = paths.map(|path| path.split("d=\"M").nth(1).unwrap().split('"').next().unwrap());
        data.map(points).collect()
    }

    fn points(data: &str) -> Vec<(i32, i32)> {
        let (start, steps) = data.split_once('l').unwrap();
        let numbers = |text: &str| -> Vec<i32> {
            text.replace('-', " -").split_whitespace().map(|part| part.parse().unwrap()).collect()
        };
        let start = numbers(start);
        let mut at = (start[0], start[1]);
        let mut points = vec![at];
        for step in numbers(steps).chunks(2) {
            at = (at.0 + step[0], at.1 + step[1]);
            points.push(at);
        }
        points
    }

    #[test]
    fn a_seed_draws_the_same_again_and_another_does_not() {
        assert_eq!(spectrum(1), spectrum(1));
        assert_ne!(spectrum(1), spectrum(2));
        assert_eq!(plant(), &spectrum(204));
    }

    #[test]
    fn it_is_small_whatever_the_seed() {
        for seed in 0..20 {
            let length = spectrum(seed).as_str().len();
            assert!((8_000..16_000).contains(&length), "{seed}: {length}");
        }
    }

    #[test]
    fn every_point_lies_within_the_figure_and_the_traces_meet() {
        for seed in 0..20 {
            let figure = spectrum(seed);
            let traces = traces(figure.as_str());
            assert_eq!(traces.len(), 3);
            for trace in &traces {
                assert!(trace.iter().all(|(x, y)| (0..=2426).contains(x) && (0..=360).contains(y)));
            }
            assert_eq!((traces[0][0], traces[0].last()), ((0, 324), traces[1].first()));
            assert_eq!(
                (traces[1].last(), traces[2].last()),
                (traces[2].first(), Some(&(2426, 324)))
            );
        }
    }

    #[test]
    fn the_levels_are_those_of_a_plant() {
        let figure = spectrum(204);
        let traces = traces(figure.as_str());
        // In dBmV at a frequency in MHz.
        let level = |mhz: i32| {
            let x = mhz * 2 - START;
            let (_, y) = traces.iter().flatten().find(|(at, _)| *at == x).unwrap();
            (TOP - y) / 4
        };
        assert!((-8..=-3).contains(&level(30)), "a return carrier");
        assert!(level(80) < -45 && level(230) < -45, "quiet between and in the crossover");
        assert_eq!(level(432), 20, "the pilot");
        assert!(
            (-2..=2).contains(&level(261)) && (3..=7).contains(&level(801)),
            "channels, tilted"
        );
        assert!(level(264) < -25, "between two channels");
        assert!(level(1100) > level(850) - 4 && level(1004) < -40 && level(1216) < -45);
    }
}
