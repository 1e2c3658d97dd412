//! Kills by the schedule, and starts again what was killed: whoever ends by itself meanwhile, as a
//! process may that starts while its database is gone, is started again as a supervisor would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::sync::watch;

use super::schedule::{Kind, Planned};
use crate::network::bed::Bed;
use crate::outcome::{Failed, Outcome, print};
use crate::pulse;

/// How often it is looked whether something is to be started.
const TICK: Duration = Duration::from_millis(20);

/// How long a supervisor waits before it starts a process again that ended by itself.
const AGAIN: Duration = Duration::from_millis(300);

/// How long until everything is ready at the end, or something that is to be killed.
const PATIENCE: Duration = Duration::from_mins(3);

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Killed {
    pub(crate) by_kind: BTreeMap<Kind, u32>,
    /// How often a process gave up while it started, and was started again.
    pub(crate) gave_up: u32,
    /// Processes that were ready and ended without having been killed.
    pub(crate) ended: Vec<String>,
    /// All that was done, a line each, with the seconds since the beginning.
    pub(crate) history: String,
}

/// Who kills and starts.
pub(crate) struct Hand<'a> {
    bed: &'a mut Bed,
    rng: StdRng,
    /// What is to be started, and when.
    down: Vec<(Instant, String)>,
    /// Processes that were seen ready since their last start.
    ready: Vec<String>,
    /// The readiness of the pair's processes that were started again.
    starting: BTreeMap<String, watch::Receiver<Option<String>>>,
    killed: Killed,
    began: Instant,
}

impl<'a> Hand<'a> {
    pub(crate) fn on(bed: &'a mut Bed, seed: u64) -> Self {
        let ready = bed.cluster.parts().into_iter().chain(bed.pair.names()).collect();
        let (down, starting, killed) = (Vec::new(), BTreeMap::new(), Killed::default());
        let rng = StdRng::seed_from_u64(seed);
        Self { bed, rng, down, ready, starting, killed, began: Instant::now() }
    }

    fn note(&mut self, what: &str) {
        let at = self.began.elapsed().as_secs_f64();
        writeln!(self.killed.history, "{at:8.3} {what}").unwrap_or_default();
    }

    /// Does all that is planned, then waits until everything runs.
    ///
    /// # Errors
    /// When something does not start again.
    pub(crate) async fn go(mut self, planned: &[Planned]) -> Outcome<Killed> {
        let began = self.began;
        for (n, one) in planned.iter().enumerate() {
            while began.elapsed() < one.at {
                self.attend().await?;
            }
            let victims = self.choose(one).await?;
            for victim in victims {
                self.kill(&victim, one.away).await?;
            }
            *self.killed.by_kind.entry(one.kind).or_default() += 1;
            if (n + 1) % 10 == 0 {
                print(format!("  {} kills after {:.0} s", n + 1, began.elapsed().as_secs_f64()));
            }
        }
        let all: Vec<String> =
            self.bed.cluster.parts().into_iter().chain(self.bed.pair.names()).collect();
        for name in all {
            self.until_ready(&name).await?;
        }
        Ok(self.killed)
    }

    /// Starts what is due, and sees who ended.
    async fn attend(&mut self) -> Outcome {
        let mut ended = self.bed.cluster.ended()?;
        for name in self.bed.pair.names() {
            if self.bed.pair.process_mut(&name)?.ended()? {
                ended.push(name);
            }
        }
        for name in ended {
            if self.ready.contains(&name) {
                self.killed.ended.push(name.clone());
            } else {
                self.killed.gave_up += 1;
            }
            self.note(&format!("{name} ended by itself"));
            self.down(name, AGAIN);
        }
        let now = Instant::now();
        let due: Vec<String> =
            self.down.extract_if(.., |(at, _)| *at <= now).map(|one| one.1).collect();
        for name in due {
            self.note(&format!("{name} is started"));
            if is_pair(&name) {
                let ready = self.bed.pair.process_mut(&name)?.start()?;
                self.starting.insert(name, ready);
            } else {
                self.bed.cluster.begin_part(&name)?;
            }
        }
        tokio::time::sleep(TICK).await;
        Ok(())
    }

    fn down(&mut self, name: String, away: Duration) {
        self.ready.retain(|ready| *ready != name);
        self.down.push((Instant::now() + away, name));
    }

    fn is_down(&self, name: &str) -> bool {
        self.down.iter().any(|(_, down)| down == name)
    }

    async fn is_ready(&mut self, name: &str) -> bool {
        if self.is_down(name) {
            return false;
        }
        let ready = match self.starting.get(name) {
            Some(starting) => starting.borrow().is_some(),
            None if is_pair(name) => true,
            None => self.bed.cluster.is_ready(name).await,
        };
        if ready && !self.ready.iter().any(|known| known == name) {
            self.ready.push(name.to_owned());
            self.note(&format!("{name} is ready"));
        }
        ready
    }

    async fn until_ready(&mut self, name: &str) -> Outcome {
        let began = Instant::now();
        while !self.is_ready(name).await {
            if began.elapsed() > PATIENCE {
                let log = self.bed.cluster.log(name);
                return Err(Failed::because(format!("{name} is not ready; see {}", log.display())));
            }
            self.attend().await?;
        }
        Ok(())
    }

    async fn kill(&mut self, name: &str, away: Duration) -> Outcome {
        // It may have ended by itself just now: then it is down all the same.
        self.attend().await?;
        if self.is_down(name) {
            return Ok(());
        }
        self.is_ready(name).await;
        if is_pair(name) {
            self.starting.remove(name);
            self.bed.pair.process_mut(name)?.kill().await?;
        } else {
            self.bed.cluster.kill(name).await?;
        }
        self.note(&format!("{name} was killed"));
        self.down(name.to_owned(), away);
        Ok(())
    }

    /// Those that are to be killed now.
    async fn choose(&mut self, planned: &Planned) -> Outcome<Vec<String>> {
        let alone = match planned.kind {
            Kind::Postgres => Some("postgres"),
            Kind::Nats => Some("nats"),
            Kind::Nginx => Some("nginx"),
            Kind::Leader | Kind::Follower | Kind::Service => None,
        };
        if let Some(name) = alone {
            self.until_ready(name).await?;
            return Ok(vec![name.to_owned()]);
        }
        let began = Instant::now();
        loop {
            let mut services = contracts::catalogue::SERVICES.to_vec();
            services.extend(pulse::NAMES);
            services.shuffle(&mut self.rng);
            for service in services {
                let victims = self.of_service(service, planned).await;
                if !victims.is_empty() {
                    return Ok(victims);
                }
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because("nothing is ready to be killed"));
            }
            self.attend().await?;
        }
    }

    async fn of_service(&mut self, service: &str, planned: &Planned) -> Vec<String> {
        let mut up = Vec::new();
        for name in self.parts_of(service) {
            let hit = if planned.early { !self.is_down(&name) } else { self.is_ready(&name).await };
            if hit {
                up.push(name);
            }
        }
        if planned.kind == Kind::Service {
            return if up.len() > 1 { up } else { Vec::new() };
        }
        let leads = self.leader(service).await;
        let wanted =
            |name: &&String| (Some(*name) == leads.as_ref()) == (planned.kind == Kind::Leader);
        let fitting: Vec<String> = up.iter().filter(wanted).cloned().collect();
        fitting.choose(&mut self.rng).cloned().into_iter().collect()
    }

    fn parts_of(&self, service: &str) -> Vec<String> {
        if is_pair(service) {
            let names = self.bed.pair.names().into_iter();
            return names.filter(|name| name.starts_with(service)).collect();
        }
        self.bed.cluster.parts_of(service)
    }

    async fn leader(&self, service: &str) -> Option<String> {
        if is_pair(service) {
            return self.bed.pair.leader(service).await;
        }
        self.bed.cluster.leader(service).await
    }
}

/// Whether a name is that of a service or process beside the website.
fn is_pair(name: &str) -> bool {
    pulse::NAMES.iter().any(|service| name.starts_with(service))
}
