//! The pages of an applicant: the form, and what becomes of it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Choice, Error, Fields, Form, Page, Result, Routes, SignedIn, Site};
use chrono::TimeDelta;
use contracts::membership::{ApplicationState, Chapter, MembershipType};
use contracts::{ApplicationId, PersonId};

use super::commands::{SubmitApplication, WithdrawApplication};
use super::domain::Application;
use super::tables;
use crate::people::domain::Person;
use crate::types::domain::shown;
use crate::{chapters, people, types, words};

/// How long commerce may take to answer before the page says that it is away.
const PATIENCE: TimeDelta = TimeDelta::seconds(10);

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/membership/join", show_join)
        .post("/membership/join", apply)
        .limit(20)
        .get("/membership/applications/{id}", show_application)
        .post("/membership/applications/{id}/withdraw", withdraw)
        .limit(20)
}

#[derive(Template)]
#[template(path = "applications/join.html")]
struct Join {
    fields: Fields,
    kinds: Vec<Choice>,
    chapters: Vec<Choice>,
    sample: bool,
    member: Option<String>,
    open: Option<String>,
}

/// `GET /membership/join`: the form, or where the reader stands when there is nothing to join.
async fn show_join(page: Page<SignedIn>) -> Answer {
    let known = page.read(async |tx| people::tables::load(tx, page.person()).await).await?;
    let name = known.and_then(|person| person.name).unwrap_or_default();
    let fields = page.blank().fill("name", name);
    join(&page, fields, StatusCode::OK).await
}

async fn join(page: &Page<SignedIn>, fields: Fields, status: StatusCode) -> Answer {
    let person = page.person();
    let (known, member, kinds, chapters) = page
        .read(async |tx| {
            let member = crate::terms::tables::of_person(tx, person).await?;
            let known = people::tables::load(tx, person).await?;
            Ok((known, member, types::tables::all(tx).await?, chapters::tables::all(tx).await?))
        })
        .await?;
    let until = crate::terms::pages::member_until(&member, page.today());
    let open = known.and_then(|person: Person| person.open_application);
    let sample = kinds.iter().any(|kind| kind.sample) || chapters.iter().any(|one| one.sample);
    let template = Join {
        fields,
        kinds: kinds.iter().filter(|kind| kind.open).map(kind_choice).collect(),
        chapters: std::iter::once(Choice::new("", "No chapter now"))
            .chain(chapters.iter().map(chapter_choice))
            .collect(),
        sample,
        member: until,
        open: open.map(|id| format!("/membership/applications/{id}")),
    };
    page.show_as(status, "Join SCTE", &template)
}

fn kind_choice(kind: &MembershipType) -> Choice {
    let label = format!("{}, {} a year", kind.title, shown(&kind.price, kind.sample));
    Choice::new(kind.type_id, label).hinted(&kind.audience)
}

fn chapter_choice(chapter: &Chapter) -> Choice {
    let label = format!("{}, {} a year", chapter.name, shown(&chapter.price, chapter.sample));
    Choice::new(chapter.chapter_id, label).hinted(&chapter.region)
}

/// `POST /membership/join`: applies, and goes on to the application.
async fn apply(page: Page<SignedIn>, form: Form) -> Answer {
    let outcome = match read_application(page.person(), &form) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(id) => page.to(format!("/membership/applications/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            join(&page, fields, status).await
        }
    }
}

fn read_application(person: PersonId, form: &Form) -> Result<SubmitApplication> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let type_id = read.id("type");
    let chapter_id = read.optional_id("chapter");
    let _ = read.agreed("confirm", "tick this to say that what you typed is right");
    read.done()?;
    let (name, type_id, chapter_id) = (name.take(), type_id.take(), chapter_id.take());
    Ok(SubmitApplication { person, name, type_id, chapter_id })
}

/// One step of the time line; `class` is the step's look and its state.
struct Step {
    class: &'static str,
    when: String,
    what: String,
    note: String,
}

#[derive(Template)]
#[template(path = "applications/show.html")]
struct Show {
    fields: Fields,
    state: String,
    lines: Vec<(String, String)>,
    total: String,
    steps: Vec<Step>,
    pay: Option<String>,
    waiting: bool,
    away: bool,
    number: Option<String>,
    refunded: Option<String>,
    withdraw: Option<String>,
    /// Set while another service still has to say something.
    as_of: Option<String>,
}

/// `GET /membership/applications/{id}`: where an application of one's own stands.
async fn show_application(page: Page<SignedIn>, Path(id): Path<ApplicationId>) -> Answer {
    let fields = page.blank();
    application(&page, id, fields, StatusCode::OK).await
}

async fn application(
    page: &Page<SignedIn>,
    id: ApplicationId,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let owner = page.person();
    let (application, person) = page
        .read(async |tx| {
            // Somebody else's application does not exist for this reader.
            let application = tables::own(tx, id, owner)
                .await?
                .ok_or_else(|| Error::not_found("application", id))?;
            Ok((application, people::tables::load(tx, owner).await?))
        })
        .await?;
    let number = person.and_then(|person| person.member_number);
    let template = show(page, &application, number, fields);
    if application.is_open() && status == StatusCode::OK {
        // Completes by itself: opened, paid and expired all come from elsewhere.
        return page.show_pending("Your application", &template);
    }
    page.show_as(status, "Your application", &template)
}

fn show(
    page: &Page<SignedIn>,
    application: &Application,
    number: Option<String>,
    fields: Fields,
) -> Show {
    let open = application.is_open();
    let waiting = open && application.opened_at.is_none();
    let completed = application.state == ApplicationState::Completed;
    let currency = application.total().currency;
    let refunded = contracts::Money { minor: application.refunded_minor, currency };
    let path = format!("/membership/applications/{}", application.id);
    Show {
        fields,
        state: words::state(&application.state).to_owned(),
        lines: application
            .lines
            .iter()
            .map(|line| (line.text.clone(), line.price.to_string()))
            .collect(),
        total: application.total().to_string(),
        steps: steps(page.app().site(), application),
        pay: (open && !waiting).then(|| format!("/checkout/pay/{}", application.charge_id)),
        waiting,
        away: waiting && page.now() - application.submitted_at > PATIENCE,
        number: number.filter(|_| completed),
        refunded: (refunded.minor > 0).then(|| refunded.to_string()),
        withdraw: open.then(|| format!("{path}/withdraw")),
        as_of: open.then(|| words::instant(page.app().site(), page.now())),
    }
}

/// The course of an application, what happened and what comes.
fn steps(site: &Site, application: &Application) -> Vec<Step> {
    let step = |class, when: Option<_>, what: &str| Step {
        class,
        when: when.map_or_else(|| "–".to_owned(), |at| words::short_day(site, at)),
        what: what.to_owned(),
        note: when.map(|at| words::instant(site, at)).unwrap_or_default(),
    };
    let mut steps = vec![step("done", Some(application.submitted_at), "You applied")];
    match (application.opened_at, application.is_open()) {
        (Some(at), _) => steps.push(step("done", Some(at), "Checkout opened your charge")),
        (None, true) => steps.push(step("now", None, "Checkout opens your charge")),
        (None, false) => {}
    }
    match (application.paid_at, application.is_open()) {
        (Some(at), _) => steps.push(step("done", Some(at), "Your payment arrived")),
        (None, true) => {
            let class = if application.opened_at.is_some() { "now" } else { "next" };
            let until = words::instant(site, application.hold_until);
            steps.push(Step { note: format!("until {until}"), ..step(class, None, "You pay") });
        }
        (None, false) => {}
    }
    steps.push(last_step(application, step));
    steps
}

fn last_step(
    application: &Application,
    step: impl Fn(&'static str, Option<chrono::DateTime<chrono::Utc>>, &str) -> Step,
) -> Step {
    let (class, what) = match &application.state {
        ApplicationState::Submitted => return step("next", None, "Your membership starts"),
        ApplicationState::Completed => ("done", "Your membership started"),
        ApplicationState::Withdrawn => ("done", "Withdrawn"),
        ApplicationState::Expired => ("failed", "Expired"),
        ApplicationState::GivenBack => ("failed", "No membership could start; the money goes back"),
        ApplicationState::Refused => ("failed", "Checkout could not charge this"),
        ApplicationState::Unknown(word) => ("done", word.as_str()),
    };
    let mut step = step(class, application.ended_at, what);
    if let Some(reason) = &application.reason {
        step.note = format!("{}: {}", step.note, words::reason(reason));
    }
    step
}

/// `POST /membership/applications/{id}/withdraw`: gives an application up.
async fn withdraw(page: Page<SignedIn>, Path(id): Path<ApplicationId>, form: Form) -> Answer {
    let command = WithdrawApplication { application: id, person: page.person() };
    match page.execute_once(&form, &command).await {
        Ok(()) => page.to(format!("/membership/applications/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            application(&page, id, fields, status).await
        }
    }
}
