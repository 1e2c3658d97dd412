//! Brings a described service to life: database, background work, router; and stops it again.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use messaging::clock::Clock;
use messaging::db::{Extensions, OpenDb, Target};
use messaging::ids::Ids;
use messaging::jetstream::Broker;
use messaging::leader::Background;
use messaging::reader::{FeedReader, Feeds, Twice};
pub use messaging::run::{Consumption, Standing, Steering};
use messaging::tasks::Tasks;
use messaging::transport::Transport;
use messaging::{Actor, Consumers, Db, Error, Migration, Result};
use tokio::sync::watch;

use crate::app::{App, AppParts, Mode, Sealer, Site};
use crate::feeds::ReaderKey;
use crate::installation;
use crate::limits::Limits;
use crate::remote::Client;
use crate::route::{RouteEntry, Routes};
use crate::service::{DeclareNavigation, Service, Settings};

const SERVICE: &[Migration] = &[
    Migration { name: "chassis/0000_service", sql: include_str!("../migrations/0000_service.sql") },
    Migration {
        name: "chassis/0001_installation",
        sql: include_str!("../migrations/0001_installation.sql"),
    },
];

/// What all services of a process share.
#[derive(Clone)]
pub struct House {
    /// The website.
    pub site: Site,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub ids: Ids,
    /// The installation's secret, from which each service derives its own.
    pub secret_key: Arc<[u8]>,
    /// The feeds of this process.
    pub feeds: Feeds,
    /// How feeds that other processes publish are read.
    pub transport: Transport,
    /// The services of other processes.
    pub elsewhere: Vec<&'static str>,
    /// Where feeds are copied to, if there is a broker.
    pub broker: Option<Broker>,
    /// Issues and checks the tokens of those who read our feeds.
    pub readers: ReaderKey,
    /// The configuration: a table per service.
    pub settings: Arc<HashMap<String, serde_json::Value>>,
    /// Where the databases are.
    pub databases: Databases,
    /// How often one address may ask.
    pub limits: Limits,
    /// Whether every reader hands over each batch twice; for tests.
    pub twice: bool,
}

/// Where the services' databases are.
#[derive(Debug, Clone)]
pub enum Databases {
    /// A SQLite file each, in this directory.
    Files(PathBuf),
    /// A PostgreSQL database each: a URL with `{service}` in it.
    Postgres(String),
}

impl Databases {
    /// Where the database of `service` is.
    #[must_use]
    pub fn of(&self, service: &str) -> Target {
        match self {
            Self::Files(directory) => Target::Sqlite(directory.join(format!("{service}.db"))),
            Self::Postgres(url) => Target::Postgres(url.replace("{service}", service)),
        }
    }
}

/// A service at work.
pub struct Running {
    /// Its name.
    pub name: &'static str,
    /// The state of its handlers.
    pub app: App,
    /// Its pages and endpoints.
    pub router: Router,
    /// Who may call what.
    pub routes: Vec<RouteEntry>,
    /// What it does with messages.
    pub consumers: Consumers,
    /// How it reads the feeds it hears.
    pub readers: messaging::replay::Readers,
    /// Holds and resumes its consumption.
    pub steering: Steering,
    /// Its timers, to be fired by hand in tests.
    pub timers: messaging::timer::Timers,
    /// Its effects, to be executed by hand in tests.
    pub effects: messaging::effect::Effects,
    /// True when its copies are prepared.
    pub ready: watch::Receiver<bool>,
    tasks: Tasks,
    feeds: Feeds,
    _lock: Option<File>,
}

/// A service that is open but does nothing by itself: for work on its data while nothing runs.
pub struct Idle {
    /// The state of its handlers.
    pub app: App,
    /// What it does with messages.
    pub consumers: Consumers,
    /// How it reads the feeds it hears.
    pub readers: messaging::replay::Readers,
    feeds: Feeds,
    _lock: Option<File>,
}

impl Idle {
    /// Closes the database and lets the file go.
    pub async fn close(self) {
        self.feeds.stopped(self.app.service());
        self.app.db().close().await;
    }
}

impl Service {
    /// Whether its settings can be used.
    ///
    /// # Errors
    /// `configuration` when they cannot.
    pub fn check_settings(&self, table: Option<serde_json::Value>) -> Result<()> {
        self.settings_of(table).map(drop)
    }

    fn settings_of(&self, table: Option<serde_json::Value>) -> Result<Settings> {
        (self.read_settings)(table)
            .map_err(|error| Error::refused("configuration", format!("[{}] {error}", self.name)))
    }

    /// Opens and migrates the database, under the lock, and starts nothing.
    ///
    /// # Errors
    /// As [`Service::run`].
    pub async fn open_idle(&self, house: &House) -> Result<Idle> {
        let (app, lock, _) = self.open(house).await?;
        house.feeds.started(app.db());
        let (consumers, readers) = (self.consumers.clone(), self.readers(house));
        Ok(Idle { app, consumers, readers, feeds: house.feeds.clone(), _lock: lock })
    }

    fn readers(&self, house: &House) -> messaging::replay::Readers {
        let elsewhere = house.elsewhere.iter().filter_map(|feed| {
            Some(((*feed).to_owned(), house.transport.reader(self.name, feed)?))
        });
        let all = house.feeds.readers().into_iter().chain(elsewhere);
        all.filter(|(feed, _)| !self.consumers.types(feed).is_empty())
            .map(|(feed, reader)| (feed, if house.twice { twice(reader) } else { reader }))
            .collect()
    }

    /// Opens the database, migrates it, runs what runs at every start, and begins to consume.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when another process holds the database or it cannot be reached;
    /// `configuration` when the service's settings cannot be used; `another_mode` when the database
    /// is of an installation in another mode.
    pub async fn run(&self, house: &House) -> Result<Running> {
        let (app, lock, tasks) = self.open(house).await?;
        self.begin(&app).await?;
        let running = self.assemble(house, app, lock, tasks);
        Ok(running)
    }

    /// As [`Service::run`], and plays the service's part of the demonstration first.
    ///
    /// # Errors
    /// As [`Service::run`], and those of the play.
    pub async fn run_demo(&self, house: &House) -> Result<Running> {
        let (app, lock, tasks) = self.open(house).await?;
        self.begin(&app).await?;
        if let Some(play) = &self.demo {
            play(app.clone()).await?;
        }
        Ok(self.assemble(house, app, lock, tasks))
    }

    async fn open(&self, house: &House) -> Result<(App, Option<File>, Tasks)> {
        let target = house.databases.of(self.name);
        let lock = match &target {
            Target::Sqlite(file) => Some(hold(&file.with_extension("lock"))?),
            Target::Postgres(_) => None,
        };
        let sealer = Sealer::new(&house.secret_key, self.name)?;
        let settings = self.settings_of(house.settings.get(self.name).cloned())?;
        let http = Client::new(&house.site)?;
        let extensions =
            Extensions::default().with(house.site.clone()).with(sealer.clone()).with(http.clone());
        let db = Db::open(OpenDb {
            service: self.name.to_owned(),
            target,
            clock: house.clock.clone(),
            ids: house.ids.clone(),
            zone: house.site.zone,
            extensions: (settings.extend)(extensions),
        })
        .await?;
        if let Err(error) = self.prepare(&db, house.site.mode).await {
            db.close().await;
            return Err(error);
        }
        let tasks = Tasks::new();
        let app = App::new(AppParts {
            service: self.name,
            clock: house.clock.clone(),
            ids: house.ids.clone(),
            site: house.site.clone(),
            settings: settings.any,
            http,
            sealer,
            limits: house.limits.clone(),
            knows_readers: self.knows_readers,
            stopping: tasks.token(),
            db,
        });
        Ok((app, lock, tasks))
    }

    /// Brings the database to our schema, and sees that it is of an installation like this one.
    async fn prepare(&self, db: &Db, mode: Mode) -> Result<()> {
        db.migrate(&self.all_migrations()).await?;
        installation::keep(db, mode).await
    }

    fn all_migrations(&self) -> Vec<Migration> {
        let mut steps = SERVICE.to_vec();
        if self.knows_readers {
            steps.extend_from_slice(crate::readers::MIGRATIONS);
        }
        steps.extend_from_slice(crate::files::MIGRATIONS);
        steps.extend_from_slice(crate::batch::MIGRATIONS);
        steps.extend_from_slice(&self.migrations);
        steps
    }

    async fn begin(&self, app: &App) -> Result<()> {
        for start in &self.starts {
            start(app.clone()).await?;
        }
        if !self.navigation.is_empty() {
            let actor = Actor::job("start", app.ids().uuid(app.clock().now()));
            let declare = DeclareNavigation { entries: self.navigation.clone() };
            app.db().execute(&actor, &declare).await?;
        }
        Ok(())
    }

    fn assemble(&self, house: &House, app: App, lock: Option<File>, tasks: Tasks) -> Running {
        let readers = self.readers(house);
        let described = self.routes.as_ref().map_or_else(Routes::new, |fill| fill(Routes::new()));
        let (router, table) = crate::http::assemble(&app, described);
        let steering = Steering::default();
        let background = Background {
            db: app.db().clone(),
            consumers: self.consumers.clone(),
            readers: readers.clone(),
            timers: self.timers.clone(),
            effects: self.effects.clone(),
            steering: steering.clone(),
            broker: house.broker.clone(),
        };
        house.feeds.started(app.db());
        Running {
            name: self.name,
            ready: background.start(&tasks),
            router,
            routes: table,
            consumers: self.consumers.clone(),
            readers,
            steering,
            timers: self.timers.clone(),
            effects: self.effects.clone(),
            tasks,
            feeds: house.feeds.clone(),
            app,
            _lock: lock,
        }
    }
}

fn twice(reader: Arc<dyn FeedReader>) -> Arc<dyn FeedReader> {
    Arc::new(Twice::new(reader))
}

impl Running {
    /// Starts a task that ends with the service.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_until_stopped(name, task);
    }

    /// Stops the background work, closes the database and lets the file go.
    pub async fn stop(self) {
        self.feeds.stopped(self.name);
        self.tasks.stop().await;
        self.app.db().close().await;
    }
}

/// Holds a lock file for as long as the returned handle lives; names whoever holds it already.
///
/// # Errors
/// [`Error::Unavailable`] when another process holds it.
pub fn hold(path: &Path) -> Result<File> {
    use std::io::{Read as _, Seek as _, Write as _};

    let mut options = File::options();
    let opened = options.read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.map_err(Error::internal)?;
    if file.try_lock().is_err() {
        let mut holder = String::new();
        drop(file.read_to_string(&mut holder));
        let file = path.display();
        return Err(Error::unavailable(format!("{file}, held by process {},", holder.trim())));
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| write!(file, "{}", std::process::id()));
    written.map_err(Error::internal)?;
    Ok(file)
}
