//! Another process of the service under test: a replica, or another release, on the same database.

use messaging::reader::Feeds;
use messaging::{Db, Result};

use super::{Browser, Slice};
use crate::app::Mode;
use crate::run::{House, Running};
use crate::service::Service;

/// A service that runs beside the one under test.
pub struct Beside {
    running: Running,
    site: crate::Site,
}

#[expect(clippy::unwrap_used, reason = "a harness that cannot go on fails its test")]
#[expect(clippy::missing_panics_doc, reason = "a harness panics to fail its test")]
impl Slice {
    /// Starts another process with `service` on the same database: PostgreSQL only, as a SQLite
    /// file belongs to one process.
    pub async fn beside(&self, service: &Service) -> Beside {
        // What one process hands over within itself is not for the other.
        let feeds = Feeds::of([service.name().to_owned()]);
        let house = House { feeds, ..self.house.clone() };
        let running = Box::pin(service.run(&house)).await.unwrap();
        Beside { running, site: house.site }
    }

    /// Starts another process in this mode on the same database and stops it again: it is refused
    /// in a mode that is not the database's. On SQLite, [`Slice::end`] first.
    ///
    /// # Errors
    /// Those of [`Service::run`].
    pub async fn runs_in(&self, mode: Mode) -> Result<()> {
        let running = Box::pin(self.service.run(&self.house_in(mode))).await?;
        running.stop().await;
        Ok(())
    }

    /// As [`Slice::runs_in`], and does no more than to open the database.
    ///
    /// # Errors
    /// Those of [`Service::open_idle`].
    pub async fn opens_in(&self, mode: Mode) -> Result<()> {
        self.service.open_idle(&self.house_in(mode)).await?.close().await;
        Ok(())
    }

    fn house_in(&self, mode: Mode) -> House {
        let feeds = Feeds::of([self.service.name().to_owned()]);
        let site = crate::Site { mode, ..self.house.site.clone() };
        House { site, feeds, ..self.house.clone() }
    }

    /// Stops the process under test and starts `service` in its place, as an update does.
    pub async fn deploy(&mut self, service: Service) {
        self.service = service;
        self.restart().await;
    }

    /// Ends the process under test without another in its place, until [`Slice::deploy`].
    pub async fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

impl Beside {
    /// A browser that asks this process; nobody is signed in.
    #[must_use]
    pub fn stranger(&self) -> Browser {
        Browser::new(self.running.router.clone(), self.site.clone())
    }

    /// Its handle to the database.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.running.app.db()
    }

    /// Resolves when its copies are prepared: by whoever leads, or by itself.
    pub async fn ready(&self) {
        let mut ready = self.running.ready.clone();
        drop(ready.wait_for(|ready| *ready).await);
    }

    /// Ends it; another process may lead then.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
