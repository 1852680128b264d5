//! The product against an independent, slow calculator, on 100 000 random cases.

mod industry;
mod random;
mod reference;
mod support;

use kernel::{Energy, Month, Period, Register, Voltage};
use pricing::rules::{Charge, LineKind};
use pricing::{Case, Concession, Line, Stretch, Tariff, price};
use random::Random;
use reference::{RefCase, RefLine};
use support::shipped_book;

const CASES: u32 = 100_000;
const SEED: u64 = 0x6772_6964_6861_6c6c;

const TOTAL: &[&str] = &["total"];
const TARIFFS: [(&str, &[&str]); 8] = [
    ("cn-zhejiang/resident", TOTAL),
    ("cn-zhejiang/resident-tou", &["peak", "valley"]),
    ("cn-zhejiang/resident-shared", TOTAL),
    ("cn-guangzhou/resident", TOTAL),
    ("cn-sichuan/resident", TOTAL),
    ("cn-beijing/resident", TOTAL),
    ("sample/general-single", TOTAL),
    ("sample/farming", TOTAL),
];

/// Limits in kWh of all tariffs and seasons, whole and with the household's addition: where a
/// mistake would show.
const EDGES: [i64; 16] = [180, 200, 240, 260, 280, 300, 340, 360, 400, 500, 600, 700, 2760, 4800, 690, 1200];

impl Random {
    /// Wh of one register: mostly ordinary, often at an edge, now and then absurd.
    fn energy(&mut self) -> i64 {
        match self.below(10) {
            0 => 0,
            1 => self.below(20),
            2 => self.below(31_000),
            3 | 4 => self.pick(&EDGES) * 1000 + self.below(5) - 2,
            5 => self.below(6000) * 1000,
            6 => self.pick(&[Energy::MAX_BILLED.wh(), Energy::MAX_BILLED.wh() - 1, 5_000_000_000]),
            _ => self.below(800_000),
        }
    }

    fn year_to_date(&mut self) -> i64 {
        match self.below(4) {
            0 => 0,
            1 => (self.pick(&EDGES) * 1000 - self.energy()).max(0),
            _ => self.below(7_000_000),
        }
    }

    fn case(&mut self) -> RefCase {
        let (tariff, registers) = self.pick(&TARIFFS);
        let year = i16::try_from(2013 + self.below(14)).expect("a year");
        let month = u8::try_from(1 + self.below(12)).expect("a month");
        let same_year = (year, u8::try_from(1 + self.below(i64::from(month))).expect("a month"));
        let earlier = (year - 1, u8::try_from(1 + self.below(12)).expect("a month"));
        let opened = self.pick(&[None, None, Some(same_year), Some(earlier)]);
        let persons = u32::try_from(self.below(9)).expect("a count");
        let persons = self.pick(&[None, Some(persons)]);
        let high = self.one_in(12);
        let voltage = if high {
            self.pick(&["10kV", "20kV", "35kV", "110kV", "220kV"])
        } else {
            self.pick(&["0.22kV", "0.38kV"])
        };
        let mut usage_wh: Vec<(&str, i64)> = registers.iter().map(|register| (*register, self.energy())).collect();
        if self.one_in(50) {
            usage_wh.push((self.pick(&["sharp", "flat"]), self.energy()));
        }
        let year_to_date_wh = self.year_to_date();
        let concession = self.pick(&[None, None, Some("low-income"), Some("five-guarantee")]);
        RefCase { tariff, year, month, usage_wh, year_to_date_wh, opened, persons, concession, voltage }
    }
}

/// The case as a quote states it: one stretch, the whole month.
fn product_case(case: &RefCase) -> Case {
    let month = Month::new(case.year, i8::try_from(case.month).expect("a month")).expect("a month");
    let mut usage: Vec<(Register, Energy)> = case
        .usage_wh
        .iter()
        .map(|(register, wh)| (Register::from_word(register).expect("a register"), Energy::from_wh(*wh)))
        .collect();
    usage.sort_by_key(|(register, _)| *register);
    let opening =
        |(year, month): (i16, u8)| Month::new(year, i8::try_from(month).expect("a month")).expect("a month").last_day();
    Case {
        voltage: Voltage::from_word(case.voltage).expect("a voltage"),
        persons: case.persons,
        concession: case.concession.map(|word| Concession::from_word(word).expect("a concession")),
        opened_on: case.opened.map(opening),
        stretches: vec![Stretch { month, period: Period { from: month.first_day(), to: month.last_day() } }],
        usage,
        year_to_date: vec![(case.year, Energy::from_wh(case.year_to_date_wh))],
        supply: None,
        changes: None,
    }
}

fn as_reference(line: &Line) -> RefLine {
    let quantity_wh = match line.charge {
        Charge::Energy(energy, _) => energy.wh(),
        _ => 0,
    };
    RefLine {
        register: line.register.map(Register::word),
        tier: line.tier,
        relief: line.kind == LineKind::Relief,
        quantity_wh,
        amount_fen: line.amount.fen(),
    }
}

/// Whether both price the case; they must agree on that too.
fn compare(tariff: &Tariff, case: &RefCase) -> bool {
    let priced = price(tariff, &product_case(case));
    match (priced, reference::price(case)) {
        (Ok(priced), Ok((lines, total))) => {
            let found: Vec<RefLine> = priced.lines.iter().map(as_reference).collect();
            assert_eq!(found, lines, "{case:?}");
            assert_eq!(priced.total.fen(), total, "{case:?}");
            true
        }
        (Err(_), Err(_)) => false,
        (priced, reference) => panic!("{case:?}: {priced:?} against {reference:?}"),
    }
}

#[test]
fn the_reference_itself_gives_the_published_figures() {
    reference::self_check();
}

#[test]
fn a_hundred_thousand_random_cases_agree_with_the_reference_line_by_line() {
    let book = shipped_book();
    let mut random = Random(SEED);
    let mut priced = 0;
    for _ in 0..CASES {
        let case = random.case();
        let tariff = book.get(case.tariff).expect("a shipped tariff");
        priced += u32::from(compare(tariff, &case));
    }
    assert!(priced > CASES / 2, "only {priced} cases had a price");
}

#[test]
fn the_reference_of_the_two_part_tariff_gives_the_published_figures() {
    reference::two_part::self_check();
}

#[test]
fn a_hundred_thousand_months_of_industry_agree_with_the_reference_line_by_line() {
    let book = shipped_book();
    let tariff = book.get("sample/industry-two-part").expect("a shipped tariff");
    let mut random = Random(SEED);
    let mut priced = 0;
    for _ in 0..CASES {
        priced += u32::from(industry::compare(tariff, &industry::case(&mut random)));
    }
    assert!(priced > CASES / 10 * 9, "only {priced} cases had a price");
}
