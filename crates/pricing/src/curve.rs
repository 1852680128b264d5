//! A curve of power becomes use by periods, and its highest demand.
//!
//! ```text
//!   96 values a day ──fill──▶ none missing ──settle──▶ kWh by register, kW ──▶ Case
//! ```

use kernel::{Date, Energy, Few, Power, Register, words};

use serde::{Deserialize, Serialize};

use crate::tariff::{Calendar, Day, Periods, QUARTERS};

/// A day's energy in Wh, by quarters of an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCurve {
    pub date: Date,
    pub wh: [i32; QUARTERS],
}

/// What a curve comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub usage: Few<(Register, Energy)>,
    /// The highest mean power over the window.
    pub demand: Power,
}

/// A stretch of a day in one period: register, first quarter, end.
type Run = (Register, usize, usize);

/// Adds the days up by period. `window` is what demand is averaged over, in quarters of an hour; a window of more than one
/// slides by quarters, over midnight too where the days follow each other. None where the hours leave a day open.
pub fn settle(periods: &Periods, calendar: &Calendar, days: &[DayCurve], window: usize) -> Option<Settled> {
    let mut sums: Few<(Register, i64), 8> = Few::new();
    let mut known: Option<(Day, Vec<Run>)> = None;
    for curve in days {
        let day = calendar.day(curve.date);
        // Days come in order, so that most are like the one before.
        if known.as_ref().is_none_or(|(other, _)| *other != day) {
            known = Some((day, runs(&periods.of(day)?)));
        }
        let Some((_, runs)) = &known else { continue };
        for (register, from, to) in runs {
            let wh: i64 = curve.wh[*from..*to].iter().map(|wh| i64::from(*wh)).sum();
            match sums.iter_mut().find(|(other, _)| other == register) {
                Some((_, sum)) => *sum += wh,
                None => sums.push((*register, wh)),
            }
        }
    }
    sums.sort_by_key(|(register, _)| *register);
    let usage = sums.into_iter().map(|(register, wh)| (register, Energy::from_wh(wh))).collect();
    Some(Settled { usage, demand: highest(days, window) })
}

fn runs(quarters: &[Register; QUARTERS]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, register) in quarters.iter().enumerate() {
        match runs.last_mut() {
            Some((last, _, end)) if last == register => *end = at + 1,
            _ => runs.push((*register, at, at + 1)),
        }
    }
    runs
}

/// The highest mean power, in W, rounded down: a Wh in a quarter of an hour is four W.
fn highest(days: &[DayCurve], window: usize) -> Power {
    let window = window.max(1);
    let of = |wh: i64| wh * 4 / i64::try_from(window).unwrap_or(1);
    if window == 1 {
        let highest = days.iter().filter_map(|day| day.wh.iter().max()).max();
        return Power::from_w(highest.map_or(0, |wh| of(i64::from(*wh))));
    }
    let mut highest = 0;
    for stretch in days.chunk_by(|one, next| kernel::time::next_day(one.date) == next.date) {
        let quarters: Vec<i32> = stretch.iter().flat_map(|day| day.wh).collect();
        let sum = |quarters: &[i32]| quarters.iter().map(|wh| i64::from(*wh)).sum::<i64>();
        highest = quarters.windows(window).map(sum).fold(highest, i64::max);
    }
    Power::from_w(of(highest))
}

words! {
    /// How a missing value is made up 补全规则; it is marked for ever.
    pub enum Fill {
        /// On the line between its neighbours, for an hour at most.
        Interpolate = "interpolate" ("线性插值", "interpolated"),
        /// As in the same quarter of the day before, or of the day after.
        SameQuarter = "same-quarter" ("同日同刻", "as on the day before"),
    }
}

/// Longer gaps are not on any line.
const LONGEST_GAP: usize = 4;

/// Makes up what is missing and tells which values those are; none where the rule cannot.
pub fn fill(values: &mut [Option<i32>], rule: Fill) -> Option<Vec<usize>> {
    let missing: Vec<usize> =
        values.iter().enumerate().filter(|(_, value)| value.is_none()).map(|(at, _)| at).collect();
    let made: Vec<i32> = missing.iter().map(|at| made_up(values, *at, rule)).collect::<Option<_>>()?;
    for (at, value) in missing.iter().zip(made) {
        values[*at] = Some(value);
    }
    Some(missing)
}

fn made_up(values: &[Option<i32>], at: usize, rule: Fill) -> Option<i32> {
    match rule {
        Fill::Interpolate => {
            let before = values[..at].iter().rposition(Option::is_some)?;
            let after = at + values[at..].iter().position(Option::is_some)?;
            if after - before > LONGEST_GAP + 1 {
                return None;
            }
            let (low, high) = (i128::from(values[before]?), i128::from(values[after]?));
            let (steps, step) = (i128::try_from(after - before).ok()?, i128::try_from(at - before).ok()?);
            i32::try_from(low + kernel::decimal::divide_half_away((high - low) * step, steps)).ok()
        }
        Fill::SameQuarter => {
            let before = at.checked_sub(QUARTERS).and_then(|before| values[before]);
            before.or_else(|| values.get(at + QUARTERS).copied().flatten())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::{DayKind, DayPart, Layer};
    use jiff::civil::date;

    fn hours(register: Register, from: u8, to: u8) -> DayPart {
        DayPart { register, from: from * 4, to: to * 4 }
    }

    fn layer(months: &[i8], days: &[DayKind], hot: bool, hours: Vec<DayPart>) -> Layer {
        Layer { months: months.to_vec(), days: days.to_vec(), hot, hours }
    }

    /// Peak 8–22 and valley; sharp 14–16 in July, from 13 on hot days; valley all day on festivals.
    fn periods() -> Periods {
        let ground = vec![hours(Register::Valley, 0, 8), hours(Register::Peak, 8, 22), hours(Register::Valley, 22, 24)];
        Periods(vec![
            layer(&[], &[], false, ground),
            layer(&[7], &[], false, vec![hours(Register::Sharp, 14, 16)]),
            layer(&[7], &[], true, vec![hours(Register::Sharp, 13, 16)]),
            layer(&[], &[DayKind::Festival], false, vec![hours(Register::DeepValley, 0, 24)]),
        ])
    }

    fn flat_day(date: Date) -> DayCurve {
        DayCurve { date, wh: [1000; QUARTERS] }
    }

    #[test]
    fn later_layers_lie_over_earlier_ones_on_the_days_that_they_are_for() {
        let calendar = Calendar {
            festivals: [date(2024, 7, 4)].into(),
            hot: [date(2024, 7, 3), date(2024, 7, 4)].into(),
            ..Calendar::default()
        };
        let kwh = |date: Date| {
            let settled = settle(&periods(), &calendar, &[flat_day(date)], 1).expect("no open hour");
            settled.usage.iter().map(|(register, energy)| (*register, energy.wh() / 1000)).collect::<Vec<_>>()
        };
        use Register::{DeepValley, Peak, Sharp, Valley};
        assert_eq!(kwh(date(2024, 6, 3)), [(Peak, 56), (Valley, 40)]);
        assert_eq!(kwh(date(2024, 7, 2)), [(Sharp, 8), (Peak, 48), (Valley, 40)]);
        assert_eq!(kwh(date(2024, 7, 3)), [(Sharp, 12), (Peak, 44), (Valley, 40)]);
        assert_eq!(kwh(date(2024, 7, 4)), [(DeepValley, 96)]);
    }

    #[test]
    fn demand_is_the_highest_quarter_or_the_highest_sliding_window_over_midnight() {
        let mut days = [flat_day(date(2024, 6, 3)), flat_day(date(2024, 6, 4)), flat_day(date(2024, 6, 6))];
        days[0].wh[95] = 2000;
        days[1].wh[0] = 2001;
        days[1].wh[95] = 2001;
        days[2].wh[0] = 2001;
        let demand = |window| settle(&periods(), &Calendar::default(), &days, window).expect("settled").demand.w();
        assert_eq!(demand(1), 8004);
        assert_eq!(demand(2), 8002, "the days before and after the fifth do not touch");
        assert_eq!(demand(4), 6001);
    }

    #[test]
    fn a_missing_value_is_made_up_by_its_rule_or_not_at_all() {
        let gap = |before: i32, missing: usize, after: i32| {
            let mut values = vec![Some(before)];
            values.extend(std::iter::repeat_n(None, missing));
            values.push(Some(after));
            let made = fill(&mut values, Fill::Interpolate)?;
            assert_eq!(made.len(), missing);
            Some(values.into_iter().flatten().collect::<Vec<_>>())
        };
        assert_eq!(gap(10, 1, 21), Some(vec![10, 16, 21]));
        assert_eq!(gap(10, 4, 0), Some(vec![10, 8, 6, 4, 2, 0]));
        assert_eq!(gap(10, 5, 0), None);
        assert_eq!(fill(&mut [None, Some(1)], Fill::Interpolate), None);

        let mut days = vec![Some(7); 2 * QUARTERS];
        days[5] = None;
        days[QUARTERS + 5] = Some(9);
        days[QUARTERS + 6] = None;
        assert_eq!(fill(&mut days, Fill::SameQuarter), Some(vec![5, QUARTERS + 6]));
        assert_eq!((days[5], days[QUARTERS + 6]), (Some(9), Some(7)));
        assert_eq!(fill(&mut [None; QUARTERS], Fill::SameQuarter), None);
    }
}
