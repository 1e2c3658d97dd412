//! `pulse`: a real process with two services that talk to each other; `proof kill9` kills it.
//!
//! It says `ready http://…` when it answers, and stops in order on SIGTERM or when its input ends.

use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use axum::extract::Request;
use bench::outcome::{Outcome, end, print};
use bench::pulse;
use chassis::run::{Databases, Running};
use clap::Parser;
use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceExt as _;

/// Two services that talk to each other, to be killed.
#[derive(Parser)]
struct Args {
    /// The folder of the SQLite files.
    #[arg(long, required_unless_present = "postgres")]
    data: Option<PathBuf>,
    /// A PostgreSQL URL with `{service}` in it, in place of files.
    #[arg(long)]
    postgres: Option<String>,
    /// The loopback address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    end(Box::pin(serve(Args::parse())).await)
}

async fn serve(args: Args) -> Outcome {
    let databases = match (args.postgres, args.data) {
        (Some(url), _) => Databases::Postgres(url),
        (None, data) => Databases::Files(data.unwrap_or_default()),
    };
    let listener = tokio::net::TcpListener::bind(&args.listen).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let house = pulse::house(databases, &origin);
    let running = pulse::start(&house).await?;
    for service in &running {
        let mut ready = service.ready.clone();
        drop(ready.wait_for(|ready| *ready).await);
    }
    let router = dispatch(&running);
    print(format!("ready {origin}"));
    axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()).await?;
    for service in running {
        service.stop().await;
    }
    Ok(())
}

/// Hands each request to the service whose prefix it has.
fn dispatch(running: &[Running]) -> Router {
    let [pulse, echo] = ["pulse", "echo"].map(|name| {
        running
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.router.clone())
            .unwrap_or_default()
    });
    Router::new().fallback(move |request: Request| {
        let to_echo = request.uri().path().starts_with("/echo");
        let router = if to_echo { echo.clone() } else { pulse.clone() };
        router.oneshot(request)
    })
}

/// Resolves when whoever started this process is gone or asks it to stop.
async fn asked_to_stop() {
    let mut input = tokio::io::stdin();
    let mut bytes = [0; 64];
    let end_of_input = async { while input.read(&mut bytes).await.is_ok_and(|read| read > 0) {} };
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return end_of_input.await };
    tokio::select! {
        () = end_of_input => {}
        _ = terminate.recv() => {}
    }
}
