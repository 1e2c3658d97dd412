//! Table `chapters`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Result, Row, Tx, params};
use contracts::ChapterId;
use contracts::membership::Chapter;

use crate::types::domain::money;

/// The chapter of this id.
pub(crate) async fn load(tx: &Tx, id: ChapterId) -> Result<Option<Chapter>> {
    let row = tx.first("select * from chapters where chapter_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The chapter with this name.
pub(crate) async fn named(tx: &Tx, name: &str) -> Result<Option<Chapter>> {
    let row = tx.first("select * from chapters where name = $1", params![name]).await?;
    row.as_ref().map(read).transpose()
}

/// All chapters by name.
pub(crate) async fn all(tx: &Tx) -> Result<Vec<Chapter>> {
    tx.all("select * from chapters order by name", params![]).await?.iter().map(read).collect()
}

/// The chapters that a list wants.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Chapter>> {
    let keys = [("name", "name"), ("region", "region"), ("price", "price_minor")];
    let Seek { after, order, limit, params } =
        wanted.seek(&keys, "chapter_id", params![wanted.pattern()]);
    let sql = format!(
        r"select * from chapters
          where (lower(name) like $1 escape '\' or lower(region) like $1 escape '\')
            and {after} order by {order} limit {limit}"
    );
    tx.all(&sql, params).await?.iter().map(read).collect()
}

/// Stores `chapter` over the row it was loaded from, or as a new row when it has version 0.
///
/// Loses with `Conflict` against whoever stored it, or its name, in between.
pub(super) async fn save(tx: &Tx, chapter: Chapter) -> Result<Chapter> {
    let sql = if chapter.version == 0 {
        "insert into chapters (chapter_id, version, name, region, price_minor, price_currency, sample)
         values ($1, $2 + 1, $3, $4, $5, $6, $7) on conflict do nothing"
    } else {
        "update chapters set name = $3, region = $4, price_minor = $5, price_currency = $6,
                             sample = $7, version = version + 1
         where chapter_id = $1 and version = $2"
    };
    let row = params![
        chapter.chapter_id,
        chapter.version,
        chapter.name.clone(),
        chapter.region.clone(),
        chapter.price.minor,
        chapter.price.currency.as_str(),
        chapter.sample
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Chapter { version: chapter.version + 1, ..chapter })
}

fn read(row: &Row) -> Result<Chapter> {
    Ok(Chapter {
        chapter_id: row.get("chapter_id")?,
        name: row.get("name")?,
        region: row.get("region")?,
        price: money(row.get("price_minor")?, &row.get::<String>("price_currency")?),
        sample: row.get("sample")?,
        version: row.get("version")?,
    })
}
