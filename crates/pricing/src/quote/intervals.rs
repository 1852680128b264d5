//! Use that is told as a curve, in place of registers.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use kernel::share::by_largest_remainder;
use kernel::time::{days_between, next_day};
use kernel::{Date, Energy, Period, Power, Refusal, Register, Text};
use serde::Serialize;
use serde_json::Value;

use super::fields::{
    Fields, date, given, known_only, missing, optional_text, optional_whole, optional_word, quantity, wrong_type,
};
use crate::curve::{DayCurve, Fill, fill, settle};
use crate::tariff::{Calendar, DayPart, Layer, Periods, QUARTERS, Tariff, Version};

/// A value that was missing and made up; it never passes for one that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    pub start: String,
    pub kwh: String,
    pub rule: Fill,
}

/// What the curve came to.
pub(super) struct Metered {
    pub usage: Vec<(Register, Energy)>,
    pub demand: Power,
    pub filled: Vec<Filled>,
    pub told: Vec<Text>,
}

const MINUTES: [u32; 3] = [15, 30, 60];

/// Use and demand by the curve, where one is told.
pub(super) fn metered(fields: &Fields, tariff: &Tariff, period: Period) -> Result<Option<Metered>, Refusal> {
    let Some(value) = given(fields, "intervals") else { return Ok(None) };
    if given(fields, "usage").is_some() {
        let (zh, en) = ("与 usage 只能给出一项", "either these or usage, not both");
        return Err(Refusal::invalid("quote.use-twice", zh, en).at("intervals"));
    }
    let version =
        tariff.on(period.to).ok_or_else(|| super::refusal(crate::Unpriced::NoVersionOn(period.to), &tariff.code))?;
    let rows = rows(value, period)?;
    let quarters = step(fields, &rows)? / 15;
    let mut values = values(&rows, period, quarters)?;
    let given = values.iter().filter(|value| value.is_some()).count();
    let filled = made_up(fields, &mut values, period)?;
    let open = values.iter().filter(|value| value.is_none()).count();
    let days = days(&values, period);
    let window = version.basic.as_ref().map_or(1, |basic| usize::from(basic.demand_window));
    let (usage, demand) = settled(fields, version, &days, window.max(quarters))?;
    let told = vec![Text::new(
        format!("曲线共 {given} 个刻钟有数，补全 {} 个，缺 {open} 个（不计电量）。", filled.len()),
        format!(
            "The curve has {given} quarters of an hour, {} were made up, {open} are open and count as nothing.",
            filled.len()
        ),
    )];
    Ok(Some(Metered { usage, demand, filled, told }))
}

fn rows(value: &Value, period: Period) -> Result<Vec<(usize, i64)>, Refusal> {
    let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
        return Err(wrong_type("intervals", "非空列表", "a list that is not empty"));
    };
    let mut rows = list.iter().enumerate().map(|(at, row)| row_of(at, row, period)).collect::<Result<Vec<_>, _>>()?;
    rows.sort_unstable();
    Ok(rows)
}

/// The quarter of the period in which an interval begins, and its energy in Wh.
fn row_of(at: usize, value: &Value, period: Period) -> Result<(usize, i64), Refusal> {
    let place = format!("intervals[{}]", at + 1);
    let Some(row) = value.as_object() else {
        return Err(wrong_type(&place, "对象", "an object"));
    };
    known_only(row, &format!("{place}."), &["start", "kwh"])?;
    let start_at = format!("{place}.start");
    let text =
        optional_text(row, "start").map_err(|refusal| refusal.within(&place))?.ok_or_else(|| missing(&start_at))?;
    let start = text
        .parse::<DateTime>()
        .ok()
        .filter(|start| start.minute() % 15 == 0 && start.second() == 0 && start.subsec_nanosecond() == 0);
    let start = start.ok_or_else(|| {
        let (zh, en) = (
            "时刻须写作 2019-07-01T00:15，落在刻钟上",
            "a time is written 2019-07-01T00:15 and is a quarter of an hour",
        );
        Refusal::invalid("time.invalid", zh, en).at(&start_at)
    })?;
    let date = start.date();
    if date < period.from || date > period.to {
        return Err(Refusal::invalid("interval.outside", "不在该月内", "is not in the cycle").at(&start_at));
    }
    let kwh_at = format!("{place}.kwh");
    let energy =
        quantity(&kwh_at, row.get("kwh").ok_or_else(|| missing(&kwh_at))?, Energy::from_wh(i64::from(i32::MAX)))?;
    let quarter = i64::from(start.hour()) * 4 + i64::from(start.minute()) / 15;
    let quarter = usize::try_from(days_between(period.from, date) * 96 + quarter).unwrap_or_default();
    Ok((quarter, energy.wh()))
}

/// How many minutes an interval is: as told, or as close as two of them come to each other.
fn step(fields: &Fields, rows: &[(usize, i64)]) -> Result<usize, Refusal> {
    let told = optional_whole(fields, "minutes", 15, 60)?;
    if told.is_some_and(|minutes| !MINUTES.contains(&minutes)) {
        return Err(wrong_type("minutes", " 15、30 或 60", "15, 30 or 60"));
    }
    let nearest = rows.windows(2).map(|pair| pair[1].0 - pair[0].0).min().unwrap_or(1);
    let seen = match nearest {
        4 => 60,
        2 => 30,
        _ => 15,
    };
    Ok(told.and_then(|minutes| usize::try_from(minutes).ok()).unwrap_or(seen))
}

/// The quarters of the period; a longer interval is divided over its own.
fn values(rows: &[(usize, i64)], period: Period, quarters: usize) -> Result<Vec<Option<i32>>, Refusal> {
    let days = usize::try_from(period.days()).unwrap_or_default();
    let mut values = vec![None; days * QUARTERS];
    for (from, wh) in rows {
        let shares = by_largest_remainder(*wh, &vec![1; quarters]);
        for (value, share) in values.iter_mut().skip(*from).zip(shares) {
            if value.is_some() {
                let (zh, en) = ("时刻重复或区间重叠", "two intervals are at the same time");
                return Err(Refusal::invalid("interval.twice", zh, en).at("intervals"));
            }
            *value = i32::try_from(share).ok();
        }
    }
    Ok(values)
}

/// Fills what is missing between the first and the last value, where a rule is named.
fn made_up(fields: &Fields, values: &mut [Option<i32>], period: Period) -> Result<Vec<Filled>, Refusal> {
    let Some(rule) = optional_word(fields, "fill", "fill.unknown", Fill::from_word, "interpolate, same-quarter")?
    else {
        return Ok(Vec::new());
    };
    let from = values.iter().position(Option::is_some).unwrap_or_default();
    let to = values.iter().rposition(Option::is_some).map_or(from, |last| last + 1);
    let made = fill(&mut values[from..to], rule).ok_or_else(|| {
        let (zh, en) = ("缺数过长，此规则补不全", "too much is missing for this rule");
        Refusal::invalid("intervals.missing", zh, en).at("intervals")
    })?;
    let told = made.into_iter().map(|at| {
        let (at, date) = (from + at, day_at(period, (from + at) / QUARTERS));
        let (hour, minute) = (at % QUARTERS / 4, at % 4 * 15);
        let kwh = Energy::from_wh(values[at].map_or(0, i64::from)).to_string();
        Filled { start: format!("{date}T{hour:02}:{minute:02}"), kwh, rule }
    });
    Ok(told.collect())
}

fn day_at(period: Period, at: usize) -> Date {
    (0..at).fold(period.from, |day, _| next_day(day))
}

fn days(values: &[Option<i32>], period: Period) -> Vec<DayCurve> {
    let mut date = period.from;
    let of = |values: &[Option<i32>]| {
        let mut wh = [0; QUARTERS];
        for (wh, value) in wh.iter_mut().zip(values) {
            *wh = value.unwrap_or_default();
        }
        let curve = DayCurve { date, wh };
        date = next_day(date);
        curve
    };
    values.chunks(QUARTERS).map(of).collect()
}

/// By period; the whole where the tariff bills the total alone.
fn settled(
    fields: &Fields,
    version: &Version,
    days: &[DayCurve],
    window: usize,
) -> Result<(Vec<(Register, Energy)>, Power), Refusal> {
    let calendar = calendar(fields)?;
    let of_total = || {
        let hours = vec![DayPart { register: Register::Total, from: 0, to: 96 }];
        Periods(vec![Layer { months: Vec::new(), days: Vec::new(), hot: false, hours }])
    };
    let periods = match &version.periods {
        Some(periods) => periods.clone(),
        None if version.registers == [Register::Total] => of_total(),
        None => {
            let (zh, en) =
                ("该电价没有时段表，须按计度器给出电量", "the tariff has no hours; give the use by register");
            return Err(Refusal::invalid("tariff.no-hours", zh, en).at("intervals"));
        }
    };
    let settled = settle(&periods, &calendar, days, window).ok_or_else(|| {
        Refusal::invalid("tariff.open-hours", "时段表不完整", "the hours of the tariff leave a day open")
            .at("intervals")
    })?;
    let mut usage = settled.usage.into_vec();
    for register in &version.registers {
        if usage.iter().all(|(known, _)| known != register) {
            usage.push((*register, Energy::ZERO));
        }
    }
    usage.sort_by_key(|(register, _)| *register);
    Ok((usage, settled.demand))
}

fn calendar(fields: &Fields) -> Result<Calendar, Refusal> {
    Ok(Calendar {
        holidays: dates(fields, "holidays")?,
        festivals: dates(fields, "festivals")?,
        worked_weekends: dates(fields, "worked_weekends")?,
        hot: dates(fields, "hot_days")?,
    })
}

fn dates(fields: &Fields, field: &str) -> Result<BTreeSet<Date>, Refusal> {
    let Some(value) = given(fields, field) else { return Ok(BTreeSet::new()) };
    let wrong = || wrong_type(field, "日期的列表", "a list of dates");
    let list = value.as_array().ok_or_else(wrong)?;
    list.iter().map(|value| date(field, value.as_str().ok_or_else(wrong)?)).collect()
}
