//! Energy that was lost between the supply point and the meter.

use kernel::share::by_largest_remainder;
use kernel::{Energy, Few, Register};

use super::parts::version_on;
use super::supply::{Side, Supply, Transformer};
use super::{Case, Needed, Unpriced};
use crate::tariff::Tariff;

/// Losses that the meter did not see, and to which register each part of them is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Of the transformer under voltage 铁损.
    pub iron: Energy,
    /// Of the transformer under load 铜损.
    pub copper: Energy,
    /// Whether the load was high.
    pub is_high: bool,
    pub line: Energy,
    pub by_register: Few<(Register, Energy)>,
}

impl Lost {
    pub fn total(&self) -> Energy {
        self.iron + self.copper + self.line
    }
}

/// Losses by the rule of the version that holds on the last day; none where the meter sees them, or the tariff has no
/// rule.
pub(super) fn lost(tariff: &Tariff, case: &Case, supply: &Supply) -> Result<Option<Lost>, Unpriced> {
    let last_day = case.stretches.last().ok_or(Unpriced::NoDays)?.period.to;
    let Ok((version, _)) = version_on(tariff, case, last_day) else { return Ok(None) };
    let Some(rule) = &tariff.versions[version].loss else { return Ok(None) };
    let Some(transformer) = supply.transformer.filter(|transformer| transformer.side == Side::Low) else {
        return Ok(None);
    };
    let contracted = supply.contracted.iter().rfind(|contracted| contracted.from <= last_day);
    let capacity = contracted.ok_or(Unpriced::Missing(Needed::Capacity))?.capacity;
    let metered: Energy = case.usage.iter().map(|(_, energy)| *energy).sum();
    let iron = transformer.hours.energy(transformer.no_load);
    let is_high = is_loaded(&transformer, metered, capacity.va(), rule.high_load.millionths());
    let copper = rule.copper_rate(is_high).of_energy(metered);
    let line = transformer.line.map_or(Energy::ZERO, |rate| rate.of_energy(metered));
    let total = iron + copper + line;
    if total > Energy::MAX_BILLED {
        return Err(Unpriced::OutOfRange);
    }
    Ok(Some(Lost { iron, copper, is_high, line, by_register: shares(total, &case.usage) }))
}

/// Whether the mean load was above the share `high` of the capacity, in millionths.
fn is_loaded(transformer: &Transformer, metered: Energy, va: i64, high: i64) -> bool {
    let used = i128::from(metered.wh()) * 1_000_000 * 100;
    let carried = i128::from(va) * i128::from(transformer.hours.hundredths());
    used > carried.saturating_mul(i128::from(high))
}

/// In proportion to use. A transformer that only stood under voltage did so at no time in particular: then the flat
/// period has it, or the last register where there is none.
fn shares(lost: Energy, usage: &[(Register, Energy)]) -> Few<(Register, Energy)> {
    let mut weights: Few<i64> = usage.iter().map(|(_, energy)| energy.wh()).collect();
    if weights.iter().all(|weight| *weight == 0) {
        let flat = usage.iter().position(|(register, _)| *register == Register::Flat);
        if let Some(weight) = weights.get_mut(flat.unwrap_or(usage.len().saturating_sub(1))) {
            *weight = 1;
        }
    }
    let shares = by_largest_remainder(lost.wh(), &weights);
    usage.iter().zip(shares).map(|((register, _), wh)| (*register, Energy::from_wh(wh))).collect()
}
