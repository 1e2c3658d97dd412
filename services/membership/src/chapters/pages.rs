//! The chapters for everybody: where each is active and what a year in it costs.

use askama::Template;
use chassis::{Answer, Anyone, Page, Routes};
use contracts::membership::Chapter;

use super::tables;
use crate::words::Dues;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/membership/chapters", list_chapters)
}

struct Row {
    name: String,
    region: String,
    dues: Dues,
    /// Where to join with it chosen.
    join: String,
    /// The reader belongs to it.
    yours: bool,
}

#[derive(Template)]
#[template(path = "chapters/public.html")]
struct Show {
    chapters: Vec<Row>,
    sample: bool,
    member: bool,
}

/// `GET /membership/chapters`: all of them, by name.
async fn list_chapters(page: Page<Anyone>) -> Answer {
    let chapters = page.remembered("chapters", async |tx| tables::all(tx).await.map(Some)).await?;
    let chapters = chapters.as_deref().map_or(&[][..], Vec::as_slice);
    let (reader, today) = (page.reader(), page.today());
    let row = |chapter: &Chapter| Row {
        name: chapter.name.clone(),
        region: chapter.region.clone(),
        dues: Dues::of_chapter(chapter),
        join: format!("/membership/join?chapter={}", chapter.chapter_id),
        yours: reader.in_chapter(chapter.chapter_id, today),
    };
    let template = Show {
        chapters: chapters.iter().map(row).collect(),
        sample: chapters.iter().any(|chapter| chapter.sample),
        member: reader.is_member(today),
    };
    page.show("Chapters", &template)
}
