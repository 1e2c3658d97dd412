//! What content tells: pages and the menu.

use macros::{message, state};

use crate::PageId;
use crate::shared::Audience;

/// A page as others may link to it.
#[state]
pub struct Page {
    /// The page.
    pub page_id: PageId,
    /// Its path.
    pub path: String,
    /// Its title, in [`Self::language`].
    pub title: String,
    /// The language of the page (BCP 47).
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// Version of the page.
    pub version: i64,
}

/// A page can be read.
#[message("content.page.published", key = page.page_id, entity = page.page_id, version = page.version)]
pub struct PagePublished {
    /// The page.
    pub page: Page,
}

/// A page can no longer be read.
#[message("content.page.unpublished", key = page.page_id, entity = page.page_id, version = page.version)]
pub struct PageUnpublished {
    /// The page as it was.
    pub page: Page,
}

/// The order and names of the menu changed.
#[message("content.menu.changed", key = id, entity = id, version = version)]
pub struct MenuChanged {
    /// Stable id of the menu.
    pub id: uuid::Uuid,
    /// The entries that differ from what their services declared.
    pub entries: Vec<MenuEntry>,
    /// Version of the menu.
    pub version: i64,
}

/// How one entry of the menu differs from its declaration.
#[state]
pub struct MenuEntry {
    /// The entry's path.
    pub path: String,
    /// The new label, if it was renamed, in [`Self::language`].
    pub label: Option<String>,
    /// The language of the label (BCP 47).
    pub language: String,
    /// The new place.
    pub place: i64,
    /// Whether it is left out.
    pub hidden: bool,
}
