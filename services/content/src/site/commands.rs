//! What editors ask of pages: save, publish, take back.

use chassis::{Command, Error, Result, Tx};
use contracts::PageId;
use contracts::content::{self, PagePublished, PageUnpublished};
use serde_json::json;

use super::domain::{self, Front, Kind, Page, State};
use super::render::{self, Rendered};
use super::tables;
use crate::redirects;

/// Saves a page, new or changed. What visitors get is rendered here, once.
///
/// A page that moves leaves a redirect behind when visitors could have known its old path; one that
/// was taken back leaves it when it is published again.
#[derive(Debug, Clone)]
pub(crate) struct SavePage {
    /// The page; none makes a new one.
    pub(crate) page: Option<PageId>,
    /// The version that the editor saw; an older one is refused with `page_changed`.
    pub(crate) version: i64,
    pub(crate) front: Front,
    pub(crate) markdown: String,
}

impl Command for SavePage {
    type Out = PageId;

    async fn run(&self, tx: &Tx) -> Result<PageId> {
        let path = &self.front.path;
        domain::path(path).map_err(|no| Error::invalid("path", no.to_string()))?;
        domain::dated(self.front.dated, tx.today())
            .map_err(|no| Error::invalid("dated", no.to_string()))?;
        let Rendered { blocks, texts } = render::rendered(&self.markdown, Kind::of(path))
            .map_err(|no| Error::invalid("markdown", no.to_string()))?;
        let before = match self.page {
            Some(id) => Some(unchanged(tx, id, self.version).await?),
            None => None,
        };
        let moved = before.as_ref().is_none_or(|page| page.front.path != *path);
        if moved {
            tables::bump(tx, "paths").await?;
            if tables::taken(tx, path, self.page).await? {
                let message = format!("another page stands at {path}");
                return Err(Error::invalid("path", message));
            }
        }
        let page = Page {
            id: self.page.unwrap_or_else(|| tx.id()),
            front: self.front.clone(),
            known_path: before.as_ref().and_then(|page| page.known_path.clone()),
            state: before.as_ref().map_or(State::Draft, |page| page.state),
            markdown: self.markdown.clone(),
            blocks,
            changed_at: tx.now(),
            version: before.as_ref().map_or(1, |page| page.version),
        };
        tables::keep_texts(tx, page.id, &texts).await?;
        let Some(before) = before else {
            tables::insert(tx, &page).await?;
            tx.audit("page", page.id, "created", json!({ "path": path })).await?;
            return Ok(page.id);
        };
        let readable = page.state == State::Published;
        let (page, known) = if readable { page.published(tx.today()) } else { (page, None) };
        let page = tables::save(tx, page).await?;
        tx.audit("page", page.id, "saved", difference(&before, &page)).await?;
        if readable {
            told(tx, &page, known).await?;
        }
        Ok(page.id)
    }
}

/// Lets visitors read a page.
pub(crate) struct PublishPage {
    pub(crate) page: PageId,
    pub(crate) version: i64,
}

impl Command for PublishPage {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let page = unchanged(tx, self.page, self.version).await?;
        if page.state == State::Published {
            return Err(Error::refused("already_published", "the page is published already"));
        }
        let (page, known) = page.published(tx.today());
        let page = tables::save(tx, page).await?;
        tx.audit("page", page.id, "published", json!({})).await?;
        told(tx, &page, known).await
    }
}

/// Tells that visitors get a page, and leads them there from the path `known` to them before, unless
/// another page stands there by now.
async fn told(tx: &Tx, page: &Page, known: Option<String>) -> Result<()> {
    if let Some(known) = known
        && !tables::taken(tx, &known, None).await?
    {
        redirects::commands::moved(tx, &known, &page.front.path).await?;
    }
    tx.publish(PagePublished { page: public(page) });
    Ok(())
}

/// Takes a page back: visitors no longer get it.
pub(crate) struct UnpublishPage {
    pub(crate) page: PageId,
    pub(crate) version: i64,
}

impl Command for UnpublishPage {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let page = unchanged(tx, self.page, self.version).await?;
        if page.state == State::Draft {
            return Err(Error::refused("not_published", "the page is not published"));
        }
        let page = tables::save(tx, Page { state: State::Draft, ..page }).await?;
        tx.audit("page", page.id, "unpublished", json!({})).await?;
        tx.publish(PageUnpublished { page: public(&page) });
        Ok(())
    }
}

/// Renders again what an older renderer made. It changes how pages look, not what they say: nothing
/// is told and no version made.
pub(crate) struct RenderAgain;

impl Command for RenderAgain {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        loop {
            let old = tables::rendered_before(tx, render::VERSION).await?;
            if old.is_empty() {
                return Ok(());
            }
            for page in &old {
                let kind = Kind::of(&page.front.path);
                // A text that the rules of its day let through stays as it was made then.
                let Ok(made) = render::rendered(&page.markdown, kind) else {
                    tables::put_rendered(tx, page, &page.blocks).await?;
                    continue;
                };
                tables::put_rendered(tx, page, &made.blocks).await?;
                tables::keep_texts(tx, page.id, &made.texts).await?;
            }
        }
    }
}

/// The page, when it is still as the editor saw it.
async fn unchanged(tx: &Tx, id: PageId, version: i64) -> Result<Page> {
    let page = tables::load(tx, id).await?.ok_or_else(|| Error::not_found("page", id))?;
    if page.version == version {
        return Ok(page);
    }
    let message = "somebody else changed this page since you opened it: see below what changed, then save again to keep yours";
    Err(Error::refused("page_changed", message))
}

/// What a save changed, for the audit; of the text only its length, the text is a revision.
fn difference(before: &Page, after: &Page) -> serde_json::Value {
    let mut changed = serde_json::Map::new();
    for (name, old, new) in after.front.differing(&before.front) {
        changed.insert(name.to_owned(), json!({ "before": old, "after": new }));
    }
    if before.markdown != after.markdown {
        let letters = |page: &Page| page.markdown.chars().count();
        changed.insert(
            "letters".to_owned(),
            json!({ "before": letters(before), "after": letters(after) }),
        );
    }
    serde_json::Value::Object(changed)
}

fn public(page: &Page) -> content::Page {
    content::Page {
        page_id: page.id,
        path: page.front.path.clone(),
        title: page.front.title.clone(),
        language: page.front.language.clone(),
        audience: page.front.audience.clone(),
        version: page.version,
    }
}
