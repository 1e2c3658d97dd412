//! How the programs here end and where they write.

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// A result, or a sentence for whoever ran the program.
pub type Outcome<T = ()> = Result<T, Failed>;

/// Why a program could not go on.
#[derive(Debug)]
pub struct Failed(String);

impl Failed {
    /// For this reason.
    pub fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

impl Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for Failed {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )*};
}

from!(
    std::io::Error,
    sqlx::Error,
    reqwest::Error,
    serde_json::Error,
    tokio::task::JoinError,
    ::cluster::Failed
);

impl From<messaging::Error> for Failed {
    fn from(error: messaging::Error) -> Self {
        Self(error.chain())
    }
}

/// Prints a line. Nobody listening is no reason to stop.
pub fn print(line: impl Display) {
    writeln!(std::io::stdout(), "{line}").unwrap_or_default();
}

/// Says something to whoever ran the program, beside what it prints.
pub fn say(line: impl Display) {
    writeln!(std::io::stderr(), "{line}").unwrap_or_default();
}

/// Ends a program: says why it failed.
#[must_use]
pub fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(why);
            ExitCode::FAILURE
        }
    }
}

/// The program `name` that was built beside this one.
///
/// # Errors
/// When it is not there.
pub fn sibling(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(Failed::because(format!("{} is not built; build the workspace first", path.display())))
}

/// The folder `target/<name>`, made when it is not there.
///
/// # Errors
/// When it cannot be made.
pub fn folder(name: &str) -> Outcome<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(std::path::Path::parent);
    let folder = target.ok_or_else(|| Failed::because("this program is in no folder"))?.join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The PostgreSQL cluster that the task runner started, as a URL of its database `postgres`.
///
/// # Errors
/// When there is none.
#[expect(clippy::disallowed_methods, reason = "the task runner says where its cluster is")]
pub fn cluster() -> Outcome<String> {
    std::env::var("SCTE_TEST_PG").map_err(|_| {
        Failed::because("SCTE_TEST_PG names no PostgreSQL cluster; run it by `cargo xtask`")
    })
}

/// The seed that `SCTE_TEST_SEED` names; one without it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "whoever repeats a run says which")]
pub fn seed() -> u64 {
    std::env::var("SCTE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}
