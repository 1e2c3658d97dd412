//! The course of an application in steps: what happened, what happens now, what comes.

use chassis::Site;
use chassis::ui::{Timeline, instant};
use chrono::{DateTime, Utc};
use contracts::membership::ApplicationState;

use super::super::domain::Application;
use crate::words;

/// The course of an application, as its applicant reads it.
pub(super) fn course(site: &Site, application: &Application) -> Timeline {
    let open = application.is_open();
    let mut course = done(site, Timeline::new(), application.submitted_at, "You applied");
    course = match application.opened_at {
        Some(at) => done(site, course, at, "Checkout opened your charge"),
        None if open => course
            .now("now", "Checkout opens your charge")
            .note("Usually a moment. This line changes by itself."),
        None => course,
    };
    let until = || format!("Held for you until {}.", instant(site, application.hold_until).text());
    course = match (application.paid_at, application.opened_at) {
        (Some(at), _) => done(site, course, at, "Your payment arrived"),
        (None, Some(_)) if open => course.now("now", "You pay"),
        (None, None) if open => course.next("then", "You pay").note(until()),
        (None, _) => course,
    };
    last(site, course, application)
}

/// Something that happened, with the whole instant below it.
fn done(site: &Site, course: Timeline, at: DateTime<Utc>, what: &str) -> Timeline {
    course.done(words::short_day(site, at), what).note(instant(site, at).text())
}

/// How it ends.
fn last(site: &Site, course: Timeline, application: &Application) -> Timeline {
    let (good, what) = match &application.state {
        ApplicationState::Submitted => {
            return course
                .next("then", "Your membership starts")
                .note("On the day of payment; the welcome with your number comes by mail.");
        }
        ApplicationState::Completed => (true, "Your membership started"),
        ApplicationState::Withdrawn => (true, "Withdrawn"),
        ApplicationState::Expired => (false, "Expired"),
        ApplicationState::GivenBack => (false, "No membership could start; the money goes back"),
        ApplicationState::Refused => (false, "Checkout could not charge this"),
        ApplicationState::Unknown(word) => (true, word.as_str()),
    };
    let when = application.ended_at.map(|at| words::short_day(site, at)).unwrap_or_default();
    let course = if good { course.done(when, what) } else { course.failed(when, what) };
    let at = application.ended_at.map(|at| instant(site, at).text().to_owned());
    // That the applicant did it is what "withdrawn" says.
    let reason = application.reason.as_deref().filter(|reason| *reason != "cancelled");
    let reason = reason.map(words::reason);
    let note: Vec<String> = at.into_iter().chain(reason).collect();
    course.note(note.join(": "))
}
