//! A program whose process is started, stopped or killed, and started again on the same data.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

use crate::outcome::{Failed, Outcome};

/// How long a process may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program and the process that runs it now.
pub(crate) struct Process {
    /// What it is, for people.
    pub(crate) name: &'static str,
    program: PathBuf,
    args: Vec<String>,
    log: PathBuf,
    listen: String,
    child: Option<Child>,
    /// Held open: the process stops in order when it closes.
    input: Option<ChildStdin>,
}

impl Process {
    /// The program with its arguments but the address, which is chosen by the first start.
    #[must_use]
    pub(crate) fn new(name: &'static str, program: PathBuf, args: Vec<String>, log: &Path) -> Self {
        let listen = "127.0.0.1:0".to_owned();
        Self { name, program, args, log: log.to_owned(), listen, child: None, input: None }
    }

    /// Where it answers, from the first start on.
    #[must_use]
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The number of the process that runs now.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Starts a process; the returned watch turns true when it answers.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub(crate) fn start(&mut self) -> Outcome<watch::Receiver<Option<String>>> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .args(["--listen", &self.listen])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()?;
        self.input = child.stdin.take();
        let said = child.stdout.take().ok_or_else(|| Failed::because("no output to read"))?;
        self.child = Some(child);
        let (sender, ready) = watch::channel(None);
        let mut reading = tokio::task::JoinSet::new();
        reading.spawn(async move {
            let mut lines = BufReader::new(said).lines();
            // Read on to the end: a process whose output nobody reads would stand still.
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(origin) = origin_in(&line) {
                    sender.send_replace(Some(origin));
                }
            }
        });
        reading.detach_all();
        Ok(ready)
    }

    /// Starts a process and waits until it answers.
    ///
    /// # Errors
    /// When it does not answer in time; its log says why.
    pub(crate) async fn start_and_wait(&mut self) -> Outcome {
        let ready = self.start()?;
        self.wait(ready).await
    }

    /// Waits until the process answers, and remembers where.
    ///
    /// # Errors
    /// When it does not answer in time; its log says why.
    pub(crate) async fn wait(&mut self, mut ready: watch::Receiver<Option<String>>) -> Outcome {
        let failed =
            || Failed::because(format!("{} does not start; see {}", self.name, self.log.display()));
        let said = tokio::time::timeout(PATIENCE, ready.wait_for(Option::is_some)).await;
        let origin = said.map_err(|_| failed())?.map_err(|_| failed())?.clone().unwrap_or_default();
        origin.trim_start_matches("http://").clone_into(&mut self.listen);
        Ok(())
    }

    /// Kills it with SIGKILL, wherever it is.
    ///
    /// # Errors
    /// When there is no process or it ended by itself before.
    pub(crate) async fn kill(&mut self) -> Outcome {
        let mut child = self.child.take().ok_or_else(|| Failed::because("nothing runs"))?;
        if let Some(status) = child.try_wait()? {
            let why =
                format!("{} ended by itself ({status}); see {}", self.name, self.log.display());
            return Err(Failed::because(why));
        }
        self.input = None;
        Ok(child.kill().await?)
    }

    /// Whether it ended by itself since it was started.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub(crate) fn ended(&mut self) -> Outcome<bool> {
        let Some(child) = &mut self.child else { return Ok(false) };
        let ended = child.try_wait()?.is_some();
        if ended {
            (self.child, self.input) = (None, None);
        }
        Ok(ended)
    }

    /// Sends it a signal, such as `-STOP`.
    ///
    /// # Errors
    /// When nothing runs.
    pub(crate) async fn signal(&self, signal: &str) -> Outcome {
        let child = self.child.as_ref().ok_or_else(|| Failed::because("nothing runs"))?;
        send(signal, child).await
    }

    /// Asks it to stop in order and waits for its end.
    ///
    /// # Errors
    /// When it does not end in time, or not with success.
    pub(crate) async fn stop(&mut self) -> Outcome {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        self.input = None;
        send("-TERM", &child).await?;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        let ended =
            ended.map_err(|_| Failed::because(format!("{} does not stop", self.name)))??;
        if ended.success() {
            return Ok(());
        }
        Err(Failed::because(format!(
            "{} stopped with {ended}; see {}",
            self.name,
            self.log.display()
        )))
    }
}

/// Sends a signal, such as `-TERM`.
async fn send(signal: &str, child: &Child) -> Outcome {
    if let Some(id) = child.id() {
        Command::new("kill").args([signal, &id.to_string()]).status().await?;
    }
    Ok(())
}

/// The address in a line such as `ready http://127.0.0.1:8080`.
fn origin_in(line: &str) -> Option<String> {
    let at = line.find("http://127.0.0.1:")?;
    let rest = &line[at..];
    let end = rest["http://".len()..].find(|c: char| !(c.is_ascii_digit() || ".:".contains(c)));
    Some(end.map_or(rest, |end| &rest[..end + "http://".len()]).to_owned())
}

#[cfg(test)]
mod tests {
    use super::origin_in;

    #[test]
    fn the_address_is_found_in_what_a_program_says() {
        let found = origin_in("Open http://127.0.0.1:8080/ in a browser");
        assert_eq!(found.as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(origin_in("ready http://127.0.0.1:1").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(origin_in("starting"), None);
    }
}
