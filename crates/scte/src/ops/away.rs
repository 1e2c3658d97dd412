//! What a visitor sees where a service is stopped: what is away, what works, and that the page goes
//! on by itself.

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use chassis::ui::{Markup, Tone, state};
use chassis::{Answer, Anyone, Error, Page, Routes};
use chrono::TimeDelta;
use uuid::Uuid;

use super::words::{self, Wall};
use super::{House, NAME, tables};
use crate::house::Estate;

/// After how many seconds it is worth trying again.
const AGAIN: u32 = 5;

/// Put into a request that was meant for a service which is away; by the dispatch only.
#[derive(Debug, Clone)]
pub(crate) struct Away {
    /// The path that was asked for, with its query.
    pub(crate) asked: String,
    /// Whether something was sent, which is not sent again by itself.
    pub(crate) sent: bool,
}

/// The path that answers for a service which is away, as a page or as a problem.
pub(crate) fn away_path(service: &str, problem: bool) -> String {
    let start = if problem { "/api/ops/away" } else { "/ops/-/away" };
    format!("{start}/{service}")
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/-/away/{service}", away).get("/api/ops/away/{service}", problem)
}

/// A part of the website as visitors know it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    name: String,
    verb: &'static str,
    /// What has to wait while it is away.
    waits: &'static str,
}

/// Services as visitors know them; a new one goes by its own name until it stands here.
const PARTS: [(&str, &str, &str, &str); 5] = [
    (
        "identity",
        "Sign-in and accounts",
        "are",
        "Whoever is signed in stays signed in. Nobody new can sign in or register for the moment.",
    ),
    (
        "membership",
        "Membership",
        "is",
        "Nobody can join or look at a membership for the moment. What was paid counts.",
    ),
    (
        "commerce",
        "Payment",
        "is",
        "Nothing can be paid for the moment. What was paid is safe, and what was kept for you stays.",
    ),
    (
        "outreach",
        "The mailbox",
        "is",
        "Messages cannot be read here for the moment, and mails leave a little later.",
    ),
    (
        "content",
        "News and pages",
        "are",
        "Articles and pages cannot be read for the moment. Your account goes on.",
    ),
];

impl Part {
    fn of(service: &str) -> Self {
        let known = PARTS.iter().find(|(name, ..)| *name == service);
        if let Some((_, name, verb, waits)) = known {
            return Self { name: (*name).to_owned(), verb, waits };
        }
        let mut letters = service.chars();
        let first = letters.next().map(char::to_uppercase);
        let name = first.into_iter().flatten().chain(letters).collect();
        Self { name, verb: "is", waits: "Everything else goes on." }
    }
}

#[derive(Template)]
#[template(path = "ops/away.html")]
struct AwayHtml {
    part: Part,
    sent: bool,
    asked: String,
    /// Since when, and for how long.
    since: Option<(String, String)>,
    /// The parts of the website, and whether they answer.
    parts: Vec<Markup>,
    /// Whether the home page can be shown.
    home: bool,
    correlation: Uuid,
}

/// The page that a service is away, 503 with `Retry-After`; not there for whoever asks for it by
/// name.
async fn away(
    page: Page<Anyone>,
    Path(service): Path<String>,
    away: Option<Extension<Away>>,
    estate: Option<House>,
) -> Answer {
    let (Some(Extension(away)), Some(Extension(estate))) = (away, estate) else {
        return Err(Error::not_found("page", service).into());
    };
    let accepts = page.header("accept").unwrap_or_default();
    if accepts.contains("application/json") && !accepts.contains("text/html") {
        return Err(unavailable(&service).into());
    }
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let stopped = tables::stopped_at(page.app().db(), &service).await.unwrap_or_default();
    let since = stopped.map(|at| {
        let long = (wall.now - at).max(TimeDelta::seconds(1));
        (wall.zoned(at), words::long(long))
    });
    let part = Part::of(&service);
    let title = format!("{} {} away for a moment", part.name, part.verb);
    let body = AwayHtml {
        part,
        sent: away.sent,
        asked: away.asked,
        since,
        parts: parts(&estate),
        home: estate.open("content").is_some(),
        correlation: page.correlation(),
    };
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut answer = if body.sent {
        page.show_as(status, &title, &body)?
    } else {
        page.show_again(status, AGAIN, &title, &body)?
    };
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(AGAIN));
    Ok(answer)
}

/// The same for programs.
async fn problem(
    _page: Page<Anyone>,
    Path(service): Path<String>,
    away: Option<Extension<Away>>,
) -> Answer {
    match away {
        Some(_) => Err(unavailable(&service).into()),
        None => Err(Error::not_found("page", service).into()),
    }
}

fn unavailable(service: &str) -> Error {
    Error::unavailable(format!("this part of the website ({service})"))
}

fn parts(estate: &Estate) -> Vec<Markup> {
    let services = estate.names().filter(|name| *name != NAME);
    let part = |service: &str| {
        let name = Part::of(service).name;
        match estate.open(service) {
            Some(_) => state(Tone::Ok, &name),
            None => state(Tone::Bad, &format!("{name}, away")),
        }
    };
    services.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_that_visitors_know_has_a_name_of_its_own() {
        for service in crate::services::names() {
            assert!(
                PARTS.iter().any(|(name, ..)| *name == service),
                "say what {service} is called"
            );
        }
        assert_eq!(Part::of("awards").name, "Awards");
    }
}
