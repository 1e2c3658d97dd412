//! The shape of one process: the real binary on a data directory of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::together;
use crate::world::{PATIENCE, SCTE, note};

/// The process, or where it will run.
pub(crate) struct One {
    folder: PathBuf,
    pub(crate) seed: u64,
    pub(crate) twice: bool,
    process: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl One {
    /// Not started yet; its configuration stands in the folder.
    pub(crate) fn new(folder: &Path, seed: u64, twice: bool) -> Self {
        Self { folder: folder.to_owned(), seed, twice, process: None }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A command of the binary on this data directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SCTE);
        command.arg("--data").arg(self.data()).arg("--config").arg(self.folder.join("scte.toml"));
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts the process; says what it printed, and where the website is.
    pub(crate) async fn start(&mut self, listen: &str) -> (Vec<String>, String) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log"));
        let mut up = self.command(&["up", "--demo", "--test", "--listen", listen]);
        up.env("SCTE__TEST__SEED", (self.seed >> 1).to_string())
            .env("SCTE__TEST__TWICE", self.twice.to_string())
            .stdout(Stdio::piped())
            .stderr(log.unwrap());
        let mut child = up.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let greeting = async {
            let mut greeting = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Stop it with") {
                    return greeting;
                }
                greeting.push(line);
            }
            panic!("it did not start: {}", self.log());
        };
        let greeting = tokio::time::timeout(PATIENCE, greeting).await;
        let greeting = greeting.unwrap_or_else(|_| panic!("it was never ready: {}", self.log()));
        let found = greeting.iter().find_map(|line| line.split("The website is at ").nth(1));
        let line = found.expect("it says where it is").to_owned();
        note(&line);
        self.process = Some((child, lines));
        (greeting, line.split(' ').next().unwrap().to_owned())
    }

    /// SIGKILL, at this very moment.
    pub(crate) async fn kill(&mut self) {
        let (mut child, _lines) = self.process.take().expect("the process runs");
        child.kill().await.unwrap();
    }

    /// SIGTERM, and waits for the end; says the exit code.
    pub(crate) async fn end(&mut self) -> Option<i32> {
        let (mut child, _lines) = self.process.take().expect("the process runs");
        let id = child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(told.success());
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        ended.expect("it ends when asked").unwrap().code()
    }

    /// The process's id.
    pub(crate) fn process(&self) -> u32 {
        self.process.as_ref().and_then(|(child, _)| child.id()).expect("the process runs")
    }

    /// What the process logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Asks over the control socket.
    pub(crate) async fn ask(&self, question: &Value) -> Value {
        together::asked(&self.data(), question).await
    }
}
