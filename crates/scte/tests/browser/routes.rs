//! The route table, as the binary tells it.

use std::process::Command;

/// The routes that are read, as they are written: `/billing/receipts/{order}`.
pub(crate) struct Routes(Vec<String>);

impl Routes {
    /// As `scte routes` prints them.
    pub(crate) fn told() -> Self {
        let told = Command::new(env!("CARGO_BIN_EXE_scte")).arg("routes").output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let read = told.lines().filter_map(|line| line.strip_prefix("GET\t"));
        Self::of_paths(read.filter_map(|line| line.split('\t').next()))
    }

    fn of_paths<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let mut paths: Vec<_> = paths.map(str::to_owned).collect();
        // Of two that fit, the one with fewer parameters is meant.
        paths.sort_by_key(|path| (path.contains("{*"), path.matches('{').count()));
        Self(paths)
    }

    /// The route that answers a path.
    pub(crate) fn of(&self, path: &str) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|route| fits(route, path))
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether a path could be one of a route.
pub(crate) fn fits(route: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(word)) if part.starts_with('{') && !word.is_empty() => {}
            (Some(part), Some(word)) if part == word => {}
            _ => return false,
        }
    }
}

#[test]
fn a_path_is_of_the_route_that_names_most_of_it() {
    let routes = ["/{*path}", "/", "/staff/x/{id}", "/staff/x/new", "/staff/x"];
    let routes = Routes::of_paths(routes.into_iter());

    assert_eq!(routes.of("/"), Some("/"));
    assert_eq!(routes.of("/about/us?a=b"), Some("/{*path}"));
    assert_eq!(routes.of("/staff/x?q=1"), Some("/staff/x"));
    assert_eq!(routes.of("/staff/x/new"), Some("/staff/x/new"));
    assert_eq!(routes.of("/staff/x/7#top"), Some("/staff/x/{id}"));
}
