use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const BILL: &str = "/api/bills/20160800000001";
const CANCELLATION: &str = "/api/bills/20160800000001/cancellation";
const READINGS: &str = "/api/usage-points/0000000001/readings";
const BALANCE: &str = "/api/usage-points/0000000001/balance";
const VOIDING: &str = "/api/meters/M0000000001/readings/2016-08-31/total/voiding";

/// A bureau with one bill, and a billing officer of the whole bureau.
async fn billed() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    (hall, token)
}

async fn act(hall: &Hall, token: &str, path: &str, key: &str, reason: &str) -> Answer {
    hall.ask("POST", path).bearer(token).key(key).json(&json!({ "reason": reason })).send().await
}

fn texts(value: &Value, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| value[*key].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_bill_is_listed_and_shown_with_what_it_was_computed_from() {
    let (hall, token) = billed().await;
    let list = hall.get(&token, "/api/bills?cycle=2016-08&limit=1").await.ok();
    assert_eq!(list["next"], "20160800000001");
    let rest = hall.get(&token, "/api/bills?cycle=2016-08&limit=1&after=20160800000001").await.ok();
    assert_eq!((&rest["items"], &rest["next"]), (&json!([]), &json!(null)));
    assert_eq!(hall.get(&token, "/api/bills?cycle=2016-07").await.ok()["items"], json!([]));
    let of_point = hall.get(&token, "/api/usage-points/0000000001/bills").await.ok();
    assert_eq!(of_point, list["items"]);

    let bill = hall.get(&token, BILL).await.ok();
    assert_eq!(bill["head"], list["items"][0]);
    assert_eq!(
        texts(&bill["head"], &["supply_no", "period_from", "period_to", "kwh", "amount", "status"]),
        ["0000000001", "2016-08-01", "2016-08-31", "240", "129.12", "issued"]
    );
    assert_eq!(
        texts(&bill["lines"][0], &["code", "quantity", "unit", "price", "amount"]),
        ["energy.total", "240", "kWh", "0.538", "129.12"]
    );
    let read = &bill["reads"][0];
    assert_eq!(read["from"], json!({ "on": "2016-07-31", "value": "0.5", "kind": "opening" }));
    assert_eq!(read["to"], json!({ "on": "2016-08-31", "value": "240.5", "kind": "actual" }));
    assert_eq!(texts(read, &["meter_no", "quantity", "unit"]), ["M0000000001", "240", "kWh"]);
    for digest in [&bill["digest"], &bill["versions"][0]["digest"]] {
        assert_eq!(digest.as_str().map(str::len), Some(64));
    }
    let steps = hall.get(&token, &format!("{BILL}/explanation")).await.ok();
    assert!(steps[0]["en"].as_str().is_some_and(|step| step.contains("20160800000001")), "{steps}");
    assert!(steps.as_array().is_some_and(|steps| steps.iter().any(|step| step["zh"].to_string().contains("129.12"))));
}

#[tokio::test]
async fn a_cancellation_is_done_once_and_answered_with_the_reversal() {
    let (hall, token) = billed().await;
    let first = act(&hall, &token, CANCELLATION, "k1", "抄错表").await;
    let reversal = first.ok();
    assert_eq!(
        texts(&reversal, &["bill_no", "kwh", "amount", "status", "replaces"]),
        ["20160800000002", "-240", "-129.12", "reversal", "20160800000001"]
    );
    let again = act(&hall, &token, CANCELLATION, "k1", "抄错表").await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let twice = act(&hall, &token, CANCELLATION, "k2", "抄错表").await;
    assert_eq!(twice.problem(409), "bill.cancelled");
    let reversed = act(&hall, &token, "/api/bills/20160800000002/cancellation", "k3", "抄错表").await;
    assert_eq!(reversed.problem(409), "bill.reversal");

    let bills = hall.get(&token, "/api/usage-points/0000000001/bills").await.ok();
    let states: Vec<_> = bills.as_array().expect("bills").iter().map(|bill| &bill["status"]).collect();
    assert_eq!(states, ["reversal", "cancelled"]);
    let lines = hall.get(&token, "/api/bills/20160800000002").await.ok();
    assert_eq!(texts(&lines["lines"][0], &["quantity", "amount"]), ["-240", "-129.12"]);
    assert_eq!(hall.get(&token, BALANCE).await.ok(), json!({ "owed": "0.00", "prepaid": "0.00" }));
}

#[tokio::test]
async fn a_cancellation_needs_a_reason_and_the_right_at_the_station() {
    let (hall, token) = billed().await;
    let silent = act(&hall, &token, CANCELLATION, "k1", "  ").await;
    assert_eq!(silent.problem(422), "reason.empty");
    let unknown = act(&hall, &token, "/api/bills/20160800000009/cancellation", "k2", "抄错表").await;
    assert_eq!(unknown.problem(404), "bill.unknown");
    let elsewhere = hall.person("li.na", &[("billing-officer", "ST02")]).await;
    let refused = act(&hall, &elsewhere, CANCELLATION, "k1", "抄错表").await;
    assert_eq!(refused.problem(404), "bill.unknown");
    assert_eq!(hall.get(&elsewhere, BILL).await.problem(404), "bill.unknown");
    assert_eq!(hall.get(&elsewhere, "/api/bills").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_reading_is_voided_once_no_bill_stands_on_it() {
    let (hall, token) = billed().await;
    let readings = hall.get(&token, READINGS).await.ok();
    let keys = ["meter_no", "register", "read_on", "value", "unit", "kind"];
    assert_eq!(texts(&readings[0], &keys), ["M0000000001", "total", "2016-08-31", "240.5", "kWh", "actual"]);
    let billed = act(&hall, &token, VOIDING, "k1", "抄错表").await;
    assert_eq!(billed.problem(409), "reading.billed");
    act(&hall, &token, CANCELLATION, "k2", "抄错表").await.ok();
    let voided = act(&hall, &token, VOIDING, "k1", "抄错表").await.ok();
    assert_eq!(texts(&voided, &keys[..5]), ["M0000000001", "total", "2016-08-31", "240.5", "kWh"]);
    let replayed = act(&hall, &token, VOIDING, "k1", "抄错表").await;
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert_eq!(hall.get(&token, READINGS).await.ok(), json!([]));
    let gone = act(&hall, &token, VOIDING, "k3", "抄错表").await;
    assert_eq!(gone.problem(404), "reading.unknown");

    hall.read("M0000000001,2016-08-31,total,140.5,actual").await;
    hall.issue_august().await;
    let bill = hall.get(&token, "/api/bills/20160800000003").await.ok();
    assert_eq!(texts(&bill["head"], &["kwh", "status", "replaces"]), ["140", "issued", "20160800000001"]);
    assert_eq!(bill["head"]["sequence"], 2);
}

#[tokio::test]
async fn a_voiding_names_a_reading_that_can_be_and_a_station_of_the_actor() {
    let (hall, token) = billed().await;
    let table = [
        ("/api/meters/M0000000001/readings/2016-08-32/total/voiding", 422, "date.invalid"),
        ("/api/meters/M0000000001/readings/2016-08-31/night/voiding", 422, "register.unknown"),
        ("/api/meters/M0000000002/readings/2016-08-31/total/voiding", 404, "reading.unknown"),
        ("/api/meters/M0000000001/readings/2016-08-30/total/voiding", 404, "reading.unknown"),
    ];
    for (path, status, code) in table {
        assert_eq!(act(&hall, &token, path, "k1", "抄错表").await.problem(status), code, "{path}");
    }
    assert_eq!(act(&hall, &token, VOIDING, "k1", " ").await.problem(422), "reason.empty");
    let elsewhere = hall.person("li.na", &[("billing-officer", "ST02")]).await;
    let refused = act(&hall, &elsewhere, VOIDING, "k1", "抄错表").await;
    assert_eq!(refused.problem(403), "access.other-station");
}

fn in_fen(line: &Value) -> i64 {
    let side = |name: &str| line[name].as_str().map_or(0, |text| text.replace('.', "").parse().expect("yuan"));
    side("debit") - side("credit")
}

#[tokio::test]
async fn the_ledger_is_read_line_by_line_and_balances() {
    let (hall, token) = billed().await;
    assert_eq!(hall.get(&token, BALANCE).await.ok(), json!({ "owed": "129.12", "prepaid": "0.00" }));
    let all = hall.get(&token, "/api/ledger?month=2016-09").await.ok()["items"].clone();
    let all = all.as_array().expect("lines");
    assert!(all.len() >= 3);
    assert_eq!(all.iter().map(in_fen).sum::<i64>(), 0);
    assert_eq!(
        texts(&all[0], &["bill_no", "supply_no", "account", "debit"]),
        ["20160800000001", "0000000001", "receivable", "129.12"]
    );
    let (mut path, mut seen) = ("/api/ledger?limit=1".to_owned(), Vec::new());
    loop {
        let page = hall.get(&token, &path).await.ok();
        seen.extend(page["items"].as_array().expect("lines").iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/ledger?limit=1&after={next}");
    }
    assert_eq!(&seen, all);
    assert_eq!(hall.get(&token, "/api/ledger?month=2016-08").await.ok()["items"], json!([]));
    let wrong = |query: &'static str| hall.get(&token, query);
    assert_eq!(wrong("/api/ledger?month=2016-13").await.problem(422), "month.invalid");
    assert_eq!(wrong("/api/ledger?after=x").await.problem(422), "page.after");
}

#[tokio::test]
async fn a_post_at_a_station_reads_the_accounts_of_that_station_alone() {
    let (hall, token) = billed().await;
    let here = hall.person("zhang.wei", &[("station-head", "ST01")]).await;
    let elsewhere = hall.person("li.na", &[("station-head", "ST02")]).await;
    let whole = hall.get(&token, "/api/ledger").await.ok();
    assert_eq!(hall.get(&here, "/api/ledger").await.ok(), whole);
    assert_eq!(hall.get(&elsewhere, "/api/ledger").await.ok()["items"], json!([]));
    for path in [BALANCE, READINGS, "/api/usage-points/0000000001/bills"] {
        hall.get(&here, path).await.ok();
        assert_eq!(hall.get(&elsewhere, path).await.problem(404), "supply-no.unknown", "{path}");
    }
    let cashier = hall.person("zhao.qi", &[("cashier", "bureau")]).await;
    assert_eq!(hall.get(&cashier, BALANCE).await.problem(403), "access.forbidden");
}
