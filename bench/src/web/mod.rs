//! `bench web`: pages of the website as it is served, beside a bare server of the same framework
//! that renders the same template; and what the process takes: memory, time until it is ready.

mod bare;
mod wrk;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::machine::resident_kilobytes;
use crate::measured::Table;
use crate::outcome::{Failed, Outcome, folder, print, sibling};
use crate::process::Process;
use crate::website::{PASSWORD, with_demonstration};

pub use bare::serve as serve_bare;

/// A member of the demonstration, as its start prints them.
const MEMBER: &str = "jo@demo.scte.test";

/// The page that strangers are measured with, and one that only a member sees.
const PUBLIC: &str = "/about";
const OWN: &str = "/membership";

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// How many rounds.
    pub rounds: usize,
    /// How long each measurement lasts.
    pub seconds: u32,
}

/// Measures, prints and writes `target/bench/web.json`.
///
/// # Errors
/// When it could not be measured, or an answer was no page.
pub async fn measure(asked: Asked) -> Outcome {
    wrk::install().await?;
    let folder = folder("bench")?;
    let files = tempfile::tempdir_in(&folder)?;
    let mut table = Table::default();
    let mut site = with_demonstration(files.path())?;
    site.start_and_wait().await?;
    let cookie = sign_in(&site.origin()).await?;
    let mut bare = bare_server(files.path(), &site.origin(), &mut table).await?;
    let places = [
        ("bare templated page", format!("{}{PUBLIC}", bare.origin()), None),
        ("public page", format!("{}{PUBLIC}", site.origin()), None),
        ("the same, signed in", format!("{}{PUBLIC}", site.origin()), Some(cookie.as_str())),
        ("a member's own page", format!("{}{OWN}", site.origin()), Some(cookie.as_str())),
    ];
    for (_, url, cookie) in &places {
        // Connections are opened, statements prepared, files mapped.
        wrk::run(url, *cookie, 1).await?;
    }
    for round in 1..=asked.rounds {
        print(format!("round {round} of {}", asked.rounds));
        let mut limit = None;
        for (name, url, cookie) in &places {
            let measured = wrk::run(url, *cookie, asked.seconds).await?;
            note(&mut table, name, measured, limit);
            limit = limit.or(Some(measured));
        }
    }
    bare.kill().await?;
    let id = site.id().unwrap_or_default();
    table.fact("resident after the load, MB", megabytes(id));
    site.stop().await?;
    start_again(&mut site, asked.rounds, &mut table).await?;
    table.close(&folder, "web")
}

fn note(table: &mut Table, name: &str, measured: wrk::Measured, limit: Option<wrk::Measured>) {
    let rows = [
        ("requests", "1/s", measured.requests_per_second, limit.map(|one| one.requests_per_second)),
        ("p50", "ms", measured.p50_ms, limit.map(|one| one.p50_ms)),
        ("p99", "ms", measured.p99_ms, limit.map(|one| one.p99_ms)),
    ];
    for (what, unit, ours, limit) in rows {
        let row = format!("{name}, {what}");
        match limit {
            Some(limit) => table.beside(&row, unit, ours, (limit, "the bare templated page")),
            None => table.add(&row, unit, ours),
        }
    }
}

/// Signs a member in and gives the `Cookie` header of the browser.
async fn sign_in(origin: &str) -> Outcome<String> {
    let mut browser = Browser::new(origin)?;
    let page = browser.get("/account/sign-in").await?.fine()?;
    let fields = [("address", MEMBER), ("password", PASSWORD)];
    browser.submit(&page, ("/account/sign-in", ""), &fields).await?.fine()?;
    browser.get(OWN).await?.fine()?;
    Ok(browser.cookies())
}

/// A server that renders what the public page consists of.
async fn bare_server(files: &Path, origin: &str, table: &mut Table) -> Outcome<Process> {
    let page = Browser::new(origin)?.get(PUBLIC).await?.fine()?;
    let sample = bare::Sample::of(&page.text);
    let sample = sample.ok_or_else(|| Failed::because("the public page is in no frame of ours"))?;
    let file = files.join("page.json");
    std::fs::write(&file, serde_json::to_string(&sample)?)?;
    let args = vec!["bare".to_owned(), "--page".to_owned(), file.display().to_string()];
    let mut bare =
        Process::new("the bare server", sibling("bench")?, args, &files.join("bare.log"));
    bare.start_and_wait().await?;
    let theirs = Browser::new(&bare.origin())?.get(PUBLIC).await?.fine()?;
    if theirs.text != page.text {
        return Err(Failed::because("the bare server renders another page"));
    }
    table.fact("bytes of the public page", page.text.len());
    Ok(bare)
}

/// How long until it answers on a data directory that is there, and what it holds at rest.
async fn start_again(site: &mut Process, rounds: usize, table: &mut Table) -> Outcome {
    for _ in 0..rounds.max(5) {
        let began = Instant::now();
        site.start_and_wait().await?;
        table.add("ready on existing data", "ms", began.elapsed().as_secs_f64() * 1e3);
        Browser::new(&site.origin())?.get(PUBLIC).await?.fine()?;
        // Idle: what the start needed is given back by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        table.add("resident idle", "MB", megabytes(site.id().unwrap_or_default()));
        site.stop().await?;
    }
    Ok(())
}

fn megabytes(id: u32) -> f64 {
    let kilobytes = resident_kilobytes(id).unwrap_or_default();
    f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX)) / 1024.0
}
