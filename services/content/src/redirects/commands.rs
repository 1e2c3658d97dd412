//! What editors ask of redirects, and what a page that moves leaves behind.

use chassis::{Command, Error, Result, Tx};
use serde_json::json;
use uuid::Uuid;

use super::{domain, tables};
use crate::site;

/// The thing that redirects are audited as: all of them together.
pub(super) const ALL: Uuid = Uuid::nil();

/// Leads an old path to a new one.
pub(crate) struct AddRedirect {
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Command for AddRedirect {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let old =
            domain::old_path(&self.old).map_err(|no| Error::invalid("old", no.to_string()))?;
        domain::path(&self.new).map_err(|no| Error::invalid("new", no.to_string()))?;
        if site::domain::is_reserved(&old) {
            return Err(Error::invalid("old", "that path belongs to another part of the site"));
        }
        site::tables::bump(tx, "redirects").await?;
        if site::tables::taken(tx, &old, None).await? {
            return Err(Error::refused("path_taken", format!("a page stands at {old}")));
        }
        let chain = tables::chain(tx, &self.new).await?;
        domain::redirect(&old, &self.new, &chain).map_err(|no| Error::refused(no.code(), no))?;
        tables::put(tx, &old, &self.new).await?;
        tx.audit("redirects", ALL, "added", json!({ "old": old, "new": self.new })).await
    }
}

/// Forgets redirects; gives how many there were. What another editor forgot already is no error.
pub(crate) struct RemoveRedirects {
    pub(crate) ids: Vec<Uuid>,
}

impl Command for RemoveRedirects {
    type Out = usize;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        let mut removed = 0;
        for id in &self.ids {
            let Some(old) = tables::old_path(tx, *id).await? else { continue };
            tables::remove(tx, &old).await?;
            tx.audit("redirects", ALL, "removed", json!({ "old": old })).await?;
            removed += 1;
        }
        Ok(removed)
    }
}

/// Gives every redirect an id.
pub(crate) struct Identify;

impl Command for Identify {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::identify(tx).await
    }
}

/// A page that visitors knew moved: its old path leads to the new one, which leads nowhere else.
pub(crate) async fn moved(tx: &Tx, old: &str, new: &str) -> Result<()> {
    site::tables::bump(tx, "redirects").await?;
    tables::remove(tx, new).await?;
    tables::put(tx, old, new).await?;
    tx.audit("redirects", ALL, "added", json!({ "old": old, "new": new, "moved": true })).await
}
