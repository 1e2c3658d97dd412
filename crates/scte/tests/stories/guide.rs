//! Follows a how-to word by word: writes the files it shows, runs its commands, types into its
//! terminals, and looks for what it says will be seen.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cluster::found;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::mail;
use crate::world::{PATIENCE, SCTE, note};

/// A fenced block: what stands behind the language, and its text.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The heading it stands under.
    heading: String,
    marks: BTreeMap<String, String>,
    text: String,
}

/// The blocks of a page, in order.
fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut heading) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            heading = line.trim_start_matches(['#', ' ']).to_owned();
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let (heading, text) = (heading.clone(), text.join("\n") + "\n");
        found.push(Block { heading, marks: marks(info), text });
    }
    found
}

/// `sh terminal=one at="a b"`: the words behind the language, by name.
fn marks(info: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = info.split_once(' ').map_or("", |(_, rest)| rest);
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (value, left) = match behind.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => match behind.strip_prefix('=') {
                Some(bare) => bare.split_once(' ').unwrap_or((bare, "")),
                None => ("", behind),
            },
        };
        found.insert(name.to_owned(), value.to_owned());
        rest = left.trim_start();
    }
    found
}

/// Runs a command as a terminal does, in a process group of its own, and says which. When its own
/// input ends, also because we were killed, it kills what still runs.
const TERMINAL: &str = r#"
set -m
bash -c "exec $1" </dev/null >>"$2" 2>&1 &
echo $!
cat >/dev/null
kill -KILL -- "-$!" 2>/dev/null || true
"#;

/// A terminal with a command that goes on.
struct Terminal {
    /// Its input ends with us.
    _shell: Child,
    group: u32,
    /// What is printed there.
    screen: PathBuf,
    /// Where it takes connections when it is ready; else it says how to stop it.
    at: Option<String>,
    ready: bool,
}

/// A how-to that is being followed.
pub(crate) struct Guide {
    name: String,
    folder: PathBuf,
    blocks: std::vec::IntoIter<Block>,
    terminals: BTreeMap<String, Terminal>,
    /// What stands in the page, and what is taken in its place.
    instead: Vec<(String, String)>,
    path: String,
    done: usize,
}

impl Guide {
    /// Opens a page, to be followed in an empty folder; `databases` stands in the place of the URL
    /// of the databases that it names.
    pub(crate) fn open(name: &str, folder: &Path, databases: Option<String>) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/howto").join(name);
        let page = std::fs::read_to_string(file).unwrap();
        let url = "postgres://scte:sample@127.0.0.1:5432/scte_{service}";
        let mut instead: Vec<_> =
            databases.map(|ours| (url.to_owned(), ours)).into_iter().collect();
        instead.extend(free_ports(&page.replace(url, "")));
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            blocks: blocks(&page).into_iter(),
            terminals: BTreeMap::new(),
            instead,
            path: path(),
            done: 0,
        }
    }

    /// What is taken in the place of a text of the page.
    pub(crate) fn instead(&self, text: &str) -> String {
        self.instead.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// Follows the page as far as this heading.
    pub(crate) async fn follow_to(&mut self, heading: &str) {
        while self.blocks.as_slice().first().is_some_and(|block| block.heading != heading) {
            let block = self.blocks.next().expect("there is one");
            self.follow(&block).await;
        }
        assert!(!self.blocks.as_slice().is_empty(), "{} has no `{heading}` ahead", self.name);
        self.all_ready().await;
    }

    /// Follows the rest of the page.
    pub(crate) async fn finish(&mut self) {
        while let Some(block) = self.blocks.next() {
            self.follow(&block).await;
        }
        self.all_ready().await;
        note(&format!("{}: {} steps followed", self.name, self.done));
    }

    /// The data directories of what runs now.
    pub(crate) fn data(&self) -> Vec<PathBuf> {
        let all = std::fs::read_dir(self.folder.join("var")).into_iter().flatten().flatten();
        let runs = |path: &PathBuf| {
            let known = std::fs::read_to_string(path.join("scte.lock")).unwrap_or_default();
            known.trim().parse().is_ok_and(|id: u32| runs(id))
        };
        all.map(|entry| entry.path()).filter(runs).collect()
    }

    /// All that is printed in the terminals.
    pub(crate) fn screens(&self) -> String {
        self.terminals.keys().map(|name| self.screen(name)).collect()
    }

    fn screen(&self, terminal: &str) -> String {
        let text = std::fs::read_to_string(self.folder.join(format!("{terminal}.screen")));
        format!("--- {terminal}\n{}\n", text.unwrap_or_default())
    }

    async fn follow(&mut self, block: &Block) {
        let (mark, text) = (|name: &str| block.marks.get(name), self.instead(&block.text));
        if mark("needs").is_some() {
            return;
        }
        self.done += 1;
        if let Some(file) = mark("file") {
            std::fs::write(self.folder.join(file), &text).unwrap();
        } else if let Some(terminal) = mark("terminal") {
            let at = mark("at").map(|at| self.instead(at));
            self.open_terminal(terminal, text.trim(), at).await;
        } else if let Some(terminal) = mark("ctrl-c") {
            self.all_ready().await;
            self.ctrl_c(terminal).await;
        } else {
            self.all_ready().await;
            self.run(&text, mark("shows")).await;
        }
    }

    async fn open_terminal(&mut self, name: &str, command: &str, at: Option<String>) {
        let screen = self.folder.join(format!("{name}.screen"));
        std::fs::write(&screen, "").unwrap();
        let mut shell = self.bash(&["-c", TERMINAL, "terminal", command]);
        // Were it killed when it is dropped, it could not end what runs in it.
        shell.kill_on_drop(false);
        let mut shell =
            shell.arg(&screen).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let group = line.trim().parse().expect("the terminal names its process");
        let terminal = Terminal { _shell: shell, group, screen, at, ready: false };
        let old = self.terminals.insert(name.to_owned(), terminal);
        assert!(old.is_none_or(|old| !runs(old.group)), "{name} is still busy");
    }

    /// Whoever opens several terminals waits for the last.
    async fn all_ready(&mut self) {
        let names: Vec<String> = self.terminals.keys().cloned().collect();
        for name in names {
            let ready = found(PATIENCE, async || {
                let (ready, busy) = (self.is_ready(&name).await, runs(self.terminals[&name].group));
                // What has ended will never be ready.
                (ready || !busy).then_some(ready)
            });
            let ready = ready.await == Some(true);
            assert!(ready, "{name} was never ready: {}", self.screens());
        }
    }

    async fn is_ready(&mut self, name: &str) -> bool {
        let Some(terminal) = self.terminals.get_mut(name) else { return true };
        if !terminal.ready {
            terminal.ready = match &terminal.at {
                Some(at) => TcpStream::connect(at).await.is_ok(),
                None => std::fs::read_to_string(&terminal.screen)
                    .is_ok_and(|text| text.contains("Stop it with Ctrl-C.")),
            };
        }
        terminal.ready
    }

    async fn ctrl_c(&mut self, name: &str) {
        let terminal = self.terminals.remove(name).unwrap_or_else(|| panic!("no terminal {name}"));
        let group = format!("-{}", terminal.group);
        let sent = Command::new("kill").args(["-INT", "--", &group]).status().await.unwrap();
        assert!(sent.success(), "{name} had ended: {}", self.screen(name));
        let ended = found(PATIENCE, async || (!runs(terminal.group)).then_some(())).await;
        assert!(ended.is_some(), "{name} does not stop: {}", self.screen(name));
    }

    /// Runs commands to their end; looks again until they show what the page says.
    async fn run(&self, commands: &str, shows: Option<&String>) {
        let mut last = None;
        let done = found(PATIENCE, async || {
            let output = self.bash(&["-euo", "pipefail", "-c", commands]).output().await.unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let seen = shows.is_none_or(|text| said.contains(text.as_str()));
            // What can still come is looked for again; what was refused stays refused.
            let over = (seen || !output.status.success()).then_some(output.status.success());
            last =
                Some((output.status, said, String::from_utf8_lossy(&output.stderr).into_owned()));
            over
        });
        if done.await != Some(true) {
            let (name, screens) = (&self.name, self.screens());
            panic!("{name}: {commands}gave {last:?}\nand not {shows:?}\n{screens}");
        }
    }

    fn bash(&self, args: &[&str]) -> Command {
        let mut bash = Command::new("bash");
        bash.args(args).current_dir(&self.folder).env("PATH", &self.path);
        // Mail goes where the test finds it.
        bash.env("SCTE__OUTREACH__SMTP", mail::address()).env("SCTE__LOG__FORMAT", "text");
        bash.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        bash
    }
}

/// Whether a process runs; one that ended and was not asked for yet does not.
fn runs(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Where `scte`, the broker and all others are found.
fn path() -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scte = Path::new(SCTE).parent().unwrap().to_owned();
    let nats = std::env::var_os("SCTE_TEST_NATS").map(PathBuf::from);
    let nats = nats.and_then(|file| file.parent().map(Path::to_owned));
    let nats = nats.unwrap_or_else(|| workspace.join("target/python/bin"));
    let own = std::env::var_os("PATH").unwrap_or_default();
    let all =
        [scte, nats, PathBuf::from("/usr/sbin")].into_iter().chain(std::env::split_paths(&own));
    std::env::join_paths(all).unwrap().into_string().unwrap()
}

/// A free port for every loopback address of a page.
fn free_ports(page: &str) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    for rest in page.split("127.0.0.1:").skip(1) {
        let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
        // Held until all are given, so that none is given twice.
        found.entry(port).or_insert_with(|| TcpListener::bind("127.0.0.1:0").unwrap());
    }
    let pair = |(port, held): (String, TcpListener)| {
        (format!("127.0.0.1:{port}"), held.local_addr().unwrap().to_string())
    };
    found.into_iter().map(pair).collect()
}

#[test]
fn a_page_is_read_as_steps() {
    let page =
        "# A\n\n```sh needs\nmake\n```\n## B\n```sh terminal=one at=\"a b\" shows=c\nrun it\n```\n";
    let all = blocks(page);
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].heading.as_str(), all[1].heading.as_str()), ("A", "B"));
    assert!(all[0].marks.contains_key("needs"));
    let marks = [("at", "a b"), ("shows", "c"), ("terminal", "one")];
    let marks = marks.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(all[1].marks, BTreeMap::from(marks));
    assert_eq!(all[1].text, "run it\n");
}

#[test]
fn ports_of_a_page_are_replaced_each_by_one() {
    let ports = free_ports("127.0.0.1:8300 and http://127.0.0.1:8401/x, 127.0.0.1:8300");
    assert_eq!(ports.len(), 2);
    assert_ne!(ports[0].1, ports[1].1);
}
