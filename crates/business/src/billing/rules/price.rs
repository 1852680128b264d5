//! From assembled reads to a priced document.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Date, Energy, Money, Month, Period, Refusal, Text};
use platform::{Fault, Result};
use pricing::rules::{Changes, HouseholdChange, Restart};
use pricing::{Case, Priced, Tariff, TariffBook};

use super::assemble::{Assembled, Ready, assemble, unpriced};
use super::way::{Way, is_annual};
use crate::agreement;
use crate::bill::{self, BillDocument, Marks, PricedDraft, VersionRef};
use crate::billing::model::Inputs;
use crate::exception::ExceptionRules;
use crate::reading::rules::{Finding, ReviewRules};
use crate::terms::Terms;

/// The rules of one run, read once.
#[derive(Debug, Clone)]
pub struct Rates {
    pub cycle: Month,
    pub review: ReviewRules,
    pub exceptions: ExceptionRules,
    pub tariffs: Arc<TariffBook>,
    /// The first days of versions that may lie within a bill of the cycle.
    pub begins: Vec<Date>,
    /// Digest of everything above.
    pub basis: String,
    versions: BTreeMap<String, Vec<VersionRef>>,
}

impl Rates {
    pub fn new(cycle: Month, review: ReviewRules, exceptions: ExceptionRules, tariffs: Arc<TariffBook>) -> Rates {
        let mut versions = BTreeMap::new();
        for tariff in tariffs.iter() {
            let refs =
                tariff.versions.iter().map(|version| VersionRef { id: version.id.clone(), digest: version.digest() });
            versions.insert(tariff.code.clone(), refs.collect::<Vec<_>>());
        }
        let basis = bill::digest(&format!("supplied {review:?}{exceptions:?}{versions:?}"));
        let may_lie_within = cycle.back(1).first_day()..=cycle.last_day();
        let first_days = tariffs.iter().flat_map(|tariff| &tariff.versions).map(|version| version.from);
        let mut begins: Vec<Date> = first_days.filter(|day| may_lie_within.contains(day)).collect();
        begins.sort_unstable();
        begins.dedup();
        Rates { cycle, review, exceptions, tariffs, begins, basis, versions }
    }
}

/// What an account's inputs came to.
pub enum Outcome {
    /// Nothing is left to bill.
    Idle,
    Blocked(Vec<Finding>),
    Priced(Box<PricedDraft>, Vec<Finding>),
}

/// Assembles and prices one account.
pub fn outcome(rates: &Rates, inputs: &Inputs) -> Result<Outcome> {
    let blocked = |text: Text| Ok(Outcome::Blocked(vec![unpriced(text)]));
    let way = match Way::of(rates, inputs) {
        Ok(way) => way,
        Err(text) => return blocked(text),
    };
    let ready = match assemble(&rates.review, inputs, rates.cycle, &way.legs) {
        Assembled::Idle => return Ok(Outcome::Idle),
        Assembled::Blocked(findings) => return Ok(Outcome::Blocked(findings)),
        Assembled::Ready(ready) => ready,
    };
    let case = match case(inputs, &way, &ready) {
        Ok(case) => case,
        Err(text) => return blocked(text),
    };
    match pricing::price(&way.tariff, &case) {
        Ok(priced) => {
            let findings = ready.findings.clone();
            Ok(Outcome::Priced(Box::new(draft(rates, inputs, &way, case, ready, &priced)?), findings))
        }
        Err(reason) => {
            let refusal: Refusal = pricing::quote::refusal(reason, &way.tariff.code);
            let mut findings = ready.findings;
            findings.push(unpriced(refusal.text));
            Ok(Outcome::Blocked(findings))
        }
    }
}

fn case(inputs: &Inputs, way: &Way<'_>, ready: &Ready) -> Result<Case, Text> {
    let account = &inputs.account;
    let supply = agreement::supply(
        &inputs.agreements,
        &inputs.suspensions,
        ready.period,
        begun(inputs, ready.period),
        &ready.metered,
    )?;
    let mut years: Vec<i16> = ready.stretches.iter().map(|stretch| stretch.month.year()).collect();
    years.dedup();
    let opening = |year| inputs.opening.as_ref().map_or(Energy::ZERO, |opening| opening.use_in(year));
    let (terms, changes) = changes(inputs, way, ready, &years);
    Ok(Case {
        voltage: account.voltage,
        persons: terms.persons,
        concession: terms.concession,
        opened_on: Some(account.opened_on),
        stretches: ready.stretches.clone(),
        usage: ready.usage.clone(),
        year_to_date: years.into_iter().map(|year| (year, account.position.billed_in(year) + opening(year))).collect(),
        supply: supply.map(Box::new),
        changes: (changes != Changes::default()).then(|| Box::new(changes)),
    })
}

/// What is not the same on all days, and what held before the first change of it.
fn changes<'i>(inputs: &'i Inputs, way: &Way<'_>, ready: &Ready, years: &[i16]) -> (&'i Terms, Changes) {
    let account = &inputs.account;
    let month = |at: Option<&pricing::Stretch>| at.map_or(Month::of(ready.period.to), |stretch| stretch.month);
    let (first, last) = (month(ready.stretches.first()), month(ready.stretches.last()));
    // Annual limits are the sum of all months of the year.
    let is_annual = way.tariff.versions.iter().any(is_annual);
    let first = Month::new(first.year(), 1).filter(|_| is_annual).unwrap_or(first);
    let begun = account.terms_on(first.first_day());
    let mut household = Vec::new();
    let mut held = (begun.persons, begun.concession);
    for month in first.through(last) {
        let terms = account.terms_on(month.first_day());
        if (terms.persons, terms.concession) != held {
            held = (terms.persons, terms.concession);
            household.push(HouseholdChange { from: month, persons: held.0, concession: held.1 });
        }
    }
    let mut tariffs = way.changes.clone();
    tariffs.retain(|change| change.from <= ready.period.to);
    if tariffs.len() < 2 {
        tariffs.clear();
    }
    (
        begun,
        Changes { tariffs, household, uses: ready.uses.clone(), restart: restart(inputs, way, ready.period, years) },
    )
}

/// Where annual limits begin to count within the bill, or have begun earlier in its year.
fn restart(inputs: &Inputs, way: &Way<'_>, period: Period, years: &[i16]) -> Option<Restart> {
    if let Some(on) = way.tiers_begin.filter(|on| *on <= period.to) {
        return Some(Restart { on, used_before: None });
    }
    let before = inputs.previous.as_ref()?.case.changes.as_deref()?.restart?;
    years.contains(&before.on.year()).then_some(before)
}

/// The first day of supply, where it lies within the account's first bill.
fn begun(inputs: &Inputs, period: Period) -> Option<Date> {
    let opened_on = inputs.account.opened_on;
    let is_first = inputs.previous.is_none() && Month::of(opened_on) == Month::of(period.from);
    is_first.then(|| opened_on.max(period.from))
}

fn draft(
    rates: &Rates,
    inputs: &Inputs,
    way: &Way<'_>,
    mut case: Case,
    ready: Ready,
    priced: &Priced,
) -> Result<PricedDraft> {
    let mut versions: Vec<VersionRef> = Vec::with_capacity(priced.parts.len());
    for version in priced.parts.iter().filter_map(|part| way.tariff.versions.get(part.version)) {
        let known = rates.versions.get(&version.tariff).and_then(|of| of.iter().find(|known| known.id == version.id));
        if let Some(known) = known.filter(|known| !versions.contains(known)) {
            versions.push(known.clone());
        }
    }
    if let Some(restart) = case.changes.as_mut().and_then(|changes| changes.restart.as_mut()) {
        restart.used_before = priced.used_before_restart;
    }
    let energy = case.usage.iter().map(|(_, energy)| *energy).sum();
    let tariff_version = versions.iter().map(|version| version.id.as_str()).collect::<Vec<_>>().join("+");
    let document = BillDocument {
        supply_no: inputs.account.supply_no.clone(),
        cycle: rates.cycle,
        period: ready.period,
        reads: ready.reads,
        carried: ready.carried,
        tariff: inputs.account.terms_on(ready.period.to).tariff.clone(),
        versions,
        use_by_year: priced.use_by_year().into_vec(),
        funds: funds(&way.tariff, priced),
        lines: priced.lines.clone(),
        total: priced.total,
        energy,
        before: inputs.account.position,
        case,
    };
    let text = serde_json::to_string(&document).map_err(|error| Fault::because("writing a bill", error))?;
    Ok(PricedDraft {
        energy,
        marks: Marks::of(&document),
        amount: document.total,
        period: document.period,
        tariff: document.tariff,
        tariff_version,
        digest: bill::digest(&text),
        document: text,
    })
}

/// The government funds contained in a priced bill, each rounded once for each part.
pub fn funds(tariff: &Tariff, priced: &Priced) -> Vec<(String, Money)> {
    let mut sums: Vec<(String, Money)> = Vec::new();
    for part in &priced.parts {
        let Some(version) = tariff.versions.get(part.version) else { continue };
        for (code, amount) in version.funds_in(part.energy()) {
            match sums.iter_mut().find(|(known, _)| known == code) {
                Some((_, sum)) => *sum += amount,
                None => sums.push((code.to_owned(), amount)),
            }
        }
    }
    sums.retain(|(_, amount)| *amount != Money::ZERO);
    sums
}
