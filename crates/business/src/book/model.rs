use kernel::{Date, Month, Refusal, words};
use serde::{Deserialize, Serialize};

words! {
    /// In which months a book is read 抄表周期.
    pub enum ReadingCycle {
        Monthly = "monthly" ("每月", "every month"),
        Odd = "odd" ("单月", "odd months"),
        Even = "even" ("双月", "even months"),
    }
}

impl ReadingCycle {
    pub fn includes(self, month: Month) -> bool {
        match self {
            ReadingCycle::Monthly => true,
            ReadingCycle::Odd => month.month() % 2 == 1,
            ReadingCycle::Even => month.month() % 2 == 0,
        }
    }

    /// The word of the cycle, besides `monthly`, that includes `month`.
    pub fn of(month: Month) -> ReadingCycle {
        if month.month() % 2 == 1 { ReadingCycle::Odd } else { ReadingCycle::Even }
    }
}

/// The day of the month on which a book is read 抄表例日.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReadingDay {
    /// 1 to 28: a day that every month has.
    Day(i8),
    Last,
}

impl ReadingDay {
    const LAST: &'static str = "last";

    pub fn parse(text: &str) -> Option<ReadingDay> {
        if text == Self::LAST {
            return Some(ReadingDay::Last);
        }
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let day = digits.then(|| text.parse::<i8>().ok()).flatten()?;
        (1..=28).contains(&day).then_some(ReadingDay::Day(day))
    }

    pub fn number(self) -> Option<i64> {
        match self {
            ReadingDay::Day(day) => Some(i64::from(day)),
            ReadingDay::Last => None,
        }
    }

    pub fn within(self, month: Month) -> Date {
        match self {
            ReadingDay::Day(day) => jiff::civil::date(month.year(), month.month(), day),
            ReadingDay::Last => month.last_day(),
        }
    }

    pub fn refusal() -> Refusal {
        let (zh, en) = ("抄表例日为 1 至 28，或 last（月末）", "a reading day is 1 to 28, or last");
        Refusal::invalid("reading-day.invalid", zh, en).at("reading_day")
    }
}

impl std::fmt::Display for ReadingDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadingDay::Day(day) => day.fmt(f),
            ReadingDay::Last => f.write_str(Self::LAST),
        }
    }
}

impl TryFrom<String> for ReadingDay {
    type Error = &'static str;
    fn try_from(text: String) -> Result<ReadingDay, Self::Error> {
        ReadingDay::parse(&text).ok_or("a reading day is 1 to 28, or last")
    }
}

impl From<ReadingDay> for String {
    fn from(day: ReadingDay) -> String {
        day.to_string()
    }
}

/// A reading book on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Book {
    pub code: String,
    pub station: String,
    pub name: String,
    pub day: ReadingDay,
    pub cycle: ReadingCycle,
    /// Login or name of whoever reads it.
    pub reader: Option<String>,
    /// Its place on the reader's way.
    pub route_order: Option<i64>,
}

impl Book {
    pub fn is_due(book: Option<&Book>, month: Month) -> bool {
        book.is_none_or(|book| book.cycle.includes(month))
    }

    pub fn due_on(book: Option<&Book>, month: Month) -> Date {
        book.map_or(ReadingDay::Last, |book| book.day).within(month)
    }
}

/// A line of the list of books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine {
    /// Empty: the usage points that name no book.
    pub code: String,
    /// Of the record, otherwise the first of its usage points' stations.
    pub station: Option<String>,
    pub record: Option<Book>,
    /// Of the stations that the actor may see.
    pub usage_points: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_day_is_one_that_every_month_has_or_the_last() {
        let february: Month = "2016-02".parse().expect("a month");
        assert_eq!(ReadingDay::parse("28").expect("a day").within(february).to_string(), "2016-02-28");
        assert_eq!(ReadingDay::parse("last").expect("a day").within(february).to_string(), "2016-02-29");
        for wrong in ["0", "29", "-1", "+1", "", "Last", "1.0", "001"] {
            assert_eq!(ReadingDay::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn odd_and_even_books_are_read_in_turn_and_a_book_without_record_every_month() {
        for month in ["2016-11", "2016-12", "2017-01"] {
            let month: Month = month.parse().expect("a month");
            assert_ne!(ReadingCycle::Odd.includes(month), ReadingCycle::Even.includes(month));
            assert!(ReadingCycle::of(month).includes(month) && ReadingCycle::Monthly.includes(month));
            assert!(Book::is_due(None, month));
        }
    }
}
