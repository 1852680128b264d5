//! Importing again: what is equal stays, what differs is refused, what was tried changes nothing.

use stories::files::{
    AGREEMENTS, AREAS, CUSTOMERS, DRY, METERS, OPENINGS, READINGS, SUSPENSIONS, TERMS, changed, readings,
};
use stories::{Account, House};

const FILES: [(&str, &str, &str); 8] = [
    ("areas", AREAS, "S1,城区变,城区线,A1,一号台区,400"),
    (
        "customers",
        CUSTOMERS,
        "1001,张三,03,200,13812341234,翠竹路12号,S1,A1,0.22kV,8,cn-zhejiang/resident,3,low-income,2012-03-01,C1,B1",
    ),
    ("meters", METERS, "M1,1001,2016-07-31,,1,6,total,10,"),
    ("openings", OPENINGS, "1001,2016-07-31,2700,12.50"),
    ("agreements", AGREEMENTS, "1001,2016-08-01,contract,8,6,low,0.02,0.01"),
    ("suspensions", SUSPENSIONS, "1001,2016-08-10,2016-08-31,4"),
    ("terms", TERMS, "1001,2016-08-01,cn-zhejiang/resident-shared,4,low-income"),
    ("readings", READINGS, "M1,2016-08-31,total,110,actual"),
];

async fn all_files(house: &House) -> Vec<[u64; 4]> {
    let mut counts = Vec::new();
    for (kind, header, row) in FILES {
        counts.push(house.load(kind, format!("{header}\n{row}\n")).await.counts());
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_loaded_again_is_unchanged_and_leaves_no_trace() {
    let house = House::open().await;
    assert_eq!(all_files(&house).await, [[1, 0, 0, 0]; 8]);
    let before = (house.acts().await, house.ledger().await, house.count("SELECT revision FROM usage_point").await);
    house.go_to("2016-09-20");
    assert_eq!(all_files(&house).await, [[0, 1, 0, 0]; 8]);
    let after = (house.acts().await, house.ledger().await, house.count("SELECT revision FROM usage_point").await);
    assert_eq!(before, after);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spellings_of_the_same_value_are_no_conflict() {
    let house = House::open().await;
    all_files(&house).await;
    let spelled = [
        ("areas", AREAS, "S1,城区变,城区线,A1, 一号台区 ,400.000"),
        (
            "customers",
            CUSTOMERS,
            "1001,张三,3,200,13812341234,翠竹路12号,S1,A1,0.22kV,8.0,cn-zhejiang/resident,03,low-income,2012-03-01,C1,B1",
        ),
        ("meters", METERS, "M1,1001,2016-07-31,,01,6,total,10.000,"),
        ("openings", OPENINGS, "1001,2016-07-31,2700.0,12.5"),
        ("agreements", AGREEMENTS, "1001,2016-08-01,contract,8.0,6.000,low,0.020,0.0100"),
        ("suspensions", SUSPENSIONS, "1001,2016-08-10,2016-08-31,4.0"),
        ("terms", TERMS, "1001,2016-08-01, cn-zhejiang/resident-shared,04,low-income"),
        ("readings", READINGS, "M1,2016-08-31,total,0110,actual"),
    ];
    for (kind, header, row) in spelled {
        assert_eq!(house.load(kind, format!("{header}\n{row}\n")).await.counts(), [0, 1, 0, 0], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_of_a_known_key_is_a_conflict_at_the_first_field_that_differs() {
    let house = House::open().await;
    all_files(&house).await;
    house.areas("S2,城区变,城区线,A2,一号台区,400\nS1,城区变,城区线,A3,三号台区,400").await.wholly();
    house.connect(&[Account::new("1002", "sample/farming")]).await;
    let other: [(&str, &[(&str, &str)]); 8] = [
        (
            "areas",
            &[("station", "S2"), ("substation", "x"), ("feeder", "x"), ("area_name", "x"), ("capacity_kva", "315")],
        ),
        (
            "customers",
            &[
                ("name", "李四"),
                ("kind", "02"),
                ("category", "405"),
                ("phone", ""),
                ("address", "x"),
                ("area_code", "A3"),
                ("voltage", "0.38kV"),
                ("capacity_kva", ""),
                ("tariff", "sample/farming"),
                ("persons", "4"),
                ("concession", ""),
                ("opened_on", "2012-03-02"),
                ("customer_no", ""),
                ("book", "B2"),
            ],
        ),
        (
            "meters",
            &[
                ("supply_no", "1002"),
                ("installed_on", "2016-07-30"),
                ("multiplier", "2"),
                ("digits", "5"),
                ("opening", "11"),
            ],
        ),
        ("openings", &[("as_of", "2016-07-30"), ("year_to_date_kwh", "2701"), ("balance", "12.51")]),
        (
            "agreements",
            &[
                ("capacity_kva", "9"),
                ("contract_kw", "7"),
                ("meter_side", "high"),
                ("no_load_kw", "0.03"),
                ("line_loss", ""),
            ],
        ),
        ("suspensions", &[("to", "2016-09-01"), ("capacity_kva", "5")]),
        ("terms", &[("tariff", "sample/farming"), ("persons", "5"), ("concession", "")]),
        ("readings", &[("value", "111"), ("kind", "customer")]),
    ];
    for (kind, changes) in other {
        let (_, header, row) = FILES.into_iter().find(|(of, ..)| *of == kind).expect("a file");
        let rows: Vec<String> = changes.iter().map(|change| changed(header, row, &[*change])).collect();
        let expected: Vec<String> =
            (2..).zip(changes).map(|(row, (field, _))| format!("{row} {field} conflict")).collect();
        assert_eq!(house.load(kind, format!("{header}\n{}\n", rows.join("\n"))).await.report(), expected, "{kind}");
    }
    let moved = changed(CUSTOMERS, FILES[1].2, &[("station", "S2"), ("area_code", "A2")]);
    assert_eq!(house.customers(&moved).await.report(), ["2 station conflict"]);
    assert_eq!(all_files(&house).await, [[0, 1, 0, 0]; 8], "what was on record has stayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_the_real_run_says_and_changes_nothing() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-10 total 40").await;
    let mut text = readings(
        "M1001 2016-08-10 total 40\nM1001 2016-08-20 total 30\nM1002 2016-08-31 total x\nM9 2016-08-31 total 1\nM1002 2016-08-31 total 0",
    );
    // Enough rows for several chunks, of which the later are judged by the earlier.
    (0..700).for_each(|_| text.push_str("M1002,2016-08-31,total,0,actual\n"));
    text.push_str("M1002,2016-08-31,total,1,actual\n");
    let acts = house.acts().await;
    let dry = house.load_with("readings", &text, DRY).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM reading").await, 1);
    assert_eq!((house.acts().await, dry.summary.kept), (acts, false));
    let real = house.load("readings", &text).await;
    assert_eq!((dry.counts(), dry.findings), (real.counts(), real.findings));
    assert_eq!(real.summary.loaded, 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM reading").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_may_be_told_later_register_by_register() {
    let house = House::open().await;
    house
        .connect(&[Account::new("1001", "cn-zhejiang/resident-tou").meter("M1", "2016-07-31", "peak 0, valley 0")])
        .await;
    let row = |register: &str, removed: &str, closing: &str| {
        format!("M1,1001,2016-07-31,{removed},1,6,{register},0,{closing}")
    };
    let first = house.meters(&row("peak", "2016-08-20", "100")).await;
    assert_eq!(first.counts(), [1, 0, 0, 0]);
    assert_eq!(
        house.trial("2016-08").await.findings.sorted(),
        ["1001 missing"],
        "the valley register has no closing yet"
    );
    let again =
        house.meters(&format!("{}\n{}", row("peak", "2016-08-20", "100"), row("valley", "2016-08-20", "50"))).await;
    assert_eq!(again.counts(), [1, 1, 0, 0]);
    let others = [row("peak", "2016-08-21", "100"), row("peak", "2016-08-20", "101"), row("valley", "", "")];
    assert_eq!(
        house.meters(&others.join("\n")).await.report(),
        ["2 removed_on conflict", "3 closing conflict", "4 removed_on conflict"]
    );
    house.issue("2016-08").await;
    assert_eq!(house.bills().await, ["1001 2016-08/1 2016-08-01..2016-08-20 150 71.20 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_made_before_a_late_reading_is_not_what_is_issued() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-30 total 100").await;
    assert_eq!(house.trial("2016-08").await.tally.amount.to_string(), "80.00");
    house.read("M1001 2016-08-31 total 110").await;
    assert_eq!(house.issue("2016-08").await.tally.amount.to_string(), "88.00");
    house.prove().await;
}
