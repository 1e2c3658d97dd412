//! Table `spent_puzzles`: the only file of this slice that speaks SQL.

use chassis::{Result, Tx, params};
use chrono::{DateTime, Utc};

use super::domain::Puzzle;

/// By which form a puzzle was handed in, if it was.
pub(super) async fn spent_by(tx: &Tx, nonce: &str) -> Result<Option<String>> {
    let sql = "select spent_by from spent_puzzles where nonce = $1";
    tx.first(sql, params![nonce]).await?.map(|row| row.get("spent_by")).transpose()
}

/// Uses a puzzle up.
///
/// # Errors
/// `Conflict` when it was handed in at the same time.
pub(super) async fn spend(tx: &Tx, puzzle: &Puzzle, form: &str) -> Result<()> {
    let sql = "insert into spent_puzzles (nonce, spent_by, expires_at, version)
               values ($1, $2, $3, 1) on conflict (nonce) do nothing";
    tx.one_or_conflict(sql, params![&puzzle.nonce, form, puzzle.expires_at]).await
}

/// Removes those that nobody could hand in any more.
pub(super) async fn remove_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from spent_puzzles where expires_at <= $1", params![now]).await
}
