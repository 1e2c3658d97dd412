//! Where a measurement or a proof keeps its databases.

use std::path::PathBuf;

use chassis::Target;
use clap::ValueEnum;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::outcome::{Failed, Outcome};

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// PostgreSQL on the cluster of the task runner.
    Postgres,
}

impl Engine {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Gives out empty databases and removes them.
pub struct Place {
    folder: PathBuf,
    cluster: Option<String>,
}

impl Place {
    /// Files go into `folder`; without a cluster there is no PostgreSQL.
    #[must_use]
    pub fn new(folder: PathBuf, cluster: Option<String>) -> Self {
        Self { folder, cluster }
    }

    /// Where the files go.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// The engines that are at hand.
    pub fn engines(&self) -> impl Iterator<Item = Engine> {
        let postgres = self.cluster.is_some();
        Engine::ALL.into_iter().filter(move |engine| postgres || *engine == Engine::Sqlite)
    }

    /// An empty database in the place of an earlier one of this name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn fresh(&self, engine: Engine, name: &str) -> Outcome<Target> {
        if engine == Engine::Postgres {
            let cluster = self.cluster.as_ref().ok_or_else(|| Failed::because("no PostgreSQL"))?;
            return Ok(Target::Postgres(fresh_database(cluster, name).await?));
        }
        let file = self.folder.join(format!("{name}.db"));
        for end in ["", "-wal", "-shm"] {
            let file = self.folder.join(format!("{name}.db{end}"));
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        Ok(Target::Sqlite(file))
    }
}

/// Makes an empty database on a cluster and says its URL.
///
/// # Errors
/// When the cluster cannot be reached.
pub async fn fresh_database(cluster: &str, name: &str) -> Outcome<String> {
    let mut connection = PgConnection::connect(cluster).await?;
    for sql in
        [format!("drop database if exists {name} with (force)"), format!("create database {name}")]
    {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(cluster.replacen("/postgres?", &format!("/{name}?"), 1))
}
