//! Messages that took no effect: which, what they say, trying them again, giving them up.

use std::fmt::Display;
use std::str::FromStr;

use messaging::feed::Position;
use messaging::parked::{Parked, ParkedKey};
use messaging::reader::Read;
use messaging::{Actor, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::house::Estate;

/// The parked messages of a key, as an operator names them: `service/consumer/feed/key`.
#[derive(Debug, Clone)]
pub(crate) struct What {
    pub(crate) service: String,
    pub(crate) key: ParkedKey,
}

impl FromStr for What {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let why = format!(
                "`{text}` is not service/consumer/feed/key, as `scte parked list` prints it"
            );
            Error::refused("parked_name", why)
        };
        let parts: Vec<&str> = text.split('/').collect();
        let [service, consumer, feed, key] = parts.as_slice() else { return Err(wrong()) };
        let key = ParkedKey {
            consumer: (*consumer).to_owned(),
            feed: (*feed).to_owned(),
            key: key.parse().map_err(|_| wrong())?,
        };
        Ok(Self { service: (*service).to_owned(), key })
    }
}

impl Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ParkedKey { consumer, feed, key } = &self.key;
        write!(f, "{}/{consumer}/{feed}/{key}", self.service)
    }
}

/// A parked message, for people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// As [`What`] is written.
    pub(crate) what: String,
    /// Its position in the feed.
    pub(crate) pos: i64,
    /// Its type.
    pub(crate) r#type: String,
    /// What went wrong.
    pub(crate) reason: String,
    /// How often it was tried; 0 waits behind another of its key.
    pub(crate) attempts: i64,
    /// When it was last tried.
    pub(crate) last_at: chrono::DateTime<chrono::Utc>,
}

/// The parked messages of one service.
pub(crate) async fn of_service(estate: &Estate, service: &str) -> Result<Vec<Listed>> {
    let parked = estate.opened(service)?.db.parked().await?;
    Ok(parked.into_iter().map(|one| listed(service, one)).collect())
}

fn listed(service: &str, one: Parked) -> Listed {
    let key = ParkedKey { consumer: one.consumer, feed: one.feed, key: one.key };
    Listed {
        what: What { service: service.to_owned(), key }.to_string(),
        pos: one.pos,
        r#type: one.r#type,
        reason: one.reason,
        attempts: one.attempts,
        last_at: one.last_at,
    }
}

/// The parked messages of all services that can be asked.
pub(crate) async fn list(estate: &Estate) -> Result<Vec<Listed>> {
    let mut all = Vec::new();
    for name in estate.names().filter(|name| estate.open(name).is_some()) {
        all.extend(of_service(estate, name).await?);
    }
    Ok(all)
}

/// The first parked message of a key and what it says, with its secrets blanked.
pub(crate) async fn show(estate: &Estate, what: &What) -> Result<Value> {
    let open = estate.opened(&what.service)?;
    let parked = open.db.parked().await?;
    let same = |one: &&Parked| {
        one.consumer == what.key.consumer && one.feed == what.key.feed && one.key == what.key.key
    };
    let all: Vec<&Parked> = parked.iter().filter(same).collect();
    let first = *all.first().ok_or_else(|| Error::not_found("parked key", what))?;
    let away = || Error::unavailable(format!("the feed of {}", first.feed));
    let reader = open.readers.get(&first.feed).ok_or_else(away)?;
    let standings = open.db.standings().await?;
    let standing = standings.iter().find(|standing| standing.feed == first.feed);
    let epoch = standing.map(|standing| standing.position.epoch.clone()).unwrap_or_default();
    let Read::Batch(batch) = reader.after(&Position { epoch, pos: first.pos - 1 }, 1).await else {
        return Err(away());
    };
    let envelope = batch.first().ok_or_else(away)?;
    let mut body: Value = serde_json::from_str(&envelope.body)?;
    if let Some(entry) = contracts::catalogue::find(&envelope.r#type) {
        entry.blank_secrets(&mut body);
    }
    Ok(json!({
        "what": what.to_string(), "type": first.r#type, "position": first.pos, "at": envelope.at,
        "actor": envelope.actor, "correlation": envelope.correlation, "reason": first.reason,
        "attempts": first.attempts, "waiting_behind_it": all.len() - 1, "message": body,
    }))
}

/// What trying again came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Retried {
    /// How many messages took effect.
    pub(crate) applied: usize,
    /// Why it stopped, when it did not get through.
    pub(crate) stopped: Option<String>,
}

/// Applies the messages of a key in order until one fails again.
pub(crate) async fn retry(estate: &Estate, actor: &Actor, what: &What) -> Result<Retried> {
    let open = estate.opened(&what.service)?;
    let away = || Error::unavailable(format!("the feed of {}", what.key.feed));
    let reader = open.readers.get(&what.key.feed).ok_or_else(away)?;
    let retried = open.db.retry_parked(actor, &open.consumers, reader.as_ref(), &what.key).await?;
    Ok(Retried { applied: retried.applied, stopped: retried.stopped })
}

/// Gives the first parked message of a key up.
pub(crate) async fn give_up(
    estate: &Estate,
    actor: &Actor,
    what: &What,
    reason: &str,
) -> Result<()> {
    estate.opened(&what.service)?.db.drop_parked(actor, &what.key, reason).await
}

#[cfg(test)]
mod tests {
    use super::What;

    #[test]
    fn a_parked_key_is_named_as_it_is_printed() {
        let text = "membership/applications.start/commerce/0190a6f2-0000-7000-8000-000000000001";
        assert_eq!(text.parse::<What>().unwrap().to_string(), text);
        assert!("membership/applications.start/commerce".parse::<What>().is_err());
        assert!("membership/applications.start/commerce/7".parse::<What>().is_err());
    }
}
