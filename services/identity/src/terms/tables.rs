//! Tables `terms_versions` and `terms_accepted`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::PersonId;
use uuid::Uuid;

use super::domain::{Accepted, Kind, Version};

/// Every version of every text, the newest first.
pub(crate) async fn all(tx: &Tx) -> Result<Vec<Version>> {
    let sql = "select id, kind, title, body, from_day, published_at from terms_versions
               order by from_day desc, published_at desc, id desc limit 200";
    tx.all(sql, params![]).await?.iter().map(from_row).collect()
}

/// Stores a version.
pub(super) async fn insert(tx: &Tx, version: &Version) -> Result<()> {
    let sql = "insert into terms_versions (id, kind, title, body, from_day, published_at, version)
               values ($1, $2, $3, $4, $5, $6, 1)";
    let values = params![
        version.id,
        version.kind.as_str(),
        &version.title,
        &version.body,
        version.from,
        version.published_at
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// What a person accepted, the latest first.
pub(crate) async fn accepted_by(tx: &Tx, person: PersonId) -> Result<Vec<Accepted>> {
    let sql = "select terms_id, accepted_at from terms_accepted
               where person_id = $1 order by accepted_at desc limit 200";
    let accepted =
        |row: &Row| Ok(Accepted { terms_id: row.get("terms_id")?, at: row.get("accepted_at")? });
    tx.all(sql, params![person]).await?.iter().map(accepted).collect()
}

/// Stores that a person accepts a version now.
pub(super) async fn accept(tx: &Tx, person: PersonId, terms: Uuid) -> Result<()> {
    let sql = "insert into terms_accepted (person_id, terms_id, accepted_at, version)
               values ($1, $2, $3, 1)
               on conflict (person_id, terms_id) do update
               set accepted_at = excluded.accepted_at, version = terms_accepted.version + 1";
    tx.run(sql, params![person, terms, tx.now()]).await?;
    Ok(())
}

/// How many people accepted each version.
pub(super) async fn counts(tx: &Tx) -> Result<Vec<(Uuid, i64)>> {
    let sql = "select terms_id, count(*) as people from terms_accepted group by terms_id";
    let count = |row: &Row| Ok((row.get("terms_id")?, row.get("people")?));
    tx.all(sql, params![]).await?.iter().map(count).collect()
}

fn from_row(row: &Row) -> Result<Version> {
    let word: String = row.get("kind")?;
    let kind = Kind::from_word(&word)
        .ok_or_else(|| Error::internal(format!("terms have the unknown kind {word}")))?;
    Ok(Version {
        id: row.get("id")?,
        kind,
        title: row.get("title")?,
        body: row.get("body")?,
        from: row.get("from_day")?,
        published_at: row.get("published_at")?,
    })
}
