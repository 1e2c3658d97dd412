//! A `nats-server` of the bench's own, which has everything on the disk before it confirms it; and
//! the limit that it sets: publishing to it with nothing of ours in between.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::context::Context;
use async_nats::jetstream::{self, stream};
use futures::StreamExt as _;
use messaging::jetstream::publisher::WINDOW;
use messaging::jetstream::{Broker, Settings};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::clients::per_second;
use super::work::{Entity, EntityChanged, PRODUCER, content, entity};
use crate::outcome::{Failed, Outcome};

/// Kills the server when its own input ends: also when the bench was killed.
const KEEPER: &str = r#"
"$1" -c "$2" >>"$3" 2>&1 </dev/null &
echo $!
cat >/dev/null
kill -9 $!
wait
"#;

/// How long the server may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs.
pub(super) struct Nats {
    url: String,
    keeper: Child,
    context: Context,
    /// How many names were given out.
    names: AtomicU32,
}

impl Nats {
    /// Starts one that keeps all it has in `folder`, at a port of its own.
    pub(super) async fn start(folder: &Path) -> Outcome<Self> {
        let program = ::cluster::nats_server(&std::env::current_exe()?)?;
        std::fs::create_dir_all(folder)?;
        let (config, log) = (folder.join("nats.conf"), folder.join("log"));
        let shown = folder.display();
        let text = format!(
            "listen: \"127.0.0.1:-1\"\nports_file_dir: \"{shown}\"\n\
             jetstream {{ store_dir: \"{shown}/store\", sync_interval: always }}\n"
        );
        std::fs::write(&config, text)?;
        // In a process group of its own: Ctrl-C is for us, and what it ends ends the server.
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args([&program, &config, &log])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let out = keeper.stdout.take().ok_or_else(|| Failed::because("no output to read"))?;
        let server = BufReader::new(out).lines().next_line().await?.unwrap_or_default();
        let ports = folder.join(format!("nats-server_{server}.ports"));
        let url = tokio::time::timeout(PATIENCE, url(&ports)).await.map_err(|_| {
            Failed::because(format!("nats-server does not start; see {}", log.display()))
        })?;
        let client = async_nats::connect(&url).await.map_err(Failed::because)?;
        Ok(Self { url, keeper, context: jetstream::new(client), names: AtomicU32::new(0) })
    }

    /// Its version.
    pub(super) fn version(&self) -> String {
        self.context.client().server_info().version
    }

    /// Before the names of a stream that no other has.
    pub(super) fn prefix(&self) -> String {
        format!("bench{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// As a service knows it, with a connection of its own.
    pub(super) fn broker(&self, prefix: &str) -> Broker {
        let (url, prefix) = (self.url.clone(), prefix.to_owned());
        Broker::new(Settings { url, prefix, user: None, password: None })
    }

    /// Deletes the copy of the producer's feed.
    pub(super) async fn delete_copy(&self, prefix: &str) -> Outcome {
        self.delete(&format!("{prefix}-{PRODUCER}")).await
    }

    async fn delete(&self, stream: &str) -> Outcome {
        self.context.delete_stream(stream).await.map(drop).map_err(Failed::because)
    }

    /// A stream of nobody's, kept as the copies of feeds are.
    pub(super) async fn alone(&self) -> Outcome<Alone> {
        let name = self.prefix();
        let config = stream::Config {
            name: name.clone(),
            subjects: vec![name.clone()],
            storage: stream::StorageType::File,
            ..stream::Config::default()
        };
        self.context.create_stream(config).await.map_err(Failed::because)?;
        let entity = Entity { id: entity(0), version: 1, content: content() };
        let payload = serde_json::to_vec(&EntityChanged { entity })?;
        Ok(Alone { context: self.context.clone(), name, payload })
    }

    /// Deletes it again.
    pub(super) async fn forget(&self, alone: Alone) -> Outcome {
        self.delete(&alone.name).await
    }

    /// Ends the server.
    pub(super) async fn stop(mut self) -> Outcome {
        drop(self.keeper.stdin.take());
        self.keeper.wait().await?;
        Ok(())
    }
}

/// Where the server that writes this file listens, as soon as it does.
async fn url(ports: &Path) -> String {
    loop {
        let said = std::fs::read(ports).unwrap_or_default();
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap_or_default();
        if let Some(url) = said["nats"][0].as_str() {
            return url.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A stream, and the body of the messages that are measured.
#[derive(Clone)]
pub(super) struct Alone {
    context: Context,
    name: String,
    payload: Vec<u8>,
}

impl Alone {
    /// How many bytes the body has.
    pub(super) fn bytes(&self) -> usize {
        self.payload.len()
    }

    /// Publishes one message; returns when it is acknowledged.
    pub(super) async fn publish(&self) -> Outcome {
        let sent = self.context.publish(self.name.clone(), self.payload.clone().into()).await;
        sent.map_err(Failed::because)?.await.map(drop).map_err(Failed::because)
    }

    /// How many a second when `window` are on their way at once.
    pub(super) async fn saturated(&self, count: usize, window: usize) -> Outcome<f64> {
        let began = Instant::now();
        let sending = futures::stream::iter(0..count).map(|_| self.publish());
        let mut acknowledged = sending.buffer_unordered(window);
        while let Some(acknowledged) = acknowledged.next().await {
            acknowledged?;
        }
        Ok(per_second(count, began.elapsed()))
    }
}

/// As many on their way at once as a leader has when it copies its feed.
pub(super) fn window() -> usize {
    usize::try_from(WINDOW).unwrap_or(1)
}
