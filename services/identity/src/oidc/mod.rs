//! The OpenID Connect provider: other systems sign our people in through us. Read in this order.
//!
//! A person is sent here with a client's request (`pages`), says yes, and goes back with a code;
//! the client exchanges it for tokens (`hooks`). Access and refresh tokens are random and looked up,
//! so that an end is an end at once; ID tokens are signed by keys of their own (`keys`).

pub(crate) mod domain;
pub(crate) mod keys;
pub(crate) mod claims;
pub(crate) mod commands;
pub(crate) mod hooks;
pub(crate) mod pages;
pub(crate) mod tables;

use chassis::{Result, Tx};

use crate::clients::domain::Client;
use crate::clients::tables as clients;
use domain::params::Params;

/// The client that somebody is on the way to when `return_to` is where they go on after signing in;
/// none for every other way.
pub(crate) async fn asking(tx: &Tx, return_to: &str) -> Result<Option<Client>> {
    let Some(query) = return_to.strip_prefix("/oidc/authorize?") else { return Ok(None) };
    let params = Params::of_query(query);
    let Some(id) = params.get("client_id") else { return Ok(None) };
    Ok(clients::load(tx, id).await?.filter(|client| client.open))
}
