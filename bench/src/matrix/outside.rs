//! The world outside: a mail server, and wires to it and to the payment provider that can be cut.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cluster::Wire;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::outcome::{Failed, Outcome};

/// The mail server of the whole-system stories.
const MAIL_SERVER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/scte/tests/stories/mail.py");

/// The Python that has what it needs: the one the task runner installed.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python/bin/python3");

/// What lies outside of an installation.
pub(crate) struct Outside {
    /// Where the website will answer.
    pub(crate) website: SocketAddr,
    /// To the mail server.
    pub(crate) smtp: Wire,
    /// To the payment provider: the sandbox, which the website serves itself. Only calls to the
    /// provider come this way; visitors go to its page, and its webhooks to us, without it.
    pub(crate) provider: Wire,
    /// A line of JSON for each mail that arrived.
    pub(crate) mails: PathBuf,
    /// Its standard input ends with us, and it with that.
    _server: Child,
}

impl Outside {
    /// Starts it; mails are kept in `folder`.
    ///
    /// # Errors
    /// When the mail server does not start.
    pub(crate) async fn start(folder: &Path, seed: u64) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let mails = folder.join("mails");
        let mut server = Command::new(PYTHON)
            .arg(MAIL_SERVER)
            .arg(&mails)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| {
                Failed::because(format!("{PYTHON}: {why}; `cargo xtask` installs it"))
            })?;
        let said = server.stdout.take().ok_or_else(|| Failed::because("no output to read"))?;
        let line = BufReader::new(said).lines().next_line().await?.unwrap_or_default();
        let port: u16 = line.trim().parse().map_err(|_| {
            Failed::because(format!("the mail server says `{line}` in place of its port"))
        })?;
        let website = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self {
            website,
            smtp: Wire::before(SocketAddr::from(([127, 0, 0, 1], port)), seed)?,
            provider: Wire::before(website, seed)?,
            mails,
            _server: server,
        })
    }
}
