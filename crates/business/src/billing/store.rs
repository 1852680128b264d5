use std::collections::{BTreeMap, HashMap};

use kernel::id::Uuid;
use kernel::{Month, Voltage};
use platform::db::{Row, reach};
use platform::{Result, Tx, params};
use pricing::Concession;

use super::by_point;
use super::model::{Account, GroupBy, Sums, TrialFindings};
use crate::bill;
use crate::run::RunScope;
use crate::supply::{UsagePointId, ids};
use crate::terms::{self, Terms};

/// Those of these accounts that have no bill of `cycle` or later, in order of usage point.
pub async fn accounts(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<Vec<Account>> {
    let sql = "SELECT u.id, u.supply_no, u.voltage, u.capacity_va, u.tariff, u.persons, u.concession, u.opened_on, u.revision, \
                      p.last_cycle, p.last_sequence, p.year, p.billed_in_year_wh \
               FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE u.id IN IDS($1) AND u.opened_on <= $2 AND COALESCE(p.last_cycle, '') < $3 ORDER BY u.id";
    let rows = tx.rows(sql, params![ids(points), cycle.last_day(), cycle]).await?;
    with_terms(tx, rows.iter().map(account).collect::<Result<_>>()?).await
}

/// These accounts as they are known now, billed or not.
pub async fn known(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Account>> {
    let sql = "SELECT u.id, u.supply_no, u.voltage, u.capacity_va, u.tariff, u.persons, u.concession, u.opened_on, u.revision, \
                      p.last_cycle, p.last_sequence, p.year, p.billed_in_year_wh \
               FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id WHERE u.id IN IDS($1) ORDER BY u.id";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    with_terms(tx, rows.iter().map(account).collect::<Result<_>>()?).await
}

/// Adds to what accounts were billed by at their opening what was changed since.
async fn with_terms(tx: &Tx, mut accounts: Vec<Account>) -> Result<Vec<Account>> {
    let points: Vec<UsagePointId> = accounts.iter().map(|account| account.usage_point).collect();
    let mut changed = by_point(terms::changes(tx, &points).await?, |terms| terms.usage_point);
    for account in &mut accounts {
        account.terms.extend(changed.remove(&account.usage_point).unwrap_or_default());
    }
    Ok(accounts)
}

/// The accounts of [`accounts`], without what is known of them.
pub async fn unbilled(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<Vec<UsagePointId>> {
    let sql = "SELECT u.id FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE u.id IN IDS($1) AND u.opened_on <= $2 AND COALESCE(p.last_cycle, '') < $3 ORDER BY u.id";
    let rows = tx.rows(sql, params![ids(points), cycle.last_day(), cycle]).await?;
    rows.iter().map(|row| Ok(row.get::<Uuid>(0)?.into())).collect()
}

/// How many accounts there are for [`accounts`].
pub async fn count(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE u.id IN IDS($1) AND u.opened_on <= $2 AND COALESCE(p.last_cycle, '') < $3";
    let row = tx.row(sql, params![ids(points), cycle.last_day(), cycle]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

fn account(row: &Row) -> Result<Account> {
    let (usage_point, opened_on) = (row.get::<Uuid>(0)?.into(), row.get(7)?);
    let concession: Option<String> = row.get(6)?;
    let concession = concession.as_deref().and_then(Concession::from_word);
    let terms = Terms { usage_point, from: opened_on, tariff: row.get(4)?, persons: row.get(5)?, concession };
    Ok(Account {
        usage_point,
        supply_no: row.get(1)?,
        voltage: row.word(2, Voltage::from_word)?,
        capacity: row.get(3)?,
        terms: vec![terms],
        opened_on,
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
    let rows = tx.rows(sql, params![cycle, ids(points)]).await?;
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
    let sql = "SELECT u.supply_no, d.state, d.findings \
               FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id LEFT JOIN billing_position p ON p.usage_point_id = u.id \
               WHERE d.cycle = $1 AND u.supply_no > $2 AND d.findings <> '[]' AND COALESCE(p.last_cycle, '') < $1 \
                 AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id) \
                 AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.usage_point_id = d.usage_point_id AND b.cycle = d.cycle AND b.sequence = d.sequence) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) ORDER BY u.supply_no LIMIT $5";
    let (everywhere, stations) = reach(stations.as_deref());
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

fn sums(rows: &[Row]) -> Result<BTreeMap<String, Sums>> {
    let group = |row: &Row| Ok((row.get(0)?, Sums { accounts: row.get(1)?, energy: row.get(2)?, amount: row.get(3)? }));
    rows.iter().map(group).collect()
}

/// The latest documents of a cycle that are bills or can become one, by group.
pub async fn drafted(
    tx: &Tx,
    cycle: Month,
    scope: &RunScope,
    by: GroupBy,
    stations: Option<Vec<String>>,
) -> Result<BTreeMap<String, Sums>> {
    let sql = "SELECT g.code, COUNT(*), CAST(SUM(g.energy_wh) AS BIGINT), CAST(SUM(g.amount_fen) AS BIGINT) \
               FROM (SELECT CASE CAST($1 AS TEXT) WHEN 'tariff' THEN d.tariff WHEN 'category' THEN u.category ELSE u.station END AS code, \
                            d.energy_wh, d.amount_fen \
                     FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id \
                     WHERE d.cycle = $2 AND d.state = 'ready' \
                       AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id) \
                       AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.usage_point_id = d.usage_point_id AND b.cycle = d.cycle \
                                       AND b.sequence = d.sequence AND b.status = 'cancelled') \
                       AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
                       AND (CAST($5 AS TEXT) IS NULL OR u.supply_no = $5) \
                       AND (CAST($6 AS TEXT) IS NOT NULL OR u.station IN LIST($7))) g GROUP BY g.code";
    let RunScope { station, book, supply_no } = scope.clone();
    let (everywhere, stations) = reach(stations.as_deref());
    sums(&tx.rows(sql, params![by.word(), cycle, station, book, supply_no, everywhere, stations]).await?)
}

/// The standing bills of a cycle, by group; a tariff is that of the month's last day.
pub async fn issued(
    tx: &Tx,
    cycle: Month,
    scope: &RunScope,
    by: GroupBy,
    stations: Option<Vec<String>>,
) -> Result<BTreeMap<String, Sums>> {
    let sql = "SELECT g.code, COUNT(*), CAST(SUM(g.energy_wh) AS BIGINT), CAST(SUM(g.amount_fen) AS BIGINT) \
               FROM (SELECT CASE CAST($1 AS TEXT) WHEN 'tariff' THEN \
                              COALESCE((SELECT t.tariff FROM pricing_terms t WHERE t.usage_point_id = u.id AND t.from_on <= $8 \
                                        ORDER BY t.from_on DESC LIMIT 1), u.tariff) \
                              WHEN 'category' THEN u.category ELSE u.station END AS code, b.energy_wh, b.amount_fen \
                     FROM bill b JOIN usage_point u ON u.id = b.usage_point_id WHERE b.cycle = $2 AND b.status = 'issued' \
                       AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
                       AND (CAST($5 AS TEXT) IS NULL OR u.supply_no = $5) \
                       AND (CAST($6 AS TEXT) IS NOT NULL OR u.station IN LIST($7))) g GROUP BY g.code";
    let RunScope { station, book, supply_no } = scope.clone();
    let (everywhere, stations) = reach(stations.as_deref());
    sums(
        &tx.rows(sql, params![by.word(), cycle, station, book, supply_no, everywhere, stations, cycle.last_day()])
            .await?,
    )
}
