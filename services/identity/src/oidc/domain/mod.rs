//! The rules of the provider. Pure: no database, no clock, no HTTP. Read in this order.

pub(crate) mod params;
pub(crate) mod scopes;
pub(crate) mod asked;
pub(crate) mod grant;
