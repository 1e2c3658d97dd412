//! `deploy/local-cluster`: one command starts everything, says where to look, and leaves nothing.

#![cfg(test)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const PATIENCE: Duration = Duration::from_mins(3);

/// The script with the programs that were built beside this one.
fn local_cluster(args: &[&str]) -> Command {
    let own = std::env::current_exe().unwrap();
    let programs = own.parent().unwrap().parent().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local-cluster");
    let mut command = Command::new(script);
    command.args(args).env("SCTE_PROGRAMS", programs);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A loopback address that is free now.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A short folder that is not there yet, and what holds its place.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("c");
    (place, folder)
}

/// The processes that have this path on their command line.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(folder)).map(|line| line.replace('\0', " ")).collect()
}

async fn lines_until(lines: &mut Lines<BufReader<ChildStdout>>, end: &str) -> String {
    let read = async {
        let mut text = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            text.push_str(&line);
            text.push('\n');
            if line.contains(end) {
                return text;
            }
        }
        panic!("it ended before `{end}`: {text}");
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap()
}

async fn terminate(mut child: Child) -> Option<i32> {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code()
}

/// Waits until no process is left that the script started.
async fn nothing_left(folder: &Path) {
    let none = async || processes_of(folder).is_empty().then_some(());
    let gone = cluster::found(Duration::from_secs(10), none).await;
    assert!(gone.is_some(), "{:#?}", processes_of(folder));
}

/// Signs in with the form of the page, as a browser does; says whether a session was opened.
async fn signs_in(origin: &str, address: &str, password: &str) -> bool {
    let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let url = format!("{origin}/account/sign-in");
    let page = http.get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let set = page.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let cookies: Vec<String> =
        set.map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect();
    let text = page.text().await.unwrap();
    let form = text.split("<form ").find(|form| form.contains("name=\"password\"")).unwrap();
    let attribute = |input: &str, name: &str| {
        let value = input.split(&format!("{name}=\"")).nth(1)?;
        value.split('"').next().map(str::to_owned)
    };
    let mut fields: Vec<(String, String)> = form
        .split("<input type=\"hidden\" ")
        .skip(1)
        .map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap()))
        .collect();
    fields.push(("address".to_owned(), address.to_owned()));
    fields.push(("password".to_owned(), password.to_owned()));
    let form = http.post(&url).header(ORIGIN, origin).header(COOKIE, cookies.join("; "));
    let answer = form.form(&fields).send().await.unwrap();
    let mut given = answer.headers().get_all(SET_COOKIE).iter();
    answer.status().is_redirection()
        && given.any(|cookie| cookie.to_str().unwrap().contains("scte_session="))
}

#[tokio::test]
async fn it_starts_says_where_to_look_and_leaves_nothing() {
    let ((_place, folder), listen) = (folder(), free());
    let mut child = local_cluster(&["--listen", &listen, "--folder", folder.to_str().unwrap()])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines_until(&mut lines, "Stop it with").await;

    let origin = format!("http://{listen}");
    for told in ["membership-2", "postgres", "nats", "nginx", "/ops", "/-/metrics", "kill "] {
        assert!(said.contains(told), "{told} is not in {said}");
    }
    assert_eq!(reqwest::get(&origin).await.unwrap().status(), 200);
    let password = said.split("password ").nth(1).unwrap().split(':').next().unwrap();
    let address = said.split_whitespace().find(|word| word.contains("@demo.")).unwrap();
    assert!(signs_in(&origin, address, password).await, "{said}");
    assert!(!signs_in(&origin, address, "another one").await);
    assert!(processes_of(&folder).len() > 10);

    assert_eq!(terminate(child).await, Some(0));
    nothing_left(&folder).await;
    assert!(reqwest::get(&origin).await.is_err());
    assert!(folder.join("scte.toml").exists(), "a folder that was named is kept");
}

#[tokio::test]
async fn asked_to_stop_while_it_starts_it_leaves_nothing() {
    let ((_place, folder), listen) = (folder(), free());
    let args = ["--shape", "apart", "--listen", &listen, "--folder", folder.to_str().unwrap()];
    let mut child = local_cluster(&args).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines_until(&mut lines, "Starting").await;
    let some = async || (processes_of(&folder).len() >= 3).then_some(());
    cluster::found(PATIENCE, some).await.expect("it starts some");

    assert_eq!(terminate(child).await, Some(0));
    nothing_left(&folder).await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_before_anything_is_made() {
    let (_place, folder) = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let args = ["--listen", &listen, "--folder", folder.to_str().unwrap()];
    let output = local_cluster(&args).output().await.unwrap();

    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&listen) && said.contains("--listen"), "{said}");
    assert!(!folder.exists());
}
