//! Requests from outside that may come twice: the first answer is kept and given again.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Command, Error, Result, Tx, params};

/// For how many days an answer is kept.
const KEPT_DAYS: i64 = 30;

/// A command that takes effect once per key.
pub(crate) struct Once<'a, C> {
    pub(crate) key: &'a str,
    pub(crate) hash: &'a str,
    pub(crate) command: &'a C,
}

impl<C> Command for Once<'_, C>
where
    C: Command,
    C::Out: Serialize + DeserializeOwned + Sync,
{
    type Out = C::Out;

    async fn run(&self, tx: &Tx) -> Result<C::Out> {
        // Two at once on PostgreSQL: the second waits here, then sees the first one's answer.
        tx.lock(&format!("inbox {}", self.key)).await?;
        let sql = "select hash, answer from inbox where key = $1";
        if let Some(row) = tx.first(sql, params![self.key]).await? {
            if row.get::<String>("hash")? != self.hash {
                let why = "this key came with another request before; load the page again";
                return Err(Error::refused("idempotency_key_reused", why));
            }
            let answer: serde_json::Value = row.get("answer")?;
            return Ok(serde_json::from_value(answer["out"].clone())?);
        }
        let out = self.command.run(tx).await?;
        let sql = "insert into inbox (key, hash, answer, at) values ($1, $2, $3, $4)";
        // In an object: a bare number or text would not come back from SQLite as it went in.
        let answer = serde_json::json!({ "out": serde_json::to_value(&out)? });
        tx.run(sql, params![self.key, self.hash, answer, tx.now()]).await?;
        Ok(out)
    }
}

/// Forgets answers that are older than thirty days.
pub(crate) struct Forget;

impl Command for Forget {
    type Out = u64;

    async fn run(&self, tx: &Tx) -> Result<u64> {
        let before = tx.now() - chrono::TimeDelta::days(KEPT_DAYS);
        tx.run("delete from inbox where at < $1", params![before]).await
    }
}
