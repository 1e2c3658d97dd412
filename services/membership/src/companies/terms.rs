//! What starts and ends a company's terms. One row, and one message, count for all its seats.

use chassis::{Command, Error, Result, Tx};
use chrono::NaiveDate;
use contracts::membership::{CompanyTermEnded, CompanyTermStarted};
use contracts::{CompanyId, TermId};
use serde_json::json;

use super::commands::{found, refused};
use super::domain::{self, NewTerm};
use super::tables;
use crate::{seats, types};

/// Starts a year of a company's membership, or renews it: then from the day the last one ends. It was
/// paid outside, as the office says. Publishes `membership.company_term.started`.
pub(crate) struct RecordTerm {
    pub(crate) company: CompanyId,
    pub(crate) new: NewTerm,
    /// How it was paid, in the words of the office.
    pub(crate) paid: String,
}

impl Command for RecordTerm {
    type Out = CompanyId;

    async fn run(&self, tx: &Tx) -> Result<CompanyId> {
        seats::tables::turn(tx, self.company).await?;
        let company = found(tx, self.company).await?;
        let kind = types::tables::load(tx, self.new.type_id).await?;
        if kind.is_none_or(|kind| kind.seats.is_none()) {
            return Err(Error::invalid("type", "choose one of the kinds that companies have"));
        }
        let held = tables::terms(tx, company.id).await?;
        let term = domain::start(tx.id(), &company, &held, &self.new).map_err(refused)?;
        tables::insert_term(tx, &term, &self.paid).await?;
        tx.publish(CompanyTermStarted { term: term.clone() });
        let (from, before) = (term.starts_on, term.ends_before);
        let detail = json!({ "seats": term.seats, "starts_on": from, "ends_before": before,
                             "paid": self.paid });
        tx.audit("company", company.id.0, "term_started", detail).await?;
        Ok(company.id)
    }
}

/// Ends a company's term early, as when it is not paid; gives whose it was. Publishes
/// `membership.company_term.ended`: one message, however many hold its seats.
pub(crate) struct EndTerm {
    pub(crate) term: TermId,
    /// The first day it covers no longer.
    pub(crate) ends_before: NaiveDate,
    pub(crate) reason: String,
}

impl Command for EndTerm {
    type Out = CompanyId;

    async fn run(&self, tx: &Tx) -> Result<CompanyId> {
        let stored = tables::load_term(tx, self.term).await?;
        let stored = stored.ok_or_else(|| Error::not_found("term", self.term))?;
        seats::tables::turn(tx, stored.company_id).await?;
        let shortened = domain::shorten(&stored, self.ends_before).map_err(refused)?;
        let ended = tables::save_term(tx, shortened).await?;
        let company = ended.company_id;
        let detail = json!({ "ends_before": ended.ends_before, "before": stored.ends_before,
                             "reason": self.reason });
        tx.publish(CompanyTermEnded { term: ended });
        tx.audit("company", company.0, "term_ended", detail).await?;
        Ok(company)
    }
}
