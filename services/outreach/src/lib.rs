//! Communications: the notices that the society writes by itself.
//!
//! Owns: notices and their templates, deliveries, preferences.
//!
//! Publishes: `MessageSent`, `MessageFailed`, `NavigationDeclared`.
//!
//! Consumes: `AccountRegistered`, `AccountVerified`, `PasswordChanged`, `SignedOutEverywhere`, `AccountLocked`,
//! `AccountUnlocked`, `AccountRemoved`, `CodeIssued`, `EmailChanged`, `LinkIssued`, `SecurityAlerted`, `PersonCreated`, `PersonUpdated`, `ChapterPublished`,
//! `TermStarted`, `ApplicationEnded`, `OrderPaid`, `PaymentFailed`, `ChargeRefunded`.

mod settings;
mod people;
mod deliveries;

use chassis::Migration;
use chassis::service::{Nav, Service};
use contracts::identity::{
    AccountLocked, AccountRegistered, AccountUnlocked, AccountVerified, CodeIssued, EmailChanged,
    PasswordChanged, SignedOutEverywhere,
};
use contracts::membership::{PersonCreated, PersonUpdated};
use contracts::outreach::{MessageFailed, MessageSent};

use deliveries::consumers::{
    CompleteOnAddress, CompleteOnChapter, SayAddressChanged, SayApplicationExpired, SayDeclined,
    SayRefunded, SendCode, SendLink, SendReceipt, WarnOfPassword, WarnOfSecurity, WelcomeMember,
};
use deliveries::jobs::ForgetCode;
use deliveries::remote::SendMail;
use deliveries::{pages, staff};
use people::consumers::{ForgetAccount, RememberAccount, RememberPerson};

/// The service, described in one place.
#[must_use]
pub fn service() -> Service {
    Service::named("outreach")
        .paths(&["/notifications"])
        .migrations(&[
            Migration {
                name: "0001_deliveries",
                sql: include_str!("../migrations/0001_deliveries.sql"),
            },
            Migration {
                name: "0002_log_filters",
                sql: include_str!("../migrations/0002_log_filters.sql"),
            },
        ])
        .settings::<settings::Settings>()
        .routes(|routes| staff::routes(pages::routes(routes)))
        .navigation(&[
            Nav::personal("/notifications", "Notifications", 80),
            Nav::staff("/staff/outreach", "Deliveries", 180, "staff.outreach"),
        ])
        .knows_readers()
        .publishes::<MessageSent>()
        .publishes::<MessageFailed>()
        .projects(RememberAccount::<AccountRegistered>::told())
        .projects(RememberAccount::<AccountVerified>::told())
        .projects(RememberAccount::<PasswordChanged>::told())
        .projects(RememberAccount::<SignedOutEverywhere>::told())
        .projects(RememberAccount::<AccountLocked>::told())
        .projects(RememberAccount::<AccountUnlocked>::told())
        .projects(RememberAccount::<CodeIssued>::told())
        .projects(RememberAccount::<EmailChanged>::told())
        .projects(ForgetAccount)
        .projects(RememberPerson::<PersonCreated>::told())
        .projects(RememberPerson::<PersonUpdated>::told())
        .reacts(SendCode)
        .reacts(SendLink)
        .reacts(WarnOfPassword)
        .reacts(SayAddressChanged)
        .reacts(WarnOfSecurity)
        .reacts(SendReceipt)
        .reacts(SayDeclined)
        .reacts(SayRefunded)
        .reacts(WelcomeMember)
        .reacts(SayApplicationExpired)
        .reacts(CompleteOnAddress::<AccountRegistered>::told())
        .reacts(CompleteOnAddress::<AccountVerified>::told())
        .reacts(CompleteOnChapter)
        .timer(ForgetCode)
        .effect(SendMail)
}
