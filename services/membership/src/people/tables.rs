//! Table `people`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Result, Row, Tx, Value, params};
use chrono::NaiveDate;
use contracts::PersonId;

use super::domain::{Person, name_key};

/// The person of this id, when their row is there.
pub(crate) async fn load(tx: &Tx, id: PersonId) -> Result<Option<Person>> {
    let row = tx.first("select * from people where person_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The person with this member number, in whichever case it is typed.
pub(crate) async fn numbered(tx: &Tx, number: &str) -> Result<Option<Person>> {
    let sql = "select * from people where member_number = $1";
    let row = tx.first(sql, params![number.trim().to_uppercase()]).await?;
    row.as_ref().map(read).transpose()
}

/// The people of these ids, as far as they are known; an empty list asks nothing.
pub(crate) async fn load_all(tx: &Tx, ids: &[PersonId]) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    // No engine takes any number of parameters.
    for some in ids.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let sql = format!("select * from people where person_id in ({})", places.join(", "));
        let ids = some.iter().map(|id| Value::from(*id)).collect();
        for row in &tx.all(&sql, ids).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
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

/// The people whom a list wants, as they stand today.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Person>> {
    let keys = [("name", "name_key"), ("number", "coalesce(member_number, '')")];
    let term = |more: &str| {
        format!(
            "(exists (select 1 from terms t
                      where t.person_id = people.person_id and t.kind = 'national' {more})
              or exists (select 1 from seats s
                         join companies c on c.company_id = s.company_id
                         join company_terms t on t.company_id = coalesce(c.parent_id, c.company_id)
                         where s.person_id = people.person_id and s.state = 'held' {more}))"
        )
    };
    let any = term("");
    let running = term("and t.starts_on <= $2 and t.ends_before > $2");
    let coming = term("and t.starts_on > $2");
    let standing = match wanted.chosen("standing") {
        Some("member") => Some(running),
        Some("coming") => Some(format!("not {running} and {coming}")),
        Some("lapsed") => Some(format!("{any} and not {running} and not {coming}")),
        Some(_) => Some(format!("not {any}")),
        None => None,
    };
    let mut given = params![wanted.pattern()];
    if standing.is_some() {
        given.push(tx.today().into());
    }
    let standing = standing.unwrap_or_else(|| "1 = 1".to_owned());
    let Seek { after, order, limit, params } = wanted.seek(&keys, "person_id", given);
    let sql = format!(
        r"select * from people
          where (name_key like $1 escape '\' or lower(coalesce(member_number, '')) like $1 escape '\')
            and {standing} and {after} order by {order} limit {limit}"
    );
    tx.all(&sql, params).await?.iter().map(read).collect()
}

/// The next members of `today` after this one, by their ids.
pub(crate) async fn members_after(
    tx: &Tx,
    after: PersonId,
    today: NaiveDate,
    limit: usize,
) -> Result<Vec<Person>> {
    let sql = format!(
        "select * from people
         where person_id > $1 and (exists (
             select 1 from terms t
             where t.person_id = people.person_id and t.kind = 'national'
               and t.starts_on <= $2 and t.ends_before > $2)
           or exists (
             select 1 from seats s
             join companies c on c.company_id = s.company_id
             join company_terms t on t.company_id = coalesce(c.parent_id, c.company_id)
             where s.person_id = people.person_id and s.state = 'held'
               and t.starts_on <= $2 and t.ends_before > $2))
         order by person_id limit {limit}"
    );
    tx.all(&sql, params![after, today]).await?.iter().map(read).collect()
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
