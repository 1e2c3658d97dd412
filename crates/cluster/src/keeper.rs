//! Sees to it that no process outlives the harness, not even one that was killed with SIGKILL.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Outcome;

/// Reads which process groups there are, and ends them when its input ends. What gets another
/// signal than KILL (PostgreSQL, which keeps shared memory) has five seconds for it.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
runs() {
    stat=
    [ -r "/proc/$1/stat" ] && read -r stat <"/proc/$1/stat"
    case $stat in '' | *') Z '*) return 1 ;; esac
}
kept= folder=
while read -r word what; do
    case $word in
        keep) kept="$kept $what" ;;
        done) left=
            for one in $kept; do [ "${one#*:}" = "$what" ] || left="$left $one"; done
            kept=$left ;;
        remove) folder=$what ;;
    esac
done
for one in $kept; do
    kill -s "${one%:*}" -- "-${one#*:}" 2>/dev/null
    kill -s CONT -- "-${one#*:}" 2>/dev/null
done
for one in $kept; do
    n=0
    while [ $n -lt 100 ] && runs "${one#*:}"; do
        n=$((n + 1))
        sleep 0.05
    done
    kill -s KILL -- "-${one#*:}" 2>/dev/null
done
[ -z "$folder" ] || rm -rf "$folder"
"#;

/// A shell that outlives us by as long as it takes.
#[derive(Debug, Clone)]
pub(crate) struct Keeper(Arc<Shell>);

#[derive(Debug)]
struct Shell(Mutex<Child>);

impl Keeper {
    /// Starts it, in a process group of its own: Ctrl-C is for us.
    pub(crate) fn start() -> Outcome<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self(Arc::new(Shell(Mutex::new(shell)))))
    }

    /// Ends the process group of `id` with this signal when we are gone.
    pub(crate) fn keep(&self, signal: &str, id: u32) {
        self.say(&format!("keep {signal}:{id}"));
    }

    /// The process group is no more.
    pub(crate) fn done(&self, id: u32) {
        self.say(&format!("done {id}"));
    }

    /// Removes this folder when we are gone.
    pub(crate) fn remove(&self, folder: &Path) {
        self.say(&format!("remove {}", folder.display()));
    }

    fn say(&self, line: &str) {
        let mut shell = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = &mut shell.stdin {
            // A keeper that somebody killed keeps nothing; that is no reason to stop.
            writeln!(input, "{line}").unwrap_or_default();
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let shell = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(shell.stdin.take());
        shell.wait().map(drop).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::Command;

    use super::Keeper;

    #[test]
    fn what_is_kept_ends_with_the_keeper_also_when_it_was_paused() {
        let keeper = Keeper::start().unwrap();
        let mut children =
            [1, 2].map(|_| Command::new("sleep").arg("600").process_group(0).spawn().unwrap());
        for child in &children {
            keeper.keep("TERM", child.id());
        }
        let paused = children[1].id().to_string();
        assert!(Command::new("kill").args(["-STOP", &paused]).status().unwrap().success());
        drop(keeper);
        for child in &mut children {
            assert_eq!(child.wait().unwrap().signal(), Some(15));
        }
    }
}
