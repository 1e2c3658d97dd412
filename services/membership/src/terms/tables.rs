//! Table `terms`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Value, params};
use contracts::PersonId;
use contracts::membership::{Term, TermKind};

/// All terms a person ever had or has paid for, the earliest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Term>> {
    let sql = "select * from terms where person_id = $1 order by starts_on, kind desc, term_id";
    tx.all(sql, params![person]).await?.iter().map(read).collect()
}

/// All terms of these people; an empty list asks nothing.
pub(crate) async fn of_people(tx: &Tx, people: &[PersonId]) -> Result<Vec<Term>> {
    let mut terms = Vec::new();
    // No engine takes any number of parameters.
    for some in people.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let sql = format!("select * from terms where person_id in ({})", places.join(", "));
        let ids = some.iter().map(|id| Value::from(id.0)).collect();
        for row in &tx.all(&sql, ids).await? {
            terms.push(read(row)?);
        }
    }
    Ok(terms)
}

/// Stores a new term.
pub(super) async fn insert(tx: &Tx, term: &Term) -> Result<()> {
    let sql = "insert into terms (term_id, person_id, kind, type_id, chapter_id, starts_on,
                                  ends_before, charge_id, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let row = params![
        term.term_id,
        term.person_id,
        term.kind.as_str(),
        term.type_id,
        term.chapter_id,
        term.starts_on,
        term.ends_before,
        term.charge_id,
        term.version
    ];
    tx.run(sql, row).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Term, Error> {
    Ok(Term {
        term_id: row.get("term_id")?,
        person_id: row.get("person_id")?,
        kind: TermKind::from(row.get::<String>("kind")?.as_str()),
        type_id: row.get("type_id")?,
        chapter_id: row.get("chapter_id")?,
        starts_on: row.get("starts_on")?,
        ends_before: row.get("ends_before")?,
        charge_id: row.get("charge_id")?,
        version: row.get("version")?,
    })
}
