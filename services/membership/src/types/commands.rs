//! What can be asked of this slice: to add a kind of membership, to change one.

use chassis::{Command, Error, Result, Tx};
use contracts::MembershipTypeId;
use contracts::membership::{MembershipType, TypePublished};
use serde_json::{Value, json};

use super::domain::{self, Draft, Refusal};
use super::tables;
use crate::words;

fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal.code(), refusal)
}

/// Stores a kind and tells everybody. Publishes `membership.type.published`.
async fn publish(
    tx: &Tx,
    kind: MembershipType,
    act: &'static str,
    detail: Value,
) -> Result<MembershipType> {
    let kind = tables::save(tx, kind).await?;
    tx.publish(TypePublished { membership_type: kind.clone() });
    tx.audit("type", kind.type_id.0, act, detail).await?;
    Ok(kind)
}

/// Adds a kind of membership.
pub(crate) struct AddType {
    pub(crate) code: String,
    pub(crate) draft: Draft,
}

impl Command for AddType {
    type Out = MembershipTypeId;

    async fn run(&self, tx: &Tx) -> Result<MembershipTypeId> {
        if tables::with_code(tx, &self.code).await?.is_some() {
            return Err(refused(Refusal::CodeTaken(self.code.clone())));
        }
        let kind = domain::create(tx.id(), &self.code, &self.draft).map_err(refused)?;
        let Draft { title, price, sample, open, seats, .. } = &self.draft;
        let detail = json!({ "title": title, "price": price, "sample": sample, "on_sale": open,
                             "seats": seats });
        let kind = publish(tx, kind, "added", detail).await?;
        Ok(kind.type_id)
    }
}

/// Changes a kind of membership, for whoever saw the version `seen` of it.
pub(crate) struct EditType {
    pub(crate) type_id: MembershipTypeId,
    pub(crate) draft: Draft,
    pub(crate) seen: i64,
}

impl Command for EditType {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let stored = tables::load(tx, self.type_id)
            .await?
            .ok_or_else(|| Error::not_found("type", self.type_id))?;

        let edited = domain::edit(&stored, &self.draft, self.seen).map_err(refused)?;

        let detail = words::changes([
            ("title", json!(stored.title), json!(edited.title)),
            ("for_whom", json!(stored.audience), json!(edited.audience)),
            ("price", json!(stored.price), json!(edited.price)),
            ("sample", json!(stored.sample), json!(edited.sample)),
            ("on_sale", json!(stored.open), json!(edited.open)),
            ("seats", json!(stored.seats), json!(edited.seats)),
        ]);
        publish(tx, edited, "edited", detail).await?;
        Ok(())
    }
}
