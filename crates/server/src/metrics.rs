//! What an operator watches, in the text that Prometheus reads.

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use business::search::Search;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use platform::http::problem::Answer;
use platform::{Fault, House, Result, journal};

const REQUESTS: &str = "gridhall_http_requests_total";
const SECONDS: &str = "gridhall_http_request_seconds";
const UNSEALED: &str = "gridhall_journal_unsealed";

const FOUND: &str = "gridhall_search_usage_points";
const UNFOLLOWED: &str = "gridhall_search_unfollowed";

const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to record, once in a process.
pub fn install() -> Result<&'static PrometheusHandle> {
    if let Some(handle) = RECORDER.get() {
        return Ok(handle);
    }
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).map_err(|error| Fault::because("metrics", error))?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // Whoever comes second finds the first's recorder at work.
    if metrics::set_global_recorder(recorder).is_ok() {
        describe();
    }
    Ok(RECORDER.get_or_init(|| handle))
}

fn describe() {
    describe_counter!(REQUESTS, "Requests by method, route and status.");
    describe_histogram!(SECONDS, Unit::Seconds, "Time to an answer, by route.");
    describe_gauge!(UNSEALED, "Journal entries that the sealer has not reached.");
    describe_gauge!(FOUND, "Usage points in the search index.");
    describe_gauge!(
        UNFOLLOWED,
        "Journal entries after the position that the search index notes; it notes every change, and now and then that there was none."
    );
    describe_counter!("gridhall_faults_total", "Answers that were our fault.");
    describe_counter!("gridhall_database_errors_total", "Errors that the database reported.");
}

/// `GET /metrics`
pub async fn show(State((house, search)): State<(House, Search)>) -> Answer<Response> {
    let handle = install()?;
    let tx = house.db.read().await?;
    let unsealed = u32::try_from(journal::unsealed(&tx).await?).unwrap_or(u32::MAX);
    gauge!(UNSEALED).set(f64::from(unsealed));
    if let Some(standing) = search.standing().await? {
        let behind = journal::head(&tx).await?.saturating_sub(standing.position);
        gauge!(FOUND).set(f64::from(u32::try_from(standing.records).unwrap_or(u32::MAX)));
        gauge!(UNFOLLOWED).set(f64::from(u32::try_from(behind).unwrap_or(0)));
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, handle.render()).into_response())
}

/// Counts and times every request under the pattern of its route, never under its path: paths hold
/// customers' numbers and have no end.
#[allow(clippy::disallowed_methods)] // clock: latency of a request
pub async fn measure(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = method_name(request.method());
    let begun = Instant::now(); // clock: latency of a request
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    histogram!(SECONDS, "method" => method, "route" => route.clone()).record(begun.elapsed().as_secs_f64());
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
    response
}

/// A client may make methods up; each would be a series of its own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
