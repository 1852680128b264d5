//! No route can be forgotten: the API document is the list.

use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

/// What is meant to be open to everybody.
const OPEN: [(&str, &str); 5] = [
    ("get", "/healthz"),
    ("get", "/livez"),
    ("post", "/api/session"),
    ("get", "/api/setup"),
    ("get", "/api/demonstration"),
];

/// What belongs to everybody's own session and needs no right.
const OWN: [(&str, &str); 6] = [
    ("get", "/api/session"),
    ("delete", "/api/session"),
    ("post", "/api/session/password"),
    ("get", "/api/sessions"),
    ("delete", "/api/sessions"),
    ("delete", "/api/sessions/{id}"),
];

/// What changes nothing that could be done twice.
const KEYLESS: [(&str, &str); 8] = [
    ("post", "/api/session"),
    ("delete", "/api/session"),
    ("delete", "/api/sessions"),
    ("delete", "/api/sessions/{id}"),
    ("post", "/api/session/password"),
    ("post", "/api/quote"),
    ("post", "/api/tariff-packs/check"),
    ("post", "/api/payments/quote"),
];

/// What takes a thing that no example can foresee, or a file, or the opposite of what an example
/// before it has done, and what it answers then.
const UNFORESEEN: [(&str, &str, u16, &str); 58] = [
    ("post", "/api/price-trials", 404, "tariff-pack.unknown"),
    ("get", "/api/price-trials/{trial_no}", 404, "price-trial.unknown"),
    ("get", "/api/price-trials/{trial_no}/bills.csv", 404, "price-trial.unknown"),
    ("get", "/api/price-trials/{trial_no}/unpriced.csv", 404, "price-trial.unknown"),
    ("get", "/api/corrections/{correction_no}/accounts/{supply_no}", 404, "correction.account-unknown"),
    ("post", "/api/corrections/{correction_no}/approval", 409, "correction.state"),
    ("post", "/api/corrections/{correction_no}/issue", 409, "correction.state"),
    ("post", "/api/meters/{meter_no}/amendments/reading", 409, "amendment.not-billed"),
    ("post", "/api/debit-batches", 409, "debit.changed"),
    ("get", "/api/debit-batches/{batch_no}", 404, "debit-batch.unknown"),
    ("get", "/api/debit-batches/{batch_no}/lines", 404, "debit-batch.unknown"),
    ("get", "/api/debit-batches/{batch_no}/file", 404, "debit-batch.unknown"),
    ("post", "/api/debit-batches/{batch_no}/sending", 404, "debit-batch.unknown"),
    ("post", "/api/debit-batches/{batch_no}/withdrawal", 404, "debit-batch.unknown"),
    ("post", "/api/debit-batches/{batch_no}/giving-up", 404, "debit-batch.unknown"),
    ("get", "/api/mandates/{id}", 404, "mandate.unknown"),
    ("post", "/api/mandates/{id}/ending", 404, "mandate.unknown"),
    ("post", "/api/mandates/{id}/unmasking", 404, "mandate.unknown"),
    ("get", "/api/payments/{receipt_no}/receipt.pdf", 409, "paper.program-missing"),
    ("post", "/api/payments/{receipt_no}/print", 404, "printer.unknown"),
    ("post", "/api/print-runs", 404, "print.nothing"),
    ("get", "/api/print-runs/{id}", 404, "print-run.unknown"),
    ("get", "/api/print-runs/{id}/files", 404, "print-run.unknown"),
    ("get", "/api/print-runs/{id}/files/{file}", 404, "print-run.unknown"),
    ("get", "/api/bills/{bill_no}/bill.pdf", 409, "paper.program-missing"),
    ("post", "/api/billing-runs/{cycle}/approval", 409, "run.changed"),
    ("get", "/api/billing-runs/{cycle}/exceptions/{supply_no}/registers", 404, "exception.unknown"),
    ("post", "/api/billing-runs/{cycle}/exception-decisions", 404, "exception.unknown"),
    ("post", "/api/billing-runs/{cycle}/exception-passes", 409, "exception.count"),
    ("post", "/api/exception-decisions/{id}/undoing", 404, "exception-decision.unknown"),
    ("post", "/api/tariff-packs/{pack_no}/refusal", 409, "tariff-pack.decided"),
    ("post", "/api/billing-runs/{cycle}/approval-withdrawal", 409, "run.issued"),
    ("post", "/api/late-charge-waivers", 409, "late-charge.none"),
    ("post", "/api/payment-requests/{request_no}/refusal", 409, "request.decided"),
    ("post", "/api/payment-requests/{request_no}/withdrawal", 404, "request.unknown"),
    ("post", "/api/payments", 409, "payment.changed"),
    ("get", "/api/long-work/{id}", 404, "work.unknown"),
    ("get", "/api/long-work/{id}/log", 404, "work.unknown"),
    ("get", "/api/long-work/{id}/report.csv", 404, "work.unknown"),
    ("post", "/api/long-work/{id}/stop", 404, "work.unknown"),
    ("post", "/api/long-work/{id}/resume", 404, "work.unknown"),
    ("post", "/api/closing-days/{day}/close", 409, "day.till-open"),
    ("get", "/api/closing-days/{day}/document", 404, "day.unknown"),
    ("get", "/api/tills/{id}", 404, "till.unknown"),
    ("post", "/api/tills/{id}/counts", 404, "till.unknown"),
    ("post", "/api/tills/{id}/close", 404, "till.unknown"),
    ("post", "/api/tills/{id}/reopening", 404, "till.unknown"),
    ("post", "/api/differences/{id}/explanation", 404, "difference.unknown"),
    ("post", "/api/differences/{id}/settlement", 404, "difference.unknown"),
    ("post", "/api/bank-lines/{id}/match", 404, "line.unknown"),
    ("post", "/api/bank-lines/{id}/unmatching", 404, "line.unknown"),
    ("post", "/api/imports/{kind}", 422, "file.empty"),
    ("post", "/api/review-decisions/{id}/undoing", 404, "decision.unknown"),
    ("get", "/api/meters/{meter_no}/readings/{read_on}/{register}/estimate", 422, "estimate.no-basis"),
    ("post", "/api/usage-points/{supply_no}/amendments/terms", 409, "amendment.not-billed"),
    ("post", "/api/usage-points/{supply_no}/suspensions", 409, "suspension.no-agreement"),
    ("post", "/api/usage-points/{supply_no}/suspensions/{from}/resumption", 404, "suspension.unknown"),
    ("post", "/api/usage-points/{supply_no}/suspensions/{from}/withdrawal", 404, "suspension.unknown"),
];

struct Route {
    method: String,
    path: String,
    operation: Value,
}

impl Route {
    fn is_in(&self, list: &[(&str, &str)]) -> bool {
        list.contains(&(self.method.as_str(), self.path.as_str()))
    }

    /// The path with the examples of its parameters, and of those of the query that must be given.
    fn example_path(&self) -> String {
        let (mut path, mut query) = (self.path.clone(), Vec::new());
        for parameter in self.operation["parameters"].as_array().into_iter().flatten() {
            let (name, place) = (parameter["name"].as_str().expect("a name"), &parameter["in"]);
            let needed = place == "path" || (place == "query" && parameter["required"] == true);
            if !needed {
                continue;
            }
            let example = parameter["example"].as_str();
            let example = example.unwrap_or_else(|| panic!("{path}: {name} has no example"));
            if place == "path" {
                path = path.replace(&format!("{{{name}}}"), example);
            } else {
                let escaped: String = example.bytes().map(|byte| format!("%{byte:02X}")).collect();
                query.push(format!("{name}={escaped}"));
            }
        }
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    fn example_body(&self, document: &Value) -> Option<Value> {
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        let properties = document["components"]["schemas"][name]["properties"].as_object();
        let example = |(name, property): (&String, &Value)| (name.clone(), property["example"].clone());
        Some(Value::Object(properties.into_iter().flatten().map(example).collect()))
    }

    async fn drive(&self, hall: &Hall, document: &Value, token: Option<&str>) -> Answer {
        let method = self.method.to_uppercase();
        let mut ask = hall.ask(&method, &self.example_path()).key("a-key");
        if let Some(token) = token {
            ask = ask.bearer(token);
        }
        if let Some(body) = self.example_body(document) {
            ask = ask.json(&body);
        }
        ask.send().await
    }
}

fn document() -> Value {
    serde_json::to_value(gridhall::openapi()).expect("JSON")
}

fn routes(document: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            routes.push(Route { method: method.clone(), path: path.clone(), operation: operation.clone() });
        }
    }
    assert!(routes.len() >= 24, "the document has lost its routes");
    routes
}

#[tokio::test]
async fn nobody_gets_nothing_but_what_is_open() {
    let hall = Hall::open().await;
    hall.fill().await;
    let document = document();
    for route in routes(&document) {
        if !route.is_in(&OPEN) {
            let answer = route.drive(&hall, &document, None).await;
            assert_eq!(answer.problem(401), "access.signed-out", "{}", route.path);
            let stale = route.drive(&hall, &document, Some("0000")).await;
            assert_eq!(stale.problem(401), "access.signed-out", "{}", route.path);
        }
    }
}

#[tokio::test]
async fn a_stranger_without_posts_has_only_his_own_session() {
    let hall = Hall::open().await;
    hall.fill().await;
    let document = document();
    for (at, route) in routes(&document).into_iter().enumerate() {
        if route.is_in(&OPEN) {
            continue;
        }
        let token = hall.person(&format!("stranger{at}"), &[]).await;
        hall.advance_minutes(1);
        let answer = route.drive(&hall, &document, Some(&token)).await;
        if route.is_in(&OWN) {
            assert_ne!(answer.status, 401, "{}", route.path);
            assert_ne!(answer.status, 403, "{}", route.path);
        } else {
            assert_eq!(answer.problem(403), "access.forbidden", "{}", route.path);
        }
    }
}

/// In the order of their paths: the bill of the reading is cancelled before the reading is voided.
#[tokio::test]
async fn the_examples_of_the_document_work_for_whoever_has_the_rights() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    hall.pay_ahead("0000000001", "50.00").await;
    let posts = ["billing-officer", "billing-approver", "administrator", "chief-cashier"].map(|role| (role, "bureau"));
    let document = document();
    for (at, route) in routes(&document).into_iter().enumerate() {
        if route.is_in(&OPEN) || route.is_in(&OWN) {
            continue;
        }
        let token = hall.person(&format!("officer{at}"), &posts).await;
        hall.advance_minutes(1);
        let answer = route.drive(&hall, &document, Some(&token)).await;
        let unforeseen =
            UNFORESEEN.iter().find(|(method, path, ..)| (*method, *path) == (route.method.as_str(), &route.path));
        if let Some((_, _, status, code)) = unforeseen {
            assert_eq!(answer.problem(*status), *code, "{}", route.path);
        } else {
            assert!(matches!(answer.status.as_u16(), 200 | 202), "{} {} {}", route.path, answer.status, answer.text);
        }
    }
}

#[test]
fn every_act_documents_its_key_and_every_route_its_refusals() {
    for route in routes(&document()) {
        let name = format!("{} {}", route.method, route.path);
        let responses = route.operation["responses"].as_object().expect("responses");
        let needs_key = route.method != "get" && !route.is_in(&KEYLESS);
        let mut parameters = route.operation["parameters"].as_array().into_iter().flatten();
        let has_key = parameters.any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(needs_key, has_key, "{name}");
        let expected: &[&str] = match (route.is_in(&OPEN), needs_key) {
            (true, _) => &[],
            (false, false) => &["401", "403", "500", "503"],
            (false, true) => &["400", "401", "403", "409", "422", "500", "503"],
        };
        for status in expected {
            assert!(responses.contains_key(*status), "{name} {status}");
        }
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            // A house that is not well tells it in the same document as one that is.
            if route.path == "/healthz" {
                continue;
            }
            let schema = &response["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{name} {status}");
            let said = response["description"].as_str().unwrap_or_default();
            assert!(said.contains('`'), "{name} {status} names no code");
        }
    }
}

#[test]
fn every_list_in_pages_documents_how_to_turn_them() {
    for route in routes(&document()) {
        let answer = &route.operation["responses"]["200"]["content"]["application/json"]["schema"];
        let is_page = answer["$ref"].as_str().is_some_and(|name| name.contains("/Page_"));
        let parameters = || route.operation["parameters"].as_array().into_iter().flatten();
        let has = |name: &str| parameters().any(|p| p["name"] == name && p["in"] == "query");
        assert_eq!(is_page, has("after") || has("before"), "{}", route.path);
        assert!(!is_page || has("limit"), "{}", route.path);
    }
}

#[test]
fn every_field_of_the_document_has_an_example_or_is_built_of_such() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let composed = ["$ref", "items", "oneOf"].iter().any(|key| property.get(key).is_some());
            let (cursor, free_form) = (field == "next", property["type"] == "object");
            assert!(composed || cursor || free_form || property.get("example").is_some(), "{name}.{field}: {property}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_as_the_program_writes_it() {
    let hall = Hall::open().await;
    let served = hall.ask("GET", "/api/openapi.json").send().await.ok();
    assert_eq!(served, document());
    assert_eq!(served["components"]["securitySchemes"]["bearer"]["scheme"], json!("bearer"));
}
