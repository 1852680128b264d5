use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Month, Voltage};
use platform::db::{List, Row};
use platform::{Fault, Result, Tx, params};
use pricing::Concession;

use super::model::{Account, TrialFindings};
use crate::bill;
use crate::run::RunScope;
use crate::supply::UsagePointId;

/// Accounts of the scope without a bill of `cycle` or later, in order of usage point.
pub async fn accounts(tx: &Tx, cycle: Month, scope: &RunScope, after: Uuid, limit: u32) -> Result<Vec<Account>> {
    let sql = "SELECT u.id, u.supply_no, u.voltage, u.capacity_va, u.tariff, u.persons, u.concession, u.opened_on, u.revision, \
                      p.last_cycle, p.last_sequence, p.year, p.billed_in_year_wh \
               FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE u.id > $1 AND u.opened_on <= $2 AND COALESCE(p.last_cycle, '') < $3 \
                 AND (CAST($4 AS TEXT) IS NULL OR u.station = $4) AND (CAST($5 AS TEXT) IS NULL OR u.book = $5) \
               ORDER BY u.id LIMIT $6";
    let rows =
        tx.rows(sql, params![after, cycle.last_day(), cycle, scope.station.clone(), scope.book.clone(), limit]).await?;
    rows.iter().map(account).collect()
}

fn account(row: &Row) -> Result<Account> {
    let voltage: String = row.get(2)?;
    let concession: Option<String> = row.get(6)?;
    Ok(Account {
        usage_point: row.get::<Uuid>(0)?.into(),
        supply_no: row.get(1)?,
        voltage: Voltage::from_word(&voltage).ok_or_else(|| Fault::impossible(format!("unknown voltage {voltage}")))?,
        capacity: row.get(3)?,
        tariff: row.get(4)?,
        persons: row.get(5)?,
        concession: concession.as_deref().and_then(Concession::from_word),
        opened_on: row.get(7)?,
        revision: row.get(8)?,
        position: bill::position_of(row, 9)?,
    })
}

/// A draft on record, as far as telling whether it still holds.
pub struct Standing {
    pub sequence: i64,
    pub revision: i64,
    pub basis: String,
    pub after_cycle: String,
    pub after_sequence: i64,
    pub is_ready: bool,
    pub findings: String,
    pub energy: kernel::Energy,
    pub amount: kernel::Money,
}

/// The latest drafts of these accounts for `cycle`.
pub async fn drafts(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Standing>> {
    let sql = "SELECT usage_point_id, sequence, revision, basis, after_cycle, after_sequence, state, findings, energy_wh, amount_fen \
               FROM bill_document WHERE cycle = $1 AND usage_point_id IN IDS($2) ORDER BY usage_point_id, sequence";
    let ids = List::Ids(points.iter().map(|point| point.uuid()).collect());
    let rows = tx.rows(sql, params![cycle, ids]).await?;
    rows.iter()
        .map(|row| {
            let standing = Standing {
                sequence: row.get(1)?,
                revision: row.get(2)?,
                basis: row.get(3)?,
                after_cycle: row.get(4)?,
                after_sequence: row.get(5)?,
                is_ready: row.get::<String>(6)? == "ready",
                findings: row.get(7)?,
                energy: row.get(8)?,
                amount: row.get(9)?,
            };
            Ok((row.get::<Uuid>(0)?.into(), standing))
        })
        .collect()
}

pub async fn findings(
    tx: &Tx,
    cycle: Month,
    stations: Option<Vec<String>>,
    after: &str,
    limit: u32,
) -> Result<Vec<TrialFindings>> {
    let everywhere = stations.is_none().then_some("all");
    let sql = "SELECT u.supply_no, d.state, d.findings \
               FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE d.cycle = $1 AND u.supply_no > $2 AND d.findings <> '[]' AND COALESCE(p.last_cycle, '') < $1 \
                 AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id) \
                 AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.usage_point_id = d.usage_point_id AND b.cycle = d.cycle AND b.sequence = d.sequence) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) ORDER BY u.supply_no LIMIT $5";
    let stations = List::Texts(stations.unwrap_or_default());
    let rows = tx.rows(sql, params![cycle, after, everywhere, stations, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(TrialFindings {
                supply_no: row.get(0)?,
                is_ready: row.get::<String>(1)? == "ready",
                findings: serde_json::from_str(&row.get::<String>(2)?)?,
            })
        })
        .collect()
}
