//! Calendar months and days, as much as a tool needs.

use std::fmt;

use anyhow::{Context, Result};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Month {
    pub year: i64,
    pub month: i64,
}

impl Month {
    pub fn new(year: i64, month: i64) -> Self {
        Self { year, month }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let (year, month) = text.trim().split_once('-').context("not a month")?;
        Ok(Self::new(year.parse()?, month.parse()?))
    }

    pub fn plus(self, months: i64) -> Self {
        let index = self.year * 12 + self.month - 1 + months;
        Self::new(index.div_euclid(12), index.rem_euclid(12) + 1)
    }

    pub fn days(self) -> i64 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            _ => 31,
        }
    }

    pub fn day(self, day: i64) -> String {
        format!("{self}-{day:02}")
    }

    pub fn last_day(self) -> String {
        self.day(self.days())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_run_over_years_in_both_directions() {
        let january = Month::new(2026, 1);
        assert_eq!(january.plus(-1).to_string(), "2025-12");
        assert_eq!(january.plus(13).to_string(), "2027-02");
    }

    #[test]
    fn february_knows_leap_years() {
        assert_eq!(Month::new(2016, 2).last_day(), "2016-02-29");
        assert_eq!(Month::new(1900, 2).last_day(), "1900-02-28");
        assert_eq!(Month::new(2000, 2).last_day(), "2000-02-29");
    }
}
