//! A program whose process is started, stopped, killed or paused, and started again as it was.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::keeper::Keeper;
use crate::{Failed, Outcome};

/// How long a process may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long until the same is looked at again.
const AGAIN: Duration = Duration::from_millis(20);

/// How a process shows that it is ready.
#[derive(Debug, Clone)]
pub enum Ready {
    /// It prints a line with these words.
    Says(&'static str),
    /// It takes connections here, and says the first word when the second is set.
    Answers(SocketAddr, bool),
    /// PostgreSQL answers at this URL.
    Postgres(String),
}

/// How a process is started, and how it is asked to stop.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// What it is, for people.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// What it is told.
    pub args: Vec<String>,
    /// What is added to its environment.
    pub environment: Vec<(String, String)>,
    /// Where it works.
    pub folder: PathBuf,
    /// As whom it runs: user and group; none is as whom we run.
    pub user: Option<(u32, u32)>,
    /// What it prints is added to `<log>.out`, what it logs to `<log>.log`.
    pub log: PathBuf,
    /// How it shows that it is ready.
    pub ready: Ready,
    /// The signal that asks it to stop at once but in order.
    pub stop: &'static str,
    /// The signal that ends it when nobody waits any more.
    pub end: &'static str,
}

/// A program and the process that runs it now.
#[derive(Debug)]
pub struct Process {
    recipe: Recipe,
    keeper: Keeper,
    child: Option<Child>,
    /// How much had been printed before this start.
    printed: u64,
    paused: bool,
}

impl Process {
    pub(crate) fn new(recipe: Recipe, keeper: Keeper) -> Self {
        Self { recipe, keeper, child: None, printed: 0, paused: false }
    }

    /// The number of the process that runs now.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Whether it runs and was not paused.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.child.is_some() && !self.paused
    }

    /// Where its log goes.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.recipe.log.with_extension("log")
    }

    /// What it printed since its last start.
    #[must_use]
    pub fn printed(&self) -> String {
        let all = std::fs::read(self.recipe.log.with_extension("out")).unwrap_or_default();
        let own = all.get(usize::try_from(self.printed).unwrap_or_default()..).unwrap_or_default();
        String::from_utf8_lossy(own).into_owned()
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be run or is not ready in time; the end of its log is told.
    pub async fn start(&mut self) -> Outcome {
        self.begin()?;
        self.wait().await
    }

    /// Starts it without waiting.
    ///
    /// # Errors
    /// When it cannot be run, or runs already.
    pub fn begin(&mut self) -> Outcome {
        if self.child.is_some() {
            return Err(Failed::because(format!("{} runs already", self.recipe.name)));
        }
        let (out, log) = (self.added("out")?, self.added("log")?);
        self.printed = out.metadata()?.len();
        let Recipe { program, args, environment, folder, user, .. } = &self.recipe;
        let mut command = Command::new(program);
        command.args(args).current_dir(folder).process_group(0);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(out).stderr(log);
        if let Some((user, group)) = user {
            command.uid(*user).gid(*group);
        }
        let child = command.spawn().map_err(|error| {
            Failed::because(format!("{} could not be started: {error}", program.display()))
        })?;
        if let Some(id) = child.id() {
            self.keeper.keep(self.recipe.end, id);
        }
        (self.child, self.paused) = (Some(child), false);
        Ok(())
    }

    fn added(&self, to: &str) -> Outcome<File> {
        Ok(File::options().create(true).append(true).open(self.recipe.log.with_extension(to))?)
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// When it ended or is not ready in time; the end of its log is told.
    pub async fn wait(&mut self) -> Outcome {
        let began = Instant::now();
        while !self.is_ready().await {
            if let Some(ended) = self.ended()? {
                return Err(self.told(&format!("ended ({ended})")));
            }
            if began.elapsed() > PATIENCE {
                return Err(self.told("is not ready in time"));
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    pub(crate) async fn is_ready(&self) -> bool {
        match &self.recipe.ready {
            Ready::Says(words) => self.printed().contains(words),
            Ready::Answers(address, speaks_first) => answers(*address, *speaks_first).await,
            Ready::Postgres(url) => crate::pg::answers(url).await,
        }
    }

    /// How it ended, when it did so by itself.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub fn ended(&mut self) -> Outcome<Option<std::process::ExitStatus>> {
        let Some(child) = &mut self.child else { return Ok(None) };
        let id = child.id();
        let ended = child.try_wait()?;
        if ended.is_some() {
            self.child = None;
            self.forget(id);
        }
        Ok(ended)
    }

    fn forget(&self, id: Option<u32>) {
        if let Some(id) = id {
            self.keeper.done(id);
        }
    }

    fn told(&self, what: &str) -> Failed {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(15)..].join("\n");
        Failed::because(format!("{} {what}; {}:\n{last}", self.recipe.name, self.log().display()))
    }

    /// Kills it, and the processes it started, with SIGKILL; returns when none of them is left.
    ///
    /// # Errors
    /// When it does not run, or ended by itself before.
    pub async fn kill(&mut self) -> Outcome {
        if let Some(ended) = self.ended()? {
            return Err(self.told(&format!("ended by itself ({ended})")));
        }
        // Those of PostgreSQL are each in a group of their own.
        let children = self.id().map(children).unwrap_or_default();
        self.signal("KILL").await?;
        for child in &children {
            let mut kill = Command::new("kill");
            kill.args(["-KILL", &child.to_string()]).stderr(Stdio::null()).status().await?;
        }
        self.reap().await?;
        let began = Instant::now();
        while children.iter().any(|child| stat(*child).is_some_and(|(state, _)| state != 'Z')) {
            if began.elapsed() > PATIENCE {
                return Err(self.told("left processes behind"));
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// Asks it to stop and waits until it did.
    ///
    /// # Errors
    /// When it does not end in time, or not with success.
    pub async fn stop(&mut self) -> Outcome {
        self.ask_to_stop().await?;
        self.wait_for_end().await
    }

    /// Asks it to stop, when it runs; one that was paused goes on for it.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(crate) async fn ask_to_stop(&mut self) -> Outcome {
        if self.child.is_none() {
            return Ok(());
        }
        self.signal(self.recipe.stop).await?;
        if self.paused { self.go_on().await } else { Ok(()) }
    }

    /// Waits for the end of one that was asked to stop.
    ///
    /// # Errors
    /// When it does not end in time, or not with success.
    pub(crate) async fn wait_for_end(&mut self) -> Outcome {
        if self.child.is_none() {
            return Ok(());
        }
        let ended = self.reap().await?;
        if ended.success() { Ok(()) } else { Err(self.told(&format!("stopped with {ended}"))) }
    }

    /// Stops it where it is, with SIGSTOP; its connections stay.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn pause(&mut self) -> Outcome {
        self.signal("STOP").await?;
        self.paused = true;
        Ok(())
    }

    /// Lets it go on, with SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn go_on(&mut self) -> Outcome {
        self.signal("CONT").await?;
        self.paused = false;
        Ok(())
    }

    async fn signal(&self, signal: &str) -> Outcome {
        let id = self.id();
        let id = id.ok_or_else(|| Failed::because(format!("{} does not run", self.recipe.name)))?;
        let group = format!("-{id}");
        let mut kill = Command::new("kill");
        let sent = kill.args(["-s", signal, "--", &group]).stderr(Stdio::null()).status().await?;
        if sent.success() {
            return Ok(());
        }
        Err(Failed::because(format!("{} cannot be sent {signal}", self.recipe.name)))
    }

    async fn reap(&mut self) -> Outcome<std::process::ExitStatus> {
        let Some(mut child) = self.child.take() else {
            return Err(Failed::because(format!("{} does not run", self.recipe.name)));
        };
        let id = child.id();
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        let ended = ended.map_err(|_| self.told("does not end"))??;
        self.forget(id);
        Ok(ended)
    }
}

/// State and parent of a process, as the kernel tells them.
fn stat(id: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The program's name stands in brackets and may hold spaces.
    let mut rest = stat.rsplit_once(") ")?.1.split(' ');
    Some((rest.next()?.chars().next()?, rest.next()?.parse().ok()?))
}

/// The processes that a process started itself.
fn children(of: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|id| stat(*id).is_some_and(|(_, parent)| parent == of)).collect()
}

/// Whether somebody takes connections, and speaks when that is asked for.
async fn answers(address: SocketAddr, speaks_first: bool) -> bool {
    let attempt = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        if speaks_first {
            return (stream.read(&mut [0; 4]).await.ok()? > 0).then_some(());
        }
        Some(())
    };
    let patience = Duration::from_secs(1);
    tokio::time::timeout(patience, attempt).await.ok().flatten().is_some()
}

/// The start of a recipe: everything that most programs have in common.
pub(crate) fn recipe(name: &str, program: &Path, folder: &Path, log: PathBuf) -> Recipe {
    Recipe {
        name: name.to_owned(),
        program: program.to_owned(),
        args: Vec::new(),
        environment: Vec::new(),
        folder: folder.to_owned(),
        user: None,
        log,
        ready: Ready::Says("Stop it with"),
        stop: "TERM",
        end: "KILL",
    }
}
