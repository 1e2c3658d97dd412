//! Other programs that live as long as the tests and no longer: also when the tests are killed.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Runs the program until its own input ends, then stops it and removes its folder.
const KEEPER: &str = r#"
trap : HUP INT TERM
folder=$1
shift
TMPDIR=$folder "$@" </dev/null &
cat >/dev/null
kill -TERM "$!" 2>/dev/null
wait "$!"
rm -rf "$folder"
"#;

/// A program at work in a folder of its own.
pub(crate) struct Kept {
    keeper: Child,
    lines: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
}

impl Kept {
    /// A fresh folder for a program, removed with it.
    pub(crate) fn folder() -> PathBuf {
        tempfile::tempdir().unwrap().keep()
    }

    /// Starts a program; what it says on its standard error goes to `log` in its folder.
    pub(crate) fn start(folder: PathBuf, program: &str, args: &[&str]) -> Self {
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .arg(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        Self { keeper, lines, folder }
    }

    /// What it prints up to and with the first line that says `text`.
    pub(crate) fn says(&mut self, text: &str) -> Vec<String> {
        let mut said = Vec::new();
        for line in self.lines.by_ref() {
            said.push(line.unwrap());
            if said.last().is_some_and(|line| line.contains(text)) {
                return said;
            }
        }
        panic!("it never said `{text}`: {said:#?} {}", self.log());
    }

    /// The folder it works in.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// What it said on its standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().unwrap();
    }
}
