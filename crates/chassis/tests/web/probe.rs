//! The service under test: notes that people leave, and some routes that go wrong.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use chassis::service::{Nav, Service};
use chassis::{
    Act, Answer, Anyone, Audience, Command, Error, Failure, Fields, Form, Hook, Json, Migration,
    Page, Result, Routes, SignedIn, Staff, StaffFinance, Thing, Tx, params,
};
use contracts::PersonId;
use uuid::Uuid;

const TABLES: &str =
    "create table note (id uuid primary key, person_id uuid not null, text text not null);";

pub(crate) fn service() -> Service {
    Service::named("probe")
        .paths(&["/probe"])
        .migrations(&[Migration { name: "0001_notes", sql: TABLES }])
        .routes(routes)
        .navigation(&[
            Nav::public("/probe", "Notes", 1),
            Nav::staff("/staff/probe", "Staff notes", 2, "staff.finance"),
        ])
        .knows_readers()
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/probe", home)
        .get("/probe/note", note)
        .post("/probe/note", leave)
        .get("/probe/notes/{id}", show)
        .get("/probe/fresh", fresh)
        .get("/probe/pending", pending)
        .get("/staff/probe", staff)
        .get("/probe/fails", fails)
        .get("/probe/panics", panics)
        .get("/probe/away", away)
        .get("/probe/limited", home)
        .limit(2)
        .post("/probe/hook", hook)
        .post("/probe/json", json)
}

#[derive(Template)]
#[template(source = "<h1>Notes</h1><p>{{ text }}</p>", ext = "html")]
struct Text<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(
    source = "{{ fields.summary() }}{{ fields.open(\"/probe/note\") }}{{ fields.text(\"text\", \"Your note\") }}\
              {{ fields.password(\"password\", \"Password\", \"off\") }}{{ fields.submit(\"Leave it\") }}{{ fields.close() }}",
    ext = "html"
)]
struct NoteForm {
    fields: Fields,
}

async fn home(page: Page<Anyone>) -> Answer {
    let who = page.reader().name.clone().unwrap_or_else(|| "nobody".to_owned());
    let member = if page.reader().is_member(page.today()) { "a member" } else { "no member" };
    page.show("Notes", &Text { text: &format!("{who} is {member} <here>") })
}

async fn note(page: Page<SignedIn>) -> Answer {
    page.show("A note", &NoteForm { fields: page.blank() })
}

struct Leave {
    person: PersonId,
    text: String,
}

impl Command for Leave {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        if self.text == "no" {
            return Err(Error::refused("rude", "a note must be kind"));
        }
        let id = tx.id::<Uuid>();
        let sql = "insert into note (id, person_id, text) values ($1, $2, $3)";
        tx.run(sql, params![id, self.person, &self.text]).await?;
        Ok(id)
    }
}

fn read(form: &Form, person: PersonId) -> Result<Leave> {
    let mut read = form.read();
    let text = read.text("text", 2..=20);
    read.done()?;
    Ok(Leave { person, text: text.take() })
}

async fn leave(page: Page<SignedIn>, form: Form) -> Answer {
    let left = match read(&form, page.person()) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match left {
        Ok(id) => page.to(format!("/probe/notes/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            page.show_as(status, "A note", &NoteForm { fields })
        }
    }
}

struct Note {
    owner: PersonId,
}

impl Thing for Note {
    fn audience(&self) -> Audience {
        Audience::Staff
    }
    fn owner(&self) -> Option<PersonId> {
        Some(self.owner)
    }
}

async fn show(page: Page<Anyone>, Path(id): Path<Uuid>) -> Answer {
    let row = page
        .read(async |tx| tx.first("select * from note where id = $1", params![id]).await)
        .await?
        .ok_or_else(|| Error::not_found("note", id))?;
    page.may(Act::See, &Note { owner: row.get("person_id")? })?;
    page.show("A note", &Text { text: &row.get::<String>("text")? })
}

async fn fresh(page: Page<SignedIn>) -> Answer {
    page.fresh()?;
    page.show("Fresh", &Text { text: "fresh enough" })
}

async fn pending(page: Page<Anyone>) -> Answer {
    page.show_pending("Pending", &Text { text: "in a moment" })
}

async fn staff(page: Page<Staff<StaffFinance>>) -> Answer {
    page.show("Staff", &Text { text: &format!("acts as {}", page.actor()) })
}

async fn fails(_page: Page<Anyone>) -> Answer {
    Err(Error::internal("the secret of the kitchen").into())
}

async fn panics(page: Page<Anyone>) -> Answer {
    assert!(page.path().is_empty(), "the secret of the cellar");
    page.to("/")
}

async fn away(_page: Page<Anyone>) -> Answer {
    Err(Error::unavailable("the kitchen").into())
}

async fn hook(hook: Hook) -> Answer {
    if hook.header("x-signature") != Some("right") {
        return Err(hook.refuse(StatusCode::BAD_REQUEST, "signature", "the signature is wrong"));
    }
    hook.json(StatusCode::OK, &serde_json::json!({ "bytes": hook.body().len() }))
}

async fn json(_page: Page<Anyone>, Json(body): Json<Vec<i64>>) -> Answer {
    Ok::<_, Failure>(Json(body.len()).into_response())
}
