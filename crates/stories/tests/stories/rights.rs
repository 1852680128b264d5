//! Every use-case asks for its right first, and a right reaches only as far as its station.

use business::{bill, grid, ledger, proof, reading, run, supply, tariff};
use kernel::{Actor, Register};
use platform::context::Rights;
use platform::csv::ImportOptions;
use platform::{Ctx, Result, Scope, access, journal};
use stories::files::{AGREEMENTS, AREAS, CUSTOMERS, METERS, OPENINGS, READINGS, SUSPENSIONS, TERMS};
use stories::house::{code, date, month, scope, when_free};
use stories::{Account, House};

const EVERY_RIGHT: [&str; 15] = [
    "person.manage",
    "journal.read",
    "archive.read",
    "archive.import",
    "archive.unmask",
    "reading.read",
    "reading.import",
    "reading.void",
    "tariff.read",
    "bill.read",
    "bill.trial",
    "bill.issue",
    "bill.cancel",
    "bill.approve",
    "ledger.read",
];

fn holder(house: &House, rights: &[&str], reach: &Scope) -> Ctx {
    let granted = rights.iter().map(|right| ((*right).to_owned(), reach.clone())).collect();
    house.bureau.house.ctx(Actor::person("somebody"), Rights::Granted(granted))
}

/// 1001 at S1 and 1002 at S2, both billed for August, with September read.
async fn two_stations() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002").station("S2")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 200").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150\nM1002 2016-09-30 total 250").await;
    house
}

const ROWS: [(&str, &str, &str); 8] = [
    ("areas", AREAS, "S1,变,线,A9,台区,400"),
    ("customers", CUSTOMERS, "1009,张三,03,200,,,S1,S1-A1,0.22kV,8,sample/farming,,,2012-03-01,,"),
    ("meters", METERS, "M9,1001,2016-09-30,,1,6,total,0,"),
    ("openings", OPENINGS, "1001,2016-07-31,0,0"),
    ("agreements", AGREEMENTS, "1001,2016-09-01,actual,8,,,,"),
    ("suspensions", SUSPENSIONS, "1001,2016-10-10,2016-10-31,4"),
    ("terms", TERMS, "1001,2016-10-01,sample/farming,,"),
    ("readings", READINGS, "M1001,2016-10-01,total,151,actual"),
];

type Attempt = (&'static str, Result<()>);

async fn writes(house: &House, ctx: &Ctx) -> Vec<Attempt> {
    let (cycle, all) = (month("2016-09"), scope(None, None));
    let bill_no = house.bill("1001", "2016-08").await.bill_no;
    let mut attempts = Vec::new();
    for (kind, header, row) in ROWS {
        let loaded = house.load_as(ctx, kind, format!("{header}\n{row}\n"), ImportOptions::default()).await;
        attempts.push((kind, loaded.map(drop)));
    }
    attempts.push(("trial", house.trial_as(ctx, "2016-09", &all).await.map(drop)));
    attempts.push(("issue", house.issue_as(ctx, "2016-09", &all, false).await.map(drop)));
    let tx = house.writing_tx().await;
    attempts.push(("cancel", bill::cancel(&tx, ctx, &bill_no, "抄错").await.map(drop)));
    attempts.push((
        "void",
        bill::void_reading(&tx, ctx, "M1001", Register::Total, date("2016-09-30"), "抄错").await.map(drop),
    ));
    attempts.push(("look to approve", run::look_to_approve(&tx, ctx, cycle, &all).await.map(drop)));
    let seen = run::look(&tx, cycle, &all).await.expect("seen");
    attempts.push(("approve", run::approve(&tx, ctx, &seen, &seen.digest).await.map(drop)));
    attempts.push(("unmask", supply::unmask(&tx, ctx, "1001", "客户来电核对地址").await.map(drop)));
    attempts.push(("person", access::create_person(&tx, ctx, "anybody").await.map(drop)));
    attempts.push(("appoint", access::appoint(&tx, ctx, "anybody", "cashier", "bureau").await));
    attempts
}

async fn reads(house: &House, ctx: &Ctx) -> Vec<Attempt> {
    let tx = house.reading_tx().await;
    let bill_no = house.bill("1001", "2016-08").await.bill_no;
    let book = &*house.bureau.book().await.expect("the book");
    vec![
        ("areas", grid::page(&tx, ctx, None, 10).await.map(drop)),
        ("customers", supply::page(&tx, ctx, None, 10).await.map(drop)),
        ("customer", supply::find(&tx, ctx, "1001").await.map(drop)),
        ("readings", reading::page(&tx, ctx, None, None, 10).await.map(drop)),
        ("readings of", reading::of_usage_point(&tx, ctx, "1001", 10).await.map(drop)),
        ("bills", bill::page(&tx, ctx, None, "", 10).await.map(drop)),
        ("bill", bill::find(&tx, ctx, &bill_no).await.map(drop)),
        ("bills of", bill::of_usage_point(&tx, ctx, "1001", 10).await.map(drop)),
        ("documents", bill::with_documents(&tx, ctx, None, "", 10).await.map(drop)),
        ("explain", bill::explain(&tx, ctx, &bill_no).await.map(drop)),
        ("run", run::find_run(&tx, ctx, month("2016-08"), &scope(None, None)).await.map(drop)),
        ("ledger", ledger::page(&tx, ctx, None, None, 10).await.map(drop)),
        ("journal", journal::page(&tx, ctx, None, None, 10).await.map(drop)),
        ("tariffs", tariff::list(ctx, book).map(drop)),
        ("tariff", tariff::on(ctx, book, "sample/farming", date("2016-08-31")).map(drop)),
        ("quote", tariff::quote(ctx, book, "{}").map(drop)),
        ("verify", proof::verify(&tx, ctx, None, &mut |_| {}).await.map(drop)),
    ]
}

fn assert_all(attempts: Vec<Attempt>, expected: &str) {
    let other: Vec<_> = attempts
        .into_iter()
        .filter(|(_, result)| result.as_ref().err().and_then(|e| e.refusal()).map(|r| r.code) != Some(expected))
        .collect();
    assert!(other.is_empty(), "not {expected}: {other:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_may_do_nothing_and_neither_may_a_person_without_a_post() {
    let house = two_stations().await;
    let nobody = house.bureau.house.ctx(Actor::nobody(), Rights::All);
    assert_all(reads(&house, &nobody).await, "access.signed-out");
    assert_all(writes(&house, &nobody).await, "access.signed-out");
    let idle = holder(&house, &[], &Scope::Bureau);
    assert_all(reads(&house, &idle).await, "access.forbidden");
    assert_all(writes(&house, &idle).await, "access.forbidden");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_opens_its_own_use_cases_and_no_others() {
    let house = two_stations().await;
    for right in EVERY_RIGHT {
        let others: Vec<&str> = EVERY_RIGHT.into_iter().filter(|other| *other != right).collect();
        let without = holder(&house, &others, &Scope::Bureau);
        let closed: Vec<&str> = reads(&house, &without)
            .await
            .into_iter()
            .filter(|(_, result)| {
                result.as_ref().err().and_then(|e| e.refusal()).map(|r| r.code) == Some("access.forbidden")
            })
            .map(|(what, _)| what)
            .collect();
        let expected: &[&str] = match right {
            "archive.read" => &["areas", "customers", "customer", "readings of", "bills of"],
            "reading.read" => &["readings", "readings of"],
            "bill.read" => &["bills", "bill", "bills of", "documents", "explain", "run", "verify"],
            "ledger.read" => &["ledger"],
            "journal.read" => &["journal"],
            "tariff.read" => &["tariffs", "tariff", "quote"],
            _ => &[],
        };
        assert_eq!(closed, expected, "without {right}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_sees_its_archive_and_its_bills_only() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let first = house.bill("1001", "2016-08").await.bill_no;
    let tx = house.reading_tx().await;
    let seen: Vec<String> =
        supply::page(&tx, &ctx, None, 10).await.expect("a page").into_iter().map(|point| point.supply_no).collect();
    assert_eq!(seen, ["1002"]);
    let seen: Vec<String> =
        bill::page(&tx, &ctx, None, "", 10).await.expect("a page").into_iter().map(|bill| bill.supply_no).collect();
    assert_eq!(seen, ["1002"]);
    let seen: Vec<String> =
        grid::page(&tx, &ctx, None, 10).await.expect("a page").into_iter().map(|area| area.code).collect();
    assert_eq!(seen, ["S2-A1"]);
    assert_eq!(code(supply::find(&tx, &ctx, "1001").await), "supply-no.unknown");
    assert_eq!(code(bill::find(&tx, &ctx, &first).await), "bill.unknown");
    assert_eq!(code(bill::explain(&tx, &ctx, &first).await), "bill.unknown");
    assert_eq!(code(bill::of_usage_point(&tx, &ctx, "1001", 10).await), "supply-no.unknown");
    assert_eq!(code(reading::of_usage_point(&tx, &ctx, "1001", 10).await), "supply-no.unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_sees_no_readings_of_another() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let seen = reading::page(&house.reading_tx().await, &ctx, None, None, 10).await.expect("a page");
    assert!(seen.iter().all(|reading| reading.meter_no == "M1002"), "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_sees_no_bill_documents_of_another() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let seen = bill::with_documents(&house.reading_tx().await, &ctx, None, "", 10).await.expect("a page");
    assert!(seen.iter().all(|(bill, ..)| bill.supply_no == "1002"), "{} documents", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_sees_no_ledger_lines_of_another() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let seen = ledger::page(&house.reading_tx().await, &ctx, None, None, 10).await.expect("a page");
    assert!(!seen.iter().any(|line| line.supply_no.as_deref() == Some("1001")), "{} lines", seen.len());
}

/// Which of these the person of S2 could do at S1.
async fn reached(house: &House, attempts: &[&str]) -> Vec<&'static str> {
    let ctx = holder(house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let done = writes(house, &ctx).await.into_iter().filter(|(_, result)| result.is_ok()).map(|(what, _)| what);
    done.filter(|what| attempts.contains(what)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_cancels_and_unmasks_nothing_at_another() {
    let house = two_stations().await;
    assert!(reached(&house, &["cancel", "unmask"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_imports_nothing_for_another() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let mut reached = Vec::new();
    for (kind, header, row) in ROWS {
        let loaded = house.load_as(&ctx, kind, format!("{header}\n{row}\n"), ImportOptions::default()).await;
        reached.extend(loaded.is_ok_and(|loaded| loaded.summary.loaded > 0).then_some(kind));
    }
    assert!(reached.is_empty(), "{reached:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_voids_no_reading_of_another() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let tx = house.writing_tx().await;
    let voided = bill::void_reading(&tx, &ctx, "M1001", Register::Total, date("2016-09-30"), "抄错").await;
    assert!(voided.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_approves_no_run_of_another() {
    let house = two_stations().await;
    let (ctx, part) = (holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()])), scope(Some("S1"), None));
    house.trial_as(&house.operator(), "2016-09", &part).await.expect("a trial");
    let tx = house.writing_tx().await;
    let (_, seen) = run::find_run(&tx, &house.operator(), month("2016-09"), &part).await.expect("the run");
    assert!(run::approve(&tx, &ctx, &seen, &seen.digest).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_runs_bills_of_his_station_only() {
    let house = two_stations().await;
    let ctx = holder(&house, &EVERY_RIGHT, &Scope::Stations(vec!["S2".into()]));
    let own = when_free(async || house.issue_as(&ctx, "2016-09", &scope(Some("S2"), None), false).await)
        .await
        .expect("his own station");
    assert_eq!(own.tally.issued, 1);
    let other = when_free(async || house.issue_as(&ctx, "2016-09", &scope(Some("S1"), None), false).await).await;
    assert!(other.is_err(), "{:?}", other.map(|ran| ran.tally));
}
