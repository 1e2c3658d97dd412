//! That a token was used here: told at most once an hour, so that its holder sees when it was last.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::shared::TokenUsed;
use messaging::{Command, Result, Tx, params};
use uuid::Uuid;

use super::token::AccessToken;
use crate::app::App;

/// For how many minutes a use is not told again.
const QUIET_MINUTES: i64 = 60;
/// The most tokens remembered; when there are more, all are forgotten and the table decides.
const MOST: usize = 10_000;

/// When this process last told of the use of a token.
#[derive(Default)]
pub(crate) struct UsesTold(Mutex<HashMap<Uuid, DateTime<Utc>>>);

impl UsesTold {
    fn is_due(&self, token: Uuid, now: DateTime<Utc>) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&token).is_none_or(|at| *at <= quiet_since(now))
    }

    fn told(&self, token: Uuid, at: DateTime<Utc>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(token, at);
    }
}

fn quiet_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::minutes(QUIET_MINUTES)
}

/// Tells that the token was used, unless it was told within the hour or stands in no list. The
/// program is answered even when that cannot be written down.
pub(super) async fn note(app: &App, token: &AccessToken, correlation: Uuid) {
    let now = app.clock().now();
    if token.brief || !app.uses_told().is_due(token.id, now) {
        return;
    }
    let actor = messaging::Actor::token(token.id, correlation);
    match app.db().execute(&actor, &NoteUse { token_id: token.id }).await {
        Ok(told_at) => app.uses_told().told(token.id, told_at),
        Err(error) => tracing::warn!(error = error.chain(), "the use of a token was not noted"),
    }
}

/// Publishes `token.used`, unless another replica did within the hour; says when it was told last.
struct NoteUse {
    token_id: Uuid,
}

impl Command for NoteUse {
    type Out = DateTime<Utc>;

    async fn run(&self, tx: &Tx) -> Result<DateTime<Utc>> {
        let (now, token_id) = (tx.now(), self.token_id);
        tx.run("delete from token_uses where told_at < $1", params![now - TimeDelta::days(1)])
            .await?;
        let sql = "insert into token_uses (token_id, told_at) values ($1, $2)
                   on conflict (token_id) do update set told_at = excluded.told_at
                   where token_uses.told_at <= $3";
        if tx.run(sql, params![token_id, now, quiet_since(now)]).await? == 1 {
            tx.publish(TokenUsed { token_id, at: now, version: now.timestamp() });
        }
        let sql = "select told_at from token_uses where token_id = $1";
        tx.one(sql, params![token_id]).await?.get("told_at")
    }
}
