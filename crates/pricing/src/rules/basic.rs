//! The basic charge 基本电费: capacity or demand by months, a begun day counting as a thirtieth of one.

use kernel::price::{Kw, MONTH};
use kernel::share::by_largest_remainder;
use kernel::time::{days_between, next_day};
use kernel::{Capacity, Date, Energy, Few, Month, Period, Power, Price};

use super::supply::{Contracted, Supply, Suspended};
use super::{Case, Charge, Line, LineKind, Needed, Part, Stretch, Unpriced};
use crate::tariff::{Basic, BasicPrice, DemandMode, ExcessBase, Tariff};

/// Days of one month and one part with the same capacity and contract.
#[derive(Debug, Clone, Copy)]
struct Run {
    part: usize,
    month: Month,
    days: i64,
    capacity: Capacity,
    contract: Option<Power>,
    /// Of the month that is charged for.
    thirtieths: i64,
}

pub(super) fn lines(tariff: &Tariff, case: &Case, parts: &[Part], lines: &mut Vec<Line>) -> Result<(), Unpriced> {
    if parts.iter().all(|part| tariff.versions[part.version].basic.is_none()) {
        return Ok(());
    }
    let supply = case.supply.as_deref().ok_or(Unpriced::Missing(Needed::Capacity))?;
    let mode = supply.mode.ok_or(Unpriced::Missing(Needed::Mode))?;
    let mut runs = Few::new();
    for (index, part) in parts.iter().enumerate() {
        match &tariff.versions[part.version].basic {
            Some(basic) => cut(basic, case, supply, index, part, &mut runs)?,
            None => pass(index, part, &mut runs),
        }
    }
    divide_months(case, supply, &mut runs);
    let charged = parts.iter().filter(|part| tariff.versions[part.version].basic.is_some());
    let energy: Energy = charged.map(Part::energy).sum();
    for run in runs.iter().filter(|run| run.thirtieths > 0) {
        let Some(basic) = &tariff.versions[parts[run.part].version].basic else { continue };
        let price = basic.price(case.voltage).ok_or(Unpriced::NoPriceAt(case.voltage))?;
        let part = u8::try_from(run.part).map_err(|_| Unpriced::OutOfRange)?;
        match mode {
            DemandMode::Capacity => lines.push(capacity_line(price, run, part)),
            DemandMode::Contract | DemandMode::Actual => {
                let demand = Demand::of(basic, supply, mode, run)?;
                let price = demand_price(basic, price, energy, &runs);
                demand.lines(basic, price, run.thirtieths, part, lines);
            }
        }
    }
    Ok(())
}

/// Cuts the days of a part wherever capacity or contract change.
fn cut(
    basic: &Basic,
    case: &Case,
    supply: &Supply,
    index: usize,
    part: &Part,
    runs: &mut Few<Run>,
) -> Result<(), Unpriced> {
    let mut from = part.period.from;
    for share in &part.months {
        let stretch = case.stretches.iter().find(|stretch| stretch.month == share.month);
        let last = stretch.map_or(part.period.to, |stretch| stretch.period.to.min(part.period.to));
        let end = next_day(last);
        while from < end {
            let (at, contracted) = contracted_on(&supply.contracted, from)?;
            let mut next = supply.contracted.get(at + 1).map_or(end, |next| next.from.min(end));
            let mut resting = 0;
            for rest in rests(basic, &supply.suspended) {
                if rest.period.from > from {
                    next = next.min(rest.period.from);
                } else if rest.period.to >= from {
                    next = next.min(next_day(rest.period.to));
                    resting += rest.capacity.va();
                }
            }
            runs.push(Run {
                part: index,
                month: share.month,
                days: days_between(from, next),
                capacity: Capacity::from_va((contracted.capacity.va() - resting).max(0)),
                contract: contracted.demand,
                thirtieths: 0,
            });
            from = next;
        }
    }
    Ok(())
}

/// Days without a basic charge have no line, but they have their share of the month.
fn pass(index: usize, part: &Part, runs: &mut Few<Run>) {
    for share in &part.months {
        runs.push(Run {
            part: index,
            month: share.month,
            days: share.days,
            capacity: Capacity::default(),
            contract: None,
            thirtieths: 0,
        });
    }
}

fn contracted_on(contracted: &[Contracted], day: Date) -> Result<(usize, &Contracted), Unpriced> {
    let at = contracted.iter().rposition(|contracted| contracted.from <= day).ok_or(Unpriced::Uncovered(day))?;
    Ok((at, &contracted[at]))
}

/// The suspensions that are long enough to count.
fn rests<'s>(basic: &Basic, suspended: &'s [Suspended]) -> impl Iterator<Item = &'s Suspended> {
    let least = i64::from(basic.least_suspension_days);
    suspended.iter().filter(move |rest| rest.period.days() >= least)
}

/// Shares out the thirtieths of each month: all of them, or as many as there are days where the supply began or ended
/// within it.
fn divide_months(case: &Case, supply: &Supply, runs: &mut [Run]) {
    for stretch in &case.stretches {
        let thirtieths = if is_part_month(stretch, supply) { stretch.period.days().min(MONTH) } else { MONTH };
        let of_month = |run: &&mut Run| run.month == stretch.month;
        let days: Few<i64> = runs.iter_mut().filter(of_month).map(|run| run.days).collect();
        for (run, share) in runs.iter_mut().filter(of_month).zip(by_largest_remainder(thirtieths, &days)) {
            run.thirtieths = share;
        }
    }
}

fn is_part_month(stretch: &Stretch, supply: &Supply) -> bool {
    let Period { from, to } = stretch.period;
    let holds = |day: Option<Date>| day.is_some_and(|day| from <= day && day <= to);
    let is_calendar_month = from <= stretch.month.first_day() && to >= stretch.month.last_day();
    (holds(supply.begun) || holds(supply.ended)) && !is_calendar_month
}

fn capacity_line(price: &BasicPrice, run: &Run, part: u8) -> Line {
    let charge = Charge::Capacity(run.capacity, run.thirtieths, price.per_kva.units());
    let amount = price.per_kva.amount(run.capacity, run.thirtieths);
    Line { kind: LineKind::Basic, register: None, tier: None, part, charge, amount }
}

/// The price of a kW, less where the capacity was used well.
fn demand_price(basic: &Basic, price: &BasicPrice, energy: Energy, runs: &[Run]) -> Price<Kw> {
    let Some(rule) = &basic.high_use else { return price.per_kw };
    // Wh for a kVA, times VA, times thirtieths of a month.
    let threshold: i128 = runs
        .iter()
        .map(|run| i128::from(rule.per_kva.wh()) * i128::from(run.capacity.va()) * i128::from(run.thirtieths))
        .sum();
    let used = i128::from(energy.wh()) * 1000 * i128::from(MONTH);
    if threshold > 0 && used >= threshold {
        Price::from_units(rule.rate.times(price.per_kw.units()))
    } else {
        price.per_kw
    }
}

/// Demand that is charged, and how much of it is above the contract.
struct Demand {
    plain: Power,
    excess: Power,
}

impl Demand {
    fn of(basic: &Basic, supply: &Supply, mode: DemandMode, run: &Run) -> Result<Demand, Unpriced> {
        let floor = basic.floor.as_ref().filter(|floor| floor.modes.contains(&mode));
        let least = floor.map_or(Power::default(), |floor| floor.of(run.capacity));
        let actual = || -> Result<Power, Unpriced> {
            if supply.demand.is_empty() {
                Err(Unpriced::Missing(Needed::Demand))
            } else {
                Ok(supply.demand.iter().copied().sum())
            }
        };
        if mode == DemandMode::Actual {
            return Ok(Demand { plain: actual()?.max(least), excess: Power::default() });
        }
        let contract = run.contract.ok_or(Unpriced::Missing(Needed::Contract))?.max(least);
        let Some(rule) = &basic.excess else { return Ok(Demand { plain: contract, excess: Power::default() }) };
        let actual = actual()?;
        let threshold = Power::from_w(rule.over.times(contract.w()));
        if actual <= threshold {
            return Ok(Demand { plain: contract, excess: Power::default() });
        }
        let plain = match rule.base {
            ExcessBase::Contract => contract,
            ExcessBase::Threshold => threshold,
        };
        Ok(Demand { plain, excess: Power::from_w(actual.w() - threshold.w()) })
    }

    fn lines(&self, basic: &Basic, price: Price<Kw>, thirtieths: i64, part: u8, lines: &mut Vec<Line>) {
        let line = |kind, power: Power, price: Price<Kw>| Line {
            kind,
            register: None,
            tier: None,
            part,
            charge: Charge::Demand(power, thirtieths, price.units()),
            amount: price.amount(power, thirtieths),
        };
        lines.push(line(LineKind::Basic, self.plain, price));
        if let Some(rule) = basic.excess.as_ref().filter(|_| self.excess > Power::default()) {
            lines.push(line(LineKind::Excess, self.excess, Price::from_units(rule.times.times(price.units()))));
        }
    }
}
