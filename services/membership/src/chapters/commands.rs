//! What can be asked of this slice: to add a chapter, to change one.

use chassis::{Command, Error, Result, Tx};
use contracts::ChapterId;
use contracts::membership::{Chapter, ChapterPublished};
use serde_json::{Value, json};

use super::domain::{self, Draft, Refusal};
use super::tables;
use crate::words;

fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal.code(), refusal)
}

/// Refuses a name that another chapter has. Names are decided one at a time: the rule is over all rows.
async fn free(tx: &Tx, name: &str, own: Option<ChapterId>) -> Result<()> {
    tx.lock("chapters.names").await?;
    match tables::named(tx, name).await? {
        Some(other) if Some(other.chapter_id) != own => {
            Err(refused(Refusal::NameTaken(name.to_owned())))
        }
        _ => Ok(()),
    }
}

/// Stores a chapter and tells everybody. Publishes `membership.chapter.published`.
async fn publish(tx: &Tx, chapter: Chapter, act: &'static str, detail: Value) -> Result<ChapterId> {
    let chapter = tables::save(tx, chapter).await?;
    let id = chapter.chapter_id;
    tx.publish(ChapterPublished { chapter });
    tx.audit("chapter", id.0, act, detail).await?;
    Ok(id)
}

/// Adds a chapter.
pub(crate) struct AddChapter(pub(crate) Draft);

impl Command for AddChapter {
    type Out = ChapterId;

    async fn run(&self, tx: &Tx) -> Result<ChapterId> {
        free(tx, &self.0.name, None).await?;
        let Draft { name, price, sample, .. } = &self.0;
        let detail = json!({ "name": name, "price": price, "sample": sample });
        publish(tx, domain::create(tx.id(), &self.0), "added", detail).await
    }
}

/// Changes a chapter, for whoever saw the version `seen` of it.
pub(crate) struct EditChapter {
    pub(crate) chapter_id: ChapterId,
    pub(crate) draft: Draft,
    pub(crate) seen: i64,
}

impl Command for EditChapter {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        free(tx, &self.draft.name, Some(self.chapter_id)).await?;
        let stored = tables::load(tx, self.chapter_id)
            .await?
            .ok_or_else(|| Error::not_found("chapter", self.chapter_id))?;

        let edited = domain::edit(&stored, &self.draft, self.seen).map_err(refused)?;

        let detail = words::changes([
            ("name", json!(stored.name), json!(edited.name)),
            ("region", json!(stored.region), json!(edited.region)),
            ("price", json!(stored.price), json!(edited.price)),
            ("sample", json!(stored.sample), json!(edited.sample)),
        ]);
        publish(tx, edited, "edited", detail).await?;
        Ok(())
    }
}
