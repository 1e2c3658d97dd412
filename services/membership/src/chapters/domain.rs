//! What a chapter is and when it may be changed. Pure.

use contracts::membership::Chapter;
use contracts::{ChapterId, Money};

/// What staff typed about a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) price: Money,
    pub(crate) sample: bool,
}

/// Why a chapter is not stored as typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Somebody else changed it since the form was opened.
    #[error(
        "{0} was changed since you opened the page; it now costs {1}; save again to replace it"
    )]
    Stale(String, Money),
    /// Another chapter has this name.
    #[error("there is a chapter called {0} already")]
    NameTaken(String),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Stale(..) => "chapter_stale",
            Self::NameTaken(_) => "chapter_name_taken",
        }
    }
}

/// A new chapter, not stored yet.
pub(crate) fn create(chapter_id: ChapterId, draft: &Draft) -> Chapter {
    let Draft { name, region, price, sample } = draft.clone();
    Chapter { chapter_id, name, region, price, sample, version: 0 }
}

/// Changes a chapter, unless the row is not the one the writer saw.
///
/// # Errors
/// [`Refusal::Stale`].
pub(crate) fn edit(stored: &Chapter, draft: &Draft, seen: i64) -> Result<Chapter, Refusal> {
    if stored.version != seen {
        return Err(Refusal::Stale(stored.name.clone(), stored.price.clone()));
    }
    Ok(Chapter { version: stored.version, ..create(stored.chapter_id, draft) })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_chapter_is_changed_only_by_who_saw_the_latest_version() {
        let draft = |minor| Draft {
            name: "Cactus Chapter".to_owned(),
            region: "Arizona (Mesa)".to_owned(),
            price: Money::usd(minor),
            sample: true,
        };
        let id = ChapterId(Uuid::from_u128(1));
        let stored = Chapter { version: 2, ..create(id, &draft(2000)) };

        assert_eq!(edit(&stored, &draft(2500), 2).unwrap().price, Money::usd(2500));
        assert_eq!(edit(&stored, &draft(2500), 1).unwrap_err().code(), "chapter_stale");
    }
}
