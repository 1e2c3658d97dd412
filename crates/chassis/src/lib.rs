//! The house every service of SCTE lives in: web, sign-in check, readers, forms, files, harness.
//!
//! A service names only this crate and `contracts`; what [`messaging`] has is re-exported here.
//! Nothing in this crate knows a service.

#![deny(missing_docs)]

pub mod service;
pub mod app;
pub mod http;
pub mod route;
pub mod page;
pub mod ui;
pub mod signin;
pub mod readers;
pub mod form;
pub mod hook;
pub mod api;
pub mod feeds;
pub mod files;
pub mod batch;
mod remembered;
mod installation;
pub mod limits;
pub mod assets;
pub mod remote;
pub mod run;
pub mod testing;

pub use messaging::*;

pub use api::Api;
pub use app::{App, AppParts, Mode, Sealer, Site};
pub use form::{Choice, Fields, Form};
pub use hook::Hook;
pub use http::{Answer, AnswerExt, Failure, Json};
pub use page::{
    AnyStaff, Anyone, AskedPath, Operator, Page, SignedIn, Staff, StaffContent, StaffFinance,
    StaffIdentity, StaffMembership, StaffOutreach,
};
pub use readers::{Act, Audience, HeldTerm, Reader, Thing, may};
pub use route::{RouteEntry, Routes};
pub use service::{Nav, Service};
pub use ui::{
    Asked, Badges, Cell, Column, Confirm, History, List, Listed, Markup, Seek, Timeline, Tone,
    Wanted, state,
};
