//! What the readers' tables tell besides who may: names, kinds of membership, chapters.

use contracts::membership::{Chapter, MembershipType, TermKind};
use contracts::{Currency, Money, PersonId};
use messaging::{Result, Row, Tx, params};

use super::HeldTerm;

/// The kinds of membership known here, by title.
///
/// # Errors
/// As [`Tx::all`].
pub async fn types(tx: &Tx) -> Result<Vec<MembershipType>> {
    let rows = tx.all("select * from reader_types order by title, type_id", Vec::new()).await?;
    rows.iter()
        .map(|row| {
            Ok(MembershipType {
                type_id: row.get("type_id")?,
                code: row.get("code")?,
                title: row.get("title")?,
                audience: row.get("audience")?,
                language: row.get("language")?,
                price: price(row)?,
                sample: row.get("sample")?,
                open: row.get("is_open")?,
                seats: row.get("seats")?,
                version: row.get("version")?,
            })
        })
        .collect()
}

/// The chapters known here, by name.
///
/// # Errors
/// As [`Tx::all`].
pub async fn chapters(tx: &Tx) -> Result<Vec<Chapter>> {
    let rows =
        tx.all("select * from reader_chapters order by name, chapter_id", Vec::new()).await?;
    rows.iter()
        .map(|row| {
            Ok(Chapter {
                chapter_id: row.get("chapter_id")?,
                name: row.get("name")?,
                region: row.get("region")?,
                price: price(row)?,
                sample: row.get("sample")?,
                version: row.get("version")?,
            })
        })
        .collect()
}

/// The terms of a person under whichever of their ids, the earliest first: their own, and those of the
/// companies whose seats they hold.
///
/// # Errors
/// As [`Tx::all`].
pub async fn terms_of(tx: &Tx, person: PersonId) -> Result<Vec<HeldTerm>> {
    let sql = "with me as (
                   select coalesce((select kept from reader_aliases where alias = $1), $1) as id
               ), ids as (
                   select id from me
                   union all
                   select alias from reader_aliases where kept in (select id from me)
               )
               select kind, chapter_id, starts_on, ends_before from reader_terms
               where person_id in (select id from ids)
               union all
               select 'national', null, t.starts_on, t.ends_before from reader_seats s
               left join reader_companies c on c.company_id = s.company_id
               join reader_company_terms t on t.company_id = coalesce(c.root_id, s.company_id)
               where s.held and s.person_id in (select id from ids)
               order by starts_on, ends_before limit 1000";
    tx.all(sql, params![person]).await?.iter().map(held_term).collect()
}

fn held_term(row: &Row) -> Result<HeldTerm> {
    Ok(HeldTerm {
        kind: TermKind::from(row.get::<String>("kind")?.as_str()),
        chapter_id: row.get("chapter_id")?,
        starts_on: row.get("starts_on")?,
        ends_before: row.get("ends_before")?,
    })
}

/// The name of a person, aliases resolved; none: not known here yet.
///
/// # Errors
/// As [`Tx::all`].
pub async fn name_of(tx: &Tx, person: PersonId) -> Result<Option<String>> {
    let sql = "select name from reader_people
               where person_id = $1 or person_id in (select kept from reader_aliases where alias = $1)
               order by case when person_id = $1 then 1 else 0 end limit 1";
    tx.first(sql, params![person]).await?.map(|row| row.get("name")).transpose()
}

fn price(row: &Row) -> Result<Money> {
    let currency = Currency::from(row.get::<String>("currency")?.as_str());
    Ok(Money { minor: row.get("price_minor")?, currency })
}
