//! A span as OpenTelemetry has it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

const SERVER: u8 = 2;
const INTERNAL: u8 = 1;
const ERROR: u8 = 2;

/// Who stands above a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    trace: u128,
    span: u64,
}

impl Parent {
    /// The header `traceparent` of W3C: `00-…32 digits…-…16 digits…-01`.
    pub(super) fn read(text: &str) -> Option<Parent> {
        let mut parts = text.split('-');
        let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_shaped = version.len() == 2 && trace.len() == 32 && span.len() == 16;
        if !is_shaped || version == "ff" || ![version, trace, span].iter().all(|part| is_hex(part)) {
            return None;
        }
        let parent = Parent { trace: u128::from_str_radix(trace, 16).ok()?, span: u64::from_str_radix(span, 16).ok()? };
        (parent.trace != 0 && parent.span != 0).then_some(parent)
    }
}

/// A span under way, or one that has ended.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    name: &'static str,
    trace: u128,
    span: u64,
    parent: Option<u64>,
    begun: u64,
    ended: u64,
    attributes: Vec<(&'static str, Value)>,
}

impl Noted {
    pub(super) fn begun(name: &'static str, above: Option<Parent>, (trace, span): (u128, u64)) -> Noted {
        let trace = above.map_or(trace.max(1), |above| above.trace);
        let parent = above.map(|above| above.span);
        Noted { name, trace, span: span.max(1), parent, begun: nanos(), ended: 0, attributes: Vec::new() }
    }

    pub(super) fn as_parent(&self) -> Parent {
        Parent { trace: self.trace, span: self.span }
    }

    /// The caller has a trace of his own.
    pub(super) fn adopt(&mut self, parent: Parent) {
        (self.trace, self.parent) = (parent.trace, Some(parent.span));
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.put(name, json!({ "stringValue": value }));
    }

    pub(super) fn set_number(&mut self, name: &str, value: u64) {
        self.put(name, json!({ "intValue": value.to_string() }));
    }

    fn put(&mut self, name: &str, value: Value) {
        if let Some(name) = conventional(name) {
            self.attributes.retain(|(known, _)| *known != name);
            self.attributes.push((name, value));
        }
    }

    pub(super) fn ended(self) -> Noted {
        Noted { ended: nanos(), ..self }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| *known == name)?;
        value.get("stringValue").or(value.get("intValue"))?.as_str()
    }

    fn title(&self) -> String {
        let told = match self.name {
            "request" => [self.attribute("http.request.method"), self.attribute("http.route")],
            "work" => [Some("work"), self.attribute("gridhall.work.kind")],
            name => [Some(name), None],
        };
        told.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn to_json(&self) -> Value {
        let is_failed = self.attribute("http.response.status_code").is_some_and(|status| status.starts_with('5'));
        let attributes: Vec<Value> =
            self.attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        let mut span = json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.span),
            "name": self.title(),
            "kind": if self.name == "request" { SERVER } else { INTERNAL },
            "startTimeUnixNano": self.begun.to_string(),
            "endTimeUnixNano": self.ended.max(self.begun).to_string(),
            "attributes": attributes,
        });
        if let Some(parent) = self.parent {
            span["parentSpanId"] = json!(format!("{parent:016x}"));
        }
        if is_failed {
            span["status"] = json!({ "code": ERROR });
        }
        span
    }
}

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

#[allow(clippy::disallowed_methods)] // clock: traces of several machines are laid side by side
fn nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH); // clock: traces of several machines
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_of_a_caller_is_read_from_his_header_or_not_at_all() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let parent = Parent::read(text).expect("a parent");
        assert_eq!((parent.trace, parent.span), (0x0af7651916cd43dd8448eb211c80319c, 0xb7ad6b7169203331));
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert_eq!(Parent::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_span_is_written_as_its_standard_has_it_and_tells_only_what_is_named_there() {
        let above = Parent { trace: 7, span: 9 };
        let mut noted = Noted::begun("request", Some(above), (1, 2));
        noted.set("method", "POST");
        noted.set("route", "/api/payments");
        noted.set("path", "/api/usage-points/0000000001");
        noted.set_number("status", 503);
        let json = noted.ended().to_json();
        assert_eq!((&json["name"], &json["kind"]), (&json!("POST /api/payments"), &json!(SERVER)));
        assert_eq!(json["traceId"], "00000000000000000000000000000007");
        assert_eq!((&json["spanId"], &json["parentSpanId"]), (&json!("0000000000000002"), &json!("0000000000000009")));
        assert_eq!(json["status"], json!({ "code": ERROR }));
        assert!(!json.to_string().contains("0000000001\""), "{json}");
    }
}
