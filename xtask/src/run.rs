//! Running other programs: says what is run, and what to do when it fails.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write, stderr, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

/// Nothing, or a sentence for whoever ran the task.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Says something to whoever ran the task. Nobody listening is no reason to stop.
pub(crate) fn say(text: &str) {
    writeln!(stderr(), "{text}").unwrap_or_default();
}

/// Prints a line that another program may read.
pub(crate) fn print(line: &str) {
    writeln!(stdout(), "{line}").unwrap_or_default();
}

/// A program with its arguments, to be run in a folder.
pub(crate) fn program(
    name: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(folder);
    command
}

/// Runs it with its output shown; `remedy` says what to do when it fails.
pub(crate) fn run(command: &mut Command, remedy: &str) -> Outcome {
    say(&format!("xtask: {}", shown(command)));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, remedy)) }
}

/// Runs it and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command.output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(command, String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Whether it runs and succeeds; says nothing.
pub(crate) fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs it, shows each line it prints as it comes, and shows it to `each` too. Gives whether it
/// succeeded.
pub(crate) fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Outcome<bool> {
    say(&format!("xtask: {}", shown(command)));
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(command, &error))?;
    if let Some(printed) = child.stdout.take() {
        for line in BufReader::new(printed).split(b'\n') {
            let line = line.map_err(|error| error.to_string())?;
            let line = String::from_utf8_lossy(&line);
            print(&line);
            each(&line);
        }
    }
    child.wait().map(|status| status.success()).map_err(|error| error.to_string())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", shown(command))
}

fn failed(command: &Command, remedy: &str) -> String {
    format!("`{}` failed. {remedy}", shown(command))
}
