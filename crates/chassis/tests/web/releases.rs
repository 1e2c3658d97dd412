//! Replicas of a service on one PostgreSQL database: two that start at once, and two releases, of
//! which one has a migration, a column and a field of a message that the other does not know.

use askama::Template;
use chassis::service::{Nav, Service};
use chassis::testing::Slice;
use chassis::{
    Answer, Anyone, Fault, Got, Migration, Page, Projection, Reaction, Result, Routes, Tx, params,
};
use uuid::Uuid;

/// What the previous release knows of a note that somebody left.
#[macros::message("content.note.left", key = note, entity = note, version = version)]
struct NoteLeft {
    note: Uuid,
    text: String,
    version: i64,
}

/// The same message in this release: with one field more.
#[macros::message("content.note.left", key = note, entity = note, version = version)]
struct ColouredNoteLeft {
    note: Uuid,
    text: String,
    version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
}

/// One of two was heard; said once.
#[macros::message("probe.note.heard", key = note, entity = note, version = version)]
struct NoteHeard {
    note: Uuid,
    version: i64,
}

const FIRST: Migration = Migration {
    name: "0001_notes",
    sql: "create table notes (note uuid primary key, text text not null, version bigint not null);",
};

const EXPANDS: Migration = Migration {
    name: "0002_colours",
    sql: "alter table notes add column colour text not null default 'plain';",
};

/// Copies a note, in the previous release.
struct Keep;

impl Projection for Keep {
    const NAME: &'static str = "keep";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["notes"];
    type Message = NoteLeft;

    async fn project(&self, tx: &Tx, got: &Got<NoteLeft>) -> Result<(), Fault> {
        let sql = "insert into notes (note, text, version) values ($1, $2, $3)
                   on conflict (note) do update
                   set text = excluded.text, version = excluded.version
                   where notes.version <= excluded.version";
        tx.run(sql, params![got.note, &got.text, got.version]).await?;
        Ok(())
    }
}

/// Copies a note and its colour, in this release.
struct KeepColoured;

impl Projection for KeepColoured {
    const NAME: &'static str = "keep";
    const VERSION: i64 = 2;
    const TABLES: &'static [&'static str] = &["notes"];
    type Message = ColouredNoteLeft;

    async fn project(&self, tx: &Tx, got: &Got<ColouredNoteLeft>) -> Result<(), Fault> {
        let sql = "insert into notes (note, text, version, colour) values ($1, $2, $3, $4)
                   on conflict (note) do update
                   set text = excluded.text, version = excluded.version, colour = excluded.colour
                   where notes.version <= excluded.version";
        let colour = got.colour.as_deref().unwrap_or("plain");
        tx.run(sql, params![got.note, &got.text, got.version, colour]).await?;
        Ok(())
    }
}

/// Says that it heard of a note, whatever the release.
struct Hear;

impl Reaction for Hear {
    const NAME: &'static str = "hear";
    type Message = NoteLeft;

    async fn react(&self, tx: &Tx, got: &Got<NoteLeft>) -> Result<(), Fault> {
        tx.publish(NoteHeard { note: got.note, version: got.version });
        Ok(())
    }
}

#[derive(Template)]
#[template(
    source = "<h1>Notes</h1>{% for note in notes %}<p>{{ note }}</p>{% endfor %}",
    ext = "html"
)]
struct Notes {
    notes: Vec<String>,
}

async fn previous_page(page: Page<Anyone>) -> Answer {
    let sql = "select text from notes order by text";
    let notes = page.read(async |tx: &Tx| tx.all(sql, params![]).await).await?;
    let notes = notes.iter().map(|row| row.get("text")).collect::<Result<Vec<String>>>()?;
    page.show("Notes", &Notes { notes })
}

async fn present_page(page: Page<Anyone>) -> Answer {
    let sql = "select colour || ' ' || text as told from notes order by text";
    let notes = page.read(async |tx: &Tx| tx.all(sql, params![]).await).await?;
    let notes = notes.iter().map(|row| row.get("told")).collect::<Result<Vec<String>>>()?;
    page.show("Notes", &Notes { notes })
}

/// The previous release.
fn previous() -> Service {
    Service::named("probe")
        .paths(&["/probe"])
        .migrations(&[FIRST])
        .routes(|routes: Routes| routes.get("/probe", previous_page))
        .navigation(&[Nav::public("/probe", "Notes", 1)])
        .publishes::<NoteHeard>()
        .knows_readers()
        .projects(Keep)
        .reacts(Hear)
}

/// This release: one migration, one column, one field more, and another entry in the menu.
fn present() -> Service {
    Service::named("probe")
        .paths(&["/probe"])
        .migrations(&[FIRST, EXPANDS])
        .routes(|routes: Routes| routes.get("/probe", present_page))
        .navigation(&[Nav::public("/probe", "Coloured notes", 1)])
        .publishes::<NoteHeard>()
        .knows_readers()
        .projects(KeepColoured)
        .reacts(Hear)
}

fn coloured(n: u128, text: &str, colour: &str) -> ColouredNoteLeft {
    let colour = Some(colour.to_owned());
    ColouredNoteLeft { note: Uuid::from_u128(n), text: text.to_owned(), version: 1, colour }
}

#[test]
fn the_previous_release_works_beside_this_one() {
    chassis::testing::run(async {
        let mut slice = Slice::postgres(previous()).await;
        slice.deliver("content", coloured(1, "one", "red")).await;

        // The update begins: this release migrates while the previous one leads and answers.
        let newer = slice.beside(&present()).await;
        slice.deliver("content", coloured(2, "two", "green")).await;
        slice.stranger().get("/probe").await.is(200).shows("one").shows("two");
        newer.stranger().get("/probe").await.is(200).shows("plain one").shows("plain two");

        // The previous release ends: this one leads, and gives the old messages their colours.
        slice.end().await;
        newer.ready().await;
        assert!(newer.db().reached("content", 2, PATIENCE).await);
        newer.stranger().get("/probe").await.is(200).shows("red one").shows("green two");

        // Something is wrong with it: the previous release is put back, and is not refused.
        slice.deploy(previous()).await;
        newer.stop().await;
        slice.deliver("content", coloured(3, "three", "blue")).await;
        slice.stranger().get("/probe").await.is(200).shows("one").shows("two").shows("three");

        // Whoever led: every note was heard once, in order.
        let heard: Vec<_> =
            slice.published::<NoteHeard>().await.iter().map(|heard| heard.note.as_u128()).collect();
        assert_eq!(heard, [1, 2, 3]);
        slice.stop().await;
    });
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

#[test]
fn replicas_that_start_at_once_on_an_empty_database_do_the_first_things_once() {
    chassis::testing::run(async {
        let mut slice = Slice::postgres(without_schema()).await;
        slice.end().await;

        let service = present();
        let all = futures::future::join_all((0..4).map(|_| slice.beside(&service))).await;
        for one in &all {
            one.ready().await;
            one.stranger().get("/probe").await.is(200);
        }

        let declared = all[0].db().published(0, 1000).await.unwrap();
        let named = "org.scte.probe.navigation.declared.v1";
        assert_eq!(declared.iter().filter(|one| one.r#type == named).count(), 1);
        for one in all {
            one.stop().await;
        }
    });
}

/// A database that nobody of this service worked on.
fn without_schema() -> Service {
    Service::named("probe")
}
