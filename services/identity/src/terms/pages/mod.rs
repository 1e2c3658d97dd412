//! The texts for everybody, what somebody accepted, the step before a sign-in; and the console's page.

mod public;
mod step;
mod staff;

use chassis::form::Read;
use chassis::ui::{When, day};
use chassis::{Fields, Result, Routes};
use uuid::Uuid;

use super::domain::{Block, Version, blocks};

pub(crate) fn routes(routes: Routes) -> Routes {
    staff::routes(step::routes(public::routes(routes)))
}

/// A text as pages show it.
pub(crate) struct Text {
    pub(crate) id: Uuid,
    pub(crate) path: String,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) from: When,
    pub(crate) blocks: Vec<Block>,
}

impl Text {
    pub(crate) fn of(version: &Version) -> Self {
        Self {
            id: version.id,
            path: format!("/account/terms/{}", version.id),
            kind: version.kind.label(),
            title: version.title.clone(),
            from: day(version.from),
            blocks: blocks(&version.body),
        }
    }
}

/// The form carries along which texts it is about.
pub(crate) fn carrying(fields: Fields, texts: &[Text]) -> Fields {
    let ids: Vec<_> = texts.iter().map(|text| text.id.to_string()).collect();
    fields.with("texts", ids.join(" "))
}

/// The texts that a form is about.
pub(crate) fn carried(text: Option<&str>) -> Vec<Uuid> {
    text.unwrap_or_default().split(' ').filter_map(|id| id.parse().ok()).collect()
}

/// The box that must be ticked.
fn agreed(mut read: Read<'_>) -> Result<()> {
    let agreed = read.agreed("agreed", "tick this to go on");
    read.done()?;
    agreed.take();
    Ok(())
}
