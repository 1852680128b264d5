//! From assembled reads to a priced document.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Date, Energy, Money, Month, Period, Refusal, Text};
use platform::{Fault, Result};
use pricing::{Case, Priced, Tariff, TariffBook};

use super::assemble::{Assembled, Ready, assemble, unpriced};
use crate::agreement;
use crate::bill::{self, BillDocument, Marks, PricedDraft, VersionRef};
use crate::billing::model::Inputs;
use crate::reading::rules::{Finding, ReviewRules};

/// The rules of one run, read once.
#[derive(Debug, Clone)]
pub struct Rates {
    pub cycle: Month,
    pub review: ReviewRules,
    pub tariffs: Arc<TariffBook>,
    /// Digest of everything above.
    pub basis: String,
    versions: BTreeMap<String, Vec<VersionRef>>,
}

impl Rates {
    pub fn new(cycle: Month, review: ReviewRules, tariffs: Arc<TariffBook>) -> Rates {
        let mut versions = BTreeMap::new();
        for tariff in tariffs.iter() {
            let refs =
                tariff.versions.iter().map(|version| VersionRef { id: version.id.clone(), digest: version.digest() });
            versions.insert(tariff.code.clone(), refs.collect::<Vec<_>>());
        }
        let basis = bill::digest(&format!("supplied {review:?}{versions:?}"));
        Rates { cycle, review, tariffs, basis, versions }
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
    let account = &inputs.account;
    let blocked = |text: Text| Ok(Outcome::Blocked(vec![unpriced(text)]));
    let Some(tariff) = rates.tariffs.get(&account.tariff) else {
        return blocked(Text::new(
            format!("没有电价 {}", account.tariff),
            format!("there is no tariff {}", account.tariff),
        ));
    };
    let Some(version) = tariff.on(rates.cycle.last_day()) else {
        let (zh, en) = (
            format!("电价 {} 在 {} 没有执行版本", tariff.code, rates.cycle),
            format!("tariff {} has no version in {}", tariff.code, rates.cycle),
        );
        return blocked(Text::new(zh, en));
    };
    let ready = match assemble(&rates.review, inputs, rates.cycle, &version.registers) {
        Assembled::Idle => return Ok(Outcome::Idle),
        Assembled::Blocked(findings) => return Ok(Outcome::Blocked(findings)),
        Assembled::Ready(ready) => ready,
    };
    let case = match case(inputs, &ready) {
        Ok(case) => case,
        Err(text) => return blocked(text),
    };
    match pricing::price(tariff, &case) {
        Ok(priced) => {
            let findings = ready.findings.clone();
            Ok(Outcome::Priced(Box::new(draft(rates, inputs, tariff, case, ready, &priced)?), findings))
        }
        Err(reason) => {
            let refusal: Refusal = pricing::quote::refusal(reason, &tariff.code);
            let mut findings = ready.findings;
            findings.push(unpriced(refusal.text));
            Ok(Outcome::Blocked(findings))
        }
    }
}

fn case(inputs: &Inputs, ready: &Ready) -> Result<Case, Text> {
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
    Ok(Case {
        voltage: account.voltage,
        persons: account.persons,
        concession: account.concession,
        opened_on: Some(account.opened_on),
        stretches: ready.stretches.clone(),
        usage: ready.usage.clone(),
        year_to_date: years.into_iter().map(|year| (year, account.position.billed_in(year) + opening(year))).collect(),
        supply: supply.map(Box::new),
    })
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
    tariff: &Tariff,
    case: Case,
    ready: Ready,
    priced: &Priced,
) -> Result<PricedDraft> {
    let refs = rates.versions.get(&tariff.code).map_or(&[][..], Vec::as_slice);
    let mut versions: Vec<VersionRef> =
        priced.parts.iter().filter_map(|part| refs.get(part.version).cloned()).collect();
    versions.dedup();
    let energy = case.usage.iter().map(|(_, energy)| *energy).sum();
    let tariff_version = versions.iter().map(|version| version.id.as_str()).collect::<Vec<_>>().join("+");
    let document = BillDocument {
        supply_no: inputs.account.supply_no.clone(),
        cycle: rates.cycle,
        period: ready.period,
        reads: ready.reads,
        carried: ready.carried,
        tariff: tariff.code.clone(),
        versions,
        use_by_year: priced.use_by_year().into_vec(),
        funds: funds(tariff, priced),
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
