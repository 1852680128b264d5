//! Bills over several months, versions and years: nothing is lost or counted twice.

use std::sync::LazyLock;

use jiff::ToSpan;
use kernel::{Date, Energy, Money, Month, Period, Register, Voltage};
use pricing::pack::read_tariff;
use pricing::rules::{Charge, LineKind, Part, stretches};
use pricing::tariff::{Span, Surcharge};
use pricing::{Case, Concession, Line, Priced, Stretch, Tariff, Unpriced, price};
use proptest::prelude::*;
use proptest::test_runner::Config;

const HEAD: &str = "kind = \"tariff\"\nformat = 1\ncode = \"test/tariff\"\nzh = \"电\"\nen = \"e\"\n";
const FLAT: &[(&str, &str)] = &[("total", "0.538")];
const LATER_FLAT: &[(&str, &str)] = &[("total", "0.6001")];
const PERIODS: &[(&str, &str)] = &[("peak", "0.568"), ("valley", "0.288")];

const ANNUAL: &str = "span = \"year\"\nlimit = [{ kwh = [\"2760\", \"4800\"] }]\n";
const OTHER_ANNUAL: &str = "span = \"year\"\nlimit = [{ kwh = [\"3120.005\", \"4800\"] }]\n";
const MONTHLY: &str = "span = \"month\"\nlimit = [{ kwh = [\"180\", \"280.001\"] }]\n";
const SEASONS: &str = "span = \"month\"\nlimit = [{ months = [5, 6, 7, 8, 9, 10], kwh = [\"260\", \"600\"] }, \
    { months = [1, 2, 3, 4, 11, 12], kwh = [\"200\", \"400\"] }]\n";
const SAME: &str = "surcharge = [{ tier = 2, add = \"0.05\" }, { tier = 3, add = \"0.30\" }]\n";
const BY_REGISTER: &str = "surcharge = [{ tier = 2, add_by_register = { peak = \"0.06\", valley = \"0.03\" } }, \
    { tier = 3, add_by_register = { peak = \"0.30\", valley = \"0.20\" } }]\n";

const FREE: &str = "free_kwh_per_month = \"15\"";
const REPAID: &str = "yuan_per_month = \"7.84\"";

/// One version of a made-up tariff.
fn version(from: &str, prices: &[(&str, &str)], tiers: Option<(&str, &str)>, relief: &str) -> String {
    let registers: Vec<String> = prices.iter().map(|(register, _)| format!("\"{register}\"")).collect();
    let energy: Vec<String> = prices.iter().map(|(register, price)| format!("{register} = \"{price}\"")).collect();
    let source = "source = \"s\"\nmark = \"fictional\"\n";
    let mut text = format!(
        "[[version]]\nid = \"{from}\"\nfrom = {from}\n{source}registers = [{}]\n[[version.price]]\nvoltage = [\"0.22kV\"]\nenergy = {{ {} }}\n",
        registers.join(", "),
        energy.join(", ")
    );
    if let Some((limits, surcharges)) = tiers {
        text += &format!("[version.tiers]\n{limits}{surcharges}");
        text += &format!("[[version.household]]\npersons_from = 5\nadd_kwh_per_month = \"100\"\n{source}");
    }
    if !relief.is_empty() {
        text += &format!("[[version.relief]]\nconcessions = [\"low-income\"]\n{relief}\n{source}");
    }
    text
}

fn tariff(versions: &[String]) -> Tariff {
    read_tariff("made-up.toml", &format!("{HEAD}{}", versions.concat()))
        .unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// Tariffs of every kind whose version changes inside a month, at a month's end and at a year's.
static TARIFFS: LazyLock<Vec<Tariff>> = LazyLock::new(|| {
    let start = "2012-07-01";
    vec![
        tariff(&[version(start, FLAT, Some((ANNUAL, SAME)), FREE)]),
        tariff(&[
            version(start, PERIODS, Some((ANNUAL, SAME)), FREE),
            version("2014-03-18", PERIODS, Some((OTHER_ANNUAL, BY_REGISTER)), FREE),
        ]),
        tariff(&[version(start, FLAT, Some((MONTHLY, SAME)), REPAID)]),
        tariff(&[
            version(start, FLAT, Some((MONTHLY, SAME)), REPAID),
            version("2014-02-28", LATER_FLAT, Some((SEASONS, SAME)), FREE),
        ]),
        tariff(&[version(start, FLAT, None, FREE), version("2014-07-01", LATER_FLAT, Some((ANNUAL, SAME)), REPAID)]),
        tariff(&[
            version(start, PERIODS, Some((SEASONS, BY_REGISTER)), REPAID),
            version("2014-01-01", PERIODS, Some((ANNUAL, SAME)), ""),
        ]),
        tariff(&[
            version(start, FLAT, Some((ANNUAL, SAME)), FREE),
            version("2014-05-10", LATER_FLAT, Some((OTHER_ANNUAL, SAME)), FREE),
            version("2014-05-11", FLAT, None, REPAID),
            version("2014-12-31", LATER_FLAT, Some((MONTHLY, SAME)), REPAID),
        ]),
    ]
});

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn low_income(case: Case) -> Case {
    Case { concession: Some(Concession::LowIncome), ..case }
}

/// A case without relief, household or history.
fn case(stretches: Vec<Stretch>, usage: &[(Register, i64)]) -> Case {
    Case {
        voltage: Voltage::V220,
        persons: None,
        concession: None,
        opened_on: None,
        stretches,
        usage: usage.iter().map(|(register, wh)| (*register, Energy::from_wh(*wh))).collect(),
        year_to_date: Vec::new(),
        supply: None,
        changes: None,
    }
}

fn over(first: &str, last: &str) -> Vec<Stretch> {
    let (first, last) = (month(first), month(last));
    stretches(first, last, Period { from: first.first_day(), to: last.last_day() })
}

fn whole_month(month: Month) -> Vec<Stretch> {
    stretches(month, month, Period { from: month.first_day(), to: month.last_day() })
}

fn priced(tariff: &Tariff, case: &Case) -> Priced {
    price(tariff, case).unwrap_or_else(|unpriced| panic!("{case:?}: {unpriced:?}"))
}

fn sum(energies: impl IntoIterator<Item = Energy>) -> Energy {
    energies.into_iter().sum()
}

fn amounts<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Money {
    lines.into_iter().map(|line| line.amount).sum()
}

fn energy_of(line: &Line) -> Energy {
    match line.charge {
        Charge::Energy(energy, _) => energy,
        _ => Energy::ZERO,
    }
}

fn assert_parts_are_the_whole(tariff: &Tariff, case: &Case, priced: &Priced) {
    for (register, energy) in &case.usage {
        let of_register =
            |part: &Part| part.usage.iter().filter(|(known, _)| known == register).map(|(_, energy)| *energy).sum();
        assert_eq!(sum(priced.parts.iter().map(of_register)), *energy, "{register}");
        let lines =
            priced.lines.iter().filter(|line| line.kind == LineKind::Energy && line.register == Some(*register));
        assert_eq!(sum(lines.map(energy_of)), *energy, "{register} by lines");
    }
    let whole = sum(case.usage.iter().map(|(_, energy)| *energy));
    assert_eq!(sum(priced.use_by_year().into_iter().map(|(_, energy)| energy)), whole);
    let mut next = case.stretches[0].period.from;
    for part in &priced.parts {
        assert_eq!(part.period.from, next, "parts follow each other");
        next = part.period.to.checked_add(1.day()).expect("a day");
        for end in [part.period.from, part.period.to] {
            assert_eq!(tariff.on(end), Some(&tariff.versions[part.version]));
        }
        let days: i64 = part.months.iter().map(|share| share.days).sum();
        assert_eq!(days, part.period.days());
    }
    assert_eq!(Some(next), case.stretches.last().and_then(|stretch| stretch.period.to.checked_add(1.day()).ok()));
}

fn assert_tiers_are_the_part(tariff: &Tariff, part: &Part, lines: &[&Line]) {
    let Some(tiers) = &tariff.versions[part.version].tiers else {
        assert!(part.limits.is_empty() && part.by_tier.is_empty());
        return;
    };
    assert_eq!(sum(part.by_tier.iter().copied()), part.energy());
    assert_eq!((part.limits.len(), part.by_tier.len()), (tiers.surcharges.len(), tiers.surcharges.len() + 1));
    assert!(part.limits.is_sorted() && part.by_tier.iter().all(|energy| !energy.is_negative()));
    for (tier, in_tier) in (2_u8..).zip(&part.by_tier[1..]) {
        let of_tier = lines.iter().filter(|line| line.kind == LineKind::Tier && line.tier == Some(tier));
        assert_eq!(sum(of_tier.map(|line| energy_of(line))), *in_tier, "tier {tier}");
    }
}

fn assert_by_register_stays_within_use(tariff: &Tariff, part: &Part, lines: &[&Line]) {
    let Some(tiers) = &tariff.versions[part.version].tiers else {
        return;
    };
    if !tiers.surcharges.iter().all(|surcharge| matches!(surcharge, Surcharge::ByRegister(_))) {
        return;
    }
    for (register, used) in &part.usage {
        let surcharged = lines.iter().filter(|line| line.kind == LineKind::Tier && line.register == Some(*register));
        let surcharged = sum(surcharged.map(|line| energy_of(line)));
        assert!(surcharged <= *used, "{register}: {surcharged} kWh carry a surcharge, {used} kWh were used");
    }
}

fn assert_money_holds(priced: &Priced) {
    assert_eq!(amounts(&priced.lines), priced.total);
    assert!(!priced.total.is_negative(), "{}", priced.total);
    for (index, part) in priced.parts.iter().enumerate() {
        let of_part: Vec<&Line> = priced.lines.iter().filter(|line| usize::from(line.part) == index).collect();
        let (relief, charged): (Vec<&Line>, Vec<&Line>) =
            of_part.iter().partition(|line| line.kind == LineKind::Relief);
        assert!(relief.iter().all(|line| line.amount.is_negative() || energy_of(line).is_negative()));
        assert!(charged.iter().all(|line| !line.amount.is_negative()));
        let free = sum(relief.iter().map(|line| -energy_of(line)));
        assert_eq!(free, part.free);
        assert!(free <= part.energy());
    }
    let (relief, charged): (Vec<&Line>, Vec<&Line>) =
        priced.lines.iter().partition(|line| line.kind == LineKind::Relief);
    assert!(-amounts(relief) <= amounts(charged));
}

fn assert_holds(tariff: &Tariff, case: &Case) {
    let priced = priced(tariff, case);
    assert_parts_are_the_whole(tariff, case, &priced);
    for (index, part) in priced.parts.iter().enumerate() {
        let lines: Vec<&Line> = priced.lines.iter().filter(|line| usize::from(line.part) == index).collect();
        assert_tiers_are_the_part(tariff, part, &lines);
        assert_by_register_stays_within_use(tariff, part, &lines);
    }
    assert_money_holds(&priced);
    assert_eq!(price(tariff, case), Ok(priced), "the same case has the same price");
}

fn any_energy() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 0_i64..20, 0_i64..400_000, 0_i64..20_000_000, 999_999_999_990_i64..=1_000_000_000_000]
}

prop_compose! {
    /// Months from `first` on; the bill may begin before the first and end within the last.
    fn any_stretches()(start in 0_i32..30, months in 1_i32..20, before in -27_i32..60, cut in 0_i32..27) -> Vec<Stretch> {
        let later = |months: i32| Month::of(month("2012-10").first_day().checked_add(months.months()).expect("a day"));
        let (first, last) = (later(start), later(start + months - 1));
        let from = first.first_day().checked_sub(before.days()).expect("a day");
        let to = last.last_day().checked_sub(cut.days()).expect("a day");
        let to = to.max(last.first_day()).max(from);
        stretches(first, last, Period { from: from.max(day("2012-07-01")), to })
    }
}

prop_compose! {
    fn any_case()(
        at in 0..TARIFFS.len(),
        stretches in any_stretches(),
        uses in (any_energy(), any_energy()),
        history in (any_energy(), any_energy(), any_energy()),
        persons in prop::option::of(0_u32..8),
        concession in prop::option::of(Just(Concession::LowIncome)),
        opened in prop::option::of(0_i32..1200),
    ) -> (usize, Case) {
        let registers = &TARIFFS[at].versions[0].registers;
        let usage: Vec<(Register, i64)> = registers.iter().copied().zip([uses.0, uses.1]).collect();
        let opened_on = opened.map(|days| stretches[0].period.from.checked_sub(days.days()).expect("a day"));
        let year_to_date = [(2012, history.0), (2013, history.1), (2014, history.2)];
        let year_to_date = year_to_date.into_iter().map(|(year, wh)| (year, Energy::from_wh(wh))).collect();
        (at, Case { persons, concession, opened_on, year_to_date, ..case(stretches, &usage) })
    }
}

/// Bills one after the other, each month on its own, feeding the year to date as issuing does.
fn month_by_month(tariff: &Tariff, whole: &Case, uses: &[i64]) -> Vec<Priced> {
    let mut year_to_date: Vec<(i16, Energy)> = whole.year_to_date.clone();
    let mut bills = Vec::new();
    for (stretch, wh) in whole.stretches.iter().zip(uses) {
        let month = Case {
            stretches: whole_month(stretch.month),
            usage: vec![(Register::Total, Energy::from_wh(*wh))],
            year_to_date: year_to_date.clone(),
            ..whole.clone()
        };
        let bill = priced(tariff, &month);
        for (year, energy) in bill.use_by_year() {
            match year_to_date.iter_mut().find(|(known, _)| *known == year) {
                Some((_, sum)) => *sum += energy,
                None => year_to_date.push((year, energy)),
            }
        }
        bills.push(bill);
    }
    bills
}

fn by_tier(bills: &[Priced]) -> Vec<Energy> {
    let mut tiers = vec![Energy::ZERO; 3];
    for part in bills.iter().flat_map(|bill| &bill.parts) {
        for (tier, energy) in tiers.iter_mut().zip(&part.by_tier) {
            *tier += *energy;
        }
    }
    tiers
}

proptest! {
    #![proptest_config(Config { cases: 4000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_parts_of_any_bill_add_up_to_it((at, case) in any_case()) {
        assert_holds(&TARIFFS[at], &case);
    }

    #[test]
    fn a_year_billed_by_the_month_fills_the_tiers_as_one_bill_does(
        uses in prop::collection::vec(0_i64..900_000, 12),
        before in 0_i64..1_000_000,
        opened in prop::option::of(1_i8..=12),
        changes in any::<bool>(),
    ) {
        let mut versions = vec![version("2012-07-01", FLAT, Some((ANNUAL, SAME)), "")];
        if changes {
            versions.push(version("2015-06-18", LATER_FLAT, Some((ANNUAL, SAME)), ""));
        }
        let tariff = tariff(&versions);
        let whole = Case {
            opened_on: opened.map(|month| jiff::civil::date(2015, month, 17)),
            year_to_date: vec![(2015, Energy::from_wh(before))],
            ..case(over("2015-01", "2015-12"), &[(Register::Total, uses.iter().sum())])
        };
        let bills = month_by_month(&tariff, &whole, &uses);
        prop_assert_eq!(by_tier(&bills), by_tier(&[priced(&tariff, &whole)]));
    }

    #[test]
    fn the_limits_of_a_long_bill_are_the_sum_of_its_months(
        first in 0_i32..24, months in 1_i32..14, large in any::<bool>(), cut in 1_i8..=28, use_wh in any_energy(),
    ) {
        let versions = [version("2012-07-01", FLAT, Some((SEASONS, SAME)), FREE), version(&format!("2014-02-{cut:02}"), LATER_FLAT, Some((SEASONS, SAME)), FREE)];
        let tariff = tariff(&versions);
        let first = Month::of(day("2013-01-01").checked_add(first.months()).expect("a day"));
        let last = Month::of(first.first_day().checked_add((months - 1).months()).expect("a day"));
        let stretches = stretches(first, last, Period { from: first.first_day(), to: last.last_day() });
        let persons = large.then_some(5);
        let case = low_income(Case { persons, ..case(stretches, &[(Register::Total, use_wh)]) });
        let extra = if large { 100 } else { 0 };
        let expected: i64 = first.through(last).map(|month| extra + if (5..=10).contains(&month.month()) { 260 } else { 200 }).sum();
        let bill = priced(&tariff, &case);
        prop_assert_eq!(sum(bill.parts.iter().map(|part| part.limits[0])), Energy::from_kwh(expected));
        let free = sum(bill.parts.iter().map(|part| part.free));
        prop_assert!(free <= Energy::from_kwh(15 * i64::from(months)));
        if use_wh > 20_000_000 {
            prop_assert_eq!(free, Energy::from_kwh(15 * i64::from(months)));
        }
    }

    #[test]
    fn use_is_counted_in_the_year_of_its_days((at, case) in any_case()) {
        let expected: Vec<i16> = {
            let mut years: Vec<i16> = case.stretches.iter().map(|stretch| stretch.month.year()).collect();
            years.dedup();
            years
        };
        let found: Vec<i16> = priced(&TARIFFS[at], &case).use_by_year().into_iter().map(|(year, _)| year).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn stretches_cover_their_period_once(stretches in any_stretches()) {
        for pair in stretches.windows(2) {
            prop_assert_eq!(pair[0].period.to.checked_add(1.day()).expect("a day"), pair[1].period.from);
            prop_assert!(pair[0].month < pair[1].month);
        }
        prop_assert!(stretches.iter().all(|stretch| stretch.period.days() > 0));
    }
}

fn kwh(all: &[i64]) -> Vec<Energy> {
    all.iter().map(|kwh| Energy::from_kwh(*kwh)).collect()
}

#[test]
fn three_months_on_one_bill_have_three_allowances() {
    let tariff = tariff(&[version("2012-07-01", FLAT, Some((SEASONS, SAME)), REPAID)]);
    let bill = priced(&tariff, &low_income(case(over("2016-04", "2016-06"), &[(Register::Total, 2_000_000)])));
    assert_eq!(bill.parts.len(), 1);
    assert_eq!(bill.parts[0].limits[..], kwh(&[200 + 260 + 260, 400 + 600 + 600]));
    assert_eq!(bill.parts[0].by_tier[..], kwh(&[720, 880, 400]));
    let relief = bill.lines.last().expect("a line");
    assert_eq!(
        (relief.quantity(), relief.price(), relief.amount),
        ("-3".to_owned(), "7.84".to_owned(), Money::from_fen(-2352))
    );
}

#[test]
fn a_bill_over_a_change_of_version_is_divided_by_days() {
    let tariff = tariff(&[version("2012-07-01", FLAT, None, ""), version("2016-08-11", LATER_FLAT, None, "")]);
    let bill = priced(&tariff, &case(over("2016-08", "2016-08"), &[(Register::Total, 310_001)]));
    let shares: Vec<(i64, Energy)> = bill.parts.iter().map(|part| (part.period.days(), part.energy())).collect();
    assert_eq!(shares, [(10, Energy::from_wh(100_000)), (21, Energy::from_wh(210_001))]);
    let amounts: Vec<i64> = bill.lines.iter().map(|line| line.amount.fen()).collect();
    assert_eq!(amounts, [5380, 12602]);
}

#[test]
fn a_bill_over_the_end_of_a_year_counts_each_years_tiers_apart() {
    let tariff = tariff(&[version("2012-07-01", FLAT, Some((ANNUAL, SAME)), "")]);
    let whole = Case {
        year_to_date: vec![(2015, Energy::from_kwh(2750))],
        ..case(over("2015-12", "2016-01"), &[(Register::Total, 6_200_000)])
    };
    let bill = priced(&tariff, &whole);
    assert_eq!(bill.use_by_year()[..], [(2015, Energy::from_kwh(3100)), (2016, Energy::from_kwh(3100))]);
    assert_eq!(bill.parts[0].by_tier[..], kwh(&[10, 2040, 1050]));
    assert_eq!(bill.parts[1].by_tier[..], kwh(&[2760, 340, 0]));
}

#[test]
fn a_day_without_a_version_is_refused_by_its_date() {
    let old =
        version("2012-07-01", FLAT, None, "").replace("from = 2012-07-01\n", "from = 2012-07-01\nuntil = 2016-08-20\n");
    let case = case(over("2016-08", "2016-08"), &[(Register::Total, 1)]);
    let ended = tariff(std::slice::from_ref(&old));
    assert_eq!(price(&ended, &case), Err(Unpriced::NoVersionOn(day("2016-08-21"))));
    let gap = tariff(&[old, version("2016-08-31", FLAT, None, "")]);
    assert_eq!(price(&gap, &case), Err(Unpriced::NoVersionOn(day("2016-08-21"))));
    let late = tariff(&[version("2016-08-02", FLAT, None, "")]);
    assert_eq!(price(&late, &case), Err(Unpriced::NoVersionOn(day("2016-08-01"))));
}

#[test]
fn a_change_of_registers_inside_a_bill_is_refused_and_not_guessed() {
    let tariff = tariff(&[version("2012-07-01", FLAT, None, ""), version("2016-08-11", PERIODS, None, "")]);
    let flat = case(over("2016-08", "2016-08"), &[(Register::Total, 1000)]);
    assert_eq!(price(&tariff, &flat), Err(Unpriced::RegisterUnknown(Register::Total)));
    let periods = case(over("2016-08", "2016-08"), &[(Register::Peak, 1000), (Register::Valley, 1000)]);
    assert_eq!(price(&tariff, &periods), Err(Unpriced::RegisterUnknown(Register::Peak)));
}

#[test]
fn quantities_out_of_range_and_cases_without_days_are_refused() {
    let tariff = &TARIFFS[0];
    let with = |wh: i64| case(over("2016-08", "2016-08"), &[(Register::Total, wh)]);
    for wh in [-1, 1_000_000_000_001, i64::MIN, i64::MAX] {
        assert_eq!(price(tariff, &with(wh)), Err(Unpriced::OutOfRange), "{wh}");
        let history = Case { year_to_date: vec![(2016, Energy::from_wh(wh))], ..with(0) };
        assert_eq!(price(tariff, &history), Err(Unpriced::OutOfRange), "{wh}");
    }
    assert_eq!(price(tariff, &case(Vec::new(), &[(Register::Total, 1)])), Err(Unpriced::NoDays));
    assert_eq!(price(tariff, &case(over("2013-01", "2063-01"), &[(Register::Total, 1)])), Err(Unpriced::OutOfRange));
}

#[test]
fn a_stretch_that_ends_before_it_begins_is_refused_and_its_use_not_given_away() {
    let stretch =
        Stretch { month: month("2016-08"), period: Period { from: day("2016-08-31"), to: day("2016-08-30") } };
    assert_eq!(price(&TARIFFS[0], &case(vec![stretch], &[(Register::Total, 100_000)])), Err(Unpriced::NoDays));
}

#[test]
fn a_register_given_twice_is_refused_and_not_half_billed() {
    let twice = case(over("2016-08", "2016-08"), &[(Register::Total, 100_000), (Register::Total, 50_000)]);
    assert!(price(&TARIFFS[0], &twice).is_err());
}

#[test]
fn a_relief_in_money_is_not_lost_when_the_month_ends_in_a_short_part() {
    let tariff = tariff(&[version("2012-07-01", FLAT, None, REPAID), version("2016-08-31", LATER_FLAT, None, REPAID)]);
    let bill = priced(&tariff, &low_income(case(over("2016-08", "2016-08"), &[(Register::Total, 310_000)])));
    let (relief, charged): (Vec<&Line>, Vec<&Line>) = bill.lines.iter().partition(|line| line.kind == LineKind::Relief);
    assert!(amounts(charged) > Money::from_fen(16_000));
    assert_eq!(amounts(relief), Money::from_fen(-784));
}

#[test]
fn use_before_a_change_to_annual_tiers_counts_whether_billed_together_or_apart() {
    for (name, before) in [("untiered", None), ("monthly", Some((SEASONS, SAME)))] {
        let tariff =
            tariff(&[version("2012-07-01", FLAT, before, ""), version("2016-07-01", FLAT, Some((ANNUAL, SAME)), "")]);
        assert_eq!(tariff.versions[1].tiers.as_ref().map(|tiers| tiers.span), Some(Span::Year));
        let history = vec![(2016, Energy::from_kwh(2000))];
        let together =
            Case { year_to_date: history, ..case(over("2016-06", "2016-07"), &[(Register::Total, 1_220_000)]) };
        let together = priced(&tariff, &together);
        let apart = Case {
            year_to_date: vec![(2016, Energy::from_kwh(2600))],
            ..case(over("2016-07", "2016-07"), &[(Register::Total, 620_000)])
        };
        let apart = priced(&tariff, &apart);
        assert_eq!(together.parts[1].energy(), apart.parts[0].energy());
        assert_eq!(together.parts[1].by_tier, apart.parts[0].by_tier, "{name}");
    }
}

#[test]
fn surcharges_by_register_never_fall_on_more_than_the_register_used() {
    let tariff = tariff(&[version("2012-07-01", PERIODS, Some((ANNUAL, BY_REGISTER)), "")]);
    let use_of_both = [(Register::Peak, 1001), (Register::Valley, 1001)];
    let history = vec![(2016, Energy::from_wh(4_799_999))];
    assert_holds(&tariff, &Case { year_to_date: history, ..case(over("2016-08", "2016-08"), &use_of_both) });
}

#[test]
fn use_of_the_old_year_does_not_fill_the_tiers_of_the_new_one() {
    let tariff =
        tariff(&[version("2012-07-01", FLAT, None, ""), version("2016-02-01", FLAT, Some((ANNUAL, SAME)), "")]);
    // 31 + 31 + 29 days at 40 kWh a day.
    let bill = case(over("2015-12", "2016-02"), &[(Register::Total, 3_640_000)]);
    let bill = priced(&tariff, &bill);
    assert_eq!(bill.parts[1].before, Energy::from_kwh(1240));
    assert_eq!(bill.use_by_year()[..], [(2015, Energy::from_kwh(1240)), (2016, Energy::from_kwh(2400))]);
}
