//! `/ops/{service}/card`: what a process says of a service of its own, for the overview of another:
//! rows of tables, without the frame around them.

use askama::Template;
use axum::extract::{Extension, Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use chassis::{Answer, Error, Fields, Operator, Page, Routes};

use super::places::At;
use super::rows::{PointRow, ServiceRow};
use super::standing::{self, Standing};
use super::words::Wall;
use super::{House, known};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/{service}/card", show_card)
}

#[derive(Template)]
#[template(path = "ops/card.html")]
struct Card {
    one: ServiceRow,
    points: Vec<PointRow>,
    blank: Fields,
}

async fn show_card(
    page: Page<Operator>,
    Extension(estate): House,
    Path(name): Path<String>,
    Query(at): Query<At>,
) -> Answer {
    known(&estate, &name)?;
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let standing = Standing::of(&estate, wall.now).await;
    let seen = standing::one(&standing, &name)?;
    // A replica that stands by reads nothing: who leads says how far the service has read.
    let reads = seen.service.leads != Some(false);
    let points = standing.read_by(&name).filter(|_| reads);
    let card = Card {
        one: ServiceRow::of(seen, &standing, &wall).at(at, &estate, seen),
        points: points.map(|one| PointRow::of(one, &wall)).collect(),
        blank: page.blank(),
    };
    let html = card.render().map_err(Error::internal)?;
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "private, no-store")];
    Ok((headers, html).into_response())
}
