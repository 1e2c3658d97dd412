//! Staff: what waits for a human.

use chassis::ui::{Asked, Badges, Cell, Column, List, Tone, instant};
use chassis::{Answer, Anyone, Error, Form, Page, Routes, Tx};
use uuid::Uuid;

use super::commands::CloseTasks;
use super::domain::Kind;
use super::tables::{self, Listed};
use crate::desk::{Desk, tabs};

const PATH: &str = "/staff/membership/tasks";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, list_tasks)
        .post("/staff/membership/tasks/done", close)
        .get("/-/membership/badge", count)
}

/// `GET /staff/membership/tasks`: the open ones first, the oldest of them first.
async fn list_tasks(page: Desk, asked: Asked) -> Answer {
    let tabs = tabs(&page, PATH).await?;
    let site = page.app().site();
    let list = List::new("membership-tasks", "Tasks", PATH)
        .lead(tabs)
        .search("Person")
        .choice("state", "State", [("open", "Waiting"), ("done", "Done")])
        .choice("kind", "Kind", Kind::ALL.map(|kind| (kind.as_str(), kind.title())))
        .column(Column::new("Task", |row: &Listed| Cell::text(row.task.title())))
        .column(Column::new("What to do", |row: &Listed| Cell::text(row.task.sentence())))
        .column(Column::new("Person", |row: &Listed| match row.task.person_id {
            Some(id) => Cell::link(format!("/staff/membership/people/{id}"), row.name()),
            None => Cell::text(""),
        }))
        .column(Column::id("Charge", |row: &Listed| Cell::text(row.task.charge_id.to_string())))
        .column(
            Column::id("Since", move |row: &Listed| Cell::time(site, row.task.opened_at))
                .sorted("opened", |row| row.task.opened_at),
        )
        .column(
            Column::new("State", move |row: &Listed| match row.task.closed_at {
                Some(at) => Cell::state(Tone::Ok, format!("done {}", instant(site, at).text())),
                None => Cell::state(Tone::Wait, "waits"),
            })
            .sorted("state", |row| i64::from(row.task.closed_at.is_some())),
        )
        .identified(|row| row.task.id)
        .sorted_by("state")
        .bulk("/staff/membership/tasks/done", "Mark as done")
        .empty("Nothing waits for you", "A task comes here when no rule could decide alone.");
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}

/// `POST /staff/membership/tasks/done`: notes that the chosen ones are done.
async fn close(page: Desk, form: Form) -> Answer {
    let chosen = form.values("chosen").map(str::parse).collect::<Result<Vec<Uuid>, _>>();
    let tasks = chosen.map_err(|_| Error::invalid("chosen", "choose tasks of the list"))?;
    let done = page.execute_once(&form, &CloseTasks(tasks)).await?;
    page.acted(PATH, done)
}

/// `GET /-/membership/badge`: how many tasks wait, for whoever sees to them.
async fn count(page: Page<Anyone>) -> Answer {
    if !page.reader().has_role("staff.membership") {
        return Badges::none().answer();
    }
    let waiting = page.read(async |tx| tables::waiting(tx).await).await?;
    Badges::none().due("/staff/membership", waiting).answer()
}
