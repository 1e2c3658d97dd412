//! Running other programs: says what is run, and what to do when it fails.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write, stderr, stdout};
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

/// Runs it, shows each line it prints or says as it comes, and shows what it prints to `printed` and
/// what it says beside that to `said`. Gives whether it succeeded.
pub(crate) fn watch(
    command: &mut Command,
    mut printed: impl FnMut(&str),
    said: impl FnMut(&str) + Send,
) -> Outcome<bool> {
    say(&format!("xtask: {}", shown(command)));
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(|error| not_started(command, &error))?;
    let (out, beside) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let mut said = said;
        scope.spawn(move || {
            each_line(beside, |line| {
                say(line);
                said(line);
            });
        });
        each_line(out, |line| {
            print(line);
            printed(line);
        });
    });
    child.wait().map(|status| status.success()).map_err(|error| error.to_string())
}

/// Each line of a stream, to its end.
fn each_line(stream: Option<impl Read>, mut each: impl FnMut(&str)) {
    let Some(stream) = stream else { return };
    // A stream that breaks off ends: what became of the program, its exit says.
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        each(&String::from_utf8_lossy(&line));
    }
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
