//! The page that says what is kept and how long; for everybody, also before they register.

use askama::Template;
use chassis::{Answer, Page, Routes};

use super::kept::{self, Kept};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/account/retention", show_retention).limit(60)
}

#[derive(Template)]
#[template(path = "retention/retention.html")]
struct ShowRetention {
    kept: Vec<Kept>,
}

/// `GET /account/retention`.
async fn show_retention(page: Page) -> Answer {
    page.show("What we keep, and how long", &ShowRetention { kept: kept::all() })
}
