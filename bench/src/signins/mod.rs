//! `bench signins`: sign-ins through HTTP on the website as it is served, beside nothing but the
//! password hashes that they are made of, in the same run.
//!
//! Every sign-in comes from an address of its own in 127.0.0.0/8, as from a browser of its own: one
//! address would be limited, and should be.

mod hashes;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::measured::{Table, percentile};
use crate::outcome::{Failed, Outcome, folder, print};
use crate::website::{PASSWORD, with_demonstration};

/// Who signs in, as the demonstration prints them.
const PEOPLE: [&str; 4] = ["jo", "sam", "finance", "editor"];
const FORM: &str = "/account/sign-in";
/// What the figures stand beside.
const LIMIT: &str = "Argon2id alone, on all cores";

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// How many rounds.
    pub rounds: usize,
    /// How long each measurement lasts.
    pub seconds: u32,
    /// How many sign in at once.
    pub browsers: u32,
}

/// Measures, prints and writes `target/bench/signins.json`.
///
/// # Errors
/// When it could not be measured, or a sign-in was refused.
pub async fn measure(asked: Asked) -> Outcome {
    let folder = folder("bench")?;
    let files = tempfile::tempdir_in(&folder)?;
    let mut table = Table::default();
    let mut site = with_demonstration(files.path())?;
    site.start_and_wait().await?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    table.fact("cores", cores);
    table.fact("browsers at once", asked.browsers);
    let lasting = Duration::from_secs(u64::from(asked.seconds));
    let addresses = Arc::new(AtomicU32::new(0));
    // Connections are opened, statements prepared.
    sign_ins(&site.origin(), asked.browsers, Duration::from_secs(1), &addresses).await?;
    for round in 1..=asked.rounds {
        print(format!("round {round} of {}", asked.rounds));
        let limit = tokio::task::spawn_blocking(move || hashes::per_second(cores, lasting));
        let limit = limit.await.map_err(|why| Failed::because(why.to_string()))??;
        table.add("password hashes", "1/s", limit);
        let took = sign_ins(&site.origin(), asked.browsers, lasting, &addresses).await?;
        let count = u32::try_from(took.len()).unwrap_or(u32::MAX);
        let per_second = f64::from(count) / lasting.as_secs_f64();
        table.beside("sign-ins", "1/s", per_second, (limit, LIMIT));
        table.add("sign-ins, p50", "ms", percentile(&took, 50));
        table.add("sign-ins, p99", "ms", percentile(&took, 99));
    }
    site.stop().await?;
    table.close(&folder, "signins")
}

/// Signs in, so many at once, until the time is over; how many milliseconds each took.
async fn sign_ins(
    origin: &str,
    browsers: u32,
    lasting: Duration,
    addresses: &Arc<AtomicU32>,
) -> Outcome<Vec<f64>> {
    let (mut signing_in, until) = (JoinSet::new(), Instant::now() + lasting);
    for _ in 0..browsers {
        let (origin, addresses) = (origin.to_owned(), Arc::clone(addresses));
        signing_in.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                let number = addresses.fetch_add(1, Ordering::Relaxed);
                let began = Instant::now();
                sign_in(&origin, number).await?;
                if Instant::now() < until {
                    took.push(began.elapsed().as_secs_f64() * 1e3);
                }
            }
            Outcome::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = signing_in.join_next().await {
        all.extend(done.map_err(|why| Failed::because(why.to_string()))??);
    }
    Ok(all)
}

/// One sign-in: the page with the form, and the form sent.
async fn sign_in(origin: &str, number: u32) -> Outcome {
    // 127.1.0.0 and up: none of them is what the process itself listens on.
    let address = Ipv4Addr::from_bits(0x7F01_0000 + number);
    let mut browser = Browser::at(origin, address.into())?;
    let page = browser.get(FORM).await?.fine()?;
    let who = PEOPLE[number as usize % PEOPLE.len()];
    let typed = [("address", format!("{who}@demo.scte.test")), ("password", PASSWORD.to_owned())];
    let typed = typed.each_ref().map(|(name, value)| (*name, value.as_str()));
    let status = browser.sent(&page, (FORM, ""), &typed).await?;
    if status == 303 {
        return Ok(());
    }
    Err(Failed::because(format!("the sign-in of {who} was answered {status}")))
}
