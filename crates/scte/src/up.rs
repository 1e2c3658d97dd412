//! `scte up` and `scte serve`: takes the data directory, starts all services or some, answers until
//! asked to stop.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::ListenerExt as _;
use chassis::Mode;
use messaging::tasks::Tasks;
use messaging::{Error, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::config::{Config, wrong};
use crate::dispatch::Dispatch;
use crate::door::{Door, LINGER};
use crate::house::{self, Estate};
use crate::telemetry::{self, Registry};
use crate::{control, data, demo, say, services};

/// What the command line adds to the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) demo: bool,
    pub(crate) test: bool,
    /// The services to start here; none: all of them.
    pub(crate) serves: Option<Vec<&'static str>>,
}

/// Runs the website, or a part of it, until asked to stop.
///
/// # Errors
/// `configuration`; [`Error::Unavailable`] when another process holds the directory or the address.
pub(crate) async fn up(config: Config, options: Options) -> Result<()> {
    let began = Instant::now();
    check(&config, &options)?;
    let telemetry = telemetry::begin(&config.own)?;
    let directory = config.own.server.data.clone();
    data::make(&directory)?;
    let lock = data::hold(&directory)?;
    let mode = match options {
        Options { test: true, .. } => Mode::Test,
        Options { demo: true, .. } => Mode::Demo,
        _ => Mode::Production,
    };
    let mut door = Door::at(config.own.server.listen)?;
    let origin = origin(&config, door.address());
    if !is_one_of_several(&config, &options) {
        // Whoever comes while the services start waits, for there is nobody else to go to.
        door.open()?;
    }
    let estate = Arc::new(Estate::at_work(config, mode, origin, lock, options.serves.as_deref())?);
    let served = serve(&estate, door, &options, began, telemetry.registry.clone()).await;
    estate.stop_all().await;
    telemetry.end().await;
    served
}

async fn serve(
    estate: &Arc<Estate>,
    mut door: Door,
    options: &Options,
    began: Instant,
    registry: Registry,
) -> Result<()> {
    let address = door.address();
    let play =
        if options.demo { demo::begin(estate, options.serves.is_some()).await? } else { None };
    let fresh = data::installation(&estate.data)?.is_none_or(|known| known.starts <= 1);
    let control = control::listen(&estate.data)?;
    if let Some(play) = &play {
        Box::pin(demo::start(estate, play)).await?;
    } else {
        Box::pin(estate.start_all()).await?;
    }
    let mut stop = Stop::listen()?;
    let tasks = Tasks::new();
    tasks.spawn_until_stopped("control", control::serve(control, estate.clone(), tasks.clone()));
    tasks.spawn_until_stopped("metrics", registry.clone().keep());
    let closing = door.closing();
    let site = Dispatch::new(estate.clone(), registry, closing.clone()).into_service();
    door.open()?;
    let stopping = tasks.token();
    tasks.spawn("serve", async move {
        let stopped = async move { stopping.cancelled().await };
        // A page is written in one go: nothing is gained by waiting for more of it.
        let door = door.tap_io(|stream| drop(stream.set_nodelay(true)));
        if let Err(error) = axum::serve(door, site).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "serving ended");
        }
    });
    let ready = async {
        estate.all_ready().await;
        if play.is_some() { demo::end(estate).await } else { Ok(()) }
    };
    let asked = tokio::select! {
        ready = ready => { ready?; None }
        asked = stop.asked() => Some(asked),
    };
    let asked = if let Some(asked) = asked {
        asked
    } else {
        greet(estate, options, address, fresh, began);
        stop.asked().await
    };
    tracing::info!(signal = asked, "stopping: requests at hand are finished, then the services");
    closing.cancel();
    if is_one_of_several(&estate.config, options) {
        tokio::time::sleep(LINGER).await;
    }
    // First nothing new is taken and nobody waits any longer, then what is at hand has five seconds.
    estate.stopping().cancel();
    tasks.stop().await;
    Ok(())
}

fn check(config: &Config, options: &Options) -> Result<()> {
    config.check(options.test)?;
    for service in services::all() {
        service.check_settings(config.services.get(service.name()).cloned())?;
    }
    let origin = &config.own.server.origin;
    let known_to_all = !config.own.server.listen.ip().is_loopback()
        || !origin.is_empty() && !house::is_local(origin);
    if options.demo && known_to_all {
        let why = "a demonstration has known passwords: it listens on loopback only, and \
                   server.origin is on loopback too";
        return Err(wrong(why));
    }
    if options.serves.is_some() {
        check_apart(config)?;
    }
    Ok(())
}

/// What processes of one website must agree on.
fn check_apart(config: &Config) -> Result<()> {
    if config.own.server.origin.is_empty() {
        let why = "server.origin: where browsers find the website, the address of the proxy; the \
                   same in all its processes";
        return Err(wrong(why));
    }
    let own_key = data::key_path(&config.own.server.data).exists();
    if config.own.secrets.key.get().is_none() && !own_key {
        let why = "secrets.key or secrets.key_file: the same in all processes of the website";
        return Err(wrong(why));
    }
    Ok(())
}

/// Whether a proxy has another process to go to for a service of this one.
fn is_one_of_several(config: &Config, options: &Options) -> bool {
    let several = |name: &&str| config.own.peers.get(*name).is_some_and(|all| all.len() > 1);
    options.serves.as_ref().is_some_and(|serves| serves.iter().any(several))
}

/// Where browsers find the website.
pub(crate) fn origin(config: &Config, address: SocketAddr) -> String {
    match config.own.server.origin.as_str() {
        "" => format!("http://{address}"),
        origin => origin.to_owned(),
    }
}

fn greet(estate: &Estate, options: &Options, address: SocketAddr, fresh: bool, began: Instant) {
    let origin = &estate.house.site.origin;
    let (data, ready) = (estate.data.display(), began.elapsed().as_millis());
    tracing::info!(origin, ready_ms = ready, "ready");
    let mut text =
        format!("\n  The website is at {origin} (data in {data}, ready in {ready} ms)\n");
    if let Some(serves) = &options.serves {
        let _ = writeln!(text, "  Here, at http://{address}: {}", serves.join(", "));
    }
    let with_sign_in = estate.names().any(|name| name == "identity");
    if options.demo && with_sign_in {
        text.push_str(&demo::sign_ins(origin));
    } else if fresh && with_sign_in {
        let _ = writeln!(
            text,
            "  Nobody may administer it yet: register at {origin}/account/register, confirm the \
             mail, then\n    scte --data {data} admin grant ADDRESS staff.admin"
        );
    }
    text.push_str("  Stop it with Ctrl-C.\n\n");
    say(&text);
}

/// The signals that end the process in order.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn asked(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
