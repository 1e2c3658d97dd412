//! Backup and restore. While copies are taken no cursor moves and users keep working, so that no
//! copy has a cursor beyond a head; what is put back begins a new epoch and waits for an operator.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use messaging::run::Steering;
use messaging::{Error, Result, Target};
use serde::{Deserialize, Serialize};

use crate::data::{self, Installation};
use crate::house::{Estate, was_used};
use crate::{services, tables};

const MANIFEST: &str = "manifest.json";

/// How often copies are taken again because a batch was still at hand.
const TRIES: u32 = 10;

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The program's version.
    pub(crate) version: String,
    /// When it was taken.
    pub(crate) at: DateTime<Utc>,
    /// `production`, `demo` or `test`.
    pub(crate) mode: String,
    /// Whether the secret key is among the copies: not where it is configured.
    #[serde(default = "with_key")]
    pub(crate) key: bool,
    /// The copies, by service.
    pub(crate) services: BTreeMap<String, Copied>,
}

/// Backups of before this was noted were taken where the key lay in the directory.
fn with_key() -> bool {
    true
}

impl Manifest {
    /// The services that it holds, when they are not the whole website.
    pub(crate) fn part(&self) -> Option<Vec<String>> {
        let all = services::names();
        let part: Vec<String> = all
            .iter()
            .filter(|name| self.services.contains_key(**name))
            .map(ToString::to_string)
            .collect();
        (part.len() < all.len()).then_some(part)
    }
}

/// One database in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copied {
    /// The copy's file name: `.db` is a SQLite file, `.dump` what `pg_dump` writes.
    pub(crate) file: String,
    /// The last position it had published before its copy began.
    pub(crate) head: i64,
    /// Where it stood in the feeds it reads.
    pub(crate) cursors: BTreeMap<String, i64>,
}

/// Holds all cursors until dropped.
struct Held(Vec<Steering>);

impl Held {
    fn all(estate: &Estate) -> Self {
        let open = estate.names().filter_map(|name| estate.open(name));
        let held = Self(open.map(|open| open.steering.clone()).collect());
        held.0.iter().for_each(|one| one.hold(true));
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.iter().for_each(|one| one.hold(false));
    }
}

/// Copies all databases, and the secret key that opens what is sealed in them, into an empty
/// directory.
///
/// # Errors
/// `backup_directory` when it is not empty; [`Error::Unavailable`] when a service is stopped.
pub(crate) async fn backup(estate: &Estate, directory: &Path) -> Result<Manifest> {
    empty(directory)?;
    for name in estate.names() {
        estate.opened(name).map_err(|_| {
            Error::unavailable(format!("{name} (a backup copies all services: start it first)"))
        })?;
    }
    let held = Held::all(estate);
    let services = copies(estate, directory).await?;
    drop(held);
    let key = estate.config.own.secrets.key.get().is_none();
    if key {
        let bytes = fs::read(data::key_path(&estate.data)).map_err(Error::internal)?;
        data::replace(&directory.join("secret.key"), &bytes)?;
    }
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at: estate.house.clock.now(),
        mode: data::word(estate.mode).to_owned(),
        key,
        services,
    };
    let text = serde_json::to_string_pretty(&manifest)?;
    // The manifest comes last: a directory without one is no backup.
    data::replace(&directory.join(MANIFEST), text.as_bytes())?;
    Ok(manifest)
}

/// Takes all copies; again when a cursor moved meanwhile, for a batch may have been at hand when
/// the cursors were held.
async fn copies(estate: &Estate, directory: &Path) -> Result<BTreeMap<String, Copied>> {
    for _ in 0..TRIES {
        let before = standing(estate).await?;
        for (name, copied) in &before {
            let file = directory.join(&copied.file);
            if file.exists() {
                fs::remove_file(&file).map_err(Error::internal)?;
            }
            estate.opened(name)?.db.copy_to(&file).await?;
            let private = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&file, private).map_err(Error::internal)?;
        }
        let after = standing(estate).await?;
        let still = before.iter().all(|(name, copied)| {
            after.get(name).is_some_and(|after| after.cursors == copied.cursors)
        });
        if still {
            return Ok(before);
        }
        tracing::info!("a cursor moved while copies were taken: they are taken again");
    }
    Err(Error::unavailable("a moment in which no cursor moves (try again)"))
}

async fn standing(estate: &Estate) -> Result<BTreeMap<String, Copied>> {
    let mut all = BTreeMap::new();
    for name in estate.names() {
        let open = estate.opened(name)?;
        let standings = open.db.standings().await?;
        let cursors = standings.into_iter().map(|one| (one.feed, one.position.pos)).collect();
        let head = tables::waiting(&open.db).await?.head;
        let kind = match open.db.target() {
            Target::Sqlite(_) => "db",
            Target::Postgres(_) => "dump",
        };
        all.insert(name.to_owned(), Copied { file: format!("{name}.{kind}"), head, cursors });
    }
    Ok(all)
}

/// Makes the directory for a backup, or sees that it is empty.
fn empty(directory: &Path) -> Result<()> {
    let refused = |why: String| Error::refused("backup_directory", why);
    let shown = directory.display();
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| refused(format!("{shown}: {error}")))?;
    let mut entries = fs::read_dir(directory).map_err(Error::internal)?;
    if entries.next().is_some() {
        return Err(refused(format!("{shown} is not empty: name a new directory")));
    }
    Ok(())
}

/// Reads what a backup holds.
///
/// # Errors
/// `backup_directory` when it is none.
pub(crate) fn manifest(directory: &Path) -> Result<Manifest> {
    let path = directory.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|error| {
        Error::refused("backup_directory", format!("{}: {error}", path.display()))
    })?;
    Ok(serde_json::from_str(&text)?)
}

/// Before the databases are put back: the directory is empty, the key and the mode are there.
///
/// # Errors
/// `data_directory` when it holds databases already.
pub(crate) fn prepare(manifest: &Manifest, from: &Path, directory: &Path) -> Result<()> {
    data::make(directory)?;
    let present = fs::read_dir(directory).map_err(Error::internal)?.filter_map(Result::ok);
    let database = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "db");
    if let Some(found) = present.map(|entry| entry.path()).find(database) {
        let why = format!("{} is there already: restore into a new directory", found.display());
        return Err(Error::refused("data_directory", why));
    }
    let key = from.join("secret.key");
    if key.exists() {
        data::replace(&data::key_path(directory), &fs::read(key).map_err(Error::internal)?)?;
    }
    let mode = manifest.mode.clone();
    let demo = (mode != "production").then(|| "played".to_owned());
    let serves = manifest.part();
    data::write(directory, &Installation { mode, starts: 1, demo, restoring: true, serves })
}

/// Puts the databases back; each begins a new epoch, its timers and effects wait for `release`.
///
/// # Errors
/// Those of the copies; `cursor_beyond_head` for a backup that is not whole.
pub(crate) async fn restore(estate: &Estate, manifest: &Manifest, from: &Path) -> Result<()> {
    for name in manifest.services.keys() {
        if is_used(estate, name).await {
            let why = format!("the database of {name} was used already: restore into a new one");
            return Err(Error::refused("data_directory", why));
        }
    }
    for (name, copied) in &manifest.services {
        messaging::backup::put_back(&from.join(&copied.file), &estate.target(name)).await?;
    }
    estate.open_idle().await?;
    for name in manifest.services.keys() {
        let open = estate.opened(name)?;
        for standing in open.db.standings().await? {
            let Some(other) = estate.open(&standing.feed) else { continue };
            let head = tables::waiting(&other.db).await?.head;
            if standing.position.pos > head {
                let why = format!(
                    "{name} read {} up to {}, which ends at {head}: this backup is not whole",
                    standing.feed, standing.position.pos
                );
                return Err(Error::refused("cursor_beyond_head", why));
            }
        }
    }
    for name in manifest.services.keys() {
        estate.opened(name)?.db.begin_epoch(&estate.operator()).await?;
    }
    let known = data::installation(&estate.data)?;
    if let Some(known) = known {
        data::write(&estate.data, &Installation { restoring: false, ..known })?;
    }
    Ok(())
}

async fn is_used(estate: &Estate, name: &str) -> bool {
    match estate.target(name) {
        Target::Sqlite(file) => file.exists(),
        target @ Target::Postgres(_) => was_used(&estate.house, name, target).await,
    }
}

/// Lets timers and effects of all services go on.
///
/// # Errors
/// Those of the databases.
pub(crate) async fn release(estate: &Estate) -> Result<()> {
    for name in estate.names() {
        let Some(open) = estate.open(name) else { continue };
        if open.db.is_held().await? {
            open.db.release(&estate.operator()).await?;
        }
    }
    Ok(())
}

/// What a backup holds, as a terminal shows it.
pub(crate) fn text(manifest: &Manifest, directory: &Path) -> String {
    let line = |(name, copied): (&String, &Copied)| {
        format!("  {name:<12} {} messages published\n", copied.head)
    };
    let lines: String = manifest.services.iter().map(line).collect();
    let key = if manifest.key {
        "It holds the secret key: keep it as safe as the data itself."
    } else {
        "It does not hold the secret key, which is configured: keep that too, or nothing that is \
         sealed can be opened."
    };
    format!("{lines}The backup is in {}. {key}\n", directory.display())
}
