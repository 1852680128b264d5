//! Pricing alone: from inputs that lie in memory to finished lines, beside one pass over the same inputs.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use kernel::time::next_day;
use kernel::{Capacity, Energy, Hours, Month, Period, Power, ReactiveEnergy, Register, Voltage};
use platform::packs::Packs;
use pricing::curve::{DayCurve, settle};
use pricing::rules::{Contracted, Reactive, Side, Supply, Transformer};
use pricing::tariff::{Calendar, DemandMode, QUARTERS};
use pricing::{Case, Stretch, Tariff, TariffBook};
use rand::RngExt;

use crate::place::month;
use crate::report::Measured;
use crate::residents;

/// How often the inputs are gone through.
const ROUNDS: u64 = 5;
const INDUSTRY: &str = "sample/industry-two-part";

/// What kind of bill is priced.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Structure {
    /// Residents with annual tiers and time of use
    Resident,
    /// Industry with basic charge, power factor and transformer loss
    TwoPart,
    /// The same from a month of curves; points are counted
    Curve,
}

pub fn run(customers: u64, structure: Structure) -> Result<()> {
    let book = business::tariff::book(&Packs::load(None)?)?;
    match structure {
        Structure::Resident => bills("price", &book, residents::TARIFF, &cases(customers)?),
        Structure::TwoPart => bills("price-two-part", &book, INDUSTRY, &works(customers)?),
        Structure::Curve => curves(&book, customers),
    }
}

fn bills(bench: &'static str, book: &TariffBook, tariff: &str, cases: &[Case]) -> Result<()> {
    let tariff = book.get(tariff).context("the tariff")?;
    let (priced, time) = each(cases, |case| pricing::price(tariff, case).map_or(0, |priced| priced.total.fen()));
    ensure!(priced != 0, "nothing was priced");
    check(tariff, cases)?;
    let (_, floor) = each(cases, |case| case.usage.iter().map(|(_, energy)| energy.wh()).sum());
    say(bench, cases.len() as u64 * ROUNDS, time, floor)
}

fn say(bench: &'static str, work: u64, time: Duration, floor: Duration) -> Result<()> {
    Measured { bench, engine: "memory", work, time, answers: None }.say()?;
    Measured { bench: "price-floor", engine: "memory", work, time: floor, answers: None }.say()
}

/// A month of one customer, as it lies in memory: a day is one row of 96 values.
struct MonthCurve {
    days: Vec<DayCurve>,
    case: Case,
}

fn curves(book: &TariffBook, customers: u64) -> Result<()> {
    let tariff = book.get(INDUSTRY).context("the tariff")?;
    let version = tariff.versions.last().context("a version")?;
    let periods = version.periods.as_ref().context("the hours of the tariff")?;
    let (month, calendar) = (month()?, Calendar::default());
    let mut random = residents::random();
    let mut curve = |case: Case| {
        let all = std::iter::successors(Some(month.first_day()), |day| Some(next_day(*day)));
        let days = all.take_while(|day| *day <= month.last_day()).map(|date| {
            let mut wh = [0; QUARTERS];
            wh.fill_with(|| random.random_range(0..200_000));
            DayCurve { date, wh }
        });
        MonthCurve { days: days.collect(), case }
    };
    // A month of curves is three hundred times what a bill is.
    let months: Vec<MonthCurve> = works((customers / 100).max(2))?.into_iter().map(&mut curve).collect();
    let bill = |month: &MonthCurve| {
        let settled = settle(periods, &calendar, &month.days, 1)?;
        let mut case = month.case.clone();
        case.usage = settled.usage.into_vec();
        case.supply.as_mut()?.demand = vec![settled.demand];
        pricing::price(tariff, &case).ok().map(|priced| priced.total.fen())
    };
    ensure!(months.iter().all(|month| bill(month).is_some()), "a month was not priced");
    let (_, time) = each(&months, |month| bill(month).unwrap_or_default());
    let values = |month: &MonthCurve| month.days.iter().flat_map(|day| &day.wh).map(|wh| i64::from(*wh)).sum();
    let (_, floor) = each(&months, values);
    let points = months.iter().map(|month| month.days.len() * QUARTERS).sum::<usize>() as u64;
    say("price-curve", points * ROUNDS, time, floor)
}

/// Works of 100 to 2000 kVA at 10 kV, metered on the low side.
fn works(customers: u64) -> Result<Vec<Case>> {
    let month = month()?;
    let mut random = residents::random();
    let mut case = |_| {
        let kva = random.random_range(100..2000);
        let mut used = |share: i64| Energy::from_kwh(kva * share + random.random_range(0..1000));
        let usage = vec![
            (Register::Sharp, used(10)),
            (Register::Peak, used(60)),
            (Register::Flat, used(70)),
            (Register::Valley, used(60)),
        ];
        let contracted = Contracted {
            from: month.first_day(),
            capacity: Capacity::from_va(kva * 1000),
            demand: Some(Power::from_w(kva * 700)),
        };
        let supply = Supply {
            mode: Some(DemandMode::Contract),
            contracted: vec![contracted],
            demand: vec![Power::from_w(kva * random.random_range(500..1000))],
            reactive: Some(Reactive {
                forward: ReactiveEnergy::from_varh(kva * random.random_range(50_000..150_000)),
                reverse: ReactiveEnergy::default(),
            }),
            transformer: Some(Transformer {
                side: Side::Low,
                no_load: Power::from_w(kva * 2),
                hours: Hours::from_hundredths(72_000),
                line: None,
                reactive_loss: None,
            }),
            ..Supply::default()
        };
        Case {
            voltage: Voltage::Kv10,
            persons: None,
            concession: None,
            opened_on: None,
            stretches: vec![whole(month)],
            usage,
            year_to_date: Vec::new(),
            supply: Some(Box::new(supply)),
            changes: None,
        }
    };
    Ok((0..customers).map(&mut case).collect())
}

fn whole(month: Month) -> Stretch {
    Stretch { month, period: Period { from: month.first_day(), to: month.last_day() } }
}

/// A case without a price would be a fast one.
fn check(tariff: &Tariff, cases: &[Case]) -> Result<()> {
    let unpriced = cases.iter().find_map(|case| pricing::price(tariff, case).err());
    ensure!(unpriced.is_none(), "not priced: {unpriced:?}");
    Ok(())
}

fn cases(customers: u64) -> Result<Vec<Case>> {
    let month = month()?;
    let mut random = residents::random();
    let case = |i| {
        let resident = residents::Resident::next(i, &mut random);
        let used = |(_, used): (u32, u32)| Energy::from_kwh(i64::from(used));
        Case {
            voltage: Voltage::V220,
            persons: Some(resident.persons),
            concession: None,
            opened_on: None,
            stretches: vec![whole(month)],
            usage: vec![(Register::Peak, used(resident.peak)), (Register::Valley, used(resident.valley))],
            year_to_date: vec![(month.year(), Energy::from_kwh(i64::from(resident.year_to_date)))],
            supply: None,
            changes: None,
        }
    };
    Ok((0..customers).map(case).collect())
}

/// On both cores; the sum keeps the work from being left out.
fn each<T: Sync>(cases: &[T], work: impl Fn(&T) -> i64 + Sync) -> (i64, Duration) {
    let halves = cases.split_at(cases.len() / 2);
    let begun = Instant::now();
    let sum = thread::scope(|scope| {
        let go = |half| {
            let work = &work;
            scope.spawn(move || (0..ROUNDS).map(|_| black_box::<&[T]>(half).iter().map(work).sum::<i64>()).sum())
        };
        [go(halves.0), go(halves.1)].map(|part| part.join().unwrap_or(0_i64)).iter().sum()
    });
    (sum, begun.elapsed())
}
