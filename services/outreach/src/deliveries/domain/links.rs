//! Web addresses in mails: how a one-time link is made, and how addresses are found in a text.

/// The path of a one-time link: the code goes into the query, never into the path.
pub(crate) fn link(path: &str, code: &str) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{path}{join}code={code}")
}

/// A piece of a plain text mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// To be shown as it is.
    Text(&'a str),
    /// A web address, to be clicked.
    Link(&'a str),
}

/// Cuts the web addresses out of a plain text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = ["http://", "https://"].iter().filter_map(|s| rest.find(s)).min() {
        let (before, link) = rest.split_at(start);
        let blank = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"');
        let end = link.find(blank).unwrap_or(link.len());
        let address = link.get(..end).unwrap_or(link).trim_end_matches(['.', ',', ')']);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Link(address));
        rest = link.get(address.len()..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}
