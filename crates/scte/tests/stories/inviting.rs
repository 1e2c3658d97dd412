//! ID-09: somebody is invited, by the office to the society or by an administrator to a role. The mail
//! may come late; its link leads to an account, and what was promised is theirs.

use crate::browser::Browser;
use crate::mail::{self, Mail};
use crate::world::{Engine, PASSWORD, World, in_every_shape};

in_every_shape! {
    the_office_invites_somebody_while_no_mail_goes_out,
    a_colleague_is_invited_and_works_in_the_console,
}

const INVITE: &str = "/staff/membership/invite";
const NEW: &str = "/staff/identity/invitations/new";
const FIRST: &str = "/account/invitation/first";
const CONSOLE: &str = "/staff/membership";

/// What whoever accepts chooses.
const CHOSEN: &str = "three boats on a quiet lake";

/// The path of the link that a mail leads to.
fn link(mail: &Mail) -> String {
    let words = mail.text.split_whitespace();
    let mut link = words.filter_map(|word| word.find("/account/invitation?").map(|at| &word[at..]));
    link.next_back().unwrap_or_else(|| panic!("no link in {}", mail.text)).to_owned()
}

/// Opens the link as its reader, who has no account yet, and accepts; gives the browser, signed in.
async fn accepts(world: &mut World, address: &str, link: &str, title: &str) -> Browser {
    let mut browser = world.browser();
    let page = world.get(&mut browser, link).await;
    page.is(200).shows(&format!("invites you to {title}")).shows("Choose a password");
    let page = world.submit(&mut browser, &page, FIRST, &[("password", CHOSEN)]).await;
    let typed = [("address", address), ("password", CHOSEN)];
    world.submit(&mut browser, &page, "/account/sign-in", &typed).await.is(200);
    browser
}

/// The mails with an invitation that came to an address.
fn invitations(address: &str) -> usize {
    mail::to(address).iter().filter(|mail| mail.subject.starts_with("You are invited")).count()
}

async fn the_office_invites_somebody_while_no_mail_goes_out(engine: Engine) {
    let mut world = World::on(engine).await;
    let address = world.address();
    let mut office = world.signed_in("membership@demo.scte.test", PASSWORD).await;
    world.stop_service("outreach").await;

    let page = office.get(INVITE).await;
    let typed = [("name", "Kim Osei"), ("address", &*address), ("title", "the Cactus Chapter")];
    let (action, mut pairs) = page.form(INVITE);
    pairs.retain(|(name, _)| !typed.iter().any(|(typed, _)| typed == name));
    pairs.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let invited = office.post(&action, &pairs).await;
    invited.is(200).shows("Kim Osei").shows("the Cactus Chapter").lacks("accepted");
    // The same form once more, as a double click sends it, invites nobody twice.
    assert_eq!(office.post(&action, &pairs).await.path, invited.path);
    world.settle().await;
    assert_eq!(invitations(&address), 0, "whoever sends mail was stopped");

    assert!(world.start_service().await);
    let mail = world.mail(&address, "You are invited: the Cactus Chapter").await;
    let mut kim = accepts(&mut world, &address, &link(&mail), "the Cactus Chapter").await;

    world.get(&mut kim, "/account").await.is(200).shows(&address);
    world.shows(&mut office, &invited.path, "accepted").await;
    assert_eq!(invitations(&address), 1);
    // The link is used up, also for whoever reads the mail after them.
    let mut reader = world.browser();
    world.get(&mut reader, &link(&mail)).await.is(410).shows("was accepted already");
}

async fn a_colleague_is_invited_and_works_in_the_console(engine: Engine) {
    let mut world = World::on(engine).await;
    let address = world.address();
    let mut admin = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    world.stop_service("outreach").await;

    let page = admin.get(NEW).await;
    let typed = [("address", &*address), ("role", "staff.membership"), ("language", "en")];
    let (action, mut pairs) = page.form(NEW);
    pairs.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    admin.post(&action, &pairs).await.is(200).shows(&address).shows("grants staff.membership");
    world.settle().await;
    assert_eq!(invitations(&address), 0, "whoever sends mail was stopped");

    assert!(world.start_service().await);
    let mail = world.mail(&address, "You are invited: its staff").await;
    // A mail scanner looks at the link first, and accepts nothing by that.
    world.get(&mut world.browser(), &link(&mail)).await.is(200);
    let mut colleague = accepts(&mut world, &address, &link(&mail), "its staff").await;

    // The role travels as a message to the service whose console it is.
    world.shows(&mut colleague, CONSOLE, "People").await.is(200);
    world.get(&mut colleague, INVITE).await.is(200).shows("Send the invitation");
    world.get(&mut colleague, "/staff/commerce").await.is(403);
    world.get(&mut admin, "/staff/identity/invitations").await.shows("accepted");
}
