//! Staff: the kinds of membership and their prices.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::form::{Field, Read};
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, Staff, StaffMembership};
use contracts::membership::MembershipType;
use contracts::{MembershipTypeId, Money};

use super::commands::{AddType, EditType};
use super::domain::{Draft, MOST, shown, typed};
use super::tables;
use crate::words::{self, AuditLine};

type Desk = Page<Staff<StaffMembership>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/types", list_types)
        .get("/staff/membership/types/new", show_new)
        .post("/staff/membership/types/new", add)
        .get("/staff/membership/types/{id}", show_type)
        .post("/staff/membership/types/{id}", edit)
}

struct TypeRow {
    path: String,
    code: String,
    title: String,
    price: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "types/list.html")]
struct List {
    kinds: Vec<TypeRow>,
}

/// `GET /staff/membership/types`: all kinds of membership.
async fn list_types(page: Desk) -> Answer {
    let kinds = page.read(async |tx| tables::all(tx).await).await?;
    page.show("Membership types", &List { kinds: kinds.iter().map(type_row).collect() })
}

fn type_row(kind: &MembershipType) -> TypeRow {
    TypeRow {
        path: format!("/staff/membership/types/{}", kind.type_id),
        code: kind.code.clone(),
        title: kind.title.clone(),
        price: shown(&kind.price, kind.sample),
        open: kind.open,
    }
}

#[derive(Template)]
#[template(path = "types/edit.html")]
struct Edit {
    fields: Fields,
    action: String,
    heading: String,
    /// What was done to it; nothing of what is not there yet.
    audit: Option<Vec<AuditLine>>,
    new: bool,
}

async fn show_new(page: Desk) -> Answer {
    let fields = page.blank();
    new(&page, fields, StatusCode::OK)
}

fn new(page: &Desk, fields: Fields, status: StatusCode) -> Answer {
    let action = "/staff/membership/types/new".to_owned();
    let heading = "Add a type".to_owned();
    page.show_as(status, "Add a type", &Edit { fields, action, heading, new: true, audit: None })
}

/// `POST /staff/membership/types/new`: adds a kind of membership.
async fn add(page: Desk, form: Form) -> Answer {
    let outcome = match read_new(&form) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => page.to("/staff/membership/types"),
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
    let (kind, audit) = page
        .read(async |tx| {
            let stored = tables::load(tx, id).await?;
            let stored = stored.ok_or_else(|| Error::not_found("type", id))?;
            Ok((stored, tx.audited("type", id).await?))
        })
        .await?;
    let fields = fields
        .fill("title", &kind.title)
        .fill("audience", &kind.audience)
        .fill("price", typed(&kind.price))
        .fill("sample", flag(kind.sample))
        .fill("open", flag(kind.open))
        .with("version", kind.version);
    let action = format!("/staff/membership/types/{id}");
    let heading = format!("{} ({})", kind.title, kind.code);
    page.show_as(
        status,
        "Membership type",
        &Edit {
            fields,
            action,
            heading,
            new: false,
            audit: Some(words::audit(page.app().site(), audit)),
        },
    )
}

/// What a filled checkbox holds.
pub(crate) fn flag(set: bool) -> &'static str {
    if set { "yes" } else { "" }
}

/// `POST /staff/membership/types/{id}`: changes a kind of membership.
async fn edit(page: Desk, Path(id): Path<MembershipTypeId>, form: Form) -> Answer {
    let outcome = match read_edit(id, &form) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => page.to("/staff/membership/types"),
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
    read.done()?;
    let draft = Draft {
        title: title.take(),
        audience: audience.take(),
        price: Money::usd(price.take()),
        sample: sample.take(),
        open: open.take(),
    };
    Ok((first.take(), draft))
}
