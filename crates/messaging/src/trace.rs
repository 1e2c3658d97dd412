//! Traces across messages: a message carries the context it was decided in, and whoever takes it
//! links to that context. Links, not parents: a message is taken by many, later, and perhaps again.
//!
//! Which library keeps and exports the spans is the binary's business: it installs a [`Tracer`].
//! Without one nothing is made here, and a message carries a context derived from its correlation.

use std::sync::OnceLock;

use tracing::Span;
use uuid::Uuid;

use crate::feed::Envelope;

/// What keeps the spans of this process.
pub trait Tracer: Send + Sync {
    /// The W3C `traceparent` of a span; nothing when the span is not kept.
    fn context_of(&self, span: &Span) -> Option<String>;

    /// Makes a span that has not begun go on with the trace of a `traceparent`; one that cannot be
    /// read changes nothing.
    fn continue_from(&self, span: &Span, traceparent: &str);

    /// Links a span to the one a `traceparent` names; one that cannot be read changes nothing.
    fn link(&self, span: &Span, traceparent: &str);

    /// Notes that what the span stands for failed, and why.
    fn failed(&self, span: &Span, why: &str);
}

static TRACER: OnceLock<Box<dyn Tracer>> = OnceLock::new();

/// Keeps the spans of this process with `tracer` from now on; says whether it is the first.
pub fn install(tracer: Box<dyn Tracer>) -> bool {
    TRACER.set(tracer).is_ok()
}

/// Makes `span` go on with the trace that a request came with.
pub fn continue_from(span: &Span, traceparent: &str) {
    if let Some(tracer) = TRACER.get() {
        tracer.continue_from(span, traceparent);
    }
}

/// Whether anybody keeps spans here.
#[must_use]
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// The `traceparent` of what runs at this moment, when it is kept.
pub(crate) fn current() -> Option<String> {
    TRACER.get()?.context_of(&Span::current())
}

/// The context of a message that was decided where no spans are kept: all that one request brought
/// about still has one trace id.
pub(crate) fn derived(correlation: Uuid, pos: i64) -> String {
    format!("00-{}-{pos:016x}-01", correlation.simple())
}

/// The span of a consumer that takes a message; none when nobody keeps it.
pub(crate) fn taking(service: &str, feed: &str, consumer: &str, envelope: &Envelope) -> Span {
    let Some(tracer) = TRACER.get() else { return Span::none() };
    let span = tracing::info_span!(
        parent: None,
        "consume",
        otel.name = format!("{service} takes {}", envelope.r#type),
        otel.kind = "consumer",
        service,
        feed,
        consumer,
        message = envelope.r#type,
        position = envelope.position.pos,
        correlation.id = %envelope.correlation
    );
    if let Some(traceparent) = &envelope.traceparent {
        tracer.link(&span, traceparent);
    }
    span
}

/// The span of timed work or of a call to the outside, linked to what asked for it; none when
/// nobody keeps it.
pub(crate) fn working(
    kind: Work,
    service: &str,
    name: &str,
    correlation: Uuid,
    asked_by: Option<&str>,
) -> Span {
    let Some(tracer) = TRACER.get() else { return Span::none() };
    let span = match kind {
        Work::Effect => tracing::info_span!(
            parent: None,
            "effect",
            otel.name = format!("{service} calls {name}"),
            otel.kind = "client",
            service,
            effect = name,
            correlation.id = %correlation
        ),
        Work::Timer => tracing::info_span!(
            parent: None,
            "timer",
            otel.name = format!("{service} fires {name}"),
            service,
            timer = name,
            correlation.id = %correlation
        ),
    };
    if let Some(traceparent) = asked_by {
        tracer.link(&span, traceparent);
    }
    span
}

/// What a span of [`working`] stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    Effect,
    Timer,
}

/// Notes that what `span` stands for failed.
pub fn failed(span: &Span, why: &str) {
    if let Some(tracer) = TRACER.get() {
        tracer.failed(span, why);
    }
}
