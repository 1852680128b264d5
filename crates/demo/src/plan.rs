//! How large the county is, and which months it lives through.

use kernel::{Date, Month};

use crate::chance::{Chance, Stream};

/// Months of history.
const MONTHS: i32 = 24;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub customers: usize,
    pub seed: u64,
    /// The first month that is read and billed.
    pub first: Month,
    /// The last month: read, and left to be billed.
    pub last: Month,
    /// The day up to which payments have come in.
    pub until: Date,
}

impl Plan {
    /// Two years up to the month before `today`.
    pub fn up_to(today: Date, customers: usize, seed: u64) -> Plan {
        let this = Month::of(today);
        let back = |months: i32| {
            let index = i32::from(this.year()) * 12 + i32::from(this.month()) - 1 - months;
            let month = i8::try_from(index.rem_euclid(12) + 1).unwrap_or(1);
            Month::new(i16::try_from(index.div_euclid(12)).unwrap_or(2000), month).unwrap_or(this)
        };
        Plan { customers, seed, first: back(MONTHS), last: back(1), until: today }
    }

    /// How many months there are.
    pub fn turns(&self) -> i32 {
        self.last.months_since(self.first) + 1
    }

    /// The month `turn` months after the first.
    pub fn month(&self, turn: i32) -> Month {
        let mut month = self.first;
        for _ in 0..turn {
            month = month.next();
        }
        month
    }

    /// The seed of the ids that the filling makes, another one each time that it is begun: ids of a
    /// filling that was cut off are never made again.
    pub fn ids(&self, begun: i64) -> [u8; 32] {
        Chance::of(self.seed, Stream::Ids, begun.unsigned_abs(), self.customers as u64).bytes()
    }

    #[cfg(test)]
    pub fn sample() -> Plan {
        Plan::up_to(jiff::civil::date(2026, 11, 22), 300, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_end_with_the_month_before_today() {
        let plan = Plan::sample();
        assert_eq!((plan.first.to_string(), plan.last.to_string()), ("2024-11".into(), "2026-10".into()));
        assert_eq!(plan.turns(), 24);
        assert_eq!(plan.month(23), plan.last);
        assert_eq!(Plan::up_to(jiff::civil::date(2027, 1, 1), 1, 1).last.to_string(), "2026-12");
    }
}
