//! `/staff/commerce/tasks`: what staff must see to, and what was ignored and why.

use axum::extract::Path;
use chassis::ui::{Asked, Badges, Cell, Column, List, Tone, short_instant};
use chassis::{Answer, Anyone, Form, Page, Routes, Staff, StaffFinance};
use uuid::Uuid;

use super::commands::{Close, CloseAll};
use super::domain::{Standing, Task};
use super::tables;
use crate::orders::domain::shown_number;
use crate::orders::staff::{Tab, tabs};

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/commerce/tasks", list_tasks)
        .post("/staff/commerce/tasks/done", close_chosen)
        .post("/staff/commerce/tasks/{task}/done", close_task)
        .get("/-/commerce/badge", badge)
}

/// What the list is narrowed to by.
const STATES: [(&str, &str); 3] = [("due", "To do"), ("done", "Done"), ("note", "Notes")];

/// `GET /staff/commerce/tasks`.
async fn list_tasks(page: Page<Staff<StaffFinance>>, asked: Asked) -> Answer {
    let site = page.app().site();
    let list = List::new("tasks", "Tasks", "/staff/commerce/tasks")
        .lead(tabs(&page, Tab::Tasks).await?)
        .search("Order or detail")
        .choice("state", "State", STATES)
        .column(Column::new("What", |task: &Task| Cell::text(task.title()).sub(task.sentence())))
        .column(Column::new("Detail", |task: &Task| Cell::text(task.said())))
        .column(Column::id("Order", |task: &Task| order_of(task)))
        .column(
            Column::id("When", |task: &Task| Cell::text(short_instant(site, task.at).text()))
                .sorted("when", |task| task.at),
        )
        .column(
            Column::new("State", |task: &Task| {
                Cell::state(tone(task.standing()), task.standing().as_str())
            })
            .sorted("state", |task| task.standing().rank()),
        )
        .identified(|task| task.id)
        .sorted_by("-state")
        .bulk("/staff/commerce/tasks/done", "Mark as done")
        .empty("Nothing to see to", "What must be decided by people stands here.");
    page.list(&list, &asked, async |tx, wanted| tables::list(tx, wanted).await).await
}

fn order_of(task: &Task) -> Cell {
    match (task.order_id, task.charge_id) {
        (Some(order), _) => {
            Cell::link(format!("/staff/commerce/orders/{order}"), shown_number(order))
        }
        (None, Some(charge)) => Cell::text(format!("charge {charge}")),
        (None, None) => Cell::text("–"),
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Due => Tone::Warn,
        Standing::Done => Tone::Ok,
        Standing::Note => Tone::Off,
    }
}

/// `POST /staff/commerce/tasks/done`: the chosen ones, as far as they are to be done.
async fn close_chosen(page: Page<Staff<StaffFinance>>, form: Form) -> Answer {
    let tasks: Vec<Uuid> = form.values("chosen").filter_map(|id| id.parse().ok()).collect();
    let closed = page.execute_once(&form, &CloseAll { tasks }).await?;
    page.acted("/staff/commerce/tasks", closed)
}

/// `POST /staff/commerce/tasks/{task}/done`: from its order, and back there.
async fn close_task(page: Page<Staff<StaffFinance>>, Path(task): Path<Uuid>, form: Form) -> Answer {
    let order = page.execute_once(&form, &Close { task }).await?;
    match order {
        Some(order) => page.to(format!("/staff/commerce/orders/{order}")),
        None => page.to("/staff/commerce/tasks"),
    }
}

/// `GET /-/commerce/badge`: how much waits for finance, to them alone.
async fn badge(page: Page<Anyone>) -> Answer {
    if !page.reader().has_role("staff.finance") {
        return Badges::none().answer();
    }
    let due = page.read(async |tx| tables::due(tx).await).await?;
    Badges::none().due("/staff/commerce", due).answer()
}
