//! The harness of slice tests: one service with a real database, a still clock, and hands in the
//! place of everybody else.

mod beside;
mod browser;
mod feed;
mod postgres;
mod program;
mod routes;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::identity::{KeyPublished, RoleGranted, Roles};
use contracts::membership::{Person, PersonCreated, Term, TermKind, TermStarted};
use contracts::{Message, PersonId, SignInId, wire_type};
use messaging::db::{Extensions, OpenDb};
use messaging::feed::Envelope;
use messaging::reader::{FeedReader, Feeds};
use messaging::transport::Transport;
use messaging::{Actor, Clock, Command, Db, Got, Ids, Result, params};
use uuid::Uuid;

pub use beside::Beside;
pub use browser::{Answered, Browser};
pub use feed::MemoryFeed;
pub use macros::slice_test;
pub use postgres::database as postgres_database;
pub use program::Program;

use crate::api::AccessToken;
use crate::app::{Mode, Site};
use crate::feeds::ReaderKey;
use crate::limits::Limits;
use crate::run::{Databases, House, Running};
use crate::service::Service;
use crate::signin::{How, Signer, Token, Viewer};

/// The services that others may hear.
const SERVICES: [&str; 9] = [
    "identity",
    "membership",
    "learning",
    "events",
    "standards",
    "commerce",
    "content",
    "outreach",
    "insight",
];

/// How long a test waits for the service to come to rest before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test to its end.
///
/// # Panics
/// When no runtime can be made, and when the test fails.
pub fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    #[expect(clippy::expect_used, reason = "a test without a runtime has failed")]
    let runtime = runtime.expect("a runtime");
    runtime.block_on(test);
    runtime.shutdown_timeout(Duration::from_secs(5));
}

/// One service under test.
pub struct Slice {
    service: Service,
    house: House,
    running: Option<Running>,
    feeds: BTreeMap<&'static str, Arc<MemoryFeed>>,
    signer: Signer,
    key_known: tokio::sync::Mutex<bool>,
    shared: Arc<std::sync::RwLock<Router>>,
    _directory: Option<tempfile::TempDir>,
}

#[expect(clippy::unwrap_used, reason = "a harness that cannot go on fails its test")]
#[expect(clippy::missing_panics_doc, reason = "a harness panics to fail its test")]
impl Slice {
    /// The service on SQLite, in a directory of its own.
    pub async fn sqlite(service: Service) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let databases = Databases::Files(directory.path().to_owned());
        Self::start(service, databases, Some(directory)).await
    }

    /// The service on PostgreSQL, in a database of its own.
    pub async fn postgres(service: Service) -> Self {
        let url = postgres::database(service.name()).await;
        Self::start(service, Databases::Postgres(url), None).await
    }

    async fn start(
        service: Service,
        databases: Databases,
        directory: Option<tempfile::TempDir>,
    ) -> Self {
        let others = SERVICES.into_iter().filter(|name| *name != service.name());
        let feeds: BTreeMap<_, _> =
            others.map(|name| (name, Arc::new(MemoryFeed::new(name)))).collect();
        let foreign = feeds
            .iter()
            .map(|(name, feed)| ((*name).to_owned(), feed.clone() as Arc<dyn FeedReader>))
            .collect();
        let house = House {
            site: test_site(),
            clock: Clock::still(instant("2027-03-01T15:00:00Z")),
            ids: Ids::seeded(seed()),
            secret_key: Arc::from(&b"the secret key of a test, 32 bytes"[..]),
            feeds: Feeds::of([service.name().to_owned()]),
            transport: Transport::given(foreign),
            elsewhere: feeds.keys().copied().collect(),
            broker: None,
            readers: ReaderKey::new(b"readers of a test", Vec::new()).unwrap(),
            settings: Arc::new(HashMap::new()),
            databases,
            limits: Limits::off(),
            twice: false,
        };
        let signer = Signer::new(Uuid::from_u128(0x51_67_e8), [7; 32]).unwrap();
        let mut slice = Self {
            service,
            house,
            running: None,
            feeds,
            signer,
            key_known: tokio::sync::Mutex::new(false),
            shared: Arc::default(),
            _directory: directory,
        };
        slice.restart().await;
        slice
    }

    /// Stops the service, if it runs, and starts it on the same data.
    pub async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        let running = Box::pin(self.service.run(&self.house)).await.unwrap();
        *self.shared.write().unwrap() = running.router.clone();
        self.running = Some(running);
        self.settle().await;
    }

    /// Starts the service again with these settings: the table `[<service>]`.
    pub async fn with_settings(&mut self, settings: serde_json::Value) -> &mut Self {
        let name = self.service.name().to_owned();
        self.house.settings = Arc::new(HashMap::from([(name, settings)]));
        self.restart().await;
        self
    }

    /// Starts the service again with another site, for example one that is not on loopback.
    pub async fn with_site(&mut self, change: impl FnOnce(&mut Site)) -> &mut Self {
        let mode = self.house.site.mode;
        change(&mut self.house.site);
        if self.house.site.mode != mode {
            // A database keeps its mode; that of a test may have one after the other.
            self.write("delete from installation", params![]).await;
        }
        self.restart().await;
        self
    }

    /// Starts the service again with every reader handing over each batch twice.
    pub async fn twice(&mut self) -> &mut Self {
        self.house.twice = true;
        self.restart().await;
        self
    }

    /// Serves the service on a free loopback port, starts it again with that as its origin, and
    /// says the origin.
    pub async fn listen(&mut self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        self.house.site.origin.clone_from(&origin);
        self.restart().await;
        let shared = self.shared.clone();
        let app = Router::new().fallback(move |request: axum::extract::Request| {
            let router = shared.read().map(|router| router.clone()).unwrap_or_default();
            async move { tower::ServiceExt::oneshot(router, request).await }
        });
        let served = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
        self.running().spawn("listen", async move {
            drop(axum::serve(listener, served).await);
        });
        origin
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// The service's database.
    pub fn db(&self) -> &Db {
        self.running().app.db()
    }

    /// The state of its handlers.
    pub fn app(&self) -> &crate::App {
        &self.running().app
    }

    /// Its routes and who may call them.
    pub fn routes(&self) -> &[crate::RouteEntry] {
        &self.running().routes
    }

    /// What time it is for the service.
    pub fn now(&self) -> DateTime<Utc> {
        self.house.clock.now()
    }

    /// Moves the clock to noon, in the society's zone, of a day (`2027-03-01`); what is due happens.
    pub async fn today(&self, day: &str) -> &Self {
        let day: NaiveDate = day.parse().unwrap();
        let noon = day.and_hms_opt(12, 0, 0).unwrap().and_local_timezone(self.house.site.zone);
        self.house.clock.set(noon.unwrap().to_utc());
        self.settle().await;
        self
    }

    /// Moves the clock to an instant (`2027-03-01T10:00:00Z`); what is due happens.
    pub async fn at(&self, at: &str) -> &Self {
        self.house.clock.set(instant(at));
        self.settle().await;
        self
    }

    /// Moves the clock on; what is due happens.
    pub async fn advance(&self, step: TimeDelta) -> &Self {
        self.house.clock.advance(step);
        self.settle().await;
        self
    }

    /// Waits until the service has heard everything and nothing is due.
    pub async fn settle(&self) {
        let running = self.running();
        let resting = async {
            let mut ready = running.ready.clone();
            drop(ready.wait_for(|ready| *ready).await);
            let mut moves = self.db().cursor_moves();
            while !self.db().is_quiet(&running.readers).await.unwrap() {
                // A cursor may also move without news of it here (another Db on the same database).
                drop(tokio::time::timeout(Duration::from_millis(20), moves.changed()).await);
            }
        };
        let rested = tokio::time::timeout(PATIENCE, resting).await;
        assert!(rested.is_ok(), "{} did not come to rest", self.service.name());
    }

    /// What `service` says, heard before this returns.
    pub async fn deliver<M: Message>(&self, service: &str, message: M) {
        self.say(service, &message);
        self.settle().await;
    }

    /// As [`Slice::deliver`], with the batch handed over twice.
    pub async fn deliver_twice<M: Message>(&self, service: &str, message: M) {
        self.feed(service).repeat_next();
        self.deliver(service, message).await;
    }

    /// What `service` says, without waiting.
    pub fn say<M: Message>(&self, service: &str, message: &M) {
        let envelope = |position| Envelope {
            position,
            r#type: wire_type::<M>(service),
            entity: message.entity(),
            entityversion: message.entityversion(),
            key: message.key(),
            actor: "job:test".to_owned(),
            correlation: Uuid::from_u128(1),
            cause: None,
            traceparent: None,
            at: self.now(),
            body: serde_json::to_string(message).unwrap(),
        };
        self.feed(service).push(envelope);
    }

    fn feed(&self, service: &str) -> &MemoryFeed {
        let feed = self.feeds.get(service);
        feed.unwrap_or_else(|| panic!("{service} is the service under test, or none at all"))
    }

    /// All messages of one type that the service published so far.
    pub async fn published<M: Message>(&self) -> Vec<Got<M>> {
        let name = self.service.name();
        let wanted = wire_type::<M>(name);
        let all = self.db().published(0, 100_000).await.unwrap();
        all.iter()
            .filter(|one| one.r#type == wanted)
            .map(|one| Got::of(one, name).unwrap())
            .collect()
    }

    /// The one message of this type that the service published.
    pub async fn published_one<M: Message>(&self) -> Got<M> {
        let mut all = self.published::<M>().await;
        assert_eq!(all.len(), 1, "one {} was expected", M::NAME);
        all.remove(0)
    }

    /// Runs a command, and what follows from it.
    ///
    /// # Errors
    /// Those of the command.
    pub async fn execute<C: Command>(&self, actor: &Actor, command: &C) -> Result<C::Out> {
        let out = self.db().execute(actor, command).await;
        self.settle().await;
        out
    }

    /// Another handle to the same database, as another replica has one; on SQLite, where a file
    /// belongs to one process, the same handle.
    pub async fn replica(&self) -> Db {
        let target = self.db().target().clone();
        if matches!(target, messaging::Target::Sqlite(_)) {
            return self.db().clone();
        }
        let extensions = Extensions::default().with(self.house.site.clone());
        let open = OpenDb {
            service: self.service.name().to_owned(),
            target,
            clock: self.house.clock.clone(),
            ids: self.house.ids.clone(),
            zone: self.house.site.zone,
            extensions,
        };
        Db::open(open).await.unwrap()
    }

    /// Two replicas decide at once; says what each got.
    ///
    /// The other decides while the first is not committed, as far as its engine lets it: it has
    /// read what the first is about to change, and waits for its lock. Then both go on.
    pub async fn race<A: Command, B: Command>(
        &self,
        actor: &Actor,
        one: &A,
        other: &B,
    ) -> (Result<A::Out>, Result<B::Out>) {
        let replica = self.replica().await;
        let tx = self.db().begin(actor).await.unwrap();
        let first = one.run(&tx).await;
        let mut second = std::pin::pin!(replica.execute(actor, other));
        // How long it takes to reach the lock; on a slow day the two merely follow one another.
        let early = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
        let first = match first {
            Ok(out) => tx.commit().await.map(|_| out),
            Err(error) => {
                drop(tx);
                Err(error)
            }
        };
        let second = match early {
            Ok(done) => done,
            Err(_) => second.await,
        };
        self.settle().await;
        (first, second)
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> Browser {
        Browser::new(self.running().router.clone(), self.house.site.clone())
    }

    /// A browser in which `person` signed in just now.
    pub async fn sign_in(&self, person: PersonId) -> Browser {
        self.sign_in_by(person, "password").await
    }

    /// A browser in which `person` signed in just now in these ways: `password totp`, `passkey`.
    pub async fn sign_in_by(&self, person: PersonId, how: &str) -> Browser {
        self.know_key().await;
        let signin = SignInId(Uuid::from_u128(person.0.as_u128() ^ 0xff));
        let token = Token::new(person, signin, 0, self.now(), &How::new(how), self.now());
        let signed = self.signer.sign(&token).unwrap();
        self.stranger().with_cookie(crate::signin::SESSION_COOKIE, &signed)
    }

    /// A browser in which `person`, who has these staff roles, signed in just now.
    pub async fn staff(&self, person: PersonId, roles: &[&str]) -> Browser {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        if self.service.name() == "identity" {
            self.write(
                "insert into reader_roles (person_id, roles, version) values ($1, $2, 1)
                 on conflict (person_id) do update set roles = excluded.roles",
                params![person, roles.join(" ")],
            )
            .await;
        } else {
            let role = roles.first().cloned().unwrap_or_default();
            let roles = Roles { person_id: person, roles, strong: false, version: 1 };
            self.deliver("identity", RoleGranted { roles, role }).await;
        }
        self.sign_in(person).await
    }

    /// A browser in which `by`, a colleague with a sign-in of their own, looks with the eyes of
    /// `person`.
    pub async fn view(&self, person: PersonId, by: PersonId) -> Browser {
        self.staff(by, &[crate::signin::VIEWERS_ROLE]).await;
        let signin = |person: PersonId| SignInId(Uuid::from_u128(person.0.as_u128() ^ 0xff));
        let viewer = Viewer { person: by, signin: signin(by), generation: 0 };
        let id = SignInId(Uuid::from_u128(person.0.as_u128() ^ 0xeee));
        let token = Token::of_view(id, person, 0, viewer, self.now());
        let signed = self.signer.sign(&token).unwrap();
        self.stranger().with_cookie(crate::signin::SESSION_COOKIE, &signed)
    }

    /// A program that holds this access token, signed as identity signs.
    pub async fn program(&self, token: &AccessToken) -> Program {
        self.know_key().await;
        self.bearer(&self.signer.sign_access(token).unwrap())
    }

    /// A program that shows this text as its access token.
    pub fn bearer(&self, token: &str) -> Program {
        Program { browser: self.stranger(), token: token.to_owned() }
    }

    async fn know_key(&self) {
        let mut known = self.key_known.lock().await;
        if std::mem::replace(&mut *known, true) {
            return;
        }
        let (id, key) = (self.signer.kid(), self.signer.public_key().to_owned());
        if self.service.name() == "identity" {
            let sql = "insert into reader_keys (id, public_key, version) values ($1, $2, 1)
                       on conflict (id) do nothing";
            self.write(sql, params![id, key]).await;
        } else {
            let key = KeyPublished { id, public_key: key, retires_at: None, version: 1 };
            self.deliver("identity", key).await;
        }
    }

    /// Writes to the copies of readers directly: nobody else speaks for the service under test.
    async fn write(&self, sql: &str, values: Vec<messaging::Value>) {
        let tx = self.db().begin(&Actor::job("test", Uuid::nil())).await.unwrap();
        tx.run(sql, values).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Membership says that `person` is a member until the day before `ends_before`.
    pub async fn a_member(&self, person: PersonId, ends_before: &str) {
        let ends_before: NaiveDate = ends_before.parse().unwrap();
        if self.service.name() == "membership" {
            let id = Uuid::from_u128(person.0.as_u128() ^ 0x7e);
            let sql = "insert into reader_terms
                         (term_id, person_id, kind, starts_on, ends_before, version)
                       values ($1, $2, 'national', $3, $4, 1) on conflict (term_id) do nothing";
            let starts_on = ends_before - chrono::Months::new(12);
            return self.write(sql, params![id, person, starts_on, ends_before]).await;
        }
        let term = Term {
            term_id: Uuid::from_u128(person.0.as_u128() ^ 0x7e).into(),
            person_id: person,
            kind: TermKind::National,
            type_id: None,
            chapter_id: None,
            starts_on: ends_before - chrono::Months::new(12),
            ends_before,
            charge_id: None,
            version: 1,
        };
        let created = Person {
            person_id: person,
            name: "Jo Alvarez".to_owned(),
            member_number: Some("M000123".to_owned()),
            language: "en".to_owned(),
            version: 1,
        };
        self.say("membership", &PersonCreated { person: created });
        let started = TermStarted { term, member_number: "M000123".to_owned() };
        self.deliver("membership", started).await;
    }

    /// The service ends; nothing of it runs on.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

fn test_site() -> Site {
    Site {
        origin: "http://scte.test".to_owned(),
        zone: chrono_tz::America::New_York,
        mode: Mode::Test,
        https: false,
        name: "SCTE".to_owned(),
        loopback: true,
    }
}

/// An instant of a test.
fn instant(text: &str) -> DateTime<Utc> {
    #[expect(clippy::unwrap_used, reason = "dates of tests are literals")]
    text.parse().unwrap()
}

/// The seed of ids, printed so that a failing run can be repeated: `SCTE_TEST_SEED`.
#[expect(clippy::disallowed_methods, reason = "tests take their seed from the environment")]
#[expect(clippy::print_stderr, reason = "a test prints its seed")]
fn seed() -> u64 {
    let seed = std::env::var("SCTE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_le_bytes(Ids::random().bytes()));
    eprintln!("SCTE_TEST_SEED={seed}");
    seed
}
