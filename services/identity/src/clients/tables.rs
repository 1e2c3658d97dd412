//! Table `clients`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};

use super::domain::{Client, Kind};

const COLUMNS: &str = "id, entity, name, kind, secret_hash, redirect_uris, sign_out_uris,
                       back_channel, scopes, devices, strong, trusted, colour, from_settings, open,
                       made_at, version";

/// The client of this name, open or not.
pub(crate) async fn load(tx: &Tx, id: &str) -> Result<Option<Client>> {
    let sql = format!("select {COLUMNS} from clients where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()
}

/// Stores a new client.
///
/// # Errors
/// `Conflict` when the name was taken at the same time.
pub(crate) async fn insert(tx: &Tx, client: &Client) -> Result<()> {
    let sql = format!(
        "insert into clients ({COLUMNS})
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict do nothing"
    );
    let values = params![
        &client.id,
        client.entity,
        &client.name,
        client.kind.as_str(),
        client.secret_hash.clone(),
        serde_json::to_value(&client.redirect_uris)?,
        serde_json::to_value(&client.sign_out_uris)?,
        client.back_channel.clone(),
        serde_json::to_value(&client.scopes)?,
        client.devices,
        client.strong,
        client.trusted,
        client.colour.clone(),
        client.from_settings,
        client.open,
        client.made_at,
        client.version
    ];
    if tx.run(&sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

fn from_row(row: &Row) -> Result<Client> {
    let list = |column: &str| -> Result<Vec<String>> {
        Ok(serde_json::from_value(row.get::<serde_json::Value>(column)?)?)
    };
    let kind: String = row.get("kind")?;
    Ok(Client {
        id: row.get("id")?,
        entity: row.get("entity")?,
        name: row.get("name")?,
        kind: Kind::from_word(&kind)
            .ok_or_else(|| Error::internal(format!("a client is of the unknown kind {kind}")))?,
        secret_hash: row.get("secret_hash")?,
        redirect_uris: list("redirect_uris")?,
        sign_out_uris: list("sign_out_uris")?,
        back_channel: row.get("back_channel")?,
        scopes: list("scopes")?,
        devices: row.get("devices")?,
        strong: row.get("strong")?,
        trusted: row.get("trusted")?,
        colour: row.get("colour")?,
        from_settings: row.get("from_settings")?,
        open: row.get("open")?,
        made_at: row.get("made_at")?,
        version: row.get("version")?,
    })
}
