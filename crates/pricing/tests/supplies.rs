//! That no supply, however little sense it makes, makes a price panic: it is refused or priced.

mod made_up;

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::date;
use kernel::{Capacity, Date, Energy, Hours, Month, Period, Power, Rate, ReactiveEnergy, Register, Voltage};
use made_up::{tariff, version, without};
use pricing::explain::explain;
use pricing::rules::{Contracted, Reactive, Side, Supply, Suspended, Transformer};
use pricing::tariff::DemandMode;
use pricing::{Case, Stretch, Tariff, Unpriced, price};
use proptest::prelude::*;
use proptest::test_runner::Config;

const REGISTERS: [Register; 4] = [Register::Sharp, Register::Peak, Register::Flat, Register::Valley];
const MIDDLE: Date = date(2024, 7, 1);
const MODES: [DemandMode; 3] = [DemandMode::Capacity, DemandMode::Contract, DemandMode::Actual];
/// Ten million kVA or kW.
const MOST: i64 = 10_000_000_000;

/// One version; several; the largest figures that a pack may hold, and one that begins without a basic charge.
static TARIFFS: LazyLock<Vec<Tariff>> = LazyLock::new(|| {
    let start = version("2010-01-01", &[]);
    let largest = [
        (r#"per_kva = "30", per_kw = "40""#, r#"per_kva = "1000", per_kw = "1000""#),
        (r#"base = "contract""#, r#"base = "threshold""#),
        ("least_suspension_days = 15", "least_suspension_days = 1"),
    ];
    vec![
        tariff(std::slice::from_ref(&start)),
        tariff(&[start.clone(), version("2024-07-10", &largest)]),
        tariff(&[without(&start, "basic"), without(&version("2024-07-31", &largest), "loss")]),
    ]
});

fn any_number() -> impl Strategy<Value = i64> {
    let edges = [0, 1, -1, MOST, MOST + 1, i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1, 1_000_000_000_000];
    prop_oneof![60 => 0_i64..900_000, 8 => 0..=MOST, 1 => prop::sample::select(edges.to_vec()), 1 => any::<i64>()]
}

fn any_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        16 => (-60_i32..60).prop_map(|days| MIDDLE.checked_add(days.days()).expect("a day")),
        4 => (-6000_i32..6000).prop_map(|days| MIDDLE.checked_add(days.days()).expect("a day")),
        1 => prop::sample::select(vec![Date::MIN, Date::MAX, date(1, 1, 1), date(9999, 12, 30), date(2024, 2, 29)]),
    ]
}

prop_compose! {
    fn any_contracted()(from in any_day(), va in any_number(), w in prop::option::weighted(0.8, any_number())) -> Contracted {
        Contracted { from, capacity: Capacity::from_va(va), demand: w.map(Power::from_w) }
    }
}

prop_compose! {
    /// The last day may be before the first.
    fn any_rest()(from in any_day(), to in any_day(), va in any_number()) -> Suspended {
        Suspended { period: Period { from, to }, capacity: Capacity::from_va(va) }
    }
}

prop_compose! {
    fn any_transformer()(
        low in any::<bool>(),
        numbers in (any_number(), any_number()),
        line in prop::option::of(any_number()),
        varh in prop::option::of(any_number()),
    ) -> Transformer {
        Transformer {
            side: if low { Side::Low } else { Side::High },
            no_load: Power::from_w(numbers.0),
            hours: Hours::from_hundredths(numbers.1),
            line: line.map(Rate::from_millionths),
            reactive_loss: varh.map(ReactiveEnergy::from_varh),
        }
    }
}

prop_compose! {
    fn any_supply()(
        mode in prop::option::weighted(0.9, prop::sample::select(&MODES[..])),
        contracted in prop::collection::vec(any_contracted(), 0..5),
        in_order in prop::bool::weighted(0.8),
        suspended in prop::collection::vec(any_rest(), 0..4),
        begun in prop::option::of(any_day()),
        ended in prop::option::of(any_day()),
        demand in prop::collection::vec(any_number(), 0..4),
        varh in prop::option::weighted(0.9, (any_number(), any_number())),
        transformer in prop::option::of(any_transformer()),
    ) -> Supply {
        let mut contracted = contracted;
        if in_order {
            contracted.sort_by_key(|held| held.from);
        }
        Supply {
            mode,
            contracted,
            suspended,
            begun,
            ended,
            demand: demand.into_iter().map(Power::from_w).collect(),
            reactive: varh.map(|(forward, reverse)| Reactive {
                forward: ReactiveEnergy::from_varh(forward),
                reverse: ReactiveEnergy::from_varh(reverse),
            }),
            transformer,
        }
    }
}

fn case(stretches: Vec<Stretch>, usage: [i64; 4], supply: Option<Supply>) -> Case {
    Case {
        voltage: Voltage::Kv10,
        persons: None,
        concession: None,
        opened_on: None,
        stretches,
        usage: REGISTERS.into_iter().zip(usage.map(Energy::from_wh)).collect(),
        year_to_date: Vec::new(),
        supply: supply.map(Box::new),
        changes: None,
    }
}

fn july() -> Stretch {
    let month = Month::of(MIDDLE);
    Stretch { month, period: Period { from: month.first_day(), to: month.last_day() } }
}

prop_compose! {
    /// Mostly July; else stretches that may overlap, run backwards, or have nothing to do with their month.
    fn any_stretches()(
        plain in prop::bool::weighted(0.7),
        days in prop::collection::vec((any_month(), -400_i32..400, -10_i32..400), 0..4),
    ) -> Vec<Stretch> {
        let stretch = |(month, from, more): (Month, i32, i32)| {
            let from = MIDDLE.checked_add(from.days()).expect("a day");
            Stretch { month, period: Period { from, to: from.checked_add(more.days()).expect("a day") } }
        };
        if plain { vec![july()] } else { days.into_iter().map(stretch).collect() }
    }
}

fn any_month() -> impl Strategy<Value = Month> {
    (2023_i16..2026, 1_i8..=12).prop_map(|(year, month)| Month::new(year, month).expect("a month"))
}

/// Prices it, and reads out all that was found; what is wrong with it is for `Unpriced` to say.
fn read_out(tariff: &Tariff, case: &Case) -> Result<(), Unpriced> {
    let priced = price(tariff, case)?;
    let total: kernel::Money = priced.lines.iter().map(|line| line.amount).sum();
    assert_eq!(total, priced.total);
    for line in &priced.lines {
        assert!(!line.code().is_empty() && !line.quantity().is_empty() && !line.price().is_empty());
        assert_eq!(line.reversed().amount, -line.amount);
    }
    assert!(!explain(tariff, case, &priced).is_empty());
    Ok(())
}

/// A supply of July that says everything, and each figure of it as large as it may be.
fn largest(mode: DemandMode) -> Supply {
    let most = ReactiveEnergy::from_varh(Energy::MAX_BILLED.wh());
    Supply {
        mode: Some(mode),
        contracted: (0..600)
            .map(|at| Contracted {
                from: MIDDLE.checked_add((at - 570).days()).expect("a day"),
                capacity: Capacity::from_va(MOST),
                demand: Some(Power::from_w(if at % 2 == 0 { MOST } else { 0 })),
            })
            .collect(),
        suspended: vec![Suspended { period: july().period, capacity: Capacity::from_va(MOST) }; 600],
        begun: Some(MIDDLE),
        ended: Some(MIDDLE),
        demand: vec![Power::from_w(MOST); 600],
        reactive: Some(Reactive { forward: most, reverse: most }),
        transformer: Some(Transformer {
            side: Side::Low,
            no_load: Power::default(),
            hours: Hours::MAX_BILLED,
            line: Some(Rate::from_millionths(230_000)),
            reactive_loss: Some(most),
        }),
    }
}

proptest! {
    #![proptest_config(Config { cases: 10_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_supply_makes_a_price_panic(
        at in 0..TARIFFS.len(),
        stretches in any_stretches(),
        usage in [any_number(), any_number(), any_number(), any_number()],
        supply in prop::option::weighted(0.95, any_supply()),
    ) {
        let _ = read_out(&TARIFFS[at], &case(stretches, usage, supply));
    }

    #[test]
    fn one_figure_that_cannot_be_is_refused_by_name(
        beyond in prop_oneof![i64::MIN..0, MOST + 1..=i64::MAX],
        which in 0..5,
        mode in prop::sample::select(&MODES[..]),
    ) {
        let mut supply = Supply { suspended: Vec::new(), demand: vec![Power::from_w(1)], ..largest(mode) };
        match which {
            0 => supply.contracted[300].capacity = Capacity::from_va(beyond),
            1 => supply.contracted[300].demand = Some(Power::from_w(beyond)),
            2 => supply.suspended = vec![Suspended { period: july().period, capacity: Capacity::from_va(beyond) }],
            3 => supply.demand = vec![Power::from_w(1), Power::from_w(beyond)],
            _ => supply.transformer = supply.transformer.map(|of| Transformer { no_load: Power::from_w(beyond), ..of }),
        }
        prop_assert_eq!(read_out(&TARIFFS[0], &case(vec![july()], [0; 4], Some(supply))), Err(Unpriced::OutOfRange));
    }
}

#[test]
fn the_largest_supply_is_priced_in_every_mode() {
    let most = Energy::MAX_BILLED.wh();
    for (tariff, mode) in TARIFFS.iter().flat_map(|tariff| MODES.map(|mode| (tariff, mode))) {
        for usage in [[most; 4], [0, most, 0, 0], [0; 4]] {
            let through = Supply { suspended: Vec::new(), ..largest(mode) };
            for supply in [largest(mode), through] {
                assert_eq!(read_out(tariff, &case(vec![july()], usage, Some(supply))), Ok(()));
            }
        }
    }
}

#[test]
fn a_loss_greater_than_any_use_is_out_of_range() {
    let usage = [Energy::MAX_BILLED.wh(); 4];
    let found = |line: i64| {
        let mut supply = largest(DemandMode::Capacity);
        supply.transformer = supply.transformer.map(|of| Transformer { line: Some(Rate::from_millionths(line)), ..of });
        read_out(&TARIFFS[0], &case(vec![july()], usage, Some(supply)))
    };
    // With the two percent of copper, 25 % of four TWh: exactly one.
    assert_eq!(found(230_000), Ok(()));
    assert_eq!(found(230_001), Err(Unpriced::OutOfRange));
}

#[test]
fn more_changes_than_anyone_makes_are_out_of_range() {
    for which in 0..3 {
        let mut supply = largest(DemandMode::Contract);
        match which {
            0 => supply.contracted.push(Contracted { from: Date::MAX, ..supply.contracted[0] }),
            1 => supply.suspended.push(supply.suspended[0]),
            _ => supply.demand.push(Power::default()),
        }
        assert_eq!(read_out(&TARIFFS[0], &case(vec![july()], [0; 4], Some(supply))), Err(Unpriced::OutOfRange));
    }
}

#[test]
fn a_contract_is_refused_where_it_is_out_of_order_or_begins_too_late() {
    let held = |from: Date| Contracted { from, capacity: Capacity::from_va(1000), demand: None };
    let found = |contracted: Vec<Contracted>| {
        let reactive = Some(Reactive { forward: ReactiveEnergy::default(), reverse: ReactiveEnergy::default() });
        let supply = Supply { mode: Some(DemandMode::Capacity), contracted, reactive, ..Supply::default() };
        read_out(&TARIFFS[0], &case(vec![july()], [0; 4], Some(supply)))
    };
    let day = |day: i8| date(2024, 7, day);
    assert_eq!(found(vec![held(day(1)), held(day(31)), held(Date::MAX)]), Ok(()));
    assert_eq!(found(vec![held(Date::MIN)]), Ok(()));
    assert_eq!(found(Vec::new()), Err(Unpriced::Uncovered(day(1))));
    assert_eq!(found(vec![held(day(2))]), Err(Unpriced::Uncovered(day(1))));
    assert_eq!(found(vec![held(date(2024, 8, 1))]), Err(Unpriced::Uncovered(day(1))));
    assert_eq!(found(vec![held(day(1)), held(day(1))]), Err(Unpriced::OutOfRange));
    assert_eq!(found(vec![held(day(2)), held(day(1))]), Err(Unpriced::OutOfRange));
}

#[test]
fn the_last_day_that_there_is_comes_to_an_end() {
    let month = Month::new(9000, 12).expect("a month");
    let stretch = Stretch { month, period: Period { from: Date::MAX, to: Date::MAX } };
    let supply = Supply { suspended: Vec::new(), ..largest(DemandMode::Capacity) };
    assert_eq!(read_out(&TARIFFS[0], &case(vec![stretch], [0; 4], Some(supply))), Ok(()));
}
