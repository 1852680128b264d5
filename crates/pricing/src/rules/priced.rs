//! What came out: parts, lines, total.

use kernel::price::{Kva, Kw, Kwh, MONTH};
use kernel::share::by_largest_remainder;
use kernel::{Capacity, Energy, Few, Money, Month, Period, Power, Price, Rate, Register};
use serde::{Deserialize, Serialize};

use super::{Factor, Lost};

/// A priced bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    pub parts: Vec<Part>,
    pub lines: Vec<Line>,
    pub total: Money,
    /// Losses that were added to the use.
    pub lost: Option<Lost>,
    pub factor: Option<Factor>,
    /// What annual limits leave aside, where they were begun anew.
    pub used_before_restart: Option<Energy>,
}

impl Priced {
    /// Use by year, for the year to date.
    pub fn use_by_year(&self) -> Few<(i16, Energy)> {
        let mut years = Few::new();
        for part in &self.parts {
            for (year, energy) in part.use_by_year() {
                super::count(&mut years, year, energy);
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
    pub months: Few<MonthShare, 1>,
    /// What is billed, losses among it.
    pub usage: Few<(Register, Energy)>,
    /// Upper limits of the tiers in this part; empty without tiers.
    pub limits: Few<Energy>,
    /// What had been used of the limits before this part; annual tiers only.
    pub before: Energy,
    /// Use in each tier, first to last.
    pub by_tier: Few<Energy>,
    /// Free energy granted.
    pub free: Energy,
}

impl Part {
    /// Its first month; all of them have the same prices.
    pub fn month(&self) -> Month {
        self.months[0].month
    }

    /// The part's use, divided by days where it goes over the end of a year.
    pub(super) fn use_by_year(&self) -> Few<(i16, Energy)> {
        // Nearly always a part is one month.
        if let [share] = &self.months[..] {
            return Few::from_slice(&[(share.month.year(), self.energy())]);
        }
        let mut days: Few<(i16, i64)> = Few::new();
        for share in &self.months {
            match days.last_mut().filter(|(year, _)| *year == share.month.year()) {
                Some((_, sum)) => *sum += share.days,
                None => days.push((share.month.year(), share.days)),
            }
        }
        let weights: Few<i64> = days.iter().map(|(_, days)| *days).collect();
        let shares = by_largest_remainder(self.energy().wh(), &weights);
        days.into_iter().zip(shares).map(|((year, _), wh)| (year, Energy::from_wh(wh))).collect()
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
    pub(super) fn of(&self, allowance: Energy) -> Energy {
        let up_to = |days: i64| i128::from(allowance.wh()) * i128::from(days) / i128::from(self.stretch_days);
        let share = up_to(self.days_before + self.days) - up_to(self.days_before);
        Energy::from_wh(i64::try_from(share).unwrap_or(0))
    }

    /// Whether the month's stretch ends in this part: what is granted once a month is granted here.
    pub(super) fn ends_here(&self) -> bool {
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
    /// The basic charge 基本电费.
    Basic,
    /// Demand above the contract 超合同最大需量.
    Excess,
    /// Adjustment by the power factor 功率因数调整电费.
    #[serde(rename = "power-factor")]
    PowerFactor,
    /// What is missing to the least charge.
    Least,
}

impl LineKind {
    /// Whether the power factor applies to it.
    pub(super) fn is_adjusted(self) -> bool {
        matches!(self, LineKind::Energy | LineKind::Basic | LineKind::Excess)
    }
}

/// A quantity and its price, in units that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charge {
    /// Wh, and 10⁻⁸ yuan per kWh.
    Energy(Energy, i64),
    /// Months, and fen per month.
    Months(i64, Money),
    /// VA, thirtieths of a month, and 10⁻⁸ yuan per kVA and month.
    Capacity(Capacity, i64, i64),
    /// W, thirtieths of a month, and 10⁻⁸ yuan per kW and month.
    Demand(Power, i64, i64),
    /// So much of an amount.
    Percent(Money, Rate),
    /// From what was charged up to an amount.
    UpTo(Money, Money),
}

impl Line {
    /// The stable code of the line: `energy.peak`, `tier.2`, `relief`, `basic.capacity`.
    pub fn code(&self) -> String {
        let stem = match (self.kind, &self.charge) {
            (LineKind::Energy, _) => "energy".to_owned(),
            (LineKind::Tier, _) => format!("tier.{}", self.tier.unwrap_or_default()),
            (LineKind::Relief, _) => "relief".to_owned(),
            (LineKind::Basic, Charge::Capacity(..)) => "basic.capacity".to_owned(),
            (LineKind::Basic, _) => "basic.demand".to_owned(),
            (LineKind::Excess, _) => "basic.excess".to_owned(),
            (LineKind::PowerFactor, _) => "power-factor".to_owned(),
            (LineKind::Least, _) => "least".to_owned(),
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
            Charge::Capacity(capacity, ..) => capacity.to_string(),
            Charge::Demand(power, ..) => power.to_string(),
            Charge::Percent(base, _) => base.to_string(),
            Charge::UpTo(..) => "1".to_owned(),
        }
    }

    pub fn unit(&self) -> &'static str {
        match &self.charge {
            Charge::Energy(..) => "kWh",
            Charge::Months(..) => "month",
            Charge::Capacity(..) => "kVA",
            Charge::Demand(..) => "kW",
            Charge::Percent(..) | Charge::UpTo(..) => "yuan",
        }
    }

    pub fn price(&self) -> String {
        match &self.charge {
            Charge::Energy(_, price) => Price::<Kwh>::from_units(*price).to_string(),
            Charge::Months(_, rate) => rate.to_string(),
            Charge::Capacity(_, _, price) => Price::<Kva>::from_units(*price).to_string(),
            Charge::Demand(_, _, price) => Price::<Kw>::from_units(*price).to_string(),
            Charge::Percent(_, rate) => rate.to_string(),
            Charge::UpTo(..) => self.amount.to_string(),
        }
    }

    /// Of a month, in thirtieths, where the line is for less than a whole one.
    pub fn thirtieths(&self) -> Option<i64> {
        match &self.charge {
            Charge::Capacity(_, thirtieths, _) | Charge::Demand(_, thirtieths, _) => Some(*thirtieths),
            _ => None,
        }
        .filter(|thirtieths| thirtieths.abs() != MONTH)
    }

    /// The same as text: `15/30`.
    pub fn share(&self) -> Option<String> {
        self.thirtieths().map(|thirtieths| format!("{thirtieths}/{MONTH}"))
    }

    /// The same line, taken back.
    pub fn reversed(&self) -> Line {
        let charge = match &self.charge {
            Charge::Energy(energy, price) => Charge::Energy(-*energy, *price),
            Charge::Months(months, rate) => Charge::Months(-*months, *rate),
            Charge::Capacity(capacity, thirtieths, price) => Charge::Capacity(*capacity, -*thirtieths, *price),
            Charge::Demand(power, thirtieths, price) => Charge::Demand(*power, -*thirtieths, *price),
            Charge::Percent(base, rate) => Charge::Percent(-*base, *rate),
            Charge::UpTo(least, charged) => Charge::UpTo(-*least, -*charged),
        };
        Line { charge, amount: -self.amount, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_month_add_up_to_its_allowance() {
        let allowance = Energy::from_wh(100_001);
        let share = |days, days_before| {
            MonthShare { month: "2016-08".parse().expect("a month"), days, days_before, stretch_days: 31 }.of(allowance)
        };
        assert_eq!(share(10, 0) + share(11, 10) + share(10, 21), allowance);
        assert_eq!(share(31, 0), allowance);
    }
}
