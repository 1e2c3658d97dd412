//! `/checkout/hooks/sandbox`: the provider's webhooks. Believed only when signed; each event taken
//! in once; what it means takes effect once however often and in whatever order events come.

use axum::http::StatusCode;
use chassis::{Answer, Error, Hook, Routes};

use super::commands::TakeEvent;
use super::domain::ProviderEvent;
use super::signature;
use crate::settings::Settings;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/checkout/hooks/sandbox", take_webhook)
}

/// `POST /checkout/hooks/sandbox`.
async fn take_webhook(hook: Hook) -> Answer {
    let secret = Settings::webhook_secret_of(hook.app())?;
    let header = hook.header("scte-sandbox-signature").unwrap_or_default();
    let now = hook.app().clock().now();
    signature::verify(&secret, header, hook.body(), now)
        .map_err(|why| hook.refuse(StatusCode::BAD_REQUEST, why.code(), &why.to_string()))?;
    let event: ProviderEvent = serde_json::from_slice(hook.body())
        .map_err(|why| Error::invalid("body", format!("is no event: {why}")))?;
    if event.id.is_empty() || event.id.len() > 100 {
        return Err(Error::invalid("id", "is empty or too long").into());
    }
    let hash = chassis::form::hash(&[hook.body()]);
    let key = format!("sandbox/{}", event.id);
    hook.db_once(&key, &hash, &TakeEvent { event }).await?;
    hook.done()
}
