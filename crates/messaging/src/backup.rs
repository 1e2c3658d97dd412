//! Copies of a database, and a feed's new life after one was put back.

use std::path::Path;

use percent_encoding::percent_decode_str;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::process::Command as Process;
use url::Url;

use crate::migrate::new_epoch;
use crate::{Actor, Db, Error, Result, Target, params};

impl Db {
    /// Copies the database as it is now into `file`: a SQLite file, or what `pg_dump` writes.
    ///
    /// Hold the cursors of all services first: then no copy has a cursor beyond a head.
    ///
    /// # Errors
    /// [`Error::Internal`] when it could not be written.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        match self.target() {
            Target::Sqlite(from) => {
                let url = format!("sqlite://{}", from.display());
                let mut connection = SqliteConnection::connect(&url).await?;
                let into = file.display().to_string().replace('\'', "''");
                let sql = format!("vacuum into '{into}'");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await?;
                Ok(())
            }
            Target::Postgres(url) => {
                let mut dump = Process::new("pg_dump");
                dump.arg("--format=custom").arg("--file").arg(file).arg("--dbname");
                run(at(dump, url)?).await
            }
        }
    }

    /// Begins a new epoch behind the head and holds timers and effects, after a restore: what was
    /// published beyond the copy no longer exists, and whoever read it must notice.
    ///
    /// # Errors
    /// As [`crate::Tx::all`].
    pub async fn begin_epoch(&self, actor: &Actor) -> Result<String> {
        let epoch = new_epoch(self);
        let tx = self.begin(actor).await?;
        let sql = "update feed_head set epoch = $1, held = $2 returning pos";
        let pos: i64 = tx.one(sql, params![&epoch, true]).await?.get("pos")?;
        let sql = "insert into feed_epoch (epoch, starts_after, began_at) values ($1, $2, $3)";
        tx.run(sql, params![&epoch, pos, tx.now()]).await?;
        let detail = serde_json::json!({ "epoch": epoch, "starts_after": pos });
        tx.audit("feed", uuid::Uuid::nil(), "restored", detail).await?;
        tx.commit().await?;
        self.forget_epochs();
        Ok(epoch)
    }

    /// Lets timers and effects go on after a restore.
    ///
    /// # Errors
    /// As [`crate::Tx::all`].
    pub async fn release(&self, actor: &Actor) -> Result<()> {
        let tx = self.begin(actor).await?;
        tx.run("update feed_head set held = $1", params![false]).await?;
        tx.audit("feed", uuid::Uuid::nil(), "released", serde_json::json!({})).await?;
        tx.made_work();
        tx.commit().await.map(drop)
    }
}

/// Puts a copy back where a database belongs; nothing may be there or in use.
///
/// # Errors
/// [`Error::Internal`] when it could not be written.
pub async fn put_back(file: &Path, target: &Target) -> Result<()> {
    match target {
        Target::Sqlite(to) => {
            tokio::fs::copy(file, to).await.map_err(Error::internal)?;
            Ok(())
        }
        Target::Postgres(url) => {
            let mut restore = Process::new("pg_restore");
            restore.args(["--clean", "--if-exists", "--no-owner", "--exit-on-error", "--dbname"]);
            run(at(restore, url)?.arg(file)).await
        }
    }
}

/// Adds where the database is. Its password goes by the environment: arguments are for all to see.
fn at(mut process: Process, url: &str) -> Result<Process> {
    let mut url = Url::parse(url).map_err(Error::internal)?;
    if let Some(password) = url.password() {
        let password = percent_decode_str(password).decode_utf8().map_err(Error::internal)?;
        process.env("PGPASSWORD", password.as_ref());
    }
    url.set_password(None).map_err(|()| Error::internal("the database's URL has no host"))?;
    process.arg(url.as_str());
    Ok(process)
}

async fn run(mut process: impl std::borrow::BorrowMut<Process>) -> Result<()> {
    let process = process.borrow_mut();
    let output = process.output().await.map_err(Error::internal)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::internal(String::from_utf8_lossy(&output.stderr).into_owned()))
}
