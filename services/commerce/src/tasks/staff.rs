//! `/staff/commerce/tasks`: what staff must see to, and what was ignored and why.

use askama::Template;
use axum::extract::Path;
use chassis::{Answer, Fields, Form, Page, Routes, Staff, StaffFinance};
use uuid::Uuid;

use super::commands::Close;
use super::tables::{self, Task};
use crate::text::when;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/commerce/tasks", list_tasks)
        .post("/staff/commerce/tasks/{task}/done", close_task)
}

#[derive(Template)]
#[template(path = "staff/tasks.html")]
struct ListTasks {
    tasks: Vec<Line>,
    fields: Fields,
}

struct Line {
    task: Task,
    at: String,
    sentence: &'static str,
    open: bool,
    action: String,
}

/// `GET /staff/commerce/tasks`.
async fn list_tasks(page: Page<Staff<StaffFinance>>) -> Answer {
    let tasks = page.read(async |tx| tables::list(tx).await).await?;
    let lines = tasks.into_iter().map(|task| Line {
        at: when(task.at, page.app().site()),
        sentence: sentence(&task.code),
        action: format!("/staff/commerce/tasks/{}/done", task.id),
        open: task.kind == "task" && task.done_at.is_none(),
        task,
    });
    let (tasks, fields) = (lines.collect(), page.blank());
    page.show("Tasks", &ListTasks { tasks, fields })
}

/// What happened, and what to do.
fn sentence(code: &str) -> &'static str {
    match code {
        "amount_does_not_match" => {
            "Another amount arrived than was asked for. The order is not paid: give the money back or settle it with the payer."
        }
        "refund_refused" => {
            "A service asked for a refund that a rule forbids. Look at the order and settle it by hand."
        }
        "refund_failed" => {
            "The provider would not give the money back. It can be asked for again on the order."
        }
        "refund_unknown" => {
            "The provider made a refund that we did not ask for. Look for it at the provider."
        }
        "refund_done_after_failure" => {
            "The provider made a refund after it had said no. The books show it as not made."
        }
        "refund_differs" => {
            "The provider tells of a refund with another amount, or of another payment, than we asked for. It counts as not made: look for it at the provider."
        }
        "session_refused" => {
            "The provider would not open a payment page. Look at the provider's settings."
        }
        "question_refused" => "The provider does not know a payment of ours.",
        "payment_in_doubt" => {
            "Long after the time to pay it, the provider has not said how a payment ended. Look for it at the provider."
        }
        "refund_of_unknown_charge" => {
            "A refund was asked for a charge that never came here; ignored."
        }
        "refund_by_other_service" => {
            "A refund was asked for by a service that did not charge; ignored."
        }
        "withdrawn_by_other_service" => {
            "A charge was withdrawn by a service that did not ask for it; ignored."
        }
        "charge_known_already" => "A second, different charge came under a known id; ignored.",
        _ => "See the detail.",
    }
}

/// `POST /staff/commerce/tasks/{task}/done`.
async fn close_task(page: Page<Staff<StaffFinance>>, Path(task): Path<Uuid>, form: Form) -> Answer {
    page.execute_once(&form, &Close { task }).await?;
    page.to("/staff/commerce/tasks")
}
