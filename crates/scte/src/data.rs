//! The data directory: its lock, the secret key, what the installation is for.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chassis::Mode;
use messaging::{Error, Ids, Result};
use serde::{Deserialize, Serialize};

const INSTALLATION: &str = "installation.json";

/// What this data directory is, kept in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installation {
    /// `production`, `demo` or `test`; once chosen it stays.
    pub(crate) mode: String,
    /// How often it was started; in tests ids begin elsewhere each time.
    pub(crate) starts: u64,
    /// How far the demonstration was filled in: `playing` or `played`.
    pub(crate) demo: Option<String>,
    /// Whether a restore into it has not ended.
    #[serde(default)]
    pub(crate) restoring: bool,
    /// The services it was last started for; none: all of them.
    #[serde(default)]
    pub(crate) serves: Option<Vec<String>>,
}

/// The mode as it is written down.
pub(crate) fn word(mode: Mode) -> &'static str {
    mode.word()
}

fn mode_of(word: &str) -> Result<Mode> {
    [Mode::Production, Mode::Demo, Mode::Test]
        .into_iter()
        .find(|mode| self::word(*mode) == word)
        .ok_or_else(|| Error::internal(format!("{INSTALLATION} names the unknown mode {word}")))
}

/// Makes the directory, for its owner only, when it is not there.
pub(crate) fn make(directory: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| unusable(directory, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    let why = format!("{}: {error}; choose another directory with --data", path.display());
    Error::refused("data_directory", why)
}

/// Holds the directory for this process; whoever holds it already is named.
pub(crate) fn hold(directory: &Path) -> Result<File> {
    let lock = chassis::run::hold(&directory.join("scte.lock"));
    lock.map_err(|error| match error {
        Error::Unavailable { .. } => {
            let holder = fs::read_to_string(directory.join("scte.lock")).unwrap_or_default();
            Error::unavailable(format!(
                "the data directory {} (process {} works on it; stop that one, or give this one \
                 another --data)",
                directory.display(),
                holder.trim()
            ))
        }
        other => other,
    })
}

/// What the directory is, if it was ever started.
pub(crate) fn installation(directory: &Path) -> Result<Option<Installation>> {
    match fs::read_to_string(directory.join(INSTALLATION)) {
        Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&directory.join(INSTALLATION), &error)),
    }
}

/// What the installation is for; production when it was never started.
pub(crate) fn mode(directory: &Path) -> Result<Mode> {
    installation(directory)?.map_or(Ok(Mode::Production), |known| mode_of(&known.mode))
}

/// Writes down what the directory is.
pub(crate) fn write(directory: &Path, installation: &Installation) -> Result<()> {
    let text = serde_json::to_string_pretty(installation)?;
    replace(&directory.join(INSTALLATION), text.as_bytes())
}

/// Counts a start for these services (none: all). A directory keeps its mode: people and passwords
/// of a demonstration or a test are never those of a real site.
pub(crate) fn begin(
    directory: &Path,
    mode: Mode,
    serves: Option<Vec<String>>,
) -> Result<Installation> {
    let known = installation(directory)?;
    let mode_word = word(mode).to_owned();
    let fresh =
        || Installation { mode: mode_word, starts: 0, demo: None, restoring: false, serves: None };
    let mut now = known.unwrap_or_else(fresh);
    if now.mode != word(mode) {
        let why = format!(
            "{} holds a {} installation: start it with the same options, or give another --data",
            directory.display(),
            now.mode
        );
        return Err(Error::refused("another_mode", why));
    }
    if now.restoring {
        let why = format!(
            "a restore into {} did not end: empty it and restore again",
            directory.display()
        );
        return Err(Error::refused("restore_unfinished", why));
    }
    now.starts += 1;
    now.serves = serves;
    write(directory, &now)?;
    Ok(now)
}

/// What a database's file is called after it moved: nobody starts on it again by mistake.
pub(crate) const LEFT_BEHIND: &str = "db.moved";

/// Refuses to begin services anew whose databases were here, or never were where others are: they
/// would start with nothing in them. `all` when the whole website is to start here, where a service
/// that a later release brought may be new.
pub(crate) fn check_whole(directory: &Path, services: &[&str], all: bool) -> Result<()> {
    let serves = installation(directory)?.and_then(|known| known.serves);
    let file = |name: &str| directory.join(format!("{name}.db"));
    let missing = |name: &&&str| !file(name).exists();
    for gone in services.iter().filter(missing) {
        let moved = file(gone).with_extension(LEFT_BEHIND);
        let why = match &serves {
            _ if moved.exists() => format!(
                "the database of {gone} was moved: start it where it is now, or put it back by \
                 renaming {} (what happened since is only there)",
                moved.display()
            ),
            Some(serves) if all => format!(
                "{} holds no database of {gone}: start it with `scte serve {}`, or put that \
                 database back",
                directory.display(),
                serves.join(" ")
            ),
            _ => continue,
        };
        return Err(Error::refused("another_shape", why));
    }
    Ok(())
}

/// Notes for which services a directory is to be started from now on.
pub(crate) fn note_serves(directory: &Path, serves: Vec<String>) -> Result<()> {
    let Some(known) = installation(directory)? else { return Ok(()) };
    write(directory, &Installation { serves: Some(serves), ..known })
}

/// The installation's secret: configured, else from `secret.key`, made when it is not there.
pub(crate) fn secret_key(configured: Option<&str>, directory: &Path) -> Result<Arc<[u8]>> {
    if let Some(key) = configured {
        return Ok(Arc::from(key.as_bytes()));
    }
    let path = key_path(directory);
    let mut text = String::new();
    match File::open(&path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = Ids::random().bytes::<32>();
            text = hex::encode(bytes);
            replace(&path, text.as_bytes())?;
        }
        Err(error) => return Err(unusable(&path, &error)),
    }
    let text = text.trim_end();
    if text.len() < 32 {
        let why = format!("{} is damaged: put it back from a backup", path.display());
        return Err(Error::refused("secret_key", why));
    }
    Ok(Arc::from(text.as_bytes()))
}

/// Where the secret key is when it is not configured.
pub(crate) fn key_path(directory: &Path) -> PathBuf {
    directory.join("secret.key")
}

/// So many bits at the end of a mode are the rights of others.
const OWNER_ONLY: u32 = 6;

/// Whether only the owner may read a file or directory.
pub(crate) fn is_private(path: &Path) -> std::io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode().trailing_zeros() >= OWNER_ONLY)
}

/// Writes a file for the owner only, whole or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&fresh, path));
    written.map_err(|error| unusable(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_key_is_made_once_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = secret_key(None, directory.path()).unwrap();
        assert_eq!(secret_key(None, directory.path()).unwrap(), first);
        assert!(is_private(&key_path(directory.path())).unwrap());

        fs::write(key_path(directory.path()), "short").unwrap();
        assert!(secret_key(None, directory.path()).is_err());
        let configured = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            &*secret_key(Some(configured), directory.path()).unwrap(),
            configured.as_bytes()
        );
    }

    #[test]
    fn a_directory_keeps_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(begin(directory.path(), Mode::Demo, None).unwrap().starts, 1);
        assert_eq!(begin(directory.path(), Mode::Demo, None).unwrap().starts, 2);
        let error = begin(directory.path(), Mode::Production, None).unwrap_err();
        assert_eq!(error.code(), "another_mode");
        assert_eq!(mode(directory.path()).unwrap(), Mode::Demo);
    }

    #[test]
    fn a_directory_that_lost_a_service_is_not_started_whole() {
        let directory = tempfile::tempdir().unwrap();
        let (path, all) = (directory.path(), ["identity", "membership"]);
        check_whole(path, &all, true).unwrap();
        begin(path, Mode::Test, Some(vec!["identity".to_owned()])).unwrap();
        fs::write(path.join("identity.db"), "").unwrap();
        let refused = check_whole(path, &all, true).unwrap_err();
        assert!(refused.to_string().contains("scte serve identity"), "{refused}");
        check_whole(path, &all, false).unwrap();
        fs::write(path.join("membership.db"), "").unwrap();
        check_whole(path, &all, true).unwrap();
    }

    #[test]
    fn a_service_that_was_moved_is_not_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        begin(path, Mode::Test, None).unwrap();
        fs::write(path.join("membership.db.moved"), "").unwrap();
        for all in [true, false] {
            let refused = check_whole(path, &["membership"], all).unwrap_err();
            assert!(refused.to_string().contains("was moved"), "{refused}");
        }
        note_serves(path, vec!["identity".to_owned()]).unwrap();
        let known = installation(path).unwrap().unwrap();
        assert_eq!(known.serves, Some(vec!["identity".to_owned()]));
    }

    #[test]
    fn who_holds_a_directory_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let _held = hold(directory.path()).unwrap();
        let error = hold(directory.path()).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    }
}
