//! Cutting a bill's stretches into parts of one version each.

use kernel::share::by_largest_remainder;
use kernel::time::{days_between, previous_day};
use kernel::{Date, Energy, Few, Period, Voltage};

use super::{Case, Lost, MonthShare, Part, Unpriced};
use crate::tariff::{Span, Tariff};

/// Cuts the stretches into parts and divides the use, and what was `lost`, among them by days.
pub(super) fn divide(tariff: &Tariff, case: &Case, lost: Option<&Lost>) -> Result<Vec<Part>, Unpriced> {
    let mut parts: Vec<Part> = Vec::with_capacity(1);
    for stretch in &case.stretches {
        let mut from = stretch.period.from;
        let stretch_days = stretch.period.days();
        while from <= stretch.period.to {
            let version = version_on(tariff, from)?;
            let next = tariff.versions.get(version + 1).map_or(stretch.period.to, |next| previous_day(next.from));
            let to = stretch.period.to.min(next).min(tariff.versions[version].until.unwrap_or(Date::MAX));
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
            from = kernel::time::next_day(to);
        }
    }
    if parts.is_empty() {
        return Err(Unpriced::NoDays);
    }
    let days: Few<i64> = parts.iter().map(|part| part.period.days()).collect();
    for (at, (register, energy)) in case.usage.iter().enumerate() {
        let billed = lost.map_or(*energy, |lost| *energy + lost.by_register[at].1);
        for (part, wh) in parts.iter_mut().zip(by_largest_remainder(billed.wh(), &days)) {
            part.usage.push((*register, Energy::from_wh(wh)));
        }
    }
    Ok(parts)
}

fn version_on(tariff: &Tariff, day: Date) -> Result<usize, Unpriced> {
    let at = tariff.versions.iter().rposition(|version| version.from <= day).ok_or(Unpriced::NoVersionOn(day))?;
    if tariff.versions[at].until.is_some_and(|until| until < day) { Err(Unpriced::NoVersionOn(day)) } else { Ok(at) }
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
