//! Table `people`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use contracts::PersonId;

use super::domain::{Person, name_key};

/// The person of this id, when their row is there.
pub(crate) async fn load(tx: &Tx, id: PersonId) -> Result<Option<Person>> {
    let row = tx.first("select * from people where person_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores `person` over the row it was loaded from, or as a new row when it has version 0.
///
/// Loses with `Conflict` against whoever stored it in between.
pub(super) async fn save(tx: &Tx, person: Person) -> Result<Person> {
    let sql = if person.version == 0 {
        "insert into people (person_id, version, name, name_key, member_number, language, open_application)
         values ($1, $2 + 1, $3, $4, $5, $6, $7) on conflict do nothing"
    } else {
        "update people set name = $3, name_key = $4, member_number = $5, language = $6,
                           open_application = $7, version = version + 1
         where person_id = $1 and version = $2"
    };
    let row = params![
        person.id,
        person.version,
        person.name.clone(),
        name_key(person.name.as_deref()),
        person.member_number.clone(),
        person.language.clone(),
        person.open_application
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Person { version: person.version + 1, ..person })
}

/// Up to `limit` people in order of their names, after `after`, whose name or number has `word` in it.
pub(super) async fn page(
    tx: &Tx,
    word: &str,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Person>> {
    let from = match after {
        Some(id) => load(tx, id).await?.map(|person| (name_key(person.name.as_deref()), id)),
        None => None,
    };
    let (pattern, number) = (containing(&word.to_lowercase()), containing(&word.to_uppercase()));
    let rows = if let Some((key, id)) = from {
        let sql = r"select * from people
                    where (name_key like $1 escape '\' or member_number like $2 escape '\')
                      and (name_key, person_id) > ($3, $4)
                    order by name_key, person_id limit $5";
        tx.all(sql, params![pattern, number, key, id, limit]).await?
    } else {
        let sql = r"select * from people
                    where name_key like $1 escape '\' or member_number like $2 escape '\'
                    order by name_key, person_id limit $3";
        tx.all(sql, params![pattern, number, limit]).await?
    };
    rows.iter().map(read).collect()
}

/// The pattern of `like` that finds `word` anywhere; what the typed word says of `%` is meant literally.
fn containing(word: &str) -> String {
    let literal = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}

fn read(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.get("person_id")?,
        name: row.get("name")?,
        member_number: row.get("member_number")?,
        language: row.get("language")?,
        open_application: row.get("open_application")?,
        version: row.get("version")?,
    })
}
