//! What is told of a span, and under which names.
//!
//! ```text
//!   span              called                            attributes
//!   request           GET /api/usage-points/{supply_no} http.request.method, http.route, http.response.status_code,
//!                                                       enduser.id (who works here), gridhall.request.id
//!   work              work import.readings              gridhall.work.kind, gridhall.work.id
//!   database.wait     database.wait                     db.system.name, gridhall.database.purpose
//!   database.commit   database.commit                   db.system.name
//! ```

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::trace::SpanData;

pub(super) const NAMES: [&str; 4] = ["request", "work", "database.wait", "database.commit"];

/// The names that OpenTelemetry has for our fields; what is not here stays in the house.
fn conventional(field: &str) -> Option<&'static str> {
    Some(match field {
        "method" => "http.request.method",
        "route" => "http.route",
        "status" => "http.response.status_code",
        "id" => "gridhall.request.id",
        "actor" => "enduser.id",
        "engine" => "db.system.name",
        "purpose" => "gridhall.database.purpose",
        "kind" => "gridhall.work.kind",
        "work" => "gridhall.work.id",
        _ => return None,
    })
}

/// A span as it leaves the house.
pub(super) fn told(mut span: SpanData) -> SpanData {
    let known = |KeyValue { key, value, .. }: KeyValue| {
        conventional(key.as_str()).map(|name| KeyValue::new(Key::from_static_str(name), value))
    };
    span.attributes = span.attributes.into_iter().filter_map(known).collect();
    if span.name == "request" {
        span.span_kind = SpanKind::Server;
    }
    let of = |key: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| attribute.value.as_str().into_owned())
    };
    if of("http.response.status_code").is_some_and(|status| status.starts_with('5')) {
        span.status = Status::error("");
    }
    let title = match span.name.as_ref() {
        "request" => [of("http.request.method"), of("http.route")],
        "work" => [Some("work".to_owned()), of("gridhall.work.kind")],
        name => [Some(name.to_owned()), None],
    };
    span.name = title.into_iter().flatten().collect::<Vec<_>>().join(" ").into();
    span
}
