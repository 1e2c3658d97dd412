//! Table `address_changes`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::domain::Change;
use crate::accounts::domain::Address;

const COLUMNS: &str = "id, person_id, old_address, old_key, new_address, new_key, asked_at,
                       confirm_until, confirmed_at, undo_until, undone_at, version";

/// Stores a change that is asked for; earlier ones of the person that nobody confirmed are void.
pub(super) async fn insert(tx: &Tx, change: &Change, confirm_hash: &str) -> Result<()> {
    let void = "delete from address_changes where person_id = $1 and confirmed_at is null";
    tx.run(void, params![change.person_id]).await?;
    let sql = "insert into address_changes (id, person_id, old_address, old_key, new_address,
                   new_key, confirm_hash, asked_at, confirm_until, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)";
    let values = params![
        change.id,
        change.person_id,
        &change.old.written,
        &change.old.normal,
        &change.new.written,
        &change.new.normal,
        confirm_hash,
        change.asked_at,
        change.confirm_until
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// The change that is confirmed with this code.
pub(super) async fn with_confirm_hash(tx: &Tx, hash: &str) -> Result<Option<Change>> {
    let sql = format!("select {COLUMNS} from address_changes where confirm_hash = $1");
    tx.first(&sql, params![hash]).await?.map(|row| from_row(&row)).transpose()
}

/// The change that is taken back with this code.
pub(super) async fn with_undo_hash(tx: &Tx, hash: &str) -> Result<Option<Change>> {
    let sql = format!("select {COLUMNS} from address_changes where undo_hash = $1");
    tx.first(&sql, params![hash]).await?.map(|row| from_row(&row)).transpose()
}

/// The change by which this address, in normal form, can still be taken back at `now`.
pub(crate) async fn holding(tx: &Tx, normal: &str, now: DateTime<Utc>) -> Result<Option<Change>> {
    let sql = format!(
        "select {COLUMNS} from address_changes
         where old_key = $1 and new_key <> $1 and undo_until > $2 and undone_at is null
         order by asked_at limit 1"
    );
    tx.first(&sql, params![normal, now]).await?.map(|row| from_row(&row)).transpose()
}

/// The changes of a person, newest first.
pub(crate) async fn of(tx: &Tx, person: PersonId) -> Result<Vec<Change>> {
    let sql = format!(
        "select {COLUMNS} from address_changes where person_id = $1
         order by asked_at desc, id desc limit 100"
    );
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

/// Stores that a change was confirmed or taken back, over the row it was loaded from.
pub(super) async fn save(tx: &Tx, change: &Change) -> Result<()> {
    let sql = "update address_changes set confirmed_at = $3, undo_until = $4, undone_at = $5,
                   version = version + 1
               where id = $1 and version = $2";
    let values = params![
        change.id,
        change.version,
        change.confirmed_at,
        change.undo_until,
        change.undone_at
    ];
    tx.one_or_conflict(sql, values).await
}

/// Stores the code that takes a change back in the place of the older one.
pub(super) async fn keep_undo(tx: &Tx, change: &Change, undo_hash: &str) -> Result<()> {
    let sql = "update address_changes set undo_hash = $2, version = version + 1 where id = $1";
    tx.run(sql, params![change.id, undo_hash]).await?;
    Ok(())
}

/// Voids the changes of a person that were asked for after this one.
pub(super) async fn void_later(tx: &Tx, change: &Change, now: DateTime<Utc>) -> Result<()> {
    let sql = "update address_changes set undone_at = $3, version = version + 1
               where person_id = $1 and asked_at >= $2 and id <> $4 and undone_at is null";
    tx.run(sql, params![change.person_id, change.asked_at, now, change.id]).await?;
    Ok(())
}

/// Removes what was asked for before `then`.
pub(super) async fn remove_old(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from address_changes where asked_at < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<Change> {
    Ok(Change {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        old: Address { written: row.get("old_address")?, normal: row.get("old_key")? },
        new: Address { written: row.get("new_address")?, normal: row.get("new_key")? },
        asked_at: row.get("asked_at")?,
        confirm_until: row.get("confirm_until")?,
        confirmed_at: row.get("confirmed_at")?,
        undo_until: row.get("undo_until")?,
        undone_at: row.get("undone_at")?,
        version: row.get("version")?,
    })
}
