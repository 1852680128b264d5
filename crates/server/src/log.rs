//! What a running server says of itself: lines on stderr, and traces where somebody collects them.

use std::path::Path;

use platform::Result;
use platform::config::Config;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::traces::{Endpoint, Traces};

/// Begins to log: JSON when `GRIDHALL_LOG_FORMAT=json`; how much of it, by `RUST_LOG`. Traces go to
/// `OTEL_EXPORTER_OTLP_ENDPOINT`, or `[traces] endpoint` of the settings.
pub fn begin(data: &Path) -> Result<Option<Traces>> {
    let traces = match endpoint(data)? {
        Some(endpoint) => Some(Traces::to(&Endpoint::of(&endpoint)?)?),
        None => None,
    };
    Registry::default().with(lines()).with(traces.as_ref().map(Traces::layer)).init();
    Ok(traces)
}

fn lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,memory_serve=warn".into());
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A log that cannot be written would be told on stderr, which is the log, and whoever tells would break over it.
    let log = log.log_internal_errors(false);
    if std::env::var("GRIDHALL_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().with_filter(filter).boxed()
    } else {
        log.with_filter(filter).boxed()
    }
}

fn endpoint(data: &Path) -> Result<Option<String>> {
    let told = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok().filter(|endpoint| !endpoint.is_empty());
    match told {
        Some(endpoint) => Ok(Some(endpoint)),
        None => Ok(Config::load(data)?.traces.endpoint),
    }
}
