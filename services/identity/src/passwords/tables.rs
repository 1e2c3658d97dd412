//! Table `past_passwords`: the only file of this slice that speaks SQL.

use chassis::{Result, Tx, params};
use contracts::PersonId;
use uuid::Uuid;

/// How many hashes are kept beside the current one.
pub(crate) const REMEMBERED: i64 = 5;

/// The hashes of the passwords a person had before, newest first.
pub(super) async fn past(tx: &Tx, person: PersonId) -> Result<Vec<String>> {
    let sql = format!(
        "select hash from past_passwords where person_id = $1
         order by replaced_at desc, id desc limit {REMEMBERED}"
    );
    tx.all(&sql, params![person]).await?.iter().map(|row| row.get("hash")).collect()
}

/// Keeps a hash that is replaced; what is older than the last few goes.
pub(super) async fn keep(tx: &Tx, person: PersonId, hash: &str) -> Result<()> {
    let sql = "insert into past_passwords (id, person_id, hash, replaced_at, version)
               values ($1, $2, $3, $4, 1)";
    tx.run(sql, params![tx.id::<Uuid>(), person, hash, tx.now()]).await?;
    let sql = format!(
        "delete from past_passwords where person_id = $1 and id not in
             (select id from past_passwords where person_id = $1
              order by replaced_at desc, id desc limit {REMEMBERED})"
    );
    tx.run(&sql, params![person]).await?;
    Ok(())
}
