//! The service under test: notes that people leave, and some routes that go wrong.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use chassis::api::{Api, MembersRead, MembershipRead};
use chassis::service::{Nav, Service};
use chassis::{
    Act, Answer, Anyone, Asked, Audience, Badges, Cell, Column, Command, Error, Failure, Fields,
    Form, Hook, Json, List, Migration, Page, Result, Routes, SignedIn, Staff, StaffFinance, Thing,
    Tx, Wanted, params,
};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

const TABLES: &str =
    "create table note (id uuid primary key, person_id uuid not null, text text not null,
     left_at timestamptz not null);";

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
        .get("/staff/probe/notes", list)
        .post("/staff/probe/forget", forget)
        .get("/-/probe/badge", badge)
        .get("/probe/fails", fails)
        .get("/probe/panics", panics)
        .get("/probe/away", away)
        .get("/probe/limited", home)
        .limit(2)
        .post("/probe/hook", hook)
        .post("/probe/json", json)
        .get("/api/probe/me", me)
        .get("/api/probe/all", all)
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
        let sql = "insert into note (id, person_id, text, left_at) values ($1, $2, $3, $4)";
        tx.run(sql, params![id, self.person, &self.text, tx.now()]).await?;
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

struct Listed {
    id: Uuid,
    text: String,
    left_at: DateTime<Utc>,
}

/// Notes as staff find them: by text, oldest or newest first.
async fn list(page: Page<Staff<StaffFinance>>, asked: Asked) -> Answer {
    let site = page.app().site();
    let list = List::new("notes", "Notes left", "/staff/probe/notes")
        .search("Text")
        .column(
            Column::new("Text", |note: &Listed| Cell::text(&note.text))
                .sorted("text", |note| note.text.clone()),
        )
        .column(
            Column::id("Left", |note: &Listed| Cell::time(site, note.left_at))
                .sorted("left", |note| note.left_at),
        )
        .identified(|note| note.id)
        .sorted_by("text")
        .bulk("/staff/probe/forget", "Forget")
        .empty("No note", "Nobody left one.");
    page.list(&list, &asked, notes).await
}

async fn notes(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let keys = [("text", "text"), ("left", "left_at")];
    let seek = wanted.seek(&keys, "id", params![wanted.pattern()]);
    let sql = format!(
        r"select id, text, left_at from note where lower(text) like $1 escape '\' and {}
          order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
    rows.iter()
        .map(|row| {
            Ok(Listed { id: row.get("id")?, text: row.get("text")?, left_at: row.get("left_at")? })
        })
        .collect()
}

struct Forget(Vec<Uuid>);

impl Command for Forget {
    type Out = usize;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        for id in &self.0 {
            tx.run("delete from note where id = $1", params![*id]).await?;
        }
        Ok(self.0.len())
    }
}

async fn forget(page: Page<Staff<StaffFinance>>, form: Form) -> Answer {
    let chosen = form.values("chosen").filter_map(|id| id.parse().ok()).collect();
    let count = page.execute_once(&form, &Forget(chosen)).await?;
    page.acted("/staff/probe/notes", count)
}

async fn badge(_page: Page<Anyone>) -> Answer {
    Badges::none().due("/probe", 3).due("/staff/probe", 0).answer()
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

async fn me(api: Api<MembershipRead>) -> Answer {
    let member = api.reader().is_member(api.today());
    api.json(serde_json::json!({ "person": api.person(), "member": member,
                                 "staff": api.reader().is_staff() }))
}

async fn all(api: Api<MembersRead>) -> Answer {
    api.json(serde_json::json!({ "actor": api.actor().to_string() }))
}

async fn json(_page: Page<Anyone>, Json(body): Json<Vec<i64>>) -> Answer {
    Ok::<_, Failure>(Json(body.len()).into_response())
}
