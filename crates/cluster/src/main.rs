//! `cluster`: starts an installation on this machine, says where to look, and ends it in order on
//! Ctrl-C or SIGTERM. `deploy/local-cluster` runs it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use cluster::{AtEnd, Cluster, Failed, Outcome, Plan};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A whole installation on this machine, on loopback, with invented people and prices.
#[derive(Parser)]
struct Args {
    /// Processes for each service with SQLite and HTTP, or two for each with PostgreSQL and NATS
    #[arg(long, value_enum, default_value_t = Shape::AtScale)]
    shape: Shape,
    /// Where everything is kept; a short path [default: a new folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Keeps the folder at the end; a folder that was named is always kept
    #[arg(long)]
    keep: bool,
    /// Where the website is to be found
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8300")]
    listen: std::net::SocketAddr,
    /// The program `scte` [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    scte: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    Apart,
    AtScale,
}

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(run(Args::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            writeln!(std::io::stderr(), "{why}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Outcome {
    let mut stop = Stop::listen()?;
    let scte = match args.scte {
        Some(scte) => scte,
        None => std::env::current_exe()?.with_file_name("scte"),
    };
    check(&scte, args.shape, args.listen)?;
    let keep = args.keep || args.folder.is_some();
    let folder = match args.folder {
        Some(folder) => folder,
        None => std::env::temp_dir().join(format!("scte-{}", std::process::id())),
    };
    let shape = match args.shape {
        Shape::Apart => cluster::Shape::Apart,
        Shape::AtScale => cluster::Shape::AtScale,
    };
    let plan = Plan {
        test: false,
        listen: Some(args.listen),
        at_end: if keep { AtEnd::Keep } else { AtEnd::Remove },
        ..Plan::new(shape, folder, scte)
    };
    say("Starting; the demonstration is filled in, which takes a while …");
    let mut cluster = tokio::select! {
        started = Box::pin(Cluster::start(plan)) => started?,
        () = stop.asked() => return Ok(()),
    };
    say(&greeting(&cluster));
    Box::pin(attend(&mut cluster, &mut stop)).await?;
    say("Stopping …");
    cluster.stop_all().await?;
    say("Nothing runs any more.");
    Ok(())
}

/// Refuses before anything is made what cannot work.
fn check(scte: &std::path::Path, shape: Shape, listen: std::net::SocketAddr) -> Outcome {
    if !scte.exists() {
        let why = format!("{} is not built: run `cargo build --release`", scte.display());
        return Err(Failed::because(why));
    }
    let nginx = cluster::nginx().map(drop);
    let mut missing = vec![nginx];
    if matches!(shape, Shape::AtScale) {
        missing.push(cluster::postgres().map(drop));
        missing.push(cluster::nats_server(scte).map(drop));
    }
    let missing: Vec<String> =
        missing.into_iter().filter_map(|one| one.err().map(|why| why.to_string())).collect();
    if !missing.is_empty() {
        return Err(Failed::because(missing.join("\n")));
    }
    if let Err(error) = std::net::TcpListener::bind(listen) {
        let why = format!("{listen} cannot be used ({error}): choose another with --listen");
        return Err(Failed::because(why));
    }
    Ok(())
}

/// Does what is typed, and tells which parts ended, until asked to stop.
async fn attend(cluster: &mut Cluster, stop: &mut Stop) -> Outcome {
    let mut typed = Some(BufReader::new(tokio::io::stdin()).lines());
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            () = stop.asked() => return Ok(()),
            line = line(&mut typed) => match line.as_deref() {
                Some("quit") => return Ok(()),
                Some(line) => act(cluster, line).await,
                None => {}
            },
            _ = tick.tick() => {
                for part in cluster.ended()? {
                    say(&format!("{part} ended. Type `start {part}` to have it back."));
                }
            }
        }
    }
}

/// The next line that is typed; waits for ever when nobody can type.
async fn line(typed: &mut Option<Lines<BufReader<Stdin>>>) -> Option<String> {
    let Some(lines) = typed else { return std::future::pending().await };
    let line = lines.next_line().await.ok().flatten();
    if line.is_none() {
        *typed = None;
    }
    line.map(|line| line.trim().to_owned())
}

async fn act(cluster: &mut Cluster, line: &str) {
    let outcome = match line.split_once(' ') {
        Some(("kill", part)) => cluster.kill(part).await,
        Some(("stop", part)) => cluster.stop(part).await,
        Some(("start", part)) => cluster.start_part(part).await,
        Some(("pause", part)) => cluster.pause(part).await,
        Some(("go-on", part)) => cluster.go_on(part).await,
        _ if line.is_empty() => return,
        _ if line == "parts" => {
            say(&parts(cluster));
            return;
        }
        _ => Err(Failed::because(
            "Type kill, stop, start, pause or go-on and a part's name; parts; or quit.",
        )),
    };
    say(&outcome.map_or_else(|why| why.to_string(), |()| "Done.".to_owned()));
}

fn greeting(cluster: &Cluster) -> String {
    let (origin, folder) = (cluster.origin(), cluster.folder().display());
    let first = cluster.parts_of("identity").first().cloned().unwrap_or_default();
    let printed = cluster.printed(&first);
    let people = printed.lines().filter(|line| line.contains("@demo."));
    let people: String = people.flat_map(|line| [line, "\n"]).collect();
    let one = cluster.parts_of("membership").first().cloned().unwrap_or_default();
    let config = cluster.config();
    format!(
        "\n  The website is at {origin}\n  \
         Sign in at {origin}/account/sign-in, password {PASSWORD}:\n{people}  \
         Mail goes to {origin}/notifications/mailbox\n  \
         Operations: {origin}/ops (as admin@demo.scte.test)\n  \
         Metrics of a process: curl -H \"Authorization: Bearer $({scte} --config {config} \
         feed-token me)\" http://ADDRESS/-/metrics\n  \
         Data, logs and configuration: {folder}\n\n{parts}\n  \
         Take something away and look at the website: type `kill {one}` here, or kill its process; \
         `start {one}` has it back. Also stop, pause, go-on, parts, quit.\n  \
         Stop it with Ctrl-C.\n",
        scte = cluster.scte().display(),
        config = config.display(),
        parts = parts(cluster),
    )
}

/// As identity plays them; the test signs in with it.
const PASSWORD: &str = "sample-demo-2027";

fn parts(cluster: &Cluster) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    for part in cluster.parts() {
        let process = cluster.id(&part).map_or_else(|| "down".to_owned(), |id| id.to_string());
        let address = cluster.address(&part);
        let log = cluster.log(&part);
        writeln!(text, "    {part:<14} {process:>8}  {address}  {}", log.display())
            .unwrap_or_default();
    }
    text
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").unwrap_or_default();
}

/// The signals that end it in order.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Stop {
    fn listen() -> Outcome<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
