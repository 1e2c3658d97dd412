//! What an operator does on `/ops`: stop and start a service, resume a feed, retry and drop what is
//! parked. Each act takes place in the process that was asked and stands in its audit, with who did
//! it; where a service has replicas the address names the one that is meant.

use axum::extract::{Extension, Path, Query};
use chassis::ui::Confirm;
use chassis::{Answer, Command, Error, Form, Operator, Page, Result, Routes, Tx};
use messaging::parked::Parked;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::places::{self, At};
use super::words::{self, Wall};
use super::{House, known, rows};
use crate::house::Estate;
use crate::parked::{self, What};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/ops/{service}/stop", confirm_stop)
        .post("/ops/{service}/stop", stop)
        .post("/ops/{service}/start", start)
        .post("/ops/{service}/resume", resume)
        .post("/ops/{service}/retry", retry)
        .get("/ops/{service}/drop", confirm_drop)
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

/// `GET /ops/{service}/stop`: says what stopping means, and asks.
async fn confirm_stop(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
) -> Answer {
    known(&estate, &service)?;
    let replicated = places::replicas(&estate, &service) > 1;
    let says = if replicated {
        "Only this process stops: the proxy asks the other replicas, and if this one led, another \
         takes the work over. Nothing is lost."
    } else {
        "Its pages will say that they are away, and its work waits. Every other service goes on \
         with its own copies; nothing is lost, and it catches up when it is started."
    };
    let confirm = Confirm::new(format!("Stop {service}?"), at.path(&service, "/stop"))
        .says(says)
        .fact("Answers now", estate.prefixes(&service).join(", "));
    let confirm = if places::has_others(&estate) {
        confirm.fact("Where", places::here(&estate))
    } else {
        confirm
    };
    let confirm = confirm
        .act(format!("Stop {service}"))
        .crumb("/ops", "Operations")
        .crumb(at.path(&service, ""), service.as_str())
        .danger()
        .back(at.path(&service, ""));
    page.confirm(&confirm, &page.blank())
}

async fn stop(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
    _form: Form,
) -> Answer {
    known(&estate, &service)?;
    page.execute(&Note { service: &service, act: "stopped" }).await?;
    estate.stop(&service).await?;
    page.to(at.path(&service, ""))
}

async fn start(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
    form: Form,
) -> Answer {
    known(&estate, &service)?;
    page.execute(&Note { service: &service, act: "started" }).await?;
    // An operator is to read why it does not start.
    let started = Box::pin(estate.start(&service)).await;
    started.map_err(|error| Error::refused("not_started", error.chain()))?;
    page.to(back(&service, at, form.value("from")))
}

async fn resume(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
    form: Form,
) -> Answer {
    let open = estate.opened(&service)?;
    let feed = form.value("feed").unwrap_or_default();
    open.resume(&page.actor(), feed).await?;
    page.to(at.path(&service, ""))
}

async fn retry(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
    form: Form,
) -> Answer {
    let what = named(form.value("what"), &service)?;
    let retried = parked::retry(&estate, &page.actor(), &what).await?;
    match retried.stopped {
        None => page.to(back(&service, at, form.value("from"))),
        Some(why) => {
            let applied = i64::try_from(retried.applied).unwrap_or(i64::MAX);
            let why = format!("{} took effect, then: {why}", words::things(applied, "message"));
            Err(Error::refused("parked", why).into())
        }
    }
}

/// Which parked message is meant, and where its decision was asked for.
#[derive(Debug, Deserialize)]
struct Meant {
    what: String,
    pos: i64,
    from: Option<String>,
    replica: Option<usize>,
}

/// `GET /ops/{service}/drop`: what giving the message up means, and asks.
async fn confirm_drop(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(meant): Query<Meant>,
) -> Answer {
    let what = named(Some(&meant.what), &service)?;
    let (first, behind) = first_of(&estate, &what).await?;
    if first.pos != meant.pos {
        return Err(Error::Conflict.into());
    }
    let from = meant.from.as_deref();
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let fields = page.blank().with("what", &what).with("pos", first.pos);
    let fields = fields.with("from", from.unwrap_or_default());
    let asked = (At { replica: meant.replica }, from);
    page.confirm(&drop_confirm(&service, (&first, behind), asked, &wall), &fields)
}

fn drop_confirm(
    service: &str,
    (first, behind): (&Parked, usize),
    (at, from): (At, Option<&str>),
    wall: &Wall,
) -> Confirm {
    let behind = match i64::try_from(behind).unwrap_or(i64::MAX) {
        0 => "nothing".to_owned(),
        more => words::things(more, "message"),
    };
    Confirm::new(format!("Drop this message for {service}?"), at.path(service, "/drop"))
        .says(
            "The message stays in its feed, but it never takes effect here. What waits behind it \
             is tried next. This cannot be undone.",
        )
        .fact("Message", words::message(&first.r#type))
        .fact("Feed", format!("{}, position {}", first.feed, words::count(first.pos)))
        .fact("Consumer", format!("{service}, {}", first.consumer))
        .fact("Key", first.key.to_string())
        .fact("What went wrong", &first.reason)
        .fact("Tries", format!("{}, last at {}", first.attempts, wall.zoned(first.last_at)))
        .fact("Waits behind it", behind)
        .asks("reason", "Reason", "Why it may be given up; it stands in the audit.")
        .act("Drop it for good")
        .crumb("/ops", "Operations")
        .crumb(at.path(service, ""), service)
        .danger()
        .back(back(service, at, from))
}

async fn give_up(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(at): Query<At>,
    form: Form,
) -> Answer {
    let what = named(form.value("what"), &service)?;
    let (first, behind) = first_of(&estate, &what).await?;
    // A double click must not give up the next message of the key too.
    if form.value("pos") != Some(first.pos.to_string().as_str()) {
        return Err(Error::Conflict.into());
    }
    let (reason, from) = (form.value("reason").unwrap_or_default(), form.value("from"));
    match parked::give_up(&estate, &page.actor(), &what, reason).await {
        Ok(()) => page.to(back(&service, at, from)),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            let fields = fields.with("what", &what).with("pos", first.pos);
            let fields = fields.with("from", from.unwrap_or_default());
            let wall = Wall { zone: page.app().site().zone, now: page.now() };
            let confirm = drop_confirm(&service, (&first, behind), (at, from), &wall);
            page.confirm_as(status, &confirm, &fields)
        }
    }
}

/// The page on which something was decided.
fn back(service: &str, at: At, from: Option<&str>) -> String {
    if from == Some("overview") { "/ops".to_owned() } else { at.path(service, "") }
}

fn named(what: Option<&str>, service: &str) -> Result<What> {
    let what: What = what.unwrap_or_default().parse()?;
    if what.service == service { Ok(what) } else { Err(Error::not_found("parked key", what)) }
}

/// The first parked message of a key, and how many wait behind it.
///
/// # Errors
/// [`Error::Conflict`] when nothing of the key is parked any more.
async fn first_of(estate: &Estate, what: &What) -> Result<(Parked, usize)> {
    let parked = estate.opened(&what.service)?.db.parked().await?;
    let name = what.to_string();
    let same =
        parked.into_iter().filter(|one| rows::what_of(&what.service, one).to_string() == name);
    let mut same: Vec<Parked> = same.collect();
    if same.is_empty() {
        return Err(Error::Conflict);
    }
    let first = same.remove(0);
    Ok((first, same.len()))
}
