//! What each command does: it asks the process that holds the data directory, else it takes the
//! directory itself.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use chassis::feeds::ReaderKey;
use chrono::{DateTime, Utc};
use messaging::{Clock, Error};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::{AdminTask, Cli, ParkedTask, Task};
use crate::config::{self, Config};
use crate::control::{Ask, Told, answer, ask};
use crate::house::Estate;
use crate::{
    backup, data, doctor, moving, ops, parked, proxy, published, say, services, status, telemetry,
    up, why,
};

type Outcome = Result<ExitCode, Told>;

/// Runs a command.
///
/// # Errors
/// What went wrong, with the code that decides the exit code.
pub(crate) async fn run(cli: Cli) -> Outcome {
    match &cli.task {
        Task::Example => return Ok(printed(config::EXAMPLE)),
        Task::Routes => return Ok(printed(&routes())),
        Task::Contracts { out } => {
            let count = published::write(out)?;
            return Ok(printed(&format!("{count} messages described in {}\n", out.display())));
        }
        _ => {}
    }
    let mut config = Config::read(cli.config.as_deref())?;
    if let Some(directory) = cli.data {
        config.own.server.data = directory;
    }
    if let Task::ProxyConfig { out, listen } = &cli.task {
        config.check(true)?;
        return Ok(printed(&proxy::write(&config, out, *listen)?));
    }
    match cli.task {
        Task::Up { listen, demo, test } => {
            if let Some(listen) = listen {
                config.own.server.listen = listen;
            }
            Box::pin(up::up(config, up::Options { demo, test, serves: None })).await?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Serve { services, listen, demo, test } => {
            if let Some(listen) = listen {
                config.own.server.listen = listen;
            }
            let serves = Some(services::chosen(&services)?);
            Box::pin(up::up(config, up::Options { demo, test, serves })).await?;
            Ok(ExitCode::SUCCESS)
        }
        Task::FeedToken { name } => feed_token(&config, &name),
        Task::Restore { directory } => restore(config, &directory).await,
        Task::Move { services, to } => {
            telemetry::logging::begin(&config.own.log)?;
            Box::pin(moving::run(config, &services, &to)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Clock { at } => clock(&config, at),
        task => {
            // Nothing but warnings of what the command itself opens.
            "warn".clone_into(&mut config.own.log.filter);
            telemetry::logging::begin(&config.own.log)?;
            asked(config, task).await
        }
    }
}

fn printed(text: &str) -> ExitCode {
    say(text);
    ExitCode::SUCCESS
}

/// The commands that any process can answer which has the directory.
async fn asked(config: Config, task: Task) -> Outcome {
    match task {
        Task::Status { json } => {
            let value = answered(config, &Ask::Status).await?;
            shown(value, json, |status| status::text(&status))
        }
        Task::Doctor { json } => {
            let value = answered(config, &Ask::Doctor).await?;
            let found: Vec<doctor::Finding> = read(value.clone())?;
            let sound = found.iter().all(|one| one.ok);
            shown(value, json, |found: Vec<_>| doctor::text(&found))?;
            Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(5) })
        }
        Task::Why { service, thing, json } => {
            let value = answered(config, &Ask::Why { service, thing }).await?;
            shown(value, json, |why| why::text(&why))
        }
        Task::Replay { service } => {
            let value = answered(config, &Ask::Replay { service: service.clone() }).await?;
            Ok(printed(&format!(
                "{} messages applied to the copies of {service}\n",
                value["applied"]
            )))
        }
        Task::Parked(task) => parked_task(config, task).await,
        Task::Resume { service, feed } => {
            answered(config, &Ask::Resume { service, feed }).await?;
            Ok(printed("reading goes on\n"))
        }
        Task::Admin(AdminTask::Grant { address, role }) => {
            let grant = Ask::Grant { address: address.clone(), role: role.clone() };
            answered(config, &grant).await?;
            Ok(printed(&format!("{address} now has the role {role}\n")))
        }
        Task::Admin(AdminTask::RotateKeys) => {
            answered(config, &Ask::RotateKeys).await?;
            Ok(printed("a new key is made; sign-ins are signed with it in a minute\n"))
        }
        Task::Backup { directory } => {
            let directory = std::path::absolute(directory).map_err(Error::internal)?;
            let value = answered(config, &Ask::Backup { directory: directory.clone() }).await?;
            Ok(printed(&backup::text(&read(value)?, &directory)))
        }
        Task::Release => {
            answered(config, &Ask::Release).await?;
            Ok(printed("timers and calls to the outside go on\n"))
        }
        Task::Up { .. }
        | Task::Serve { .. }
        | Task::FeedToken { .. }
        | Task::Contracts { .. }
        | Task::Routes
        | Task::ProxyConfig { .. }
        | Task::Restore { .. }
        | Task::Move { .. }
        | Task::Clock { .. }
        | Task::Example => Ok(ExitCode::SUCCESS),
    }
}

/// The token of a reader, by the same key as the running processes have.
fn feed_token(config: &Config, name: &str) -> Outcome {
    config.check(true)?;
    let own = &config.own;
    let secret = match own.feeds.key.get().or(own.secrets.key.get()) {
        Some(secret) => Arc::from(secret.as_bytes()),
        None if data::installation(&own.server.data)?.is_some() => {
            data::secret_key(None, &own.server.data)?
        }
        None => {
            let why = "no feeds.key, no secrets.key, and no data directory that was started: say \
                       which installation with --config or --data";
            return Err(config::wrong(why).into());
        }
    };
    let token = ReaderKey::new(&secret, Vec::new())?.token(name)?;
    Ok(printed(&format!("{token}\n")))
}

/// One line a route: method, path, who may; tabs between them.
fn routes() -> String {
    let all = services::all().into_iter().chain([ops::service()]);
    let line =
        |route: chassis::RouteEntry| format!("{}\t{}\t{}\n", route.method, route.path, route.who);
    all.flat_map(|service| service.route_table()).map(line).collect()
}

async fn parked_task(config: Config, task: ParkedTask) -> Outcome {
    match task {
        ParkedTask::List { json } => {
            let value = answered(config, &Ask::ParkedList).await?;
            shown(value, json, |all: Vec<parked::Listed>| {
                let line = |one: &parked::Listed| {
                    let (what, pos, attempts) = (&one.what, one.pos, one.attempts);
                    format!(
                        "{what}\n  {} at {pos}, tried {attempts} times: {}\n",
                        one.r#type, one.reason
                    )
                };
                let lines: String = all.iter().map(line).collect();
                if lines.is_empty() { "nothing is parked\n".to_owned() } else { lines }
            })
        }
        ParkedTask::Show { what } => {
            let value = answered(config, &Ask::ParkedShow { what }).await?;
            shown(value, true, |_: Value| String::new())
        }
        ParkedTask::Retry { what } => {
            let retried: parked::Retried =
                read(answered(config, &Ask::ParkedRetry { what }).await?)?;
            match retried.stopped {
                None => Ok(printed(&format!("{} messages took effect\n", retried.applied))),
                Some(why) => Err(Told {
                    code: "parked".to_owned(),
                    message: format!("{} took effect, then: {why}", retried.applied),
                }),
            }
        }
        ParkedTask::Drop { what, reason } => {
            answered(config, &Ask::ParkedDrop { what: what.clone(), reason }).await?;
            Ok(printed(&format!("the first parked message of {what} is given up\n")))
        }
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Told> {
    serde_json::from_value(value).map_err(|error| Error::internal(error).into())
}

fn shown<T: DeserializeOwned>(value: Value, json: bool, text: impl Fn(T) -> String) -> Outcome {
    if json {
        let pretty = serde_json::to_string_pretty(&value).map_err(Error::internal)?;
        return Ok(printed(&(pretty + "\n")));
    }
    Ok(printed(&text(read(value)?)))
}

/// Asks the process that holds the directory, else opens the databases here.
async fn answered(config: Config, question: &Ask) -> Result<Value, Told> {
    let directory = config.own.server.data.clone();
    if let Some(value) = ask(&directory, question).await? {
        return Ok(value);
    }
    let Some(known) = data::installation(&directory)? else {
        let why = format!("{} was never started: `scte up` makes it", directory.display());
        return Err(Error::refused("data_directory", why).into());
    };
    config.check(known.mode == "test")?;
    let estate = at_rest(config, &directory)?;
    let value = async {
        estate.open_idle().await?;
        answer(&estate, question).await
    };
    let value = Box::pin(value).await;
    estate.stop_all().await;
    Ok(value?)
}

/// The directory's services, none at work.
fn at_rest(config: Config, directory: &Path) -> messaging::Result<Estate> {
    let lock = data::hold(directory)?;
    let mode = data::mode(directory)?;
    let origin = up::origin(&config, config.own.server.listen);
    Estate::at_rest(config, mode, origin, lock)
}

async fn restore(config: Config, from: &Path) -> Outcome {
    telemetry::logging::begin(&config.own.log)?;
    let directory = config.own.server.data.clone();
    let manifest = backup::manifest(from)?;
    config.check(manifest.mode == "test")?;
    backup::prepare(&manifest, from, &directory)?;
    let estate = at_rest(config, &directory)?;
    let restored = Box::pin(backup::restore(&estate, &manifest, from)).await;
    estate.stop_all().await;
    restored?;
    let start = manifest.part().map_or("up".to_owned(), |part| format!("serve {}", part.join(" ")));
    Ok(printed(&format!(
        "The backup of {} is in {}. Start it with `scte {start}`; look at it; then `scte release` \
         lets timers and calls to the outside go on.\n",
        manifest.at.format("%Y-%m-%d %H:%M UTC"),
        directory.display()
    )))
}

/// Shows or moves the clock of a test or a demonstration.
fn clock(config: &Config, at: Option<DateTime<Utc>>) -> Outcome {
    let directory = &config.own.server.data;
    if data::mode(directory)? == chassis::Mode::Production {
        let why = "only the clock of a test or demonstration can be moved";
        return Err(Error::refused("clock", why).into());
    }
    let file = directory.join("clock.offset");
    if let Some(at) = at {
        let offset = (at - Clock::real().now()).num_seconds();
        data::replace(&file, offset.to_string().as_bytes())?;
    }
    Ok(printed(&format!("{}\n", Clock::with_offset_file(file).now().to_rfc3339())))
}
