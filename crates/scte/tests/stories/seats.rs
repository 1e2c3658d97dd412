//! J2: a company has 50 seats, its admin gives them, and whoever accepts is a member in every service.
//! It does not pay: one message of membership, and none of them is one any more.

use chrono::{Days, NaiveDate};

use crate::browser::{Browser, Shown};
use crate::mail::{self, Mail};
use crate::world::{Engine, PASSWORD, World, in_every_shape};

in_every_shape! {
    a_company_of_fifty_does_not_pay_and_one_message_ends_it_for_all,
}

const COMPANIES: &str = "/staff/membership/companies";
const CHOSEN: &str = "three boats on a quiet lake";
const FOR_MEMBERS: &str = "You are a member, so you can read this";
const INVITED: &str = "You are invited: Fifty Cable";
const JO: &str = "jo@demo.scte.test";

/// The path of the link that a mail leads to.
fn link(mail: &Mail) -> String {
    let words = mail.text.split_whitespace();
    let mut link = words.filter_map(|word| word.find("/account/invitation?").map(|at| &word[at..]));
    link.next_back().unwrap_or_else(|| panic!("no link in {}", mail.text)).to_owned()
}

/// How many messages membership has published.
async fn head(world: &World) -> i64 {
    let services = world.services().await;
    let own = services.iter().filter(|one| one["name"] == "membership");
    own.filter_map(|one| one["waiting"]["head"].as_i64()).max().unwrap()
}

/// What invites Jo, who lives in every world; its mail is told by where it leads.
async fn invitation_of_jo(world: &mut World) -> Mail {
    let from_here = world.origin.clone();
    let looked = world.looked(async |_: &mut World| {
        let mut mails = mail::to(JO).into_iter();
        mails.find(|mail| mail.subject == INVITED && mail.text.contains(&from_here))
    });
    looked.await.expect("Jo is invited")
}

/// Sends a form of a page; gives where it led.
async fn sends(world: &mut World, who: &mut Browser, path: &str, typed: &[(&str, &str)]) -> String {
    let page = world.get(who, path).await;
    let shown = world.submit(who, &page, path, typed).await;
    shown.is(200);
    shown.path
}

/// The day that a field holds.
fn day_in(page: &Shown, name: &str) -> NaiveDate {
    let field = page.text.split("<input ").find(|tag| tag.contains(&format!("name=\"{name}\"")));
    let value = field.unwrap().split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().parse().unwrap()
}

/// Accepts as whoever reads the mail, and signs in.
async fn accepts(world: &mut World, address: &str, mail: &Mail) -> Browser {
    let mut browser = world.browser();
    let page = world.get(&mut browser, &link(mail)).await;
    page.is(200).shows("invites you to Fifty Cable");
    let first = "/account/invitation/first";
    let page = world.submit(&mut browser, &page, first, &[("password", CHOSEN)]).await;
    let typed = [("address", address), ("password", CHOSEN)];
    world.submit(&mut browser, &page, "/account/sign-in", &typed).await.is(200);
    browser
}

async fn a_company_of_fifty_does_not_pay_and_one_message_ends_it_for_all(engine: Engine) {
    let mut world = World::on(engine).await;
    let mut office = world.signed_in("membership@demo.scte.test", PASSWORD).await;
    let record = [("name", "Fifty Cable"), ("parent", ""), ("size", "not_known")];
    let company = sends(&mut world, &mut office, &format!("{COMPANIES}/new"), &record).await;
    let own = company.replace("/staff/membership", "");
    let page = world.get(&mut office, &format!("{company}/term")).await;
    let today = day_in(&page, "from");
    let from = today.checked_sub_days(Days::new(31)).unwrap().to_string();
    let kind = page.choice("type", "Corporate");
    let paid = ("paid", "invoice 1042, net 30");
    let year = [("type", &*kind), ("from", &*from), ("seats", "50"), paid];
    sends(&mut world, &mut office, &format!("{company}/term"), &year).await;
    // Jo has an account, so she only confirms what she is invited to.
    let admin = [("role", "admin"), ("name", "Jo Alvarez"), ("address", JO)];
    sends(&mut world, &mut office, &format!("{company}/people"), &admin).await;
    let asked = invitation_of_jo(&mut world).await;
    let mut jo = world.signed_in(JO, PASSWORD).await;
    let page = world.get(&mut jo, &link(&asked)).await;
    world.submit(&mut jo, &page, "/account/invitation", &[]).await.is(200);
    world.shows(&mut jo, &own, "0 of 50 taken, 50 free").await;

    // Fifty are invited; where a process is many, a few accept, as passwords take their time.
    let addresses: Vec<String> = (0..50).map(|_| world.address()).collect();
    let invite = format!("{own}/invite");
    sends(&mut world, &mut jo, &invite, &[("people", &addresses.join("\n"))]).await;
    world.shows(&mut jo, &own, "50 of 50 taken, 0 free").await;
    let accepting = if matches!(engine, Engine::Sqlite) { 50 } else { 4 };
    let mut members = Vec::new();
    for address in &addresses[..accepting] {
        let mail = world.mail(address, INVITED).await;
        let browser = accepts(&mut world, address, &mail).await;
        members.push(browser);
    }
    let now = format!("50: {accepting} taken, {} never signed in", 50 - accepting);
    world.shows(&mut jo, &own, &now).await;
    let full = world.get(&mut jo, &invite).await;
    let one_more = world.address();
    let refused = world.submit(&mut jo, &full, &invite, &[("people", &one_more)]).await;
    refused.is(409).shows("50 seats are paid for and 50 of them are taken, so 0 can be given");
    for member in &mut members {
        world.shows(member, "/members", FOR_MEMBERS).await;
    }

    // Day 31: not paid.
    world.settle().await;
    let before = head(&world).await;
    let shown = world.get(&mut office, &company).await;
    let end = shown.text.split("href=\"").find(|rest| rest.contains("/company-terms/")).unwrap();
    let end = end.split('"').next().unwrap().to_owned();
    let today = today.to_string();
    let ended = [("ends_before", &*today), ("reason", "invoice 1042 was not paid")];
    sends(&mut world, &mut office, &end, &ended).await;
    world.settle().await;
    assert_eq!(head(&world).await, before + 1, "one message, for fifty seats");
    for member in &mut members {
        world.get(member, "/members").await.lacks(FOR_MEMBERS);
    }
    assert!(mail::to(&one_more).is_empty());
    // What they did stays theirs, and so does the seat, should the company pay.
    sends(&mut world, &mut office, &format!("{company}/term"), &year).await;
    world.shows(&mut members[0], "/members", FOR_MEMBERS).await;
}
