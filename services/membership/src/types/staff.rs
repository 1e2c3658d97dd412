//! Staff: the kinds of membership and their prices.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::form::{Field, Read};
use chassis::ui::{Asked, Cell, Column, History, List, Markup, Tone, state};
use chassis::{Answer, Error, Fields, Form, Result, Routes, Tx};
use contracts::membership::MembershipType;
use contracts::{MembershipTypeId, Money};

use super::commands::{AddType, EditType};
use super::domain::{Draft, MOST, MOST_SEATS, typed};
use super::tables;
use crate::desk::{Desk, tabs};
use crate::words::{self, Dues};

const PATH: &str = "/staff/membership/types";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, list_types)
        .get("/staff/membership/types/new", show_new)
        .post("/staff/membership/types/new", add)
        .get("/staff/membership/types/{id}", show_type)
        .post("/staff/membership/types/{id}", edit)
}

/// `GET /staff/membership/types`: all kinds of membership.
async fn list_types(page: Desk, asked: Asked) -> Answer {
    let list = List::new("membership-types", "Membership types", PATH)
        .lead(tabs(&page, PATH).await?)
        .search("Title or code")
        .choice("open", "On sale", [("yes", "On sale"), ("no", "Not on sale")])
        .column(
            Column::new("Title", |kind: &MembershipType| {
                Cell::link(format!("{PATH}/{}", kind.type_id), &kind.title)
                    .sub(words::capitalised(&kind.audience))
            })
            .sorted("title", |kind| kind.title.clone()),
        )
        .column(
            Column::id("Code", |kind: &MembershipType| Cell::text(&kind.code))
                .sorted("code", |kind| kind.code.clone()),
        )
        .column(Column::new("On sale", |kind: &MembershipType| {
            let (tone, word) = on_sale(kind.open);
            Cell::state(tone, word)
        }))
        .column(Column::num("Seats", |kind: &MembershipType| {
            Cell::text(kind.seats.map(|seats| seats.to_string()).unwrap_or_default())
        }))
        .column(
            Column::num("A year", |kind: &MembershipType| match kind.price.minor {
                0 => Cell::text("no price"),
                _ => Cell::text(Dues::of_type(kind).to_string()),
            })
            .sorted("price", |kind| kind.price.minor),
        )
        .identified(|kind| kind.type_id.0)
        .sorted_by("-price")
        .act("Add a type", "/staff/membership/types/new")
        .empty("No type matches", "Nobody can join before there is a type that is on sale.");
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}

/// Whether a kind is on sale, with its look.
fn on_sale(open: bool) -> (Tone, &'static str) {
    if open { (Tone::Ok, "on sale") } else { (Tone::Off, "not on sale") }
}

#[derive(Template)]
#[template(path = "types/edit.html")]
struct Edit {
    fields: Fields,
    action: String,
    heading: String,
    /// Whether it is on sale; nothing of what is not there yet.
    open: Option<Markup>,
    code: String,
    history: Option<History>,
}

async fn show_new(page: Desk) -> Answer {
    let fields = page.blank();
    new(&page, fields, StatusCode::OK)
}

fn new(page: &Desk, fields: Fields, status: StatusCode) -> Answer {
    let (action, heading) = (format!("{PATH}/new"), "Add a type".to_owned());
    let code = String::new();
    let template = Edit { fields, action, heading, open: None, code, history: None };
    page.show_as(status, "Add a membership type", &template)
}

/// `POST /staff/membership/types/new`: adds a kind of membership.
async fn add(page: Desk, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_new(&form)).await;
    match outcome {
        Ok(_) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new(&page, fields, status)
        }
    }
}

/// `GET /staff/membership/types/{id}`: the form of one kind.
async fn show_type(page: Desk, Path(id): Path<MembershipTypeId>) -> Answer {
    let fields = page.blank();
    one(&page, id, fields, StatusCode::OK).await
}

async fn one(page: &Desk, id: MembershipTypeId, fields: Fields, status: StatusCode) -> Answer {
    let site = page.app().site();
    let (kind, history) = page
        .read(async |tx| {
            let stored = tables::load(tx, id).await?;
            let stored = stored.ok_or_else(|| Error::not_found("type", id))?;
            Ok((stored, History::read(tx, site, "type", &[id]).await?))
        })
        .await?;
    let fields = fields
        .fill("title", &kind.title)
        .fill("audience", &kind.audience)
        .fill("price", typed(&kind.price))
        .fill("sample", flag(kind.sample))
        .fill("open", flag(kind.open))
        .fill("seats", kind.seats.map(|seats| seats.to_string()).unwrap_or_default())
        .with("version", kind.version);
    let title = format!("{}, membership type", kind.title);
    let template = Edit {
        fields,
        action: format!("{PATH}/{id}"),
        heading: kind.title,
        open: Some(state(on_sale(kind.open).0, on_sale(kind.open).1)),
        code: kind.code,
        history: Some(history),
    };
    page.show_as(status, &title, &template)
}

/// What a filled checkbox holds.
pub(crate) fn flag(set: bool) -> &'static str {
    if set { "yes" } else { "" }
}

/// `POST /staff/membership/types/{id}`: changes a kind of membership.
async fn edit(page: Desk, Path(id): Path<MembershipTypeId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_edit(id, &form)).await;
    match outcome {
        Ok(()) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            one(&page, id, fields, status).await
        }
    }
}

fn read_new(form: &Form) -> Result<AddType> {
    let (code, draft) = read_draft(form, |read| read.text("code", 1..=20))?;
    Ok(AddType { code: code.to_uppercase(), draft })
}

fn read_edit(type_id: MembershipTypeId, form: &Form) -> Result<EditType> {
    let (seen, draft) = read_draft(form, |read| read.number("version", 1..=i64::MAX))?;
    Ok(EditType { type_id, draft, seen })
}

/// Reads the draft, and before it what `first` reads, so that all that is wrong is said at once.
fn read_draft<T>(form: &Form, first: impl FnOnce(&mut Read<'_>) -> Field<T>) -> Result<(T, Draft)> {
    let mut read = form.read();
    let first = first(&mut read);
    let title = read.text("title", 1..=100);
    let audience = read.text("audience", 1..=200);
    let price = read.amount("price", 0..=MOST);
    let (sample, open) = (read.flag("sample"), read.flag("open"));
    let seats = match form.value("seats").map(str::trim) {
        None | Some("") => None,
        Some(_) => Some(read.number("seats", 1..=MOST_SEATS)),
    };
    read.done()?;
    let draft = Draft {
        title: title.take(),
        audience: audience.take(),
        price: Money::usd(price.take()),
        sample: sample.take(),
        open: open.take(),
        seats: seats.map(Field::take),
    };
    Ok((first.take(), draft))
}
