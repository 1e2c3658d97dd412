//! `/staff/content`: the pages for editors. The list here, then the editing of one page, then
//! publishing and taking back.

mod edit;
mod publish;

use chassis::ui::{Asked, Cell, Column, List, Markup, Tone};
use chassis::{Answer, Page, Routes, Staff, StaffContent};

use super::tables::{self, Listed};

pub(super) type Editor = Page<Staff<StaffContent>>;

/// Who may read a page: the stored word, and as editors read it.
pub(super) const AUDIENCES: [(&str, &str); 4] = [
    ("public", "Everybody"),
    ("signed_in", "Whoever is signed in"),
    ("members", "Members"),
    ("staff", "Staff"),
];

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = routes.get("/staff/content", list_pages);
    publish::routes(edit::routes(routes))
}

/// The tabs over the editors' lists; `here` is the path of the one that is shown.
#[derive(askama::Template)]
#[template(path = "staff/tabs.html")]
pub(crate) struct Tabs {
    pub(crate) here: &'static str,
}

/// A word of a page's audience as editors read it.
pub(super) fn audience(word: &str) -> String {
    let known = AUDIENCES.iter().find(|(known, _)| *known == word);
    known.map_or(word, |(_, label)| label).to_owned()
}

/// The state of a page with its shape.
pub(super) fn tone(state: &str) -> Tone {
    if state == "published" { Tone::Ok } else { Tone::Wait }
}

/// `GET /staff/content`: all pages.
async fn list_pages(page: Editor, asked: Asked) -> Answer {
    let site = page.app().site();
    let place = |one: &Listed| format!("/staff/content/pages/{}", one.id);
    let list = List::new("pages", "Pages", "/staff/content")
        .lead(Markup::of(&Tabs { here: "/staff/content" })?)
        .search("Title, summary or path")
        .choice("state", "State", [("published", "Published"), ("draft", "Draft")])
        .choice("audience", "For", AUDIENCES)
        .choice("kind", "Kind", [("article", "Articles"), ("page", "Other pages")])
        .column(
            Column::new("Title", move |one: &Listed| Cell::link(place(one), &one.title))
                .sorted("title", |one| one.title.clone()),
        )
        .column(
            Column::id("Path", |one: &Listed| Cell::text(&one.path))
                .sorted("path", |one| one.path.clone()),
        )
        .column(Column::new("For", |one: &Listed| Cell::text(audience(&one.audience))))
        .column(Column::new("State", |one: &Listed| Cell::state(tone(&one.state), &one.state)))
        .column(
            Column::id("Changed", move |one: &Listed| Cell::time(site, one.changed_at))
                .sorted("changed", |one| one.changed_at),
        )
        .identified(|one| one.id.0)
        .sorted_by("-changed")
        .act("New page", "/staff/content/new")
        .act("New article", "/staff/content/new?kind=article")
        .empty("No page like this", "Pages and articles stand here as soon as they are saved.");
    page.list(&list, &asked, async |tx, wanted| tables::listed(tx, wanted).await).await
}
