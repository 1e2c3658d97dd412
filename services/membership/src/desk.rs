//! What the pages of the membership office have in common: who may, and the way between its lists.

use askama::Template;
use chassis::ui::Markup;
use chassis::{Page, Result, Staff, StaffMembership};

use crate::tasks;

/// A page of the membership office.
pub(crate) type Desk = Page<Staff<StaffMembership>>;

#[derive(Template)]
#[template(path = "tabs.html")]
struct Tabs {
    /// Path, label, and how much waits behind it.
    tabs: [(&'static str, &'static str, i64); 5],
    current: &'static str,
}

/// The tabs of the lists, with the number of tasks that wait.
pub(crate) async fn tabs(page: &Desk, current: &'static str) -> Result<Markup> {
    let waiting = page.read(async |tx| tasks::tables::waiting(tx).await).await?;
    let tabs = [
        ("/staff/membership", "People", 0),
        ("/staff/membership/companies", "Companies", 0),
        ("/staff/membership/types", "Types", 0),
        ("/staff/membership/chapters", "Chapters", 0),
        ("/staff/membership/tasks", "Tasks", waiting),
    ];
    Markup::of(&Tabs { tabs, current })
}
