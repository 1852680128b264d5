//! Issued bills computed again, over HTTP: what is known better, the trial, a second person, the bills in others' places.

use platform::long_work::State;
use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const READING: &str = "/api/meters/M0000000001/amendments/reading";

async fn post(hall: &Hall, token: &str, path: &str, body: &Value) -> Answer {
    // The same wish has the same key.
    let key = business::bill::digest(&format!("{path} {body}"));
    hall.ask("POST", path).bearer(token).key(&key).json(body).send().await
}

fn reading(value: &str) -> Value {
    json!({ "register": "total", "read_on": "2016-08-31", "value": value, "kind": "actual", "reason": "现场核实抄错" })
}

fn of_account(supply_no: &str) -> Value {
    json!({ "since": "2016-08-01", "supply_no": supply_no, "reason": "抄错表" })
}

/// Asks for work by `path` and waits until it is done; the answer to the wish.
async fn work(hall: &Hall, token: &str, path: &str, body: &Value) -> Value {
    let runner = hall.working();
    let asked = post(hall, token, path, body).await.ok();
    let id = asked["work"]["id"].as_str().or(asked["id"].as_str()).expect("an id").parse().expect("an id");
    hall.until(id, State::Done).await;
    runner.abort();
    let _ = runner.await;
    asked
}

#[tokio::test]
async fn a_misread_bill_is_corrected_by_two_people_and_the_difference_is_told_before() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let approver = hall.person("chen.hong", &[("billing-approver", "bureau")]).await;
    let amended = post(&hall, &officer, READING, &reading("220.5")).await.ok();
    assert_eq!((&amended["before"], &amended["after"]), (&json!("240.5"), &json!("220.5")));
    assert_eq!(post(&hall, &officer, READING, &reading("220.5")).await.ok(), amended, "a retry amends nothing");
    let waiting = hall.get(&officer, "/api/amendments?waiting=true").await.ok();
    assert_eq!(waiting["items"][0]["supply_no"], "0000000001");

    let asked = work(&hall, &officer, "/api/corrections", &of_account("0000000001")).await;
    let no = asked["correction"]["correction_no"].as_str().expect("a number").to_owned();
    let path = format!("/api/corrections/{no}");
    let tried = hall.get(&officer, &path).await.ok();
    assert_eq!(
        (&tried["state"], &tried["affected"], &tried["difference"]),
        (&json!("tried"), &json!(1), &json!("-10.76"))
    );
    let accounts = hall.get(&officer, &format!("{path}/accounts?order=difference&limit=1")).await.ok();
    assert_eq!(accounts["items"][0]["customer"], "张**");
    let next = accounts["next"].as_str().expect("a full page");
    let rest = hall.get(&officer, &format!("{path}/accounts?order=difference&limit=1&after={next}")).await.ok();
    assert_eq!(rest["items"], json!([]));
    let account = hall.get(&officer, &format!("{path}/accounts/0000000001")).await.ok();
    let bill = &account["bills"][0];
    assert_eq!((&bill["before"]["amount"], &bill["after"]["amount"]), (&json!("129.12"), &json!("118.36")));
    assert!(bill["causes"][0]["en"].as_str().is_some_and(|cause| cause.contains("240.5") && cause.contains("220.5")));

    let issue = json!({});
    let early = post(&hall, &officer, &format!("{path}/issue"), &issue).await;
    assert_eq!(early.problem(409), "correction.not-approved");
    let digest = json!({ "digest": tried["digest"] });
    assert_eq!(post(&hall, &officer, &format!("{path}/approval"), &digest).await.problem(403), "access.forbidden");
    let approved = post(&hall, &approver, &format!("{path}/approval"), &digest).await.ok();
    assert_eq!((&approved["state"], &approved["approved_by"]), (&json!("approved"), &json!("chen.hong")));
    work(&hall, &officer, &format!("{path}/issue"), &issue).await;
    let issued = hall.get(&officer, &path).await.ok();
    assert_eq!((&issued["state"], &issued["posted"]), (&json!("issued"), &json!(1)));
    let account = hall.get(&officer, &format!("{path}/accounts/0000000001")).await.ok();
    let anew = account["bills"][0]["bill_no"].as_str().expect("a bill in its place").to_owned();
    assert_eq!(hall.get(&officer, &format!("/api/bills/{anew}")).await.ok()["head"]["amount"], "118.36");
    let then = hall.get(&officer, &format!("/api/bills/{anew}/as-of?on=2016-09-01")).await.ok();
    assert_eq!(then["stood"]["bill_no"], anew);
    assert_eq!(hall.get(&officer, "/api/amendments?waiting=true").await.ok()["items"], json!([]));
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?limit=100").await.ok().to_string();
    for act in ["amendment.reading", "bill.rebill.trial", "bill.rebill.approve", "bill.rebill.issue", "bill.cancel"] {
        assert!(journal.contains(act), "{act}");
    }
}

#[tokio::test]
async fn a_station_corrects_its_own_accounts_and_knows_nothing_of_others() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let own = hall.person("wang.li", &[("billing-officer", "ST01")]).await;
    let other = hall.person("zhao.min", &[("billing-officer", "ST02")]).await;
    assert_eq!(post(&hall, &other, READING, &reading("220.5")).await.problem(404), "meter.unknown");
    assert_eq!(
        post(&hall, &other, "/api/corrections", &of_account("0000000001")).await.problem(404),
        "supply-no.unknown"
    );
    let whole = json!({ "since": "2016-08-01", "reason": "抄错表" });
    assert_eq!(post(&hall, &own, "/api/corrections", &whole).await.problem(403), "access.other-station");
    post(&hall, &own, READING, &reading("220.5")).await.ok();
    let asked = work(&hall, &own, "/api/corrections", &of_account("0000000001")).await;
    let no = asked["correction"]["correction_no"].as_str().expect("a number");
    let path = format!("/api/corrections/{no}");
    assert_eq!(hall.get(&other, &path).await.problem(404), "correction.unknown");
    assert_eq!(hall.get(&other, "/api/corrections").await.ok()["items"], json!([]));
    assert_eq!(hall.get(&other, "/api/amendments").await.ok()["items"], json!([]));
    let reason = json!({ "reason": "再核实" });
    assert_eq!(post(&hall, &other, &format!("{path}/withdrawal"), &reason).await.problem(404), "correction.unknown");
    let ended = post(&hall, &own, &format!("{path}/withdrawal"), &reason).await.ok();
    assert_eq!(ended["state"], "withdrawn");
}
