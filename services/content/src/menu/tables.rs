//! Table `menu`, and the declared entries that the readers keep: the only file of this slice that speaks SQL.

use chassis::{Result, Tx, params};
use contracts::content::MenuEntry;
use contracts::shared::NavigationEntry;
use uuid::Uuid;

/// The menu's one row.
pub(super) struct Menu {
    pub(super) id: Uuid,
    pub(super) entries: Vec<MenuEntry>,
    pub(super) version: i64,
}

/// Makes the menu's row when there is none.
pub(crate) async fn prepare(tx: &Tx) -> Result<()> {
    if tx.first("select id from menu", params![]).await?.is_none() {
        let sql = "insert into menu (id, entries, version) values ($1, $2, 1)";
        tx.run(sql, params![tx.id::<Uuid>(), serde_json::json!([])]).await?;
    }
    Ok(())
}

/// The menu.
pub(super) async fn load(tx: &Tx) -> Result<Menu> {
    let row = tx.one("select id, entries, version from menu", params![]).await?;
    Ok(Menu {
        id: row.get("id")?,
        entries: serde_json::from_value(row.get("entries")?)?,
        version: row.get("version")?,
    })
}

/// Stores the menu over the row it was loaded from.
pub(super) async fn save(tx: &Tx, menu: Menu) -> Result<Menu> {
    let sql = "update menu set entries = $3, version = version + 1 where id = $1 and version = $2";
    let entries = serde_json::to_value(&menu.entries)?;
    tx.one_or_conflict(sql, params![menu.id, menu.version, entries]).await?;
    Ok(Menu { version: menu.version + 1, ..menu })
}

/// What the services declared, as far as it is known here.
pub(super) async fn declared(tx: &Tx) -> Result<Vec<NavigationEntry>> {
    let rows = tx.all("select entries from reader_navigation order by service", params![]).await?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(serde_json::from_value::<Vec<NavigationEntry>>(row.get("entries")?)?);
    }
    Ok(all)
}
