//! What an operator does on `/ops`: stop and start a service, resume a feed, retry and drop what is
//! parked. Each act stands in the audit, with who did it.

use askama::Template;
use axum::extract::{Extension, Path};
use chassis::{Answer, Command, Error, Fields, Form, Operator, Page, Result, Routes, Tx};
use serde_json::json;
use uuid::Uuid;

use super::pages::{House, known};
use crate::house::Estate;
use crate::parked::{self, What};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/ops/{service}/stop", confirm_stop)
        .post("/ops/{service}/stop", stop)
        .post("/ops/{service}/start", start)
        .post("/ops/{service}/resume", resume)
        .post("/ops/{service}/retry", retry)
        .post("/ops/{service}/drop", give_up)
}

/// Notes in the operations' own audit what was done to a service.
struct Note<'a> {
    service: &'a str,
    act: &'static str,
}

impl Command for Note<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.audit("service", Uuid::nil(), self.act, json!({ "service": self.service })).await
    }
}

#[derive(Template)]
#[template(path = "ops/stop.html")]
struct ConfirmStop {
    service: String,
    action: String,
    fields: Fields,
}

/// `GET /ops/{service}/stop`: says what stopping means, and asks.
async fn confirm_stop(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
) -> Answer {
    known(&estate, &service)?;
    let title = format!("Stop {service}");
    let action = format!("/ops/{service}/stop");
    page.show(&title, &ConfirmStop { service, action, fields: page.blank() })
}

async fn stop(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    _form: Form,
) -> Answer {
    known(&estate, &service)?;
    page.execute(&Note { service: &service, act: "stopped" }).await?;
    estate.stop(&service).await?;
    page.to(format!("/ops/{service}"))
}

async fn start(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    _form: Form,
) -> Answer {
    known(&estate, &service)?;
    page.execute(&Note { service: &service, act: "started" }).await?;
    // An operator is to read why it does not start.
    let started = Box::pin(estate.start(&service)).await;
    started.map_err(|error| Error::refused("not_started", error.chain()))?;
    page.to(format!("/ops/{service}"))
}

async fn resume(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    form: Form,
) -> Answer {
    let open = estate.opened(&service)?;
    let feed = form.value("feed").unwrap_or_default();
    open.resume(&page.actor(), feed).await?;
    page.to(format!("/ops/{service}"))
}

async fn retry(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    form: Form,
) -> Answer {
    let what = named(&form, &service)?;
    let retried = parked::retry(&estate, &page.actor(), &what).await?;
    match retried.stopped {
        None => page.to(format!("/ops/{service}")),
        Some(why) => {
            let why = format!("{} messages took effect, then: {why}", retried.applied);
            Err(Error::refused("parked", why).into())
        }
    }
}

async fn give_up(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    form: Form,
) -> Answer {
    let what = named(&form, &service)?;
    still_first(&estate, &what, form.value("pos")).await?;
    let reason = form.value("reason").unwrap_or_default();
    parked::give_up(&estate, &page.actor(), &what, reason).await?;
    page.to(format!("/ops/{service}"))
}

fn named(form: &Form, service: &str) -> Result<What> {
    let what: What = form.value("what").unwrap_or_default().parse()?;
    if what.service == service { Ok(what) } else { Err(Error::not_found("parked key", what)) }
}

/// A double click must not give up the next message of the key too.
async fn still_first(estate: &Estate, what: &What, pos: Option<&str>) -> Result<()> {
    let named = what.to_string();
    let parked = parked::of_service(estate, &what.service).await?;
    let first = parked.iter().find(|one| one.what == named).map(|one| one.pos.to_string());
    if first.as_deref() == pos { Ok(()) } else { Err(Error::Conflict) }
}
