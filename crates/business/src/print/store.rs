use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::id::Uuid;
use kernel::{Date, Energy, Money, Month};
use platform::db::List;
use platform::{Result, Tx, params};

use super::model::{Debt, Successor};
use crate::supply::{UsagePointId, ids};

/// Bills that name these: their reversals and those in their places.
pub async fn successors(tx: &Tx, bill_nos: Vec<String>) -> Result<HashMap<String, Vec<Successor>>> {
    let sql = "SELECT replaces, bill_no, kind, issued_on FROM bill WHERE replaces IN LIST($1) ORDER BY bill_no";
    let mut all: HashMap<String, Vec<Successor>> = HashMap::new();
    for row in tx.rows(sql, params![List::Texts(bill_nos)]).await? {
        let is_reversal = row.get::<String>(2)? == "reversal";
        let successor = Successor { bill_no: row.get(1)?, is_reversal, issued_on: row.get(3)? };
        all.entry(row.get(0)?).or_default().push(successor);
    }
    Ok(all)
}

pub async fn issued_on(tx: &Tx, bill_no: &str) -> Result<Option<Date>> {
    let row = tx.row("SELECT issued_on FROM bill WHERE bill_no = $1", params![bill_no]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Use by standing bills of the cycles from `from` to `to`.
pub async fn uses(
    tx: &Tx,
    points: &[UsagePointId],
    from: Month,
    to: Month,
) -> Result<HashMap<UsagePointId, BTreeMap<Month, Energy>>> {
    let sql = "SELECT usage_point_id, cycle, CAST(SUM(energy_wh) AS BIGINT) FROM bill \
               WHERE usage_point_id IN IDS($1) AND cycle BETWEEN $2 AND $3 AND status = 'issued' GROUP BY usage_point_id, cycle";
    let mut all: HashMap<UsagePointId, BTreeMap<Month, Energy>> = HashMap::new();
    for row in tx.rows(sql, params![ids(points), from, to]).await? {
        all.entry(row.get::<Uuid>(0)?.into()).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(all)
}

/// Months of which a reading was estimated.
pub async fn estimates(
    tx: &Tx,
    points: &[UsagePointId],
    from: Date,
    to: Date,
) -> Result<HashMap<UsagePointId, BTreeSet<Month>>> {
    let sql = "SELECT DISTINCT m.usage_point_id, r.read_on FROM reading r JOIN meter m ON m.id = r.meter_id \
               WHERE m.usage_point_id IN IDS($1) AND r.read_on BETWEEN $2 AND $3 AND r.kind = 'estimated'";
    let mut all: HashMap<UsagePointId, BTreeSet<Month>> = HashMap::new();
    for row in tx.rows(sql, params![ids(points), from, to]).await? {
        all.entry(row.get::<Uuid>(0)?.into()).or_default().insert(Month::of(row.get(1)?));
    }
    Ok(all)
}

pub async fn debts(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Vec<Debt>>> {
    let sql = "SELECT usage_point_id, bill_no, amount_fen - settled_fen FROM receivable \
               WHERE usage_point_id IN IDS($1) AND state = 'standing' AND settled_fen <> amount_fen ORDER BY arisen_on, id";
    let mut all: HashMap<UsagePointId, Vec<Debt>> = HashMap::new();
    for row in tx.rows(sql, params![ids(points)]).await? {
        let debt = Debt { bill_no: row.get(1)?, open: row.get(2)? };
        all.entry(row.get::<Uuid>(0)?.into()).or_default().push(debt);
    }
    Ok(all)
}

pub async fn prepaid(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Money>> {
    let sql = "SELECT usage_point_id, balance_fen FROM prepayment WHERE usage_point_id IN IDS($1) AND balance_fen > 0";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}
