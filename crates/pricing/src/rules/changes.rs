//! What changed within the days of a bill, or earlier in its year.

use kernel::{Date, Energy, Month, Register};
use serde::{Deserialize, Serialize};

use super::Case;
use crate::tariff::Concession;

/// Nearly always there is none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// By their first days, in order; the first holds from before the bill. Empty where one tariff holds throughout.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tariffs: Vec<TariffChange>,
    /// By their months, in order. Before the first of them the case's own persons and concession hold.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub household: Vec<HouseholdChange>,
    /// What was used on which days, where more is known than the whole: in order, without a gap, adding up to it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub uses: Vec<UseUpTo>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restart: Option<Restart>,
}

/// Another tariff 改类 from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffChange {
    pub from: Date,
    pub tariff: String,
}

/// Another household or relief from a month on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdChange {
    pub from: Month,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub persons: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub concession: Option<Concession>,
}

/// Use of the billed registers from the days before up to and with a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseUpTo {
    pub to: Date,
    /// Whether no reading told it apart from what was used afterwards, and it was divided by days.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub by_days: bool,
    pub usage: Vec<(Register, Energy)>,
}

/// Annual limits count anew from a day on: what had been used in its year is left aside, and the limits are those of the
/// months that are left, a begun month counting whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    pub on: Date,
    /// None where the bill itself finds it: the day lies within it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used_before: Option<Energy>,
}

impl Case {
    /// The code of the tariff on a day, where it changes within the bill.
    pub(super) fn tariff_on(&self, day: Date) -> Option<&str> {
        let tariffs = &self.changes.as_deref()?.tariffs;
        Some(&tariffs.iter().rfind(|change| change.from <= day).or(tariffs.first())?.tariff)
    }

    /// The first day after `day` on which another tariff holds.
    pub(super) fn next_tariff_after(&self, day: Date) -> Option<Date> {
        self.changes.as_deref()?.tariffs.iter().map(|change| change.from).find(|from| *from > day)
    }

    fn household_in(&self, month: Month) -> Option<&HouseholdChange> {
        self.changes.as_deref()?.household.iter().rfind(|change| change.from <= month)
    }

    /// How many live there in a month, where it is on record.
    pub fn persons_in(&self, month: Month) -> Option<u32> {
        self.household_in(month).map_or(self.persons, |change| change.persons)
    }

    pub fn concession_in(&self, month: Month) -> Option<Concession> {
        self.household_in(month).map_or(self.concession, |change| change.concession)
    }

    /// Whether persons and concession are the same in all months.
    pub(super) fn is_household_steady(&self) -> bool {
        self.changes.as_deref().is_none_or(|changes| changes.household.is_empty())
    }

    pub(super) fn uses(&self) -> &[UseUpTo] {
        self.changes.as_deref().map_or(&[], |changes| &changes.uses)
    }

    /// The restart of annual limits that a part of `year` up to `day` goes by.
    pub(crate) fn restart_in(&self, year: i16, day: Date) -> Option<Restart> {
        self.changes.as_deref()?.restart.filter(|restart| restart.on <= day && restart.on.year() == year)
    }

    /// Whether what changed is told in order, and the uses by days add up to the whole.
    pub(super) fn is_told_in_order(&self) -> bool {
        let Some(changes) = self.changes.as_deref() else { return true };
        let last = self.stretches.last().map(|stretch| stretch.period.to);
        changes.tariffs.len().max(changes.household.len()).max(changes.uses.len()) <= 600
            && changes.tariffs.windows(2).all(|pair| pair[0].from < pair[1].from)
            && changes.household.windows(2).all(|pair| pair[0].from < pair[1].from)
            && changes.uses.windows(2).all(|pair| pair[0].to < pair[1].to)
            && (changes.uses.is_empty() || (changes.uses.last().map(|known| known.to) == last && self.uses_add_up()))
    }

    fn uses_add_up(&self) -> bool {
        let known = || self.uses().iter().flat_map(|known| &known.usage);
        let of = |register: Register| -> i128 {
            known().filter(|(other, _)| *other == register).map(|(_, energy)| i128::from(energy.wh())).sum()
        };
        known().all(|(register, energy)| !energy.is_negative() && self.usage.iter().any(|(other, _)| other == register))
            && self.usage.iter().all(|(register, energy)| of(*register) == i128::from(energy.wh()))
    }
}
