//! The demonstration: fills an empty data directory by the services' own commands, and says who
//! can sign in.

use std::fmt::Write as _;
use std::path::Path;

use messaging::{Error, Result, Target};

use crate::data::{self, Installation};
use crate::house::Estate;
use crate::services;

/// Sees which services are to play in this directory; none when it was filled before. Where other
/// processes have a part of the website (`apart`), another replica may have played already; in one
/// process all databases must be empty.
///
/// # Errors
/// `demo` when the directory holds other databases, or was left half filled.
pub(crate) async fn begin(estate: &Estate, apart: bool) -> Result<Option<Vec<&'static str>>> {
    let known = data::installation(&estate.data)?;
    match known.as_ref().and_then(|known| known.demo.as_deref()) {
        Some("played") => return Ok(None),
        Some(_) => {
            let why = "filling this demonstration was interrupted: empty the directory";
            return Err(refused(&estate.data, why));
        }
        None => {}
    }
    let mut playing = Vec::new();
    for name in players(estate) {
        if !is_there(estate, name).await {
            playing.push(name);
        } else if !apart {
            let why = format!("it holds a database of {name}: a demonstration needs an empty one");
            return Err(refused(&estate.data, &why));
        }
    }
    note(estate, "playing")?;
    Ok(Some(playing))
}

/// The services of this process, in the order in which they play.
fn players(estate: &Estate) -> impl Iterator<Item = &'static str> {
    services::names().into_iter().filter(|name| estate.names().any(|here| here == *name))
}

fn refused(directory: &Path, why: &str) -> Error {
    Error::refused("demo", format!("{}: {why}, or another --data", directory.display()))
}

/// Whether the database of a service was used before.
async fn is_there(estate: &Estate, name: &str) -> bool {
    match estate.target(name) {
        Target::Sqlite(file) => file.exists(),
        target @ Target::Postgres(_) => crate::house::was_used(&estate.house, name, target).await,
    }
}

fn note(estate: &Estate, state: &str) -> Result<()> {
    let Some(known) = data::installation(&estate.data)? else { return Ok(()) };
    data::write(&estate.data, &Installation { demo: Some(state.to_owned()), ..known })
}

/// Starts the services one after the other, each playing its part.
///
/// # Errors
/// Those of the plays.
pub(crate) async fn start(estate: &Estate, playing: &[&'static str]) -> Result<()> {
    for name in playing {
        estate.start_demo(name).await?;
    }
    estate.start_all().await
}

/// Waits until everybody has heard everything.
///
/// # Errors
/// Those of the databases.
pub(crate) async fn end(estate: &Estate) -> Result<()> {
    estate.settled().await?;
    note(estate, "played")
}

/// Who can sign in, as the start prints it.
pub(crate) fn sign_ins(origin: &str) -> String {
    let mut text = format!(
        "  A demonstration: people and prices are invented, no card is charged.\n  \
         Sign in at {origin}/account/sign-in, password {PASSWORD}:\n"
    );
    for (address, who) in CAST {
        let _ = writeln!(text, "    {address:<28} {who}");
    }
    let _ = writeln!(text, "  Mail goes to {origin}/notifications/mailbox");
    text
}

/// As identity plays them; a story signs in with each.
const PASSWORD: &str = "sample-demo-2027";
const CAST: [(&str, &str); 6] = [
    ("admin@demo.scte.test", "administrator and operator"),
    ("finance@demo.scte.test", "finance"),
    ("editor@demo.scte.test", "pages and menu"),
    ("membership@demo.scte.test", "members and chapters"),
    ("jo@demo.scte.test", "a member"),
    ("sam@demo.scte.test", "not a member"),
];
