//! `pulse`: a real process with two services that talk to each other, or with one of them;
//! `proof kill9` kills it, `proof network` and `proof broker` cut it off.
//!
//! It says `ready http://…` when it answers, and stops in order on SIGTERM or when its input ends.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bench::outcome::{Outcome, end, print};
use bench::pulse;
use chassis::feeds::{ReaderKey, answer};
use chassis::reader::FeedReader;
use chassis::run::{Databases, House, Running};
use clap::Parser;
use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use url::Url;

/// Two services that talk to each other, to be killed or cut off.
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
    /// The one service that runs here; without it both do.
    #[arg(long, value_parser = pulse::NAMES)]
    only: Option<String>,
    /// Where the other one answers; once per replica.
    #[arg(long)]
    peer: Vec<Url>,
    /// The broker by which the other's feed is read, and to which ours is copied.
    #[arg(long)]
    broker: Option<String>,
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
    let apart = pulse::Apart { only: args.only, peers: args.peer, broker: args.broker };
    let house = pulse::house(databases, &origin, &apart)?;
    let running = pulse::start(&house).await?;
    // Answers before everything is prepared: the other one may have to be heard for that.
    let stopping = CancellationToken::new();
    let router = dispatch(&running, &house, &stopping);
    let stopped = async move {
        asked_to_stop().await;
        stopping.cancel();
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(stopped);
    let serving = std::pin::pin!(serving.into_future());
    let ready = async {
        for service in &running {
            let mut ready = service.ready.clone();
            drop(ready.wait_for(|ready| *ready).await);
        }
        print(format!("ready {origin}"));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = serving => served?,
        () = ready => {}
    }
    for service in running {
        service.stop().await;
    }
    Ok(())
}

/// What reads the feeds of this process for others.
struct Published {
    feeds: HashMap<String, Arc<dyn FeedReader>>,
    readers: ReaderKey,
    stopping: CancellationToken,
}

impl Published {
    async fn answer(&self, request: Request) -> Response {
        let (request, _) = request.into_parts();
        let name = request.uri.path().trim_start_matches("/feeds/");
        let feed = self.feeds.get(name).cloned();
        answer(feed, name, &self.readers, &request, &self.stopping).await
    }
}

/// Hands each request to the feed it names, or to the service whose prefix it has.
fn dispatch(running: &[Running], house: &House, stopping: &CancellationToken) -> Router {
    let published = Arc::new(Published {
        feeds: house.feeds.readers(),
        readers: house.readers.clone(),
        stopping: stopping.clone(),
    });
    let [pulse, echo] = pulse::NAMES.map(|name| {
        let here = running.iter().find(|one| one.name == name);
        here.map(|one| one.router.clone()).unwrap_or_default()
    });
    Router::new().fallback(move |request: Request| {
        let to_echo = request.uri().path().starts_with("/echo");
        let router = if to_echo { echo.clone() } else { pulse.clone() };
        let published = published.clone();
        async move {
            if request.uri().path().starts_with("/feeds/") {
                return published.answer(request).await;
            }
            router.oneshot(request).await.into_response()
        }
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
