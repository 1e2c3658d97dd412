//! What can be asked of companies: to add one, to change one. Every command: load, decide, store,
//! publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::CompanyId;
use contracts::membership::CompanyPublished;
use serde_json::{Value, json};

use super::domain::{self, Company, Draft, Refusal};
use super::tables;
use crate::{seats, words};

pub(super) fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal.code(), refusal)
}

/// The company of this id.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn found(tx: &Tx, id: CompanyId) -> Result<Company> {
    tables::load(tx, id).await?.ok_or_else(|| Error::not_found("company", id))
}

/// Stores a company and tells everybody. Publishes `membership.company.published`.
pub(super) async fn publish(
    tx: &Tx,
    company: Company,
    act: &'static str,
    detail: Value,
) -> Result<Company> {
    let company = tables::save(tx, company).await?;
    tx.publish(CompanyPublished { company: company.public() });
    tx.audit("company", company.id.0, act, detail).await?;
    Ok(company)
}

/// Refuses a name that another company has. Names are decided one at a time: the rule is over all rows.
async fn free(tx: &Tx, name: &str, own: CompanyId) -> Result<()> {
    tx.lock("companies.names").await?;
    match tables::named(tx, name).await? {
        Some(other) if other != own => Err(refused(Refusal::NameTaken(name.to_owned()))),
        _ => Ok(()),
    }
}

/// Refuses a parent that can be none.
async fn under(tx: &Tx, own: CompanyId, parent: Option<CompanyId>) -> Result<()> {
    let Some(id) = parent else { return Ok(()) };
    let parent = tables::load(tx, id).await?;
    let parent = parent.ok_or_else(|| Error::invalid("parent", "choose one of these"))?;
    domain::under(own, Some(&parent)).map_err(refused)
}

/// Adds a company. Publishes `membership.company.published`.
pub(crate) struct AddCompany(pub(crate) Draft);

impl Command for AddCompany {
    type Out = CompanyId;

    async fn run(&self, tx: &Tx) -> Result<CompanyId> {
        let company = domain::create(tx.id(), &self.0);
        free(tx, &company.name, company.id).await?;
        under(tx, company.id, company.parent).await?;
        let detail = json!({ "name": company.name, "region": company.region });
        let company = publish(tx, company, "added", detail).await?;
        seats::tables::open_pool(tx, company.id).await?;
        Ok(company.id)
    }
}

/// Changes a company, for whoever saw the version `seen` of it. Publishes
/// `membership.company.published`.
pub(crate) struct EditCompany {
    pub(crate) id: CompanyId,
    pub(crate) draft: Draft,
    pub(crate) seen: i64,
}

impl Command for EditCompany {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        free(tx, &self.draft.name, self.id).await?;
        under(tx, self.id, self.draft.parent).await?;
        let stored = found(tx, self.id).await?;
        if self.draft.parent != stored.parent {
            // Whoever gives a seat or a term at this moment comes before us, or sees what we did.
            seats::tables::turn(tx, stored.root()).await?;
        }
        let uses = tables::uses(tx, self.id).await?;

        let edited = domain::edit(&stored, &self.draft, self.seen, uses).map_err(refused)?;

        let detail = words::changes([
            ("name", json!(stored.name), json!(edited.name)),
            ("branch_of", json!(stored.parent), json!(edited.parent)),
            ("region", json!(stored.region), json!(edited.region)),
            ("size", json!(stored.size), json!(edited.size)),
            ("domains", json!(stored.domains), json!(edited.domains)),
        ]);
        publish(tx, edited, "edited", detail).await?;
        Ok(())
    }
}
