//! The log: JSON lines on standard error, plain text on a terminal.

use std::io::IsTerminal as _;

use messaging::Result;
use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log, wrong};

/// Begins to log.
///
/// # Errors
/// `configuration` when the filter cannot be read.
pub(crate) fn begin(log: &Log) -> Result<()> {
    let filter =
        EnvFilter::try_new(&log.filter).map_err(|error| wrong(format!("log.filter: {error}")))?;
    let json = match log.format {
        Format::Json => true,
        Format::Text => false,
        Format::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = if json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_target(false).try_init()
    };
    begun.map_err(wrong)
}
