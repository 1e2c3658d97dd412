//! What the readers' tables of identity know of a person's membership.

use chassis::{HeldTerm, Result, Tx, params};
use contracts::PersonId;
use contracts::membership::TermKind;

/// The terms of a person, under whichever of their ids.
pub(crate) async fn terms(tx: &Tx, person: PersonId) -> Result<Vec<HeldTerm>> {
    let sql = "with me as (
                   select coalesce((select kept from reader_aliases where alias = $1), $1) as id
               ), ids as (
                   select id from me
                   union all
                   select alias from reader_aliases where kept in (select id from me)
               )
               select kind, chapter_id, starts_on, ends_before from reader_terms
               where person_id in (select id from ids)
               order by starts_on, term_id limit 1000";
    let found = tx.all(sql, params![person]).await?;
    found
        .iter()
        .map(|row| {
            Ok(HeldTerm {
                kind: TermKind::from(row.get::<String>("kind")?.as_str()),
                chapter_id: row.get("chapter_id")?,
                starts_on: row.get("starts_on")?,
                ends_before: row.get("ends_before")?,
            })
        })
        .collect()
}
