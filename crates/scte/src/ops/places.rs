//! Where the services of the website run, as far as this process knows: here, in a process of their
//! own, or in several.

use std::fmt::Display;

use chassis::{Page, page};
use serde::Deserialize;

use super::NAME;
use crate::house::Estate;
use crate::services;

/// Which replica of a service is meant, counted as `[peers]` names them; the proxy leads there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct At {
    pub(super) replica: Option<usize>,
}

impl At {
    /// A path of a service's operations, `below` being "" or `/stop`, at this replica.
    pub(super) fn path(self, service: &str, below: impl Display) -> String {
        let path = format!("/ops/{service}{below}");
        let more = if path.contains('?') { '&' } else { '?' };
        self.replica
            .map_or_else(|| path.clone(), |replica| format!("{path}{more}replica={replica}"))
    }
}

/// A process that is asked what it knows of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) service: String,
    pub(super) at: At,
}

impl Place {
    /// Its page.
    pub(super) fn path(&self) -> String {
        self.at.path(&self.service, "")
    }

    /// What it is called: `replica 2`, where there are several.
    pub(super) fn number(&self) -> Option<usize> {
        self.at.replica
    }

    /// What the overview takes from it.
    pub(super) fn card(&self) -> String {
        self.at.path(&self.service, "/card")
    }
}

/// How many processes of a service `[peers]` names.
pub(super) fn replicas(estate: &Estate, service: &str) -> usize {
    estate.config.own.peers.get(service).map_or(0, Vec::len)
}

/// All replicas of a service, where it has several.
pub(super) fn each(estate: &Estate, service: &str) -> Vec<Place> {
    let count = replicas(estate, service);
    let place = |replica| Place { service: service.to_owned(), at: At { replica: Some(replica) } };
    if count > 1 { (1..=count).map(place).collect() } else { Vec::new() }
}

/// Whether services of the website run in other processes.
pub(super) fn has_others(estate: &Estate) -> bool {
    services::names().into_iter().any(|name| !is_here(estate, name) || replicas(estate, name) > 1)
}

/// Whether this process has the service.
pub(super) fn is_here(estate: &Estate, service: &str) -> bool {
    estate.names().any(|name| name == service)
}

/// The processes to ask about a service; none where this process alone knows it.
pub(super) fn asked(estate: &Estate, service: &str) -> Vec<Place> {
    let each = each(estate, service);
    if !each.is_empty() || service == NAME || is_here(estate, service) {
        return each;
    }
    vec![Place { service: service.to_owned(), at: At::default() }]
}

/// Whether the browser asks this process past the website's own address: then no other process can
/// be asked from its pages, and what is sent ends here.
pub(super) fn is_direct<R: page::Role>(page: &Page<R>) -> bool {
    let origin = page.app().site().origin.as_str();
    let place = origin.split_once("://").map_or(origin, |(_, place)| place);
    page.header("host").is_some_and(|host| host != place)
}

/// This process among others: `process 4711, data in membership-2`.
pub(super) fn here(estate: &Estate) -> String {
    let data = estate.data.file_name().map_or_else(
        || estate.data.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    format!("process {}, data in {data}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_the_replica_that_is_meant() {
        let second = At { replica: Some(2) };
        assert_eq!(At::default().path("membership", "/stop"), "/ops/membership/stop");
        assert_eq!(second.path("membership", "/stop"), "/ops/membership/stop?replica=2");
        assert_eq!(
            second.path("membership", "/drop?what=a"),
            "/ops/membership/drop?what=a&replica=2"
        );
    }
}
