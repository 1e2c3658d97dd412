//! The house of all services in this process: data directory, locks, secret key, clock; which
//! service runs, and how it is stopped and started.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chassis::feeds::ReaderKey;
use chassis::limits::Limits;
use chassis::run::{Databases, House, Idle, Running};
use chassis::service::Service;
use chassis::{Mode, Site};
use messaging::db::Extensions;
use messaging::jetstream::Broker;
use messaging::reader::Feeds;
use messaging::replay::{Readers, Which, replay};
use messaging::run::Steering;
use messaging::tasks::Tasks;
use messaging::transport::Transport;
use messaging::{Actor, Clock, Consumers, Db, Error, Ids, OpenDb, Result, Target};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, wrong};
use crate::data::{self, Installation};
use crate::{ops, services};

/// How long to wait before looking again whether something is left to do.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What is known of a service that works, or whose database is open.
#[derive(Clone)]
pub(crate) struct Open {
    /// Its database.
    pub(crate) db: Db,
    /// What it does with messages.
    pub(crate) consumers: Consumers,
    /// How it reads the feeds it hears.
    pub(crate) readers: Readers,
    /// Holds and resumes its consumption.
    pub(crate) steering: Steering,
    /// Its pages; none when only the database is open.
    pub(crate) router: Option<axum::Router>,
    /// True when its copies are prepared.
    pub(crate) ready: watch::Receiver<bool>,
}

impl Open {
    /// Lets reading of a feed go on after a halt; where the producer had been restored, the copies
    /// are made anew from what it has now. Of its own feed it is the copying to the broker that goes
    /// on, if that had halted.
    ///
    /// # Errors
    /// Those of [`Db::resume`] and of the replay.
    pub(crate) async fn resume(&self, actor: &Actor, feed: &str) -> Result<()> {
        if feed == self.db.service() && self.db.resume_publication(actor).await? {
            return Ok(());
        }
        let reader = self.readers.get(feed).ok_or_else(|| Error::not_found("feed", feed))?;
        if self.db.resume(actor, feed, reader.as_ref()).await? {
            replay(&self.db, &self.consumers, &self.readers, &Which::All).await?;
        }
        self.steering.resume();
        Ok(())
    }
}

/// One service, running or not.
struct Slot {
    service: Service,
    /// Held while it is started or stopped.
    at: Mutex<Option<At>>,
    open: RwLock<Option<Arc<Open>>>,
}

/// What a service is at.
enum At {
    Work(Box<Running>),
    /// Only its database is open.
    Rest(Idle),
}

/// The process's services and what they share.
pub(crate) struct Estate {
    pub(crate) config: Config,
    pub(crate) house: House,
    pub(crate) data: PathBuf,
    pub(crate) mode: Mode,
    /// Whether the services work here; else only their databases are open.
    pub(crate) works: bool,
    /// What the feeds carried in the last hour, as the operations' pages counted it.
    pub(crate) traffic: ops::Traffic,
    slots: BTreeMap<&'static str, Slot>,
    tasks: Tasks,
    _lock: File,
}

impl Slot {
    fn of(service: Service) -> Self {
        Self { service, at: Mutex::new(None), open: RwLock::new(None) }
    }

    fn open(&self) -> Option<Arc<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, open: Option<Open>) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = open.map(Arc::new);
    }
}

impl Estate {
    /// These services of the directory that `lock` holds (none named: all), about to work here;
    /// none runs yet.
    ///
    /// # Errors
    /// `another_mode`, `another_shape`, `restore_unfinished`, `secret_key`.
    pub(crate) fn at_work(
        config: Config,
        mode: Mode,
        origin: String,
        lock: File,
        serves: Option<&[&'static str]>,
    ) -> Result<Self> {
        let serves = serves.map(<[_]>::to_vec);
        let names = serves.as_ref().map(|names| names.iter().map(ToString::to_string).collect());
        if config.own.database.url.get().is_none() {
            let (started, all) =
                serves.as_ref().map_or((services::names(), true), |some| (some.clone(), false));
            data::check_whole(&config.own.server.data, &started, all)?;
        }
        let begun = data::begin(&config.own.server.data, mode, names)?;
        Self::of(config, mode, origin, lock, Some(&begun), serves)
    }

    /// The services for which the directory that `lock` holds was last started, none at work.
    ///
    /// # Errors
    /// `secret_key`.
    pub(crate) fn at_rest(config: Config, mode: Mode, origin: String, lock: File) -> Result<Self> {
        let known = data::installation(&config.own.server.data)?;
        let serves = known.and_then(|known| known.serves);
        let serves = serves.map(|names| services::chosen(&names)).transpose()?;
        Self::of(config, mode, origin, lock, None, serves)
    }

    fn of(
        config: Config,
        mode: Mode,
        origin: String,
        lock: File,
        begun: Option<&Installation>,
        serves: Option<Vec<&'static str>>,
    ) -> Result<Self> {
        let directory = config.own.server.data.clone();
        let serves = serves.unwrap_or_else(services::names);
        let house = house(&config, mode, origin, begun, &directory, &serves)?;
        let here = services::all().into_iter().filter(|one| serves.contains(&one.name()));
        let mut slots: BTreeMap<_, _> = here.map(|one| (one.name(), Slot::of(one))).collect();
        slots.insert(ops::NAME, Slot::of(ops::service()));
        let tasks = Tasks::new();
        if mode != Mode::Production {
            let clock = house.clock.clone();
            tasks.spawn_until_stopped("clock", async move { clock.follow().await });
        }
        let works = begun.is_some();
        let traffic = ops::Traffic::default();
        Ok(Self { config, house, data: directory, mode, works, traffic, slots, tasks, _lock: lock })
    }

    /// The services of this process by name, `ops` among them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.slots.keys().copied()
    }

    /// A token that is cancelled when this process stops.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.tasks.token()
    }

    /// The prefixes that a service answers.
    pub(crate) fn prefixes(&self, name: &str) -> Vec<String> {
        self.slots.get(name).map(|slot| slot.service.prefixes()).unwrap_or_default()
    }

    /// The types that a service hears from a feed, whether it runs or not.
    pub(crate) fn hears(&self, name: &str, feed: &str) -> Vec<String> {
        self.slots.get(name).map(|slot| slot.service.consumers().types(feed)).unwrap_or_default()
    }

    /// The service, when it runs (or its database is open).
    pub(crate) fn open(&self, name: &str) -> Option<Arc<Open>> {
        self.slots.get(name)?.open()
    }

    /// As [`Self::open`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown name, [`Error::Unavailable`] when it is stopped.
    pub(crate) fn opened(&self, name: &str) -> Result<Arc<Open>> {
        let slot = self.slots.get(name).ok_or_else(|| Error::not_found("service", name))?;
        slot.open().ok_or_else(|| Error::unavailable(name))
    }

    /// Where the database of a service is; `ops` always has a file of its own in the directory.
    pub(crate) fn target(&self, name: &str) -> Target {
        self.house_of(name).databases.of(name)
    }

    fn house_of(&self, name: &str) -> House {
        if name == ops::NAME {
            return House { databases: Databases::Files(self.data.clone()), ..self.house.clone() };
        }
        self.house.clone()
    }

    /// Starts all services at once.
    ///
    /// # Errors
    /// The first error of any; what had started is stopped again.
    pub(crate) async fn start_all(&self) -> Result<()> {
        let starting = self.slots.keys().map(|name| self.start(name));
        let failed = futures::future::join_all(starting).await.into_iter().find_map(Result::err);
        if let Some(error) = failed {
            self.stop_all().await;
            return Err(error);
        }
        Ok(())
    }

    /// Starts a service; one that runs stays as it is.
    ///
    /// # Errors
    /// Those of [`Service::run`].
    pub(crate) async fn start(&self, name: &str) -> Result<()> {
        self.start_by(name, false).await
    }

    /// Starts a service and has it play its part of the demonstration.
    ///
    /// # Errors
    /// Those of [`Service::run_demo`].
    pub(crate) async fn start_demo(&self, name: &str) -> Result<()> {
        self.start_by(name, true).await
    }

    async fn start_by(&self, name: &str, demo: bool) -> Result<()> {
        let slot = self.slots.get(name).ok_or_else(|| Error::not_found("service", name))?;
        let mut held = slot.at.lock().await;
        if held.is_some() {
            return Ok(());
        }
        let house = self.house_of(name);
        let running = if demo {
            Box::pin(slot.service.run_demo(&house)).await?
        } else {
            Box::pin(slot.service.run(&house)).await?
        };
        slot.set(Some(Open {
            db: running.app.db().clone(),
            consumers: running.consumers.clone(),
            readers: running.readers.clone(),
            steering: running.steering.clone(),
            router: Some(running.router.clone()),
            ready: running.ready.clone(),
        }));
        *held = Some(At::Work(Box::new(running)));
        drop(held);
        // Whoever waits for its feed need not wait for the next try.
        for other in self.slots.values().filter_map(Slot::open) {
            other.steering.resume();
        }
        Ok(())
    }

    /// Stops a service: its paths answer that it is away, its feed is unavailable to the others.
    ///
    /// # Errors
    /// [`Error::NotFound`]; `no_stop_switch` for `ops`.
    pub(crate) async fn stop(&self, name: &str) -> Result<()> {
        if name == ops::NAME {
            let why = "operations cannot be stopped from here: stop the process";
            return Err(Error::refused("no_stop_switch", why));
        }
        let slot = self.slots.get(name).ok_or_else(|| Error::not_found("service", name))?;
        Self::stop_slot(slot).await;
        Ok(())
    }

    async fn stop_slot(slot: &Slot) {
        let mut held = slot.at.lock().await;
        // First nobody new comes in, then the work ends.
        slot.set(None);
        match held.take() {
            Some(At::Work(running)) => (*running).stop().await,
            Some(At::Rest(idle)) => idle.close().await,
            None => {}
        }
    }

    /// Stops everything and lets go.
    pub(crate) async fn stop_all(&self) {
        let stopping = self.slots.values().map(Self::stop_slot);
        futures::future::join_all(stopping).await;
        self.tasks.stop().await;
    }

    /// Resolves when the copies of all running services are prepared.
    pub(crate) async fn all_ready(&self) {
        for open in self.slots.values().filter_map(Slot::open) {
            let mut ready = open.ready.clone();
            drop(ready.wait_for(|ready| *ready).await);
        }
    }

    /// Whether the copies of all running services are prepared.
    pub(crate) fn is_ready(&self) -> bool {
        self.slots.values().filter_map(Slot::open).all(|open| *open.ready.borrow())
    }

    /// Whether no running service has anything left to do at this moment.
    ///
    /// # Errors
    /// Those of the databases.
    pub(crate) async fn is_quiet(&self) -> Result<bool> {
        if !self.is_ready() {
            return Ok(false);
        }
        for open in self.slots.values().filter_map(Slot::open) {
            if !open.db.is_quiet(&open.readers).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Resolves when no running service had anything left to do, twice in a row.
    ///
    /// # Errors
    /// Those of the databases.
    pub(crate) async fn settled(&self) -> Result<()> {
        let mut still = 0;
        while still < 2 {
            still = if self.is_quiet().await? { still + 1 } else { 0 };
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Opens the databases without any work, for a command while no process runs. Databases that
    /// are not there stay closed.
    ///
    /// # Errors
    /// Those of opening.
    pub(crate) async fn open_idle(&self) -> Result<()> {
        for (name, slot) in &self.slots {
            if matches!(self.target(name), Target::Sqlite(file) if !file.exists()) {
                continue;
            }
            let idle = Box::pin(slot.service.open_idle(&self.house_of(name))).await?;
            slot.set(Some(Open {
                db: idle.app.db().clone(),
                consumers: idle.consumers.clone(),
                readers: idle.readers.clone(),
                steering: Steering::default(),
                router: None,
                ready: watch::channel(true).1,
            }));
            *slot.at.lock().await = Some(At::Rest(idle));
        }
        Ok(())
    }

    /// Whoever acts at the command line.
    pub(crate) fn operator(&self) -> Actor {
        Actor::job("operator", self.house.ids.uuid(self.house.clock.now()))
    }
}

/// Whether the database of a service, wherever it is, was used before.
pub(crate) async fn was_used(house: &House, service: &str, target: Target) -> bool {
    let open = OpenDb {
        service: service.to_owned(),
        target,
        clock: house.clock.clone(),
        ids: house.ids.clone(),
        zone: house.site.zone,
        extensions: Extensions::default(),
    };
    let Ok(db) = Db::open(open).await else { return false };
    let used = db.standings().await.is_ok();
    db.close().await;
    used
}

/// Whether an origin names this machine and nothing else: `http://127.0.0.1:8321`.
pub(crate) fn is_local(origin: &str) -> bool {
    let host = origin.parse::<axum::http::Uri>().ok();
    let host = host.as_ref().and_then(|uri| uri.host()).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The broker, if there is one.
fn broker(config: &Config) -> Option<Broker> {
    let configured = &config.own.broker;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Broker::new(messaging::jetstream::Settings {
        url: some(&configured.url)?,
        prefix: configured.prefix.clone(),
        user: some(&configured.user),
        password: configured.password.get().map(str::to_owned),
    }))
}

/// How feeds of other processes are read: from the broker where there is one.
fn transport(config: &Config, broker: Option<Broker>, readers: &ReaderKey) -> Result<Transport> {
    if let Some(broker) = broker {
        return Ok(Transport::broker(broker));
    }
    let mut peers = HashMap::new();
    for (service, places) in &config.own.peers {
        let places: Vec<url::Url> =
            places.iter().map(|place| place.parse().map_err(wrong)).collect::<Result<_>>()?;
        peers.insert(service.clone(), places);
    }
    let readers = readers.clone();
    // Services' names are readers' names.
    Transport::http(peers, Arc::new(move |name| readers.token(name).unwrap_or_default()))
}

fn house(
    config: &Config,
    mode: Mode,
    origin: String,
    begun: Option<&Installation>,
    directory: &Path,
    serves: &[&'static str],
) -> Result<House> {
    let own = &config.own;
    let zone = own.association.zone.parse().map_err(wrong)?;
    let local = is_local(&origin);
    let site = Site {
        https: origin.starts_with("https://"),
        loopback: local && own.server.listen.ip().is_loopback(),
        origin,
        zone,
        mode,
        name: own.association.name.clone(),
    };
    let clock = match mode {
        Mode::Production => Clock::real(),
        Mode::Demo | Mode::Test => Clock::with_offset_file(directory.join("clock.offset")),
    };
    // Another start begins elsewhere: what is random is not to come twice into one database.
    let ids = match (mode, begun) {
        (Mode::Test, Some(begun)) => Ids::seeded(
            own.test.seed.wrapping_add(begun.starts.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        ),
        _ => Ids::random(),
    };
    let limits = match mode {
        Mode::Test if !own.test.limits => Limits::off(),
        _ => Limits::new(own.server.requests_per_minute),
    };
    let secret_key = data::secret_key(own.secrets.key.get(), directory)?;
    let shared = own.feeds.key.get().map_or(&*secret_key, str::as_bytes);
    let readers = ReaderKey::new(shared, own.feeds.refused.clone())?;
    let elsewhere: Vec<_> =
        services::names().into_iter().filter(|name| !serves.contains(name)).collect();
    if begun.is_some() {
        config.check_reach(&elsewhere)?;
    }
    let broker = broker(config);
    Ok(House {
        site,
        clock,
        ids,
        transport: transport(config, broker.clone(), &readers)?,
        broker,
        elsewhere,
        readers,
        secret_key,
        feeds: Feeds::of(serves.iter().map(ToString::to_string)),
        settings: Arc::new(config.services.clone()),
        databases: own.database.url.get().map_or_else(
            || Databases::Files(directory.to_owned()),
            |url| Databases::Postgres(url.to_owned()),
        ),
        limits,
        twice: own.test.twice,
    })
}
