//! Asks for pages of every service, by nginx, all the time: with all connections between processes
//! cut every page still answers (invariant 2). Nothing is asserted about how soon, but a page that
//! keeps one waiting for ever is a fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::COOKIE;
use reqwest::redirect::Policy;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::outcome::Outcome;

/// Pages for everybody, of every service that has some.
const OPEN: [&str; 7] = [
    "/",
    "/news",
    "/search?q=member",
    "/account/sign-in",
    "/account/register",
    "/membership/join",
    "/notifications/mailbox",
];

/// Pages of somebody who is signed in.
const OWN: [&str; 5] =
    ["/account", "/membership", "/membership/profile", "/billing", "/notifications"];

/// How long a page may take before it counts as one that never comes.
const FOR_EVER: Duration = Duration::from_secs(10);

/// The same while its database is silent, which is told by time-outs.
const AT_LONGEST: Duration = Duration::from_secs(20);

/// How long the probe rests between two pages.
const REST: Duration = Duration::from_millis(30);

/// How the connections are at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is wrong, or only some connections between processes are.
    Usual,
    /// Nobody can reach another process or the broker.
    Apart,
    /// Databases cannot be reached, or were not a moment ago: a page may say so.
    NoDatabase,
}

/// What a kind of phase showed.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Pages {
    pub(crate) asked: u64,
    pub(crate) refused: u64,
    pub(crate) slowest_ms: u64,
}

impl Pages {
    fn add(&mut self, took: Duration, refused: bool) {
        self.asked += 1;
        self.refused += u64::from(refused);
        self.slowest_ms = self.slowest_ms.max(took.as_millis().try_into().unwrap_or(u64::MAX));
    }
}

/// What all asking showed.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Shown {
    /// With all connections between processes cut.
    pub(crate) apart: Pages,
    /// While databases could not be reached: here pages may be refused.
    pub(crate) no_database: Pages,
    /// At all other times.
    pub(crate) usual: Pages,
    /// Pages that should have come and did not, or never came.
    #[serde(skip)]
    pub(crate) faults: Vec<String>,
}

/// Whether every page for everybody is shown.
pub(crate) async fn all_answer(origin: &str) -> bool {
    let Ok(http) = reqwest::Client::builder().timeout(AT_LONGEST).build() else { return false };
    for page in OPEN {
        let answer = http.get(format!("{origin}{page}")).send().await;
        if !answer.is_ok_and(|answer| answer.status().as_u16() < 500) {
            return false;
        }
    }
    true
}

/// The asking.
pub(crate) struct Probe {
    phase: watch::Sender<Phase>,
    asking: JoinSet<Shown>,
    enough: Arc<AtomicBool>,
}

impl Probe {
    /// Begins to ask at `origin`, as a guest and as the member of this browser.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn start(origin: &str, member: &Browser) -> Outcome<Self> {
        let http =
            reqwest::Client::builder().redirect(Policy::none()).timeout(AT_LONGEST).build()?;
        let enough = Arc::new(AtomicBool::new(false));
        let phase = watch::Sender::new(Phase::Usual);
        let mut asking = JoinSet::new();
        for (pages, cookies) in [(&OPEN[..], String::new()), (&OWN[..], member.cookies())] {
            let guest = Guest {
                http: http.clone(),
                origin: origin.to_owned(),
                cookies,
                phase: phase.subscribe(),
            };
            asking.spawn(guest.ask_on(pages, enough.clone()));
        }
        Ok(Self { phase, asking, enough })
    }

    /// Tells how the connections are from now on.
    pub(crate) fn phase(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Ends the asking.
    ///
    /// # Errors
    /// When a guest panicked.
    pub(crate) async fn finish(mut self) -> Outcome<Shown> {
        self.enough.store(true, Ordering::Relaxed);
        let mut all = Shown::default();
        while let Some(shown) = self.asking.join_next().await {
            let Shown { apart, no_database, usual, faults } = shown?;
            for (sum, part) in [
                (&mut all.apart, apart),
                (&mut all.no_database, no_database),
                (&mut all.usual, usual),
            ] {
                sum.asked += part.asked;
                sum.refused += part.refused;
                sum.slowest_ms = sum.slowest_ms.max(part.slowest_ms);
            }
            all.faults.extend(faults);
        }
        Ok(all)
    }
}

/// Somebody who asks for one page after the other.
struct Guest {
    http: reqwest::Client,
    origin: String,
    cookies: String,
    phase: watch::Receiver<Phase>,
}

impl Guest {
    async fn ask_on(self, pages: &'static [&'static str], enough: Arc<AtomicBool>) -> Shown {
        let mut shown = Shown::default();
        for page in pages.iter().cycle() {
            if enough.load(Ordering::Relaxed) {
                break;
            }
            self.ask(page, &mut shown).await;
            tokio::time::sleep(REST).await;
        }
        shown
    }

    async fn ask(&self, page: &str, shown: &mut Shown) {
        let before = *self.phase.borrow();
        let began = Instant::now();
        let asked = self.http.get(format!("{}{page}", self.origin));
        let status = match asked.header(COOKIE, &self.cookies).send().await {
            Ok(answer) => {
                let status = answer.status();
                answer.bytes().await.map(|_| status)
            }
            Err(why) => Err(why),
        };
        let took = began.elapsed();
        let after = *self.phase.borrow();
        let refused = !status.as_ref().is_ok_and(|status| status.as_u16() < 500);
        let phase = if before == after { before } else { Phase::Usual };
        let no_database = [before, after].contains(&Phase::NoDatabase);
        let never = took > if no_database { AT_LONGEST } else { FOR_EVER };
        let excused = no_database && !never;
        if never || refused && !excused {
            let said = status.map_or_else(|why| why.to_string(), |status| status.to_string());
            let ms = took.as_millis();
            shown.faults.push(format!("{page} ({before:?}, {ms} ms): {said}"));
        }
        match phase {
            _ if no_database => shown.no_database.add(took, refused),
            Phase::Apart => shown.apart.add(took, refused),
            _ => shown.usual.add(took, refused),
        }
    }
}
