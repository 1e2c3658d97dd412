//! Looks for what is wrong with an installation and says what to do about it.

use std::path::Path;

use messaging::{Result, Target};
use serde::{Deserialize, Serialize};

use crate::house::{Estate, Open};
use crate::{data, status, tables};

/// The least free space, in MiB, below which writes are in danger.
const LEAST_FREE_MIB: u64 = 512;

/// One thing looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) what: String,
    /// Whether it is as it should be.
    pub(crate) ok: bool,
    /// What was found, and what to do when it is wrong.
    pub(crate) says: String,
}

fn finding(what: impl Into<String>, ok: bool, says: impl Into<String>) -> Finding {
    Finding { what: what.into(), ok, says: says.into() }
}

/// Looks at everything.
pub(crate) async fn examine(estate: &Estate) -> Vec<Finding> {
    let mut found = vec![directory(&estate.data), secret_key(estate), space(&estate.data).await];
    found.push(clock(estate).await);
    for name in estate.names() {
        match estate.open(name) {
            Some(open) => found.extend(service(estate, name, &open).await),
            None if estate.works => found.push(finding(name, false, "stopped: start it on /ops")),
            None => found.push(finding(name, true, "no database yet")),
        }
    }
    found
}

fn directory(directory: &Path) -> Finding {
    let says = directory.display().to_string();
    match data::is_private(directory) {
        Ok(true) => finding("data directory", true, says),
        Ok(false) => {
            let says = format!("others may read {says}: `chmod 700` it");
            finding("data directory", false, says)
        }
        Err(error) => finding("data directory", false, error.to_string()),
    }
}

fn secret_key(estate: &Estate) -> Finding {
    let path = data::key_path(&estate.data);
    if estate.config.own.secrets.key.get().is_some() {
        return finding("secret key", true, "configured");
    }
    match data::is_private(&path) {
        Ok(true) => finding("secret key", true, path.display().to_string()),
        Ok(false) => {
            let says = format!("others may read {}: `chmod 600` it", path.display());
            finding("secret key", false, says)
        }
        Err(error) => finding("secret key", false, format!("{}: {error}", path.display())),
    }
}

async fn space(directory: &Path) -> Finding {
    let what = "free disk space";
    let df = tokio::process::Command::new("df").arg("-Pk").arg(directory).output().await;
    let text = df.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    match free_kib(&text) {
        Some(kib) => {
            let mib = kib / 1024;
            let ok = mib >= LEAST_FREE_MIB;
            let advice = if ok { "" } else { ": make room before the databases cannot grow" };
            finding(what, ok, format!("{mib} MiB{advice}"))
        }
        None => finding(what, true, "could not be asked (`df` is missing)"),
    }
}

/// The fourth column of the second line of `df -Pk`.
fn free_kib(text: &str) -> Option<u64> {
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// A clock behind what was already published went back.
async fn clock(estate: &Estate) -> Finding {
    let now = estate.house.clock.now();
    for name in estate.names() {
        let Some(open) = estate.open(name) else { continue };
        if let Ok(Some(last)) = tables::last_said(&open.db).await
            && last > now + chrono::TimeDelta::seconds(5)
        {
            let says = format!("it is {now}, but {name} published at {last}: set the clock right");
            return finding("clock", false, says);
        }
    }
    finding("clock", true, now.to_rfc3339())
}

async fn service(estate: &Estate, name: &str, open: &Open) -> Vec<Finding> {
    let mut found = vec![database(name, open).await];
    let status = status::of_service(estate, name).await;
    for feed in &status.feeds {
        let what = format!("{name} reads {}", feed.feed);
        if let Some(why) = &feed.halted {
            let says = format!("halted at {}: {why}; resume it on /ops/{name}", feed.pos);
            found.push(finding(what, false, says));
        } else if feed.head.is_some_and(|head| head < feed.pos) {
            let says = format!("the cursor {} is beyond the head {:?}", feed.pos, feed.head);
            found.push(finding(what, false, says));
        }
    }
    if let Some(waiting) = &status.waiting {
        if waiting.parked > 0 {
            let says = format!("{}: see `scte parked list`", waiting.parked);
            found.push(finding(format!("{name}: parked messages"), false, says));
        }
        if waiting.held {
            let says = "held after a restore: compare, then `scte release`";
            found.push(finding(format!("{name}: timers and effects"), false, says));
        }
    }
    found
}

async fn database(name: &str, open: &Open) -> Finding {
    let what = format!("{name}: database");
    let looked: Result<(String, String)> = async {
        let version = tables::version(&open.db).await?;
        let sound = match open.db.target() {
            Target::Sqlite(_) => tables::integrity(&open.db).await?,
            Target::Postgres(_) => "ok".to_owned(),
        };
        Ok((version, sound))
    }
    .await;
    match looked {
        Ok((version, sound)) if sound == "ok" => {
            let engine = match open.db.target() {
                Target::Sqlite(_) => "SQLite",
                Target::Postgres(_) => "PostgreSQL",
            };
            finding(what, true, format!("{engine} {version}"))
        }
        Ok((_, sound)) => finding(what, false, format!("{sound}: restore it from a backup")),
        Err(error) => finding(what, false, error.chain()),
    }
}

/// What was found, as a terminal shows it.
pub(crate) fn text(found: &[Finding]) -> String {
    let line = |one: &Finding| {
        format!("{} {:<32} {}\n", if one.ok { "ok   " } else { "WRONG" }, one.what, one.says)
    };
    found.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn free_space_is_read_from_df() {
        let text =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 10 4 6 40% /\n";
        assert_eq!(super::free_kib(text), Some(6));
        assert_eq!(super::free_kib(""), None);
    }
}
