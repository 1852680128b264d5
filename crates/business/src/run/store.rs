use kernel::Month;
use kernel::id::Uuid;
use platform::db::Migration;
use platform::{Result, Tx, params};

use super::{Run, RunScope};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-12 run",
    sql: "
CREATE TABLE billing_run (
  cycle TEXT NOT NULL,
  station TEXT NOT NULL,
  book TEXT NOT NULL,
  accounts BIGINT NOT NULL,
  ready BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  tried_by TEXT NOT NULL,
  approved_by TEXT,
  approved_digest TEXT,
  PRIMARY KEY (cycle, station, book)
)
",
};

/// Digests of the ready drafts of a scope, in order of usage point and sequence.
pub async fn draft_digests(
    tx: &Tx,
    cycle: Month,
    scope: &RunScope,
    after: Uuid,
    limit: u32,
) -> Result<Vec<(Uuid, String)>> {
    let sql = "SELECT d.usage_point_id, MAX(d.digest) FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id \
               WHERE d.cycle = $1 AND d.usage_point_id > $2 AND d.state = 'ready' \
                 AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id) \
                 AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
               GROUP BY d.usage_point_id ORDER BY d.usage_point_id LIMIT $5";
    let rows = tx.rows(sql, params![cycle, after, scope.station.clone(), scope.book.clone(), limit]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

fn scope_columns(scope: &RunScope) -> (&str, &str) {
    (scope.station.as_deref().unwrap_or_default(), scope.book.as_deref().unwrap_or_default())
}

pub async fn run(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<Option<Run>> {
    let (station, book) = scope_columns(scope);
    let sql = "SELECT accounts, ready, blocked, amount_fen, tried_by, approved_by, approved_digest FROM billing_run \
               WHERE cycle = $1 AND station = $2 AND book = $3";
    let row = tx.row(sql, params![cycle, station, book]).await?;
    row.map(|row| {
        Ok(Run {
            cycle,
            scope: scope.clone(),
            accounts: row.get(0)?,
            ready: row.get(1)?,
            blocked: row.get(2)?,
            amount: row.get(3)?,
            tried_by: row.get(4)?,
            approved_by: row.get(5)?,
            approved_digest: row.get(6)?,
        })
    })
    .transpose()
}

pub async fn save_run(tx: &Tx, run: &Run) -> Result<()> {
    let (station, book) = scope_columns(&run.scope);
    let sql = "INSERT INTO billing_run (cycle, station, book, accounts, ready, blocked, amount_fen, tried_by, approved_by, approved_digest) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
               ON CONFLICT (cycle, station, book) DO UPDATE SET accounts = excluded.accounts, ready = excluded.ready, \
                 blocked = excluded.blocked, amount_fen = excluded.amount_fen, tried_by = excluded.tried_by, \
                 approved_by = excluded.approved_by, approved_digest = excluded.approved_digest";
    let values = params![
        run.cycle,
        station,
        book,
        run.accounts,
        run.ready,
        run.blocked,
        run.amount,
        &run.tried_by,
        run.approved_by.clone(),
        run.approved_digest.clone()
    ];
    tx.run(sql, values).await.map(drop)
}

/// How many accounts of the scope have a standing or cancelled bill of `cycle`.
pub async fn billed(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM bill b JOIN usage_point u ON u.id = b.usage_point_id WHERE b.cycle = $1 AND b.status = 'issued' \
               AND (CAST($2 AS TEXT) IS NULL OR u.station = $2) AND (CAST($3 AS TEXT) IS NULL OR u.book = $3)";
    let row = tx.row(sql, params![cycle, scope.station.clone(), scope.book.clone()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Whether the station and the book of a scope exist.
pub async fn exists(tx: &Tx, scope: &RunScope) -> Result<(bool, bool)> {
    let station = tx.row("SELECT code FROM org_unit WHERE code = $1", params![scope.station.clone()]).await?;
    let book = tx.row("SELECT book FROM usage_point WHERE book = $1 LIMIT 1", params![scope.book.clone()]).await?;
    Ok((station.is_some(), book.is_some()))
}

/// Whether any ready draft of a scope that is not issued yet was made by `actor`.
pub async fn has_drafts_by(tx: &Tx, cycle: Month, scope: &RunScope, actor: &str) -> Result<bool> {
    let sql = "SELECT d.sequence FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id \
               WHERE d.cycle = $1 AND d.tried_by = $2 AND d.state = 'ready' \
                 AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.cycle = d.cycle AND b.usage_point_id = d.usage_point_id \
                                 AND b.sequence = d.sequence) \
                 AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) LIMIT 1";
    Ok(tx.row(sql, params![cycle, actor, scope.station.clone(), scope.book.clone()]).await?.is_some())
}
