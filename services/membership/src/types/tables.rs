//! Table `membership_types`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Result, Row, Tx, params};
use contracts::MembershipTypeId;
use contracts::membership::MembershipType;

use super::domain;

/// The kind of this id.
pub(crate) async fn load(tx: &Tx, id: MembershipTypeId) -> Result<Option<MembershipType>> {
    let row = tx.first("select * from membership_types where type_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The kind with this code.
pub(crate) async fn with_code(tx: &Tx, code: &str) -> Result<Option<MembershipType>> {
    let row = tx.first("select * from membership_types where code = $1", params![code]).await?;
    row.as_ref().map(read).transpose()
}

/// All kinds, those that can be bought first, the dearest of them first.
pub(crate) async fn all(tx: &Tx) -> Result<Vec<MembershipType>> {
    let sql = "select * from membership_types order by open desc, price_minor desc, code";
    tx.all(sql, params![]).await?.iter().map(read).collect()
}

/// The kinds that a list wants.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<MembershipType>> {
    let open = match wanted.chosen("open") {
        Some("yes") => "open",
        Some(_) => "not open",
        None => "1 = 1",
    };
    let keys = [("title", "title"), ("code", "code"), ("price", "price_minor")];
    let Seek { after, order, limit, params } =
        wanted.seek(&keys, "type_id", params![wanted.pattern()]);
    let sql = format!(
        r"select * from membership_types
          where (lower(title) like $1 escape '\' or lower(code) like $1 escape '\')
            and {open} and {after} order by {order} limit {limit}"
    );
    tx.all(&sql, params).await?.iter().map(read).collect()
}

/// Stores `kind` over the row it was loaded from, or as a new row when it has version 0.
///
/// Loses with `Conflict` against whoever stored it, or its code, in between.
pub(super) async fn save(tx: &Tx, kind: MembershipType) -> Result<MembershipType> {
    let sql = if kind.version == 0 {
        "insert into membership_types (type_id, version, code, title, audience, language, price_minor,
                                       price_currency, sample, open, seats)
         values ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing"
    } else {
        "update membership_types set code = $3, title = $4, audience = $5, language = $6,
                price_minor = $7, price_currency = $8, sample = $9, open = $10, seats = $11,
                version = version + 1
         where type_id = $1 and version = $2"
    };
    let row = params![
        kind.type_id,
        kind.version,
        kind.code.clone(),
        kind.title.clone(),
        kind.audience.clone(),
        kind.language.clone(),
        kind.price.minor,
        kind.price.currency.as_str(),
        kind.sample,
        kind.open,
        kind.seats
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(MembershipType { version: kind.version + 1, ..kind })
}

fn read(row: &Row) -> Result<MembershipType> {
    Ok(MembershipType {
        type_id: row.get("type_id")?,
        code: row.get("code")?,
        title: row.get("title")?,
        audience: row.get("audience")?,
        language: row.get("language")?,
        price: domain::money(row.get("price_minor")?, &row.get::<String>("price_currency")?),
        sample: row.get("sample")?,
        open: row.get("open")?,
        seats: row.get("seats")?,
        version: row.get("version")?,
    })
}
