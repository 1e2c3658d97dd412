//! What happened between a person and the society, and what comes: applications and terms in order.

use chassis::Site;
use chassis::ui::{Timeline, day, instant};
use chrono::NaiveDate;
use contracts::membership::{ApplicationState, Term};

use crate::applications::domain::Application;
use crate::words;

/// How many steps are shown; the earliest are left out.
const MOST: usize = 12;

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Done,
    Failed,
    Now,
    Next,
}

#[derive(Debug)]
struct Step {
    day: NaiveDate,
    stage: Stage,
    what: String,
    note: String,
}

/// The life of a person with the society; `names` says what each of the terms is of.
pub(super) fn life(
    site: &Site,
    today: NaiveDate,
    applications: &[Application],
    terms: &[(Term, String)],
) -> Timeline {
    let mut steps: Vec<Step> = applications.iter().flat_map(|one| applied(site, one)).collect();
    steps.extend(terms.iter().flat_map(|(term, what)| held(today, term, what)));
    // Stable: what fell on one day stays in the order it is told in above.
    steps.sort_by_key(|step| step.day);
    let left_out = steps.len().saturating_sub(MOST);
    let mut timeline = Timeline::new();
    for Step { day, stage, what, note } in steps.into_iter().skip(left_out) {
        let when = day.format("%b %Y").to_string();
        timeline = match stage {
            Stage::Done => timeline.done(when, what),
            Stage::Failed => timeline.failed(when, what),
            Stage::Now => timeline.now("now", what),
            Stage::Next => timeline.next(when, what),
        }
        .note(note);
    }
    timeline
}

/// An application, and how it ended when it became no membership.
fn applied(site: &Site, one: &Application) -> Vec<Step> {
    let day = site.day(one.submitted_at);
    let note = instant(site, one.submitted_at).text().to_owned();
    let what = format!("Applied, {}", one.total());
    let mut steps = vec![Step { day, stage: Stage::Done, what, note }];
    if let Some(at) = one.paid_at {
        let (day, note) = (site.day(at), instant(site, at).text().to_owned());
        steps.push(Step { day, stage: Stage::Done, what: "Paid".to_owned(), note });
    }
    if one.is_open() {
        let note = format!("held until {}", instant(site, one.hold_until).text());
        let day = site.day(one.hold_until);
        steps.push(Step { day, stage: Stage::Now, what: "Payment is awaited".to_owned(), note });
    } else if let Some(at) = one.ended_at.filter(|_| one.state != ApplicationState::Completed) {
        let withdrawn = one.state == ApplicationState::Withdrawn;
        let stage = if withdrawn { Stage::Done } else { Stage::Failed };
        let what = format!("Application {}", words::state(&one.state));
        let note = one.reason.as_deref().map(words::reason).unwrap_or_default();
        steps.push(Step { day: site.day(at), stage, what, note });
    }
    steps
}

/// The first day of a term, and its end.
fn held(today: NaiveDate, term: &Term, what: &str) -> Vec<Step> {
    let stage = |day| if day <= today { Stage::Done } else { Stage::Next };
    let begins = Step {
        day: term.starts_on,
        stage: stage(term.starts_on),
        what: format!("{what} begins"),
        note: day(term.starts_on).text().to_owned(),
    };
    let ends = Step {
        day: term.ends_before,
        stage: stage(term.ends_before),
        what: format!("{what} ends"),
        note: format!("{} is the last day", words::last_day(term.ends_before).text()),
    };
    vec![begins, ends]
}
