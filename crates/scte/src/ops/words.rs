//! How the operations' pages write things: moments in the society's zone, spans, short names.

use chassis::ui::{Markup, Tone, state};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use messaging::jetstream::Publication;

use super::places;
use super::standing::{Crosspoint, PATIENCE, Seen, Standing, Way};
use crate::house::Estate;
use crate::status::State;

/// A clock on the wall of the society's zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall {
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
}

impl Wall {
    /// `12:03:07`, with the day where it is not today.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        let (at, now) = (at.with_timezone(&self.zone), self.now.with_timezone(&self.zone));
        let form =
            if at.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%-d %b %Y, %H:%M:%S" };
        at.format(form).to_string()
    }

    /// `12:03:07 EST`.
    pub(super) fn zoned(&self, at: DateTime<Utc>) -> String {
        let zone = at.with_timezone(&self.zone).format("%Z").to_string();
        format!("{} {zone}", self.moment(at))
    }

    /// `11:48` for each of the last `minutes` minutes, this one last.
    pub(super) fn minutes(&self, minutes: usize) -> Vec<String> {
        let back = i64::try_from(minutes).unwrap_or(0);
        let minute = |ago: i64| self.now - TimeDelta::minutes(ago);
        let shown = |ago| minute(ago).with_timezone(&self.zone).format("%H:%M").to_string();
        (0..back).rev().map(shown).collect()
    }
}

/// `3 ms`, `1.8 s`, `41 s`, `12 min`, `5 h`, `3 days`.
pub(crate) fn span(span: TimeDelta) -> String {
    let ms = span.num_milliseconds().max(0);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        10_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}

/// `9 seconds`, `4 minutes`, `2 hours`: for visitors.
pub(super) fn long(span: TimeDelta) -> String {
    match span.num_seconds().max(1) {
        seconds @ 1..120 => things(seconds, "second"),
        seconds @ 120..7_200 => things(seconds / 60, "minute"),
        seconds => things(seconds / 3_600, "hour"),
    }
}

/// `3,264`.
pub(crate) fn count(things: i64) -> String {
    let digits = things.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if things < 0 { format!("−{grouped}") } else { grouped }
}

/// `1 message`, `2 messages`.
pub(crate) fn things(count: i64, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", self::count(count))
}

/// `org.scte.membership.person.created.v1` as `membership.person.created v1`.
pub(crate) fn message(r#type: &str) -> String {
    let own = r#type.strip_prefix("org.scte.").unwrap_or(r#type);
    own.rsplit_once(".v").map_or_else(|| own.to_owned(), |(name, v)| format!("{name} v{v}"))
}

/// The two ends of an id, which is enough to tell it from its neighbours.
pub(super) fn short_id(id: uuid::Uuid) -> String {
    let text = id.to_string();
    format!("{}…{}", &text[..4], &text[text.len() - 6..])
}

/// The state of a service, worst first.
pub(super) fn state_of(seen: &Seen, standing: &Standing) -> Markup {
    let name = seen.service.name.as_str();
    let lag = standing.worst_lag(name).filter(|lag| *lag >= PATIENCE);
    let keys: std::collections::BTreeSet<_> =
        seen.parked.iter().map(|one| (&one.consumer, &one.feed, one.key)).collect();
    match seen.service.state {
        State::Stopped => state(Tone::Off, "stopped"),
        State::Idle => state(Tone::Off, "not running"),
        _ if seen.service.trouble.is_some() => state(Tone::Bad, "cannot be asked"),
        _ if seen.service.is_halted() => state(Tone::Bad, "reading halted"),
        _ if seen.publication.as_ref().is_some_and(|copy| copy.halted.is_some()) => {
            state(Tone::Bad, "copying halted")
        }
        _ if !keys.is_empty() => {
            let keys = i64::try_from(keys.len()).unwrap_or(i64::MAX);
            state(Tone::Bad, &format!("{} blocked", things(keys, "key")))
        }
        _ if seen.service.is_held() => state(Tone::Warn, "held after a restore"),
        State::Preparing => state(Tone::Wait, "preparing"),
        State::Up => match lag {
            Some(_) => state(Tone::Warn, "catching up"),
            None => state(Tone::Ok, "up"),
        },
    }
}

/// The state of a crosspoint.
pub(super) fn way_of(one: &Crosspoint) -> Markup {
    match &one.way {
        Way::ReaderAway | Way::FeedAway => state(Tone::Off, "away"),
        Way::Halted(_) => state(Tone::Bad, "halted"),
        _ if one.parked > 0 => state(Tone::Bad, "parked"),
        Way::Lags => state(Tone::Warn, "behind"),
        Way::Pauses(_) => state(Tone::Warn, "waits"),
        Way::Reads => state(Tone::Ok, "reading"),
    }
}

/// Which process has a service, and which part it has among replicas: `process 4711, data in
/// membership-2, leads`.
pub(super) fn place(estate: &Estate, seen: &Seen) -> String {
    let here = places::here(estate);
    match seen.service.leads.filter(|_| places::replicas(estate, &seen.service.name) > 1) {
        Some(true) => format!("{here}, leads"),
        Some(false) => format!("{here}, stands by"),
        None => here,
    }
}

/// How far a feed is copied to the broker, in a sentence.
pub(super) fn copied(copy: &Publication, wall: &Wall) -> String {
    let (pos, at) = (count(copy.position), wall.zoned(copy.at));
    match (&copy.halted, &copy.away, copy.lag) {
        (Some(why), _, _) => format!("Copying halted behind message {pos}: {why}."),
        (None, Some(why), lag) => {
            format!("Copied up to message {pos}, {}; the broker is away: {why}.", waits(lag))
        }
        (None, None, 0) => format!("Copied up to message {pos}, which is all, as of {at}."),
        (None, None, lag) => format!("Copied up to message {pos} as of {at}; {}.", waits(lag)),
    }
}

/// Why a copy may be old, in a sentence.
pub(super) fn why(one: &Crosspoint, wall: &Wall) -> String {
    let (feed, pos) = (&one.feed, count(one.pos.unwrap_or(0)));
    let parked = i64::try_from(one.parked).unwrap_or(i64::MAX);
    let said = match &one.way {
        Way::ReaderAway => "It is stopped, so it takes nothing in.".to_owned(),
        Way::FeedAway => {
            format!("{feed} is stopped: what it said up to message {pos} is known here.")
        }
        Way::Halted(why) => format!("Reading halted behind message {pos}: {why}."),
        Way::Pauses(why) => format!("Nothing comes from {feed} behind message {pos}: {why}."),
        Way::Lags => {
            let (behind, lag) = (one.behind.unwrap_or(0), one.lag.unwrap_or_default());
            format!("{}; the first was said {} ago.", waits(behind), span(lag))
        }
        Way::Reads if one.behind != Some(0) => match one.behind {
            Some(behind) => format!("{}.", waits(behind)),
            None => format!("What {feed} said up to message {pos} is known here."),
        },
        Way::Reads if parked > 0 => "All is read.".to_owned(),
        Way::Reads if pos != "0" && one.last.is_none() => {
            format!("It is not: all up to message {pos} is known here.")
        }
        Way::Reads => match one.last {
            Some(last) => format!("It is not: the last message is from {}.", wall.moment(last)),
            None => "It is not: nothing was said yet.".to_owned(),
        },
    };
    if parked == 0 {
        return said;
    }
    let parked = things(parked, "parked message");
    format!("{said} What {parked} would have changed here is old.")
}

fn waits(behind: i64) -> String {
    let verb = if behind == 1 { "waits" } else { "wait" };
    format!("{} {verb}", things(behind, "message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_long_as_they_need_to_be() {
        let cases = [
            (3, "3 ms"),
            (1_850, "1.8 s"),
            (41_000, "41 s"),
            (119_999, "119 s"),
            (720_000, "12 min"),
            (18_000_000, "5 h"),
            (259_200_000, "3 days"),
            (-5, "0 ms"),
        ];
        for (ms, says) in cases {
            assert_eq!(span(TimeDelta::milliseconds(ms)), says);
        }
        assert_eq!(long(TimeDelta::milliseconds(9_700)), "9 seconds");
        assert_eq!(long(TimeDelta::minutes(4)), "4 minutes");
        assert_eq!(long(TimeDelta::hours(50)), "50 hours");
    }

    #[test]
    fn counts_and_names_read_well() {
        assert_eq!((count(3_264).as_str(), count(7).as_str()), ("3,264", "7"));
        assert_eq!((things(1, "message"), things(0, "key")), ("1 message".into(), "0 keys".into()));
        assert_eq!(
            message("org.scte.membership.person.created.v1"),
            "membership.person.created v1"
        );
        assert_eq!(short_id(uuid::Uuid::from_u128(0xabc)), "0000…000abc");
    }

    #[test]
    fn what_is_parked_makes_a_copy_old_though_all_is_read() {
        let wall = Wall { zone: chrono_tz::America::New_York, now: DateTime::default() };
        let mut one = Crosspoint {
            feed: "commerce".to_owned(),
            reader: "outreach".to_owned(),
            carried: Some(3),
            pos: Some(1_200),
            last: None,
            behind: Some(0),
            lag: None,
            parked: 1,
            way: Way::Reads,
        };
        let old = "What 1 parked message would have changed here is old.";
        assert_eq!(why(&one, &wall), format!("All is read. {old}"));
        one.way = Way::FeedAway;
        assert!(why(&one, &wall).contains("up to message 1,200"));
        one.parked = 0;
        one.way = Way::Lags;
        (one.behind, one.lag) = (Some(1), Some(TimeDelta::seconds(41)));
        assert_eq!(why(&one, &wall), "1 message waits; the first was said 41 s ago.");
    }

    #[test]
    fn a_moment_of_another_day_says_its_day() {
        let now = "2027-03-01T17:03:08Z".parse().unwrap();
        let wall = Wall { zone: chrono_tz::America::New_York, now };
        assert_eq!(wall.moment(now), "12:03:08");
        assert_eq!(wall.zoned(now), "12:03:08 EST");
        assert_eq!(wall.moment(now - TimeDelta::days(2)), "27 Feb 2027, 12:03:08");
        assert_eq!(wall.minutes(3), ["12:01", "12:02", "12:03"]);
    }
}
