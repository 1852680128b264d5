//! The lines of a part.

use kernel::price::Kwh;
use kernel::share::by_largest_remainder;
use kernel::{Date, Energy, Few, Money, Month, Price, Register};

use super::{Case, Charge, Line, LineKind, MonthShare, Part, Unpriced};
use crate::tariff::{Grant, PerMonth, Span, Surcharge, Tariff, Version};

pub(super) fn energy_lines(
    version: &Version,
    case: &Case,
    part: &Part,
    index: u8,
    lines: &mut Vec<Line>,
) -> Result<(), Unpriced> {
    let band = version.band(case.voltage, part.month()).ok_or(Unpriced::NoPriceAt(case.voltage))?;
    if let Some((register, _)) = part.usage.iter().find(|(register, _)| !version.registers.contains(register)) {
        return Err(Unpriced::RegisterUnknown(*register));
    }
    for register in &version.registers {
        let energy = use_of(part, *register).ok_or(Unpriced::RegisterMissing(*register))?;
        let price = band.price(*register).ok_or(Unpriced::RegisterMissing(*register))?;
        let tier = version.tiers.as_ref().map(|_| 1);
        lines.push(energy_line(LineKind::Energy, Some(*register), tier, index, energy, price));
    }
    Ok(())
}

fn use_of(part: &Part, register: Register) -> Option<Energy> {
    part.usage.iter().find(|(known, _)| *known == register).map(|(_, energy)| *energy)
}

fn energy_line(
    kind: LineKind,
    register: Option<Register>,
    tier: Option<u8>,
    part: u8,
    energy: Energy,
    price: Price<Kwh>,
) -> Line {
    Line { kind, register, tier, part, charge: Charge::Energy(energy, price.units()), amount: price.amount(energy) }
}
pub(super) fn tier_lines(
    version: &Version,
    case: &Case,
    part: &mut Part,
    index: u8,
    before: Energy,
    lines: &mut Vec<Line>,
) {
    let Some(tiers) = &version.tiers else { return };
    part.limits = limits(version, case, part);
    let energy = part.energy();
    if tiers.span == Span::Year {
        part.before = before;
    }
    part.by_tier = split_by_tier(part.before, energy, &part.limits);
    let mut unspread: Few<(Register, Energy)> = Few::new();
    // Only surcharges that differ by register ask which register a tier's energy is of.
    if tiers.surcharges.iter().any(|surcharge| matches!(surcharge, Surcharge::ByRegister(_))) {
        unspread.clone_from(&part.usage);
        take(&mut unspread, part.by_tier.first().copied().unwrap_or(Energy::ZERO));
    }
    for (at, surcharge) in tiers.surcharges.iter().enumerate() {
        let in_tier = part.by_tier.get(at + 1).copied().unwrap_or(Energy::ZERO);
        if in_tier == Energy::ZERO {
            continue;
        }
        let tier = u8::try_from(at + 2).ok();
        match surcharge {
            Surcharge::Same(price) => lines.push(energy_line(LineKind::Tier, None, tier, index, in_tier, *price)),
            Surcharge::ByRegister(prices) => {
                for (register, share) in take(&mut unspread, in_tier) {
                    if let Some((_, price)) = prices.iter().find(|(known, _)| *known == register) {
                        lines.push(energy_line(LineKind::Tier, Some(register), tier, index, share, *price));
                    }
                }
            }
        }
    }
}

/// Takes a tier's energy out of what the registers have left, in proportion, so that no register
/// carries more over all tiers than it used.
fn take(unspread: &mut [(Register, Energy)], in_tier: Energy) -> Few<(Register, Energy)> {
    let shares: Few<(Register, Energy)> = spread(in_tier, unspread).collect();
    for (register, share) in &shares {
        if let Some((_, left)) = unspread.iter_mut().find(|(known, _)| known == register) {
            *left = *left - *share;
        }
    }
    shares
}

/// The limits of a part: the year's, or the sum of its months'.
fn limits(version: &Version, case: &Case, part: &Part) -> Few<Energy> {
    let Some(tiers) = &version.tiers else {
        return Few::new();
    };
    let extra = |month| version.household(case.persons_in(month)).map_or(Energy::ZERO, |rule| rule.add_per_month);
    match tiers.span {
        Span::Year => {
            let begun = case.restart_in(part.year, part.period.to).map(|restart| restart.on).or(case.opened_on);
            let months = months_used(begun, part.year);
            let year_limits = part.months.last().map_or(&[][..], |share| tiers.limits_in(share.month));
            let more = if case.is_household_steady() {
                Energy::from_wh(extra(part.month()).wh() * months)
            } else {
                last_months(part.year, months).map(extra).sum()
            };
            let part_year = |limit: &Energy| Energy::from_wh(limit.wh() * months / 12) + more;
            year_limits.iter().map(part_year).collect()
        }
        Span::Month => {
            let mut sums: Few<Energy> = tiers.surcharges.iter().map(|_| Energy::ZERO).collect();
            for share in &part.months {
                for (sum, limit) in sums.iter_mut().zip(tiers.limits_in(share.month)) {
                    *sum += share.of(*limit + extra(share.month));
                }
            }
            sums
        }
    }
}

/// So many months at the end of `year`.
fn last_months(year: i16, months: i64) -> impl Iterator<Item = Month> {
    (1..=12).filter(move |month| i64::from(*month) > 12 - months).filter_map(move |month| Month::new(year, month))
}

/// Months of `year` in which the account exists; a begun month counts whole.
fn months_used(opened_on: Option<Date>, year: i16) -> i64 {
    match opened_on {
        Some(opened) if opened.year() == year => 13 - i64::from(opened.month()),
        _ => 12,
    }
}

/// How much of `energy`, used after `before`, lies in each tier. A limit belongs to the tier below.
pub fn split_by_tier(before: Energy, energy: Energy, limits: &[Energy]) -> Few<Energy> {
    let end = before + energy;
    let mut lower = Energy::ZERO;
    let mut tiers = Few::new();
    for upper in limits.iter().copied().chain([end.max(limits.last().copied().unwrap_or(Energy::ZERO))]) {
        let in_tier = end.min(upper) - before.max(lower);
        tiers.push(in_tier.max(Energy::ZERO));
        lower = upper;
    }
    tiers
}

/// Spreads `energy` over registers in proportion to their use.
fn spread(energy: Energy, usage: &[(Register, Energy)]) -> impl Iterator<Item = (Register, Energy)> {
    let weights: Few<i64> = usage.iter().map(|(_, used)| used.wh()).collect();
    let shares = by_largest_remainder(energy.wh(), &weights);
    let registers: Few<Register> = usage.iter().map(|(register, _)| *register).collect();
    registers
        .into_iter()
        .zip(shares)
        .filter(|(_, share)| *share != 0)
        .map(|(register, share)| (register, Energy::from_wh(share)))
}

/// Energy that costs nothing, taken off at the first tier's price.
pub(super) fn free_energy_lines(
    version: &Version,
    case: &Case,
    part: &mut Part,
    index: u8,
    lines: &mut Vec<Line>,
) -> Result<(), Unpriced> {
    let granted = |share: &MonthShare| match version.relief(case.concession_in(share.month)).map(|relief| &relief.grant)
    {
        Some(Grant::FreeEnergy(per_month)) => Some(share.of(*per_month)),
        _ => None,
    };
    let Some(quota) = part.months.iter().filter_map(granted).reduce(|sum, more| sum + more) else {
        return Ok(());
    };
    part.free = quota.min(part.energy());
    let band = version.band(case.voltage, part.month()).ok_or(Unpriced::NoPriceAt(case.voltage))?;
    for (register, share) in spread(part.free, &part.usage) {
        let price = band.price(register).ok_or(Unpriced::RegisterUnknown(register))?;
        lines.push(energy_line(LineKind::Relief, Some(register), None, index, -share, price));
    }
    Ok(())
}

/// What is missing to the least charge of all months that the bill is for.
pub(super) fn least_line(tariff: &Tariff, parts: &[Part], lines: &mut Vec<Line>) {
    let of_part = |part: &Part| {
        let months = part.months.iter().filter(|share| share.ends_here()).count();
        let least = tariff.versions[part.version].least.as_ref()?;
        Some(Money::from_fen(least.per_month.fen().saturating_mul(i64::try_from(months).unwrap_or(0))))
    };
    let least: Money = parts.iter().filter_map(of_part).sum();
    let charged: Money = lines.iter().map(|line| line.amount).sum();
    let (missing, last) = (least - charged, u8::try_from(parts.len().saturating_sub(1)).unwrap_or(u8::MAX));
    if missing > Money::ZERO {
        let charge = Charge::UpTo(least, charged);
        lines.push(Line { kind: LineKind::Least, register: None, tier: None, part: last, charge, amount: missing });
    }
}

/// Money given back: last of all, since it is never more than the whole bill.
pub(super) fn money_relief_lines(tariff: &Tariff, case: &Case, parts: &[Part], lines: &mut Vec<Line>) {
    for (index, part) in (0_u8..).zip(parts) {
        let version = &tariff.versions[part.version];
        let granted = |share: &MonthShare| match &version.relief(case.concession_in(share.month))?.grant {
            Grant::Amount(rate) => Some(*rate),
            Grant::FreeEnergy(_) => None,
        };
        let mut rates: Few<(Price<PerMonth>, i64)> = Few::new();
        for rate in part.months.iter().filter(|share| share.ends_here()).filter_map(granted) {
            match rates.iter_mut().find(|(known, _)| *known == rate) {
                Some((_, months)) => *months += 1,
                None => rates.push((rate, 1)),
            }
        }
        for (rate, months) in &rates {
            let charged: Money = lines.iter().map(|line| line.amount).sum();
            lines.extend(amount_relief(*rate, *months, charged, index));
        }
    }
}

/// So many yuan a month given back, never more than was charged; then as one sum.
fn amount_relief(rate: Price<PerMonth>, months: i64, charged: Money, part: u8) -> Option<Line> {
    let fen = kernel::decimal::divide_half_away(i128::from(rate.units()), 1_000_000);
    let rate = Money::from_fen(i64::try_from(fen).ok()?);
    let granted = Money::from_fen(rate.fen().checked_mul(months)?);
    let charge = if granted <= charged { Charge::Months(-months, rate) } else { Charge::Months(-1, charged) };
    let amount = -granted.min(charged);
    (amount != Money::ZERO).then_some(Line { kind: LineKind::Relief, register: None, tier: None, part, charge, amount })
}
#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn kwh(all: &[i64]) -> Vec<Energy> {
        all.iter().map(|kwh| Energy::from_kwh(*kwh)).collect()
    }

    #[test]
    fn a_limit_belongs_to_the_tier_below_it() {
        let limits = kwh(&[2760, 4800]);
        let table = [
            (0, 2759, [2759, 0, 0]),
            (0, 2760, [2760, 0, 0]),
            (0, 2761, [2760, 1, 0]),
            (0, 5200, [2760, 2040, 400]),
            (2700, 300, [60, 240, 0]),
            (4700, 300, [0, 100, 200]),
            (4800, 1, [0, 0, 1]),
            (6000, 10, [0, 0, 10]),
            (2760, 0, [0, 0, 0]),
        ];
        for (before, energy, expected) in table {
            let tiers = split_by_tier(Energy::from_kwh(before), Energy::from_kwh(energy), &limits);
            assert_eq!(tiers[..], kwh(&expected), "{energy} kWh after {before}");
        }
        assert_eq!(split_by_tier(Energy::ZERO, Energy::from_kwh(7), &[])[..], kwh(&[7]));
    }

    #[test]
    fn a_begun_month_counts_whole_in_the_year_of_opening_only() {
        assert_eq!(months_used(Some(date(2016, 3, 31)), 2016), 10);
        assert_eq!(months_used(Some(date(2016, 1, 1)), 2016), 12);
        assert_eq!(months_used(Some(date(2016, 12, 31)), 2016), 1);
        assert_eq!(months_used(Some(date(2015, 12, 31)), 2016), 12);
        assert_eq!(months_used(None, 2016), 12);
    }

    #[test]
    fn money_given_back_is_never_more_than_was_charged() {
        let rate: Price<PerMonth> = "7.84".parse().expect("a rate");
        let line = amount_relief(rate, 2, Money::from_fen(5000), 0).expect("a line");
        assert_eq!((line.amount, line.charge), (Money::from_fen(-1568), Charge::Months(-2, Money::from_fen(784))));
        let line = amount_relief(rate, 1, Money::from_fen(500), 0).expect("a line");
        assert_eq!(line.amount, Money::from_fen(-500));
        assert_eq!(amount_relief(rate, 1, Money::ZERO, 0), None);
    }
}
