//! The samples of the design page: rows, lines, bars, steps. All of it is invented.

use chassis::ui::chart::{Bars, Cells, Line, Meter, spark};
use chassis::ui::{Markup, Timeline, Tone};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

/// The states of a sample, and their tones.
pub(super) const STATES: [(&str, Tone); 4] = [
    ("paid", Tone::Ok),
    ("pending", Tone::Wait),
    ("expired", Tone::Bad),
    ("given back", Tone::Off),
];

const PAYERS: [&str; 9] = [
    "Dana Whitlock",
    "Ravi Okonkwo",
    "Mei Tanaka",
    "Jonas Berg",
    "Amara Diallo",
    "Luis Ortega",
    "Ridgeline Broadband",
    "Ines Carvalho",
    "Tom Ferris",
];

const THINGS: [&str; 3] = ["Membership, one year", "Chapter dues", "Membership and chapter"];

/// How many there are: more than a page of a list.
const HOW_MANY: u32 = 75;

/// A row of the sample list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) id: Uuid,
    pub(super) number: String,
    pub(super) payer: String,
    pub(super) what: &'static str,
    pub(super) state: String,
    pub(super) due: NaiveDate,
    pub(super) total: i64,
}

impl Sample {
    pub(super) fn tone(&self) -> Tone {
        STATES.iter().find(|(word, _)| *word == self.state).map_or(Tone::Off, |(_, tone)| *tone)
    }

    /// What was bought, which hangs on the total alone.
    pub(super) fn thing(total: i64) -> &'static str {
        let kind = usize::try_from(total).unwrap_or(0) / 100;
        THINGS[kind % THINGS.len()]
    }
}

/// All samples, the same ones at every look.
pub(super) fn all() -> Vec<Sample> {
    let first = NaiveDate::from_ymd_opt(2027, 1, 4).unwrap_or_default();
    let one = |at: u32| {
        // Any mixing will do that is always the same.
        let mixed = usize::try_from(at.wrapping_mul(2_654_435_761) >> 8).unwrap_or(0);
        let total = 2_400 + i64::from(at % 11) * 950;
        Sample {
            id: Uuid::from_u128(u128::from(at) + 1),
            number: format!("2027-{:06}", 100 + at),
            payer: PAYERS[mixed % PAYERS.len()].to_owned(),
            what: Sample::thing(total),
            state: STATES[mixed / 16 % STATES.len()].0.to_owned(),
            due: first + Days::new(u64::from(at * 7 % 150)),
            total,
        }
    };
    (0..HOW_MANY).map(one).collect()
}

/// `$33.50`.
pub(super) fn money(minor: i64) -> String {
    format!("${}.{:02}", minor / 100, minor % 100)
}

/// Charts in every state.
pub(super) struct Charts {
    pub(super) line: Markup,
    pub(super) small: Markup,
    pub(super) one: Markup,
    pub(super) empty: Markup,
    pub(super) bars: Markup,
    pub(super) below: Markup,
    pub(super) meters: Vec<Markup>,
    pub(super) cells: Vec<Markup>,
    pub(super) sparks: Vec<(&'static str, Markup)>,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn charts() -> Charts {
    let dues = || Line::new("Dues", "US dollars, sample", "Dues in January: 119 dollars.");
    Charts {
        line: lag(),
        small: members(),
        one: dues().over("Month", ["Jan"]).hot("Dues", [119.0]).drawn(),
        empty: dues().over("Month", MONTHS).hot("Dues", [f64::NAN]).drawn(),
        bars: endings(),
        below: change(),
        meters: vec![
            Meter::new("Seats used", 112.0, 250.0).drawn(),
            Meter::new("Seats used, near the end", 212.0, 250.0).drawn(),
            Meter::new("Seats used, all", 250.0, 250.0).drawn(),
            Meter::new("Seats used, not counted", f64::NAN, 250.0).drawn(),
        ],
        cells: vec![
            Cells::new("7 of 12 units earned, 3 booked", 12).on(7).soon(3).drawn(),
            Cells::new("80 places: 74 confirmed, 3 held", 80).on(74).soon(3).drawn(),
        ],
        sparks: vec![
            ("Rising", spark(&[3.0, 4.0, 4.0, 6.0, 9.0, 14.0, 13.0, 18.0])),
            ("Falling", spark(&[18.0, 12.0, 13.0, 9.0, 5.0, 5.0, 2.0, 1.0])),
            ("One value", spark(&[4.0])),
        ],
    }
}

fn lag() -> Markup {
    let lag = [8.8, 6.3, 7.5, 3.2, 1.7, 6.5, 7.8, 8.3, 4.7, 3.2, 9.6, 12.0, 18.0, 26.0, 38.0, 41.0];
    let finding = "Lag stayed under ten seconds until 11:54, then rose to 41 seconds.";
    Line::new("Lag of a reader", "seconds, sample", finding)
        .over("Time", (44..60).map(|minute| format!("11:{minute}")))
        .hot("Lag", lag)
        .threshold(10.0, "limit 10 s")
        .wide()
        .drawn()
}

fn members() -> Markup {
    let members = [118.0, 121.0, 121.0, 126.0, 131.0, 130.0, 138.0, 144.0, 149.0, 151.0, 158.0];
    let plan = [120.0, 124.0, 128.0, 132.0, 136.0, 140.0, 144.0, 148.0, 152.0, 156.0, 160.0, 164.0];
    let finding = "A chapter grew from 118 members in January to 158 in November, two under its \
                   plan; the count of December is not known yet.";
    Line::new("Members of a chapter", "at the end of each month, sample", finding)
        .over("Month", MONTHS)
        .hot("members", members)
        .series("plan", plan)
        .drawn()
}

fn endings() -> Markup {
    let finding = "Most memberships end in the second quarter of 2027: 21.";
    Bars::new("Memberships that end", "number, sample", "Quarter", finding)
        .bar("Q4 26", 3.0)
        .bar("Q1 27", 9.0)
        .hot("Q2 27", 21.0)
        .bar("Q3 27", 14.0)
        .bar("Q4 27", 11.0)
        .drawn()
}

fn change() -> Markup {
    Bars::new("Change of members", "number, sample", "Month", "Only May lost members: 6.")
        .bar("Mar", 4.0)
        .bar("Apr", 9.0)
        .hot("May", -6.0)
        .bar("Jun", 3.0)
        .bar("Jul", f64::NAN)
        .drawn()
}

/// A timeline with every kind of step.
pub(super) fn timeline() -> Timeline {
    Timeline::new()
        .done("14:21:07", "Payment arrived")
        .note("Receipt 2027-000123, sample")
        .failed("14:21:08", "Mail not delivered")
        .note("The mailbox is full; it is tried again.")
        .now("now", "Membership is being started")
        .link("/ops/design/pending", "See a page that waits")
        .next("then", "Your number, and a mail with it")
}

/// The timeline of the page that waits.
pub(super) fn waiting(waits: bool) -> Timeline {
    let begun = Timeline::new().done("a moment ago", "Something was asked of another service");
    if waits {
        return begun.now("now", "The other service decides").next("then", "The answer, here");
    }
    begun.done("just now", "The other service decided").done("now", "The answer is here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_fill_more_than_a_page_and_every_state_is_among_them() {
        let all = all();
        assert!(all.len() > 50 && all == self::all());
        for (state, _) in STATES {
            assert!(all.iter().any(|one| one.state == state), "{state}");
        }
        assert_eq!(money(11_905), "$119.05");
    }
}
