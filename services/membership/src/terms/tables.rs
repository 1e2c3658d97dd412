//! Table `terms`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Value, params};
use contracts::PersonId;
use contracts::membership::{Term, TermKind};

/// All terms a person ever had or has paid for themselves, the earliest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Term>> {
    let sql = "select * from terms where person_id = $1 order by starts_on, kind desc, term_id";
    tx.all(sql, params![person]).await?.iter().map(read).collect()
}

/// The terms that cover these people by the seats they hold, as if each were their own: of a company, or
/// of that whose branch gave the seat. Read whenever it is asked, stored for no person.
pub(crate) async fn by_seats(tx: &Tx, people: &[PersonId]) -> Result<Vec<Term>> {
    let mut terms = Vec::new();
    for some in people.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select t.term_id, s.person_id, t.type_id, t.starts_on, t.ends_before, t.version
             from seats s join companies c on c.company_id = s.company_id
             join company_terms t on t.company_id = coalesce(c.parent_id, c.company_id)
             where s.state = 'held' and t.starts_on < t.ends_before and s.person_id in ({})
             order by t.starts_on, t.term_id",
            places.join(", ")
        );
        let ids = some.iter().map(|id| Value::from(*id)).collect();
        for row in &tx.all(&sql, ids).await? {
            terms.push(seat_term(row)?);
        }
    }
    Ok(terms)
}

/// All that tells how a person stands: their own terms and those by seats, the earliest first.
pub(crate) async fn held_by(tx: &Tx, person: PersonId) -> Result<Vec<Term>> {
    let mut held = of_person(tx, person).await?;
    held.extend(by_seats(tx, &[person]).await?);
    held.sort_by_key(|term| term.starts_on);
    Ok(held)
}

/// The same of many people, in no order.
pub(crate) async fn held_by_all(tx: &Tx, people: &[PersonId]) -> Result<Vec<Term>> {
    let mut held = of_people(tx, people).await?;
    held.extend(by_seats(tx, people).await?);
    Ok(held)
}

/// All terms of these people; an empty list asks nothing.
async fn of_people(tx: &Tx, people: &[PersonId]) -> Result<Vec<Term>> {
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

fn seat_term(row: &Row) -> Result<Term, Error> {
    Ok(Term {
        term_id: row.get("term_id")?,
        person_id: row.get("person_id")?,
        kind: TermKind::National,
        type_id: row.get("type_id")?,
        chapter_id: None,
        starts_on: row.get("starts_on")?,
        ends_before: row.get("ends_before")?,
        charge_id: None,
        version: row.get("version")?,
    })
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
