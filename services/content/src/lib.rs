//! Editorial: the pages of the site, its menu, and where old paths lead.
//!
//! Owns: pages, redirects, the arrangement of the menu; the home page and every path nobody else owns.
//!
//! Publishes: `PagePublished`, `PageUnpublished`, `MenuChanged`, `NavigationDeclared`.
//!
//! Consumes: nothing of its own; the readers' copies hold what its live blocks and the menu show.

mod site;
mod redirects;
mod menu;

use chassis::Migration;
use chassis::service::{Nav, Service};
use contracts::content::{MenuChanged, PagePublished, PageUnpublished};
use contracts::shared::Audience;

use site::starter::Prepare;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_pages", sql: include_str!("../migrations/0001_pages.sql") },
    Migration { name: "0002_known_paths", sql: include_str!("../migrations/0002_known_paths.sql") },
];

/// The service, described in one place.
#[must_use]
pub fn service() -> Service {
    Service::named("content")
        .paths(&["/"])
        .migrations(MIGRATIONS)
        .routes(|routes| {
            let routes = redirects::staff::routes(menu::staff::routes(routes));
            site::pages::routes(site::staff::routes(routes))
        })
        .navigation(&[
            Nav::public("/join", "Join", 10),
            Nav::public("/members", "For members", 50),
            Nav::public("/about", "About", 90),
            Nav::staff("/staff/content", "Pages", 170, "staff.content"),
        ])
        .knows_readers()
        .publishes::<PagePublished>()
        .publishes::<PageUnpublished>()
        .publishes::<MenuChanged>()
        .start(Prepare)
        .demo(site::demo::play)
}
