//! The provider's webhooks on their way: signed when they are sent, sent again until they are
//! taken, given up after some days.

use chassis::remote::RemoteError;
use chassis::{Call, Effect, Fault, Outcome, Settled, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::domain::{SENT_FOR, sign};
use super::jobs::Delivery;
use crate::settings::Outside;

/// Sends a webhook.
pub(crate) struct SendWebhook;

impl Effect for SendWebhook {
    const NAME: &'static str = "sandbox.send_webhook";

    type Payload = Delivery;

    async fn execute(&self, at: &Call<Delivery>) -> Outcome {
        let (now, due) = (at.db.clock().now(), &at.payload);
        let later = |why: String| {
            let given_up = now - due.created_at > SENT_FOR;
            if given_up { Outcome::Failed("given_up".to_owned()) } else { Outcome::Later(why) }
        };
        let outside = match Outside::of(&at.db) {
            Ok(outside) => outside,
            Err(why) => return later(why.chain()),
        };
        // What is signed is what is sent: the same value written the same way.
        let body: Value = match serde_json::from_str(&due.body) {
            Ok(body) => body,
            Err(why) => return Outcome::Failed(format!("no JSON: {why}")),
        };
        let signature = sign(&outside.webhook_secret, now, body.to_string().as_bytes());
        let Some(signature) = signature else {
            return later("the webhook could not be signed".to_owned());
        };
        let request =
            outside.http.post(&due.url).header("scte-sandbox-signature", &signature).json(&body);
        match request.send().await {
            Ok(reply) if reply.is_success() => Outcome::Ok(Value::Null),
            Ok(reply) => later(format!("the merchant answered {}", reply.status)),
            Err(RemoteError::NotAllowed(_)) => Outcome::Failed("not_allowed".to_owned()),
            Err(why) => later(why.to_string()),
        }
    }

    async fn settle(&self, _: &Tx, _: Uuid, _: &Delivery, end: &Settled) -> Result<(), Fault> {
        if let Settled::Failed(code) = end {
            tracing::warn!(code, "the sandbox provider gave up a webhook: {code}");
        }
        Ok(())
    }
}
