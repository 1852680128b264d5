//! The published examples of industry and trade, through the front door of a quote.

mod support;

use pricing::TariffBook;
use pricing::quote::{Quote, QuoteLine, quote};
use serde_json::{Value, json};
use support::shipped_book;

const TARIFF: &str = "sample/industry-two-part";

/// A month of 1000 kVA at 10 kV without any use, with `fields` on top.
fn case(fields: Value) -> Value {
    let mut case = json!({
        "tariff": TARIFF, "cycle": "2024-07", "voltage": "10kV", "capacity_kva": "1000", "demand_mode": "capacity",
        "usage": { "sharp": "0", "peak": "0", "flat": "0", "valley": "0" }, "kvarh": "0",
    });
    let into = case.as_object_mut().expect("an object");
    into.extend(fields.as_object().expect("fields").clone());
    case
}

fn priced(fields: Value) -> Quote {
    quote(&shipped_book(), &case(fields).to_string()).expect("a price")
}

fn refused(fields: Value) -> (&'static str, Option<String>) {
    let refusal = quote(&shipped_book(), &case(fields).to_string()).expect_err("a refusal");
    (refusal.code, refusal.field)
}

fn line<'q>(quote: &'q Quote, code: &str) -> &'q QuoteLine {
    quote.lines.iter().find(|line| line.code == code).unwrap_or_else(|| panic!("no {code} in {:?}", quote.lines))
}

fn amount(quote: &Quote, code: &str) -> String {
    line(quote, code).amount.clone()
}

/// What all lines of the basic charge come to, in fen.
fn basic(quote: &Quote) -> i64 {
    let of = quote.lines.iter().filter(|line| line.code.starts_with("basic"));
    of.map(|line| kernel::Money::parse_yuan(&line.amount).expect("an amount").fen()).sum()
}

#[test]
fn contracted_demand_that_is_exceeded_by_more_than_five_percent_costs_36_800() {
    let contract = |actual: &str| {
        basic(&priced(json!({ "demand_mode": "contract", "contract_kw": "800", "max_demand_kw": actual })))
    };
    assert_eq!(contract("900"), 3_680_000);
    // Continuous at 105 %: below and at it the contract, a watt above it twice a watt's price.
    let table =
        [("0", 3_200_000), ("800", 3_200_000), ("839.999", 3_200_000), ("840", 3_200_000), ("840.001", 3_200_008)];
    for (actual, fen) in table {
        assert_eq!(contract(actual), fen, "{actual} kW");
    }
}

#[test]
fn the_other_reading_of_the_105_percent_rule_costs_38_400() {
    let pack = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/tariff/sample/industry-two-part.toml"
    ));
    let pack = pack.expect("the pack").replace(r#"base = "contract""#, r#"base = "threshold""#);
    let book = TariffBook::read([("b.toml", pack.as_str())]).expect("a pack");
    let case = case(json!({ "demand_mode": "contract", "contract_kw": "800", "max_demand_kw": "900" }));
    assert_eq!(basic(&quote(&book, &case.to_string()).expect("a price")), 3_840_000);
}

#[test]
fn demand_counts_for_at_least_forty_percent_of_the_capacity() {
    let demand = |mode: &str, contract: &str, actual: &str| {
        basic(&priced(json!({ "demand_mode": mode, "contract_kw": contract, "max_demand_kw": actual })))
    };
    let table = [
        ("actual", "0", "399.999", 1_600_000),
        ("actual", "0", "400", 1_600_000),
        ("actual", "0", "400.25", 1_601_000),
        ("contract", "300", "350", 1_600_000),
        ("contract", "400", "420", 1_600_000),
        ("contract", "300", "420.001", 1_600_008),
    ];
    for (mode, contract, actual, fen) in table {
        assert_eq!(demand(mode, contract, actual), fen, "{mode} {contract} {actual}");
    }
}

#[test]
fn the_demands_of_several_feeds_are_summed() {
    let quote = priced(json!({ "demand_mode": "actual", "max_demand_kw": ["300", "250.5"] }));
    assert_eq!((line(&quote, "basic.demand").quantity.as_str(), basic(&quote)), ("550.5", 2_202_000));
}

#[test]
fn from_260_kwh_for_each_kva_on_the_demand_costs_nine_tenths() {
    let demand = |flat: &str| {
        let usage = json!({ "sharp": "0", "peak": "0", "flat": flat, "valley": "0" });
        let quote = priced(json!({ "demand_mode": "actual", "max_demand_kw": "800", "usage": usage }));
        line(&quote, "basic.demand").price.clone()
    };
    assert_eq!(demand("259999.999"), "40");
    assert_eq!(demand("260000"), "36");
    assert_eq!(demand("260000.001"), "36");
}

#[test]
fn a_supply_with_fifteen_days_left_in_the_month_pays_fifteen_thirtieths() {
    let quote = priced(json!({ "capacity_kva": "315", "days": 15 }));
    let basic = line(&quote, "basic.capacity");
    assert_eq!((basic.amount.as_str(), basic.share.as_deref()), ("4725.00", Some("15/30")));
    let of_days = |days: u32| amount(&priced(json!({ "capacity_kva": "315", "days": days })), "basic.capacity");
    // A day of July more or less; thirty days and the whole month are a month.
    for (days, yuan) in [(1, "315.00"), (14, "4410.00"), (29, "9135.00"), (30, "9450.00"), (31, "9450.00")] {
        assert_eq!(of_days(days), yuan, "{days} days");
    }
}

#[test]
fn a_suspension_of_fewer_than_fifteen_days_is_billed_through() {
    let rested = |to: &str| {
        let rest = json!([{ "from": "2024-07-01", "to": to, "kva": "400" }]);
        basic(&priced(json!({ "suspended": rest })))
    };
    assert_eq!(rested("2024-07-14"), 3_000_000);
    // Fifteen of 31 days: 14.52 thirtieths of 600 kVA and 15.48 of 1000, the larger remainder having its whole one.
    assert_eq!(rested("2024-07-15"), 15 * 60_000 + 15 * 100_000);
    assert_eq!(rested("2024-08-31"), 1_800_000);
}

#[test]
fn forty_thousand_kwh_and_thirty_thousand_kvarh_cost_five_percent_more() {
    let usage = json!({ "sharp": "0", "peak": "0", "flat": "40000", "valley": "0" });
    let quote = priced(json!({ "usage": usage, "kvarh": "30000" }));
    let adjustment = line(&quote, "power-factor");
    // 30 000 of basic charge and 24 000 of energy without its funds.
    assert_eq!((adjustment.quantity.as_str(), adjustment.price.as_str()), ("54000.00", "0.05"));
    assert_eq!(adjustment.amount, "2700.00");
    let usage = json!({ "sharp": "0", "peak": "0", "flat": "1000", "valley": "0" });
    let at_71 = priced(json!({ "usage": usage, "kvarh": "1000" }));
    assert_eq!(line(&at_71, "power-factor").price, "0.095");
}

#[test]
fn reactive_energy_that_flows_back_counts_like_what_is_taken() {
    let usage = json!({ "sharp": "0", "peak": "0", "flat": "40000", "valley": "0" });
    let both = priced(json!({ "usage": usage, "kvarh": "18000", "reverse_kvarh": "12000" }));
    assert_eq!(line(&both, "power-factor").price, "0.05");
}

#[test]
fn a_good_power_factor_is_rewarded_and_the_standard_costs_nothing() {
    let factor = |kvarh: &str| {
        let usage = json!({ "sharp": "0", "peak": "0", "flat": "40000", "valley": "0" });
        let quote = priced(json!({ "usage": usage, "kvarh": kvarh }));
        quote.lines.iter().find(|line| line.code == "power-factor").map(|line| line.amount.clone())
    };
    assert_eq!(factor("0").as_deref(), Some("-405.00"));
    assert_eq!(factor("19373"), None);
}

#[test]
fn a_transformer_behind_the_meter_adds_its_losses_by_use() {
    let usage = json!({ "sharp": "0", "peak": "23040", "flat": "11520", "valley": "11520" });
    let loss = json!({ "no_load_kw": "0.325", "hours": "720", "side": "low" });
    let quote = priced(json!({ "capacity_kva": "200", "usage": usage, "loss": loss }));
    let billed: Vec<&str> =
        quote.lines.iter().filter(|line| line.unit == "kWh").map(|line| line.quantity.as_str()).collect();
    // 46 080 metered and 1155.6 lost: half, a quarter and a quarter of it.
    assert_eq!(billed, ["0", "23617.8", "11808.9", "11808.9"]);
    let high = priced(
        json!({ "capacity_kva": "200", "usage": usage_of("46080"), "loss": { "no_load_kw": "0.325", "hours": "720", "side": "high" } }),
    );
    assert_eq!(line(&high, "energy.flat").quantity, "46080");
}

fn usage_of(flat: &str) -> Value {
    json!({ "sharp": "0", "peak": "0", "flat": flat, "valley": "0" })
}

#[test]
fn copper_loss_is_three_percent_above_a_load_of_forty_percent() {
    let lost = |flat: &str| {
        let loss = json!({ "no_load_kw": "0", "hours": "720", "side": "low" });
        line(&priced(json!({ "capacity_kva": "200", "usage": usage_of(flat), "loss": loss })), "energy.flat")
            .quantity
            .clone()
    };
    // 200 kVA × 720 h × 40 % = 57 600 kWh.
    assert_eq!(lost("57600"), "58752");
    assert_eq!(lost("57600.001"), "59328.001");
}

#[test]
fn a_transformer_that_only_stands_under_voltage_loses_in_the_flat_period() {
    let loss = json!({ "no_load_kw": "0.325", "hours": "719.5", "side": "low" });
    let quote = priced(json!({ "loss": loss }));
    assert_eq!(line(&quote, "energy.flat").quantity, "233.838");
    assert_eq!(line(&quote, "energy.sharp").quantity, "0");
}

#[test]
fn a_month_with_every_charge_adds_up() {
    let quote = priced(json!({
        "days": 31, "demand_mode": "contract", "contract_kw": "800", "max_demand_kw": "900",
        "usage": { "sharp": "1000", "peak": "12000", "flat": "15000", "valley": "12000" },
        "kvarh": "30000", "reverse_kvarh": "0", "loss": { "no_load_kw": "0.325", "hours": "720", "side": "low" },
    }));
    let lines: Vec<(&str, &str, &str)> =
        quote.lines.iter().map(|line| (line.code.as_str(), line.quantity.as_str(), line.amount.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("energy.sharp", "1025.85", "1159.21"),
            ("energy.peak", "12310.2", "11620.83"),
            ("energy.flat", "15387.75", "10002.04"),
            ("energy.valley", "12310.2", "4160.85"),
            ("basic.demand", "800", "32000.00"),
            ("basic.excess", "60", "4800.00"),
            ("power-factor", "61691.23", "3084.56"),
        ]
    );
    assert_eq!(quote.total, "66827.49");
}

#[test]
fn what_a_two_part_tariff_asks_for_and_is_not_told_is_named() {
    let without = |field: &str| refused(json!({ field: null }));
    assert_eq!(without("capacity_kva"), ("unpriced.uncovered", Some("capacity_kva".to_owned())));
    assert_eq!(without("demand_mode"), ("unpriced.needed", Some("demand_mode".to_owned())));
    assert_eq!(without("kvarh"), ("unpriced.needed", Some("kvarh".to_owned())));
    assert_eq!(refused(json!({ "demand_mode": "contract" })), ("unpriced.needed", Some("contract_kw".to_owned())));
    assert_eq!(refused(json!({ "demand_mode": "actual" })), ("unpriced.needed", Some("max_demand_kw".to_owned())));
    assert_eq!(
        refused(json!({ "demand_mode": "contract", "contract_kw": "800" })),
        ("unpriced.needed", Some("max_demand_kw".to_owned()))
    );
    assert_eq!(
        refused(json!({ "capacity_kva": null, "contract_kw": "8" })),
        ("field.missing", Some("capacity_kva".to_owned()))
    );
    assert_eq!(refused(json!({ "kvarh": null, "reverse_kvarh": "1" })), ("field.missing", Some("kvarh".to_owned())));
    let loss = |loss: Value| refused(json!({ "loss": loss }));
    assert_eq!(loss(json!({ "hours": "720", "side": "low" })), ("field.missing", Some("loss.no_load_kw".to_owned())));
    assert_eq!(loss(json!({ "side": "up" })), ("side.unknown", Some("loss.side".to_owned())));
    assert_eq!(loss(json!({ "kva": "1" })), ("field.unknown", Some("loss.kva".to_owned())));
    assert_eq!(refused(json!({ "days": 32 })), ("field.type", Some("days".to_owned())));
    assert_eq!(refused(json!({ "days": 0 })), ("field.type", Some("days".to_owned())));
    assert_eq!(refused(json!({ "capacity_kva": "-1" })), ("number.negative", Some("capacity_kva".to_owned())));
    assert_eq!(refused(json!({ "max_demand_kw": "10000000.001" })), ("number.range", Some("max_demand_kw".to_owned())));
    assert_eq!(
        refused(json!({ "suspended": [{ "from": "2024-07-02", "to": "2024-07-01", "kva": "1" }] })),
        ("date.order", Some("suspended.to".to_owned()))
    );
}

/// A day's curve of `kwh` each quarter, from `date`.
fn curve(date: &str, kwh: &str) -> Vec<Value> {
    let start = |at: usize| format!("{date}T{:02}:{:02}", at / 4, at % 4 * 15);
    (0..96).map(|at| json!({ "start": start(at), "kwh": kwh })).collect()
}

#[test]
fn a_curve_is_priced_by_the_hours_of_the_tariff_and_tells_the_demand() {
    let mut intervals = curve("2024-07-01", "10");
    intervals[40]["kwh"] = json!("250");
    let quote = priced(json!({ "usage": null, "intervals": intervals, "demand_mode": "actual" }));
    let quantities: Vec<(&str, &str)> =
        quote.lines.iter().take(4).map(|line| (line.code.as_str(), line.quantity.as_str())).collect();
    // Sharp 18–20, peak 8–11 and 15–22 without it, flat 7–8, 11–15, 22–23, valley 23–7; 250 at 10:00.
    assert_eq!(
        quantities,
        [("energy.sharp", "80"), ("energy.peak", "560"), ("energy.flat", "240"), ("energy.valley", "320")]
    );
    assert_eq!(line(&quote, "basic.demand").quantity, "1000");
    let in_june = priced(json!({ "cycle": "2024-06", "usage": null, "intervals": curve("2024-06-01", "10") }));
    assert_eq!(line(&in_june, "energy.sharp").quantity, "0");
    assert_eq!(line(&in_june, "energy.peak").quantity, "400");
}

#[test]
fn hours_are_divided_over_their_quarters_and_make_the_demand_of_an_hour() {
    let hours: Vec<Value> =
        (0..24).map(|hour| json!({ "start": format!("2024-07-01T{hour:02}:00"), "kwh": "500" })).collect();
    let quote = priced(json!({ "usage": null, "intervals": hours, "demand_mode": "actual" }));
    assert_eq!(line(&quote, "basic.demand").quantity, "500");
    assert_eq!(line(&quote, "energy.sharp").quantity, "1000");
}

#[test]
fn a_missing_interval_is_made_up_by_the_rule_that_is_named_and_marked() {
    let mut intervals = curve("2024-07-01", "10");
    intervals[41]["kwh"] = json!("30");
    intervals.remove(40);
    let with = |fill: Value| priced(json!({ "usage": null, "intervals": intervals, "fill": fill }));
    let filled = with(json!("interpolate"));
    let made: Vec<(&str, &str)> = filled.filled.iter().map(|made| (made.start.as_str(), made.kwh.as_str())).collect();
    assert_eq!(made, [("2024-07-01T10:00", "20")]);
    assert_eq!(line(&filled, "energy.peak").quantity, "350");
    let open = with(Value::Null);
    assert!(open.filled.is_empty());
    assert_eq!(line(&open, "energy.peak").quantity, "330");
    assert!(open.explanation[0].en.contains("95 quarters of an hour, 0 were made up"), "{}", open.explanation[0].en);
}

#[test]
fn a_curve_that_cannot_be_settled_is_refused_with_its_row() {
    let with = |intervals: Value| refused(json!({ "usage": null, "intervals": intervals }));
    let one = |start: &str| with(json!([{ "start": start, "kwh": "1" }]));
    let at = |field: &str| Some(field.to_owned());
    assert_eq!(one("2024-07-01T00:10"), ("time.invalid", at("intervals[1].start")));
    assert_eq!(one("yesterday"), ("time.invalid", at("intervals[1].start")));
    assert_eq!(one("2024-08-01T00:00"), ("interval.outside", at("intervals[1].start")));
    assert_eq!(with(json!([])), ("field.type", at("intervals")));
    assert_eq!(with(json!([{ "start": "2024-07-01T00:00" }])), ("field.missing", at("intervals[1].kwh")));
    assert_eq!(with(json!([{ "kwh": "1" }])), ("field.missing", at("intervals[1].start")));
    let twice = json!([{ "start": "2024-07-01T00:00", "kwh": "1" }, { "start": "2024-07-01T00:00", "kwh": "1" }]);
    assert_eq!(with(twice), ("interval.twice", at("intervals")));
    let far = json!([{ "start": "2024-07-01T00:00", "kwh": "1" }, { "start": "2024-07-01T02:00", "kwh": "1" }]);
    assert_eq!(
        refused(json!({ "usage": null, "intervals": far, "fill": "interpolate" })),
        ("intervals.missing", at("intervals"))
    );
    assert_eq!(refused(json!({ "intervals": curve("2024-07-01", "1") })), ("quote.use-twice", at("intervals")));
    let resident =
        json!({ "tariff": "cn-zhejiang/resident-tou", "cycle": "2024-07", "intervals": curve("2024-07-01", "1") });
    let refusal = quote(&shipped_book(), &resident.to_string()).expect_err("no hours");
    assert_eq!(refusal.code, "tariff.no-hours");
}
