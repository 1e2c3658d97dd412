//! Table `redirects`: the only file of this slice that speaks SQL.

use chassis::{Result, Tx, params};

use super::domain::{HOPS, place};

/// Where an old path leads, written as [`super::domain::old_path`] writes it.
pub(crate) async fn target(tx: &Tx, old: &str) -> Result<Option<String>> {
    let sql = "select new_path from redirects where old_path = $1";
    tx.first(sql, params![old]).await?.map(|row| row.get("new_path")).transpose()
}

/// Where `path` leads over all redirects, hop by hop, as far as redirects are followed.
pub(super) async fn chain(tx: &Tx, path: &str) -> Result<Vec<String>> {
    let mut hops: Vec<String> = Vec::new();
    while hops.len() < HOPS
        && let Some(next) = target(tx, &place(hops.last().map_or(path, String::as_str))).await?
    {
        hops.push(next);
    }
    Ok(hops)
}

/// Keeps where an old path leads, in place of where it led before.
pub(super) async fn put(tx: &Tx, old: &str, new: &str) -> Result<()> {
    let sql = "insert into redirects (old_path, new_path, made_at) values ($1, $2, $3)
               on conflict (old_path) do update set new_path = excluded.new_path, made_at = excluded.made_at";
    tx.run(sql, params![old, new, tx.now()]).await.map(drop)
}

/// Forgets where an old path leads; says whether it led anywhere.
pub(super) async fn remove(tx: &Tx, old: &str) -> Result<bool> {
    Ok(tx.run("delete from redirects where old_path = $1", params![old]).await? > 0)
}

/// Old and new paths after `after`, by old path; one more than a page shows.
pub(super) async fn listed(tx: &Tx, after: &str) -> Result<Vec<(String, String)>> {
    let sql =
        "select old_path, new_path from redirects where old_path > $1 order by old_path limit 51";
    let rows = tx.all(sql, params![after]).await?;
    rows.iter().map(|row| Ok((row.get("old_path")?, row.get("new_path")?))).collect()
}
