//! What one reader sees of a page: the blocks they may see, and a wall where there is more.

use chassis::{Act, Reader, Result, Thing, Tx, may};
use chrono::NaiveDate;
use contracts::shared::Audience;

use super::domain::{Block, Live, Part};
use super::tables::{self, TypeOffered};

/// A page or a block of one, asked whether a reader may see it.
pub(super) struct For<'a>(pub(super) &'a Audience);

impl Thing for For<'_> {
    fn audience(&self) -> Audience {
        self.0.clone()
    }

    fn kept_by(&self) -> &'static str {
        "staff.content"
    }
}

/// A piece of a page as it is shown.
pub(super) enum Piece<'a> {
    /// HTML that was cleaned when the page was saved.
    Html(&'a str),
    /// The kinds of membership.
    Types(&'a [TypeOffered]),
    /// Here is more, for whoever signs in.
    SignInWall,
    /// Here is more, for members.
    MembersWall,
}

impl Piece<'_> {
    /// Whether any price in it is invented.
    pub(super) fn has_samples(&self) -> bool {
        matches!(self, Self::Types(types) if types.iter().any(|one| one.sample))
    }
}

/// What live blocks show, read once per request and only when the page has any.
#[derive(Default)]
pub(super) struct Copies {
    types: Vec<TypeOffered>,
}

impl Copies {
    /// Reads what the blocks need.
    pub(super) async fn read(tx: &Tx, blocks: &[Block]) -> Result<Self> {
        let mut parts = blocks.iter().flat_map(|block| &block.parts);
        if parts.any(|part| matches!(part, Part::Live(Live::MembershipTypes))) {
            return Ok(Self { types: tables::types_offered(tx).await? });
        }
        Ok(Self::default())
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
    for block in blocks {
        if may(reader, Act::See, &For(&block.audience), today) {
            pieces.extend(block.parts.iter().map(|part| match part {
                Part::Html(html) => Piece::Html(html),
                Part::Live(Live::MembershipTypes) => Piece::Types(&copies.types),
            }));
            continue;
        }
        let same = |one: &Piece<'_>, other: &Piece<'_>| {
            std::mem::discriminant(one) == std::mem::discriminant(other)
        };
        if let Some(wall) = wall(&block.audience)
            && !pieces.last().is_some_and(|last| same(last, &wall))
        {
            pieces.push(wall);
        }
    }
    pieces
}

/// What stands in place of something that is for others.
pub(super) fn wall<'a>(audience: &Audience) -> Option<Piece<'a>> {
    match audience {
        Audience::SignedIn => Some(Piece::SignInWall),
        Audience::Members => Some(Piece::MembersWall),
        Audience::Public | Audience::Staff | Audience::Unknown(_) => None,
    }
}
