//! Months of large customers that look like chance and often lie where a mistake would show, and the
//! comparison of what the product and the reference charge for them.

use jiff::ToSpan;
use kernel::{Capacity, Date, Energy, Hours, Month, Period, Power, Rate, ReactiveEnergy, Register, Voltage};
use pricing::rules::{Charge, Contracted, LineKind, Reactive, Side, Supply, Suspended, Transformer};
use pricing::tariff::DemandMode;
use pricing::{Case, Line, Stretch, Tariff, price};

use crate::random::Random;
use crate::reference::two_part::{self, Held, Rest, Run, Windings};

/// Ten million kVA or kW, the most that may be asked.
const MOST: i64 = 10_000_000_000;
const MOST_WH: i64 = Energy::MAX_BILLED.wh();
const MOST_HOURS: i64 = Hours::MAX_BILLED.hundredths();

/// `hundredths` of `number`, and one less or more.
fn around(random: &mut Random, number: i64, hundredths: i64, most: i64) -> i64 {
    let exact = i128::from(number) * i128::from(hundredths);
    let near = i64::try_from((exact + 50) / 100).expect("a share of what is in range");
    (near + random.below(3) - 1).clamp(0, most)
}

pub fn case(random: &mut Random) -> two_part::Month {
    let year = i16::try_from(2015 + random.below(12)).expect("a year");
    let month = u8::try_from(1 + random.below(12)).expect("a month");
    let (days, begun, ended) = days(random, two_part::days_in(year, month));
    let mode = if random.one_in(500) { None } else { Some(random.pick(&["capacity", "contract", "actual"])) };
    let contracted = contracted(random, days, mode);
    let rests = rests(random, days, contracted[0].va);
    let transformer = (!random.one_in(3)).then(|| windings(random));
    let mut case = two_part::Month {
        year,
        month,
        days,
        usage_wh: [0; 4],
        mode,
        contracted,
        rests,
        begun,
        ended,
        feeds_w: Vec::new(),
        varh: None,
        transformer,
    };
    let runs = two_part::runs(&case).unwrap_or_default();
    case.feeds_w = feeds(random, &runs);
    case.usage_wh = usage(random, &case, &runs);
    case.varh = (!random.one_in(500)).then(|| varh(random, &case));
    case
}

type Days = ((i64, i64), Option<i64>, Option<i64>);

/// Mostly the whole month; else what is left of it, what was had of it, or from reading to reading.
fn days(random: &mut Random, length: i64) -> Days {
    let one = 1 + random.below(length);
    match random.below(14) {
        0 | 1 => ((one, length), Some(one), None),
        2 => ((1, one), None, Some(one)),
        3 => {
            let last = one + random.below(length - one + 1);
            ((one, last), Some(one), Some(last))
        }
        4 => ((1, length), random.pick(&[None, Some(1)]), random.pick(&[None, Some(length)])),
        5 => ((one - length, one), None, None),
        6 => {
            let first = one - length;
            ((first, one), random.pick(&[Some(first), Some(first - 1), None]), random.pick(&[Some(one), None]))
        }
        7 => ((one, length), None, random.pick(&[None, Some(length + 1)])),
        8 => ((1 - random.below(20), one), Some(1), Some(one - 1)),
        _ => ((1, length), None, None),
    }
}

fn va(random: &mut Random) -> i64 {
    match random.below(10) {
        0 => random.pick(&[0, 1, MOST, MOST - 1, MOST / 3]),
        1 | 2 => random.pick(&[200_000, 315_000, 630_000, 1_000_000]),
        3 => random.below(MOST),
        _ => 1 + random.below(5_000_000),
    }
}

fn contracted(random: &mut Random, (first, last): (i64, i64), mode: Option<&str>) -> Vec<Held> {
    let mut from = vec![random.pick(&[first, first, first - 1, first - 400])];
    if random.one_in(8) {
        from.insert(0, from[0] - 1 - random.below(300));
    }
    while random.one_in(3) {
        let within = first + random.below(last - first + 1);
        from.push(random.pick(&[first, first + 1, last, last - 1, last + 1, within]));
    }
    if random.one_in(500) {
        from = vec![first + 1];
    }
    from.sort_unstable();
    from.dedup();
    let told = mode == Some("contract") && !random.one_in(300);
    let told = told || (mode != Some("contract") && random.one_in(2));
    let held = |from: i64| {
        let va = va(random);
        let w = match random.below(5) {
            0 | 1 => around(random, va, 40, MOST),
            2 => random.pick(&[0, 1, MOST, va]),
            _ => random.below(va + 1),
        };
        Held { from, va, w: told.then_some(w) }
    };
    from.into_iter().map(held).collect()
}

/// Up to three, often just short enough to be billed through, often over an end of the month.
fn rests(random: &mut Random, (first, last): (i64, i64), most: i64) -> Vec<Rest> {
    let count = random.pick(&[0, 0, 0, 1, 1, 2, 2, 3]);
    let rest = |_| {
        let longer = 1 + random.below(60);
        let length = random.pick(&[14, 15, 15, 16, 16, 30, longer]);
        let within = first + random.below(last - first + 1);
        let from = random.pick(&[first, first - 1, first + 1, last, last + 1, last - 14, within, within]);
        // What is counted back from its last day lies over the first of the month.
        let from = if random.one_in(4) { from - length + 1 } else { from };
        let va = random.pick(&[0, most, most / 2, most / 2 + 1, most - most / 3, MOST]);
        Rest { from, to: from + length - 1, va }
    };
    (0..count).map(rest).collect()
}

fn windings(random: &mut Random) -> Windings {
    let no_load_w = match random.below(8) {
        0 => 0,
        1 => random.pick(&[1, MOST, MOST - 1]),
        _ => random.below(5000),
    };
    let hours = match random.below(8) {
        0 => random.pick(&[0, 1, MOST_HOURS]),
        1 | 2 => random.pick(&[72_000, 74_400]),
        _ => random.below(74_401),
    };
    let (rate, ordinary) = (random.below(60_000), random.below(400_000_000));
    let line = random.pick(&[None, Some(0), Some(15_000), Some(1_000_000), Some(rate)]);
    let varh = random.pick(&[None, None, Some(0), Some(ordinary), Some(ordinary), Some(MOST_WH)]);
    Windings { low_side: !random.one_in(4), no_load_w, hours, line, varh }
}

/// One to three feeds; their sum is often at the edge of the contract or of the least demand.
fn feeds(random: &mut Random, runs: &[Run]) -> Vec<i64> {
    if random.one_in(300) {
        return Vec::new();
    }
    let sum = match runs {
        [] => random.below(MOST),
        [first, .., run] | [first @ run] if !random.one_in(3) => {
            let run = random.pick(&[*first, *run]);
            let floor = i64::try_from((i128::from(run.va) * 40 + 50) / 100).expect("a share");
            match random.below(4) {
                0 => around(random, floor, 100, MOST),
                1 => around(random, floor, 105, MOST),
                2 => around(random, run.w.unwrap_or(0).max(floor), 105, MOST),
                _ => around(random, run.w.unwrap_or(0).max(floor), 100, MOST),
            }
        }
        _ => match random.below(4) {
            0 => random.pick(&[0, 1, MOST, MOST - 1]),
            1 => random.below(MOST),
            _ => random.below(5_000_000),
        },
    };
    match random.below(4) {
        0 => {
            let one = random.below(sum + 1);
            let two = random.below(sum - one + 1);
            vec![one, two, sum - one - two]
        }
        1 => vec![sum, 0],
        // More than one feed may have all that a single one may.
        2 if random.one_in(20) => vec![MOST, MOST, sum],
        _ => vec![sum],
    }
}

fn usage(random: &mut Random, case: &two_part::Month, runs: &[Run]) -> [i64; 4] {
    let all = match random.below(8) {
        0 => random.pick(&[0, 0, 1, 2, 3, 49, 50]),
        1..=3 => just_much(random, case, runs),
        4 if case.transformer.is_some() => {
            let hours = case.transformer.map_or(0, |windings| windings.hours);
            let va = case.contracted.last().map_or(0, |held| held.va);
            let edge = i128::from(va) * i128::from(hours) * 40 / 10_000;
            i64::try_from(edge).map_or(MOST_WH, |edge| (edge + random.below(3) - 1).clamp(0, 4 * MOST_WH))
        }
        5 => random.pick(&[MOST_WH, MOST_WH - 1, 2 * MOST_WH, 4 * MOST_WH]),
        _ => random.below(800_000_000),
    };
    let quarter = all / 4;
    let split = match random.below(5) {
        0 => [0, 0, all, 0],
        1 => [quarter, quarter, quarter, all - 3 * quarter],
        2 => [0, all - all / 2, 0, all / 2],
        _ => {
            let sharp = random.below(all / 4 + 1);
            let peak = random.below(all / 4 + 1);
            let flat = random.below(all / 4 + 1);
            [sharp, peak, flat, all - sharp - peak - flat]
        }
    };
    split.map(|wh| wh.min(MOST_WH))
}

/// What has to be metered that, with its losses, the demand is just about cheaper.
fn just_much(random: &mut Random, case: &two_part::Month, runs: &[Run]) -> i64 {
    let much = (two_part::much_times_thirty(runs) + 29) / 30;
    let mut metered = much;
    for _ in 0..20 {
        let flat = i64::try_from(metered.clamp(0, i128::from(MOST_WH))).expect("within");
        metered = much - two_part::lost_wh(&two_part::Month { usage_wh: [0, 0, flat, 0], ..case.clone() });
    }
    let near = metered + i128::from(random.below(5)) - 2;
    i64::try_from(near.clamp(0, i128::from(4 * MOST_WH))).expect("within")
}

/// Reactive energy that brings the factor to just about where it is rounded to another hundredth.
fn varh(random: &mut Random, case: &two_part::Month) -> (i64, i64) {
    if random.one_in(4) {
        let ordinary = random.below(400_000_000);
        return (random.pick(&[0, 1, MOST_WH, -MOST_WH, ordinary]), random.pick(&[0, 0, -MOST_WH, -ordinary]));
    }
    let joined = case.transformer.filter(|windings| windings.low_side).and_then(|windings| windings.varh);
    let lost = joined.map_or(0, |_| two_part::lost_wh(case));
    let active = two_part::metered_wh(case) + lost;
    let any = 1 + random.below(100);
    let hundredths = random.pick(&[100, 96, 95, 94, 91, 90, 89, 71, 70, 69, 66, 65, 64, 63, any]);
    let limit = i128::from(2 * hundredths - 1);
    let square = active * active / (limit * limit) * (200 * 200 - limit * limit);
    let reactive = square.isqrt() - i128::from(joined.unwrap_or(0)) + i128::from(random.below(4)) - 1;
    let reactive = i64::try_from(reactive.clamp(0, i128::from(MOST_WH))).expect("within");
    let back = random.pick(&[0, 0, reactive, reactive / 3]);
    (random.pick(&[1, 1, -1]) * (reactive - back), random.pick(&[1, -1]) * back)
}

// ---- the product ---------------------------------------------------------------------------

fn product_case(case: &two_part::Month) -> Case {
    let month = Month::new(case.year, i8::try_from(case.month).expect("a month")).expect("a month");
    let day = |day: i64| -> Date { month.first_day().checked_add((day - 1).days()).expect("a day") };
    let period = |from: i64, to: i64| Period { from: day(from), to: day(to) };
    let contracted = |held: &Held| Contracted {
        from: day(held.from),
        capacity: Capacity::from_va(held.va),
        demand: held.w.map(Power::from_w),
    };
    let suspended =
        |rest: &Rest| Suspended { period: period(rest.from, rest.to), capacity: Capacity::from_va(rest.va) };
    let transformer = |windings: Windings| Transformer {
        side: if windings.low_side { Side::Low } else { Side::High },
        no_load: Power::from_w(windings.no_load_w),
        hours: Hours::from_hundredths(windings.hours),
        line: windings.line.map(Rate::from_millionths),
        reactive_loss: windings.varh.map(ReactiveEnergy::from_varh),
    };
    let reactive = |(forward, reverse)| Reactive {
        forward: ReactiveEnergy::from_varh(forward),
        reverse: ReactiveEnergy::from_varh(reverse),
    };
    let registers = [Register::Sharp, Register::Peak, Register::Flat, Register::Valley];
    Case {
        voltage: Voltage::Kv10,
        persons: None,
        concession: None,
        opened_on: None,
        stretches: vec![Stretch { month, period: period(case.days.0, case.days.1) }],
        usage: registers.into_iter().zip(case.usage_wh.map(Energy::from_wh)).collect(),
        year_to_date: Vec::new(),
        changes: None,
        supply: Some(Box::new(Supply {
            mode: case.mode.map(|word| DemandMode::from_word(word).expect("a mode")),
            contracted: case.contracted.iter().map(contracted).collect(),
            suspended: case.rests.iter().map(suspended).collect(),
            begun: case.begun.map(day),
            ended: case.ended.map(day),
            demand: case.feeds_w.iter().copied().map(Power::from_w).collect(),
            reactive: case.varh.map(reactive),
            transformer: case.transformer.map(transformer),
        })),
    }
}

fn as_reference(line: &Line) -> two_part::Line {
    let kind = match line.kind {
        LineKind::Energy => "energy",
        LineKind::Basic => "basic",
        LineKind::Excess => "excess",
        LineKind::PowerFactor => "factor",
        LineKind::Tier | LineKind::Relief | LineKind::Least => "unexpected",
    };
    let (quantity, thirtieths, price) = match line.charge {
        Charge::Energy(energy, price) => (energy.wh(), None, price),
        Charge::Capacity(capacity, thirtieths, price) => (capacity.va(), Some(thirtieths), price),
        Charge::Demand(power, thirtieths, price) => (power.w(), Some(thirtieths), price),
        Charge::Percent(base, rate) => (base.fen(), None, rate.millionths()),
        Charge::Months(..) | Charge::UpTo(..) => panic!("{line:?} is of no two-part tariff"),
    };
    two_part::Line {
        kind,
        register: line.register.map(Register::word),
        quantity,
        thirtieths,
        price,
        amount_fen: line.amount.fen(),
    }
}

/// Whether both price the month; they must agree on that too.
pub fn compare(tariff: &Tariff, case: &two_part::Month) -> bool {
    let priced = price(tariff, &product_case(case));
    match (priced, two_part::price(case)) {
        (Ok(priced), Ok((lines, total))) => {
            let found: Vec<two_part::Line> = priced.lines.iter().map(as_reference).collect();
            assert_eq!(found, lines, "{case:?}");
            assert_eq!(priced.total.fen(), total, "{case:?}");
            true
        }
        (Err(_), Err(_)) => false,
        (priced, reference) => panic!("{case:?}: {priced:?} against {reference:?}"),
    }
}
