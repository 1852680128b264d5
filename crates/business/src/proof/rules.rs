//! What must be equal to what. Each difference is one sentence.

use std::collections::BTreeSet;

use kernel::Energy;
use pricing::Tariff;

use super::store::StandingBill;
use super::{States, Sums};
use crate::bill::{Bill, BillDocument, BillStatus, Position, Read, State};
use crate::billing::funds;
use crate::ledger::{Account, Contained};
use crate::opening::Opening;

/// Prices a document again.
pub fn replay(tariff: &Tariff, document: &BillDocument) -> Vec<String> {
    let priced = match pricing::price(tariff, &document.case) {
        Ok(priced) => priced,
        Err(reason) => return vec![format!("it has no price any more: {reason:?}")],
    };
    let mut differences = Vec::new();
    if priced.lines != document.lines {
        differences.push("its lines do not follow from its inputs".into());
    }
    if priced.total != document.total {
        differences.push(format!("its total is {}, computed {}", document.total, priced.total));
    }
    if priced.use_by_year()[..] != document.use_by_year {
        differences.push("its use by year does not follow from its inputs".into());
    }
    if funds(tariff, &priced) != document.funds {
        differences.push("its government funds do not follow from its inputs".into());
    }
    let billed: Energy = document.reads.iter().filter(|read| read.billed).map(|read| read.energy).sum();
    let priced_energy: Energy = document.case.usage.iter().map(|(_, energy)| *energy).sum();
    if billed != priced_energy || priced_energy != document.energy {
        differences.push(format!("its reads add up to {billed} kWh, it bills {priced_energy} kWh"));
    }
    differences
}

/// The row of a bill against its document.
pub fn heads(bill: &Bill, document: &BillDocument) -> Vec<String> {
    let sign = if bill.status == BillStatus::Reversal { -1 } else { 1 };
    let mut differences = Vec::new();
    if bill.amount.fen() != document.total.fen() * sign {
        differences.push(format!("its amount is {}, its document's total {}", bill.amount, document.total));
    }
    if bill.energy.wh() != document.energy.wh() * sign {
        differences.push(format!("its energy is {} kWh, its document's {}", bill.energy, document.energy));
    }
    if (bill.cycle, bill.period) != (document.cycle, document.period) || bill.supply_no != document.supply_no {
        differences.push("its cycle, period or account is not its document's".into());
    }
    differences
}

/// Adds a bill to what those of its cycle come to.
pub fn add_up(sums: &mut Sums, bill: &Bill, document: &BillDocument) {
    let funds = document.funds.clone();
    let contained = match bill.status {
        BillStatus::Reversal => Contained::of(-bill.amount, -bill.output_tax, funds).negated(),
        BillStatus::Issued | BillStatus::Cancelled => Contained::of(bill.amount, bill.output_tax, funds),
    };
    let mut add = |account: Account, amount| *sums.entry(account.code()).or_default() += amount;
    add(Account::Receivable, bill.amount);
    add(Account::Revenue, -contained.revenue);
    add(Account::OutputTax, -contained.tax);
    contained.funds.into_iter().for_each(|(fund, amount)| add(Account::Fund(fund), -amount));
}

/// What bills come to against what was posted for them.
pub fn sums(billed: &Sums, posted: &Sums) -> Vec<String> {
    let accounts: BTreeSet<&String> = billed.keys().chain(posted.keys()).collect();
    let of = |sums: &Sums, account| sums.get(account).copied().unwrap_or_default();
    let pairs = accounts.into_iter().map(|account| (account, of(billed, account), of(posted, account)));
    let differing = pairs.filter(|(_, billed, posted)| billed != posted);
    differing
        .map(|(account, billed, posted)| format!("they come to {billed} on {account}, the ledger has {posted}"))
        .collect()
}

/// The states that a document names, against what is on record.
pub fn states(on_record: &States, also: &States, document: &BillDocument) -> Vec<String> {
    let mut differences = Vec::new();
    for read in &document.reads {
        for state in [&read.from, &read.to] {
            let key = (read.meter_no.clone(), read.register, state.on);
            let mut known = [on_record, also].into_iter().filter_map(|states| states.get(&key)).flatten();
            if !known.any(|known| known == state) {
                differences.push(format!(
                    "meter {} {} on {}: it was computed from {} ({}), which is not on record",
                    read.meter_no, read.register, state.on, state.value, state.kind
                ));
            }
        }
    }
    differences
}

/// The use before a bill, against its account's position and opening figures.
pub fn year_to_date(opening: Option<&Opening>, document: &BillDocument) -> Vec<String> {
    let expected =
        |year| document.before.billed_in(year) + opening.map_or(Energy::ZERO, |opening| opening.use_in(year));
    let differing = document.case.year_to_date.iter().filter(|(year, energy)| *energy != expected(*year));
    differing
        .map(|(year, energy)| {
            format!("it counts {energy} kWh used in {year} before it, on record are {} kWh", expected(*year))
        })
        .collect()
}

/// A document against the one before it.
pub fn follows(before: &BillDocument, document: &BillDocument) -> Vec<String> {
    let mut differences = Vec::new();
    for (at, read) in document.reads.iter().enumerate() {
        let same = |other: &&Read| (&other.meter_no, other.register) == (&read.meter_no, read.register);
        // Where a register was read within the bill, its ways follow each other.
        if let Some(own) = document.reads[..at].iter().rfind(same) {
            if own.to != read.from {
                differences.push(format!("meter {} {} does not go on where it was read", read.meter_no, read.register));
            }
            continue;
        }
        let ended = before
            .reads
            .iter()
            .rfind(|other| (&other.meter_no, other.register) == (&read.meter_no, read.register))
            .map(|read| read.to);
        let carried = || {
            before
                .carried
                .iter()
                .find(|c| (&c.meter_no, c.register) == (&read.meter_no, read.register))
                .map(|c| c.state)
        };
        let expected: Option<State> = ended.or_else(carried);
        if expected.is_some_and(|expected| expected != read.from) {
            differences
                .push(format!("meter {} {} does not begin where the bill before ended", read.meter_no, read.register));
        }
    }
    let last = document.before.last.map(|(cycle, _)| cycle);
    let sequence = document.before.last.map_or(1, |(_, sequence)| sequence);
    if last != Some(before.cycle) || before.before.after(before.cycle, sequence, &before.use_by_year) != document.before
    {
        differences.push("it does not stand on the bill before".into());
    }
    differences
}

/// A position against its account's standing bills, given as last cycle, sequence and use by year.
pub fn position(position: &Position, bills: &[StandingBill]) -> Option<String> {
    let last = bills.iter().map(|(cycle, sequence, _)| (*cycle, *sequence)).max();
    if last != position.last {
        return Some(format!("its position is {:?}, its last standing bill {last:?}", position.last));
    }
    let (cycle, _) = last?;
    // Of a year, only bills of its own cycles count: what a later bill brings for an earlier year
    // changes nothing that is still to be billed.
    let own_year = bills.iter().filter(|(of, ..)| of.year() == cycle.year());
    let billed: Energy = own_year
        .flat_map(|(.., years)| years)
        .filter(|(year, _)| *year == cycle.year())
        .map(|(_, energy)| *energy)
        .sum();
    (billed != position.billed_in(cycle.year())).then(|| {
        format!(
            "its year to date is {} kWh, its bills of {} add up to {billed} kWh",
            position.billed_in(cycle.year()),
            cycle.year()
        )
    })
}
