//! That the steps from one bill to another add up, whatever the two are.

use jiff::civil::date;
use kernel::{Capacity, Date, Energy, Money, Month, Period, Power, ReactiveEnergy, Register};
use platform::packs::Packs;
use pricing::rules::{Contracted, Reactive, Supply, stretches};
use pricing::tariff::DemandMode;
use pricing::{Case, Concession, Tariff, price};
use proptest::prelude::*;

use super::rules::{Cause, Side, Step, compare};
use crate::tariff;

fn difference(old: Side<'_>, new: Side<'_>) -> (Money, Money, Vec<Step>) {
    let steps = compare(old, new);
    (steps.iter().map(|step| step.amount).sum(), new.total - old.total, steps)
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn case(registers: &[(Register, i64)], cycle: &str, before: i64) -> Case {
    let cycle = month(cycle);
    let period = Period { from: cycle.first_day(), to: cycle.last_day() };
    Case {
        voltage: kernel::Voltage::from_word("0.22kV").expect("a voltage"),
        persons: None,
        concession: None,
        opened_on: Some(date(2012, 7, 1)),
        stretches: stretches(cycle, cycle, period),
        usage: registers.iter().map(|(register, kwh)| (*register, Energy::from_kwh(*kwh))).collect(),
        year_to_date: vec![(cycle.year(), Energy::from_kwh(before))],
        supply: None,
        changes: None,
    }
}

fn causes(steps: &[Step]) -> Vec<Cause> {
    steps.iter().map(|step| step.cause).collect()
}

#[test]
fn more_days_more_use_and_a_higher_tier_are_told_apart() {
    let book = tariff::book(&Packs::load(None).expect("packs")).expect("tariffs");
    let tou = book.get("cn-zhejiang/resident-tou").expect("the tariff");
    let old = case(&[(Register::Peak, 180), (Register::Valley, 120)], "2016-06", 1500);
    let new = case(&[(Register::Peak, 400), (Register::Valley, 200)], "2016-08", 2600);
    let total = |case: &Case| price(tou, case).expect("a price").total;
    let (old, new) =
        (Side { tariff: tou, case: &old, total: total(&old) }, Side { tariff: tou, case: &new, total: total(&new) });
    let (sum, expected, steps) = difference(old, new);
    assert_eq!(sum, expected);
    assert_eq!(causes(&steps), [Cause::Days, Cause::Use, Cause::Shares, Cause::YearToDate]);
    assert!(steps.iter().all(|step| step.amount > Money::ZERO), "{steps:?}");
    assert!(steps[0].text.zh.contains("30 天变为 31 天") && steps[0].text.en.contains("31 days billed instead of 30"));
}

/// A month of works with this demand, in kW, and reactive energy, in kvarh.
fn works(cycle: &str, kva: i64, kw: i64, kvarh: i64) -> Case {
    let use_of =
        [(Register::Sharp, 1000), (Register::Peak, 12_000), (Register::Flat, 15_000), (Register::Valley, 12_000)];
    let supply = Supply {
        mode: Some(DemandMode::Actual),
        contracted: vec![Contracted { from: date(2012, 7, 1), capacity: Capacity::from_va(kva * 1000), demand: None }],
        demand: vec![Power::from_w(kw * 1000)],
        reactive: Some(Reactive {
            forward: ReactiveEnergy::from_varh(kvarh * 1000),
            reverse: ReactiveEnergy::default(),
        }),
        ..Supply::default()
    };
    Case {
        voltage: kernel::Voltage::from_word("10kV").expect("a voltage"),
        supply: Some(Box::new(supply)),
        changes: None,
        ..case(&use_of, cycle, 0)
    }
}

#[test]
fn capacity_demand_and_reactive_energy_are_told_apart() {
    let book = tariff::book(&Packs::load(None).expect("packs")).expect("tariffs");
    let industry = book.get("sample/industry-two-part").expect("the tariff");
    let total = |case: &Case| price(industry, case).expect("a price").total;
    let old = works("2016-07", 1000, 500, 10_000);
    let table = [
        (works("2016-08", 1000, 600, 10_000), vec![Cause::Demand], "500 千瓦变为 600 千瓦"),
        (works("2016-08", 1000, 500, 30_000), vec![Cause::Reactive], "0.97 变为 0.80"),
        (works("2016-08", 2000, 500, 10_000), vec![Cause::Agreement], "2000 kVA"),
        (works("2016-08", 1000, 600, 30_000), vec![Cause::Demand, Cause::Reactive], "600 千瓦"),
    ];
    for (new, expected, words) in table {
        let (old, new) = (
            Side { tariff: industry, case: &old, total: total(&old) },
            Side { tariff: industry, case: &new, total: total(&new) },
        );
        let (sum, difference, steps) = difference(old, new);
        assert_eq!((sum, causes(&steps)), (difference, expected));
        assert!(steps[0].text.zh.contains(words), "{}", steps[0].text.zh);
    }
    let mut energy_alone = old.clone();
    energy_alone.supply = None;
    let single = book.get("sample/general-single").expect("the tariff");
    let flat = Case { usage: vec![(Register::Total, Energy::from_kwh(40_000))], ..energy_alone };
    let flat_total = price(single, &flat).expect("a price").total;
    let (old, new) = (
        Side { tariff: industry, case: &old, total: total(&old) },
        Side { tariff: single, case: &flat, total: flat_total },
    );
    let (sum, expected, _) = difference(old, new);
    assert_eq!(sum, expected, "from one structure to another the steps add up too");
}

#[test]
fn another_price_list_is_its_own_step() {
    let book = tariff::book(&Packs::load(None).expect("packs")).expect("tariffs");
    let (single, tou) = (
        book.get("cn-zhejiang/resident").expect("the tariff"),
        book.get("cn-zhejiang/resident-tou").expect("the tariff"),
    );
    let old = case(&[(Register::Total, 300)], "2016-07", 0);
    let new = case(&[(Register::Peak, 180), (Register::Valley, 120)], "2016-08", 300);
    let old = Side { tariff: single, case: &old, total: price(single, &old).expect("a price").total };
    let new = Side { tariff: tou, case: &new, total: price(tou, &new).expect("a price").total };
    let (sum, expected, steps) = difference(old, new);
    assert_eq!(sum, expected);
    assert_eq!(causes(&steps), [Cause::PriceList]);
    let (_, _, none) = difference(old, old);
    assert_eq!(none, []);
}

/// What a random bill may have that differs from another.
#[derive(Debug, Clone)]
struct Dice {
    tariff: usize,
    months: (i16, i8, i8),
    cut: (i8, i8),
    use_wh: Vec<i64>,
    before: i64,
    persons: Option<u32>,
    concession: Option<bool>,
    opened: i16,
}

fn dice() -> impl Strategy<Value = Dice> {
    let use_wh = prop::collection::vec(prop_oneof![Just(0), 0..3_000_000_i64, 0..40_000_000_000_i64], 8);
    let months = (2013..2027_i16, 1..=12_i8, 0..3_i8);
    let account = (prop::option::of(1..9_u32), prop::option::of(any::<bool>()), 2008..2027_i16);
    (0..64_usize, months, (0..20_i8, 0..20_i8), use_wh, 0..9_000_000_i64, account).prop_map(
        |(tariff, months, cut, use_wh, before, (persons, concession, opened))| Dice {
            tariff,
            months,
            cut,
            use_wh,
            before,
            persons,
            concession,
            opened,
        },
    )
}

fn thrown<'a>(book: &'a [&'a Tariff], dice: &Dice) -> Option<(&'a Tariff, Case, Money)> {
    let tariff = book[dice.tariff % book.len()];
    let (year, first, more) = dice.months;
    let first = Month::new(year, first)?;
    let last = (0..more).fold(first, |month, _| month.next());
    let from = Date::new(first.year(), first.month(), 1 + dice.cut.0).ok()?;
    let to = Date::new(last.year(), last.month(), 8 + dice.cut.1).ok()?;
    let version = tariff.on(from)?;
    let mut years: Vec<i16> = vec![first.year(), last.year()];
    years.dedup();
    let case = Case {
        voltage: *version.bands.first()?.voltages.first()?,
        persons: dice.persons,
        concession: dice.concession.map(|low| if low { Concession::LowIncome } else { Concession::FiveGuarantee }),
        opened_on: Some(date(dice.opened, 3, 14)),
        stretches: stretches(first, last, Period { from: from.min(to), to }),
        usage: version.registers.iter().zip(&dice.use_wh).map(|(r, wh)| (*r, Energy::from_wh(*wh))).collect(),
        year_to_date: years.into_iter().map(|year| (year, Energy::from_wh(dice.before))).collect(),
        supply: None,
        changes: None,
    };
    let total = price(tariff, &case).ok()?.total;
    Some((tariff, case, total))
}

#[test]
fn the_steps_of_any_two_bills_add_up_to_their_difference() {
    let book = tariff::book(&Packs::load(None).expect("packs")).expect("tariffs");
    let all: Vec<&Tariff> = book.iter().collect();
    let config = ProptestConfig { cases: 2000, max_global_rejects: 100_000, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let compared = std::cell::Cell::new(0);
    runner
        .run(&(dice(), dice(), any::<bool>()), |(old, mut new, same)| {
            if same {
                new.tariff = old.tariff;
            }
            let (Some(old), Some(new)) = (thrown(&all, &old), thrown(&all, &new)) else { return Ok(()) };
            let (sum, expected, _) = difference(
                Side { tariff: old.0, case: &old.1, total: old.2 },
                Side { tariff: new.0, case: &new.1, total: new.2 },
            );
            compared.set(compared.get() + 1);
            prop_assert_eq!(sum, expected);
            Ok(())
        })
        .expect("they add up");
    assert!(compared.get() > 400, "only {} pairs had a price", compared.get());
}
