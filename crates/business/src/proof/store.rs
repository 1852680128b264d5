use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Energy, Month, Register};
use platform::db::{List, Row};
use platform::{Result, Tx, params};
use sha2::{Digest, Sha256};

use super::States;
use crate::bill::{Bill, BillDocument, BillStatus, State, StateKind};
use crate::metering::Count;
use crate::supply::{UsagePointId, ids};

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
        let (meter_no, register): (String, Register) = (row.get(0)?, row.word(1, Register::from_word)?);
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
    let kind = row.word(4, StateKind::from_word)?;
    let state = State { on: row.get(2)?, value: Count::from_thousandths(row.get(3)?), kind };
    states.entry((row.get(0)?, row.word(1, Register::from_word)?, state.on)).or_default().push(state);
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
            // One that cannot be read is told where it is looked at itself.
            before.extend(serde_json::from_str(text).ok().map(|document| (bill.bill_no.clone(), document)));
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
    let mut bills: HashMap<UsagePointId, Vec<StandingBill>> = HashMap::new();
    for row in tx.rows(sql, params![ids(points)]).await? {
        let document = serde_json::from_str::<BillDocument>(&row.get::<String>(3)?);
        let use_by_year = document.map_or_else(|_| Vec::new(), |document| document.use_by_year);
        let bill = (row.get(1)?, row.get(2)?, use_by_year);
        bills.entry(row.get::<Uuid>(0)?.into()).or_default().push(bill);
    }
    Ok(bills)
}

/// Over the digests of the documents of the bills from `first` to `last`, in order of number.
pub async fn documents_digest(tx: &Tx, first: &str, last: &str) -> Result<String> {
    let sql = "SELECT d.digest FROM bill b \
               JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no BETWEEN $1 AND $2 AND b.kind = 'bill' ORDER BY b.bill_no";
    let mut hash = Sha256::new();
    for row in tx.rows(sql, params![first, last]).await? {
        hash.update(row.get::<Option<String>>(0)?.unwrap_or_default());
    }
    Ok(kernel::hex(hash.finalize()))
}

/// What stands alone that should not; each a sentence.
pub async fn gaps(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT u.supply_no FROM usage_point u WHERE EXISTS (SELECT 1 FROM bill b WHERE b.usage_point_id = u.id AND b.status = 'issued') \
             AND NOT EXISTS (SELECT 1 FROM billing_position p WHERE p.usage_point_id = u.id AND p.last_cycle <> '') \
             ORDER BY u.supply_no LIMIT 100",
            "an account has a standing bill and no position: supply number",
        ),
        (
            "SELECT b.bill_no FROM bill b WHERE b.status = 'cancelled' \
             AND NOT EXISTS (SELECT 1 FROM bill r WHERE r.replaces = b.bill_no AND r.kind = 'reversal') ORDER BY b.bill_no LIMIT 100",
            "a cancelled bill has no reversal: bill",
        ),
        (
            "SELECT l.bill_no FROM ledger_line l WHERE l.kind IN ('bill', 'reversal') AND l.account = 'receivable' AND l.bill_no IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.bill_no = l.bill_no) ORDER BY l.bill_no LIMIT 100",
            "the ledger has an entry of a bill that is gone: bill",
        ),
        (
            "SELECT r.bill_no FROM bill r JOIN bill b ON b.bill_no = r.replaces WHERE r.kind = 'reversal' \
             AND (r.amount_fen <> -b.amount_fen OR r.output_tax_fen <> -b.output_tax_fen) ORDER BY r.bill_no LIMIT 100",
            "a reversal does not take back what its bill is about: bill",
        ),
    ];
    let mut gaps = Vec::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            gaps.push(format!("{sentence} {}", row.get::<String>(0)?));
        }
    }
    Ok(gaps)
}
