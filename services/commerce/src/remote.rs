//! The one way to the payment provider: HTTP, a bearer key, an idempotency key, and an answer that
//! says whether the call may have arrived.

use chassis::remote::{RemoteError, Reply};
use serde_json::Value;
use uuid::Uuid;

use crate::settings::Outside;

/// What is asked.
pub(crate) enum Verb<'a> {
    /// To be told something.
    Get { path: &'a str },
    /// To do something, once per key.
    Post { path: &'a str, key: Uuid, body: Value },
}

/// What the provider said.
pub(crate) enum Said {
    /// Done.
    Yes(Value),
    /// No, for good: a code.
    No(String),
    /// It did not arrive, or the provider has no time: again later.
    Later(String),
    /// It may have arrived: again under the same key.
    Unknown(String),
}

/// Calls the provider.
pub(crate) async fn call(outside: &Outside, verb: Verb<'_>) -> Said {
    let url = |path: &str| format!("{}/checkout/sandbox/api/{path}", outside.provider_url);
    let http = (*outside.http).clone().allowing([outside.provider_url.as_str()]);
    let request = match verb {
        Verb::Get { path } => http.get(&url(path)),
        Verb::Post { path, key, body } => {
            http.post(&url(path)).header("idempotency-key", &key.to_string()).json(&body)
        }
    };
    match request.bearer(&outside.provider_key).send().await {
        Ok(reply) => said(&reply),
        Err(why @ RemoteError::Unknown(_)) => Said::Unknown(why.to_string()),
        // An address we may not call is a wrong setting: once it is mended the call goes through.
        Err(why) => Said::Later(why.to_string()),
    }
}

fn said(reply: &Reply) -> Said {
    match reply.status {
        200..=299 => match reply.json() {
            Ok(answer) => Said::Yes(answer),
            Err(why) => Said::Unknown(format!("the provider's answer is no JSON: {why}")),
        },
        // A wrong key or too many calls is not this payment's fault.
        401 | 403 | 408 | 425 | 429 => {
            Said::Later(format!("the provider answered {}", reply.status))
        }
        400..=499 => Said::No(code(reply)),
        // The provider may have done it and failed to say so.
        _ => Said::Unknown(format!("the provider answered {}", reply.status)),
    }
}

/// The code of a problem+json, or the status when there is none.
fn code(reply: &Reply) -> String {
    let problem: Value = reply.json().unwrap_or_default();
    let code = problem["code"].as_str().filter(|code| (1..=60).contains(&code.len()));
    code.map_or_else(|| format!("status_{}", reply.status), str::to_owned)
}
