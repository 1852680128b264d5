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
//! allowance. Stretches are cut where a new version of the tariff begins, and pieces with the same
//! version (and, for annual tiers, the same year) form one *part*. Nearly every bill is one part;
//! then nothing is divided. Otherwise use and allowances are divided by days, by largest
//! remainder, so that the parts add up to the whole.

use kernel::price::Kwh;
use kernel::share::by_largest_remainder;
use kernel::time::{days_between, previous_day};
use kernel::{Date, Energy, Money, Month, Period, Price, Register, Voltage};
use serde::{Deserialize, Serialize};

use crate::tariff::{Concession, Grant, PerMonth, Span, Surcharge, Tariff, Version};

/// Everything about one bill that is not in the price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub voltage: Voltage,
    pub persons: Option<u32>,
    pub concession: Option<Concession>,
    /// The account's first day; its annual limits count from the month in which it lies.
    pub opened_on: Option<Date>,
    /// One per month covered, in order, without a gap.
    pub stretches: Vec<Stretch>,
    /// Use of the billed registers over all stretches.
    pub usage: Vec<(Register, Energy)>,
    /// Use already billed in a year, before this bill; for annual tiers.
    pub year_to_date: Vec<(i16, Energy)>,
}

/// The days of a bill that count for one month's allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub month: Month,
    pub period: Period,
}

/// Divides a bill's days among the months that it covers: each month takes the days up to its own
/// last day, the first also what is before it, the last what is left.
pub fn stretches(first: Month, last: Month, period: Period) -> Vec<Stretch> {
    let mut from = period.from;
    let mut all = Vec::new();
    for month in first.through(last) {
        let to = if month == last {
            period.to
        } else {
            month.last_day()
        };
        // A month of which the bill holds no day (a meter set on its last evening) has no stretch.
        if to >= from {
            all.push(Stretch {
                month,
                period: Period { from, to },
            });
            from = kernel::time::next_day(to);
        }
    }
    all
}

/// A priced bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    pub parts: Vec<Part>,
    pub lines: Vec<Line>,
    pub total: Money,
}

impl Priced {
    /// Use by year, for the year to date.
    pub fn use_by_year(&self) -> Vec<(i16, Energy)> {
        let mut years: Vec<(i16, Energy)> = Vec::new();
        for part in &self.parts {
            for (year, energy) in part.use_by_year() {
                count(&mut years, year, energy);
            }
        }
        years
    }
}

/// A stretch of time under one version, with what was found on the way; the explanation reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Index into the tariff's versions.
    pub version: usize,
    pub year: i16,
    pub period: Period,
    pub months: Vec<MonthShare>,
    pub usage: Vec<(Register, Energy)>,
    /// Upper limits of the tiers in this part; empty without tiers.
    pub limits: Vec<Energy>,
    /// What had been used of the limits before this part; annual tiers only.
    pub before: Energy,
    /// Use in each tier, first to last.
    pub by_tier: Vec<Energy>,
    /// Free energy granted.
    pub free: Energy,
}

impl Part {
    /// The part's use, divided by days where it goes over the end of a year.
    fn use_by_year(&self) -> Vec<(i16, Energy)> {
        let mut days: Vec<(i16, i64)> = Vec::with_capacity(1);
        for share in &self.months {
            match days
                .last_mut()
                .filter(|(year, _)| *year == share.month.year())
            {
                Some((_, sum)) => *sum += share.days,
                None => days.push((share.month.year(), share.days)),
            }
        }
        let weights: Vec<i64> = days.iter().map(|(_, days)| *days).collect();
        let shares = by_largest_remainder(self.energy().wh(), &weights);
        days.into_iter()
            .zip(shares)
            .map(|((year, _), wh)| (year, Energy::from_wh(wh)))
            .collect()
    }

    pub fn energy(&self) -> Energy {
        self.usage.iter().map(|(_, energy)| *energy).sum()
    }
}

/// How many of the days of a month's stretch lie in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthShare {
    pub month: Month,
    pub days: i64,
    /// Days of the month's stretch before this part.
    pub days_before: i64,
    pub stretch_days: i64,
}

impl MonthShare {
    /// This share of a month's allowance. Shares of one month add up to it: each is the difference
    /// of two rounded running sums.
    fn of(&self, allowance: Energy) -> Energy {
        let up_to = |days: i64| {
            i128::from(allowance.wh()) * i128::from(days) / i128::from(self.stretch_days)
        };
        let share = up_to(self.days_before + self.days) - up_to(self.days_before);
        Energy::from_wh(i64::try_from(share).unwrap_or(0))
    }

    /// Whether the month's stretch ends in this part: what is granted once a month is granted here.
    fn ends_here(&self) -> bool {
        self.days_before + self.days == self.stretch_days
    }
}

/// One line of a bill: `amount` is `quantity` × price, rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub kind: LineKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub register: Option<Register>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tier: Option<u8>,
    /// Index of the part that the line belongs to.
    pub part: u8,
    pub charge: Charge,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// A register's energy at the first tier's price.
    Energy,
    /// The surcharge of a higher tier on the energy within it.
    Tier,
    /// What a household on relief does not pay.
    Relief,
}

/// A quantity and its price, in units that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charge {
    /// Wh, and 10⁻⁸ yuan per kWh.
    Energy(Energy, i64),
    /// Months, and fen per month.
    Months(i64, Money),
}

impl Line {
    /// The stable code of the line: `energy.peak`, `tier.2`, `relief`.
    pub fn code(&self) -> String {
        let stem = match self.kind {
            LineKind::Energy => "energy".to_owned(),
            LineKind::Tier => format!("tier.{}", self.tier.unwrap_or_default()),
            LineKind::Relief => "relief".to_owned(),
        };
        match self.register {
            Some(register) if self.kind == LineKind::Energy || register.is_period() => {
                format!("{stem}.{register}")
            }
            _ => stem,
        }
    }

    pub fn quantity(&self) -> String {
        match &self.charge {
            Charge::Energy(energy, _) => energy.to_string(),
            Charge::Months(months, _) => months.to_string(),
        }
    }

    pub fn unit(&self) -> &'static str {
        match &self.charge {
            Charge::Energy(..) => "kWh",
            Charge::Months(..) => "month",
        }
    }

    pub fn price(&self) -> String {
        match &self.charge {
            Charge::Energy(_, price) => Price::<Kwh>::from_units(*price).to_string(),
            Charge::Months(_, rate) => rate.to_string(),
        }
    }

    /// The same line, taken back.
    pub fn reversed(&self) -> Line {
        let charge = match &self.charge {
            Charge::Energy(energy, price) => Charge::Energy(-*energy, *price),
            Charge::Months(months, rate) => Charge::Months(-*months, *rate),
        };
        Line {
            charge,
            amount: -self.amount,
            ..self.clone()
        }
    }
}

/// Why a case has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpriced {
    NoDays,
    NoVersionOn(Date),
    NoPriceAt(Voltage),
    /// The tariff bills this register and the case has no use of it.
    RegisterMissing(Register),
    /// There is use of this register and the tariff has no price for it.
    RegisterUnknown(Register),
    OutOfRange,
}

/// Prices a case by the versions of `tariff` that were in force on its days.
pub fn price(tariff: &Tariff, case: &Case) -> Result<Priced, Unpriced> {
    check_ranges(case)?;
    let mut parts = divide(tariff, case)?;
    let mut lines = Vec::with_capacity(4);
    let mut year_to_date = case.year_to_date.clone();
    for (index, part) in parts.iter_mut().enumerate() {
        let version = &tariff.versions[part.version];
        let index = u8::try_from(index).map_err(|_| Unpriced::OutOfRange)?;
        energy_lines(version, case, part, index, &mut lines)?;
        let before = count(&mut year_to_date, part.year, Energy::ZERO);
        for (year, energy) in part.use_by_year() {
            count(&mut year_to_date, year, energy);
        }
        tier_lines(version, case, part, index, before, &mut lines);
        relief_lines(version, case, part, index, &mut lines)?;
    }
    let total = lines.iter().map(|line| line.amount).sum();
    Ok(Priced {
        parts,
        lines,
        total,
    })
}

fn check_ranges(case: &Case) -> Result<(), Unpriced> {
    let in_range = |energy: &Energy| !energy.is_negative() && *energy <= Energy::MAX_BILLED;
    let ranges = case.usage.iter().all(|(_, energy)| in_range(energy))
        && case.year_to_date.iter().all(|(_, energy)| in_range(energy));
    let twice = case
        .usage
        .iter()
        .enumerate()
        .any(|(at, (register, _))| case.usage[..at].iter().any(|(other, _)| other == register));
    let ranges = ranges && !twice;
    // Six hundred months: no one is billed for half a century at once, and parts stay countable.
    if !ranges || case.stretches.len() > 600 {
        return Err(Unpriced::OutOfRange);
    }
    if case.stretches.is_empty() {
        Err(Unpriced::NoDays)
    } else {
        Ok(())
    }
}

/// Cuts the stretches into parts and divides the use among them by days.
fn divide(tariff: &Tariff, case: &Case) -> Result<Vec<Part>, Unpriced> {
    let mut parts: Vec<Part> = Vec::with_capacity(1);
    for stretch in &case.stretches {
        let mut from = stretch.period.from;
        let stretch_days = stretch.period.days();
        while from <= stretch.period.to {
            let version = version_on(tariff, from)?;
            let next = tariff
                .versions
                .get(version + 1)
                .map_or(stretch.period.to, |next| previous_day(next.from));
            let to = stretch
                .period
                .to
                .min(next)
                .min(tariff.versions[version].until.unwrap_or(Date::MAX));
            let share = MonthShare {
                month: stretch.month,
                days: days_between(from, to) + 1,
                days_before: days_between(stretch.period.from, from),
                stretch_days,
            };
            join(
                &mut parts,
                &tariff.versions,
                version,
                share,
                Period { from, to },
            );
            from = kernel::time::next_day(to);
        }
    }
    if parts.is_empty() {
        return Err(Unpriced::NoDays);
    }
    let days: Vec<i64> = parts.iter().map(|part| part.period.days()).collect();
    for (register, energy) in &case.usage {
        for (part, wh) in parts
            .iter_mut()
            .zip(by_largest_remainder(energy.wh(), &days))
        {
            part.usage.push((*register, Energy::from_wh(wh)));
        }
    }
    Ok(parts)
}

fn version_on(tariff: &Tariff, day: Date) -> Result<usize, Unpriced> {
    let at = tariff
        .versions
        .iter()
        .rposition(|version| version.from <= day)
        .ok_or(Unpriced::NoVersionOn(day))?;
    if tariff.versions[at].until.is_some_and(|until| until < day) {
        Err(Unpriced::NoVersionOn(day))
    } else {
        Ok(at)
    }
}

/// Adds a piece to the last part when it goes on under the same version and, where a year has its
/// own limits, in the same year.
fn join(
    parts: &mut Vec<Part>,
    versions: &[Version],
    version: usize,
    share: MonthShare,
    period: Period,
) {
    let year = share.month.year();
    if let Some(last) = parts.last_mut()
        && last.version == version
        && (last.year == year
            || versions[version]
                .tiers
                .as_ref()
                .is_none_or(|tiers| tiers.span == Span::Month))
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
        months: vec![share],
        usage: Vec::with_capacity(2),
        limits: Vec::new(),
        before: Energy::ZERO,
        by_tier: Vec::new(),
        free: Energy::ZERO,
    });
}

fn energy_lines(
    version: &Version,
    case: &Case,
    part: &Part,
    index: u8,
    lines: &mut Vec<Line>,
) -> Result<(), Unpriced> {
    let band = version
        .band(case.voltage)
        .ok_or(Unpriced::NoPriceAt(case.voltage))?;
    if let Some((register, _)) = part
        .usage
        .iter()
        .find(|(register, _)| !version.registers.contains(register))
    {
        return Err(Unpriced::RegisterUnknown(*register));
    }
    for register in &version.registers {
        let energy = use_of(part, *register).ok_or(Unpriced::RegisterMissing(*register))?;
        let price = band
            .price(*register)
            .ok_or(Unpriced::RegisterMissing(*register))?;
        let tier = version.tiers.as_ref().map(|_| 1);
        lines.push(energy_line(
            LineKind::Energy,
            Some(*register),
            tier,
            index,
            energy,
            price,
        ));
    }
    Ok(())
}

fn use_of(part: &Part, register: Register) -> Option<Energy> {
    part.usage
        .iter()
        .find(|(known, _)| *known == register)
        .map(|(_, energy)| *energy)
}

fn energy_line(
    kind: LineKind,
    register: Option<Register>,
    tier: Option<u8>,
    part: u8,
    energy: Energy,
    price: Price<Kwh>,
) -> Line {
    Line {
        kind,
        register,
        tier,
        part,
        charge: Charge::Energy(energy, price.units()),
        amount: price.amount(energy),
    }
}

/// Adds `energy` to the year's sum and gives the sum before it.
fn count(year_to_date: &mut Vec<(i16, Energy)>, year: i16, energy: Energy) -> Energy {
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

fn tier_lines(
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
    let mut left = part.usage.clone();
    let first = part.by_tier.first().copied().unwrap_or(Energy::ZERO);
    for (register, share) in spread(first, &part.usage) {
        if let Some((_, rest)) = left.iter_mut().find(|(known, _)| *known == register) {
            *rest = *rest - share;
        }
    }
    for (at, surcharge) in tiers.surcharges.iter().enumerate() {
        let in_tier = part.by_tier.get(at + 1).copied().unwrap_or(Energy::ZERO);
        if in_tier == Energy::ZERO {
            continue;
        }
        let tier = u8::try_from(at + 2).ok();
        match surcharge {
            Surcharge::Same(price) => lines.push(energy_line(
                LineKind::Tier,
                None,
                tier,
                index,
                in_tier,
                *price,
            )),
            Surcharge::ByRegister(prices) => {
                let unspread: Vec<(Register, Energy)> = left.clone();
                for (register, share) in spread(in_tier, &unspread) {
                    if let Some((_, rest)) = left.iter_mut().find(|(known, _)| *known == register) {
                        *rest = *rest - share;
                    }
                    if let Some((_, price)) = prices.iter().find(|(known, _)| *known == register) {
                        lines.push(energy_line(
                            LineKind::Tier,
                            Some(register),
                            tier,
                            index,
                            share,
                            *price,
                        ));
                    }
                }
            }
        }
    }
}

/// The limits of a part: the year's, or the sum of its months'.
fn limits(version: &Version, case: &Case, part: &Part) -> Vec<Energy> {
    let Some(tiers) = &version.tiers else {
        return Vec::new();
    };
    let extra = version
        .household(case.persons)
        .map_or(Energy::ZERO, |rule| rule.add_per_month);
    match tiers.span {
        Span::Year => {
            let months = months_used(case.opened_on, part.year);
            let year_limits = part
                .months
                .last()
                .map_or(&[][..], |share| tiers.limits_in(share.month));
            let part_year =
                |limit: &Energy| Energy::from_wh(limit.wh() * months / 12 + extra.wh() * months);
            year_limits.iter().map(part_year).collect()
        }
        Span::Month => {
            let mut sums = vec![Energy::ZERO; tiers.surcharges.len()];
            for share in &part.months {
                for (sum, limit) in sums.iter_mut().zip(tiers.limits_in(share.month)) {
                    *sum += share.of(*limit + extra);
                }
            }
            sums
        }
    }
}

/// Months of `year` in which the account exists; a begun month counts whole.
fn months_used(opened_on: Option<Date>, year: i16) -> i64 {
    match opened_on {
        Some(opened) if opened.year() == year => 13 - i64::from(opened.month()),
        _ => 12,
    }
}

/// How much of `energy`, used after `before`, lies in each tier. A limit belongs to the tier below.
pub fn split_by_tier(before: Energy, energy: Energy, limits: &[Energy]) -> Vec<Energy> {
    let end = before + energy;
    let mut lower = Energy::ZERO;
    let mut tiers = Vec::with_capacity(limits.len() + 1);
    for upper in limits
        .iter()
        .copied()
        .chain([end.max(limits.last().copied().unwrap_or(Energy::ZERO))])
    {
        let in_tier = end.min(upper) - before.max(lower);
        tiers.push(in_tier.max(Energy::ZERO));
        lower = upper;
    }
    tiers
}

/// Spreads `energy` over registers in proportion to their use.
fn spread(
    energy: Energy,
    usage: &[(Register, Energy)],
) -> impl Iterator<Item = (Register, Energy)> {
    let weights: Vec<i64> = usage.iter().map(|(_, used)| used.wh()).collect();
    let shares = by_largest_remainder(energy.wh(), &weights);
    let registers: Vec<Register> = usage.iter().map(|(register, _)| *register).collect();
    registers
        .into_iter()
        .zip(shares)
        .filter(|(_, share)| *share != 0)
        .map(|(register, share)| (register, Energy::from_wh(share)))
}

fn relief_lines(
    version: &Version,
    case: &Case,
    part: &mut Part,
    index: u8,
    lines: &mut Vec<Line>,
) -> Result<(), Unpriced> {
    let Some(relief) = version.relief(case.concession) else {
        return Ok(());
    };
    match &relief.grant {
        Grant::FreeEnergy(per_month) => {
            let quota: Energy = part.months.iter().map(|share| share.of(*per_month)).sum();
            part.free = quota.min(part.energy());
            let band = version
                .band(case.voltage)
                .ok_or(Unpriced::NoPriceAt(case.voltage))?;
            for (register, share) in spread(part.free, &part.usage) {
                let price = band
                    .price(register)
                    .ok_or(Unpriced::RegisterUnknown(register))?;
                lines.push(energy_line(
                    LineKind::Relief,
                    Some(register),
                    None,
                    index,
                    -share,
                    price,
                ));
            }
        }
        Grant::Amount(rate) => {
            let months =
                i64::try_from(part.months.iter().filter(|share| share.ends_here()).count())
                    .unwrap_or(0);
            let charged: Money = lines.iter().map(|line| line.amount).sum();
            lines.extend(amount_relief(*rate, months, charged, index));
        }
    }
    Ok(())
}

/// So many yuan a month given back, never more than was charged; then as one sum.
fn amount_relief(rate: Price<PerMonth>, months: i64, charged: Money, part: u8) -> Option<Line> {
    let fen = kernel::decimal::divide_half_away(i128::from(rate.units()), 1_000_000);
    let rate = Money::from_fen(i64::try_from(fen).ok()?);
    let granted = Money::from_fen(rate.fen().checked_mul(months)?);
    let charge = if granted <= charged {
        Charge::Months(-months, rate)
    } else {
        Charge::Months(-1, charged)
    };
    let amount = -granted.min(charged);
    (amount != Money::ZERO).then_some(Line {
        kind: LineKind::Relief,
        register: None,
        tier: None,
        part,
        charge,
        amount,
    })
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
            assert_eq!(tiers, kwh(&expected), "{energy} kWh after {before}");
        }
        assert_eq!(
            split_by_tier(Energy::ZERO, Energy::from_kwh(7), &[]),
            kwh(&[7])
        );
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
    fn a_long_bill_has_a_stretch_for_each_month_without_gap_or_overlap() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let all = stretches(
            month("2016-06"),
            month("2016-08"),
            Period {
                from: date(2016, 5, 21),
                to: date(2016, 8, 20),
            },
        );
        let days: Vec<(Date, Date)> = all
            .iter()
            .map(|stretch| (stretch.period.from, stretch.period.to))
            .collect();
        assert_eq!(
            days,
            [
                (date(2016, 5, 21), date(2016, 6, 30)),
                (date(2016, 7, 1), date(2016, 7, 31)),
                (date(2016, 8, 1), date(2016, 8, 20))
            ]
        );
    }

    #[test]
    fn shares_of_a_month_add_up_to_its_allowance() {
        let allowance = Energy::from_wh(100_001);
        let share = |days, days_before| {
            MonthShare {
                month: "2016-08".parse().expect("a month"),
                days,
                days_before,
                stretch_days: 31,
            }
            .of(allowance)
        };
        assert_eq!(share(10, 0) + share(11, 10) + share(10, 21), allowance);
        assert_eq!(share(31, 0), allowance);
    }

    #[test]
    fn money_given_back_is_never_more_than_was_charged() {
        let rate: Price<PerMonth> = "7.84".parse().expect("a rate");
        let line = amount_relief(rate, 2, Money::from_fen(5000), 0).expect("a line");
        assert_eq!(
            (line.amount, line.charge),
            (
                Money::from_fen(-1568),
                Charge::Months(-2, Money::from_fen(784))
            )
        );
        let line = amount_relief(rate, 1, Money::from_fen(500), 0).expect("a line");
        assert_eq!(line.amount, Money::from_fen(-500));
        assert_eq!(amount_relief(rate, 1, Money::ZERO, 0), None);
    }
}
