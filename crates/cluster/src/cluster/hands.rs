//! The hands that take hold of the parts of an installation.

use super::Cluster;
use super::start::is_backend;
use crate::layout::{Kind, Place};
use crate::process::Process;
use crate::{Failed, Outcome, pg};

impl Cluster {
    /// Kills a part with SIGKILL, at this very moment.
    ///
    /// # Errors
    /// When it does not run, or ended by itself before.
    pub async fn kill(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.kill().await
    }

    /// Asks a part to stop, and waits until it did.
    ///
    /// # Errors
    /// When it does not, or not with success.
    pub async fn stop(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.stop().await
    }

    /// Starts a part again where it was, and waits until it is ready.
    ///
    /// # Errors
    /// When it runs already, or does not become ready.
    pub async fn start_part(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.start().await
    }

    /// Starts a part without waiting.
    ///
    /// # Errors
    /// When it runs already, or cannot be run.
    pub fn begin_part(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.begin()
    }

    /// Waits until a part that was started is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn wait_for(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.wait().await
    }

    /// Whether a part runs and is ready at this moment.
    pub async fn is_ready(&self, part: &str) -> bool {
        match self.part(part) {
            Ok(part) => part.process.is_awake() && part.process.is_ready().await,
            Err(_) => false,
        }
    }

    /// Stops a part where it is, with SIGSTOP.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn pause(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.pause().await
    }

    /// Lets a paused part go on, with SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn go_on(&mut self, part: &str) -> Outcome {
        self.part_mut(part)?.go_on().await
    }

    /// The parts that ended by themselves since the last question.
    ///
    /// # Errors
    /// When a process cannot be asked for.
    pub fn ended(&mut self) -> Outcome<Vec<String>> {
        let mut names = Vec::new();
        for part in &mut self.parts {
            if part.process.ended()?.is_some() {
                names.push(part.place.name.clone());
            }
        }
        Ok(names)
    }

    /// Ends everything in order: the way in first, what services need last.
    ///
    /// # Errors
    /// The first part that did not end in order; all the others ended all the same.
    pub async fn stop_all(mut self) -> Outcome {
        let nginx = self.stop_these(|place| place.kind == Kind::Nginx).await;
        let services = self.stop_these(|place| place.serves(None)).await;
        let databases = self.remove_databases().await;
        let backends = self.stop_these(is_backend).await;
        nginx.and(services).and(databases).and(backends)
    }

    async fn stop_these(&mut self, which: impl Fn(&Place) -> bool) -> Outcome {
        let mut outcome = Ok(());
        let mut asked = Vec::new();
        for part in self.parts.iter_mut().filter(|part| which(&part.place)) {
            match part.process.ask_to_stop().await {
                Ok(()) => asked.push(&mut part.process),
                Err(why) => outcome = Err(why),
            }
        }
        for process in asked {
            outcome = outcome.and(process.wait_for_end().await);
        }
        outcome
    }

    async fn remove_databases(&self) -> Outcome {
        match &self.databases {
            Some(databases) if databases.foreign => {
                pg::remove(&databases.admin, &databases.names()).await
            }
            _ => Ok(()),
        }
    }

    fn part_mut(&mut self, name: &str) -> Outcome<&mut Process> {
        let found = self.parts.iter_mut().find(|part| part.place.name == name);
        let part = found.ok_or_else(|| Failed::because(format!("there is no part `{name}`")))?;
        Ok(&mut part.process)
    }
}
