//! What is counted where it happens, by whatever part of the process: one registry, begun once.

use std::sync::OnceLock;
use std::time::Duration;

use messaging::Error;
use metrics::Unit;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::catalogue::{Kind, METRICS, Metric};

/// From half a millisecond, a page that is remembered, to ten seconds, where proxies lose patience.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// How often what histograms saw is put into their buckets, when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// The counters and histograms of this process.
#[derive(Clone)]
pub(crate) struct Registry(PrometheusHandle);

/// Begins to count, before anything is made that counts; whoever begins again gets the same.
///
/// # Errors
/// [`Error::Internal`] when something else counts in this process already.
pub(crate) fn begin() -> messaging::Result<Registry> {
    if let Some(known) = REGISTRY.get() {
        return Ok(known.clone());
    }
    let builder = PrometheusBuilder::new().set_buckets(BUCKETS).map_err(Error::internal)?;
    let recorder = builder.build_recorder();
    let registry = Registry(recorder.handle());
    metrics::set_global_recorder(recorder).map_err(|error| Error::internal(error.to_string()))?;
    METRICS.iter().for_each(describe);
    Ok(REGISTRY.get_or_init(|| registry).clone())
}

fn describe(metric: &Metric) {
    let unit = match metric.unit {
        "s" => Unit::Seconds,
        "bytes" => Unit::Bytes,
        _ => Unit::Count,
    };
    match metric.kind {
        Kind::Counter => metrics::describe_counter!(metric.name, unit, metric.meaning),
        Kind::Gauge => metrics::describe_gauge!(metric.name, unit, metric.meaning),
        Kind::Histogram => metrics::describe_histogram!(metric.name, unit, metric.meaning),
    }
}

impl Registry {
    /// What was counted, as Prometheus reads it.
    pub(super) fn text(&self) -> String {
        self.0.render()
    }

    /// Keeps histograms small while nobody asks, until dropped.
    pub(crate) async fn keep(self) {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            self.0.run_upkeep();
        }
    }
}
