//! What the readers' tables tell besides who may: names, kinds of membership, chapters.

use contracts::membership::{Chapter, MembershipType};
use contracts::{Currency, Money, PersonId};
use messaging::{Result, Row, Tx, params};

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
