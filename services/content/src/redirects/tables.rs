//! Table `redirects`: the only file of this slice that speaks SQL.

use chassis::ui::Wanted;
use chassis::{Result, Tx, params};
use chrono::{DateTime, Utc};
use uuid::Uuid;

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
    let sql = "insert into redirects (old_path, new_path, made_at, redirect_id) values ($1, $2, $3, $4)
               on conflict (old_path) do update set new_path = excluded.new_path, made_at = excluded.made_at";
    tx.run(sql, params![old, new, tx.now(), tx.id::<Uuid>()]).await.map(drop)
}

/// Forgets where an old path leads.
pub(super) async fn remove(tx: &Tx, old: &str) -> Result<()> {
    tx.run("delete from redirects where old_path = $1", params![old]).await.map(drop)
}

/// The old path of a redirect.
pub(super) async fn old_path(tx: &Tx, id: Uuid) -> Result<Option<String>> {
    let sql = "select old_path from redirects where redirect_id = $1";
    tx.first(sql, params![id]).await?.map(|row| row.get("old_path")).transpose()
}

/// Gives an id to those that were made before there were any.
pub(super) async fn identify(tx: &Tx) -> Result<()> {
    let sql = "select old_path from redirects where redirect_id is null order by old_path";
    for row in tx.all(sql, params![]).await? {
        let sql =
            "update redirects set redirect_id = $2 where old_path = $1 and redirect_id is null";
        tx.run(sql, params![row.get::<String>("old_path")?, tx.id::<Uuid>()]).await?;
    }
    Ok(())
}

/// One line of the editors' list.
pub(super) struct Listed {
    pub(super) id: Uuid,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) made_at: DateTime<Utc>,
}

/// The redirects that an editor wants to see.
pub(super) async fn listed(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let keys = [("old", "old_path"), ("new", "new_path"), ("made", "made_at")];
    let seek = wanted.seek(&keys, "redirect_id", params![wanted.pattern()]);
    let sql = format!(
        r"select redirect_id, old_path, new_path, made_at from redirects
          where (lower(old_path) like $1 escape '\' or lower(new_path) like $1 escape '\') and {}
          order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.get("redirect_id")?,
                old: row.get("old_path")?,
                new: row.get("new_path")?,
                made_at: row.get("made_at")?,
            })
        })
        .collect()
}
