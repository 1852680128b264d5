//! The same for one month of `sample/industry-two-part`, of which it holds the figures itself.
//!
//! It goes through the month day by day, asks on each what was contracted and which transformers
//! rested, and adds up the basic charge thirtieth by thirtieth. The power factor is searched from
//! 1.00 down and its rate read from the order's table.
//!
//! Days are counted from the first of the month, which is day 1; those before it are 0 and less.
//!
//! Conventions of the answer: a line per register, also where its use is zero; for each run of days
//! its basic line, then its excess where there is one; last the power factor where it comes to a fen.

use super::{Ratio, per_wh, spread};

/// Each register with its price in 0.0001 yuan: 6000 × ratio + 500 of funds.
const PRICES: [(&str, i64); 4] = [("sharp", 11_300), ("peak", 9440), ("flat", 6500), ("valley", 3380)];
const FUNDS: i64 = 500;
const FLAT: usize = 2;

/// Yuan per kVA, and per kW, of a month.
const PER_KVA: i64 = 30;
const PER_KW: i64 = 40;
const MONTH: i64 = 30;
const LEAST_REST_DAYS: i64 = 15;

/// One TWh, up to which energy may be asked for.
const MOST_LOST_WH: i128 = 1_000_000_000_000;

/// The order's table for the standard of 0.90, in hundredths of a percent, from 1.00 down to 0.65.
const FACTOR_RATES: [i64; 36] = [
    -75, -75, -75, -75, -75, -75, // 1.00 to 0.95
    -60, -45, -30, -15, 0, // 0.94 to 0.90
    50, 100, 150, 200, 250, 300, 350, 400, 450, 500, // 0.89 to 0.80
    550, 600, 650, 700, 750, 800, 850, 900, 950, 1000, // 0.79 to 0.70
    1100, 1200, 1300, 1400, 1500, // 0.69 to 0.65
];
/// And for each hundredth below the table.
const BELOW_TABLE: i64 = 200;

#[derive(Debug, Clone)]
pub struct Month {
    pub year: i16,
    pub month: u8,
    /// The first and the last day billed.
    pub days: (i64, i64),
    /// In the order of the bill: sharp, peak, flat, valley.
    pub usage_wh: [i64; 4],
    /// `capacity`, `contract` or `actual`.
    pub mode: Option<&'static str>,
    pub contracted: Vec<Held>,
    pub rests: Vec<Rest>,
    pub begun: Option<i64>,
    pub ended: Option<i64>,
    pub feeds_w: Vec<i64>,
    /// Forward and reverse.
    pub varh: Option<(i64, i64)>,
    pub transformer: Option<Windings>,
}

#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub from: i64,
    pub va: i64,
    pub w: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub struct Rest {
    pub from: i64,
    pub to: i64,
    pub va: i64,
}

#[derive(Debug, Clone, Copy)]
pub struct Windings {
    pub low_side: bool,
    pub no_load_w: i64,
    /// Hundredths of an hour.
    pub hours: i64,
    /// Millionths.
    pub line: Option<i64>,
    pub varh: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `energy`, `basic`, `excess` or `factor`.
    pub kind: &'static str,
    pub register: Option<&'static str>,
    /// Wh, VA, W or fen.
    pub quantity: i64,
    pub thirtieths: Option<i64>,
    /// 10⁻⁸ yuan, or millionths.
    pub price: i64,
    pub amount_fen: i64,
}

/// The lines and their total in fen.
pub fn price(case: &Month) -> Result<(Vec<Line>, i64), &'static str> {
    let mode = case.mode.ok_or("no mode")?;
    let varh = case.varh.ok_or("no reactive energy")?;
    let runs = runs(case)?;
    let lost = lost_wh(case);
    if lost > MOST_LOST_WH {
        return Err("more is lost than any customer uses");
    }
    let billed = billed_wh(case, lost);
    let mut lines = Vec::new();
    for ((register, price), wh) in PRICES.into_iter().zip(&billed) {
        lines.push(Line {
            kind: "energy",
            register: Some(register),
            quantity: whole(*wh)?,
            thirtieths: None,
            price: price * 10_000,
            amount_fen: per_wh(price).times(*wh).to_fen()?,
        });
    }
    let all_billed: i128 = billed.iter().sum();
    match mode {
        "capacity" => {
            for run in &runs {
                basic("basic", run.va, run.thirtieths, PER_KVA, &mut lines)?;
            }
        }
        "contract" | "actual" => demand_lines(case, mode, &runs, all_billed, &mut lines)?,
        _ => return Err("unknown mode"),
    }
    let charged: i64 = lines.iter().map(|line| line.amount_fen).sum();
    let base = charged - per_wh(FUNDS).times(all_billed).to_fen()?;
    if let Some(factor) = factor(case, lost, varh) {
        let rate = factor_rate(factor);
        let amount = Ratio::new(i128::from(base) * i128::from(rate), 100 * 10_000).to_fen()?;
        if amount != 0 {
            lines.push(Line {
                kind: "factor",
                register: None,
                quantity: base,
                thirtieths: None,
                price: rate * 100,
                amount_fen: amount,
            });
        }
    }
    let total = lines.iter().map(|line| line.amount_fen).sum();
    Ok((lines, total))
}

fn whole(number: i128) -> Result<i64, &'static str> {
    i64::try_from(number).map_err(|_| "too much")
}

// ---- losses --------------------------------------------------------------------------------

/// What the transformer and the line took, in Wh.
pub fn lost_wh(case: &Month) -> i128 {
    let Some(windings) = case.transformer.filter(|windings| windings.low_side) else { return 0 };
    let metered = metered_wh(case);
    let hours = i128::from(windings.hours);
    let iron = Ratio::new(i128::from(windings.no_load_w) * hours, 100).rounded();
    let last_day = case.days.1;
    let begun = case.contracted.iter().rfind(|held| held.from <= last_day);
    let capacity = begun.map_or(0, |held| i128::from(held.va));
    let percent = if Ratio::whole(metered).exceeds(Ratio::new(capacity * hours * 40, 100 * 100)) { 3 } else { 2 };
    let copper = Ratio::new(metered * percent, 100).rounded();
    let line = Ratio::new(metered * i128::from(windings.line.unwrap_or(0)), 1_000_000).rounded();
    iron + copper + line
}

pub fn metered_wh(case: &Month) -> i128 {
    case.usage_wh.iter().map(|wh| i128::from(*wh)).sum()
}

fn billed_wh(case: &Month, lost: i128) -> Vec<i128> {
    let used: Vec<i128> = case.usage_wh.iter().map(|wh| i128::from(*wh)).collect();
    let mut shares = spread(lost, &used);
    if metered_wh(case) == 0 {
        shares[FLAT] = lost;
    }
    used.into_iter().zip(shares).map(|(wh, share)| wh + share).collect()
}

// ---- the basic charge ----------------------------------------------------------------------

/// Days in a row on which nothing changed.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub days: i64,
    pub thirtieths: i64,
    pub va: i64,
    pub w: Option<i64>,
}

pub fn runs(case: &Month) -> Result<Vec<Run>, &'static str> {
    let mut runs: Vec<Run> = Vec::new();
    let mut yesterday = None;
    for day in case.days.0..=case.days.1 {
        let held = case.contracted.iter().rposition(|held| held.from <= day).ok_or("a day without contract")?;
        let resting: Vec<usize> = (0..case.rests.len()).filter(|at| rests_on(&case.rests[*at], day)).collect();
        let off: i64 = resting.iter().map(|at| case.rests[*at].va).sum();
        let today = Some((held, resting));
        match runs.last_mut().filter(|_| yesterday == today) {
            Some(run) => run.days += 1,
            None => {
                let va = (case.contracted[held].va - off).max(0);
                runs.push(Run { days: 1, thirtieths: 0, va, w: case.contracted[held].w });
            }
        }
        yesterday = today;
    }
    let days: Vec<i128> = runs.iter().map(|run| i128::from(run.days)).collect();
    for (run, thirtieths) in runs.iter_mut().zip(spread(i128::from(thirtieths(case)), &days)) {
        run.thirtieths = whole(thirtieths)?;
    }
    Ok(runs)
}

/// A rest that is too short is billed through, as if there were none.
fn rests_on(rest: &Rest, day: i64) -> bool {
    rest.to - rest.from + 1 >= LEAST_REST_DAYS && rest.from <= day && day <= rest.to
}

pub fn days_in(year: i16, month: u8) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn thirtieths(case: &Month) -> i64 {
    let (first, last) = case.days;
    let within = |day: Option<i64>| day.is_some_and(|day| first <= day && day <= last);
    // Whoever also has days before the month's first pays no less than for the month.
    let whole_month = first <= 1 && last >= days_in(case.year, case.month);
    if !whole_month && (within(case.begun) || within(case.ended)) { (last - first + 1).min(MONTH) } else { MONTH }
}

fn demand_lines(
    case: &Month,
    mode: &str,
    runs: &[Run],
    billed_wh: i128,
    lines: &mut Vec<Line>,
) -> Result<(), &'static str> {
    if case.feeds_w.is_empty() {
        return Err("no demand");
    }
    let actual: i64 = case.feeds_w.iter().sum();
    let much = uses_much(runs, billed_wh);
    let price = if much { PER_KW * 90 / 100 } else { PER_KW };
    for run in runs {
        let floor = whole(Ratio::new(i128::from(run.va) * 40, 100).rounded())?;
        if mode == "actual" {
            basic("basic", actual.max(floor), run.thirtieths, price, lines)?;
            continue;
        }
        let contract = run.w.ok_or("no contracted demand")?.max(floor);
        basic("basic", contract, run.thirtieths, price, lines)?;
        let threshold = whole(Ratio::new(i128::from(contract) * 105, 100).rounded())?;
        if actual > threshold {
            basic("excess", actual - threshold, run.thirtieths, price * 2, lines)?;
        }
    }
    Ok(())
}

/// Thirty times the Wh from which the demand is cheaper.
pub fn much_times_thirty(runs: &[Run]) -> i128 {
    runs.iter().map(|run| 260 * i128::from(run.va) * i128::from(run.thirtieths)).sum()
}

fn uses_much(runs: &[Run], billed_wh: i128) -> bool {
    let much = much_times_thirty(runs);
    much > 0 && billed_wh * 30 >= much
}

fn basic(
    kind: &'static str,
    milli: i64,
    thirtieths: i64,
    yuan: i64,
    lines: &mut Vec<Line>,
) -> Result<(), &'static str> {
    if thirtieths == 0 {
        return Ok(());
    }
    let each = Ratio::new(i128::from(yuan) * i128::from(milli), 1000 * i128::from(MONTH));
    let mut sum = Ratio::new(0, each.den);
    for _ in 0..thirtieths {
        sum = sum.plus(each);
    }
    lines.push(Line {
        kind,
        register: None,
        quantity: milli,
        thirtieths: Some(thirtieths),
        price: yuan * 100_000_000,
        amount_fen: sum.to_fen()?,
    });
    Ok(())
}

// ---- the power factor ----------------------------------------------------------------------

/// In hundredths; nothing without any energy.
fn factor(case: &Month, lost: i128, (forward, reverse): (i64, i64)) -> Option<i64> {
    let mut active = metered_wh(case);
    let mut reactive = i128::from(forward.abs()) + i128::from(reverse.abs());
    if let Some(Windings { low_side: true, varh: Some(varh), .. }) = case.transformer {
        active += lost;
        reactive += i128::from(varh);
    }
    let squares = active * active + reactive * reactive;
    if squares == 0 {
        return None;
    }
    // The largest hundredth that is at most half a hundredth above: h − ½ ≤ 100 × active ÷ root.
    let reaches = |hundredths: i64| {
        let limit = i128::from(2 * hundredths - 1);
        hundredths == 0 || active * active * 200 * 200 >= limit * limit * squares
    };
    (0..=100).rev().find(|hundredths| reaches(*hundredths))
}

/// In hundredths of a percent.
fn factor_rate(hundredths: i64) -> i64 {
    let row = usize::try_from(100 - hundredths).expect("at most one");
    let lowest = FACTOR_RATES.len() - 1;
    match FACTOR_RATES.get(row) {
        Some(rate) => *rate,
        None => FACTOR_RATES[lowest] + BELOW_TABLE * (row - lowest) as i64,
    }
}

// ---- the check of the reference itself -----------------------------------------------------

/// The examples of the domain rules, and the edges that are easiest to get wrong.
pub fn self_check() {
    let plain = |mode, kva: i64| Month {
        year: 2024,
        month: 7,
        days: (1, 31),
        usage_wh: [0; 4],
        mode: Some(mode),
        contracted: vec![Held { from: 1, va: kva * 1000, w: Some(800_000) }],
        rests: Vec::new(),
        begun: None,
        ended: None,
        feeds_w: vec![0],
        varh: Some((0, 0)),
        transformer: None,
    };
    let priced = |case: &Month| price(case).unwrap_or_else(|reason| panic!("{case:?} was refused: {reason}"));
    let total = |case: &Month| priced(case).1;

    let demand = |feeds: &[i64]| total(&Month { feeds_w: feeds.to_vec(), ..plain("contract", 1000) });
    assert_eq!(demand(&[900_000]), 3_680_000);
    assert_eq!(demand(&[500_000, 400_000]), 3_680_000);
    assert_eq!(demand(&[840_000]), 3_200_000);
    assert_eq!(demand(&[840_001]), 3_200_008);
    assert_eq!(total(&Month { feeds_w: vec![399_999], ..plain("actual", 1000) }), 1_600_000);

    let fifteen_days = Month { days: (17, 31), begun: Some(17), ..plain("capacity", 315) };
    assert_eq!(total(&fifteen_days), 472_500);
    assert_eq!(total(&Month { begun: None, ..fifteen_days }), 945_000);

    let rested = |to: i64| total(&Month { rests: vec![Rest { from: 1, to, va: 400_000 }], ..plain("capacity", 1000) });
    assert_eq!(rested(14), 3_000_000);
    assert_eq!(rested(15), 15 * 60_000 + 15 * 100_000);

    let usage = |flat_kwh: i64| [0, 0, flat_kwh * 1000, 0];
    let penalised = Month { usage_wh: usage(40_000), varh: Some((18_000_000, -12_000_000)), ..plain("capacity", 1000) };
    let line = priced(&penalised).0.pop().expect("lines");
    assert_eq!((line.quantity, line.price, line.amount_fen), (5_400_000, 50_000, 270_000));
    let rates = [(100, -75), (95, -75), (90, 0), (71, 950), (70, 1000), (65, 1500), (64, 1700), (0, 14_500)];
    for (hundredths, rate) in rates {
        assert_eq!(factor_rate(hundredths), rate, "{hundredths}");
    }

    let windings = Windings { low_side: true, no_load_w: 325, hours: 72_000, line: None, varh: None };
    let lost =
        |kwh: i64| lost_wh(&Month { usage_wh: usage(kwh), transformer: Some(windings), ..plain("capacity", 200) });
    assert_eq!(lost(46_080), 1_155_600);
    assert_eq!([lost(57_600), lost(57_601)], [1_386_000, 1_962_030]);
    let idle = Month { transformer: Some(windings), ..plain("capacity", 200) };
    assert_eq!(priced(&idle).0[FLAT].quantity, 234_000);

    let much = |wh: i64| {
        let used = Month { usage_wh: [0, 0, wh, 0], ..plain("contract", 1000) };
        priced(&used).0[4].price / 100_000_000
    };
    assert_eq!([much(259_999_999), much(260_000_000)], [40, 36]);
}
