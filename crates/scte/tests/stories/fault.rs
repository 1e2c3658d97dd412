//! What may happen to the system in the middle of a story, at its checkpoints.

use rand::RngExt as _;
use serde_json::json;

use crate::many;
use crate::world::{Site, World, note};

/// What happens to the system in the middle of a story.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    None,
    /// A service is stopped at a checkpoint, and started at a later one, or when it is needed.
    Stop {
        service: &'static str,
        at: u32,
        until: u32,
    },
    /// The process that holds the services, or one of several, is killed at a checkpoint and
    /// started again.
    Kill {
        at: u32,
    },
}

impl World {
    /// Stops a service: by the switch, or with all its processes where it has its own.
    pub(crate) async fn stop_service(&mut self, service: &'static str) {
        note(&format!("{service} is stopped at checkpoint {}", self.checkpoint));
        match &mut self.site {
            Site::One(one) => drop(one.ask(&json!({ "do": "stop", "service": service })).await),
            Site::Many(cluster, _) => many::stop(cluster, service).await,
            _ => panic!("this world is stopped by others"),
        }
        self.stopped = Some(service);
    }

    /// Starts the service that was stopped; says whether there was one.
    pub(crate) async fn start_service(&mut self) -> bool {
        let Some(service) = self.stopped.take() else { return false };
        note(&format!("{service} is started at checkpoint {}", self.checkpoint));
        match &mut self.site {
            Site::One(one) => drop(one.ask(&json!({ "do": "start", "service": service })).await),
            Site::Many(cluster, _) => many::start(cluster, service).await,
            _ => panic!("this world is started by others"),
        }
        true
    }

    /// Lets a service be stopped at a seeded checkpoint, of `many`, and started later.
    pub(crate) fn will_stop(&mut self, service: &'static str, many: u32) {
        let at = self.random.random_range(1..=many);
        let until = self.random.random_range(at + 1..=many + 1);
        self.fault = Fault::Stop { service, at, until };
        note(&format!("{:?}", self.fault));
    }

    /// Lets the process be killed at a seeded checkpoint, of `many`.
    pub(crate) fn will_be_killed(&mut self, many: u32) {
        self.fault = Fault::Kill { at: self.random.random_range(1..=many) };
        note(&format!("{:?}", self.fault));
    }

    /// Kills the process, or a seeded one of several, and starts it again.
    async fn kill_and_start(&mut self) {
        if let Site::Many(cluster, _) = &mut self.site {
            return many::kill_and_start(cluster, &mut self.random).await;
        }
        self.kill().await;
        self.start().await;
    }

    /// A place in a story where something may happen to the system.
    pub(crate) async fn checkpoint(&mut self) {
        self.checkpoint += 1;
        match self.fault.clone() {
            Fault::Stop { service, at, .. } if at == self.checkpoint => {
                self.stop_service(service).await;
            }
            Fault::Stop { until, .. } if until == self.checkpoint => {
                self.start_service().await;
            }
            Fault::Kill { at } if at == self.checkpoint => {
                note(&format!("killed at checkpoint {at}"));
                self.kill_and_start().await;
            }
            _ => {}
        }
    }

    /// How many checkpoints were passed.
    pub(crate) fn passed(&self) -> u32 {
        self.checkpoint
    }
}
