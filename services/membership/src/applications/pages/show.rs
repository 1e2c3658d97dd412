//! What becomes of an application: its page, and giving it up.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::{Confirm, Markup, Timeline, When, day, instant, state, time_left};
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, SignedIn};
use chrono::TimeDelta;
use contracts::membership::ApplicationState;
use contracts::{ApplicationId, Money};

use super::super::commands::WithdrawApplication;
use super::super::domain::Application;
use super::super::tables;
use super::course::course;
use super::join::Row;
use crate::{people, words};

/// How long commerce may take to answer before the page says that it is away.
const PATIENCE: TimeDelta = TimeDelta::seconds(10);

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/membership/applications/{id}", show_application)
        .get("/membership/applications/{id}/withdraw", ask_to_withdraw)
        .post("/membership/applications/{id}/withdraw", withdraw)
        .limit(20)
}

#[derive(Template)]
#[template(path = "applications/show.html")]
struct Show {
    fields: Fields,
    state: Markup,
    submitted: When,
    hold_until: When,
    /// How long that is from now.
    left: Markup,
    lines: Vec<Row>,
    total: String,
    course: Timeline,
    pay: Option<String>,
    waiting: bool,
    away: bool,
    number: Option<String>,
    refunded: Option<String>,
    /// It ended without a membership, and another may be made.
    again: bool,
    withdraw: Option<String>,
}

impl Show {
    /// Whether any of the prices is invented.
    fn sample(&self) -> bool {
        self.lines.iter().any(|line| line.dues.sample)
    }

    fn open(&self) -> bool {
        self.withdraw.is_some()
    }
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
    let application = own(page, id).await?;
    let owner = page.person();
    let person = page.read(async |tx| people::tables::load(tx, owner).await).await?;
    let number = person.and_then(|person| person.member_number);
    let template = show(page, &application, number, fields);
    let applied = day(page.app().site().day(application.submitted_at));
    let title =
        format!("Your application of {}, {}", applied.text(), words::state(&application.state));
    if application.is_open() && status == StatusCode::OK {
        // Completes by itself: opened, paid and expired all come from elsewhere.
        return page.show_pending(&title, &template);
    }
    page.show_as(status, &title, &template)
}

/// Somebody else's application does not exist for this reader.
async fn own(page: &Page<SignedIn>, id: ApplicationId) -> Result<Application> {
    let owner = page.person();
    let application = page.read(async |tx| tables::own(tx, id, owner).await).await?;
    application.ok_or_else(|| Error::not_found("application", id))
}

fn show(
    page: &Page<SignedIn>,
    application: &Application,
    number: Option<String>,
    fields: Fields,
) -> Show {
    let site = page.app().site();
    let open = application.is_open();
    let waiting = open && application.opened_at.is_none();
    let completed = application.state == ApplicationState::Completed;
    let total = application.total();
    let refunded = Money { minor: application.refunded_minor, ..total.clone() };
    let path = format!("/membership/applications/{}", application.id);
    Show {
        fields,
        state: state(words::tone(&application.state), words::state(&application.state)),
        submitted: instant(site, application.submitted_at),
        hold_until: instant(site, application.hold_until),
        left: time_left(application.hold_until, page.now()),
        lines: application.lines.iter().map(Row::of).collect(),
        total: total.to_string(),
        course: course(site, application),
        pay: (open && !waiting).then(|| format!("/checkout/pay/{}", application.charge_id)),
        waiting,
        away: waiting && page.now() - application.submitted_at > PATIENCE,
        number: number.filter(|_| completed),
        refunded: (refunded.minor > 0).then(|| refunded.to_string()),
        again: matches!(
            application.state,
            ApplicationState::Expired | ApplicationState::Withdrawn | ApplicationState::Refused
        ),
        withdraw: open.then(|| format!("{path}/withdraw")),
    }
}

/// `GET /membership/applications/{id}/withdraw`: asks whether it is meant.
async fn ask_to_withdraw(page: Page<SignedIn>, Path(id): Path<ApplicationId>) -> Answer {
    let application = own(&page, id).await?;
    let path = format!("/membership/applications/{id}");
    if !application.is_open() {
        return page.to(path);
    }
    let confirm = Confirm::new("Withdraw your application?", format!("{path}/withdraw"))
        .says("Nothing is charged for it then. You may apply again at any time.")
        .says("If you have paid already, the payment counts all the same: you become a member.")
        .fact("Submitted", instant(page.app().site(), application.submitted_at).text())
        .fact("Total", application.total().to_string())
        .act("Withdraw the application")
        .danger()
        .crumb("/membership", "My membership")
        .crumb(&path, "Application")
        .back(path);
    page.confirm(&confirm, &page.blank())
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
