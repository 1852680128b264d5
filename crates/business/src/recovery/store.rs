use std::collections::BTreeMap;

use kernel::id::Uuid;
use kernel::{Date, Money, Month};
use platform::db::{Row, reach};
use platform::{Result, Tx, params};

use super::model::{By, LineCursor, Recovery, RecoveryBy, ReportLine, ReportRow, Stretch};

type Stations = Option<Vec<String>>;

/// Money moves by payments, their reversals and refunds alone; what a cancelled bill gives back goes
/// from one account of the customer to another.
pub async fn report(tx: &Tx, stretch: Stretch, by: By, stations: &Stations) -> Result<Vec<ReportRow>> {
    let sql = "SELECT CASE CAST($1 AS TEXT) WHEN 'day' THEN l.entry_on WHEN 'month' THEN SUBSTR(l.entry_on, 1, 7) WHEN 'station' THEN u.station \
                 WHEN 'book' THEN COALESCE(u.book, '') ELSE u.category END AS part, \
                 CAST(SUM(CASE WHEN l.account = 'receivable' AND l.kind IN ('bill', 'reversal') THEN l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.account = 'receivable' AND l.kind = 'opening' THEN l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.account = 'receivable' AND l.kind IN ('payment', 'payment-reversed', 'refund') THEN -l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.account = 'late-charge' AND l.kind IN ('payment', 'payment-reversed', 'refund') THEN -l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.account = 'prepayment' AND l.kind IN ('payment', 'payment-reversed', 'refund') THEN -l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.account = 'receivable' AND l.kind IN ('application', 'application-reversed') THEN -l.amount_fen ELSE 0 END) AS BIGINT) \
               FROM ledger_line l JOIN usage_point u ON u.id = l.usage_point_id \
               WHERE l.account IN ('receivable', 'late-charge', 'prepayment') AND l.entry_on BETWEEN $2 AND $3 \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) GROUP BY 1 ORDER BY 1";
    let (everywhere, reachable) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![by.word(), stretch.from, stretch.to, everywhere, reachable]).await?;
    let line = |row: &Row| {
        Ok(ReportRow {
            key: row.get(0)?,
            issued: row.get(1)?,
            opening: row.get(2)?,
            received: row.get(3)?,
            late_charge: row.get(4)?,
            ahead: row.get(5)?,
            applied: row.get(6)?,
        })
    };
    rows.iter().map(line).collect()
}

pub async fn report_lines(
    tx: &Tx,
    stretch: Stretch,
    by: By,
    key: &str,
    stations: &Stations,
    after: Option<&LineCursor>,
    limit: u32,
) -> Result<Vec<ReportLine>> {
    let sql = "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.account, u.supply_no, l.bill_no, l.amount_fen \
               FROM ledger_line l JOIN usage_point u ON u.id = l.usage_point_id \
               WHERE l.account IN ('receivable', 'late-charge', 'prepayment') AND l.entry_on BETWEEN $2 AND $3 \
                 AND CASE CAST($1 AS TEXT) WHEN 'day' THEN l.entry_on WHEN 'month' THEN SUBSTR(l.entry_on, 1, 7) WHEN 'station' THEN u.station \
                     WHEN 'book' THEN COALESCE(u.book, '') ELSE u.category END = $4 \
                 AND (CAST($5 AS TEXT) IS NOT NULL OR u.station IN LIST($6)) \
                 AND l.entry_id >= $7 AND (l.entry_id > $7 OR l.line_no > $8) ORDER BY l.entry_id, l.line_no LIMIT $9";
    let (everywhere, reachable) = reach(stations.as_deref());
    let (entry, line) = after.map_or((Uuid::nil(), 0), |after| (after.entry, after.line));
    let values = params![by.word(), stretch.from, stretch.to, key, everywhere, reachable, entry, line, limit];
    let rows = tx.rows(sql, values).await?;
    let line = |row: &Row| {
        Ok(ReportLine {
            entry_id: row.get(0)?,
            line_no: row.get(1)?,
            on: row.get(2)?,
            kind: row.get(3)?,
            account: row.get(4)?,
            supply_no: row.get(5)?,
            bill_no: row.get(6)?,
            amount: row.get(7)?,
        })
    };
    rows.iter().map(line).collect()
}

pub async fn recovery(
    tx: &Tx,
    months: (Month, Month),
    as_of: Date,
    by: RecoveryBy,
    stations: &Stations,
) -> Result<Vec<Recovery>> {
    let issued = "SELECT CASE CAST($1 AS TEXT) WHEN 'month' THEN b.cycle ELSE u.station END AS part, CAST(SUM(b.amount_fen) AS BIGINT) \
                  FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                  WHERE b.cycle BETWEEN $2 AND $3 AND b.issued_on <= $4 AND (CAST($5 AS TEXT) IS NOT NULL OR u.station IN LIST($6)) GROUP BY 1";
    let received = "SELECT CASE CAST($1 AS TEXT) WHEN 'month' THEN b.cycle ELSE u.station END AS part, CAST(SUM(s.amount_fen) AS BIGINT) \
                    FROM bill b JOIN usage_point u ON u.id = b.usage_point_id JOIN receivable r ON r.bill_no = b.bill_no \
                      JOIN settlement s ON s.receivable_id = r.id AND s.settles = 'debt' AND s.settled_on <= $4 \
                    WHERE b.cycle BETWEEN $2 AND $3 AND (CAST($5 AS TEXT) IS NOT NULL OR u.station IN LIST($6)) GROUP BY 1";
    let mut sums: BTreeMap<String, (Money, Money)> = BTreeMap::new();
    for (sql, is_issued) in [(issued, true), (received, false)] {
        let (everywhere, reachable) = reach(stations.as_deref());
        let values = params![by.word(), months.0, months.1, as_of, everywhere, reachable];
        for row in tx.rows(sql, values).await? {
            let (key, amount): (String, Money) = (row.get(0)?, row.get(1)?);
            let sum = sums.entry(key).or_default();
            if is_issued { sum.0 = amount } else { sum.1 = amount }
        }
    }
    Ok(sums.into_iter().map(|(key, (issued, received))| Recovery { key, issued, received }).collect())
}
