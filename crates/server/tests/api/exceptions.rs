//! The exceptions of a month's bills through the API: what is shown, decided, and taken back.

use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const RUN: &str = "/api/billing-runs/2016-08";

/// Account 0000000001 billed by an estimate, 0000000002 without a reading, tried; and an officer.
async fn tried() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill().await;
    hall.load_meters("M0000000002,0000000002,2016-07-31,,1,6,total,0,").await;
    hall.read("M0000000001,2016-08-31,total,340.5,estimated").await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    hall.try_august("zhao.liu", None).await;
    (hall, officer)
}

async fn post(hall: &Hall, token: &str, path: &str, key: &str, wish: &Value) -> Answer {
    hall.ask("POST", path).bearer(token).key(key).json(wish).send().await
}

async fn list(hall: &Hall, token: &str, query: &str) -> Vec<Value> {
    let page = hall.get(token, &format!("{RUN}/exceptions{query}")).await.ok();
    page["items"].as_array().expect("rows").clone()
}

fn wish(row: &Value, decision: &str, reason: &str) -> Value {
    json!({ "supply_no": row["supply_no"], "seen": row["seen"], "decision": decision, "reason": reason })
}

#[tokio::test]
async fn an_exception_says_why_it_stands_there_and_what_was_decided() {
    let (hall, officer) = tried().await;
    let rows = list(&hall, &officer, "?show=open").await;
    let row = rows.iter().find(|row| row["supply_no"] == "0000000001").expect("the estimate");
    assert!(row["because"]["en"].as_str().expect("words").starts_with("likelihood 30: estimated 30; "), "{row}");
    assert_eq!((&row["decided"], &row["held"], &row["stale"]), (&json!(null), &json!(false), &json!(false)));
    let path = format!("{RUN}/exception-decisions");
    let held = post(&hall, &officer, &path, "k1", &wish(row, "hold", "to-clarify")).await.ok();
    assert_eq!((&held["decision"], &held["reason_name"]["en"]), (&json!("hold"), &json!("to be clarified")));
    let again = post(&hall, &officer, &path, "k1", &wish(row, "hold", "to-clarify")).await.ok();
    assert_eq!(again["id"], held["id"], "the same key is the same decision");
    assert_eq!(
        post(&hall, &officer, &path, "k2", &wish(row, "hold", "to-clarify")).await.problem(409),
        "exception.decided"
    );
    let rows = list(&hall, &officer, "?show=held").await;
    assert_eq!((&rows[0]["held"], &rows[0]["decided"]["by"]), (&json!(true), &json!("wang.li")));
    let desk = hall.get(&officer, &format!("{RUN}/exception-desk?below=1000000")).await.ok();
    let counts = ["accounts", "decided", "held", "waiting", "light"].map(|key| desk[key].clone());
    assert_eq!(json!(counts), json!([2, 1, 1, 0, 0]));
    let undoing = format!("/api/exception-decisions/{}/undoing", held["id"].as_str().expect("an id"));
    assert_eq!(post(&hall, &officer, &undoing, "k3", &json!({})).await.status, 200);
    assert_eq!(post(&hall, &officer, &undoing, "k4", &json!({})).await.problem(404), "exception-decision.unknown");
    let passes = format!("{RUN}/exception-passes");
    let light = json!({ "below": "1000000", "accounts": 1, "reason": "small" });
    assert_eq!(post(&hall, &officer, &passes, "k5", &light).await.ok()["passed"], 1);
    assert_eq!(list(&hall, &officer, "?show=decided").await.len(), 1);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_where_it_is_wrong() {
    let (hall, officer) = tried().await;
    let path = format!("{RUN}/exception-decisions");
    let rows = list(&hall, &officer, "").await;
    let of = |number: &str| rows.iter().find(|row| row["supply_no"] == number).expect("a row");
    let (ready, blocked) = (of("0000000001"), of("0000000002"));
    let code = async |key: &str, wish: Value| {
        let answer = post(&hall, &officer, &path, key, &wish).await;
        let problem: Value = serde_json::from_str(&answer.text).expect("a problem");
        format!("{} {}", problem["code"].as_str().unwrap_or(""), problem["field"].as_str().unwrap_or(""))
    };
    assert_eq!(code("k1", wish(blocked, "pass", "season")).await, "exception.blocked ");
    assert_eq!(code("k2", wish(ready, "pass", "because")).await, "exception.reason reason");
    assert_eq!(code("k3", wish(ready, "keep", "season")).await, "word.unknown decision");
    assert_eq!(code("k4", wish(ready, "re-read", "看错")).await, "date.invalid due_on");
    let mut other = wish(ready, "pass", "season");
    other["seen"] = blocked["seen"].clone();
    assert_eq!(code("k5", other).await, "exception.changed seen");
    let light = |below: &str| json!({ "below": below, "accounts": 1, "reason": "small" });
    let passes = format!("{RUN}/exception-passes");
    assert_eq!(post(&hall, &officer, &passes, "k6", &light("x")).await.status, 422);
    for wrong in ["show=x", "order=x"] {
        assert_eq!(hall.get(&officer, &format!("{RUN}/exceptions?{wrong}")).await.problem(422), "word.unknown");
    }
    // Without the right, and at another station.
    let approver = hall.person("wang.wu", &[("billing-approver", "bureau")]).await;
    let refused = post(&hall, &approver, &path, "k7", &wish(ready, "pass", "season")).await;
    assert_eq!(refused.problem(403), "access.forbidden");
    let there = hall.person("li.na", &[("billing-officer", "ST02")]).await;
    assert_eq!(
        post(&hall, &there, &path, "k8", &wish(ready, "pass", "season")).await.problem(404),
        "exception.unknown"
    );
    assert_eq!(hall.get(&there, &format!("{RUN}/exceptions/0000000001/registers")).await.status, 404);
    let registers = hall.get(&there, &format!("{RUN}/exceptions/0000000002/registers")).await.ok();
    assert_eq!(registers[0]["read_on"], "2016-08-31", "{registers}");
}
