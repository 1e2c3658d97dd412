//! What a browser is asked goes through the page, sealed; an answer is taken once.
//!
//! So nothing is stored for a page that is only looked at, and the state of a question is still
//! nobody's but ours: it is opened for the purpose that it was sealed for, for a while.

use chassis::{App, Result, Tx};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::domain::{self, Refusal};
use super::tables;
use crate::fingerprint;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    until: DateTime<Utc>,
    state: Value,
}

/// A question that came back with its answer.
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(super) state: Value,
    hash: String,
    until: DateTime<Utc>,
}

/// What the sealed text is bound to.
fn bound_to(purpose: &str) -> String {
    format!("passkey {purpose}")
}

/// Seals a question asked for `purpose`, which says of whom it is asked as far as that is known.
pub(crate) fn sealed(app: &App, purpose: &str, state: Value) -> Result<String> {
    let kept = Kept { until: domain::answered_until(app.clock().now()), state };
    let text = serde_json::to_vec(&kept)?;
    app.sealer().seal(&bound_to(purpose), &text, app.ids().bytes())
}

/// Opens a question that came back.
///
/// # Errors
/// [`Refusal::Old`] when it is, or was not asked by us for this purpose.
pub(crate) fn opened(app: &App, purpose: &str, sealed: &str) -> Result<Challenge> {
    let opened = app.sealer().open(&bound_to(purpose), sealed).map_err(|_| Refusal::Old)?;
    let kept: Kept = serde_json::from_slice(&opened)?;
    if kept.until <= app.clock().now() {
        return Err(Refusal::Old.into());
    }
    Ok(Challenge { state: kept.state, hash: fingerprint::of(sealed), until: kept.until })
}

/// Uses a question up, in the transaction of what its answer proves.
///
/// # Errors
/// [`Refusal::Used`].
pub(super) async fn use_up(tx: &Tx, challenge: &Challenge) -> Result<()> {
    if tables::use_challenge(tx, &challenge.hash, challenge.until).await? {
        return Ok(());
    }
    Err(Refusal::Used.into())
}
