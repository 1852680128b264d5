//! What is agreed on with a customer, over HTTP: entered once, changed while it is not billed, taken back.

use business::billing;
use business::run::RunScope;
use platform::jobs::Unwatched;
use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const PATH: &str = "/api/usage-points/0000000001";

fn agreement(from: &str, capacity_kva: &str) -> Value {
    json!({ "from": from, "demand_mode": "capacity", "capacity_kva": capacity_kva, "reason": "增容合同 2016-18" })
}

async fn post(hall: &Hall, token: &str, path: &str, body: &Value) -> Answer {
    // The same wish has the same key.
    let key = business::bill::digest(&format!("{path} {body}"));
    hall.ask("POST", &format!("{PATH}/{path}")).bearer(token).key(&key).json(body).send().await
}

/// With August billed, and a billing officer.
async fn billed() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    (hall, token)
}

#[tokio::test]
async fn an_agreement_is_entered_once_and_taken_back_while_no_bill_goes_by_it() {
    let (hall, token) = billed().await;
    let early = post(&hall, &token, "agreements", &agreement("2016-08-31", "800")).await;
    assert_eq!((early.problem(409).as_str(), &early.json()["field"]), ("agreement.billed", &json!("from")));
    let entered = post(&hall, &token, "agreements", &agreement("2016-09-01", "800")).await.ok();
    assert_eq!(entered["agreements"][0]["capacity_kva"], "800");
    assert_eq!(entered["billed_to"], "2016-08-31");
    let again = post(&hall, &token, "agreements", &agreement("2016-09-01", "800")).await.ok();
    assert_eq!(again, entered, "a retry enters nothing");
    let twice = json!({ "from": "2016-09-01", "demand_mode": "capacity", "capacity_kva": "800", "reason": "又一次" });
    assert_eq!(post(&hall, &token, "agreements", &twice).await.problem(409), "agreement.on-record");
    let other = post(&hall, &token, "agreements", &agreement("2016-09-01", "900")).await;
    assert_eq!((other.problem(409).as_str(), &other.json()["field"]), ("conflict", &json!("capacity_kva")));
    let silent = json!({ "from": "2016-10-01", "demand_mode": "capacity", "capacity_kva": "800", "reason": " " });
    assert_eq!(post(&hall, &token, "agreements", &silent).await.problem(422), "reason.empty");
    let withdrawn =
        post(&hall, &token, "agreements/2016-09-01/withdrawal", &json!({ "reason": "登记错误" })).await.ok();
    assert_eq!(withdrawn["agreements"], json!([]));
    let gone = post(&hall, &token, "agreements/2016-09-01/withdrawal", &json!({ "reason": "再撤一次" })).await;
    assert_eq!(gone.problem(404), "agreement.unknown");
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?limit=50").await.ok().to_string();
    assert_eq!((journal.matches("agreement.enter").count(), journal.matches("agreement.withdraw").count()), (1, 1));
    assert!(journal.contains("增容合同 2016-18") && journal.contains("登记错误"));
}

#[tokio::test]
async fn capacity_rests_longer_or_shorter_than_was_agreed_and_never_more_than_there_is() {
    let (hall, token) = billed().await;
    let rest =
        |from: &str, to: &str, kva: &str| json!({ "from": from, "to": to, "capacity_kva": kva, "reason": "暂停申请" });
    let none = post(&hall, &token, "suspensions", &rest("2016-09-11", "2016-10-20", "300")).await;
    assert_eq!(none.problem(409), "suspension.no-agreement");
    post(&hall, &token, "agreements", &agreement("2016-09-01", "800")).await.ok();
    post(&hall, &token, "suspensions", &rest("2016-09-11", "2016-10-20", "300")).await.ok();
    let over = post(&hall, &token, "suspensions", &rest("2016-10-01", "2016-10-31", "501")).await;
    assert_eq!((over.problem(422).as_str(), &over.json()["field"]), ("suspension.capacity", &json!("capacity_kva")));
    let resume = |to: &str| json!({ "to": to, "reason": "客户申请提前恢复" });
    let shorter = post(&hall, &token, "suspensions/2016-09-11/resumption", &resume("2016-09-30")).await.ok();
    assert_eq!(shorter["suspensions"][0]["to"], "2016-09-30");
    post(&hall, &token, "suspensions", &rest("2016-10-01", "2016-10-31", "501")).await.ok();
    let longer = post(&hall, &token, "suspensions/2016-09-11/resumption", &resume("2016-10-01")).await;
    assert_eq!((longer.problem(422).as_str(), &longer.json()["field"]), ("suspension.capacity", &json!("to")));
    let under = post(&hall, &token, "agreements/2016-09-01/withdrawal", &json!({ "reason": "登记错误" })).await;
    assert_eq!(under.problem(409), "suspension.no-agreement", "what rests stands on it");
    let left = post(&hall, &token, "suspensions/2016-10-01/withdrawal", &json!({ "reason": "登记错误" })).await.ok();
    assert_eq!(left["suspensions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn whoever_keeps_agreements_does_so_at_his_own_station() {
    let (hall, _) = billed().await;
    let there = hall.person("li.na", &[("billing-officer", "ST02")]).await;
    let refused = post(&hall, &there, "agreements", &agreement("2016-09-01", "800")).await;
    assert_eq!(refused.problem(404), "supply-no.unknown");
    let cashier = hall.person("zhao.min", &[("cashier", "ST01")]).await;
    assert_eq!(
        post(&hall, &cashier, "agreements", &agreement("2016-09-01", "800")).await.problem(403),
        "access.forbidden"
    );
}

#[tokio::test]
async fn an_agreement_makes_a_draft_of_the_account_anew() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    assert_eq!(computed(&hall).await, 2);
    assert_eq!(computed(&hall).await, 0);
    post(&hall, &token, "agreements", &agreement("2016-08-01", "800")).await.ok();
    assert_eq!(computed(&hall).await, 1);
}

/// How many drafts a trial of August finds changed.
async fn computed(hall: &Hall) -> u64 {
    let mut desk = billing::Desk { finding: &mut |_| Ok(()), watch: &mut Unwatched };
    let cycle = "2016-08".parse().expect("a month");
    let ctx = hall.house().operator();
    let tally = billing::trial(&hall.bureau, &ctx, cycle, &RunScope::default(), &mut desk).await.expect("tried");
    tally.computed
}
