//! How use goes through the year and the week, by the kind of place.

use jiff::ToSpan;
use jiff::civil::Weekday;
use kernel::time::days_between;
use kernel::{Date, Month};

use crate::chance::{Chance, Stream};

/// What goes on at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Town,
    Village,
    /// Empty but for the days around the spring festival: the family works elsewhere.
    Away,
    Shop,
    Office,
    School,
    Factory,
    /// Day and night the same: cold stores, base stations, waterworks.
    Steady,
    StreetLight,
    Irrigation,
    Breeding,
}

const HABITS: usize = 11;

/// A usual day of each month in thousandths of the year's mean day.
const SEASONS: [[i64; 12]; HABITS] = [
    [1180, 1120, 900, 780, 780, 930, 1430, 1500, 1130, 790, 770, 1000],
    [1120, 1160, 890, 800, 800, 930, 1380, 1420, 1090, 820, 800, 990],
    [600, 2900, 700, 500, 500, 500, 800, 900, 600, 900, 500, 700],
    [1020, 900, 880, 870, 900, 1060, 1300, 1320, 1120, 900, 850, 980],
    [1060, 1000, 880, 800, 840, 1100, 1380, 1390, 1100, 820, 830, 1020],
    [900, 620, 1080, 1030, 1080, 1150, 620, 560, 1220, 1130, 1160, 1150],
    [980, 880, 1010, 1020, 1020, 1030, 1030, 1020, 1010, 980, 1010, 1020],
    [950, 950, 960, 980, 1000, 1040, 1090, 1090, 1040, 980, 960, 950],
    [1180, 1130, 1050, 950, 880, 830, 840, 890, 970, 1050, 1120, 1190],
    [80, 100, 420, 820, 1500, 1900, 2600, 2700, 1200, 350, 150, 80],
    [1150, 1120, 960, 900, 900, 980, 1120, 1120, 980, 900, 930, 1050],
];

/// Days of a year's spring festival; of a year that is not here the festival makes no difference.
const SPRING_FESTIVALS: [(i16, i8, i8); 14] = [
    (2022, 2, 1),
    (2023, 1, 22),
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
    (2028, 1, 26),
    (2029, 2, 13),
    (2030, 2, 3),
    (2031, 1, 23),
    (2032, 2, 11),
    (2033, 1, 31),
    (2034, 2, 19),
    (2035, 2, 8),
];

/// Days from the nearest spring festival, negative before it.
fn from_festival(day: Date) -> Option<i64> {
    let (_, month, of_month) = SPRING_FESTIVALS.iter().find(|(year, ..)| *year == day.year())?;
    Some(days_between(jiff::civil::date(day.year(), *month, *of_month), day))
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The first days of May and October, on which works and offices rest and towns go out.
fn is_golden_week(day: Date) -> bool {
    matches!((day.month(), day.day()), (5, 1..=5) | (10, 1..=7))
}

/// What a day of the week or of a feast makes of use, in thousandths.
fn by_day(habit: Habit, day: Date) -> i64 {
    let festival = from_festival(day);
    let within = |before: i64, after: i64| festival.is_some_and(|days| (-before..=after).contains(&days));
    let (weekend, golden) = (is_weekend(day), is_golden_week(day));
    match habit {
        Habit::Town if within(2, 8) => 820,
        Habit::Village if within(5, 12) => 1480,
        Habit::Away if within(6, 14) => 9000,
        Habit::Away => 380,
        Habit::Town | Habit::Village if weekend || golden => 1080,
        Habit::Shop if within(1, 5) => 300,
        Habit::Shop if weekend => 1150,
        Habit::Office if within(2, 7) || golden => 280,
        Habit::Office if weekend => 350,
        Habit::School if within(20, 16) => 150,
        Habit::School if weekend || golden => 300,
        Habit::Factory if within(8, 12) => 90,
        Habit::Factory if golden => 400,
        Habit::Factory if day.weekday() == Weekday::Sunday => 350,
        Habit::Factory if day.weekday() == Weekday::Saturday => 900,
        _ => 1000,
    }
}

/// The weight of the days from the one after `from` to `to`: thousandths of a mean day, summed.
pub fn weight(seed: u64, habit: Habit, from: Date, to: Date) -> i64 {
    let mut sum = 0;
    let mut day = from;
    while day < to {
        day = day.saturating_add(1.day());
        sum += SEASONS[habit as usize][usize::try_from(day.month() - 1).unwrap_or(0)] * by_day(habit, day) / 1000;
    }
    let month = Month::of(to);
    let weather = Chance::of(seed, Stream::Weather, u64::from(month.year().unsigned_abs()), month.month() as u64);
    match habit {
        // A hot July or a mild January is the same for everybody who heats and cools.
        Habit::Town | Habit::Village | Habit::Shop | Habit::Office => sum * weather.clone().between(930, 1080) / 1000,
        Habit::Irrigation => sum * weather.clone().between(700, 1300) / 1000,
        _ => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn of(habit: Habit, month: (i16, i8)) -> i64 {
        let first = date(month.0, month.1, 1);
        weight(1, habit, first.saturating_sub(1.day()), first.last_of_month())
    }

    #[test]
    fn towns_cool_in_august_and_heat_in_january() {
        assert!(of(Habit::Town, (2025, 8)) > of(Habit::Town, (2025, 10)) * 3 / 2);
        assert!(of(Habit::Town, (2025, 1)) > of(Habit::Town, (2025, 4)) * 6 / 5);
    }

    #[test]
    fn the_spring_festival_empties_works_and_fills_villages_in_its_own_month() {
        // 2025: 29 January, 2026: 17 February.
        assert!(of(Habit::Factory, (2026, 2)) < of(Habit::Factory, (2026, 3)) * 6 / 10);
        assert!(of(Habit::Away, (2026, 2)) > 10 * of(Habit::Away, (2026, 5)));
        assert!(of(Habit::Village, (2025, 2)) < of(Habit::Village, (2026, 2)));
    }

    #[test]
    fn works_rest_on_sundays() {
        let week = weight(1, Habit::Factory, date(2025, 6, 1), date(2025, 6, 8));
        assert_eq!(week, 5 * 1030 + 1030 * 900 / 1000 + 1030 * 350 / 1000);
    }
}
