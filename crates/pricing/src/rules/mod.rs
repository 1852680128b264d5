//! From a case to lines.
//!
//! ```text
//!            reading        reading                reading
//!   ──────────┼──────────────┼──────────────────────┼──────▶ days
//!             │◀─ stretch of July ─▶│◀─ stretch of August ─▶│     one per month that the bill covers
//!             │        ┊ new version         │               │     cut where the version changes
//!             │ part 1 ┊          part 2                      │     priced one by one
//! ```
//!
//! A bill covers one month, or several when readings were missing; each month brings its own
//! allowance. Stretches are cut where a new version of the tariff begins, or another tariff, and pieces
//! with the same version (and, for annual tiers, the same year) form one *part*. Nearly every bill is
//! one part; then nothing is divided. Otherwise allowances are divided by days, and use by days too
//! where no reading tells it, by largest remainder, so that the parts add up to the whole.

mod basic;
mod case;
mod changes;
mod factor;
mod lines;
mod loss;
mod parts;
mod priced;
mod supply;

use kernel::{Energy, Few, Register};

pub use case::{Case, Needed, Stretch, Unpriced, stretches};
pub use changes::{Changes, HouseholdChange, Restart, TariffChange, UseUpTo};
pub use factor::{Factor, power_factor};
pub use lines::split_by_tier;
pub use loss::Lost;
pub use priced::{Charge, Line, LineKind, MonthShare, Part, Priced};
pub use supply::{Contracted, Reactive, Side, Supply, Suspended, Transformer};

use crate::tariff::Tariff;

/// Prices a case by the versions of `tariff` that were in force on its days.
pub fn price(tariff: &Tariff, case: &Case) -> Result<Priced, Unpriced> {
    check_ranges(case)?;
    let lost = match &case.supply {
        Some(supply) => loss::lost(tariff, case, supply)?,
        None => None,
    };
    let mut parts = parts::divide(tariff, case, lost.as_ref())?;
    let mut lines = Vec::with_capacity(if case.supply.is_some() { 10 } else { 6 });
    let mut aside = None;
    let mut year_to_date: Few<(i16, Energy)> = Few::from_slice(&case.year_to_date);
    for (index, part) in parts.iter_mut().enumerate() {
        let version = &tariff.versions[part.version];
        let index = u8::try_from(index).map_err(|_| Unpriced::OutOfRange)?;
        lines::energy_lines(version, case, part, index, &mut lines)?;
        let before = count(&mut year_to_date, part.year, Energy::ZERO);
        for (year, energy) in part.use_by_year() {
            count(&mut year_to_date, year, energy);
        }
        let counted = match case.restart_in(part.year, part.period.to) {
            Some(restart) => before - *aside.get_or_insert(restart.used_before.unwrap_or(before)),
            None => before,
        };
        lines::tier_lines(version, case, part, index, counted.max(Energy::ZERO), &mut lines);
        lines::free_energy_lines(version, case, part, index, &mut lines)?;
    }
    basic::lines(tariff, case, &parts, &mut lines)?;
    let factor = factor::lines(tariff, case, lost.as_ref(), &parts, &mut lines)?;
    lines::least_line(tariff, &parts, &mut lines);
    lines::money_relief_lines(tariff, case, &parts, &mut lines);
    let total = lines.iter().map(|line| line.amount).sum();
    Ok(Priced { parts, lines, total, lost, factor, used_before_restart: aside })
}

fn check_ranges(case: &Case) -> Result<(), Unpriced> {
    let in_range = |energy: &Energy| !energy.is_negative() && *energy <= Energy::MAX_BILLED;
    let quantities =
        case.usage.iter().map(|(_, energy)| energy).chain(case.year_to_date.iter().map(|(_, energy)| energy));
    let once =
        |(at, (register, _)): (usize, &(Register, Energy))| case.usage[..at].iter().all(|(other, _)| other != register);
    if !case.usage.iter().enumerate().all(once) {
        return Err(Unpriced::RegisterTwice);
    }
    // Six hundred months: no one is billed for half a century at once, and parts stay countable.
    if !quantities.into_iter().all(in_range) || case.stretches.len() > 600 {
        return Err(Unpriced::OutOfRange);
    }
    if case.supply.as_deref().is_some_and(|supply| !supply.is_in_range()) || !case.is_told_in_order() {
        return Err(Unpriced::OutOfRange);
    }
    if case.stretches.is_empty() { Err(Unpriced::NoDays) } else { Ok(()) }
}

/// Adds `energy` to the year's sum and gives the sum before it.
fn count(year_to_date: &mut Few<(i16, Energy)>, year: i16, energy: Energy) -> Energy {
    match year_to_date.iter_mut().find(|(known, _)| *known == year) {
        Some((_, sum)) => {
            *sum += energy;
            *sum - energy
        }
        None => {
            year_to_date.push((year, energy));
            Energy::ZERO
        }
    }
}
