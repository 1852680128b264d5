//! Adjustment by the power factor 功率因数调整电费.

use kernel::{Energy, Money};

use super::supply::Supply;
use super::{Case, Charge, Line, LineKind, Lost, Needed, Part, Unpriced};
use crate::tariff::Tariff;

/// The factor of a bill, and what it was found from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    pub active: Energy,
    /// In varh, what flowed back counted like what was taken.
    pub reactive: i64,
    /// In hundredths, rounded half up.
    pub hundredths: u8,
}

/// The power factor of so much active and reactive energy, in hundredths, rounded half up; none where nothing flowed.
pub fn power_factor(active: Energy, varh: i64) -> Option<u8> {
    let (active, reactive) = (i128::from(active.wh()), i128::from(varh));
    let (active, apparent) = (active * active, active * active + reactive * reactive);
    if apparent == 0 {
        return None;
    }
    // cos φ ≥ (f − ½) / 100, squared and without a fraction.
    let reaches = |factor: u8| {
        let doubled = 2 * i128::from(factor) - 1;
        doubled * doubled * apparent <= 40_000 * active
    };
    let (mut low, mut high) = (0_u8, 100_u8);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if reaches(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

/// A line for each part whose version has a standard.
pub(super) fn lines(
    tariff: &Tariff,
    case: &Case,
    lost: Option<&Lost>,
    parts: &[Part],
    lines: &mut Vec<Line>,
) -> Result<Option<Factor>, Unpriced> {
    if parts.iter().all(|part| tariff.versions[part.version].power_factor.is_none()) {
        return Ok(None);
    }
    let supply = case.supply.as_deref().ok_or(Unpriced::Missing(Needed::Reactive))?;
    let Some(factor) = factor(case, supply, lost)? else { return Ok(None) };
    for (index, part) in parts.iter().enumerate() {
        let version = &tariff.versions[part.version];
        let Some(rule) = &version.power_factor else { continue };
        let index = u8::try_from(index).map_err(|_| Unpriced::OutOfRange)?;
        let charged: Money =
            lines.iter().filter(|line| line.part == index && line.kind.is_adjusted()).map(|line| line.amount).sum();
        let funds: Money = version.funds_in(part.energy()).map(|(_, amount)| amount).sum();
        let (base, rate) = (charged - funds, rule.adjustment(factor.hundredths));
        let amount = rate.of(base);
        if amount != Money::ZERO {
            let charge = Charge::Percent(base, rate);
            lines.push(Line { kind: LineKind::PowerFactor, register: None, tier: None, part: index, charge, amount });
        }
    }
    Ok(Some(factor))
}

/// Losses count in the factor only where both their parts are known: the active one alone would flatter it.
fn factor(case: &Case, supply: &Supply, lost: Option<&Lost>) -> Result<Option<Factor>, Unpriced> {
    let metered: Energy = case.usage.iter().map(|(_, energy)| *energy).sum();
    let reactive = supply.reactive.ok_or(Unpriced::Missing(Needed::Reactive))?.total();
    let lost_reactive = supply.transformer.and_then(|transformer| transformer.reactive_loss);
    let (active, reactive) = match (lost, lost_reactive) {
        (Some(lost), Some(more)) => (metered + lost.total(), reactive + more.varh()),
        _ => (metered, reactive),
    };
    Ok(power_factor(active, reactive).map(|hundredths| Factor { active, reactive, hundredths }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_rounded_half_up_to_hundredths() {
        let table = [
            (40_000, 30_000, Some(80)),
            (0, 0, None),
            (0, 1, Some(0)),
            (1, 0, Some(100)),
            (1000, 1000, Some(71)),
            (484, 876, Some(48)),
            (300, 400, Some(60)),
            (995, 100, Some(99)),
            (996, 89, Some(100)),
        ];
        for (kwh, kvarh, expected) in table {
            assert_eq!(power_factor(Energy::from_kwh(kwh), kvarh * 1000), expected, "{kwh} kWh, {kvarh} kvarh");
        }
        // Both sides of 0.895.
        assert_eq!(power_factor(Energy::from_wh(89_500_000_000), 44_606_613_859), Some(90));
        assert_eq!(power_factor(Energy::from_wh(89_500_000_000), 44_606_613_860), Some(89));
        assert_eq!(power_factor(Energy::from_wh(5_000_000_000_000), 5_000_000_000_000), Some(71));
    }
}
