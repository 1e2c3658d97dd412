//! What waits is told by the database itself: the same to the process that leads and to a replica.

use chassis::effect::Effects;
use chassis::timer::Timers;
use chassis::{Command, Effect, Fault, Outcome, Result, Settled, Timer, Tx};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::house::on_both_engines;
use crate::house::{Nothing, Pair, Raise, actor, counter};

struct Ring;

impl Timer for Ring {
    const NAME: &'static str = "ring";
    type Payload = Nothing;

    async fn fire(&self, _: &Tx, _: &Nothing) -> Result<(), Fault> {
        Err(Fault::Unavailable("nobody is at home".to_owned()))
    }
}

struct Outside;

impl Effect for Outside {
    const NAME: &'static str = "outside";
    type Payload = Nothing;

    async fn execute(&self, _: &chassis::Call<Nothing>) -> Outcome {
        Outcome::Unknown("no answer".to_owned())
    }

    async fn settle(&self, _: &Tx, _: Uuid, _: &Nothing, _: &Settled) -> Result<(), Fault> {
        Ok(())
    }
}

/// Sets a timer in an hour and asks for a call now and for one in two hours.
struct Ask;

impl Command for Ask {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.at::<Ring>(tx.now() + TimeDelta::hours(1), counter(1), &Nothing {}).await?;
        tx.effect::<Outside>(&Nothing {}).await?;
        tx.effect_at::<Outside>(tx.now() + TimeDelta::hours(2), &Nothing {}).await.map(drop)
    }
}

/// Waits until this is so.
async fn until(mut so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.unwrap();
}

on_both_engines! {
    async fn what_waits_in_the_background_is_told(pair: Pair) {
        let began = pair.clock.now();
        let nothing = pair.beta.waits().await.unwrap();
        assert_eq!((nothing.head, nothing.timer_due, nothing.effect_asked), (0, None, None));
        assert!(nothing.feeds.is_empty() && !nothing.held);

        pair.beta.execute(&actor(), &Ask).await.unwrap();
        let asked = pair.beta.waits().await.unwrap();
        assert_eq!(asked.timer_due, None, "it is not due yet");
        assert_eq!(asked.effect_asked, Some(began));
        pair.clock.advance(TimeDelta::minutes(61));
        let due = pair.beta.waits().await.unwrap();
        assert_eq!(due.timer_due, Some(began + TimeDelta::hours(1)));
        assert_eq!((due.timers_failing, due.effects_unknown), (0, 0));

        // Tried, and neither came to anything.
        let effects = Effects::default().with(Outside);
        let tasks = pair.start(&pair.beta, Timers::default().with(Ring), effects);
        until(async || {
            let now = pair.beta.waits().await.unwrap();
            (now.timers_failing, now.effects_unknown) == (1, 1)
        }).await;
        tasks.stop().await;
        let tried = pair.beta.waits().await.unwrap();
        assert_eq!(tried.timer_due, None, "it is tried again later");
        assert_eq!(tried.effect_asked, Some(began), "it waits since it was asked for");
    }

    async fn where_a_reader_stands_is_told_by_every_replica(pair: Pair) {
        pair.bugs.in_counter(counter(1));
        for of in [1, 1, 2] {
            pair.alpha.execute(&actor(), &Raise(counter(of))).await.unwrap();
        }
        assert!(!pair.steering().readings().leads());
        let beta = pair.start_beta();
        pair.heard_all().await;

        assert_eq!(pair.alpha.waits().await.unwrap().head, 3);
        let other = pair.other_beta().await;
        for handle in [&pair.beta, &other] {
            let waits = handle.waits().await.unwrap();
            let alpha = waits.feeds.iter().find(|one| one.feed == "alpha").unwrap();
            assert_eq!((alpha.at.pos, alpha.parked, &alpha.halted), (3, 1, &None));
        }
        other.close().await;
        let readings = pair.steering().readings();
        assert!(readings.leads());
        assert_eq!(readings.of("alpha").head.map(|(head, _)| head), Some(3));
        assert_eq!(readings.of("alpha").pausing, None);
        beta.stop().await;
        assert!(!readings.leads());
    }
}
