//! Entering a company, and changing its record.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::form::{Field, Read};
use chassis::{Answer, Choice, Fields, Form, Result, Routes, Tx};
use contracts::CompanyId;
use contracts::membership::CompanySize;

use super::list::PATH;
use super::show::size;
use crate::companies::commands::{AddCompany, EditCompany, found};
use crate::companies::domain::{Company, Draft, domains};
use crate::companies::tables;
use crate::desk::Desk;

const SIZES: [CompanySize; 5] = [
    CompanySize::NotKnown,
    CompanySize::Under50,
    CompanySize::Under500,
    CompanySize::Under5000,
    CompanySize::Over5000,
];

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/companies/new", show_new)
        .post("/staff/membership/companies/new", add)
        .get("/staff/membership/companies/{id}/edit", show_edit)
        .post("/staff/membership/companies/{id}/edit", edit)
}

#[derive(Template)]
#[template(path = "companies/edit.html")]
struct Edit {
    fields: Fields,
    action: String,
    heading: String,
    /// Where the record is; nothing of what is not there yet.
    back: Option<(String, String)>,
    parents: Vec<Choice>,
    sizes: Vec<Choice>,
}

async fn show(page: &Desk, own: Option<&Company>, fields: Fields, status: StatusCode) -> Answer {
    let parents = page.read(async |tx: &Tx| tables::parents(tx).await).await?;
    let others = parents.into_iter().filter(|one| own.is_none_or(|own| own.id != one.id));
    let none = Choice::new("", "None: it is a company of its own");
    let heading = own.map_or("Add a company".to_owned(), |own| format!("Change {}", own.name));
    let template = Edit {
        fields,
        action: own.map_or(format!("{PATH}/new"), |own| format!("{PATH}/{}/edit", own.id)),
        back: own.map(|own| (format!("{PATH}/{}", own.id), own.name.clone())),
        parents: std::iter::once(none)
            .chain(others.map(|one| Choice::new(one.id, one.name)))
            .collect(),
        sizes: SIZES.iter().map(|one| Choice::new(one.as_str(), size(one))).collect(),
        heading: heading.clone(),
    };
    page.show_as(status, &heading, &template)
}

async fn show_new(page: Desk) -> Answer {
    let fields = page.blank();
    show(&page, None, fields, StatusCode::OK).await
}

/// `POST /staff/membership/companies/new`: enters a company.
async fn add(page: Desk, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_new(&form)).await;
    match outcome {
        Ok(id) => page.to(format!("{PATH}/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, None, fields, status).await
        }
    }
}

/// `GET /staff/membership/companies/{id}/edit`: the form of one company.
async fn show_edit(page: Desk, Path(id): Path<CompanyId>) -> Answer {
    let fields = page.blank();
    one(&page, id, fields, StatusCode::OK).await
}

async fn one(page: &Desk, id: CompanyId, fields: Fields, status: StatusCode) -> Answer {
    let company = page.read(async |tx: &Tx| found(tx, id).await).await?;
    let parent = company.parent.map(|parent| parent.to_string());
    let fields = fields
        .fill("name", &company.name)
        .fill("parent", parent.unwrap_or_default())
        .fill("region", &company.region)
        .fill("size", company.size.as_str())
        .fill("domains", company.domains.join(" "))
        .with("version", company.version);
    show(page, Some(&company), fields, status).await
}

/// `POST /staff/membership/companies/{id}/edit`: changes a company's record.
async fn edit(page: Desk, Path(id): Path<CompanyId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_edit(id, &form)).await;
    match outcome {
        Ok(()) => page.to(format!("{PATH}/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            one(&page, id, fields, status).await
        }
    }
}

fn read_new(form: &Form) -> Result<AddCompany> {
    let ((), draft) = read_draft(form, |_| ())?;
    Ok(AddCompany(draft))
}

fn read_edit(id: CompanyId, form: &Form) -> Result<EditCompany> {
    let (seen, draft) = read_draft(form, |read| read.number("version", 1..=i64::MAX))?;
    Ok(EditCompany { id, draft, seen: Field::take(seen) })
}

/// Reads the draft, and before it what `first` reads, so that all that is wrong is said at once.
fn read_draft<T>(form: &Form, first: impl FnOnce(&mut Read<'_>) -> T) -> Result<(T, Draft)> {
    let mut read = form.read();
    let first = first(&mut read);
    let name = read.text("name", 1..=120);
    let parent = read.optional_id("parent");
    let region = read.text("region", 0..=200);
    let words: Vec<&str> = SIZES.iter().map(CompanySize::as_str).collect();
    let size = read.choice("size", &words);
    let typed = read.text("domains", 0..=1000);
    let found = domains(form.value("domains").unwrap_or_default());
    if found.is_none() {
        read.wrong("domains", "write domains such as example.org, a space between");
    }
    read.done()?;
    typed.take();
    let draft = Draft {
        name: name.take(),
        parent: parent.take(),
        region: region.take(),
        size: CompanySize::from(size.take().as_str()),
        domains: found.unwrap_or_default(),
    };
    Ok((first, draft))
}
