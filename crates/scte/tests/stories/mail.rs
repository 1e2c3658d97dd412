//! The mail server of the stories: one for all of them, a real one (aiosmtpd).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// A mail that arrived.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Mail {
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    /// The `Message-ID`.
    pub(crate) id: String,
    pub(crate) text: String,
}

struct Server {
    port: u16,
    file: PathBuf,
    _directory: tempfile::TempDir,
    /// Its standard input ends with this process, and it with that.
    _process: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// A Python that has aiosmtpd: the one of the test run, or the one it installed.
fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/python3");
    let has_it = |python: &PathBuf| {
        let asked =
            Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = [PathBuf::from("python3"), installed].into_iter().find(has_it);
    found.expect("aiosmtpd: `cargo xtask test` installs it")
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("mails");
        let mut process = Command::new(python())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/mail.py"))
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("the mail server says its port");
        Server { port, file, _directory: directory, _process: process }
    })
}

/// Where it listens.
pub(crate) fn address() -> String {
    format!("127.0.0.1:{}", server().port)
}

/// What arrived for an address, in order.
pub(crate) fn to(address: &str) -> Vec<Mail> {
    let text = std::fs::read_to_string(&server().file).unwrap_or_default();
    // A mail that is being written has no end of line yet.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mails = whole.lines().map(|line| serde_json::from_str::<Mail>(line).unwrap());
    mails.filter(|mail| mail.to.iter().any(|to| to == address)).collect()
}
