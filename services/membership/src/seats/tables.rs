//! Tables `seats` and `seat_pools`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Error, Result, Row, Tx, Value, params};
use contracts::{CompanyId, PersonId, SeatId};
use uuid::Uuid;

use super::domain::{Seat, State};

/// A company has no seats taken yet.
pub(crate) async fn open_pool(tx: &Tx, company: CompanyId) -> Result<()> {
    let sql = "insert into seat_pools (company_id, taken, version) values ($1, 0, 1)";
    tx.run(sql, params![company]).await.map(drop)
}

/// Takes the turn to decide on a company's terms and seats: gives how many seats are taken. Whoever
/// decides at the same time waits, or loses with `Conflict`; what is read afterwards stands.
pub(crate) async fn turn(tx: &Tx, company: CompanyId) -> Result<i64> {
    let sql = "select taken, version from seat_pools where company_id = $1";
    let row = tx.first(sql, params![company]).await?;
    let row = row.ok_or_else(|| Error::not_found("company", company))?;
    let sql = "update seat_pools set version = version + 1 where company_id = $1 and version = $2";
    tx.one_or_conflict(sql, params![company, row.get::<i64>("version")?]).await?;
    row.get("taken")
}

/// Notes how many seats are taken, for whoever has the turn.
pub(super) async fn set_taken(tx: &Tx, company: CompanyId, taken: i64) -> Result<()> {
    let sql = "update seat_pools set taken = $2 where company_id = $1";
    tx.one_or_conflict(sql, params![company, taken]).await.map(drop)
}

/// How many seats are taken of each of these companies, their branches' among them.
pub(crate) async fn taken(tx: &Tx, companies: &[CompanyId]) -> Result<Vec<(CompanyId, i64)>> {
    let mut found = Vec::new();
    // No engine takes any number of parameters.
    for some in companies.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select company_id, taken from seat_pools where company_id in ({})",
            places.join(", ")
        );
        let ids = some.iter().map(|id| Value::from(*id)).collect();
        for row in &tx.all(&sql, ids).await? {
            found.push((row.get("company_id")?, row.get("taken")?));
        }
    }
    Ok(found)
}

/// How many living seats a company or branch gave itself: held, and only offered.
pub(crate) async fn given(tx: &Tx, company: CompanyId) -> Result<(i64, i64)> {
    let sql = "select state, count(*) as n from seats where company_id = $1 and state <> 'released'
               group by state";
    let (mut held, mut offered) = (0, 0);
    for row in &tx.all(sql, params![company]).await? {
        match row.get::<String>("state")?.as_str() {
            "held" => held = row.get("n")?,
            _ => offered = row.get("n")?,
        }
    }
    Ok((held, offered))
}

/// One seat.
pub(crate) async fn load(tx: &Tx, id: SeatId) -> Result<Option<Seat>> {
    let row = tx.first("select * from seats where seat_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The seat that this invitation is to.
pub(super) async fn invited(tx: &Tx, invitation: Uuid) -> Result<Option<Seat>> {
    let row = tx.first("select * from seats where invitation = $1", params![invitation]).await?;
    row.as_ref().map(read).transpose()
}

/// The first of these addresses that has a living seat of a company or branch.
pub(super) async fn doubled(
    tx: &Tx,
    company: CompanyId,
    addresses: &[&str],
) -> Result<Option<String>> {
    let places: Vec<String> = (2..=addresses.len() + 1).map(|n| format!("${n}")).collect();
    let sql = format!(
        "select address from seats
         where company_id = $1 and state <> 'released' and lower(address) in ({}) limit 1",
        places.join(", ")
    );
    let mut given = params![company];
    given.extend(addresses.iter().map(|address| Value::from(address.to_lowercase())));
    tx.first(&sql, given).await?.map(|row| row.get("address")).transpose()
}

/// Whether a person holds another seat of this company or branch.
pub(super) async fn holds_another(tx: &Tx, seat: &Seat, person: PersonId) -> Result<bool> {
    let sql = "select seat_id from seats where person_id = $1 and company_id = $2
                 and state = 'held' and seat_id <> $3 limit 1";
    Ok(tx.first(sql, params![person, seat.company, seat.id]).await?.is_some())
}

/// The names of the companies whose seats a person holds, with their ids, by name.
pub(crate) async fn held_at(tx: &Tx, person: PersonId) -> Result<Vec<(CompanyId, String)>> {
    let sql = "select c.company_id, c.name from seats s
               join companies c on c.company_id = s.company_id
               where s.person_id = $1 and s.state = 'held' order by c.name_key limit 50";
    let rows = tx.all(sql, params![person]).await?;
    rows.iter().map(|row| Ok((row.get("company_id")?, row.get("name")?))).collect()
}

/// The seats of a company or branch that a list wants.
pub(super) async fn list(tx: &Tx, company: CompanyId, wanted: &Wanted) -> Result<Vec<Seat>> {
    let state = match wanted.chosen("state") {
        Some("held") => "state = 'held'",
        Some("offered") => "state = 'offered'",
        Some(_) => "state = 'released'",
        None => "state <> 'released'",
    };
    let keys = [("name", "name_key"), ("since", "changed_at")];
    let given = params![wanted.pattern(), company];
    let Seek { after, order, limit, params } = wanted.seek(&keys, "seat_id", given);
    let sql = format!(
        r"select * from seats
          where company_id = $2 and {state}
            and (name_key like $1 escape '\' or lower(address) like $1 escape '\')
            and {after} order by {order} limit {limit}"
    );
    tx.all(&sql, params).await?.iter().map(read).collect()
}

/// The next living seats of a company or branch after this one, by their ids.
pub(super) async fn after(
    tx: &Tx,
    company: CompanyId,
    after: SeatId,
    limit: usize,
) -> Result<Vec<Seat>> {
    let sql = format!(
        "select * from seats where company_id = $1 and seat_id > $2 and state <> 'released'
         order by seat_id limit {limit}"
    );
    tx.all(&sql, params![company, after]).await?.iter().map(read).collect()
}

/// Stores `seat` over the row it was loaded from, or as a new row when it has version 0.
pub(super) async fn save(tx: &Tx, seat: Seat) -> Result<Seat> {
    let sql = if seat.version == 0 {
        "insert into seats (seat_id, version, person_id, invitation, state, signed_in, changed_at,
                            company_id, address, name_key)
         values ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing"
    } else {
        "update seats set person_id = $3, invitation = $4, state = $5, signed_in = $6,
                          changed_at = $7, company_id = $8, address = $9, name_key = $10,
                          version = version + 1
         where seat_id = $1 and version = $2"
    };
    let row = params![
        seat.id,
        seat.version,
        seat.person,
        seat.invitation,
        seat.state.as_str(),
        seat.signed_in,
        seat.changed_at,
        seat.company,
        seat.address.clone(),
        seat.name_key.clone()
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Seat { version: seat.version + 1, ..seat })
}

fn read(row: &Row) -> Result<Seat> {
    let word: String = row.get("state")?;
    Ok(Seat {
        id: row.get("seat_id")?,
        company: row.get("company_id")?,
        person: row.get("person_id")?,
        address: row.get("address")?,
        name_key: row.get("name_key")?,
        invitation: row.get("invitation")?,
        state: State::from_word(&word)
            .ok_or_else(|| Error::internal(format!("a seat is {word}")))?,
        signed_in: row.get("signed_in")?,
        changed_at: row.get("changed_at")?,
        version: row.get("version")?,
    })
}
