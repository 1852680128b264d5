//! Quantities that are metered or rated.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::decimal::{self, DecimalError};

/// Active energy in Wh; text form in kWh with at most three decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Energy(i64);

impl Energy {
    pub const ZERO: Energy = Energy(0);

    /// One TWh: more than any single usage point takes, and small enough that no bill overflows.
    pub const MAX_BILLED: Energy = Energy(1_000_000_000_000);

    pub const fn from_wh(wh: i64) -> Energy {
        Energy(wh)
    }

    pub const fn from_kwh(kwh: i64) -> Energy {
        Energy(kwh * 1000)
    }

    pub const fn wh(self) -> i64 {
        self.0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub fn parse_kwh(text: &str) -> Result<Energy, DecimalError> {
        text.parse()
    }
}

decimal::decimal_text!(Energy, 3, 0);

impl Add for Energy {
    type Output = Energy;
    fn add(self, other: Energy) -> Energy {
        Energy(self.0 + other.0)
    }
}
impl AddAssign for Energy {
    fn add_assign(&mut self, other: Energy) {
        self.0 += other.0;
    }
}
impl Sub for Energy {
    type Output = Energy;
    fn sub(self, other: Energy) -> Energy {
        Energy(self.0 - other.0)
    }
}
impl Neg for Energy {
    type Output = Energy;
    fn neg(self) -> Energy {
        Energy(-self.0)
    }
}
impl Sum for Energy {
    fn sum<I: Iterator<Item = Energy>>(parts: I) -> Energy {
        parts.fold(Energy::ZERO, Add::add)
    }
}

/// Rated or contracted capacity in VA; text form in kVA with at most three decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(i64);

impl Capacity {
    /// Ten million kVA: beyond any customer, and small enough that no bill overflows.
    pub const MAX_BILLED: Capacity = Capacity(10_000_000_000);

    pub const fn from_va(va: i64) -> Capacity {
        Capacity(va)
    }

    pub const fn va(self) -> i64 {
        self.0
    }

    pub fn parse_kva(text: &str) -> Result<Capacity, DecimalError> {
        text.parse()
    }

    /// The energy that this capacity can carry in `hours` at full load and power factor one.
    pub fn energy_in(self, hours: i64) -> i128 {
        i128::from(self.0) * i128::from(hours)
    }
}

decimal::decimal_text!(Capacity, 3, 0);

/// Reactive energy in varh; text form in kvarh with at most three decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReactiveEnergy(i64);

impl ReactiveEnergy {
    /// As of [`Energy::MAX_BILLED`].
    pub const MAX_BILLED: ReactiveEnergy = ReactiveEnergy(Energy::MAX_BILLED.0);

    pub const fn from_varh(varh: i64) -> ReactiveEnergy {
        ReactiveEnergy(varh)
    }

    pub const fn varh(self) -> i64 {
        self.0
    }
}

decimal::decimal_text!(ReactiveEnergy, 3, 0);

/// Active power in W, a demand 需量 say; text form in kW with at most three decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Power(i64);

impl Power {
    /// As of [`Capacity::MAX_BILLED`].
    pub const MAX_BILLED: Power = Power(Capacity::MAX_BILLED.0);

    pub const fn from_w(w: i64) -> Power {
        Power(w)
    }

    pub const fn w(self) -> i64 {
        self.0
    }
}

decimal::decimal_text!(Power, 3, 0);

impl Sum for Power {
    fn sum<I: Iterator<Item = Power>>(parts: I) -> Power {
        Power(parts.map(Power::w).sum())
    }
}

/// A time in hundredths of an hour; text form in hours with at most two decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hours(i64);

impl Hours {
    /// Six hundred months.
    pub const MAX_BILLED: Hours = Hours(600 * 31 * 24 * 100);

    pub const fn from_hundredths(hundredths: i64) -> Hours {
        Hours(hundredths)
    }

    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// What `power` comes to in this time, rounded half away from zero to the Wh.
    pub fn energy(self, power: Power) -> Energy {
        let wh = decimal::divide_half_away(i128::from(power.w()) * i128::from(self.0), 100);
        Energy::from_wh(i64::try_from(wh).unwrap_or(i64::MAX))
    }
}

decimal::decimal_text!(Hours, 2, 0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_shows_kwh_without_zeros_at_the_end() {
        assert_eq!(Energy::from_kwh(180).to_string(), "180");
        assert_eq!(Energy::from_wh(26).to_string(), "0.026");
        assert_eq!(Energy::parse_kwh("1234.56"), Ok(Energy::from_wh(1_234_560)));
    }
}
