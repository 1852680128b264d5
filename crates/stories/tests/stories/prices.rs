//! Real imports become the figures of the price lists.

use stories::{Account, House};

/// A TOU household of Zhejiang that had used `before` kWh of the year when Gridhall began.
async fn household(before: &str) -> House {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "peak 1000, valley 500");
    house.connect(&[account]).await;
    house.openings(&format!("1001,2016-07-31,{before},0")).await.wholly();
    house.read("M1 2016-08-31 peak 1180\nM1 2016-08-31 valley 620").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_to_date_of_2700_puts_240_kwh_of_august_into_the_second_tier() {
    let house = household("2700").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-31 300 148.80 issued"]);
    assert_eq!(
        house.lines_of("1001", "2016-08").await,
        ["energy.peak 180 x 0.568 = 102.24", "energy.valley 120 x 0.288 = 34.56", "tier.2 240 x 0.05 = 12.00"]
    );
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_to_date_of_4700_splits_august_between_the_second_and_the_third_tier() {
    let house = household("4700").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 300 201.80"]);
    assert_eq!(house.lines_of("1001", "2016-08").await[2..], ["tier.2 100 x 0.05 = 5.00", "tier.3 200 x 0.3 = 60.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn month_after_month_the_year_fills_its_tiers_and_january_begins_anew() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-07-31", "total 0")]).await;
    house.openings("1001,2016-07-31,2700,0").await.wholly();
    let months = [
        // 2 700 + 100: 60 in the first tier, 40 above it.
        ("2016-09-05", "2016-08", "2016-08-31", "100", "2016-08 100 55.80"),
        // 2 800 + 2 000 = 4 800: all of it in the second tier, the last kWh included.
        ("2016-10-05", "2016-09", "2016-09-30", "2100", "2016-09 2000 1176.00"),
        ("2016-11-05", "2016-10", "2016-10-31", "2110", "2016-10 10 8.38"),
        ("2016-12-05", "2016-11", "2016-11-30", "2210", "2016-11 100 83.80"),
        ("2017-01-05", "2016-12", "2016-12-31", "2310", "2016-12 100 83.80"),
        ("2017-02-05", "2017-01", "2017-01-31", "2410", "2017-01 100 53.80"),
    ];
    for (day, cycle, read_on, state, expected) in months {
        house.go_to(day);
        house.read(&format!("M1 {read_on} total {state}")).await;
        house.issue(cycle).await;
        assert_eq!(house.bills_of("1001").await.last().expect("a bill"), expected);
    }
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn monthly_tiers_have_a_summer_a_winter_and_large_households() {
    let house = House::open().await;
    let tariff = "cn-guangzhou/resident";
    let accounts = [
        Account::new("1001", tariff).meter("M1", "2016-07-31", "total 0"),
        Account::new("1005", tariff).persons("5").meter("M5", "2016-07-31", "total 0"),
    ];
    house.connect(&accounts).await;
    house.read("M1 2016-08-31 total 600\nM5 2016-08-31 total 600").await;
    house.issue("2016-08").await;
    house.go_to("2016-12-05");
    house.read("M1 2016-10-31 total 600\nM1 2016-11-30 total 1200").await;
    house.issue("2016-10").await;
    house.issue("2016-11").await;
    let expected = ["2016-08 600 370.40", "2016-10 0 0.00", "2016-11 600 423.40"];
    assert_eq!(house.bills_of("1001").await, expected);
    assert_eq!(house.bills_of("1005").await, ["2016-08 600 365.40"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_begun_in_july_has_half_the_annual_limits() {
    let house = House::open().await;
    let opened = |number: &str, day: &str| {
        Account::new(number, "cn-zhejiang/resident").opened_on(day).meter(
            &format!("M{number}"),
            "2016-07-31",
            "total 0",
        )
    };
    house.connect(&[opened("1001", "2016-07-10"), opened("1002", "2015-07-10")]).await;
    house.read("M1001 2016-08-31 total 1500\nM1002 2016-08-31 total 1500").await;
    house.issue("2016-08").await;
    // Six begun months: 1 380 and 2 400 kWh; 120 kWh lie above the first.
    assert_eq!(house.bills_of("1001").await, ["2016-08 1500 813.00"]);
    assert_eq!(house.bills_of("1002").await, ["2016-08 1500 807.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_period_counts_the_allowance_of_each_month_that_it_covers() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-guangzhou/resident").meter("M1", "2016-07-31", "total 0")]).await;
    house.read("M1 2016-08-31 total 0").await;
    house.issue("2016-08").await;
    house.go_to("2016-12-05");
    assert_eq!(house.issue("2016-09").await.findings.sorted(), ["1001 missing"]);
    house.read("M1 2016-11-30 total 1500").await;
    assert_eq!(house.issue("2016-11").await.findings.sorted(), ["1001 long-period", "1001 spike"]);
    // September and October 260/600, November 200/400: 720 and 1 600 together, 780 kWh above.
    assert_eq!(house.bills().await[1], "1001 2016-11/1 2016-09-01..2016-11-30 1500 922.50 issued");
    assert_eq!(
        house.lines_of("1001", "2016-11").await,
        ["energy.total 1500 x 0.589 = 883.50", "tier.2 780 x 0.05 = 39.00"]
    );
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_over_new_year_divides_its_use_by_days_between_the_years() {
    let house = House::open().await;
    house.go_to("2017-03-05");
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-11-30", "total 0")]).await;
    house.openings("1001,2016-11-30,2600,0").await.wholly();
    house.read("M1 2017-01-31 total 620\nM1 2017-02-28 total 3120").await;
    house.issue("2017-01").await;
    // 31 days each: 310 kWh on top of 2 600, and 310 of the new year.
    let january =
        ["energy.total 310 x 0.538 = 166.78", "tier.2 150 x 0.05 = 7.50", "energy.total 310 x 0.538 = 166.78"];
    assert_eq!(house.lines_of("1001", "2017-01").await, january);
    house.issue("2017-02").await;
    // 310 + 2 500 = 2 810.
    assert_eq!(house.bills_of("1001").await, ["2017-01 620 341.06", "2017-02 2500 1347.50"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn households_on_relief_get_their_quota_or_their_money_back() {
    let house = House::open().await;
    let account = |number: &str, tariff: &str| {
        Account::new(number, tariff).concession("low-income").meter(&format!("M{number}"), "2016-06-30", "total 0")
    };
    house
        .connect(&[
            account("1001", "cn-zhejiang/resident"),
            account("1002", "cn-sichuan/resident"),
            account("1003", "cn-sichuan/resident"),
            account("1004", "cn-zhejiang/resident"),
        ])
        .await;
    house
        .read("M1001 2016-07-31 total 100\nM1002 2016-07-31 total 100\nM1003 2016-07-31 total 1\nM1004 2016-08-31 total 20\nM1002 2016-08-31 total 100")
        .await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    assert_eq!(
        house.lines_of("1001", "2016-07").await,
        ["energy.total 100 x 0.538 = 53.80", "relief -15 x 0.538 = -8.07"]
    );
    assert_eq!(
        house.lines_of("1002", "2016-07").await,
        ["energy.total 100 x 0.5224 = 52.24", "relief -1 x 7.84 = -7.84"]
    );
    // Never more than the bill: 0.52 yuan, and nothing in a month without use.
    assert_eq!(house.bills_of("1003").await, ["2016-07 1 0.00"]);
    assert_eq!(house.bills_of("1002").await[1], "2016-08 0 0.00");
    // Two months are 30 kWh, of which 20 were used.
    assert_eq!(house.bills_of("1004").await, ["2016-08 20 0.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_meter_has_no_tiers_and_another_price_at_10_kv() {
    let house = House::open().await;
    let shared = |number: &str, voltage: &str| {
        Account::new(number, "cn-zhejiang/resident-shared").voltage(voltage).capacity("50").meter(
            &format!("M{number}"),
            "2016-07-31",
            "total 0",
        )
    };
    house.connect(&[shared("1001", "0.38kV"), shared("1002", "10kV")]).await;
    house.read("M1001 2016-08-31 total 6000\nM1002 2016-08-31 total 6000").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 6000 3348.00"]);
    assert_eq!(house.bills_of("1002").await, ["2016-08 6000 3228.00"]);
    house.prove().await;
}
