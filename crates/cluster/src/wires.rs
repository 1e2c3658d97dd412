//! The wires of an installation that was asked for with some: by which its processes reach each
//! other, the broker and PostgreSQL. Browsers, nginx and the harness go without them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::Outcome;
use crate::layout::{Kind, Place};
use crate::plan::{Plan, Shape};
use crate::wire::Wire;

/// A wire before each part that others reach by its address, by the part's name.
#[derive(Debug, Default)]
pub(crate) struct Wires(BTreeMap<String, Wire>);

impl Wires {
    /// Those of a plan; none when it asks for none.
    pub(crate) fn of(plan: &Plan, places: &[Place]) -> Outcome<Self> {
        let wanted = |place: &&Place| match place.kind {
            // At scale nobody asks another process: feeds come from the broker.
            Kind::Services { service: Some(_), .. } => plan.shape == Shape::Apart,
            Kind::Nats | Kind::Postgres => true,
            Kind::Services { .. } | Kind::Nginx => false,
        };
        let mut wires = BTreeMap::new();
        for place in places.iter().filter(|_| plan.wires).filter(wanted) {
            let seed = plan.seed.wrapping_add(u64::try_from(wires.len()).unwrap_or_default());
            wires.insert(place.name.clone(), Wire::before(place.port.address, seed)?);
        }
        Ok(Self(wires))
    }

    /// All, by the name of the part behind each.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Wire)> {
        self.0.iter().map(|(part, wire)| (part.as_str(), wire))
    }

    /// The one before a part.
    pub(crate) fn before(&self, part: &str) -> Option<&Wire> {
        self.0.get(part)
    }

    /// Where others reach a part.
    pub(crate) fn address(&self, place: &Place) -> SocketAddr {
        self.0.get(&place.name).map_or(place.port.address, Wire::address)
    }
}
