//! What an account is billed by changes: another tariff, household or relief, within a bill or after it.

use business::billing::{self, Group, GroupBy, Sums};
use business::run::RunScope;
use business::terms::{self, ToldTerms};
use stories::correct::all_since;
use stories::house::{code, date, month};
use stories::{Account, House};

const TRADE: &str = "sample/general-single";
const FARM: &str = "sample/farming";

fn told<'t>(from: &'t str, tariff: &'t str) -> ToldTerms<'t> {
    ToldTerms { from, tariff, persons: "", concession: "" }
}

/// A trade account with a meter that was read in the middle of August and at its end.
async fn read_at_the_change() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-15 total 100\nM1001 2016-08-31 total 150").await;
    house
}

async fn per_kwh(house: &House, tariff: &str) -> String {
    let case = format!(r#"{{"tariff":"{tariff}","cycle":"2016-08","days":31,"usage":{{"total":"1000"}}}}"#);
    pricing::quote::quote(&house.bureau.book().await.expect("price lists"), &case).expect("a price").total
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tariff_that_changes_where_the_meter_was_read_bills_each_use_at_its_own_price() {
    let house = read_at_the_change().await;
    assert_eq!((per_kwh(&house, TRADE).await, per_kwh(&house, FARM).await), ("800.00".into(), "500.00".into()));
    house.terms(&format!("1001,2016-08-16,{FARM},,")).await.wholly();
    house.issue("2016-08").await;
    assert_eq!(
        house.lines_of("1001", "2016-08").await,
        ["energy.total 100 x 0.8 = 80.00", "energy.total 50 x 0.5 = 25.00"]
    );
    assert_eq!(house.bills_of("1001").await, ["2016-08 150 105.00"]);
    let steps = house.explained("1001", "2016-08").await;
    assert!(steps.iter().any(|step| step.contains("按期间抄见电量")), "{steps:?}");
    assert!(steps.iter().any(|step| step.contains("2016-08-16 至 2016-08-31")), "{steps:?}");
    house.prove().await;
    // The next bill goes on with the tariff that it changed to, from where the reading left the register.
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 250").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 150 105.00", "2016-09 100 50.00"]);
    house.prove().await;
    // What holds from a later day on is nothing to bills of earlier ones.
    house.terms(&format!("1001,2016-10-01,{TRADE},,")).await.wholly();
    let tried = house.try_correction(&house.operator(), all_since("2016-08-01")).await.expect("a trial");
    assert_eq!((tried.sums.looked_at, tried.sums.affected), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_reading_at_the_change_the_use_is_divided_by_days() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 310").await;
    house.terms(&format!("1001,2016-08-16,{FARM},,")).await.wholly();
    house.issue("2016-08").await;
    assert_eq!(
        house.lines_of("1001", "2016-08").await,
        ["energy.total 150 x 0.8 = 120.00", "energy.total 160 x 0.5 = 80.00"]
    );
    let steps = house.explained("1001", "2016-08").await;
    assert!(steps.iter().any(|step| step.contains("按天数分摊")), "{steps:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_one_price_to_prices_by_the_hour_all_registers_must_be_read_at_the_change() {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident");
    house.connect(&[account.meter("M1", "2016-07-31", "total 0, peak 0, valley 0")]).await;
    house.terms("1001,2016-08-16,cn-zhejiang/resident-tou,,").await.wholly();
    house.read("M1 2016-08-31 total 150\nM1 2016-08-31 peak 90\nM1 2016-08-31 valley 60").await;
    let trial = house.trial("2016-08").await;
    assert_eq!((trial.tally.ready, trial.tally.blocked), (0, 1));
    let texts: Vec<String> = house.finding_texts("2016-08").await;
    assert!(texts.iter().any(|text| text.contains("电价自 2016-08-16 起变更")), "{texts:?}");
    // On the day of the change itself, as the meter reader came.
    house.read("M1 2016-08-16 total 100\nM1 2016-08-16 peak 60\nM1 2016-08-16 valley 40").await;
    house.issue("2016-08").await;
    let expected =
        ["energy.total 100 x 0.538 = 53.80", "energy.peak 30 x 0.568 = 17.04", "energy.valley 20 x 0.288 = 5.76"];
    assert_eq!(house.lines_of("1001", "2016-08").await, expected);
    house.prove().await;
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 total 300\nM1 2016-09-30 peak 180\nM1 2016-09-30 valley 120").await;
    house.issue("2016-09").await;
    let expected = ["energy.peak 90 x 0.568 = 51.12", "energy.valley 60 x 0.288 = 17.28"];
    assert_eq!(house.lines_of("1001", "2016-09").await, expected);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_that_is_changed_with_the_tariff_needs_no_other_reading() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-07-31", "total 0")]).await;
    house
        .meters(
            "M1,1001,2016-07-31,2016-08-16,1,6,total,0,100\n\
             M2,1001,2016-08-16,,1,6,peak,0,\nM2,1001,2016-08-16,,1,6,valley,0,",
        )
        .await
        .wholly();
    house.terms("1001,2016-08-16,cn-zhejiang/resident-tou,,").await.wholly();
    house.read("M2 2016-08-31 peak 30\nM2 2016-08-31 valley 20").await;
    house.issue("2016-08").await;
    let expected =
        ["energy.total 100 x 0.538 = 53.80", "energy.peak 30 x 0.568 = 17.04", "energy.valley 20 x 0.288 = 5.76"];
    assert_eq!(house.lines_of("1001", "2016-08").await, expected);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_household_has_larger_limits_from_its_month_on() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-guangzhou/resident").meter("M1", "2016-05-31", "total 0")]).await;
    house.terms("1001,2016-07-01,cn-guangzhou/resident,5,").await.wholly();
    house.read("M1 2016-06-30 total 600\nM1 2016-07-31 total 1200").await;
    house.issue("2016-06").await;
    house.issue("2016-07").await;
    assert_eq!(house.bills_of("1001").await, ["2016-06 600 370.40", "2016-07 600 365.40"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn annual_limits_count_a_larger_household_for_its_months_alone() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-jiangsu/resident").meter("M1", "2015-12-31", "total 0")]).await;
    house.terms("1001,2016-07-01,cn-jiangsu/resident,5,").await.wholly();
    house.read("M1 2016-06-30 total 2760\nM1 2016-07-31 total 3360\nM1 2016-08-31 total 3361").await;
    for cycle in ["2016-06", "2016-07", "2016-08"] {
        house.issue(cycle).await;
    }
    // 2 760 and six times 100 more: 3 360 is all tier 1, the 3 361st kWh is tier 2.
    let tiers = |lines: Vec<String>| lines.iter().filter(|line| line.starts_with("tier")).count();
    assert_eq!(tiers(house.lines_of("1001", "2016-07").await), 0);
    assert_eq!(tiers(house.lines_of("1001", "2016-08").await), 1);
    let steps = house.explained("1001", "2016-08").await;
    assert!(steps.iter().any(|step| step.contains("3360 / ")), "{steps:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relief_is_granted_from_its_month_on_and_ends_with_it() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-06-30", "total 0")]).await;
    let rows = "1001,2016-08-01,cn-zhejiang/resident,,low-income\n1001,2016-09-01,cn-zhejiang/resident,,";
    house.terms(rows).await.wholly();
    house.go_to("2016-10-05");
    // Nobody came in July and August: the bill of September is for three months, and grants one of them.
    house.read("M1 2016-09-30 total 300").await;
    house.issue("2016-09").await;
    assert_eq!(
        house.lines_of("1001", "2016-09").await,
        ["energy.total 300 x 0.538 = 161.40", "relief -15 x 0.538 = -8.07"]
    );
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_to_annual_tiers_within_a_year_has_the_limits_of_the_months_that_are_left() {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident-shared").meter("M1", "2015-12-31", "total 0");
    house.connect(&[account]).await;
    house.terms("1001,2016-07-01,cn-zhejiang/resident,,").await.wholly();
    house.read("M1 2016-06-30 total 3000\nM1 2016-07-31 total 4380\nM1 2016-08-31 total 4381").await;
    for cycle in ["2016-06", "2016-07", "2016-08"] {
        house.issue(cycle).await;
    }
    // Half of 2 760 is 1 380: what was used as a shared meter does not count.
    let expected = ["2016-06 3000 1674.00", "2016-07 1380 742.44", "2016-08 1 0.59"];
    assert_eq!(house.bills_of("1001").await, expected);
    let steps = house.explained("1001", "2016-08").await;
    assert!(
        steps.iter().any(|step| step.contains("按 6 个月折算上限") && step.contains("3000 千瓦时不计入")),
        "{steps:?}"
    );
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_meter_that_comes_to_tiers_within_a_bill_leaves_aside_what_it_used_before() {
    let house = House::open().await;
    let account = Account::new("1001", "cn-zhejiang/resident-shared").meter("M1", "2016-06-30", "total 0");
    house.connect(&[account]).await;
    house.openings("1001,2016-06-30,3000,0").await.wholly();
    house.terms("1001,2016-07-16,cn-zhejiang/resident,,").await.wholly();
    house.read("M1 2016-07-15 total 1000\nM1 2016-07-31 total 2380\nM1 2016-08-31 total 2381").await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    // 1 000 at 0.558, 1 380 at 0.538; then the first kWh of the second tier.
    assert_eq!(house.bills_of("1001").await, ["2016-07 2380 1300.44", "2016-08 1 0.59"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_grows_into_the_two_part_tariff_within_a_month() {
    let house = House::open().await;
    let registers = "total 0, sharp 0, peak 0, flat 0, valley 0, reactive 0";
    let account = Account::new("1001", "sample/general-single").voltage("10kV").meter("M1", "2016-07-31", registers);
    house.connect(&[account]).await;
    house.terms("1001,2016-08-21,sample/industry-two-part,,").await.wholly();
    house.agreements("1001,2016-08-21,capacity,400,,,,").await.wholly();
    let states = |day: &str, of: [&str; 6]| {
        let names = ["total", "sharp", "peak", "flat", "valley", "reactive"];
        let rows: Vec<String> = names.iter().zip(of).map(|(name, value)| format!("M1 {day} {name} {value}")).collect();
        rows.join("\n")
    };
    house.read(&states("2016-08-20", ["1000", "100", "300", "300", "300", "0"])).await;
    house.read(&states("2016-08-31", ["2000", "200", "600", "600", "600", "480"])).await;
    house.issue("2016-08").await;
    let lines = house.lines_of("1001", "2016-08").await;
    assert_eq!(lines[0], "energy.total 1000 x 0.8 = 800.00");
    assert!(
        lines.contains(&"basic.capacity 400 x 30 = 4400.00".to_owned()),
        "11 of 31 days have 11 thirtieths: {lines:?}"
    );
    assert!(lines.iter().any(|line| line.starts_with("energy.valley 300")), "{lines:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_told_too_late_is_amended_and_the_bills_corrected() {
    let house = read_at_the_change().await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 250").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 150 120.00", "2016-09 100 80.00"]);
    let amended = house.amend_terms("1001", &told("2016-08-16", FARM)).await.expect("amended");
    assert_eq!((amended.meter_no, amended.since), (None, date("2016-08-16")));
    house.prove().await;
    house.correct(all_since("2016-08-01")).await;
    assert_eq!(house.standing().await, ["1001 2016-08 150 105.00", "1001 2016-09 100 50.00"]);
    assert_eq!(house.waiting_amendments().await, 0);
    house.prove().await;
    // It was the sixteenth of September after all: what was said before gives way, and another correction follows.
    house.amend_terms("1001", &told("2016-08-16", TRADE)).await.expect("amended");
    house.amend_terms("1001", &told("2016-09-16", FARM)).await.expect("amended");
    house.correct(all_since("2016-08-01")).await;
    assert_eq!(house.standing().await, ["1001 2016-08 150 120.00", "1001 2016-09 100 65.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_that_was_on_record_too_late_is_given_back_what_it_paid_too_much() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-guangzhou/resident").meter("M1", "2016-05-31", "total 0")]).await;
    house.read("M1 2016-06-30 total 600\nM1 2016-07-31 total 1200").await;
    house.issue("2016-06").await;
    house.issue("2016-07").await;
    let five = ToldTerms { from: "2016-07-01", tariff: "cn-guangzhou/resident", persons: "5", concession: "" };
    house.amend_terms("1001", &five).await.expect("amended");
    let done = house.correct(all_since("2016-06-01")).await;
    assert_eq!((done.sums.affected, done.sums.difference().to_string()), (1, "-5.00".into()));
    assert_eq!(house.standing().await, ["1001 2016-06 600 370.40", "1001 2016-07 600 365.40"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_changed_is_refused_at_its_field_and_nothing_changes() {
    let house = read_at_the_change().await;
    house.issue("2016-08").await;
    house.terms(&format!("1001,2016-10-01,{FARM},,")).await.wholly();
    let table = [
        ("2016-08-31", FARM, "", "from terms.billed"),
        ("2016-09-01", TRADE, "", "from terms.unchanged"),
        ("2016-10-01", FARM, "", "from terms.on-record"),
        ("2016-10-01", TRADE, "", "tariff conflict"),
        ("2016-09-02", TRADE, "5", "from terms.month"),
        ("2016-09-01", "no/such", "", "tariff tariff.unknown"),
        ("1999-01-01", TRADE, "5", "from tariff.no-version"),
        ("2016-09-31", FARM, "", "from date.invalid"),
        ("2016-09-01", TRADE, "1000", "persons number.range"),
    ];
    let (ctx, book) = (house.operator(), house.bureau.book().await.expect("price lists"));
    for (from, tariff, persons, expected) in table {
        let told = ToldTerms { from, tariff, persons, concession: "" };
        let tx = house.writing_tx().await;
        let error = terms::change(&tx, &ctx, &book, "1001", &told, "客户申请").await.expect_err("refused");
        let refusal = error.refusal().expect("a refusal");
        assert_eq!(format!("{} {}", refusal.field.as_deref().unwrap_or_default(), refusal.code), expected);
        tx.rollback().await.expect("undone");
    }
    assert_eq!(code(house.amend_terms("1001", &told("2016-09-01", FARM)).await), "amendment.not-billed");
    assert_eq!(code(house.amend_terms("1001", &told("2016-08-16", TRADE)).await), "amendment.unchanged");
    assert_eq!(code(house.amend_terms("1001", &told("2012-03-01", FARM)).await), "terms.first-day");
    let tx = house.writing_tx().await;
    assert_eq!(code(terms::withdraw(&tx, &ctx, "1001", date("2016-11-01"), "登记错误").await), "terms.unknown");
    terms::withdraw(&tx, &ctx, "1001", date("2016-10-01"), "登记错误").await.expect("withdrawn");
    tx.commit().await.expect("kept");
    assert_eq!(house.count("SELECT COUNT(*) FROM pricing_terms").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_months_sums_by_tariff_are_of_what_held_then() {
    let house = read_at_the_change().await;
    house.terms(&format!("1001,2016-08-16,{FARM},,\n1001,2016-10-01,{TRADE},,")).await.wholly();
    let sums = async |cycle: &str, of: fn(&Group) -> Sums| -> Vec<String> {
        let (tx, ctx, all) = (house.reading_tx().await, house.operator(), RunScope::default());
        let groups = billing::summary(&tx, &ctx, month(cycle), &all, GroupBy::Tariff).await.expect("sums");
        groups.iter().map(|group| format!("{} {}", group.code, of(group).amount)).collect()
    };
    let expected = [format!("{FARM} 105.00")];
    house.trial("2016-08").await;
    assert_eq!(sums("2016-08", |group| group.now).await, expected);
    house.issue("2016-08").await;
    assert_eq!(sums("2016-08", |group| group.now).await, expected);
    assert_eq!(sums("2016-09", |group| group.before).await, expected);
}
