//! An installation in one of the shapes, with its outside: parts of it are taken away and brought
//! back.

use std::path::Path;

use cluster::{Cluster, Disk, Plan, Shape};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::column::Column;
use super::outside::Outside;
use crate::outcome::{Failed, Outcome, sibling};

/// By how much the clock is moved on when something may wait for a later try, in seconds.
const STEP: i64 = 60;

/// An installation that runs, and what lies outside of it.
pub(crate) struct Place {
    pub(crate) cluster: Cluster,
    pub(crate) shape: Shape,
    pub(crate) outside: Outside,
    clock: i64,
}

/// The name of a shape.
pub(crate) fn name(shape: Shape) -> &'static str {
    match shape {
        Shape::One => "one",
        Shape::Apart => "apart",
        Shape::AtScale => "at-scale",
    }
}

/// What can be taken away in a shape. A SQLite file belongs to its process, which opened it for
/// writing: only PostgreSQL can forbid that from outside.
pub(crate) fn columns(shape: Shape) -> Vec<Column> {
    let at_scale = shape == Shape::AtScale;
    let there =
        |column: &Column| at_scale || *column != Column::Nats && column.read_only().is_none();
    Column::ALL.into_iter().filter(there).collect()
}

impl Place {
    /// Starts it, with the demonstration.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start(shape: Shape, folder: &Path, seed: u64) -> Outcome<Self> {
        let outside = Outside::start(&folder.join("outside"), seed).await?;
        let provider = outside.provider.address();
        let plan = Plan {
            seed,
            disk: Disk::Careless,
            smtp: Some(outside.smtp.address().to_string()),
            settings: format!("[commerce]\nprovider_url = \"http://{provider}\"\nsandbox = true\n"),
            listen: Some(outside.website),
            ..Plan::new(shape, folder.join("c"), sibling("scte")?)
        };
        let cluster = Box::pin(Cluster::start(plan)).await?;
        Ok(Self { cluster, shape, outside, clock: 0 })
    }

    /// Takes something away.
    ///
    /// # Errors
    /// When it does not go.
    pub(crate) async fn take_away(&mut self, column: Column) -> Outcome {
        if let Some(service) = column.service() {
            return self.stop(service).await;
        }
        if let Some(service) = column.read_only() {
            return self.forbid_writing(service, true).await;
        }
        match column {
            Column::Nats => self.cluster.stop("nats").await?,
            Column::Smtp => self.outside.smtp.cut().await,
            Column::Provider => self.outside.provider.cut().await,
            _ => {}
        }
        Ok(())
    }

    /// Brings it back.
    ///
    /// # Errors
    /// When it does not come.
    pub(crate) async fn bring_back(&mut self, column: Column) -> Outcome {
        if let Some(service) = column.service() {
            return self.start_again(service).await;
        }
        if let Some(service) = column.read_only() {
            return self.forbid_writing(service, false).await;
        }
        match column {
            Column::Nats => self.cluster.start_part("nats").await?,
            Column::Smtp => self.outside.smtp.heal().await,
            Column::Provider => self.outside.provider.heal().await,
            _ => {}
        }
        Ok(())
    }

    async fn stop(&mut self, service: &str) -> Outcome {
        if self.shape == Shape::One {
            return self.switch(service, "stop").await;
        }
        for part in self.cluster.parts_of(service) {
            self.cluster.stop(&part).await?;
        }
        Ok(())
    }

    async fn start_again(&mut self, service: &str) -> Outcome {
        if self.shape == Shape::One {
            return self.switch(service, "start").await;
        }
        let parts = self.cluster.parts_of(service);
        for part in &parts {
            self.cluster.begin_part(part)?;
        }
        for part in &parts {
            self.cluster.wait_for(part).await?;
        }
        Ok(())
    }

    async fn switch(&self, service: &str, act: &str) -> Outcome {
        for part in self.cluster.parts_of(service) {
            let asked = self.cluster.ask(&part, json!({ "do": act, "service": service })).await;
            asked.map_err(Failed::because)?;
        }
        Ok(())
    }

    /// Makes a service's database one that is read only, or not, for all connections from now on,
    /// and ends those that are open.
    async fn forbid_writing(&self, service: &str, forbid: bool) -> Outcome {
        let url = self.cluster.database(service);
        let url = url.ok_or_else(|| Failed::because("this shape has no PostgreSQL"))?;
        let mut connection = PgConnection::connect(&url).await?;
        // This connection may itself be one that only reads.
        sqlx::raw_sql("set default_transaction_read_only = off").execute(&mut connection).await?;
        let name: String =
            sqlx::query_scalar("select current_database()").fetch_one(&mut connection).await?;
        let act = if forbid {
            "set default_transaction_read_only = on"
        } else {
            "reset default_transaction_read_only"
        };
        let sql = format!("alter database \"{name}\" {act}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        // Each is waited for: nobody is to be asked over one that is about to end.
        let end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()";
        sqlx::raw_sql(end).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// Waits until nobody has anything left to do.
    ///
    /// # Errors
    /// When that never comes; what is still open.
    pub(crate) async fn settle(&self) -> Outcome {
        Ok(self.cluster.settle().await?)
    }

    /// Moves the clock on, as a later try may be waiting.
    ///
    /// # Errors
    /// When a process does not follow.
    pub(crate) async fn move_on(&mut self) -> Outcome {
        self.clock += STEP;
        Ok(self.cluster.set_clock(self.clock).await?)
    }
}
