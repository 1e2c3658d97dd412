//! Publishing a page and taking it back.

use axum::extract::Path;
use chassis::ui::{Confirm, day};
use chassis::{Answer, Form, Result, Routes};
use contracts::PageId;

use super::Editor;
use super::edit::{Beside, edit, filled, known, version};
use crate::site::commands::{PublishPage, UnpublishPage};
use crate::site::domain::State;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/staff/content/pages/{id}/publish", publish)
        .get("/staff/content/pages/{id}/unpublish", ask)
        .post("/staff/content/pages/{id}/unpublish", unpublish)
}

/// `POST /staff/content/pages/{id}/publish`.
async fn publish(page: Editor, Path(id): Path<PageId>, form: Form) -> Answer {
    let command = PublishPage { page: id, version: version(&form) };
    let done = page.execute_once(&form, &command).await;
    settled(&page, id, &form, done).await
}

/// `GET /staff/content/pages/{id}/unpublish`: says what visitors will meet.
async fn ask(page: Editor, Path(id): Path<PageId>) -> Answer {
    let known = known(&page, id).await?;
    let (place, front) = (format!("/staff/content/pages/{id}"), &known.page.front);
    if known.page.state == State::Draft {
        return page.to(place);
    }
    let mut confirm = Confirm::new("Take this page back?", format!("{place}/unpublish"))
        .says("Whoever asks for it then reads that there is no page here. Links to it lead nowhere, and the search no longer finds it.")
        .says("The text stays, and you can publish it again.")
        .fact("Page", &front.title)
        .fact("Stands at", &front.path)
        .fact("For", super::audience(front.audience.as_str()));
    if let Some(dated) = front.dated {
        confirm = confirm.fact("Dated", day(dated).text());
    }
    let confirm = confirm
        .act("Take it back")
        .danger()
        .back(&place)
        .crumb("/staff/content", "Pages")
        .crumb(&place, &front.title);
    page.confirm(&confirm, &page.blank().with("version", known.page.version))
}

/// `POST /staff/content/pages/{id}/unpublish`.
async fn unpublish(page: Editor, Path(id): Path<PageId>, form: Form) -> Answer {
    let command = UnpublishPage { page: id, version: version(&form) };
    let done = page.execute_once(&form, &command).await;
    settled(&page, id, &form, done).await
}

/// Back to the page; a refusal is said there.
async fn settled(page: &Editor, id: PageId, form: &Form, done: Result<()>) -> Answer {
    let Err(error) = done else { return page.to(format!("/staff/content/pages/{id}")) };
    let (said, status) = page.again(form, error)?;
    let known = known(page, id).await?;
    let form = filled(page, &known.page);
    edit(page, status, form, Beside::refused(&known, said))
}
