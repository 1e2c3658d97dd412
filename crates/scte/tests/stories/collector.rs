//! A collector of traces: takes OTLP over HTTP, as any would, and keeps the spans.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Where a span is: trace and span, in hexadecimal.
pub(crate) type Place = (String, String);

/// A span that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) place: Place,
    /// The span above it in its own trace; empty for the first.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) links: Vec<Place>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// The name under which the process is known.
    pub(crate) of: String,
}

impl Span {
    pub(crate) fn says(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }
}

type Kept = Arc<Mutex<Vec<Span>>>;

/// Collects until dropped.
pub(crate) struct Collector {
    address: SocketAddr,
    kept: Kept,
    serving: JoinHandle<()>,
}

impl Collector {
    #[expect(clippy::disallowed_methods, reason = "it ends with the collector, which aborts it")]
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, kept) = (listener.local_addr().unwrap(), Kept::default());
        let routes = Router::new().route("/v1/traces", post(take)).with_state(kept.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, kept, serving }
    }

    /// What `telemetry.otlp` is to say.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans that have arrived, by where they are.
    pub(crate) fn spans(&self) -> BTreeMap<Place, Span> {
        let kept = self.kept.lock().unwrap();
        kept.iter().map(|span| (span.place.clone(), span.clone())).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(kept): State<Kept>, body: Bytes) -> impl IntoResponse {
    let Ok(sent) = ExportTraceServiceRequest::decode(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut kept = kept.lock().unwrap();
    for resource in sent.resource_spans {
        let of = resource.resource.map(|resource| texts(resource.attributes)).unwrap_or_default();
        let of = of.get("service.name").cloned().unwrap_or_default();
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let place = |trace: &[u8], span: &[u8]| (hex::encode(trace), hex::encode(span));
            kept.push(Span {
                place: place(&span.trace_id, &span.span_id),
                parent: hex::encode(&span.parent_span_id),
                links: span.links.iter().map(|one| place(&one.trace_id, &one.span_id)).collect(),
                name: span.name,
                attributes: texts(span.attributes),
                of: of.clone(),
            });
        }
    }
    let answer = ExportTraceServiceResponse::default().encode_to_vec();
    ([(CONTENT_TYPE, "application/x-protobuf")], answer).into_response()
}

fn texts(
    attributes: Vec<opentelemetry_proto::tonic::common::v1::KeyValue>,
) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let values = attributes.into_iter().filter_map(|one| Some((one.key, one.value?.value?)));
    values.map(|(key, value)| (key, text(value))).collect()
}
