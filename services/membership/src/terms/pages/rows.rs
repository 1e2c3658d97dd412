//! Terms, applications and standing as pages say them.

use chassis::ui::{Markup, Tone, When, day, instant, state};
use chassis::{Result, Site, Tx};
use chrono::NaiveDate;
use contracts::membership::{Term, TermKind};

use crate::applications::domain::Application;
use crate::terms::domain::{self, Standing};
use crate::{chapters, types, words};

/// A term as pages show it.
pub(crate) struct TermRow {
    pub(crate) what: String,
    pub(crate) starts_on: When,
    pub(crate) last_day: When,
    pub(crate) state: Markup,
    /// Of a chapter, not of the society.
    pub(crate) local: bool,
}

/// An application as lists show it.
pub(crate) struct ApplicationRow {
    pub(crate) path: String,
    /// Where it is paid, once checkout can take the money.
    pub(crate) pay: Option<String>,
    pub(crate) day: When,
    pub(crate) submitted: When,
    pub(crate) hold_until: When,
    pub(crate) total: String,
    pub(crate) sample: bool,
    pub(crate) state: Markup,
    pub(crate) note: String,
    pub(crate) open: bool,
}

/// How somebody stands, in words about them.
pub(crate) fn sentence(standing: Standing) -> String {
    match standing {
        Standing::None => "Not a member".to_owned(),
        Standing::Member(end) => format!("Member until {}", words::last_day(end).text()),
        Standing::From(start) => format!("Member from {}", day(start).text()),
        Standing::Lapsed(end) => format!("Was a member until {}", words::last_day(end).text()),
    }
}

/// The look of that, and one word for it.
pub(crate) fn standing_word(standing: Standing) -> (Tone, &'static str) {
    match standing {
        Standing::Member(_) => (Tone::Ok, "member"),
        Standing::From(_) => (Tone::Wait, "member to be"),
        Standing::Lapsed(_) => (Tone::Off, "lapsed"),
        Standing::None => (Tone::Off, "not a member"),
    }
}

/// The last day of what is paid, for a member of today or later.
pub(crate) fn member_until(held: &[Term], today: NaiveDate) -> Option<When> {
    match domain::standing(held, today) {
        Standing::Member(end) => Some(words::last_day(end)),
        Standing::From(_) => held.iter().map(|term| term.ends_before).max().map(words::last_day),
        Standing::None | Standing::Lapsed(_) => None,
    }
}

/// The terms with the names of what they are of, as they stand on `today`.
pub(crate) async fn term_rows(tx: &Tx, held: &[Term], today: NaiveDate) -> Result<Vec<TermRow>> {
    let (kinds, chapters) = (types::tables::all(tx).await?, chapters::tables::all(tx).await?);
    let title = |term: &Term| {
        let kind = kinds.iter().find(|kind| Some(kind.type_id) == term.type_id);
        let chapter = chapters.iter().find(|one| Some(one.chapter_id) == term.chapter_id);
        kind.map(|kind| kind.title.clone()).or(chapter.map(|one| one.name.clone()))
    };
    let status = |term: &Term| match () {
        () if domain::covers(term, today) => state(Tone::Ok, "running"),
        () if term.starts_on > today => state(Tone::Wait, "to come"),
        () => state(Tone::Off, "over"),
    };
    let row = |term: &Term| TermRow {
        what: title(term).unwrap_or_else(|| term.kind.to_string()),
        starts_on: day(term.starts_on),
        last_day: words::last_day(term.ends_before),
        state: status(term),
        local: term.kind == TermKind::Chapter,
    };
    Ok(held.iter().map(row).collect())
}

/// The applications of a person, the latest first.
pub(crate) fn application_rows(site: &Site, applications: &[Application]) -> Vec<ApplicationRow> {
    applications.iter().map(|one| application_row(site, one)).collect()
}

fn application_row(site: &Site, application: &Application) -> ApplicationRow {
    let payable = application.is_open() && application.opened_at.is_some();
    ApplicationRow {
        path: format!("/membership/applications/{}", application.id),
        pay: payable.then(|| format!("/checkout/pay/{}", application.charge_id)),
        day: day(site.day(application.submitted_at)),
        submitted: instant(site, application.submitted_at),
        hold_until: instant(site, application.hold_until),
        total: application.total().to_string(),
        sample: application.lines.iter().any(|line| line.told().1),
        state: state(words::tone(&application.state), words::state(&application.state)),
        note: application.reason.as_deref().map(words::reason).unwrap_or_default(),
        open: application.is_open(),
    }
}
