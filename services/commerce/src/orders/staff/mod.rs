//! `/staff/commerce`: orders as the finance staff see them. Read in this order.

mod list;
mod story;
mod detail;

use askama::Template;
use chassis::ui::Markup;
use chassis::{Page, Result, Routes, Staff, StaffFinance};

pub(crate) use detail::show;

use super::tables;
use crate::tasks;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/commerce", list::list_orders)
        .get("/staff/commerce/orders/{order}", detail::show_order)
}

/// The sibling pages of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Orders,
    InDoubt,
    Invoices,
    Tasks,
}

#[derive(Template)]
#[template(path = "staff/tabs.html")]
struct Tabs {
    current: Tab,
    in_doubt: i64,
    due: i64,
}

/// The tabs above the lists, with how much is due behind each.
pub(crate) async fn tabs(page: &Page<Staff<StaffFinance>>, current: Tab) -> Result<Markup> {
    let counted = page.read(async |tx| Ok((tables::in_doubt(tx).await?, tasks::due(tx).await?)));
    let (in_doubt, due) = counted.await?;
    Markup::of(&Tabs { current, in_doubt, due })
}
