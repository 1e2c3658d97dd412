//! The log: JSON lines on standard error, plain text on a terminal; and with it, where a collector
//! is configured, the spans that are sent there.

use std::io::IsTerminal as _;

use messaging::Result;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, filter, fmt};

use crate::config::{Format, Log, wrong};

/// The spans that are sent; others stand in the log only.
const SENT: &[&str] = &["request", "consume", "effect", "timer"];

/// Begins to log.
///
/// # Errors
/// `configuration` when the filter cannot be read.
pub(crate) fn begin(log: &Log) -> Result<()> {
    let lines = fmt().with_env_filter(filter(log)?).with_writer(std::io::stderr);
    let begun = if is_json(log) {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_target(false).try_init()
    };
    begun.map_err(wrong)
}

/// As [`begin`], and hands spans over to `tracer`. What is logged and what is sent is filtered
/// apart: a quiet log leaves no trace out.
///
/// # Errors
/// As [`begin`].
pub(super) fn begin_with(log: &Log, tracer: SdkTracer) -> Result<()> {
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if is_json(log) {
        lines.json().flatten_event(true).with_filter(filter(log)?).boxed()
    } else {
        lines.with_target(false).with_filter(filter(log)?).boxed()
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(filter::filter_fn(is_sent));
    tracing_subscriber::registry().with(lines).with(spans).try_init().map_err(wrong)
}

/// Our own spans, and what is logged within them as a warning or worse.
fn is_sent(what: &Metadata<'_>) -> bool {
    if what.is_span() { SENT.contains(&what.name()) } else { *what.level() <= Level::WARN }
}

fn filter(log: &Log) -> Result<EnvFilter> {
    EnvFilter::try_new(&log.filter).map_err(|error| wrong(format!("log.filter: {error}")))
}

fn is_json(log: &Log) -> bool {
    match log.format {
        Format::Json => true,
        Format::Text => false,
        Format::Auto => !std::io::stderr().is_terminal(),
    }
}
