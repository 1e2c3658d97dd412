//! What is counted of a service's answers: handles made once, so that counting is an addition.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};

/// Answers by the class of their status, and how long they took; clones count together.
#[derive(Clone)]
pub(super) struct Answers(Arc<Inner>);

struct Inner {
    /// 1xx to 5xx.
    classes: [Counter; 5],
    seconds: Histogram,
}

impl Answers {
    pub(super) fn of(service: &'static str) -> Self {
        let class =
            |class| counter!("scte_http_requests_total", "service" => service, "class" => class);
        let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].map(class);
        let seconds = histogram!("scte_http_request_seconds", "service" => service);
        Self(Arc::new(Inner { classes, seconds }))
    }

    /// A request that began at `began` was answered.
    pub(super) fn count(&self, status: StatusCode, began: Instant) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5);
        self.0.classes[class - 1].increment(1);
        self.0.seconds.record(began.elapsed());
    }
}
