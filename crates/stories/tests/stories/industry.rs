//! What an industrial customer agreed on, and what his bill makes of it.

use stories::{Account, House};

const REGISTERS: [&str; 6] = ["sharp", "peak", "flat", "valley", "reactive", "demand"];

/// Account 1001 at 10 kV on the two-part tariff, its meter of a hundred times from the last day of July 2016.
async fn works() -> House {
    let house = House::open().await;
    house.connect(&[account("1001", "M1")]).await;
    house
}

fn account(supply_no: &str, meter_no: &str) -> Account {
    let openings = REGISTERS.map(|register| format!("{register} 0")).join(", ");
    let account = Account::new(supply_no, "sample/industry-two-part").voltage("10kV").capacity("1000");
    account.meter_times(meter_no, "2016-07-31", 100, &openings)
}

/// The states of a meter on a day, in the order of [`REGISTERS`]; an empty one was not read.
fn states(meter_no: &str, day: &str, states: [&str; 6]) -> String {
    let read = REGISTERS.iter().zip(states).filter(|(_, state)| !state.is_empty());
    read.map(|(register, state)| format!("{meter_no} {day} {register} {state}")).collect::<Vec<_>>().join("\n")
}

const AUGUST: [&str; 6] = ["10", "120", "150", "120", "300", "9"];

async fn quoted(house: &House, case: &str) -> String {
    let book = house.bureau.book().await.expect("price lists");
    pricing::quote::quote(&book, case).expect("a price").total
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_from_files_is_what_the_same_figures_are_quoted_at() {
    let house = works().await;
    house.agreements("1001,2012-03-01,contract,1000,800,low,0.325,").await.wholly();
    house.read(&states("M1", "2016-08-31", AUGUST)).await;
    house.issue("2016-08").await;
    let quoted = quoted(
        &house,
        r#"{"tariff":"sample/industry-two-part","cycle":"2016-08","voltage":"10kV","days":31,"capacity_kva":"1000",
            "demand_mode":"contract","contract_kw":"800","max_demand_kw":"900",
            "usage":{"sharp":"1000","peak":"12000","flat":"15000","valley":"12000"},"kvarh":"30000",
            "loss":{"no_load_kw":"0.325","hours":"744","side":"low"}}"#,
    )
    .await;
    assert_eq!(house.bills_of("1001").await, [format!("2016-08 40000 {quoted}")]);
    let lines = house.lines_of("1001", "2016-08").await;
    assert!(lines.contains(&"basic.demand 800 x 40 = 32000.00".to_owned()), "{lines:?}");
    assert!(lines.contains(&"basic.excess 60 x 80 = 4800.00".to_owned()), "900 is 60 above 105 %: {lines:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_that_changes_and_rests_within_a_month_is_paid_by_its_days() {
    let house = works().await;
    house.agreements("1001,2012-03-01,capacity,800,,,,\n1001,2016-08-11,capacity,1000,,,,").await.wholly();
    house.suspensions("1001,2016-08-21,2016-09-20,300").await.wholly();
    house.read(&states("M1", "2016-08-31", AUGUST)).await;
    house.issue("2016-08").await;
    let lines = house.lines_of("1001", "2016-08").await;
    let basic: Vec<&String> = lines.iter().filter(|line| line.starts_with("basic")).collect();
    // 10, 10 and 11 of 31 days have 10, 10 and 10 thirtieths: the rest goes to whom it is nearest.
    assert_eq!(
        basic,
        [
            "basic.capacity 800 x 30 = 8000.00",
            "basic.capacity 1000 x 30 = 10000.00",
            "basic.capacity 700 x 30 = 7000.00"
        ]
    );
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_of_less_than_fifteen_days_is_billed_through() {
    let house = works().await;
    house.agreements("1001,2012-03-01,capacity,800,,,,").await.wholly();
    house.suspensions("1001,2016-08-11,2016-08-24,800").await.wholly();
    house.read(&states("M1", "2016-08-31", AUGUST)).await;
    house.issue("2016-08").await;
    let lines = house.lines_of("1001", "2016-08").await;
    assert!(lines.contains(&"basic.capacity 800 x 30 = 24000.00".to_owned()), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_that_is_changed_has_one_demand_with_its_successor_and_two_feeds_have_two() {
    let house = works().await;
    house
        .connect(&[account("1002", "M2").meter_times(
            "M3",
            "2016-07-31",
            100,
            "sharp 0, peak 0, flat 0, valley 0, reactive 0, demand 0",
        )])
        .await;
    house.agreements("1001,2012-03-01,actual,1000,,,,\n1002,2012-03-01,actual,1000,,,,").await.wholly();
    house.read("M1 2016-08-15 demand 9").await;
    let closings =
        [("sharp", "5"), ("peak", "60"), ("flat", "75"), ("valley", "60"), ("reactive", "150"), ("demand", "")];
    let removed = closings.map(|(register, state)| format!("M1,1001,2016-07-31,2016-08-20,100,6,{register},0,{state}"));
    let set = REGISTERS.map(|register| format!("M4,1001,2016-08-20,,100,6,{register},0,"));
    house.meters(&[removed, set].concat().join("\n")).await.wholly();
    house.read(&states("M4", "2016-08-31", ["5", "60", "75", "60", "150", "8"])).await;
    house.read(&states("M2", "2016-08-31", AUGUST)).await;
    house.read(&states("M3", "2016-08-31", ["0", "0", "0", "0", "0", "1"])).await;
    house.issue("2016-08").await;
    let demand = async |supply_no| {
        let lines = house.lines_of(supply_no, "2016-08").await;
        lines.into_iter().filter(|line| line.starts_with("basic")).collect::<Vec<_>>()
    };
    assert_eq!(demand("1001").await, ["basic.demand 900 x 40 = 36000.00"], "the higher of 900 and 800");
    assert_eq!(demand("1002").await, ["basic.demand 1000 x 40 = 40000.00"], "900 and 100 are of two feeds");
    assert_eq!(house.bill("1001", "2016-08").await.energy, house.bill("1002", "2016-08").await.energy);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tariff_asks_for_and_nobody_told_stops_the_bill_and_names_it() {
    let house = works().await;
    house.read(&states("M1", "2016-08-31", AUGUST)).await;
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 unpriced"]);
    house.agreements("1001,2012-03-01,actual,1000,,,,").await.wholly();
    assert_eq!(house.trial("2016-08").await.tally.ready, 1, "an agreement makes the draft anew");

    let house = works().await;
    house.agreements("1001,2012-03-01,actual,1000,,,,").await.wholly();
    house.read(&states("M1", "2016-08-31", ["10", "120", "150", "120", "300", ""])).await;
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 unpriced"], "no demand");
    house.read("M1 2016-08-31 demand 9").await;
    assert_eq!(house.trial("2016-08").await.tally.ready, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_month_goes_on_where_reactive_energy_was_left_and_by_its_own_demand() {
    let house = works().await;
    house.agreements("1001,2012-03-01,actual,1000,,,,").await.wholly();
    house.read(&states("M1", "2016-08-31", AUGUST)).await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read(&states("M1", "2016-09-30", ["20", "240", "300", "240", "600", "5"])).await;
    house.issue("2016-09").await;
    let quoted = quoted(
        &house,
        r#"{"tariff":"sample/industry-two-part","cycle":"2016-09","voltage":"10kV","capacity_kva":"1000",
            "demand_mode":"actual","max_demand_kw":"500",
            "usage":{"sharp":"1000","peak":"12000","flat":"15000","valley":"12000"},"kvarh":"30000"}"#,
    )
    .await;
    assert_eq!(house.bills_of("1001").await[1..], [format!("2016-09 40000 {quoted}")]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_set_on_the_last_evening_of_a_bill_begins_with_the_next() {
    let house = works().await;
    house.agreements("1001,2012-03-01,actual,1000,,,,").await.wholly();
    house.read(&states("M1", "2016-08-30", AUGUST)).await;
    let closings =
        [("sharp", "10"), ("peak", "120"), ("flat", "150"), ("valley", "120"), ("reactive", "300"), ("demand", "")];
    let removed = closings.map(|(register, state)| format!("M1,1001,2016-07-31,2016-08-31,100,6,{register},0,{state}"));
    let set = REGISTERS.map(|register| format!("M2,1001,2016-08-31,,100,6,{register},5,"));
    house.meters(&[removed, set].concat().join("\n")).await.wholly();
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read(&states("M2", "2016-09-30", ["15", "125", "155", "125", "305", "9"])).await;
    house.issue("2016-09").await;
    let bills = house.bills_of("1001").await;
    let total = |bill: &String| bill.split_once(' ').map(|(_, rest)| rest.to_owned());
    assert_eq!(total(&bills[0]), total(&bills[1]), "reactive energy and demand are the same in both: {bills:?}");
    house.prove().await;
}
