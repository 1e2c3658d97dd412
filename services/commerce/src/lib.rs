//! Commerce: what was asked to be charged, orders, payments, refunds, invoices, the ledger.
//!
//! Owns: charges as they were asked for, orders, attempts to pay, captures, refunds, invoices and
//! credit notes, the double-entry ledger, the tasks of finance; and, apart from all that, the sandbox provider.
//!
//! Publishes: `ChargeOpened`, `ChargePaid`, `ChargeExpired`, `ChargeRefused`, `ChargeRefunded`,
//! `OrderOpened`, `OrderPaid`, `PaymentFailed`, `NavigationDeclared`.
//!
//! Consumes: `ChargeRequested`, `ChargeWithdrawn`, `RefundRequested`.

mod settings;
mod entities;
mod remote;
mod text;
mod charges;
mod orders;
mod payments;
mod refunds;
mod invoices;
mod ledger;
mod tasks;
mod sandbox;

use chassis::service::{Nav, Service};
use chassis::{Migration, Routes};
use contracts::commerce::{
    ChargeExpired, ChargeOpened, ChargePaid, ChargeRefunded, ChargeRefused, OrderOpened, OrderPaid,
    PaymentFailed,
};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_orders", sql: include_str!("../migrations/0001_orders.sql") },
    Migration { name: "0002_sandbox", sql: include_str!("../migrations/0002_sandbox.sql") },
    Migration { name: "0003_lists", sql: include_str!("../migrations/0003_lists.sql") },
    Migration { name: "0004_invoices", sql: include_str!("../migrations/0004_invoices.sql") },
];

const NAVIGATION: &[Nav] = &[
    Nav::personal("/billing", "My orders", 80),
    Nav::staff("/staff/commerce", "Orders", 40, "staff.finance").badged(),
];

/// The commerce service.
#[must_use]
pub fn service() -> Service {
    Service::named("commerce")
        .paths(&["/checkout", "/billing"])
        .migrations(MIGRATIONS)
        .settings::<settings::Settings>()
        .start(settings::CheckProvider)
        .start(invoices::commands::IssueMissing)
        .routes(routes)
        .navigation(NAVIGATION)
        .knows_readers()
        .publishes::<ChargeOpened>()
        .publishes::<ChargePaid>()
        .publishes::<ChargeExpired>()
        .publishes::<ChargeRefused>()
        .publishes::<ChargeRefunded>()
        .publishes::<OrderOpened>()
        .publishes::<OrderPaid>()
        .publishes::<PaymentFailed>()
        .reacts(charges::consumers::TakeChargeIn)
        .reacts(charges::consumers::WithdrawCharge)
        .reacts(refunds::consumers::RefundOnRequest)
        .timer(charges::jobs::EndHold)
        .timer(payments::jobs::AskLater)
        .effect(payments::remote::OpenSession)
        .effect(payments::remote::AskSession)
        .effect(refunds::remote::GiveBack)
        .timer(sandbox::jobs::Confirm)
        .timer(sandbox::jobs::Deliver)
        .effect(sandbox::remote::SendWebhook)
}

fn routes(routes: Routes) -> Routes {
    let routes = charges::pages::routes(routes);
    let routes = orders::pages::routes(routes);
    let routes = orders::staff::routes(routes);
    let routes = refunds::staff::routes(routes);
    let routes = invoices::pages::routes(routes);
    let routes = invoices::staff::routes(routes);
    let routes = tasks::staff::routes(routes);
    let routes = payments::hooks::routes(routes);
    sandbox::pages::routes(sandbox::api::routes(routes))
}
