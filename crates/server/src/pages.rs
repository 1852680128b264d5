//! The pages, carried in the program: files under their own addresses, and for every other address
//! that is not the API's the one document in which the browser finds its page.

#![allow(unused_qualifications)] // in what memory-serve writes for each file

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use memory_serve::CacheControl;
use tower::ServiceExt;

/// Scripts only from here. The component library writes its styles into the document while it runs,
/// hence the inline styles; the browser's own print and save dialogs of papers need `blob:` frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'; frame-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// First words of addresses that are no page's: a slip there shall be told, not answered with a page.
const NOT_PAGES: [&str; 4] = ["api", "assets", "metrics", "healthz"];

/// What answers where no route does.
pub async fn show(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (mut parts, body) = request.into_parts();
    if !is_file(parts.uri.path()) {
        if is_no_page(parts.uri.path()) {
            return StatusCode::NOT_FOUND.into_response();
        }
        parts.uri = Uri::from_static("/");
    }
    let Ok(mut response) = files().clone().oneshot(Request::from_parts(parts, body)).await;
    if !response.status().is_client_error() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    response
}

/// Made once: the bytes that it unpacks stay in memory for good.
fn files() -> &'static Router {
    static FILES: OnceLock<Router> = OnceLock::new();
    FILES.get_or_init(|| {
        memory_serve::load!()
            .index_file(Some("/index.html"))
            .html_cache_control(CacheControl::NoCache)
            .cache_control(CacheControl::Long)
            .into_router()
    })
}

/// Vite names everything below `assets` by its content; nothing else is a file but the icon.
fn is_file(path: &str) -> bool {
    path.starts_with("/assets/") || path == "/favicon.svg"
}

fn is_no_page(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    NOT_PAGES.contains(&first)
}
