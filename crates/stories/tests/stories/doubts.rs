//! What blocks a bill, and what only asks a person to look.

use stories::{Account, House};

#[tokio::test(flavor = "multi_thread")]
async fn missing_negative_and_unpriced_accounts_are_left_and_all_others_issued() {
    let house = House::open().await;
    let unpriced = Account::new("1004", "cn-zhejiang/resident").voltage("35kV").meter("M1004", "2016-07-31", "total 0");
    let backwards = Account::new("1003", "sample/farming").meter("M1003", "2016-07-31", "total 500");
    house
        .connect(&[
            Account::trade("1001"),
            Account::trade("1002"),
            backwards,
            unpriced,
            Account::new("1005", "sample/farming"),
        ])
        .await;
    let loaded = house.read("M1001 2016-08-31 total 10\nM1003 2016-08-31 total 400\nM1004 2016-08-31 total 10").await;
    assert_eq!(loaded.report(), ["3 value negative"]);
    let run = house.issue("2016-08").await;
    assert_eq!(run.findings.sorted(), ["1002 missing", "1003 negative", "1004 unpriced", "1005 missing"]);
    let tally = run.tally;
    assert_eq!((tally.issued, tally.missing, tally.negative, tally.unpriced, tally.left()), (1, 2, 1, 1, 4));
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-31 10 8.00 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tariff_without_a_version_in_the_cycle_leaves_the_account_unpriced() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2012-05-31", "total 0")]).await;
    house.read("M1 2012-06-30 total 10").await;
    assert_eq!(house.trial("2012-06").await.findings.sorted(), ["1001 unpriced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tariff_of_the_day_needs_its_registers() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "total 0")]).await;
    assert_eq!(house.trial("2016-08").await.tally.blocked, 1, "without a reading");
    house.read("M1 2016-08-31 total 10").await;
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 missing", "1001 missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_that_counts_no_active_energy_is_no_meter_to_bill_by() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "sample/farming").meter("M1", "2016-07-31", "reactive 0")]).await;
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_register_without_a_reading_is_missing_and_the_next_month_bills_both() {
    let house = House::open().await;
    house
        .connect(&[Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "peak 0, valley 0")])
        .await;
    house.read("M1 2016-08-31 peak 50").await;
    assert_eq!(house.issue("2016-08").await.findings.sorted(), ["1001 missing"]);
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 peak 100\nM1 2016-09-30 valley 100").await;
    assert_eq!(house.issue("2016-09").await.findings.sorted(), ["1001 long-period"]);
    assert_eq!(house.bills().await, ["1001 2016-09/1 2016-08-01..2016-09-30 200 85.60 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_use_is_billed_as_zero_and_surfaces_as_vacancy() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    assert_eq!(house.read("M1001 2016-08-31 total 0").await.report(), ["2 value vacancy"]);
    assert_eq!(house.issue("2016-08").await.findings.sorted(), ["1001 vacancy"]);
    assert_eq!(house.bills_of("1001").await, ["2016-08 0 0.00"]);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn constant_spike_and_over_capacity_surface_and_are_billed_all_the_same() {
    let house = House::open().await;
    let small = Account::new("1003", "sample/farming").capacity("1").meter("M1003", "2016-06-30", "total 0");
    let plain =
        |number: &str| Account::new(number, "sample/farming").meter(&format!("M{number}"), "2016-06-30", "total 0");
    house.connect(&[plain("1001"), plain("1002"), small]).await;
    house.read("M1001 2016-07-31 total 31\nM1002 2016-07-31 total 60\nM1003 2016-07-31 total 744").await;
    assert_eq!(house.issue("2016-07").await.findings.sorted(), ["1001 constant"], "one kWh a day from the first");
    let loaded = house.read("M1001 2016-08-31 total 62\nM1002 2016-08-31 total 561\nM1003 2016-08-31 total 1489").await;
    assert_eq!(loaded.report(), ["2 value constant", "3 value spike", "4 value over-capacity"]);
    let run = house.issue("2016-08").await;
    assert_eq!(run.findings.sorted(), ["1001 constant", "1002 spike", "1003 over-capacity"]);
    assert_eq!(run.tally.issued, 3);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_of_the_day_are_billed_and_the_total_only_checks_them() {
    let house = House::open().await;
    let account = |number: &str| {
        Account::new(number, "cn-zhejiang/resident-tou").meter(
            &format!("M{number}"),
            "2016-07-31",
            "peak 0, valley 0, total 0",
        )
    };
    house.connect(&[account("1001"), account("1002"), account("1003")]).await;
    for (number, total) in [("1001", "152"), ("1002", "155")] {
        house
            .read(&format!(
                "M{number} 2016-08-31 peak 100\nM{number} 2016-08-31 valley 50\nM{number} 2016-08-31 total {total}"
            ))
            .await;
    }
    house.read("M1003 2016-08-31 peak 100\nM1003 2016-08-31 valley 50").await;
    let run = house.issue("2016-08").await;
    assert_eq!(run.findings.sorted(), ["1002 total-mismatch"]);
    for number in ["1001", "1002", "1003"] {
        assert_eq!(house.bills_of(number).await, ["2016-08 150 71.20"]);
    }
    house.go_to("2016-10-05");
    house.read("M1003 2016-09-30 peak 200\nM1003 2016-09-30 valley 100\nM1003 2016-09-30 total 300").await;
    assert!(!house.issue("2016-09").await.findings.sorted().contains(&"1003 total-mismatch".to_owned()));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimated_reading_marks_its_bill_and_the_next_begins_from_it() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100 estimated").await;
    assert_eq!(house.issue("2016-08").await.findings.sorted(), ["1001 estimated"]);
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150 customer").await;
    assert!(house.issue("2016-09").await.findings.sorted().is_empty());
    assert_eq!(house.bills_of("1001").await, ["2016-08 100 80.00", "2016-09 50 40.00"]);
    let tx = house.reading_tx().await;
    let bill = house.bill("1001", "2016-08").await;
    let told = business::bill::explain(&tx, &house.operator(), &bill.bill_no).await.expect("an explanation");
    assert!(told.iter().any(|step| step.zh.contains("估抄") && step.en.contains("estimated")), "{told:#?}");
    drop(tx);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_left_counts_accounts_not_registers() {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "peak 0, valley 0");
    house.connect(&[account]).await;
    let tally = house.issue("2016-08").await.tally;
    assert_eq!((tally.missing, tally.left()), (1, 1));
}
