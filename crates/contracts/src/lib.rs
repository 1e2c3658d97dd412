//! The published language of SCTE: what services tell each other, and nothing else.
//!
//! One file per publishing service; [`shared`] for the types that several publish. A message is a
//! fact in the past tense that carries the whole public state of its aggregate after it. Only
//! additive changes: a break is a new type published beside the old one.

#![deny(missing_docs)]

// The macros name this crate by its name, so that they work in it and outside it.
extern crate self as contracts;

#[macro_use]
mod open_enum;
mod message;
mod ids;
mod money;
pub mod asyncapi;
pub mod catalogue;
pub mod compat;
pub mod shared;
pub mod identity;
pub mod membership;
pub mod commerce;
pub mod outreach;
pub mod content;

pub use ids::{
    ApplicationId, ChapterId, ChargeId, CompanyId, DeliveryId, MembershipTypeId, OrderId, PageId,
    PersonId, SeatId, SignInId, TermId,
};
pub use message::{Message, wire_type};
pub use money::{Currency, Money};
