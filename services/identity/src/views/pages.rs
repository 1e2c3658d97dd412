//! Who looked with one's own eyes; and the end of a view.

use askama::Template;
use chassis::signin::{self, END_VIEW_PATH, SESSION_COOKIE};
use chassis::ui::{When, instant};
use chassis::{Answer, AnswerExt as _, Form, Page, Routes, SignedIn, Tx, readers};

use super::commands::EndView;
use super::tables;
use crate::accounts::staff::path_of;
use crate::own_path::{OwnPath, with_return};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/account/views", show).post(END_VIEW_PATH, end)
}

#[derive(Template)]
#[template(path = "views/own.html")]
struct Show {
    views: Vec<Line>,
}

/// Somebody who looked.
struct Line {
    who: String,
    reason: String,
    since: When,
    until: When,
}

/// `GET /account/views`.
async fn show(page: Page<SignedIn>) -> Answer {
    let (person, site) = (page.person(), page.app().site());
    let views = page
        .read(async |tx: &Tx| {
            let mut lines = Vec::new();
            for view in tables::of_person(tx, person).await? {
                let who = readers::name_of(tx, view.by).await?;
                lines.push(Line {
                    who: who.unwrap_or_else(|| "A colleague of ours".to_owned()),
                    since: instant(site, view.started_at),
                    until: instant(site, view.ended_at.unwrap_or(view.expires_at)),
                    reason: view.reason,
                });
            }
            Ok(lines)
        })
        .await?;
    page.show("Who looked", &Show { views })
}

/// `POST /account/view/end`: back to the account that was looked through, as oneself. The longer
/// cookie was the colleague's own all the time.
async fn end(page: Page<SignedIn>, _form: Form) -> Answer {
    let (Some(_), Some(id)) = (page.reader().viewed_by, page.reader().signin) else {
        return page.to("/account");
    };
    page.execute(&EndView { id }).await?;
    let back = OwnPath::read(&path_of(page.person()));
    page.to(with_return("/account/continue", back.as_ref()))
        .with_cookie(&signin::removed(page.app().site(), SESSION_COOKIE))
}
