//! What visitors see of a service of which no process answers: files that nginx serves by itself,
//! a page and a problem each, once for who asked and once for who sent something.

use chassis::page::bare;
use chassis::{Result, Site};
use serde_json::json;

use crate::{ops, services};

/// What is added to the name of a page for whoever sent something.
pub(super) const SENT: &str = "-sent";

/// The files by name.
///
/// # Errors
/// Those of the templates.
pub(super) fn pages(site: &Site) -> Result<Vec<(String, String)>> {
    let services = services::all();
    let names = services.iter().map(chassis::Service::name).chain([ops::NAME]);
    let mut pages = Vec::new();
    for name in names {
        for sent in [false, true] {
            let (title, body) = ops::unanswered(name, sent);
            let again = (!sent).then_some(ops::AGAIN);
            let ending = if sent { SENT } else { "" };
            pages.push((
                format!("{name}{ending}.html"),
                bare(site, &services, &title, &body, again)?,
            ));
            pages.push((format!("{name}{ending}.json"), problem(name, sent)));
        }
    }
    Ok(pages)
}

/// An RFC 9457 problem, as a process says it; the reference is left out, for nobody gave one.
fn problem(name: &str, sent: bool) -> String {
    let unknown = if sent { "; whether what was sent took effect is not known" } else { "" };
    let problem = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": format!("this part of the website ({name}) is not available now{unknown}"),
        "code": "unavailable",
    });
    format!("{problem}\n")
}
