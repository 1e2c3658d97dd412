//! What one reader sees of a page: the blocks they may see, and a wall where there is more.

use chassis::{Act, Reader, Result, Thing, Tx, may};
use chrono::NaiveDate;
use contracts::shared::Audience;

use super::domain::{Block, Live, Part};
use super::tables::{self, TypeOffered};
use crate::news::domain::Article;

/// How many words are read in a minute.
const PACE: usize = 200;

/// Articles that stand ready for a band of news: some of them may be for others.
const NEWS: i64 = 12;

/// Articles in a band of news: the lead and three.
const BAND: usize = 4;

/// A page or a block of one, asked whether a reader may see it.
pub(crate) struct For<'a>(pub(crate) &'a Audience);

impl Thing for For<'_> {
    fn audience(&self) -> Audience {
        self.0.clone()
    }

    fn kept_by(&self) -> &'static str {
        "staff.content"
    }
}

/// Whether `reader` may see what is for `audience`.
pub(crate) fn sees(reader: &Reader, today: NaiveDate, audience: &Audience) -> bool {
    may(reader, Act::See, &For(audience), today)
}

/// The audiences to whom `reader` belongs, as a statement lists them.
pub(crate) fn audiences(reader: &Reader, today: NaiveDate) -> String {
    let all = [Audience::Public, Audience::SignedIn, Audience::Members, Audience::Staff];
    let theirs = all.iter().filter(|audience| sees(reader, today, audience));
    theirs.map(|audience| format!("'{}'", audience.as_str())).collect::<Vec<_>>().join(", ")
}

/// Minutes to read so many words: at least one.
pub(super) fn minutes(words: usize) -> usize {
    words.div_ceil(PACE).max(1)
}

/// A piece of a page as it is shown.
pub(super) enum Piece<'a> {
    /// HTML to be read; it was cleaned when the page was saved.
    Prose(&'a str),
    /// HTML to be used, cleaned too.
    Plain(&'a str),
    /// The large heading of the home page.
    Display(&'a str),
    /// A band of the home page begins.
    Band(&'a str),
    /// The kinds of membership.
    Types(&'a [TypeOffered]),
    /// The newest articles.
    News(Vec<&'a Article>),
    /// The figure of the home page.
    Spectrum,
    /// Here is more, for whoever signs in; so many minutes of it.
    SignInWall(usize),
    /// Here is more, for members; so many minutes of it, and what membership costs at least.
    MembersWall(usize, Option<&'a TypeOffered>),
}

impl Piece<'_> {
    /// Whether any price in it is invented.
    pub(super) fn has_samples(&self) -> bool {
        match self {
            Self::Types(types) => types.iter().any(|one| one.sample),
            Self::MembersWall(_, from) => from.is_some_and(|one| one.sample),
            _ => false,
        }
    }
}

/// What live blocks and walls show, read once per request and only when the page has any.
#[derive(Default)]
pub(super) struct Copies {
    types: Vec<TypeOffered>,
    news: Vec<Article>,
}

impl Copies {
    /// Reads what a page needs for its blocks, and for the walls before them or before all of it.
    pub(super) async fn read(tx: &Tx, audience: &Audience, blocks: &[Block]) -> Result<Self> {
        let live = |live| {
            blocks.iter().flat_map(|block| &block.parts).any(|part| *part == Part::Live(live))
        };
        let mut audiences = blocks.iter().map(|block| &block.audience).chain([audience]);
        let walled = audiences.any(|one| *one == Audience::Members);
        let mut copies = Self::default();
        if walled || live(Live::MembershipTypes) {
            copies.types = tables::types_offered(tx).await?;
        }
        if live(Live::News) {
            copies.news = crate::news::tables::newest(tx, NEWS).await?;
        }
        Ok(copies)
    }
}

/// The pieces that `reader` sees on the day it is. Nothing of a hidden block leaves, only a wall;
/// several hidden blocks in a row make one.
pub(super) fn pieces<'a>(
    blocks: &'a [Block],
    copies: &'a Copies,
    reader: &Reader,
    today: NaiveDate,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for hidden in blocks.chunk_by(|one, other| one.audience == other.audience) {
        let audience = hidden.first().map_or(&Audience::Staff, |block| &block.audience);
        if sees(reader, today, audience) {
            let parts = hidden.iter().flat_map(|block| &block.parts);
            pieces.extend(parts.map(|part| piece(part, copies, reader, today)));
        } else {
            let words = hidden.iter().map(|block| block.words).sum();
            pieces.extend(wall(audience, words, copies));
        }
    }
    pieces
}

fn piece<'a>(part: &'a Part, copies: &'a Copies, reader: &Reader, today: NaiveDate) -> Piece<'a> {
    match part {
        Part::Html(html) => Piece::Prose(html),
        Part::Plain(html) => Piece::Plain(html),
        Part::Display(text) => Piece::Display(text),
        Part::Band(text) => Piece::Band(text),
        Part::Live(Live::MembershipTypes) => Piece::Types(&copies.types),
        Part::Live(Live::Spectrum) => Piece::Spectrum,
        Part::Live(Live::News) => {
            let theirs = copies.news.iter().filter(|one| sees(reader, today, &one.audience));
            Piece::News(theirs.take(BAND).collect())
        }
    }
}

/// What stands in place of something that is for others.
pub(super) fn wall<'a>(audience: &Audience, words: usize, copies: &'a Copies) -> Option<Piece<'a>> {
    match audience {
        Audience::SignedIn => Some(Piece::SignInWall(minutes(words))),
        Audience::Members => Some(Piece::MembersWall(minutes(words), copies.types.first())),
        Audience::Public | Audience::Staff | Audience::Unknown(_) => None,
    }
}

/// A band of the home page.
pub(super) struct Band<'a> {
    pub(super) heading: &'a str,
    pub(super) pieces: Vec<Piece<'a>>,
}

impl Band<'_> {
    /// Whether it is one of news, so that a link leads to all of them.
    pub(super) fn is_news(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::News(_)))
    }
}

/// The home page: an opening, what follows it at full width, bands.
#[derive(Default)]
pub(super) struct Home<'a> {
    /// The large heading, a sentence a line; empty: the page's title stands for it.
    pub(super) display: Vec<&'a str>,
    pub(super) opening: Vec<Piece<'a>>,
    pub(super) figure: Vec<Piece<'a>>,
    pub(super) bands: Vec<Band<'a>>,
}

impl<'a> Home<'a> {
    /// The pieces of the home page in their places.
    pub(super) fn of(pieces: Vec<Piece<'a>>) -> Self {
        let mut home = Self::default();
        for piece in pieces {
            match piece {
                Piece::Display(text) => home.display = sentences(text),
                Piece::Band(heading) => home.bands.push(Band { heading, pieces: Vec::new() }),
                piece => match home.bands.last_mut() {
                    Some(band) => band.pieces.push(piece),
                    None if matches!(piece, Piece::Prose(_) | Piece::Plain(_))
                        && home.figure.is_empty() =>
                    {
                        home.opening.push(piece);
                    }
                    None => home.figure.push(piece),
                },
            }
        }
        home
    }
}

/// The sentences of a heading: each ends with a full stop and a space.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(". ").map(str::trim).filter(|one| !one.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_page_falls_into_its_places() {
        let home = Home::of(vec![
            Piece::Display("Know. Prove it."),
            Piece::Plain("buttons"),
            Piece::Spectrum,
            Piece::Prose("after"),
            Piece::Band("News"),
            Piece::News(Vec::new()),
            Piece::Band("More"),
        ]);
        assert_eq!(home.display, ["Know.", "Prove it."]);
        assert_eq!((home.opening.len(), home.figure.len(), home.bands.len()), (1, 2, 2));
        let news: Vec<_> = home.bands.iter().map(|band| (band.heading, band.is_news())).collect();
        assert_eq!(news, [("News", true), ("More", false)]);
    }

    #[test]
    fn a_stranger_belongs_to_the_public_alone() {
        let today = NaiveDate::default();
        assert_eq!(audiences(&Reader::stranger(), today), "'public'");
        let editor = Reader { roles: vec!["staff.content".to_owned()], ..Reader::default() };
        assert_eq!(audiences(&editor, today), "'public', 'signed_in', 'members', 'staff'");
    }
}
