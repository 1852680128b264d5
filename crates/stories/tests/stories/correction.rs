//! Bills computed again by what is known since.

use business::amendment::Found;
use business::correction::{self, CorrectionState, Wish};
use business::run::RunScope;
use kernel::{Actor, Month};
use platform::context::Rights;
use platform::jobs::Watch;
use platform::{Ctx, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stories::correct::all_since;
use stories::house::{code, date};
use stories::{Account, House};

/// Two trade accounts with August and September billed.
async fn billed() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150\nM1002 2016-09-30 total 20").await;
    house.issue("2016-09").await;
    house
}

fn person(house: &House, name: &str) -> Ctx {
    let rights = ["bill.rebill", "bill.issue", "bill.approve", "bill.read", "amendment.enter"];
    let rights = rights.map(|right| (right.to_owned(), Scope::Bureau)).to_vec();
    house.bureau.house.ctx(Actor::person(name), Rights::Granted(rights))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misread_month_and_the_one_after_it_are_billed_anew_and_nobody_elses() {
    let house = billed().await;
    house.amend("M1001", "2016-08-31", "90").await.expect("amended");
    house.prove().await;
    assert_eq!(house.bills().await.len(), 4, "bills stand until they are corrected");
    let tried = house.try_correction(&house.operator(), all_since("2016-08-01")).await.expect("a trial");
    assert_eq!(house.corrected(&tried.correction_no).await, ["1001 ready 2016-08 2 120.00 -> 120.00"]);
    assert_eq!((tried.sums.looked_at, tried.sums.affected, tried.sums.bills), (2, 1, 2));
    assert_eq!(house.bills().await.len(), 4, "a trial issues nothing");
    let tally = house.issue_correction(&house.operator(), &tried.correction_no, false).await.expect("issued");
    assert_eq!((tally.accounts, tally.bills, tally.changed), (1, 2, 0));
    let expected = [
        "1001 2016-08/1 2016-08-01..2016-08-31 100 80.00 cancelled",
        "1001 2016-08/1 2016-08-01..2016-08-31 -100 -80.00 reversal",
        "1001 2016-08/2 2016-08-01..2016-08-31 90 72.00 issued",
        "1001 2016-09/1 2016-09-01..2016-09-30 50 40.00 cancelled",
        "1001 2016-09/1 2016-09-01..2016-09-30 -50 -40.00 reversal",
        "1001 2016-09/2 2016-09-01..2016-09-30 60 48.00 issued",
        "1002 2016-08/1 2016-08-01..2016-08-31 10 8.00 issued",
        "1002 2016-09/1 2016-09-01..2016-09-30 10 8.00 issued",
    ];
    assert_eq!(house.bills().await, expected);
    assert_eq!(house.waiting_amendments().await, 0);
    assert_eq!(house.balance("1001").await, "owes 120.00, ahead 0.00");
    house.prove().await;
    let again = house.try_correction(&house.operator(), all_since("2016-08-01")).await.expect("a trial");
    assert_eq!((again.sums.affected, again.sums.bills), (0, 0), "nothing is left to correct");
    assert_ne!(again.correction_no, tried.correction_no);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_to_date_follows_and_later_bills_of_the_year_change_their_tiers() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-06-30", "total 0")]).await;
    house.openings("1001,2016-06-30,2600,0").await.wholly();
    house.read("M1 2016-07-31 total 150\nM1 2016-08-31 total 250").await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills_of("1001").await, ["2016-07 150 80.70", "2016-08 100 58.30"]);
    house.amend("M1", "2016-07-31", "50").await.expect("amended");
    let done = house.correct(all_since("2016-07-31")).await;
    // 2 650 after July; August's 200 go to 2 850: 90 above the limit of 2 760.
    assert_eq!(house.standing().await, ["1001 2016-07 50 26.90", "1001 2016-08 200 112.10"]);
    assert_eq!(done.sums.difference().to_string(), "0.00");
    assert_eq!(house.count("SELECT billed_in_year_wh FROM billing_position").await, 250_000);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_multiplier_is_billed_back_for_the_whole_time_or_from_the_day_that_is_asked_for() {
    let house = billed().await;
    let amended = house.amend_multiplier("M1001", 2).await.expect("amended");
    assert_eq!(amended.since, date("2016-07-31"));
    let september = house.try_correction(&house.operator(), all_since("2016-09-01")).await.expect("a trial");
    assert_eq!(house.corrected(&september.correction_no).await, ["1001 ready 2016-09 1 40.00 -> 80.00"]);
    house.correct(all_since("2016-08-01")).await;
    let expected =
        ["1001 2016-08 200 160.00", "1001 2016-09 100 80.00", "1002 2016-08 10 8.00", "1002 2016-09 10 8.00"];
    assert_eq!(house.standing().await, expected);
    assert_eq!(house.balance("1001").await, "owes 240.00, ahead 0.00");
    house.prove().await;
    // What was tried before is not true any more, and is left.
    let left = house.issue_correction(&house.operator(), &september.correction_no, false).await.expect("ended");
    assert_eq!((left.accounts, left.bills, left.changed), (0, 0, 1));
    assert_eq!(house.standing().await, expected);
    house.prove().await;
}

/// 12 000 kWh since the last test, half of them in the half of the time that counts.
async fn twelve_thousand() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 6000").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 12000").await;
    house.issue("2016-09").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_that_counts_five_percent_too_much_gives_back_285_71_of_12_000_kwh() {
    let house = twelve_thousand().await;
    let found = Found::Error { percent: "5".into(), tested_on: date("2016-07-31") };
    let amended = house.amend_counting("M1001", found, "2016-09-30").await.expect("amended");
    // Of 61 days the later 30.
    assert_eq!(amended.since, date("2016-09-01"));
    house.correct(all_since("2016-08-01")).await;
    // 6 000 / 1.05
    assert_eq!(house.standing().await, ["1001 2016-08 6000 4800.00", "1001 2016-09 5714.286 4571.43"]);
    let bill = house.bill("1001", "2016-09").await;
    let tx = house.reading_tx().await;
    let steps = business::bill::explain(&tx, &house.operator(), &bill.bill_no).await.expect("explained");
    let told = steps.iter().map(|step| step.en.as_ref()).collect::<Vec<_>>().join("\n");
    let arithmetic = "2016-09-01 to 2016-09-30 meter out of tolerance: 6000 × 10000 ÷ 10500 = 5714.286 kWh";
    assert!(told.contains(arithmetic), "{told}");
    drop(tx);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_wiring_counts_for_the_whole_time_by_days_and_for_bills_that_are_to_come() {
    let house = twelve_thousand().await;
    house.go_to("2016-11-05");
    let wired = |factor: &str, since: &str| Found::Wiring { factor: factor.into(), since: date(since) };
    house.amend_counting("M1001", wired("1.5", "2016-09-16"), "2016-10-10").await.expect("amended");
    assert_eq!(code(house.amend_counting("M1001", wired("2", "2016-10-10"), "2016-10-20").await), "amendment.overlap");
    assert_eq!(
        code(house.amend_counting("M1001", wired("2", "2016-07-31"), "2016-08-20").await),
        "amendment.not-in-use"
    );
    house.correct(all_since("2016-08-01")).await;
    house.read("M1001 2016-10-31 total 12310").await;
    house.issue("2016-10").await;
    // 15 of September's 30 days, and 10 of October's 31.
    let expected = ["1001 2016-08 6000 4800.00", "1001 2016-09 7500 6000.00", "1001 2016-10 360 288.00"];
    assert_eq!(house.standing().await, expected);
    assert_eq!(house.waiting_amendments().await, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_comes_late_is_found_without_being_named() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-30 total 100 estimated\nM1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    house.read("M1001 2016-08-31 total 130").await;
    let tried = house.try_correction(&house.operator(), all_since("2016-08-01")).await.expect("a trial");
    assert_eq!(house.corrected(&tried.correction_no).await, ["1001 ready 2016-08 1 80.00 -> 104.00"]);
    house.issue_correction(&house.operator(), &tried.correction_no, false).await.expect("issued");
    assert_eq!(house.standing().await, ["1001 2016-08 130 104.00", "1002 2016-08 10 8.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_on_a_corrected_bill_pays_the_one_in_its_place() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.openings("1001,2016-07-31,0,200").await.wholly();
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 120.00");
    house.amend("M1001", "2016-08-31", "50").await.expect("amended");
    house.correct(all_since("2016-08-01")).await;
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 160.00", "40 yuan too much were taken");
    house.go_to("2016-09-06");
    house.amend("M1001", "2016-08-31", "300").await.expect("amended");
    house.correct(all_since("2016-08-01")).await;
    assert_eq!(house.balance("1001").await, "owes 40.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_computed_is_said_so_and_keeps_its_bills() {
    let house = billed().await;
    // September's 150 cannot follow upon 160; what the other paid too much is given back all the same.
    house.amend("M1001", "2016-08-31", "160").await.expect("amended");
    house.amend("M1002", "2016-08-31", "9").await.expect("amended");
    let tried = house.try_correction(&house.operator(), all_since("2016-08-01")).await.expect("a trial");
    let expected = ["1001 blocked 2016-09 0 0.00 -> 0.00", "1002 ready 2016-08 2 16.00 -> 16.00"];
    assert_eq!(house.corrected(&tried.correction_no).await, expected);
    house.issue_correction(&house.operator(), &tried.correction_no, false).await.expect("issued");
    assert_eq!(house.standing().await[..2], ["1001 2016-08 100 80.00", "1001 2016-09 50 40.00"]);
    assert_eq!(house.waiting_amendments().await, 1);
    house.prove().await;
    house.go_to("2016-10-06");
    house.amend("M1001", "2016-08-31", "140").await.expect("amended again");
    house.correct(all_since("2016-08-01")).await;
    assert_eq!(house.standing().await[..2], ["1001 2016-08 140 112.00", "1001 2016-09 10 8.00"]);
    assert_eq!(house.waiting_amendments().await, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_accounts_of_the_tariff_or_the_number_that_was_named_are_looked_at() {
    let house = billed().await;
    house.amend("M1001", "2016-08-31", "90").await.expect("amended");
    house.amend("M1002", "2016-08-31", "9").await.expect("amended");
    let operator = house.operator();
    let of = |tariff: Option<&str>, supply_no: Option<&str>| Wish {
        tariff: tariff.map(str::to_owned),
        scope: RunScope { supply_no: supply_no.map(str::to_owned), ..RunScope::default() },
        ..all_since("2016-08-01")
    };
    let resident = house.try_correction(&operator, of(Some("cn-zhejiang/resident"), None)).await.expect("a trial");
    assert_eq!((resident.sums.looked_at, resident.sums.affected), (0, 0));
    assert_eq!(code(house.try_correction(&operator, of(Some("cn-zhejiang"), None)).await), "tariff.unknown");
    let trade = house.try_correction(&operator, of(Some("sample/general-single"), None)).await.expect("a trial");
    assert_eq!((trade.sums.looked_at, trade.sums.affected), (2, 2));
    let single = house.try_correction(&operator, of(None, Some("1002"))).await.expect("a trial");
    assert_eq!(house.corrected(&single.correction_no).await, ["1002 ready 2016-08 2 16.00 -> 16.00"]);
    assert_eq!(code(house.try_correction(&operator, of(None, Some("9999"))).await), "supply-no.unknown");
    assert_eq!(code(house.try_correction(&operator, all_since("2016-10-06")).await), "date.future");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_goes_out_when_another_person_has_approved_what_he_saw() {
    let house = billed().await;
    house.amend("M1001", "2016-08-31", "90").await.expect("amended");
    let (officer, reviewer) = (person(&house, "wang.li"), person(&house, "chen.hong"));
    let tried = house.try_correction(&officer, all_since("2016-08-01")).await.expect("a trial");
    let no = tried.correction_no.as_str();
    let approve = async |ctx: &Ctx, digest: &str| {
        let tx = house.writing_tx().await;
        let approved = correction::approve(&tx, ctx, no, digest).await?;
        tx.commit().await.map(|()| approved)
    };
    assert_eq!(code(house.issue_correction(&officer, no, true).await), "correction.not-approved");
    assert_eq!(code(approve(&officer, &tried.digest).await), "correction.own");
    assert_eq!(code(approve(&reviewer, "other").await), "correction.other-content");
    approve(&reviewer, &tried.digest).await.expect("approved");
    // Tried anew, nobody has approved it.
    let anew = house.try_correction(&officer, all_since("2016-08-01")).await.expect("a trial");
    assert_eq!((anew.correction_no.as_str(), anew.state), (no, CorrectionState::Tried));
    assert_eq!(anew.digest, tried.digest);
    assert_eq!(code(house.issue_correction(&officer, no, true).await), "correction.not-approved");
    approve(&reviewer, &anew.digest).await.expect("approved");
    house.issue_correction(&officer, no, true).await.expect("issued");
    assert_eq!(code(house.issue_correction(&officer, no, true).await), "correction.state");
    let tx = house.writing_tx().await;
    assert_eq!(code(correction::withdraw(&tx, &officer, no, "晚了").await), "correction.state");
    drop(tx);
    let stranger = house.bureau.house.ctx(Actor::person("li.na"), Rights::Granted(Vec::new()));
    assert_eq!(code(house.try_correction(&stranger, all_since("2016-08-01")).await), "access.forbidden");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_withdrawn_with_a_reason_and_then_ends() {
    let house = billed().await;
    house.amend("M1001", "2016-08-31", "90").await.expect("amended");
    let operator = house.operator();
    let tried = house.try_correction(&operator, all_since("2016-08-01")).await.expect("a trial");
    let no = tried.correction_no.as_str();
    let tx = house.writing_tx().await;
    assert_eq!(code(correction::withdraw(&tx, &operator, no, " ").await), "reason.empty");
    correction::withdraw(&tx, &operator, no, "再核实").await.expect("withdrawn");
    tx.commit().await.expect("committed");
    assert_eq!(code(house.issue_correction(&operator, no, false).await), "correction.state");
    assert_eq!((house.bills().await.len(), house.waiting_amendments().await), (4, 1));
    let anew = house.try_correction(&operator, all_since("2016-08-01")).await.expect("a trial");
    assert_ne!(anew.correction_no, no);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_was_tried_and_not_issued_is_computed_anew_upon_the_corrected_bills() {
    let house = billed().await;
    house.go_to("2016-11-05");
    house.read("M1001 2016-10-31 total 180\nM1002 2016-10-31 total 30").await;
    house.trial("2016-10").await;
    house.amend("M1001", "2016-09-30", "160").await.expect("amended");
    house.correct(all_since("2016-09-01")).await;
    house.issue("2016-10").await;
    let own: Vec<String> = house.standing().await.into_iter().filter(|bill| bill.starts_with("1001")).collect();
    assert_eq!(own, ["1001 2016-08 100 80.00", "1001 2016-09 60 48.00", "1001 2016-10 20 16.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_on_an_evening_can_be_asked_of_a_bill() {
    let house = billed().await;
    let first = house.bill("1001", "2016-08").await.bill_no;
    house.amend("M1001", "2016-08-31", "90").await.expect("amended");
    house.go_to("2016-10-20");
    house.correct(all_since("2016-08-01")).await;
    let anew = house.bill("1001", "2016-08").await.bill_no;
    let tx = house.reading_tx().await;
    let table = [
        ("2016-09-04", None, 3),
        ("2016-09-05", Some(&first), 2),
        ("2016-10-19", Some(&first), 2),
        ("2016-10-20", Some(&anew), 0),
    ];
    for (on, stood, later) in table {
        for asked in [&first, &anew] {
            let known = business::bill::as_of(&tx, &house.operator(), asked, date(on)).await.expect("known");
            assert_eq!(known.stood.map(|bill| bill.bill_no).as_ref(), stood, "{on}");
            assert_eq!(known.later.len(), later, "{on}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_amended_is_refused() {
    let house = billed().await;
    let table = [
        ("M1001", "2016-08-31", "100", "amendment.unchanged"),
        ("M1001", "2016-08-30", "90", "reading.unknown"),
        ("M9", "2016-08-31", "90", "meter.unknown"),
        ("M1001", "2016-08-31", "1000000", "value.digits"),
        ("M1001", "2016-08-31", "-1", "number.negative"),
    ];
    for (meter_no, read_on, value, expected) in table {
        assert_eq!(code(house.amend(meter_no, read_on, value).await), expected, "{meter_no} {read_on} {value}");
    }
    house.go_to("2016-11-05");
    house.read("M1001 2016-10-31 total 180").await;
    assert_eq!(code(house.amend("M1001", "2016-10-31", "190").await), "amendment.not-billed");
    assert_eq!(code(house.amend_multiplier("M1001", 1).await), "amendment.unchanged");
    assert_eq!(code(house.amend_multiplier("M1001", 0).await), "number.range");
}

/// Breaks off after the first chunk, as a killed process would between two commits.
struct Killed;

impl Watch for Killed {
    fn progress(&mut self, _done: u64, _of: Option<u64>) -> platform::Result<()> {
        Err(platform::Fault::impossible("killed"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_broke_off_goes_on_where_it_was_and_corrects_nobody_twice() {
    let house = House::open().await;
    let numbers: Vec<String> = (0..25).map(|at| format!("{}", 1001 + at)).collect();
    house.connect(&numbers.iter().map(|number| Account::trade(number)).collect::<Vec<_>>()).await;
    let rows = numbers.iter().map(|number| format!("M{number} 2016-08-31 total 100"));
    house.read(&rows.collect::<Vec<_>>().join("\n")).await;
    house.issue("2016-08").await;
    for number in &numbers {
        house.amend(&format!("M{number}"), "2016-08-31", "90").await.expect("amended");
    }
    let operator = house.operator();
    let tried = house.try_correction(&operator, all_since("2016-08-01")).await.expect("a trial");
    let no = tried.correction_no.as_str();
    let broken = correction::issue(&house.bureau, &operator, no, false, &mut Killed).await;
    assert!(broken.is_err());
    house.prove().await;
    let done = house.standing().await.iter().filter(|bill| bill.ends_with("90 72.00")).count();
    assert!(done > 0 && done < 25, "{done} are done");
    // Nothing is tried or withdrawn any more: some of it stands.
    let tx = house.writing_tx().await;
    assert_eq!(code(correction::withdraw(&tx, &operator, no, "太晚").await), "correction.state");
    drop(tx);
    let rest = house.issue_correction(&operator, no, false).await.expect("issued");
    assert_eq!((rest.accounts, rest.changed), (25 - done as u64, 0));
    assert!(house.standing().await.iter().all(|bill| bill.ends_with("90 72.00")));
    assert_eq!(house.bills().await.len(), 75);
    house.prove().await;
}

/// What one account used month by month, and what was written down wrongly at first.
#[derive(Debug, Clone)]
struct Life {
    used: Vec<i64>,
    /// The month whose reading was wrong, and by how much of the way to the next.
    misread: Vec<(usize, i64)>,
    multipliers: (i64, i64),
}

const MONTHS: usize = 6;

fn life() -> impl Strategy<Value = Life> {
    (vec(0_i64..700, MONTHS), vec((0..MONTHS, 1_i64..100), 0..3), (1_i64..4, 1_i64..4)).prop_map(
        |(used, mut misread, multipliers)| {
            // In order, so that no register seems to run backwards.
            misread.sort_unstable();
            misread.dedup_by_key(|(month, _)| *month);
            Life { used, misread, multipliers }
        },
    )
}

impl Life {
    /// The state at the end of each month, as it was or as it was first written down.
    fn states(&self, first: bool) -> Vec<i64> {
        let mut states: Vec<i64> = Vec::new();
        for used in &self.used {
            states.push(states.last().copied().unwrap_or(0) + used);
        }
        if !first {
            return states;
        }
        let truth = states.clone();
        for (month, percent) in &self.misread {
            let before = if *month == 0 { 0 } else { states[month - 1] };
            let next = truth.get(month + 1).copied().unwrap_or(truth[*month] + 50);
            states[*month] = (before + (next - before) * percent / 100).max(before);
        }
        states
    }
}

/// The first half of 2016, billed month by month as it is written down.
async fn live(lives: &[Life], first: bool) -> House {
    let house = House::open().await;
    house.go_to("2016-09-05");
    let number = |at: usize| format!("10{at:02}");
    let tariffs = ["cn-zhejiang/resident", "sample/general-single"];
    let accounts = lives.iter().enumerate().map(|(at, life)| {
        let multiplier = if first { life.multipliers.0 } else { life.multipliers.1 };
        let account = Account::new(&number(at), tariffs[at % 2]);
        account.meter_times(&format!("M{at}"), "2015-12-31", multiplier, "total 0")
    });
    house.connect(&accounts.collect::<Vec<_>>()).await;
    for month in 0..MONTHS {
        let cycle = Month::new(2016, i8::try_from(month + 1).expect("small")).expect("a month");
        let rows = lives
            .iter()
            .enumerate()
            .map(|(at, life)| format!("M{at} {} total {}", cycle.last_day(), life.states(first)[month]));
        house.read(&rows.collect::<Vec<_>>().join("\n")).await;
        house.issue(&cycle.to_string()).await;
    }
    house
}

#[test]
fn a_corrected_bureau_has_the_bills_of_one_that_never_erred() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&vec(life(), 3), |lives| {
        runtime.block_on(async {
            let (erred, never) = (live(&lives, true).await, live(&lives, false).await);
            for (at, life) in lives.iter().enumerate() {
                for (month, (was, is)) in life.states(true).into_iter().zip(life.states(false)).enumerate() {
                    let last = Month::new(2016, i8::try_from(month + 1).expect("small")).expect("a month").last_day();
                    if was != is {
                        erred.amend(&format!("M{at}"), &last.to_string(), &is.to_string()).await.expect("amended");
                    }
                }
                if life.multipliers.0 != life.multipliers.1 {
                    erred.amend_multiplier(&format!("M{at}"), life.multipliers.1).await.expect("amended");
                }
            }
            erred.correct(all_since("2016-01-01")).await;
            assert_eq!(erred.standing().await, never.standing().await);
            for at in 0..lives.len() {
                let number = format!("10{at:02}");
                assert_eq!(erred.balance(&number).await, never.balance(&number).await);
            }
            assert_eq!(erred.waiting_amendments().await, 0);
            erred.prove().await;
        });
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
