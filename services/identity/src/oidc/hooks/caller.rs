//! Which client calls, and the proof that it does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::{Hook, Result, Tx};
use openidconnect::core::CoreErrorResponseType as Kind;

use crate::clients::domain::{Client, Kind as ClientKind};
use crate::clients::tables as clients;
use crate::oidc::domain::grant::NotGiven;
use crate::oidc::domain::params::Params;

/// What a caller says it is.
struct Claimed {
    id: String,
    secret: Option<String>,
}

fn unknown() -> NotGiven {
    // The same for a client that is not there, one that is closed, and a wrong secret.
    NotGiven::new(Kind::InvalidClient, "the client is unknown, or its secret is wrong")
}

fn invalid(why: &str) -> NotGiven {
    NotGiven::new(Kind::InvalidRequest, why)
}

/// The client that calls: by its secret in the header (`client_secret_basic`) or in the form
/// (`client_secret_post`), or by its name alone where it has no secret.
///
/// # Errors
/// Those of the database; who is refused is told inside.
pub(crate) async fn authenticate(
    hook: &Hook,
    form: &Params,
) -> Result<std::result::Result<Client, NotGiven>> {
    let claimed = match claimed(hook, form) {
        Ok(claimed) => claimed,
        Err(refused) => return Ok(Err(refused)),
    };
    let id = claimed.id.as_str();
    let found = hook.app().db().read(async |tx: &Tx| clients::load(tx, id).await).await?;
    let Some(client) = found.filter(|client| client.open) else { return Ok(Err(unknown())) };
    let proved = match (client.kind, &claimed.secret) {
        (ClientKind::Public, None) => true,
        // A secret in a public client is a slip of whoever set it up.
        (ClientKind::Public, Some(_)) | (_, None) => false,
        (_, Some(secret)) => client.has_secret(secret),
    };
    Ok(if proved { Ok(client) } else { Err(unknown()) })
}

fn claimed(hook: &Hook, form: &Params) -> std::result::Result<Claimed, NotGiven> {
    let asked = hook.query_pairs();
    if asked.iter().any(|(name, _)| name == "client_secret" || name == "client_id") {
        // An address ends in logs and histories.
        return Err(invalid("the client and its secret do not belong into the address"));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let Some(header) = hook.header("authorization") else {
        let id = id.ok_or_else(|| NotGiven::new(Kind::InvalidClient, "client_id is missing"))?;
        return Ok(Claimed { id: id.to_owned(), secret: secret.map(str::to_owned) });
    };
    if secret.is_some() {
        return Err(invalid("the secret came twice: in the header and in the form"));
    }
    let told = basic(header).ok_or_else(unknown)?;
    if id.is_some_and(|id| id != told.id) {
        return Err(invalid("client_id is not the one of the header"));
    }
    Ok(told)
}

/// Reads `Basic` credentials, whose two halves are form-encoded (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<Claimed> {
    let (scheme, text) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let id = decoded(id);
    // No table holds a zero byte, so no client is called so.
    (!id.contains('\0')).then(|| Claimed { id, secret: Some(decoded(secret)) })
}

fn decoded(text: &str) -> String {
    // One name without a value is one text.
    let whole = text.replace('=', "%3D").replace('&', "%26");
    url::form_urlencoded::parse(whole.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_the_header_are_decoded() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let read = |header: &str| basic(header).map(|told| (told.id, told.secret.unwrap()));
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(read(&header("forum:s3cret")), pair("forum", "s3cret"));
        assert_eq!(read(&header("a%3Ab:p%25+q%C3%A4")), pair("a:b", "p% qä"));
        assert_eq!(read(&header("forum:a:b=c&d")), pair("forum", "a:b=c&d"));
        assert_eq!(read(&header("forum:")), pair("forum", ""));
        for wrong in ["Basic", "Basic ?", "Bearer abc", &header("nothing"), &header("a%00b:c")] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
