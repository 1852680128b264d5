use kernel::Month;
use kernel::id::Uuid;
use platform::db::{Migration, Row, reach};
use platform::{Result, Tx, params};

use super::{Progress, Run, RunScope};
use crate::supply::{UsagePointId, ids};

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

/// Runs of single accounts, and when each step was taken.
pub const STEPS: Migration = Migration {
    name: "2026-11-22 run steps",
    sql: "
CREATE TABLE billing_run_next (
  cycle TEXT NOT NULL,
  station TEXT NOT NULL,
  book TEXT NOT NULL,
  supply_no TEXT NOT NULL,
  accounts BIGINT NOT NULL,
  ready BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  tried_by TEXT NOT NULL,
  tried_at TEXT,
  approved_by TEXT,
  approved_at TEXT,
  approved_digest TEXT,
  issued_by TEXT,
  issued_at TEXT,
  issued_digest TEXT,
  PRIMARY KEY (cycle, station, book, supply_no)
);
INSERT INTO billing_run_next (cycle, station, book, supply_no, accounts, ready, blocked, amount_fen, tried_by, approved_by, approved_digest)
  SELECT cycle, station, book, '', accounts, ready, blocked, amount_fen, tried_by, approved_by, approved_digest FROM billing_run;
DROP TABLE billing_run;
ALTER TABLE billing_run_next RENAME TO billing_run
",
};

/// A station's usage points in their order, without a look at those of others.
pub const OF_STATION: Migration = Migration {
    name: "2026-11-23 usage points of a station",
    sql: "CREATE INDEX usage_point_station ON usage_point (station, id)",
};

/// A page of a scope's usage points. What narrows it most leads; each has its own index.
pub async fn points(tx: &Tx, scope: &RunScope, after: Uuid, limit: u32) -> Result<Vec<UsagePointId>> {
    let sql = match scope {
        RunScope { supply_no: Some(_), .. } => {
            "SELECT id FROM usage_point WHERE supply_no = $1 AND (CAST($2 AS TEXT) IS NULL OR book = $2) \
               AND (CAST($3 AS TEXT) IS NULL OR station = $3) AND id > $4 ORDER BY id LIMIT $5"
        }
        RunScope { book: Some(_), .. } => {
            "SELECT id FROM usage_point WHERE CAST($1 AS TEXT) IS NULL AND COALESCE(book, '') = $2 \
               AND (CAST($3 AS TEXT) IS NULL OR station = $3) AND id > $4 ORDER BY id LIMIT $5"
        }
        RunScope { station: Some(_), .. } => {
            "SELECT id FROM usage_point WHERE CAST($1 AS TEXT) IS NULL AND CAST($2 AS TEXT) IS NULL \
               AND station = $3 AND id > $4 ORDER BY id LIMIT $5"
        }
        _ => {
            "SELECT id FROM usage_point WHERE CAST($1 AS TEXT) IS NULL AND CAST($2 AS TEXT) IS NULL \
               AND CAST($3 AS TEXT) IS NULL AND id > $4 ORDER BY id LIMIT $5"
        }
    };
    let RunScope { station, book, supply_no } = scope.clone();
    let rows = tx.rows(sql, params![supply_no, book, station, after, limit]).await?;
    rows.iter().map(|row| Ok(row.get::<Uuid>(0)?.into())).collect()
}

/// A ready draft, as an approval sees it.
pub struct Draft {
    pub usage_point: Uuid,
    pub digest: String,
    pub tried_by: String,
}

/// The latest drafts of these usage points, where they are ready, in their order.
pub async fn drafts(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<Vec<Draft>> {
    let sql = "SELECT usage_point_id, CASE WHEN state = 'ready' THEN digest END, tried_by FROM bill_document \
               WHERE cycle = $1 AND usage_point_id IN IDS($2) ORDER BY usage_point_id, sequence";
    let mut latest: Vec<(Uuid, Option<Draft>)> = Vec::with_capacity(points.len());
    for row in tx.rows(sql, params![cycle, ids(points)]).await? {
        let (usage_point, digest, tried_by): (_, Option<String>, _) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let draft = digest.map(|digest| Draft { usage_point, digest, tried_by });
        match latest.last_mut() {
            Some(earlier) if earlier.0 == usage_point => earlier.1 = draft,
            _ => latest.push((usage_point, draft)),
        }
    }
    Ok(latest.into_iter().filter_map(|(_, draft)| draft).collect())
}

fn scope_columns(scope: &RunScope) -> (&str, &str, &str) {
    let RunScope { station, book, supply_no } = scope;
    (
        station.as_deref().unwrap_or_default(),
        book.as_deref().unwrap_or_default(),
        supply_no.as_deref().unwrap_or_default(),
    )
}

fn run_of(row: &Row) -> Result<Run> {
    let part = |at: usize| Ok::<_, platform::Error>(Some(row.get::<String>(at)?).filter(|text| !text.is_empty()));
    Ok(Run {
        cycle: row.get(0)?,
        scope: RunScope { station: part(1)?, book: part(2)?, supply_no: part(3)? },
        accounts: row.get(4)?,
        ready: row.get(5)?,
        blocked: row.get(6)?,
        amount: row.get(7)?,
        tried_by: row.get(8)?,
        tried_at: row.get(9)?,
        approved_by: row.get(10)?,
        approved_at: row.get(11)?,
        approved_digest: row.get(12)?,
        issued_by: row.get(13)?,
        issued_at: row.get(14)?,
        issued_digest: row.get(15)?,
    })
}

pub async fn run(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<Option<Run>> {
    let (station, book, supply_no) = scope_columns(scope);
    let sql = "SELECT cycle, station, book, supply_no, accounts, ready, blocked, amount_fen, tried_by, tried_at, approved_by, approved_at, \
                      approved_digest, issued_by, issued_at, issued_digest FROM billing_run \
               WHERE cycle = $1 AND station = $2 AND book = $3 AND supply_no = $4";
    tx.row(sql, params![cycle, station, book, supply_no]).await?.as_ref().map(run_of).transpose()
}

/// Where a page of runs begins: after this cycle, station, book and supply number.
pub type RunMark = (String, String, String, String);

/// Runs of these stations (None: of all), newest cycle first; within a cycle the bureau's before
/// those of stations, books and accounts.
pub async fn page(
    tx: &Tx,
    cycle: Option<Month>,
    stations: Option<Vec<String>>,
    after: Option<RunMark>,
    limit: u32,
) -> Result<Vec<Run>> {
    let (after_cycle, station, book, supply_no) =
        after.unwrap_or_else(|| ("9999-12".into(), "".into(), "".into(), "".into()));
    let sql = "SELECT cycle, station, book, supply_no, accounts, ready, blocked, amount_fen, tried_by, tried_at, approved_by, approved_at, \
                      approved_digest, issued_by, issued_at, issued_digest FROM billing_run \
               WHERE (CAST($1 AS TEXT) IS NULL OR cycle = $1) AND (CAST($2 AS TEXT) IS NOT NULL OR station IN LIST($3)) \
                 AND (cycle < $4 OR (cycle = $4 AND (station > $5 OR (station = $5 AND (book > $6 OR (book = $6 AND supply_no > $7)))))) \
               ORDER BY cycle DESC, station, book, supply_no LIMIT $8";
    let (everywhere, stations) = reach(stations.as_deref());
    let values = params![cycle, everywhere, stations, after_cycle, station, book, supply_no, limit];
    tx.rows(sql, values).await?.iter().map(run_of).collect()
}

pub async fn save_run(tx: &Tx, run: &Run) -> Result<()> {
    let (station, book, supply_no) = scope_columns(&run.scope);
    let sql = "INSERT INTO billing_run (cycle, station, book, supply_no, accounts, ready, blocked, amount_fen, tried_by, tried_at, approved_by, \
                 approved_at, approved_digest, issued_by, issued_at, issued_digest) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
               ON CONFLICT (cycle, station, book, supply_no) DO UPDATE SET accounts = excluded.accounts, ready = excluded.ready, \
                 blocked = excluded.blocked, amount_fen = excluded.amount_fen, tried_by = excluded.tried_by, tried_at = excluded.tried_at, \
                 approved_by = excluded.approved_by, approved_at = excluded.approved_at, approved_digest = excluded.approved_digest, \
                 issued_by = excluded.issued_by, issued_at = excluded.issued_at, issued_digest = excluded.issued_digest";
    let values = params![
        run.cycle,
        station,
        book,
        supply_no,
        run.accounts,
        run.ready,
        run.blocked,
        run.amount,
        &run.tried_by,
        run.tried_at,
        run.approved_by.clone(),
        run.approved_at,
        run.approved_digest.clone(),
        run.issued_by.clone(),
        run.issued_at,
        run.issued_digest.clone()
    ];
    tx.run(sql, values).await.map(drop)
}

/// How many of these usage points have a standing bill of `cycle`.
pub async fn billed(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<i64> {
    // With the status for a condition SQLite would go through all bills of the month.
    let sql =
        "SELECT COUNT(CASE status WHEN 'issued' THEN 1 END) FROM bill WHERE usage_point_id IN IDS($1) AND cycle = $2";
    tx.row(sql, params![ids(points), cycle]).await?.map_or(Ok(0), |row| row.get(0))
}

/// How many standing bills of `cycle` there are in all.
pub async fn billed_in_all(tx: &Tx, cycle: Month) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM bill WHERE cycle = $1 AND status = 'issued'";
    tx.row(sql, params![cycle]).await?.map_or(Ok(0), |row| row.get(0))
}

/// Whether the station and the book of a scope exist.
pub async fn exists(tx: &Tx, scope: &RunScope) -> Result<(bool, bool)> {
    let station = tx.row("SELECT code FROM org_unit WHERE code = $1", params![scope.station.clone()]).await?;
    let book = tx
        .row(
            "SELECT book FROM usage_point WHERE COALESCE(book, '') = $1 AND book = $1 LIMIT 1",
            params![scope.book.clone()],
        )
        .await?;
    Ok((station.is_some(), book.is_some()))
}

/// Whether `actor` made any ready draft of these usage points that is not issued yet.
pub async fn has_drafts_by(tx: &Tx, cycle: Month, points: &[UsagePointId], actor: &str) -> Result<bool> {
    let sql = "SELECT d.sequence FROM bill_document d \
               WHERE d.cycle = $1 AND d.usage_point_id IN IDS($2) AND d.tried_by = $3 AND d.state = 'ready' \
                 AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.cycle = d.cycle AND b.usage_point_id = d.usage_point_id \
                                 AND b.sequence = d.sequence) LIMIT 1";
    Ok(tx.row(sql, params![cycle, ids(points), actor]).await?.is_some())
}

/// How far each book has come, in order of station and book.
pub async fn progress(tx: &Tx, cycle: Month, stations: Option<Vec<String>>) -> Result<Vec<Progress>> {
    let sql = "SELECT u.station, COALESCE(u.book, ''), COUNT(*), \
                 CAST(SUM(CASE WHEN b.bill_no IS NULL THEN 0 ELSE 1 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN b.bill_no IS NULL AND d.state = 'ready' THEN 1 ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN b.bill_no IS NULL AND d.state = 'blocked' THEN 1 ELSE 0 END) AS BIGINT), \
                 CAST(SUM(COALESCE(b.amount_fen, 0)) AS BIGINT), \
                 CAST(SUM(CASE WHEN b.bill_no IS NULL AND d.state = 'ready' THEN d.amount_fen ELSE 0 END) AS BIGINT) \
               FROM usage_point u \
                 LEFT JOIN bill b ON b.usage_point_id = u.id AND b.cycle = $1 AND b.status = 'issued' \
                 LEFT JOIN bill_document d ON d.usage_point_id = u.id AND d.cycle = $1 \
                   AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = $1 AND l.usage_point_id = u.id) \
                   AND NOT EXISTS (SELECT 1 FROM bill c WHERE c.usage_point_id = u.id AND c.cycle = $1 AND c.sequence = d.sequence) \
               WHERE u.opened_on <= $2 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) \
               GROUP BY u.station, COALESCE(u.book, '') ORDER BY u.station, COALESCE(u.book, '')";
    let (everywhere, stations) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![cycle, cycle.last_day(), everywhere, stations]).await?;
    let progress = |row: &Row| {
        Ok(Progress {
            station: row.get(0)?,
            book: Some(row.get::<String>(1)?).filter(|book| !book.is_empty()),
            accounts: row.get(2)?,
            issued: row.get(3)?,
            ready: row.get(4)?,
            blocked: row.get(5)?,
            issued_amount: row.get(6)?,
            ready_amount: row.get(7)?,
        })
    };
    rows.iter().map(progress).collect()
}
