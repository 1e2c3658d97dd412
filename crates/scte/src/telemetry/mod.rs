//! What the process tells about itself: its log, its metrics, its traces.
//!
//! Read in this order: the log; the catalogue of metrics, what is counted (registry), what is looked
//! up when somebody asks (waiting, process), how it is written (exposition) and answered
//! (endpoint); traces.

pub(crate) mod logging;
mod catalogue;
mod registry;
mod waiting;
mod process;
mod exposition;
pub(crate) mod endpoint;
mod traces;

use messaging::Result;

pub(crate) use endpoint::Endpoint;
pub(crate) use registry::Registry;

use crate::config::Own;
use traces::Exporting;

/// What a process that works tells, until it ends.
pub(crate) struct Telemetry {
    /// What is counted.
    pub(crate) registry: Registry,
    exporting: Option<Exporting>,
}

/// Begins to log, to count and, when a collector is configured, to send spans.
///
/// # Errors
/// `configuration` when the log's filter or the collector's address cannot be used.
pub(crate) fn begin(own: &Own) -> Result<Telemetry> {
    let registry = registry::begin()?;
    let exporting = if let Some((exporting, tracer)) = Exporting::begin(&own.telemetry)? {
        logging::begin_with(&own.log, tracer)?;
        Some(exporting)
    } else {
        logging::begin(&own.log)?;
        None
    };
    Ok(Telemetry { registry, exporting })
}

impl Telemetry {
    /// Sends what is still to be sent.
    pub(crate) async fn end(self) {
        if let Some(exporting) = self.exporting {
            exporting.end().await;
        }
    }
}
