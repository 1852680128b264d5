//! The billing officer's month through the API: try, judge, approve, issue, cancel, issue again.

use platform::long_work::Runner;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::hall::{Answer, Hall};

const RUN: &str = "/api/billing-runs/2016-08";

/// A bureau with an officer and an approver, whose server carries work out.
struct Desk {
    hall: Hall,
    officer: String,
    approver: String,
    _runner: Abort,
}

struct Abort(JoinHandle<()>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Desk {
    async fn open() -> Desk {
        let hall = Hall::open().await;
        hall.fill_and_read().await;
        let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
        let approver = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
        let runner = Runner::new(hall.house().clone(), gridhall::work::handlers(&hall.bureau));
        let _runner = Abort(tokio::spawn(async move { runner.run().await }));
        Desk { hall, officer, approver, _runner }
    }

    async fn post(&self, token: &str, path: &str, key: &str, wish: Value) -> Answer {
        self.hall.ask("POST", path).bearer(token).key(key).json(&wish).send().await
    }

    /// Asks for a step and waits until its work has ended.
    async fn step(&self, step: &str, key: &str, scope: Value) -> Value {
        let asked = self.post(&self.officer, &format!("{RUN}/{step}"), key, scope).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let path = format!("/api/long-work/{}", asked.ok()["id"].as_str().expect("an id"));
        for _ in 0..2000 {
            let work = self.hall.get(&self.officer, &path).await.ok();
            if ["done", "failed", "stopped"].contains(&work["state"].as_str().expect("a state")) {
                return work;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{step} does not end");
    }

    async fn approve(&self, query: &str, mut scope: Value, key: &str) -> Answer {
        let run = self.hall.get(&self.approver, &format!("{RUN}{query}")).await.ok();
        scope["digest"] = run["digest"].clone();
        self.post(&self.approver, &format!("{RUN}/approval"), key, scope).await
    }
}

#[tokio::test]
async fn a_month_is_planned_tried_approved_and_issued_as_work() {
    let desk = Desk::open().await;
    let plan = desk.step("plan", "k1", json!({})).await;
    let outcome = &plan["outcome"];
    assert_eq!((&outcome["accounts"], &outcome["ready"], &outcome["blocked"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&plan["done"], &plan["of"], &outcome["doubts"]["missing"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!(desk.post(&desk.officer, &format!("{RUN}/issue"), "k2", json!({})).await.problem(404), "run.unknown");
    let tried = desk.step("trial", "k3", json!({})).await;
    assert_eq!((&tried["outcome"]["computed"], &tried["outcome"]["amount"]), (&json!(2), &json!("129.12")));
    let report = desk
        .hall
        .get(&desk.officer, &format!("/api/long-work/{}/report.csv", tried["id"].as_str().unwrap_or("")))
        .await;
    assert!(report.text.contains("0000000002,missing,yes,"), "{}", report.text);
    let refused = desk.post(&desk.officer, &format!("{RUN}/issue"), "k4", json!({})).await;
    assert_eq!(refused.problem(409), "run.not-approved");
    let approved = desk.approve("", json!({}), "k5").await.ok();
    assert_eq!((&approved["state"], &approved["approved_by"]), (&json!("approved"), &json!("zhao.qi")));
    let issued = desk.step("issue", "k6", json!({})).await;
    assert_eq!((&issued["outcome"]["issued"], &issued["outcome"]["amount"]), (&json!(1), &json!("129.12")));
    let run = desk.hall.get(&desk.officer, RUN).await.ok();
    assert_eq!((&run["state"], &run["issued_by"], &run["issued"]), (&json!("issued"), &json!("wang.li"), &json!(1)));
    assert!(run["tried_at"].is_string() && run["approved_at"].is_string() && run["issued_at"].is_string());
    let runs = desk.hall.get(&desk.officer, "/api/billing-runs?cycle=2016-08").await.ok();
    assert_eq!(runs["items"][0]["state"], "issued");
    let books = desk.hall.get(&desk.officer, &format!("{RUN}/progress")).await.ok();
    let book =
        |at: usize| ["station", "accounts", "issued", "ready", "blocked", "untried"].map(|key| books[at][key].clone());
    assert_eq!(book(0), [json!("ST01"), json!(1), json!(1), json!(0), json!(0), json!(0)]);
    assert_eq!(book(1), [json!("ST02"), json!(1), json!(0), json!(0), json!(1), json!(0)]);
    let again = desk.step("issue", "k7", json!({})).await;
    assert_eq!(again["outcome"]["issued"], json!(0), "repeated, it issues nothing twice");
}

#[tokio::test]
async fn one_bill_is_cancelled_and_issued_anew_with_a_second_person() {
    let desk = Desk::open().await;
    desk.step("trial", "k1", json!({})).await;
    desk.approve("", json!({}), "k2").await.ok();
    desk.step("issue", "k3", json!({})).await;
    let reason = json!({ "reason": "抄错表" });
    desk.post(&desk.officer, "/api/bills/20160800000001/cancellation", "k4", reason.clone()).await.ok();
    let voiding = "/api/meters/M0000000001/readings/2016-08-31/total/voiding";
    desk.post(&desk.officer, voiding, "k5", reason).await.ok();
    desk.hall.read("M0000000001,2016-08-31,total,140.5,actual").await;
    let alone = json!({ "supply_no": "0000000001" });
    let tried = desk.step("trial", "k6", alone.clone()).await;
    assert_eq!((&tried["subject"], &tried["station"]), (&json!("2016-08 ST01 0000000001"), &json!("ST01")));
    assert_eq!((&tried["outcome"]["accounts"], &tried["outcome"]["kwh"]), (&json!(1), &json!("140")));
    assert_eq!(
        desk.post(&desk.officer, &format!("{RUN}/issue"), "k7", alone.clone()).await.problem(409),
        "run.not-approved"
    );
    desk.approve("?supply_no=0000000001", alone.clone(), "k8").await.ok();
    let issued = desk.step("issue", "k9", alone).await;
    assert_eq!(issued["outcome"]["issued"], json!(1), "{issued}");
    let bills = desk.hall.get(&desk.officer, "/api/usage-points/0000000001/bills").await.ok();
    assert_eq!(
        (&bills[0]["kwh"], &bills[0]["sequence"], &bills[0]["status"]),
        (&json!("140"), &json!(2), &json!("issued"))
    );
    assert_eq!(bills[0]["replaces"], "20160800000001");
    let unknown = desk.post(&desk.officer, &format!("{RUN}/trial"), "k10", json!({ "supply_no": "9" })).await;
    assert_eq!(unknown.problem(404), "supply-no.unknown");
}

#[tokio::test]
async fn an_approval_is_taken_back_until_the_bills_go_out() {
    let desk = Desk::open().await;
    desk.step("trial", "k1", json!({})).await;
    let path = format!("{RUN}/approval-withdrawal");
    let why = |reason: &str| json!({ "reason": reason });
    assert_eq!(desk.post(&desk.approver, &path, "k1", why("复核")).await.problem(409), "run.no-approval");
    desk.approve("", json!({}), "k2").await.ok();
    assert_eq!(desk.post(&desk.approver, &path, "k3", why(" ")).await.problem(422), "reason.empty");
    assert_eq!(desk.post(&desk.officer, &path, "k3", why("复核")).await.problem(403), "access.forbidden");
    let withdrawn = desk.post(&desk.approver, &path, "k4", why("复核")).await.ok();
    assert_eq!((&withdrawn["state"], &withdrawn["approved_by"]), (&json!("tried"), &json!(null)));
    let refused = desk.post(&desk.officer, &format!("{RUN}/issue"), "k5", json!({})).await;
    assert_eq!(refused.problem(409), "run.not-approved");
    desk.approve("", json!({}), "k6").await.ok();
    desk.step("issue", "k7", json!({})).await;
    assert_eq!(desk.post(&desk.approver, &path, "k8", why("复核")).await.problem(409), "run.issued");
}

#[tokio::test]
async fn exceptions_come_with_history_and_the_gravest_first() {
    let mut desk = Desk::open().await;
    desk.step("trial", "k1", json!({})).await;
    desk.approve("", json!({}), "k2").await.ok();
    desk.step("issue", "k3", json!({})).await;
    desk.hall.advance_minutes(31 * 24 * 60);
    desk.officer = desk.hall.person("li.si", &[("billing-officer", "bureau")]).await;
    desk.hall.read("M0000000001,2016-09-30,total,480.5,estimated").await;
    let asked = desk.post(&desk.officer, "/api/billing-runs/2016-09/trial", "k4", json!({})).await.ok();
    let work = format!("/api/long-work/{}", asked["id"].as_str().expect("an id"));
    while desk.hall.get(&desk.officer, &work).await.ok()["state"] != "done" {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let list = "/api/billing-runs/2016-09/exceptions";
    let all = desk.hall.get(&desk.officer, list).await.ok();
    let first = &all["items"][0];
    let keys = ["supply_no", "customer", "blocking", "likelihood", "stake", "kwh", "amount"];
    let expected = json!(["0000000001", "张**", false, 30, "4.17", "240", "129.12"]);
    assert_eq!(json!(keys.map(|key| &first[key])), expected, "{first}");
    assert_eq!(first["last"], json!({ "cycle": "2016-08", "kwh": "240", "amount": "129.12", "days": 31 }));
    assert_eq!((&first["year_before"], &first["past"][0]), (&json!(null), &first["last"]));
    let second = &all["items"][1];
    let keys = ["supply_no", "blocking", "likelihood", "stake", "kwh"];
    assert_eq!(json!(keys.map(|key| &second[key])), json!(["0000000002", true, 100, "0.00", null]), "{second}");
    let page = desk.hall.get(&desk.officer, &format!("{list}?limit=1")).await.ok();
    let next = page["next"].as_str().expect("a next page").replace(' ', "%20");
    let rest = desk.hall.get(&desk.officer, &format!("{list}?limit=1&after={next}")).await.ok();
    assert_eq!(rest["items"][0], *second);
    let estimated = desk.hall.get(&desk.officer, &format!("{list}?doubt=estimated&order=money")).await.ok();
    assert_eq!(estimated["items"].as_array().map(Vec::len), Some(1));
    let by_number = desk.hall.get(&desk.officer, &format!("{list}?order=supply-no&station=ST02")).await.ok();
    assert_eq!(by_number["items"][0]["supply_no"], "0000000002");
    for wrong in ["doubt=x", "order=x", "after=x", "limit=0"] {
        assert_eq!(desk.hall.get(&desk.officer, &format!("{list}?{wrong}")).await.status, 422, "{wrong}");
    }
    let work = desk.hall.get(&desk.officer, "/api/billing-runs/2016-09/exception-desk").await.ok();
    let counts: Vec<_> =
        work["doubts"].as_array().expect("counts").iter().map(|count| (&count["doubt"], &count["accounts"])).collect();
    assert_eq!(counts, [(&json!("missing"), &json!(1)), (&json!("estimated"), &json!(1))]);
    let here = desk.hall.person("li.na", &[("billing-officer", "ST02")]).await;
    let own = desk.hall.get(&here, list).await.ok();
    assert_eq!(own["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_summary_stands_beside_the_month_and_the_year_before() {
    let desk = Desk::open().await;
    desk.step("trial", "k1", json!({})).await;
    desk.approve("", json!({}), "k2").await.ok();
    desk.step("issue", "k3", json!({})).await;
    for (by, code) in [("tariff", "cn-zhejiang/resident"), ("category", "200"), ("station", "ST01")] {
        let august = desk.hall.get(&desk.officer, &format!("{RUN}/summary?by={by}")).await.ok();
        assert_eq!(august[0]["code"], code);
        assert_eq!(august[0]["now"], json!({ "accounts": 1, "kwh": "240", "amount": "129.12" }));
        assert_eq!(august[0]["before"]["accounts"], 0);
    }
    let september = desk.hall.get(&desk.officer, "/api/billing-runs/2016-09/summary").await.ok();
    assert_eq!((&september[0]["now"]["accounts"], &september[0]["before"]["amount"]), (&json!(0), &json!("129.12")));
    let next_year = desk.hall.get(&desk.officer, "/api/billing-runs/2017-08/summary").await.ok();
    assert_eq!(next_year[0]["year_before"]["kwh"], "240");
    assert_eq!(desk.hall.get(&desk.officer, &format!("{RUN}/summary?by=x")).await.problem(422), "word.unknown");
}

#[tokio::test]
async fn a_post_at_a_station_bills_that_station_alone() {
    let desk = Desk::open().await;
    let here = desk.hall.person("li.na", &[("billing-officer", "ST01")]).await;
    let trial = format!("{RUN}/trial");
    for (key, scope) in [("k1", json!({})), ("k2", json!({ "station": "ST02" })), ("k3", json!({ "book": "B1" }))] {
        assert_eq!(desk.post(&here, &trial, key, scope).await.problem(403), "access.other-station");
    }
    assert_eq!(
        desk.post(&here, &trial, "k4", json!({ "supply_no": "0000000002" })).await.problem(404),
        "supply-no.unknown"
    );
    let own = desk.post(&here, &trial, "k5", json!({ "station": "ST01" })).await;
    assert_eq!((own.status.as_u16(), &own.json()["station"]), (202, &json!("ST01")));
    let unknown = desk.post(&desk.officer, &trial, "k6", json!({ "station": "ST09" })).await;
    assert_eq!(unknown.problem(404), "station.unknown");
}
