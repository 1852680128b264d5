//! Cutting a bill's stretches into parts of one version each, and giving each its use.

use kernel::share::by_largest_remainder;
use kernel::time::{days_between, next_day, previous_day};
use kernel::{Date, Energy, Few, Period, Register, Voltage};

use super::{Case, Lost, MonthShare, Part, Unpriced};
use crate::tariff::{Span, Tariff, Version};

/// Cuts the stretches into parts and divides the use, and what was `lost`, among them by days.
pub(super) fn divide(tariff: &Tariff, case: &Case, lost: Option<&Lost>) -> Result<Vec<Part>, Unpriced> {
    let mut parts: Vec<Part> = Vec::with_capacity(1);
    for stretch in &case.stretches {
        let mut from = stretch.period.from;
        let stretch_days = stretch.period.days();
        while from <= stretch.period.to {
            let (version, last) = version_on(tariff, case, from)?;
            let to = stretch.period.to.min(last);
            let share = MonthShare {
                month: stretch.month,
                days: days_between(from, to) + 1,
                days_before: days_between(stretch.period.from, from),
                stretch_days,
            };
            join(&mut parts, tariff, case.voltage, version, share, Period { from, to });
            // The last day of the calendar has none after it that would end this.
            if to == stretch.period.to {
                break;
            }
            from = next_day(to);
        }
    }
    if parts.is_empty() {
        return Err(Unpriced::NoDays);
    }
    if case.uses().is_empty() {
        divide_whole(case, lost, &mut parts);
    } else {
        divide_known(case, lost, &mut parts);
    }
    Ok(parts)
}

fn divide_whole(case: &Case, lost: Option<&Lost>, parts: &mut [Part]) {
    let days: Few<i64> = parts.iter().map(|part| part.period.days()).collect();
    for (at, (register, energy)) in case.usage.iter().enumerate() {
        let billed = lost.map_or(*energy, |lost| *energy + lost.by_register[at].1);
        for (part, wh) in parts.iter_mut().zip(by_largest_remainder(billed.wh(), &days)) {
            part.usage.push((*register, Energy::from_wh(wh)));
        }
    }
}

/// Each use goes to the parts that its days lie in, and what was lost goes with it.
fn divide_known(case: &Case, lost: Option<&Lost>, parts: &mut [Part]) {
    for (at, (register, _)) in case.usage.iter().enumerate() {
        let of_register = |usage: &[(Register, Energy)]| usage.iter().find(|(other, _)| other == register).copied();
        let known: Few<(Date, i64)> =
            case.uses().iter().filter_map(|known| Some((known.to, of_register(&known.usage)?.1.wh()))).collect();
        let used: Few<i64> = known.iter().map(|(_, wh)| *wh).collect();
        let more = lost.map_or(0, |lost| lost.by_register[at].1.wh());
        for ((to, wh), more) in known.iter().zip(by_largest_remainder(more, &used)) {
            let from = case.uses().iter().rfind(|before| before.to < *to).map(|before| next_day(before.to));
            let days: Few<i64> = parts.iter().map(|part| days_of(part, from, *to)).collect();
            for ((part, share), days) in parts.iter_mut().zip(by_largest_remainder(wh + more, &days)).zip(&days) {
                if *days > 0 {
                    add(&mut part.usage, *register, Energy::from_wh(share));
                }
            }
        }
    }
}

/// How many days of a part lie from `from`, or its beginning, to `to`.
fn days_of(part: &Part, from: Option<Date>, to: Date) -> i64 {
    let first = from.map_or(part.period.from, |from| from.max(part.period.from));
    (days_between(first, to.min(part.period.to)) + 1).max(0)
}

fn add(usage: &mut Few<(Register, Energy)>, register: Register, energy: Energy) {
    match usage.iter_mut().find(|(known, _)| *known == register) {
        Some((_, sum)) => *sum += energy,
        None => usage.push((register, energy)),
    }
}

/// The version that prices a day, and the last day on which it does.
pub(super) fn version_on(tariff: &Tariff, case: &Case, day: Date) -> Result<(usize, Date), Unpriced> {
    let code = case.tariff_on(day);
    let is_of = |version: &Version| code.is_none_or(|code| version.tariff == code);
    let versions = || tariff.versions.iter().enumerate().filter(|(_, version)| is_of(version));
    let (at, version) = versions().rfind(|(_, version)| version.from <= day).ok_or(Unpriced::NoVersionOn(day))?;
    if version.until.is_some_and(|until| until < day) {
        return Err(Unpriced::NoVersionOn(day));
    }
    let next = versions().map(|(_, version)| version.from).find(|from| *from > day);
    let ends = [next, case.next_tariff_after(day)].into_iter().flatten().map(previous_day);
    Ok((at, ends.chain(version.until).min().unwrap_or(Date::MAX)))
}

/// Adds a piece to the last part when it goes on under the same version at the same prices and, where a year has its
/// own limits, in the same year.
fn join(parts: &mut Vec<Part>, tariff: &Tariff, voltage: Voltage, version: usize, share: MonthShare, period: Period) {
    let year = share.month.year();
    let of = &tariff.versions[version];
    if let Some(last) = parts.last_mut()
        && last.version == version
        && of.same_band(voltage, last.month(), share.month)
        && (last.year == year || of.tiers.as_ref().is_none_or(|tiers| tiers.span == Span::Month))
    {
        last.period.to = period.to;
        last.year = year;
        last.months.push(share);
        return;
    }
    parts.push(Part {
        version,
        year,
        period,
        months: Few::from_slice(&[share]),
        usage: Few::new(),
        limits: Few::new(),
        before: Energy::ZERO,
        by_tier: Few::new(),
        free: Energy::ZERO,
    });
}
