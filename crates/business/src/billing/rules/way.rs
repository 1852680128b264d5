//! By which tariffs an account is billed on which days, and which registers that asks for.
//!
//! ```text
//!   archive's tariff ─────────▶│ another from D ──────────▶     terms of the account
//!   version 1 ──▶│ version 2 ─────────────────────▶           of each tariff
//!     leg 1      │    leg 2    │     leg 3                     a leg ends where one of both changes
//! ```
//!
//! Legs matter only where a register was read between them: then its use is known for each.

use std::borrow::Cow;
use std::collections::BTreeSet;

use kernel::time::{next_day, previous_day};
use kernel::{Date, Register, Text};
use pricing::rules::TariffChange;
use pricing::tariff::Span;
use pricing::{Tariff, Version};

use super::Rates;
use crate::billing::model::{Account, Inputs};
use crate::terms::Terms;

/// Days that one version prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Its last day; that of the last leg is where the bill ends.
    pub to: Date,
    pub registers: Vec<Register>,
    /// Whether another tariff follows: a reading of its first day ends this leg as well as one of the evening before.
    pub is_left: bool,
}

pub struct Way<'r> {
    /// The tariff of the last day, with the versions of those before it.
    pub tariff: Cow<'r, Tariff>,
    /// That of the first day and those that follow; empty where one tariff holds throughout.
    pub changes: Vec<TariffChange>,
    /// The day from which annual tiers hold, where none held before.
    pub tiers_begin: Option<Date>,
    pub legs: Vec<Leg>,
}

impl<'r> Way<'r> {
    /// Over the days since the last bill; in words what is missing to it.
    pub fn of(rates: &'r Rates, inputs: &Inputs) -> Result<Way<'r>, Text> {
        let (first, last) = (inputs.first_day(), inputs.last_day(rates.cycle));
        let version_on = |day: Date| {
            let code = inputs.account.terms_on(day).tariff.as_str();
            rates.tariffs.get(code).ok_or_else(|| unknown(code))?.on(day).ok_or_else(|| no_version(code, day))
        };
        let account = &inputs.account;
        let changes = tariff_changes(account, first, last);
        let tariff = rates.tariffs.joined(&account.terms_on(last).tariff, &changes).map_err(unknown)?;
        let begins = |terms: &&Terms| {
            let (eve, day) = (previous_day(terms.from), terms.from);
            (first..=last).contains(&day)
                && !version_on(eve).is_ok_and(is_annual)
                && version_on(day).is_ok_and(is_annual)
        };
        let tiers_begin = account.terms.iter().skip(1).filter(begins).map(|terms| terms.from).next_back();
        let legs = if changes.is_empty() && inputs.between.is_empty() {
            let version = version_on(rates.cycle.last_day())?;
            vec![Leg { to: last, registers: version.registers.clone(), is_left: false }]
        } else {
            legs(&changes, &tariff, version_on, (first, last))?
        };
        Ok(Way { tariff, changes, tiers_begin, legs })
    }
}

pub(super) fn is_annual(version: &Version) -> bool {
    version.tiers.as_ref().is_some_and(|tiers| tiers.span == Span::Year)
}

/// The tariff of the first day, and those that take its place up to the last; nothing where it is one.
fn tariff_changes(account: &Account, first: Date, last: Date) -> Vec<TariffChange> {
    let begun = account.terms_on(first);
    let mut changes = vec![TariffChange { from: begun.from.min(first), tariff: begun.tariff.clone() }];
    for terms in account.terms.iter().filter(|terms| first < terms.from && terms.from <= last) {
        if changes.last().is_some_and(|held| held.tariff != terms.tariff) {
            changes.push(TariffChange { from: terms.from, tariff: terms.tariff.clone() });
        }
    }
    if changes.len() > 1 { changes } else { Vec::new() }
}

fn legs<'v>(
    changes: &[TariffChange],
    tariff: &Tariff,
    version_on: impl Fn(Date) -> Result<&'v Version, Text>,
    (first, last): (Date, Date),
) -> Result<Vec<Leg>, Text> {
    let of_tariffs = changes.iter().map(|change| change.from);
    let of_versions = tariff.versions.iter().map(|version| version.from);
    let begins: BTreeSet<Date> = of_tariffs.chain(of_versions).filter(|from| first < *from && *from <= last).collect();
    let mut legs = Vec::with_capacity(begins.len() + 1);
    let mut from = first;
    for next in begins {
        let is_left = changes.iter().any(|change| change.from == next);
        legs.push(Leg { to: previous_day(next), registers: version_on(from)?.registers.clone(), is_left });
        from = next;
    }
    legs.push(Leg { to: last, registers: version_on(from)?.registers.clone(), is_left: false });
    Ok(legs)
}

impl Inputs {
    /// The first day that is not billed.
    fn first_day(&self) -> Date {
        let set = || self.meters.iter().map(|meter| next_day(meter.installed_on)).min();
        self.previous.as_ref().map(|bill| next_day(bill.period.to)).or_else(set).unwrap_or(self.account.opened_on)
    }

    /// The last day that anything is known of, within the month.
    fn last_day(&self, cycle: kernel::Month) -> Date {
        let read = self.readings.iter().map(|reading| reading.read_on);
        let removed = self.meters.iter().filter_map(|meter| meter.removed_on);
        read.chain(removed).filter(|day| *day <= cycle.last_day()).max().unwrap_or(cycle.last_day())
    }
}

fn unknown(code: &str) -> Text {
    Text::new(format!("没有电价 {code}"), format!("there is no tariff {code}"))
}

fn no_version(code: &str, day: Date) -> Text {
    let month = kernel::Month::of(day);
    Text::new(format!("电价 {code} 在 {month} 没有执行版本"), format!("tariff {code} has no version in {month}"))
}
