//! Computing an account's bills again, and telling what is otherwise. Pure: no database, no clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::{Energy, Money, Month, Text};
use platform::{Fault, Result};
use pricing::{Case, Concession};
use sha2::{Digest, Sha256};

use super::model::{Chain, ChainOutcome, Link};
use crate::agreement::{Agreement, Suspension};
use crate::amendment::Factor;
use crate::bill::{Bill, BillDocument, Draft, Position, Read, Weight, adjustment};
use crate::billing::{Account, Inputs, Outcome, Rates, outcome};
use crate::exception::words_of;
use crate::metering::Meter;
use crate::opening::Opening;
use crate::reading::Reading;
use crate::review::Held;

/// All that an account's bills since a day are computed from.
pub struct Scene {
    /// As it is known now.
    pub account: Account,
    /// Oldest first; not empty.
    pub standing: Vec<(Bill, BillDocument)>,
    /// The document before the first of them.
    pub previous: Option<BillDocument>,
    pub meters: Vec<Meter>,
    /// Of the months of the standing bills, the last of each register.
    pub readings: HashMap<Month, Vec<Reading>>,
    /// Of days on which prices or tariffs change, and of their eves.
    pub between: HashMap<Month, Vec<Reading>>,
    pub held: HashMap<Month, Vec<Held>>,
    pub opening: Option<Opening>,
    pub agreements: Vec<Agreement>,
    pub suspensions: Vec<Suspension>,
    pub factors: Vec<Factor>,
}

/// Computes every standing bill again, each upon the one before it.
pub fn chain(rates: &BTreeMap<Month, Arc<Rates>>, actor: &str, mut scene: Scene) -> Result<Chain> {
    let (usage_point, revision) = (scene.account.usage_point, scene.account.revision);
    let last = scene.account.position.last;
    let ended = |outcome| Chain { usage_point, revision, last, outcome };
    let standing = std::mem::take(&mut scene.standing);
    let mut position = standing.first().map_or(Position::default(), |(_, document)| document.before);
    let mut links: Vec<Link> = Vec::new();
    for (bill, old) in standing {
        let cycle = bill.cycle;
        let rates = rates.get(&cycle).ok_or_else(|| Fault::impossible(format!("no rules were read for {cycle}")))?;
        let inputs = inputs(&mut scene, &bill, position);
        let (priced, findings) = match outcome(rates, &inputs)? {
            Outcome::Priced(priced, findings) => (*priced, findings),
            Outcome::Blocked(findings) => {
                return Ok(ended(ChainOutcome::Blocked(cycle, serde_json::to_string(&findings)?)));
            }
            Outcome::Idle => return Ok(ended(ChainOutcome::Blocked(cycle, serde_json::to_string(&[nothing(cycle)])?))),
        };
        let new: BillDocument = serde_json::from_str(&priced.document)?;
        if links.is_empty() && !differs(&old, &new) {
            position = old.before.after(cycle, bill.sequence, &old.use_by_year);
            scene.previous = Some(old);
            continue;
        }
        let sequence = bill.sequence + 1;
        let draft = Draft {
            usage_point,
            cycle,
            sequence,
            revision,
            basis: rates.basis.clone(),
            tried_by: actor.to_owned(),
            after: position.last,
            findings: serde_json::to_string(&findings)?,
            doubts: words_of(&findings),
            weight: Weight::default(),
            bill: Some(priced),
        };
        links.push(Link { cancels: bill.bill_no, energy_before: bill.energy, before: bill.amount, draft });
        position = position.after(cycle, sequence, &new.use_by_year);
        scene.previous = Some(new);
    }
    Ok(ended(if links.is_empty() { ChainOutcome::Same } else { ChainOutcome::Other(links) }))
}

fn inputs(scene: &mut Scene, bill: &Bill, position: Position) -> Inputs {
    Inputs {
        account: Account { position, ..scene.account.clone() },
        meters: scene.meters.clone(),
        readings: scene.readings.remove(&bill.cycle).unwrap_or_default(),
        between: scene.between.remove(&bill.cycle).unwrap_or_default(),
        held: scene.held.remove(&bill.cycle).unwrap_or_default(),
        previous: scene.previous.take(),
        opening: scene.opening.clone(),
        agreements: scene.agreements.clone(),
        suspensions: scene.suspensions.clone(),
        factors: scene.factors.clone(),
        sequence: bill.sequence + 1,
    }
}

fn nothing(cycle: Month) -> crate::reading::rules::Finding {
    let (zh, en) = (format!("{cycle} 已无可计费的电量"), format!("nothing is left to bill in {cycle}"));
    crate::reading::rules::Finding::new(crate::reading::rules::Doubt::Missing, zh, en)
}

/// Whether a bill says something else than before: its days, its reads, its lines or what is contained in them. How it was
/// written down is nothing to a customer.
fn differs(old: &BillDocument, new: &BillDocument) -> bool {
    (old.period, &old.reads, &old.carried, &old.lines, old.total, &old.use_by_year, &old.funds)
        != (new.period, &new.reads, &new.carried, &new.lines, new.total, &new.use_by_year, &new.funds)
}

/// What is otherwise in a bill that takes the place of another, in words.
pub fn causes(before: &BillDocument, after: &BillDocument) -> Vec<Text> {
    let mut causes = Vec::new();
    for read in &after.reads {
        match before.reads.iter().find(|old| (&old.meter_no, old.register) == (&read.meter_no, read.register)) {
            Some(old) => causes.extend(read_causes(old, read)),
            None => causes.push(Text::new(
                format!("电能表 {} {} 新计入", read.meter_no, read.register.label().zh),
                format!("meter {}, {}: counted now", read.meter_no, read.register.label().en),
            )),
        }
    }
    if before.versions != after.versions {
        let names = |document: &BillDocument| {
            document.versions.iter().map(|version| version.id.as_str()).collect::<Vec<_>>().join("+")
        };
        let (old, new) = (names(before), names(after));
        causes.push(Text::new(format!("电价版本 {old} 改为 {new}"), format!("price list {old} became {new}")));
    }
    if before.tariff != after.tariff {
        let (old, new) = (&before.tariff, &after.tariff);
        causes.push(Text::new(format!("电价 {old} 改为 {new}"), format!("tariff {old} became {new}")));
    }
    causes.extend(household_causes(&before.case, &after.case));
    for (year, energy) in &after.case.year_to_date {
        let old =
            before.case.year_to_date.iter().find(|(of, _)| of == year).map_or(Energy::ZERO, |(_, energy)| *energy);
        if old != *energy {
            causes.push(Text::new(
                format!("{year} 年此前用电量 {old} 改为 {energy} 千瓦时"),
                format!("use in {year} before it: {old} became {energy} kWh"),
            ));
        }
    }
    causes
}

/// What is otherwise about who lives there, in the last month.
fn household_causes(before: &Case, after: &Case) -> Option<Text> {
    let month = after.stretches.last()?.month;
    let of = |case: &Case| (case.persons_in(month), case.concession_in(month));
    if of(before) == of(after) {
        return None;
    }
    let persons = |case: &Case| case.persons_in(month).map_or_else(|| "—".to_owned(), |persons| persons.to_string());
    let relief = |case: &Case| case.concession_in(month).map(Concession::label);
    let zh = |case: &Case| relief(case).map_or_else(|| "无优惠".into(), |label| label.zh);
    let en = |case: &Case| relief(case).map_or_else(|| "no relief".into(), |label| label.en);
    Some(Text::new(
        format!("{} 人、{} 改为 {} 人、{}", persons(before), zh(before), persons(after), zh(after)),
        format!("{} persons, {} became {} persons, {}", persons(before), en(before), persons(after), en(after)),
    ))
}

fn read_causes(old: &Read, new: &Read) -> Vec<Text> {
    let mut causes = Vec::new();
    let (meter, label) = (&new.meter_no, new.register.label());
    for (old, new) in [(old.from, new.from), (old.to, new.to)] {
        if old != new {
            let (was, is) = (old.kind.label(), new.kind.label());
            causes.push(Text::new(
                format!(
                    "电能表 {meter} {}：{} {}（{}）改为 {} {}（{}）",
                    label.zh, old.on, old.value, was.zh, new.on, new.value, is.zh
                ),
                format!(
                    "meter {meter}, {}: {} on {} ({}) became {} on {} ({})",
                    label.en, old.value, old.on, was.en, new.value, new.on, is.en
                ),
            ));
        }
    }
    for part in new.adjusted.iter().filter(|part| !old.adjusted.contains(part)) {
        let arithmetic = adjustment(part, new);
        causes.push(Text::new(
            format!("电能表 {meter} {}：{}", label.zh, arithmetic.zh),
            format!("meter {meter}, {}: {}", label.en, arithmetic.en),
        ));
    }
    if old.multiplier != new.multiplier {
        let (was, is) = (old.multiplier, new.multiplier);
        causes.push(Text::new(
            format!("电能表 {meter} 倍率 {was} 改为 {is}"),
            format!("meter {meter}: multiplier {was} became {is}"),
        ));
    }
    causes
}

/// SHA-256 over which bills end, and which documents take their place.
pub fn digest(links: &[Link]) -> String {
    let mut hash = Sha256::new();
    for link in links {
        hash.update(link.cancels.as_bytes());
        hash.update(link.draft.bill.as_ref().map_or("", |bill| bill.digest.as_str()).as_bytes());
    }
    kernel::hex(hash.finalize())
}

/// Energy and money of the bills that take others' places.
pub fn after(links: &[Link]) -> (Energy, Money) {
    let bills = || links.iter().filter_map(|link| link.draft.bill.as_ref());
    (bills().map(|bill| bill.energy).sum(), bills().map(|bill| bill.amount).sum())
}
