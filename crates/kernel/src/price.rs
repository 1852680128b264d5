//! A price with its unit in the type, so that yuan per kWh never multiplies a kVA.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Add;
use std::str::FromStr;

use crate::decimal::{self, DecimalError};
use crate::{Capacity, Energy, Money, Power};

/// What a price is per.
pub trait PerUnit {
    const SYMBOL: &'static str;
}

/// Active energy, priced per kWh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kwh;
impl PerUnit for Kwh {
    const SYMBOL: &'static str = "kWh";
}

/// Capacity, priced per kVA and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kva;
impl PerUnit for Kva {
    const SYMBOL: &'static str = "kVA";
}

/// Demand, priced per kW and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kw;
impl PerUnit for Kw {
    const SYMBOL: &'static str = "kW";
}

/// Thirtieths of a month, by which what is priced per month is divided.
pub const MONTH: i64 = 30;

/// A price in 10⁻⁸ yuan per unit.
#[derive(PartialEq, Eq)]
pub struct Price<U> {
    units: i64,
    per: PhantomData<U>,
}

const DECIMALS: u32 = 8;

impl<U> Price<U> {
    /// A thousand yuan a unit: beyond any tariff, and small enough that no bill overflows.
    pub const MAX: Price<U> = Price::from_units(1000 * 10_i64.pow(DECIMALS));

    pub const fn from_units(units: i64) -> Price<U> {
        Price { units, per: PhantomData }
    }

    pub const fn units(self) -> i64 {
        self.units
    }
}

impl Price<Kwh> {
    /// The amount for `energy`, rounded once, half away from zero to the fen.
    ///
    /// Cannot overflow for energy within [`Energy::MAX_BILLED`] and a price within [`Price::MAX`];
    /// saturates beyond.
    pub fn amount(self, energy: Energy) -> Money {
        // Wh × 10⁻⁸ yuan per kWh = 10⁻¹¹ yuan = 10⁻⁹ fen.
        fen(i128::from(energy.wh()) * i128::from(self.units), 1_000_000_000)
    }
}

impl Price<Kva> {
    /// The amount for `thirtieths` of a month, rounded once, half away from zero to the fen.
    pub fn amount(self, capacity: Capacity, thirtieths: i64) -> Money {
        per_month(capacity.va(), self.units, thirtieths)
    }
}

impl Price<Kw> {
    /// The amount for `thirtieths` of a month, rounded once, half away from zero to the fen.
    pub fn amount(self, power: Power, thirtieths: i64) -> Money {
        per_month(power.w(), self.units, thirtieths)
    }
}

fn per_month(milli: i64, units: i64, thirtieths: i64) -> Money {
    let product = i128::from(milli).saturating_mul(i128::from(units)).saturating_mul(i128::from(thirtieths));
    fen(product, 1_000_000_000 * i128::from(MONTH))
}

fn fen(numerator: i128, denominator: i128) -> Money {
    let fen = decimal::divide_half_away(numerator, denominator);
    Money::from_fen(i64::try_from(fen).unwrap_or(if fen < 0 { i64::MIN } else { i64::MAX }))
}

// Derives would ask the same of the marker `U`, which is never held.
impl<U> Clone for Price<U> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<U> Copy for Price<U> {}
impl<U> fmt::Debug for Price<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<U> fmt::Display for Price<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::format(f, self.units, DECIMALS, 0)
    }
}
impl<U> FromStr for Price<U> {
    type Err = DecimalError;
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        decimal::parse(text, DECIMALS).map(Price::from_units)
    }
}
impl<U> Add for Price<U> {
    type Output = Price<U>;
    fn add(self, other: Price<U>) -> Price<U> {
        Price::from_units(self.units + other.units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_rounded_once_half_away_from_zero() {
        let price: Price<Kwh> = "0.5224".parse().expect("a price");
        assert_eq!(price.amount(Energy::from_kwh(15)), Money::from_fen(784));
        let half: Price<Kwh> = "0.005".parse().expect("a price");
        assert_eq!(half.amount(Energy::from_kwh(1)), Money::from_fen(1));
        assert_eq!(half.amount(-Energy::from_kwh(1)), Money::from_fen(-1));
    }

    #[test]
    fn what_is_priced_per_month_is_divided_by_thirtieths() {
        let price: Price<Kva> = "30".parse().expect("a price");
        assert_eq!(price.amount(Capacity::from_va(315_000), 15), Money::from_fen(472_500));
        assert_eq!(price.amount(Capacity::from_va(315_000), MONTH), Money::from_fen(945_000));
        let price: Price<Kw> = "40".parse().expect("a price");
        assert_eq!(price.amount(Power::from_w(800_000), MONTH), Money::from_fen(3_200_000));
    }

    #[test]
    fn a_government_fund_of_eight_decimals_is_held_exactly() {
        let fund: Price<Kwh> = "0.00196875".parse().expect("a price");
        assert_eq!(fund.units(), 196_875);
        assert_eq!(fund.to_string(), "0.00196875");
    }

    #[test]
    fn the_largest_bill_does_not_overflow() {
        assert_eq!(Price::<Kwh>::MAX.amount(Energy::MAX_BILLED).fen(), 100_000_000_000_000);
    }
}
