use kernel::id::Uuid;
use kernel::{Month, Register};
use platform::db::List;
use platform::{Fault, Result, Tx, params};

use super::model::{Doubtful, Missing};
use crate::book::ReadingCycle;
use crate::reading::rules::Doubt;
use crate::review::{Reach, doubts_of, place, site, told};

/// Where a page of doubtful readings goes on: decided, severity, meter number, register, day.
pub type DoubtfulAfter = (i64, i64, String, String, String);

pub async fn doubtful(
    tx: &Tx,
    month: Month,
    reach: &Reach,
    doubt: Option<Doubt>,
    undecided: Option<bool>,
    after: DoubtfulAfter,
    limit: u32,
) -> Result<Vec<Doubtful>> {
    let sql = "SELECT d.meter_id, d.register, d.read_on, d.value, d.kind, d.doubts, d.decided, d.severity, \
                      u.id, u.supply_no, c.name, u.address, u.station, COALESCE(u.book, ''), u.capacity_va, m.meter_no \
               FROM doubtful_reading d JOIN meter m ON m.id = d.meter_id JOIN usage_point u ON u.id = m.usage_point_id \
                 JOIN customer c ON c.id = u.customer_id \
               WHERE d.read_on BETWEEN $1 AND $2 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) \
                 AND (CAST($5 AS TEXT) IS NULL OR COALESCE(u.book, '') = $5) \
                 AND (CAST($6 AS TEXT) IS NULL OR d.doubts LIKE $6) AND (CAST($7 AS BIGINT) IS NULL OR d.decided = $7) \
                 AND (d.decided, d.severity, m.meter_no, d.register, d.read_on) > ($8, $9, $10, $11, $12) \
               ORDER BY d.decided, d.severity, m.meter_no, d.register, d.read_on LIMIT $13";
    let (decided, severity, meter_no, register, on) = after;
    // No word of a doubt is part of another's.
    let doubt = doubt.map(|doubt| ["%", doubt.word(), "%"].concat());
    let wished = undecided.map(|undecided| i64::from(!undecided));
    let values = params![
        month.first_day(),
        month.last_day(),
        reach.everywhere(),
        reach.stations(),
        reach.book.clone(),
        doubt,
        wished,
        decided,
        severity,
        meter_no,
        register,
        on,
        limit
    ];
    let rows = tx.rows(sql, values).await?;
    rows.iter()
        .map(|row| {
            let told = told(row, 3)?.ok_or_else(|| Fault::impossible("a reading without a value"))?;
            Ok(Doubtful {
                place: place(row, 0)?,
                told,
                doubts: doubts_of(&row.get::<String>(5)?),
                decided: row.get::<i64>(6)? == 1,
                severity: row.get(7)?,
                site: site(row, 8)?,
            })
        })
        .collect()
}

/// Registers of active energy, in use on the last day of the month and there before it, of books that
/// are read in it, that have no reading in it.
pub async fn missing(tx: &Tx, month: Month, reach: &Reach, after: (&str, &str), limit: u32) -> Result<Vec<Missing>> {
    let sql = "SELECT m.id, g.register, u.id, u.supply_no, c.name, u.address, u.station, COALESCE(u.book, ''), u.capacity_va, m.meter_no \
               FROM usage_point u JOIN customer c ON c.id = u.customer_id JOIN meter m ON m.usage_point_id = u.id \
                 JOIN meter_register g ON g.meter_id = m.id LEFT JOIN reading_book b ON b.code = u.book \
               WHERE m.installed_on < $2 AND (m.removed_on IS NULL OR m.removed_on > $2) \
                 AND g.register NOT IN ('reactive', 'demand') AND (b.cycle IS NULL OR b.cycle IN ('monthly', $3)) \
                 AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.meter_id = m.id AND r.register = g.register \
                                 AND r.read_on BETWEEN $1 AND $2) \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                 AND (CAST($6 AS TEXT) IS NULL OR COALESCE(u.book, '') = $6) \
                 AND (m.meter_no, g.register) > ($7, $8) ORDER BY m.meter_no, g.register LIMIT $9";
    let values = params![
        month.first_day(),
        month.last_day(),
        ReadingCycle::of(month).word(),
        reach.everywhere(),
        reach.stations(),
        reach.book.clone(),
        after.0,
        after.1,
        limit
    ];
    let rows = tx.rows(sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Missing {
                meter: row.get::<Uuid>(0)?.into(),
                register: row.word(1, Register::from_word)?,
                site: site(row, 2)?,
            })
        })
        .collect()
}

/// Of each of these books: its registers, those read in the month, those of them estimated.
pub async fn registers(tx: &Tx, month: Month, reach: &Reach, books: &[String]) -> Result<Vec<(String, [i64; 3])>> {
    let sql = "SELECT t.book, COUNT(*), COUNT(t.kind), CAST(SUM(CASE WHEN t.kind = 'estimated' THEN 1 ELSE 0 END) AS BIGINT) \
               FROM (SELECT COALESCE(u.book, '') AS book, \
                            (SELECT r.kind FROM reading r WHERE r.meter_id = m.id AND r.register = g.register \
                             AND r.read_on BETWEEN $1 AND $2 ORDER BY r.read_on DESC LIMIT 1) AS kind \
                     FROM usage_point u JOIN meter m ON m.usage_point_id = u.id JOIN meter_register g ON g.meter_id = m.id \
                     WHERE COALESCE(u.book, '') IN LIST($3) AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                       AND m.installed_on < $2 AND (m.removed_on IS NULL OR m.removed_on > $2) \
                       AND g.register NOT IN ('reactive', 'demand')) t \
               GROUP BY t.book";
    let books = List::Texts(books.to_vec());
    let values = params![month.first_day(), month.last_day(), books, reach.everywhere(), reach.stations()];
    let rows = tx.rows(sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))).collect()
}

/// Of each of these books, how many doubtful readings of the month nobody has decided about.
pub async fn undecided_by_book(tx: &Tx, month: Month, reach: &Reach, books: &[String]) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT COALESCE(u.book, ''), COUNT(*) FROM doubtful_reading d JOIN meter m ON m.id = d.meter_id \
                 JOIN usage_point u ON u.id = m.usage_point_id \
               WHERE d.read_on BETWEEN $1 AND $2 AND d.decided = 0 AND COALESCE(u.book, '') IN LIST($3) \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) GROUP BY COALESCE(u.book, '')";
    let books = List::Texts(books.to_vec());
    let values = params![month.first_day(), month.last_day(), books, reach.everywhere(), reach.stations()];
    tx.rows(sql, values).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Of each of these books, the open orders for readings of the month.
pub async fn orders_by_book(tx: &Tx, month: Month, reach: &Reach, books: &[String]) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT COALESCE(u.book, ''), COUNT(*) FROM standing_order o JOIN meter m ON m.id = o.meter_id \
                 JOIN usage_point u ON u.id = m.usage_point_id \
               WHERE o.read_on BETWEEN $1 AND $2 AND o.done = 0 AND COALESCE(u.book, '') IN LIST($3) \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) GROUP BY COALESCE(u.book, '')";
    let books = List::Texts(books.to_vec());
    let values = params![month.first_day(), month.last_day(), books, reach.everywhere(), reach.stations()];
    tx.rows(sql, values).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
