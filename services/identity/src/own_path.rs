//! Where to go on afterwards: a path of our own site, and nothing else.

/// The longest path that is carried along, in bytes.
const LONGEST: usize = 3000;

/// A path on our own site, safe to send a browser to.
///
/// Whatever a browser could read as another site is refused: `//host`, `/\host`, a scheme, and
/// control characters or blanks, which browsers drop while they parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnPath(String);

impl OwnPath {
    /// Reads a path; nothing when it is not one of our own.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let starts = text.starts_with('/') && !text.starts_with("//");
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (starts && plain && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// Reads what came as an optional parameter.
    pub(crate) fn read_option(text: Option<&str>) -> Option<Self> {
        text.and_then(Self::read)
    }

    /// The path as it goes into a `Location`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `path`, carrying `return_to` along as a parameter.
pub(crate) fn with_return(path: &str, return_to: Option<&OwnPath>) -> String {
    let Some(return_to) = return_to else { return path.to_owned() };
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}return_to={}", encoded(return_to.as_str()))
}

/// `text` as the value of a query parameter.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_paths_are_kept() {
        for path in ["/", "/membership/join", "/membership/join?type=1&zip=a%20b#top"] {
            assert_eq!(OwnPath::read(path).map(|own| own.0), Some(path.to_owned()));
        }
    }

    #[test]
    fn what_could_lead_away_is_refused() {
        let long = format!("/{}", "a".repeat(LONGEST));
        for path in [
            "",
            "membership",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a b",
            "/a\r\nb",
            "/ä",
            &long,
        ] {
            assert_eq!(OwnPath::read(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_parameter_is_encoded() {
        let path = OwnPath::read("/a?b=c&d=e").unwrap();
        assert_eq!(with_return("/x", Some(&path)), "/x?return_to=/a%3Fb%3Dc%26d%3De");
        assert_eq!(with_return("/x?y=1", None), "/x?y=1");
    }
}
