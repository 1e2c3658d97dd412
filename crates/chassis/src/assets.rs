//! The files every page needs, compiled in: `/assets/<hash>.<ext>`, immutable, from any process.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// One file.
struct Asset {
    name: &'static str,
    path: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

/// Path by content, so that a browser never shows an old one with a new page.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files: [(_, _, &'static [u8]); 2] = [
        ("site.css", "text/css; charset=utf-8", include_bytes!("../assets/site.css")),
        ("mark.svg", "image/svg+xml", include_bytes!("../assets/mark.svg")),
    ];
    files
        .into_iter()
        .map(|(name, content_type, bytes)| {
            let hash = hex::encode(&Sha256::digest(bytes)[..8]);
            let extension = name.rsplit('.').next().unwrap_or_default();
            Asset { name, path: format!("/assets/{hash}.{extension}"), content_type, bytes }
        })
        .collect()
});

/// The path of an asset by its name: `site.css`.
#[must_use]
pub fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/missing", |asset| &asset.path)
}

/// Answers `/assets/…`; nothing for a path that is none of ours.
#[must_use]
pub fn answer(path: &str) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Some((StatusCode::OK, headers, asset.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_hash_alone() {
        assert!(path("site.css").starts_with("/assets/"));
        assert_eq!(answer(path("site.css")).unwrap().status(), StatusCode::OK);
        assert!(answer("/assets/site.css").is_none());
    }
}
