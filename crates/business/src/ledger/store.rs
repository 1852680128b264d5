use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Date, Money, Month};
use platform::db::{Bulk, List, Migration};
use platform::{Result, Tx, params};

use super::{LedgerEntry, Receivable};
use crate::supply::UsagePointId;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-09 ledger",
    sql: "
CREATE TABLE ledger_line (
  entry_id UUID NOT NULL,
  line_no BIGINT NOT NULL,
  entry_on TEXT NOT NULL,
  kind TEXT NOT NULL,
  bill_no TEXT,
  usage_point_id UUID REFERENCES usage_point (id),
  account TEXT NOT NULL,
  amount_fen BIGINT NOT NULL,
  PRIMARY KEY (entry_id, line_no)
);
CREATE INDEX ledger_line_point ON ledger_line (usage_point_id, account) WHERE usage_point_id IS NOT NULL;
CREATE INDEX ledger_line_bill ON ledger_line (bill_no) WHERE bill_no IS NOT NULL AND account = 'receivable';
CREATE TABLE receivable (
  id UUID NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  bill_no TEXT UNIQUE,
  arisen_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  amount_fen BIGINT NOT NULL,
  settled_fen BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('standing', 'reversed')),
  CHECK (settled_fen >= 0 AND (settled_fen <= amount_fen OR amount_fen < 0))
);
CREATE INDEX receivable_open ON receivable (usage_point_id) WHERE state = 'standing' AND settled_fen <> amount_fen;
CREATE TABLE prepayment (
  usage_point_id UUID NOT NULL PRIMARY KEY REFERENCES usage_point (id),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0)
)
",
};

fn ids(points: &[UsagePointId]) -> List {
    List::Ids(points.iter().map(|point| point.uuid()).collect())
}

const LINES: Bulk = Bulk {
    into: "ledger_line (entry_id, line_no, entry_on, kind, bill_no, usage_point_id, account, amount_fen)",
    types: &["UUID", "BIGINT", "TEXT", "TEXT", "TEXT NULL", "UUID NULL", "TEXT", "BIGINT"],
    then: "",
};

pub async fn insert(tx: &Tx, entries: &[LedgerEntry]) -> Result<()> {
    let mut rows = Vec::with_capacity(entries.len() * 3);
    for entry in entries {
        for (line_no, posting) in (1_i64..).zip(&entry.postings) {
            rows.push(params![
                entry.id,
                line_no,
                entry.on,
                entry.kind.word(),
                entry.bill_no.clone(),
                posting.usage_point.map(UsagePointId::uuid),
                posting.account.code(),
                posting.amount
            ]);
        }
    }
    tx.insert(&LINES, rows).await.map(drop)
}

const RECEIVABLES: Bulk = Bulk {
    into: "receivable (id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen, state)",
    types: &["UUID", "UUID", "TEXT NULL", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT"],
    then: "",
};

pub async fn insert_receivables(tx: &Tx, items: &[Receivable]) -> Result<()> {
    let rows = items.iter().map(|r| {
        params![r.id, r.usage_point.uuid(), r.bill_no.clone(), r.arisen_on, r.due_on, r.amount, r.settled, "standing"]
    });
    tx.insert(&RECEIVABLES, rows.collect()).await.map(drop)
}

pub async fn with_bills(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<UsagePointId>> {
    let sql = "SELECT DISTINCT usage_point_id FROM ledger_line WHERE usage_point_id IN IDS($1) AND account = 'receivable' AND kind = 'bill'";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok(row.get::<Uuid>(0)?.into())).collect()
}

pub async fn prepayments(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<(UsagePointId, Money)>> {
    let sql = "SELECT usage_point_id, balance_fen FROM prepayment WHERE usage_point_id IN IDS($1) AND balance_fen > 0 ORDER BY usage_point_id";
    let rows = tx.rows_locked(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

pub async fn change_prepayment(tx: &Tx, point: UsagePointId, by: Money) -> Result<()> {
    // A first row is never negative: the CHECK refuses it before the conflict would be seen.
    let make = "INSERT INTO prepayment (usage_point_id, balance_fen) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    tx.run(make, params![point.uuid()]).await?;
    let sql = "UPDATE prepayment SET balance_fen = balance_fen + $1 WHERE usage_point_id = $2";
    tx.run(sql, params![by, point.uuid()]).await.map(drop)
}

pub async fn open_receivables(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Receivable>> {
    let sql = "SELECT id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen FROM receivable \
               WHERE usage_point_id IN IDS($1) AND state = 'standing' AND settled_fen <> amount_fen";
    let rows = tx.rows_locked(sql, params![ids(points)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Receivable {
                id: row.get(0)?,
                usage_point: row.get::<Uuid>(1)?.into(),
                bill_no: row.get(2)?,
                arisen_on: row.get(3)?,
                due_on: row.get(4)?,
                amount: row.get(5)?,
                settled: row.get(6)?,
            })
        })
        .collect()
}

pub async fn settle(tx: &Tx, receivable: Uuid, amount: Money) -> Result<()> {
    tx.run("UPDATE receivable SET settled_fen = settled_fen + $1 WHERE id = $2", params![amount, receivable])
        .await
        .map(drop)
}

/// Returns what had been settled.
pub async fn reverse_receivable(tx: &Tx, bill_no: &str) -> Result<Money> {
    let sql = "SELECT settled_fen FROM receivable WHERE bill_no = $1 AND state = 'standing'";
    let rows = tx.rows_locked(sql, params![bill_no]).await?;
    let settled = rows.first().map_or(Ok(Money::ZERO), |row| row.get(0))?;
    tx.run("UPDATE receivable SET state = 'reversed', settled_fen = 0 WHERE bill_no = $1", params![bill_no]).await?;
    Ok(settled)
}

pub async fn balance(tx: &Tx, point: UsagePointId) -> Result<(Money, Money)> {
    let sql = "SELECT CAST(COALESCE(SUM(amount_fen - settled_fen), 0) AS BIGINT) FROM receivable WHERE usage_point_id = $1 AND state = 'standing'";
    let owed = tx.row(sql, params![point.uuid()]).await?.map_or(Ok(Money::ZERO), |row| row.get(0))?;
    let row = tx.row("SELECT balance_fen FROM prepayment WHERE usage_point_id = $1", params![point.uuid()]).await?;
    Ok((owed, row.map_or(Ok(Money::ZERO), |row| row.get(0))?))
}

pub async fn posted_for(tx: &Tx, bill_nos: Vec<String>) -> Result<HashMap<String, Money>> {
    let sql = "SELECT bill_no, CAST(SUM(amount_fen) AS BIGINT) FROM ledger_line \
               WHERE bill_no IN LIST($1) AND account = 'receivable' AND bill_no IS NOT NULL AND kind IN ('bill', 'reversal') GROUP BY bill_no";
    let rows = tx.rows(sql, params![List::Texts(bill_nos)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A line of the ledger as files show it.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub entry_id: Uuid,
    pub line_no: i64,
    pub on: Date,
    pub kind: String,
    pub bill_no: Option<String>,
    pub supply_no: Option<String>,
    pub account: String,
    pub amount: Money,
}

/// A page of lines in order of entry. Entries of a month are those posted in it.
pub async fn page(
    tx: &Tx,
    month: Option<Month>,
    stations: Option<Vec<String>>,
    after: Option<(Uuid, i64)>,
    limit: u32,
) -> Result<Vec<LedgerRow>> {
    let everywhere = stations.is_none().then_some("all");
    let sql = "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, u.supply_no, l.account, l.amount_fen \
               FROM ledger_line l LEFT JOIN usage_point u ON u.id = l.usage_point_id \
               WHERE l.entry_id >= $1 AND (l.entry_id > $1 OR l.line_no > $2) AND l.entry_on BETWEEN $3 AND $4 \
                 AND (CAST($5 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($6))) \
               ORDER BY l.entry_id, l.line_no LIMIT $7";
    let (entry, line) = after.unwrap_or((Uuid::nil(), 0));
    let from = month.map_or_else(String::new, |month| month.first_day().to_string());
    let to = month.map_or(Date::MAX, Month::last_day);
    let stations = List::Texts(stations.unwrap_or_default());
    let rows = tx.rows(sql, params![entry, line, from, to, everywhere, stations, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(LedgerRow {
                entry_id: row.get(0)?,
                line_no: row.get(1)?,
                on: row.get(2)?,
                kind: row.get(3)?,
                bill_no: row.get(4)?,
                supply_no: row.get(5)?,
                account: row.get(6)?,
                amount: row.get(7)?,
            })
        })
        .collect()
}

/// Recomputes the ledger's invariants; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT CAST(entry_id AS TEXT), CAST(SUM(amount_fen) AS BIGINT) FROM ledger_line GROUP BY entry_id \
             HAVING SUM(amount_fen) <> 0 ORDER BY entry_id LIMIT 100",
            "ledger: an entry is off balance by",
        ),
        (
            "SELECT u.supply_no, CAST(COALESCE(l.fen, 0) - COALESCE(r.fen, 0) AS BIGINT) FROM usage_point u \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen) AS fen FROM ledger_line WHERE account = 'receivable' AND usage_point_id IS NOT NULL GROUP BY usage_point_id) l ON l.usage_point_id = u.id \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen - settled_fen) AS fen FROM receivable WHERE state = 'standing' GROUP BY usage_point_id) r ON r.usage_point_id = u.id \
             WHERE COALESCE(l.fen, 0) <> COALESCE(r.fen, 0) ORDER BY u.supply_no LIMIT 100",
            "ledger: the receivable and the open items differ, in fen, for supply number",
        ),
        (
            "SELECT u.supply_no, CAST(COALESCE(l.fen, 0) + COALESCE(p.balance_fen, 0) AS BIGINT) FROM usage_point u \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen) AS fen FROM ledger_line WHERE account = 'prepayment' AND usage_point_id IS NOT NULL GROUP BY usage_point_id) l ON l.usage_point_id = u.id \
             LEFT JOIN prepayment p ON p.usage_point_id = u.id \
             WHERE COALESCE(l.fen, 0) <> -COALESCE(p.balance_fen, 0) ORDER BY u.supply_no LIMIT 100",
            "ledger: the prepayment and its balance differ, in fen, for supply number",
        ),
    ];
    let mut differences = Vec::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            let (what, by): (String, i64) = (row.get(0)?, row.get(1)?);
            differences.push(format!("{sentence} {what}: {by}"));
        }
    }
    Ok(differences)
}

/// The postings of the entry by which a bill was issued.
pub async fn bill_postings(tx: &Tx, bill_no: &str) -> Result<Vec<(String, Option<UsagePointId>, Money)>> {
    let sql = "SELECT account, usage_point_id, amount_fen FROM ledger_line WHERE entry_id = \
               (SELECT entry_id FROM ledger_line WHERE bill_no = $1 AND kind = 'bill' AND account = 'receivable') ORDER BY line_no";
    let rows = tx.rows(sql, params![bill_no]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get::<Option<Uuid>>(1)?.map(Into::into), row.get(2)?))).collect()
}
