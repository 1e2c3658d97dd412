//! The tables of the provider: the only folder of this slice that speaks SQL.

pub(crate) mod grants;
pub(crate) mod tokens;
pub(crate) mod sessions;
pub(crate) mod keys;
