//! A service described in one place: reading the function that makes this value tells all it does.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use contracts::Message;
use contracts::shared::{Audience, NavigationDeclared, NavigationEntry, TokenUsed};
use futures::future::BoxFuture;
use messaging::timer::Timers;
use messaging::{
    Actor, Command, Consumers, Effect, Error, Migration, Projection, Reaction, Result, Timer, Tx,
    params,
};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::route::{RouteEntry, Routes};

/// One entry that a service offers for the navigation.
///
/// Where it stands follows from whom it is for: what is for everybody or for members makes the main
/// menu, what is for whoever is signed in stands with their name, what is for staff in the console.
#[derive(Debug, Clone, Copy)]
pub struct Nav {
    path: &'static str,
    label: &'static str,
    place: i64,
    audience: fn() -> Audience,
    role: Option<&'static str>,
    badge: bool,
}

impl Nav {
    const fn new(
        path: &'static str,
        label: &'static str,
        place: i64,
        audience: fn() -> Audience,
    ) -> Self {
        Self { path, label, place, audience, role: None, badge: false }
    }

    /// For everybody. `path` lies below one of the service's prefixes, `label` is English, a smaller
    /// `place` stands first.
    #[must_use]
    pub const fn public(path: &'static str, label: &'static str, place: i64) -> Self {
        Self::new(path, label, place, || Audience::Public)
    }

    /// For members.
    #[must_use]
    pub const fn members(path: &'static str, label: &'static str, place: i64) -> Self {
        Self::new(path, label, place, || Audience::Members)
    }

    /// For whoever is signed in, about themselves.
    #[must_use]
    pub const fn personal(path: &'static str, label: &'static str, place: i64) -> Self {
        Self::new(path, label, place, || Audience::SignedIn)
    }

    /// For the staff who hold `role` (`staff.finance`): nobody is led to a door that stays shut.
    #[must_use]
    pub const fn staff(
        path: &'static str,
        label: &'static str,
        place: i64,
        role: &'static str,
    ) -> Self {
        let entry = Self::new(path, label, place, || Audience::Staff);
        Self { role: Some(role), ..entry }
    }

    /// Counts what is due behind it: the service answers `/-/<service>/badge` with
    /// [`Badges`](crate::ui::Badges), which browsers ask after a page has loaded.
    #[must_use]
    pub const fn badged(self) -> Self {
        Self { badge: true, ..self }
    }

    fn entry(&self) -> NavigationEntry {
        NavigationEntry {
            path: self.path.to_owned(),
            label: self.label.to_owned(),
            language: "en".to_owned(),
            place: self.place,
            audience: (self.audience)(),
            role: self.role.map(str::to_owned),
            badge: self.badge,
        }
    }
}

type RoutesOf = Arc<dyn Fn(Routes) -> Routes + Send + Sync>;
type Start = Arc<dyn Fn(App) -> BoxFuture<'static, Result<()>> + Send + Sync>;
type ReadSettings = fn(Option<serde_json::Value>) -> Result<Settings>;

/// A service's settings, for [`App::settings`] and for `tx.extension()`.
pub(crate) struct Settings {
    pub(crate) any: Arc<dyn Any + Send + Sync>,
    pub(crate) extend:
        Box<dyn FnOnce(messaging::db::Extensions) -> messaging::db::Extensions + Send>,
}

/// A service: what it owns, hears, says, shows and does by itself.
#[derive(Clone)]
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) paths: &'static [&'static str],
    pub(crate) migrations: Vec<Migration>,
    pub(crate) routes: Option<RoutesOf>,
    pub(crate) navigation: Vec<Nav>,
    pub(crate) knows_readers: bool,
    pub(crate) publishes: Vec<&'static str>,
    pub(crate) consumers: Consumers,
    pub(crate) timers: Timers,
    pub(crate) effects: messaging::effect::Effects,
    pub(crate) read_settings: ReadSettings,
    pub(crate) starts: Vec<Start>,
    pub(crate) demo: Option<Start>,
}

impl Service {
    /// A service of this name that does nothing yet.
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            paths: &[],
            migrations: Vec::new(),
            routes: None,
            navigation: Vec::new(),
            knows_readers: false,
            publishes: Vec::new(),
            consumers: Consumers::new(),
            timers: Timers::default(),
            effects: messaging::effect::Effects::default(),
            read_settings: read_settings::<NoSettings>,
            starts: Vec::new(),
            demo: None,
        }
    }

    /// Every page and endpoint, and who may use it; the routes that every service has among them.
    #[must_use]
    pub fn route_table(&self) -> Vec<RouteEntry> {
        let described = self.routes.as_ref().map_or_else(Routes::new, |fill| fill(Routes::new()));
        crate::page::own::routes(described, self.name).into_parts().1
    }

    /// The path prefixes it answers, beside `/staff/<name>`, `/api/<name>` and its plumbing.
    #[must_use]
    pub fn paths(mut self, paths: &'static [&'static str]) -> Self {
        self.paths = paths;
        self
    }

    /// Its tables.
    #[must_use]
    pub fn migrations(mut self, steps: &[Migration]) -> Self {
        self.migrations.extend_from_slice(steps);
        self
    }

    /// Its pages and endpoints.
    #[must_use]
    pub fn routes(mut self, routes: impl Fn(Routes) -> Routes + Send + Sync + 'static) -> Self {
        self.routes = Some(Arc::new(routes));
        self
    }

    /// What it offers for the navigation; published when it changed.
    #[must_use]
    pub fn navigation(mut self, entries: &[Nav]) -> Self {
        self.navigation.extend_from_slice(entries);
        self.publishes::<NavigationDeclared>()
    }

    /// It keeps its own copy of who readers are: keys, tokens, roles, names, terms, chapters, menu;
    /// and tells when an access token was used here.
    #[must_use]
    pub fn knows_readers(mut self) -> Self {
        self.knows_readers = true;
        self.consumers = crate::readers::projections().and(self.consumers);
        self.publishes::<TokenUsed>()
    }

    /// It publishes this message.
    #[must_use]
    pub fn publishes<M: Message>(mut self) -> Self {
        if !self.publishes.contains(&M::NAME) {
            self.publishes.push(M::NAME);
        }
        self
    }

    /// It keeps a copy.
    #[must_use]
    pub fn projects<P: Projection>(mut self, projection: P) -> Self {
        self.consumers = self.consumers.projects(projection);
        self
    }

    /// It decides on a message.
    #[must_use]
    pub fn reacts<R: Reaction>(mut self, reaction: R) -> Self {
        self.consumers = self.consumers.reacts(reaction);
        self
    }

    /// It does something when a timer is due.
    #[must_use]
    pub fn timer<T: Timer>(mut self, timer: T) -> Self {
        self.timers = self.timers.with(timer);
        self
    }

    /// It calls somebody outside.
    #[must_use]
    pub fn effect<E: Effect>(mut self, effect: E) -> Self {
        self.effects = self.effects.with(effect);
        self
    }

    /// It runs a command again and again; `name` is stored and never renamed.
    #[must_use]
    pub fn every<F, C>(mut self, period: Duration, name: &'static str, make: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Command<Out = ()> + Send + 'static,
    {
        self.timers = self.timers.every(period, name, make);
        self
    }

    /// It has a table of its own in the configuration; `T` says the defaults and, with
    /// `#[serde(deny_unknown_fields)]`, refuses unknown keys.
    #[must_use]
    pub fn settings<T>(mut self) -> Self
    where
        T: DeserializeOwned + Default + Send + Sync + 'static,
    {
        self.read_settings = read_settings::<T>;
        self
    }

    /// A command that runs at every start, after the migrations and before the first request; it
    /// finds the site, the sealer and the settings by `tx.extension()`.
    #[must_use]
    pub fn start<C>(mut self, command: C) -> Self
    where
        C: Command<Out = ()> + Send + Sync + 'static,
    {
        let command = Arc::new(command);
        self.starts.push(Arc::new(move |app: App| {
            let command = command.clone();
            Box::pin(async move {
                let actor = Actor::job("start", app.ids().uuid(app.clock().now()));
                app.db().execute(&actor, &*command).await
            })
        }));
        self
    }

    /// It plays its own part in the demonstration, by its own commands, on an empty database.
    #[must_use]
    pub fn demo<F, Fut>(mut self, play: F) -> Self
    where
        F: Fn(App) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.demo = Some(Arc::new(move |app| Box::pin(play(app))));
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Every prefix it answers, its staff pages, API and plumbing included.
    #[must_use]
    pub fn prefixes(&self) -> Vec<String> {
        let own = self.paths.iter().map(|path| (*path).to_owned());
        own.chain(["/staff", "/api", "/-"].map(|below| format!("{below}/{}", self.name))).collect()
    }

    /// The short names of the messages it publishes, sorted.
    #[must_use]
    pub fn published(&self) -> Vec<&'static str> {
        let mut names = self.publishes.clone();
        names.sort_unstable();
        names
    }

    /// What it offers for the navigation, as it is published.
    pub(crate) fn declared(&self) -> Vec<NavigationEntry> {
        self.navigation.iter().map(Nav::entry).collect()
    }

    /// What it does with messages.
    #[must_use]
    pub fn consumers(&self) -> &Consumers {
        &self.consumers
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

fn read_settings<T>(table: Option<serde_json::Value>) -> Result<Settings>
where
    T: DeserializeOwned + Default + Send + Sync + 'static,
{
    let settings = Arc::new(match table {
        Some(table) => serde_json::from_value::<T>(table)
            .map_err(|error| Error::refused("configuration", error))?,
        None => T::default(),
    });
    let any: Arc<dyn Any + Send + Sync> = settings.clone();
    Ok(Settings { any, extend: Box::new(move |extensions| extensions.with_arc(settings)) })
}

/// Publishes the navigation when it is not what was published last.
pub(crate) struct DeclareNavigation {
    pub(crate) entries: Vec<Nav>,
}

impl Command for DeclareNavigation {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Replicas that start together say it once.
        tx.lock("navigation_declared").await?;
        let entries: Vec<NavigationEntry> = self.entries.iter().map(Nav::entry).collect();
        let now = serde_json::to_value(&entries)?;
        let known = tx.first("select entries, version from navigation_declared", params![]).await?;
        let version = match known {
            Some(row) if row.get::<serde_json::Value>("entries")? == now => return Ok(()),
            Some(row) => row.get::<i64>("version")? + 1,
            None => 1,
        };
        let sql = "insert into navigation_declared (one, entries, version) values ($1, $2, $3)
                   on conflict (one) do update
                   set entries = excluded.entries, version = excluded.version";
        tx.run(sql, params![true, now, version]).await?;
        let id = navigation_id(tx.service());
        tx.publish(NavigationDeclared { id, entries, version });
        Ok(())
    }
}

/// The navigation of a service has the same id in every installation.
fn navigation_id(service: &str) -> uuid::Uuid {
    let mut bytes = [0; 16];
    for (at, byte) in service.bytes().take(16).enumerate() {
        bytes[at] = byte;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
