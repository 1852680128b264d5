//! The way to the collector: the library's exporter, with a count of what is sent and what is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, Response, Uri};
use kernel::Refusal;
use opentelemetry::Context;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanProcessor};
use platform::{Fault, Result};
use tokio::runtime::{Builder, Runtime};

use super::{count, told};

const WAITING: usize = 2048;
const BATCH: usize = 512;
const GATHERED_FOR: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a collector listens. Without TLS: it stands on the same machine or beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    url: String,
}

impl Endpoint {
    /// `http://127.0.0.1:4318`, to which the path of traces is added, as OTEL_EXPORTER_OTLP_ENDPOINT has it.
    pub fn of(base: &str) -> Result<Endpoint, Refusal> {
        let (zh, en) = (
            "追踪收集器的地址写作 http://127.0.0.1:4318（OTLP，HTTP）；需要 TLS 时请在本机运行收集器转发",
            "a collector's address is written http://127.0.0.1:4318 (OTLP over HTTP); where TLS is needed, run a collector \
             on this machine that passes traces on",
        );
        let wrong = || Refusal::invalid("traces.endpoint", zh, en).at("traces.endpoint");
        let base = base.trim().trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| wrong())?;
        let host = uri.authority().map(|authority| authority.to_string()).unwrap_or_default();
        if uri.scheme_str() != Some("http") || host.is_empty() || host.contains('@') || uri.query().is_some() {
            return Err(wrong());
        }
        Ok(Endpoint { host, url: format!("{base}/v1/traces") })
    }
}

/// What takes spans that have ended.
pub(super) fn to(endpoint: &Endpoint) -> Result<Sending> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(&endpoint.url)
        .with_timeout(PATIENCE)
        .with_http_client(Patient::new()?)
        .build()
        .map_err(|error| Fault::because("traces", error))?;
    let waiting = Arc::new(AtomicUsize::new(0));
    let host = endpoint.host.clone();
    let counted = Counted { exporter, host, waiting: Arc::clone(&waiting), is_away: AtomicBool::new(false) };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(GATHERED_FOR)
        .build();
    Ok(Sending { batches: BatchSpanProcessor::new(counted, config), waiting })
}

/// The library forgets what does not fit; here it is counted.
#[derive(Debug)]
pub(super) struct Sending {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Sending {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < WAITING {
            self.batches.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            count("lost", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    host: String,
    waiting: Arc<AtomicUsize>,
    is_away: AtomicBool,
}

impl opentelemetry_sdk::trace::SpanExporter for Counted {
    /// Tells once that the collector is away, and once that it is back.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let sent = self.exporter.export(batch.into_iter().map(told::told).collect()).await;
        count(if sent.is_ok() { "sent" } else { "lost" }, spans);
        match (&sent, self.is_away.swap(sent.is_err(), Ordering::Relaxed)) {
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            (Err(error), false) => {
                tracing::warn!(%error, collector = self.host, "the collector takes no traces; they are not kept");
            }
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// hyper needs a runtime, and the thread that sends batches has none but this.
#[derive(Debug)]
struct Patient {
    client: HyperClient,
    runtime: Runtime,
}

impl Patient {
    fn new() -> Result<Patient> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Patient { client: HyperClient::with_default_connector(PATIENCE, None), runtime })
    }
}

#[async_trait]
impl HttpClient for Patient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.runtime.block_on(self.client.send_bytes(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_collectors_write_theirs_and_anything_else_is_refused() {
        let table = [
            ("http://127.0.0.1:4318", Some(("127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"))),
            ("http://collector/otlp/", Some(("collector", "http://collector/otlp/v1/traces"))),
            ("http://[::1]:4318/", Some(("[::1]:4318", "http://[::1]:4318/v1/traces"))),
            ("https://collector:4318", None),
            ("http://", None),
            ("http://user:secret@collector", None),
            ("http://collector/?a=b", None),
            ("collector:4318", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = Endpoint::of(text).ok();
            assert_eq!(found.as_ref().map(|found| (found.host.as_str(), found.url.as_str())), expected, "{text}");
        }
    }
}
