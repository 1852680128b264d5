//! Files as bureaus have them: encodings, columns, lines, and many rows.

use platform::csv::ImportOptions;
use platform::db::Engine;
use stories::files::{
    AGREEMENTS, ALL_OR_NOTHING, AREAS, CUSTOMERS, DRY, METERS, OPENINGS, PAYMENTS, READINGS, SUSPENSIONS, TERMS,
    changed,
};
use stories::house::{code, when_free};
use stories::{Account, House};

const AREA: &str = "S1,城区变,城区线,A1,一号台区,400";

#[tokio::test(flavor = "multi_thread")]
async fn unknown_double_and_missing_columns_refuse_the_whole_file_by_name() {
    let house = House::open().await;
    for (kind, header) in [
        ("areas", AREAS),
        ("customers", CUSTOMERS),
        ("meters", METERS),
        ("openings", OPENINGS),
        ("agreements", AGREEMENTS),
        ("suspensions", SUSPENSIONS),
        ("terms", TERMS),
        ("readings", READINGS),
        ("payments", PAYMENTS),
    ] {
        let first = header.split(',').next().expect("a column");
        let others = header.strip_prefix(first).expect("a header");
        let wrong = house.load(kind, format!("Row,color{others},color\n")).await;
        let missing = format!("1 {first} column.missing");
        assert_eq!(
            wrong.report(),
            ["1 Row column.unknown", "1 color column.unknown", "1 color column.unknown", &missing]
        );
        let twice = house.load(kind, format!("{header},{first}\n")).await;
        assert_eq!(twice.report(), [format!("1 {first} column.twice")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_may_come_in_any_order_and_optional_ones_may_be_left_out() {
    let house = House::open().await;
    house
        .load("areas", "area_name,capacity_kva,area_code,station,feeder,substation\n一号台区,,A1,S1,城区线,城区变\n")
        .await
        .wholly();
    let header: Vec<&str> = CUSTOMERS.split(',').filter(|name| !["customer_no", "book"].contains(name)).collect();
    let row = "1001,张三,03,200,,,S1,A1,0.22kV,,sample/farming,,,2012-03-01";
    assert_eq!(house.load("customers", format!("{}\n{row}\n", header.join(","))).await.counts(), [1, 0, 0, 0]);
    assert_eq!(house.customers(&format!("{row},,")).await.counts(), [0, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn utf8_with_a_mark_gbk_and_windows_line_ends_are_the_same_file() {
    let house = House::open().await;
    let text = format!("{AREAS}\n{AREA}\n");
    // 城区变 … in GBK, written out so that the proof does not lean on the library that reads it.
    let row = b"S1,\xb3\xc7\xc7\xf8\xb1\xe4,\xb3\xc7\xc7\xf8\xcf\xdf,A1,\xd2\xbb\xba\xc5\xcc\xa8\xc7\xf8,400\n";
    let gbk = [AREAS.as_bytes(), b"\n", row.as_slice()].concat();
    assert_eq!(house.load("areas", &text).await.counts(), [1, 0, 0, 0]);
    for same in [format!("\u{feff}{text}").into_bytes(), gbk, text.replace('\n', "\r\n").into_bytes()] {
        assert_eq!(house.load("areas", same).await.counts(), [0, 1, 0, 0]);
    }
    let neither =
        async || house.load_as(&house.operator(), "areas", b"station\n\xff\xff\xff\n", Default::default()).await;
    let refused = when_free(neither).await;
    assert_eq!(code(refused), "file.encoding");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_lacks_its_columns_and_a_header_alone_is_done() {
    let house = House::open().await;
    let missing: Vec<String> = OPENINGS.split(',').map(|name| format!("1 {name} column.missing")).collect();
    let empty = house.load("openings", "").await;
    assert_eq!(empty.report().last(), missing.last());
    assert!(missing.iter().all(|line| empty.report().contains(line)), "{:?}", empty.report());
    assert_eq!(house.load("openings", OPENINGS).await.counts(), [0, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_another_length_is_refused_and_the_next_is_read() {
    let house = House::open().await;
    let loaded = house.areas(&format!("S1,变\n{AREA}\n{AREA},1")).await;
    assert_eq!(loaded.report(), ["2  row.length", "4  row.length"]);
    assert_eq!(loaded.counts(), [1, 0, 0, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_told_by_the_number_that_a_spreadsheet_shows_also_after_empty_lines() {
    let house = House::open().await;
    assert_eq!(house.areas(&format!("\n\n{AREA}\n,,,,,\nS1")).await.report(), ["6  row.length"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn quoted_commas_and_quotes_stay_and_a_quoted_newline_is_one_refused_row() {
    let house = House::open().await;
    let first = "S1,城区变,城区线,A1,\"一号, \"\"老\"\" 台区\",400";
    let loaded = house
        .areas(&format!(
            "{first}\nS1,城区变,城区线,A2,\"二号\n台区\",400\nS1,城区变,城区线,A3,三号,400\nS1,城区变,城区线,A4,,400"
        ))
        .await;
    assert_eq!(loaded.report(), ["3 area_name field.control", "5 area_name field.empty"]);
    assert_eq!(loaded.counts(), [2, 0, 0, 2]);
    assert_eq!(house.areas(first).await.counts(), [0, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leading_zeros_are_part_of_a_supply_number_and_of_a_meter_number() {
    let house = House::open().await;
    house.connect(&[Account::new("0001001", "sample/farming").meter("007", "2016-07-31", "total 0")]).await;
    assert_eq!(house.meters("7,1001,2016-07-31,,1,6,total,0,").await.report(), ["2 supply_no supply-no.unknown"]);
    house.read("007 2016-08-31 total 1").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills().await, ["0001001 2016-08/1 2016-08-01..2016-08-31 1 0.50 issued"]);
}

fn many_customers(bad: Option<usize>) -> String {
    let base = "1000,张三,03,200,,,S1,A1,0.22kV,8,sample/farming,,,2012-03-01,,";
    let row = |number: usize| {
        let supply_no = (10_000 + number).to_string();
        let kind = if bad == Some(number) { "99" } else { "03" };
        changed(CUSTOMERS, base, &[("supply_no", &supply_no), ("kind", kind)])
    };
    (2..=1201).map(row).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_in_the_middle_of_1200_stops_none_of_the_others() {
    let house = House::open().await;
    house.areas(&AREA.replace("400", "")).await.wholly();
    let loaded = house.customers(&many_customers(Some(601))).await;
    assert_eq!(loaded.report(), ["601 kind word.unknown"]);
    assert_eq!(loaded.counts(), [1199, 0, 0, 1]);
    let mended = house.customers(&many_customers(None)).await;
    assert_eq!(mended.counts(), [1, 1199, 0, 0]);
    assert_eq!(house.count("SELECT COUNT(*) FROM usage_point").await, 1200);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_or_nothing_loads_nothing_for_one_bad_row_and_everything_without() {
    let house = House::open().await;
    house.areas(AREA).await.wholly();
    let file = |bad| format!("{CUSTOMERS}\n{}\n", many_customers(bad));
    let refused = house.load_with("customers", file(Some(601)), ALL_OR_NOTHING).await;
    assert_eq!((refused.counts(), refused.summary.kept), ([1199, 0, 0, 1], false));
    assert_eq!(house.count("SELECT COUNT(*) FROM usage_point").await, 0);
    let loaded = house.load_with("customers", file(None), ALL_OR_NOTHING).await;
    assert_eq!((loaded.counts(), loaded.summary.kept), ([1200, 0, 0, 0], true));
    assert_eq!(house.count("SELECT COUNT(*) FROM usage_point").await, 1200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_row_twice_in_one_file_is_loaded_once_and_another_is_a_conflict() {
    let house = House::open().await;
    let areas = house.areas(&format!("{AREA}\n{AREA}\n{}", AREA.replace("400", "315"))).await;
    assert_eq!((areas.counts(), areas.news()), ([1, 1, 0, 1], vec!["4 capacity_kva conflict".to_owned()]));
    let customer = "1001,张三,03,200,,,S1,A1,0.22kV,8,sample/farming,,,2012-03-01,,";
    let customers = house.customers(&format!("{customer}\n{customer}\n{}", customer.replace("张三", "李四"))).await;
    assert_eq!((customers.counts(), customers.news()), ([1, 1, 0, 1], vec!["4 name conflict".to_owned()]));
    let meter = "M1,1001,2016-07-31,,1,6,total,0,";
    let meters = house.meters(&format!("{meter}\n{meter}\nM1,1001,2016-07-31,,1,6,total,1,")).await;
    assert_eq!((meters.counts(), meters.news()), ([1, 1, 0, 1], vec!["4 opening conflict".to_owned()]));
    let openings = house.openings("1001,2016-07-31,10,5\n1001,2016-07-31,10.000,5.00\n1001,2016-07-31,10,6").await;
    assert_eq!((openings.counts(), openings.news()), ([1, 1, 0, 1], vec!["4 balance conflict".to_owned()]));
    let readings = house
        .load(
            "readings",
            stories::files::readings("M1 2016-08-31 total 9\nM1 2016-08-31 total 9.0\nM1 2016-08-31 total 8"),
        )
        .await;
    assert_eq!((readings.counts(), readings.news()), ([1, 1, 0, 1], vec!["4 value conflict".to_owned()]));
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 5.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_with_one_customer_number_are_one_customer_and_must_agree_on_the_name() {
    let house = House::open().await;
    house.areas(AREA).await.wholly();
    let base = "1001,扬中公司,02,405,,,S1,A1,0.38kV,80,sample/general-single,,,2012-03-01,C7,";
    let row = |number: &str, name: &str| changed(CUSTOMERS, base, &[("supply_no", number), ("name", name)]);
    let loaded =
        house.customers(&[row("1001", "扬中公司"), row("1002", "扬中公司"), row("1003", "别的公司")].join("\n")).await;
    assert_eq!(loaded.report(), ["4 name conflict"]);
    let alone = house.customers("1004,扬中公司,02,405,,,S1,A1,0.38kV,80,sample/general-single,,,2012-03-01,,").await;
    assert_eq!(alone.counts(), [1, 0, 0, 0]);
    assert_eq!(house.count("SELECT COUNT(*) FROM customer").await, 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM usage_point").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_plans_by_counts_has_counted_what_an_import_filled_and_nothing_for_a_few_rows_or_a_dry_run() {
    let house = House::open().await;
    let counted =
        "SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = to_regclass('transformer_area')";
    let file = |from: u32, to: u32| {
        let rows = (from..to).map(|n| format!("S1,城区变,城区线,A{n},{n}号台区,400\n"));
        format!("{AREAS}\n{}", rows.collect::<String>())
    };
    for (text, options, expected) in [
        (file(0, 1_200), DRY, 0),
        (file(0, 3), ImportOptions::default(), 0),
        (file(0, 1_203), ImportOptions::default(), 1_203),
        (file(1_203, 2_403), ALL_OR_NOTHING, 2_403),
    ] {
        house.load_with("areas", text, options).await.wholly();
        if house.bureau.house.db.engine() == Engine::Postgres {
            assert_eq!(house.count(counted).await, expected);
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM transformer_area").await, 2_403);
}
