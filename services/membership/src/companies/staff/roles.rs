//! Naming who is what for a company, and taking that away.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Choice, Confirm, Error, Fields, Form, Result, Routes, Tx};
use contracts::CompanyId;
use uuid::Uuid;

use super::list::PATH;
use crate::companies::commands::found;
use crate::companies::domain::Role;
use crate::companies::roles::{NameRole, RemoveRole, Whom};
use crate::companies::tables;
use crate::desk::Desk;
use crate::invitations::commands::Guest;
use crate::people;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/companies/{id}/people", show_name)
        .post("/staff/membership/companies/{id}/people", name)
        .get("/staff/membership/company-roles/{id}/remove", show_remove)
        .post("/staff/membership/company-roles/{id}/remove", remove)
}

#[derive(Template)]
#[template(path = "companies/people.html")]
struct NameSomebody {
    fields: Fields,
    action: String,
    company: String,
    back: String,
    roles: Vec<Choice>,
}

/// `GET /staff/membership/companies/{id}/people`.
async fn show_name(page: Desk, Path(id): Path<CompanyId>) -> Answer {
    let fields = page.blank().fill("role", Role::Admin.as_str());
    show(&page, id, fields, StatusCode::OK).await
}

async fn show(page: &Desk, id: CompanyId, fields: Fields, status: StatusCode) -> Answer {
    let company = page.read(async |tx: &Tx| found(tx, id).await).await?;
    let hint = |role| match role {
        Role::Admin => "gives the seats, and sees to the branches",
        Role::Dues => "is asked about the dues; there is one",
        Role::Member => "is asked about the people; there is one",
    };
    let choice = |role: Role| Choice::new(role.as_str(), role.title()).hinted(hint(role));
    let template = NameSomebody {
        fields,
        action: format!("{PATH}/{id}/people"),
        back: format!("{PATH}/{id}"),
        company: company.name,
        roles: Role::ALL.into_iter().map(choice).collect(),
    };
    page.show_as(status, "Name somebody", &template)
}

/// `POST /staff/membership/companies/{id}/people`.
async fn name(page: Desk, Path(id): Path<CompanyId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_role(id, &form)).await;
    match outcome {
        Ok(id) => page.to(format!("{PATH}/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, id, fields, status).await
        }
    }
}

fn read_role(company: CompanyId, form: &Form) -> Result<NameRole> {
    let mut read = form.read();
    let words = Role::ALL.map(Role::as_str);
    let role = read.choice("role", &words);
    let number = read.text("number", 0..=20);
    if form.value("number").is_some_and(|number| !number.trim().is_empty()) {
        read.done()?;
        let whom = Whom::Numbered(number.take());
        return Ok(NameRole { company, role: role_of(&role.take())?, whom });
    }
    let name = read.text("name", 1..=120);
    let address = read.address("address");
    read.done()?;
    let whom = Whom::Invited(Guest { name: name.take(), address: address.take() });
    Ok(NameRole { company, role: role_of(&role.take())?, whom })
}

fn role_of(word: &str) -> Result<Role> {
    Role::from_word(word).ok_or_else(|| Error::invalid("role", "choose one of these"))
}

/// `GET /staff/membership/company-roles/{id}/remove`.
async fn show_remove(page: Desk, Path(id): Path<Uuid>) -> Answer {
    let (company, role, name) = page
        .read(async |tx: &Tx| {
            let unknown = || Error::not_found("role", id);
            let company = tables::company_of_role(tx, id).await?.ok_or_else(unknown)?;
            let company = found(tx, company).await?;
            let held = company.roles.iter().find(|held| held.id == id).ok_or_else(unknown)?;
            let (role, person) = (held.role, held.person);
            let person = people::tables::load(tx, person).await?;
            let name = person.map(|person| person.shown_name().to_owned()).unwrap_or_default();
            Ok((company, role, name))
        })
        .await?;
    let back = format!("{PATH}/{}", company.id);
    let confirm =
        Confirm::new("Take the role away?", format!("/staff/membership/company-roles/{id}/remove"))
            .says("They keep their account and their membership. You can name them again.")
            .crumb(PATH, "Companies")
            .crumb(back.as_str(), &company.name)
            .fact("Person", name)
            .fact("Role", role.title())
            .act("Take it away")
            .danger()
            .back(back);
    page.confirm(&confirm, &page.blank())
}

/// `POST /staff/membership/company-roles/{id}/remove`.
async fn remove(page: Desk, Path(id): Path<Uuid>, form: Form) -> Answer {
    let company = page.execute_once(&form, &RemoveRole(id)).await?;
    page.to(format!("{PATH}/{company}"))
}
