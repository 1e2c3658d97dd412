//! A PostgreSQL cluster for one run: on a socket in a folder of its own, gone afterwards.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::run::{Outcome, program, say};

/// Starts the cluster, says where, and stops and removes it when its own input ends: also when
/// whoever started it was killed. PostgreSQL refuses to run as root, so root hands it to `postgres`.
const KEEPER: &str = r#"
set -eu
trap '' HUP INT TERM
folder=$(mktemp -d)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as() { runuser -u postgres -- "$@"; }
fi
cd "$folder"
as "$1/initdb" -D "$folder/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >"$folder.init" 2>&1 \
    || { cat "$folder.init" >&2; exit 1; }
rm -f "$folder.init"
options="-k $folder -c listen_addresses='' -c max_connections=250 $2"
as "$1/pg_ctl" -D "$folder/data" -w -s -l "$folder/log" -o "$options" start >&2 \
    || { cat "$folder/log" >&2; exit 1; }
echo "$folder"
cat >/dev/null
as "$1/pg_ctl" -D "$folder/data" -s -m immediate stop >&2 || true
cd /
rm -rf "$folder"
"#;

/// How much of a power cut the cluster is to survive.
#[derive(Clone, Copy)]
pub(crate) enum Disk {
    /// Nothing of it: tests are about what is said and done, and are to be quick.
    Careless,
    /// All of it: what is measured or killed is as it is in earnest.
    Careful,
}

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Cluster {
    keeper: Child,
    /// The address of its `postgres` database.
    pub(crate) url: String,
}

impl Cluster {
    /// Starts a cluster with the programs in `programs`.
    pub(crate) fn start(programs: &Path, disk: Disk) -> Outcome<Self> {
        let options = match disk {
            Disk::Careless => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            Disk::Careful => "",
        };
        let programs = programs.to_string_lossy();
        let mut keeper =
            program("sh", ["-c", KEEPER, "keeper", &programs, options], Path::new("/"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|error| format!("sh could not be started: {error}"))?;
        let mut folder = String::new();
        if let Some(said) = keeper.stdout.take() {
            BufReader::new(said).read_line(&mut folder).map_err(|error| error.to_string())?;
        }
        let folder = folder.trim();
        if folder.is_empty() {
            keeper.wait().map_err(|error| error.to_string())?;
            return Err("PostgreSQL did not start; what it said stands above.".to_owned());
        }
        say(&format!("xtask: PostgreSQL runs in {folder}"));
        let url = format!("postgres://postgres@localhost:5432/postgres?host={folder}");
        Ok(Self { keeper, url })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            say(&format!("xtask: PostgreSQL may not have stopped: {error}"));
        }
    }
}
