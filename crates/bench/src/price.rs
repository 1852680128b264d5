//! Pricing alone: from inputs that lie in memory to finished lines, beside one pass over the same inputs.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kernel::{Energy, Register, Voltage};
use platform::packs::Packs;
use pricing::{Case, Stretch, Tariff};

use crate::place::month;
use crate::report::Measured;
use crate::residents;

/// How often the inputs are gone through.
const ROUNDS: u64 = 5;

pub fn run(customers: u64) -> Result<()> {
    let book = business::tariff::book(&Packs::load(None)?)?;
    let tariff = book.get(residents::TARIFF).context("the residents' tariff")?;
    let cases = cases(customers)?;
    let (priced, time) = each(&cases, |case| pricing::price(tariff, case).map_or(0, |priced| priced.total.fen()));
    ensure!(priced != 0, "nothing was priced");
    check(tariff, &cases)?;
    let (_, floor) = each(&cases, |case| case.usage.iter().map(|(_, energy)| energy.wh()).sum());
    let work = cases.len() as u64 * ROUNDS;
    Measured { bench: "price", engine: "memory", work, time, answers: None }.say()?;
    Measured { bench: "price-floor", engine: "memory", work, time: floor, answers: None }.say()
}

/// A case without a price would be a fast one.
fn check(tariff: &Tariff, cases: &[Case]) -> Result<()> {
    let unpriced = cases.iter().find_map(|case| pricing::price(tariff, case).err());
    ensure!(unpriced.is_none(), "not priced: {unpriced:?}");
    Ok(())
}

fn cases(customers: u64) -> Result<Vec<Case>> {
    let month = month()?;
    let period = kernel::Period { from: month.first_day(), to: month.last_day() };
    let mut random = residents::random();
    let case = |i| {
        let resident = residents::Resident::next(i, &mut random);
        let used = |(_, used): (u32, u32)| Energy::from_kwh(i64::from(used));
        Case {
            voltage: Voltage::V220,
            persons: Some(resident.persons),
            concession: None,
            opened_on: None,
            stretches: vec![Stretch { month, period }],
            usage: vec![(Register::Peak, used(resident.peak)), (Register::Valley, used(resident.valley))],
            year_to_date: vec![(month.year(), Energy::from_kwh(i64::from(resident.year_to_date)))],
        }
    };
    Ok((0..customers).map(case).collect())
}

/// On both cores; the sum keeps the work from being left out.
fn each(cases: &[Case], work: impl Fn(&Case) -> i64 + Sync) -> (i64, Duration) {
    let halves = cases.split_at(cases.len() / 2);
    let begun = Instant::now();
    let sum = thread::scope(|scope| {
        let go = |half| {
            let work = &work;
            scope.spawn(move || (0..ROUNDS).map(|_| black_box::<&[Case]>(half).iter().map(work).sum::<i64>()).sum())
        };
        [go(halves.0), go(halves.1)].map(|part| part.join().unwrap_or(0_i64)).iter().sum()
    });
    (sum, begun.elapsed())
}
