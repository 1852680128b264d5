//! Instants, civil days, months, and the only clock.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
pub use jiff::Timestamp;
pub use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where "now" comes from: the machine, or a hand that tests turn.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Microseconds since 1970, shared by all who hold a clone.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn manual(start: Timestamp) -> Clock {
        Clock::Manual(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    #[allow(clippy::disallowed_methods)] // the one place that may ask the machine
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Manual(hand) => {
                Timestamp::from_microsecond(hand.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }
    }

    /// Turns a manual clock; the machine's own cannot be turned.
    pub fn advance(&self, by: SignedDuration) {
        if let Clock::Manual(hand) = self {
            let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            hand.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

/// A calendar month: the cycle of reading and billing 抄表例日所属月, written `2016-08`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAMonth;

impl Month {
    pub fn new(year: i16, month: i8) -> Option<Month> {
        ((1900..=9000).contains(&year) && (1..=12).contains(&month)).then_some(Month { year, month })
    }

    pub fn of(date: Date) -> Month {
        Month { year: date.year(), month: date.month() }
    }

    pub fn year(self) -> i16 {
        self.year
    }

    pub fn month(self) -> i8 {
        self.month
    }

    pub fn first_day(self) -> Date {
        jiff::civil::date(self.year, self.month, 1)
    }

    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    pub fn next(self) -> Month {
        if self.month == 12 {
            Month { year: self.year + 1, month: 1 }
        } else {
            Month { year: self.year, month: self.month + 1 }
        }
    }

    /// The month so many months before.
    pub fn back(self, months: u16) -> Month {
        let since_year_zero = i32::from(self.year) * 12 + i32::from(self.month) - 1 - i32::from(months);
        let (year, month) = (since_year_zero.div_euclid(12), since_year_zero.rem_euclid(12) + 1);
        Month { year: i16::try_from(year).unwrap_or(i16::MIN), month: i8::try_from(month).unwrap_or(1) }
    }

    /// Whole months from `earlier` to `self`; negative when `self` is before it.
    pub fn months_since(self, earlier: Month) -> i32 {
        (i32::from(self.year) - i32::from(earlier.year)) * 12 + i32::from(self.month) - i32::from(earlier.month)
    }

    /// The months from `self` to `last`, both included; none when `last` is earlier.
    pub fn through(self, last: Month) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self), |month| Some(month.next())).take_while(move |month| *month <= last)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Month, NotAMonth> {
        let shape = text.len() == 7
            && text.bytes().enumerate().all(|(i, b)| if i == 4 { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(NotAMonth);
        }
        let year = text[..4].parse().map_err(|_| NotAMonth)?;
        let month = text[5..].parse().map_err(|_| NotAMonth)?;
        Month::new(year, month).ok_or(NotAMonth)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NotAMonth| serde::de::Error::custom("a month is written 2016-08"))
    }
}

/// Civil days from `from` to `to`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

impl Period {
    pub fn days(self) -> i64 {
        days_between(self.from, self.to) + 1
    }
}

/// Days from `earlier` to `later`; negative when the order is the other way.
pub fn days_between(earlier: Date, later: Date) -> i64 {
    earlier.duration_until(later).as_hours() / 24
}

/// The day after; the last representable day has none and stays.
pub fn next_day(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

/// The day before; the first representable day has none and stays.
pub fn previous_day(date: Date) -> Date {
    date.yesterday().unwrap_or(date)
}

/// A civil day as files write it, `2016-08-31` and nothing looser.
pub fn parse_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if shape { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_is_four_digits_a_dash_and_two_digits_from_01_to_12() {
        assert_eq!("2016-08".parse(), Ok(Month { year: 2016, month: 8 }));
        for wrong in ["2016-13", "2016-00", "2016-8", "201608", "2016-08-01", "", "２０１６-08", "-016-08"] {
            assert_eq!(wrong.parse::<Month>(), Err(NotAMonth), "{wrong:?}");
        }
    }

    #[test]
    fn months_run_over_the_end_of_the_year() {
        let november: Month = "2015-11".parse().expect("a month");
        let february: Month = "2016-02".parse().expect("a month");
        assert_eq!(february.months_since(november), 3);
        assert_eq!(
            november.through(february).map(|m| m.to_string()).collect::<Vec<_>>(),
            ["2015-11", "2015-12", "2016-01", "2016-02"]
        );
        assert_eq!(february.through(november).count(), 0);
        assert_eq!(
            [0, 1, 2, 3, 12].map(|months| february.back(months).to_string()),
            ["2016-02", "2016-01", "2015-12", "2015-11", "2015-02"]
        );
        assert_eq!(february.last_day(), date(2016, 2, 29));
    }

    #[test]
    fn a_period_counts_both_of_its_ends() {
        assert_eq!(Period { from: date(2016, 2, 1), to: date(2016, 3, 1) }.days(), 30);
        assert_eq!(days_between(date(2014, 12, 31), date(2016, 9, 30)), 639);
    }

    #[test]
    fn a_date_is_refused_unless_it_exists_and_is_written_in_full() {
        assert_eq!(parse_date("2016-02-29"), Some(date(2016, 2, 29)));
        for wrong in ["2015-02-29", "2016-2-29", "20160229", "2016-02-29T00:00", "2016/02/29", ""] {
            assert_eq!(parse_date(wrong), None, "{wrong:?}");
        }
    }
}
