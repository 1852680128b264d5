//! From what registers show to kWh.

use stories::{Account, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_meter_inside_a_month_is_two_stretches_of_one_bill() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001").meter("N1", "2016-08-12", "total 5")]).await;
    house.meters("M1001,1001,2016-07-31,2016-08-12,1,6,total,0,120").await.wholly();
    house.read("N1 2016-08-31 total 85").await;
    house.issue("2016-08").await;
    // 120 on the old, 80 on the new.
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-31 200 160.00 issued"]);
    house.go_to("2016-10-05");
    house.read("N1 2016-09-30 total 95").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills().await[1], "1001 2016-09/1 2016-09-01..2016-09-30 10 8.00 issued");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_meters_and_registers_add_up_by_register_after_their_multipliers() {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident-tou")
        .meter("M1", "2016-07-31", "peak 0, valley 0")
        .meter_times("M2", "2016-07-31", 20, "peak 10, valley 10");
    house.connect(&[account]).await;
    house
        .read("M1 2016-08-31 peak 100\nM1 2016-08-31 valley 50\nM2 2016-08-31 peak 14\nM2 2016-08-31 valley 13.5")
        .await;
    house.issue("2016-08").await;
    let lines = ["energy.peak 180 x 0.568 = 102.24", "energy.valley 120 x 0.288 = 34.56"];
    assert_eq!(house.lines_of("1001", "2016-08").await, lines);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_of_six_digits_that_passes_its_end_has_counted_on() {
    let house = House::open().await;
    let at = |number: &str, times| {
        Account::new(number, "sample/general-single").capacity("400").meter_times(
            &format!("M{number}"),
            "2016-07-31",
            times,
            "total 999850",
        )
    };
    house.connect(&[at("1001", 1), at("1002", 200)]).await;
    let loaded = house.read("M1001 2016-08-31 total 120\nM1002 2016-08-31 total 120").await;
    assert_eq!(loaded.report(), ["2 value rollover", "3 value rollover"]);
    let run = house.issue("2016-08").await;
    assert_eq!(run.findings.sorted(), ["1001 rollover", "1002 category-use", "1002 rollover"]);
    assert_eq!(house.bills_of("1001").await, ["2016-08 270 216.00"]);
    assert_eq!(house.bills_of("1002").await, ["2016-08 54000 43200.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_read_on_different_days_go_on_where_each_was_left() {
    let house = House::open().await;
    house
        .connect(&[Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "peak 0, valley 0")])
        .await;
    house.read("M1 2016-08-28 peak 90\nM1 2016-08-31 valley 60").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1 2016-08-31 peak 100\nM1 2016-09-29 peak 200\nM1 2016-09-25 valley 100").await;
    house.issue("2016-09").await;
    let expected = [
        "1001 2016-08/1 2016-08-01..2016-08-31 150 68.40 issued",
        // 110 peak 62.48, 40 valley 11.52; the late reading of August ends nothing.
        "1001 2016-09/1 2016-09-01..2016-09-29 150 74.00 issued",
    ];
    assert_eq!(house.bills().await, expected);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_several_readings_in_a_month_ends_the_bill() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-10 total 40\nM1001 2016-08-25 total 100\nM1001 2016-08-20 total 70").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-25 100 80.00 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fractions_of_a_kwh_are_billed_exactly() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 0.006").await;
    house.issue("2016-08").await;
    // 0.0048 yuan.
    assert_eq!(house.bills_of("1001").await, ["2016-08 0.006 0.00"]);
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 0.013").await;
    house.issue("2016-09").await;
    // 0.0056 yuan: rounded half away from zero, by itself; nothing was carried over.
    assert_eq!(house.bills_of("1001").await[1], "2016-09 0.007 0.01");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_only_meter_is_gone_and_billed_is_left_alone() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.meters("M1001,1001,2016-07-31,2016-08-20,1,6,total,0,50").await.wholly();
    house.issue("2016-08").await;
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-20 50 40.00 issued"]);
    house.go_to("2016-10-05");
    let run = house.trial("2016-09").await;
    assert_eq!((run.tally.idle, run.tally.blocked, run.tally.ready), (1, 0, 0));
    assert_eq!(house.issue("2016-09").await.tally.issued, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_set_on_the_last_evening_of_a_month_waits_for_the_next() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "sample/farming").meter("M1", "2016-08-31", "total 7")]).await;
    assert_eq!(house.trial("2016-08").await.tally.idle, 1);
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 total 17").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills().await, ["1001 2016-09/1 2016-09-01..2016-09-30 10 5.00 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_before_what_was_already_billed_never_bills_a_day_twice() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let removed = house.meters("M1001,1001,2016-07-31,2016-08-10,1,6,total,0,130").await;
    house.go_to("2016-10-05");
    house.issue("2016-09").await;
    let bills = house.bills().await;
    assert!(removed.summary.refused == 1 || bills.len() == 1, "{removed:?} {bills:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_on_the_day_of_the_last_bill_leaves_nothing_to_bill() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    house.meters("M1001,1001,2016-07-31,2016-08-31,1,6,total,0,100").await.wholly();
    house.go_to("2016-10-05");
    house.issue("2016-09").await;
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-31 100 80.00 issued"]);
}
