//! The published language as documents: AsyncAPI 3 and the JSON Schemas of all messages.

use std::fs;
use std::path::Path;

use contracts::asyncapi::{self, Consumers};
use contracts::catalogue;
use messaging::{Error, Result};

use crate::services;

/// Which service hears which types.
fn consumers() -> Consumers {
    let all = services::all();
    all.iter()
        .map(|service| {
            let hears = catalogue::SERVICES.iter().flat_map(|feed| service.consumers().types(feed));
            (service.name().to_owned(), hears.collect())
        })
        .collect()
}

/// Writes `asyncapi.json` and `schemas/`; says how many messages there are.
///
/// # Errors
/// [`Error::Internal`] when a file cannot be written.
pub(crate) fn write(directory: &Path) -> Result<usize> {
    let schemas = directory.join("schemas");
    fs::create_dir_all(&schemas).map_err(Error::internal)?;
    let entries = catalogue::all();
    let document = asyncapi::document(env!("CARGO_PKG_VERSION"), entries, &consumers());
    save(&directory.join("asyncapi.json"), &document)?;
    for entry in entries {
        save(&schemas.join(format!("{}.json", entry.name)), &entry.schema)?;
    }
    Ok(entries.len())
}

fn save(path: &Path, value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    fs::write(path, text + "\n").map_err(Error::internal)
}
