//! Long work: asked for, carried out, stopped, killed and resumed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use business::Bureau;
use kernel::Refusal;
use platform::db::Engine;
use platform::jobs::{Job, Watch};
use platform::long_work::{self, Act, Ask, Counted, Handlers, Kind, Runner, State, Task, Work};
use platform::{Ctx, Result, journal, params};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::hall::{Answer, Hall};

pub const SLOW: Kind = Kind { name: "test.slow", zh: "慢活", en: "Slow work", counted: Counted::Items };
const READINGS: &str = "/api/imports/readings?name=8%E6%9C%88.csv";
const HEADER: &str = "meter_no,read_on,register,value,kind";

impl Hall {
    /// A server's runner with what the program does; aborted, it is as if the process had been killed.
    pub fn working(&self) -> JoinHandle<()> {
        self.working_with(gridhall::work::handlers(&self.bureau))
    }

    pub fn working_with(&self, handlers: Handlers) -> JoinHandle<()> {
        let runner = Runner::new(self.house().clone(), handlers);
        tokio::spawn(async move { runner.run().await })
    }

    pub async fn ask_slow(&self, login: &str) -> Work {
        let tx = self.house().db.write().await.expect("a transaction");
        let ctx = work_ctx(&self.bureau, login).await;
        let ask = Ask { kind: SLOW.name, subject: "x".into(), station: None, params: json!({}) };
        let asked = long_work::ask(&tx, &ctx, ask).await.expect("asked");
        tx.commit().await.expect("committed");
        asked
    }

    pub async fn work(&self, id: uuid::Uuid) -> Work {
        let tx = self.house().db.read().await.expect("a view");
        long_work::find(&tx, &self.house().operator(), id).await.expect("the work")
    }

    pub async fn until(&self, id: uuid::Uuid, state: State) -> Work {
        for _ in 0..2000 {
            let work = self.work(id).await;
            if work.state == state {
                return work;
            }
            assert!(!work.state.is_at_rest(), "{work:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?} is not {state}", self.work(id).await);
    }

    pub async fn log_of(&self, id: uuid::Uuid) -> Vec<String> {
        let tx = self.house().db.read().await.expect("a view");
        let log = long_work::log(&tx, &self.house().operator(), id, None, 200).await.expect("the log");
        log.into_iter().map(|line| line.text.en.into_owned()).collect()
    }

    pub async fn upload(&self, token: &str, path: &str, key: &str, text: &str) -> Answer {
        self.ask("POST", path).bearer(token).key(key).body("text/csv", text.to_owned()).send().await
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let tx = self.house().db.read().await.expect("a view");
        tx.row(sql, params![]).await.expect("an answer").expect("a row").get(0).expect("a number")
    }
}

async fn work_ctx(bureau: &Bureau, login: &str) -> Ctx {
    let tx = bureau.house.db.read().await.expect("a view");
    platform::access::on_behalf_of(&bureau.house, &tx, login).await.expect("a context")
}

/// Counts to `to`, a step a few milliseconds, and tells how often it was begun.
pub fn counting_to(to: u64, begun: &Arc<AtomicU64>) -> Handlers {
    let begun = Arc::clone(begun);
    Handlers::default().with(SLOW, move |_, task: Task| {
        let begun = Arc::clone(&begun);
        async move {
            begun.fetch_add(1, Ordering::SeqCst);
            let mut watch = task.watch();
            for done in 1..=to {
                tokio::time::sleep(Duration::from_millis(5)).await;
                watch.progress(done, Some(to))?;
            }
            Ok(json!({ "counted": to }))
        }
    })
}

pub fn id_of(answer: &Value) -> uuid::Uuid {
    answer["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

async fn steer(hall: &Hall, token: &str, key: &str, id: uuid::Uuid, act: &str) -> Answer {
    let wish = json!({ "reason": null });
    hall.ask("POST", &format!("/api/long-work/{id}/{act}")).bearer(token).key(key).json(&wish).send().await
}

/// Lets the leases of a killed process end, where only that tells that it is gone.
pub fn let_leases_end(hall: &Hall) {
    if hall.house().db.engine() == Engine::Postgres {
        hall.advance_minutes(2);
    }
}

#[tokio::test]
async fn a_file_is_loaded_as_work_with_its_findings_and_report() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let text = format!("{HEADER}\nM0000000001,2016-08-31,total,240.5,actual\nM404,2016-08-31,total,1,actual\n");
    let first = hall.upload(&token, READINGS, "k1", &text).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let again = hall.upload(&token, READINGS, "k1", &text).await;
    assert_eq!((&again.text, again.header("idempotent-replayed")), (&first.text, Some("true")));
    assert_eq!(hall.upload(&token, READINGS, "k1", "other").await.problem(422), "idempotency.other-request");
    let asked = first.ok();
    assert_eq!((&asked["kind"], &asked["state"]), (&json!("import.readings"), &json!("queued")));
    assert_eq!((&asked["subject"], &asked["asked_by"]), (&json!("8月.csv"), &json!("wang.li")));
    let id = id_of(&asked);
    let _runner = hall.working();
    hall.until(id, State::Done).await;
    let done = hall.get(&token, &format!("/api/long-work/{id}")).await.ok();
    assert_eq!((&done["done"], &done["failure"], &done["report"]), (&json!(2), &json!(null), &json!(true)));
    let outcome = &done["outcome"];
    assert_eq!((&outcome["loaded"], &outcome["refused"], &outcome["kept"]), (&json!(1), &json!(1), &json!(true)));
    assert_eq!((&outcome["findings"][0]["row"], &outcome["findings"][0]["code"]), (&json!(3), &json!("meter.unknown")));
    let report = hall.get(&token, &format!("/api/long-work/{id}/report.csv")).await;
    assert!(report.text.starts_with("\u{feff}row,field,code,verdict,message_zh,message_en\n3,"), "{}", report.text);
    assert_eq!(report.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(hall.number("SELECT COUNT(*) FROM work").await, 1);
    assert_eq!(hall.number("SELECT COUNT(*) FROM reading").await, 1);
    let left: Vec<_> = std::fs::read_dir(long_work::folder(hall.house(), id)).expect("a folder").collect();
    assert_eq!(left.len(), 1, "the report stays, the file is gone");
    let tx = hall.house().db.read().await.expect("a view");
    let acts = journal::page(&tx, &hall.house().operator(), None, None, 10).await.expect("the journal");
    let acts: Vec<(String, String)> = acts.into_iter().map(|entry| (entry.act, entry.actor)).collect();
    assert!(acts.contains(&("import.readings".into(), "wang.li".into())), "{acts:?}");
    assert!(acts.contains(&("work.ask".into(), "wang.li".into())), "{acts:?}");
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let text = format!("{HEADER}\nM0000000001,2016-08-31,total,240.5,actual\n");
    let asked = hall.upload(&token, "/api/imports/readings?dry_run=true", "k1", &text).await.ok();
    let _runner = hall.working();
    hall.until(id_of(&asked), State::Done).await;
    let outcome = hall.get(&token, &format!("/api/long-work/{}", id_of(&asked))).await.ok()["outcome"].clone();
    assert_eq!((&outcome["loaded"], &outcome["kept"], &outcome["dry_run"]), (&json!(1), &json!(false), &json!(true)));
    assert_eq!(hall.number("SELECT COUNT(*) FROM reading").await, 0);
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused_before_it_is_kept() {
    let hall = Hall::open().await;
    hall.fill().await;
    let cashier = hall.person("li.na", &[("cashier", "bureau")]).await;
    assert_eq!(hall.upload(&cashier, READINGS, "k1", "x").await.problem(403), "access.forbidden");
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    assert_eq!(hall.upload(&officer, "/api/imports/bills", "k1", "x").await.problem(404), "import.unknown");
    assert_eq!(hall.upload(&officer, READINGS, "k1", "").await.problem(422), "file.empty");
    let keyless = hall.ask("POST", READINGS).bearer(&officer).body("text/csv", "x").send().await;
    assert_eq!(keyless.problem(400), "idempotency.missing");
    let piece = Bytes::from(vec![b'1'; 1024 * 1024]);
    let pieces = futures_util::stream::iter((0..65).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    let large = hall.ask("POST", READINGS).bearer(&officer).key("k2").body("text/csv", Body::from_stream(pieces));
    assert_eq!(large.send().await.problem(413), "file.too-large");
    let broken = [Ok(Bytes::from_static(b"meter_no")), Err(std::io::Error::other("the line broke"))];
    let broken = Body::from_stream(futures_util::stream::iter(broken));
    let broken = hall.ask("POST", READINGS).bearer(&officer).key("k3").body("text/csv", broken).send().await;
    assert_eq!(broken.problem(400), "file.broken");
    let left = std::fs::read_dir(long_work::arrivals(hall.house())).map_or(0, Iterator::count);
    assert_eq!((left, hall.number("SELECT COUNT(*) FROM work").await), (0, 0));
}

#[tokio::test]
async fn an_import_whose_server_is_killed_is_finished_by_the_next_and_loads_no_row_twice() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let mut customers = String::from(
        "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on\n",
    );
    for number in 11..=2610 {
        customers += &format!("{number:010},张三,03,200,,,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n");
    }
    let asked = hall.upload(&token, "/api/imports/customers", "k1", &customers).await.ok();
    let id = id_of(&asked);
    let killed = hall.working();
    while hall.house().board.get(id).is_none_or(|(done, _)| done == 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    killed.abort();
    let _ = killed.await;
    let_leases_end(&hall);
    let _next = hall.working();
    let done = hall.until(id, State::Done).await;
    assert_eq!(done.takeovers, 1, "{:?}", hall.log_of(id).await);
    let outcome: Value = serde_json::from_str(done.outcome.as_deref().expect("an outcome")).expect("JSON");
    let count = |name: &str| outcome[name].as_i64().expect("a number");
    assert_eq!((count("loaded") + count("unchanged"), count("refused")), (2600, 0), "{outcome}");
    assert!(count("unchanged") >= 500, "{outcome}");
    assert_eq!(hall.number("SELECT COUNT(*) FROM usage_point").await, 2602);
}

#[tokio::test]
async fn work_is_stopped_and_resumed_by_whoever_asked_for_it() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let begun = Arc::new(AtomicU64::new(0));
    let id = hall.ask_slow("wang.li").await.id;
    let _runner = hall.working_with(counting_to(100, &begun));
    while hall.house().board.get(id).is_none_or(|(done, _)| done < 3) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(steer(&hall, &token, "k1", id, "resume").await.problem(409), "work.not-resumable");
    let stopping = steer(&hall, &token, "k2", id, "stop").await.ok();
    assert_eq!(stopping["state"], "stopping");
    let stop = &stopping["acts"][0];
    assert_eq!((&stop["act"], &stop["allowed"]), (&json!("stop"), &json!(false)));
    assert!(stop["why_not"]["zh"].is_string());
    let stopped = hall.until(id, State::Stopped).await;
    assert!(stopped.done >= 3 && stopped.done < 100 && stopped.ended_at.is_some(), "{stopped:?}");
    assert_eq!(steer(&hall, &token, "k3", id, "stop").await.problem(409), "work.not-stoppable");
    assert_eq!(steer(&hall, &token, "k4", id, "resume").await.ok()["state"], "queued");
    let done = hall.until(id, State::Done).await;
    assert_eq!((done.done, done.of, begun.load(Ordering::SeqCst)), (100, Some(100), 2));
    let log = hall.log_of(id).await;
    let expected = ["asked for by wang.li", "wang.li asked to stop", "stopped", "wang.li asked to resume", "done"];
    assert_eq!(log, expected);
    let shown = hall.get(&token, &format!("/api/long-work/{id}/log?limit=2")).await.ok();
    assert_eq!(shown["items"][1]["message"]["zh"], "wang.li 要求停止");
    let next = shown["next"].as_str().expect("a next page");
    let rest = hall.get(&token, &format!("/api/long-work/{id}/log?limit=50&after={next}")).await.ok();
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn queued_work_is_stopped_before_it_begins() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let id = hall.ask_slow("wang.li").await.id;
    assert_eq!(steer(&hall, &token, "k1", id, "stop").await.ok()["state"], "stopped");
    let begun = Arc::new(AtomicU64::new(0));
    let _runner = hall.working_with(counting_to(1, &begun));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((begun.load(Ordering::SeqCst), hall.work(id).await.state), (0, State::Stopped));
}

#[tokio::test]
async fn work_of_others_is_seen_and_steered_only_by_whoever_manages_their_station() {
    let hall = Hall::open().await;
    hall.fill().await;
    let officer = hall.person("wang.li", &[("billing-officer", "ST01")]).await;
    let text = format!("{HEADER}\nM0000000001,2016-08-31,total,240.5,actual\n");
    let asked = hall.upload(&officer, READINGS, "k1", &text).await.ok();
    let (id, path) = (id_of(&asked), format!("/api/long-work/{}", id_of(&asked)));
    assert_eq!(asked["station"], "ST01");
    let colleague = hall.person("li.na", &[("billing-officer", "ST01")]).await;
    assert_eq!(hall.get(&colleague, &path).await.problem(404), "work.unknown");
    assert_eq!(hall.get(&colleague, "/api/long-work").await.ok()["items"], json!([]));
    assert_eq!(steer(&hall, &colleague, "k1", id, "stop").await.problem(404), "work.unknown");
    let elsewhere = hall.person("sun.wu", &[("station-head", "ST02")]).await;
    assert_eq!(hall.get(&elsewhere, &path).await.problem(404), "work.unknown");
    assert_eq!(hall.get(&elsewhere, &format!("{path}/log")).await.problem(404), "work.unknown");
    let head = hall.person("zhou.yu", &[("station-head", "ST01")]).await;
    assert_eq!(
        hall.get(&head, "/api/long-work?kind=import.readings&state=queued").await.ok()["items"][0]["id"],
        asked["id"]
    );
    assert_eq!(hall.get(&head, "/api/long-work?state=done").await.ok()["items"], json!([]));
    assert_eq!(steer(&hall, &head, "k1", id, "stop").await.ok()["state"], "stopped");
    assert_eq!(hall.get(&head, &format!("{path}/report.csv")).await.problem(404), "report.unknown");
}

#[tokio::test]
async fn work_is_done_with_the_rights_that_its_asker_still_has() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let text = format!("{HEADER}\nM0000000001,2016-08-31,total,240.5,actual\n");
    let id = id_of(&hall.upload(&token, READINGS, "k1", &text).await.ok());
    let tx = hall.house().db.write().await.expect("a transaction");
    tx.run("DELETE FROM post", params![]).await.expect("dismissed");
    tx.commit().await.expect("committed");
    let _runner = hall.working();
    let failed = hall.until(id, State::Failed).await;
    assert_eq!(failed.failure.map(|failure| failure.code).as_deref(), Some("access.forbidden"));
    assert_eq!(hall.number("SELECT COUNT(*) FROM reading").await, 0);
}

#[tokio::test]
async fn a_handler_that_breaks_ends_its_work_and_nothing_else() {
    let hall = Hall::open().await;
    let broken = hall.ask_slow("operator").await.id;
    let handlers = Handlers::default().with(SLOW, |_, task: Task| async move {
        let params: Value = task.params()?;
        assert!(params["sound"].is_boolean(), "not sound");
        Ok(json!({}))
    });
    let _runner = hall.working_with(handlers);
    let failed = hall.until(broken, State::Failed).await;
    let failure = failed.failure.expect("a failure");
    assert!(failure.code == "fault" && !failure.text.en.contains("sound"), "{failure:?}");
    let tx = hall.house().db.write().await.expect("a transaction");
    let ask = Ask { kind: SLOW.name, subject: "y".into(), station: None, params: json!({ "sound": true }) };
    let next = long_work::ask(&tx, &hall.house().operator(), ask).await.expect("asked");
    tx.commit().await.expect("committed");
    hall.until(next.id, State::Done).await;
}

#[tokio::test]
async fn work_whose_claim_another_process_holds_waits_for_it() {
    let hall = Hall::open().await;
    let house = hall.house().clone();
    let held = Job::claim(&house.db, "slow").await.expect("a claim");
    let id = hall.ask_slow("operator").await.id;
    let handlers = Handlers::default().with(SLOW, move |_, _| {
        let db = house.db.clone();
        async move { Job::claim(&db, "slow").await?.end(Ok(json!({}))).await }
    });
    let _runner = hall.working_with(handlers);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(hall.work(id).await.state, State::Queued);
    held.end::<()>(Ok(())).await.expect("released");
    hall.advance_minutes(1);
    hall.until(id, State::Done).await;
}

#[tokio::test]
async fn work_over_which_servers_keep_dying_is_given_up_until_a_person_resumes_it() {
    let hall = Hall::open().await;
    let begun = Arc::new(AtomicU64::new(0));
    let id = hall.ask_slow("operator").await.id;
    for death in 1..=4 {
        let killed = hall.working_with(counting_to(10_000, &begun));
        while begun.load(Ordering::SeqCst) < death {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed.abort();
        let _ = killed.await;
        let_leases_end(&hall);
    }
    let _runner = hall.working_with(counting_to(2, &begun));
    let failed = hall.until(id, State::Failed).await;
    assert_eq!(failed.failure.map(|failure| failure.code).as_deref(), Some("work.deadly"));
    let tx = hall.house().db.write().await.expect("a transaction");
    long_work::steer(&tx, &hall.house().operator(), id, Act::Resume, Some("已排除")).await.expect("resumed");
    tx.commit().await.expect("committed");
    hall.until(id, State::Done).await;
}

#[tokio::test]
async fn the_same_work_is_not_asked_for_twice_while_it_is_open() {
    let hall = Hall::open().await;
    let ask = || Ask { kind: SLOW.name, subject: "2016-08".into(), station: None, params: json!({}) };
    let ctx = hall.house().operator();
    let tx = hall.house().db.write().await.expect("a transaction");
    let first = long_work::ask_alone(&tx, &ctx, ask()).await.expect("asked");
    let second: Result<Work> = long_work::ask_alone(&tx, &ctx, ask()).await;
    let code = |refusal: Option<&Refusal>| refusal.map(|refusal| refusal.code);
    assert_eq!(code(second.expect_err("refused").refusal()), Some("work.open"));
    long_work::steer(&tx, &ctx, first.id, Act::Stop, None).await.expect("stopped");
    long_work::ask_alone(&tx, &ctx, ask()).await.expect("asked again");
    tx.commit().await.expect("committed");
}
