//! The time: the only place that reads the wall clock, and the one that tests move.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// A clock; clones share it. Instants are cut to microseconds, as both engines keep them.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    /// The wall clock plus what stands in a file; read again by [`Clock::follow`].
    Shifted {
        file: PathBuf,
        offset: watch::Sender<TimeDelta>,
    },
    Still {
        now: Mutex<DateTime<Utc>>,
        moved: watch::Sender<u64>,
    },
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
fn wall() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

impl Clock {
    /// The wall clock.
    #[must_use]
    pub fn real() -> Self {
        Self(Arc::new(Kind::Real))
    }

    /// The wall clock plus the whole seconds that stand in `file` (none: zero); for tests and demos.
    #[must_use]
    pub fn with_offset_file(file: PathBuf) -> Self {
        let offset = watch::Sender::new(read_offset(&file));
        Self(Arc::new(Kind::Shifted { file, offset }))
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn still(at: DateTime<Utc>) -> Self {
        let now = Mutex::new(at.trunc_subsecs(6));
        Self(Arc::new(Kind::Still { now, moved: watch::Sender::new(0) }))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Kind::Real => wall(),
            Kind::Shifted { offset, .. } => wall() + *offset.borrow(),
            Kind::Still { now, .. } => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a still clock to `at`; other clocks cannot be moved and stay as they are.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Kind::Still { now, moved } = &*self.0 {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = at.trunc_subsecs(6);
            moved.send_modify(|n| *n += 1);
        }
    }

    /// Moves a still clock on by `step`.
    pub fn advance(&self, step: TimeDelta) {
        self.set(self.now() + step);
    }

    /// Resolves when the clock shows `at` or later, also when it is moved there.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        loop {
            // Subscribed before the look, so that no move in between is missed.
            let mut offset = match &*self.0 {
                Kind::Shifted { offset, .. } => Some(offset.subscribe()),
                _ => None,
            };
            let mut moved = match &*self.0 {
                Kind::Still { moved, .. } => Some(moved.subscribe()),
                _ => None,
            };
            let left = at - self.now();
            if left <= TimeDelta::zero() {
                return;
            }
            // An hour at most: a machine that slept does not oversleep.
            let left = left.to_std().unwrap_or_default().min(Duration::from_hours(1));
            match (&mut offset, &mut moved) {
                (_, Some(moved)) => drop(moved.changed().await),
                (Some(offset), _) => {
                    tokio::select! {
                        () = tokio::time::sleep(left) => {}
                        _ = offset.changed() => {}
                    }
                }
                _ => tokio::time::sleep(left).await,
            }
        }
    }

    /// Reads the offset file again for ever, ten times a second; returns at once for other clocks.
    pub async fn follow(&self) {
        if let Kind::Shifted { file, offset } = &*self.0 {
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                let read = read_offset(file);
                offset.send_if_modified(|old| std::mem::replace(old, read) != read);
            }
        }
    }
}

fn read_offset(file: &std::path::Path) -> TimeDelta {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    TimeDelta::try_seconds(text.trim().parse().unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_a_still_clock_is_moved() {
        let clock = Clock::still(DateTime::UNIX_EPOCH);
        let sleeper = clock.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::days(1));
        let mover = async { clock.advance(TimeDelta::days(2)) };
        tokio::join!(sleeper, mover);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::days(2));
    }
}
