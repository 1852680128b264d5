use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Fault, Result, Tx, params};

use super::model::{Book, BookLine, ReadingCycle, ReadingDay};

/// A reading day that is NULL is the last of the month. The index serves all that goes by book, also
/// for usage points that name none.
pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 book",
    sql: "
CREATE TABLE reading_book (
  code TEXT NOT NULL PRIMARY KEY CHECK (code <> ''),
  station TEXT NOT NULL REFERENCES org_unit (code),
  name TEXT NOT NULL,
  reading_day BIGINT CHECK (reading_day BETWEEN 1 AND 28),
  cycle TEXT NOT NULL CHECK (cycle IN ('monthly', 'odd', 'even')),
  reader TEXT,
  route_order BIGINT
);
CREATE INDEX usage_point_book ON usage_point (COALESCE(book, ''), station)
",
};

/// A book from seven columns, the first at `at`; None where the row has no record.
fn book(row: &Row, code: String, at: usize) -> Result<Option<Book>> {
    let Some(station) = row.get::<Option<String>>(at)? else {
        return Ok(None);
    };
    let day = match row.get::<Option<i64>>(at + 2)? {
        Some(day) => ReadingDay::Day(i8::try_from(day).map_err(|error| Fault::because("a reading day", error))?),
        None => ReadingDay::Last,
    };
    Ok(Some(Book {
        code,
        station,
        name: row.get(at + 1)?,
        day,
        cycle: row.word(at + 3, ReadingCycle::from_word)?,
        reader: row.get(at + 4)?,
        route_order: row.get(at + 5)?,
    }))
}

fn line(row: &Row) -> Result<BookLine> {
    let code: String = row.get(0)?;
    let record = book(row, code.clone(), 1)?;
    let first_station: Option<String> = row.get(8)?;
    let station = record.as_ref().map(|book| book.station.clone()).or(first_station);
    Ok(BookLine { code, station, record, usage_points: row.get(7)? })
}

pub async fn page(tx: &Tx, stations: Option<Vec<String>>, after: Option<&str>, limit: u32) -> Result<Vec<BookLine>> {
    let sql = "SELECT k.code, b.station, b.name, b.reading_day, b.cycle, b.reader, b.route_order, \
                      (SELECT COUNT(*) FROM usage_point u \
                       WHERE COALESCE(u.book, '') = k.code AND (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2))), \
                      (SELECT MIN(u.station) FROM usage_point u \
                       WHERE COALESCE(u.book, '') = k.code AND (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2))) \
               FROM (SELECT code FROM \
                       (SELECT code FROM reading_book WHERE CAST($1 AS TEXT) IS NOT NULL OR station IN LIST($2) \
                        UNION SELECT COALESCE(book, '') FROM usage_point WHERE CAST($1 AS TEXT) IS NOT NULL OR station IN LIST($2)) named \
                     WHERE CAST($3 AS TEXT) IS NULL OR code > $3 ORDER BY code LIMIT $4) k \
                 LEFT JOIN reading_book b ON b.code = k.code ORDER BY k.code";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![everywhere, stations, after, limit]).await?.iter().map(line).collect()
}

pub async fn line_of(tx: &Tx, stations: Option<Vec<String>>, code: &str) -> Result<Option<BookLine>> {
    let sql = "SELECT k.code, b.station, b.name, b.reading_day, b.cycle, b.reader, b.route_order, \
                      (SELECT COUNT(*) FROM usage_point u \
                       WHERE COALESCE(u.book, '') = k.code AND (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2))), \
                      (SELECT MIN(u.station) FROM usage_point u \
                       WHERE COALESCE(u.book, '') = k.code AND (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2))) \
               FROM (SELECT CAST($3 AS TEXT) AS code) k LEFT JOIN reading_book b \
                 ON b.code = k.code AND (CAST($1 AS TEXT) IS NOT NULL OR b.station IN LIST($2))";
    let (everywhere, stations) = reach(stations.as_deref());
    let row = tx.row(sql, params![everywhere, stations, code]).await?;
    let line = row.as_ref().map(line).transpose()?;
    Ok(line.filter(|line| line.record.is_some() || line.usage_points > 0))
}

pub async fn by_codes(tx: &Tx, codes: Vec<String>) -> Result<Vec<Book>> {
    let sql = "SELECT code, station, name, reading_day, cycle, reader, route_order FROM reading_book \
               WHERE code IN LIST($1) ORDER BY code";
    let rows = tx.rows(sql, params![List::Texts(codes)]).await?;
    let books = rows.iter().map(|row| book(row, row.get(0)?, 1)).collect::<Result<Vec<_>>>()?;
    Ok(books.into_iter().flatten().collect())
}

const BOOKS: Bulk = Bulk {
    into: "reading_book (code, station, name, reading_day, cycle, reader, route_order)",
    types: &["TEXT", "TEXT", "TEXT", "BIGINT NULL", "TEXT", "TEXT NULL", "BIGINT NULL"],
    then: "",
};

pub async fn insert_all(tx: &Tx, books: &[Book]) -> Result<()> {
    let rows = books.iter().map(|b| {
        params![&b.code, &b.station, &b.name, b.day.number(), b.cycle.word(), b.reader.clone(), b.route_order]
    });
    tx.insert(&BOOKS, rows.collect()).await.map(drop)
}

pub async fn insert(tx: &Tx, book: &Book) -> Result<()> {
    insert_all(tx, std::slice::from_ref(book)).await
}

pub async fn update(tx: &Tx, book: &Book) -> Result<()> {
    let sql = "UPDATE reading_book SET name = $1, reading_day = $2, cycle = $3, reader = $4, route_order = $5 WHERE code = $6";
    let values =
        params![&book.name, book.day.number(), book.cycle.word(), book.reader.clone(), book.route_order, &book.code];
    tx.run(sql, values).await.map(drop)
}

pub async fn station_exists(tx: &Tx, code: &str) -> Result<bool> {
    Ok(tx.row("SELECT code FROM org_unit WHERE code = $1 AND parent IS NOT NULL", params![code]).await?.is_some())
}

/// Which of these codes are stations.
pub async fn stations(tx: &Tx, codes: Vec<String>) -> Result<Vec<String>> {
    let sql = "SELECT code FROM org_unit WHERE code IN LIST($1) AND parent IS NOT NULL";
    tx.rows(sql, params![List::Texts(codes)]).await?.iter().map(|row| row.get(0)).collect()
}
