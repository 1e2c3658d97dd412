//! Sign-on: who somebody is, proved here once, for every service, for other systems and for programs.
//!
//! Owns: accounts and their addresses, passkeys and other factors, one-time codes, sign-ins, `staff.*`
//! roles, terms, invitations, access tokens, registered systems and what they hold, signing keys.
//! Publishes: `identity.account.*`, `identity.signin.ended`, `identity.key.published`,
//! `identity.role.granted`, `identity.role.revoked`, `identity.duplicate.found`,
//! `identity.token.revoked`, `identity.client.changed`, `identity.invitation.accepted`.
//! Consumes: `person.introduced` of every service: a person met elsewhere gets a dormant account;
//! `invitation.requested` and `invitation.withdrawn`: whoever is invited gets a link; `token.used`:
//! when a token was used last. Of our own, so that other systems are told of an end: `SignInEnded`,
//! `SignedOutEverywhere`, `AccountLocked`, `PasswordChanged`.

mod settings;
mod own_path;
mod fingerprint;
mod words;
mod accounts;
mod addresses;
mod actions;
mod terms;
mod own;
mod alerts;
mod codes;
mod passwords;
mod signins;
mod steps;
mod clients;
mod tokens;
mod views;
mod consents;
mod devices;
mod back_channel;
mod oidc;
mod invitations;
mod authenticators;
mod passkeys;
mod policy;
mod factors;
mod roles;
mod audits;
mod work;
mod retention;
mod tongue;
mod keys;
mod demo;

use std::time::Duration;

use chassis::service::{Nav, Service};
use chassis::{Actor, Command, Db, Migration, Result, Routes};
use contracts::identity::{
    AccountLocked, AccountRegistered, AccountRemoved, AccountUnlocked, AccountVerified,
    ClientChanged, CodeIssued, DuplicateFound, EmailChanged, InvitationAccepted, KeyPublished,
    LinkIssued, PasswordChanged, RoleGranted, RoleRevoked, SecurityAlerted, SignInEnded,
    SignedOutEverywhere, TokenRevoked,
};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_identity", sql: include_str!("../migrations/0001_identity.sql") },
    Migration { name: "0002_steps", sql: include_str!("../migrations/0002_steps.sql") },
    Migration { name: "0003_clients", sql: include_str!("../migrations/0003_clients.sql") },
    Migration { name: "0004_tokens", sql: include_str!("../migrations/0004_tokens.sql") },
    Migration { name: "0005_oidc", sql: include_str!("../migrations/0005_oidc.sql") },
    Migration { name: "0006_clients", sql: include_str!("../migrations/0006_clients.sql") },
    Migration { name: "0007_factors", sql: include_str!("../migrations/0007_factors.sql") },
    Migration { name: "0008_care", sql: include_str!("../migrations/0008_care.sql") },
    Migration { name: "0009_front", sql: include_str!("../migrations/0009_front.sql") },
    Migration {
        name: "0010_machine_tokens",
        sql: include_str!("../migrations/0010_machine_tokens.sql"),
    },
];

const NAVIGATION: &[Nav] = &[
    Nav::personal("/account", "Your account", 900),
    Nav::staff("/staff/identity", "Accounts", 910, "staff.identity"),
    Nav::staff("/staff/identity/clients", "Systems", 920, "staff.identity"),
    Nav::staff("/staff/identity/audit", "Audit", 919, "staff.identity"),
    Nav::staff("/staff/identity/factors", "Two factors", 930, "staff.admin"),
];

/// The identity service: all it does is said here.
#[must_use]
pub fn service() -> Service {
    let service = Service::named("identity")
        .paths(&["/account", "/oidc", "/.well-known"])
        .migrations(MIGRATIONS)
        .settings::<settings::Settings>()
        .routes(routes)
        .navigation(NAVIGATION)
        .knows_readers()
        .publishes::<AccountRegistered>()
        .publishes::<AccountVerified>()
        .publishes::<AccountRemoved>()
        .publishes::<AccountLocked>()
        .publishes::<AccountUnlocked>()
        .publishes::<PasswordChanged>()
        .publishes::<SignedOutEverywhere>()
        .publishes::<CodeIssued>()
        .publishes::<SignInEnded>()
        .publishes::<KeyPublished>()
        .publishes::<RoleGranted>()
        .publishes::<RoleRevoked>()
        .publishes::<DuplicateFound>()
        .publishes::<EmailChanged>()
        .publishes::<LinkIssued>()
        .publishes::<SecurityAlerted>()
        .publishes::<TokenRevoked>()
        .publishes::<ClientChanged>()
        .publishes::<InvitationAccepted>()
        .reacts(accounts::consumers::MakeDormantAccount)
        .projects(tokens::consumers::RememberUse)
        .reacts(invitations::consumers::TakeInvitationIn)
        .reacts(invitations::consumers::WithdrawInvitation)
        .reacts(back_channel::consumers::TellClients::<SignInEnded>::told())
        .reacts(back_channel::consumers::TellClients::<SignedOutEverywhere>::told())
        .reacts(back_channel::consumers::TellClients::<AccountLocked>::told())
        .reacts(back_channel::consumers::TellClients::<PasswordChanged>::told())
        .effect(back_channel::remote::SayEnded)
        .start(keys::commands::Prepare)
        .start(clients::commands::TakeFromSettings)
        .demo(demo::play);
    by_the_clock(service)
}

/// What is done again and again.
fn by_the_clock(service: Service) -> Service {
    service
        .every(Duration::from_mins(10), "codes.remove_expired", || codes::commands::RemoveExpired)
        .every(Duration::from_mins(10), "steps.remove_expired", || steps::commands::RemoveExpired)
        .every(Duration::from_mins(10), "devices.remove_expired", || {
            devices::commands::RemoveExpired
        })
        .every(Duration::from_hours(1), "oidc.remove_expired", || oidc::commands::RemoveExpired)
        .every(Duration::from_hours(1), "tokens.tend", || tokens::jobs::Tend)
        .every(Duration::from_hours(1), "views.remove_old", || views::commands::RemoveOld)
        .every(Duration::from_hours(24), "invitations.remove_over", || {
            invitations::commands::RemoveOver
        })
        .every(Duration::from_mins(10), "passkeys.forget_challenges", || {
            passkeys::commands::ForgetChallenges
        })
        .every(Duration::from_hours(1), "accounts.remove_unverified", || {
            accounts::jobs::RemoveUnverified
        })
        .every(Duration::from_hours(24), "alerts.forget_browsers", || {
            alerts::commands::ForgetBrowsers
        })
        .every(Duration::from_hours(24), "addresses.remove_old", || addresses::commands::RemoveOld)
        .every(Duration::from_mins(10), "work.remove_expired", || work::commands::RemoveExpired)
        .every(Duration::from_mins(1), "keys.keep", || keys::commands::Keep)
        .every(Duration::from_hours(1), "audits.remove_old", || audits::jobs::RemoveOld)
        .every(Duration::from_hours(1), "signins.remove_forgotten", || {
            signins::jobs::RemoveForgotten
        })
}

/// Grants a staff role to whoever has `address`: what `scte admin grant ADDRESS ROLE` runs.
///
/// Refused for a role that does not exist (`role_unknown`) and for an account that is not active
/// (`account_not_active`); not found when nobody has the address.
#[must_use]
pub fn grant(address: &str, role: &str) -> impl Command<Out = ()> + use<> {
    roles::commands::GrantByAddress { address: address.to_owned(), role: role.to_owned() }
}

/// Makes a new key for sign-ins, which signs in a minute, and one for ID tokens: what
/// `scte admin rotate-keys` runs.
///
/// # Errors
/// Refused while one is on its way (`key_on_its_way`).
pub async fn rotate_keys(db: &Db, actor: &Actor) -> Result<()> {
    db.execute(actor, &keys::commands::Rotate).await?;
    oidc::keys::rotate(db, actor).await.map(drop)
}

fn routes(routes: Routes) -> Routes {
    let routes = accounts::pages::routes(routes);
    let routes = signins::pages::routes(routes);
    let routes = addresses::pages::routes(routes);
    let routes = actions::staff::routes(actions::pages::routes(routes));
    let routes = terms::pages::routes(routes);
    let routes = own::pages::routes(routes);
    let routes = signins::pages::home::routes(routes);
    let routes = signins::pages::list::routes(routes);
    let routes = passwords::pages::routes(routes);
    let routes = clients::staff::routes(routes);
    let routes = consents::pages::routes(routes);
    let routes = devices::hooks::routes(routes);
    let routes = devices::pages::routes(routes);
    let routes = oidc::pages::routes(routes);
    let routes = oidc::hooks::routes(routes);
    let routes = accounts::api::routes(routes);
    let routes = tokens::pages::routes(routes);
    let routes = tokens::staff::routes(routes);
    let routes = views::pages::routes(routes);
    let routes = views::staff::routes(routes);
    let routes = audits::staff::routes(routes);
    let routes = keys::staff::routes(routes);
    let routes = retention::pages::routes(routes);
    let routes = invitations::pages::routes(routes);
    let routes = invitations::staff::routes(routes);
    let routes = passkeys::pages::routes(routes);
    let routes = factors::pages::routes(routes);
    let routes = factors::staff::routes(routes);
    let routes = policy::staff::routes(routes);
    accounts::staff::routes(routes)
}
