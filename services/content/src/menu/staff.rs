//! `/staff/content/menu`: order, rename and hide what the services declared.

use askama::Template;
use axum::http::StatusCode;
use chassis::command::Audited;
use chassis::{Answer, Fields, Form, Page, Result, Routes, Staff, StaffContent, Tx};
use contracts::shared::NavigationEntry;

use super::commands::ArrangeMenu;
use super::domain::{Line, lines};
use super::tables;

type Editor = Page<Staff<StaffContent>>;

/// The most entries a form is read for.
const MOST: usize = 200;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/content/menu", show_menu).post("/staff/content/menu", arrange)
}

#[derive(Template)]
#[template(path = "menu/edit.html")]
struct Edit {
    entries: Vec<(NavigationEntry, Line)>,
    form: Fields,
    history: Vec<Audited>,
}

/// `GET /staff/content/menu`.
async fn show_menu(page: Editor) -> Answer {
    let form = page.blank();
    show(&page, StatusCode::OK, form).await
}

async fn show(page: &Editor, status: StatusCode, form: Fields) -> Answer {
    let (menu, declared, history) = page
        .read(async |tx: &Tx| {
            let menu = tables::load(tx).await?;
            let history = tx.audited("menu", menu.id).await?;
            Ok((menu, tables::declared(tx).await?, history))
        })
        .await?;
    let entries = lines(&declared, &menu.entries);
    let mut form = form.with("version", menu.version);
    // Fields go by the entry's path: in a form shown again the order may be another.
    for (entry, line) in &entries {
        form = form
            .with("path", &entry.path)
            .fill(&format!("label:{}", entry.path), &line.label)
            .fill(&format!("place:{}", entry.path), line.place)
            .fill(&format!("hidden:{}", entry.path), if line.hidden { "yes" } else { "" });
    }
    page.show_as(status, "Menu", &Edit { entries, form, history })
}

/// `POST /staff/content/menu`.
async fn arrange(page: Editor, form: Form) -> Answer {
    let outcome = match read(&form) {
        Ok(arrange) => page.execute_once(&form, &arrange).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => page.to("/staff/content/menu"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, status, fields).await
        }
    }
}

fn read(form: &Form) -> Result<ArrangeMenu> {
    let mut read = form.read();
    let version = read.number("version", 0..=i64::MAX);
    let mut fields = Vec::new();
    for path in form.values("path").take(MOST) {
        let label = read.text(&format!("label:{path}"), 0..=60);
        let place = read.number(&format!("place:{path}"), -10_000..=10_000);
        fields.push((path.to_owned(), label, place, read.flag(&format!("hidden:{path}"))));
    }
    read.done()?;
    let lines = fields.into_iter().map(|(path, label, place, hidden)| Line {
        path,
        label: label.take(),
        place: place.take(),
        hidden: hidden.take(),
    });
    Ok(ArrangeMenu { version: version.take(), lines: lines.collect() })
}
