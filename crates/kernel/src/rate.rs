//! A share or a factor: 5 %, 1.8 times, 1/1000 a day.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decimal::{self, divide_half_away};
use crate::{Energy, Money};

/// A number without a unit, in millionths; text form with at most six decimals, one being "1".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

const ONE: i64 = 1_000_000;

impl Rate {
    pub const ZERO: Rate = Rate(0);
    pub const ONE: Rate = Rate(ONE);
    /// A hundred times: beyond any factor of a price list, and small enough that no bill overflows.
    pub const MAX: Rate = Rate(100 * ONE);

    pub const fn from_millionths(millionths: i64) -> Rate {
        Rate(millionths)
    }

    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// So many times `count`, a whole number of some unit, rounded half away from zero.
    pub fn times(self, count: i64) -> i64 {
        let product = divide_half_away(i128::from(count) * i128::from(self.0), i128::from(ONE));
        i64::try_from(product).unwrap_or(if product < 0 { i64::MIN } else { i64::MAX })
    }

    pub fn of(self, amount: Money) -> Money {
        Money::from_fen(self.times(amount.fen()))
    }

    pub fn of_energy(self, energy: Energy) -> Energy {
        Energy::from_wh(self.times(energy.wh()))
    }

    /// As a percentage, "5" or "0.75".
    pub fn percent(self) -> impl fmt::Display {
        struct Percent(i64);
        impl fmt::Display for Percent {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::format(f, self.0, 4, 0)
            }
        }
        Percent(self.0)
    }
}

decimal::decimal_text!(Rate, 6, 0);

/// As decimal text, so that a stored figure reads like its price list.
impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("a rate is decimal text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_applied_exactly_and_rounded_once() {
        let rate = |text: &str| text.parse::<Rate>().expect("a rate");
        assert_eq!(rate("0.05").of(Money::from_fen(6_169_123)), Money::from_fen(308_456));
        assert_eq!(rate("-0.0075").of(Money::from_fen(100)), Money::from_fen(-1));
        assert_eq!(rate("0.02").of_energy(Energy::from_kwh(46_080)), Energy::from_wh(921_600));
        assert_eq!(rate("1.49").percent().to_string(), "149");
        assert_eq!(rate("-0.0075").percent().to_string(), "-0.75");
        assert_eq!(serde_json::to_string(&rate("1.80")).expect("JSON"), "\"1.8\"");
    }
}
