//! What a visitor sees where a service does not answer: stopped here, run by another process, or
//! gone with its processes (the page that the proxy keeps in a file). The page goes on by itself.

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::IntoResponse as _;
use chassis::ui::{Markup, Tone, state};
use chassis::{Answer, Anyone, Error, Page, Routes};
use chrono::TimeDelta;
use uuid::Uuid;

use super::words::{self, Wall};
use super::{House, NAME, tables};
use crate::house::Estate;

/// After how many seconds it is worth trying again.
pub(crate) const AGAIN: u32 = 5;

/// The service whose pages the home page is one of.
const HOME: &str = "content";

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
const PARTS: [(&str, &str, &str, &str); 6] = [
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
    (NAME, "Operations", "are", "Nobody can look after the website from here for the moment."),
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

/// What became of what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Nothing was sent: it may be asked again.
    Nothing,
    /// What was sent was not taken in.
    Refused,
    /// Nobody knows whether it was taken in.
    Unknown,
}

#[derive(Template)]
#[template(path = "ops/away.html")]
struct AwayHtml {
    part: Part,
    sent: Sent,
    /// Where it is tried again; empty is the page itself.
    asked: String,
    /// Since when, and for how long.
    since: Option<(String, String)>,
    /// The parts of the website that this process knows of, and whether they answer.
    parts: Vec<Markup>,
    /// Whether others answer elsewhere, each for itself.
    others: bool,
    /// Whether the home page may be there.
    home: bool,
    correlation: Option<Uuid>,
}

impl AwayHtml {
    fn title(&self) -> String {
        format!("{} {} away for a moment", self.part.name, self.part.verb)
    }
}

/// Title and body of the page for a service of which no process answers, for a proxy to keep.
pub(crate) fn unanswered(service: &str, sent: bool) -> (String, impl Template) {
    let body = AwayHtml {
        part: Part::of(service),
        sent: if sent { Sent::Unknown } else { Sent::Nothing },
        asked: String::new(),
        since: None,
        parts: Vec::new(),
        others: true,
        home: service != HOME,
        correlation: None,
    };
    (body.title(), body)
}

#[derive(Template)]
#[template(path = "ops/elsewhere.html")]
struct ElsewhereHtml {
    name: String,
    verb: &'static str,
    /// Where browsers are to look for it.
    asked: String,
    correlation: Uuid,
}

/// The page that a service is away, 503 with `Retry-After`, or that another process has it, 421;
/// not there for whoever asks for it by name.
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
    let program = accepts.contains("application/json") && !accepts.contains("text/html");
    if !is_here(&estate, &service) {
        return elsewhere(&page, &estate, &service, &away, program);
    }
    if program {
        return Err(unavailable(&service).into());
    }
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let stopped = tables::stopped_at(page.app().db(), &service).await.unwrap_or_default();
    let since = stopped.map(|at| {
        let long = (wall.now - at).max(TimeDelta::seconds(1));
        (wall.zoned(at), words::long(long))
    });
    let body = AwayHtml {
        part: Part::of(&service),
        sent: if away.sent { Sent::Refused } else { Sent::Nothing },
        asked: away.asked,
        since,
        parts: parts(&estate),
        others: super::places::has_others(&estate),
        home: !is_here(&estate, HOME) || estate.open(HOME).is_some(),
        correlation: Some(page.correlation()),
    };
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut answer = if away.sent {
        page.show_as(status, &body.title(), &body)?
    } else {
        page.show_again(status, AGAIN, &body.title(), &body)?
    };
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(AGAIN));
    Ok(answer)
}

/// The same for programs.
async fn problem(
    page: Page<Anyone>,
    Path(service): Path<String>,
    away: Option<Extension<Away>>,
    estate: Option<House>,
) -> Answer {
    match (away, estate) {
        (Some(Extension(away)), Some(Extension(estate))) if !is_here(&estate, &service) => {
            elsewhere(&page, &estate, &service, &away, true)
        }
        (Some(_), _) => Err(unavailable(&service).into()),
        _ => Err(Error::not_found("page", service).into()),
    }
}

/// Another process has the service: whoever came here came past the website's own address.
fn elsewhere(
    page: &Page<Anyone>,
    estate: &Estate,
    service: &str,
    away: &Away,
    program: bool,
) -> Answer {
    let status = StatusCode::MISDIRECTED_REQUEST;
    let asked = format!("{}{}", estate.house.site.origin, away.asked);
    if program {
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": "Misdirected Request",
            "status": status.as_u16(),
            "detail": format!("{service} is answered by another process: ask {asked}"),
            "code": "elsewhere",
            "correlation": page.correlation().to_string(),
        });
        let kind = [(CONTENT_TYPE, "application/problem+json")];
        return Ok((status, kind, problem.to_string()).into_response());
    }
    let Part { name, verb, .. } = Part::of(service);
    let body = ElsewhereHtml { name, verb, asked, correlation: page.correlation() };
    page.show_as(status, "Answered by another process", &body)
}

fn is_here(estate: &Estate, service: &str) -> bool {
    estate.names().any(|name| name == service)
}

fn unavailable(service: &str) -> Error {
    Error::unavailable(format!("this part of the website ({service})"))
}

/// The parts of the website that this process has.
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
