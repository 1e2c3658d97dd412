//! The files every page needs, compiled in: `/assets/<hash>.<ext>`, immutable, from any process.

mod contrast;

use std::io::{self, Write as _};
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

pub use contrast::{Pair, contrast};

/// The site's only stylesheet.
const STYLE: &str = include_str!("../../assets/site.css");

/// The site's mark for the head of a page: the constellation of 16-QAM with one hot point. Its
/// colours are the page's (`.qam-*`), which those of an image could not be.
pub const MARK_INLINE: &str = concat!(
    r#"<svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true" focusable="false">"#,
    r#"<path class="qam-axis" d="M18 0v36M0 18h36"/>"#,
    r#"<path class="qam-dot" d="M4.5 4.5h0m9 0h0m9 0h0m9 0h0M4.5 13.5h0m9 0h0m18 0h0"#,
    r#"M4.5 22.5h0m9 0h0m9 0h0m9 0h0M4.5 31.5h0m9 0h0m9 0h0m9 0h0"/>"#,
    r#"<circle class="qam-hot" cx="22.5" cy="13.5" r="3.4"/></svg>"#
);

/// One file; all of them are text.
struct Asset {
    name: &'static str,
    path: String,
    content_type: &'static str,
    plain: &'static [u8],
    /// None when it could not be compressed or would not be smaller.
    gzip: Option<Bytes>,
}

/// Path by content, so that a browser never shows an old one with a new page. Compressed once and
/// as well as can be: the same bytes go out for as long as the process lives.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = [
        ("site.css", "text/css; charset=utf-8", STYLE),
        ("site.js", "text/javascript; charset=utf-8", include_str!("../../assets/site.js")),
        ("work.js", "text/javascript; charset=utf-8", include_str!("../../assets/work.js")),
        ("passkeys.js", "text/javascript; charset=utf-8", include_str!("../../assets/passkeys.js")),
        ("mark.svg", "image/svg+xml", include_str!("../../assets/mark.svg")),
    ];
    files
        .into_iter()
        .map(|(name, content_type, text)| {
            let plain = text.as_bytes();
            let hash = hex::encode(&Sha256::digest(plain)[..8]);
            let extension = name.rsplit('.').next().unwrap_or_default();
            let path = format!("/assets/{hash}.{extension}");
            let gzip = compressed(plain).ok().filter(|gzip| gzip.len() < plain.len());
            Asset { name, path, content_type, plain, gzip: gzip.map(Bytes::from) }
        })
        .collect()
});

fn compressed(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// The path of an asset by its name: `site.css`.
#[must_use]
pub fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/missing", |asset| &asset.path)
}

/// A file as it is kept where no process is there to answer.
pub struct Kept {
    /// Its path: `/assets/<hash>.css`.
    pub path: &'static str,
    /// The bytes.
    pub plain: &'static [u8],
    /// The same compressed, where that is smaller.
    pub gzip: Option<&'static [u8]>,
}

/// All files, for a copy of them.
pub fn all() -> impl Iterator<Item = Kept> {
    ASSETS.iter().map(|asset| Kept {
        path: &asset.path,
        plain: asset.plain,
        gzip: asset.gzip.as_deref(),
    })
}

/// How long and by whom an asset may be kept: its path changes with what is in it.
pub const KEEP: &str = "public, max-age=31536000, immutable";

/// Answers `/assets/…` in an encoding that `asked`, the request's headers, take; nothing for a path
/// that is none of ours.
#[must_use]
pub fn answer(path: &str, asked: &HeaderMap) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let gzip = asset.gzip.clone().filter(|_| takes_gzip(asked));
    let encoded = gzip.is_some();
    let body = gzip.unwrap_or(Bytes::from_static(asset.plain));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (CONTENT_LENGTH, HeaderValue::from(body.len())),
        (CACHE_CONTROL, HeaderValue::from_static(KEEP)),
        (VARY, HeaderValue::from_static("accept-encoding")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let mut answer = (headers, body).into_response();
    if encoded {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(answer)
}

/// Whether `gzip` is named, or all that is not named is taken, with a weight above nothing.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let mut any = false;
    for line in asked.get_all(ACCEPT_ENCODING) {
        for coding in line.to_str().unwrap_or_default().split(',') {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
            let taken = weight.is_none_or(|weight| weight > 0.0);
            if name.eq_ignore_ascii_case("gzip") {
                return taken;
            }
            any |= name == "*" && taken;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::http::StatusCode;
    use flate2::read::GzDecoder;
    use http_body_util::BodyExt as _;

    use super::*;

    fn asking(encodings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(encodings))])
    }

    async fn bytes(answer: Response) -> Bytes {
        answer.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn an_asset_is_found_by_its_hash_alone() {
        for name in ["site.css", "site.js", "work.js", "passkeys.js", "mark.svg"] {
            assert!(path(name).starts_with("/assets/"));
            let answer = answer(path(name), &HeaderMap::new()).unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(!answer.headers().contains_key(CONTENT_ENCODING));
            let length = answer.headers()[CONTENT_LENGTH].to_str().unwrap().to_owned();
            assert_eq!(length, bytes(answer).await.len().to_string());
        }
        assert!(answer("/assets/site.css", &HeaderMap::new()).is_none());
        let kept: Vec<_> = all().map(|file| file.path).collect();
        assert_eq!(kept, ["site.css", "site.js", "work.js", "passkeys.js", "mark.svg"].map(path));
    }

    #[tokio::test]
    async fn who_takes_gzip_gets_the_same_text_in_fewer_bytes() {
        let answer = answer(path("site.css"), &asking("br, gzip;q=0.8")).unwrap();
        let headers = answer.headers().clone();
        assert_eq!(
            (&headers[CONTENT_ENCODING], &headers[VARY]),
            (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
        );

        let sent = bytes(answer).await;
        assert_eq!(headers[CONTENT_LENGTH], sent.len().to_string());
        assert!(sent.len() * 3 < STYLE.len());
        let mut text = String::new();
        GzDecoder::new(&sent[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, STYLE);
    }

    #[test]
    fn an_encoding_is_taken_only_when_it_is_wanted() {
        for yes in ["gzip", "GZIP", "deflate, gzip;q=0.1", "*", "br;q=1.0, *;q=0.5"] {
            assert!(takes_gzip(&asking(yes)), "{yes}");
        }
        for no in ["", "identity", "br", "gzip;q=0", "*, gzip; q=0", "*;q=0.0", "xgzip"] {
            assert!(!takes_gzip(&asking(no)), "{no}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_script_is_small_and_brings_nothing_from_elsewhere() {
        let script = ASSETS.iter().find(|asset| asset.name == "site.js").unwrap();
        assert!(script.gzip.as_ref().unwrap().len() < 10_000);
        for asset in ASSETS.iter() {
            let text =
                str::from_utf8(asset.plain).unwrap().replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http:", "https:", "//cdn", "@import", "import ", "eval("] {
                assert!(!text.contains(foreign), "{} has {foreign}", asset.name);
            }
        }
    }
}
