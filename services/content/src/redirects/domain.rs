//! Which redirects there may be. Pure: no database, no clock, no HTTP.

use crate::site::domain::normal_path;

/// How many redirects one after the other are followed.
pub(crate) const HOPS: usize = 10;

/// Why a redirect is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a path begins with one / and has no spaces and no . or .. between slashes")]
    Path,
    #[error("an old path ends before ? and #; what visitors ask behind ? goes along")]
    Query,
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
            Self::Query => "query",
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
    // Browsers take `.` and `..` out themselves: what they then ask for is another path.
    let dots = |segment: &str| matches!(&*segment.to_lowercase().replace("%2e", "."), "." | "..");
    let stays = !path.split(['?', '#']).next().unwrap_or_default().split('/').any(dots);
    if plain && ours && stays && path.len() <= 500 { Ok(()) } else { Err(Refusal::Path) }
}

/// Checks the old end of a redirect, and gives the one way it is written.
///
/// # Errors
/// [`Refusal::Path`], [`Refusal::Query`].
pub(crate) fn old_path(old: &str) -> Result<String, Refusal> {
    path(old)?;
    if old.contains(['?', '#']) { Err(Refusal::Query) } else { Ok(normal_path(old)) }
}

/// The path that is looked up when a redirect has led to `new`: as visitors' paths are, without the
/// slash at the end and what stands behind `?`.
pub(crate) fn place(new: &str) -> String {
    normal_path(new.split(['?', '#']).next().unwrap_or_default())
}

/// Decides a redirect from `old` to `new`, when `new` itself leads on over `chain`. Paths are compared
/// as they are looked up, however they were typed.
///
/// # Errors
/// [`Refusal::Loop`], [`Refusal::TooLong`].
pub(crate) fn redirect(old: &str, new: &str, chain: &[String]) -> Result<(), Refusal> {
    let leads_back = |to: &str| place(to) == place(old);
    if leads_back(new) || chain.iter().any(|hop| leads_back(hop)) {
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
        for back in ["/a/", "//a", "/a?x=1", "/a#x", "/a/?x=1"] {
            assert_eq!(redirect("/a", back, &[]), Err(Refusal::Loop("/a".into())), "{back}");
            let chain = chain(&[back]);
            assert_eq!(redirect("/a", "/b", &chain), Err(Refusal::Loop("/a".into())), "{back}");
        }
        let long = vec!["/x".to_owned(); HOPS];
        assert_eq!(redirect("/a", "/b", &long), Err(Refusal::TooLong("/a".into())));
    }

    #[test]
    fn an_old_path_is_kept_as_it_is_looked_up() {
        assert_eq!(old_path("/SCTE//Info.aspx/"), Ok("/SCTE/Info.aspx".to_owned()));
        assert_eq!(old_path("/Info.aspx?id=4"), Err(Refusal::Query));
        assert_eq!(old_path("/Info.aspx#top"), Err(Refusal::Query));
        assert_eq!(old_path("Info.aspx"), Err(Refusal::Path));
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
        for dots in ["/./a", "/a/..", "/x/../a", "/%2E/a", "/x/.%2e/a"] {
            assert_eq!(path(dots), Err(Refusal::Path), "{dots}");
        }
        assert_eq!(path("/a?back=../b"), Ok(()));
        assert_eq!(path(&format!("/{}", "a".repeat(500))), Err(Refusal::Path));
    }
}
