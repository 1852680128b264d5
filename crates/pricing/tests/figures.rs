//! Published figures and tier boundaries, through the front door: JSON text in, lines out.

mod support;

use kernel::decimal;
use pricing::TariffBook;
use pricing::quote::{Quote, QuoteLine, quote};
use serde_json::{Value, json};
use support::shipped_book;

fn priced(book: &TariffBook, case: &Value) -> Quote {
    let quote = quote(book, &case.to_string()).unwrap_or_else(|refusal| panic!("{case}: {refusal}"));
    assert_adds_up(case, &quote);
    quote
}

fn scaled(text: &str, decimals: u32) -> i64 {
    decimal::parse(text, decimals).unwrap_or_else(|_| panic!("{text:?} is decimal text"))
}

/// Each amount is quantity × price, rounded half away from zero; the total is their sum.
fn assert_adds_up(case: &Value, quote: &Quote) {
    let mut sum = 0;
    for line in &quote.lines {
        // 10⁻³ of a unit × 10⁻⁸ yuan = 10⁻⁹ fen.
        let exact = i128::from(scaled(&line.quantity, 3)) * i128::from(scaled(&line.price, 8));
        let fen = (exact.abs() + 500_000_000) / 1_000_000_000 * exact.signum();
        assert_eq!(i128::from(scaled(&line.amount, 2)), fen, "{case}: {line:?}");
        sum += scaled(&line.amount, 2);
    }
    assert_eq!(scaled(&quote.total, 2), sum, "{case}");
    let last = quote.explanation.last().expect("an explanation");
    assert!(last.zh.contains(&quote.total) && last.en.contains(&quote.total), "{last:?}");
    assert!(quote.explanation.iter().all(|step| !step.zh.is_empty() && !step.en.is_empty()));
}

type Shown<'q> = (&'q str, &'q str, &'q str, &'q str, &'q str);

fn shown(line: &QuoteLine) -> Shown<'_> {
    (&line.code, &line.quantity, line.unit, &line.price, &line.amount)
}

fn assert_quote(book: &TariffBook, case: Value, total: &str, lines: &[Shown<'_>]) {
    let quote = priced(book, &case);
    assert_eq!(quote.lines.iter().map(shown).collect::<Vec<_>>(), lines, "{case}");
    assert_eq!(quote.total, total, "{case}");
}

/// A quantity of Wh as a case writes it.
fn kwh(wh: i64) -> String {
    format!("{}.{:03}", wh / 1000, wh % 1000)
}

fn cycles() -> impl Iterator<Item = (i32, i32)> {
    (2013..=2026).flat_map(|year| (1..=12).map(move |month| (year, month)))
}

#[test]
fn a_year_of_5200_kwh_in_zhejiang_costs_3019_60() {
    assert_quote(
        &shipped_book(),
        json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-12", "usage": {"total": "5200"}}),
        "3019.60",
        &[
            ("energy.total", "5200", "kWh", "0.538", "2797.60"),
            ("tier.2", "2040", "kWh", "0.05", "102.00"),
            ("tier.3", "400", "kWh", "0.3", "120.00"),
        ],
    );
}

#[test]
fn zhejiang_time_of_use_continues_the_year_to_date() {
    let book = shipped_book();
    let case = |year_to_date: &str| {
        json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "usage": {"peak": "180", "valley": "120"},
            "year_to_date": year_to_date, "persons": 4, "concession": null, "voltage": "0.22kV"})
    };
    let energy = [("energy.peak", "180", "kWh", "0.568", "102.24"), ("energy.valley", "120", "kWh", "0.288", "34.56")];
    let lines = [&energy[..], &[("tier.2", "240", "kWh", "0.05", "12.00")]].concat();
    assert_quote(&book, case("2700"), "148.80", &lines);
    let higher = [("tier.2", "100", "kWh", "0.05", "5.00"), ("tier.3", "200", "kWh", "0.3", "60.00")];
    assert_quote(&book, case("4700"), "201.80", &[&energy[..], &higher].concat());
}

#[test]
fn guangzhou_has_a_summer_and_a_larger_allowance_for_five_persons() {
    let book = shipped_book();
    let case = |cycle: &str, persons: Option<u32>| json!({"tariff": "cn-guangzhou/resident", "cycle": cycle, "usage": {"total": "600"}, "persons": persons});
    let energy = ("energy.total", "600", "kWh", "0.589", "353.40");
    let tier = |tier: &'static str, quantity: &'static str, price: &'static str, amount: &'static str| {
        (tier, quantity, "kWh", price, amount)
    };
    let summer = tier("tier.2", "340", "0.05", "17.00");
    for month in 1..=12 {
        let cycle = format!("2016-{month:02}");
        if (5..=10).contains(&month) {
            assert_quote(&book, case(&cycle, None), "370.40", &[energy, summer]);
            assert_quote(&book, case(&cycle, Some(4)), "370.40", &[energy, summer]);
            let large = tier("tier.2", "240", "0.05", "12.00");
            assert_quote(&book, case(&cycle, Some(5)), "365.40", &[energy, large]);
        } else {
            let winter = [tier("tier.2", "200", "0.05", "10.00"), tier("tier.3", "200", "0.3", "60.00")];
            assert_quote(&book, case(&cycle, None), "423.40", &[energy, winter[0], winter[1]]);
            let large = [winter[0], tier("tier.3", "100", "0.3", "30.00")];
            assert_quote(&book, case(&cycle, Some(5)), "393.40", &[energy, large[0], large[1]]);
        }
    }
}

#[test]
fn zhejiang_peak_and_valley_by_tier_are_the_published_prices() {
    let book = shipped_book();
    let published = [("0", "568.00", "288.00"), ("2760", "618.00", "338.00"), ("4800", "868.00", "588.00")];
    for (year_to_date, peak, valley) in published {
        for (register, other, expected) in [("peak", "valley", peak), ("valley", "peak", valley)] {
            let case = json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "year_to_date": year_to_date,
                "usage": {register: "1000", other: "0"}});
            assert_eq!(priced(&book, &case).total, expected, "{case}");
        }
    }
    for (year_to_date, expected) in [("0", "538.00"), ("2760", "588.00"), ("4800", "838.00")] {
        let case = json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-08", "year_to_date": year_to_date,
            "usage": {"total": "1000"}});
        assert_eq!(priced(&book, &case).total, expected, "{case}");
    }
}

#[test]
fn each_province_charges_its_published_price_in_each_tier() {
    let book = shipped_book();
    // The 1 000 kWh above the last limit, priced alone, cost what the third tier's price says.
    let table = [
        ("cn-guangzhou/resident", "2016-07", 260, 600, ["0.589", "0.639", "0.889"]),
        ("cn-guangzhou/resident", "2016-04", 200, 400, ["0.589", "0.639", "0.889"]),
        ("cn-sichuan/resident", "2016-07", 180, 280, ["0.5224", "0.6224", "0.8224"]),
        ("cn-beijing/resident", "2016-07", 240, 400, ["0.4883", "0.5383", "0.7883"]),
    ];
    for (tariff, cycle, first, second, prices) in table {
        let [one, two, three] = prices.map(|price| scaled(price, 4));
        let total = |kwh: i64| {
            let case = json!({"tariff": tariff, "cycle": cycle, "usage": {"total": kwh.to_string()}});
            scaled(&priced(&book, &case).total, 2)
        };
        for (kwh, exact) in [
            (first, first * one),
            (second, first * one + (second - first) * two),
            (second + 1000, first * one + (second - first) * two + 1000 * three),
        ] {
            assert!((total(kwh) * 100 - exact).abs() <= 100, "{tariff} {cycle} {kwh} kWh");
        }
    }
}

#[test]
fn a_shared_meter_has_no_tiers_and_a_price_for_each_voltage() {
    let book = shipped_book();
    let case = |voltage: &str| json!({"tariff": "cn-zhejiang/resident-shared", "cycle": "2016-08", "usage": {"total": "10000"}, "voltage": voltage});
    for voltage in ["0.22kV", "0.38kV"] {
        assert_quote(&book, case(voltage), "5580.00", &[("energy.total", "10000", "kWh", "0.558", "5580.00")]);
    }
    assert_quote(&book, case("10kV"), "5380.00", &[("energy.total", "10000", "kWh", "0.538", "5380.00")]);
}

#[test]
fn the_samples_have_one_price_at_every_voltage() {
    let book = shipped_book();
    for voltage in ["0.22kV", "0.38kV", "10kV", "20kV", "35kV", "110kV", "220kV"] {
        let case = |tariff: &str| json!({"tariff": tariff, "cycle": "2015-01", "usage": {"total": "12.345"}, "voltage": voltage});
        assert_quote(&book, case("sample/general-single"), "9.88", &[("energy.total", "12.345", "kWh", "0.8", "9.88")]);
        assert_quote(&book, case("sample/farming"), "6.17", &[("energy.total", "12.345", "kWh", "0.5", "6.17")]);
    }
}

/// What one shipped tariff is expected to charge, written down apart from the packs.
struct Expected {
    tariff: &'static str,
    /// Register and price in 10⁻⁴ yuan.
    prices: &'static [(&'static str, i64)],
    limits: [i64; 2],
    surcharges: [i64; 2],
    annual: bool,
}

const TOTAL_ZHEJIANG: &[(&str, i64)] = &[("total", 5380)];

fn tiered(month: i32) -> [Expected; 5] {
    let summer = (5..=10).contains(&month);
    let expected = |tariff, prices, limits, second, annual| Expected {
        tariff,
        prices,
        limits,
        surcharges: [second, 3000],
        annual,
    };
    [
        expected("cn-zhejiang/resident", TOTAL_ZHEJIANG, [2760, 4800], 500, true),
        expected("cn-zhejiang/resident-tou", &[("peak", 5680), ("valley", 2880)], [2760, 4800], 500, true),
        expected("cn-guangzhou/resident", &[("total", 5890)], if summer { [260, 600] } else { [200, 400] }, 500, false),
        expected("cn-sichuan/resident", &[("total", 5224)], [180, 280], 1000, false),
        expected("cn-beijing/resident", &[("total", 4883)], [240, 400], 500, false),
    ]
}

/// Fen for `wh` at a price of 10⁻⁴ yuan per kWh, half up.
fn fen(wh: i64, price: i64) -> i64 {
    (wh * price + 50_000) / 100_000
}

impl Expected {
    /// All the use on the registers in equal shares, the odd Wh on the first.
    fn usage(&self, wh: i64) -> Vec<(&'static str, i64, i64)> {
        let count = self.prices.len() as i64;
        let share = |at: usize| wh / count + if at == 0 { wh % count } else { 0 };
        self.prices.iter().enumerate().map(|(at, (register, price))| (*register, share(at), *price)).collect()
    }

    /// The energy above each limit that is within the tier, by subtraction from above.
    fn in_higher_tiers(&self, before: i64, wh: i64) -> [i64; 2] {
        let above = |limit: i64| (before + wh - limit * 1000).max(0) - (before - limit * 1000).max(0);
        let (second, third) = (above(self.limits[0]), above(self.limits[1]));
        [second - third, third]
    }

    fn assert_priced(&self, book: &TariffBook, (year, month): (i32, i32), before: i64, wh: i64) {
        let usage = self.usage(wh);
        let registers: serde_json::Map<String, Value> =
            usage.iter().map(|(register, share, _)| ((*register).to_owned(), json!(kwh(*share)))).collect();
        let mut case = json!({"tariff": self.tariff, "cycle": format!("{year}-{month:02}"), "usage": registers});
        if self.annual {
            case["year_to_date"] = json!(kwh(before));
        }
        let quote = priced(book, &case);
        let mut expected: Vec<(String, i64, i64)> = usage
            .iter()
            .map(|(register, share, price)| (format!("energy.{register}"), *share, fen(*share, *price)))
            .collect();
        let higher = self.in_higher_tiers(if self.annual { before } else { 0 }, wh);
        for ((tier, in_tier), surcharge) in (2..).zip(higher).zip(self.surcharges) {
            if in_tier > 0 {
                expected.push((format!("tier.{tier}"), in_tier, fen(in_tier, surcharge)));
            }
        }
        let found: Vec<(String, i64, i64)> = quote
            .lines
            .iter()
            .map(|line| (line.code.clone(), scaled(&line.quantity, 3), scaled(&line.amount, 2)))
            .collect();
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn every_boundary_of_every_tariff_holds_to_the_wh_in_every_month_from_2013_to_2026() {
    let book = shipped_book();
    for cycle in cycles() {
        for expected in tiered(cycle.1) {
            for limit in expected.limits.map(|kwh| kwh * 1000) {
                for wh in [limit - 1000, limit - 1, limit, limit + 1, limit + 1000] {
                    expected.assert_priced(&book, cycle, 0, wh);
                }
                if expected.annual {
                    for (before, wh) in [
                        (limit - 100_000, 99_999),
                        (limit - 100_000, 100_000),
                        (limit - 100_000, 100_001),
                        (limit, 0),
                        (limit, 1),
                        (limit - 1, 2),
                    ] {
                        expected.assert_priced(&book, cycle, before, wh);
                    }
                }
            }
        }
    }
}

#[test]
fn exactly_2760_is_all_tier_1_and_the_2761st_kwh_is_tier_2() {
    let book = shipped_book();
    let codes = |kwh: &str| {
        let case = json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-12", "usage": {"total": kwh}});
        let lines = priced(&book, &case).lines;
        lines.into_iter().map(|line| (line.code, line.tier, line.quantity)).collect::<Vec<_>>()
    };
    let line = |code: &str, tier, quantity: &str| (code.to_owned(), Some(tier), quantity.to_owned());
    assert_eq!(codes("2759"), [line("energy.total", 1, "2759")]);
    assert_eq!(codes("2760"), [line("energy.total", 1, "2760")]);
    assert_eq!(codes("2760.001"), [line("energy.total", 1, "2760.001"), line("tier.2", 2, "0.001")]);
    assert_eq!(codes("2761"), [line("energy.total", 1, "2761"), line("tier.2", 2, "1")]);
    assert_eq!(codes("4800"), [line("energy.total", 1, "4800"), line("tier.2", 2, "2040")]);
    assert_eq!(codes("4801"), [line("energy.total", 1, "4801"), line("tier.2", 2, "2040"), line("tier.3", 3, "1")]);
}

#[test]
fn untiered_tariffs_have_one_line_in_every_month_from_2013_to_2026() {
    let book = shipped_book();
    for (year, month) in cycles() {
        for (tariff, price) in
            [("cn-zhejiang/resident-shared", 5580), ("sample/general-single", 8000), ("sample/farming", 5000)]
        {
            for wh in [0, 1, 2_760_000, 2_761_000, 4_801_000] {
                let case =
                    json!({"tariff": tariff, "cycle": format!("{year}-{month:02}"), "usage": {"total": kwh(wh)}});
                let quote = priced(&book, &case);
                assert_eq!((quote.lines.len(), scaled(&quote.total, 2)), (1, fen(wh, price)), "{case}");
            }
        }
    }
}

/// The energy above the first limit, as the quote says it.
fn above_first_limit(book: &TariffBook, case: &Value) -> i64 {
    let lines = priced(book, case).lines;
    lines.iter().filter(|line| line.code.starts_with("tier.")).map(|line| scaled(&line.quantity, 3)).sum()
}

fn third_tier(book: &TariffBook, case: &Value) -> i64 {
    let lines = priced(book, case).lines;
    lines.iter().filter(|line| line.code == "tier.3").map(|line| scaled(&line.quantity, 3)).sum()
}

#[test]
fn a_large_household_has_100_kwh_more_at_both_limits_where_the_province_says_so() {
    let book = shipped_book();
    let table = [
        ("cn-guangzhou/resident", "2016-07", 4, 260, 600),
        ("cn-guangzhou/resident", "2016-07", 5, 360, 700),
        ("cn-guangzhou/resident", "2016-01", 5, 300, 500),
        ("cn-guangzhou/resident", "2016-01", 7, 300, 500),
        ("cn-beijing/resident", "2016-07", 5, 240, 400),
        ("cn-beijing/resident", "2016-07", 6, 340, 500),
        ("cn-sichuan/resident", "2016-07", 9, 180, 280),
        ("cn-zhejiang/resident", "2016-07", 9, 2760, 4800),
    ];
    for (tariff, cycle, persons, first, second) in table {
        for over in [-1000, 0, 1, 1000] {
            let case = |limit: i64| json!({"tariff": tariff, "cycle": cycle, "persons": persons, "usage": {"total": kwh(limit * 1000 + over)}});
            assert_eq!(above_first_limit(&book, &case(first)), over.max(0), "{}", case(first));
            assert_eq!(third_tier(&book, &case(second)), over.max(0), "{}", case(second));
        }
    }
}

#[test]
fn an_account_opened_in_a_year_has_a_twelfth_of_the_limits_for_each_month_begun() {
    let book = shipped_book();
    for opened in 1..=12 {
        for day in ["01", "28"] {
            let months = 13 - opened;
            let case = |kwh_limit: i64, over: i64| {
                json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-12", "opened_on": format!("2016-{opened:02}-{day}"),
                    "usage": {"total": kwh(kwh_limit * 1000 + over)}})
            };
            for over in [-1000, 0, 1, 1000] {
                let (first, second) = (case(230 * months, over), case(400 * months, over));
                assert_eq!(above_first_limit(&book, &first), over.max(0), "{first}");
                assert_eq!(third_tier(&book, &second), over.max(0), "{second}");
            }
        }
    }
}

#[test]
fn an_account_of_an_earlier_year_and_a_monthly_tariff_have_whole_limits() {
    let book = shipped_book();
    let annual = json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-12", "opened_on": "2015-12-31",
        "usage": {"peak": "2000", "valley": "761"}});
    assert_eq!(above_first_limit(&book, &annual), 1000);
    let monthly = json!({"tariff": "cn-beijing/resident", "cycle": "2016-12", "opened_on": "2016-12-31",
        "usage": {"total": "241"}});
    assert_eq!(above_first_limit(&book, &monthly), 1000);
}

#[test]
fn relief_is_a_line_of_its_own_at_the_first_tiers_price() {
    let book = shipped_book();
    for concession in ["low-income", "five-guarantee"] {
        assert_quote(
            &book,
            json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-08", "usage": {"total": "100"}, "year_to_date": "4800", "concession": concession}),
            "75.73",
            &[
                ("energy.total", "100", "kWh", "0.538", "53.80"),
                ("tier.3", "100", "kWh", "0.3", "30.00"),
                ("relief", "-15", "kWh", "0.538", "-8.07"),
            ],
        );
        assert_quote(
            &book,
            json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "usage": {"peak": "100", "valley": "50"}, "concession": concession}),
            "64.08",
            &[
                ("energy.peak", "100", "kWh", "0.568", "56.80"),
                ("energy.valley", "50", "kWh", "0.288", "14.40"),
                ("relief.peak", "-10", "kWh", "0.568", "-5.68"),
                ("relief.valley", "-5", "kWh", "0.288", "-1.44"),
            ],
        );
        assert_quote(
            &book,
            json!({"tariff": "cn-beijing/resident", "cycle": "2016-08", "usage": {"total": "100"}, "concession": concession}),
            "41.51",
            &[("energy.total", "100", "kWh", "0.4883", "48.83"), ("relief", "-15", "kWh", "0.4883", "-7.32")],
        );
        assert_quote(
            &book,
            json!({"tariff": "cn-sichuan/resident", "cycle": "2016-08", "usage": {"total": "100"}, "concession": concession}),
            "44.40",
            &[("energy.total", "100", "kWh", "0.5224", "52.24"), ("relief", "-1", "month", "7.84", "-7.84")],
        );
    }
}

#[test]
fn relief_never_exceeds_what_was_used_or_charged() {
    let book = shipped_book();
    assert_quote(
        &book,
        json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-08", "usage": {"total": "14.999"}, "concession": "low-income"}),
        "0.00",
        &[("energy.total", "14.999", "kWh", "0.538", "8.07"), ("relief", "-14.999", "kWh", "0.538", "-8.07")],
    );
    assert_quote(
        &book,
        json!({"tariff": "cn-sichuan/resident", "cycle": "2016-08", "usage": {"total": "10"}, "concession": "low-income"}),
        "0.00",
        &[("energy.total", "10", "kWh", "0.5224", "5.22"), ("relief", "-1", "month", "5.22", "-5.22")],
    );
    for tariff in ["cn-zhejiang/resident", "cn-sichuan/resident", "cn-beijing/resident"] {
        let case = json!({"tariff": tariff, "cycle": "2016-08", "usage": {"total": "0"}, "concession": "low-income"});
        let quote = priced(&book, &case);
        assert_eq!((quote.lines.len(), quote.total.as_str()), (1, "0.00"), "{case}");
    }
}

#[test]
fn a_tariff_without_relief_says_so_and_charges_in_full() {
    let book = shipped_book();
    for tariff in ["cn-guangzhou/resident", "cn-zhejiang/resident-shared", "sample/general-single", "sample/farming"] {
        let case = |concession: Value| json!({"tariff": tariff, "cycle": "2016-08", "usage": {"total": "100"}, "concession": concession});
        let (with, without) = (priced(&book, &case(json!("low-income"))), priced(&book, &case(Value::Null)));
        assert_eq!(with.lines, without.lines);
        assert_eq!(with.explanation.len(), without.explanation.len() + 1, "{:?}", with.explanation);
    }
}

#[test]
fn what_may_be_left_out_has_its_plain_meaning() {
    let book = shipped_book();
    let short = json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-08", "usage": {"total": "3000"}});
    let full = json!({"tariff": "cn-zhejiang/resident", "cycle": "2016-08", "usage": {"total": "3000.000"}, "year_to_date": "0",
        "persons": null, "concession": "", "voltage": "0.22kV", "opened_on": null});
    assert_eq!(priced(&book, &short), priced(&book, &full));
}
