use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Energy, Month, Register};
use platform::db::{List, Row};
use platform::{Fault, Result, Tx, params};

use super::States;
use crate::bill::{Bill, BillDocument, BillStatus, State, StateKind};
use crate::metering::Count;
use crate::supply::UsagePointId;

fn register(word: &str) -> Result<Register> {
    Register::from_word(word).ok_or_else(|| Fault::impossible(format!("unknown register {word}")))
}

/// Openings, closings and readings on record for the meters that these documents name.
pub async fn states(tx: &Tx, documents: &[(&Bill, BillDocument)]) -> Result<States> {
    let mut meters: Vec<String> =
        documents.iter().flat_map(|(_, document)| &document.reads).map(|read| read.meter_no.clone()).collect();
    meters.sort();
    meters.dedup();
    let days =
        || documents.iter().flat_map(|(_, document)| &document.reads).flat_map(|read| [read.from.on, read.to.on]);
    let mut states = States::new();
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(states);
    };
    let sql = "SELECT m.meter_no, r.register, m.installed_on, r.opening, m.removed_on, r.closing \
               FROM meter m JOIN meter_register r ON r.meter_id = m.id WHERE m.meter_no IN LIST($1)";
    for row in tx.rows(sql, params![List::Texts(meters.clone())]).await? {
        let (meter_no, register): (String, Register) = (row.get(0)?, register(&row.get::<String>(1)?)?);
        let opening = State { on: row.get(2)?, value: Count::from_thousandths(row.get(3)?), kind: StateKind::Opening };
        states.entry((meter_no.clone(), register, opening.on)).or_default().push(opening);
        if let (Some(on), Some(value)) = (row.get::<Option<kernel::Date>>(4)?, row.get::<Option<i64>>(5)?) {
            let closing = State { on, value: Count::from_thousandths(value), kind: StateKind::Closing };
            states.entry((meter_no, register, on)).or_default().push(closing);
        }
    }
    let sql = "SELECT m.meter_no, r.register, r.read_on, r.value, r.kind FROM meter m JOIN reading r ON r.meter_id = m.id \
               WHERE m.meter_no IN LIST($1) AND r.read_on BETWEEN $2 AND $3";
    for row in tx.rows(sql, params![List::Texts(meters), first, last]).await? {
        add_reading(&mut states, &row)?;
    }
    Ok(states)
}

/// Readings of these meters that were voided: a cancelled bill may stand on them.
pub async fn voided(tx: &Tx, documents: &[(&Bill, BillDocument)]) -> Result<States> {
    let ended = documents.iter().filter(|(bill, _)| bill.status != BillStatus::Issued);
    let mut meters: Vec<String> =
        ended.flat_map(|(_, document)| &document.reads).map(|read| read.meter_no.clone()).collect();
    meters.sort();
    meters.dedup();
    let mut states = States::new();
    if meters.is_empty() {
        return Ok(states);
    }
    let sql = "SELECT m.meter_no, v.register, v.read_on, v.value, v.kind FROM meter m JOIN reading_voided v ON v.meter_id = m.id \
               WHERE m.meter_no IN LIST($1)";
    for row in tx.rows(sql, params![List::Texts(meters)]).await? {
        add_reading(&mut states, &row)?;
    }
    Ok(states)
}

/// A row of meter number, register, day, value and kind.
fn add_reading(states: &mut States, row: &Row) -> Result<()> {
    let kind: String = row.get(4)?;
    let kind =
        StateKind::from_word(&kind).ok_or_else(|| Fault::impossible(format!("unknown kind of reading {kind}")))?;
    let state = State { on: row.get(2)?, value: Count::from_thousandths(row.get(3)?), kind };
    states.entry((row.get(0)?, register(&row.get::<String>(1)?)?, state.on)).or_default().push(state);
    Ok(())
}

/// For each bill, the document of the bill that its own document says it followed.
pub async fn before(tx: &Tx, documents: &[(&Bill, BillDocument)]) -> Result<HashMap<String, BillDocument>> {
    let points = List::Ids(documents.iter().map(|(bill, _)| bill.usage_point.uuid()).collect());
    let mut cycles: Vec<String> =
        documents.iter().filter_map(|(_, document)| Some(document.before.last?.0.to_string())).collect();
    cycles.sort();
    cycles.dedup();
    let sql = "SELECT usage_point_id, cycle, sequence, document FROM bill_document \
               WHERE usage_point_id IN IDS($1) AND cycle IN LIST($2) AND document IS NOT NULL";
    let mut texts: HashMap<(Uuid, Month, i64), String> = HashMap::new();
    for row in tx.rows(sql, params![points, List::Texts(cycles)]).await? {
        texts.insert((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?);
    }
    let mut before = HashMap::new();
    for (bill, document) in documents {
        let Some((cycle, sequence)) = document.before.last else {
            continue;
        };
        if let Some(text) = texts.get(&(bill.usage_point.uuid(), cycle, sequence)) {
            before.insert(bill.bill_no.clone(), serde_json::from_str(text)?);
        }
    }
    Ok(before)
}

/// A standing bill's cycle, sequence and use by year.
pub type StandingBill = (Month, i64, Vec<(i16, Energy)>);

pub async fn standing_bills(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Vec<StandingBill>>> {
    let sql = "SELECT b.usage_point_id, b.cycle, b.sequence, d.document FROM bill b \
               JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.usage_point_id IN IDS($1) AND b.status = 'issued'";
    let ids = List::Ids(points.iter().map(|point| point.uuid()).collect());
    let mut bills: HashMap<UsagePointId, Vec<StandingBill>> = HashMap::new();
    for row in tx.rows(sql, params![ids]).await? {
        let document: BillDocument = serde_json::from_str(&row.get::<String>(3)?)?;
        let bill = (row.get(1)?, row.get(2)?, document.use_by_year);
        bills.entry(row.get::<Uuid>(0)?.into()).or_default().push(bill);
    }
    Ok(bills)
}
