//! Which redirects there may be. Pure: no database, no clock, no HTTP.

/// How many redirects one after the other are followed.
pub(crate) const HOPS: usize = 10;

/// Why a redirect is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a path begins with one / and has no spaces")]
    Path,
    #[error("{0} would lead back to itself")]
    Loop(String),
    #[error("{0} would be followed by more than {HOPS} redirects")]
    TooLong(String),
}

impl Refusal {
    /// Stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Loop(_) => "redirect_loop",
            Self::TooLong(_) => "redirect_too_long",
        }
    }
}

/// Checks one end of a redirect: a path on this site, whatever an older site made of it.
///
/// # Errors
/// [`Refusal::Path`].
pub(crate) fn path(path: &str) -> Result<(), Refusal> {
    let plain =
        path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>'));
    let ours = path.starts_with('/') && !path.starts_with("//");
    if plain && ours && path.len() <= 500 { Ok(()) } else { Err(Refusal::Path) }
}

/// Decides a redirect from `old` to `new`, when `new` itself leads on over `chain`.
///
/// # Errors
/// [`Refusal::Loop`], [`Refusal::TooLong`].
pub(crate) fn redirect(old: &str, new: &str, chain: &[String]) -> Result<(), Refusal> {
    if old == new || chain.iter().any(|hop| hop == old) {
        return Err(Refusal::Loop(old.to_owned()));
    }
    if chain.len() >= HOPS { Err(Refusal::TooLong(old.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leads_back() {
        let chain = |hops: &[&str]| hops.iter().map(|&hop| hop.to_owned()).collect::<Vec<_>>();
        assert_eq!(redirect("/a", "/b", &[]), Ok(()));
        assert_eq!(redirect("/a", "/a", &[]), Err(Refusal::Loop("/a".into())));
        assert_eq!(redirect("/a", "/b", &chain(&["/c", "/a"])), Err(Refusal::Loop("/a".into())));
        let long = vec!["/x".to_owned(); HOPS];
        assert_eq!(redirect("/a", "/b", &long), Err(Refusal::TooLong("/a".into())));
    }

    #[test]
    fn both_ends_stay_on_this_site() {
        for fine in ["/a", "/SCTE/Chapters/Info.aspx", "/a%20b", "/"] {
            assert_eq!(path(fine), Ok(()), "{fine}");
        }
        for wrong in
            ["", "a", "//evil.example", "https://evil.example", "/a b", "/\\evil", "/a\r\nx"]
        {
            assert_eq!(path(wrong), Err(Refusal::Path), "{wrong}");
        }
        assert_eq!(path(&format!("/{}", "a".repeat(500))), Err(Refusal::Path));
    }
}
