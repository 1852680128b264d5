//! All routes, and the layers around them.
//!
//! ```text
//!   security headers ▸ request id, problems ▸ trace ▸ measure ▸ panics ▸ body limit ▸ guard ▸ timeout ▸ route
//! ```
//!
//! What needs a session is answered near the database, from the guard on; only a file, which may come slowly, is not.

use std::any::Any;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use business::pack::{self, Tariffs};
use business::search::Search;
use business::{
    Bureau, agreement, amendment, bill, billing, comparison, correction, customer, grid, ledger, metering, payment,
    reading, reversal, run, search, supply, tariff, terms,
};
use platform::http::Failure;
use platform::http::problem::{self, Problem, RequestId};
use platform::long_work::Handlers;
use platform::{Fault, House, access, journal};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::field::Empty;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics::Watched;
use crate::{health, imports, metrics, pages, traces, work};

const BODY_LIMIT: usize = 2 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);
/// A large file over a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What the routes stand on.
#[derive(Debug, Clone)]
struct Front {
    bureau: Bureau,
    search: Search,
    handlers: Handlers,
}

impl FromRef<Front> for House {
    fn from_ref(front: &Front) -> House {
        front.bureau.house.clone()
    }
}
impl FromRef<Front> for Handlers {
    fn from_ref(front: &Front) -> Handlers {
        front.handlers.clone()
    }
}
impl FromRef<Front> for Tariffs {
    fn from_ref(front: &Front) -> Tariffs {
        front.bureau.tariffs.clone()
    }
}

impl FromRef<Front> for Search {
    fn from_ref(front: &Front) -> Search {
        front.search.clone()
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Gridhall", description = "The marketing business of a power supply bureau. Refusals and faults are RFC 9457 problems with a stable `code`."),
    components(schemas(Problem)),
    security(("cookie" = []), ("bearer" = [])),
    modifiers(&Sessions),
)]
struct ApiDoc;

struct Sessions;

impl Modify for Sessions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            platform::http::session::COOKIE,
            "set by signing in; what changes something also needs the header X-Gridhall-Request: 1",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// What nobody needs to sign in for.
fn open_routes() -> OpenApiRouter<Front> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(health::show))
        .routes(routes!(health::alive))
        .merge(access::api::open_routes())
        .merge(demo::api::open_routes())
}

fn guarded_routes() -> OpenApiRouter<Front> {
    OpenApiRouter::new()
        .merge(access::api::routes())
        .merge(journal::api::routes())
        .merge(pack::api::routes())
        .merge(tariff::api::routes())
        .merge(grid::api::routes())
        .merge(supply::api::routes())
        .merge(business::book::api::routes())
        .merge(metering::api::routes())
        .merge(agreement::api::routes())
        .merge(terms::api::routes())
        .merge(amendment::api::routes())
        .merge(correction::api::routes())
        .merge(business::what_if::api::routes())
        .merge(reading::api::routes())
        .merge(business::review::api::routes())
        .merge(business::progress::api::routes())
        .merge(ledger::api::routes())
        .merge(bill::api::routes())
        .merge(run::api::routes())
        .merge(billing::api::routes())
        .merge(business::exception::api::routes())
        .merge(business::difference::api::routes())
        .merge(business::closing::api::routes())
        .merge(business::arrears::api::routes())
        .merge(business::recovery::api::routes())
        .merge(business::print::api::routes())
        .merge(business::print_run::api::routes())
        .merge(search::api::routes())
        .merge(comparison::api::routes())
        .merge(customer::api::routes())
        .merge(platform::long_work::api::routes())
        .merge(payment::api::routes())
        .merge(reversal::api::routes())
        .merge(business::mandate::api::routes())
        .merge(business::debit::api::routes())
}

/// What takes a file, which may come slowly.
fn upload_routes() -> OpenApiRouter<Front> {
    imports::routes()
}

fn within(patience: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, patience)
}

/// The API document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    open_routes().merge(guarded_routes()).merge(upload_routes()).into_openapi()
}

pub fn router(bureau: Bureau, search: Search) -> Router {
    let house = bureau.house.clone();
    let guard = middleware::from_fn_with_state(house.clone(), access::api::guard);
    let near = middleware::from_fn_with_state(house.clone(), near_the_database);
    let guarded = guarded_routes().layer(within(TIMEOUT)).route_layer(guard.clone()).route_layer(near);
    let uploads = upload_routes().layer(within(UPLOAD_TIMEOUT)).route_layer(guard);
    let open = open_routes().layer(within(TIMEOUT));
    let (routes, document) = open.merge(guarded).merge(uploads).split_for_parts();
    let handlers = work::handlers(&bureau);
    let watched = Watched { house: house.clone(), search: search.clone(), handlers: handlers.clone() };
    let routes = routes
        .route("/api/openapi.json", get(Json(document)))
        .with_state(Front { bureau, search, handlers })
        .merge(Router::new().route("/metrics", get(metrics::show)).with_state(watched))
        .fallback(pages::show);
    layered(routes, house)
}

fn layered(routes: Router, house: House) -> Router {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(metrics::measure))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(middleware::from_fn_with_state(house, problem::speak))
        .layer(middleware::from_fn(keep_from_caches))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
}

async fn near_the_database(State(house): State<House>, request: Request, next: Next) -> Response {
    house.db.near(next.run(request)).await.unwrap_or_else(|fault| Failure::from(fault).into_response())
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let what = format!("a handler panicked: {}", said.unwrap_or("without a word"));
    Failure::from(Fault::impossible(what)).into_response()
}

async fn keep_from_caches(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/");
    let mut response = next.run(request).await;
    if is_api {
        let never = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, never);
    }
    response
}

/// Under the request's id and the pattern of its route: a path may tell a customer's number, a query a person's name.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.map(|RequestId(id)| id.to_string()).unwrap_or_default();
    let (method, route) = (metrics::method_name(request.method()), metrics::route_of(request));
    let span = tracing::info_span!("request", id, method, route, actor = Empty, status = Empty);
    traces::adopt(&span, request.headers());
    span
}
