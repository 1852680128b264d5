//! What an operator watches, in the text that Prometheus reads.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use business::search::Search;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use platform::http::problem::Answer;
use platform::journal::Standing;
use platform::long_work::{self, Handlers};
use platform::{Db, Fault, House, Result, backup, figure, journal};

use crate::{health, process, traces};

const REQUESTS: &str = "gridhall_http_requests_total";
const SECONDS: &str = "gridhall_http_request_seconds";
const UNSEALED: &str = "gridhall_journal_unsealed";
const SEAL_LAG: &str = "gridhall_journal_seal_lag_seconds";
const FAULTS: &str = "gridhall_faults_total";

const FOUND: &str = "gridhall_search_usage_points";
const UNFOLLOWED: &str = "gridhall_search_unfollowed";

/// What nobody should have to wait for a look.
const LONG: Duration = Duration::from_secs(1);

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
    describe_gauge!(SEAL_LAG, Unit::Seconds, "Age of the oldest journal entry that the sealer has not reached.");
    describe_counter!(FAULTS, "Answers that were our fault, by code: `fault`, or what kept the house from working.");
    describe_counter!("gridhall_database_errors_total", "Errors that the database reported.");
    // A series that is not there until something goes wrong cannot be watched.
    for code in ["fault", "storage.full", "database.away", "database.busy"] {
        counter!(FAULTS, "code" => code).absolute(0);
    }
    Db::describe_metrics();
    long_work::describe_metrics();
    backup::describe_metrics();
    health::describe_metrics();
    traces::describe_metrics();
    process::describe_metrics();
}

/// What the figures are about.
#[derive(Debug, Clone)]
pub struct Watched {
    pub house: House,
    pub search: Search,
    pub handlers: Handlers,
}

/// `GET /metrics`. What the database would have to tell is as it was last, while it does not answer; the health check
/// beside it says so.
pub async fn show(State(watched): State<Watched>) -> Answer<Response> {
    let handle = install()?;
    let Watched { house, .. } = &watched;
    process::show_metrics(house).await;
    house.db.show_metrics();
    if let Some(standing) = health::show_metrics(house).await
        && let Err(error) = watched.ask_database(&standing).await
    {
        tracing::warn!(%error, "figures of the database are missing");
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, handle.render()).into_response())
}

impl Watched {
    async fn ask_database(&self, standing: &Standing) -> Result<()> {
        let (tx, now) = (self.house.db.read().await?, self.house.clock.now());
        gauge!(UNSEALED).set(figure(journal::unsealed(&tx).await?));
        gauge!(SEAL_LAG).set(figure(standing.unsealed_since.map_or(0, |since| now.duration_since(since).as_secs())));
        long_work::show_metrics(&tx, &self.handlers, now).await?;
        backup::show_metrics(&tx, now).await?;
        drop(tx);
        self.house.db.show_sizes().await?;
        if let Some(found) = self.search.standing().await? {
            gauge!(FOUND).set(figure(found.records));
            gauge!(UNFOLLOWED).set(figure(standing.head.saturating_sub(found.position)));
        }
        Ok(())
    }
}

/// Counts and times every request under the pattern of its route, never under its path: paths hold
/// customers' numbers and have no end.
#[allow(clippy::disallowed_methods)] // clock: latency of a request
pub async fn measure(request: Request, next: Next) -> Response {
    let route = route_of(&request).to_owned();
    let method = method_name(request.method());
    let begun = Instant::now(); // clock: latency of a request
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    tracing::Span::current().record("status", u64::from(status));
    log(method, status, took);
    let status = status.to_string();
    histogram!(SECONDS, "method" => method, "route" => route.clone()).record(took.as_secs_f64());
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
    response
}

/// A look takes a moment and changes nothing: it is told when it takes long, or fails. Who asked for what stands in the
/// span around it.
fn log(method: &str, status: u16, took: Duration) {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match status {
        500.. => tracing::warn!(status, millis, "answered"),
        _ if method == "GET" && took < LONG => tracing::debug!(status, millis, "answered"),
        _ => tracing::info!(status, millis, "answered"),
    }
}

/// The pattern of a request's route.
pub fn route_of(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}

/// A client may make methods up; each would be a series of its own.
pub fn method_name(method: &Method) -> &'static str {
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
