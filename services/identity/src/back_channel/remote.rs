//! The call that tells a client (OpenID Connect Back-Channel Logout 1.0): a signed token in a form,
//! tried again until it is taken, given up after a day.

use std::time::Duration;

use chassis::remote::{Client as Http, RemoteError, Reply};
use chassis::{Call, Db, Effect, Fault, Outcome, Result, Settled, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{PersonId, SignInId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clients::domain::Client;
use crate::clients::tables as clients;
use crate::oidc::claims;
use crate::settings::Settings;

/// How long a client may take: one that is slow must not keep others from hearing in time.
const PATIENCE: Duration = Duration::from_secs(3);
/// For how many hours a client that does not answer is told again.
const TOLD_FOR_HOURS: i64 = 24;

/// What a client is to be told: nothing that is secret, for the row stays.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Farewell {
    pub(super) client_id: String,
    pub(super) person_id: PersonId,
    pub(super) signin_id: SignInId,
    pub(super) ended_at: DateTime<Utc>,
}

/// Tells a client that a sign-in ended.
pub(crate) struct SayEnded;

impl Effect for SayEnded {
    const NAME: &'static str = "back_channel.say_ended";

    type Payload = Farewell;

    async fn execute(&self, at: &Call<Farewell>) -> Outcome {
        let said = tokio::time::timeout(PATIENCE, say(at)).await;
        let outcome = said.unwrap_or_else(|_| Ok(Outcome::Unknown("it took too long".to_owned())));
        let outcome = outcome.unwrap_or_else(|why| Outcome::Later(why.chain()));
        let since = at.db.clock().now() - at.payload.ended_at;
        match outcome {
            Outcome::Later(_) | Outcome::Unknown(_) if since > TimeDelta::hours(TOLD_FOR_HOURS) => {
                Outcome::Failed("given_up".to_owned())
            }
            outcome => outcome,
        }
    }

    async fn settle(&self, tx: &Tx, _: Uuid, told: &Farewell, end: &Settled) -> Result<(), Fault> {
        let Settled::Failed(code) = end else { return Ok(()) };
        // Staff sees on the client's page that its sign-outs do not arrive.
        if let Some(client) = clients::load(tx, &told.client_id).await? {
            let detail = json!({ "code": code });
            tx.audit("client", client.entity, "not_told_of_sign_out", detail).await?;
        }
        Ok(())
    }
}

async fn say(at: &Call<Farewell>) -> Result<Outcome> {
    let (db, told) = (&at.db, &at.payload);
    let id = told.client_id.as_str();
    let client = db.read(async |tx: &Tx| clients::load(tx, id).await).await?;
    let address = client.as_ref().and_then(|client| client.back_channel.clone());
    let (Some(client), Some(address)) = (client, address) else {
        // It no longer wants to hear.
        return Ok(Outcome::Ok(Value::Null));
    };
    let token = claims::logout_token(db, id, told.person_id, told.signin_id, at.id).await?;
    let http = calling(db, &client, &address)?;
    let sent = http.post(&address).form(&[("logout_token", token.as_str())]).send().await;
    Ok(match sent {
        Ok(reply) => heard(&reply),
        Err(RemoteError::NotAllowed(_)) => Outcome::Failed("not_allowed".to_owned()),
        Err(RemoteError::NotSent(why)) => Outcome::Later(why),
        Err(RemoteError::Unknown(why)) => Outcome::Unknown(why),
    })
}

/// Calls no private network, but where the configuration says so: whatever a client of its own names
/// an operator typed, what staff typed must be among `private_origins`.
fn calling(db: &Db, client: &Client, address: &str) -> Result<Http> {
    let settings = db.extension::<Settings>()?;
    let http = (*db.extension::<Http>()?).clone();
    let named = settings.private_origins.iter().map(String::as_str);
    let own = client.from_settings.then_some(address);
    Ok(http.allowing(named.chain(own)))
}

fn heard(reply: &Reply) -> Outcome {
    match reply.status {
        200..=299 => Outcome::Ok(Value::Null),
        408 | 425 | 429 => Outcome::Later(format!("the client answered {}", reply.status)),
        // It read the token and does not take it: again would be the same.
        400..=499 => Outcome::Failed(format!("status_{}", reply.status)),
        status => Outcome::Unknown(format!("the client answered {status}")),
    }
}
