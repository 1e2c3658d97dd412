//! Visitors of the real website: each registers, confirms the mail, signs in, applies, pays at the
//! sandbox and is a member; then the next one comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tokio::task::JoinSet;

use crate::browser::{Browser, Page};
use crate::outcome::{Failed, Outcome};
use crate::pause::mails::Mails;

/// How many come at once.
const VISITORS: u64 = 3;

/// How long a service may not know who signed in elsewhere; its connections may be broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long until the same is asked again.
const AGAIN: Duration = Duration::from_millis(100);

const PASSWORD: &str = "sample kill9 passphrase";

/// How the sandbox treats the payment: as it should, or with its webhooks repeated or reordered.
const BEHAVIOURS: [&str; 4] = ["pay", "pay", "thrice", "reordered"];

/// Somebody whom the website told that they are a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Their mail address.
    pub(crate) address: String,
    /// The number they were told.
    pub(crate) number: String,
}

/// Where they read their mail.
#[derive(Clone)]
pub(crate) enum Post {
    /// On the page of all mails.
    Page,
    /// At the mail server.
    Server(Mails),
}

/// Visitors at work.
pub(crate) struct Visitors {
    coming: JoinSet<Outcome<Vec<Joined>>>,
    enough: Arc<AtomicBool>,
}

impl Visitors {
    /// Lets them come to the website at `origin`.
    pub(crate) fn start(origin: &str, seed: u64, post: &Post) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let mut coming = JoinSet::new();
        for visitor in 0..VISITORS {
            let (origin, enough, post) = (origin.to_owned(), enough.clone(), post.clone());
            coming.spawn(async move {
                let mut rng =
                    ChaCha20Rng::seed_from_u64(seed.wrapping_mul(37).wrapping_add(visitor));
                let mut joined = Vec::new();
                while !enough.load(Ordering::Relaxed) {
                    let address = format!("visitor-{visitor}-{}@kill9.scte.test", joined.len());
                    let behaviour = BEHAVIOURS[rng.random_range(0..BEHAVIOURS.len())];
                    joined.push(Box::pin(join(&origin, address, behaviour, &post)).await?);
                }
                Ok(joined)
            });
        }
        Self { coming, enough }
    }

    /// Lets everybody who came become a member, and says who did.
    ///
    /// # Errors
    /// When somebody did not.
    pub(crate) async fn finish(mut self) -> Outcome<Vec<Joined>> {
        self.enough.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(joined) = self.coming.join_next().await {
            all.extend(joined??);
        }
        Ok(all)
    }
}

/// Somebody who joined, in the browser where they are still signed in.
///
/// # Errors
/// When they did not become a member.
pub(crate) async fn a_member(
    origin: &str,
    address: &str,
    post: &Post,
) -> Outcome<(Joined, Browser)> {
    let mut browser = Browser::new(origin)?;
    let number = Box::pin(walk(&mut browser, address, "pay", post)).await?;
    Ok((Joined { address: address.to_owned(), number }, browser))
}

/// Journey J1 by one person.
async fn join(origin: &str, address: String, behaviour: &str, post: &Post) -> Outcome<Joined> {
    let mut browser = Browser::new(origin)?;
    let joined = Box::pin(walk(&mut browser, &address, behaviour, post)).await;
    let number = joined.map_err(|why| Failed::because(format!("{address}: {why}")))?;
    Ok(Joined { address, number })
}

async fn walk(
    browser: &mut Browser,
    address: &str,
    behaviour: &str,
    post: &Post,
) -> Outcome<String> {
    register(browser, address, post).await?;
    let page = known(browser, "/membership/join").await?;
    let kind = page.choice("type").ok_or_else(|| Failed::because("no type can be chosen"))?;
    let details = format!("/membership/join/details?type={kind}&chapter=");
    let page = browser.get(&details).await?.fine()?;
    let fields =
        [("name", "Kim Sample"), ("type", kind.as_str()), ("chapter", ""), ("confirm", "on")];
    let application = browser.submit(&page, ("/membership/join", ""), &fields).await?.fine()?.path;
    let pay = browser.get_until(&application, |page| page.link("/checkout/pay/")).await?;
    self::pay(browser, &pay, behaviour).await?;
    browser.get_until(&application, number).await
}

/// A page of a service that may not have heard yet who is signed in.
async fn known(browser: &mut Browser, path: &str) -> Outcome<Page> {
    let began = Instant::now();
    loop {
        let page = browser.get(path).await?;
        if page.status != 401 || began.elapsed() > PATIENCE {
            return page.fine();
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn register(browser: &mut Browser, address: &str, post: &Post) -> Outcome {
    let page = browser.get("/account/register").await?.fine()?;
    let fields = [("address", address), ("language", "en")];
    browser.submit(&page, ("/account/register", ""), &fields).await?.fine()?;
    let link = confirmation(browser, address, post).await?;
    let page = browser.get(&link).await?.fine()?;
    let chosen = [("password", PASSWORD)];
    browser.submit(&page, ("/account/confirm", ""), &chosen).await?.fine()?;
    let page = browser.get("/account/sign-in").await?.fine()?;
    let fields = [("address", address), ("password", PASSWORD)];
    browser.submit(&page, ("/account/sign-in", ""), &fields).await?.fine()?;
    Ok(())
}

/// Where the mail that asks for a confirmation leads.
async fn confirmation(browser: &mut Browser, address: &str, post: &Post) -> Outcome<String> {
    const START: &str = "/account/confirm?code=";
    if let Post::Server(mails) = post {
        return mails.link(address, START).await;
    }
    let mailbox = format!("/notifications/mailbox?q={address}");
    let mail = browser.get_until(&mailbox, |page| mail_to(page, address)).await?;
    // Its words alone: as the reader sees it, it stands in a frame.
    browser.get_until(&format!("{mail}/text"), |page| page.link(START)).await
}

/// The newest mail to an address, in the list of all.
fn mail_to(page: &Page, address: &str) -> Option<String> {
    let rows = page.text.split("<tr>").skip(1).filter(|row| row.contains(address));
    let text = rows.map(str::to_owned).next()?;
    Page { status: 200, text, ..Page::default() }.link("/notifications/mailbox/")
}

async fn pay(browser: &mut Browser, charge: &str, behaviour: &str) -> Outcome {
    let form = format!("action=\"{charge}\"");
    let ready = |page: &Page| page.text.contains(&form).then(|| page.path.clone());
    browser.get_until(charge, ready).await?;
    let page = browser.get(charge).await?.fine()?;
    let order = browser.submit(&page, (charge, ""), &[]).await?.fine()?.path;
    let provider = browser.get_until(&order, |page| page.link("/checkout/sandbox/pay/")).await?;
    let page = browser.get(&provider).await?.fine()?;
    let button = format!("name=\"behaviour\" value=\"{behaviour}\"");
    browser.submit(&page, (&provider, &button), &[]).await?.fine()?;
    Ok(())
}

/// The member number that the page of an application tells at its end.
fn number(page: &Page) -> Option<String> {
    let (_, rest) = page.text.split_once("You are a member, number <strong>")?;
    rest.split_once('<').map(|(number, _)| number.to_owned())
}
