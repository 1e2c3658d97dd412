//! Editorial: the pages of the site, its menu, and where old paths lead.
//!
//! Owns: pages, redirects, the arrangement of the menu; the home page and every path nobody else owns.
//!
//! Publishes: `PagePublished`, `PageUnpublished`, `MenuChanged`, `NavigationDeclared`.
//!
//! Consumes: nothing of its own; the readers' copies hold what its live blocks and the menu show.

mod site;
mod news;
mod search;
mod redirects;
mod menu;

use chassis::Migration;
use chassis::service::{Nav, Service};
use contracts::content::{MenuChanged, PagePublished, PageUnpublished};

use redirects::commands::Identify;
use site::commands::RenderAgain;
use site::starter::Prepare;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_pages", sql: include_str!("../migrations/0001_pages.sql") },
    Migration { name: "0002_known_paths", sql: include_str!("../migrations/0002_known_paths.sql") },
    Migration { name: "0003_articles", sql: include_str!("../migrations/0003_articles.sql") },
    Migration {
        name: "0004_redirect_ids",
        sql: include_str!("../migrations/0004_redirect_ids.sql"),
    },
];

/// The service, described in one place.
#[must_use]
pub fn service() -> Service {
    Service::named("content")
        .paths(&["/"])
        .migrations(MIGRATIONS)
        .routes(|routes| {
            let routes = redirects::staff::routes(menu::staff::routes(routes));
            let routes = search::pages::routes(news::pages::routes(routes));
            site::pages::routes(site::staff::routes(routes))
        })
        .navigation(&[
            Nav::public("/join", "Membership", 10),
            Nav::public("/members", "For members", 50),
            Nav::public("/news", "News", 60),
            Nav::public("/about", "About", 90),
            Nav::public("/about/standards", "How standards are made", 1010),
            Nav::public("/about/certification", "Certification", 1020),
            Nav::public("/accessibility", "Accessibility", 1080),
            Nav::public("/privacy", "Privacy", 1090),
            Nav::staff("/staff/content", "Pages", 170, "staff.content"),
        ])
        .knows_readers()
        .publishes::<PagePublished>()
        .publishes::<PageUnpublished>()
        .publishes::<MenuChanged>()
        .start(Prepare)
        .start(RenderAgain)
        .start(Identify)
        .demo(site::demo::play)
}
