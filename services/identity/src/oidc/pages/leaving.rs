//! Sending a browser on to a client.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION};
use axum::response::IntoResponse as _;
use chassis::page::Role;
use chassis::{Answer, Error, Page};
use url::Url;

const REFRESH: HeaderName = HeaderName::from_static("refresh");

#[derive(Template)]
#[template(path = "oidc/leaving.html")]
struct ShowLeaving<'a> {
    client: &'a str,
    url: &'a str,
}

/// Sends the browser on to `url` of `client`.
///
/// Our pages let their forms lead nowhere but to us, and some browsers hold every redirect that
/// follows a form to that: whoever comes from a page of ours gets one that leads on by itself.
pub(super) fn leave<R: Role>(page: &Page<R>, client: &str, url: &str) -> Answer {
    let from_us = page.header("sec-fetch-site") == Some("same-origin");
    let mut answer = if from_us {
        let mut answer = page.show(&format!("On to {client}"), &ShowLeaving { client, url })?;
        let on = HeaderValue::from_str(&format!("0; url={url}")).map_err(Error::internal)?;
        answer.headers_mut().insert(REFRESH, on);
        answer
    } else {
        page.leave(url)?
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// A bare redirect, for who asked without a page.
pub(super) fn redirected(status: StatusCode, to: &str) -> Answer {
    let to = HeaderValue::from_str(to).map_err(Error::internal)?;
    Ok((status, [(LOCATION, to)]).into_response())
}

/// A registered address with these parameters beside its own.
///
/// # Errors
/// `Internal` when it is no address, which registering refuses.
pub(super) fn with(uri: &str, pairs: &[(&str, Option<&str>)]) -> chassis::Result<String> {
    let mut url = Url::parse(uri).map_err(Error::internal)?;
    let told = pairs.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    url.query_pairs_mut().extend_pairs(told);
    if url.query() == Some("") {
        url.set_query(None);
    }
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn parameters_are_added_to_those_that_stand_there() {
        let pairs = [("code", Some("a b")), ("state", None), ("iss", Some("http://x"))];
        assert_eq!(
            with("https://forum.example/back?kept=1", &pairs).unwrap(),
            "https://forum.example/back?kept=1&code=a+b&iss=http%3A%2F%2Fx"
        );
        assert_eq!(with("app:/back", &[]).unwrap(), "app:/back");
    }
}
