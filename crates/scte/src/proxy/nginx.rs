//! Which path leads to which processes: the same list that a process dispatches by, as a stock
//! nginx reads it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use askama::Template;
use chassis::assets::KEEP;
use chassis::http::outer::HEADERS;
use messaging::{Error, Result};
use url::Url;

use super::away::SENT;
use super::claims;
use crate::config::{Config, wrong};
use crate::ops;
use crate::services::{PROBLEMS, below};

/// Where it listens when neither the command line nor the origin says it.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8300);

/// What the processes answer alike, below the prefixes of the services; assets, operations and the
/// hidden feeds have rules of their own.
const RESERVED: [&str; 3] = ["/staff", "/api", "/-"];

/// Whom the workers run as where the master is root's, on Debian.
const USER: &str = "www-data";

#[derive(Template)]
#[template(path = "proxy/nginx.conf", escape = "none")]
struct File {
    listen: SocketAddr,
    /// Whom the workers run as; nothing where the master may not choose.
    user: Option<&'static str>,
    version: &'static str,
    /// All processes, each once.
    any: Vec<String>,
    /// What is no service's and never falls through to one.
    reserved: Vec<Location>,
    services: Vec<OneService>,
    headers: [(&'static str, &'static str); 6],
    keep: &'static str,
    sent: &'static str,
    again: u32,
    /// The largest body, in MiB.
    most: usize,
}

/// A service as the proxy knows it.
struct OneService {
    name: &'static str,
    /// Host and port of each of its processes.
    servers: Vec<String>,
    locations: Vec<Location>,
}

/// A prefix, and what is answered below it when nobody is there.
struct Location {
    prefix: String,
    /// `.json` where only programs ask, else as the visitor wants it.
    kind: &'static str,
}

impl OneService {
    /// Whether it has processes to choose from.
    fn is_replicated(&self) -> bool {
        self.servers.len() > 1
    }
}

/// The file's text.
///
/// # Errors
/// `configuration`.
pub(super) fn text(
    config: &Config,
    listen: SocketAddr,
    user: Option<&'static str>,
) -> Result<String> {
    let mut services = Vec::new();
    for (name, prefixes) in claims() {
        let servers = servers(config, name)?;
        services.push(OneService { name, servers, locations: locations(&prefixes) });
    }
    let any: BTreeSet<_> = services.iter().flat_map(|one| one.servers.clone()).collect();
    let file = File {
        listen,
        user,
        version: env!("CARGO_PKG_VERSION"),
        any: any.into_iter().collect(),
        reserved: locations(&RESERVED.map(str::to_owned)),
        services,
        headers: HEADERS,
        keep: KEEP,
        sent: SENT,
        again: ops::AGAIN,
        // The rest of a form stands around the file in it.
        most: chassis::files::MOST_BYTES.div_ceil(1024 * 1024) + 2,
    };
    file.render().map_err(Error::internal)
}

/// Host and port of the processes of a service.
fn servers(config: &Config, name: &str) -> Result<Vec<String>> {
    let places = config.own.peers.get(name).filter(|places| !places.is_empty());
    let Some(places) = places else {
        let why = format!("peers.{name}: where it answers, as `{name} = [\"http://HOST:PORT\"]`");
        return Err(wrong(why));
    };
    let server = |place: &String| {
        let url: Url = place.parse().map_err(wrong)?;
        let port = url.port_or_known_default();
        match (url.scheme(), url.host_str(), port) {
            ("http", Some(host), Some(port)) => Ok(format!("{host}:{port}")),
            _ => Err(wrong(format!(
                "peers.{name}: `{place}`: the proxy asks over http; for https put a tunnel between"
            ))),
        }
    };
    places.iter().map(server).collect()
}

/// The prefixes of a service, and what lies below them and is answered in another way.
fn locations(prefixes: &[String]) -> Vec<Location> {
    let machines = PROBLEMS.iter().map(ToString::to_string).filter(|machines| {
        prefixes.iter().any(|prefix| prefix != "/" && prefix != machines && below(machines, prefix))
    });
    let all = prefixes.iter().cloned().chain(machines);
    let location = |prefix: String| {
        let machines = PROBLEMS.iter().any(|machines| below(&prefix, machines));
        Location { kind: if machines { ".json" } else { "$scte_kind" }, prefix }
    };
    all.map(location).collect()
}

/// Where it listens by itself: where browsers look for it, when that is an address.
pub(super) fn listen(origin: &str) -> SocketAddr {
    origin.strip_prefix("http://").and_then(|place| place.parse().ok()).unwrap_or(LISTEN)
}

/// Whom the workers are to run as. Only root's master may choose: Debian's user for web servers,
/// or root itself where nobody else gets to the folder.
pub(super) fn user(folder: &Path) -> Option<&'static str> {
    let owner = fs::metadata(folder).ok()?.uid();
    let open = folder.ancestors().all(|one| {
        fs::metadata(one).is_ok_and(|known| known.permissions().mode() & 0o001 == 0o001)
    });
    match (owner, open) {
        (0, true) => Some(USER),
        (0, false) => Some("root"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_listens_where_browsers_look() {
        assert_eq!(listen("http://127.0.0.1:9").port(), 9);
        for elsewhere in ["https://www.scte.example", "http://scte.example", ""] {
            assert_eq!(listen(elsewhere), LISTEN);
        }
    }

    #[test]
    fn a_service_without_a_place_is_named() {
        let mut config = Config::default();
        let error = text(&config, LISTEN, None).unwrap_err().to_string();
        assert!(error.contains("peers.identity"), "{error}");
        config.own.peers.insert("identity".to_owned(), vec!["https://127.0.0.1:1".to_owned()]);
        let error = text(&config, LISTEN, None).unwrap_err().to_string();
        assert!(error.contains("over http"), "{error}");
    }

    #[test]
    fn every_reserved_path_has_a_rule() {
        let own = ["/assets", "/ops", "/feeds"];
        let mut known: Vec<_> = RESERVED.into_iter().chain(own).collect();
        let mut all = crate::services::RESERVED.to_vec();
        known.sort_unstable();
        all.sort_unstable();
        assert_eq!(known, all);
    }

    #[test]
    fn only_programs_get_problems_whatever_they_say() {
        let prefixes = ["/checkout", "/billing", "/staff/commerce", "/api/commerce"];
        let found = locations(&prefixes.map(str::to_owned));
        let kinds: Vec<_> = found.iter().map(|one| (one.prefix.as_str(), one.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("/checkout", "$scte_kind"),
                ("/billing", "$scte_kind"),
                ("/staff/commerce", "$scte_kind"),
                ("/api/commerce", ".json"),
                ("/checkout/hooks", ".json"),
            ]
        );
    }
}
