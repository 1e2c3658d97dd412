//! Membership: who the society knows, who is a member, of which chapters, until when.
//!
//! Owns: people, kinds of membership, chapters, applications, terms, companies and their seats,
//! invitations, and the staff tasks they lead to.
//!
//! Publishes: `PersonCreated`, `PersonUpdated`, `PersonIntroduced`, `TypePublished`,
//! `ChapterPublished`, `ApplicationSubmitted`, `ApplicationEnded`, `TermStarted`, `ChapterJoined`,
//! `CompanyPublished`, `CompanyTermStarted`, `CompanyTermEnded`, `SeatOffered`, `SeatAssigned`,
//! `SeatReleased`,
//! `ChargeRequested`, `ChargeWithdrawn`, `RefundRequested`, `InvitationRequested`,
//! `InvitationWithdrawn`, `NavigationDeclared`.
//!
//! Consumes: `AccountVerified`, `ChargeOpened`, `ChargePaid`, `ChargeExpired`, `ChargeRefused`,
//! `ChargeRefunded`, `InvitationAccepted`.

mod people;
mod types;
mod chapters;
mod terms;
mod applications;
mod tasks;
mod invitations;
mod companies;
mod seats;
mod words;
mod desk;
mod demo;
mod races;

use chassis::service::{Nav, Service};
use chassis::{Migration, Routes};
use contracts::membership::{
    ApplicationEnded, ApplicationSubmitted, ChapterJoined, ChapterPublished, CompanyPublished,
    CompanyTermEnded, CompanyTermStarted, PersonCreated, PersonUpdated, SeatAssigned, SeatOffered,
    SeatReleased, TermStarted, TypePublished,
};
use contracts::shared::{
    ChargeRequested, ChargeWithdrawn, InvitationRequested, InvitationWithdrawn, PersonIntroduced,
    RefundRequested,
};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_members", sql: include_str!("../migrations/0001_members.sql") },
    Migration {
        name: "0002_people_by_number",
        sql: include_str!("../migrations/0002_people_by_number.sql"),
    },
    Migration { name: "0003_invitations", sql: include_str!("../migrations/0003_invitations.sql") },
    Migration { name: "0004_companies", sql: include_str!("../migrations/0004_companies.sql") },
];

const NAVIGATION: &[Nav] = &[
    Nav::personal("/membership", "My membership", 20),
    Nav::public("/membership/chapters", "Chapters", 40),
    Nav::staff("/staff/membership", "Members", 100, "staff.membership").badged(),
];

/// All that membership is.
#[must_use]
pub fn service() -> Service {
    Service::named("membership")
        .paths(&["/membership", "/companies"])
        .migrations(MIGRATIONS)
        .routes(routes)
        .navigation(NAVIGATION)
        .knows_readers()
        .publishes::<PersonCreated>()
        .publishes::<PersonUpdated>()
        .publishes::<PersonIntroduced>()
        .publishes::<TypePublished>()
        .publishes::<ChapterPublished>()
        .publishes::<ApplicationSubmitted>()
        .publishes::<ApplicationEnded>()
        .publishes::<TermStarted>()
        .publishes::<ChapterJoined>()
        .publishes::<CompanyPublished>()
        .publishes::<CompanyTermStarted>()
        .publishes::<CompanyTermEnded>()
        .publishes::<SeatOffered>()
        .publishes::<SeatAssigned>()
        .publishes::<SeatReleased>()
        .publishes::<ChargeRequested>()
        .publishes::<ChargeWithdrawn>()
        .publishes::<RefundRequested>()
        .publishes::<InvitationRequested>()
        .publishes::<InvitationWithdrawn>()
        .reacts(people::consumers::KnowAccountHolder)
        .reacts(applications::consumers::OpenOnCharge)
        .reacts(applications::consumers::StartOnPayment)
        .reacts(applications::consumers::EndOnRefusal)
        .reacts(applications::consumers::EndOnExpiry)
        .reacts(applications::consumers::NoteRefund)
        .reacts(invitations::consumers::NoteAccepted)
        .reacts(seats::consumers::TakeSeat)
        .reacts(seats::consumers::TakeRole)
        .timer(applications::jobs::ExpireHold)
        .demo(demo::play)
}

fn routes(routes: Routes) -> Routes {
    let routes = terms::pages::routes(routes);
    let routes = terms::api::routes(routes);
    let routes = applications::pages::routes(routes);
    let routes = people::pages::routes(routes);
    let routes = chapters::pages::routes(routes);
    let routes = seats::pages::routes(routes);
    let routes = seats::api::routes(routes);
    let routes = companies::staff::routes(routes);
    let routes = people::staff::routes(routes);
    let routes = invitations::staff::routes(routes);
    let routes = types::staff::routes(routes);
    let routes = chapters::staff::routes(routes);
    tasks::staff::routes(routes)
}
