//! Purchased energy that has another price each month.

use kernel::{Energy, Money, Month, Period, Register, Voltage};
use pricing::pack::read_tariff;
use pricing::rules::stretches;
use pricing::tariff::Mark;
use pricing::{Case, Tariff, Unpriced, price};

/// Energy purchased at 0.4000 and 0.4200, line loss with it, delivery at 0.1500, funds of 0.0300; peak and valley float.
fn pack(months: &str) -> String {
    format!(
        r#"kind = "tariff"
format = 1
code = "test/purchased"
zh = "代理购电"
en = "purchased"
[[version]]
id = "2024"
from = 2024-06-15
until = 2024-12-31
source = "价目"
mark = "published"
registers = ["peak", "valley"]
[[version.price]]
voltage = ["10kV"]
[version.price.composition]
ratio = {{ peak = "1.5", valley = "0.5" }}
component = [
  {{ code = "purchase", zh = "代理购电", en = "purchased energy", price = "0", floats = true }},
  {{ code = "loss", zh = "上网环节线损", en = "line loss", price = "0", floats = true }},
  {{ code = "delivery", zh = "输配电价", en = "delivery", price = "0.1500", floats = false }},
  {{ code = "funds", zh = "基金", en = "funds", price = "0.0300", floats = false }},
]
[[version.fund]]
code = "funds"
zh = "基金"
en = "funds"
price = "0.0300"
source = "基金"
mark = "published"
{months}"#
    )
}

const MONTHS: &str = r#"
[[version.month]]
month = "2024-06"
component = [{ code = "purchase", price = "0.4000" }, { code = "loss", price = "0.0100" }]
source = "六月公告"
mark = "digest"
[[version.month]]
month = "2024-07"
component = [{ code = "purchase", price = "0.4200" }, { code = "loss", price = "0.0120" }]
source = "七月公告"
mark = "published"
"#;

fn tariff(months: &str) -> Tariff {
    read_tariff("made-up.toml", &pack(months)).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn total(tariff: &Tariff, first: &str, last: &str) -> Result<Money, Unpriced> {
    let month = |text: &str| text.parse::<Month>().expect("a month");
    let (first, last) = (month(first), month(last));
    let from = first.first_day().max(kernel::Date::constant(2024, 6, 15));
    let case = Case {
        voltage: Voltage::ALL.iter().copied().find(|voltage| voltage.word() == "10kV").expect("10 kV"),
        persons: None,
        concession: None,
        opened_on: None,
        stretches: stretches(first, last, Period { from, to: last.last_day() }),
        usage: vec![(Register::Peak, Energy::from_kwh(1000)), (Register::Valley, Energy::from_kwh(1000))],
        year_to_date: Vec::new(),
        supply: None,
        changes: None,
    };
    price(tariff, &case).map(|priced| priced.total)
}

#[test]
fn each_month_is_a_version_with_its_price_its_days_and_its_source() {
    let tariff = tariff(MONTHS);
    let told: Vec<String> = tariff
        .versions
        .iter()
        .map(|version| {
            let prices: Vec<String> = version.bands[0].energy.iter().map(|(_, price)| price.to_string()).collect();
            let until = version.until.expect("a last day");
            format!("{} {} {until} {} {}", version.id, version.from, prices.join(" "), version.source.title)
        })
        .collect();
    assert_eq!(
        told,
        [
            "2024.2024-06 2024-06-15 2024-06-30 0.795 0.385 价目；六月公告",
            "2024.2024-07 2024-07-01 2024-07-31 0.828 0.396 价目；七月公告",
        ]
    );
    let marks: Vec<Mark> = tariff.versions.iter().map(|version| version.source.mark).collect();
    assert_eq!(marks, [Mark::Digest, Mark::Published], "no better known than what is known worst");
}

#[test]
fn a_bill_goes_by_the_price_of_its_months_and_a_month_without_one_is_not_guessed() {
    let tariff = tariff(MONTHS);
    assert_eq!(total(&tariff, "2024-06", "2024-06"), Ok(Money::from_fen(118_000)));
    assert_eq!(total(&tariff, "2024-07", "2024-07"), Ok(Money::from_fen(122_400)));
    // 16 days of June and 31 of July: 340.426 and 659.574 kWh of each.
    assert_eq!(total(&tariff, "2024-06", "2024-07"), Ok(Money::from_fen(27_064 + 13_106 + 54_613 + 26_119)));
    let august = kernel::Date::constant(2024, 8, 1);
    assert_eq!(total(&tariff, "2024-08", "2024-08"), Err(Unpriced::NoVersionOn(august)));
    assert_eq!(total(&tariff, "2024-07", "2024-08"), Err(Unpriced::NoVersionOn(august)));
}

#[test]
fn a_month_more_leaves_the_versions_before_as_they_were() {
    let august = r#"
[[version.month]]
month = "2024-08"
component = [{ code = "purchase", price = "0.4400" }]
source = "八月公告"
mark = "published"
"#;
    let digests = |months: &str| tariff(months).versions.iter().map(pricing::Version::digest).collect::<Vec<_>>();
    let (before, after) = (digests(MONTHS), digests(&format!("{MONTHS}{august}")));
    assert_eq!(after.len(), 3);
    assert_eq!(after[..2], before);
}

#[test]
fn what_is_wrong_with_a_month_is_reported_at_it() {
    let row = |month: &str, component: &str| {
        format!("[[version.month]]\nmonth = {month}\ncomponent = [{component}]\nsource = \"s\"\nmark = \"published\"\n")
    };
    let good = r#"{ code = "purchase", price = "0.4" }"#;
    let table = [
        (row("\"2024-6\"", good), "version[1].month[1].month"),
        (row("\"2024-05\"", good), "version[1].month[1].month"),
        (row("\"2025-01\"", good), "version[1].month[1].month"),
        (row("\"2024-06\"", ""), "version[1].month[1].component"),
        (row("\"2024-06\"", r#"{ code = "coal", price = "0.4" }"#), "version[1].month[1].component[1].code"),
        (row("\"2024-06\"", r#"{ code = "purchase", price = "0,4" }"#), "version[1].month[1].component[1].price"),
        (row("\"2024-06\"", &format!("{good}, {good}")), "version[1].month[1].component"),
        ([row("\"2024-07\"", good), row("\"2024-06\"", good)].concat(), "version[1].month"),
        ([row("\"2024-07\"", good), row("\"2024-07\"", good)].concat(), "version[1].month"),
    ];
    for (months, field) in table {
        let mistakes = read_tariff("made-up.toml", &pack(&months)).expect_err("a mistake");
        assert!(mistakes.iter().any(|mistake| mistake.field == field), "{field}: {mistakes:#?}");
    }
}
