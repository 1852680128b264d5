//! Tariff, household and relief that change within a bill: nothing is lost or counted twice, and what is the same
//! changes nothing.

use jiff::ToSpan;
use jiff::civil::date;
use kernel::{Date, Energy, Money, Month, Period, Register, Voltage};
use pricing::pack::read_tariff;
use pricing::rules::{Changes, HouseholdChange, Restart, TariffChange, UseUpTo, stretches};
use pricing::{Case, Priced, Tariff, TariffBook, Unpriced, price};
use proptest::prelude::*;
use proptest::test_runner::Config;

const SOURCE: &str = "source = \"s\"\nmark = \"fictional\"\n";
const ANNUAL: &str = "[version.tiers]\nspan = \"year\"\nlimit = [{ kwh = [\"1200\", \"2400\"] }]\n\
    surcharge = [{ tier = 2, add = \"0.05\" }, { tier = 3, add = \"0.30\" }]\n";
const MONTHLY: &str = "[version.tiers]\nspan = \"month\"\nlimit = [{ kwh = [\"180\", \"280\"] }]\n\
    surcharge = [{ tier = 2, add = \"0.05\" }, { tier = 3, add = \"0.30\" }]\n";

/// A made-up tariff of one register for ever, with a second version from the 11th of March 2014.
fn tariff(code: &str, prices: [&str; 2], tiers: &str) -> Tariff {
    let head = format!("kind = \"tariff\"\nformat = 1\ncode = \"{code}\"\nzh = \"{code}\"\nen = \"{code}\"\n");
    let version = |from: &str, price: &str| {
        let household = if tiers.is_empty() {
            String::new()
        } else {
            format!("[[version.household]]\npersons_from = 5\nadd_kwh_per_month = \"100\"\n{SOURCE}")
        };
        format!(
            "[[version]]\nid = \"{from}\"\nfrom = {from}\n{SOURCE}registers = [\"total\"]\n[[version.price]]\n\
             voltage = [\"0.22kV\"]\nenergy = {{ total = \"{price}\" }}\n{tiers}{household}\
             [[version.relief]]\nconcessions = [\"low-income\"]\nfree_kwh_per_month = \"15\"\n{SOURCE}"
        )
    };
    let text = [head, version("2010-01-01", prices[0]), version("2014-03-11", prices[1])].concat();
    read_tariff("made-up.toml", &text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn book() -> TariffBook {
    let mut book = TariffBook::default();
    book.extend(tariff("test/flat", ["0.8", "0.9"], ""));
    book.extend(tariff("test/farm", ["0.5", "0.6"], ""));
    book.extend(tariff("test/year", ["0.6", "0.61"], ANNUAL));
    book.extend(tariff("test/month", ["0.6", "0.61"], MONTHLY));
    book
}

fn case(first: Month, last: Month, wh: i64, changes: Changes) -> Case {
    let period = Period { from: first.first_day(), to: last.last_day() };
    Case {
        voltage: Voltage::V220,
        persons: None,
        concession: None,
        opened_on: None,
        stretches: stretches(first, last, period),
        usage: vec![(Register::Total, Energy::from_wh(wh))],
        year_to_date: Vec::new(),
        supply: None,
        changes: (changes != Changes::default()).then(|| Box::new(changes)),
    }
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn from(day: Date, code: &str) -> TariffChange {
    TariffChange { from: day, tariff: code.into() }
}

fn used(to: Date, wh: i64) -> UseUpTo {
    UseUpTo { to, by_days: false, usage: vec![(Register::Total, Energy::from_wh(wh))] }
}

fn priced(code: &str, case: &Case) -> Priced {
    let book = book();
    let tariff = book.of_case(code, case).expect("a tariff");
    price(&tariff, case).unwrap_or_else(|unpriced| panic!("{case:?}: {unpriced:?}"))
}

fn total(code: &str, case: &Case) -> Money {
    priced(code, case).total
}

#[test]
fn each_use_that_was_read_is_billed_by_the_tariff_of_its_days() {
    let tariffs = vec![from(date(2013, 1, 1), "test/flat"), from(date(2014, 6, 16), "test/farm")];
    let uses = vec![used(date(2014, 6, 15), 100_000), used(date(2014, 6, 30), 50_000)];
    let june = month("2014-06");
    let read = case(june, june, 150_000, Changes { tariffs: tariffs.clone(), uses, ..Changes::default() });
    assert_eq!(total("test/farm", &read), Money::from_fen(9000 + 3000));
    let unread = case(june, june, 150_000, Changes { tariffs, ..Changes::default() });
    assert_eq!(total("test/farm", &unread), Money::from_fen(6750 + 4500), "75 kWh each, by days");
}

#[test]
fn a_version_and_a_tariff_that_change_in_one_month_make_three_parts() {
    let tariffs = vec![from(date(2013, 1, 1), "test/flat"), from(date(2014, 3, 21), "test/farm")];
    let march = month("2014-03");
    let priced = priced("test/farm", &case(march, march, 310_000, Changes { tariffs, ..Changes::default() }));
    let parts: Vec<(i64, i64)> = priced.parts.iter().map(|part| (part.period.days(), part.energy().wh())).collect();
    assert_eq!(parts, [(10, 100_000), (10, 100_000), (11, 110_000)]);
    assert_eq!(priced.total, Money::from_fen(8000 + 9000 + 6600));
}

#[test]
fn annual_limits_are_those_of_each_months_household() {
    let five = HouseholdChange { from: month("2014-07"), persons: Some(5), concession: None };
    let changes = || Changes { household: vec![five], ..Changes::default() };
    let (july, august) = (month("2014-07"), month("2014-08"));
    // 1 200 and six months of 100: 1 800.
    let tier_2 = |wh: i64| {
        let priced = priced(
            "test/year",
            &Case { year_to_date: vec![(2014, Energy::from_kwh(1000))], ..case(july, august, wh, changes()) },
        );
        priced.parts[0].by_tier[1].wh()
    };
    assert_eq!([tier_2(799_999), tier_2(800_000), tier_2(800_001)], [0, 0, 1]);
}

#[test]
fn limits_that_begin_anew_leave_aside_what_was_used_before() {
    let june = month("2014-06");
    let tier_2 = |used_before: i64, wh: i64| {
        let restart = Restart { on: date(2014, 4, 20), used_before: Some(Energy::from_kwh(used_before)) };
        let changes = Changes { restart: Some(restart), ..Changes::default() };
        let case = Case { year_to_date: vec![(2014, Energy::from_kwh(2000))], ..case(june, june, wh, changes) };
        priced("test/year", &case).parts[0].by_tier[1].wh()
    };
    // April counts whole: nine twelfths of 1 200 are 900, of which 2 000 − 1 500 are used.
    assert_eq!([tier_2(1500, 399_999), tier_2(1500, 400_000), tier_2(1500, 400_001)], [0, 0, 1]);
}

#[test]
fn uses_that_do_not_add_up_or_do_not_end_with_the_bill_are_no_case() {
    let june = month("2014-06");
    let of = |uses: Vec<UseUpTo>| {
        let case = case(june, june, 150_000, Changes { uses, ..Changes::default() });
        price(book().get("test/flat").expect("a tariff"), &case).map(|priced| priced.total)
    };
    let good = || vec![used(date(2014, 6, 15), 100_000), used(date(2014, 6, 30), 50_000)];
    assert_eq!(of(good()), Ok(Money::from_fen(13_500)));
    assert_eq!(of(good()[..1].to_vec()), Err(Unpriced::OutOfRange));
    assert_eq!(of(vec![used(date(2014, 6, 15), 100_000), used(date(2014, 6, 30), 50_001)]), Err(Unpriced::OutOfRange));
    assert_eq!(of(vec![used(date(2014, 6, 30), 50_000), used(date(2014, 6, 15), 100_000)]), Err(Unpriced::OutOfRange));
    assert_eq!(of(vec![used(date(2014, 6, 15), 200_000), used(date(2014, 6, 30), -50_000)]), Err(Unpriced::OutOfRange));
}

/// A day of 2014 or a little beyond it.
fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..420).prop_map(|days| date(2014, 1, 1).checked_add(days.days()).expect("a day"))
}

fn any_changes() -> impl Strategy<Value = (Month, Month, i64, Changes)> {
    let code = prop_oneof![Just("test/flat"), Just("test/farm"), Just("test/year"), Just("test/month")];
    let tariffs = prop::collection::btree_map(any_day(), code, 0..4);
    let household = prop::collection::btree_map((0_u8..14, any::<bool>()), 1_u32..8, 0..3);
    let uses = prop::collection::btree_map(any_day(), 0_i64..3_000_000, 0..4);
    (0_u8..10, 0_u8..4, 0_i64..3_000_000, tariffs, household, uses).prop_map(
        |(first, more, last_use, tariffs, household, uses)| {
            let at = |months: u8| (0..months).fold(month("2014-01"), |month, _| month.next());
            let (first, last) = (at(first), at(first + more));
            let tariffs: Vec<TariffChange> = std::iter::once(from(date(2012, 1, 1), "test/flat"))
                .chain(tariffs.into_iter().map(|(day, code)| from(day, code)))
                .collect();
            let mut household: Vec<HouseholdChange> = household
                .into_iter()
                .map(|((months, _), persons)| HouseholdChange {
                    from: at(months),
                    persons: Some(persons),
                    concession: None,
                })
                .collect();
            household.dedup_by_key(|change| change.from);
            let within = |day: &Date| first.first_day() <= *day && *day < last.last_day();
            let mut uses: Vec<UseUpTo> =
                uses.into_iter().filter(|(day, _)| within(day)).map(|(day, wh)| used(day, wh)).collect();
            if !uses.is_empty() {
                uses.push(used(last.last_day(), last_use));
            }
            let whole = if uses.is_empty() { last_use } else { uses.iter().map(|known| known.usage[0].1.wh()).sum() };
            (first, last, whole, Changes { tariffs, household, uses, restart: None })
        },
    )
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_wh_is_in_one_part_and_every_use_in_the_parts_of_its_days((first, last, whole, changes) in any_changes()) {
        let code = changes.tariffs.last().map(|change| change.tariff.clone()).unwrap_or_default();
        let uses = changes.uses.clone();
        let case = case(first, last, whole, changes);
        let priced = priced(&code, &case);
        prop_assert_eq!(priced.parts.iter().map(|part| part.energy().wh()).sum::<i64>(), whole);
        let energy = |line: &pricing::Line| match line.charge {
            pricing::rules::Charge::Energy(energy, _) if line.kind == pricing::rules::LineKind::Energy => energy.wh(),
            _ => 0,
        };
        prop_assert_eq!(priced.lines.iter().map(energy).sum::<i64>(), whole);
        prop_assert_eq!(priced.total, priced.lines.iter().map(|line| line.amount).sum());
        // Parts that end with a use hold all of the uses so far.
        let mut so_far = 0;
        for known in &uses {
            so_far += known.usage[0].1.wh();
            if priced.parts.iter().any(|part| part.period.to == known.to) {
                let held: i64 = priced.parts.iter().filter(|part| part.period.to <= known.to).map(|part| part.energy().wh()).sum();
                prop_assert_eq!(held, so_far);
            }
        }
        // Parts follow each other without a gap, over the days of the bill.
        prop_assert_eq!(priced.parts.first().map(|part| part.period.from), Some(first.first_day()));
        prop_assert_eq!(priced.parts.last().map(|part| part.period.to), Some(last.last_day()));
        for pair in priced.parts.windows(2) {
            prop_assert_eq!(kernel::time::next_day(pair[0].period.to), pair[1].period.from);
        }
    }

    #[test]
    fn a_change_to_the_same_changes_nothing(
        day in any_day(),
        first in 0_u8..10,
        wh in 0_i64..9_000_000,
        code in prop_oneof![Just("test/flat"), Just("test/year"), Just("test/month")],
    ) {
        let first = (0..first).fold(month("2014-01"), |month, _| month.next());
        let last = first.next();
        let plain = case(first, last, wh, Changes::default());
        let tariffs = vec![from(date(2012, 1, 1), code), from(day, code)];
        let household = vec![HouseholdChange { from: Month::of(day), persons: None, concession: None }];
        let changed = case(first, last, wh, Changes { tariffs, household, ..Changes::default() });
        prop_assert_eq!(priced(code, &plain).lines, priced(code, &changed).lines);
    }
}
