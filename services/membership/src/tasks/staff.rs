//! Staff: what waits for a human.

use askama::Template;
use axum::extract::Path;
use chassis::{Answer, Fields, Form, Page, Routes, Site, Staff, StaffMembership};
use uuid::Uuid;

use super::commands::CloseTask;
use super::domain::Task;
use super::tables;
use crate::words;

/// How many tasks the list shows; the open ones come first.
const LIMIT: i64 = 200;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/tasks", list_tasks)
        .post("/staff/membership/tasks/{id}/close", close)
}

struct TaskRow {
    sentence: String,
    opened: String,
    closed: Option<String>,
    charge: String,
    person: Option<String>,
    close: String,
}

#[derive(Template)]
#[template(path = "tasks/list.html")]
struct List {
    fields: Fields,
    tasks: Vec<TaskRow>,
}

/// `GET /staff/membership/tasks`: the open ones first, the oldest of them first.
async fn list_tasks(page: Page<Staff<StaffMembership>>) -> Answer {
    let tasks = page.read(async |tx| tables::list(tx, LIMIT).await).await?;
    let site = page.app().site();
    let tasks = tasks.iter().map(|task| task_row(site, task)).collect();
    page.show("Tasks", &List { fields: page.blank(), tasks })
}

fn task_row(site: &Site, task: &Task) -> TaskRow {
    TaskRow {
        sentence: task.sentence(),
        opened: words::instant(site, task.opened_at),
        closed: task.closed_at.map(|at| words::instant(site, at)),
        charge: task.charge_id.to_string(),
        person: task.person_id.map(|id| format!("/staff/membership/people/{id}")),
        close: format!("/staff/membership/tasks/{}/close", task.id),
    }
}

/// `POST /staff/membership/tasks/{id}/close`: notes that it is done.
async fn close(page: Page<Staff<StaffMembership>>, Path(id): Path<Uuid>, form: Form) -> Answer {
    page.execute_once(&form, &CloseTask(id)).await?;
    page.to("/staff/membership/tasks")
}
