//! Traces: spans of requests, of messages taken, of timers and of calls to the outside, sent to a
//! collector in OTLP over HTTP when one is configured.
//!
//! A message carries the context of what decided it (see [`messaging::trace`]); whoever takes it
//! begins a trace of its own that links there. Whether such a trace is kept follows from what it
//! links to, so that what one request brought about is kept as a whole or not at all.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use messaging::trace::Tracer;
use messaging::{Error, Result};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingDecision, SamplingResult, SdkTracer,
    SdkTracerProvider, ShouldSample,
};
use tokio::runtime::Handle;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::config::{Telemetry, wrong};

/// How long the collector may take, and how long the end waits for what is still to be sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many spans may wait for the collector; what is more is dropped. A start that reads its feeds
/// from their beginning makes thousands between two sends, each of which takes a few hundred bytes.
const WAITING: usize = 16_384;

/// Sends spans until it is ended.
pub(crate) struct Exporting(SdkTracerProvider);

impl Exporting {
    /// Begins to keep spans and to send them; nothing when no collector is configured.
    ///
    /// # Errors
    /// `configuration` when the collector's address cannot be used.
    pub(super) fn begin(telemetry: &Telemetry) -> Result<Option<(Self, SdkTracer)>> {
        if telemetry.otlp.is_empty() {
            return Ok(None);
        }
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender {
                runtime: Handle::try_current().map_err(Error::internal)?,
                client: client.map_err(Error::internal)?,
                fails: AtomicBool::new(false),
            })
            .with_endpoint(format!("{}/v1/traces", telemetry.otlp))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| wrong(format!("telemetry.otlp: {error}")))?;
        let resource = Resource::builder()
            .with_service_name(telemetry.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("process.pid", i64::from(std::process::id())))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Whole::one_in(telemetry.sample_one_in))
            .with_resource(resource)
            .with_span_processor(in_batches(exporter))
            .build();
        let tracer = provider.tracer("scte");
        messaging::trace::install(Box::new(Spans));
        Ok(Some((Self(provider), tracer)))
    }

    /// Sends what is left.
    pub(super) async fn end(self) {
        // It waits for its own thread, which waits for this runtime.
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE));
        if let Ok(Err(error)) = ended.await {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

fn in_batches(exporter: SpanExporter) -> BatchSpanProcessor {
    let waiting = BatchConfigBuilder::default().with_max_queue_size(WAITING).build();
    BatchSpanProcessor::builder(exporter).with_batch_config(waiting).build()
}

/// Reads and writes contexts of spans as `traceparent`.
struct Spans;

impl Tracer for Spans {
    fn context_of(&self, span: &Span) -> Option<String> {
        let context = span.context();
        let known = context.span().span_context().clone();
        known.is_valid().then(|| written(&known))
    }

    fn continue_from(&self, span: &Span, traceparent: &str) {
        if let Some(parent) = read(traceparent)
            && let Err(error) = span.set_parent(Context::new().with_remote_span_context(parent))
        {
            tracing::debug!(%error, "a trace was not continued");
        }
    }

    fn link(&self, span: &Span, traceparent: &str) {
        if let Some(context) = read(traceparent) {
            span.add_link(context);
        }
    }

    fn failed(&self, span: &Span, why: &str) {
        span.set_status(Status::error(why.to_owned()));
    }
}

/// `00-<trace id>-<span id>-<flags>`.
fn written(context: &SpanContext) -> String {
    let sampled = u8::from(context.is_sampled());
    format!("00-{}-{}-{sampled:02x}", context.trace_id(), context.span_id())
}

/// Of every version: later ones begin with the same four parts.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let reads = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !reads || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

/// Keeps traces as a whole: what has a parent here follows it, what links follows what it links to,
/// and of all that begins one in so many is kept. What a stranger says of sampling does not count.
#[derive(Debug, Clone)]
struct Whole(Sampler);

impl Whole {
    fn one_in(count: u32) -> Self {
        Self(match count {
            0 | 1 => Sampler::AlwaysOn,
            more => Sampler::TraceIdRatioBased(1.0 / f64::from(more)),
        })
    }
}

impl ShouldSample for Whole {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let above = parent.map(|parent| parent.span().span_context().clone());
        let above = above.filter(|above| above.is_valid() && !above.is_remote());
        let decided = match (above, links) {
            (Some(above), _) => above.is_sampled(),
            (None, []) => {
                return self.0.should_sample(None, trace_id, name, kind, attributes, links);
            }
            (None, links) => links.iter().any(|link| link.span_context.is_sampled()),
        };
        let decision =
            if decided { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

/// Sends to the collector from the process's runtime: who exports has a thread without one.
#[derive(Debug)]
struct Sender {
    runtime: Handle,
    client: reqwest::Client,
    /// Whether the last time failed: said once, not every five seconds.
    fails: AtomicBool,
}

impl HttpClient for Sender {
    fn send_bytes<'a, 'async_trait>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        let client = self.client.clone();
        Box::pin(async move {
            let sent = self.runtime.spawn(async move { client.send_bytes(request).await });
            let answer = sent.await.map_err(HttpError::from).and_then(|answer| answer);
            self.note(&answer);
            answer
        })
    }
}

impl Sender {
    fn note(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let why = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let failed_before = self.fails.swap(why.is_some(), Ordering::Relaxed);
        match why {
            Some(why) if !failed_before => {
                tracing::warn!(why, "spans cannot be sent to the collector; they are given up");
            }
            None if failed_before => tracing::info!("spans are sent to the collector again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::SpanData;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_is_written_as_it_was_read() {
        assert_eq!(written(&read(PARENT).unwrap()), PARENT);
        let quiet = PARENT.replace("-01", "-00");
        assert_eq!(written(&read(&quiet).unwrap()), quiet);
        // Later versions may say more behind it.
        assert!(read(&format!("cc{}-more", &PARENT[2..])).is_some());
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
        assert!(read(&format!("{PARENT}-more")).is_none());
    }

    /// Keeps what is exported.
    #[derive(Debug, Clone, Default)]
    struct Kept(Arc<Mutex<Vec<SpanData>>>);

    impl opentelemetry_sdk::trace::SpanExporter for Kept {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[test]
    fn a_span_goes_on_links_and_fails_as_it_is_told() {
        let kept = Kept::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Whole::one_in(1))
            .with_simple_exporter(kept.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let other = PARENT.replace("4bf9", "5bf9");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let request = tracing::info_span!("request");
            Spans.continue_from(&request, PARENT);
            let said = Spans.context_of(&request).unwrap();
            let taking = tracing::info_span!(parent: None, "consume");
            Spans.link(&taking, &said);
            Spans.link(&taking, "no context at all");
            Spans.failed(&taking, "a bug");
            let late = tracing::info_span!(parent: None, "timer");
            Spans.context_of(&late);
            Spans.link(&late, &other);
            assert_eq!(Spans.context_of(&Span::none()), None);
        });

        let kept = kept.0.lock().unwrap();
        let span = |name: &str| kept.iter().find(|span| span.name == name).unwrap();
        let (request, taking, late) = (span("request"), span("consume"), span("timer"));
        let parent = read(PARENT).unwrap();
        assert_eq!(request.span_context.trace_id(), parent.trace_id());
        assert_eq!(request.parent_span_id, parent.span_id());
        assert_eq!(taking.parent_span_id, SpanId::INVALID, "a link is no parent");
        let linked: Vec<SpanId> = taking.links.iter().map(|l| l.span_context.span_id()).collect();
        assert_eq!(linked, [request.span_context.span_id()]);
        assert_eq!(taking.status, Status::error("a bug"));
        assert_eq!(late.links.iter().count(), 1, "one that has begun is linked too");
    }

    fn decided(parent: Option<&Context>, links: &[Link], one_in: u32, trace: u128) -> bool {
        let id = TraceId::from(trace);
        let whole = Whole::one_in(one_in);
        let result = whole.should_sample(parent, id, "request", &SpanKind::Server, &[], links);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_trace_is_kept_as_a_whole() {
        let (seldom, often) = (u128::MAX, 1);
        assert!(decided(None, &[], 1, seldom));
        assert!(!decided(None, &[], 10, seldom) && decided(None, &[], 10, often));

        let link = |flags: &str| Link::with_context(read(&PARENT.replace("-01", flags)).unwrap());
        assert!(decided(None, &[link("-01")], 10, seldom));
        assert!(!decided(None, &[link("-00")], 10, often));

        let context = read(PARENT).unwrap();
        let stranger = Context::new().with_remote_span_context(context.clone());
        assert!(!decided(Some(&stranger), &[], 10, seldom), "a stranger decides nothing");
        let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags());
        let own = SpanContext::new(trace, span, flags, false, TraceState::default());
        let own = Context::new().with_remote_span_context(own);
        assert!(decided(Some(&own), &[], 10, seldom));
    }
}
