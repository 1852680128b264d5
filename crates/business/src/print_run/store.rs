use kernel::id::Uuid;
use kernel::paper::PaperLanguage;
use platform::db::{Migration, Row, reach};
use platform::{Ctx, Fault, Result, Tx, params};

use super::model::{Left, PrintFile, PrintRun, Wish};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 print",
    sql: "
CREATE TABLE print_run (
  id UUID NOT NULL PRIMARY KEY REFERENCES work (id),
  cycle TEXT NOT NULL,
  station TEXT,
  book TEXT,
  language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
  asked_by TEXT NOT NULL,
  asked_on TEXT NOT NULL,
  bills BIGINT NOT NULL,
  planned BIGINT NOT NULL CHECK (planned IN (0, 1))
);
CREATE TABLE print_file (
  run_id UUID NOT NULL REFERENCES print_run (id),
  number BIGINT NOT NULL,
  bill_nos TEXT NOT NULL,
  first_bill TEXT NOT NULL,
  last_bill TEXT NOT NULL,
  planned BIGINT NOT NULL,
  bills BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  left_out TEXT NOT NULL,
  left_count BIGINT NOT NULL,
  digest TEXT,
  PRIMARY KEY (run_id, number)
)
",
};

pub async fn count(tx: &Tx, wish: &Wish) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
               WHERE b.cycle = $1 AND b.status = 'issued' AND (CAST($2 AS TEXT) IS NULL OR u.station = $2) \
                 AND (CAST($3 AS TEXT) IS NULL OR u.book = $3)";
    let row = tx.row(sql, params![wish.cycle, wish.station.clone(), wish.book.clone()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

pub async fn insert(tx: &Tx, ctx: &Ctx, id: Uuid, wish: &Wish, bills: i64) -> Result<()> {
    let sql = "INSERT INTO print_run (id, cycle, station, book, language, asked_by, asked_on, bills, planned) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
    let (station, book) = (wish.station.clone(), wish.book.clone());
    let actor = &ctx.actor.name;
    tx.run(sql, params![id, wish.cycle, station, book, wish.language.word(), actor, ctx.today, bills]).await.map(drop)
}

fn run_of(row: &Row) -> Result<PrintRun> {
    let language = row.word(4, PaperLanguage::from_word)?;
    Ok(PrintRun {
        id: row.get(0)?,
        wish: Wish { cycle: row.get(1)?, station: row.get(2)?, book: row.get(3)?, language },
        asked_by: row.get(5)?,
        asked_on: row.get(6)?,
        bills: row.get(7)?,
        printed_files: row.get(8)?,
        printed_bills: row.get(9)?,
        left: row.get(10)?,
        state: row.get(11)?,
    })
}

pub async fn find(tx: &Tx, id: Uuid, stations: Option<Vec<String>>) -> Result<Option<PrintRun>> {
    let sql = "SELECT r.id, r.cycle, r.station, r.book, r.language, r.asked_by, r.asked_on, r.bills, \
                      (SELECT COUNT(*) FROM print_file f WHERE f.run_id = r.id AND f.digest IS NOT NULL), \
                      (SELECT CAST(COALESCE(SUM(f.bills), 0) AS BIGINT) FROM print_file f WHERE f.run_id = r.id), \
                      (SELECT CAST(COALESCE(SUM(f.left_count), 0) AS BIGINT) FROM print_file f WHERE f.run_id = r.id), w.state \
               FROM print_run r JOIN work w ON w.id = r.id \
               WHERE r.id = $1 AND (CAST($2 AS TEXT) IS NOT NULL OR r.station IN LIST($3))";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.row(sql, params![id, everywhere, stations]).await?.map(|row| run_of(&row)).transpose()
}

pub async fn page(tx: &Tx, stations: Option<Vec<String>>, before: Uuid, limit: u32) -> Result<Vec<PrintRun>> {
    let sql = "SELECT r.id, r.cycle, r.station, r.book, r.language, r.asked_by, r.asked_on, r.bills, \
                      (SELECT COUNT(*) FROM print_file f WHERE f.run_id = r.id AND f.digest IS NOT NULL), \
                      (SELECT CAST(COALESCE(SUM(f.bills), 0) AS BIGINT) FROM print_file f WHERE f.run_id = r.id), \
                      (SELECT CAST(COALESCE(SUM(f.left_count), 0) AS BIGINT) FROM print_file f WHERE f.run_id = r.id), w.state \
               FROM print_run r JOIN work w ON w.id = r.id \
               WHERE r.id < $1 AND (CAST($2 AS TEXT) IS NOT NULL OR r.station IN LIST($3)) ORDER BY r.id DESC LIMIT $4";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![before, everywhere, stations, limit]).await?.iter().map(run_of).collect()
}

pub async fn is_planned(tx: &Tx, id: Uuid) -> Result<bool> {
    let row = tx.row("SELECT planned FROM print_run WHERE id = $1", params![id]).await?;
    Ok(row.map(|row| row.get::<i64>(0)).transpose()? == Some(1))
}

pub async fn set_planned(tx: &Tx, id: Uuid) -> Result<()> {
    tx.run("UPDATE print_run SET planned = 1 WHERE id = $1", params![id]).await.map(drop)
}

pub async fn forget_files(tx: &Tx, id: Uuid) -> Result<()> {
    tx.run("DELETE FROM print_file WHERE run_id = $1", params![id]).await.map(drop)
}

/// Book, supply number and bill number of bills after those, in that order.
pub async fn in_order(
    tx: &Tx,
    wish: &Wish,
    after: &(String, String, String),
    limit: u32,
) -> Result<Vec<(String, String, String)>> {
    let (book, supply_no, bill_no) = after;
    let sql = "SELECT COALESCE(u.book, ''), u.supply_no, b.bill_no FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
               WHERE b.cycle = $1 AND b.status = 'issued' AND (CAST($2 AS TEXT) IS NULL OR u.station = $2) \
                 AND (CAST($3 AS TEXT) IS NULL OR u.book = $3) AND (COALESCE(u.book, ''), u.supply_no, b.bill_no) > ($4, $5, $6) \
               ORDER BY COALESCE(u.book, ''), u.supply_no, b.bill_no LIMIT $7";
    let (station, own) = (wish.station.clone(), wish.book.clone());
    let rows = tx.rows(sql, params![wish.cycle, station, own, book, supply_no, bill_no, limit]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

pub async fn insert_file(tx: &Tx, id: Uuid, number: i64, bills: &[&str]) -> Result<()> {
    let sql = "INSERT INTO print_file (run_id, number, bill_nos, first_bill, last_bill, planned, bills, bytes, left_out, left_count) \
               VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '[]', 0)";
    let end = |bill: Option<&&str>| bill.copied().unwrap_or_default().to_owned();
    let planned = i64::try_from(bills.len()).unwrap_or(i64::MAX);
    let numbers = serde_json::to_string(bills)?;
    tx.run(sql, params![id, number, numbers, end(bills.first()), end(bills.last()), planned]).await.map(drop)
}

fn file_of(row: &Row) -> Result<PrintFile> {
    Ok(PrintFile {
        number: row.get(0)?,
        planned: row.get(1)?,
        bills: row.get(2)?,
        first: row.get(3)?,
        last: row.get(4)?,
        bytes: row.get(5)?,
        digest: row.get(6)?,
    })
}

pub async fn files(tx: &Tx, id: Uuid, after: i64, limit: u32) -> Result<Vec<PrintFile>> {
    let sql = "SELECT number, planned, bills, first_bill, last_bill, bytes, digest FROM print_file \
               WHERE run_id = $1 AND number > $2 ORDER BY number LIMIT $3";
    tx.rows(sql, params![id, after, limit]).await?.iter().map(file_of).collect()
}

/// A file that is printed and holds something.
pub async fn file(tx: &Tx, id: Uuid, number: i64) -> Result<Option<PrintFile>> {
    let sql = "SELECT number, planned, bills, first_bill, last_bill, bytes, digest FROM print_file \
               WHERE run_id = $1 AND number = $2 AND digest IS NOT NULL AND bills > 0";
    tx.row(sql, params![id, number]).await?.map(|row| file_of(&row)).transpose()
}

pub async fn bills_of(tx: &Tx, id: Uuid, number: i64) -> Result<Vec<String>> {
    let sql = "SELECT bill_nos FROM print_file WHERE run_id = $1 AND number = $2";
    let row = tx.row(sql, params![id, number]).await?;
    let text: String = row.ok_or_else(|| Fault::impossible("a file without its bills"))?.get(0)?;
    Ok(serde_json::from_str(&text)?)
}

pub async fn note_file(tx: &Tx, id: Uuid, file: &PrintFile, left: &[Left]) -> Result<()> {
    let sql = "UPDATE print_file SET bills = $1, bytes = $2, digest = $3, left_out = $4, left_count = $5 WHERE run_id = $6 AND number = $7";
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (bills, bytes, count) = (whole(file.bills), whole(file.bytes), whole(left.len() as u64));
    let left = serde_json::to_string(left)?;
    tx.run(sql, params![bills, bytes, file.digest.clone(), left, count, id, file.number]).await.map(drop)
}

/// How many files, bills and bytes are printed.
pub async fn printed(tx: &Tx, id: Uuid) -> Result<(u64, u64, u64)> {
    let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(bills), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) \
               FROM print_file WHERE run_id = $1 AND bills > 0";
    tx.row(sql, params![id]).await?.map_or(Ok((0, 0, 0)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub async fn left(tx: &Tx, id: Uuid) -> Result<Vec<Left>> {
    let sql = "SELECT left_out FROM print_file WHERE run_id = $1 AND left_count > 0 ORDER BY number";
    let mut all = Vec::new();
    for row in tx.rows(sql, params![id]).await? {
        all.extend(serde_json::from_str::<Vec<Left>>(&row.get::<String>(0)?)?);
    }
    Ok(all)
}
