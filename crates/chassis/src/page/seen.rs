//! What a reader just did at other services: the next page waits a moment for its copy of it.
//!
//! The cookie is plain; whoever changes it makes their own pages wait for 300 ms, no more.

use axum::http::HeaderMap;
use messaging::{Db, Position, Result};

use super::who::PATIENCE;
use crate::app::Site;
use crate::http::cookie_of;

/// `scte_seen=commerce:<epoch>.<position>`, several with `|` between them.
pub(super) const COOKIE: &str = "scte_seen";
/// The most positions remembered.
const MOST: usize = 4;

/// Services and the last position of each that this browser brought about, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct SeenPositions(Vec<(String, Position)>);

impl SeenPositions {
    pub(super) fn of(headers: &HeaderMap, site: &Site) -> Self {
        cookie_of(headers, &site.cookie_name(COOKIE))
            .map_or_else(Self::default, |text| Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let one = |text: &str| {
            let (service, position) = text.split_once(':')?;
            Some((service.to_owned(), position.parse().ok()?))
        };
        Self(text.split('|').take(MOST).filter_map(one).collect())
    }

    /// The cookie's value with one more position in it.
    pub(super) fn with(&self, service: &str, position: &Position) -> String {
        let others = self.0.iter().filter(|(other, _)| other != service).take(MOST - 1);
        let others = others.map(|(other, at)| format!("|{other}:{at}"));
        format!("{service}:{position}{}", others.collect::<String>())
    }
}

/// Waits until this service has taken in what the reader did; says whether it has.
pub(super) async fn caught_up(db: &Db, seen: &SeenPositions) -> Result<bool> {
    if seen.0.is_empty() {
        return Ok(true);
    }
    let mut behind = Vec::new();
    for (service, position) in &seen.0 {
        // Another replica may have committed it: what is remembered here must know of that too.
        if service == db.service() && !db.head_reached(position.pos, PATIENCE).await {
            return Ok(false);
        }
        // A feed that is not read here is nothing to wait for.
        if !db.cursor_reached(service, position).await? {
            behind.push(db.reached(service, position.pos, PATIENCE));
        }
    }
    Ok(futures::future::join_all(behind).await.into_iter().all(|reached| reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pos: i64) -> Position {
        Position { epoch: "ab12".to_owned(), pos }
    }

    #[test]
    fn the_newest_position_of_a_service_replaces_the_older() {
        let seen = SeenPositions::read("commerce:ab12.7|identity:ab12.3");
        assert_eq!(seen.with("identity", &at(9)), "identity:ab12.9|commerce:ab12.7");
    }

    #[test]
    fn four_are_remembered_and_nonsense_is_not() {
        let seen = SeenPositions::read("a:e.1|b:e.2|c:e.3|d:e.4|f:e.5");
        assert_eq!(seen.0.len(), 4);
        assert_eq!(seen.with("x", &at(1)), "x:ab12.1|a:e.1|b:e.2|c:e.3");
        assert_eq!(SeenPositions::read("a|b:|c:x|:|d:e.x"), SeenPositions::default());
    }
}
