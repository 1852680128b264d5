//! Which period of the day an hour lies in 分时时段.

use std::collections::BTreeSet;

use kernel::{Date, Month, Register, words};
use serde::{Deserialize, Serialize};

/// Quarters of an hour in a day.
pub const QUARTERS: usize = 96;

words! {
    /// What kind of a day it is.
    pub enum DayKind {
        Workday = "workday" ("工作日", "working day"),
        Rest = "rest-day" ("休息日", "rest day"),
        Holiday = "holiday" ("法定节假日", "holiday"),
        /// A holiday that the price list names by itself 重大节日.
        Festival = "festival" ("重大节日", "festival"),
    }
}

/// Hours in layers: a later one lies over the earlier ones on the days that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Periods(pub Vec<Layer>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub months: Vec<i8>,
    /// Empty for all; a festival is a holiday too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub days: Vec<DayKind>,
    /// On hot days alone 高温日.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hot: bool,
    pub hours: Vec<DayPart>,
}

/// From one quarter of an hour, counted from midnight, to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPart {
    pub register: Register,
    pub from: u8,
    pub to: u8,
}

/// A day as the hours of the price list go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub month: i8,
    pub kind: DayKind,
    pub is_hot: bool,
}

impl Layer {
    fn is_for(&self, day: Day) -> bool {
        let kind = |kind: &DayKind| *kind == day.kind || (*kind == DayKind::Holiday && day.kind == DayKind::Festival);
        (self.months.is_empty() || self.months.contains(&day.month))
            && (self.days.is_empty() || self.days.iter().any(kind))
            && (!self.hot || day.is_hot)
    }
}

impl Periods {
    /// The periods of a day, quarter by quarter; none where the layers leave a quarter open.
    pub fn of(&self, day: Day) -> Option<[Register; QUARTERS]> {
        let mut quarters = [None; QUARTERS];
        for hours in self.0.iter().filter(|layer| layer.is_for(day)).flat_map(|layer| &layer.hours) {
            if let Some(quarters) = quarters.get_mut(usize::from(hours.from)..usize::from(hours.to)) {
                quarters.fill(Some(hours.register));
            }
        }
        let mut all = [Register::Total; QUARTERS];
        for (quarter, register) in all.iter_mut().zip(quarters) {
            *quarter = register?;
        }
        Some(all)
    }
}

/// What kind of day each date is. Holidays are published year by year and never computed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    pub holidays: BTreeSet<Date>,
    pub festivals: BTreeSet<Date>,
    /// Saturdays and Sundays on which work is done 调休上班.
    pub worked_weekends: BTreeSet<Date>,
    pub hot: BTreeSet<Date>,
}

impl Calendar {
    pub fn day(&self, date: Date) -> Day {
        let is_weekend = date.weekday().to_monday_zero_offset() >= 5;
        let kind = if self.festivals.contains(&date) {
            DayKind::Festival
        } else if self.holidays.contains(&date) {
            DayKind::Holiday
        } else if is_weekend && !self.worked_weekends.contains(&date) {
            DayKind::Rest
        } else {
            DayKind::Workday
        };
        Day { month: Month::of(date).month(), kind, is_hot: self.hot.contains(&date) }
    }
}
