//! Histories of large customers over months and versions: nothing is lost or counted twice.

mod made_up;

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::date;
use kernel::price::MONTH;
use kernel::{Capacity, Date, Energy, Hours, Money, Month, Period, Power, Rate, ReactiveEnergy, Register, Voltage};
use made_up::{tariff, version, without};
use pricing::explain::explain;
use pricing::rules::{Charge, Contracted, LineKind, Reactive, Side, Supply, Suspended, Transformer, stretches};
use pricing::tariff::DemandMode;
use pricing::{Case, Line, Priced, Stretch, Tariff, price};
use proptest::prelude::*;
use proptest::test_runner::Config;

const REGISTERS: [Register; 4] = [Register::Sharp, Register::Peak, Register::Flat, Register::Valley];

/// Every one has a basic charge at all times; versions change at a month's end, within it, and for one day.
static TARIFFS: LazyLock<Vec<Tariff>> = LazyLock::new(|| {
    let start = version("2010-01-01", &[]);
    let dearer =
        [(r#"per_kva = "30", per_kw = "40""#, r#"per_kva = "32.55", per_kw = "41.07""#), ("0.6000", "0.61317")];
    let other =
        [("least_suspension_days = 15", "least_suspension_days = 1"), (r#"copper = "0.02""#, r#"copper = "0.015""#)];
    vec![
        tariff(std::slice::from_ref(&start)),
        tariff(&[start.clone(), version("2024-03-01", &dearer)]),
        tariff(&[start.clone(), version("2024-02-17", &dearer), version("2024-02-18", &other)]),
        tariff(&[
            without(&start, "loss"),
            version("2023-12-31", &other),
            without(&version("2024-05-10", &dearer), "power_factor"),
        ]),
    ]
});

fn energy_of(line: &Line) -> Energy {
    match line.charge {
        Charge::Energy(energy, _) => energy,
        _ => Energy::ZERO,
    }
}

fn sum(energies: impl IntoIterator<Item = Energy>) -> Energy {
    energies.into_iter().sum()
}

fn assert_energy_is_metered_and_lost(case: &Case, priced: &Priced) {
    for (at, (register, metered)) in case.usage.iter().enumerate() {
        let lost = priced.lost.as_ref().map_or(Energy::ZERO, |lost| lost.by_register[at].1);
        let of = |usage: &[(Register, Energy)]| sum(usage.iter().filter(|(of, _)| of == register).map(|(_, wh)| *wh));
        assert_eq!(sum(priced.parts.iter().map(|part| of(&part.usage))), *metered + lost, "{register}");
        let lines = priced.lines.iter().filter(|line| line.register == Some(*register)).map(energy_of);
        assert_eq!(sum(lines), *metered + lost, "{register} by lines");
    }
    if let Some(lost) = &priced.lost {
        assert_eq!(sum(lost.by_register.iter().map(|(_, wh)| *wh)), lost.total());
    }
}

/// Thirtieths of a month, as many as the supply had days where it began or ended in it.
fn thirtieths(stretch: &Stretch, supply: &Supply) -> i64 {
    let Period { from, to } = stretch.period;
    let is_within = |day: Option<Date>| day.is_some_and(|day| (from..=to).contains(&day));
    let is_whole = from <= stretch.month.first_day() && to >= stretch.month.last_day();
    if (is_within(supply.begun) || is_within(supply.ended)) && !is_whole {
        stretch.period.days().min(MONTH)
    } else {
        MONTH
    }
}

fn thirtieths_of(line: &Line) -> i64 {
    match line.charge {
        Charge::Capacity(_, thirtieths, _) | Charge::Demand(_, thirtieths, _) => thirtieths,
        _ => 0,
    }
}

fn of_kind(priced: &Priced, kind: LineKind) -> impl Iterator<Item = &Line> {
    priced.lines.iter().filter(move |line| line.kind == kind)
}

/// The lines follow each other in time, so that each month's come to its thirtieths before the next month's begin.
fn assert_each_month_has_its_thirtieths(case: &Case, priced: &Priced) {
    let supply = case.supply.as_deref().expect("a supply");
    let mut lines = of_kind(priced, LineKind::Basic).map(thirtieths_of);
    for stretch in &case.stretches {
        let expected = thirtieths(stretch, supply);
        let mut found = 0;
        while found < expected {
            found += lines.next().unwrap_or_else(|| panic!("{found} of {expected} in {}", stretch.month));
        }
        assert_eq!(found, expected, "{}", stretch.month);
    }
    assert_eq!(lines.next(), None);
}

fn assert_money_holds(tariff: &Tariff, priced: &Priced) {
    let amounts = |lines: &mut dyn Iterator<Item = &Line>| lines.map(|line| line.amount).sum::<Money>();
    assert_eq!(amounts(&mut priced.lines.iter()), priced.total);
    for line in of_kind(priced, LineKind::PowerFactor) {
        let Charge::Percent(base, rate) = line.charge else { panic!("{line:?}") };
        let part = &priced.parts[usize::from(line.part)];
        let mut others = priced.lines.iter().filter(|other| other.part == line.part && other.kind != line.kind);
        let funds: Money = tariff.versions[part.version].funds_in(part.energy()).map(|(_, amount)| amount).sum();
        assert_eq!((base, line.amount), (amounts(&mut others) - funds, rate.of(base)));
    }
}

/// What is charged for capacity and demand in each month, whatever its price.
fn basic(priced: &Priced) -> Vec<(LineKind, String, i64)> {
    let kinds = [LineKind::Basic, LineKind::Excess];
    let lines = priced.lines.iter().filter(|line| kinds.contains(&line.kind));
    lines.map(|line| (line.kind, line.quantity(), thirtieths_of(line))).collect()
}

fn any_energy() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 0_i64..20, 0_i64..90_000_000, 999_999_999_990_i64..=1_000_000_000_000]
}

fn any_va() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1_i64..100, 1_i64..4_000_000, Just(10_000_000_000)]
}

prop_compose! {
    /// Months of a bill that may begin before the first and end within the last.
    fn any_stretches()(start in 0_i32..18, months in 1_i32..9, before in -27_i32..40, cut in 0_i32..28) -> Vec<Stretch> {
        let later = |months: i32| Month::of(date(2023, 6, 1).checked_add(months.months()).expect("a day"));
        let (first, last) = (later(start), later(start + months - 1));
        let from = first.first_day().checked_sub(before.days()).expect("a day");
        let to = last.last_day().checked_sub(cut.days()).expect("a day");
        stretches(first, last, Period { from, to: to.max(last.first_day()).max(from) })
    }
}

prop_compose! {
    fn any_transformer()(
        no_load in prop_oneof![Just(0), 0_i64..5000],
        hours in 0_i64..600_000,
        line in prop::option::of(0_i64..60_000),
        varh in prop::option::of(0_i64..90_000_000),
        low in prop::bool::weighted(0.8),
    ) -> Transformer {
        Transformer {
            side: if low { Side::Low } else { Side::High },
            no_load: Power::from_w(no_load),
            hours: Hours::from_hundredths(hours),
            line: line.map(Rate::from_millionths),
            reactive_loss: varh.map(ReactiveEnergy::from_varh),
        }
    }
}

prop_compose! {
    /// Days are counted from the bill's first.
    fn any_supply(first: Date, last: Date)(
        mode in prop::sample::select(&[DemandMode::Capacity, DemandMode::Contract, DemandMode::Actual][..]),
        before in 0_i32..500,
        opening in (any_va(), any_va()),
        changes in prop::collection::btree_map(1_i32..280, (any_va(), any_va()), 0..4),
        rests in prop::collection::vec((-40_i32..280, prop_oneof![Just(14), Just(15), 1_i32..90], any_va()), 0..4),
        begun in prop::bool::ANY,
        ended in prop::bool::ANY,
        demand in prop::collection::vec(any_va(), 1..4),
        varh in (any_energy(), any_energy()),
        transformer in prop::option::of(any_transformer()),
    ) -> Supply {
        let day = |days: i32| first.checked_add(days.days()).expect("a day");
        let contracted = |(from, (va, w)): (i32, (i64, i64))| {
            Contracted { from: day(from), capacity: Capacity::from_va(va), demand: Some(Power::from_w(w)) }
        };
        let rest = |(from, days, va): (i32, i32, i64)| Suspended {
            period: Period { from: day(from), to: day(from + days - 1) },
            capacity: Capacity::from_va(va),
        };
        Supply {
            mode: Some(mode),
            contracted: [(-before, opening)].into_iter().chain(changes).map(contracted).collect(),
            suspended: rests.into_iter().map(rest).collect(),
            begun: begun.then_some(first),
            ended: ended.then_some(last),
            demand: demand.into_iter().map(Power::from_w).collect(),
            reactive: Some(Reactive {
                forward: ReactiveEnergy::from_varh(varh.0),
                reverse: ReactiveEnergy::from_varh(-varh.1),
            }),
            transformer,
        }
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let with_supply = |stretches: Vec<Stretch>| {
        let (first, last) = (stretches[0].period.from, stretches[stretches.len() - 1].period.to);
        (Just(stretches), any_supply(first, last), [any_energy(), any_energy(), any_energy(), any_energy()])
    };
    any_stretches().prop_flat_map(with_supply).prop_map(|(stretches, supply, usage)| {
        case(stretches, supply, REGISTERS.into_iter().zip(usage.map(Energy::from_wh)).collect())
    })
}

fn case(stretches: Vec<Stretch>, supply: Supply, usage: Vec<(Register, Energy)>) -> Case {
    Case {
        voltage: Voltage::Kv10,
        persons: None,
        concession: None,
        opened_on: None,
        stretches,
        usage,
        year_to_date: Vec::new(),
        supply: Some(Box::new(supply)),
        changes: None,
    }
}

fn priced(tariff: &Tariff, case: &Case) -> Priced {
    price(tariff, case).unwrap_or_else(|unpriced| panic!("{case:?}: {unpriced:?}"))
}

proptest! {
    #![proptest_config(Config { cases: 2000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_parts_of_any_history_add_up_to_it(at in 0..TARIFFS.len(), case in any_case()) {
        let tariff = &TARIFFS[at];
        let priced = priced(tariff, &case);
        assert_energy_is_metered_and_lost(&case, &priced);
        assert_each_month_has_its_thirtieths(&case, &priced);
        assert_money_holds(tariff, &priced);
        prop_assert!(!explain(tariff, &case, &priced).is_empty());
    }

    #[test]
    fn a_long_bill_charges_for_the_same_capacity_and_demand_as_its_months(at in 0..TARIFFS.len(), case in any_case()) {
        let month = |stretch: &Stretch| basic(&priced(&TARIFFS[at], &Case { stretches: vec![*stretch], ..case.clone() }));
        let months: Vec<_> = case.stretches.iter().flat_map(month).collect();
        prop_assert_eq!(basic(&priced(&TARIFFS[at], &case)), months);
    }
}

/// June of 1000 kVA and 800 kW; the basic charge begins or ends with the tenth day.
fn june_with_a_basic_charge_in_part(is_first: bool, mode: DemandMode, kwh: i64) -> Priced {
    let month: Month = "2024-06".parse().expect("a month");
    let supply = Supply {
        mode: Some(mode),
        contracted: vec![Contracted { from: date(2024, 6, 1), capacity: Capacity::from_va(1_000_000), demand: None }],
        demand: vec![Power::from_w(800_000)],
        reactive: Some(Reactive { forward: ReactiveEnergy::default(), reverse: ReactiveEnergy::default() }),
        ..Supply::default()
    };
    let usage = REGISTERS.into_iter().zip([0, 0, kwh, 0].map(Energy::from_kwh)).collect();
    let stretches = stretches(month, month, Period { from: month.first_day(), to: month.last_day() });
    let case = case(stretches, supply, usage);
    let (start, later) = (version("2010-01-01", &[]), version("2024-06-11", &[]));
    let versions = if is_first { [start, without(&later, "basic")] } else { [without(&start, "basic"), later] };
    priced(&tariff(&versions), &case)
}

#[test]
fn days_under_a_version_without_a_basic_charge_are_not_charged_for() {
    for (is_first, thirtieths) in [(true, 10), (false, 20)] {
        let priced = june_with_a_basic_charge_in_part(is_first, DemandMode::Capacity, 0);
        assert_eq!(of_kind(&priced, LineKind::Basic).map(thirtieths_of).collect::<Vec<_>>(), [thirtieths]);
    }
}

#[test]
fn what_was_used_without_a_basic_charge_does_not_make_the_demand_cheaper() {
    for is_first in [true, false] {
        let price = |kwh: i64| {
            let priced = june_with_a_basic_charge_in_part(is_first, DemandMode::Actual, kwh);
            of_kind(&priced, LineKind::Basic).map(Line::price).collect::<Vec<_>>()
        };
        assert_eq!([price(259_999), price(260_001)], [["40"], ["36"]]);
    }
}
