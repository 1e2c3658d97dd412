//! `scte move`: brings the database of a service to another data directory or into PostgreSQL,
//! with its feed, cursors, timers and effects as they are. Read in this order: what is moved where,
//! the two ways of copying, the tables.

mod rows;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use chassis::run::{Databases, House, Idle};
use chassis::service::Service;
use messaging::{Error, Result};

use crate::config::{Config, wrong};
use crate::data::{self, LEFT_BEHIND};
use crate::house::Estate;
use crate::{say, services, up};

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Another data directory, for a process of its own.
    Directory(PathBuf),
    /// PostgreSQL: a URL with `{service}` where the name goes.
    Postgres(String),
}

impl Place {
    fn of(to: &str) -> Result<Self> {
        match to.split_once("://") {
            None => Ok(Self::Directory(PathBuf::from(to))),
            Some(("postgres" | "postgresql", rest)) if rest.contains("{service}") => {
                Ok(Self::Postgres(to.to_owned()))
            }
            Some(_) => Err(wrong(
                "--to: a directory, or `postgres://…` with {service} where the service's name goes",
            )),
        }
    }

    /// For people: a URL without its password.
    fn shown(&self) -> String {
        match self {
            Self::Directory(directory) => directory.display().to_string(),
            Self::Postgres(url) => without_password(url),
        }
    }
}

fn without_password(url: &str) -> String {
    let whole = || {
        let (scheme, rest) = url.split_once("://")?;
        let (login, place) = rest.split_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}@{place}"))
    };
    whole().unwrap_or_else(|| url.to_owned())
}

/// Moves the databases of `names` from the data directory to another place. Nothing works on them
/// meanwhile: the directory and each database are held. What was moved is left beside as
/// `<service>.db.moved`.
///
/// # Errors
/// [`Error::Unavailable`] when a process works on the directory or the place cannot be reached;
/// `move` when there is nothing to move or the place is taken: then nothing changed.
pub(crate) async fn run(config: Config, names: &[String], to: &str) -> Result<()> {
    let place = Place::of(to)?;
    let from = config.own.server.data.clone();
    let known = data::installation(&from)?.ok_or_else(|| {
        refused(format!("{} was never started: there is nothing to move", from.display()))
    })?;
    config.check(known.mode == "test")?;
    let services = names.iter().map(|name| movable(&from, name)).collect::<Result<Vec<_>>>()?;
    let lock = data::hold(&from)?;
    // Held to the end, so that no process starts on what is half there.
    let _taken = match &place {
        Place::Directory(directory) => Some(take(directory, &from, &config)?),
        Place::Postgres(_) => None,
    };
    let mode = data::mode(&from)?;
    let origin = up::origin(&config, config.own.server.listen);
    let estate = Estate::at_rest(config, mode, origin, lock)?;
    for service in &services {
        let moved = Box::pin(move_one(&estate.house, service, &from, &place)).await;
        let moved = moved.and_then(|()| note(&from, &place, service.name()));
        if let Err(error) = moved {
            estate.stop_all().await;
            return Err(error);
        }
    }
    estate.stop_all().await;
    say(&format!(
        "Moved to {}. What was moved is kept as *.{LEFT_BEHIND} in {}.\n",
        place.shown(),
        from.display()
    ));
    Ok(())
}

/// Notes on both sides that the service is to be started there now: to start the rest here, and
/// what was moved there, is all that either directory is for.
fn note(from: &Path, to: &Place, name: &str) -> Result<()> {
    let all = || services::names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let known = data::installation(from)?.and_then(|known| known.serves);
    let rest = known.unwrap_or_else(all).into_iter().filter(|one| one != name).collect();
    data::note_serves(from, rest)?;
    if let Place::Directory(directory) = to {
        let known = data::installation(directory)?.and_then(|known| known.serves);
        let mut there = known.unwrap_or_default();
        if !there.iter().any(|one| one == name) {
            there.push(name.to_owned());
        }
        data::note_serves(directory, there)?;
    }
    Ok(())
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::refused("move", why)
}

/// The service, when its database is a file in the directory.
fn movable(from: &Path, name: &str) -> Result<Service> {
    let service = services::all().into_iter().find(|service| service.name() == name);
    let service = service.ok_or_else(|| Error::not_found("service", name))?;
    if file(from, name).exists() {
        return Ok(service);
    }
    let moved = file(from, name).with_extension(LEFT_BEHIND).exists();
    let why = if moved {
        "it was moved before; move the others without it"
    } else {
        "there is no such database"
    };
    Err(refused(format!("{}: {why}", file(from, name).display())))
}

fn file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.db"))
}

/// Makes the other directory one of the same installation, and holds it.
fn take(directory: &Path, from: &Path, config: &Config) -> Result<fs::File> {
    data::make(directory)?;
    let lock = data::hold(directory)?;
    let (ours, theirs) = (data::installation(from)?, data::installation(directory)?);
    match (&ours, &theirs) {
        (Some(ours), None) => {
            let serves = Some(Vec::new());
            data::write(directory, &data::Installation { serves, ..ours.clone() })?;
        }
        (Some(ours), Some(theirs)) if ours.mode == theirs.mode && !theirs.restoring => {}
        _ => {
            let why = format!("{} is another installation's directory", directory.display());
            return Err(refused(why));
        }
    }
    // The key that sealed what is in the database opens it there too.
    if config.own.secrets.key.get().is_none() {
        same_file(&data::key_path(from), &data::key_path(directory))?;
    }
    // The clock of a test or a demonstration goes on where it was.
    let offset = "clock.offset";
    if from.join(offset).exists() {
        same_file(&from.join(offset), &directory.join(offset))?;
    }
    Ok(lock)
}

/// Copies a file, or sees that the same is there already.
fn same_file(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).map_err(Error::internal)?;
    match fs::read(to) {
        Ok(known) if known == bytes => Ok(()),
        Ok(_) => Err(refused(format!("{} differs from {}", to.display(), from.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => data::replace(to, &bytes),
        Err(error) => Err(Error::internal(error)),
    }
}

async fn move_one(house: &House, service: &Service, from: &Path, to: &Place) -> Result<()> {
    let name = service.name();
    let here = House { databases: Databases::Files(from.to_owned()), ..house.clone() };
    let idle = service.open_idle(&here).await?;
    let copied = match to {
        Place::Directory(directory) => copy_file(&idle, &file(directory, name)).await,
        Place::Postgres(url) => {
            let there = House { databases: Databases::Postgres(url.clone()), ..house.clone() };
            copy_rows(&idle, service, &there).await
        }
    };
    idle.close().await;
    copied?;
    leave_behind(&file(from, name))
}

/// Copies the whole file as it is now, seen only when it is whole.
async fn copy_file(idle: &Idle, to: &Path) -> Result<()> {
    if to.exists() {
        let why = format!(
            "{} is there already; if a move was interrupted and nothing was started on it, remove \
             it and move again",
            to.display()
        );
        return Err(refused(why));
    }
    let unfinished = to.with_extension("db.new");
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(Error::internal)?;
    }
    idle.app.db().copy_to(&unfinished).await?;
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&unfinished, private)
        .and_then(|()| fs::File::open(&unfinished)?.sync_all())
        .and_then(|()| fs::rename(&unfinished, to))
        .map_err(Error::internal)?;
    say(&format!("  {:<12} {}\n", idle.app.service(), to.display()));
    Ok(())
}

/// Copies every row into a PostgreSQL database of the same schema, in one transaction.
async fn copy_rows(idle: &Idle, service: &Service, there: &House) -> Result<()> {
    let other = service.open_idle(there).await?;
    let copied = rows::copy(idle.app.db(), other.app.db()).await;
    other.close().await;
    let copied = copied?;
    say(&format!("  {:<12} {} rows of {} tables\n", service.name(), copied.rows, copied.tables));
    Ok(())
}

/// Renames a database that was moved, and removes what SQLite keeps beside it: all of it was
/// written into the file when it was closed.
fn leave_behind(file: &Path) -> Result<()> {
    for beside in ["db-wal", "db-shm"] {
        match fs::remove_file(file.with_extension(beside)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::internal(error));
            }
            _ => {}
        }
    }
    fs::rename(file, file.with_extension(LEFT_BEHIND)).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_directory_or_a_database_per_service() {
        assert_eq!(Place::of("there").unwrap(), Place::Directory(PathBuf::from("there")));
        let url = "postgres://scte:secret@db/scte_{service}";
        assert_eq!(Place::of(url).unwrap(), Place::Postgres(url.to_owned()));
        for wrong in ["postgres://db/one_for_all", "mysql://db/{service}", "https://x/{service}"] {
            assert_eq!(Place::of(wrong).unwrap_err().code(), "configuration", "{wrong}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let shown = Place::of("postgres://scte:secret@db/scte_{service}").unwrap().shown();
        assert_eq!(shown, "postgres://scte@db/scte_{service}");
        let bare = "postgres://postgres@localhost/scte_{service}?host=/tmp";
        assert_eq!(Place::of(bare).unwrap().shown(), bare);
    }

    #[test]
    fn what_stands_beside_must_be_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (directory.path().join("one"), directory.path().join("other"));
        fs::write(&one, "a key").unwrap();
        same_file(&one, &other).unwrap();
        same_file(&one, &other).unwrap();
        fs::write(&other, "another key").unwrap();
        assert_eq!(same_file(&one, &other).unwrap_err().code(), "move");
    }
}
