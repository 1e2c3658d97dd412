//! Messages that several services publish; the publisher stands before the name on the wire.

use chrono::{DateTime, Utc};
use macros::{message, state};

use crate::{ChargeId, Money, PersonId};

/// A wish for money: what a service asks commerce to charge.
#[state]
pub struct Charge {
    /// The charge.
    pub charge_id: ChargeId,
    /// Who is asked to pay.
    pub payer: PersonId,
    /// Who gets what is paid for.
    pub beneficiary: PersonId,
    /// What is charged; at least one line, all in one currency.
    pub lines: Vec<ChargeLine>,
    /// Until when the goods are held; afterwards commerce stops offering payment.
    pub hold_until: DateTime<Utc>,
    /// The path on our site where the payer goes on afterwards.
    pub return_path: String,
    /// The legal entity that sells.
    pub legal_entity: String,
    /// Version of the charge at its asker.
    pub version: i64,
}

/// One line of a charge.
#[state]
pub struct ChargeLine {
    /// How the asking service finds its own line again.
    pub r#ref: String,
    /// The code of what is sold; commerce never interprets it.
    pub code: String,
    /// What is sold, as the receipt prints it, in [`Self::language`].
    pub text: String,
    /// The language of the text (BCP 47).
    pub language: String,
    /// How many.
    pub quantity: i64,
    /// The price of one.
    pub unit: Money,
}

/// A service wants money for something.
#[message("charge.requested", shared, key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeRequested {
    /// The charge.
    pub charge: Charge,
}

/// A service no longer wants the money: payment must not be offered any more.
#[message("charge.withdrawn", shared, key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeWithdrawn {
    /// The charge as it was withdrawn.
    pub charge: Charge,
    /// Why, as a code: `hold_ended`, `cancelled`.
    pub reason: String,
}

/// A service wants the payer to have money of a charge back.
#[message("refund.requested", shared, key = payer, entity = charge_id, version = version)]
pub struct RefundRequested {
    /// The charge that was paid.
    pub charge_id: ChargeId,
    /// Who paid.
    pub payer: PersonId,
    /// How much; at most what was captured and not yet refunded.
    pub amount: Money,
    /// Why, as a code: `paid_too_late`, `cancelled`.
    pub reason: String,
    /// Version of the charge at its asker.
    pub version: i64,
}

/// A service met a human that nobody knew yet, and minted their id.
#[message("person.introduced", shared, key = person_id, entity = person_id, version = version)]
pub struct PersonIntroduced {
    /// The new id.
    pub person_id: PersonId,
    /// Their mail address as given.
    #[personal]
    pub address: String,
    /// Their name as given.
    #[personal]
    pub name: String,
    /// The language they read (BCP 47).
    pub language: String,
    /// Version of the introduction.
    pub version: i64,
}

/// The entries of the navigation that a service offers.
#[message("navigation.declared", shared, key = id, entity = id, version = version)]
pub struct NavigationDeclared {
    /// Stable id of the service's navigation.
    pub id: uuid::Uuid,
    /// The entries, in the service's own order.
    pub entries: Vec<NavigationEntry>,
    /// Version of the navigation.
    pub version: i64,
}

/// One entry of the navigation.
#[state]
pub struct NavigationEntry {
    /// Where it leads: a path below one of the service's prefixes.
    pub path: String,
    /// What it says, in [`Self::language`].
    pub label: String,
    /// The language of the label (BCP 47).
    pub language: String,
    /// Smaller stands first.
    pub place: i64,
    /// Who sees it.
    pub audience: Audience,
    /// Of staff, only who holds this role sees it: `staff.finance`; none: all whom the audience names.
    #[serde(default)]
    pub role: Option<String>,
    /// Whether `/-/<service>/badge` counts what is due behind it.
    #[serde(default)]
    pub badge: bool,
}

open_enum! {
    /// Who a thing is for.
    Audience {
        /// Everybody.
        Public = "public",
        /// Whoever is signed in.
        SignedIn = "signed_in",
        /// Whoever has a national term today.
        Members = "members",
        /// Whoever has any `staff.*` role.
        Staff = "staff",
    }
}

/// A service invites a person it introduced: identity sends the link and tells when it is accepted.
#[message("invitation.requested", shared, key = invitation_id, entity = invitation_id, version = version)]
pub struct InvitationRequested {
    /// The invitation; its asker minted the id.
    pub invitation_id: uuid::Uuid,
    /// Who is invited: somebody with an account, dormant or not.
    pub person_id: PersonId,
    /// What they are invited to, as people call it: a company, a chapter, a group.
    pub title: String,
    /// The language of the title (BCP 47).
    #[serde(default)]
    pub language: String,
    /// Where they go on once they accepted: a path on our site.
    pub return_path: String,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// Version of the invitation at its asker.
    pub version: i64,
}

/// An invitation can no longer be accepted.
#[message("invitation.withdrawn", shared, key = invitation_id, entity = invitation_id, version = version)]
pub struct InvitationWithdrawn {
    /// The invitation.
    pub invitation_id: uuid::Uuid,
    /// Version of the invitation at its asker.
    pub version: i64,
}

/// An access token was used at a service; told at most once an hour for each.
#[message("token.used", shared, key = token_id, entity = token_id, version = version)]
pub struct TokenUsed {
    /// The token.
    pub token_id: uuid::Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Seconds since 1970: the later use counts.
    pub version: i64,
}
