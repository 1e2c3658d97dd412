//! Operations: one more service of the process, with its own file, that shows and steers the others
//! and still knows who may when they are stopped. Read in this order: pages, acts.

mod pages;
mod acts;

use axum::extract::{Extension, Path};
use chassis::service::Service;
use chassis::{Answer, Anyone, Error, Page, Routes};

/// Its name; it has no stop switch, and no feed that others read.
pub(crate) const NAME: &str = "ops";

/// The operations service.
pub(crate) fn service() -> Service {
    Service::named(NAME).paths(&["/ops"]).knows_readers().routes(|routes| {
        let routes = acts::routes(pages::routes(routes));
        away_routes(routes)
    })
}

/// Put into a request that was meant for a service which is away; by the dispatch only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Away;

/// The path that answers for a service which is away, as a page or as a problem.
pub(crate) fn away_path(service: &str, problem: bool) -> String {
    let start = if problem { "/api/ops/away" } else { "/ops/-/away" };
    format!("{start}/{service}")
}

fn away_routes(routes: Routes) -> Routes {
    routes.get("/ops/-/away/{service}", away).get("/api/ops/away/{service}", away)
}

/// The frame's "away" page, 503 with `Retry-After`; not there for whoever asks for it by name.
async fn away(
    _page: Page<Anyone>,
    Path(service): Path<String>,
    away: Option<Extension<Away>>,
) -> Answer {
    match away {
        Some(_) => Err(Error::unavailable(format!("this part of the website ({service})")).into()),
        None => Err(Error::not_found("page", service).into()),
    }
}
