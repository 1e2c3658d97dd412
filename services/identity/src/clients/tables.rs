//! Table `clients`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Value, Wanted, params};
use uuid::Uuid;

use super::domain::{Client, Kind};

/// What never changes stands last, so that the values before it are those of a change too.
const COLUMNS: &str = "id, version, name, kind, secret_hash, redirect_uris, sign_out_uris,
                       back_channel, scopes, devices, strong, trusted, colour, from_settings, open,
                       entity, made_at";

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
    let mut values = changing(client)?;
    values.extend(params![client.entity, client.made_at]);
    if tx.run(&sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Stores `client` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, client: Client) -> Result<Client> {
    let sql = "update clients set name = $3, kind = $4, secret_hash = $5, redirect_uris = $6,
                   sign_out_uris = $7, back_channel = $8, scopes = $9, devices = $10, strong = $11,
                   trusted = $12, colour = $13, from_settings = $14, open = $15,
                   version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, changing(&client)?).await?;
    Ok(Client { version: client.version + 1, ..client })
}

/// The values of the first columns, in their order: the key, the version, and all that changes.
fn changing(client: &Client) -> Result<Vec<Value>> {
    Ok(params![
        &client.id,
        client.version,
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
        client.open
    ])
}

/// The client that messages and the audit name by this id.
pub(crate) async fn with_entity(tx: &Tx, entity: Uuid) -> Result<Option<Client>> {
    let sql = format!("select {COLUMNS} from clients where entity = $1");
    tx.first(&sql, params![entity]).await?.map(|row| from_row(&row)).transpose()
}

/// The machines that may be used; as many as one chooses from.
pub(crate) async fn open_machines(tx: &Tx) -> Result<Vec<Client>> {
    let sql = format!(
        "select {COLUMNS} from clients where kind = $1 and open = $2
         order by lower(name), id limit 500"
    );
    tx.all(&sql, params![Kind::Machine.as_str(), true]).await?.iter().map(from_row).collect()
}

/// The clients that came from the configuration; as many as an operator types.
pub(super) async fn from_settings(tx: &Tx) -> Result<Vec<Client>> {
    let sql =
        format!("select {COLUMNS} from clients where from_settings = $1 order by id limit 1000");
    tx.all(&sql, params![true]).await?.iter().map(from_row).collect()
}

/// A page of the clients whose name or name in the protocol holds the word that is wanted.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Client>> {
    let kind = wanted.chosen("kind").unwrap_or_default();
    let open = wanted.chosen("state").unwrap_or_default();
    let keys = [("name", "lower(name)"), ("since", "made_at")];
    let given = params![wanted.pattern(), kind, open.is_empty(), open == "open"];
    let seek = wanted.seek(&keys, "entity", given);
    let sql = format!(
        "select {COLUMNS} from clients
         where (lower(name) like $1 escape '\\' or id like $1 escape '\\')
           and ($2 = '' or kind = $2) and ($3 or open = $4) and {}
         order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(from_row).collect()
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
