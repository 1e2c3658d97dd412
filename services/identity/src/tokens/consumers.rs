//! What services tell of access tokens.

use chassis::{Fault, Got, Projection, Tx};
use chrono::Duration;
use contracts::shared::TokenUsed;

use super::tables;

/// Longer than any token lives; an older sighting is of one that ran out.
const REMEMBERED_DAYS: i64 = 400;

/// When a token was last used, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RememberUse;

impl Projection for RememberUse {
    const NAME: &'static str = "tokens.remember_use";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["token_sightings"];
    type Message = TokenUsed;

    async fn project(&self, tx: &Tx, got: &Got<TokenUsed>) -> Result<(), Fault> {
        // By the message's own time, so that a replay forgets the same ones.
        tables::forget_sightings(tx, got.message.at - Duration::days(REMEMBERED_DAYS)).await?;
        tables::saw(tx, got.token_id, &got.feed, got.message.at).await?;
        Ok(())
    }
}
