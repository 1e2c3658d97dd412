//! What editors ask of the menu.

use chassis::{Command, Error, Result, Tx};
use contracts::content::MenuChanged;
use serde_json::json;

use super::domain::{Line, differing};
use super::tables::{self, Menu};

/// Arranges the menu.
pub(super) struct ArrangeMenu {
    /// The version that the editor saw.
    pub(super) version: i64,
    pub(super) lines: Vec<Line>,
}

impl Command for ArrangeMenu {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let menu = tables::load(tx).await?;
        if menu.version != self.version {
            let message = "somebody else arranged the menu since you opened it: look at theirs before you save yours";
            return Err(Error::refused("menu_changed", message));
        }
        let declared = tables::declared(tx).await?;
        let entries = differing(&declared, &menu.entries, &self.lines);
        let menu = tables::save(tx, Menu { entries, ..menu }).await?;
        tx.audit("menu", menu.id, "arranged", json!({ "entries": menu.entries })).await?;
        tx.publish(MenuChanged { id: menu.id, entries: menu.entries, version: menu.version });
        Ok(())
    }
}
