//! Traces: where the time of a request goes, told to a collector by OTLP (HTTP, JSON) when one is configured.
//!
//! ```text
//!   span closes ──▶ 2 048 spans at most ──▶ a thread of the library: a batch a second ──▶ collector
//!          └ full: counted and forgotten                      └ away: counted and forgotten
//! ```
//!
//! Nobody's work waits for a collector. Spans carry routes, states and figures, never paths or texts of people: what is
//! noted of them, and under which names, stands in [`told`].

mod export;
mod told;

use std::time::Duration;

use metrics::{counter, describe_counter};
use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use platform::Result;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

pub use export::Endpoint;

const SENT: &str = "gridhall_trace_spans_total";

pub fn describe_metrics() {
    describe_counter!(SENT, "Spans of traces, by what became of them: sent to the collector, or lost.");
}

fn count(outcome: &'static str, spans: usize) {
    counter!(SENT, "outcome" => outcome).increment(spans as u64);
}

/// Has the spans of this program sent.
#[derive(Debug, Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begins to send to a collector; whether it is there shows when there is something to send.
    pub fn to(endpoint: &Endpoint) -> Result<Traces> {
        let sending = export::to(endpoint)?;
        let provider = SdkTracerProvider::builder().with_resource(resource()).with_span_processor(sending).build();
        Ok(Traces { provider })
    }

    /// What notes the spans: requests, long work, and what they wait for. Lines of the log within them are not told.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("gridhall"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        // Other layers need not look at more because of this one.
        spans.with_filter(filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Waits a moment for what was noted to be sent.
    pub fn flush(&self) {
        if self.provider.force_flush().is_err() {
            tracing::warn!("the last traces were not sent");
        }
    }

    /// The same for the last time.
    pub fn end(self) {
        if self.provider.shutdown_with_timeout(ENDED_WITHIN).is_err() {
            tracing::warn!("the last traces were not sent");
        }
    }
}

const ENDED_WITHIN: Duration = Duration::from_secs(5);

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && told::NAMES.contains(&metadata.name())
}

fn resource() -> Resource {
    let name = std::env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty());
    let carrier = platform::long_work::Carrier::this();
    Resource::builder()
        .with_service_name(name.unwrap_or_else(|| "gridhall".to_owned()))
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("host.name", carrier.machine.clone()),
            KeyValue::new("process.pid", carrier.process.to_string()),
        ])
        .build()
}

/// The caller's trace, where he has one (`traceparent` of W3C), goes on in `span`.
pub fn adopt(span: &Span, headers: &axum::http::HeaderMap) {
    if headers.contains_key("traceparent") {
        // Nobody notes spans where there is no collector.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    }
}
