//! The services of the website: the only list of them, and the paths they may not claim.

use chassis::{Result, Service};

use crate::config::wrong;

/// Every service, each described in its own crate.
pub(crate) fn all() -> Vec<Service> {
    vec![
        identity::service(),
        membership::service(),
        commerce::service(),
        outreach::service(),
        content::service(),
    ]
}

/// Their names, in the same order.
pub(crate) fn names() -> Vec<&'static str> {
    all().iter().map(Service::name).collect()
}

/// Those of these names, each once, in the order of the list.
///
/// # Errors
/// `configuration` when there is no such service.
pub(crate) fn chosen(wanted: &[String]) -> Result<Vec<&'static str>> {
    let known = names();
    if let Some(nobody) = wanted.iter().find(|name| !known.contains(&name.as_str())) {
        let why = format!("there is no service `{nobody}`; there are {}", known.join(", "));
        return Err(wrong(why));
    }
    Ok(known.into_iter().filter(|name| wanted.iter().any(|one| one == name)).collect())
}

/// What the process answers itself, and what it hands out by service: no service may claim it.
pub(crate) const RESERVED: [&str; 6] = ["/assets", "/ops", "/feeds", "/staff", "/api", "/-"];

/// Where only programs ask: what goes wrong is said as a problem (RFC 9457), not as a page.
pub(crate) const PROBLEMS: [&str; 2] = ["/api", "/checkout/hooks"];

/// Whether `path` is `prefix` or lies below it.
pub(crate) fn below(path: &str, prefix: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

/// What is wrong with the paths that services claim.
#[cfg(test)]
fn faults(claims: &[(&str, &[&str])]) -> Vec<String> {
    let mut faults = Vec::new();
    let all: Vec<(&str, &str)> = claims
        .iter()
        .flat_map(|(name, paths)| paths.iter().map(move |path| (*name, *path)))
        .collect();
    for (at, (service, path)) in all.iter().enumerate() {
        let shaped = path.starts_with('/') && (*path == "/" || !path.ends_with('/'));
        if !shaped {
            faults.push(format!(
                "{service}: `{path}` is to begin with a slash and not to end with one"
            ));
        }
        for reserved in RESERVED.iter().filter(|reserved| below(path, reserved)) {
            faults.push(format!("{service}: `{path}` is reserved by `{reserved}`"));
        }
        for (other, theirs) in all[at + 1..].iter().filter(|(other, _)| other != service) {
            let apart = *path == "/" || *theirs == "/";
            if path == theirs || !apart && (below(path, theirs) || below(theirs, path)) {
                faults.push(format!("{service} and {other} both claim `{path}` or `{theirs}`"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_services_claim_a_path() {
        let services = all();
        let claims: Vec<(&str, Vec<String>)> = services
            .iter()
            .map(|service| (service.name(), service.prefixes()))
            .map(|(name, prefixes)| {
                // Staff pages, API and plumbing bear the service's own name.
                let own = |path: &String| {
                    !path.ends_with(&format!("/{name}")) || path.matches('/').count() == 1
                };
                (name, prefixes.into_iter().filter(own).collect())
            })
            .collect();
        let claims: Vec<(&str, Vec<&str>)> = claims
            .iter()
            .map(|(name, paths)| (*name, paths.iter().map(String::as_str).collect()))
            .collect();
        let claims: Vec<(&str, &[&str])> =
            claims.iter().map(|(name, paths)| (*name, paths.as_slice())).collect();

        assert_eq!(faults(&claims), Vec::<String>::new());
    }

    #[test]
    fn the_rules_bite() {
        let said = |claims: &[(&str, &[&str])]| faults(claims).join("; ");
        assert_eq!(said(&[("content", &["/"]), ("a", &["/a", "/ab"]), ("b", &["/b"])]), "");
        assert!(said(&[("a", &["/x"]), ("b", &["/x"])]).contains("both claim"));
        assert!(said(&[("a", &["/x"]), ("b", &["/x/y"])]).contains("both claim"));
        assert!(said(&[("a", &["/"]), ("b", &["/"])]).contains("both claim"));
        for reserved in ["/ops", "/ops/x", "/assets", "/-/health", "/feeds/a", "/staff", "/api/b"] {
            assert!(said(&[("a", &[reserved])]).contains("reserved"), "{reserved}");
        }
        assert!(
            said(&[("a", &["x"])]).contains("slash") && said(&[("a", &["/x/"])]).contains("slash")
        );
    }

    #[test]
    fn the_list_is_the_one_the_contracts_know() {
        let mut known = contracts::catalogue::SERVICES.to_vec();
        let mut listed = names();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, known);
    }
}
