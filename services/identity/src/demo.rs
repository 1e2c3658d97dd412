//! Identity's part in the demonstration: the sign-ins that `scte up --demo` prints.

use chassis::{Actor, App, Command, Result, Tx};
use contracts::PersonId;
use contracts::identity::{AccountRegistered, AccountVerified};
use serde_json::json;
use uuid::Uuid;

use crate::accounts::domain::{Account, Address, State};
use crate::accounts::tables;
use crate::clients::commands::{Close, Register};
use crate::clients::domain::Kind;
use crate::clients::registration::Registration;
use crate::clients::tables as clients;
use crate::consents::commands as consents;
use crate::fingerprint;
use crate::passwords::hashing;
use crate::roles::commands::Grant;
use crate::steps::domain::Browser;
use crate::tokens::commands::{MakeForMachine, MakeOwn};
use crate::tokens::domain::Wish;

/// The password of every printed sign-in; a demonstration listens on a loopback address only.
pub(crate) const PASSWORD: &str = "sample-demo-2027";

/// Who can sign in: the last group of the person's id, the address, the roles. The other services
/// know the same people by the same ids.
const CAST: [(u128, &str, &[&str]); 6] = [
    (1, "admin@demo.scte.test", &["staff.admin", "staff.operator"]),
    (2, "finance@demo.scte.test", &["staff.finance"]),
    (3, "editor@demo.scte.test", &["staff.content"]),
    (4, "membership@demo.scte.test", &["staff.membership"]),
    (5, "jo@demo.scte.test", &[]),
    (6, "sam@demo.scte.test", &[]),
];

/// The addresses of the cast, in the order in which the sign-in page of a demonstration says who
/// they are.
pub(crate) const PRINTED: [&str; 6] = [
    "admin@demo.scte.test",
    "finance@demo.scte.test",
    "editor@demo.scte.test",
    "membership@demo.scte.test",
    "jo@demo.scte.test",
    "sam@demo.scte.test",
];

/// The id of the `n`th person: `01900000-0000-7000-8000-00000000000n`.
fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | n))
}

/// Makes the accounts of the cast and grants their roles.
pub(crate) async fn play(app: App) -> Result<()> {
    let actor = Actor::job("demo", app.ids().uuid(app.clock().now()));
    for (n, address, roles) in CAST {
        let Some(address) = Address::read(address) else { continue };
        let password_hash = hashing::hash(app.site().mode, PASSWORD).await?;
        app.db().execute(&actor, &Enrol { person_id: person(n), address, password_hash }).await?;
        for &role in roles {
            app.db().execute(&actor, &Grant { person_id: person(n), role }).await?;
        }
    }
    connect(&app, &actor).await?;
    app.db().execute(&actor, &MakeTokens).await
}

/// Registers the systems that sign people in here, of which a member uses one.
async fn connect(app: &App, actor: &Actor) -> Result<()> {
    for (id, name, colour) in [
        ("forum", "Community forum", "#0a5cad"),
        ("player", "Course player", "#1f7a4d"),
        ("old-forum", "Old mailing list", "#6b6b6b"),
    ] {
        let secret = fingerprint::hex(&app.ids().bytes::<32>());
        let registration = &sample(id, name, colour);
        app.db().execute(actor, &Register { registration, secret: &secret }).await?;
    }
    let reason = "the list moved to the forum";
    app.db().execute(actor, &Close { id: "old-forum", version: 1, reason }).await?;
    app.db().execute(actor, &UseForum { person_id: person(5) }).await
}

fn sample(id: &str, name: &str, colour: &str) -> Registration {
    let at = |path: &str| format!("https://{id}.demo.scte.test/{path}");
    Registration {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: Kind::Confidential,
        redirect_uris: vec![at("signed-in")],
        sign_out_uris: vec![at("")],
        back_channel: None,
        scopes: ["openid", "email", "profile", "membership"].map(str::to_owned).into(),
        devices: false,
        strong: false,
        trusted: false,
        colour: Some(colour.to_owned()),
    }
}

/// A member lets the forum know them.
struct UseForum {
    person_id: PersonId,
}

impl Command for UseForum {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(forum) = clients::load(tx, "forum").await? else { return Ok(()) };
        consents::grant(tx, self.person_id, &forum, &forum.scopes).await
    }
}

/// Registers a machine, and makes a token for it and one for Jo, whose texts nobody has.
struct MakeTokens;

impl Command for MakeTokens {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let wish = |name: &str, scope: &str| Wish {
            name: name.to_owned(),
            scopes: vec![scope.to_owned()],
            days: 90,
        };
        let (jo, admin) = (person(5), person(1));
        let browser =
            Browser { device: "Firefox on Linux".to_owned(), network: "192.0.2.5".to_owned() };
        let own = wish("Spreadsheet of the chapter", "membership:read");
        MakeOwn { person_id: jo, wish: &own, browser: &browser }.run(tx).await?;
        let machine = Registration {
            id: "sample-crm".to_owned(),
            name: "Sample CRM".to_owned(),
            kind: Kind::Machine,
            redirect_uris: Vec::new(),
            sign_out_uris: Vec::new(),
            back_channel: None,
            scopes: vec!["members:read".to_owned()],
            devices: false,
            strong: false,
            trusted: false,
            colour: None,
        };
        // A secret that nobody learns: staff renew it to use it.
        let secret = fingerprint::hex(&tx.bytes::<32>());
        Register { registration: &machine, secret: &secret }.run(tx).await?;
        let nightly = wish("Nightly copy", "members:read");
        MakeForMachine { client_id: "sample-crm", wish: &nightly, by: admin }.run(tx).await?;
        Ok(())
    }
}

/// Makes a confirmed account for a person of the cast. Publishes `identity.account.registered`
/// and `.verified`.
struct Enrol {
    person_id: PersonId,
    address: Address,
    password_hash: String,
}

impl Command for Enrol {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let registered = Account {
            person_id: self.person_id,
            address: self.address.clone(),
            state: State::Unverified,
            language: "en".to_owned(),
            password_hash: Some(self.password_hash.clone()),
            generation: 1,
            registered_at: tx.now(),
            version: 1,
        };
        tables::insert(tx, &registered).await?;
        tx.publish(AccountRegistered { account: registered.public() });
        let verified = tables::save(tx, Account { state: State::Active, ..registered }).await?;
        tx.audit("account", self.person_id, "enrolled_for_demo", json!({})).await?;
        tx.publish(AccountVerified { account: verified.public() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chassis::testing::{Slice, slice_test};
    use contracts::identity::{AccountVerified, RoleGranted};

    #[slice_test]
    async fn the_cast_signs_in_with_the_printed_password(slice: Slice) {
        super::play(slice.app().clone()).await.unwrap();
        slice.settle().await;

        for (_, address, roles) in super::CAST {
            let mut browser = slice.stranger();
            let page = browser.get("/account/sign-in").await;
            let typed = [("address", address), ("password", super::PASSWORD)];
            browser.submit(&page, "/account/sign-in", &typed).await.is(303);
            browser.get("/account").await.is(200).shows(address);
            let console = browser.get("/staff/identity").await;
            console.is(if roles.contains(&"staff.admin") { 200 } else { 403 });
        }
        assert_eq!(slice.published::<AccountVerified>().await.len(), super::CAST.len());
        assert_eq!(slice.published::<RoleGranted>().await.len(), 5);
    }

    #[test]
    fn what_the_sign_in_page_prints_is_the_cast() {
        assert_eq!(super::CAST.map(|(_, address, _)| address), super::PRINTED);
    }

    #[test]
    fn the_cast_has_the_ids_the_others_know() {
        assert_eq!(super::person(5).to_string(), "01900000-0000-7000-8000-000000000005");
    }
}
